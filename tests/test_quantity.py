"""The numeric door, SI text, and values with their uncertainty."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import NotFinite
from harness.quantity import OVERLOAD, Influence, finite, si
from tests.examples import measurement

NO_NUMBERS = [math.nan, math.inf, -math.inf, 9.9e37, -9.9e37, 1e38, 9.91e37, "1", None, True, False, 1j, [1.0]]


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_what_is_no_number_does_not_pass_the_door(value: float) -> None:
    """NaN, infinity, an overload answer, text, None and truth values are refused by the name they were given."""
    with pytest.raises(NotFinite, match=r"^plateau is "):
        finite("plateau", value)


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False).filter(lambda value: abs(value) < OVERLOAD))
def test_a_number_passes_the_door_unchanged(value: float) -> None:
    """Every finite number below the overload answer comes through bit for bit."""
    assert finite("x", value).hex() == value.hex()


@settings(deadline=None)
@given(st.floats())
def test_the_door_lets_through_nothing_but_finite_numbers_below_overload(value: float) -> None:
    """Whatever float is offered, what comes through is finite and smaller than 9.9E37."""
    try:
        passed = finite("x", value)
    except NotFinite:
        return
    assert math.isfinite(passed)
    assert abs(passed) < 9.9e37


@pytest.mark.parametrize(
    ("value", "unit", "digits", "text"),
    [
        (6.8e-4, "A", 4, "680.0 µA"),
        (0.0, "A", 4, "0 A"),
        (-1.5e-6, "A", 3, "-1.50 µA"),
        (9.9999e-4, "A", 4, "1.000 mA"),
        (999.96, "V", 4, "1.000 kV"),
        (10_000.0, "Ω", 3, "10.0 kΩ"),
        (0.5, "1", 2, "0.5"),
        (12.3456, "%", 3, "12.3 %"),
        (math.inf, "A", 4, "inf A"),
        (2e-13, "A", 2, "0.2 pA"),
        (12.5, "A/m2", 3, "12.5 A/m2"),
        (2.5e-3, "W/m2", 2, "2.5 mW/m2"),
    ],
)
def test_si_prefixes(value: float, unit: str, digits: int, text: str) -> None:
    """A value is written with the prefix that leaves one to three digits before the point, after rounding."""
    assert si(value, unit, digits) == text


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 9.9e37, "1.0", None, True])
@pytest.mark.parametrize("field", ["value", "standard_uncertainty", "coverage_factor"])
def test_a_measurement_holds_numbers_only(field: str, value: float) -> None:
    """No measurement exists whose value, uncertainty or coverage factor is no finite number."""
    with pytest.raises(NotFinite, match="by-hand"):
        replace(measurement(), **{field: value})


@pytest.mark.parametrize("value", [0.0, -1e-9])
def test_a_measurement_without_uncertainty_does_not_exist(value: float) -> None:
    """A standard uncertainty of zero or less is refused: such a value would pass up to the limit itself."""
    with pytest.raises(NotFinite, match="must be positive"):
        replace(measurement(), standard_uncertainty=value)


def test_a_measurement_covers_at_least_its_standard_uncertainty() -> None:
    """A coverage factor below 1 is refused."""
    with pytest.raises(NotFinite, match="at least 1"):
        replace(measurement(), coverage_factor=0.999)


def test_a_measurement_has_a_unit() -> None:
    """A value without a unit is no measurement."""
    with pytest.raises(NotFinite, match="has no unit"):
        replace(measurement(), unit="")


def test_expanded_uncertainty_is_k_times_u() -> None:
    """U = k u (GUM 6.2.1)."""
    value = replace(measurement(), standard_uncertainty=0.25, coverage_factor=2.52)
    assert value.expanded_uncertainty == 0.63


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0])
def test_an_influence_has_a_standard_uncertainty(value: float) -> None:
    """The contribution of an influence is finite and not negative."""
    with pytest.raises(NotFinite, match="leakage"):
        Influence("leakage", value, math.inf, "normal", "bench file")


@pytest.mark.parametrize("value", [math.nan, 0.0, -1.0])
def test_an_influence_has_degrees_of_freedom(value: float) -> None:
    """Degrees of freedom are positive, and may be without limit."""
    with pytest.raises(NotFinite, match="degrees of freedom of leakage"):
        Influence("leakage", 1.0, value, "t", "observed")


def test_a_whole_number_too_large_for_a_float_is_refused() -> None:
    """A whole number beyond every float is refused by name."""
    with pytest.raises(NotFinite, match="x is"):
        finite("x", 10**400)


@pytest.mark.parametrize("value", [math.nan, math.inf, -9.9e37])
@pytest.mark.parametrize("field", ["estimate", "own_uncertainty", "sensitivity"])
def test_a_line_of_a_budget_is_finite(field: str, value: float) -> None:
    """Estimate, own uncertainty and sensitivity of an influence are finite, or absent as in older records."""
    line = Influence("noise", 1.0, math.inf, "normal", "data sheet")
    with pytest.raises(NotFinite, match="of noise"):
        replace(line, **{field: value})
