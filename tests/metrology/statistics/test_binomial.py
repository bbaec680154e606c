"""Confidence limits of a share, against published examples and the binomial sums themselves."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import NotFinite, RequestError
from harness.metrology.statistics.binomial import clopper_pearson, lower_limit


def at_most(successes: int, trials: int, share: float) -> float:
    """The binomial sum, term by term."""
    return math.fsum(math.comb(trials, k) * share**k * (1 - share) ** (trials - k) for k in range(successes + 1))


def test_the_example_of_the_handbook() -> None:
    """NIST/SEMATECH e-Handbook 7.2.4.1: 4 of 20 at 90 %: from 0.071354 to 0.401029."""
    assert clopper_pearson(4, 20, 0.90) == pytest.approx((0.071354, 0.401029), abs=1e-6)


@pytest.mark.parametrize("trials", [1, 10, 2000])
def test_none_and_all(trials: int) -> None:
    """Without a success the lower limit is 0 and the upper 1 - (alpha/2)^(1/n); without a failure the mirror of it."""
    far = 1 - 0.025 ** (1 / trials)
    assert clopper_pearson(0, trials, 0.95) == pytest.approx((0.0, far), rel=1e-12)
    assert clopper_pearson(trials, trials, 0.95) == pytest.approx((1 - far, 1.0), rel=1e-12)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.floats(0.5, 0.999))
def test_each_limit_solves_its_binomial_sum(counts: tuple[int, int], confidence: float) -> None:
    """At the upper limit so few successes, at the lower so many, have exactly half of what confidence leaves."""
    successes, trials = counts
    low, high = clopper_pearson(successes, trials, confidence)
    tail = (1 - confidence) / 2
    assert 0 <= low <= successes / trials <= high <= 1
    if successes < trials:
        assert at_most(successes, trials, high) == pytest.approx(tail, rel=1e-7)
    if successes > 0:
        assert 1 - at_most(successes - 1, trials, low) == pytest.approx(tail, rel=1e-6, abs=1e-12)


def test_one_sided_limit_of_a_success_run() -> None:
    """59 of 59 show a share of 0.05^(1/59) = 0.9505 with 95 % confidence."""
    assert lower_limit(59, 59, 0.95) == pytest.approx(0.05 ** (1 / 59), rel=1e-12)


@pytest.mark.parametrize(("successes", "trials"), [(-1, 5), (6, 5), (0, 0), (2.0, 5), (True, 5), (math.nan, 5)])
def test_counts_that_cannot_be(successes: int, trials: int) -> None:
    """More successes than trials, none at all, fractions: refused."""
    with pytest.raises(RequestError):
        clopper_pearson(successes, trials, 0.95)


@pytest.mark.parametrize(
    ("confidence", "words"),
    [(95, "write 0.95"), (0, "such as 0.95"), (1, "such as 0.95"), (-0.5, "such"), (100, "such"), (math.nan, "NaN")],
)
def test_a_confidence_is_a_share(confidence: float, words: str) -> None:
    """Per cent, 0, 1 and NaN are refused by name."""
    with pytest.raises((RequestError, NotFinite), match=words):
        clopper_pearson(1, 5, confidence)
