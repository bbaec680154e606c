"""The page of a lot: one file, nothing from elsewhere; the same bytes for the same runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from harness.lots.lot import warnings_of
from harness.quantity import si
from reports.environment import template
from reports.plots.chart import style_sheet
from reports.plots.individuals import individuals_chart
from reports.written import write_page

if TYPE_CHECKING:
    from pathlib import Path

    from harness.lots.lot import Lot, Quantity, Share

MOST_CHARTS = 24
"""Of the least capable quantities; all others stand in the table."""


@dataclass(frozen=True, slots=True)
class _Line:
    """One quantity as the table shows it."""

    quantity: Quantity
    limits: str
    mean: str
    interval: str
    rules: str

    @classmethod
    def of(cls, quantity: Quantity) -> _Line:
        bounds = (("at least", quantity.lower), ("at most", quantity.upper))
        limits = ", ".join(f"{word} {si(bound, quantity.unit)}" for word, bound in bounds if bound is not None)
        if quantity.capability is None or quantity.process is None:
            return cls(quantity, limits, "", "", quantity.reason)
        taken, interval = quantity.capability.taken, quantity.process.tolerance_interval
        ends = (("from" if interval.upper is not None else "at least", interval.lower),
                ("to" if interval.lower is not None else "at most", interval.upper))  # fmt: skip
        chart = quantity.process.chart
        return cls(
            quantity,
            limits,
            f"{si(taken.mean, quantity.unit)}, s = {si(taken.standard_deviation, quantity.unit, 3)}",
            " ".join(f"{word} {si(end, quantity.unit)}" for word, end in ends if end is not None),
            "; ".join(
                f"{violation.rule}: {', '.join(quantity.values[point - 1].serial_number for point in violation.points)}"
                for violation in (() if chart is None else chart.violations)
            ),
        )


def write_lot(lot: Lot, target: Path) -> Path:
    """Write the page.

    Raises:
        RequestError: it cannot be written there.
    """
    return write_page(render(lot), target)


def render(lot: Lot) -> str:
    """The page as text."""
    shown = [quantity for quantity in lot.quantities if quantity.capability is not None][:MOST_CHARTS]
    units = [unit.serial_number for unit in lot.units]
    charts = [
        Markup(individuals_chart(quantity, units, simulated=lot.simulated).svg(f"q{number}"))  # noqa: S704 - escapes its texts
        for number, quantity in enumerate(shown)
    ]
    return template("lot.html.j2").render(
        lot=lot,
        simulated=lot.simulated,
        shares=[("First-pass yield", _told(lot.first_pass, lot)), ("Final yield", _told(lot.final, lot))],
        warnings=list(warnings_of(lot)),
        lines=[_Line.of(quantity) for quantity in lot.quantities],
        charts=charts,
        left=sum(1 for quantity in lot.quantities if quantity.capability is not None) - len(shown),
        chart_style=Markup(style_sheet()),  # noqa: S704 - a file of ours
    )


def _told(share: Share, lot: Lot) -> str:
    interval = f"{share.lower:.1%} to {share.upper:.1%} with {lot.confidence:.0%} confidence"
    return f"{share.count} of {share.of} units, {share.value:.1%} ({interval})"
