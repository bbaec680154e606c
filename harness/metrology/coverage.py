"""Coverage factors: how many standard uncertainties hold so much of what the value may be.

A sum of influences is nearly normal, or Student's t with few degrees of freedom, unless one influence of another shape
outweighs the others. Here k is the quantile of that largest influence convolved with a t distribution of all others
together: between one rectangle (EA-4/02 M:2022, S9.14) and a normal (GUM G.4.1) it is right all the way.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from harness.errors import NotFinite
from harness.quantity import finite

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.metrology.distributions import Distribution

NORMAL_COVERAGE = 0.9545
"""Coverage for which k = 2 with a normal distribution (EA-4/02 M:2022, 5)."""

BOUNDED_COVERAGE = 0.95
"""Coverage that EA-4/02 M:2022, S9.14 asks for where one bounded influence stands alone."""

_LEAST_COVERAGE = 0.6827
"""For which k is 1 with a normal distribution; less has no factor that a budget may state."""

_LEAST_FACTOR = 2.0
_LARGEST_DEGREES_OF_FREEDOM = 1e6
_NEGLIGIBLE = 1e-6
"""Of a bounded influence: others together that are smaller do not move its quantile."""

_CAUCHY = 1.001
"""Degrees of freedom up to here count as one, where the closed form below would subtract large numbers."""

_POINTS = 4000
"""Equiprobable points that stand for a bounded influence which has no closed form here."""


def asked(coverage: float) -> float:
    """Let a coverage probability through.

    Raises:
        NotFinite: it is no number from 0.6827 to below 1.
    """
    if not _LEAST_COVERAGE <= finite("coverage", coverage) < 1:
        raise NotFinite(f"coverage is {coverage}, must be a probability from {_LEAST_COVERAGE} to below 1")
    return coverage


def chosen_factor(degrees_of_freedom: float, coverage: float | None, factor: float | None) -> float:
    """The factor of a coverage that was asked for (GUM G.6.4), or a stated one; U covers 95 % at least.

    A verdict rests on U: an interval that covers less would let through what is due to be conditional.

    Args:
        degrees_of_freedom: effective.
        coverage: probability from 0.95 to below 1; None where a factor is stated.
        factor: k from 2 up, as published budgets state it.

    Raises:
        NotFinite: U would cover less than 95 %, or what is given is no number.
    """
    if coverage is not None:
        if finite("coverage", coverage) < BOUNDED_COVERAGE:
            raise NotFinite(f"coverage is {coverage}, must be at least {BOUNDED_COVERAGE}: verdicts rest on U")
        return student_factor(degrees_of_freedom, asked(coverage))
    stated = finite("coverage factor", _LEAST_FACTOR if factor is None else factor)
    least = max(_LEAST_FACTOR, student_factor(degrees_of_freedom, BOUNDED_COVERAGE))
    if stated < least:
        raise NotFinite(
            f"coverage factor is {stated:g}, must be at least {least:.4g}, "
            f"which {degrees_of_freedom:.4g} degrees of freedom take for 95 %"
        )
    return stated


def student_factor(degrees_of_freedom: float, coverage: float) -> float:
    """Student's factor at the next lower whole number of degrees of freedom (GUM G.6.4; G.4.1, note 1)."""
    whole = degrees_of_freedom if math.isinf(degrees_of_freedom) else max(math.floor(degrees_of_freedom), 1.0)
    return coverage_factor(whole, coverage)


@lru_cache(maxsize=4096)
def coverage_factor(degrees_of_freedom: float, coverage: float | None = None) -> float:
    """Student's factor (GUM G.3.2), not rounded to whole degrees of freedom.

    Args:
        degrees_of_freedom: effective; fewer than one count as one.
        coverage: probability; None: 95.45 %, for which k = 2 where the degrees of freedom are without limit.
    """
    if coverage is None and math.isinf(degrees_of_freedom):
        return 2.0
    special = _special()
    half = 0.5 + (NORMAL_COVERAGE if coverage is None else coverage) / 2
    if math.isinf(degrees_of_freedom):
        return float(special.ndtri(half))
    return float(special.stdtrit(max(degrees_of_freedom, 1.0), half))


def mixed_coverage_factor(
    largest: Distribution, contribution: float, others: float, degrees_of_freedom: float, coverage: float | None = None
) -> float:
    """Factor for one influence of a bounded shape together with a t distribution of all others.

    Args:
        largest: shape of the largest bounded influence.
        contribution: its standard uncertainty in the result.
        others: standard uncertainty of all others together, in the same unit.
        degrees_of_freedom: of the others together.
        coverage: probability; None: 95.45 %, falling to 95 % with the square of the bounded influence's share of the
            variance (u_i⁴ / u⁴, its weight in GUM G.4.1), so that both conventions hold and neither jumps.
    """
    return _mixed(largest.standardised(), others / contribution, degrees_of_freedom, coverage)


@lru_cache(maxsize=4096)
def _mixed(largest: Distribution, ratio: float, degrees_of_freedom: float, coverage: float | None) -> float:
    if ratio < _NEGLIGIBLE:
        return largest.quantile(0.5 + (coverage or BOUNDED_COVERAGE) / 2)
    share = 1 / (1 + ratio**2)
    wanted = coverage or NORMAL_COVERAGE + (BOUNDED_COVERAGE - NORMAL_COVERAGE) * share**2
    rest = _Student(degrees_of_freedom)
    half = math.sqrt(3) / ratio
    inside = _rectangle(rest, half) if largest.name == "rectangular" else _shape(rest, largest, ratio)
    most = largest.quantile(1.0) / ratio + rest.quantile(0.5 + wanted / 2)
    from scipy import optimize  # noqa: PLC0415 - as GTC

    found = optimize.brentq(lambda bound: inside(bound) - wanted, 0.0, most, xtol=1e-12 * most, rtol=1e-12)
    return float(found) * ratio * math.sqrt(share)


def _rectangle(rest: _Student, half: float) -> Callable[[float], float]:
    """P(|x| <= bound) of a rectangle of this half width plus Student's t: the integral of its distribution function."""

    def inside(bound: float) -> float:
        return (rest.integral(bound + half) - rest.integral(bound - half)) / half - 1

    return inside


def _shape(rest: _Student, largest: Distribution, ratio: float) -> Callable[[float], float]:
    """The same of any other shape, which equiprobable points stand for."""
    import numpy as np  # noqa: PLC0415 - as GTC

    middles = (np.arange(_POINTS) + 0.5) / _POINTS
    points = np.asarray([largest.quantile(float(middle)) for middle in middles]) / ratio

    def inside(bound: float) -> float:
        return float(np.mean(rest.cumulative(bound - points) - rest.cumulative(-bound - points)))

    return inside


class _Student:
    """Student's t distribution with unit scale; the normal one where the degrees of freedom are without limit."""

    def __init__(self, degrees_of_freedom: float) -> None:
        self._special = _special()
        self._freedom = degrees_of_freedom if degrees_of_freedom > _CAUCHY else 1.0
        self._normal = degrees_of_freedom > _LARGEST_DEGREES_OF_FREEDOM
        self._peak = self._density_at_zero()

    def quantile(self, probability: float) -> float:
        """Value below which the result lies with this probability."""
        if self._normal:
            return float(self._special.ndtri(probability))
        return float(self._special.stdtrit(self._freedom, probability))

    def cumulative(self, value: Any) -> Any:
        """Distribution function, of one value or an array."""
        return self._special.ndtr(value) if self._normal else self._special.stdtr(self._freedom, value)

    def integral(self, value: float) -> float:
        """Integral of the distribution function from minus infinity, but for a constant."""
        freedom, below = self._freedom, value * float(self.cumulative(value))
        if self._normal:
            return below + self._peak * math.exp(-value * value / 2)
        if freedom == 1:
            return below - math.log1p(value * value) / (2 * math.pi)
        # d/dx of (freedom + x²) f(x) is -(freedom - 1) x f(x), f being the density.
        fall: float = (1 + value * value / freedom) ** ((1 - freedom) / 2)
        return below + freedom / (freedom - 1) * self._peak * fall

    def _density_at_zero(self) -> float:
        if self._normal:
            return 1 / math.sqrt(2 * math.pi)
        freedom = self._freedom
        logarithm = math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)
        return math.exp(logarithm) / math.sqrt(freedom * math.pi)


def _special() -> Any:
    from scipy import special  # noqa: PLC0415 - late, as GTC, which needs it too

    return special
