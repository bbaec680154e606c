"""Phases of long records."""

from __future__ import annotations

import numpy as np
import pytest

from harness.errors import NotMeasurable
from harness.waveform.trains import find_train

NOISE = 0.6


def noisy(record: np.ndarray, seed: int = 1) -> np.ndarray:
    """A record of some hundred codes, rounded, with noise."""
    return np.rint(record + np.random.default_rng(seed).normal(0, NOISE, record.size))


def test_opposite_phases_follow_without_a_rest() -> None:
    """Of a square each phase lasts half of the period, and each begins within half a sample of its instant."""
    times = np.arange(100_000)
    train = find_train(noisy(np.where(((times - 20.3) / 100.7) % 1 < 0.5, 100.0, -100.0)), NOISE)
    due = 20.3 + 100.7 * np.arange(train.instants.size)
    assert set(train.sign.tolist()) == {1, -1}
    assert np.abs(train.instants - due).max() <= 0.6
    assert np.diff(train.head)[1:-1] == pytest.approx(50.35, abs=1.0)


def test_pulses_rest_in_between() -> None:
    """Of a pulse and its opposite the rest is a phase of its own; a sliver of one sample is one, too."""
    place = np.arange(50_000) % 500
    record = np.where((place >= 10) & (place < 30), 100.0, np.where((place >= 30) & (place < 50), -100.0, 0.0))
    assert find_train(noisy(record), NOISE).sign.tolist()[:4] == [0, 1, -1, 0]
    record[place == 9] = -100.0
    assert find_train(noisy(record), NOISE).sign.tolist()[:5] == [0, -1, 1, -1, 0]


def test_a_slow_edge_passes_half_way() -> None:
    """An edge of twenty samples begins its phase where it passes half of its way, whatever lies before it."""
    ramp = np.clip((np.arange(2000) - 1000) / 20, 0, 1)
    assert find_train(noisy(100 * ramp), NOISE).instants == pytest.approx([1010.0], abs=1.0)
    assert find_train(noisy(200 * ramp - 100), NOISE).instants == pytest.approx([1010.0], abs=1.0)


def test_no_current_has_no_phases() -> None:
    """Noise alone is no waveform."""
    with pytest.raises(NotMeasurable, match="no current flows"):
        find_train(noisy(np.zeros(10_000)), NOISE)
