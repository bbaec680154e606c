"""Sweeps whose pulses stand where the exact phase is a whole number of cycles."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import NotMeasurable, RequestError
from harness.waveform.sweep import Frequencies, amplitude_kept, frequencies, steps_present, sweep

SECONDS = 10.0


def linear(start: float, stop: float) -> np.ndarray:
    """Instants of a linear sweep: the roots of start t + (stop - start) t^2 / (2 T) = n."""
    rate = (stop - start) / SECONDS
    cycles = np.arange(int((start + stop) / 2 * SECONDS))
    return 2 * cycles / (start + np.sqrt(start**2 + 2 * rate * cycles))


def logarithmic(start: float, stop: float) -> np.ndarray:
    """Instants of a logarithmic sweep: the roots of start (exp(b t) - 1) / b = n."""
    rate = np.log(stop / start) / SECONDS
    cycles = np.arange(int((stop - start) / rate))
    return np.log1p(cycles * rate / start) / rate


def stepped(table: list[float], cycles: int) -> np.ndarray:
    """Instants of a sweep that dwells for so many cycles at each step."""
    return np.cumsum(np.concatenate(([0.0], *(np.full(cycles, 1 / hz) for hz in table))))


def measured(instants_s: np.ndarray, interval_s: float, seed: int = 0) -> Frequencies:
    """What is left of instants that are known to half a sample."""
    slip = np.random.default_rng(seed).uniform(-0.5, 0.5, instants_s.size)
    return frequencies(instants_s / interval_s + slip, np.full(instants_s.size, 0.5), interval_s)


@settings(deadline=None, derandomize=True, max_examples=30)
@given(
    start=st.floats(20, 50),
    ratio=st.floats(2, 10) | st.floats(0.05, 0.5),
    seed=st.integers(0, 99),
    interval=st.sampled_from([1e-6, 1e-5]),
)
def test_start_stop_and_law_of_smooth_sweeps(start: float, ratio: float, seed: int, interval: float) -> None:
    """Up or down, linear or logarithmic: the law is named, its ends and its rate are right within the bounds."""
    stop = start * ratio
    for instants, law, rate in (
        (linear(start, stop), "linear", (stop - start) / SECONDS),
        (logarithmic(start, stop), "logarithmic", np.log(ratio) / SECONDS),
    ):
        found = sweep(measured(instants, interval, seed))
        assert found.law == law
        assert found.rate == pytest.approx(rate, rel=0.01)
        assert abs(found.start_hz.value - start) <= found.start_hz.bound
        last = instants[-1]
        at_end = start + rate * last if law == "linear" else start * np.exp(rate * last)
        assert abs(found.stop_hz.value - at_end) <= found.stop_hz.bound
        assert abs(found.duration_s.value - last) <= found.duration_s.bound


def test_exact_instants_leave_no_residual() -> None:
    """Without any error of the instants the right law fits to rounding."""
    for instants, law in ((linear(3, 60), "linear"), (logarithmic(3, 60), "logarithmic")):
        found = sweep(frequencies(instants * 1e6, np.zeros(instants.size), 1e-6))
        assert (found.law, found.residual_hz) == (law, pytest.approx(0, abs=1e-8))


def test_one_frequency_is_no_sweep() -> None:
    """Equal intervals are constant, without a rate."""
    found = sweep(measured(np.arange(100) / 8.3, 1e-5))
    assert (found.law, found.rate) == ("constant", None)
    assert abs(found.start_hz.value - 8.3) <= found.start_hz.bound


def test_what_residuals_cannot_tell_stays_undecided() -> None:
    """A tenth of an octave at coarse sampling fits both smooth laws; random intervals fit none."""
    assert sweep(measured(linear(10, 11), 1e-3)).law == "undecided"
    disorder = np.cumsum(np.random.default_rng(1).uniform(0.05, 0.2, 60))
    assert sweep(measured(disorder, 1e-6)).law == "undecided"


def test_three_faint_steps_that_a_line_fits_as_well_are_undecided() -> None:
    """Steps of 2.1 error bounds could be a line; where smooth laws hold, and neither is better, nothing is named."""
    hz = np.repeat([10.0, 10.21, 10.42], 3)
    ends = np.cumsum(1 / hz)
    assert sweep(Frequencies(ends - 1 / hz, ends, hz, np.full(9, 0.1))).law == "undecided"


def test_every_step_of_a_stepped_sweep_is_found_and_a_missing_one_too() -> None:
    """Each nominal step is there with its frequency; one that was left out, or lasts one cycle, is not."""
    table = [1.0, 1.5, 2.2, 3.3, 5.0, 7.5]
    found = measured(stepped(table, 10), 1e-5)
    assert sweep(found).law == "stepped"
    steps = steps_present(found, table, tolerance=0.02)
    assert all(step.is_present and step.intervals == 10 for step in steps)
    assert all(
        abs(step.measured_hz.value - step.nominal_hz) <= step.measured_hz.bound for step in steps if step.measured_hz
    )
    assert [step.is_present for step in steps_present(found, [1.0, 4.0, 7.5], tolerance=0.02)] == [True, False, True]
    short = measured(np.concatenate((stepped([1.0], 10), [10 + 1 / 2.2], 10 + 1 / 2.2 + stepped([5.0], 10)[1:])), 1e-5)
    assert [(step.is_present, step.intervals) for step in steps_present(short, [2.2], tolerance=0.02)] == [(False, 1)]


def test_a_step_off_by_more_than_its_tolerance_is_missing() -> None:
    """3 % off is not within 2 %."""
    found = measured(stepped([1.0, 2.0 * 1.03, 3.0], 10), 1e-5)
    assert [step.is_present for step in steps_present(found, [1, 2, 3], tolerance=0.02)] == [True, False, True]


def test_steps_that_cannot_be_resolved_are_not_judged() -> None:
    """Where half a sample is more than the tolerance, no step is present or missing."""
    with pytest.raises(NotMeasurable, match="10 Hz is not resolvable"):
        steps_present(measured(stepped([10.0], 10), 1e-3), [10.0], tolerance=0.005)


@pytest.mark.parametrize(("table", "tolerance"), [([], 0.1), ([1.0, 0.0], 0.1), ([1.0], 0.0), ([1.0, 1.1], 0.1)])
def test_a_table_of_steps_must_make_sense(table: list[float], tolerance: float) -> None:
    """No steps, steps at zero, no tolerance, tolerances that overlap."""
    with pytest.raises(RequestError):
        steps_present(measured(stepped([1.0], 10), 1e-5), table, tolerance=tolerance)


def test_few_or_blurred_intervals_have_no_law() -> None:
    """Seven intervals, one pulse, and intervals shorter than the error of their ends."""
    with pytest.raises(NotMeasurable, match="holds 7"):
        sweep(measured(np.arange(8.0), 1e-3))
    with pytest.raises(NotMeasurable, match="two pulses"):
        measured(np.array([1.0]), 1e-3)
    with pytest.raises(NotMeasurable, match="sampling is too slow"):
        frequencies(np.array([0.0, 1.0, 2.0]), np.full(3, 0.5), 1.0)


def test_amplitude_kept_is_the_spread_of_plateaus() -> None:
    """10 % down at the top frequency is a spread of a tenth."""
    found = amplitude_kept(np.array([1.0, 1.0, 1.0, 0.95, 0.9]), np.full(5, 0.001))
    assert found.value == pytest.approx(0.1)
    assert found.bound == pytest.approx(0.0021, rel=0.01)
    with pytest.raises(NotMeasurable, match="no two plateaus"):
        amplitude_kept(np.array([]), np.array([]))
