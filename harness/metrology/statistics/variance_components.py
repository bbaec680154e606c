"""Variance components of a crossed gauge study, from its table of variance (all effects random)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.errors import RequestError
from harness.metrology.statistics.mean_squares import MeanSquare, difference_limits, sum_limits


@dataclass(frozen=True, slots=True)
class Line:
    """One source of a table of variance.

    Attributes:
        source: `appraiser`, `part`, `interaction` or `repeatability`.
        degrees_of_freedom: of its sum of squares.
        sum_of_squares: in the squared unit of the values.
        mean_square: sum of squares divided by the degrees of freedom.
        f: against the interaction, or against the repeatability where there is none; None where it cannot be tested.
        p: chance of that F or a larger one if the source had no effect.
    """

    source: str
    degrees_of_freedom: int
    sum_of_squares: float
    mean_square: float
    f: float | None
    p: float | None


@dataclass(frozen=True, slots=True)
class Component:
    """A variance component.

    Attributes:
        name: `repeatability`, `interaction`, `appraiser`, `part`, `gauge` (all but the part) or `total`.
        variance: 0 where its estimate is negative; of the gauge: the sum of components so cut.
        lower: confidence limit of the variance, from the mean squares as they are: nothing is cut before the limits are
            found, and each is 0 at least; None for the total.
        upper: as `lower`.
        negative: the estimate was negative, and 0 stands for it.
        standard_deviation: root of the variance.
        percent_contribution: of the total variance; those of gauge and part add up to 100.
        percent_of_total: standard deviation, of the total's; these do not add up.
    """

    name: str
    variance: float
    lower: float | None
    upper: float | None
    negative: bool
    standard_deviation: float
    percent_contribution: float
    percent_of_total: float


@dataclass(frozen=True, slots=True)
class _Estimate:
    name: str
    variance: float
    limits: tuple[float, float] | None


def components(table: tuple[Line, ...], shape: tuple[int, int, int], confidence: float) -> tuple[Component, ...]:
    """Solve the expected mean squares for their components.

    Args:
        table: with or without the interaction, with or without appraisers.
        shape: numbers of appraisers, parts and trials.
        confidence: of the limits.

    Raises:
        RequestError: differences whose squares are 0.
    """
    estimates = _estimates({line.source: line for line in table}, shape, confidence)
    gauge = math.fsum(max(0.0, one.variance) for one in estimates if one.name not in {"part", "gauge"})
    part = next(max(0.0, one.variance) for one in estimates if one.name == "part")
    total = gauge + part
    if total == 0:
        raise RequestError("the values differ by so little that their squares vanish: give them in a smaller unit")
    whole = [_Estimate("gauge", gauge, one.limits) if one.name == "gauge" else one for one in estimates] + [
        _Estimate("total", total, None)
    ]
    return tuple(_component(one, total) for one in whole)


def _estimates(lines: dict[str, Line], shape: tuple[int, int, int], confidence: float) -> list[_Estimate]:
    appraisers, parts, trials = shape
    error = lines["repeatability"]
    below = lines.get("interaction", error)
    estimates = [_Estimate("repeatability", error.mean_square, sum_limits((_term(error, 1.0),), confidence))]
    sums = [_term(error, 1.0)]
    if "interaction" in lines:
        estimates.append(_between("interaction", below, error, trials, confidence))
        sums = [_term(error, 1 - 1 / trials), _term(below, 1 / trials)]
    if "appraiser" in lines:
        count = parts * trials
        estimates.append(_between("appraiser", lines["appraiser"], below, count, confidence))
        sums = [*sums[:-1], _term(below, sums[-1].weight - 1 / count), _term(lines["appraiser"], 1 / count)]
    return [
        *estimates,
        _between("part", lines["part"], below, appraisers * trials, confidence),
        _Estimate("gauge", 0.0, sum_limits(tuple(sums), confidence)),
    ]


def _between(name: str, upper: Line, below: Line, count: int, confidence: float) -> _Estimate:
    """The component that the upper mean square holds beyond the lower, `count` times."""
    plus, minus = _term(upper, 1 / count), _term(below, 1 / count)
    return _Estimate(name, plus.share - minus.share, difference_limits(plus, minus, confidence))


def _term(line: Line, weight: float) -> MeanSquare:
    return MeanSquare(line.mean_square, line.degrees_of_freedom, weight)


def _component(one: _Estimate, total: float) -> Component:
    variance = max(0.0, one.variance)
    return Component(
        name=one.name,
        variance=variance,
        lower=one.limits[0] if one.limits is not None else None,
        upper=one.limits[1] if one.limits is not None else None,
        negative=one.variance < 0,
        standard_deviation=math.sqrt(variance),
        percent_contribution=100 * variance / total,
        percent_of_total=100 * math.sqrt(variance / total),
    )
