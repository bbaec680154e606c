"""Type-1 study, by hand."""

from __future__ import annotations

import math

import pytest

from harness.errors import NotFinite, RequestError
from harness.metrology.statistics.type_1 import type_1


def test_indices_by_hand() -> None:
    """Mean 10.02 and s 0.01 of 25 at 10.00, tolerance 1: Cg 0.2 / 0.06, Cgk (0.1 - 0.02) / 0.03, t = 0.02 / 0.002."""
    side = 0.01 * math.sqrt(24 / 24)
    values = [10.02] + [10.02 + side, 10.02 - side] * 12
    found = type_1(values, 10.0, 1.0)
    assert found.standard_deviation == pytest.approx(0.01)
    assert (found.cg, found.cgk) == pytest.approx((0.2 / 0.06, 0.08 / 0.03), rel=1e-9)
    assert (found.bias, found.bias_t) == pytest.approx((0.02, 10.0), rel=1e-9)
    assert found.percent_bias == pytest.approx(2.0)
    # Student's t with 24 degrees of freedom: 2.0639 at 97.5 %.
    assert (found.bias_lower, found.bias_upper) == pytest.approx(
        (0.02 - 2.0639 * 0.002, 0.02 + 2.0639 * 0.002), abs=1e-7
    )
    assert found.bias_p is not None
    assert found.bias_p < 1e-8
    assert found.warnings == ()


def test_t_of_a_table() -> None:
    """A t of 2.0639 with 24 degrees of freedom has p 0.05."""
    values = [1.0] + [2.0, 0.0] * 12
    s = math.sqrt(24 / 24)
    found = type_1(values, 1.0 - 2.0639 * s / 5, 100.0)
    assert found.bias_p == pytest.approx(0.05, abs=1e-5)


def test_no_scatter_no_index() -> None:
    """Where every value is the same the indices do not exist; they are not infinite, and a warning says why."""
    found = type_1([10.0] * 50, 10.0, 1.0)
    assert (found.cg, found.cgk, found.bias_t, found.bias_p) == (None, None, None, None)
    assert "Cg and Cgk do not exist" in found.warnings[0]


def test_few_values_are_said() -> None:
    """Below 25 values a warning stands beside the indices."""
    assert "few" in type_1([1.0, 2.0], 1.0, 10.0).warnings[0]


@pytest.mark.parametrize(
    ("values", "reference", "tolerance"),
    [
        ([1.0], 1, 1),
        ([1, 2], math.nan, 1),
        ([1, 2], 1, 0),
        ([1, 2], 1, -1),
        ([1, 2], 1, math.inf),
        ([1, math.nan], 1, 1),
    ],
)
def test_what_cannot_be_studied(values: list[float], reference: float, tolerance: float) -> None:
    """One value, no reference and no tolerance are refused."""
    with pytest.raises((RequestError, NotFinite)):
        type_1(values, reference, tolerance)
