"""Statistical tolerance intervals: limits that hold a share of a normal population with a confidence.

An interval `mean ± k s` from n values holds at least the share p of the population in at least the share C of all
samples (ISO 16269-6:2014, for unknown mean and unknown standard deviation). Approximations are named as such and are
here to compare with what others publish; evidence rests on the exact factors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from statistics import NormalDist
from typing import TYPE_CHECKING

from harness.errors import RequestError
from harness.metrology.statistics.binomial import share
from harness.metrology.statistics.sample import sample

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

_NODES = 200
_FARTHEST = 9.0
"""Standard deviations to which the sample mean is integrated; what lies beyond is 2e-19."""

_HALVINGS = 64


@dataclass(frozen=True, slots=True)
class ToleranceInterval:
    """Limits that hold at least `proportion` of the population, with `confidence`.

    Attributes:
        proportion: share of the population.
        confidence: share of samples whose limits do hold it.
        lower: None where the limit is an upper one.
        upper: None where the limit is a lower one.
        factor: k of `mean ± k s`; None for limits that are order statistics.
        method: which formula, and its source.
    """

    proportion: float
    confidence: float
    lower: float | None
    upper: float | None
    factor: float | None
    method: str


def two_sided(values: Sequence[float], proportion: float, confidence: float) -> ToleranceInterval:
    """Exact two-sided tolerance interval of a normal sample.

    Raises:
        NotFinite: a value that is no number.
        RequestError: fewer than two values, or shares that are none.
    """
    taken = sample(values)
    factor = two_sided_factor(taken.n, proportion, confidence)
    half = factor * taken.standard_deviation
    method = "normal, two-sided, exact (ISO 16269-6:2014, Annex F)"
    return ToleranceInterval(proportion, confidence, taken.mean - half, taken.mean + half, factor, method)


def upper_limit(values: Sequence[float], proportion: float = 0.95, confidence: float = 0.95) -> ToleranceInterval:
    """Exact one-sided upper tolerance limit of a normal sample: such as 95/95 for a latency.

    Raises:
        NotFinite: a value that is no number.
        RequestError: fewer than two values, or shares that are none.
    """
    taken = sample(values)
    factor = one_sided_factor(taken.n, proportion, confidence)
    upper = taken.mean + factor * taken.standard_deviation
    return ToleranceInterval(proportion, confidence, None, upper, factor, _ONE_SIDED)


def lower_limit(values: Sequence[float], proportion: float = 0.95, confidence: float = 0.95) -> ToleranceInterval:
    """Exact one-sided lower tolerance limit of a normal sample.

    Raises:
        NotFinite: a value that is no number.
        RequestError: fewer than two values, or shares that are none.
    """
    taken = sample(values)
    factor = one_sided_factor(taken.n, proportion, confidence)
    lower = taken.mean - factor * taken.standard_deviation
    return ToleranceInterval(proportion, confidence, lower, None, factor, _ONE_SIDED)


_ONE_SIDED = "normal, one-sided, exact (non-central t; ISO 16269-6:2014, Annex C)"


def one_sided_factor(n: int, proportion: float, confidence: float) -> float:
    """Exact k of a one-sided limit: the non-central t quantile divided by the root of n (NIST e-Handbook 7.2.6.3).

    Raises:
        RequestError: n below 2, or shares that are none.
    """
    _check(n, proportion, confidence)
    from scipy.special import nctdtrit  # noqa: PLC0415 - start-up stays lean

    return float(nctdtrit(n - 1, _quantile(proportion) * math.sqrt(n), confidence)) / math.sqrt(n)


def two_sided_factor(n: int, proportion: float, confidence: float, degrees_of_freedom: int | None = None) -> float:
    """Exact k of a two-sided interval (ISO 16269-6:2014, Annex F; Odeh and Owen 1980).

    The content of `mean ± k s` is integrated over the sample mean; for each of its values the half width that holds
    exactly the proportion is found, and the chance that s reaches it is a chi-square probability.

    Args:
        n: values that the mean is of.
        proportion: share of the population.
        confidence: strictly between 0 and 1.
        degrees_of_freedom: of s; n - 1 unless it is pooled over several samples (Annex F: m samples of n: m (n - 1)).

    Raises:
        RequestError: n below 2, or shares that are none.
    """
    _check(n, proportion, confidence)
    freedom = n - 1 if degrees_of_freedom is None else degrees_of_freedom
    from scipy.optimize import brentq  # noqa: PLC0415 - start-up stays lean
    from scipy.special import chdtr  # noqa: PLC0415 - as above

    nodes, weights = _half_normal()
    reach = freedom * _half_widths(nodes / math.sqrt(n), proportion) ** 2

    def missing(log_factor: float) -> float:
        return float(weights @ chdtr(freedom, reach * math.exp(-2 * log_factor))) - (1 - confidence)

    least, most = -5.0, 5.0
    while missing(most) > 0:
        most += 5.0
    while missing(least) < 0:
        least -= 5.0
    return math.exp(float(brentq(missing, least, most, xtol=1e-13)))


def howe_factor(n: int, proportion: float, confidence: float) -> float:
    """Howe's approximation to the two-sided k (NIST e-Handbook 7.2.6.3); in general a little too small.

    Raises:
        RequestError: n below 2, or shares that are none.
    """
    _check(n, proportion, confidence)
    from scipy.special import chdtri  # noqa: PLC0415 - as above

    return _quantile((1 + proportion) / 2) * math.sqrt((n - 1) * (1 + 1 / n) / float(chdtri(n - 1, confidence)))


def natrella_factor(n: int, proportion: float, confidence: float) -> float:
    """Natrella's approximation to the one-sided k (NIST e-Handbook 7.2.6.3).

    Raises:
        RequestError: n below 2, shares that are none, or a sample too small for the approximation.
    """
    _check(n, proportion, confidence)
    z, y = _quantile(proportion), _quantile(confidence)
    a, b = 1 - y * y / (2 * (n - 1)), z * z - y * y / n
    if a <= 0 or z * z < a * b:
        raise RequestError(f"Natrella's approximation has no value for {n} values at {confidence:g}; use the exact one")
    return (z + math.sqrt(z * z - a * b)) / a


def _check(n: int, proportion: float, confidence: float) -> None:
    if n < 2:  # noqa: PLR2004 - no scatter of its own
        raise RequestError(f"{n} values are too few for a tolerance interval: at least 2 are needed")
    share("proportion", proportion)
    share("confidence", confidence)


def _quantile(probability: float) -> float:
    return NormalDist().inv_cdf(probability)


@cache
def _half_normal() -> tuple[np.ndarray, np.ndarray]:
    """Nodes from 0 up and weights that integrate over |z| of a standard normal z (Gauss-Legendre)."""
    import numpy as np  # noqa: PLC0415 - start-up stays lean

    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    nodes = (nodes + 1) * (_FARTHEST / 2)
    return nodes, weights * _FARTHEST * np.exp(-(nodes**2) / 2) / math.sqrt(2 * math.pi)


def _half_widths(offsets: np.ndarray, proportion: float) -> np.ndarray:
    """Half widths, in standard deviations, that hold the proportion around a centre off by so many of them."""
    import numpy as np  # noqa: PLC0415 - start-up stays lean
    from scipy.special import ndtr  # noqa: PLC0415 - as above

    # The half width around the true mean is too little, and with the offset added to it enough.
    too_little = np.full_like(offsets, _quantile((1 + proportion) / 2))
    enough = too_little + offsets
    for _ in range(_HALVINGS):
        middle = (too_little + enough) / 2
        # Both tails: near a proportion of 1 they keep their digits.
        short: np.ndarray = ndtr(-middle - offsets) + ndtr(offsets - middle) > 1 - proportion
        too_little, enough = np.where(short, middle, too_little), np.where(short, enough, middle)
    return np.asarray(enough)
