"""The unit's firmware: settings, states, contact, trips. It knows nothing of lines and characters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulation.circuit.drive import Piece
from harness.simulation.unit.contact import ContactWatch
from harness.simulation.unit.output import Command
from harness.simulation.unit.overload import OverloadWatch
from harness.simulation.unit.watchdog import HostWatchdog
from harness.simulation.unit.waveform import programme

if TYPE_CHECKING:
    from harness.simulation.circuit.loop import Loop
    from harness.simulation.files.unitfile import Mode, UnitFile
    from harness.simulation.timekeeper import Timekeeper
    from harness.simulation.unit.clock import UnitClock
    from harness.simulation.unit.output import OutputStage

OFF = "OFF"
ARMED = "ARMED"
RUN = "RUN"
_NO_TRIP = "none"
_OVERLOAD = "overload"
_WATCHDOG = "watchdog"


@dataclass(frozen=True, slots=True)
class ChannelSettings:
    """What `SET` sets and `GET` answers.

    Attributes:
        mode: name of the mode.
        level: number of the step, 0: no current.
        polarity: `positive`, `negative` or `bipolar`.
        frequency_hz: of a mode whose frequency can be set, otherwise the mode's own; 0 where it has none.
    """

    mode: str
    level: int = 0
    polarity: str = "positive"
    frequency_hz: float = 0.0


class Firmware:
    """One channel of the unit.

    Args:
        unit: what was built.
        output: the channel's output stage.
        timekeeper: bench time.
        clock: the unit's clock.
        loop: the circuit.
        channel: number of the output, from 1.
        leader: the channel that has to be on before this one can be.

    Attributes:
        settings: as they are.
        state: OFF, ARMED or RUN.
        trip: `none`, `overload` or `watchdog`, latched until OFF.
        modes: by name.
        levels: number of the highest level.
        watchdog_ms: period of the host watchdog, 0: none.
    """

    def __init__(
        self,
        unit: UnitFile,
        output: OutputStage,
        *,
        timekeeper: Timekeeper,
        clock: UnitClock,
        loop: Loop,
        channel: int = 1,
        leader: Firmware | None = None,
    ) -> None:
        data = unit.firmware
        self.modes = {mode.name: mode for mode in data.modes}
        self.levels = len(data.levels_a)
        self.watchdog_ms = round(data.watchdog_s * 1000)
        self.settings = ChannelSettings(data.modes[0].name, frequency_hz=first_frequency(data.modes[0]))
        self.state = OFF
        self.trip = _NO_TRIP
        self._unit = unit
        self._output = output
        self._timekeeper = timekeeper
        self._clock = clock
        self._leader = leader
        self._followers: list[Firmware] = []
        if leader is not None:
            leader._followers.append(self)  # noqa: SLF001 - of the same class
        self._on_ns = 0
        self._phase_ns = 0
        self._rise_ns = 0
        self._envelope: tuple[tuple[int, float], ...] = ()
        self._touched = False
        self._command: Command | None = None
        self._watchdog = HostWatchdog(data.watchdog_s, clock, timekeeper, lambda: self._trip(_WATCHDOG))
        self._contact = ContactWatch(
            unit.contact,
            clock=clock,
            loop=loop,
            channel=channel,
            timekeeper=timekeeper,
            made=self._contact_made,
            lost=self._contact_lost,
        )
        self._overload = OverloadWatch(
            unit.overload,
            clock=clock,
            loop=loop,
            channel=channel,
            timekeeper=timekeeper,
            repeats_ns=self._repeats_ns,
            tripped=lambda: self._trip(_OVERLOAD),
        )

    @property
    def waits_for_leader(self) -> bool:
        """True while it cannot be switched on because another channel is off."""
        return self._leader is not None and self._leader.state == OFF

    def change(self, settings: ChannelSettings) -> None:
        """Take settings that were checked; they act at once, another frequency from the start of its period."""
        if settings.frequency_hz != self.settings.frequency_hz:
            self._phase_ns = self._timekeeper.now_ns
        self.settings = settings
        if self.state != OFF:
            self.deliver()

    def on(self) -> None:
        """Start; nothing happens where it is on already."""
        if self.state != OFF:
            return
        self._on_ns = self._timekeeper.now_ns
        self._touched = False
        if self._unit.contact.sensing:
            self.state = ARMED
            self.deliver()
            self._contact.start()
        else:
            self._run(self._rise())
        self._watchdog.start()
        self._overload.start()

    def off(self) -> None:
        """Stop, with what cannot be on without it; a trip is forgotten unless the unit is built otherwise."""
        if self.trip != _OVERLOAD or self._unit.overload.clears:
            self.trip = _NO_TRIP
        self._shut()
        for follower in self._followers:
            follower._shut()  # noqa: SLF001 - of the same class

    def feed(self) -> None:
        """Start the host watchdog's period anew, as every valid frame does."""
        self._watchdog.feed()

    def watchdog_in_ns(self) -> int | None:
        """Answer the bench time until the watchdog trips, None where nothing runs or there is none."""
        return self._watchdog.in_ns()

    def deliver(self) -> None:
        """Ask the output stage for what settings and state say; where it is off nothing is asked."""
        if self.state == RUN:
            self._command = self._running()
        elif self.state == ARMED:
            self._command = self._sensing()
        else:
            return
        self._output.command(self._command)

    def _run(self, envelope: tuple[tuple[int, float], ...]) -> None:
        self.state = RUN
        self._phase_ns = self._rise_ns = self._timekeeper.now_ns
        self._envelope = envelope
        self.deliver()

    def _contact_made(self) -> None:
        again, self._touched = self._touched, True
        self._run(() if again and not self._unit.contact.restarts else self._rise())

    def _contact_lost(self) -> None:
        self.state = ARMED
        if not self._unit.contact.keeps_output:
            self.deliver()

    def _trip(self, reason: str) -> None:
        for channel in (self, *self._followers):
            if channel.state != OFF:
                channel.trip = reason
                channel._shut()  # noqa: SLF001 - of the same class

    def _shut(self) -> None:
        self.state = OFF
        self._watchdog.stop()
        self._contact.stop()
        self._overload.stop()
        self._command = None
        self._output.command(None)

    def _repeats_ns(self) -> int:
        """Answer the time until which all that the present command has to show is shown."""
        now_ns = self._timekeeper.now_ns
        return now_ns if self._command is None else max(now_ns, self._command.risen_ns) + self._command.period_ns

    def _running(self) -> Command:
        settings = self.settings
        return Command(
            current_a=self._level_a(settings.level),
            programme=programme(
                self._unit.firmware, self._clock, self.modes[settings.mode], settings.polarity, settings.frequency_hz
            ),
            origin_ns=self._phase_ns,
            on_ns=self._rise_ns,
            envelope=self._envelope,
        )

    def _sensing(self) -> Command:
        contact = self._unit.contact
        width_ns = self._clock.ns(contact.sense_width_s)
        direction = -1.0 if self.settings.polarity == "negative" else 1.0
        rest = Piece(self._clock.ns(contact.sense_period_s) - width_ns, 0.0)
        return Command(
            current_a=contact.sense_current_a,
            programme=(Piece(width_ns, direction), rest),
            origin_ns=self._on_ns,
            on_ns=self._on_ns,
            sense=True,
        )

    def _level_a(self, level: int) -> float:
        """Answer the current of a level; a table that is read too far goes on with its last step."""
        if level == 0:
            return 0.0
        data = self._unit.firmware
        row = level - 1 + data.level_shift
        beyond = max(0, row - (self.levels - 1))
        last = data.levels_a[-1]
        step = last - data.levels_a[-2] if self.levels > 1 else last
        return data.levels_a[row - beyond] + beyond * step

    def _rise(self) -> tuple[tuple[int, float], ...]:
        """Answer the corners of the rise: a straight line, unless it is built to dip half way or to overshoot."""
        contact = self._unit.contact
        rise_s = contact.rise_s if contact.sensing else self._unit.firmware.rise_s
        if not rise_s:
            return ()
        corners = [(0.0, 0.0), (1.0, 1.0 + contact.rise_overshoot)]
        if contact.rise_dip:
            corners[1:1] = [(0.5, 0.5), (0.55, max(0.0, 0.5 - contact.rise_dip)), (0.6, 0.6)]
        if contact.rise_overshoot:
            corners.append((1.2, 1.0))
        return tuple((self._clock.ns(share * rise_s), factor) for share, factor in corners)


def first_frequency(mode: Mode) -> float:
    """Answer the frequency that a mode begins with, 0 where it has none."""
    return mode.frequencies_hz[0] if mode.frequencies_hz else 0.0
