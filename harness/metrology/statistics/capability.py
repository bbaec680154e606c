"""Process capability and performance with confidence limits (ISO 22514-2; NIST/SEMATECH e-Handbook 7.1.6).

Cp and Cpk take the standard deviation within subgroups where the data say which values belong together, otherwise that
of all values, as the handbook does; Pp and Ppk always take that of all values. Both assume a normal population.

Confidence limits: Cp and Pp by chi-square (exact for `overall` and `pooled`). Cpk and Ppk by Bissell's approximation
(Applied Statistics 39 (1990) 331), and a lower limit by the non-central t distribution besides: exact with one limit,
with two limits conservative (the nearer limit's; Kushler and Hurley, Journal of Quality Technology 24 (1992) 188).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING

from harness.errors import RequestError
from harness.metrology.statistics.binomial import share
from harness.metrology.statistics.noncentral_t import noncentrality
from harness.metrology.statistics.sample import sample
from harness.metrology.statistics.spread import OVERALL, POOLED, Spread, spread
from harness.quantity import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.metrology.statistics.sample import Sample

_SIGMAS = 3
"""Standard deviations from the mean to a limit at an index of 1."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Specification limits; at least one, the lower below the upper."""

    lower: float | None
    upper: float | None

    def __post_init__(self) -> None:
        for name, value in (("lower limit", self.lower), ("upper limit", self.upper)):
            if value is not None:
                finite(name, value)
        if self.lower is None and self.upper is None:
            raise RequestError("no limit is given: capability needs a lower limit, an upper limit, or both")
        if self.lower is not None and self.upper is not None and self.lower >= self.upper:
            raise RequestError(f"the lower limit {self.lower:g} is not below the upper limit {self.upper:g}")

    def outside(self, values: Sequence[float]) -> int:
        """How many values are beyond a limit; a value on it is not."""
        lower = -math.inf if self.lower is None else self.lower
        upper = math.inf if self.upper is None else self.upper
        return sum(not lower <= value <= upper for value in values)


@dataclass(frozen=True, slots=True)
class Index:
    """An index with its two-sided confidence limits."""

    value: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Indices:
    """The indices that rest on one standard deviation.

    Attributes:
        sigma: the standard deviation.
        p: Cp or Pp; None with one limit.
        to_lower: (mean - lower limit) / 3 sigma; None without a lower limit.
        to_upper: (upper limit - mean) / 3 sigma; None without an upper limit.
        pk: Cpk or Ppk, the smaller of the two.
        pk_lower_noncentral_t: lower confidence limit of `pk` by the non-central t distribution.
    """

    sigma: Spread
    p: Index | None
    to_lower: float | None
    to_upper: float | None
    pk: Index
    pk_lower_noncentral_t: float


@dataclass(frozen=True, slots=True)
class Capability:
    """What a sample says about a process and its limits.

    Attributes:
        taken: the sample.
        limits: of the specification.
        confidence: of all limits of indices, two-sided.
        capability: Cp and Cpk.
        performance: Pp and Ppk.
        outside: values beyond a limit.
    """

    taken: Sample
    limits: Limits
    confidence: float
    capability: Indices
    performance: Indices
    outside: int

    def shows(self, required: float) -> bool:
        """Whether Cpk and Ppk are at least `required` with confidence: by their non-central t limits."""
        wanted = finite("required index", required)
        return min(self.capability.pk_lower_noncentral_t, self.performance.pk_lower_noncentral_t) >= wanted


def capability(
    values: Sequence[float],
    limits: Limits,
    subgroups: Sequence[str] | None = None,
    within: str | None = None,
    confidence: float = 0.95,
) -> Capability:
    """Compute the indices of a sample.

    Args:
        values: in the order in which they were taken.
        limits: of the specification, in the unit of the values.
        subgroups: name of the subgroup of each value; None where nothing is known.
        within: how sigma of Cp and Cpk is estimated, one of `spread.METHODS`; None: `pooled` with subgroups, `overall`
            without.
        confidence: of all limits, two-sided.

    Raises:
        NotFinite: a value that is no number.
        RequestError: too few values, none that differs, or a method that the values do not allow.
    """
    taken = sample(values)
    share("confidence", confidence)
    usual = OVERALL if subgroups is None else POOLED
    method = usual if within is None else within
    overall = spread(taken, None, OVERALL)
    sigma = spread(taken, subgroups, method)
    return Capability(
        taken=taken,
        limits=limits,
        confidence=confidence,
        capability=_indices(taken, limits, sigma, confidence),
        performance=_indices(taken, limits, overall, confidence),
        outside=limits.outside(taken.values),
    )


def _indices(taken: Sample, limits: Limits, sigma: Spread, confidence: float) -> Indices:
    reach = _SIGMAS * sigma.standard_deviation
    to_lower = (taken.mean - limits.lower) / reach if limits.lower is not None else None
    to_upper = (limits.upper - taken.mean) / reach if limits.upper is not None else None
    pk = min(distance for distance in (to_lower, to_upper) if distance is not None)
    return Indices(
        sigma=sigma,
        p=_both_sides(limits, sigma, confidence),
        to_lower=to_lower,
        to_upper=to_upper,
        pk=_bissell(pk, taken.n, sigma, confidence),
        pk_lower_noncentral_t=_noncentral_t(pk, taken.n, sigma, confidence),
    )


def _both_sides(limits: Limits, sigma: Spread, confidence: float) -> Index | None:
    """Cp or Pp; its square is proportional to chi-square over its degrees of freedom, upside down."""
    if limits.lower is None or limits.upper is None:
        return None
    from scipy.special import chdtri  # noqa: PLC0415 - start-up stays lean

    value = (limits.upper - limits.lower) / (2 * _SIGMAS * sigma.standard_deviation)
    freedom, tail = sigma.degrees_of_freedom, (1 - confidence) / 2
    low, high = (math.sqrt(float(chdtri(freedom, beyond)) / freedom) for beyond in (1 - tail, tail))
    return Index(value, value * low, value * high)


def _bissell(value: float, n: int, sigma: Spread, confidence: float) -> Index:
    """Normal approximation: the mean's scatter and that of sigma, added as variances."""
    quantile = NormalDist().inv_cdf((1 + confidence) / 2)
    half = quantile * math.sqrt(1 / (_SIGMAS**2 * n) + value * value / (2 * sigma.degrees_of_freedom))
    return Index(value, value - half, value + half)


def _noncentral_t(value: float, n: int, sigma: Spread, confidence: float) -> float:
    """Lower limit: the index at which so large a t, or a larger one, still has the tail's probability."""
    scale = _SIGMAS * math.sqrt(n)
    return noncentrality(scale * value, sigma.degrees_of_freedom, (1 - confidence) / 2) / scale
