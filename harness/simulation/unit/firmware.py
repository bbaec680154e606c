"""The unit's firmware: settings, states, host watchdog. It knows nothing of lines and characters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulation.timekeeper import NS_PER_S
from harness.simulation.unit.output import Command

if TYPE_CHECKING:
    from harness.simulation.files.unitfile import Firmware as FirmwareData
    from harness.simulation.timekeeper import Event, Timekeeper
    from harness.simulation.unit.output import OutputStage

OFF = "OFF"
RUN = "RUN"
POLARITIES = ("positive", "negative", "bipolar")
_PPM = 1e-6


@dataclass(slots=True)
class ChannelSettings:
    """What `SET` sets and `GET` answers."""

    mode: str
    level: int = 0
    polarity: str = "positive"


class Firmware:
    """One channel of the unit.

    Attributes:
        settings: as they are.
        state: OFF or RUN.
        trip: `none` or `watchdog`, latched until OFF.
    """

    def __init__(self, data: FirmwareData, output: OutputStage, timekeeper: Timekeeper) -> None:
        self.settings = ChannelSettings(mode=data.modes[0])
        self.state = OFF
        self.trip = "none"
        self.modes = data.modes
        self.levels_a = data.levels_a
        self.watchdog_ms = round(data.watchdog_s * 1000)
        self._output = output
        self._timekeeper = timekeeper
        self._second_ns = NS_PER_S / (1.0 + data.clock_ppm * _PPM)  # bench time of one second of its own clock
        self._rise_ns = round(data.rise_s * self._second_ns)
        self._half_period_ns = max(1, round(0.5 * data.alternation_period_s * self._second_ns))
        self._watchdog_ns = round(data.watchdog_s * self._second_ns)
        self._on_ns = 0
        self._fed_ns = 0
        self._watchdog: Event | None = None

    def change(self, settings: ChannelSettings) -> None:
        """Take settings that were checked; level and polarity act at once."""
        self.settings = settings
        if self.state == RUN:
            self._deliver()

    def on(self) -> None:
        """Start; nothing happens where it runs already."""
        if self.state == RUN:
            return
        self.state = RUN
        self._on_ns = self._timekeeper.now_ns
        self._deliver()
        self.feed()

    def off(self) -> None:
        self.trip = "none"
        self._shut()

    def feed(self) -> None:
        """Start the watchdog's period anew, as every valid frame does."""
        self._fed_ns = self._timekeeper.now_ns
        if self._watchdog_ns and self.state != OFF and self._watchdog is None:
            self._watchdog = self._timekeeper.schedule(self._fed_ns + self._watchdog_ns, self._look_at_watchdog)

    def watchdog_in_ns(self) -> int | None:
        """Answer the bench time until the watchdog trips, None where nothing runs or there is none."""
        if self.state == OFF or not self._watchdog_ns:
            return None
        return self._fed_ns + self._watchdog_ns - self._timekeeper.now_ns

    def _look_at_watchdog(self) -> None:
        self._watchdog = None
        due_ns = self._fed_ns + self._watchdog_ns
        if due_ns > self._timekeeper.now_ns:
            self._watchdog = self._timekeeper.schedule(due_ns, self._look_at_watchdog)
            return
        self.trip = "watchdog"
        self._shut()

    def _shut(self) -> None:
        self.state = OFF
        if self._watchdog is not None:
            self._watchdog.cancel()
            self._watchdog = None
        self._output.command(None)

    def _deliver(self) -> None:
        level = self.settings.level
        command = Command(
            current_a=self.levels_a[level - 1] if level else 0.0,
            polarity=self.settings.polarity,
            on_ns=self._on_ns,
            rise_ns=self._rise_ns,
            half_period_ns=self._half_period_ns,
        )
        self._output.command(command)
