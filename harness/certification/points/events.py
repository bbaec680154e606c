"""Contact made and lost, shorts and opens, forced overcurrent."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING

from harness.certification.points.common import (
    WHOLLY_TESTED,
    channels,
    directions,
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
    from harness.definitions.devices import DeviceProfile

GAPS_MS = (1, 2, 5, 10, 15, 20, 50, 100, 500)
"""Losses of contact that are tried, ms."""

LOSS_MS = 15
"""After a loss of so many ms the electrodes are touched again, to see whether the output was off."""

_ONE_GAP_MS = 20


def events(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    """All events that the bench can make and the device can have."""
    able = data.definition.capabilities
    driven = driven_load(profile, data)
    if "contact-timing" in able:
        for channel in channels(profile, data)[:WHOLLY_TESTED]:
            if data.short(0.0) is not None:
                yield from _cycles(profile, channel, driven)
            yield from _touches(profile, channel, driven)
        if profile.contact is not None:
            yield from _first_contacts(profile, data)
            yield from _losses(profile, data)
    if profile.trip is not None and "auxiliary-source" in able:
        yield from _overcurrents(profile, data)


def _cycles(profile: DeviceProfile, channel: int, load: Load) -> Iterator[OperatingPoint]:
    """Every level of the first mode whose plateau can be read; of a further channel the highest."""
    for mode in read_in_plateau(profile)[:1]:
        offered = mode.polarities.value
        # Bipolar where a square wave offers it: whenever contact is made, current flows one way or the other.
        square = mode.waveform.value == "square"
        first = mode.both_ways if square else offered[0]
        for polarity in (first, *(other for other in offered if other is not first)):
            # A short is no other short in the other direction: every level in one of them, the highest in all.
            for level in levels(mode) if polarity is first and channel == 1 else [top(mode)]:
                setpoint = mode.setpoint(channel, level, polarity)
                yield OperatingPoint(setpoint, load.name, load.stated_ohm, method=Method.CYCLES)


def _touches(profile: DeviceProfile, channel: int, load: Load) -> Iterator[OperatingPoint]:
    for mode in read_in_plateau(profile)[:1]:
        offered = directions(mode)
        for polarity in offered:
            for level in (1, top(mode)) if channel == 1 else (top(mode),):
                setpoint = mode.setpoint(channel, level, polarity)
                yield OperatingPoint(setpoint, load.name, load.stated_ohm, method=Method.TOUCH)


def _first_contacts(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    """Each mode in each polarity at its top level; of the first mode bounces and skin, too, and the other levels.

    At the other levels each work in each polarity is done once, at the next of them in turn: every level has a rise.
    """
    safe = data.safe_load
    for mode in profile.modes:
        is_first = mode is profile.modes[0]
        others = cycle(levels(mode)[:-1] or [1])
        for polarity in mode.polarities.value:
            for lower in (True, False) if is_first else (False,):
                for load, variant in ((safe, "touch"), (safe, "bounce"), (data.skin, "touch"), (safe, "restart")):
                    if load is None or (not is_first and (variant == "bounce" or load is not safe)):
                        continue
                    level = next(others) if lower else top(mode)
                    # A first rise, and one after a loss, at an end-of-line station.
                    at_line = is_first and load is safe and not lower and polarity is mode.polarities.value[0]
                    production = at_line and variant in {"touch", "restart"}
                    setpoint = mode.setpoint(1, level, polarity)
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
            setpoint = mode.setpoint(1, top(mode), polarity)
            for gap in GAPS_MS if first else (_ONE_GAP_MS,):
                yield OperatingPoint(setpoint, safe.name, safe.stated_ohm, method=Method.GAP, variant=f"{gap}ms")
            first = False
    if "electrode-voltage" in data.definition.capabilities:
        for mode in read_in_plateau(profile)[:1]:
            for polarity in directions(mode):
                setpoint = mode.setpoint(1, top(mode), polarity)
                yield OperatingPoint(setpoint, safe.name, safe.stated_ohm, method=Method.LOSS, variant=f"{LOSS_MS}ms")


def _overcurrents(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    """In the direction in which the auxiliary source drives."""
    load = data.definition.load(profile.loads.value[0])
    for mode in read_in_plateau(profile)[:1]:
        if load is not None and Polarity.POSITIVE in mode.polarities.value:
            setpoint = mode.setpoint(1, top(mode), Polarity.POSITIVE)
            yield OperatingPoint(setpoint, load.name, load.stated_ohm, method=Method.OVERCURRENT)
