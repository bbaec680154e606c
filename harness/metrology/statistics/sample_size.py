"""How many trials show a reliability with a confidence, and what trials that were made have shown.

Reliability is the share of the population that conforms; a trial succeeds or fails (attributes). For measured values
the tolerance intervals say more with fewer units.
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.errors import RequestError
from harness.metrology.statistics.binomial import lower_limit, share, whole

LARGEST = 10**9
"""Trials beyond which no plan is meant."""

_ROUNDING = 1e-10
"""Relative: 1 - 0.9 is not 0.1 in binary, and must not cost one more trial."""


@dataclass(frozen=True, slots=True)
class SampleSize:
    """A plan of attributes.

    Attributes:
        confidence: share of such plans that reject a population of less than `reliability`, at least.
        reliability: share of conforming units that is to be shown.
        failures: how many may fail.
        sample_size: the smallest number of trials.
        demonstrated_reliability: one-sided lower confidence limit after that many trials with that many failures.
        method: the formula and its source.
    """

    confidence: float
    reliability: float
    failures: int
    sample_size: int
    demonstrated_reliability: float
    method: str


def sample_size(confidence: float, reliability: float, failures: int = 0) -> SampleSize:
    """Smallest n for which at most `failures` in n trials show the reliability.

    The smallest n with P(at most f failures | reliability) <= 1 - confidence, of the binomial distribution; with no
    failure allowed this is the success run n = ln(1 - C) / ln(R), rounded up.

    Args:
        confidence: strictly between 0 and 1.
        reliability: strictly between 0 and 1.
        failures: 0 or more.

    Raises:
        RequestError: a share or count that cannot be, or more than `LARGEST` trials.
    """
    allowed = (1 - share("confidence", confidence)) * (1 + _ROUNDING)
    share("reliability", reliability)
    if whole("failures", failures) < 0:
        raise RequestError(f"failures are {failures}, but a whole number from 0 up is due")
    above = _enough(failures, reliability, allowed)
    below = failures
    while above - below > 1:
        middle = (above + below) // 2
        below, above = (below, middle) if _chance(failures, middle, reliability) <= allowed else (middle, above)
    shown = lower_limit(above - failures, above, confidence)
    method = "success run, n = ln(1 - C) / ln(R) rounded up" if failures == 0 else "binomial distribution, exact"
    return SampleSize(confidence, reliability, failures, above, shown, method)


def demonstrated_reliability(trials: int, failures: int, confidence: float) -> float:
    """Reliability shown by trials that were made: the one-sided lower limit of Clopper and Pearson.

    Raises:
        RequestError: counts that cannot be, or a confidence that is no share.
    """
    return lower_limit(trials - failures, trials, confidence)


def _enough(failures: int, reliability: float, allowed: float) -> int:
    """A number of trials that is enough, by doubling."""
    trials = 2 * (failures + 1)
    while _chance(failures, trials, reliability) > allowed:
        trials *= 2
        if trials > LARGEST:
            raise RequestError(
                f"a reliability of {reliability:.12g} with {failures} failures takes more than {LARGEST:.0e}"
                " trials; ask for less"
            )
    return trials


def _chance(failures: int, trials: int, reliability: float) -> float:
    """P(at most `failures` in `trials`), each succeeding with `reliability`."""
    if failures == 0:
        return reliability**trials
    from scipy.special import betainc  # noqa: PLC0415 - start-up stays lean

    return float(betainc(trials - failures, failures + 1, reliability))
