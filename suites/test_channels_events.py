"""Events at the controls make no spike and leave the direction that is set; leads do not interrupt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("mode-change.events")
def test_events_make_no_spike(observation: Observation, judge: Judge) -> None:
    """On, off, another level or direction under load: obeyed, never above the ceiling, and soon at the level."""
    judge.rows(observation)


@pytest.mark.requirement("mode-change.direction")
def test_direction_follows_a_change_of_mode(observation: Observation, judge: Judge) -> None:
    """After a change of mode the current flows in the direction set now, at its level."""
    judge.rows(observation)


@pytest.mark.requirement("leads.continuity")
def test_leads_do_not_interrupt(observation: Observation, judge: Judge) -> None:
    """Watched for a minute, the current is never interrupted."""
    judge.rows(observation)
