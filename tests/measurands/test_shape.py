"""Amplitude, rise, overshoot and droop against closed forms."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from harness.errors import NotMeasurable
from harness.measurands.timing import PLATEAU
from harness.setpoint import Polarity
from tests.measurands.synthetic import measured, nothing, shaped, square

POSITIVE, NEGATIVE, BIPOLAR = Polarity.POSITIVE, Polarity.NEGATIVE, Polarity.BIPOLAR
LEVEL = 600e-6


def step(rising: object, high: float = LEVEL, low: float = -LEVEL) -> object:
    """A square of 10 Hz whose rising edge follows a function of time, 0 to 1 (or beyond); its falling one is sudden."""

    def current(seconds: np.ndarray) -> np.ndarray:
        place = seconds % 0.1
        # Just before the trigger belongs to the low state, unless the edge has begun there.
        since = np.where(place > 0.09, place - 0.1, place)
        return np.where((place < 0.05) | (place > 0.09), low + (high - low) * rising(since), low)

    return current


@pytest.mark.parametrize("tau", [0.5e-6, 2e-6, 10e-6])
@pytest.mark.parametrize(
    ("low", "high", "polarity"), [(-LEVEL, LEVEL, BIPOLAR), (0, LEVEL, POSITIVE), (0, -LEVEL, NEGATIVE)]
)
def test_the_rise_of_an_exponential(tau: float, low: float, high: float, polarity: Polarity) -> None:
    """An exponential takes ln 9 time constants from 10 to 90 %."""
    found = measured(
        "rise-time",
        shaped(step(lambda t: np.where(t < 0, 0, 1 - np.exp(-np.maximum(t, 0) / tau)), high, low), polarity),
    )
    assert abs(found.value - math.log(9) * tau) <= found.expanded_uncertainty
    assert found.expanded_uncertainty < 0.2 * found.value


@pytest.mark.parametrize("slew", [5e-6, 50e-6, 100e-6])
def test_the_rise_of_a_trapezoid(slew: float) -> None:
    """A straight slope takes 80 % of itself, though the record begins 10 µs before its middle."""
    found = measured("rise-time", shaped(step(lambda t: np.clip(t / slew + 0.5, 0, 1)), samples=200_000))
    if slew <= 20e-6:
        assert abs(found.value - 0.8 * slew) <= found.expanded_uncertainty
    else:
        # What lies before the record is not seen: a lower bound, from its start to 90 %.
        assert found.value == pytest.approx(10e-6 + 0.4 * slew, rel=0.02)


def test_an_edge_within_one_sample_is_known_to_a_sample() -> None:
    """A sudden edge has a rise time of less than one sampling interval."""
    found = measured("rise-time", shaped(square(10.0, LEVEL, -LEVEL)))
    assert 0 <= found.value <= 40e-9
    assert found.expanded_uncertainty < 4 * 40e-9


@pytest.mark.parametrize("damping", [0.3, 0.5, 0.7])
def test_the_overshoot_of_a_second_order_step(damping: float) -> None:
    """A second-order step goes exp(-pi z / sqrt(1 - z²)) beyond its new state: 16.303 % at 0.5."""
    omega = 2 * math.pi / 30e-6
    damped = math.sqrt(1 - damping**2)

    def rising(t: np.ndarray) -> np.ndarray:
        t = np.maximum(t, 0)
        swing = np.cos(omega * damped * t) + damping / damped * np.sin(omega * damped * t)
        return 1 - np.exp(-damping * omega * t) * swing

    found = measured("overshoot", shaped(step(rising, 400e-6, -400e-6)))
    assert abs(found.value - math.exp(-math.pi * damping / damped)) <= found.expanded_uncertainty
    assert found.expanded_uncertainty < 0.03


def test_no_overshoot_is_none() -> None:
    """Noise is no overshoot: an exponential's is nothing within a U of 2 %."""
    found = measured("overshoot", shaped(step(lambda t: 1 - np.exp(-np.maximum(t, 0) / 2e-6))))
    assert found.value <= found.expanded_uncertainty < 0.02


@pytest.mark.parametrize(("frequency", "tau"), [(5.0, 2e-3), (5.0, 20e-6), (0.5, 20e-3), (200.0, 0.2e-3)])
@pytest.mark.parametrize(("low", "high", "polarity"), [(-1, 1, BIPOLAR), (0, 1, POSITIVE), (0, -1, NEGATIVE)])
def test_a_slow_overshoot(frequency: float, tau: float, low: int, high: int, polarity: Polarity) -> None:
    """9 % of the amplitude that decay within milliseconds count, though the record of the edge sees no decay."""
    level = 500e-6

    def current(seconds: np.ndarray) -> np.ndarray:
        place = (seconds * frequency) % 1.0
        since = (place % 0.5) / frequency
        beyond = 0.09 * (high - low) * np.where(place < 0.5, 1, -1) * np.exp(-since / tau)
        return level * (np.where(place < 0.5, high, low) + beyond)

    found = measured("overshoot", shaped(current, polarity, frequency, level_a=level))
    # The amplitude reaches from what is left of the overshoot before the edge, which is none, to the plateau.
    assert abs(found.value - 0.09) <= found.expanded_uncertainty < 0.03


@pytest.mark.parametrize("frequency", [0.5, 5.0, 200.0, 1500.0])
def test_a_clean_square_does_not_overshoot(frequency: float) -> None:
    """Whatever record the top is from, a square without an overshoot has none within a U of 2 %."""
    found = measured("overshoot", shaped(square(frequency, LEVEL, -LEVEL, tau_s=2e-6), BIPOLAR, frequency))
    assert found.value <= found.expanded_uncertainty < 0.02


def test_noise_is_taken_off_an_overshoot_by_half() -> None:
    """Of 20 records without an overshoot the mean is under a quarter of U: not the largest of so many noisy values."""
    rising = step(lambda t: 1 - np.exp(-np.maximum(t, 0) / 2e-6))
    found = [measured("overshoot", shaped(rising, seed=seed)) for seed in range(20)]
    assert np.mean([each.value for each in found]) < 0.25 * np.mean([each.expanded_uncertainty for each in found])


@pytest.mark.parametrize("name", ["rise-time", "overshoot"])
def test_a_record_without_a_transition_has_no_rise(name: str) -> None:
    """Where nothing changes there is no transition to be measured."""
    with pytest.raises(NotMeasurable, match="no transition"):
        measured(name, shaped(nothing))


@pytest.mark.parametrize("ratio", [0.0, 0.1, 0.5, 2.0])
@pytest.mark.parametrize(("polarity", "low"), [(POSITIVE, 0.0), (BIPOLAR, -1.0)])
def test_the_droop_of_a_coupled_rectangle(ratio: float, polarity: Polarity, low: float) -> None:
    """Through a coupling capacitor a state of w/tau falls by 1 - exp(-w/tau): 9.5163 % at 0.1."""

    def current(seconds: np.ndarray) -> np.ndarray:
        place = (seconds * 10.0) % 1.0
        falls = np.exp(-ratio * (place % 0.5) / 0.5)
        return LEVEL * np.where(place < 0.5, falls, low * falls)

    found = measured("droop", shaped(current, polarity))
    assert abs(found.value - (1 - math.exp(-ratio))) <= found.expanded_uncertainty
    assert found.expanded_uncertainty < 0.03


def test_only_the_worse_phase_counts_for_droop() -> None:
    """A droop of the negative phase alone is found."""

    def current(seconds: np.ndarray) -> np.ndarray:
        place = (seconds * 10.0) % 1.0
        return LEVEL * np.where(place < 0.5, 1.0, -np.exp(-0.4 * (place - 0.5)))

    found = measured("droop", shaped(current))
    assert abs(found.value - (1 - math.exp(-0.2))) <= found.expanded_uncertainty


@pytest.mark.parametrize("hold", [0.004, 0.1, 0.4])
def test_a_plateau_that_decays_to_nothing(hold: float) -> None:
    """Held for a part of the state, then gone with an RC: droop near 1, amplitude near 0, the right frequency."""

    def current(seconds: np.ndarray) -> np.ndarray:
        place = (seconds * 0.5) % 1.0
        since = (place % 0.5) * 2.0
        held = np.where(since < hold, 1.0, np.exp(-np.maximum(since - hold, 0) / 0.01))
        return LEVEL * np.where(place < 0.5, held, -held)

    # The reference is at another setting, where the plateau is gone before either instrument reads it.
    observed = shaped(current, BIPOLAR, 0.5, level_a=0.0)
    droop = measured("droop", observed)
    assert droop.value == pytest.approx(1.0, abs=0.05)
    for phase in ("positive", "negative"):
        amplitude = measured("amplitude", observed, phase=phase)
        expected = LEVEL * max(hold - PLATEAU[0] + 0.01, 0) / (PLATEAU[1] - PLATEAU[0])
        assert amplitude.value == pytest.approx(expected, abs=0.03 * LEVEL)
    frequency = measured("frequency", observed)
    assert frequency.value == pytest.approx(0.5, rel=1e-3)
    assert measured("duty", observed).value == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("gain", [0.97, 1.03])
@pytest.mark.parametrize("share", [0.9, 1.0])
def test_amplitude_at_another_frequency(gain: float, share: float) -> None:
    """The oscilloscope's ratio to the plateau that the multimeter read: its own gain drops out."""
    observed = shaped(square(1500.0, share * LEVEL, -0.95 * LEVEL, tau_s=2e-6), BIPOLAR, 1500.0, gain=gain)
    for phase, true in (("positive", share), ("negative", 0.95)):
        found = measured("amplitude", observed, phase=phase)
        assert abs(found.value - true * LEVEL) <= found.expanded_uncertainty < 0.02 * LEVEL
        assert "oscilloscope: accuracy" not in {line.name for line in found.budget}


def test_amplitude_of_pulses_is_on_the_oscilloscopes_own_scale() -> None:
    """Without a reference the accuracy of the oscilloscope is in the budget."""
    observed = shaped(square(20.0, LEVEL, duty=0.04), POSITIVE, 20.0, width_s=0.002, has_reference=False, gain=1.02)
    found = measured("amplitude", observed, phase="positive")
    assert found.value == pytest.approx(1.02 * LEVEL, rel=2e-3)
    assert found.budget[0].name == "oscilloscope: accuracy"


def test_pulses_are_calibrated_by_a_plateau_of_one_direction() -> None:
    """Where only the positive direction could be read, it calibrates the negative phase, too."""

    def pulses(seconds: np.ndarray) -> np.ndarray:
        place = (seconds % 0.05) / 0.002
        return np.where(place < 1, LEVEL, np.where(place < 2, -0.9 * LEVEL, 0.0))

    observed = shaped(pulses, BIPOLAR, 20.0, width_s=0.002, gain=1.02)
    kept = tuple(reading for reading in observed.readings if reading.name != "negative")
    found = measured("amplitude", replace(observed, readings=kept), phase="negative")
    assert abs(found.value - 0.9 * LEVEL) <= found.expanded_uncertainty < 0.02 * LEVEL


def test_a_square_that_fades_is_no_shorter_square() -> None:
    """Below half of its level a one-sided state still lasts half a period: its amplitude is not that of its begin."""

    def current(seconds: np.ndarray) -> np.ndarray:
        place = (seconds * 10.0) % 1.0
        return np.where(place < 0.5, LEVEL * np.exp(-4 * place / 0.5), 0.0)

    found = measured("amplitude", shaped(current, POSITIVE, level_a=0.0), phase="positive")
    mean = (np.exp(-4 * PLATEAU[0]) - np.exp(-4 * PLATEAU[1])) / 4 / (PLATEAU[1] - PLATEAU[0])
    assert abs(found.value - mean * LEVEL) <= found.expanded_uncertainty


def test_amplitude_of_direct_current_is_its_mean() -> None:
    """Where nothing alternates the whole record is the plateau; none at all is nothing."""
    observed = shaped(lambda t: np.full(t.size, LEVEL), POSITIVE)
    assert measured("amplitude", observed, phase="positive").value == pytest.approx(LEVEL, rel=2e-3)
    assert measured("amplitude", shaped(nothing, POSITIVE), phase="positive").value < 1e-6


def test_a_phase_that_is_not_set_has_no_amplitude() -> None:
    """A monopolar point has one phase."""
    with pytest.raises(NotMeasurable, match="no negative phase"):
        measured("amplitude", shaped(square(10.0, LEVEL), POSITIVE), phase="negative")
