"""Charge, mean values, energy, densities and asymmetry against closed forms."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from harness.errors import NotMeasurable, RequestError
from harness.waveform import charge, density
from harness.waveform.current_phases import find_phases
from harness.waveform.parameter import Estimate
from harness.waveform.pulse_groups import group, repetition
from tests.waveform.stimuli import Biphasic, degraded, recharge, trapezoid

TRAINS = st.builds(
    Biphasic,
    count=st.integers(3, 8),
    period=st.floats(500, 700),
    width=st.floats(30, 100),
    rise=st.floats(0.05, 15),
    dead=st.floats(18, 40),
    ratio=st.sampled_from([1.0, 0.5, 0.3]),
    balance=st.sampled_from([0.0, 1.0, 0.93]),
    offset=st.floats(30, 50),
)
SIGMAS = st.sampled_from([0.0, 0.003, 0.02])
CODES = st.sampled_from([0.0, 1 / 200, 1 / 60])


def holds(name: str, found: Estimate, true: float) -> None:
    """Fail where the true error is larger than the bound."""
    assert abs(found.value - true) <= found.bound, f"{name}: {found} for {true}"


@settings(deadline=None, derandomize=True, max_examples=150)
@given(train=TRAINS, sigma=SIGMAS, code=CODES, seed=st.integers(0, 99))
def test_every_error_is_within_its_bound(train: Biphasic, sigma: float, code: float, seed: int) -> None:
    """Trapezoids of any edge, phase, noise and code: charge, means, energy and times are within their bounds."""
    assume(not train.balance or train.negative_width > 25)
    found = find_phases(degraded(train.record(), sigma, code, seed))
    repeated, pulses = repetition(found), group(found)
    squares = charge.squared(found.integral.record, found.integral.floor)
    assert repeated.count == train.count - 1
    holds("charge", charge.largest_phase_charge(found, 1, 1.0), train.width)
    holds("net charge", charge.net_charge_per_pulse(pulses, repeated, 1.0), train.net)
    holds("mean", charge.dc_component(found.integral, repeated), train.net / train.period)
    holds("average", charge.rectified_mean(found, repeated), train.width * (1 + train.balance) / train.period)
    holds("r.m.s.", charge.rms(squares, repeated), math.sqrt(train.mean_square))
    holds("energy", density.energy_per_pulse(squares, pulses, 1.0), train.mean_square * train.period)
    if train.balance:
        narrow = train.negative_width
        holds("negative", charge.largest_phase_charge(found, -1, 1.0), -train.width * train.balance)
        holds("interphase interval", charge.interphase_interval(pulses, 1.0), train.dead)
        holds("charges", charge.asymmetry(found, "charge"), (1 - train.balance) / (1 + train.balance))
        holds("amplitudes", charge.asymmetry(found, "amplitude"), (1 - train.ratio) / (1 + train.ratio))
        holds("durations", charge.asymmetry(found, "duration"), (train.width - narrow) / (train.width + narrow))


@settings(deadline=None, derandomize=True, max_examples=60)
@given(width=st.floats(20, 60), tau=st.floats(15, 80), offset=st.floats(20, 30), sigma=SIGMAS, seed=st.integers(0, 99))
def test_a_decaying_recharge_phase_is_a_phase(width: float, tau: float, offset: float, sigma: float, seed: int) -> None:
    """A passive recharge that takes back 90 % of a rectangle's charge: both charges and the net are within bounds."""
    period, count, height = 1000.0, 6, 0.9 * width / tau
    t = np.arange(round(offset + count * period))
    record = np.zeros(t.size)
    for start in offset + period * np.arange(count):
        record += trapezoid(t, start, width, 2.0) - height * recharge(t, start + width + 3, tau)
    found = find_phases(degraded(record, sigma * min(height, 1.0), 0.0, seed))
    net = width - height * tau
    holds("positive", charge.largest_phase_charge(found, 1, 1.0), width)
    holds("negative", charge.largest_phase_charge(found, -1, 1.0), -height * tau * (1 - math.exp(-period / tau)))
    holds("net", charge.net_charge_per_pulse(group(found), repetition(found), 1.0), net)


@pytest.mark.parametrize("seed", range(8))
def test_what_noise_cuts_off_a_decaying_recharge_is_in_its_bound(seed: int) -> None:
    """Noise makes a sample quiet long before the recharge is over: each phase's missing tail is in its own bound."""
    t, tau, height = np.arange(7530), 100.0, 0.5
    record = sum(
        trapezoid(t, 30.0 + 1500 * k, 50.0, 2.0) - height * recharge(t, 83.0 + 1500 * k, tau) for k in range(5)
    )
    found = find_phases(degraded(record, 0.005, 0.0, seed))
    charges, bounds = found.charge()
    assert np.all(np.abs(charges + height * tau)[1::2] <= bounds[1::2])


def test_600_microamperes_at_half_duty() -> None:
    """600 µA, 50 % duty, monophasic, 0.5 Hz: 600 µC a phase, 300 µA mean, 424.26 µA r.m.s. (golden)."""
    interval = 1e-3
    t = np.arange(11_000)
    record = 600e-6 * sum(trapezoid(t, 300.4 + 2000 * k, 1000.0, 1e-9) for k in range(6))
    found = find_phases(record)
    repeated = repetition(found)
    exact = {"rel": 0.6 / 1000}  # an edge between two samples is known to half an interval
    assert charge.phase_charge(found, interval).value == pytest.approx(600e-6, **exact)
    assert charge.dc_component(found.integral, repeated).value == pytest.approx(300e-6, **exact)
    assert charge.rectified_mean(found, repeated).value == pytest.approx(300e-6, rel=2 * 0.6 / 1000)
    squares = charge.squared(record, found.integral.floor)
    assert charge.rms(squares, repeated).value == pytest.approx(424.26e-6, **exact)
    with pytest.raises(NotMeasurable, match="two phases"):
        charge.interphase_interval(group(found), interval)


def test_the_sign_of_a_stimulus_is_the_sign_of_its_charges() -> None:
    """Turned over, charges and mean change their sign and nothing else."""
    train = Biphasic(5, 500.3, 80.1, 4.0, 20.0, 0.5, 0.9, 40.2)
    up, down = find_phases(train.record()), find_phases(-train.record())
    assert charge.largest_phase_charge(down, -1, 1.0).value == -charge.largest_phase_charge(up, 1, 1.0).value
    mean, other = (charge.dc_component(it.integral, repetition(it)) for it in (up, down))
    assert other.value == pytest.approx(-mean.value, rel=1e-9)


def test_an_alternating_train_of_bursts_repeats_after_two_of_them() -> None:
    """Three pulses up, three down: the period holds all six, and its mean is zero."""
    t = np.arange(4100)
    record = np.zeros(t.size)
    for k in range(24):
        sign = 1 if (k // 3) % 2 == 0 else -1
        record += sign * trapezoid(t, 20.3 + 400 * (k // 3) + 60 * (k % 3), 25.0, 4.0)
    found = find_phases(record)
    repeated = repetition(found)
    assert (repeated.phases, repeated.period) == (6, pytest.approx(800))
    assert charge.dc_component(found.integral, repeated).value == pytest.approx(0, abs=1e-9)


def test_half_an_edge_in_one_interval_is_the_bound_of_a_rectangle() -> None:
    """A step inside one interval may be anywhere in it: a phase of two steps is known to one sample."""
    train = Biphasic(4, 700.37, 100.13, 0.01, 0.0, 1.0, 0.0, 50.41)
    wide = train.record() + 0.05 * np.sin(np.arange(train.record().size) / 300)  # so that no code is seen
    found = charge.phase_charge(find_phases(wide), 1.0)
    assert found.bound == pytest.approx(1.0, rel=0.35)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (np.zeros(100), "every sample is 0"),
        (np.full(100, 3.0), "every sample is 3"),
        (np.random.default_rng(1).normal(0, 1, 1000), "noise or codes hide"),
        (1 + np.tile(np.repeat([0.0, 1.0], 50), 6), "does not return to zero"),
        (np.concatenate((np.ones(50), np.zeros(50))), "no whole phase"),
        (np.clip(1.3 * degraded(Biphasic(4, 500, 99, 3, 0, 1, 0, 50).record(), 0.02, 0.0, 1), -2, 1), "clipped"),
    ],
)
def test_no_charge_without_a_whole_phase(record: np.ndarray, reason: str) -> None:
    """A record that cannot stand for the charge of a phase says why."""
    with pytest.raises(NotMeasurable, match=reason):
        charge.phase_charge(find_phases(record), 1.0)


def test_an_irregular_record_has_no_mean_over_periods() -> None:
    """Pulses at random do not repeat, and neither do pulses that grow."""
    t = np.arange(3000)
    starts = (100, 320, 700, 1300, 1500, 2200, 2700)
    with pytest.raises(NotMeasurable, match="do not repeat"):
        repetition(find_phases(sum(trapezoid(t, start, 60, 4) for start in starts)))
    with pytest.raises(NotMeasurable, match="do not repeat"):
        repetition(find_phases(sum((1 + 0.3 * k) * trapezoid(t, 100 + 400 * k, 60, 4) for k in range(7))))
    with pytest.raises(NotMeasurable, match="less than one period"):
        repetition(find_phases(trapezoid(t, 1000, 60, 4)))


def power_of(record: np.ndarray, load_ohm: float) -> density.Integral:
    """The running integral of power in a load."""
    return charge.squared(record, find_phases(record).integral.floor).times(load_ohm)


def test_power_density_takes_the_worst_second_of_the_record() -> None:
    """10 mA into 500 Ω for the second half of the third second: 25 mW over that second, whatever comes before."""
    interval = 1e-3
    t = np.arange(5000)
    record = 0.01 * (trapezoid(t, 2300.2, 500.0, 3.0) + trapezoid(t, 500.2, 100.0, 3.0))
    found = density.worst_second(power_of(record, 500.0), interval, None)
    holds("power", found, 500 * 1e-4 * (500 - 1) * interval)
    assert density.per_area(found, 2.0).value == pytest.approx(found.value / 2)


@pytest.mark.parametrize(("window_periods", "pulses"), [(1.3, 2), (2.3, 3), (7.55, 8), (2.05, 2), (3.1, 3)])
def test_a_shorter_record_is_continued_by_whole_periods(window_periods: float, pulses: int) -> None:
    """The worst second of a periodic waveform holds every pulse that fits, and of one more what fits of its top."""
    train = Biphasic(4, 600.3, 100.2, 5.0, 0.0, 1.0, 0.0, 200.1)
    interval = 1 / (window_periods * train.period)
    record = train.record()[: round(1.2 * train.period + train.offset)] if window_periods < 2 else train.record()
    found = find_phases(record)
    worst = density.worst_second(power_of(record, 1.0), interval, repetition(found))
    top = (window_periods - pulses) * train.period if pulses < window_periods else 0.0
    energy = pulses * train.mean_square * train.period + top
    holds("power", worst, energy / (window_periods * train.period))
    assert worst.bound <= 0.13 * worst.value


@pytest.mark.parametrize(("begin", "samples"), [(820.0, 1030), (850.0, 1100), (600.0, 2230)])
def test_the_worst_second_of_a_slow_output_may_lie_beyond_the_record(begin: float, samples: int) -> None:
    """300 ms on, 600 ms off: the worst second holds 300 ms and 100 ms more, though the record ends 30 ms into them."""
    record = Biphasic(1, 900.0, 300.0, 4.0, 0.0, 1.0, 0.0, 20.0).cut(begin, samples)
    found = density.worst_second(power_of(record, 1.0), 1e-3, repetition(find_phases(record)))
    holds("power", found, 0.4 - 4e-3 / 3)


def test_no_power_density_from_part_of_a_second() -> None:
    """A record shorter than a second that does not repeat has none, and says so."""
    record = trapezoid(np.arange(900), 100, 50, 3)
    with pytest.raises(NotMeasurable, match=r"lasts 0\.899 s and does not repeat"):
        density.worst_second(power_of(record, 1.0), 1e-3, None)


@pytest.mark.parametrize("area", [0.0, -1.0])
def test_an_electrode_has_an_area(area: float) -> None:
    """Zero and negative areas are refused by name."""
    with pytest.raises(RequestError, match="the electrode area is"):
        density.per_area(Estimate(1.0, 0.0), area)


def test_power_from_voltage_and_current_is_their_product() -> None:
    """Into a resistor v i is i^2 R, sample by sample; a phase shift of a quarter period leaves no mean power."""
    t = np.arange(4000)
    current, voltage = np.sin(2 * np.pi * t / 400 + 0.1), 2 * np.sin(2 * np.pi * t / 400 + 0.1)
    found = find_phases(current)
    repeated = repetition(found)
    quiet = found.integral.floor
    holds("power", charge.dc_component(charge.product(current, voltage, quiet, quiet), repeated), 1.0)
    shifted = charge.product(current, np.cos(2 * np.pi * t / 400 + 0.1), quiet, quiet)
    holds("reactive", charge.dc_component(shifted, repeated), 0.0)


def test_an_edge_through_zero_between_two_samples_is_doubted_in_full() -> None:
    """From -1 to 1 within one interval the square falls to 0 unseen: every sample is 1, two thirds an edge are not."""
    train = 2 * sum(trapezoid(np.arange(2101), 100.5 + 200 * k, 100.0, 1.0) for k in range(10)) - 1
    found = find_phases(train)
    squares = charge.squared(found.integral.record, found.integral.floor)
    assert set(squares.record) == {1.0}
    repeated = repetition(found)
    mean = charge.dc_component(squares, repeated)
    assert mean.value - (1 - 2 * (2 / 3) / 200) == pytest.approx(2 / 3 / 100, rel=1e-6)
    assert float(squares.doubt[-1]) >= 20 * 0.5


def test_the_error_of_where_periods_begin_is_in_their_mean() -> None:
    """Ten samples more of doubt add ten samples of twice the peak, over all of them."""
    found = find_phases(Biphasic(5, 500.3, 80.1, 4.0, 20.0, 0.5, 0.9, 40.2).record())
    repeated = repetition(found)
    near, far = (
        charge.dc_component(found.integral, replace(repeated, doubt=repeated.doubt + more)).bound for more in (0, 10)
    )
    assert far - near == pytest.approx(2 * 10 / repeated.length)


def test_a_recharge_too_weak_to_be_a_phase_is_in_the_bounds() -> None:
    """At 1 to 25 it is no phase and says so; net charge and mean magnitude are still right within their bounds."""
    train = Biphasic(5, 3000.3, 50.1, 3.0, 20.0, 0.04, 1.0, 60.4)
    found = find_phases(degraded(train.record(), 0.001, 0.0, 1))
    repeated = repetition(found)
    with pytest.raises(NotMeasurable, match="no whole negative phase of at least 5 %"):
        charge.largest_phase_charge(found, -1, 1.0)
    holds("net", charge.net_charge_per_pulse(group(found), repeated, 1.0), 0.0)
    holds("average", charge.rectified_mean(found, repeated), 2 * train.width / train.period)
