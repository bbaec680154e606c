"""Channels: each its own, nothing of one in another, and all together below the ceiling."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("channels.states")
def test_channel_needs_the_first(observation: Observation, judge: Judge) -> None:
    """A channel that needs the first one gives nothing without it, and its level with it."""
    judge.rows(observation)


@pytest.mark.requirement("channels.keyed")
def test_each_channel_is_its_own(observation: Observation, judge: Judge) -> None:
    """Set apart, each channel delivers its own level and not its neighbour's."""
    judge.rows(observation)


@pytest.mark.requirement("channels.independence")
def test_a_change_stays_where_it_is_made(observation: Observation, judge: Judge) -> None:
    """Whatever is changed at the neighbour, level and frequency of a channel stay."""
    judge.rows(observation)


@pytest.mark.requirement("channels.crosstalk")
def test_nothing_crosses_over(observation: Observation, judge: Judge) -> None:
    """Of a neighbour at its top level next to nothing flows in a channel that is idle or at its lowest."""
    judge.rows(observation)


@pytest.mark.requirement("channels.sum")
def test_all_channels_stay_below_the_ceiling(observation: Observation, judge: Judge) -> None:
    """What all channels give together into a shared return stays below the ceiling."""
    judge.rows(observation)


@pytest.mark.requirement("channels.sum-at-top")
def test_the_sum_at_the_top_is_disclosed(observation: Observation, judge: Judge) -> None:
    """What all channels give together at the top level is said."""
    judge.rows(observation)
