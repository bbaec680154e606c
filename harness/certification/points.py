"""The operating points of a run: what is done, at which setting, into which load."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.setpoint import Method, OperatingPoint, Polarity

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.bench import BenchData
    from harness.definitions.benches import Load
    from harness.definitions.devices import DeviceProfile, Mode
    from harness.setpoint import Setpoint

GAPS_MS = (1, 2, 5, 10, 15, 20, 50, 100, 500)
"""Losses of contact that are tried, ms."""

LOSS_MS = 15
"""After a loss of so many ms the electrodes are touched again, to see whether the output was off."""

_READ_IN_PLATEAU = ("dc", "square")


def plan_points(profile: DeviceProfile, data: BenchData) -> tuple[list[OperatingPoint], list[str]]:
    """Every point that this bench can take, in the order of a run, and the names of loads that it lacks."""
    return list(_points(profile, data)), _missing(profile, data)


def _missing(profile: DeviceProfile, data: BenchData) -> list[str]:
    missing = [name for name in profile.loads.value if data.definition.load(name) is None]
    for name, load in (("1M", data.high_load), ("short", data.short(0.0)), ("skin", data.skin)):
        if load is None and (name != "skin" or profile.contact is not None):
            missing.append(name)
    return missing


def _points(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    for name in profile.loads.value:
        load = data.definition.load(name)
        if load is not None:
            for mode in profile.modes:
                yield from _steady(mode, 1, load)
    safe = data.safe_load
    for channel in range(1, profile.channels.value + 1):
        if channel > 1:
            # The same output stage again: one load tells whether it delivers.
            yield from _steady(profile.modes[0], channel, safe)
        for mode in profile.modes:
            yield from _shape(mode, channel, safe)
        yield from _off(profile.modes[0], channel, data)
    yield from _events(profile, data)


def _steady(mode: Mode, channel: int, load: Load) -> Iterator[OperatingPoint]:
    if mode.waveform.value not in _READ_IN_PLATEAU:
        return
    for polarity in mode.polarities.value:
        for level in _levels(mode):
            # A production line takes both ends of the range; a gain and an offset error show there.
            production = level in {1, _top(mode)}
            yield OperatingPoint(mode.setpoint(channel, level, polarity), load.name, load.stated_ohm, production)


def _shape(mode: Mode, channel: int, load: Load) -> Iterator[OperatingPoint]:
    top = _top(mode)
    offered = mode.polarities.value
    # One timer serves all channels and polarities; of a further channel the last setting, bipolar where there is one.
    for polarity in offered if channel == 1 else offered[-1:]:
        for setpoint in _shape_setpoints(mode, channel, polarity):
            fastest = setpoint.frequency_hz == max(mode.steps_hz, default=setpoint.frequency_hz)
            production = channel == 1 and setpoint.level == top and fastest and polarity is offered[-1]
            yield OperatingPoint(setpoint, load.name, load.stated_ohm, production, Method.SHAPE)


def _shape_setpoints(mode: Mode, channel: int, polarity: Polarity) -> Iterator[Setpoint]:
    top = _top(mode)
    if mode.waveform.value == "dc":
        if polarity is Polarity.BIPOLAR:
            yield mode.setpoint(channel, top, polarity)
        return
    if mode.waveform.value != "square":
        # No multimeter can be gated inside: their levels are read off the oscilloscope.
        for level in _levels(mode)[:-1]:
            yield mode.setpoint(channel, level, polarity, mode.steps_hz[0])
    for frequency in mode.steps_hz:
        yield mode.setpoint(channel, top, polarity, frequency)


def _off(mode: Mode, channel: int, data: BenchData) -> Iterator[OperatingPoint]:
    for load in (data.safe_load, data.high_load):
        if load is None:
            continue
        for polarity in mode.polarities.value:
            setpoint = mode.setpoint(channel, _top(mode), polarity)
            production = channel == 1 and load is data.safe_load and polarity is mode.polarities.value[0]
            yield OperatingPoint(setpoint, load.name, load.stated_ohm, production, Method.OFF)


def _events(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    able = data.definition.capabilities
    if "contact-timing" in able:
        if data.short(0.0) is not None:
            yield from _cycles(profile.modes[0], data.safe_load)
        yield from _touches(profile, data)
    if profile.trip is not None and "auxiliary-source" in able:
        load = data.definition.load(profile.loads.value[0])
        if load is not None:
            setpoint = _top_setpoint(profile.modes[0], Polarity.POSITIVE)
            yield OperatingPoint(setpoint, load.name, load.stated_ohm, method=Method.OVERCURRENT)


def _cycles(mode: Mode, load: Load) -> Iterator[OperatingPoint]:
    # Bipolar where a square wave offers it: whenever contact is made, current flows one way or the other.
    square = mode.waveform.value == "square"
    offered = mode.polarities.value
    polarity = Polarity.BIPOLAR if square and Polarity.BIPOLAR in offered else offered[0]
    for level in _levels(mode):
        yield OperatingPoint(mode.setpoint(1, level, polarity), load.name, load.stated_ohm, method=Method.CYCLES)


def _touches(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    mode, safe = profile.modes[0], data.safe_load
    directions = [polarity for polarity in mode.polarities.value if polarity is not Polarity.BIPOLAR]
    for polarity in directions:
        for level in (1, _top(mode)):
            setpoint = mode.setpoint(1, level, polarity)
            production = level == _top(mode) and polarity is directions[0]
            yield OperatingPoint(setpoint, safe.name, safe.stated_ohm, production, Method.TOUCH)
    if profile.contact is not None and mode.waveform.value == "dc":
        for polarity in directions:
            yield from _first_contacts(mode, polarity, data)
        yield from _losses(mode, directions, data)


def _first_contacts(mode: Mode, polarity: Polarity, data: BenchData) -> Iterator[OperatingPoint]:
    safe = data.safe_load
    for level in (1, _top(mode)):
        setpoint = mode.setpoint(1, level, polarity)
        for load, variant in ((safe, "touch"), (safe, "bounce"), (data.skin, "touch")):
            if load is not None:
                production = load is safe and variant == "touch" and level == _top(mode)
                yield OperatingPoint(setpoint, load.name, load.stated_ohm, production, Method.FIRST_CONTACT, variant)


def _losses(mode: Mode, directions: Sequence[Polarity], data: BenchData) -> Iterator[OperatingPoint]:
    safe = data.safe_load
    top = _top_setpoint(mode, directions[0])
    for gap in GAPS_MS:
        yield OperatingPoint(top, safe.name, safe.stated_ohm, gap == _PRODUCTION_GAP_MS, Method.GAP, f"{gap}ms")
    if "electrode-voltage" in data.definition.capabilities:
        for polarity in directions:
            setpoint = _top_setpoint(mode, polarity)
            yield OperatingPoint(setpoint, safe.name, safe.stated_ohm, method=Method.LOSS, variant=f"{LOSS_MS}ms")


_PRODUCTION_GAP_MS = 20


def _levels(mode: Mode) -> list[int]:
    return list(range(1, _top(mode) + 1))


def _top(mode: Mode) -> int:
    return len(mode.levels_a.value)


def _top_setpoint(mode: Mode, polarity: Polarity) -> Setpoint:
    return mode.setpoint(1, _top(mode), polarity)
