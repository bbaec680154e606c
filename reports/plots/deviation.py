"""Judged values by level with limits and guard bands: how far from the limits, at a glance.

Values whose nominal is not zero are drawn as their deviation from it in per cent, others in their unit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.verdict import Verdict
from reports.plots.chart import Chart, Key, Panel
from reports.text import MINUS, Scale, guard_band_text, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from harness.evidence import Judged

FARTHEST_IN_T = 5.0
"""A value farther out than this many T is drawn at the edge with its number: the limits must stay visible."""

_AIR = 0.08
_APART = 0.18
_MOST_TICKS = 16
_MOST_LETTERS = 110
"""So many fit below an axis as wide as a plot."""
_HEIGHT = 250.0
_SHAPES = {"positive": ("up", "positive"), "negative": ("down", "negative"), "bipolar": ("circle", "neutral")}
_NOT_PASSED = {
    Verdict.CONDITIONAL_PASS: ("diamond", "not-passed"),
    Verdict.CONDITIONAL_FAIL: ("square", "not-passed"),
    Verdict.ERROR: ("bar", "not-passed"),
    Verdict.FAIL: ("cross", "failed"),
}


@dataclass(frozen=True, slots=True)
class Axis:
    """What values are drawn by.

    Attributes:
        label: below the axis.
        place: of a value, by which places are sorted, and what is written there.
    """

    label: str
    place: Callable[[Judged], tuple[float, str]]


def _level(judged: Judged) -> tuple[float, str]:
    level = judged.point.setpoint.level
    return float(level), str(level)


BY_LEVEL = Axis("level", _level)


@dataclass(frozen=True, slots=True)
class _Dot:
    """One judged value on the axes of its plot."""

    place: tuple[float, str]
    series: str
    value: float
    uncertainty: float
    lower: float | None
    upper: float | None
    guard: float
    rule: str
    half_width: float
    verdict: Verdict
    says: str

    @property
    def drawn(self) -> float:
        """Where it is drawn: held at the edge where it is very far out."""
        bounds = [bound for bound in (self.lower, self.upper) if bound is not None]
        reach = FARTHEST_IN_T * self.half_width
        return min(max(self.value, min(bounds) - reach), max(bounds) + reach)


def deviation_chart(
    panels: Sequence[tuple[str, Sequence[Judged]]], title: str, *, simulated: bool, by: Axis = BY_LEVEL
) -> Chart:
    """Draw values of one requirement by level, or by what another axis says.

    Args:
        panels: heading and values of each; all in one unit, at least one value.
        title: what is shown.
        simulated: mark the chart.
        by: where along the axis.
    """
    judged = [value for _, values in panels for value in values]
    relative = all(value.limit.nominal != 0 for value in judged)
    scale = Scale.of(max(_bounds(judged)), judged[0].measurement.unit)
    places = sorted({by.place(value) for value in judged})
    dots = [[_dot(value, by, scale, relative=relative) for value in values] for _, values in panels]
    everything = [dot for each in dots for dot in each]
    drawn = [
        _panel(heading, each, places, _range(everything), by.label)
        for (heading, _), each in zip(panels, dots, strict=True)
    ]  # fmt: skip
    y_label = "deviation from nominal, %" if relative else f"measured, {scale.unit or '1'}"
    return Chart(title, y_label, _HEIGHT, drawn, _keys(everything), simulated)


def phase_of(judged: Judged) -> str:
    """Phase that a value was measured in, empty where it has none."""
    return dict(judged.measurement.derivation.arguments).get("phase", "")


def _bounds(judged: Iterable[Judged]) -> list[float]:
    bounds = [bound for value in judged for bound in (value.limit.lower, value.limit.upper)]
    return [abs(bound) for bound in bounds if bound is not None]


def _dot(judged: Judged, by: Axis, scale: Scale, *, relative: bool) -> _Dot:
    limit = judged.limit
    origin = limit.nominal if relative else 0.0
    divisor = abs(limit.nominal) / 100 if relative else scale.divisor

    def placed(value: float) -> float:
        return (value - origin) / divisor

    setpoint = judged.point.setpoint
    text = written(judged.measurement, limit, judged.decision)
    where = f"level {setpoint.level}, {setpoint.polarity.value}, {judged.point.load}"
    return _Dot(
        place=by.place(judged),
        series=phase_of(judged) or setpoint.polarity.value,
        value=placed(judged.measurement.value),
        uncertainty=judged.measurement.expanded_uncertainty / divisor,
        lower=None if limit.lower is None else placed(limit.lower),
        upper=None if limit.upper is None else placed(limit.upper),
        guard=judged.decision.guard_band / divisor,
        rule=judged.decision.rule,
        half_width=limit.half_width / divisor,
        verdict=judged.decision.verdict,
        says=f"{judged.quantity}, {where}: {text.result}, limit {text.limits}: {judged.decision.verdict.label}",
    )


def _range(dots: Sequence[_Dot]) -> tuple[float, float]:
    """From the lowest to the highest of limits and values, with some air."""
    marks = [bound for dot in dots for bound in (dot.lower, dot.upper) if bound is not None]
    marks += [dot.drawn for dot in dots]
    marks += [dot.value + side * dot.uncertainty for dot in dots if dot.drawn == dot.value for side in (-1, 1)]
    air = _AIR * ((max(marks) - min(marks)) or 1.0)
    return min(marks) - air, max(marks) + air


def _panel(
    heading: str,
    dots: Sequence[_Dot],
    places: Sequence[tuple[float, str]],
    y_range: tuple[float, float],
    label: str,
) -> Panel:
    every = 1 + (len(places) - 1) // _MOST_TICKS
    every = max(every, math.ceil(sum(len(text) + 1 for _, text in places) / _MOST_LETTERS))
    marks = [(float(number), text) for number, (_, text) in enumerate(places) if number % every == 0]
    panel = Panel((-0.6, len(places) - 0.4), y_range, heading, label, marks)
    for place in sorted({dot.place for dot in dots}):
        _bands(panel, places.index(place), [dot for dot in dots if dot.place == place])
    series = [name for name in _SHAPES if any(dot.series == name for dot in dots)]
    # Marks last and the bad ones on top.
    noted: set[tuple[tuple[float, str], str]] = set()
    for dot in sorted(dots, key=lambda each: each.verdict):
        shift = _APART * (series.index(dot.series) - (len(series) - 1) / 2)
        _mark(panel, places.index(dot.place) + shift, dot, noted)
    return panel


def _bands(panel: Panel, place: int, dots: Sequence[_Dot]) -> None:
    """Acceptance interval, guard bands and limits of one place, which all its values share."""
    dot = max(dots, key=lambda each: each.guard)
    span = (place - 0.5, place + 0.5)
    floor, ceiling = panel.y_range
    low = floor if dot.lower is None else dot.lower + dot.guard
    high = ceiling if dot.upper is None else dot.upper - dot.guard
    if low < high:
        panel.area(span, (low, high), "accepted")
    for bound, inward in ((dot.lower, 1), (dot.upper, -1)):
        if bound is not None:
            panel.area(span, (bound, bound + inward * dot.guard), "guard-band")
            panel.line(span, (bound, bound), "limit")


def _mark(panel: Panel, x: float, dot: _Dot, noted: set[tuple[tuple[float, str], str]]) -> None:
    shape, style = _SHAPES[dot.series]
    if dot.drawn == dot.value:
        panel.line((x, x), (dot.value - dot.uncertainty, dot.value + dot.uncertainty), "u-bar")
    elif (dot.place, text := f"{dot.value:.3g}".replace("-", MINUS)) not in noted:
        # The same number twice at one place would run into itself.
        noted.add((dot.place, text))
        panel.note(x, dot.drawn, text)
    if dot.verdict is not Verdict.PASS:
        shape, style = _NOT_PASSED[dot.verdict]
    panel.mark(x, dot.drawn, shape, style, dot.says)


def _keys(dots: Sequence[_Dot]) -> list[Key]:
    names = [name for name in _SHAPES if any(dot.series == name for dot in dots)]
    keys = [Key(f"{name} ± U", style, shape) for name in names for shape, style in [_SHAPES[name]]]
    keys += [
        Key(verdict.label, style, shape)
        for verdict, (shape, style) in _NOT_PASSED.items()
        if any(dot.verdict is verdict for dot in dots)
    ]
    keys += [
        Key("accepted", "accepted", "area"),
        Key(guard_band_text({dot.rule for dot in dots}), "guard-band", "area"),
    ]
    return [*keys, Key("limit", "limit", "line")]
