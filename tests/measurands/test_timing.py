"""Frequency, period, duty and width of waveforms whose edges are known."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.errors import NotMeasurable
from harness.setpoint import Polarity
from tests.measurands.synthetic import measured, nothing, point, shaped, square

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.capture import Observation

POSITIVE, NEGATIVE, BIPOLAR = Polarity.POSITIVE, Polarity.NEGATIVE, Polarity.BIPOLAR
LEVEL = 600e-6


def staircase(seconds: np.ndarray) -> np.ndarray:
    """One second each of 10, 20, 40 and 80 Hz, in whole cycles, for ever."""
    frequency = 10.0 * 2 ** (np.floor(seconds + 0.3) % 4)
    return np.where(((seconds + 0.3) % 1 * frequency) % 1 < 0.5, LEVEL, 0.0)


@pytest.mark.parametrize("polarity", list(Polarity))
@pytest.mark.parametrize("frequency", [0.5, 10.0, 1500.0])
@pytest.mark.parametrize("off", [-0.02, 0.0, 0.02])
def test_period_and_frequency(polarity: Polarity, frequency: float, off: float) -> None:
    """A unit that is off by 2 % is measured as that, in each direction and at each frequency."""
    low, high = {POSITIVE: (0, LEVEL), NEGATIVE: (0, -LEVEL), BIPOLAR: (-LEVEL, LEVEL)}[polarity]
    real = frequency * (1 + off)
    observed = shaped(square(real, high, low, tau_s=2e-6), polarity, frequency)
    found = measured("frequency", observed)
    assert abs(found.value - real) <= found.expanded_uncertainty
    assert found.expanded_uncertainty < 1.5e-4 * real
    period = measured("period", observed)
    assert abs(period.value - 1 / real) <= period.expanded_uncertainty
    assert period.unit == "s"


def test_the_time_base_is_in_the_budget() -> None:
    """With 10 periods in 20 000 samples the time base, 50 ppm, comes first: 95 % of a rectangle."""
    found = measured("period", shaped(square(10.0, LEVEL, -LEVEL, tau_s=200e-6)))
    assert found.budget[0].name == "oscilloscope: time base"
    assert found.expanded_uncertainty == pytest.approx(0.95 * 50e-6 * 0.1, rel=0.05)


def test_an_edge_between_two_samples_may_lie_anywhere_between_them() -> None:
    """Of instantaneous edges both ends of 10 periods bear a whole sample together, as one rectangle."""
    found = measured("period", shaped(square(10.0, LEVEL, -LEVEL)))
    lines = {line.name: line.standard_uncertainty for line in found.budget}
    interval = 10.5 / 10.0 / 20_000
    assert lines["first and last edge: sampling"] == pytest.approx(interval / np.sqrt(3) / 10, rel=0.01)


@pytest.mark.parametrize("tau_share", [0.1, 0.5, 1.0, 5.0, 50.0])
@pytest.mark.parametrize("shift", [0.0, 0.13, 0.37, 0.5, 0.71, 0.99])
def test_interpolation_stays_within_its_bound(tau_share: float, shift: float) -> None:
    """Wherever an exponential edge begins between two samples, the instant of its middle is within the bound."""
    samples = 5000
    interval = 10.5 / 10.0 / samples
    tau = tau_share * interval
    current = square(10.0, LEVEL, -LEVEL, tau_s=tau, delay_s=shift * interval)
    period = measured("period", shaped(current, samples=samples, noise_codes=0.0))
    width = measured("pulse-width", shaped(current, samples=samples, noise_codes=0.0))
    for found, true in ((period, 0.1), (width, 0.05)):
        bound = sum(line.standard_uncertainty * np.sqrt(3) for line in found.budget if "sampling" in line.name)
        # Codes are whole: an edge of many samples is known to half a code of its slope.
        rounding = 2 * tau / 120 / 10 if found is period else 2 * tau / 120
        assert abs(found.value - true) <= bound + rounding


@pytest.mark.parametrize("duty", [0.45, 0.5, 0.55])
@pytest.mark.parametrize(("polarity", "low", "high"), [
    (BIPOLAR, -LEVEL, LEVEL), (POSITIVE, 0.0, LEVEL), (NEGATIVE, 0.0, -LEVEL),
])  # fmt: skip
def test_duty_and_width(duty: float, polarity: Polarity, low: float, high: float) -> None:
    """The first state's share of the period, and its length."""
    observed = shaped(square(100.0, high, low, duty=duty, tau_s=2e-6), polarity, 100.0)
    found = measured("duty", observed)
    assert abs(found.value - duty) <= found.expanded_uncertainty < 1e-3
    width = measured("pulse-width", observed)
    assert abs(width.value - duty / 100.0) <= width.expanded_uncertainty


def of_a_staircase(current: object, frequency: float) -> Observation:
    """A record of 4.4 s, a tenth more than one cycle, at the point of one of its steps."""
    observed = shaped(current, POSITIVE, 10.5 / 4.4, samples=100_000, is_staircase=True)
    return replace(observed, point=point(POSITIVE, frequency))


@pytest.mark.parametrize("frequency", [10.0, 20.0, 40.0, 80.0])
@pytest.mark.parametrize("shift", [0.0, 0.3, 0.65, 0.95, 1.3, 2.7, 3.5])
def test_a_staircase_is_measured_at_each_of_its_steps(frequency: float, shift: float) -> None:
    """In a record of all dwells, begun anywhere, the periods of one step are those next to the setpoint's."""
    observed = of_a_staircase(lambda t: staircase(t + shift), frequency)
    found = measured("frequency", observed)
    assert abs(found.value - frequency) <= found.expanded_uncertainty < 0.01 * frequency
    assert measured("duty", observed).value == pytest.approx(0.5, abs=2e-3)


@pytest.mark.parametrize("frequency", [10.0, 20.0, 40.0, 80.0])
@pytest.mark.parametrize("shift", [0.0, 0.3, 0.65])
def test_a_step_that_is_too_short_does_not_have_its_frequency(frequency: float, shift: float) -> None:
    """A step that is left after three quarters of its dwell counts nine periods in the whole record."""

    def current(seconds: np.ndarray) -> np.ndarray:
        place = seconds + shift + 0.3
        of_step = 10.0 * 2 ** (np.floor(place) % 4) == frequency
        return np.where(of_step & (place % 1.0 > 0.75), 0.0, staircase(seconds + shift))

    found = measured("frequency", of_a_staircase(current, frequency))
    assert found.value + found.expanded_uncertainty < 0.5 * frequency
    assert measured("period", of_a_staircase(current, frequency)).value > 2 / frequency


@pytest.mark.parametrize("polarity", list(Polarity))
@pytest.mark.parametrize("periods", [2, 5, 8, 9.4])
@pytest.mark.parametrize("late", [False, True])
def test_some_regular_periods_do_not_have_the_frequency(
    polarity: Polarity,
    periods: float,
    late: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    """A unit that stops, starts late or changes over within the record has another frequency, period and width."""
    low, high = {POSITIVE: (0, LEVEL), NEGATIVE: (0, -LEVEL), BIPOLAR: (-LEVEL, LEVEL)}[polarity]
    wave, other = square(10.0, high, low), square(17.0, high, low)
    edge = 1.025 - periods / 10 if late else periods / 10
    for rest in (lambda t: np.full(t.size, low), other):
        current = lambda t, rest=rest: np.where((t < edge) != late, wave(t), rest(t))  # noqa: E731
        observed = shaped(current, polarity, 10.0)
        frequency = measured("frequency", observed)
        assert frequency.value + frequency.expanded_uncertainty < 9.5
        period = measured("period", observed)
        assert period.value - period.expanded_uncertainty > 0.105
        assert measured("pulse-width", observed).value > 0.08


def test_a_fast_regular_unit_has_its_own_frequency() -> None:
    """More than ten periods from end to end are measured as they are, however many fit."""
    for factor in (1.05, 1.072, 1.5, 3.0):
        found = measured("frequency", shaped(square(10.0 * factor, LEVEL, -LEVEL), BIPOLAR, 10.0))
        assert found.value == pytest.approx(10.0 * factor, rel=1e-3)


def test_pulses_of_both_directions_rest_between() -> None:
    """A pulse's width ends where its opposite begins, and noise in the pause makes no edge."""

    def pulses(seconds: np.ndarray) -> np.ndarray:
        place = (seconds % 0.05) / 0.002
        return np.where(place < 1, LEVEL, np.where(place < 2, -LEVEL, 0.0))

    observed = shaped(pulses, BIPOLAR, 20.0, width_s=0.002)
    for name, true in (("frequency", 20.0), ("pulse-width", 0.002), ("duty", 0.04)):
        found = measured(name, observed)
        assert abs(found.value - true) <= found.expanded_uncertainty < 0.05 * true


@pytest.mark.parametrize(("current", "share"), [
    (nothing, 0.0), (lambda t: np.full(t.size, LEVEL), 1.0), (square(0.4, LEVEL, 0.0), None),
])  # fmt: skip
def test_a_record_in_which_nothing_repeats_is_a_wrong_number(current: object, share: float | None) -> None:
    """Direct current instead of a square has a frequency near nothing and a period and duty far off, not an error."""
    observed = shaped(current, POSITIVE, 10.0)
    frequency = measured("frequency", observed)
    assert frequency.value + frequency.expanded_uncertainty < 2.0
    assert measured("period", observed).value > 0.5
    if share is not None:
        assert measured("duty", observed).value == pytest.approx(share, abs=1e-3)
        assert measured("pulse-width", observed).value == pytest.approx(share * 1.05, abs=1e-3)


def test_a_swapped_output_keeps_its_duty() -> None:
    """Which of two states is active follows from where current flows: a swapped output is no wrong duty."""
    observed = shaped(square(10.0, -LEVEL, 0.0, duty=0.4, delay_s=0.06), POSITIVE, 10.0)
    assert measured("duty", observed).value == pytest.approx(0.4, abs=1e-3)


def test_direct_current_has_no_period() -> None:
    """A setpoint without a frequency is no number."""
    observed = shaped(nothing, POSITIVE)
    without = type(observed)(point(POSITIVE, None), observed.readings, observed.captures)
    with pytest.raises(NotMeasurable, match="no frequency"):
        measured("frequency", without)


def one_cut(cut_share: float, at: int) -> Callable[[np.ndarray], np.ndarray]:
    """A bipolar square of 10 Hz whose positive half in one period ends early, and is negative for the rest."""

    def current(seconds: np.ndarray) -> np.ndarray:
        period, place = np.floor(seconds * 10.0), (seconds * 10.0) % 1.0
        ends = np.where(period == at, 0.5 * (1 - cut_share), 0.5)
        return np.where(place < ends, LEVEL, -LEVEL)

    return current


@pytest.mark.parametrize("at", [0, 4, 8])
def test_one_half_period_that_is_cut(at: int) -> None:
    """One of ten is 10 % too short and the next one as much too long: both are seen, the others are as they are."""
    observed = shaped(one_cut(0.1, at))
    for phase, which, due in (
        ("positive", "shortest", 0.045),
        ("positive", "longest", 0.05),
        ("negative", "shortest", 0.05),
        ("negative", "longest", 0.055),
    ):
        found = measured("state-length", observed, phase=phase, which=which)
        assert abs(found.value - due) <= found.expanded_uncertainty
        assert found.expanded_uncertainty < 2e-4


def test_a_short_pulse_between_two_is_a_state() -> None:
    """A bridge that turns round late cuts each negative pulse in two: the short piece is the shortest state."""

    def current(seconds: np.ndarray) -> np.ndarray:
        place = seconds % 0.05
        pieces = ((0.0, 0.0005, -1.0), (0.0005, 0.0025, 1.0), (0.0025, 0.004, -1.0))
        return LEVEL * sum(np.where((place >= begin) & (place < end), sign, 0.0) for begin, end, sign in pieces)

    observed = shaped(current, BIPOLAR, 20.0, width_s=2e-3, samples=100_000)
    assert measured("state-length", observed, phase="negative", which="shortest").value == pytest.approx(5e-4, abs=1e-5)
    assert measured("state-length", observed, phase="negative", which="longest").value == pytest.approx(
        1.5e-3, abs=1e-5
    )
    assert measured("state-length", observed, phase="positive", which="shortest").value == pytest.approx(2e-3, abs=1e-5)


def test_nothing_has_no_state() -> None:
    """Without current the states last no time."""
    assert measured("state-length", shaped(nothing), phase="positive", which="longest").value == 0
