"""Level zero of every mode, loads up to the declared range and beyond, and charge over a minute."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.certification.points.common import channels, directions, driven_load, levels, read_in_plateau, top
from harness.setpoint import Method, OperatingPoint, Polarity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.bench import BenchData
    from harness.definitions.benches import Load
    from harness.definitions.devices import DeviceProfile, Mode
    from harness.setpoint import Setpoint

_SURELY_BEYOND = 1.2
"""Of the compliance voltage, what a level would need into a load that is surely too large."""


def output(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    """All of them, as far as the profile declares what they are about."""
    if profile.level_scale is not None:
        yield from _zero_levels(profile, data)
    if profile.load_range is not None:
        for channel in channels(profile, data):
            # A level may have its turn twice.
            yield from dict.fromkeys(_large_loads(profile, data, channel))
    if profile.net_charge is not None:
        yield from _charges(profile, data)


def _zero_levels(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    """Into the first and the last of the profile's loads; where only an oscilloscope reads a level, into 10 kΩ."""
    names = dict.fromkeys((profile.loads.value[0], profile.loads.value[-1]))
    rated = [load for name in names if (load := data.definition.load(name)) is not None]
    gated = read_in_plateau(profile)
    for mode in profile.modes:
        for polarity in mode.polarities.value:
            for load in rated if mode in gated else [data.safe_load]:
                yield _at(_level_zero(mode, 1, polarity), load, Method.ZERO_LEVEL)
    for channel in channels(profile, data)[1:]:
        for mode in gated[:1]:
            for polarity in mode.polarities.value:
                yield _at(_level_zero(mode, channel, polarity), driven_load(profile, data), Method.ZERO_LEVEL)


def _level_zero(mode: Mode, channel: int, polarity: Polarity) -> Setpoint:
    return replace(mode.setpoint(channel, 1, polarity), level=0, current_a=0.0)


def _large_loads(profile: DeviceProfile, data: BenchData, channel: int) -> Iterator[OperatingPoint]:
    """Every level into a load beyond the profile's; the lowest into the largest one; one load that is beyond reach.

    Of further modes and channels, which share stage and supply, the load next to the edge only.
    """
    loads = _beyond_rated(profile, data)
    modes = read_in_plateau(profile)
    for mode in modes if channel == 1 else modes[:1]:
        reached = _reached(profile, mode, loads)
        if channel == 1 and mode is modes[0]:
            for polarity, level, load in _dealt(mode, reached):
                yield _at(mode.setpoint(channel, level, polarity), load, Method.REGULATION)
            for polarity in _both(mode):
                yield from _lowest_and_beyond(profile, mode, polarity, loads, reached)
        elif reached:
            level, load = max(reached, key=lambda pair: pair[1].stated_ohm * mode.levels_a.value[pair[0] - 1])
            for polarity in _both(mode):
                yield _at(mode.setpoint(channel, level, polarity), load, Method.REGULATION)


def _dealt(mode: Mode, reached: Sequence[tuple[int, Load]]) -> Iterator[tuple[Polarity, int, Load]]:
    """A level for each direction and load: the highest that has not had its turn, or the highest; then what is left."""
    left = set(levels(mode))
    polarities = _both(mode)
    # From the largest load down: it takes the fewest levels.
    for polarity in polarities:
        for highest, load in reversed(reached):
            level = max((level for level in left if level <= highest), default=highest)
            left.discard(level)
            yield polarity, level, load
    for level in sorted(left):
        taking = [load for highest, load in reached if level <= highest]
        if taking:
            yield polarities[level % len(polarities)], level, taking[-1]


def _lowest_and_beyond(
    profile: DeviceProfile, mode: Mode, polarity: Polarity, loads: Sequence[Load], reached: Sequence[tuple[int, Load]]
) -> Iterator[OperatingPoint]:
    if reached and reached[-1][0] > 1:
        yield _at(mode.setpoint(1, 1, polarity), reached[-1][1], Method.REGULATION)
    needed = _SURELY_BEYOND * profile.compliance_v.value / mode.levels_a.value[-1]
    beyond = next((load for load in loads if load.stated_ohm >= needed), None)
    if beyond is not None:
        yield _at(mode.setpoint(1, top(mode), polarity), beyond, Method.SATURATION)


def _beyond_rated(profile: DeviceProfile, data: BenchData) -> list[Load]:
    """Resistors of the bench above the profile's loads, up to the largest that it declares, ascending."""
    rated = [load.stated_ohm for name in profile.loads.value if (load := data.definition.load(name)) is not None]
    most = 0.0 if profile.load_range is None else profile.load_range.most_ohm.value
    larger = [load for load in data.definition.loads if max(rated, default=math.inf) < load.stated_ohm <= most]
    # One of each resistance: the same may be there across other resistors, for other work. A short is no load, however
    # large the resistors are that it is read across.
    found = {load.stated_ohm: load for load in reversed(larger) if load.is_resistor and load.resistance_ohm}
    return [found[ohm] for ohm in sorted(found)]


def _reached(profile: DeviceProfile, mode: Mode, loads: Sequence[Load]) -> list[tuple[int, Load]]:
    """For each load the highest level that the declared compliance voltage drives through it."""
    most = profile.compliance_v.value
    found = []
    for load in loads:
        within = [level for level in levels(mode) if mode.levels_a.value[level - 1] * load.stated_ohm <= most]
        if within:
            found.append((within[-1], load))
    return found


def _both(mode: Mode) -> list[Polarity]:
    """Both directions of current: in one setting where a square wave has that, else one after the other."""
    offered = mode.polarities.value
    if mode.waveform.value == "square" and Polarity.BIPOLAR in offered:
        return [Polarity.BIPOLAR]
    return directions(mode)


def _charges(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    """Each mode in each polarity at its top level and highest frequency; of a further channel in both directions only.

    Where both directions flow at the lowest level, too, beside which a direct current of the stage itself is large; of
    the first channel at the lowest frequency.
    """
    for channel in channels(profile, data):
        for mode in profile.modes if channel == 1 else profile.modes[:1]:
            for polarity in mode.polarities.value if channel == 1 else mode.polarities.value[-1:]:
                for setpoint in _charge_setpoints(mode, channel, polarity):
                    yield _at(setpoint, data.safe_load, Method.CHARGE)


def _charge_setpoints(mode: Mode, channel: int, polarity: Polarity) -> Iterator[Setpoint]:
    fastest = mode.steps_hz[-1] if mode.is_settable else None
    yield mode.setpoint(channel, top(mode), polarity, fastest)
    if polarity is not Polarity.BIPOLAR:
        return
    if top(mode) > 1:
        yield mode.setpoint(channel, 1, polarity, fastest)
    if channel == 1 and mode.is_settable:
        yield mode.setpoint(channel, top(mode), polarity)


def _at(setpoint: Setpoint, load: Load, method: Method) -> OperatingPoint:
    return OperatingPoint(setpoint, load.name, load.stated_ohm, method=method)
