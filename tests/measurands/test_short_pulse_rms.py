"""Root mean square of short pulses, against the closed form."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.capture import Observation
from harness.errors import NotMeasurable
from harness.setpoint import Polarity
from tests.measurands.synthetic import measured, nothing, point, record

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH_S = 200e-6


def pulses(polarity: Polarity, frequency_hz: float | None, level: float = 600e-6) -> Observation:
    """One pulse, and the opposite one behind it in a bipolar setting, close up."""

    def current(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        place = seconds / WIDTH_S
        other = -level if polarity is Polarity.BIPOLAR else 0.0
        return np.where((place >= 0) & (place < 1), level, np.where((place >= 1) & (place < 2), other, 0.0))

    at = point(polarity, frequency_hz)
    at = replace(at, setpoint=replace(at.setpoint, pulse_width_s=WIDTH_S))
    captures = (
        record("zero", nothing, start_s=0.0, interval_s=1e-6, samples=1000),
        record("pulse", current, start_s=-100e-6, interval_s=0.5e-6, samples=1400),
    )
    return Observation(at, (), captures)


@pytest.mark.parametrize("frequency_hz", [2.0, 150.0])
@pytest.mark.parametrize(("polarity", "phases"), [(Polarity.POSITIVE, 1), (Polarity.BIPOLAR, 2)])
def test_the_root_mean_square_is_that_of_the_closed_form(polarity: Polarity, phases: int, frequency_hz: float) -> None:
    """Rectangles of I for w at f have I times the root of n w f; U is at most a fifth of it."""
    true = 600e-6 * math.sqrt(phases * WIDTH_S * frequency_hz)
    found = measured("short-pulse-rms", pulses(polarity, frequency_hz))
    assert found.unit == "A"
    assert abs(found.value - true) <= found.expanded_uncertainty <= 0.2 * true


def test_direct_current_has_no_short_pulses() -> None:
    """Without a period there is no such root mean square."""
    with pytest.raises(NotMeasurable, match="has no period"):
        measured("short-pulse-rms", pulses(Polarity.POSITIVE, None))
