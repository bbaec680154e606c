"""How much one pulse of ten differs from the others."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.capture import Observation
from harness.setpoint import Polarity
from tests.measurands.synthetic import measured, nothing, point, record

if TYPE_CHECKING:
    from numpy.typing import NDArray

WIDTH_S = 200e-6
LEVEL_A = 600e-6


def train(frequency_hz: float, odd: dict[int, float], level: float = LEVEL_A) -> Observation:
    """Ten pulses in both directions; of some the positive one is so many times the others."""

    def current(seconds: NDArray[np.float64]) -> NDArray[np.float64]:
        number = np.floor(seconds * frequency_hz).astype(int)
        place = (seconds - number / frequency_hz) / WIDTH_S
        times = np.ones(seconds.shape)
        for which, factor in odd.items():
            times[number == which] = factor
        return np.where(place < 1, times * level, np.where(place < 2, -level, 0.0))

    at = point(Polarity.BIPOLAR, frequency_hz)
    at = replace(at, setpoint=replace(at.setpoint, pulse_width_s=WIDTH_S))
    length = 10.5 / frequency_hz
    captures = (
        record("zero", nothing, start_s=0.0, interval_s=1e-6, samples=1000),
        record("periods", current, start_s=-0.25 / frequency_hz, interval_s=length / 200_000, samples=200_000),
    )
    return Observation(at, (), captures)


@pytest.mark.parametrize("frequency_hz", [2.0, 150.0])
@pytest.mark.parametrize("factor", [1.0, 0.7, 1.2])
def test_the_pulse_that_differs_most_is_told(frequency_hz: float, factor: float) -> None:
    """One positive pulse of ten is a factor times the others: that is its difference, within U; negative ones none."""
    observation = train(frequency_hz, {4: factor})
    found = measured("short-pulse-evenness", observation, phase="positive")
    assert found.value == pytest.approx(abs(factor - 1), abs=found.expanded_uncertainty)
    assert found.expanded_uncertainty < 0.05
    assert measured("short-pulse-evenness", observation, phase="negative").value < 0.03


def test_without_pulses_nothing_is_even() -> None:
    """Where no pulse comes the difference is whole, and no error."""
    assert measured("short-pulse-evenness", train(150.0, {}, level=0.0), phase="positive").value == 1.0
