"""Ten thousand intervals, a busy unit, ten minutes, and all temperatures change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("long.intervals")
def test_no_interval_is_missing_or_doubled(observation: Observation, judge: Judge) -> None:
    """Over ten thousand intervals none is missing, doubled or cut short, and nothing begins anew."""
    judge.rows(observation)


@pytest.mark.requirement("long.count")
def test_intervals_are_counted(observation: Observation, judge: Judge) -> None:
    """How many intervals were seen is disclosed."""
    judge.rows(observation)


@pytest.mark.requirement("long.jitter")
def test_intervals_do_not_scatter_while_busy(observation: Observation, judge: Judge) -> None:
    """The intervals stay regular while the unit is polled."""
    judge.rows(observation)


@pytest.mark.requirement("drift.current")
def test_current_does_not_drift(observation: Observation, judge: Judge) -> None:
    """Within ten minutes the plateau stays within a third of its tolerance."""
    judge.rows(observation)


@pytest.mark.requirement("temperature.drift")
def test_current_does_not_follow_temperature(observation: Observation, judge: Judge) -> None:
    """From the coldest to the warmest surroundings the plateau stays."""
    judge.rows(observation)
