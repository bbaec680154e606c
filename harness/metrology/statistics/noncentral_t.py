"""The non-centrality at which a t is at its upper tail: lower confidence limits of indices."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_NODES = 200
_FARTHEST = 9.0
"""Standard deviations to which the normal variable is integrated; what lies beyond is 2e-19."""


def noncentrality(t: float, degrees_of_freedom: float, tail: float) -> float:
    """Non-centrality for which P(T >= t) is `tail`.

    scipy inverts that distribution for the values of t that indices of processes have. For larger ones, of an index
    beyond about 3, it loses digits and may not end; there the integral over the normal variable is smooth, and solved.

    Args:
        t: what was observed.
        degrees_of_freedom: of its denominator.
        tail: strictly between 0 and 1.
    """
    if abs(t) <= 10 * math.sqrt(degrees_of_freedom) + 30:
        from scipy.special import nctdtrinc  # noqa: PLC0415 - start-up stays lean

        return float(nctdtrinc(degrees_of_freedom, 1 - tail, t))
    if t < 0:
        return -_solve(-t, degrees_of_freedom, 1 - tail)
    return _solve(t, degrees_of_freedom, tail)


def _solve(t: float, freedom: float, tail: float) -> float:
    from scipy.optimize import brentq  # noqa: PLC0415 - start-up stays lean

    return float(brentq(lambda shift: _beyond(t, freedom, shift) - tail, -_FARTHEST, 4 * t, xtol=1e-9, rtol=1e-13))


@cache
def _legendre() -> tuple[np.ndarray, np.ndarray]:
    import numpy as np  # noqa: PLC0415 - start-up stays lean

    return np.polynomial.legendre.leggauss(_NODES)


def _beyond(t: float, freedom: float, shift: float) -> float:
    """P((Z + shift) / S >= t): the integral over z of the chance that S is at most (z + shift) / t."""
    import numpy as np  # noqa: PLC0415 - start-up stays lean
    from scipy.special import chdtr  # noqa: PLC0415 - as above

    nodes, weights = _legendre()
    # From where z + shift is positive: below, the integrand is 0, and a kink would cost digits.
    start = max(-_FARTHEST, -shift)
    half = (_FARTHEST - start) / 2
    z = start + half * (nodes + 1)
    density = np.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    return float(half * (weights * density) @ chdtr(freedom, freedom * ((z + shift) / t) ** 2))
