"""Firmware, contact sensing and cutoff of a unit file (`docs/simulated-units.md`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.simulation.files.table import Table

_LARGEST_PPM = 1e5
_MOST_CHANNELS = 8
_MODE_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
_WAVEFORMS = ("dc", "square", "pulses", "staircase")


@dataclass(frozen=True, slots=True)
class Mode:
    """One waveform; what its kind does not have is 0 or empty."""

    name: str
    waveform: str
    alternation_period_s: float = 0.0
    frequencies_hz: tuple[float, ...] = ()
    settable: bool = False
    pulse_width_s: float = 0.0
    dwell_s: float = 0.0


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


@dataclass(frozen=True, slots=True)
class Contact:
    """How the firmware senses contact, and how it rises after it; nothing of it where `sensing` is false."""

    sensing: bool = False
    sense_period_s: float = 0.0
    sense_current_a: float = 0.0
    sense_width_s: float = 0.0
    threshold_ohm: float = 0.0
    debounce_s: float = 0.0
    rise_s: float = 0.0
    rise_overshoot: float = 0.0
    rise_dip: float = 0.0
    restarts: bool = True
    stuck: bool = False
    keeps_output: bool = False


@dataclass(frozen=True, slots=True)
class Overload:
    """The trip; `trip_a` 0: none."""

    trip_a: float = 0.0
    trip_s: float = 0.0
    clears: bool = True


def read_firmware(table: Table) -> Firmware:
    """Read the table `firmware`."""
    firmware = Firmware(
        modes=tuple(_mode(row) for row in table.tables("modes")),
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
    table.checked("channels", firmware.channels, lambda value: 1 <= value <= _MOST_CHANNELS, "1 to 8")
    if firmware.timer_reload_error and not firmware.timer_tick_s:
        raise table.error("timer_reload_error", "counts ticks; give timer_tick_s too")
    _check_periods(table, firmware)
    table.done()
    return firmware


def _check_periods(table: Table, firmware: Firmware) -> None:
    """See that each phase of each period has a tick of its own, whatever the reload error."""
    if not firmware.timer_tick_s:
        return
    for index, mode in enumerate(firmware.modes):
        for frequency in mode.frequencies_hz:
            ticks = round(1.0 / (frequency * firmware.timer_tick_s)) + firmware.timer_reload_error
            if not 0 < round(firmware.duty * ticks) < ticks:
                raise table.error(f"modes[{index}].frequencies_hz", f"{frequency:g} Hz is too fast for timer_tick_s")


def _mode(table: Table) -> Mode:
    name, waveform = table.text("name"), table.text("waveform")
    if not name or not set(name) <= _MODE_LETTERS:
        raise table.error("name", f"{name!r} is no mode name: small letters, digits and hyphens")
    if waveform not in _WAVEFORMS:
        raise table.error("waveform", f"{waveform!r} is none of {', '.join(_WAVEFORMS)}")
    if waveform == "dc":
        mode = Mode(name, waveform, alternation_period_s=table.number("alternation_period_s", above=0.0))
    else:
        frequencies = table.numbers("frequencies_hz")
        if not frequencies or any(value <= 0.0 for value in frequencies) or len(set(frequencies)) < len(frequencies):
            raise table.error("frequencies_hz", "is empty, names one twice, or holds one that is not above 0")
        several = len(frequencies) > 1 and waveform != "staircase"
        mode = Mode(
            name,
            waveform,
            frequencies_hz=frequencies,
            settable=table.flag("settable", default=several) if waveform != "staircase" else False,
            pulse_width_s=table.number("pulse_width_s", above=0.0) if waveform == "pulses" else 0.0,
            dwell_s=table.number("dwell_s", above=0.0) if waveform == "staircase" else 0.0,
        )
        if 2.0 * mode.pulse_width_s * max(frequencies) >= 1.0:
            raise table.error("pulse_width_s", "a pulse of each direction does not fit into the shortest period")
    table.done()
    return mode


def read_contact(table: Table) -> Contact:
    """Read the table `contact`."""
    sensing = table.flag("sensing", default=False)
    above = 0.0 if sensing else None
    contact = Contact(
        sensing=sensing,
        **{
            key: table.number(key, None if sensing else 0.0, above=above)
            for key in ("sense_period_s", "sense_current_a", "sense_width_s", "threshold_ohm")
        },
        **{key: table.number(key, 0.0) for key in ("debounce_s", "rise_s", "rise_overshoot", "rise_dip")},
        restarts=table.flag("restarts", default=True),
        stuck=table.flag("stuck", default=False),
        keeps_output=table.flag("keeps_output", default=False),
    )
    table.at_least_zero(contact, ("debounce_s", "rise_s", "rise_overshoot", "rise_dip"), "it")
    if sensing and contact.sense_width_s >= contact.sense_period_s:
        raise table.error("sense_width_s", "is not shorter than sense_period_s")
    table.done()
    return contact


def read_overload(table: Table) -> Overload:
    """Read the table `overload`."""
    overload = Overload(
        trip_a=table.number("trip_a", 0.0),
        trip_s=table.number("trip_s", 0.0),
        clears=table.flag("clears", default=True),
    )
    table.at_least_zero(overload, ("trip_a", "trip_s"), "it")
    table.done()
    return overload
