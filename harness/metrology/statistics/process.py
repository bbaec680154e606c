"""What stands beside an index of capability: normality, stability, tolerance intervals, and sentences of warning."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.metrology.statistics import order_statistics, tolerance_intervals
from harness.metrology.statistics.control_chart import ControlChart, control_chart
from harness.metrology.statistics.normality import Normality, normality

if TYPE_CHECKING:
    from harness.metrology.statistics.capability import Capability
    from harness.metrology.statistics.tolerance_intervals import ToleranceInterval

_DOUBTFUL = 0.05
"""p of the test of normality below which the answer warns."""

_FEW = 30

_ALARMS = ("Nelson 1", "Nelson 2")
"""Rules that warn. All together find something in more than a third of orderly series of 30, these two in a tenth."""


@dataclass(frozen=True, slots=True)
class Process:
    """The company of an index.

    Attributes:
        normality: None with fewer than 8 values.
        chart: of individual values in the order of the sample; None where subgroups are given.
        tolerance_interval: of a normal population; on the sides that have a limit.
        tolerance_interval_distribution_free: the same without an assumed shape; None where the sample is too small.
        warnings: sentences; they never change an answer.
    """

    normality: Normality | None
    chart: ControlChart | None
    tolerance_interval: ToleranceInterval
    tolerance_interval_distribution_free: ToleranceInterval | None
    warnings: tuple[str, ...]


def process(result: Capability, proportion: float, *, ordered: bool) -> Process:
    """Look at a sample from the sides that an index does not show.

    Args:
        result: of the sample.
        proportion: of the population, for the tolerance intervals; their confidence is that of the indices.
        ordered: whether the values are one series in the order in which they were taken.

    Raises:
        RequestError: a proportion that is no share.
    """
    tested = normality(result.taken)
    chart = control_chart(result.taken.values) if ordered else None
    return Process(
        normality=tested,
        chart=chart,
        tolerance_interval=_normal(result, proportion),
        tolerance_interval_distribution_free=_distribution_free(result, proportion),
        warnings=(*_of_sample(result), *_of_shape(tested), *_of_chart(chart)),
    )


def _sides(result: Capability) -> str:
    if result.limits.lower is None:
        return "upper"
    return "both" if result.limits.upper is not None else "lower"


def _normal(result: Capability, proportion: float) -> ToleranceInterval:
    arguments = result.taken.values, proportion, result.confidence
    if _sides(result) == "both":
        return tolerance_intervals.two_sided(*arguments)
    one_sided = tolerance_intervals.upper_limit if _sides(result) == "upper" else tolerance_intervals.lower_limit
    return one_sided(*arguments)


def _distribution_free(result: Capability, proportion: float) -> ToleranceInterval | None:
    ends = 2 if _sides(result) == "both" else 1
    if result.taken.n < order_statistics.least_sample(proportion, result.confidence, ends):
        return None
    arguments = result.taken.values, proportion, result.confidence
    if ends == 2:  # noqa: PLR2004 - two ends
        return order_statistics.two_sided(*arguments)
    one_sided = order_statistics.upper_limit if _sides(result) == "upper" else order_statistics.lower_limit
    return one_sided(*arguments)


def _of_sample(result: Capability) -> tuple[str, ...]:
    few = (f"{result.taken.n} values are few: look at the confidence limits, not at the indices",)
    beyond = (f"{result.outside} of {result.taken.n} values are outside the limits",)
    return (few if result.taken.n < _FEW else ()) + (beyond if result.outside else ())


def _of_shape(tested: Normality | None) -> tuple[str, ...]:
    if tested is None:
        return ("normality cannot be tested with fewer than 8 values",)
    if tested.p_value >= _DOUBTFUL:
        return ()
    return (f"the values do not look normal (Anderson-Darling p = {tested.p_value:.2g}): the indices assume that",)


def _of_chart(chart: ControlChart | None) -> tuple[str, ...]:
    found = [violation for violation in chart.violations if violation.rule in _ALARMS] if chart is not None else []
    points = {point for violation in found for point in violation.points}
    rules = ", ".join(violation.rule for violation in found)
    return (f"in the order of the file {len(points)} points look unstable (I-MR chart: {rules})",) if found else ()
