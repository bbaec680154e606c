"""The current is what the level says, at every level, load and polarity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("current.accuracy")
def test_current_is_the_level(observation: Observation, judge: Judge) -> None:
    """In each phase the plateau has the magnitude of the level, within the profile's tolerance."""
    judge.rows(observation)


@pytest.mark.requirement("current.accuracy-60601-2-10")
def test_current_is_within_the_standard_tolerance(observation: Observation, judge: Judge) -> None:
    """Into 500 Ω the plateau is within the tolerance that the standard is said to ask for."""
    judge.rows(observation)
