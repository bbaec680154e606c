"""The current is what the level says, at every level, load and polarity."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness import measurands

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("current.accuracy")
def test_current_is_the_level(observation: Observation, judge: Judge) -> None:
    """In each phase the plateau has the magnitude of the level, within the profile's tolerance."""
    for phase in observation.point.setpoint.polarity.phases:
        judge(f"current.{phase.value}-plateau", measurands.plateau_magnitude(observation, phase))
