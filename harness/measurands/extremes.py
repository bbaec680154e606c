"""The largest, or the smallest, of several uncertain values.

The one that is largest need not be the one nearest to a limit: another, less well known, may reach further. What is
given is the largest value with its own budget, and k is made larger until U reaches as far as that of any of them:

    y = max(y_i),    y + U >= max(y_i + U_i)

so that a guard band passes y only where it would pass each of them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.metrology import Budget
    from harness.quantity import Derivation, Measurement


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One of several values.

    Attributes:
        budget: in which it was calculated; several may share one, their names being different.
        value: uncertain number.
        captures: names of the raw captures it rests on.
    """

    budget: Budget
    value: Any
    captures: tuple[str, ...] = ()


def largest(value: float) -> float:
    """How far up a value is."""
    return value


def smallest(value: float) -> float:
    """How far down a value is."""
    return -value


def extreme(
    found: Sequence[Candidate], unit: str, derivation: Derivation, by: Callable[[float], float] = largest
) -> Measurement:
    """The extreme one of some values; U reaches as far as that of any.

    Args:
        found: the values, at least one.
        unit: SI unit symbol.
        derivation: for the measurement.
        by: `largest`, `smallest` or `abs`: what makes one the extreme one; that of equals which comes first.
    """
    measured = [each.budget.measurement(each.value, unit, derivation, each.captures) for each in found]
    at = max(range(len(measured)), key=lambda index: by(measured[index].value))
    worst = measured[at]
    most = reach([each.value for each in measured], [each.expanded_uncertainty for each in measured], at, by)
    if not most > worst.expanded_uncertainty:
        return worst
    return replace(worst, coverage_factor=most / worst.standard_uncertainty)


def reach(values: Sequence[float], bounds: Sequence[float], at: int, by: Callable[[float], float] = largest) -> float:
    """How far the U of the value at an index has to reach, so that it covers that of all the others.

    Args:
        values: all of them.
        bounds: U of each.
        at: index of the extreme one.
        by: as in `extreme`.
    """
    most = by(values[at])
    return max(bound - (most - by(value)) for value, bound in zip(values, bounds, strict=True))
