"""Every mode is another one, and what it is declared to be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("modes.distinct")
def test_modes_are_distinct(observation: Observation, judge: Judge) -> None:
    """No two modes give the same."""
    judge.rows(observation)


@pytest.mark.requirement("modes.declared")
def test_modes_are_as_declared(observation: Observation, judge: Judge) -> None:
    """Each mode has the features of its declared waveform."""
    judge.rows(observation)
