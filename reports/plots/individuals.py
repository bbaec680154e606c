"""Values of a lot's units in the order in which they came: control limits, specification and tolerance interval."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from harness.quantity import si
from reports.plots.chart import Chart, Key, Panel
from reports.text import Scale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.lots.lot import Quantity

_HEIGHT = 270.0
_AIR = 0.1
_MOST_TICKS = 12
_FARTHEST = 3.0
"""A specification limit farther out than so many widths of all else is told, not drawn: the units must stay visible."""


def individuals_chart(quantity: Quantity, units: Sequence[str], *, simulated: bool) -> Chart:
    """Draw one quantity over the units; it has to have a control chart.

    Args:
        quantity: of a lot.
        units: serial numbers of the whole lot, in its order: a unit without a value leaves its place empty.
        simulated: mark the chart.
    """
    scale = Scale.of(max(abs(value.value) for value in quantity.values), quantity.unit)
    low, high = _inner(quantity)
    drawn = [limit for limit in (quantity.lower, quantity.upper) if limit is not None and _near(limit, low, high)]
    low, high = min((low, *drawn)), max((high, *drawn))
    air = _AIR * ((high - low) or abs(high) or 1.0)
    count = len(units)
    every = 1 + (count - 1) // _MOST_TICKS
    marks = [(float(number), str(number)) for number in range(1, count + 1, every)]
    y_range = ((low - air) / scale.divisor, (high + air) / scale.divisor)
    panel = Panel((0.4, count + 0.6), y_range, x_label="unit, in the order in which they came", x_ticks=marks)
    _limits(panel, quantity, scale, drawn)
    _values(panel, quantity, scale, {serial: float(number) for number, serial in enumerate(units, start=1)})
    title = f"{quantity.requirement}: {quantity.quantity} at {quantity.observation}{_not_drawn(quantity, drawn)}"
    return Chart(title, f"measured, {scale.unit or '1'}", _HEIGHT, [panel], _keys(quantity, drawn), simulated)


def _inner(quantity: Quantity) -> tuple[float, float]:
    ends = [value.value for value in quantity.values]
    if quantity.process is not None and quantity.process.chart is not None:
        ends += [quantity.process.chart.lower, quantity.process.chart.upper]
    return min(ends), max(ends)


def _near(limit: float, low: float, high: float) -> bool:
    width = (high - low) or abs(high) or 1.0
    return low - _FARTHEST * width <= limit <= high + _FARTHEST * width


def _not_drawn(quantity: Quantity, drawn: list[float]) -> str:
    far = [limit for limit in (quantity.lower, quantity.upper) if limit is not None and limit not in drawn]
    told = " and ".join(si(limit, quantity.unit) for limit in far)
    return f" (limit{'s' if len(far) > 1 else ''} {told} outside the drawing)" if far else ""


def _limits(panel: Panel, quantity: Quantity, scale: Scale, drawn: list[float]) -> None:
    span = panel.x_range
    company = quantity.process
    if company is not None:
        interval = company.tolerance_interval
        low = panel.y_range[0] if interval.lower is None else interval.lower / scale.divisor
        high = panel.y_range[1] if interval.upper is None else interval.upper / scale.divisor
        panel.area(span, (low, high), "period")
        if company.chart is not None:
            panel.line(span, (company.chart.center / scale.divisor,) * 2, "zero")
            for bound in (company.chart.lower, company.chart.upper):
                panel.line(span, (bound / scale.divisor,) * 2, "judged")
    for limit in drawn:
        panel.line(span, (limit / scale.divisor,) * 2, "limit")


def _values(panel: Panel, quantity: Quantity, scale: Scale, numbers: dict[str, float]) -> None:
    flagged = _flagged(quantity)
    places = [(numbers[value.serial_number], value.value / scale.divisor) for value in quantity.values]
    for (x, y), (next_x, next_y) in pairwise(places):
        panel.line((x, next_x), (y, next_y), "frame")
    for number, (value, (x, place)) in enumerate(zip(quantity.values, places, strict=True)):
        reach = value.expanded_uncertainty / scale.divisor
        panel.line((x, x), (place - reach, place + reach), "u-bar")
        shape, style = ("circle", "neutral")
        if value.verdict != "PASS":
            shape, style = ("cross", "failed")
        elif number + 1 in flagged:
            shape, style = ("square", "not-passed")
        shown = f"{si(value.value, quantity.unit, 6)} ± {si(value.expanded_uncertainty, quantity.unit, 2)}"
        rules = f"; {', '.join(flagged[number + 1])}" if number + 1 in flagged else ""
        panel.mark(x, place, shape, style, f"{value.serial_number}: {shown}, {value.verdict}{rules}")


def _flagged(quantity: Quantity) -> dict[int, list[str]]:
    """Rules by the unit that completes their pattern, counted from 1."""
    found: dict[int, list[str]] = {}
    chart = None if quantity.process is None else quantity.process.chart
    for violation in () if chart is None else chart.violations:
        for point in violation.points:
            found.setdefault(point, []).append(violation.rule)
    return found


def _keys(quantity: Quantity, drawn: list[float]) -> list[Key]:
    keys = [Key("unit ± U", "neutral", "circle")]
    if any(value.verdict != "PASS" for value in quantity.values):
        keys.append(Key("not PASS", "failed", "cross"))
    if _flagged(quantity):
        keys.append(Key("completes a run rule", "not-passed", "square"))
    if quantity.process is not None:
        keys.append(Key("tolerance interval", "period", "area"))
        keys.append(Key("control limits", "judged", "line"))
    if drawn:
        keys.append(Key("limit", "limit", "line"))
    return keys
