"""The current flows in the direction that is set, and shown; nothing flows the other way, and no net charge is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("polarity.sign")
def test_current_flows_as_set(observation: Observation, judge: Judge) -> None:
    """In each phase current flows in the direction set, and more of it than counts as none."""
    judge.rows(observation)


@pytest.mark.requirement("polarity.indicator")
def test_current_flows_as_indicated(observation: Observation, judge: Judge) -> None:
    """The current flows in the direction that the unit itself indicates."""
    judge.rows(observation)


@pytest.mark.requirement("polarity.opposite")
def test_nothing_flows_the_other_way(observation: Observation, judge: Judge) -> None:
    """In a monopolar setting no current flows the other way while the output pauses."""
    judge.rows(observation)


@pytest.mark.requirement("polarity.net-direct-current")
def test_no_net_current_in_bipolar_settings(observation: Observation, judge: Judge) -> None:
    """Over whole periods of a bipolar setting both directions cancel."""
    judge.rows(observation)


@pytest.mark.requirement("polarity.alternation")
def test_direction_alternates_as_declared(observation: Observation, judge: Judge) -> None:
    """A steady current that is set bipolar changes its direction with the declared period."""
    judge.rows(observation)
