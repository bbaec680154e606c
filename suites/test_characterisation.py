"""Quantities that regulations want characterised: disclosed with their uncertainty, not judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.plugin import Judge


@pytest.mark.requirement("characterisation.output")
def test_output_is_characterised(observation: Observation, judge: Judge) -> None:
    """At the top level: current, voltage, pulse duration, frequency, charges, densities."""
    judge.rows(observation)
