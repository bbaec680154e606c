"""Numbers for people."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.setpoint import Method
from reports.text import Scale, decimals_of, percent, point_text, result_of, signed, written
from tests.reports.support import accuracy, disclosed, point, residual


@pytest.mark.parametrize(
    ("magnitude", "unit", "expected"),
    [
        (6.8e-4, "A", Scale(1e-6, "µA")),
        (9.9996e-4, "A", Scale(1e-3, "mA")),
        (3.2e-15, "A", Scale(1e-12, "pA")),
        (0.0, "A", Scale(1.0, "A")),
        (0.02, "1", Scale(1.0, "")),
        (12.0, "%", Scale(1.0, "%")),
        (2.5e-3, "A/m2", Scale(1e-3, "mA/m²")),
        (4e-4, "m²", Scale(1.0, "m²")),
    ],
)
def test_prefix_makes_a_magnitude_readable(magnitude: float, unit: str, expected: Scale) -> None:
    """A magnitude is written as 1 to 999 of its prefixed unit; a pure number has no prefix."""
    assert Scale.of(magnitude, unit) == expected


@pytest.mark.parametrize(
    ("uncertainty", "decimals"), [(0.039, 3), (0.99, 2), (1.2, 1), (12.0, 0), (340.0, 0), (0.0, 3)]
)
def test_two_digits_of_an_uncertainty_decide_the_decimals(uncertainty: float, decimals: int) -> None:
    """An uncertainty shows two significant digits, and its value as many decimals (GUM 7.2.6)."""
    assert decimals_of(uncertainty) == decimals


def test_all_numbers_of_a_row_have_one_unit() -> None:
    """Value, uncertainty, limits and acceptance interval share unit and decimals."""
    value = accuracy(1.02, 0.001)
    text = written(value.measurement, value.limit, value.decision)
    assert text.result == "(693.60 ± 0.68) µA"
    assert text.limits == "612.00 to 748.00 µA"
    assert text.acceptance == "612.68 to 747.32 µA"


def test_value_about_zero_takes_the_unit_of_its_limits() -> None:
    """A residual of nanoamperes is written beside its limit of a microampere, without a negative zero."""
    value = residual(-1e-12)
    text = written(value.measurement, value.limit, value.decision)
    assert text.result == "(0.0000 ± 0.0040) µA"
    assert text.limits == "−1.0000 to 1.0000 µA"


def test_signs_and_shares_are_typographic() -> None:
    """A margin always shows its sign; a share has three significant digits."""
    assert signed(0.7277) == "+0.728"
    assert signed(-9.0) == "−9.000"
    assert percent(0.12345) == "12.3 %"


def test_point_in_words() -> None:
    """An operating point names mode, level, nominal current, polarity and load, and whatever else tells it apart."""
    assert point_text(point()) == "steady, level 10 (680 µA), positive, into 10k"
    setpoint = replace(point().setpoint, channel=2, frequency_hz=0.5)
    other = replace(point(), setpoint=setpoint, method=Method.GAP, variant="20ms")
    assert point_text(other) == "channel 2, steady, level 10 (680 µA), positive, 0.5 Hz, into 10k, gap 20ms"


def test_a_value_alone() -> None:
    """A value without a limit is written with two digits of its uncertainty, in the unit that suits it."""
    assert result_of(disclosed(1.234e-6).measurement) == "(1.234 ± 0.025) µC"
