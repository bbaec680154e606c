"""The page of two runs beside each other: one file, nothing from elsewhere; the same bytes for the same runs."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from harness.lots.comparison import ASSUMPTIONS, SAME
from reports.environment import template
from reports.plots.chart import Chart, Key, Panel, style_sheet
from reports.text import MINUS, Scale, decimals_of
from reports.written import write_page

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.lots.comparison import Compared, Comparison

_FARTHEST = 4.0
"""A difference of more U than that is drawn at the edge with its number."""

_HEIGHT = 260.0
_MOST_NOTES = 40
"""More numbers side by side at the edge would cover each other: of close neighbours the first has its number."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One value as a table shows it: everything in one unit, to the place of the smallest uncertainty."""

    value: Compared
    first: str
    second: str
    difference: str
    ratio: str
    verdicts: str

    @classmethod
    def of(cls, value: Compared) -> _Line:
        scale = Scale.of(max(abs(value.first), abs(value.second), value.expanded_uncertainty), value.unit)
        smallest = min(value.expanded_uncertainty, value.first_uncertainty, value.second_uncertainty)
        decimals = decimals_of(smallest / scale.divisor)

        def pair(number: float, uncertainty: float) -> str:
            said = f"{scale.number(number, decimals)} ± {scale.number(uncertainty, decimals)}"
            return f"({said}) {scale.unit}" if scale.unit else said

        one, other = value.first_verdict, value.second_verdict
        return cls(
            value,
            pair(value.first, value.first_uncertainty),
            pair(value.second, value.second_uncertainty),
            pair(value.difference, value.expanded_uncertainty),
            f"{value.difference / value.expanded_uncertainty:+.3g}".replace("-", MINUS),
            one if one == other else f"{one} → {other}",
        )


def write_comparison(comparison: Comparison, target: Path) -> Path:
    """Write the page.

    Raises:
        RequestError: it cannot be written there.
    """
    return write_page(render(comparison), target)


def render(comparison: Comparison) -> str:
    """The page as text."""
    simulated = bool(comparison.first.simulated or comparison.second.simulated)
    chart = _chart(comparison.values, simulated=simulated).svg("d") if comparison.values else ""
    return template("comparison.html.j2").render(
        comparison=comparison,
        simulated=simulated,
        assumptions=ASSUMPTIONS,
        changed=[_Line.of(value) for value in comparison.changed],
        unchanged=[_Line.of(value) for value in comparison.values if value.status == SAME],
        facts=list(_facts(comparison)),
        chart=Markup(chart),  # noqa: S704 - escapes its texts
        chart_style=Markup(style_sheet()),  # noqa: S704 - a file of ours
    )


def _facts(comparison: Comparison) -> list[tuple[str, str, str]]:
    one, other = comparison.first, comparison.second
    rows = [
        (name, str(getattr(one, field) or "–"), str(getattr(other, field) or "–"))
        for name, field in (
            ("Run", "name"), ("Device", "device"), ("Unit", "unit"), ("Firmware", "firmware"), ("Lot", "lot"),
            ("Began (UTC)", "started"), ("Scope", "scope"), ("Verdict", "verdict"),
        )
    ]  # fmt: skip
    left, right = dict(one.instruments), dict(other.instruments)
    roles = dict.fromkeys((*left, *right))
    return rows + [(role.replace("_", " "), left.get(role, "–"), right.get(role, "–")) for role in roles]


def _chart(values: Sequence[Compared], *, simulated: bool) -> Chart:
    """Every difference in units of its own uncertainty: what lies between the lines did not change."""
    panel = Panel(
        (-1.0, float(len(values))), (-1.1 * _FARTHEST, 1.1 * _FARTHEST), x_label="value, in the order of the run"
    )
    panel.area((-1.0, float(len(values))), (-1.0, 1.0), "accepted")
    for bound in (-1.0, 1.0):
        panel.line((-1.0, float(len(values))), (bound, bound), "limit")
    last_note, apart = -math.inf, len(values) / _MOST_NOTES
    for number, value in enumerate(values):
        ratio = value.difference / value.expanded_uncertainty
        held = max(-_FARTHEST, min(_FARTHEST, ratio))
        shape, style = ("circle", "neutral") if value.status == SAME else ("cross", "failed")
        says = f"{value.quantity} at {value.observation}: {ratio:+.2f} U".replace("-", MINUS)
        panel.mark(float(number), held, shape, style, says)
        if held != ratio and number - last_note >= apart:
            last_note = number
            panel.note(float(number), held, f"{ratio:+.3g}".replace("-", MINUS))
    keys = [
        Key("same", "neutral", "circle"),
        Key("differs by more than U", "failed", "cross"),
        Key("± U of the difference", "limit", "line"),
    ]
    return Chart(
        "second less first, in units of U of the difference", "difference, U", _HEIGHT, [panel], keys, simulated
    )
