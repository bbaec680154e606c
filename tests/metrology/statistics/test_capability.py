"""Capability against published examples, exact identities and the definition of each limit."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import NotFinite, RequestError
from harness.metrology.statistics.capability import Limits, capability
from harness.metrology.statistics.normality import normality
from harness.metrology.statistics.process import process
from harness.metrology.statistics.sample import sample
from harness.metrology.statistics.tolerance_intervals import one_sided_factor


def values_with(mean: float, s: float, n: int) -> list[float]:
    """Normal scores with exactly this mean and standard deviation."""
    z = np.array([NormalDist().inv_cdf((k + 0.5) / n) for k in range(n)])
    np.random.default_rng(1).shuffle(z)
    return [float(value) for value in mean + s * (z - z.mean()) / z.std(ddof=1)]


@pytest.mark.parametrize(("mean", "cpk"), [(10.0, 0.83333), (10.5, 0.41667)])
def test_the_handbooks_example(mean: float, cpk: float) -> None:
    """Limits 9 and 11, s 0.4: Cp 0.83333; Cpk 0.83333 in the middle and 0.41667 at 10.5."""
    found = capability(values_with(mean, 0.4, 40), Limits(9, 11))
    for indices in (found.capability, found.performance):
        assert indices.p is not None
        assert (indices.p.value, indices.pk.value) == pytest.approx((0.83333, cpk), abs=5e-6)


def test_published_limits_of_cp() -> None:
    """Montgomery, Introduction to Statistical Quality Control: limits 38 and 62, n 20, s 1.75: 1.57 <= Cp <= 3.01."""
    found = capability(values_with(50, 1.75, 20), Limits(38, 62)).capability.p
    assert found is not None
    assert (found.value, found.lower, found.upper) == pytest.approx((2.29, 1.57, 3.01), abs=6e-3)


def test_published_limits_of_cpk() -> None:
    """The same book: Cpk 1.33 of 20 parts: 0.88 <= Cpk <= 1.78, by Bissell's approximation."""
    found = capability(values_with(0, 1, 20), Limits(None, 3.99)).capability.pk
    assert (found.value, found.lower, found.upper) == pytest.approx((1.33, 0.88, 1.78), abs=6e-3)


@pytest.mark.parametrize(("n", "k"), [(10, 2.911), (30, 2.220), (100, 1.927)])
def test_a_one_sided_limit_is_a_tolerance_limit(n: int, k: float) -> None:
    """A limit at mean + k s, k the 95/95 factor, shows a Cpu of z(0.95) / 3 with 95 %: it is the same t."""
    found = capability(values_with(0, 1, n), Limits(None, k), confidence=0.90)
    assert found.performance.pk_lower_noncentral_t == pytest.approx(1.644854 / 3, abs=3e-4)
    exact = capability(values_with(0, 1, n), Limits(None, one_sided_factor(n, 0.95, 0.95)), confidence=0.90)
    assert exact.performance.pk_lower_noncentral_t == pytest.approx(1.644854 / 3, abs=2e-6)


def test_nist_numacc4() -> None:
    """NIST StRD NumAcc4: 10000000.2, then 500 times 10000000.1 and 10000000.3: mean 10000000.2, s 0.1."""
    found = sample([10000000.2, *[10000000.1, 10000000.3] * 500])
    assert found.mean == 10000000.2
    # Eight digits are what decimals in binary leave of s: the values themselves are off by 1e-9.
    assert found.standard_deviation == pytest.approx(0.1, rel=1e-8)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.integers(-50, 50), min_size=2, max_size=40), st.sampled_from([0.0, 1e9]))
def test_mean_and_deviation_are_exact(whole: list[int], offset: float) -> None:
    """With whole numbers mean and s are those of exact arithmetic, also far from zero."""
    found = sample([value + offset for value in whole])
    mean = sum(whole) / len(whole)
    assert found.mean == pytest.approx(mean + offset, rel=1e-15, abs=1e-12)
    squares = len(whole) * sum(value * value for value in whole) - sum(whole) ** 2
    expected = math.sqrt(squares / len(whole) / (len(whole) - 1))
    assert found.standard_deviation == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_subgroups() -> None:
    """Cpk takes the pooled scatter within subgroups, Ppk that of all values: by hand, 1 and 2 apart, sigma 0.5^0.5."""
    found = capability([1, 2, 3, 4, 5, 6], Limits(0, 7), ["a", "a", "b", "b", "c", "c"])
    assert found.capability.sigma.method == "pooled"
    assert found.capability.sigma.standard_deviation == pytest.approx(math.sqrt(0.5))
    assert found.capability.sigma.degrees_of_freedom == 3
    assert found.capability.p is not None
    assert found.capability.p.value == pytest.approx(7 / 6 / math.sqrt(0.5))
    assert found.performance.sigma.standard_deviation == pytest.approx(math.sqrt(3.5))


def test_ranges_of_subgroups() -> None:
    """Mean range over d2: ranges 1, 2 and 3 of pairs: 2 / 1.12838."""
    found = capability([1, 2, 1, 3, 1, 4], Limits(0, 7), ["a", "a", "b", "b", "c", "c"], "ranges")
    assert found.capability.sigma.standard_deviation == pytest.approx(2 / 1.12838, rel=1e-5)


def test_moving_range() -> None:
    """NIST e-Handbook 6.3.2.2: mean moving range 1.8778, over 1.128; its scatter as found by simulation."""
    flow = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
    sigma = capability(flow, Limits(40, 60), within="moving-range").capability.sigma
    assert sigma.standard_deviation == pytest.approx(1.8778 / 1.128, rel=4e-4)
    drawn = np.random.default_rng(2).normal(size=(20_000, 10))
    mean_ranges = np.abs(np.diff(drawn, axis=1)).mean(axis=1)
    assert sigma.degrees_of_freedom == pytest.approx(mean_ranges.mean() ** 2 / (2 * mean_ranges.var()), rel=0.05)


@pytest.mark.parametrize(
    ("values", "subgroups", "within", "words"),
    [
        ([1.0], None, None, "at least 2"),
        ([1.0, 1.0, 1.0], None, None, "do not vary"),
        ([1.0, 1.0, 2.0, 2.0], ["a", "a", "b", "b"], None, "do not vary .pooled"),
        ([1.0, 2.0], ["a", "b"], None, "every subgroup holds one value"),
        ([1.0, 2.0, 3.0], ["a", "a", "b"], "ranges", "subgroups of one size"),
        ([1.0, 2.0, 3.0], None, "pooled", "needs a column `subgroup`"),
        ([1.0, 2.0, 3.0], None, "guess", "'guess' is no way"),
    ],
)
def test_what_has_no_index(values: list[float], subgroups: list[str] | None, within: str | None, words: str) -> None:
    """Too few values, none that vary, and methods that the data do not allow are refused."""
    with pytest.raises(RequestError, match=words):
        capability(values, Limits(0, 5), subgroups, within)


@pytest.mark.parametrize(
    ("lower", "upper", "words"),
    [
        (None, None, "no limit"),
        (1, 1, "not below"),
        (2, 1, "not below"),
        (math.nan, 1, "NaN"),
        (None, 9.9e37, "overload"),
    ],
)
def test_limits_that_are_none(lower: float | None, upper: float | None, words: str) -> None:
    """No limit, inverted and equal limits, and what is no number are refused."""
    with pytest.raises((RequestError, NotFinite), match=words):
        Limits(lower, upper)


def test_one_limit() -> None:
    """With one limit there is no Cp, and Cpk is the index of that side."""
    found = capability(values_with(10, 0.4, 40), Limits(9, None))
    assert found.capability.p is None
    assert (found.capability.to_upper, found.capability.to_lower) == (None, pytest.approx(0.83333, abs=5e-6))


def test_a_value_on_a_limit_is_inside() -> None:
    """Only what is beyond a limit counts as outside."""
    assert capability([1.0, 2.0, 3.0, 4.0, 5.0], Limits(2, 4)).outside == 2
    assert capability([1.0, 2.0, 3.0], Limits(None, 2)).outside == 1


def test_a_requirement_is_met_with_confidence_only() -> None:
    """An index above the requirement is not enough; its lower limit has to be, for Cpk and for Ppk."""
    found = capability(values_with(0, 1, 30), Limits(-4.2, 4.2))
    assert found.performance.pk.value == pytest.approx(1.4)
    assert found.shows(1.0)
    assert not found.shows(1.33)
    drifting = capability([*values_with(0, 0.1, 30), *values_with(3, 0.1, 30)], Limits(-2, 5), ["a"] * 30 + ["b"] * 30)
    assert drifting.capability.pk_lower_noncentral_t > 1.33 > drifting.performance.pk_lower_noncentral_t
    assert not drifting.shows(1.33)


def anderson_darling(values: list[float]) -> float:
    """A squared from its definition, with the correction for an estimated mean and deviation."""
    n, found = len(values), sample(values)
    share = [NormalDist(found.mean, found.standard_deviation).cdf(value) for value in sorted(values)]
    terms = ((2 * k - 1) * (math.log(share[k - 1]) + math.log(1 - share[n - k])) for k in range(1, n + 1))
    return (-n - math.fsum(terms) / n) * (1 + 0.75 / n + 2.25 / n**2)


def test_normality() -> None:
    """The statistic is that of the definition; normal scores look normal, exponential ones do not."""
    straight, skewed = values_with(5, 2, 50), [-math.log(1 - (k + 0.5) / 50) for k in range(50)]
    for values, least, most in ((straight, 0.9, 1.0), (skewed, 0.0, 0.001)):
        found = normality(sample(values))
        assert found is not None
        assert found.statistic == pytest.approx(anderson_darling(values), rel=1e-9)
        assert least <= found.p_value <= most
    assert normality(sample([1.0, 2.0, 3.0])) is None


def test_published_critical_values_of_normality() -> None:
    """Stephens: 0.631, 0.752, 0.873 and 1.035 leave 10, 5, 2.5 and 1 %: such samples have such p values."""
    from harness.metrology.statistics.normality import _p_value  # noqa: PLC0415 - the table is not public

    found = [_p_value(statistic) for statistic in (0.631, 0.752, 0.873, 1.035)]
    assert found == pytest.approx([0.10, 0.05, 0.025, 0.01], rel=0.03)


def test_warnings_stand_beside_the_index() -> None:
    """Few values, values outside, odd shape and instability are sentences; an orderly sample has none."""
    calm = capability(values_with(10, 0.4, 40), Limits(8, 12))
    assert not any(
        "normal" in warning or "outside" in warning for warning in process(calm, 0.95, ordered=True).warnings
    )
    odd = capability([*([1.0] * 12), *([9.0] * 12)], Limits(2, 10))
    warnings = " ".join(process(odd, 0.95, ordered=True).warnings)
    for words in ("24 values are few", "12 of 24 values are outside", "do not look normal", "look unstable"):
        assert words in warnings


def test_tolerance_interval_on_the_sides_that_have_a_limit() -> None:
    """With one limit the tolerance limit is one-sided, on that side."""
    values = values_with(10, 0.4, 100)
    upper = process(capability(values, Limits(None, 12)), 0.95, ordered=True)
    assert upper.tolerance_interval.lower is None
    assert upper.tolerance_interval.upper == pytest.approx(10 + 1.927 * 0.4, abs=5e-4)
    assert upper.tolerance_interval_distribution_free is not None
    lower = process(capability(values, Limits(8, None)), 0.95, ordered=True)
    assert lower.tolerance_interval.lower == pytest.approx(10 - 1.927 * 0.4, abs=5e-4)
    both = process(capability(values[:50], Limits(8, 12)), 0.95, ordered=False)
    assert (both.chart, both.tolerance_interval_distribution_free) == (None, None)


def test_an_orderly_series_rarely_warns() -> None:
    """Of orderly series of 30 about one in ten has a warning of instability (0.27 % a point, and runs of nine)."""
    draw = np.random.default_rng(4)
    said = sum(
        any("unstable" in warning for warning in process(found, 0.95, ordered=True).warnings)
        for found in (capability(draw.normal(size=30).tolist(), Limits(-9, 9)) for _ in range(100))
    )
    assert 1 <= said <= 22
