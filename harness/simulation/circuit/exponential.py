"""Sums of decaying exponentials on a straight line: where they turn, and their integrals."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Term = tuple[float, float]
"""Coefficient at the start, and rate per second (0 or negative)."""

DECAYED = 45.0
"""Time constants after which a term counts as gone: exp(-45) is 3e-20, below the last bit of what it fades into."""

_SHORT = 1e-4
_HALVINGS = 80


def value(terms: Sequence[Term], seconds: float) -> float:
    """Answer ``sum c exp(r u)`` at `seconds`."""
    total = 0.0
    for coefficient, rate in terms:
        total += coefficient * math.exp(rate * seconds)
    return total


def roots(terms: Sequence[Term], duration_s: float) -> list[float]:
    """Find every zero of ``sum c exp(r u)`` on (0, duration), ascending.

    Divided by its slowest term and differentiated, the sum has one term less; between the zeros of that derivative it
    is monotone (Rolle), so that each of its own zeros lies alone between two of them, by recursion down to one term,
    which has none.
    """
    live = sorted((term for term in terms if term[0] != 0.0), key=lambda term: -term[1])
    if len(live) < 2 or all(term[0] > 0.0 for term in live) or all(term[0] < 0.0 for term in live):  # noqa: PLR2004
        return []
    slowest = live[0][1]
    relative = [(coefficient, rate - slowest) for coefficient, rate in live]
    if len(relative) == 2:  # noqa: PLR2004 - closed form
        (first, _), (second, rate) = relative
        if rate == 0.0:
            return []
        at = math.log(-first / second) / rate
        return [at] if 0.0 < at < duration_s else []
    slopes = [(coefficient * rate, rate) for coefficient, rate in relative[1:]]
    stops = [0.0, *roots(slopes, duration_s), duration_s]
    found = []
    for low, high in pairwise(stops):
        if value(relative, low) * value(relative, high) < 0.0:
            found.append(_bisect(relative, low, high))
    return found


def _bisect(terms: Sequence[Term], low: float, high: float) -> float:
    rising = value(terms, high) > 0.0
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if middle in {low, high}:
            break
        if (value(terms, middle) > 0.0) == rising:
            high = middle
        else:
            low = middle
    return high


def integral(rate: float, duration_s: float) -> float:
    """Integrate ``exp(r u)`` from 0 to `duration_s`."""
    return math.expm1(rate * duration_s) / rate if rate else duration_s


def first_moment(rate: float, duration_s: float) -> float:
    """Integrate ``u exp(r u)`` from 0 to `duration_s`."""
    product = rate * duration_s
    if abs(product) < _SHORT:  # the closed form is a difference of nearly equal numbers there
        return duration_s * duration_s * (0.5 + product / 3.0 + product * product / 8.0)
    return (duration_s * math.exp(product) - math.expm1(product) / rate) / rate
