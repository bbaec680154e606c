"""From ranges of normal samples to their standard deviation: d2, d3 and d2*.

The range of m values has the mean d2 sigma and the standard deviation d3 sigma (Tippett 1925). A mean of g ranges
estimates sigma with d2* = sqrt(d2^2 + d3^2 / g), which has the right expectation for the variance (Duncan 1955; the
table of AIAG MSA, 4th edition, Appendix C).
"""

from __future__ import annotations

import math
from functools import cache

from harness.errors import RequestError

_FARTHEST = 10.0
_STEPS = 400
_NODES = 120


@cache
def d2(m: int) -> float:
    """Mean range of m standard normal values (1.128 for two)."""
    return _moments(m)[0]


@cache
def d3(m: int) -> float:
    """Standard deviation of the range of m standard normal values (0.853 for two)."""
    mean, square = _moments(m)
    return math.sqrt(square - mean * mean)


def d2_star(m: int, g: int) -> float:
    """Divisor of a mean of g ranges of m values each (1.91155 for m 3, g 1)."""
    return math.sqrt(d2(m) ** 2 + d3(m) ** 2 / g)


@cache
def _moments(m: int) -> tuple[float, float]:
    """Mean and mean square of the range W: the integrals of P(W > w) and of 2 w P(W > w).

    P(W <= w) is m times the integral of f(x) (F(x + w) - F(x))^(m - 1), the smallest value being at x (Tippett 1925).

    Raises:
        RequestError: fewer than two values have no range.
    """
    if m < 2:  # noqa: PLR2004 - no range
        raise RequestError(f"a range of {m} values does not exist: at least 2 are needed")
    import numpy as np  # noqa: PLC0415 - start-up stays lean
    from scipy.special import ndtr  # noqa: PLC0415 - as above

    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    w, weights = (nodes + 1) * _FARTHEST, weights * _FARTHEST
    # The trapezoidal rule is exact to rounding for smooth functions that vanish at both ends.
    x = np.linspace(-_FARTHEST, _FARTHEST, _STEPS + 1)
    density = np.exp(-x * x / 2) / math.sqrt(2 * math.pi)
    between = ndtr(x[None, :] + w[:, None]) - ndtr(x)[None, :]
    beyond = 1 - m * (between ** (m - 1) @ density) * (2 * _FARTHEST / _STEPS)
    return float(weights @ beyond), float(weights @ (2 * w * beyond))
