"""Confidence limits of sums and differences of mean squares: modified large-sample method.

For variance components that are sums of mean squares by Graybill and Wang (1980), for differences by Ting et al.
(1990); both as given by Burdick, Borror and Montgomery, "Design and Analysis of Gauge R&R Studies" (2005), Appendix B.
For a single mean square they are the exact chi-square limits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class MeanSquare:
    """A mean square with its degrees of freedom, times the weight that it has in a component."""

    value: float
    degrees_of_freedom: int
    weight: float

    @property
    def share(self) -> float:
        """Its part of the component."""
        return self.weight * self.value


def sum_limits(terms: tuple[MeanSquare, ...], confidence: float) -> tuple[float, float]:
    """Limits of a sum of mean squares, all with weights from 0 up."""
    tail = (1 - confidence) / 2
    centre = math.fsum(term.share for term in terms)
    below = math.fsum((_less(term, tail) * term.share) ** 2 for term in terms)
    above = math.fsum((_more(term, tail) * term.share) ** 2 for term in terms)
    return max(0.0, centre - math.sqrt(below)), centre + math.sqrt(above)


def difference_limits(plus: MeanSquare, minus: MeanSquare, confidence: float) -> tuple[float, float]:
    """Limits of the difference of two mean squares; a negative one is 0, as a variance is not less."""
    from scipy.special import fdtri  # noqa: PLC0415 - start-up stays lean

    tail = (1 - confidence) / 2
    freedoms = plus.degrees_of_freedom, minus.degrees_of_freedom
    high, low = float(fdtri(*freedoms, 1 - tail)), float(fdtri(*freedoms, tail))
    g1, h1 = _less(plus, tail), _more(plus, tail)
    g2, h2 = _less(minus, tail), _more(minus, tail)
    cross_low = ((high - 1) ** 2 - (g1 * high) ** 2 - h2**2) / high
    cross_high = ((1 - low) ** 2 - (h1 * low) ** 2 - g2**2) / low
    first, second = plus.share, minus.share
    below = (g1 * first) ** 2 + (h2 * second) ** 2 + cross_low * first * second
    above = (h1 * first) ** 2 + (g2 * second) ** 2 + cross_high * first * second
    centre = first - second
    return max(0.0, centre - math.sqrt(max(0.0, below))), max(0.0, centre + math.sqrt(max(0.0, above)))


def _less(term: MeanSquare, tail: float) -> float:
    """How far, as a share of it, the expectation may lie below a mean square."""
    from scipy.special import chdtri  # noqa: PLC0415 - start-up stays lean

    return 1 - term.degrees_of_freedom / float(chdtri(term.degrees_of_freedom, tail))


def _more(term: MeanSquare, tail: float) -> float:
    """How far it may lie above."""
    from scipy.special import chdtri  # noqa: PLC0415 - start-up stays lean

    return term.degrees_of_freedom / float(chdtri(term.degrees_of_freedom, 1 - tail)) - 1
