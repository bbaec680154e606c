"""Pulses of less than a millisecond: a unit for TENS or electroacupuncture is certified as what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("pulses.rate")
def test_pulses_come_at_their_rate(observation: Observation, judge: Judge) -> None:
    """At every step the pulses come at the nominal rate."""
    judge.rows(observation)


@pytest.mark.requirement("pulses.width")
def test_pulses_are_as_wide_as_declared(observation: Observation, judge: Judge) -> None:
    """Each pulse has its declared width."""
    judge.rows(observation)


@pytest.mark.requirement("pulses.amplitude")
def test_pulses_have_the_level_at_every_rate(observation: Observation, judge: Judge) -> None:
    """At every rate each pulse has the level's current."""
    judge.rows(observation)


@pytest.mark.requirement("pulses.droop")
def test_pulses_stay_level(observation: Observation, judge: Judge) -> None:
    """No pulse sags by more than its limit."""
    judge.rows(observation)


@pytest.mark.requirement("pulses.symmetry")
def test_both_directions_are_alike(observation: Observation, judge: Judge) -> None:
    """The plateaus of both directions have one magnitude."""
    judge.rows(observation)


@pytest.mark.requirement("pulses.net-current")
def test_pulses_leave_no_net_current(observation: Observation, judge: Judge) -> None:
    """The mean over whole periods is nothing."""
    judge.rows(observation)
