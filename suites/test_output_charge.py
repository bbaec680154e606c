"""A minute leaves no net charge where both directions flow, and the declared direct current where one does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("charge.balance")
def test_no_net_charge_is_left(observation: Observation, judge: Judge) -> None:
    """Over a minute both directions carry the same charge."""
    judge.rows(observation)


@pytest.mark.requirement("charge.direct-current")
def test_direct_current_is_as_declared(observation: Observation, judge: Judge) -> None:
    """Over a minute the mean is what the setting declares."""
    judge.rows(observation)
