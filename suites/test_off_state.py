"""Output off means no current and no pulses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("off.residual")
def test_no_current_after_output_off(observation: Observation, judge: Judge) -> None:
    """After output off no more than the residual flows, through 10 kΩ and through 1 MΩ."""
    judge.rows(observation)


@pytest.mark.requirement("off.pulses")
def test_no_pulses_after_output_off(observation: Observation, judge: Judge) -> None:
    """After output off no pulse comes, through 10 kΩ and through 1 MΩ."""
    judge.rows(observation)
