"""What the battery does to the output, and what the indicator says of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("battery.flag")
def test_indicator_changes_in_time(observation: Observation, judge: Judge) -> None:
    """Along a slow ramp the indicator changes once, at its voltage."""
    judge.rows(observation)


@pytest.mark.requirement("battery.output")
def test_output_does_not_follow_the_battery(observation: Observation, judge: Judge) -> None:
    """The plateau keeps its tolerance at every voltage of the battery, at the heaviest load too."""
    judge.rows(observation)


@pytest.mark.requirement("battery.brown-out")
def test_failing_power_means_off(observation: Observation, judge: Judge) -> None:
    """While power fails the output is right or off, never too much."""
    judge.rows(observation)


@pytest.mark.requirement("battery.restart")
def test_nothing_flows_after_power_came_back(observation: Observation, judge: Judge) -> None:
    """After power has come back the output is off or at zero."""
    judge.rows(observation)


@pytest.mark.requirement("power-on.state")
def test_power_on_means_off_and_zero(observation: Observation, judge: Judge) -> None:
    """From the first instant after power-on nothing flows, and nothing at level 0."""
    judge.rows(observation)


@pytest.mark.requirement("charging.lock-out")
def test_no_output_while_charging(observation: Observation, judge: Judge) -> None:
    """A charger switches the output off, and nothing starts it again."""
    judge.rows(observation)
