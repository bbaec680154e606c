"""Gauge repeatability and reproducibility by the average and range method (AIAG MSA, 4th edition, III.B)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.metrology.statistics import ranges
from harness.metrology.statistics.gauge_study import STUDY_SPREAD, distinct_categories
from harness.metrology.statistics.sample import mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.metrology.statistics.gauge_study import Study

_MANY_RANGES = 15
"""Ranges above which the manual takes d2 for d2*."""

_PLACES = 4
"""Decimals of the manual's constants, to which ours are rounded, so that published studies come out as printed."""


@dataclass(frozen=True, slots=True)
class AverageRange:
    """Standard deviations, in the unit of the values, and what they are per cent of.

    Attributes:
        ev: repeatability (equipment variation), mean range times K1.
        av: reproducibility (appraiser variation), from the range of the appraisers' means; 0 where its estimate is
            negative, or where there is one appraiser.
        grr: both together.
        pv: part variation, range of the parts' means times K3.
        tv: total variation.
        percent_ev: of the total variation, as the next three; they do not add up to 100. None where this method sees no
            variation.
        percent_av: see `percent_ev`.
        percent_grr: see `percent_ev`.
        percent_pv: see `percent_ev`.
        percent_grr_of_tolerance: six times grr, of the tolerance; None without one.
        ndc: number of distinct categories, cut to a whole number; None where grr is 0.
        k1: 1 / d2 of the number of trials (d2* up to 15 ranges).
        k2: 1 / d2* of the number of appraisers; None for one.
        k3: 1 / d2* of the number of parts.
        mean_range: of all cells.
        range_of_appraisers: largest less smallest mean of an appraiser.
        range_of_parts: largest less smallest mean of a part.
        range_limit: D4 times the mean range: a larger range of a cell says that this trial was not like the others.
        cells_beyond: those cells, as `appraiser A, part 3`.
    """

    ev: float
    av: float
    grr: float
    pv: float
    tv: float
    percent_ev: float | None
    percent_av: float | None
    percent_grr: float | None
    percent_pv: float | None
    percent_grr_of_tolerance: float | None
    ndc: int | None
    k1: float
    k2: float | None
    k3: float
    mean_range: float
    range_of_appraisers: float
    range_of_parts: float
    range_limit: float
    cells_beyond: tuple[str, ...]


def average_range(study: Study, tolerance: float | None = None) -> AverageRange:
    """Analyse a full cross by average and range.

    Args:
        study: of at least two parts and two trials.
        tolerance: width of the tolerance, positive, in the unit of the values.
    """
    _, parts, trials = study.shape
    k1, k2, k3 = _constants(study)
    mean_range = mean([max(cell) - min(cell) for row in study.cells for cell in row])
    between_appraisers = _range([mean([value for cell in row for value in cell]) for row in study.cells])
    between_parts = _range([mean([value for row in study.cells for value in row[part]]) for part in range(parts)])
    ev, pv = mean_range * k1, between_parts * k3
    av = math.sqrt(max(0.0, (between_appraisers * k2) ** 2 - ev * ev / (parts * trials))) if k2 is not None else 0.0
    grr = math.hypot(ev, av)
    tv = math.hypot(grr, pv)
    limit = mean_range * (1 + 3 * ranges.d3(trials) / ranges.d2(trials))
    return AverageRange(
        ev=ev,
        av=av,
        grr=grr,
        pv=pv,
        tv=tv,
        percent_ev=_percent(ev, tv),
        percent_av=_percent(av, tv),
        percent_grr=_percent(grr, tv),
        percent_pv=_percent(pv, tv),
        percent_grr_of_tolerance=100 * STUDY_SPREAD * grr / tolerance if tolerance is not None else None,
        ndc=distinct_categories(pv, grr),
        k1=k1,
        k2=k2,
        k3=k3,
        mean_range=mean_range,
        range_of_appraisers=between_appraisers,
        range_of_parts=between_parts,
        range_limit=limit,
        cells_beyond=_beyond(study, limit),
    )


def _percent(part: float, whole: float) -> float | None:
    return 100 * part / whole if whole > 0 else None


def _constants(study: Study) -> tuple[float, float | None, float]:
    """K1, K2 and K3 for any size, to the places that the manual prints."""
    appraisers, parts, trials = study.shape
    count = appraisers * parts
    divisor = ranges.d2(trials) if count > _MANY_RANGES else ranges.d2_star(trials, count)
    k2 = round(1 / ranges.d2_star(appraisers, 1), _PLACES) if appraisers > 1 else None
    return round(1 / divisor, _PLACES), k2, round(1 / ranges.d2_star(parts, 1), _PLACES)


def _range(values: Sequence[float]) -> float:
    return max(values) - min(values)


def _beyond(study: Study, limit: float) -> tuple[str, ...]:
    return tuple(
        f"appraiser {appraiser}, part {part}"
        for appraiser, row in zip(study.appraisers, study.cells, strict=True)
        for part, cell in zip(study.parts, row, strict=True)
        if _range(cell) > limit
    )
