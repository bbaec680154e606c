"""Power, session, panel and supervision: each in one setting that lets its value be read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.bench.methods.power_battery import calm_hz
from harness.bench.methods.power_panel import apart_hz
from harness.certification.points.common import WHOLLY_TESTED, channels, directions, driven_load, read_in_plateau, top
from harness.setpoint import Method, OperatingPoint, Polarity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.bench import BenchData
    from harness.definitions.benches import Load
    from harness.definitions.devices import DeviceProfile, Mode
    from harness.setpoint import Setpoint

_OF_COMPLIANCE = 0.95
_PICKUP_OF_LINE = 8.0
"""A line of 1 % of the level is looked for where the bench's own pickup is at most an eighth of it."""

_LINE_SHARE = 0.01
_APART_HZ, _AMPLE_HZ = 0.5, 8.0
"""From the mains to the next line of the waveform: at least so much, and more than so much is no better."""
_BROWN_OUTS = ("slow", "fast", "dip")


def supervision(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    """Whether the unit goes on working: first of all, for one that hangs lets nothing else be measured."""
    mode, load = _mode(profile), driven_load(profile, data)
    bipolar = Polarity.BIPOLAR in mode.polarities.value
    alternating = Polarity.BIPOLAR if bipolar else mode.polarities.value[0]
    yield _point(mode.setpoint(1, top(mode), alternating, calm_hz(mode)), load, Method.HANG)


def power(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    """All that the profile claims of power, session and panel and that the bench can do."""
    able = data.definition.capabilities
    mode, load = _mode(profile), driven_load(profile, data)
    highest = _calm(mode, top(mode))
    yield _point(highest, load, Method.HOST_SILENT)
    # The other end of what can be set: the last channel, the lowest level that a screen shows, the other direction.
    other = mode.setpoint(
        channels(profile, data)[-1], min(_SHOWN_LEVEL, top(mode)), directions(mode)[-1], calm_hz(mode)
    )
    if other != highest:
        yield _point(other, load, Method.HOST_SILENT)
    yield from _sessions(profile, data, mode)
    if "battery-supply" in able:
        yield from _fed(profile, data, highest)
    if profile.charging is not None and "charger" in able:
        yield _point(highest, load, Method.CHARGING)
    if profile.tone is not None and {"buzzer", "contact-timing"} <= able:
        yield _point(_calm(mode, 1), load, Method.TONE)
    if profile.motor is not None:
        for level in (1, top(mode)):
            yield _point(_calm(mode, level), load, Method.MOTOR)
    yield from _mains(mode, data)


def _sessions(profile: DeviceProfile, data: BenchData, mode: Mode) -> Iterator[OperatingPoint]:
    """Whole sessions: the top level; and, the other way, the lowest that a screen shows, where a channel runs alone."""
    highest, load = _calm(mode, top(mode)), driven_load(profile, data)
    if profile.session is None:
        if profile.display is not None:
            yield _point(highest, load, Method.DISPLAY)
        return
    yield _point(highest, load, Method.SESSION)
    level = min(_SHOWN_LEVEL, top(mode))
    # The end of the first channel would end one that needs it: its own timer could not be seen.
    bound = profile.second_channel_needs_first is not None and profile.second_channel_needs_first.value
    channel = 1 if bound else channels(profile, data)[-1]
    other = mode.setpoint(channel, level, directions(mode)[-1], calm_hz(mode))
    if other != highest:
        yield _point(other, load, Method.SESSION)
    if profile.session.idle_s is not None and "contact-timing" in data.definition.capabilities:
        yield _point(highest, load, Method.IDLE)


_SHOWN_LEVEL = 2
"""Of the lowest one, 10 µA, an oscilloscope's extremes cannot be told from three tenths more."""


def _fed(profile: DeviceProfile, data: BenchData, highest: Setpoint) -> Iterator[OperatingPoint]:
    load, mode = driven_load(profile, data), profile.mode(highest.mode)
    if profile.battery is not None:
        if read_in_plateau(profile):
            yield _point(highest, load, Method.BATTERY, "flag")
            for level, heavy in _heaviest(profile, data, mode):
                yield _point(_calm(mode, level), heavy, Method.BATTERY, "heavy")
        for how in _BROWN_OUTS:
            yield _point(highest, load, Method.BROWN_OUT, how)
    if profile.power_on is not None:
        yield _point(highest, load, Method.POWER_ON)
    if profile.supply is not None:
        for channel in channels(profile, data)[:WHOLLY_TESTED]:
            yield _point(replace(highest, channel=channel), load, Method.SUPPLY)


def _heaviest(profile: DeviceProfile, data: BenchData, mode: Mode) -> Iterator[tuple[int, Load]]:
    """The level and load of the bench that ask for the most of the declared compliance."""
    most_v = _OF_COMPLIANCE * profile.compliance_v.value
    found = [
        (current * load.stated_ohm, level, load)
        for load in data.definition.loads
        if load.is_resistor or (load.network is None and mode.waveform.value == "dc")
        for level, current in enumerate(mode.levels_a.value, start=1)
        if load.resistance_ohm and current * load.stated_ohm <= most_v
    ]
    # Of two that ask for the same the higher level: there an output also has the most to deliver.
    best = max(found, key=lambda each: (each[0], each[1]), default=None)
    if best is not None and best[2] is not data.safe_load:
        yield best[1], best[2]


def _mains(mode: Mode, data: BenchData) -> Iterator[OperatingPoint]:
    """The lowest level of which 1 % is well above the bench's own pickup, where the waveform has no line near it."""
    pickup_a, mains_hz = data.definition.influences.mains_pickup_a, data.definition.mains_frequency_hz
    least_a = _PICKUP_OF_LINE * pickup_a / _LINE_SHARE
    level = next((number for number, a in enumerate(mode.levels_a.value, start=1) if a >= least_a), top(mode))
    polarity = directions(mode)[0]
    slow = [step for step in mode.steps_hz if step < 10 * mains_hz] if mode.is_settable else [None]
    setpoints = [mode.setpoint(1, level, polarity, step) for step in slow]
    best = max(setpoints, key=lambda setpoint: min(apart_hz(setpoint, mains_hz), _AMPLE_HZ), default=None)
    if best is not None and apart_hz(best, mains_hz) >= _APART_HZ:
        yield _point(best, data.safe_load, Method.MAINS)


def _mode(profile: DeviceProfile) -> Mode:
    """The mode whose level is read most easily."""
    return (read_in_plateau(profile) or list(profile.modes))[0]


def _calm(mode: Mode, level: int) -> Setpoint:
    return mode.setpoint(1, level, directions(mode)[0], calm_hz(mode))


def _point(setpoint: Setpoint, load: Load, method: Method, variant: str = "") -> OperatingPoint:
    return OperatingPoint(setpoint, load.name, load.stated_ohm, method=method, variant=variant)
