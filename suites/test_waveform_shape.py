"""Every frequency step is what it is called, and the waveform at it has the declared shape."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("shape.frequency")
def test_frequency_is_the_step(observation: Observation, judge: Judge) -> None:
    """At every step the frequency is the nominal one, within the profile's tolerance."""
    judge.rows(observation)


@pytest.mark.requirement("shape.divider")
def test_timer_counts_right(observation: Observation, judge: Judge) -> None:
    """Over all steps no constant time is added to the attainable periods: the timer's divider is not off by one."""
    judge.rows(observation)


@pytest.mark.requirement("shape.duty")
def test_duty_is_as_declared(observation: Observation, judge: Judge) -> None:
    """The first phase lasts its declared share of the period."""
    judge.rows(observation)


@pytest.mark.requirement("shape.edges")
def test_edges_are_fast_and_clean(observation: Observation, judge: Judge) -> None:
    """The active edge rises within its limit and does not overshoot."""
    judge.rows(observation)


@pytest.mark.requirement("shape.droop")
def test_plateau_stays_level(observation: Observation, judge: Judge) -> None:
    """The plateau does not sag, at the lowest frequency least of all."""
    judge.rows(observation)


@pytest.mark.requirement("shape.amplitude")
def test_amplitude_is_the_level_at_every_frequency(observation: Observation, judge: Judge) -> None:
    """At every frequency the plateau is the level, within the profile's tolerance."""
    judge.rows(observation)
