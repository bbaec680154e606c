"""Statements of articles and clauses of standards that no other suite has values for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("class.microcurrent-current")
def test_current_is_that_of_a_microcurrent_stimulator(observation: Observation, judge: Judge) -> None:
    """At the top level the current stays below a milliampere; a stimulator of another class says how far above."""
    judge.rows(observation)


@pytest.mark.requirement("class.microcurrent-polarity")
def test_direction_is_that_of_a_microcurrent_stimulator(observation: Observation, judge: Judge) -> None:
    """The current keeps its direction: as set, or for longer than the pulse of a stimulator of another class."""
    judge.rows(observation)


@pytest.mark.requirement("claim.p2")
def test_how_much_weaker_than_tens(observation: Observation, judge: Judge) -> None:
    """The published current of a TENS unit over that of this unit, against the thousand that the article says."""
    judge.rows(observation)


@pytest.mark.requirement("claim.p3")
def test_typical_current_of_the_article(observation: Observation, judge: Judge) -> None:
    """The largest current of this unit against what the article calls typical."""
    judge.rows(observation)


@pytest.mark.requirement("claim.p6")
def test_other_stimulators_give_milliamperes(observation: Observation, judge: Judge) -> None:
    """A stimulator of another class gives milliamperes, as the article says of it."""
    judge.rows(observation)


@pytest.mark.requirement("claim.f1")
def test_levels_are_in_the_range_of_the_article(observation: Observation, judge: Judge) -> None:
    """The current of every level is within the range that the article names."""
    judge.rows(observation)


@pytest.mark.requirement("claim.f4")
def test_top_level_is_the_current_of_the_claim(observation: Observation, judge: Judge) -> None:
    """The top level is 680 µA, into every load of the profile."""
    judge.rows(observation)


@pytest.mark.requirement("claim.f5")
def test_top_level_against_other_published_ones(observation: Observation, judge: Judge) -> None:
    """The top level against the strongest that other makers of microcurrent devices publish."""
    judge.rows(observation)


@pytest.mark.requirement("iec-2-10.output-current")
def test_output_current_of_the_standard(observation: Observation, judge: Judge) -> None:
    """Root mean square and direct current of the top level against the limits of the standard."""
    judge.rows(observation)


@pytest.mark.requirement("iec-2-10.pulse-energy")
def test_pulse_energy_of_the_standard(observation: Observation, judge: Judge) -> None:
    """Energy of one pulse of the top level against the limit of the standard."""
    judge.rows(observation)


@pytest.mark.requirement("iec-2-10.current-density")
def test_current_density_of_the_standard(observation: Observation, judge: Judge) -> None:
    """Current density at the smallest electrode against the value that asks for attention."""
    judge.rows(observation)


@pytest.mark.requirement("fda.power-density")
def test_power_density_of_the_guidance(observation: Observation, judge: Judge) -> None:
    """Power density at the smallest electrode against the limit of the guidance."""
    judge.rows(observation)
