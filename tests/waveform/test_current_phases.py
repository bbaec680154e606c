"""Phases: found whatever their shape, offset and company; refused where they cannot be seen."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harness.errors import NotMeasurable
from harness.waveform.current_phases import find_phases
from harness.waveform.integral import floor_of, integral
from harness.waveform.pulse_groups import gaps, group
from tests.waveform.stimuli import Biphasic, degraded, recharge, trapezoid

TRAIN = Biphasic(6, 400.3, 80.2, 5.0, 20.0, 0.5, 0.95, 60.4)


def test_an_offset_of_the_instrument_does_not_join_phases() -> None:
    """A rest at 3 % instead of 0: the same phases and instants; the offset counts as long as a phase lasts."""
    exact, moved = find_phases(TRAIN.record()), find_phases(TRAIN.record() + 0.03)
    assert moved.rest == pytest.approx(0.03)
    assert moved.count == exact.count == 12
    assert moved.start == pytest.approx(exact.start, abs=1e-6)
    assert moved.charge()[0][0] - exact.charge()[0][0] == pytest.approx(0.03 * 86, rel=0.02)


def test_a_glitch_among_long_pulses_is_no_phase() -> None:
    """One sample at full height in the rest is left out; pulses of two samples that recur are all there."""
    record = TRAIN.record()
    record[350] = 1.0
    assert find_phases(record).count == 12
    short = np.zeros(1000)
    short[20::50] = short[21::50] = 1.0
    assert find_phases(short + 1e-4 * np.sin(np.arange(1000))).count == 20


def test_phases_at_the_ends_of_a_record_are_not_whole() -> None:
    """A record that begins within a phase and ends within one has both, marked as cut."""
    found = find_phases(TRAIN.record()[100:2180])
    assert found.count == 12
    assert found.whole.tolist() == [False, *([True] * 10), False]
    assert (found.begun[0], found.begun[-1]) == (False, True)


def test_a_sine_has_half_periods_as_phases() -> None:
    """Each half carries amplitude times period over pi, and lasts two thirds of itself at half its height."""
    found = find_phases(np.sin(2 * np.pi * np.arange(4000) / 500.37 + 0.5))
    whole = found.whole
    charges, bounds = found.charge()
    assert np.all(np.abs(np.abs(charges) - 500.37 / math.pi)[whole] <= bounds[whole])
    assert found.duration[whole] == pytest.approx(500.37 / 3, rel=1e-3)


def test_a_spike_has_no_plateau() -> None:
    """An exponential has its largest sample as amplitude, and says that it is not flat."""
    record = sum(recharge(np.arange(2000), 50.5 + 300 * k, 20.0) for k in range(6))
    found = find_phases(record)
    assert not found.flat.any()
    assert np.all(np.abs(found.amplitude - 1.0) <= found.amplitude_bound)


def test_phases_join_to_pulses_by_their_gaps() -> None:
    """Two phases with a short gap are a pulse; three with short gaps as well; without a longer gap they pair."""
    t = np.arange(3000)
    two = find_phases(TRAIN.record())
    assert (group(two).last - group(two).first == 1).all()
    assert gaps(two)[::2] == pytest.approx(20.0)
    triple = np.zeros(t.size)
    for k in range(6):
        for order, sign in enumerate((1, -1, 1)):
            triple += sign * trapezoid(t, 50 + 450 * k + 60 * order, 40, 3)
    assert (group(find_phases(triple)).last - group(find_phases(triple)).first == 2).all()
    square = np.where(np.sin(2 * np.pi * (t + 0.5) / 300) > 0, 1.0, -1.0)
    assert (group(find_phases(square)).first == [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]).all()


def test_noise_and_code_of_a_record_are_recognised() -> None:
    """White noise to 10 %, also in pairs; codes to their step, even where the smallest steps do not occur."""
    quiet = TRAIN.record()
    assert floor_of(degraded(quiet, 0.01, 0.0, 1)).noise == pytest.approx(0.01, rel=0.1)
    paired = np.repeat(degraded(quiet, 0.01, 0.0, 1), 2)
    assert floor_of(paired).noise == pytest.approx(0.01 * math.sqrt(2), rel=0.1)
    assert floor_of(degraded(quiet, 0.01, 1 / 200, 1)).code == pytest.approx(1 / 200)
    assert floor_of(quiet + 1e-3 * np.sin(np.arange(quiet.size))).code == 0
    slow = np.round(8 * np.sin(np.arange(400) / 3)) * 3 + np.where(np.arange(400) % 97 == 0, 2.0, 0.0)
    assert floor_of(slow).code == pytest.approx(1.0)


@pytest.mark.parametrize("rise", [15.0, 60.0, 200.0])
@pytest.mark.parametrize(("sigma", "code"), [(0.0, 0.0), (0.003, 0.0), (0.02, 0.0), (0.02, 1 / 60)])
def test_instants_on_slow_edges_are_within_their_bounds(rise: float, sigma: float, code: float) -> None:
    """Where noise is steeper than the edge, the first sample beyond half of it comes early: the bound knows."""
    for seed in range(5):
        train = Biphasic(5, 3000.3, 1000.1, rise, 450.2, 0.8, 0.8, 300 + 0.37 * seed)
        found = find_phases(degraded(train.record(), sigma, code, seed))
        for instants, doubts, true in (
            (found.start, found.start_doubt, train.starts),
            (found.stop, found.stop_doubt, train.starts + train.width),
        ):
            assert np.all(np.abs(instants[::2] - true) <= doubts[::2] + 1e-9)
            assert np.all(doubts[::2] <= 0.5 + 20 * sigma * rise)


@pytest.mark.parametrize(("sigma", "most"), [(0.0, 0.5), (0.3, 0.5), (0.5, 0.01), (1.0, 1e-6)])
def test_noise_dithers_what_codes_leave(sigma: float, most: float) -> None:
    """Without noise a mean may be wrong by half a code; with half a code of noise by a hundredth."""
    for level in np.linspace(0, 1, 7):
        noisy = level + np.random.default_rng(2).normal(0, sigma, 40_000) if sigma else np.full(40_000, level)
        record = np.round(noisy) + np.where(np.arange(40_000) % 5000 < 40, 30.0, 0.0)
        floor = floor_of(np.concatenate((record, np.arange(31.0))))
        mean = float(np.round(noisy).mean())
        assert abs(mean - level) <= floor.mean_of(noisy.size)
        assert floor.bias <= most * floor.code


def test_the_doubt_of_a_linear_edge_falls_with_its_samples() -> None:
    """A step in one interval counts half its height; over m samples the doubt is at most 2/m in all."""
    for samples in (2, 4, 8, 20):
        record = np.clip((np.arange(100) - 40.3) / samples, 0, 1) + 1e-9 * np.sin(np.arange(100))
        doubt = float(integral(record, floor_of(record)).doubt[-1])
        true = 99 - 40.3 - samples / 2
        assert doubt <= 2 / samples + 1e-6
        assert abs(float(integral(record, floor_of(record)).running[-1]) - true) <= doubt + 1e-6


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (np.zeros(50), "every sample is 0"),
        (np.random.default_rng(3).normal(0, 1, 500), "noise or codes hide"),
    ],
)
def test_no_phases_in_nothing_and_in_noise(record: np.ndarray, reason: str) -> None:
    """Zeros and noise have no phase that could be told."""
    with pytest.raises(NotMeasurable, match=reason):
        find_phases(record)
