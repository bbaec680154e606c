"""What the unit draws at its battery terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("supply.current")
def test_supply_current_is_as_declared(observation: Observation, judge: Judge) -> None:
    """Off and at every level the unit draws no more than declared."""
    judge.rows(observation)


@pytest.mark.requirement("supply.edges")
def test_edges_draw_no_current(observation: Observation, judge: Judge) -> None:
    """Many edges draw no more than few."""
    judge.rows(observation)
