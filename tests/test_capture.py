"""Readings, captures and observations as they are taken."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from harness.capture import Observation, Reading
from harness.errors import NotFinite
from harness.setpoint import Polarity
from tests.examples import METER, capture, dithered, observation, point, reading


def test_a_reading_without_a_value_does_not_exist() -> None:
    """A meter that answered nothing gave no reading."""
    with pytest.raises(ValueError, match="positive holds no value"):
        reading("positive", ())


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("value", [math.nan, math.inf, 9.9e37, -9.9e37])
def test_a_reading_holds_numbers_only(value: float, place: int) -> None:
    """OpenHTF takes 9.9E37 for a large value; here no reading holds it, NaN or infinity, at any place."""
    values = [1.0, 2.0, 3.0]
    values[place] = value
    with pytest.raises(NotFinite, match="reading residual"):
        reading("residual", values)


def test_a_capture_without_a_sample_does_not_exist() -> None:
    """An empty record is no capture."""
    with pytest.raises(ValueError, match="holds no sample"):
        replace(capture("output", b"\x80"), codes=b"")


@pytest.mark.parametrize("field", ["increment_v", "origin_v", "reference_code", "interval_s", "start_s"])
@pytest.mark.parametrize("value", [math.nan, math.inf, 9.9e37])
def test_the_scale_of_a_capture_holds_numbers_only(field: str, value: float) -> None:
    """A preamble with NaN or an overload answer turns no code into volts."""
    with pytest.raises(NotFinite, match=f"{field} of capture output"):
        replace(capture("output", b"\x80"), **{field: value})


@pytest.mark.parametrize("field", ["increment_v", "interval_s"])
@pytest.mark.parametrize("value", [0.0, -0.01])
def test_a_capture_has_a_scale(field: str, value: float) -> None:
    """A step of zero or less, in volts or in time, is no scale."""
    with pytest.raises(ValueError, match="has no scale"):
        replace(capture("output", b"\x80"), **{field: value})


def test_an_observation_gives_what_was_taken() -> None:
    """Readings and captures are found by name, plateaus by phase."""
    taken = observation(polarity=Polarity.NEGATIVE)
    assert taken.plateau(Polarity.NEGATIVE) is taken.reading("negative")
    assert taken.capture("output").codes == dithered(60)
    assert taken.reading("zero").values_v == (1e-7, -1e-7, 1e-7, -1e-7)
    assert taken.key == "ch1-steady-L10-negative-10k"


@pytest.mark.parametrize("ask", ["reading", "capture"])
def test_what_was_not_taken_is_an_error(ask: str) -> None:
    """A name that was not taken raises; it never gives an empty or earlier reading."""
    taken = Observation(point(), (Reading("zero", (0.0,), "off", METER),), ())
    with pytest.raises(KeyError, match=f"holds no {ask} 'output'"):
        getattr(taken, ask)("output")
