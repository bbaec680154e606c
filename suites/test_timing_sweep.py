"""A mode that goes through its frequencies by itself does so as declared."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("sweep.course")
def test_sweep_takes_its_course(observation: Observation, judge: Judge) -> None:
    """Start, stop, time, law, direction and steps are those declared, in every pass."""
    judge.rows(observation)


@pytest.mark.requirement("sweep.amplitude")
def test_amplitude_is_kept_over_the_sweep(observation: Observation, judge: Judge) -> None:
    """The plateaus at all frequencies are equal."""
    judge.rows(observation)
