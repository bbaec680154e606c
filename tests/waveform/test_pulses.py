"""Pulse parameters: each phase, known answers, and why one does not exist."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from harness.errors import NotFinite, NotMeasurable
from harness.waveform import analyze, pulse_parameters
from harness.waveform.stimulus import stimulus_parameters

if TYPE_CHECKING:
    from harness.waveform.parameter import Estimate

COUNT = 12_000
INDEX = np.arange(COUNT, dtype=np.float64)


def noise(sigma: float) -> np.ndarray:
    """Return white noise, the same in every run."""
    return np.random.default_rng(5).normal(0, sigma, COUNT)


def trapezoids(begins: np.ndarray, width: float, edge: float) -> np.ndarray:
    """Return pulses from 0 to 1 whose mid-level instants are `begins` and `width` later."""
    record = np.zeros(COUNT)
    for begin in begins:
        record += np.clip((INDEX - begin) / edge + 0.5, 0, 1) - np.clip((INDEX - begin - width) / edge + 0.5, 0, 1)
    return record


TRAIN = trapezoids(np.arange(137.3, COUNT, 500.0), 200.0, 20.0)
BIPHASIC = TRAIN - 0.5 * trapezoids(np.arange(137.3 + 230, COUNT, 500.0), 100.0, 30.0)


def estimates(record: np.ndarray, interval_s: float = 1.0, code_size: float | None = 0.0) -> dict[str, Estimate]:
    """Return what exists."""
    found = pulse_parameters(record, interval_s, code_size=code_size)
    return {each.name: each.estimate for each in found if each.estimate is not None}


def reasons(record: np.ndarray) -> dict[str, str]:
    """Return why the others do not exist."""
    return {each.name: each.absent for each in pulse_parameters(record, 1.0, code_size=0.0) if each.absent}


def test_each_phase_of_a_biphasic_pulse_is_measured_from_the_rest() -> None:
    """Durations, widths and levels are the phase's own, not those of the swing from peak to peak."""
    found = estimates(BIPHASIC)
    known = {
        "low_state": -0.5, "rest_state": 0.0, "high_state": 1.0, "period": 500.0,
        "positive.pulse_duration": 200.0, "negative.pulse_duration": 100.0,
        "positive.pulse_separation": 300.0, "negative.pulse_separation": 400.0,
        "positive.duty_factor": 0.4, "negative.duty_factor": 0.2,
        "positive.first_transition_duration_10_90": 16.0, "negative.last_transition_duration_20_80": 18.0,
        "positive.first_transition_slew_rate": 1 / 20, "negative.first_transition_slew_rate": -0.5 / 30,
        "positive.tilt": 0.0,
    }  # fmt: skip
    for name, value in known.items():
        assert found[name].value == pytest.approx(value, abs=found[name].bound + 1e-9), name
        assert found[name].bound < 0.1 * max(value, 1), name


def test_a_symmetric_square_has_two_phases_without_a_rest() -> None:
    """Without a rest both phases move between the states, and each has its own first transition."""
    found = estimates(2 * TRAIN - 1)
    assert "rest_state" not in found
    assert found["positive.pulse_duration"].value == pytest.approx(200, abs=1e-6)
    assert found["negative.pulse_duration"].value == pytest.approx(300, abs=1e-6)
    assert found["positive.first_transition_slew_rate"].value == pytest.approx(0.1)
    assert found["negative.first_transition_slew_rate"].value == pytest.approx(-0.1)


def test_a_negative_pulse_begins_downwards() -> None:
    """Of monophasic pulses the state farther from zero is the active one."""
    found = estimates(-TRAIN)
    assert found["pulse_duration"].value == pytest.approx(200, abs=1e-6)
    assert found["first_transition_slew_rate"].value == pytest.approx(-1 / 20)


def test_the_interval_is_the_unit_of_times() -> None:
    """Times and rates scale with it, levels and shares do not."""
    one, other = estimates(TRAIN), estimates(TRAIN, 1e-6)
    assert other["period"].value == pytest.approx(1e-6 * one["period"].value)
    assert other["period"].bound == pytest.approx(1e-6 * one["period"].bound)
    assert other["first_transition_slew_rate"].value == pytest.approx(1e6 * one["first_transition_slew_rate"].value)
    assert other["duty_factor"] == one["duty_factor"]


@pytest.mark.parametrize("natural", [0.05, 0.1, 0.2, 0.3])
def test_a_second_order_step_overshoots_within_a_twentieth_of_a_per_cent(natural: float) -> None:
    """16.303 % at zeta 0.5, of a square of 1000 samples a period."""
    t = np.arange(8000) % 500
    damped = natural * math.sqrt(0.75)
    step = 1 - np.exp(-0.5 * natural * t) * (np.cos(damped * t) + 0.5 * natural / damped * np.sin(damped * t))
    record = np.where(np.arange(8000) // 500 % 2 == 0, step, 1 - step)
    found = estimates(record)
    for name in ("first_transition_overshoot", "last_transition_overshoot"):
        assert found[name].value == pytest.approx(16.3034, abs=0.05)
        assert abs(found[name].value - 16.3034) <= found[name].bound


def test_undershoot_and_preshoot_are_on_their_own_sides() -> None:
    """A dip of 5 % after each rise and a bump of 3 % against it before are found where they are."""
    record = TRAIN.copy()
    for begin in np.arange(137.3, COUNT, 500.0):
        record -= 0.05 * np.exp(-(((INDEX - begin - 30) / 4) ** 2)) + 0.03 * np.exp(-(((INDEX - begin + 30) / 4) ** 2))
    found = estimates(record)
    known = {"overshoot": 0, "undershoot": 5, "preshoot": 3, "pre_overshoot": 0}
    for kind, value in known.items():
        for which, expected in (("first", value), ("last", 0)):
            each = found[f"{which}_transition_{kind}"]
            assert each.value == pytest.approx(expected, abs=min(each.bound + 1e-9, 0.3)), (which, kind)


def test_jitter_is_that_of_the_instants() -> None:
    """Period, cycle-to-cycle and time-interval jitter of known instants, within their bounds."""
    begins = np.arange(137.3, COUNT, 500.0) + np.random.default_rng(8).normal(0, 3, 24)
    found = estimates(trapezoids(begins, 200.0, 20.0))
    periods, changes = np.diff(begins), np.diff(begins, n=2)
    index = np.arange(begins.size)
    away = begins - np.polyval(np.polyfit(index, begins, 1), index)
    known = {
        "period_jitter_rms": np.std(periods, ddof=1), "period_jitter_peak_to_peak": np.ptp(periods),
        "cycle_to_cycle_jitter_rms": np.sqrt(np.mean(changes**2)),
        "cycle_to_cycle_jitter_peak_to_peak": np.ptp(changes),
        "time_interval_error_rms": np.std(away, ddof=1), "time_interval_error_peak_to_peak": np.ptp(away),
    }  # fmt: skip
    for name, value in known.items():
        assert found[name].value == pytest.approx(value, abs=found[name].bound + 1e-9), name
        assert found[name].bound < 0.2 * value, name


def test_an_exponential_settles_where_its_formula_says() -> None:
    """From the start 3.9120 tau to 2 % and 2.9957 tau to 5 %; from the mid-level ln 2 tau less."""
    record = 1 - np.exp(-np.clip(INDEX - 1000, 0, None) / 200)
    found = estimates(record, 1e-6)
    assert found["settling_instant_2"].value == pytest.approx((1000 + 3.9120 * 200) * 1e-6, rel=1e-4)
    assert found["settling_instant_5"].value == pytest.approx((1000 + 2.9957 * 200) * 1e-6, rel=1e-4)
    assert found["settling_duration_2"].value == pytest.approx((3.9120 - math.log(2)) * 200e-6, rel=1e-4)


@pytest.mark.parametrize(
    ("record", "name", "reason"),
    [
        (noise(0.01), "high_state", "no transition"),
        (noise(0.01), "settling_duration_2", "no transition"),
        (np.clip(1.3 * TRAIN + noise(0.02), -2, 1), "high_state", "clipped at its highest"),
        (np.clip(1.3 * TRAIN + noise(0.02), -2, 1), "first_transition_overshoot", "clipped"),
        (np.clip(1.3 * TRAIN + noise(0.02), -2, 1), "pulse_duration", "clipped"),
        ((INDEX % 500 < 200).astype(np.float64), "first_transition_duration_10_90", "faster than the sampling"),
        (np.clip((INDEX - 5000) / 50, 0, 1), "period", "less than one period"),
        (np.clip((INDEX - 5000) / 50, 0, 1), "pulse_duration", "no whole pulse"),
        (np.clip((INDEX - 5000) / 50, 0, 1), "period_jitter_rms", "10 periods"),
        (TRAIN[:4000], "period_jitter_rms", "10 periods; the record holds 7"),
        (np.abs((INDEX % 500) / 250 - 1), "high_state", "no plateau"),
        (TRAIN + noise(0.1), "first_transition_duration_10_90", "noise"),
        (TRAIN + noise(0.02), "settling_duration_2", "hide"),
        (BIPHASIC, "negative.first_transition_preshoot", "no transition has a state beside it"),
    ],
)  # fmt: skip
def test_what_a_record_cannot_stand_for_has_a_reason(record: np.ndarray, name: str, reason: str) -> None:
    """No transition, clipped, under-sampled, too few periods, no plateau, too much noise: never a number."""
    assert reason in reasons(record)[name]


def test_a_clipped_record_keeps_its_period() -> None:
    """When a level is passed does not depend on what was cut off."""
    assert estimates(np.clip(1.3 * TRAIN + noise(0.02), -2, 1))["period"].value == pytest.approx(500, abs=0.5)


def test_every_parameter_is_named_once_and_cites_its_definition() -> None:
    """Names do not repeat, and each has a unit and a source."""
    for record in (TRAIN, BIPHASIC, noise(0.01)):
        found = pulse_parameters(record, 1.0)
        assert len({each.name for each in found}) == len(found)
        assert all(each.source.startswith(("IEEE", "IEC", "JEDEC")) and each.unit for each in found)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf"), 9.9e37])
def test_what_is_no_number_is_refused_by_name(bad: float) -> None:
    """The sample is named by its place, in the first block and in later ones."""
    for place in (17, 9000):
        record = TRAIN.copy()
        record[place] = bad
        with pytest.raises(NotFinite, match=f"sample {place} "):
            pulse_parameters(record, 1.0)


RECORDS = arrays.arrays(np.float64, st.integers(8, 200), elements=st.floats(-1e37, 1e37))
CODES = arrays.arrays(np.float64, st.integers(8, 300), elements=st.integers(-3, 3).map(float))


@settings(deadline=None, derandomize=True, max_examples=150)
@given(record=RECORDS | CODES, exponent=st.sampled_from([-310, -20, 0]))
def test_any_finite_record_has_parameters_or_reasons(record: np.ndarray, exponent: int) -> None:
    """Whatever the samples, each parameter is a finite number with a finite bound, or says why not."""
    for each in pulse_parameters(record * 10.0**exponent, 1e-6):
        assert (each.estimate is None) == bool(each.absent)
        assert each.estimate is None or (math.isfinite(each.estimate.value) and each.estimate.bound >= 0)


def test_a_code_size_is_finite_and_not_negative() -> None:
    """It widens the bounds that it belongs to."""
    with pytest.raises(NotFinite, match="code size"):
        pulse_parameters(TRAIN, 1.0, code_size=float("nan"))
    with pytest.raises(NotMeasurable, match="code size"):
        pulse_parameters(TRAIN, 1.0, code_size=-1.0)
    assert estimates(TRAIN, code_size=0.01)["high_state"].bound >= 0.005


def test_an_ideal_rectangle_has_one_resolution_for_all_its_figures() -> None:
    """Two values may hide any step below their distance: a twentieth of the range is taken, for levels as for peaks."""
    record = np.where(INDEX % 500 < 200, 600e-6, 0.0)
    found = {each.name: each.estimate for each in pulse_parameters(record, 1e-5)}
    peak = next(each.estimate for each in stimulus_parameters(record, 1e-5) if each.name == "peak")
    assert peak is not None
    for name, bound in (("high_state", 15e-6), ("low_state", 15e-6), ("amplitude", 30e-6)):
        estimate = found[name]
        assert estimate is not None
        assert estimate.bound == pytest.approx(bound)
    assert peak.bound == pytest.approx(15e-6)
    assert found["first_transition_overshoot"] is not None
    assert found["first_transition_overshoot"].value == analyze(record, 1e-5).overshoot_percent == 0


@pytest.mark.parametrize("edge", [1.5, 2.0])
def test_the_summary_withholds_an_edge_that_the_metrics_withhold(edge: float) -> None:
    """A duration whose bound is as large as itself is no figure, in the list or in the summary."""
    record = np.round(100 * (trapezoids(np.arange(137.3, COUNT, 503.7), 200.0, edge) + noise(0.02))) / 100
    found = {each.name: each for each in pulse_parameters(record, 1.0)}
    assert "as large as the transition duration" in found["first_transition_duration_10_90"].absent
    assert analyze(record, 1.0).rise_time_s is None


@pytest.mark.parametrize("zeta", [0.2, 0.3, 0.4, 0.5])
def test_a_ringing_beyond_the_region_has_no_undershoot_of_zero(zeta: float) -> None:
    """A second-order system swings back later than three transition durations: that is no undershoot of 0 %."""
    t = np.clip((INDEX - 1000) / 50, 0, None)
    fast = math.sqrt(1 - zeta**2)
    record = 1 - np.exp(-zeta * t) * (np.cos(fast * t) + zeta / fast * np.sin(fast * t))
    found = {each.name: each for each in pulse_parameters(record, 1.0, code_size=0.0)}
    overshoot, undershoot = (found[f"first_transition_{kind}"] for kind in ("overshoot", "undershoot"))
    assert overshoot.estimate is not None
    assert overshoot.estimate.value == pytest.approx(100 * math.exp(-math.pi * zeta / fast), abs=0.5)
    if undershoot.estimate is None:
        assert "still rings" in undershoot.absent
    else:
        true = 100 * math.exp(-2 * math.pi * zeta / fast)
        assert undershoot.estimate.value == pytest.approx(true, abs=undershoot.estimate.bound)


def test_bursts_have_no_one_separation() -> None:
    """Pulses 60 samples apart in bursts 800 samples apart: no pulse follows after the mean of both."""
    begins = np.concatenate([100 + 1200 * burst + 100 * np.arange(4) for burst in range(9)])
    assert "bursts" in reasons(trapezoids(begins, 40.0, 10.0))["pulse_separation"]
    assert estimates(TRAIN)["pulse_separation"].value == pytest.approx(300, abs=0.5)


def test_a_bound_larger_than_its_droop_tells_nothing() -> None:
    """With coarse codes a pulse top may fall by more than a tenth unseen: neither droop nor tilt is told then."""
    absent = {each.name: each.absent for each in pulse_parameters(TRAIN, 1.0, code_size=0.08)}
    assert "more than the droop itself" in absent["droop"]
    assert "more than the tilt itself" in absent["tilt"]
    assert estimates(TRAIN)["droop"].bound < 1
