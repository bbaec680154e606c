"""Shorts, opens and forced overcurrent: never more than the ceiling, and off where a cutoff is declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("overload.ceiling")
def test_current_stays_below_the_ceiling(observation: Observation, judge: Judge) -> None:
    """From output on to settled, at every point, the current never exceeds the ceiling."""
    judge.rows(observation)


@pytest.mark.requirement("overload.start")
def test_output_on_does_not_overshoot(observation: Observation, judge: Judge) -> None:
    """From output on to settled, at every point, the current stays near the plateau that comes of it."""
    judge.rows(observation)


@pytest.mark.requirement("overload.touch")
def test_first_touch_is_within_its_allowance(observation: Observation, judge: Judge) -> None:
    """An output that rested on an open circuit discharges within the allowance of a contact event when touched."""
    judge.rows(observation)


@pytest.mark.requirement("overload.cycles")
def test_short_and_open_change_nothing(observation: Observation, judge: Judge) -> None:
    """Ten times shorted and opened, the current stays within its level and is as accurate after it."""
    judge.rows(observation)


@pytest.mark.requirement("overload.trip")
def test_forced_overcurrent_trips(observation: Observation, judge: Judge) -> None:
    """Forced beyond its trip current the unit switches off in time, stays off, and says so."""
    judge.rows(observation)


@pytest.mark.requirement("overload.trip-restart")
def test_current_rises_gradually_after_a_trip(observation: Observation, judge: Judge) -> None:
    """Cleared and started again, the current rises as after a first contact."""
    judge.rows(observation)
