"""How straight the levels are: the distance of each from the recorded line, over the largest nominal level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.plots.chart import Chart, Key, Panel
from reports.plots.deviation import phase_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.evidence import Judged

_HEIGHT = 230.0
_AIR = 0.12
_PERCENT = 100.0
_SAME = 1e-6
"""Within this the farthest level of a plot has to be the distance that was judged."""
_SHAPES = {"positive": ("up", "positive", -0.1), "negative": ("down", "negative", 0.1)}
_GAIN, _OFFSET, _DISTANCE = "-gain", "-offset", "-distance"


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line that a run recorded, with the levels that it was laid through.

    Attributes:
        phase: direction of the current.
        key: of the point at which it was recorded.
        distance: the largest distance as it was judged, with its limit.
        residuals: of each level its number and its distance from the line, over the largest nominal level.
    """

    phase: str
    key: str
    distance: Judged
    residuals: tuple[tuple[int, float], ...]


def lines_of(linearity: Sequence[Judged], accuracy: Sequence[Judged]) -> Iterator[Line]:
    """Every line whose gain, offset and levels are all recorded, and give the distance that was judged.

    Args:
        linearity: gains, offsets and distances.
        accuracy: the currents of the levels.
    """
    levels = {(value.point.key, phase_of(value)): value for value in accuracy}
    of = {(value.point.key, value.quantity): value for value in linearity}
    for value in linearity:
        stem, phase = value.quantity.removesuffix(_DISTANCE), phase_of(value)
        gain, offset = of.get((value.point.key, stem + _GAIN)), of.get((value.point.key, stem + _OFFSET))
        through = [levels.get((key, phase)) for key in value.measurement.derivation.others]
        if not value.quantity.endswith(_DISTANCE) or gain is None or offset is None or not through:
            continue
        known = [each for each in through if each is not None]
        if len(known) == len(through):
            residuals = _residuals(gain, offset, known)
            farthest = max((share for _, share in residuals), key=abs)
            # A unit that gives nothing, or the wrong way, was judged by signed currents; those of levels have no sign.
            if abs(farthest - value.measurement.value) < _SAME:
                yield Line(phase, value.point.key, value, residuals)


def _residuals(gain: Judged, offset: Judged, levels: Sequence[Judged]) -> tuple[tuple[int, float], ...]:
    full = max(value.point.setpoint.current_a for value in levels)
    slope, at_zero = gain.measurement.value, offset.measurement.value
    return tuple(
        (
            value.point.setpoint.level,
            (value.measurement.value - slope * value.point.setpoint.current_a - at_zero) / full,
        )
        for value in levels
    )


def linearity_chart(lines: Sequence[Line], *, simulated: bool) -> Chart:
    """Draw the distances from one or two lines of one point, with the limit that the largest was judged by."""
    limit, guard = lines[0].distance.limit, max(line.distance.decision.guard_band for line in lines)
    bounds = [_PERCENT * bound for bound in (limit.lower, limit.upper) if bound is not None]
    found = [_PERCENT * share for line in lines for _, share in line.residuals]
    reach = (1 + _AIR) * max(map(abs, [*bounds, *found]))
    numbers = sorted({level for line in lines for level, _ in line.residuals})
    x_range = (numbers[0] - 0.6, numbers[-1] + 0.6)
    panel = Panel(x_range, (-reach, reach), "", "level", [(float(level), str(level)) for level in numbers])
    inner = [bound - (1 if bound > 0 else -1) * _PERCENT * guard for bound in bounds]
    panel.area(x_range, (min(inner), max(inner)), "accepted")
    for bound, within in zip(bounds, inner, strict=True):
        panel.area(x_range, (bound, within), "guard-band")
        panel.line(x_range, (bound, bound), "limit")
    panel.line(x_range, (0, 0), "zero")
    for line in lines:
        shape, style, shift = _SHAPES[line.phase]
        for level, share in line.residuals:
            panel.mark(level + shift, _PERCENT * share, shape, style, f"{line.phase}, level {level}")
    keys = [Key(line.phase, _SHAPES[line.phase][1], _SHAPES[line.phase][0]) for line in lines]
    keys += [
        Key("accepted", "accepted", "area"),
        Key("guard band", "guard-band", "area"),
        Key("limit", "limit", "line"),
    ]
    return Chart("", "distance, % of largest", _HEIGHT, [panel], keys, simulated)
