"""What a decision rule lets through, and what it turns away: specific, global and posterior risk.

True values of a lot are normal; a measured value is a true value plus an error, which is normal, rectangular, or a sum
of both. Everything here is a probability by quadrature, none is drawn. Numbers are in one unit, the caller's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from harness.errors import RequestError
from harness.quantity import finite

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)
_NOTHING_LEFT = 40.0
"""Standard deviations at which even the smallest float is too large for a normal tail."""

_NEGLIGIBLE = 1e-3
"""Least half width of a rectangular part, in standard deviations of the normal one, that changes a shape by 1e-13."""

_REACH = 12
"""Standard deviations beyond which nothing is left: a normal tail there holds less than 1e-32."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A closed interval; an end that is not there is infinite. Where lower is above upper, nothing is inside."""

    lower: float = -math.inf
    upper: float = math.inf

    def __post_init__(self) -> None:
        if math.isnan(self.lower) or math.isnan(self.upper):
            raise RequestError(f"interval from {self.lower} to {self.upper}: an end is no number")

    def widened(self, by: float) -> Interval:
        """The interval with both ends moved outwards; inwards where negative."""
        return Interval(self.lower - by, self.upper + by)


@dataclass(frozen=True, slots=True)
class ErrorModel:
    """Distribution of a measurement error: a normal one and a rectangular one added, either of which may be absent.

    Attributes:
        standard_deviation: of the normal part.
        half_width: of the rectangular part.
    """

    standard_deviation: float
    half_width: float = 0.0

    def __post_init__(self) -> None:
        for name, value in (("standard deviation", self.standard_deviation), ("half width", self.half_width)):
            if finite(f"{name} of an error", value) < 0:
                raise RequestError(f"{name} of an error is {value:g}, must not be negative")
        if self.standard_uncertainty == 0:
            raise RequestError("an error without any width is none")

    @property
    def standard_uncertainty(self) -> float:
        """Combined standard uncertainty (GUM 5.1.2, 4.3.7)."""
        return math.hypot(self.standard_deviation, self.half_width / math.sqrt(3))

    def cumulative(self, error: NDArray[np.float64]) -> NDArray[np.float64]:
        """Probability that the error is at most this; in closed form for the sum of both parts as well."""
        sigma, half = self.standard_deviation, self.half_width
        if half < _NEGLIGIBLE * sigma:
            return np.asarray(ndtr(error / self.standard_uncertainty))
        if sigma == 0:
            return np.clip((error + half) / (2 * half), 0.0, 1.0)
        # The left half only: on the right the difference of two large numbers would hold nothing.
        left = np.maximum(-np.abs(error), -_NOTHING_LEFT * sigma - half)
        rising = _normal_integral((left + half) / sigma) - _normal_integral((left - half) / sigma)
        tail = np.clip(sigma / (2 * half) * rising, 0.0, 1.0)
        return np.where(error > 0, 1 - tail, tail)


@dataclass(frozen=True, slots=True)
class Lot:
    """Normal distribution of true values.

    Attributes:
        mean: of the true values.
        standard_deviation: of the true values.
    """

    mean: float
    standard_deviation: float

    def __post_init__(self) -> None:
        finite("mean of a lot", self.mean)
        if finite("standard deviation of a lot", self.standard_deviation) <= 0:
            raise RequestError(f"standard deviation of a lot is {self.standard_deviation:g}, must be positive")

    @classmethod
    def of(cls, tolerance: Interval, mean: float, in_tolerance: float) -> Lot:
        """The lot with this mean, of which this share is conforming.

        Raises:
            RequestError: no lot has that share: the mean is not inside, or a half of it is outside already.
        """
        inside = tolerance.lower < finite("mean of a lot", mean) < tolerance.upper
        one_sided = math.isinf(tolerance.lower) or math.isinf(tolerance.upper)
        if not inside or not (0.5 if one_sided else 0.0) < finite("in-tolerance probability", in_tolerance) < 1:
            raise RequestError(f"no lot around {mean:g} has an in-tolerance probability of {in_tolerance:g}")
        near = min(mean - tolerance.lower, tolerance.upper - mean)
        if one_sided:
            return cls(mean, near / float(ndtri(in_tolerance)))

        def excess(sigma: float) -> float:
            return float(ndtr((tolerance.upper - mean) / sigma) - ndtr((tolerance.lower - mean) / sigma)) - in_tolerance

        widest = (tolerance.upper - tolerance.lower) / in_tolerance
        return cls(mean, float(brentq(excess, near / 40, widest, xtol=1e-15 * near, rtol=1e-14)))


@dataclass(frozen=True, slots=True)
class GlobalRisk:
    """Probabilities over a whole lot; the first two are joint (JCGM 106:2012, 9.5).

    Attributes:
        false_accept: nonconforming and PASS, the consumer's risk.
        false_fail: conforming and FAIL, the producer's risk.
        conditional: neither PASS nor FAIL.
        accepted: PASS.
    """

    false_accept: float
    false_fail: float
    conditional: float
    accepted: float

    @property
    def posterior(self) -> float:
        """Nonconforming, given PASS; 0 where nothing passes."""
        return self.false_accept / self.accepted if self.accepted > 0 else 0.0


def conformance_probability(value: float, tolerance: Interval, error: ErrorModel) -> float:
    """Probability that a true value is inside its tolerance, given what was measured (JCGM 106:2012, 7).

    Nothing is known of the true value but the measurement: it is spread about it like the error.
    """
    ends = np.array([finite("measured value", value) - tolerance.lower, value - tolerance.upper])
    below, above = error.cumulative(ends)
    return float(below - above)


def acceptance_probability(true_value: float, accepted: Interval, error: ErrorModel) -> float:
    """Probability that a unit with this true value is measured inside an interval."""
    finite("true value", true_value)
    return float(_measured_inside(np.array([true_value]), accepted, error)[0])


def specific_risk(tolerance: Interval, accepted: Interval, error: ErrorModel) -> float:
    """Largest probability of PASS for a unit whose true value is exactly at a limit."""
    limits = [limit for limit in (tolerance.lower, tolerance.upper) if math.isfinite(limit)]
    if not limits:
        raise RequestError("a tolerance without any limit has no risk")
    return max(acceptance_probability(limit, accepted, error) for limit in limits)


def global_risk(lot: Lot, tolerance: Interval, guard_band: float, error: ErrorModel) -> GlobalRisk:
    """Risks of a lot that is judged with a guard band on both sides of each limit.

    Args:
        lot: true values.
        tolerance: conforming is what is inside.
        guard_band: PASS is measured inside the tolerance less this; FAIL is outside the tolerance plus this.
        error: of a measurement.
    """
    finite("guard band", guard_band)
    accepted, kept = tolerance.widened(-guard_band), tolerance.widened(guard_band)
    kinks = _kinks((tolerance, accepted, kept), error)
    reach = Interval(lot.mean - _REACH * lot.standard_deviation, lot.mean + _REACH * lot.standard_deviation)
    total = np.zeros(4)
    for part, conforming in (
        (Interval(reach.lower, min(tolerance.lower, reach.upper)), False),
        (Interval(max(tolerance.lower, reach.lower), min(tolerance.upper, reach.upper)), True),
        (Interval(max(tolerance.upper, reach.lower), reach.upper), False),
    ):
        values, weights = _nodes(part, kinks, lot, error)
        passed, not_failed = (_measured_inside(values, interval, error) for interval in (accepted, kept))
        rows = (passed * (not conforming), (1 - not_failed) * conforming, not_failed - passed, passed)
        total += np.array([float(weights @ row) for row in rows])
    return GlobalRisk(*(min(1.0, max(0.0, float(value))) for value in total))


def _measured_inside(true: NDArray[np.float64], interval: Interval, error: ErrorModel) -> NDArray[np.float64]:
    if interval.lower > interval.upper:
        return np.zeros_like(true)
    return error.cumulative(interval.upper - true) - error.cumulative(interval.lower - true)


def _normal_integral(z: NDArray[np.float64]) -> NDArray[np.float64]:
    """Integral of the normal distribution function from minus infinity to z."""
    return np.asarray(z * ndtr(z) + np.exp(-0.5 * np.square(z)) / math.sqrt(2 * math.pi))


def _kinks(intervals: tuple[Interval, ...], error: ErrorModel) -> list[float]:
    """True values about which a probability of PASS or FAIL turns quickly, or with a corner."""
    ends = [end for interval in intervals for end in (interval.lower, interval.upper) if math.isfinite(end)]
    return [end + shift for end in ends for shift in {-error.half_width, 0.0, error.half_width}]


def _nodes(
    part: Interval, kinks: list[float], lot: Lot, error: ErrorModel
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gauss-Legendre nodes over a part of a lot with the lot's density in the weights.

    Panels are no longer than a standard deviation of the lot, nor of the normal error where that is at work; corners of
    a rectangular error are ends of panels. So each panel holds a smooth function on a scale of its own.
    """
    if part.lower >= part.upper:
        return np.zeros(0), np.zeros(0)
    steps = np.arange(-_REACH, _REACH + 1)
    grid = [lot.mean + lot.standard_deviation * steps, np.array([part.lower, part.upper])]
    grid += [kink + error.standard_deviation * steps for kink in kinks]
    ends = np.unique(np.clip(np.concatenate(grid), part.lower, part.upper))
    half = np.diff(ends)[:, None] / 2
    values = ends[:-1, None] + half * (_NODES + 1)
    density = np.exp(-0.5 * ((values - lot.mean) / lot.standard_deviation) ** 2) / (
        lot.standard_deviation * math.sqrt(2 * math.pi)
    )
    return values.ravel(), (half * _WEIGHTS * density).ravel()
