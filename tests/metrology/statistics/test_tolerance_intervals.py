"""Tolerance intervals against the tables of ISO 16269-6, NIST, CMH-17 and Meeker, and by simulation."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from harness.errors import NotFinite, RequestError
from harness.metrology.statistics import order_statistics as free
from harness.metrology.statistics import tolerance_intervals as normal

# n, p, C and k of ISO 16269-6:2014, Annex F, one sample; the tables round the fourth decimal up.
ISO_F = [
    (2, 0.90, 0.90, 15.5124),
    (8, 0.90, 0.90, 2.7542),
    (16, 0.90, 0.90, 2.2537),
    (35, 0.90, 0.90, 1.9906),
    (1000, 0.90, 0.90, 1.6947),
    (3, 0.95, 0.90, 6.8233),
    (30, 0.95, 0.90, 2.4166),
    (400, 0.95, 0.90, 2.0569),
    (4, 0.99, 0.90, 6.3722),
    (100, 0.99, 0.90, 2.8548),
    (2, 0.90, 0.95, 31.0923),
    (150, 0.90, 0.95, 1.8260),
    (5, 0.95, 0.95, 5.0769),
    (10, 0.95, 0.95, 3.3935),
    (26, 0.95, 0.95, 2.6188),
    (200, 0.95, 0.95, 2.1430),
    (3, 0.99, 0.95, 12.6472),
    (35, 0.99, 0.95, 3.2762),
    (22, 0.90, 0.99, 2.5979),
    (2, 0.95, 0.99, 182.7201),
    (500, 0.95, 0.99, 2.1175),
    (28, 0.99, 0.99, 3.8042),
    (1000, 0.99, 0.99, 2.7184),
]


@pytest.mark.parametrize(("n", "proportion", "confidence", "factor"), ISO_F)
def test_exact_two_sided_factors(n: int, proportion: float, confidence: float, factor: float) -> None:
    """Factors of tables F1 to F9 come out to the digits printed, which are rounded up."""
    k = normal.two_sided_factor(n, proportion, confidence)
    assert math.ceil(k * 1e4) / 1e4 == pytest.approx(factor, abs=1e-9)


@pytest.mark.parametrize(
    ("n", "samples", "proportion", "confidence", "factor"),
    [
        (2, 2, 0.90, 0.90, 6.0755),
        (2, 10, 0.90, 0.90, 2.9565),
        (35, 5, 0.90, 0.90, 1.8017),
        (10, 2, 0.95, 0.95, 2.8700),
        (9, 8, 0.95, 0.99, 2.7324),
        (1000, 10, 0.99, 0.99, 2.6205),
    ],
)
def test_factors_with_a_pooled_standard_deviation(
    n: int, samples: int, proportion: float, confidence: float, factor: float
) -> None:
    """Annex F also has m samples of n with a common standard deviation: m (n - 1) degrees of freedom."""
    k = normal.two_sided_factor(n, proportion, confidence, degrees_of_freedom=samples * (n - 1))
    assert k == pytest.approx(factor, abs=1e-4)


@pytest.mark.parametrize(
    ("n", "proportion", "confidence", "factor"),
    [
        (2, 0.5, 0.5, 1.243),
        (7, 0.5, 0.99, 1.954),
        (20, 0.7, 0.8, 1.253),
        (11, 0.8, 0.95, 2.152),
        (60, 0.8, 0.9, 1.471),
        (480, 0.99, 0.99, 2.787),
    ],
)
def test_other_published_two_sided_factors(n: int, proportion: float, confidence: float, factor: float) -> None:
    """Meeker, Hahn and Escobar, Statistical Intervals (2017), tables J.5a and J.5b."""
    assert normal.two_sided_factor(n, proportion, confidence) == pytest.approx(factor, abs=6e-4)


def test_the_example_of_the_handbook() -> None:
    """NIST/SEMATECH e-Handbook 7.2.6.3, 43 values, 0.90 with 0.99: Howe 2.217, Natrella 1.8752, exact 1.8740."""
    assert normal.howe_factor(43, 0.90, 0.99) == pytest.approx(2.217, abs=5e-4)
    assert normal.natrella_factor(43, 0.90, 0.99) == pytest.approx(1.8752, abs=5e-5)
    assert normal.one_sided_factor(43, 0.90, 0.99) == pytest.approx(1.8740, abs=5e-5)


def test_an_approximation_is_not_the_exact_factor() -> None:
    """Howe's factor, by hand with chi-square 3.32511, is smaller than the exact one: it promises a little too much."""
    assert normal.howe_factor(10, 0.95, 0.95) == pytest.approx(1.959964 * math.sqrt(9.9 / 3.32511), abs=1e-5)
    assert normal.two_sided_factor(10, 0.95, 0.95) == pytest.approx(3.393, abs=5e-4)


@pytest.mark.parametrize(
    ("n", "proportion", "factor"),
    [(2, 0.90, 20.581), (10, 0.90, 2.355), (30, 0.90, 1.777), (10, 0.99, 3.981), (30, 0.99, 3.064), (10, 0.95, 2.911)],
)
def test_exact_one_sided_factors(n: int, proportion: float, factor: float) -> None:
    """B-basis and A-basis factors of CMH-17 volume 1, chapter 8, and the 95/95 of Odeh and Owen, with 0.95."""
    assert normal.one_sided_factor(n, proportion, 0.95) == pytest.approx(factor, abs=1.1e-3)


def test_many_values_leave_the_quantile_itself() -> None:
    """With a million values k is the normal quantile plus its standard error, one-sided and two-sided."""
    one, z = normal.one_sided_factor(10**6, 0.95, 0.95), NormalDist().inv_cdf(0.95)
    assert one == pytest.approx(z + z * math.sqrt((1 + z * z / 2) / 10**6), abs=5e-6)
    assert normal.two_sided_factor(10**6, 0.95, 0.95) == pytest.approx(1.959964 * (1 + z / math.sqrt(2e6)), abs=5e-6)


def test_intervals_hold_what_they_promise() -> None:
    """Of 4000 simulated samples the share whose interval holds the proportion is the confidence."""
    n, count, proportion, confidence = 8, 4000, 0.90, 0.95
    drawn = np.random.default_rng(7).normal(size=(count, n))
    mean, s = drawn.mean(axis=1), drawn.std(axis=1, ddof=1)
    cdf = np.vectorize(NormalDist().cdf)
    k2, k1 = normal.two_sided_factor(n, proportion, confidence), normal.one_sided_factor(n, proportion, confidence)
    two = np.mean(cdf(mean + k2 * s) - cdf(mean - k2 * s) >= proportion)
    one = np.mean(cdf(mean + k1 * s) >= proportion)
    # Five standard deviations of a binomial share; the seed is fixed.
    assert (two, one) == pytest.approx((confidence, confidence), abs=5 * math.sqrt(0.05 * 0.95 / count))


def test_limits_of_a_sample() -> None:
    """The limits are mean -+ k s: for 1 to 10, mean 5.5 and s 3.02765, with the factors of the tables."""
    values = [float(value) for value in range(1, 11)]
    interval = normal.two_sided(values, 0.95, 0.95)
    assert (interval.lower, interval.upper) == pytest.approx((5.5 - 3.3935 * 3.02765, 5.5 + 3.3935 * 3.02765), abs=4e-4)
    upper, lower = normal.upper_limit(values), normal.lower_limit(values)
    assert (upper.lower, lower.upper) == (None, None)
    assert upper.upper == pytest.approx(5.5 + 2.911 * 3.02765, abs=4e-3)
    assert lower.lower == pytest.approx(5.5 - 2.911 * 3.02765, abs=4e-3)


@pytest.mark.parametrize(
    ("proportion", "confidence", "one_sided", "two_sided"),
    [(0.95, 0.95, 59, 93), (0.90, 0.90, 22, 38), (0.99, 0.95, 299, 473), (0.90, 0.95, 29, 46), (0.99, 0.99, 459, 662)],
)
def test_least_samples_without_a_distribution(
    proportion: float, confidence: float, one_sided: int, two_sided: int
) -> None:
    """Wilks' numbers: 59 and 93 for 95/95, 299 and 473 for 99 % with 95 %."""
    assert free.least_sample(proportion, confidence, 1) == one_sided
    assert free.least_sample(proportion, confidence, 2) == two_sided


@pytest.mark.parametrize("rank", [1, 2, 3, 4, 5, 6])
def test_which_value_is_the_limit(rank: int) -> None:
    """The r-th largest value is a 95/95 limit from 59, 93, 124, 153, 181, 208 values on, and not with one fewer."""
    least = [59, 93, 124, 153, 181, 208][rank - 1]
    values = [float(value) for value in range(1, least + 1)]
    assert free.upper_limit(values).upper == least + 1 - rank
    assert free.lower_limit(values).lower == rank
    if rank > 1:
        assert free.upper_limit(values[:-1]).upper == least - 1 + 2 - rank


def test_two_sided_without_a_distribution() -> None:
    """With 200 values four may be left out beyond the extreme ones less one: P(at most 196 of 200 | 0.95) is enough."""
    interval = free.two_sided([float(value) for value in range(1, 201)], 0.95, 0.95)
    held = int(interval.upper or 0) - int(interval.lower or 0)

    def holds(blocks: int) -> float:
        return math.fsum(math.comb(200, k) * 0.95**k * 0.05 ** (200 - k) for k in range(blocks))

    assert holds(held) >= 0.95 > holds(held - 1)
    assert abs((interval.lower or 0) - 1 - (200 - (interval.upper or 0))) <= 1


def test_too_few_values() -> None:
    """Too few are refused, with the number that is needed; a single value has no scatter."""
    with pytest.raises(RequestError, match=r"58 values are too few .* at least 59"):
        free.upper_limit([float(value) for value in range(58)])
    with pytest.raises(RequestError, match="at least 2"):
        normal.upper_limit([1.0])


@pytest.mark.parametrize("function", [normal.upper_limit, normal.lower_limit, free.upper_limit])
def test_no_limit_from_what_is_no_number(function: object) -> None:
    """NaN, infinity and an overload answer among the values are refused by name."""
    for wrong in (math.nan, math.inf, 9.9e37):
        with pytest.raises(NotFinite, match="value 2 is"):
            function([1.0, wrong] + [2.0] * 60)  # type: ignore[operator]


@pytest.mark.parametrize(("proportion", "confidence"), [(95, 0.95), (0.95, 95), (1, 0.95), (0.95, 0), (math.nan, 0.95)])
def test_shares_are_shares(proportion: float, confidence: float) -> None:
    """A percentage, 0, 1 and NaN are no share."""
    with pytest.raises((RequestError, NotFinite)):
        normal.two_sided_factor(10, proportion, confidence)
    with pytest.raises((RequestError, NotFinite)):
        normal.one_sided_factor(10, proportion, confidence)
