"""d2, d3 and d2* against the published tables and closed forms."""

from __future__ import annotations

import math

import pytest

from harness.errors import RequestError
from harness.metrology.statistics.ranges import d2, d2_star, d3


def test_closed_forms() -> None:
    """The mean range of two is 2 / sqrt(pi), of three 3 / sqrt(pi); the variance of the range of two is 2 - 4 / pi."""
    assert d2(2) == pytest.approx(2 / math.sqrt(math.pi), rel=1e-12)
    assert d2(3) == pytest.approx(3 / math.sqrt(math.pi), rel=1e-12)
    assert d3(2) ** 2 == pytest.approx(2 - 4 / math.pi, rel=1e-10)


@pytest.mark.parametrize(
    ("m", "mean", "deviation"),
    [
        (2, 1.128, 0.853),
        (3, 1.693, 0.888),
        (4, 2.059, 0.880),
        (5, 2.326, 0.864),
        (10, 3.078, 0.797),
        (25, 3.931, 0.708),
    ],
)
def test_factors_of_control_charts(m: int, mean: float, deviation: float) -> None:
    """ASTM Manual 7A, table of factors for control charts: d2 and d3 to the three digits printed."""
    assert (d2(m), d3(m)) == pytest.approx((mean, deviation), abs=6e-4)


@pytest.mark.parametrize(
    ("m", "g", "value"),
    [
        (2, 1, 1.41421),
        (3, 1, 1.91155),
        (4, 1, 2.23887),
        (5, 1, 2.48124),
        (6, 1, 2.67253),
        (8, 1, 2.96288),
        (10, 1, 3.17905),
    ],
)
def test_divisors_of_few_ranges(m: int, g: int, value: float) -> None:
    """AIAG MSA, 4th edition, Appendix C: d2* for one range."""
    assert d2_star(m, g) == pytest.approx(value, abs=2e-5)


def test_many_ranges_leave_d2() -> None:
    """With many ranges d2* is d2."""
    assert d2_star(3, 10**9) == pytest.approx(d2(3), rel=1e-9)


def test_one_value_has_no_range() -> None:
    """A range needs two values."""
    with pytest.raises(RequestError, match="at least 2"):
        d2(1)
