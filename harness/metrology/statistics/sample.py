"""A sample of finite values with its mean and standard deviation, free of cancellation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from harness.errors import RequestError
from harness.quantity import finite

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Sample:
    """Values in the order in which they were taken, and what they amount to.

    Attributes:
        values: finite.
        mean: rounded once.
        standard_deviation: with n - 1 (two passes, exactly rounded sums; NIST StRD NumAcc4 is the case in point).
    """

    values: tuple[float, ...]
    mean: float
    standard_deviation: float

    @property
    def n(self) -> int:
        """Number of values."""
        return len(self.values)


def sample(values: Sequence[float], what: str = "value", least: int = 2) -> Sample:
    """Make a sample of numbers.

    Args:
        values: in the order in which they were taken.
        what: what one of them is called in a refusal.
        least: how many there must be.

    Raises:
        NotFinite: NaN, infinity or an overload answer among them.
        RequestError: fewer than `least`.
    """
    if len(values) < least:
        raise RequestError(f"number of {what}s: {len(values)}, but at least {least} are needed")
    numbers = tuple(finite(f"{what} {position}", value) for position, value in enumerate(values, 1))
    return Sample(numbers, mean(numbers), standard_deviation(numbers))


def mean(values: Sequence[float]) -> float:
    """Mean, rounded once: exactly the value where all are the same, 10000000.2 for NIST StRD NumAcc4."""
    total = math.fsum(values)
    rest = math.fsum((*values, -total))
    return float((Fraction(total) + Fraction(rest)) / len(values))


def standard_deviation(values: Sequence[float]) -> float:
    """Standard deviation with n - 1; 0 for a single value."""
    if len(values) < 2:  # noqa: PLR2004 - no scatter of its own
        return 0.0
    return math.sqrt(sum_of_squares(values) / (len(values) - 1))


def sum_of_squares(values: Sequence[float]) -> float:
    """Sum of squared deviations from the mean."""
    centre = mean(values)
    return math.fsum((value - centre) ** 2 for value in values)
