"""Gauge repeatability and reproducibility by crossed analysis of variance (AIAG MSA, 4th edition, III.B, Appendix A).

All effects are random. The interaction of appraiser and part is pooled with the repeatability where its p value is
above 0.25, as the manual does; both tables are kept. A negative estimate of a variance is given as zero, and says so.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.metrology.statistics.gauge_study import STUDY_SPREAD, distinct_categories
from harness.metrology.statistics.sample import mean
from harness.metrology.statistics.variance_components import Component, Line, components

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.metrology.statistics.gauge_study import Study

POOLING_P = 0.25
"""The interaction is pooled where its p is above this (AIAG MSA, 4th edition)."""


@dataclass(frozen=True, slots=True)
class Anova:
    """The answer of the analysis of variance; names as for average and range.

    Attributes:
        ev: repeatability, a standard deviation.
        av: appraisers.
        interaction: of appraiser and part; 0 where it is pooled.
        grr: the three together.
        pv: parts.
        tv: total.
        percent_ev: of the total variation, as the next four; they do not add up to 100.
        percent_av: see `percent_ev`.
        percent_interaction: see `percent_ev`.
        percent_grr: see `percent_ev`.
        percent_pv: see `percent_ev`.
        percent_grr_of_tolerance: six times grr, of the tolerance; None without one.
        ndc: number of distinct categories, cut to a whole number; None where grr is 0.
        interaction_p: None where there is one appraiser, or no repeatability to compare with.
        interaction_pooled: whether the components rest on the pooled table.
        with_interaction: the table of variance; for one appraiser parts and repeatability only.
        without_interaction: the table with the interaction pooled; None for one appraiser.
        components: with confidence limits.
        confidence: of those limits.
    """

    ev: float
    av: float
    interaction: float
    grr: float
    pv: float
    tv: float
    percent_ev: float
    percent_av: float
    percent_interaction: float
    percent_grr: float
    percent_pv: float
    percent_grr_of_tolerance: float | None
    ndc: int | None
    interaction_p: float | None
    interaction_pooled: bool
    with_interaction: tuple[Line, ...]
    without_interaction: tuple[Line, ...] | None
    components: tuple[Component, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class _Squares:
    """Sums of squares with their degrees of freedom."""

    appraiser: tuple[float, int]
    part: tuple[float, int]
    interaction: tuple[float, int]
    repeatability: tuple[float, int]


def anova(study: Study, tolerance: float | None = None, confidence: float = 0.95) -> Anova:
    """Analyse a full cross by analysis of variance.

    Args:
        study: of at least two parts and two trials.
        tolerance: width of the tolerance, positive, in the unit of the values.
        confidence: of the components' limits.
    """
    squares = _squares(study)
    full = _full_table(squares)
    pooled = _pooled_table(squares) if len(study.appraisers) > 1 else None
    interaction_p = next((line.p for line in full if line.source == "interaction"), None)
    pools = interaction_p is not None and interaction_p > POOLING_P
    table = pooled if pools and pooled is not None else full
    solved = components(table, study.shape, confidence)
    spread = {component.name: component.standard_deviation for component in solved}
    return Anova(
        ev=spread["repeatability"],
        av=spread.get("appraiser", 0.0),
        interaction=spread.get("interaction", 0.0),
        grr=spread["gauge"],
        pv=spread["part"],
        tv=spread["total"],
        percent_ev=100 * spread["repeatability"] / spread["total"],
        percent_av=100 * spread.get("appraiser", 0.0) / spread["total"],
        percent_interaction=100 * spread.get("interaction", 0.0) / spread["total"],
        percent_grr=100 * spread["gauge"] / spread["total"],
        percent_pv=100 * spread["part"] / spread["total"],
        percent_grr_of_tolerance=100 * STUDY_SPREAD * spread["gauge"] / tolerance if tolerance is not None else None,
        ndc=distinct_categories(spread["part"], spread["gauge"]),
        interaction_p=interaction_p,
        interaction_pooled=pools,
        with_interaction=full,
        without_interaction=pooled,
        components=solved,
        confidence=confidence,
    )


def _squares(study: Study) -> _Squares:
    """Sums of squares from effects, not as differences of large sums: a common offset costs no digit."""
    appraisers, parts, trials = study.shape
    cells = [[mean(cell) for cell in row] for row in study.cells]
    by_appraiser = [mean(row) for row in cells]
    by_part = [mean([row[part] for row in cells]) for part in range(parts)]
    grand = mean(by_part)
    interaction = [cells[a][p] - by_appraiser[a] - by_part[p] + grand for a in range(appraisers) for p in range(parts)]
    rest = [value - cells[a][p] for a, row in enumerate(study.cells) for p, cell in enumerate(row) for value in cell]
    return _Squares(
        (parts * trials * _sum(value - grand for value in by_appraiser), appraisers - 1),
        (appraisers * trials * _sum(value - grand for value in by_part), parts - 1),
        (trials * _sum(interaction) if appraisers > 1 else 0.0, (appraisers - 1) * (parts - 1)),
        (_sum(rest), appraisers * parts * (trials - 1)),
    )


def _sum(deviations: Iterable[float]) -> float:
    return math.fsum(x * x for x in deviations)


def _full_table(squares: _Squares) -> tuple[Line, ...]:
    """With the interaction; for one appraiser the parts against the repeatability."""
    repeatability = _line("repeatability", squares.repeatability, None)
    if squares.appraiser[1] == 0:
        return _line("part", squares.part, repeatability), repeatability
    interaction = _line("interaction", squares.interaction, repeatability)
    return (
        _line("appraiser", squares.appraiser, interaction),
        _line("part", squares.part, interaction),
        interaction,
        repeatability,
    )


def _pooled_table(squares: _Squares) -> tuple[Line, ...]:
    (first, first_freedom), (second, second_freedom) = squares.interaction, squares.repeatability
    rest = _line("repeatability", (first + second, first_freedom + second_freedom), None)
    return _line("appraiser", squares.appraiser, rest), _line("part", squares.part, rest), rest


def _line(source: str, squares: tuple[float, int], against: Line | None) -> Line:
    total, freedom = squares
    mean_square = total / freedom
    if against is None or against.mean_square == 0:
        return Line(source, freedom, total, mean_square, None, None)
    from scipy.special import fdtrc  # noqa: PLC0415 - start-up stays lean

    ratio = mean_square / against.mean_square
    return Line(source, freedom, total, mean_square, ratio, float(fdtrc(freedom, against.degrees_of_freedom, ratio)))
