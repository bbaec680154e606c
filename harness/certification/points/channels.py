"""Several channels, events at the unit's controls, leads, external voltage, and the current at which a cutoff acts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.bench.methods.channels import changes, gated_hz, key_on_leads, quiet_hz
from harness.bench.methods.channels_events import slow_hz
from harness.certification.points.common import WHOLLY_TESTED, channels, driven_load, read_in_plateau, top
from harness.definitions.requirements import asks_for
from harness.setpoint import Method, OperatingPoint, Polarity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.bench import BenchData
    from harness.definitions.benches import Load
    from harness.definitions.devices import DeviceProfile, Mode
    from harness.setpoint import Setpoint

FREE, BOUND = "free", "bound"
"""Variants of channels beside each other: whether the neighbour may be switched off."""

TOP = "top"
"""Variant of the sum at the highest level, which is disclosed."""


def together(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    """Every channel that the bench can reach beside its neighbour, the other one on a load of its own."""
    reached = channels(profile, data)
    modes = [mode for mode in read_in_plateau(profile) if mode.steps_hz]
    if len(reached) < 2 or not modes:  # noqa: PLR2004 - two channels make a pair
        return
    mode, load = modes[0], driven_load(profile, data)
    if profile.channel_section is not None and "second-channel" in data.definition.capabilities:
        for channel in reached:
            setpoint = mode.setpoint(channel, key_on_leads(mode, channel), mode.both_ways, gated_hz(data, mode))
            variant = FREE if "off" in changes(data, profile, setpoint) else BOUND
            yield OperatingPoint(setpoint, load.name, load.stated_ohm, method=Method.KEYED, variant=variant)
            for each in _extremes(profile, data) if channel <= WHOLLY_TESTED else [load]:
                quiet = mode.setpoint(channel, 1, _one_way(mode), quiet_hz(data, mode))
                yield OperatingPoint(quiet, each.name, each.stated_ohm, method=Method.CROSSTALK)
        yield from _sums(profile, data, mode)
    if profile.second_channel_needs_first is not None and profile.second_channel_needs_first.value:
        for channel in reached[1:]:
            setpoint = mode.setpoint(channel, top(mode), mode.both_ways, gated_hz(data, mode))
            yield OperatingPoint(setpoint, load.name, load.stated_ohm, method=Method.FIRST_OFF)


def _sums(profile: DeviceProfile, data: BenchData, mode: Mode) -> Iterator[OperatingPoint]:
    """At the highest level whose sum over all channels stays below the ceiling by tolerance; at the top, disclosed."""
    count, load = profile.channels.value, driven_load(profile, data)
    most = profile.ceiling_a.value / count / (1 + mode.current_tolerance.value)
    within = [level for level, current in enumerate(mode.levels_a.value, start=1) if current <= most]
    for level, variant in ((max(within, default=0), ""), (top(mode), TOP)):
        if level:
            setpoint = mode.setpoint(1, level, mode.both_ways, gated_hz(data, mode))
            yield OperatingPoint(setpoint, load.name, load.stated_ohm, method=Method.SUM, variant=variant)


def events(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    """What happens at the unit's controls: into 10 kΩ and into skin, which has a capacitance; from mode to mode."""
    for mode in read_in_plateau(profile)[:1]:
        for channel in channels(profile, data):
            for load in (data.safe_load, data.skin):
                if load is not None:
                    setpoint = _at_work(
                        mode, channel, slow_hz(mode), most_a=profile.compliance_v.value / load.stated_ohm
                    )
                    yield OperatingPoint(setpoint, load.name, load.stated_ohm, method=Method.EVENTS)
        if profile.several_modes:
            for polarity in mode.polarities.value:
                setpoint = mode.setpoint(1, top(mode), polarity)
                safe = data.safe_load
                yield OperatingPoint(setpoint, safe.name, safe.stated_ohm, method=Method.MODE_CHANGE)


def leads(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    """Each channel that can be reached, watched for a minute: where it can be where current always flows."""
    load = driven_load(profile, data)
    for mode in read_in_plateau(profile)[:1]:
        if not asks_for(profile, Method.CONTINUITY):
            continue
        for channel in channels(profile, data):
            polarity = mode.polarities.value[0] if mode.waveform.value == "dc" else mode.both_ways
            setpoint = mode.setpoint(channel, top(mode), polarity)
            yield OperatingPoint(setpoint, load.name, load.stated_ohm, method=Method.CONTINUITY)


def driven(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    """An external voltage at the output both ways; and the current at which a declared cutoff acts, both ways."""
    load = data.definition.load(profile.loads.value[0])
    able = data.definition.capabilities
    for mode in read_in_plateau(profile)[:1]:
        ways = [polarity for polarity in mode.polarities.value if polarity is not Polarity.BIPOLAR]
        if load is not None and {"auxiliary-source", "reversed-source"} <= able:
            for channel in channels(profile, data):
                at_work = _at_work(mode, channel, gated_hz(data, mode))
                alternates = mode.steps_hz and len(ways) < len(mode.polarities.value)
                hertz = at_work.frequency_hz if mode.steps_hz else None
                both = [at_work] if alternates else [mode.setpoint(channel, top(mode), way, hertz) for way in ways]
                for setpoint in both:
                    yield OperatingPoint(setpoint, load.name, load.stated_ohm, method=Method.BACK_DRIVE)
        declared = profile.trip is not None and profile.trip.tolerance_a is not None
        if declared and load is not None and "auxiliary-source" in able:
            for polarity in ways:
                if polarity is Polarity.POSITIVE or "reversed-source" in able:
                    setpoint = mode.setpoint(1, top(mode), polarity)
                    yield OperatingPoint(setpoint, load.name, load.stated_ohm, method=Method.TRIP_CURRENT)


def _at_work(mode: Mode, channel: int, frequency_hz: float, most_a: float = math.inf) -> Setpoint:
    """The highest level that the compliance drives: of a waveform with frequencies both ways, at this one."""
    level = max((number for number, a in enumerate(mode.levels_a.value, start=1) if a <= most_a), default=1)
    if mode.steps_hz:
        return mode.setpoint(channel, level, mode.both_ways, frequency_hz)
    return mode.setpoint(channel, level, mode.polarities.value[0])


def _extremes(profile: DeviceProfile, data: BenchData) -> list[Load]:
    """The load that a device is driven into, 10 kΩ or its own, and its first load where that is another one."""
    driven, first = driven_load(profile, data), data.definition.load(profile.loads.value[0])
    return [driven] if first is None or first == driven else [driven, first]


def _one_way(mode: Mode) -> Polarity:
    offered = mode.polarities.value
    return next((polarity for polarity in offered if polarity is not Polarity.BIPOLAR), offered[0])
