"""States and periods of long records of codes."""

from __future__ import annotations

import numpy as np
import pytest

from harness.errors import NotMeasurable
from harness.waveform.cycles import find_cycles, moving_mean

NOISE = 0.6


def codes(shares: np.ndarray, *, low: float = 30.0, high: float = 220.0, seed: int = 1) -> np.ndarray:
    """A record between two codes, with noise."""
    noise = np.random.default_rng(seed).normal(0, NOISE, shares.size)
    return np.clip(np.rint(low + (high - low) * shares + noise), 0, 255).astype(np.uint8)


def square(samples: int, period: float, duty: float = 0.5, shift: float = 0.0) -> np.ndarray:
    """0 and 1 by turns."""
    return np.where((((np.arange(samples) + shift) / period) % 1.0) < duty, 1.0, 0.0)


@pytest.mark.parametrize(("shift", "count"), [(0.0, 9), (1.5, 9), (-1.5, 10), (-400.0, 10), (-600.0, 9)])
def test_whole_periods(shift: float, count: int) -> None:
    """Periods are those between the rising edges that the record shows; one that it begins with is none."""
    found = find_cycles(codes(square(10_500, 1000.0, shift=shift)), NOISE, nominal=1000.0, two_states=True)
    assert found.count == count
    assert found.period == pytest.approx(1000.0, abs=0.1)
    assert len(found.states) == count
    assert all(state.length == pytest.approx(500.0, abs=1.0) for state in found.states)


def test_levels_are_those_of_the_states() -> None:
    """Low and high are means of the samples near either end, whatever a few glitches do."""
    record = codes(square(10_500, 1000.0, shift=-10))
    record[[5, 4000, 7777]] = [255, 255, 0]
    found = find_cycles(record, NOISE, nominal=1000.0, two_states=True)
    assert found.low == pytest.approx(30.0, abs=0.1)
    assert found.high == pytest.approx(220.0, abs=0.1)


def test_a_rest_is_the_low_state_of_pulses() -> None:
    """Between pulses of both directions the mid-level lies half way from the rest, not on it."""
    place = np.arange(10_500) % 1000
    record = codes(np.where((place >= 10) & (place < 110), 1.0, np.where((place >= 110) & (place < 210), 0.0, 0.5)))
    found = find_cycles(record, NOISE, nominal=1000.0, two_states=False)
    assert found.low == pytest.approx(125.0, abs=0.5)
    assert found.period == pytest.approx(1000.0, abs=0.1)
    assert found.states[0].length == pytest.approx(100.0, abs=1.0)


def test_the_run_that_is_due_is_found() -> None:
    """Of stretches with different periods the one nearest to the nominal period counts, and only whole ones."""
    parts = [square(6000, period) for period in (1000.0, 500.0, 250.0)]
    record = codes(np.concatenate(parts))
    for nominal in (1000.0, 500.0, 250.0):
        found = find_cycles(record, NOISE, nominal=nominal, two_states=True)
        assert found.period == pytest.approx(nominal, rel=1e-3)
        assert found.count >= 5
    # What is not there is not invented: the nearest is measured as it is.
    assert find_cycles(record, NOISE, nominal=125.0, two_states=True).period == pytest.approx(250.0, rel=1e-3)


@pytest.mark.parametrize("record", [
    codes(np.zeros(5000)), codes(square(5000, 1000.0), low=100, high=108), codes(square(5000, 9000.0, shift=-100)),
], ids=["flat", "within the noise", "one edge"])  # fmt: skip
def test_a_record_without_a_period(record: np.ndarray) -> None:
    """Noise, ripple and a single step have no period."""
    with pytest.raises(NotMeasurable):
        find_cycles(record, NOISE, nominal=1000.0, two_states=True)


def test_noise_on_a_slow_edge_makes_no_edges() -> None:
    """An edge that takes a fifth of the period is passed once, and its noise is that of the samples over the slope."""
    ramp = np.clip(np.abs((np.arange(52_500) / 5000.0 + 0.25) % 1.0 - 0.5) * 2.5 - 0.125, 0, 1)
    found = find_cycles(codes(ramp), NOISE, nominal=5000.0, two_states=True)
    assert found.count in {9, 10}
    slope = 190 * 2.5 / 5000
    assert found.begins[1].noise == pytest.approx(NOISE / slope, rel=0.1)


@pytest.mark.parametrize("width", [1, 5, 51])
def test_a_moving_mean(width: int) -> None:
    """Around each sample as many on either side, at the ends those that there are: as the definition, summed up."""
    record = np.random.default_rng(2).normal(1e-3, 1e-4, 300)
    half = width // 2
    expected = [record[max(0, k - half) : k + half + 1].mean() for k in range(300)]
    assert moving_mean(record, width) == pytest.approx(expected, rel=1e-9)
