"""A gauge study by both methods in one answer, with what a reader has to know about it in sentences."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.metrology.statistics.anova import POOLING_P, Anova, anova
from harness.metrology.statistics.average_range import AverageRange, average_range
from harness.metrology.statistics.binomial import share
from harness.metrology.statistics.type_1 import positive_tolerance

if TYPE_CHECKING:
    from harness.metrology.statistics.gauge_study import Study

_ACCEPTABLE, _UNACCEPTABLE = 10, 30
_LEAST_CATEGORIES = 5


@dataclass(frozen=True, slots=True)
class Gauge:
    """Repeatability and reproducibility of a gauge.

    Attributes:
        appraisers: how many.
        parts: how many.
        trials: how many of each part by each appraiser.
        tolerance: width of the tolerance; None without one.
        average_range: the answer of the average and range method.
        anova: the answer of the analysis of variance.
        notes: sentences: what was pooled, set to zero or could not be found, and cells that stand out.
    """

    appraisers: int
    parts: int
    trials: int
    tolerance: float | None
    average_range: AverageRange
    anova: Anova
    notes: tuple[str, ...]


def gauge(study: Study, tolerance: float | None = None, confidence: float = 0.95) -> Gauge:
    """Analyse a full cross by both methods.

    Args:
        study: of at least two parts and two trials.
        tolerance: width of the tolerance, in the unit of the values.
        confidence: of the limits of the variance components.

    Raises:
        NotFinite: a tolerance or confidence that is no number.
        RequestError: a tolerance that is not positive, or a confidence that is no share.
    """
    if tolerance is not None:
        positive_tolerance(tolerance)
    share("confidence", confidence)
    ranges, variances = average_range(study, tolerance), anova(study, tolerance, confidence)
    return Gauge(*study.shape, tolerance, ranges, variances, _notes(study, ranges, variances))


def band(percent_grr: float | None, ev: float) -> str | None:
    """Where a per cent GRR lies: below 10, 10 to 30, above 30 (AIAG MSA, 4th edition, II.D).

    None where the resolution hides the repeatability: GRR is then larger than it looks, and only "unacceptable" can be
    said.
    """
    if percent_grr is None:
        return None
    if percent_grr > _UNACCEPTABLE:
        return "unacceptable"
    if ev == 0:
        return None
    return "acceptable" if percent_grr < _ACCEPTABLE else "conditional"


def _notes(study: Study, ranges: AverageRange, variances: Anova) -> tuple[str, ...]:
    return (
        *_about_appraisers(study, ranges),
        *_about_interaction(variances),
        *(
            f"the variance of {component.name} came out negative and is given as 0; "
            "its limits, and those of the gauge, are of what came out"
            for component in variances.components
            if component.negative
        ),
        *_about_resolution(ranges, variances),
        *(
            f"{cell}: its range is above {ranges.range_limit:.6g}; look at it before the study is used"
            for cell in ranges.cells_beyond
        ),
    )


def _about_appraisers(study: Study, ranges: AverageRange) -> tuple[str, ...]:
    if len(study.appraisers) == 1:
        return ("one appraiser: reproducibility cannot be found and counts as 0; GRR is repeatability alone",)
    if ranges.av == 0:
        return ("by average and range the appraisers differ no more than repeatability explains; AV is 0",)
    return ()


def _about_interaction(variances: Anova) -> tuple[str, ...]:
    p = variances.interaction_p
    if p is None:
        return ()
    if variances.interaction_pooled:
        return (f"interaction p = {p:.3f}, above {POOLING_P}: pooled with the repeatability",)
    return (f"interaction p = {p:.3g}, not above {POOLING_P}: kept as part of GRR",)


def _about_resolution(ranges: AverageRange, variances: Anova) -> tuple[str, ...]:
    if ranges.tv == 0:
        return ("average and range sees no variation at all: appraisers differ on each part, and not on average",)
    if ranges.mean_range == 0:
        return ("every trial repeats the one before exactly: the resolution hides the repeatability; EV is 0",)
    return tuple(
        f"ndc by {method} is {ndc}, below {_LEAST_CATEGORIES}: the gauge tells too few sorts of parts apart"
        for method, ndc in (("average and range", ranges.ndc), ("ANOVA", variances.ndc))
        if ndc is not None and ndc < _LEAST_CATEGORIES
    )
