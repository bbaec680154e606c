"""Thresholds of contact, its latency, adaptation, trains of contacts, one electrode alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.bench.methods.sensing import away_load, ladder, skin_loads
from harness.certification.points.common import Missing, directions, levels, top
from harness.setpoint import Method, OperatingPoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.bench import BenchData
    from harness.definitions.devices import ContactSensing, DeviceProfile, Mode

TRAIN_VARIANTS = ("bounces", "gaps", "texture")
OTHER_LEVELS_VARIANT = "slaps"
ELECTRODE_VARIANTS = ("minus", "both")
"""At output + alone is what every gap is."""

_TREND = 3
"""Fewer loads than this show no trend."""


def sensing(profile: DeviceProfile, data: BenchData) -> Iterator[OperatingPoint]:
    """All that is asked of contact sensing besides single events, in the first steady mode."""
    mode = next((mode for mode in profile.modes if mode.waveform.value == "dc"), None)
    if profile.contact is None or mode is None:
        return
    if _thresholds(profile.contact, data):
        yield from _ladders(mode, data)
    if profile.contact.skin_low_ohm is not None and _leaves(profile, data):
        yield from _adaptations(profile, mode, data)
    able = data.definition.capabilities
    if "contact-timing" in able:
        yield from _events(mode, data, latency="electrode-voltage" in able)


def missing(profile: DeviceProfile, data: BenchData) -> Iterator[Missing]:
    """What the bench lacks for these."""
    sensing = profile.contact
    if sensing is None:
        return
    if sensing.touch_below_ohm is not None and not _thresholds(sensing, data):
        yield Missing(
            "this bench has no loads beside 1 MΩ, with the same resistors, on both sides of the contact threshold",
            frozenset({Method.SENSING}),
        )
    lowest = min((mode.setpoint(1, 1, mode.polarities.value[0]) for mode in profile.modes), key=lambda s: s.current_a)
    enough = len(skin_loads(data, profile, lowest)) >= _TREND and _leaves(profile, data)
    if sensing.skin_low_ohm is not None and not enough:
        yield Missing("this bench has no loads of skin from wet to dry to none", frozenset({Method.ADAPTATION}))


def _leaves(profile: DeviceProfile, data: BenchData) -> bool:
    """Whether contact can be lost on the way over skin, where the profile says when it is."""
    return profile.contact is None or profile.contact.open_above_ohm is None or away_load(data, profile) is not None


def _thresholds(sensing: ContactSensing, data: BenchData) -> bool:
    if sensing.touch_below_ohm is None or sensing.open_above_ohm is None:
        return False
    ohms = [load.stated_ohm for load in ladder(data)]
    return any(ohm <= sensing.touch_below_ohm.value for ohm in ohms) and any(
        ohm >= sensing.open_above_ohm.value for ohm in ohms
    )


def _ladders(mode: Mode, data: BenchData) -> Iterator[OperatingPoint]:
    """At the lowest level: its current flows through the largest resistances."""
    if data.high_load is not None:
        for polarity in directions(mode):
            setpoint = mode.setpoint(1, 1, polarity)
            yield OperatingPoint(setpoint, data.high_load.name, data.high_load.stated_ohm, method=Method.SENSING)


def _adaptations(profile: DeviceProfile, mode: Mode, data: BenchData) -> Iterator[OperatingPoint]:
    """Every level in one direction, the highest in all."""
    offered = directions(mode)
    for polarity in offered:
        for level in levels(mode) if polarity is offered[0] else [top(mode)]:
            setpoint = mode.setpoint(1, level, polarity)
            loads = skin_loads(data, profile, setpoint)
            if loads:
                yield OperatingPoint(setpoint, loads[0].name, loads[0].stated_ohm, method=Method.ADAPTATION)


def _events(mode: Mode, data: BenchData, *, latency: bool) -> Iterator[OperatingPoint]:
    safe = data.safe_load
    offered = directions(mode)
    for polarity in offered:
        setpoint = mode.setpoint(1, top(mode), polarity)
        if latency and polarity is offered[0]:
            yield OperatingPoint(setpoint, safe.name, safe.stated_ohm, method=Method.LATENCY)
        if polarity is offered[0]:
            # A restart that one level forgets: one train is enough to show that.
            for level in levels(mode)[:-1]:
                other = mode.setpoint(1, level, polarity)
                yield OperatingPoint(
                    other, safe.name, safe.stated_ohm, method=Method.GLIDE, variant=OTHER_LEVELS_VARIANT
                )
        for variant in TRAIN_VARIANTS:
            yield OperatingPoint(setpoint, safe.name, safe.stated_ohm, method=Method.GLIDE, variant=variant)
        for variant in ELECTRODE_VARIANTS:
            yield OperatingPoint(setpoint, safe.name, safe.stated_ohm, method=Method.ELECTRODE, variant=variant)
