"""The firmware of a unit file (`docs/simulated-units.md`)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.simulation.files.modefile import read_mode
from harness.simulation.files.only import read_limited

if TYPE_CHECKING:
    from harness.simulation.files.modefile import Mode
    from harness.simulation.files.only import Only
    from harness.simulation.files.table import Table

_LARGEST_PPM = 1e5
_MOST_CHANNELS = 16
_FIXED = (
    "modes",
    "levels_a",
    "clock_ppm",
    "clock_spread_ppm",
    "watchdog_s",
    "channels",
    "second_channel_needs_first",
)


@dataclass(frozen=True, slots=True)
class Firmware:
    """What the firmware does; the form's own words and units."""

    modes: tuple[Mode, ...]
    levels_a: tuple[float, ...]
    level_shift: int = 0
    rise_s: float = 0.0
    clock_ppm: float = 0.0
    clock_spread_ppm: float = 0.0
    timer_tick_s: float = 0.0
    timer_reload_error: int = 0
    duty: float = 0.5
    flips: bool = True
    watchdog_s: float = 0.0
    channels: int = 1
    second_channel_needs_first: bool = False
    mode_aliases: tuple[tuple[str, str], ...] = ()
    polarity_sticks: bool = False
    only: tuple[Only, ...] = ()


def read_firmware(table: Table) -> Firmware:
    """Read the table `firmware` with its rows `only`."""
    firmware, only = read_limited(table, _firmware, fixed=_FIXED)
    return replace(firmware, only=only)


def _firmware(table: Table) -> Firmware:
    firmware = Firmware(
        modes=tuple(read_mode(row) for row in table.tables("modes")),
        levels_a=table.numbers("levels_a"),
        level_shift=table.integer("level_shift", 0),
        rise_s=table.number("rise_s", 0.0),
        clock_ppm=table.number("clock_ppm", 0.0),
        clock_spread_ppm=table.number("clock_spread_ppm", 0.0),
        timer_tick_s=table.number("timer_tick_s", 0.0),
        timer_reload_error=table.integer("timer_reload_error", 0),
        duty=table.number("duty", 0.5),
        flips=table.flag("flips", default=True),
        watchdog_s=table.number("watchdog_s", 0.0),
        channels=table.integer("channels", 1),
        second_channel_needs_first=table.flag("second_channel_needs_first", default=False),
        mode_aliases=table.table("mode_aliases", optional=True).pairs(),
        polarity_sticks=table.flag("polarity_sticks", default=False),
    )
    names = [mode.name for mode in firmware.modes]
    if not names or len(set(names)) < len(names):
        raise table.error("modes", "is empty or names one twice; a unit has at least one mode, each with its own name")
    table.at_least_zero(firmware, ("rise_s", "watchdog_s", "timer_tick_s", "clock_spread_ppm"), "it")
    table.at_least_zero(firmware, ("level_shift",), "a row of the table")
    table.checked(
        "clock_ppm",
        abs(firmware.clock_ppm) + firmware.clock_spread_ppm,
        lambda value: value <= _LARGEST_PPM,
        "with the spread at most 100000 either way",
    )
    table.checked("duty", firmware.duty, lambda value: 0.0 < value < 1.0, "a share between 0 and 1")
    table.checked("channels", firmware.channels, lambda value: 1 <= value <= _MOST_CHANNELS, "1 to 16")
    if firmware.timer_reload_error and not firmware.timer_tick_s:
        raise table.error("timer_reload_error", "counts ticks; give timer_tick_s too")
    for selected, delivered in firmware.mode_aliases:
        if selected not in names or delivered not in names:
            raise table.error(f"mode_aliases.{selected}", f"{delivered!r} or {selected!r} is no mode of this unit")
    _check_periods(table, firmware)
    table.done()
    return firmware


def _check_periods(table: Table, firmware: Firmware) -> None:
    """See that each phase of each period has a tick of its own, whatever the reload error."""
    if not firmware.timer_tick_s:
        return
    for index, mode in enumerate(firmware.modes):
        for frequency in mode.every_hz:
            ticks = round(1.0 / (frequency * firmware.timer_tick_s)) + firmware.timer_reload_error
            if not 0 < round(firmware.duty * ticks) < ticks:
                key = "frequencies_hz" if mode.sweep is None else "stop_hz"
                raise table.error(f"modes[{index}].{key}", f"{frequency:g} Hz is too fast for timer_tick_s")
