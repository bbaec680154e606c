"""The operating points of a run: what is done, at which setting, into which load."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.setpoint import Method, OperatingPoint, Polarity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.bench import BenchData
    from harness.definitions.benches import Load
    from harness.definitions.devices import DeviceProfile, Mode
    from harness.setpoint import Setpoint

GAPS_MS = (1, 2, 5, 10, 15, 20, 50, 100, 500)
"""Losses of contact that are tried, ms."""

LOSS_MS = 15
"""After a loss of so many ms the electrodes are touched again, to see whether the output was off."""

_READ_IN_PLATEAU = ("dc", "square")


@dataclass(frozen=True, slots=True)
class Missing:
    """What the bench lacks for some points.

    Attributes:
        what: in words.
        methods: whose points are missing; empty: of all methods.
    """

    what: str
    methods: frozenset[Method] = frozenset()


def plan_points(profile: DeviceProfile, data: BenchData) -> tuple[list[OperatingPoint], list[Missing]]:
    """Every point that this bench can take, in the order of a run, and what it lacks for the others."""
    return list(_points(profile, data)), list(_missing(profile, data))


def _missing(profile: DeviceProfile, data: BenchData) -> Iterator[Missing]:
    for name in profile.loads.value:
        if data.definition.load(name) is None:
            yield Missing(f"this bench has no load {name}")
    if data.high_load is None:
        yield Missing("this bench has no load of 1 MΩ", frozenset({Method.OFF}))
    if data.short(0.0) is None:
        yield Missing("this bench has no short", frozenset({Method.CYCLES}))
    if data.skin is None and profile.contact is not None:
        yield Missing("this bench has no load that stands for skin", frozenset({Method.FIRST_CONTACT}))
    if len(_channels(profile, data)) < profile.channels.value:
        yield Missing(f"this bench has no electrode relay for channel {profile.channels.value}")


def _channels(profile: DeviceProfile, data: BenchData) -> range:
    """Channels of the device that the bench can reach: the first, and those that have an electrode relay."""
    electrodes = data.definition.electrodes
    reached = 1 if electrodes is None else len(electrodes.relays)
    return range(1, min(profile.channels.value, reached) + 1)


def _points(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    for name in profile.loads.value:
        load = data.definition.load(name)
        if load is not None:
            for mode in profile.modes:
                yield from _steady(mode, 1, load)
    safe = data.safe_load
    for channel in _channels(profile, data):
        if channel > 1:
            # The same output stage again: one load tells whether it delivers.
            for mode in _read_in_plateau(profile)[:1]:
                yield from _steady(mode, channel, safe)
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
    if mode.waveform.value == "sweep":
        # Nothing of it holds still for a frequency, a duty or a plateau to be read.
        return
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
        for channel in _channels(profile, data):
            if data.short(0.0) is not None:
                yield from _cycles(profile, channel, data.safe_load)
            yield from _touches(profile, channel, data.safe_load)
        if profile.contact is not None:
            yield from _first_contacts(profile, data)
            yield from _losses(profile, data)
    if profile.trip is not None and "auxiliary-source" in able:
        yield from _overcurrents(profile, data)


def _cycles(profile: DeviceProfile, channel: int, load: Load) -> Iterator[OperatingPoint]:
    """Every level of the first mode whose plateau can be read; of a further channel the highest."""
    for mode in _read_in_plateau(profile)[:1]:
        offered = mode.polarities.value
        # Bipolar where a square wave offers it: whenever contact is made, current flows one way or the other.
        square = mode.waveform.value == "square"
        first = Polarity.BIPOLAR if square and Polarity.BIPOLAR in offered else offered[0]
        for polarity in (first, *(other for other in offered if other is not first)):
            # A short is no other short in the other direction: every level in one of them, the highest in all.
            for level in _levels(mode) if polarity is first and channel == 1 else [_top(mode)]:
                setpoint = mode.setpoint(channel, level, polarity)
                yield OperatingPoint(setpoint, load.name, load.stated_ohm, method=Method.CYCLES)


def _touches(profile: DeviceProfile, channel: int, load: Load) -> Iterator[OperatingPoint]:
    for mode in _read_in_plateau(profile)[:1]:
        directions = _directions(mode)
        for polarity in directions:
            for level in (1, _top(mode)) if channel == 1 else (_top(mode),):
                production = channel == 1 and level == _top(mode) and polarity is directions[0]
                setpoint = mode.setpoint(channel, level, polarity)
                yield OperatingPoint(setpoint, load.name, load.stated_ohm, production, Method.TOUCH)


def _first_contacts(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    """Each mode in each polarity at its top level; of the first mode the lowest level, bounces and skin, too."""
    safe = data.safe_load
    for mode in profile.modes:
        is_first = mode is profile.modes[0]
        for polarity in mode.polarities.value:
            for level in (1, _top(mode)) if is_first else (_top(mode),):
                setpoint = mode.setpoint(1, level, polarity)
                for load, variant in ((safe, "touch"), (safe, "restart"), (safe, "bounce"), (data.skin, "touch")):
                    if load is None or (not is_first and (variant == "bounce" or load is not safe)):
                        continue
                    production = is_first and load is safe and variant == "touch" and level == _top(mode)
                    yield OperatingPoint(
                        setpoint, load.name, load.stated_ohm, production, Method.FIRST_CONTACT, variant
                    )


def _losses(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    """All gaps in one setting, one gap in every other; the off state after a loss in both directions.

    Only where current flows at any time, so that every loss interrupts it; a first contact that is made again after a
    loss covers the others.
    """
    safe = data.safe_load
    first = True
    for mode in profile.modes:
        for polarity in mode.polarities.value:
            if mode.active_share(mode.setpoint(1, 1, polarity)) < 1:
                continue
            setpoint = mode.setpoint(1, _top(mode), polarity)
            for gap in GAPS_MS if first else (_PRODUCTION_GAP_MS,):
                production = first and gap == _PRODUCTION_GAP_MS
                yield OperatingPoint(setpoint, safe.name, safe.stated_ohm, production, Method.GAP, f"{gap}ms")
            first = False
    if "electrode-voltage" in data.definition.capabilities:
        for mode in _read_in_plateau(profile)[:1]:
            for polarity in _directions(mode):
                setpoint = mode.setpoint(1, _top(mode), polarity)
                yield OperatingPoint(setpoint, safe.name, safe.stated_ohm, method=Method.LOSS, variant=f"{LOSS_MS}ms")


def _overcurrents(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    """In the direction in which the auxiliary source drives."""
    load = data.definition.load(profile.loads.value[0])
    for mode in _read_in_plateau(profile)[:1]:
        if load is not None and Polarity.POSITIVE in mode.polarities.value:
            setpoint = mode.setpoint(1, _top(mode), Polarity.POSITIVE)
            yield OperatingPoint(setpoint, load.name, load.stated_ohm, method=Method.OVERCURRENT)


_PRODUCTION_GAP_MS = 20


def _read_in_plateau(profile: DeviceProfile) -> list[Mode]:
    """Modes whose level a multimeter can read inside a plateau, steady ones first."""
    found = [mode for mode in profile.modes if mode.waveform.value in _READ_IN_PLATEAU]
    return sorted(found, key=lambda mode: _READ_IN_PLATEAU.index(mode.waveform.value))


def _directions(mode: Mode) -> list[Polarity]:
    """One direction each where the mode offers that, else what it offers."""
    offered = mode.polarities.value
    return [polarity for polarity in offered if polarity is not Polarity.BIPOLAR] or list(offered)


def _levels(mode: Mode) -> list[int]:
    return list(range(1, _top(mode) + 1))


def _top(mode: Mode) -> int:
    return len(mode.levels_a.value)
