"""The current flows in the direction that is set."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness import measurands

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("polarity.sign")
def test_current_flows_as_set(observation: Observation, judge: Judge) -> None:
    """In each phase current flows in the direction set, and more of it than counts as none."""
    for phase in observation.point.setpoint.polarity.phases:
        judge(f"polarity.{phase.value}-phase", measurands.plateau_along_setting(observation, phase))
