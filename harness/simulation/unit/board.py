"""Where firmware and electronics meet: all that a firmware can do and see (`docs/firmware-interface.md`)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.quantity import finite
from harness.simulation.circuit.history import Edge, Quantity
from harness.simulation.files.converter import Converter
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.circuit.loop import Loop
    from harness.simulation.files.electronicsfile import Electronics
    from harness.simulation.timekeeper import Event, Timekeeper
    from harness.simulation.unit.output import OutputStage
    from harness.simulation.unit.power import Power


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a sequence.

    Attributes:
        duration_ns: its length in bench time, above 0.
        bridge: 1 forward, -1 reverse, 0 all legs open: no current.
        code: of the current converter.
    """

    duration_ns: int
    bridge: int
    code: float

    def __post_init__(self) -> None:
        finite("code of a step", self.code)
        if self.duration_ns <= 0 or self.bridge not in {-1, 0, 1} or self.code < 0.0:
            problem = f"{self.duration_ns} ns, bridge {self.bridge}, code {self.code}"
            raise ValueError(
                f"a step is longer than 0 ns, its bridge -1, 0 or 1, its code not negative; this is {problem}"
            )


@dataclass(frozen=True, slots=True)
class Sequence:
    """What the timer hardware plays on one channel, over and over, without the firmware.

    Attributes:
        steps: one period.
        origin_ns: bench time at which a period begins.
        on_ns: start of the envelope.
        envelope: corners (nanoseconds after `on_ns`, factor on the converter's reference), straight between them; the
            first one is at 0, the last factor holds. Empty: 1.
        sense: for the small source that looks for contact, instead of the large one.
        level: number of the setting, for the conditions of a unit file; the hardware does not look at it.
    """

    steps: tuple[Step, ...]
    origin_ns: int
    on_ns: int = 0
    envelope: tuple[tuple[int, float], ...] = ()
    sense: bool = False
    level: int = 0

    @property
    def period_ns(self) -> int:
        return sum(step.duration_ns for step in self.steps)

    @property
    def risen_ns(self) -> int:
        """Time at which the envelope has reached its last corner."""
        return self.on_ns + (self.envelope[-1][0] if self.envelope else 0)


def hold(code: float, bridge: int, now_ns: int) -> Sequence:
    """Answer the simplest sequence: one code, one direction, until another one is played."""
    return Sequence((Step(NS_PER_S, bridge, code),), now_ns)


@dataclass(frozen=True, slots=True)
class Calibration:
    """The constants in the unit's memory that firmware applies to each current before it becomes a code.

    Attributes:
        gain: what a current is multiplied by.
        offset_a: what is taken off it before.
    """

    gain: float = 1.0
    offset_a: float = 0.0

    def corrected(self, current_a: float) -> float:
        """Answer what to ask of the converter for a true current; nothing for nothing."""
        return max(0.0, (current_a - self.offset_a) * self.gain) if current_a else 0.0


class ChannelBoard:
    """The electronics of one channel, as its firmware knows them.

    Args:
        electronics: what was built.
        stage: the channel's output stage.
        power: battery and supply.
        loop: the circuit.
        timekeeper: bench time.
        channel: number of the output, from 1.

    Attributes:
        channel: number of the output, from 1.
        dac: current converter of the output, in A.
        sense_dac: that of the small source that looks for contact, in A.
        contact: converter of the contact circuit, in ohm.
        battery: converter of the battery, in V.
    """

    def __init__(
        self,
        electronics: Electronics,
        stage: OutputStage,
        *,
        power: Power,
        loop: Loop,
        timekeeper: Timekeeper,
        channel: int = 1,
    ) -> None:
        self.channel = channel
        self.dac, self.sense_dac = electronics.dac, electronics.sense_dac
        self.contact = Converter(electronics.contact_bits, electronics.contact_full_scale_ohm)
        self.battery = Converter(electronics.battery_bits, electronics.battery_full_scale_v)
        self._stage = stage
        self._power = power
        self._loop = loop
        self._timekeeper = timekeeper

    @property
    def now_ns(self) -> int:
        """Bench time."""
        return self._timekeeper.now_ns

    def wake_at(self, at_ns: int, action: Callable[[], None]) -> Event:
        """Call `action` at a bench time, once; the event can be cancelled."""
        return self._timekeeper.schedule(at_ns, action)

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every change of the circuit, so that nobody has to poll what does not change."""
        self._loop.on_change(listener)

    @property
    def calibration(self) -> Calibration:
        """The constants in the unit's memory for this channel."""
        return self._stage.calibration

    def level_code(self, current_a: float) -> float:
        """Answer the code for a current through the calibration constants, as every sound firmware forms it."""
        return self.dac.code(self.calibration.corrected(current_a))

    def play(self, sequence: Sequence | None) -> None:
        """Let the timer hardware play a sequence from now on; None: converter at 0, bridge open."""
        self._stage.play(sequence)

    def contact_code(self, blind: str = "") -> float:
        """Read the contact converter: the load's resistance, contacts included; open is the last code (ideal: inf).

        Args:
            blind: the electrode past which the sense path goes another way (through the holder's fingers): what its
                contact does is not seen. Empty: none.
        """
        sensed_ohm = self._loop.sensed_ohm(self.channel, blind)
        return self.contact.code(math.inf if sensed_ohm is None else sensed_ohm + self._stage.added_ohm)

    def current_a(self) -> float:
        """Read back the current through the electrodes, as the unit's own converter tells it by its reference."""
        history, now_ns = self._loop.output(self.channel), self.now_ns
        volts = history.at(Quantity.VOLTAGE, now_ns)
        return history.at(Quantity.CURRENT, now_ns) / self._stage.reference(volts)

    def motor(self, frequency_hz: float) -> None:
        """Let the vibration motor turn; 0: it stands."""
        self._stage.motor(frequency_hz)

    def battery_code(self) -> float:
        """Read the battery converter: the voltage at the unit's battery terminals under its present load."""
        return self.battery.code(self._power.volts())

    def overload_ns(self, limit_a: float, lasting_ns: int, from_ns: int, to_ns: int) -> int | None:
        """Answer when the current comparator, a window of both directions with a filter behind it, says overload.

        The sense resistor carries whatever flows through the electrodes, an injected current included. The future is
        what comes if nothing changes; ask again after a change.

        Args:
            limit_a: of the window, either direction.
            lasting_ns: how long the current has to be outside it, in one direction without a break.
            from_ns: what was before does not count.
            to_ns: how far to look for the start of it.
        """
        due = (self._due_ns(sign * limit_a, lasting_ns, from_ns, to_ns) for sign in (1.0, -1.0))
        return min((at_ns for at_ns in due if at_ns is not None), default=None)

    def _due_ns(self, limit_a: float, lasting_ns: int, from_ns: int, to_ns: int) -> int | None:
        history, upwards = self._loop.output(self.channel), limit_a > 0.0
        beyond = Edge(Quantity.CURRENT, limit_a, rising=upwards, hysteresis=0.0)
        back = Edge(Quantity.CURRENT, limit_a, rising=not upwards, hysteresis=0.0)
        while True:
            start_ns, _ = history.first_crossing(beyond, from_ns, to_ns, primed=True, until_change=True)
            if start_ns is None:
                return None
            end_ns, _ = history.first_crossing(back, start_ns + 1, start_ns + 1 + lasting_ns, primed=True)
            if end_ns is None:
                return start_ns + lasting_ns
            from_ns = max(end_ns, start_ns + 1)
