"""The unit's firmware: settings, states, contact, trips. It knows nothing of lines and characters."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.simulation.unit.busy import Busy, Wrap
from harness.simulation.unit.clock import Alarm
from harness.simulation.unit.contact import ContactWatch
from harness.simulation.unit.overload import OverloadWatch
from harness.simulation.unit.parameters import Parameters, Setting
from harness.simulation.unit.player import Player, Wanted
from harness.simulation.unit.session import RunTime, SessionTimer
from harness.simulation.unit.settings import ARMED, OFF, RUN, ChannelSettings, first_frequency
from harness.simulation.unit.watchdog import HostWatchdog

if TYPE_CHECKING:
    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.unitfile import UnitFile
    from harness.simulation.unit.board import ChannelBoard, Sequence
    from harness.simulation.unit.hardware import Hardware
    from harness.simulation.unit.player import Envelope

_NO_TRIP = "none"
_OVERLOAD = "overload"
_WATCHDOG = "watchdog"


class Firmware:
    """One channel of the unit.

    Args:
        unit: what was built.
        board: the channel's electronics.
        hardware: what it shares with the others.
        leader: the channel that has to be on before this one can be.

    Attributes:
        settings: as they are.
        state: OFF, ARMED or RUN.
        trip: `none`, `overload` or `watchdog`, latched until OFF.
        modes: by name.
        levels: number of the highest level.
        watchdog_ms: period of the host watchdog, 0: none.
        parameters: of the unit file, as they hold now.
        run_time: how long it has been in RUN.
        siblings: the other channels.
    """

    def __init__(
        self, unit: UnitFile, board: ChannelBoard, hardware: Hardware, *, leader: Firmware | None = None
    ) -> None:
        data, clock = unit.firmware, hardware.clock
        self.modes = {mode.name: mode for mode in data.modes}
        self.levels = len(data.levels_a)
        self.watchdog_ms = round(data.watchdog_s * 1000)
        self.settings = self._settings_at_power_on = ChannelSettings(
            data.modes[0].name, unit.power.on_level, frequency_hz=first_frequency(data.modes[0])
        )
        self.state = OFF
        self.trip = _NO_TRIP
        self.siblings: tuple[Firmware, ...] = ()
        self._board = board
        self._leader = leader
        self._moved = hardware.moved
        self._followers: list[Firmware] = []
        if leader is not None:
            leader._followers.append(self)  # noqa: SLF001 - of the same class
        self._on_ns = self._phase_ns = self._rise_ns = board.now_ns
        self._envelope: Envelope = ()
        self._touched = self._frozen = False
        self._polarity = self.settings.polarity
        self._timer_hz = self.settings.frequency_hz
        self._share = 1.0
        self._sequence: Sequence | None = None
        self.parameters = Parameters(unit, board, clock, hardware.power, self.deliver)
        self.run_time = RunTime(board, clock)
        self._player = Player(self.parameters, board, clock, hardware.errors)
        self._watchdog = HostWatchdog(data.watchdog_s, board, clock, self._host_lost)
        self._contact = ContactWatch(
            lambda: self.parameters.contact,
            board=board,
            clock=clock,
            late_s=lambda: self._player.late_s,
            made=self._contact_made,
            lost=self._contact_lost,
            felt=self._contact_felt,
        )
        self._overload = OverloadWatch(
            lambda: self.parameters.overload,
            board=board,
            clock=clock,
            repeats_ns=self._repeats_ns,
            tripped=lambda: self._trip(_OVERLOAD),
        )
        self._session = SessionTimer(lambda: self.parameters.session, board, clock, self._session_over)
        self._treated = Alarm(board, clock, self._treatment_over)
        self._hang = Alarm(board, clock, hardware.hung)
        self._wrap = Wrap(unit.timing.wrap_s, board, clock, self._begin_period)
        self._busy = Busy(
            lambda: self.parameters.timing,
            board,
            clock,
            boundary_ns=self._cycle_over_ns,
            switched=self.deliver,
        )
        self._rest()

    @property
    def is_frozen(self) -> bool:
        """Whether nobody is at work any more."""
        return self._frozen

    @property
    def waits_for_leader(self) -> bool:
        """True while it cannot be switched on because another channel is off."""
        return self._leader is not None and self._leader.state == OFF

    def redraw(self, errors: HiddenErrors) -> None:
        """Become the same channel of another unit of the same file."""
        self._player.redraw(errors)
        self.deliver()

    def change(self, settings: ChannelSettings) -> None:
        """Take settings that were checked; they act at once, another frequency from the start of its period."""
        before, self.settings = self.settings, settings
        self._set_parameters()
        sticks = self.parameters.firmware.polarity_sticks
        if not sticks or (settings.mode == before.mode and settings.polarity != before.polarity):
            self._polarity = settings.polarity
        if settings.frequency_hz != before.frequency_hz:
            self._set_timer(settings.frequency_hz)
            for sibling in self.siblings:
                if sibling.parameters.timing.shared_timer:
                    sibling._set_timer(settings.frequency_hz)  # noqa: SLF001 - of the same class
                    sibling.deliver()
        if self.state != OFF:
            self.deliver()

    def on(self) -> None:
        """Start; nothing happens where it is on already."""
        if self.state == OFF:
            self._start(at_once=False)

    def off(self) -> None:
        """Stop, with what cannot be on without it; a trip is forgotten unless the unit is built otherwise."""
        if self.trip != _OVERLOAD or self.parameters.overload.clears:
            self.trip = _NO_TRIP
        self._shut()
        for follower in self._followers:
            follower._shut()  # noqa: SLF001 - of the same class

    def stop(self) -> None:
        """Stop this channel by itself, and leave a latched trip as it is."""
        self._shut()

    def feed(self) -> None:
        """Start the host watchdog's period anew, as every valid frame does."""
        self._watchdog.feed()
        self._busy.poke()

    def watchdog_in_ns(self) -> int | None:
        """Answer the bench time until the watchdog trips, None where nothing runs or there is none."""
        return self._watchdog.in_ns()

    def begin(self) -> None:
        """Take that the bench has let the period of the waveform begin anew."""
        self._phase_ns = self._board.now_ns
        if self._busy.settle():
            self.deliver()

    def deliver(self) -> None:
        """Ask the board for what settings and state say; where it is off nothing is asked."""
        if self._frozen:
            return
        if self.state == RUN:
            self._share = self._player.adapted(self._contact.ohm) if self.parameters.contact.sensing else 1.0
            self._play(self._player.running(self._wanted()))
        elif self.state == ARMED:
            self._play(self._player.sensing(self._polarity, self._on_ns))

    def freeze(self) -> None:
        """Do nothing more: the output stays as it is at this instant."""
        self._frozen = True
        self._stop_watching()
        self._play(self._player.frozen(self._sequence, self._board.now_ns))

    def cut(self) -> None:
        """Lose power."""
        self._frozen = False
        self._shut()
        self._sequence = None
        self._board.play(None)

    def restart(self, *, settings: ChannelSettings | None = None, on: bool = False) -> None:
        """Begin as after power-on.

        Args:
            settings: those that survived; None: those of power-on.
            on: whether the output comes on by itself, at its level at once.
        """
        self._frozen = False
        self.trip = _NO_TRIP
        self.run_time.clear()
        self._wrap.power_on()
        self.settings = settings if settings is not None else self._settings_at_power_on
        self._polarity, self._timer_hz = self.settings.polarity, self.settings.frequency_hz
        self._set_parameters()
        self._shut()
        if on:
            self._start(at_once=True)

    def _start(self, *, at_once: bool) -> None:
        self._on_ns = self._board.now_ns
        self._touched = at_once
        self.run_time.clear()
        self.parameters.switched(on=True)
        self._busy.start()
        if self.parameters.contact.sensing and not at_once:
            self._arm()
        else:
            self._run(() if at_once else self._player.rise())
        if self.parameters.contact.sensing:
            self._contact.start(touching=at_once)
        self._watchdog.start()
        self._overload.start()
        self._session.start()
        self._wrap.start()
        self._hang.after(self.parameters.supervision.hangs_after_s)

    def _arm(self) -> None:
        self._enter(ARMED)
        self._session.armed()
        self.run_time.pause()
        self.deliver()

    def _run(self, envelope: Envelope) -> None:
        self._enter(RUN)
        self._session.running()
        self.run_time.run()
        self._busy.settle()
        self._phase_ns = self._rise_ns = self._board.now_ns
        self._envelope = envelope
        self.deliver()

    def _contact_made(self) -> None:
        again, self._touched = self._touched, True
        self._run(() if again and not self.parameters.contact.restarts else self._player.rise())
        self._treated.after(self.parameters.contact.treat_s)

    def _contact_felt(self) -> None:
        if self.state == RUN and self._player.adapted(self._contact.ohm) != self._share:
            self.deliver()

    def _contact_lost(self) -> None:
        self._treated.stop()
        if self.parameters.contact.keeps_output:
            self._enter(ARMED)
            self.run_time.pause()
        else:
            self._arm()

    def _treatment_over(self) -> None:
        """A point was treated for its time: search for another one, which begins with the loss of this one."""
        self._arm()

    def _session_over(self) -> None:
        """The treatment's time is over, or nobody has touched for long: off, without a trip."""
        residual_a = self.parameters.session.residual_a
        left = replace(self._wanted(), current_a=residual_a, envelope=(), share=1.0)
        self.off()
        if residual_a:
            self._play(self._player.running(left))

    def _host_lost(self) -> None:
        if self.parameters.supervision.watchdog_acts:
            self._trip(_WATCHDOG)

    def _trip(self, reason: str) -> None:
        for channel in (self, *self._followers):
            if channel.state != OFF:
                channel.trip = reason
                channel._shut()  # noqa: SLF001 - of the same class

    def _enter(self, state: str) -> None:
        self.state = state
        self._moved()

    def _shut(self) -> None:
        self._enter(OFF)
        self._stop_watching()
        self.run_time.pause()
        self.parameters.switched(on=False)
        self._sequence = None
        self._rest()

    def _rest(self) -> None:
        """Play what plays in OFF: nothing, unless the unit is built otherwise."""
        self._play(self._player.idle(self._polarity, self._board.now_ns))

    def _stop_watching(self) -> None:
        for watch in (self._watchdog, self._contact, self._overload, self._session, self._wrap, self._busy):
            watch.stop()
        for alarm in (self._treated, self._hang):
            alarm.stop()

    def _play(self, sequence: Sequence | None) -> None:
        self._sequence = sequence
        self._board.play(sequence)

    def _set_timer(self, frequency_hz: float) -> None:
        """Let the timer of the waveform make another frequency, from the start of its period."""
        self._timer_hz = frequency_hz
        self._phase_ns = self._board.now_ns
        self._busy.settle()

    def _set_parameters(self) -> None:
        settings = self.settings
        self.parameters.set(Setting(settings.polarity, settings.level, settings.frequency_hz))

    def _begin_period(self) -> None:
        """Begin a period of the waveform now."""
        self._phase_ns = self._board.now_ns
        self.deliver()

    def _cycle_over_ns(self) -> int:
        wanted = self._wanted()
        pulsed = self.state == RUN and wanted.mode.waveform in {"square", "pulses"}
        return self._player.next_cycle_ns(wanted) if pulsed else self._board.now_ns

    def _repeats_ns(self) -> int:
        """Answer the time until which all that the present sequence has to show is shown."""
        now_ns = self._board.now_ns
        return now_ns if self._sequence is None else max(now_ns, self._sequence.risen_ns) + self._sequence.period_ns

    def _wanted(self) -> Wanted:
        settings = self.settings
        mode = self.modes[dict(self.parameters.firmware.mode_aliases).get(settings.mode, settings.mode)]
        return Wanted(
            mode=mode,
            level=settings.level,
            polarity=self._polarity,
            frequency_hz=self._timer_hz if mode.name == settings.mode else first_frequency(mode),
            phase_ns=self._phase_ns,
            rise_ns=self._rise_ns,
            envelope=self._envelope,
            share=self._share,
            jittered=self._busy.jittered,
        )
