"""Steady points, waveforms, and the off state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.certification.points.common import (
    PADS,
    READ_IN_PLATEAU,
    WHOLLY_TESTED,
    channels,
    driven_load,
    levels,
    read_in_plateau,
    top,
)
from harness.setpoint import Method, OperatingPoint, Polarity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.bench import BenchData
    from harness.definitions.benches import Load
    from harness.definitions.devices import DeviceProfile, Mode
    from harness.setpoint import Setpoint


def steady(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    """Every setting into every load of the profile; every frequency; the off state."""
    for name in profile.loads.value:
        load = data.definition.load(name)
        if load is not None:
            for mode in profile.modes:
                yield from _steady(mode, 1, load)
    driven = driven_load(profile, data)
    for channel in channels(profile, data):
        if channel > WHOLLY_TESTED:
            yield from _briefly(profile, channel, driven, data.safe_load)
            continue
        if channel > 1:
            # The same output stage again: one load tells whether it delivers.
            for mode in read_in_plateau(profile)[:1]:
                yield from _steady(mode, channel, driven)
        for mode in profile.modes:
            yield from _shape(mode, channel, driven)
        if channel == 1:
            yield from _shape_into_first(profile, data, driven)
            yield from _shape_into_pads(profile, data)
        yield from _off(profile.modes[0], channel, data)


def _briefly(profile: DeviceProfile, channel: int, driven: Load, safe: Load) -> Iterator[OperatingPoint]:
    """Of a channel beyond the second: each level, a fast one of each waveform, the off state.

    Each level both ways where that is one setting; of further settings the lowest level, a middle one and the top.
    """
    for mode in read_in_plateau(profile)[:1]:
        few = dict.fromkeys((1, (1 + top(mode)) // 2, top(mode)))
        for polarity in mode.polarities.value:
            for level in levels(mode) if polarity is mode.both_ways else few:
                yield OperatingPoint(mode.setpoint(channel, level, polarity), driven.name, driven.stated_ohm)
        setpoint = mode.setpoint(channel, top(mode), mode.polarities.value[0])
        yield OperatingPoint(setpoint, safe.name, safe.stated_ohm, method=Method.OFF)
    for mode in profile.modes:
        if mode.steps_hz:
            # Not the fastest of several: with that goes a value that is derived from all of them.
            setpoint = mode.setpoint(channel, top(mode), mode.polarities.value[-1], mode.steps_hz[-2:][0])
            yield OperatingPoint(setpoint, driven.name, driven.stated_ohm, method=Method.SHAPE)


def _steady(mode: Mode, channel: int, load: Load) -> Iterator[OperatingPoint]:
    if mode.kind not in READ_IN_PLATEAU:
        return
    for polarity in mode.polarities.value:
        for level in levels(mode):
            yield OperatingPoint(mode.setpoint(channel, level, polarity), load.name, load.stated_ohm)


def _shape(mode: Mode, channel: int, load: Load) -> Iterator[OperatingPoint]:
    if mode.waveform.value == "sweep":
        # Nothing of it holds still for a frequency, a duty or a plateau to be read.
        return
    offered = mode.polarities.value
    # One timer serves all channels and polarities; of a further channel the last setting, bipolar where there is one.
    for polarity in offered if channel == 1 else offered[-1:]:
        for setpoint in _shape_setpoints(mode, channel, polarity):
            yield OperatingPoint(setpoint, load.name, load.stated_ohm, method=Method.SHAPE)


def _shape_setpoints(mode: Mode, channel: int, polarity: Polarity) -> Iterator[Setpoint]:
    highest = top(mode)
    if mode.waveform.value == "dc":
        if polarity is Polarity.BIPOLAR:
            yield mode.setpoint(channel, highest, polarity)
        return
    if mode.kind not in {"square", "short-pulses"}:
        # No multimeter can be gated inside: their levels are read off the oscilloscope.
        for level in levels(mode)[:-1]:
            yield mode.setpoint(channel, level, polarity, mode.steps_hz[-1])
    for frequency in mode.steps_hz:
        yield mode.setpoint(channel, highest, polarity, frequency)
    in_full = channel == 1 and polarity is mode.polarities.value[-1]
    if mode.kind in {"square", "short-pulses"} and mode.is_settable and in_full:
        # What goes with frequency and level is worst at the highest frequency: each level there, too.
        for level in levels(mode)[:-1]:
            yield mode.setpoint(channel, level, polarity, mode.steps_hz[-1])


def _shape_into_first(profile: DeviceProfile, data: BenchData, driven: Load) -> Iterator[OperatingPoint]:
    """The top level into the first of the profile's loads, of modes that no multimeter reads into each of them."""
    load = data.definition.load(profile.loads.value[0])
    if load is None or load == driven:
        return
    for mode in profile.modes:
        if mode.kind not in READ_IN_PLATEAU and mode.waveform.value != "sweep":
            # Not the fastest of several: with that goes a value that is derived from all of them.
            setpoint = mode.setpoint(1, top(mode), mode.polarities.value[-1], mode.steps_hz[-2:][0])
            yield OperatingPoint(setpoint, load.name, load.stated_ohm, method=Method.SHAPE)


def _shape_into_pads(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    """Short pulses of each end of the levels into skin: what is right into a resistor may ring into a capacitance."""
    load = data.definition.load(PADS)
    for mode in profile.modes:
        if load is not None and mode.kind == "short-pulses":
            for level in (1, top(mode)):
                # Not the fastest of several: with that goes a value that is derived from all of them.
                setpoint = mode.setpoint(1, level, mode.polarities.value[-1], mode.steps_hz[-2:][0])
                yield OperatingPoint(setpoint, load.name, load.stated_ohm, method=Method.SHAPE)


def _off(mode: Mode, channel: int, data: BenchData) -> Iterator[OperatingPoint]:
    for load in (data.safe_load, data.high_load):
        if load is None:
            continue
        for polarity in mode.polarities.value:
            setpoint = mode.setpoint(channel, top(mode), polarity)
            production = channel == 1 and load is data.safe_load and polarity is mode.polarities.value[0]
            yield OperatingPoint(setpoint, load.name, load.stated_ohm, production, Method.OFF)
