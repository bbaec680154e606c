"""The non-centrality at which a t is at its upper tail: lower confidence limits of indices."""

from __future__ import annotations

import math
from functools import cache, lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

_NODES = 200
_FARTHEST = 9.0
"""Standard deviations to which the normal variable is integrated; what lies beyond is 2e-19."""

_POINTS = 4000
_NEGLIGIBLE = 45.0
"""Negative logarithm of a density that counts no more: 3e-20 of its peak."""


def noncentrality(t: float, degrees_of_freedom: float, tail: float) -> float:
    """Non-centrality for which P(T >= t) is `tail`.

    T is (Z + shift) / S, with Z normal and S chi over the root of its degrees of freedom. Each of the two integrals is
    smooth on its own side: over S where t is small, over Z where it is large. (scipy's own inverse stops early near
    t = 0 and at small tails, and loses digits or does not end at large t.)

    Args:
        t: what was observed.
        degrees_of_freedom: of its denominator.
        tail: strictly between 0 and 1.
    """
    from scipy.special import ndtri  # noqa: PLC0415 - start-up stays lean

    if t < 0:
        return -noncentrality(-t, degrees_of_freedom, 1 - tail)
    # P(T >= t) is at most P(T >= 0), which is that of a normal variable.
    least = float(ndtri(tail))
    if t == 0:
        return least
    beyond = _over_normal if t > 3 * (1 + math.sqrt(degrees_of_freedom)) else _over_chi
    return _solve(lambda shift: beyond(t, degrees_of_freedom, shift) - tail, least, t)


def _solve(rising: Callable[[float], float], least: float, t: float) -> float:
    from scipy.optimize import brentq  # noqa: PLC0415 - start-up stays lean

    reach = _FARTHEST + t
    while rising(least + reach) < 0:
        reach *= 2
    return float(brentq(rising, least - 1e-6, least + reach, xtol=1e-10, rtol=1e-13))


@cache
def _legendre() -> tuple[np.ndarray, np.ndarray]:
    import numpy as np  # noqa: PLC0415 - start-up stays lean

    return np.polynomial.legendre.leggauss(_NODES)


def _over_normal(t: float, freedom: float, shift: float) -> float:
    """P(T >= t): the integral over z of the chance that S is at most (z + shift) / t."""
    import numpy as np  # noqa: PLC0415 - start-up stays lean
    from scipy.special import chdtr  # noqa: PLC0415 - as above

    nodes, weights = _legendre()
    # From where z + shift is positive: below, the integrand is 0, and a kink would cost digits.
    start = max(-_FARTHEST, -shift)
    half = (_FARTHEST - start) / 2
    z = start + half * (nodes + 1)
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return float(half * (weights * density) @ chdtr(freedom, freedom * ((z + shift) / t) ** 2))


def _over_chi(t: float, freedom: float, shift: float) -> float:
    """P(T >= t): the integral over S of the chance that Z is at least t S - shift."""
    from scipy.special import ndtr  # noqa: PLC0415 - start-up stays lean

    points, weights = _chi(freedom)
    return float(weights @ ndtr(shift - t * points))


@lru_cache(maxsize=64)
def _chi(freedom: float) -> tuple[np.ndarray, np.ndarray]:
    """Points of S and their weights: equal steps of its logarithm, in which the density falls off on both sides."""
    import numpy as np  # noqa: PLC0415 - start-up stays lean

    # The logarithm of the density over x = ln s is freedom (x - (exp(2 x) - 1) / 2), but for a constant.
    narrow = math.sqrt(_NEGLIGIBLE / freedom)
    lowest = -(narrow + narrow**2)
    highest = min(narrow, math.log1p(2 * (narrow**2 + narrow)) / 2)
    x = np.linspace(lowest, highest, _POINTS)
    density = np.exp(freedom * (x - np.expm1(2 * x) / 2))
    return np.exp(x), density / density.sum()
