"""Values with their bounds as people read them."""

from __future__ import annotations

import pytest

from harness.sheet import Measured


@pytest.mark.parametrize(
    ("value", "bound", "unit", "told"),
    [
        (1.0203e-3, 1.2e-5, "A", "1.020 ± 0.012 mA"),
        (0.5, 2e-4, "1", "0.50000 ± 0.00020"),
        (-1e-9, 3e-6, "A", "0.0 ± 3.0 µA"),
        (-12.34, 0.1, "%", "-12.34 ± 0.10 %"),
        (0.0, 1e-3, "V", "0.0 ± 1.0 mV"),
        (9773.1, 120.0, "Ω", "9.77 ± 0.12 kΩ"),
        (5e-7, 1e-9, "C", "500.0 ± 1.0 nC"),
        (5e-7, 3e-6, "C", "0.5 ± 3.0 µC"),
        (1234.0, 56789.0, "1", "1234 ± 56789"),
        (2.0, 0.0, "1", "2 ± 0"),
        (0.0, 0.0, "A", "0 ± 0 A"),
    ],
)
def test_value_and_bound_have_one_unit_and_one_last_digit(value: float, bound: float, unit: str, told: str) -> None:
    """The bound has two digits, the value ends where it does (GUM 7.2.6)."""
    assert Measured("x", value, unit, bound, "", "s").told == told


def test_what_does_not_exist_is_a_dash() -> None:
    """A reason stands for the number."""
    assert Measured("x", None, "A", None, "no transition", "s").told == "-"
