"""The operating points of a run: what is done, at which setting, into which load; a module for each group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.certification.points import channels as beside
from harness.certification.points import events, line, output, power, sensing, steady, timing
from harness.certification.points.common import Missing, channels
from harness.certification.points.events import GAPS_MS, LOSS_MS
from harness.setpoint import Method

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.bench import BenchData
    from harness.definitions.devices import DeviceProfile
    from harness.setpoint import OperatingPoint

__all__ = ["GAPS_MS", "LOSS_MS", "Missing", "plan_points"]

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
    return [point for group in _GROUPS for point in group(profile, data)], list(_missing(profile, data))


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
    yield from sensing.missing(profile, data)
    if len(channels(profile, data)) < profile.channels.value:
        yield Missing(f"this bench has no electrode relay for channel {profile.channels.value}")
