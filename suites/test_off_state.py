"""Output off means no current."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness import measurands

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("off.residual")
def test_no_current_after_output_off(observation: Observation, judge: Judge) -> None:
    """After output off no more than the residual flows through 10 kΩ."""
    judge("off.residual-current", measurands.residual_current(observation))
