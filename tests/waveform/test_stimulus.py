"""The one entry for all stimulator quantities of a record."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from harness.errors import NotFinite, NotMeasurable, RequestError, StimcertError
from harness.waveform.stimulus import stimulus_parameters
from tests.waveform.stimuli import Biphasic, degraded, recharge, trapezoid

if TYPE_CHECKING:
    from harness.waveform.parameter import Parameter

INTERVAL = 1e-5
TRAIN = Biphasic(count=12, period=2003.7, width=401.3, rise=12.0, dead=60.0, ratio=0.5, balance=0.9, offset=150.2)
PEAK_A = 600e-6


def measured(record: np.ndarray, **given: float | np.ndarray) -> dict[str, Parameter]:
    """All parameters of a record by name."""
    return {found.name: found for found in stimulus_parameters(record, INTERVAL, **given)}  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def biphasic() -> dict[str, Parameter]:
    """A biphasic train of 600 µA into 500 Ω and 2 cm², with noise, in 8 bits."""
    record = PEAK_A * degraded(TRAIN.record(), 0.004, 1 / 100, 1)
    return measured(record, load_ohm=500.0, electrode_area_cm2=2.0)


@pytest.mark.parametrize(
    ("name", "unit", "true"),
    [
        ("dc_component", "U", PEAK_A * TRAIN.net / TRAIN.period),
        ("rectified_mean", "U", PEAK_A * 1.9 * TRAIN.width / TRAIN.period),
        ("rms", "U", PEAK_A * math.sqrt(TRAIN.mean_square)),
        ("charge_per_phase", "U s", PEAK_A * TRAIN.width * INTERVAL),
        ("positive.phase_charge", "U s", PEAK_A * TRAIN.width * INTERVAL),
        ("negative.phase_charge", "U s", -0.9 * PEAK_A * TRAIN.width * INTERVAL),
        ("net_charge_per_pulse", "U s", PEAK_A * TRAIN.net * INTERVAL),
        ("net_charge_per_second", "U s/s", PEAK_A * TRAIN.net / TRAIN.period),
        ("interphase_interval", "s", TRAIN.dead * INTERVAL),
        ("charge_asymmetry", "1", 0.1 / 1.9),
        ("amplitude_asymmetry", "1", 1 / 3),
        ("energy_per_pulse", "J", 500 * PEAK_A**2 * TRAIN.mean_square * TRAIN.period * INTERVAL),
        ("current_density_rms", "U/cm2", PEAK_A * math.sqrt(TRAIN.mean_square) / 2),
        ("current_density_rectified_mean", "U/cm2", PEAK_A * 1.9 * TRAIN.width / TRAIN.period / 2),
        ("current_density_peak", "U/cm2", PEAK_A / 2),
        ("missing_pulses", "1", 0.0),
        ("extra_pulses", "1", 0.0),
        ("longest_interval", "s", TRAIN.period * INTERVAL),
        ("mean_interval", "s", TRAIN.period * INTERVAL),
        ("interval_standard_deviation", "s", 0.0),
        ("interval_drift", "1", 0.0),
        ("period_to_period_deviation", "s", 0.0),
        ("frequency_at_start", "Hz", 1 / (TRAIN.period * INTERVAL)),
        ("frequency_at_stop", "Hz", 1 / (TRAIN.period * INTERVAL)),
        ("hold_level", "U", PEAK_A),
        ("plateau_spread", "1", 0.0),
        ("mains_line_180_hz", "U", 0.0),
    ],
)
def test_each_quantity_of_a_biphasic_train(biphasic: dict[str, Parameter], name: str, unit: str, true: float) -> None:
    """Every quantity is there, in its unit, and right within its bound."""
    found = biphasic[name]
    assert found.unit == unit
    assert found.estimate is not None, found.absent
    assert abs(found.estimate.value - true) <= found.estimate.bound


def test_bounds_of_a_good_record_are_small(biphasic: dict[str, Parameter]) -> None:
    """At 400 samples a phase, 8 bits and 0.4 % noise no main quantity is known worse than to 3 %."""
    for name in ("rectified_mean", "rms", "charge_per_phase", "energy_per_pulse", "hold_level", "mean_interval"):
        estimate = biphasic[name].estimate
        assert estimate is not None
        assert estimate.bound <= 0.03 * abs(estimate.value), name


def test_names_and_order_do_not_depend_on_the_record() -> None:
    """Direct current has every name that a train of pulses has, each with its reason."""
    train, steady = measured(TRAIN.record()), measured(np.full(1000, 1e-4))
    assert list(train) == list(steady)
    assert len(train) == len(set(train))
    assert steady["charge_per_phase"].absent == "the current is steady: it has no phases"
    assert all(found.source for found in train.values())


def test_a_steady_current_is_its_mean() -> None:
    """Direct current has mean, r.m.s. and power over the record, without a period."""
    found = measured(np.full(1000, -1e-4), load_ohm=500.0, electrode_area_cm2=1.0)
    for name, true in (("dc_component", -1e-4), ("rectified_mean", 1e-4), ("rms", 1e-4), ("peak", 1e-4)):
        estimate = found[name].estimate
        assert estimate is not None
        assert estimate.value == pytest.approx(true, rel=1e-9)


def holds(found: dict[str, Parameter], **true: float) -> None:
    """Fail where a quantity is absent, or further from the truth than its bound and rounding."""
    for name, value in true.items():
        estimate = found[name].estimate
        assert estimate is not None, f"{name}: {found[name].absent}"
        assert abs(estimate.value - value) <= estimate.bound + 1e-12 * abs(value), f"{name}: {estimate} for {value}"


@pytest.mark.parametrize("noise", [0.0, 0.002])
@pytest.mark.parametrize("recharge", [0.06, 0.08, 0.1, 0.105, 0.12])
def test_a_weak_recharge_that_lasts_longer_than_the_rest_is_no_rest(recharge: float, noise: float) -> None:
    """1 for 1 ms, -r for 6 ms of 10 ms: the rest is at zero, and the recharge a phase of its own."""
    t = np.arange(10_050)
    record = sum(
        trapezoid(t, 100.3 + 1000 * k, 100.0, 5.0) - recharge * trapezoid(t, 220.3 + 1000 * k, 600.0, 5.0)
        for k in range(10)
    )
    found = measured(degraded(record, noise, 0.0, 1))
    holds(found, rectified_mean=0.1 + 0.6 * recharge, charge_per_phase=100 * INTERVAL)
    holds(found, **{"negative.phase_charge": -600 * recharge * INTERVAL})


def test_a_current_that_rests_below_zero_has_both_directions_in_its_rectified_mean() -> None:
    """1 for half the time and -0.101 for the rest, edges of 5 samples: not the magnitude of the mean."""
    t = np.arange(5000)
    record = 1.101 * sum(trapezoid(t, 100.3 + 1000 * k, 500.0, 5.0) for k in range(5)) - 0.101
    edges = 2 * 5 * 0.101 / 1.101 / 1000
    holds(measured(degraded(record, 0.002, 0.0, 1)), rectified_mean=0.5505 - edges)


def test_what_noise_may_hide_about_zero_is_in_the_bound_of_the_rectified_mean() -> None:
    """A sine that drowns in noise has no mean, but a mean magnitude: 2/pi of its amplitude."""
    record = degraded(0.5 * np.sin(np.arange(5000)), 1.0, 0.0, 1)
    holds(measured(record), rectified_mean=1 / math.pi, dc_component=0.0)


def right_or_absent(found: dict[str, Parameter], **true: float) -> None:
    """Fail where a quantity is there and further from the truth than its bound and rounding."""
    holds(found, **{name: value for name, value in true.items() if found[name].estimate})


CUTS = st.tuples(st.floats(0, 1), st.integers(3000, 6500), st.sampled_from([0.0, 0.003]))
"""Where a record begins in a period, how many samples it has, and its noise."""


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    cut=CUTS,
    rise=st.sampled_from([5.0, 60.0, 150.0]),
    dead=st.floats(20, 200),
    balance=st.sampled_from([0.0, 0.9]),
)
def test_a_free_running_record_may_begin_and_end_anywhere(
    cut: tuple[float, int, float], rise: float, dead: float, balance: float
) -> None:
    """In a phase, an edge or the gap between two phases: what there is, is right."""
    train = Biphasic(1, 1000.3, 230.1, rise, dead + rise, 0.8, balance, 0.0)
    begin, samples, noise = cut
    found = measured(degraded(train.cut(begin * train.period, samples), noise, 0.0, 1))
    holds(found, dc_component=train.net / train.period, rms=math.sqrt(train.mean_square))
    holds(found, net_charge_per_pulse=train.net * INTERVAL, charge_per_phase=train.width * INTERVAL)
    right_or_absent(found, mean_interval=train.period * INTERVAL, interval_drift=0.0, missing_pulses=0, extra_pulses=0)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(cut=CUTS, shape=st.sampled_from(["sine", "triangle"]))
def test_a_phase_that_has_not_come_to_its_peak_has_no_start(cut: tuple[float, int, float], shape: str) -> None:
    """Sines and triangles of 4 to 8 periods from anywhere: half of what was seen so far is not half of the peak."""
    begin, samples, noise = cut
    cycles = np.arange(samples) / 811.7 + begin
    record = np.sin(2 * np.pi * cycles) if shape == "sine" else 2 * np.abs(2 * (cycles % 1) - 1) - 1
    rectified, rms = (2 / math.pi, math.sqrt(0.5)) if shape == "sine" else (0.5, math.sqrt(1 / 3))
    found = measured(degraded(record, noise, 0.0, 1))
    holds(found, dc_component=0.0, rms=rms, rectified_mean=rectified, net_charge_per_pulse=0.0)
    right_or_absent(found, mean_interval=811.7 * INTERVAL, interval_drift=0.0)


def test_a_record_that_begins_in_the_gap_between_phases_has_no_pulse_there() -> None:
    """The second phase alone is neither the start of an interval nor a pulse that shares the charge."""
    train = Biphasic(1, 1000.0, 100.0, 5.0, 50.0, 0.8, 0.8, 0.0)
    found = measured(train.cut(130.0, 5000))
    holds(found, mean_interval=1000 * INTERVAL, interval_drift=0.0, net_charge_per_pulse=20 * INTERVAL)


def test_a_record_that_begins_where_one_phase_passes_into_the_other_has_no_pulse_there() -> None:
    """Two samples of the first phase are no phase; the second leaves zero in time, though it reaches 50 % later."""
    train = Biphasic(1, 1000.0, 100.0, 8.0, 0.0, 1.0, 1.0, 0.0)
    for begin in (97.9, 98.5, 99.5, 100.0):
        found = measured(train.cut(begin, 5000))
        holds(found, mean_interval=1000 * INTERVAL, interval_drift=0.0, net_charge_per_pulse=0.0)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(each=st.floats(20, 900), begin=st.floats(0, 1), sigma=st.sampled_from([0.0, 0.003]))
def test_humps_of_a_rectified_sine_are_phases_though_no_sample_is_zero(each: float, begin: float, sigma: float) -> None:
    """Each carries 2/pi of its peak over its time, however the samples fall about the zeros between."""
    cycles = np.arange(int(8.3 * each)) / each + begin
    found = measured(degraded(np.abs(np.sin(np.pi * cycles)), sigma, 0.0, 1))
    holds(found, charge_per_phase=2 / math.pi * each * INTERVAL, rectified_mean=2 / math.pi)
    right_or_absent(found, net_charge_per_pulse=2 / math.pi * each * INTERVAL, mean_interval=each * INTERVAL)


@settings(deadline=None, derandomize=True, max_examples=60)
@given(
    each=st.floats(20, 900),
    begin=st.floats(0, 1),
    least=st.sampled_from([0.0, 0.001, 0.002, 0.004, 0.01, 0.03, 0.08]),
    sigma=st.sampled_from([0.0, 0.003]),
)
def test_a_sawtooth_that_misses_zero_has_one_tooth_as_a_phase_or_none(
    each: float, begin: float, least: float, sigma: float
) -> None:
    """Whether it touches zero or misses it by a little, two teeth are never taken for one."""
    record = degraded(least + (1 - least) * ((np.arange(int(8.3 * each)) / each + begin) % 1), sigma, 0.0, 1)
    tooth = (1 + least) / 2 * each * INTERVAL
    right_or_absent(measured(record), charge_per_phase=tooth, net_charge_per_pulse=tooth)


def test_what_cannot_be_compared_takes_nothing_else_with_it() -> None:
    """A recharge that jumps to its peak between two samples has no sure duration; charges compare all the same."""
    t = np.arange(20_000)
    record = sum(
        trapezoid(t, 300.5 + 2000 * k, 50.0, 1e-9) - recharge(t, 360.5 + 2000 * k, 300.0) / 6 for k in range(10)
    )
    found = measured(record)
    assert found["duration_asymmetry"].absent.endswith("error bound of their difference")
    holds(found, charge_asymmetry=0.0)


def test_bursts_have_no_sweep_and_no_one_interval() -> None:
    """Five pulses at 20 ms, then a pause: there is no law of frequency, and the reason names the bursts."""
    t = np.arange(5000)
    record = sum(trapezoid(t, 150 + 700 * burst + 60 * k, 20.0, 3.0) for burst in range(6) for k in range(5))
    found = measured(record)
    holds(found, pulses_per_burst=5)
    for name in ("frequency_at_start", "frequency_at_stop", "mean_interval"):
        assert "in bursts" in found[name].absent


def test_power_goes_by_voltage_where_there_is_one() -> None:
    """The energy in half the voltage is half the energy; without load and voltage there is none."""
    current = PEAK_A * TRAIN.record()
    whole = measured(current, load_ohm=500.0)["energy_per_pulse"].estimate
    half = measured(current, load_ohm=500.0, voltage=250.0 * current)["energy_per_pulse"].estimate
    assert whole is not None
    assert half is not None
    assert half.value == pytest.approx(whole.value / 2, rel=1e-9)
    assert measured(current)["energy_per_pulse"].absent.endswith("give one")
    assert measured(current, load_ohm=500.0)["power_density"].absent.endswith("give it")


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"load_ohm": 0.0}, RequestError),
        ({"load_ohm": math.nan}, NotFinite),
        ({"electrode_area_cm2": -2.0}, RequestError),
        ({"electrode_area_cm2": math.inf}, NotFinite),
        ({"voltage": np.zeros(9)}, RequestError),
        ({"voltage": np.full(TRAIN.record().size, np.nan)}, NotFinite),
    ],
)
def test_loads_areas_and_voltages_are_numbers_that_can_be(given: dict[str, float], error: type[StimcertError]) -> None:
    """Zero, negative, NaN, infinite, and a voltage of another length are refused."""
    with pytest.raises(error):
        measured(TRAIN.record(), **given)


def test_too_few_samples_are_refused() -> None:
    """Seven samples are no record."""
    with pytest.raises(NotMeasurable, match="7 samples"):
        measured(np.ones(7))


@settings(deadline=None, derandomize=True, max_examples=100)
@given(
    record=arrays.arrays(np.float64, st.integers(8, 120), elements=st.floats(-1e37, 1e37))
    | arrays.arrays(np.float64, st.integers(8, 300), elements=st.integers(-3, 3).map(float))
    | arrays.arrays(np.float64, st.integers(8, 120), elements=st.floats(-1e-300, 1e-300)),
    interval=st.floats(1e-12, 1e3),
)
def test_any_finite_record_gives_finite_numbers_or_reasons(record: np.ndarray, interval: float) -> None:
    """Whatever the samples: no NaN, no infinity, no other error than our own."""
    for found in stimulus_parameters(record, interval, load_ohm=500.0, electrode_area_cm2=1.0):
        assert found.absent or (found.estimate is not None and math.isfinite(found.estimate.value))


def test_the_stimulation_of_a_ramp_is_no_mains_line() -> None:
    """Pulses at 100 Hz whose amplitude rises have no whole periods, and a frequency of their own all the same."""
    t = np.arange(200_000) * INTERVAL
    found = measured(PEAK_A * np.minimum(t, 1.0) * ((t * 100) % 1 < 0.3))
    assert found["mains_line_100_hz"].absent.startswith("harmonic 1 of the stimulation at 100 Hz")
    holds(found, mains_line_50_hz=0.0, mains_line_60_hz=0.0)
