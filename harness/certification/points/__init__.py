"""The operating points of a run: what is done, at which setting, into which load; a module for each group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.certification.points import channels as beside
from harness.certification.points import events, line, output, power, sensing, steady, timing
from harness.certification.points.common import PADS, WHOLLY_TESTED, Missing, channels
from harness.certification.points.events import GAPS_MS, LOSS_MS
from harness.definitions.requirements import OF_SHORT_PULSES
from harness.setpoint import Method, Polarity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.bench import BenchData
    from harness.definitions.devices import DeviceProfile
    from harness.setpoint import OperatingPoint

__all__ = ["GAPS_MS", "LOSS_MS", "Missing", "plan_points"]

_OF_EVERY_CHANNEL = frozenset(
    {
        Method.STEADY,
        Method.SHAPE,
        Method.OFF,
        Method.ZERO_LEVEL,
        Method.KEYED,
        Method.CROSSTALK,
        Method.FIRST_OFF,
        Method.CONTINUITY,
    }
)
"""What is done at channels beyond those that are tested in full."""

_GROUPS = (
    line.line,
    power.supervision,
    steady.steady,
    events.events,
    output.output,
    timing.timing,
    sensing.sensing,
    beside.together,
    beside.events,
    beside.leads,
    beside.driven,
    power.power,
)
"""In the order of a run."""


def plan_points(profile: DeviceProfile, data: BenchData) -> tuple[list[OperatingPoint], list[Missing]]:
    """Every point that this bench can take, in the order of a run, and what it lacks for the others."""
    points = (point for group in _GROUPS for point in group(profile, data))
    return [point for point in points if _is_measured(profile, point)], list(_missing(profile, data))


def _is_measured(profile: DeviceProfile, point: OperatingPoint) -> bool:
    """False where a method does not take a setting, and where a further channel has been looked at enough."""
    mode = profile.mode(point.setpoint.mode)
    if mode.alternates_pulses and point.setpoint.polarity is Polarity.BIPOLAR:
        return False
    if mode.kind == "short-pulses" and point.method not in OF_SHORT_PULSES:
        return False
    return point.setpoint.channel <= WHOLLY_TESTED or point.method in _OF_EVERY_CHANNEL


def _missing(profile: DeviceProfile, data: BenchData) -> Iterator[Missing]:
    for name in profile.loads.value:
        if data.definition.load(name) is None:
            yield Missing(f"this bench has no load {name}")
    for mode in profile.modes:
        if mode.alternates_pulses:
            yield Missing(f"pulses that alternate, as those of mode {mode.name} set bipolar, have no method here")
    if data.high_load is None:
        yield Missing("this bench has no load of 1 MΩ", frozenset({Method.OFF}))
    if data.short(0.0) is None:
        yield Missing("this bench has no short", frozenset({Method.CYCLES}))
    if data.skin is None and profile.contact is not None:
        yield Missing("this bench has no load that stands for skin", frozenset({Method.FIRST_CONTACT}))
    if data.definition.load(PADS) is None and any(mode.kind == "short-pulses" for mode in profile.modes):
        yield Missing("this bench has no load that stands for pads on skin", frozenset({Method.SHAPE}))
    yield from sensing.missing(profile, data)
    if len(channels(profile, data)) < profile.channels.value:
        yield Missing(f"this bench has no electrode relay for channel {profile.channels.value}")
