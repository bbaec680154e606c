"""What the display shows is what flows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("display.intensity")
def test_display_shows_the_intensity(observation: Observation, judge: Judge) -> None:
    """At every level the displayed intensity and its unit are those of the measured current."""
    judge.rows(observation)


@pytest.mark.requirement("display.polarity")
def test_display_shows_the_direction(observation: Observation, judge: Judge) -> None:
    """The measured current has the displayed direction."""
    judge.rows(observation)


@pytest.mark.requirement("display.run-time")
def test_display_shows_the_run_time(observation: Observation, judge: Judge) -> None:
    """Over a whole session the displayed run time is the time that has passed."""
    judge.rows(observation)
