"""Contact is recognised, lost and answered as declared, and the current adapted within its level."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("contact.threshold")
def test_skin_is_recognised_and_nothing_else(observation: Observation, judge: Judge) -> None:
    """On the way down the output comes on where skin begins, and not before."""
    judge.rows(observation)


@pytest.mark.requirement("contact.hysteresis")
def test_contact_is_lost_and_found_again(observation: Observation, judge: Judge) -> None:
    """On the way up the output goes off where skin ends, and back on skin it comes on again."""
    judge.rows(observation)


@pytest.mark.requirement("contact.thresholds")
def test_thresholds_are_disclosed(observation: Observation, judge: Judge) -> None:
    """The loads between which contact is found and lost are disclosed."""
    judge.rows(observation)


@pytest.mark.requirement("contact.sense-period")
def test_contact_is_looked_for_at_the_stated_rate(observation: Observation, judge: Judge) -> None:
    """Sense pulses come at the declared period, on average and each single one, and are as small as declared."""
    judge.rows(observation)


@pytest.mark.requirement("contact.latency")
def test_a_loss_is_answered_in_time(observation: Observation, judge: Judge) -> None:
    """Of all losses, 95 % are answered in time, with a confidence of 95 %."""
    judge.rows(observation)


@pytest.mark.requirement("contact.adaptation")
def test_the_current_is_adapted_within_its_level(observation: Observation, judge: Judge) -> None:
    """From wet to dry skin the current stays in its level's band and goes in one direction only."""
    judge.rows(observation)


@pytest.mark.requirement("anti-shock.bounce")
def test_a_bouncing_contact_does_not_shock(observation: Observation, judge: Judge) -> None:
    """No spike in trains of bounces, and a start from zero after every loss in them that counts."""
    judge.rows(observation)


@pytest.mark.requirement("anti-shock.glide")
def test_gliding_does_not_shock(observation: Observation, judge: Judge) -> None:
    """No spike while gliding, and a start from zero after every loss that counts, of one electrode or of both."""
    judge.rows(observation)
