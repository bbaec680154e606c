"""The unit's output stage as it was built: from what the firmware asks to what the current source does."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.simulation.circuit.drive import Drive, steady
from harness.simulation.circuit.parts import REFERENCE_TEMPERATURE_C
from harness.simulation.files.only import Situation
from harness.simulation.unit.board import Calibration
from harness.simulation.unit.course import Course
from harness.simulation.unit.delivery import Delivery, Moment, deliver
from harness.simulation.unit.levels import Specimen, sagging
from harness.simulation.unit.limits import stage

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.circuit.loop import Loop
    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.electronicsfile import Electronics
    from harness.simulation.timekeeper import Event, Timekeeper
    from harness.simulation.unit.board import Sequence
    from harness.simulation.unit.power import Power


class OutputStage:
    """Current converter, current source, bridge and limits of one channel.

    Args:
        electronics: what was built.
        errors: where its spread is drawn from.
        loop: the circuit.
        power: battery and supply.
        timekeeper: bench time.
        channel: number of the output, from 1.

    Attributes:
        gain: true factor of this channel.
        offset_a: true addition to every magnitude.
        delivery: what the electronics make of what is played, without what other channels couple into it.
    """

    def __init__(
        self,
        electronics: Electronics,
        errors: HiddenErrors,
        loop: Loop,
        *,
        power: Power,
        timekeeper: Timekeeper,
        channel: int = 1,
    ) -> None:
        self._electronics = electronics
        self._loop = loop
        self._power = power
        self._timekeeper = timekeeper
        self._channel = channel
        self._asked: Sequence | None = None
        self._played: Sequence | None = None
        self._stays_live = False
        self._motor_hz = 0.0
        self._warmer_k = 0.0
        self._heard: list[OutputStage] = []
        self._listeners: list[Callable[[], None]] = []
        self._event: Event | None = None
        self._lead_is_open = False
        self._become(errors)
        if _depends_on_the_circuit(electronics):
            loop.on_change(self._refresh)
        power.on_change(self._refresh)
        power.draws(self.supply_a)
        self._apply()

    @property
    def calibration(self) -> Calibration:
        """The constants in the unit's memory."""
        return Calibration(self._electronics.calibration_gain, self._electronics.calibration_offset_a)

    def couple(self, outputs: tuple[OutputStage, ...]) -> None:
        """Let the currents of the other channels be heard in this one, where it is built so."""
        if any("crosstalk" in row.keys for row in self._electronics.only) or self._electronics.crosstalk:
            for output in outputs:
                if output is not self:
                    self._heard.append(output)
                    output._listeners.append(self._refresh)  # noqa: SLF001 - of the same class
            self._refresh()

    def redraw(self, errors: HiddenErrors) -> None:
        """Become another specimen; call it after the loop was rebuilt."""
        self._become(errors)
        self._apply()

    def play(self, sequence: Sequence | None) -> None:
        """Deliver what a sequence makes of the converter and the bridge, None: off."""
        self._asked = sequence
        if sequence is not None or not self._stays_live:
            self._played = sequence
            self._apply()

    def begin(self) -> None:
        """Take that the loop has let the period of what is played begin anew."""
        if self._played is not None:
            self._played = replace(self._played, origin_ns=self._timekeeper.now_ns)
        self._refresh()

    def stays_live(self, *, on: bool) -> None:
        """Switch the fault that keeps the output on after it was told to stop."""
        self._stays_live = on
        if not on:
            self._played = self._asked
            self._apply()

    def motor(self, frequency_hz: float) -> None:
        """Let the vibration motor turn; 0: it stands."""
        self._motor_hz = frequency_hz
        self._refresh()

    def warm(self, kelvin: float) -> None:
        """Surround the electronics with what is so much warmer than the room."""
        if kelvin != self._warmer_k:
            self._warmer_k = kelvin
            self._refresh()

    def supply_a(self, battery_v: float) -> float:
        """Answer what the stage draws from a battery voltage now."""
        situation = self._situation()
        return self.delivery.supply_a(self._electronics.under(situation), situation.load_ohm, battery_v)

    @property
    def added_ohm(self) -> float:
        """What stands between the source and the terminals, in the way of the contact circuit too."""
        return self.delivery.stage.series_ohm

    def reference(self, volts: float) -> float:
        """Answer the factor on the reference of the unit's converters while the stage delivers a voltage."""
        return sagging(self._electronics.under(self._situation()), volts)

    def _become(self, errors: HiddenErrors) -> None:
        built = self._electronics
        self.gain, self.offset_a = _drawn(built, errors, self._channel)
        self._specimen = Specimen(self.gain, self.offset_a, built.gain, built.offset_a)
        self._course = Course(built, errors, self._channel)
        self._driven = self._before = steady(0.0)
        self._delivered_ns = self._timekeeper.now_ns
        self._delivering = False
        self.delivery = Delivery(steady(0.0), stage(built))

    def _situation(self) -> Situation:
        sensed_ohm = self._loop.sensed_ohm(self._channel)
        return Situation(
            channel=self._channel,
            level=self._played.level if self._played is not None else 0,
            load_ohm=math.inf if sensed_ohm is None else sensed_ohm,
            load_f=self._loop.sensed_f(self._channel),
            on_s=self._course.on_s(self._timekeeper.now_ns),
            supply_on=self._power.supply_on,
            charging=self._power.charging,
        )

    def _apply(self) -> None:
        """Deliver what is played anew."""
        self._course.switch(self._timekeeper.now_ns, on=self._played is not None)
        self._deliver(always=True)
        self._power.changed()

    def _refresh(self) -> None:
        """Deliver what has changed by itself, if anything has; what a delivery itself changes is none of that."""
        if not self._delivering:
            self._deliver(always=False)

    def _deliver(self, *, always: bool) -> None:
        old, situation, now_ns = self.delivery, self._situation(), self._timekeeper.now_ns
        if now_ns > self._delivered_ns:
            self._before, self._delivered_ns = old.whole, now_ns
        situated = self._electronics.under(situation)
        new = deliver(self._electronics, self._specimen, self._played, self._moment(situation, situated))
        if not always and new.continues(old):
            new = old  # a lead-in that has begun goes on
        self._wake_at(self._course.next_ns(now_ns, situated))
        self.delivery, self._delivering = new, True
        if self._course.is_open(now_ns) is not self._lead_is_open:
            self._lead_is_open = not self._lead_is_open
            self._loop.lead(self._channel, closed=not self._lead_is_open)
        if new.stage != old.stage:
            self._loop.stage(self._channel, new.stage)
        drive = self._with_crosstalk(situation)
        if always or drive != self._driven:
            self._driven = drive
            self._loop.drive(drive, self._channel)
        self._delivering = False
        if new != old:
            for listener in self._listeners:
                listener()

    def _moment(self, situation: Situation, situated: Electronics) -> Moment:
        now_ns = self._timekeeper.now_ns
        return Moment(
            now_ns=now_ns,
            origin_ns=self._loop.origin_ns,
            situation=situation,
            battery_v=self._power.volts(),
            warmth_k=self._loop.parts.temperature_c
            + self._warmer_k
            - REFERENCE_TEMPERATURE_C
            + self._course.warmth_k(now_ns),
            dried_ohm=self._course.dried_ohm(now_ns, situated),
            motor_hz=self._motor_hz,
            before=self._before,
        )

    def _with_crosstalk(self, situation: Situation) -> Drive:
        situated = self._electronics.under(situation)
        share, source = situated.crosstalk, situated.crosstalk_from
        if not share:
            return self.delivery.whole
        drive = self.delivery.whole
        heard = [output for output in self._heard if source in {0, output._channel}]  # noqa: SLF001 - of the same class
        return replace(drive, added=(*drive.added, *(_scaled(output.delivery.whole, share) for output in heard)))

    def _wake_at(self, at_ns: int | None) -> None:
        if self._event is not None:
            self._event.cancel()
        self._event = None if at_ns is None else self._timekeeper.schedule(at_ns, self._refresh)


def _depends_on_the_circuit(electronics: Electronics) -> bool:
    """Whether what is delivered may follow the load."""
    limited = any(row.condition.looks_at_the_load for row in electronics.only)
    return bool(limited or electronics.slew_v_per_s or electronics.reference_sag_per_v or electronics.battery_charge_c)


def _scaled(drive: Drive, share: float) -> Drive:
    added = tuple(_scaled(other, share) for other in drive.added)
    return replace(drive, amplitude_a=drive.amplitude_a * share, offset_a=drive.offset_a * share, added=added)


def _drawn(electronics: Electronics, errors: HiddenErrors, channel: int) -> tuple[float, float]:
    of_channel = "" if channel == 1 else f" {channel}"
    gain = electronics.gain + errors.rectangular(f"unit gain{of_channel}", electronics.gain_spread)
    offset_a = electronics.offset_a + errors.rectangular(f"unit offset{of_channel}", electronics.offset_spread_a)
    return gain, offset_a
