"""Clipped records: every number that rests on what was cut off is withheld, by one and the same finding."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.waveform import analyze, pulse_parameters
from harness.waveform.clipping import clipped
from harness.waveform.stimulus import stimulus_parameters

if TYPE_CHECKING:
    from harness.waveform.samples import Samples

CODE = 1.2 / 128
T = np.arange(10_000) * 1e-5
HIGH = (T % 0.02 < 0.01) & (T % 0.02 >= 0)
SQUARE = HIGH.astype(np.float64)
OVERSHOOTING = SQUARE + 0.2 * np.exp(-(T % 0.01) / 1e-3) * np.where(HIGH, 1, -1)
WITHHELD = ("peak", "charge_per_phase", "rms", "rectified_mean", "dc_component", "current_density_peak")


def eight_bits(record: Samples, top: int = 127, bottom: int = -128, noise: float = 1.0) -> Samples:
    """The record as an 8-bit converter shows it, with noise in codes before it."""
    noisy = record + np.random.default_rng(5).normal(0, noise * CODE, record.size)
    return np.clip(np.round(noisy / CODE), bottom, top) * CODE


def absent(record: Samples) -> dict[str, str]:
    """Why there is no value, by name."""
    found = (*pulse_parameters(record, 1e-5), *stimulus_parameters(record, 1e-5, electrode_area_cm2=2.0))
    return {one.name: one.absent for one in found}


CLIPPED = {
    "overshoot": eight_bits(OVERSHOOTING, top=117),
    "plateau": eight_bits(SQUARE, top=101),
    "sine": eight_bits(np.sin(2 * np.pi * 50 * T), top=90, bottom=-90),
    "plateau below": eight_bits(-SQUARE, bottom=-101),
    "without codes": np.minimum(SQUARE + np.random.default_rng(1).normal(0, 0.01, T.size), 1.0),
    "a steady current": np.minimum(0.9 + np.random.default_rng(1).normal(0, 0.01, T.size), 0.9),
}
SOUND = {
    "overshoot": eight_bits(OVERSHOOTING),
    "square": eight_bits(SQUARE),
    "quiet square": eight_bits(SQUARE, noise=0.1),
    "half a code of noise": eight_bits(SQUARE, noise=0.5),
    "ideal square": SQUARE,
    "square without codes": SQUARE + np.random.default_rng(1).normal(0, 0.01, T.size),
    "sine": eight_bits(np.sin(2 * np.pi * 50 * T)),
    "quiet sine": eight_bits(np.sin(2 * np.pi * 50 * T), noise=0.2),
    "slow trapezoid in codes": eight_bits(np.clip(5 * np.sin(2 * np.pi * 10 * T), -1, 1), noise=0.0),
    "ringing before an ideal top": np.where(HIGH, 1.0, 0.2 * np.exp(-(T % 0.01) / 1e-3) * np.sin(T / 2e-5)),
    "a smooth trapezoid in pairs": np.repeat(np.clip(5 * np.sin(2 * np.pi * 10 * T[::2]), -1, 1), 2),
    "samples in pairs": np.repeat(eight_bits(SQUARE)[::2], 2),
}


@pytest.mark.parametrize("name", CLIPPED)
def test_a_clipped_record_is_told(name: str) -> None:
    """An extreme value that repeats itself where noise should move it is the end of the instrument's range."""
    assert "clipped at its" in clipped(CLIPPED[name])


@pytest.mark.parametrize("name", SOUND)
def test_a_sound_record_is_not_clipped(name: str) -> None:
    """Flat tops of ideal or quiet waveforms, codes and repeated samples are no clipping."""
    assert not clipped(SOUND[name])


@pytest.mark.parametrize("name", CLIPPED)
def test_what_rests_on_the_samples_is_withheld(name: str) -> None:
    """Peak, charge, means, r.m.s. value and densities of a clipped record are none, and the reason is told."""
    reasons = absent(CLIPPED[name])
    assert all("clipped" in reasons[each] for each in WITHHELD)


@pytest.mark.parametrize("name", ["plateau", "without codes"])
def test_a_clipped_state_is_withheld(name: str) -> None:
    """Level and times that rest on a clipped state are none; the other state, the period and the samples' peak stay."""
    found, reasons = analyze(CLIPPED[name], 1e-5), absent(CLIPPED[name])
    assert (found.high_state, found.rise_time_s, found.fall_time_s, found.overshoot_percent) == (None,) * 4
    assert found.low_state == pytest.approx(0, abs=0.01)
    assert found.peak == CLIPPED[name].max()
    assert found.period_s == pytest.approx(0.02, rel=1e-3)
    assert "clipped" in reasons["high_state"]
    assert not reasons["low_state"]


def test_a_clipped_overshoot_is_withheld_beside_sound_states() -> None:
    """Where only the overshoot is cut off, states and edges stand; what lies beyond and along the state does not."""
    found, reasons = analyze(CLIPPED["overshoot"], 1e-5), absent(CLIPPED["overshoot"])
    assert found.high_state == pytest.approx(1, abs=0.01)
    assert found.overshoot_percent is None
    for name in ("first_transition_overshoot", "droop", "tilt", "settling_duration_5"):
        assert "clipped" in reasons[name]
    assert not reasons["pulse_duration"]


@pytest.mark.parametrize("code_size", [0.0, 10 * CODE])
def test_a_stated_code_hides_no_clipping(code_size: float) -> None:
    """Whatever the converter's codes are said to be, the samples that repeat themselves are there."""
    found = {one.name: one.absent for one in pulse_parameters(CLIPPED["plateau"], 1e-5, code_size=code_size)}
    assert "clipped" in found["high_state"]
