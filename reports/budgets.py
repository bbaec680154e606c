"""Uncertainty budgets for people: of each quantity the one of its hardest point."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.evidence import Judged
from reports.text import Scale, decimals_of, percent, point_text, result_of, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.evidence import Value
    from harness.quantity import Influence

_MOST = 8
_LEAST_SHARE = 1e-4
NEGLIGIBLE = "< 0.01 %"
"""Share of an influence that nobody would miss."""
_WHOLE_FROM = 100.0


@dataclass(frozen=True, slots=True)
class Line:
    """One influence (GUM table H.1, EA-4/02 table 4.1).

    Attributes:
        name: what it is, in words.
        estimate: in its own SI unit.
        uncertainty: its standard uncertainty, in the same unit.
        distribution: its shape.
        degrees_of_freedom: of its standard uncertainty.
        sensitivity: of the result, in SI units.
        contribution: to the result's standard uncertainty.
        share: of the result's variance.
        source: document, certificate or assumption.
    """

    name: str
    estimate: str
    uncertainty: str
    distribution: str
    degrees_of_freedom: str
    sensitivity: str
    contribution: str
    share: str
    source: str


@dataclass(frozen=True, slots=True)
class Budget:
    """The uncertainty of one quantity at one point.

    Attributes:
        quantity: which.
        where: operating point in words.
        result: value with expanded uncertainty.
        combined: standard uncertainty, coverage factor and what follows from them.
        lines: largest influences.
        rest: how many more there are, and what they add.
    """

    quantity: str
    where: str
    result: str
    combined: str
    lines: tuple[Line, ...]
    rest: str


def hardest_budgets(values: Sequence[Value]) -> tuple[Budget, ...]:
    """For each quantity the budget of the value that came nearest to its limit; of a disclosure that of the first."""
    hardest: dict[str, Value] = {}
    for value in values:
        known = hardest.get(value.quantity)
        if known is None or _margin(value) < _margin(known):
            hardest[value.quantity] = value
    return tuple(_budget(value) for value in hardest.values())


def _margin(value: Value) -> float:
    return value.decision.margin if isinstance(value, Judged) else math.inf


def _budget(value: Value) -> Budget:
    measurement = value.measurement
    scale = Scale.of(measurement.standard_uncertainty, measurement.unit)
    variance = measurement.standard_uncertainty**2
    ranked = sorted(measurement.budget, key=lambda influence: -influence.standard_uncertainty)
    least = sum(influence.standard_uncertainty**2 for influence in ranked[_MOST:])
    more = len(ranked) - _MOST
    decimals = decimals_of(measurement.standard_uncertainty / scale.divisor) + 1
    combined = (
        f"u = {scale.number(measurement.standard_uncertainty, decimals)} {scale.unit}, "
        f"k = {measurement.coverage_factor:.2f} ({_freedom(measurement.degrees_of_freedom)} degrees of freedom), "
        f"U = {scale.number(measurement.expanded_uncertainty, decimals)} {scale.unit}"
    )
    result = result_of(measurement)
    if isinstance(value, Judged):
        combined += f", T/U = {_ratio(value.limit.half_width / measurement.expanded_uncertainty)}"
        result = written(measurement, value.limit, value.decision).result
    if measurement.dominant is not None:
        combined += f"; dominated by {measurement.dominant.name}"
    return Budget(
        quantity=value.quantity,
        where=point_text(value.point),
        result=result,
        combined=combined,
        lines=tuple(_line(influence, variance, scale, decimals) for influence in ranked[:_MOST]),
        rest=f"{more} more, together {_share(least / variance)} of the variance" if more > 0 else "",
    )


def _line(influence: Influence, variance: float, scale: Scale, decimals: int) -> Line:
    return Line(
        name=influence.name,
        estimate=_figure(influence.estimate),
        uncertainty=_figure(influence.own_uncertainty),
        distribution=influence.distribution,
        degrees_of_freedom=_freedom(influence.degrees_of_freedom),
        sensitivity=_figure(influence.sensitivity),
        contribution=f"{scale.number(influence.standard_uncertainty, decimals)} {scale.unit}".rstrip(),
        share=_share(influence.standard_uncertainty**2 / variance),
        source=influence.source,
    )


def _figure(value: float | None) -> str:
    """A number in an influence's own unit; a dash in records that are older than it."""
    return "-" if value is None else f"{value:.4g}"


def _freedom(degrees: float) -> str:
    return "∞" if math.isinf(degrees) else f"{degrees:.3g}"


def _share(share: float) -> str:
    return percent(share) if share >= _LEAST_SHARE else NEGLIGIBLE


def _ratio(ratio: float) -> str:
    return f"{ratio:.0f}" if ratio >= _WHOLE_FROM else f"{ratio:.3g}"
