"""A session ends by itself, and then nothing flows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("session.shut-off")
def test_session_ends_in_time(observation: Observation, judge: Judge) -> None:
    """The output goes on without a pause and ends at its declared time."""
    judge.rows(observation)


@pytest.mark.requirement("session.residual")
def test_nothing_flows_after_a_session(observation: Observation, judge: Judge) -> None:
    """For five minutes after the automatic end nothing flows."""
    judge.rows(observation)


@pytest.mark.requirement("session.no-contact")
def test_no_contact_ends_the_output(observation: Observation, judge: Judge) -> None:
    """On without contact, the output ends after its declared time and not before."""
    judge.rows(observation)
