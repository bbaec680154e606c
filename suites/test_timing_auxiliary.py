"""What flows between the electrodes while the output is off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("auxiliary.direct")
def test_no_direct_auxiliary_current(observation: Observation, judge: Judge) -> None:
    """No more direct current than the residual."""
    judge.rows(observation)


@pytest.mark.requirement("auxiliary.alternating")
def test_no_alternating_auxiliary_current(observation: Observation, judge: Judge) -> None:
    """No weighted alternating current to speak of."""
    judge.rows(observation)


@pytest.mark.requirement("auxiliary.direct-60601-1")
def test_direct_auxiliary_current_of_the_standard(observation: Observation, judge: Judge) -> None:
    """Direct current as the standard is remembered."""
    judge.rows(observation)


@pytest.mark.requirement("auxiliary.alternating-60601-1")
def test_alternating_auxiliary_current_of_the_standard(observation: Observation, judge: Judge) -> None:
    """Alternating current as the standard is remembered."""
    judge.rows(observation)
