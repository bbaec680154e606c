"""The probe tone follows contact and resistance."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("tone.contact")
def test_tone_only_with_contact(observation: Observation, judge: Judge) -> None:
    """It sounds at every resistance under the probe, and without contact it is silent."""
    judge.rows(observation)


@pytest.mark.requirement("tone.pitch")
def test_pitch_follows_the_resistance(observation: Observation, judge: Judge) -> None:
    """From each resistance to the next the pitch changes in the declared direction."""
    judge.rows(observation)


@pytest.mark.requirement("tone.latency")
def test_tone_follows_in_time(observation: Observation, judge: Judge) -> None:
    """Tone and silence follow contact and its loss in time."""
    judge.rows(observation)
