"""The output is a current source up to its declared load and voltage, and less than its level beyond."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("load.regulation")
def test_current_does_not_depend_on_the_load(observation: Observation, judge: Judge) -> None:
    """The current into every declared load is that into the rated one."""
    judge.rows(observation)


@pytest.mark.requirement("load.compliance")
def test_declared_voltage_is_delivered(observation: Observation, judge: Judge) -> None:
    """The level holds up to the declared voltage; beyond it the current falls and the voltage stays."""
    judge.rows(observation)
