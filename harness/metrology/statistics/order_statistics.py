"""Tolerance intervals without a distribution: limits that are values of the sample itself (Wilks 1941).

Between the i-th and the j-th smallest of n values of any continuous distribution lies at least the share p with the
probability P(at most j - i - 1 of n), binomial with p (ISO 16269-6:2014, Annex G). No shape is assumed; the price is a
larger sample: 59 values for 95/95 one-sided, 93 two-sided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import RequestError
from harness.metrology.statistics.binomial import share
from harness.metrology.statistics.sample import sample
from harness.metrology.statistics.tolerance_intervals import ToleranceInterval

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROUNDING = 1e-10
"""Relative, as for sample sizes: a share of exactly 1 - C left over is enough."""

_SOURCE = "distribution-free, order statistics (Wilks 1941; ISO 16269-6:2014, Annex G)"


def upper_limit(values: Sequence[float], proportion: float = 0.95, confidence: float = 0.95) -> ToleranceInterval:
    """Smallest value of the sample that is an upper tolerance limit.

    Raises:
        NotFinite: a value that is no number.
        RequestError: too few values for any; it says how many are needed.
    """
    taken = sample(values, least=1)
    spare = _spare(taken.n, proportion, confidence, ends=1)
    return ToleranceInterval(proportion, confidence, None, sorted(taken.values)[taken.n - 1 - spare], None, _SOURCE)


def lower_limit(values: Sequence[float], proportion: float = 0.95, confidence: float = 0.95) -> ToleranceInterval:
    """Largest value of the sample that is a lower tolerance limit.

    Raises:
        NotFinite: a value that is no number.
        RequestError: too few values for any; it says how many are needed.
    """
    taken = sample(values, least=1)
    spare = _spare(taken.n, proportion, confidence, ends=1)
    return ToleranceInterval(proportion, confidence, sorted(taken.values)[spare], None, None, _SOURCE)


def two_sided(values: Sequence[float], proportion: float, confidence: float) -> ToleranceInterval:
    """Two values of the sample, as far inside as can be and equally far from both ends, that are tolerance limits.

    Where an odd number may be left out, one more is left out above.

    Raises:
        NotFinite: a value that is no number.
        RequestError: too few values for any; it says how many are needed.
    """
    taken = sample(values)
    spare = _spare(taken.n, proportion, confidence, ends=2)
    ordered = sorted(taken.values)
    lower, upper = ordered[spare // 2], ordered[taken.n - 1 - (spare - spare // 2)]
    return ToleranceInterval(proportion, confidence, lower, upper, None, _SOURCE)


def least_sample(proportion: float, confidence: float, ends: int) -> int:
    """Smallest n whose extreme values are tolerance limits: `ends` 1 for one-sided, 2 for two-sided.

    Raises:
        RequestError: shares that are none.
    """
    share("proportion", proportion)
    allowed = (1 - share("confidence", confidence)) * (1 + _ROUNDING)
    n = ends
    while _chance_of_less(n, proportion, ends) > allowed:
        n *= 2
    low = n // 2
    while n - low > 1:
        middle = (low + n) // 2
        low, n = (low, middle) if _chance_of_less(middle, proportion, ends) <= allowed else (middle, n)
    return n


def _spare(n: int, proportion: float, confidence: float, ends: int) -> int:
    """How many values may be left out beyond the extreme ones."""
    needed = least_sample(proportion, confidence, ends)
    if n < needed:
        raise RequestError(f"{n} values are too few for a distribution-free interval: at least {needed} are needed")
    allowed = (1 - confidence) * (1 + _ROUNDING)
    low, high = 0, n - ends
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _chance_of_less(n, proportion, ends + middle) <= allowed else (low, middle - 1)
    return low


def _chance_of_less(n: int, proportion: float, left_out: int) -> float:
    """Probability that an interval with so many of n blocks left out holds less than the proportion."""
    from scipy.special import betainc  # noqa: PLC0415 - start-up stays lean

    if left_out > n:
        return 1.0
    return float(betainc(n - left_out + 1, left_out, proportion))
