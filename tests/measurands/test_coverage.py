"""Of many measurements of one known thing, about 95 % lie within their expanded uncertainty of it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.setpoint import Polarity
from tests.measurands.synthetic import measured, shaped, square

if TYPE_CHECKING:
    from harness.capture import Observation

TRIALS = 200
LEVEL = 600e-6


def without_time_base(observation: Observation) -> Observation:
    """The same by an oscilloscope whose time is true: what is left is noise."""
    captures = tuple(replace(c, path=replace(c.path, time_base=1e-12)) for c in observation.captures)
    return replace(observation, captures=captures)


@pytest.mark.parametrize(("name", "true", "least", "most"), [
    ("period", 0.1, 0.94, 1.0), ("pulse-width", 0.05, 0.90, 1.0), ("duty", 0.5, 0.90, 1.0),
])  # fmt: skip
def test_times_of_slow_edges_are_covered(name: str, true: float, least: float, most: float) -> None:
    """With edges of a hundred samples noise dominates, and U covers it in 19 of 20 trials or a little more."""
    errors = []
    for seed in range(TRIALS):
        shift = np.random.default_rng(seed).uniform(0, 1e-4)
        current = square(10.0, LEVEL, -LEVEL, tau_s=2.5e-3, delay_s=shift)
        found = measured(name, without_time_base(shaped(current, seed=seed)))
        errors.append((found.value - true) / found.expanded_uncertainty)
    covered = np.mean(np.abs(errors) <= 1)
    assert least <= covered <= most
    # Not by being much too wide: U is at most four times the standard deviation that is really there.
    assert np.std(errors) >= 0.25


def test_rise_times_are_covered_and_unbiased() -> None:
    """The rise of an exponential is right on the mean, and within U nearly always: codes' nonlinearity is assumed."""
    tau = 5e-6
    errors = []
    for seed in range(60):
        found = measured("rise-time", shaped(square(10.0, LEVEL, -LEVEL, tau_s=tau), seed=seed))
        errors.append((found.value - math.log(9) * tau) / found.expanded_uncertainty)
    assert np.mean(np.abs(errors) <= 1) >= 0.95
    assert abs(np.mean(errors)) <= 0.1


def test_amplitudes_are_unbiased() -> None:
    """The mean of many amplitudes is the true one to a tenth of U, at each gain of the oscilloscope."""
    errors = []
    for seed in range(60):
        current = square(1500.0, LEVEL, -LEVEL, tau_s=2e-6)
        observed = shaped(current, Polarity.BIPOLAR, 1500.0, seed=seed, gain=1 + 0.03 * math.sin(seed))
        found = measured("amplitude", observed, phase="positive")
        errors.append((found.value - LEVEL) / found.expanded_uncertainty)
    assert np.mean(np.abs(errors) <= 1) == 1.0
    assert abs(np.mean(errors)) <= 0.1
