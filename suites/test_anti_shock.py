"""The current rises gradually after every contact, and is off soon after every loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("anti-shock.rise")
def test_current_rises_gradually(observation: Observation, judge: Judge) -> None:
    """After first contact, also one that bounces, the current rises without a step, a fall or an overshoot."""
    judge.rows(observation)


@pytest.mark.requirement("anti-shock.restart")
def test_rise_restarts_after_a_loss(observation: Observation, judge: Judge) -> None:
    """After every loss that has to be recognised the current starts from zero again."""
    judge.rows(observation)


@pytest.mark.requirement("anti-shock.short-gap")
def test_short_gap_does_not_shock(observation: Observation, judge: Judge) -> None:
    """After a loss too short to be recognised the current is no more than its level."""
    judge.rows(observation)


@pytest.mark.requirement("anti-shock.restart-share")
def test_restarts_are_counted(observation: Observation, judge: Judge) -> None:
    """How often the rise restarts is disclosed for every gap."""
    judge.rows(observation)


@pytest.mark.requirement("anti-shock.off-after-loss")
def test_output_is_off_after_a_loss(observation: Observation, judge: Judge) -> None:
    """Behind an open contact the electrodes' voltage falls in time, and the next touch finds the output off."""
    judge.rows(observation)


@pytest.mark.requirement("bench.contact-gap")
def test_gap_is_as_requested(observation: Observation, judge: Judge) -> None:
    """The bench's own part: the gap that the contact monitor saw is the one that was asked for."""
    judge.rows(observation)
