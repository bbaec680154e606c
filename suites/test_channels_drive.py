"""External voltage, shorts and opens leave the unit as it was; a declared cutoff acts at its current."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("overload.back-drive")
def test_external_voltage_leaves_no_trace(observation: Observation, judge: Judge) -> None:
    """Driven from outside, off and on, both ways, the unit delivers its level meanwhile and afterwards."""
    judge.rows(observation)


@pytest.mark.requirement("overload.open-and-short")
def test_shorts_and_opens_leave_the_level(observation: Observation, judge: Judge) -> None:
    """Ten cycles of short and open leave the level where it was, at every level."""
    judge.rows(observation)


@pytest.mark.requirement("overload.trip-current")
def test_cutoff_acts_at_its_current(observation: Observation, judge: Judge) -> None:
    """Driven further step by step, the unit switches off at the current that it declares."""
    judge.rows(observation)
