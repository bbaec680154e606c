"""Waveforms whose numbers are known in closed form."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harness.errors import NotMeasurable
from harness.waveform import Analysis, analyze
from harness.waveform.histogram import histogram
from harness.waveform.plateaus import droop_percent, settling_instant
from harness.waveform.states import two_states
from harness.waveform.survey import survey
from harness.waveform.transitions import TEN_NINETY, TWENTY_EIGHTY, Edges, spans

SEED = 20240611


def pulses(count: int, period: float, duty: float, *, phase: float = 0.13) -> np.ndarray:
    """Return a rectangle between 0 and 1; period in samples, phase in periods."""
    return ((np.arange(count) / period + phase) % 1 < duty).astype(np.float64)


def rc_edge(count: int, start: int, tau: float) -> np.ndarray:
    """Return 1 - exp(-t/tau) from sample `start`; tau in samples."""
    return 1 - np.exp(-np.clip(np.arange(count) - start, 0, None) / tau)


def second_order(count: int, start: int, natural: float, zeta: float) -> np.ndarray:
    """Return the unit step response of a second-order system; `natural` in radians per sample."""
    t = np.clip(np.arange(count) - start, 0, None)
    damped = natural * math.sqrt(1 - zeta**2)
    return 1 - np.exp(-zeta * natural * t) * (np.cos(damped * t) + zeta * natural / damped * np.sin(damped * t))


def noise(count: int, sigma: float) -> np.ndarray:
    """Return white noise, the same in every run."""
    return np.random.default_rng(SEED).normal(0, sigma, count)


def quantised(record: np.ndarray, step: float) -> np.ndarray:
    """Return the record in codes of one size."""
    return np.round(record / step) * step


def lasting(record: np.ndarray, middle: float, part: tuple[float, float]) -> float:
    """Return the duration of the only transition of a record, upwards from 0 to 1."""
    only = (np.array([each]) for each in (middle, True, 0, int(middle), record.size))
    measured = spans(record, Edges(*only), 0.0, 1.0, part=part)
    return float(measured.durations[0])


@pytest.mark.parametrize(
    ("sigma", "step", "tolerance"), [(0, 0, 0.003), (0.005, 0, 0.02), (0.002, 1 / 200, 0.02), (0.05, 0, 0.1)]
)
def test_an_exponential_edge_lasts_ln_9_time_constants(sigma: float, step: float, tolerance: float) -> None:
    """10-90 % of 1 - exp(-t/tau) is 2.1972 tau, with noise and in 8 bits too."""
    record = rc_edge(5000, 1000, 200) + noise(5000, sigma)
    analysis = analyze(quantised(record, step) if step else record, 1e-6)
    assert analysis.kind == "single-transition"
    assert analysis.rise_time_s == pytest.approx(math.log(9) * 200e-6, rel=tolerance)
    assert analysis.fall_time_s is None


def test_a_linear_ramp_lasts_eight_tenths_between_10_and_90_percent() -> None:
    """10-90 % of a ramp of length T is 0.8 T."""
    analysis = analyze(np.clip((np.arange(3000) - 1000) / 500, 0, 1), 1e-6)
    assert analysis.rise_time_s == pytest.approx(0.8 * 500e-6, rel=2e-3)


def test_other_reference_levels_have_their_own_duration() -> None:
    """20-80 % of 1 - exp(-t/tau) is ln 4 tau."""
    lasts = lasting(rc_edge(5000, 1000, 200), 1000 + 200 * math.log(2), TWENTY_EIGHTY)
    assert lasts == pytest.approx(200 * math.log(4), rel=1e-4)


def test_a_noisy_edge_ends_at_the_first_crossing_after_the_last_lower_one() -> None:
    """With several crossings of both levels, the last low one and the first high one after it count."""
    record = np.array([0, 0, 0.2, 0, 0, 0.3, 0.05, 0.25, 0.5, 0.7, 1.0, 0.8, 1.0, 0.85, 1.0, 1.0])
    assert lasting(record, 8.0, TEN_NINETY) == pytest.approx((9 + 0.2 / 0.3) - (6 + 0.05 / 0.2))


@pytest.mark.parametrize(("sigma", "step"), [(0, 0), (0.01, 0), (0.003, 1 / 200)])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_second_order_step_of_damping_one_half_overshoots_by_16_percent(sigma: float, step: float, sign: int) -> None:
    """exp(-pi zeta / sqrt(1 - zeta^2)) is 16.303 % at zeta 0.5, upwards and downwards."""
    record = sign * (second_order(5000, 1000, 0.03, 0.5) + noise(5000, sigma))
    analysis = analyze(quantised(record, step) if step else record, 1e-6)
    assert analysis.overshoot_percent == pytest.approx(16.303, abs=0.1 if not sigma else 1.0)


def test_noise_is_no_overshoot() -> None:
    """A rectangle with 2 % noise has no overshoot, though its largest sample lies 6 % above its high state."""
    analysis = analyze(pulses(5000, 500, 0.5) + noise(5000, 0.02), 1e-6)
    assert analysis.overshoot_percent == 0.0
    assert analysis.peak > 1.05


def test_a_clipped_record_has_no_overshoot_to_state() -> None:
    """What lies above the range was not recorded."""
    record = np.clip(1.3 * pulses(5000, 500, 0.5) + noise(5000, 0.02), -2, 1)
    assert analyze(record, 1e-6).overshoot_percent is None


def test_an_ac_coupled_rectangle_droops_by_9_5_percent() -> None:
    """Width over time constant 0.1 sags by 1 - exp(-0.1), 9.5163 %."""
    plateau = np.exp(-0.1 * np.linspace(0, 1, 500))
    assert droop_percent(plateau) == pytest.approx(9.5163, abs=1e-3)
    assert droop_percent(plateau + noise(500, 0.01)) == pytest.approx(9.5, abs=1.0)


@pytest.mark.parametrize(("band", "constants"), [(0.02, 3.9120), (0.05, 2.9957)])
def test_an_exponential_settles_after_minus_ln_of_the_band(band: float, constants: float) -> None:
    """Settling to 2 % takes 3.9120 tau from the start, to 5 % 2.9957 tau."""
    assert settling_instant(rc_edge(3000, 0, 200), 1.0, band) == pytest.approx(constants * 200, abs=0.01)


def test_a_waveform_that_ends_outside_its_band_has_not_settled() -> None:
    """An instant beyond the record is never stated."""
    with pytest.raises(NotMeasurable, match="not settled"):
        settling_instant(rc_edge(300, 0, 200), 1.0, 0.02)


@pytest.mark.parametrize("sigma", [0, 20e-6])
def test_600_microamperes_at_half_duty_carry_600_microcoulombs_a_phase(sigma: float) -> None:
    """Monophasic, 0.5 Hz: mean 300 µA, r.m.s. 424.26 µA, 600 µC in each period."""
    count = 5 * 2000
    analysis = analyze(600e-6 * pulses(count, 2000, 0.5) + noise(count, sigma), 1e-3)
    assert analysis.kind == "monophasic"
    assert analysis.mean == pytest.approx(300e-6, rel=5e-3)
    assert analysis.rms == pytest.approx(math.hypot(424.26e-6, sigma), rel=5e-3)
    assert analysis.net_charge == pytest.approx(5 * 600e-6, rel=5e-3)
    assert analysis.frequency_hz == pytest.approx(0.5, rel=1e-3)
    assert analysis.positive_duty == pytest.approx(0.5, abs=1e-3)
    assert analysis.high_state == pytest.approx(600e-6, rel=0.01)
    assert analysis.low_state == pytest.approx(0, abs=6e-6)


@pytest.mark.parametrize("periods", [2.3, 2.5, 3.7, 7.9])
@pytest.mark.parametrize("phase", [0.0, 0.13, 0.6, 0.97])
def test_the_mean_of_part_of_a_period_is_left_out(periods: float, phase: float) -> None:
    """Mean and r.m.s. do not depend on where in the period a record begins and ends."""
    analysis = analyze(pulses(round(periods * 400), 400, 0.2, phase=phase), 1e-5)
    assert analysis.mean == pytest.approx(0.2, abs=0.004)
    assert analysis.rms == pytest.approx(math.sqrt(0.2), abs=0.005)
    assert analysis.net_charge == pytest.approx(math.floor(periods) * 0.2 * 400e-5, rel=0.02)


@pytest.mark.parametrize("period", [4, 5, 6.3, 8, 10.7, 25])
def test_few_points_a_period_are_enough_for_the_frequency(period: float) -> None:
    """The frequency of a rectangle stands from four samples a period on; its rise time does not."""
    analysis = analyze(2 * pulses(600, period, 0.5) - 1 + noise(600, 0.03), 1e-4)
    assert analysis.kind == "biphasic"
    assert analysis.frequency_hz == pytest.approx(1 / (period * 1e-4), rel=5e-3)
    assert analysis.rise_time_s is None


@pytest.mark.parametrize("sigma", [0.02, 0.05, 0.1, 0.15])
def test_noise_makes_no_edges(sigma: float) -> None:
    """Up to noise of 15 % of the amplitude, frequency, duty and states are those of the waveform."""
    analysis = analyze(pulses(10000, 500, 0.3) + noise(10000, sigma), 1e-6)
    assert analysis.frequency_hz == pytest.approx(2000, rel=2e-3)
    assert analysis.positive_duty == pytest.approx(0.3, abs=0.003)
    assert analysis.high_state == pytest.approx(1, abs=0.1 * sigma + 0.005)
    assert analysis.low_state == pytest.approx(0, abs=0.1 * sigma + 0.005)


def test_samples_that_come_in_pairs_change_nothing() -> None:
    """A scope that doubles its samples gives the same frequency, levels and edges."""
    single = np.convolve(pulses(2000, 250, 0.5), np.full(9, 1 / 9), mode="same") + noise(2000, 0.01)
    one, two = analyze(single, 2e-6), analyze(np.repeat(single, 2), 1e-6)
    assert two.frequency_hz == pytest.approx(one.frequency_hz, rel=1e-3)
    assert two.high_state == pytest.approx(one.high_state, abs=2e-3)
    assert two.rise_time_s == pytest.approx(one.rise_time_s, rel=0.1)


def test_the_noise_of_paired_samples_is_not_underestimated() -> None:
    """Neighbours that are copies differ by nothing half of the time; the noise is still the noise."""
    record = np.repeat(pulses(5000, 500, 0.5) + noise(5000, 0.02), 2)
    found = survey(record)
    assert two_states(found, histogram(found), 0.0).noise == pytest.approx(0.02, rel=0.1)


def test_an_edge_between_two_samples_has_no_rise_time() -> None:
    """With fewer than two samples on the edge the figure would be the scope's interval."""
    analysis = analyze(pulses(5000, 500, 0.5), 1e-6)
    assert (analysis.rise_time_s, analysis.fall_time_s) == (None, None)


@pytest.mark.parametrize("step", [1 / 10, 1 / 25, 1 / 200])
def test_eight_bits_and_fewer_keep_levels_and_frequency(step: float) -> None:
    """Quantised codes bias the levels by less than half a code."""
    analysis: Analysis = analyze(quantised(0.73 * pulses(5000, 500, 0.5) + noise(5000, step), step), 1e-6)
    assert analysis.high_state == pytest.approx(0.73, abs=step / 2)
    assert analysis.frequency_hz == pytest.approx(2000, rel=2e-3)


def test_biphasic_pulses_with_rest_have_three_states() -> None:
    """High and low are the phases, not the rest; each phase's edges are measured from the rest."""
    position = (np.arange(6000) + 200) % 1000
    shape = np.where(position < 100, 1.0, 0) - 0.5 * ((position >= 150) & (position < 350))
    record = np.convolve(shape, np.full(10, 0.1), mode="same") + noise(6000, 0.01)
    analysis = analyze(record, 1e-6)
    assert analysis.kind == "biphasic"
    assert (analysis.high_state, analysis.low_state) == (pytest.approx(1, abs=0.01), pytest.approx(-0.5, abs=0.01))
    assert analysis.frequency_hz == pytest.approx(1000, rel=1e-3)
    assert analysis.positive_duty == pytest.approx(0.1, abs=0.002)
    assert analysis.net_charge == pytest.approx(0, abs=6e-6)
    assert analysis.rise_time_s == pytest.approx(8e-6, rel=0.1)
    assert analysis.fall_time_s == pytest.approx(8e-6, rel=0.1)


def test_samples_are_one_row_of_numbers() -> None:
    """The numeric door lets a list through as float64."""
    assert survey([1, 2, 3, 4, 5, 6, 7, 8]).record.dtype == np.float64


@pytest.mark.parametrize("length", [0.5, 0.6])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_slow_ramp_alone_in_its_record_has_its_duration(length: float, sign: int) -> None:
    """Before the first and after the last transition nothing else comes: 10 to 90 % of a ramp is 0.8 of it."""
    record = sign * np.clip((np.arange(10_000) / 10_000 - 0.2) / length, 0, 1)
    found = analyze(record, 1e-5)
    lasts = found.rise_time_s if sign > 0 else found.fall_time_s
    assert lasts == pytest.approx(0.8 * length * 0.1, rel=1e-3)
