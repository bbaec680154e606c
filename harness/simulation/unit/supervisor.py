"""What may happen to a unit as a whole: power that fails and comes back, a charger, a firmware that hangs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.files.powerfile import LEAST_RESTART_S
from harness.simulation.unit.clock import Alarm
from harness.simulation.unit.settings import OFF

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.simulation.files.unitfile import Power as PowerData
    from harness.simulation.unit.board import ChannelBoard
    from harness.simulation.unit.clock import UnitClock
    from harness.simulation.unit.firmware import Firmware
    from harness.simulation.unit.power import Power
    from harness.simulation.unit.settings import ChannelSettings


class Supervisor:
    """Watches the battery of a unit and starts its firmware.

    Args:
        data: thresholds, and what a restart is like.
        power: battery and supply.
        board: of the first channel, for its converter and its counter.
        clock: the unit's clock.
        failed: called when power fails, or the controller is reset.

    Attributes:
        answers: whether the unit's line is alive.
    """

    def __init__(
        self, data: PowerData, power: Power, board: ChannelBoard, clock: UnitClock, *, failed: Callable[[], None]
    ) -> None:
        self.answers = True
        self._data = data
        self._power = power
        self._board = board
        self._failed = failed
        self._channels: Sequence[Firmware] = ()
        self._were: list[tuple[ChannelSettings, bool]] = []
        self._has_power = True
        self._is_beginning = False
        self._ready = Alarm(board, clock, self._begin)
        self._reset = Alarm(board, clock, self._restart)

    @property
    def charging(self) -> bool:
        """Whether a charger is connected."""
        return self._power.charging

    @property
    def battery_v(self) -> float:
        """What the unit's converter reads of its battery."""
        return self._board.battery.value(self._board.battery_code())

    @property
    def battery_low(self) -> bool:
        """What the battery's indicator shows."""
        return (self.battery_v < self._data.low_v) is not self._data.low_inverted

    @property
    def may_start(self) -> bool:
        """Whether an output may be on at all."""
        return not self.charging or self._data.output_while_charging

    def start(self, channels: Sequence[Firmware]) -> None:
        """Take over at power-on."""
        self._channels = channels
        self._remember()
        if self._data.brown_out_v:
            self._power.on_change(self._look)
            self._board.on_change(self._look)
            self._look()
        if self._data.on_output and self._has_power:
            self._together(self._all_on)

    def look_at_charger(self) -> None:
        """A charger was connected or taken away: the output goes off with it, unless the unit is built otherwise."""
        if self.answers and not self.may_start:
            for channel in self._channels:
                channel.stop()

    def hung(self) -> None:
        """The firmware does nothing more, until its own watchdog resets it."""
        self.answers = False
        self._remember()
        for channel in self._channels:
            channel.freeze()
        self._reset.after(min((channel.parameters.supervision.reset_s for channel in self._channels), default=0.0))

    def _look(self) -> None:
        if self._is_beginning:
            return
        volts = self.battery_v
        if self._has_power and volts < self._data.brown_out_v:
            if self.answers:
                self._remember()
            self._has_power = self.answers = False
            self._reset.stop()
            self._ready.stop()
            self._cut()
        elif not self._has_power and volts >= self._data.recovers_v:
            self._has_power = True
            self._restart()

    def _cut(self) -> None:
        self._failed()
        for channel in self._channels:
            channel.cut()

    def _restart(self) -> None:
        """Come back after the time that the firmware takes to begin; never at once: its output may fell it again."""
        self._cut()
        self._ready.after(max(self._data.restart_s, LEAST_RESTART_S))

    def _begin(self) -> None:
        self.answers = True
        self._together(self._begin_channels)

    def _all_on(self) -> None:
        for channel in self._channels:
            channel.on()

    def _together(self, begin: Callable[[], None]) -> None:
        """Let all channels begin in this instant, then look at what the battery makes of them together."""
        self._is_beginning = True
        begin()
        self._is_beginning = False
        if self._data.brown_out_v:
            self._look()

    def _begin_channels(self) -> None:
        data = self._data
        for channel, (before, was_on) in zip(self._channels, self._were, strict=True):
            resumes = was_on and data.restart != "off"
            left = before.at_level(channel.levels) if resumes and data.restart == "full-scale" else before
            survived = left if resumes or data.keeps_settings else None
            channel.restart(settings=survived, on=(resumes or data.on_output) and self.may_start)

    def _remember(self) -> None:
        self._were = [(channel.settings, channel.state != OFF) for channel in self._channels]
