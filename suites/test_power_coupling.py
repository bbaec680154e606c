"""Neither motor nor mains come into the output."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("motor.coupling")
def test_no_line_of_motor_or_mains(observation: Observation, judge: Judge) -> None:
    """No line of the motor or of the mains is more than its share of the level."""
    judge.rows(observation)
