"""The output never goes on by itself when host or firmware are gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("watchdog.hang")
def test_a_hang_does_not_leave_the_output_on(observation: Observation, judge: Judge) -> None:
    """The unit goes on answering and delivering for longer than 10 s, or is off a second after it fell silent."""
    judge.rows(observation)


@pytest.mark.requirement("watchdog.host")
def test_a_silent_host_switches_off(observation: Observation, judge: Judge) -> None:
    """Without a word from the host the output goes off in the watchdog's time."""
    judge.rows(observation)
