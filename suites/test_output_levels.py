"""The levels of a mode are even steps on one straight line, and level zero is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("levels.linearity")
def test_levels_lie_on_a_straight_line(observation: Observation, judge: Judge) -> None:
    """The line through all levels has the nominal slope, no offset, and no level far from it."""
    judge.rows(observation)


@pytest.mark.requirement("levels.steps")
def test_each_level_is_a_step(observation: Observation, judge: Judge) -> None:
    """From each level to the next the current rises by its step, and a level repeats."""
    judge.rows(observation)


@pytest.mark.requirement("levels.zero")
def test_level_zero_is_no_current(observation: Observation, judge: Judge) -> None:
    """With the output on at level 0 nothing flows."""
    judge.rows(observation)
