"""Measurands by name and version."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from weakref import ref

import pytest

from harness.errors import EvidenceError
from harness.measurands import (
    derive,
    is_derived,
    known,
    newest,
    only,
    plateau_magnitude,
    takes_several,
    wrong_arguments,
)
from harness.measurands.registry import NUMBER, register
from harness.quantity import Derivation
from harness.setpoint import Polarity
from tests.examples import measurement, observation, point

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.quantity import Measurement


@pytest.mark.parametrize(("name", "version"), [("plateau-magnitude", 99), ("charm", 1)])
def test_an_unknown_measurand_is_no_number(name: str, version: int) -> None:
    """A name or version that this program does not know is an error, never its nearest relative."""
    with pytest.raises(EvidenceError, match=f"{name} version {version} is not known"):
        derive(Derivation(name, version, "x"), only(observation()))


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
    assert derive(found.derivation, only(observed)) == found


COUNTED: list[float] = []


@register("test-counted", 1)
def _counted(observation: Observation, derivation: Derivation) -> Measurement:
    COUNTED.append(observation.point.setpoint.current_a)
    return replace(measurement(observation.reading("residual").values_v[0]), derivation=derivation)


def counted() -> tuple[Measurement, Observation]:
    """A measurement whose derivations are counted, from now on."""
    observed = observation()
    found = derive(Derivation("test-counted", 1, observed.key), only(observed))
    COUNTED.clear()
    return found, observed


def test_what_was_handed_out_is_not_derived_twice() -> None:
    """The very object that was derived from the very observation is known; nothing is computed again."""
    found, observed = counted()
    assert is_derived(found, only(observed))
    assert COUNTED == []


def test_a_copy_is_derived_again() -> None:
    """An equal copy was not handed out: it is derived again, and holds; one with another value does not."""
    found, observed = counted()
    assert is_derived(replace(found), only(observed))
    assert not is_derived(replace(found, value=found.value + 1e-9), only(observed))
    assert len(COUNTED) == 2


OTHERWISE: dict[str, object] = {
    "value": 1.5,
    "unit": "V",
    "standard_uncertainty": 1.5,
    "degrees_of_freedom": 1.5,
    "coverage_factor": 1.5,
    "budget": (),
    "captures": ("x",),
}


@pytest.mark.parametrize("field", OTHERWISE)
def test_who_reaches_into_a_frozen_object_is_found_out(field: str) -> None:
    """A handed out measurement whose field was changed by force is not what its derivation gives."""
    found, observed = counted()
    object.__setattr__(found, field, OTHERWISE[field])
    assert not is_derived(found, only(observed))


def test_who_reaches_into_a_budget_is_found_out() -> None:
    """A line of the budget of a handed out measurement is seen again, too."""
    found, observed = counted()
    object.__setattr__(found.budget[0], "standard_uncertainty", 1.5)
    assert not is_derived(found, only(observed))


def test_the_same_point_observed_again_is_another_observation() -> None:
    """A value of the first attempt is not taken for one of the second, whose key is the same."""
    found, first = counted()
    second = replace(first, readings=tuple(replace(r, values_v=(0.5, 0.5)) for r in first.readings))
    assert second.key == first.key
    assert not is_derived(found, only(second))
    assert len(COUNTED) == 1


def test_what_nobody_holds_is_forgotten() -> None:
    """A measurement that was handed out lives no longer than somebody holds it."""
    found, _ = counted()
    seen = ref(found)
    del found
    assert seen() is None


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


@register("test-count", 1, several=True)
def _count(observations: tuple[Observation, ...], derivation: Derivation) -> Measurement:
    keys = tuple(observation.key for observation in observations)
    assert keys == (derivation.observation, *derivation.others)
    return replace(measurement(float(len(observations))), derivation=derivation)


@register("test-above", 1, {"above": NUMBER})
def _above(_observation: Observation, derivation: Derivation) -> Measurement:
    return replace(measurement(float(dict(derivation.arguments)["above"])), derivation=derivation)


def test_a_measurand_of_several_observations_gets_them_in_their_order() -> None:
    """The derivation's own observation comes first, then its others as it names them."""
    taken = {observed.key: observed for observed in (observation(point_=point(level=level)) for level in (1, 2, 3))}
    first, *others = taken
    assert derive(Derivation("test-count", 1, first, others=tuple(others)), taken.__getitem__).value == 3.0
    assert takes_several("test-count")
    assert not takes_several("plateau-magnitude")


def test_a_measurand_of_one_observation_refuses_others() -> None:
    """Observations that a function would not look at are no part of a derivation."""
    observed = observation()
    wrong = replace(plateau_magnitude(observed, Polarity.POSITIVE).derivation, others=("elsewhere",))
    with pytest.raises(EvidenceError, match="takes one observation"):
        derive(wrong, only(observed))


def test_one_observation_is_not_taken_for_another() -> None:
    """Where a derivation names another observation than the one at hand, nothing is derived."""
    with pytest.raises(EvidenceError, match="elsewhere was asked for where only ch1-steady-L10-positive-10k is"):
        derive(Derivation("plateau-magnitude", 1, "elsewhere", (("phase", "positive"),)), only(observation()))


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("0.001", ""),
        ("-1e-06", ""),
        (None, ""),
        ("1 mA", "is a number"),
        ("nan", "is a number"),
        ("inf", "is a number"),
    ],
)
def test_an_argument_that_is_a_number(text: str | None, wrong: str) -> None:
    """Any finite number is taken, also one that is known only later; text and NaN are named."""
    said = wrong_arguments("test-above", {"above": text})
    assert (wrong in said) if wrong else said == ""
