"""Sample sizes for attributes, against the classic tables and the binomial sum."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import NotFinite, RequestError
from harness.metrology.statistics.sample_size import demonstrated_reliability, sample_size


@pytest.mark.parametrize(
    ("confidence", "reliability", "sizes"),
    [
        (0.95, 0.95, (59, 93, 124, 153, 181)),
        (0.95, 0.90, (29, 46, 61, 76, 89)),
        (0.90, 0.90, (22, 38, 52, 65, 78)),
        (0.95, 0.99, (299, 473, 628, 773)),
        (0.90, 0.99, (230, 388, 531, 667)),
        (0.99, 0.99, (459, 662, 838)),
    ],
)
def test_classic_tables(confidence: float, reliability: float, sizes: tuple[int, ...]) -> None:
    """Success run and 1, 2, 3 ... failures allowed, as in every table of confidence and reliability."""
    assert tuple(sample_size(confidence, reliability, f).sample_size for f in range(len(sizes))) == sizes


@pytest.mark.parametrize(
    ("confidence", "reliability", "size"),
    [(0.9, 0.1, 1), (0.75, 0.5, 2), (0.5, 0.5, 1), (0.999, 0.1, 3), (0.36, 0.8, 2)],
)
def test_equality_is_enough(confidence: float, reliability: float, size: int) -> None:
    """Where R^n is exactly 1 - C in decimals, rounding in binary must not cost one more trial."""
    assert sample_size(confidence, reliability).sample_size == size


@settings(deadline=None, max_examples=80)
@given(st.floats(0.5, 0.999), st.floats(0.05, 0.98), st.integers(0, 6))
def test_the_smallest_that_is_enough(confidence: float, reliability: float, failures: int) -> None:
    """At most f failures in n trials have no more than 1 - C left, and in one trial fewer they have more."""

    def chance(n: int) -> float:
        bad = 1 - reliability
        return math.fsum(math.comb(n, k) * bad**k * reliability ** (n - k) for k in range(failures + 1))

    n = sample_size(confidence, reliability, failures).sample_size
    assert n > failures
    assert chance(n) <= (1 - confidence) * (1 + 1e-9)
    assert n == failures + 1 or chance(n - 1) > (1 - confidence) * (1 - 1e-9)


def test_what_a_plan_shows() -> None:
    """After the trials of a plan the reliability is shown, and no plan is made for one that is not."""
    plan = sample_size(0.95, 0.95, 2)
    assert plan.demonstrated_reliability == demonstrated_reliability(124, 2, 0.95) >= 0.95
    assert demonstrated_reliability(123, 2, 0.95) < 0.95


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((95, 0.95), "write 0.95"),
        ((0.95, 99), "write 0.99"),
        ((1.0, 0.9), "confidence is 1"),
        ((0.95, 0.0), "reliability is 0"),
        ((0.95, 0.95, -1), "from 0 up"),
        ((0.95, 0.95, 1.0), "whole number"),
        ((0.95, 0.95, True), "whole number"),
        ((0.95, 0.9999999999), "ask for less"),
    ],
)
def test_what_cannot_be_planned(arguments: tuple[float, ...], words: str) -> None:
    """Percentages, certainty and failures that cannot be counted are refused in one sentence."""
    with pytest.raises(RequestError, match=words):
        sample_size(*arguments)  # type: ignore[arg-type]


def test_nan_is_no_confidence() -> None:
    """NaN is refused by name."""
    with pytest.raises(NotFinite, match="confidence is NaN"):
        sample_size(math.nan, 0.9)
