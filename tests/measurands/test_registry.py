"""Measurands by name and version."""

from __future__ import annotations

import pytest

from harness.errors import EvidenceError
from harness.measurands import derive, known, newest, plateau_magnitude, wrong_arguments
from harness.measurands.registry import register
from harness.quantity import Derivation
from harness.setpoint import Polarity
from tests.examples import observation


@pytest.mark.parametrize(("name", "version"), [("plateau-magnitude", 99), ("charm", 1)])
def test_an_unknown_measurand_is_no_number(name: str, version: int) -> None:
    """A name or version that this program does not know is an error, never its nearest relative."""
    with pytest.raises(EvidenceError, match=f"{name} version {version} is not known"):
        derive(Derivation(name, version, "x"), observation())


def test_a_measurand_is_entered_once() -> None:
    """A change of result is a new version: the same name and version cannot be entered twice."""
    with pytest.raises(ValueError, match="stands twice"):
        register("plateau-magnitude", 1)(lambda _observation, _derivation: None)


def test_every_known_measurand_has_a_newest_version() -> None:
    """What is known can be derived."""
    assert {"plateau-magnitude", "plateau-along-setting", "residual-current", "current-difference"} <= known()
    assert all(newest(name) >= 1 for name in known())


def test_a_derivation_leads_to_the_same_measurement() -> None:
    """Deriving again by what a measurement says of itself gives the measurement again, bit for bit."""
    observed = observation()
    found = plateau_magnitude(observed, Polarity.POSITIVE)
    assert derive(found.derivation, observed) == found


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("plateau-magnitude", {}),
        ("plateau-magnitude", {"phase": "bipolar"}),
        ("plateau-magnitude", {"phse": "positive"}),
        ("plateau-magnitude", {"phase": "positive", "x": "y"}),
        ("residual-current", {"phase": "positive"}),
    ],
)
def test_arguments_that_a_measurand_does_not_take_are_named(name: str, arguments: dict[str, str]) -> None:
    """A missing, unknown or wrong argument is said in words; the right ones give none."""
    assert name in wrong_arguments(name, arguments)
    assert wrong_arguments("plateau-magnitude", {"phase": "negative"}) == ""
    assert wrong_arguments("residual-current", {}) == ""
