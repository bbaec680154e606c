"""Sines of known amplitude beside a rectangle, at frequencies between bins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import NotMeasurable, RequestError
from harness.waveform.spectrum import WANDER, Line, Own, line, spectrum, strongest_line
from tests.waveform.stimuli import degraded

INTERVAL = 1e-4
COUNT = 20_000
T = np.arange(COUNT) * INTERVAL


def rectangle(frequency_hz: float) -> np.ndarray:
    """Return ± 1 with edges of 2.5 % of the period."""
    return np.clip(40 * np.sin(2 * np.pi * frequency_hz * T + 0.3), -1, 1)


def within(found: Line, amplitude: float) -> bool:
    """Whether a line's true amplitude is within its bound."""
    return abs(found.amplitude.value - amplitude) <= found.amplitude.bound


@settings(deadline=None, derandomize=True, max_examples=30)
@given(
    own=st.floats(17.5, 20) | st.floats(28, 31.5) | st.floats(80, 91),
    amplitude=st.floats(1e-3, 0.3),
    away=st.floats(-0.2, 0.2),
    phase=st.floats(0, 6.28),
    sigma=st.sampled_from([0.0, 0.01]),
    code=st.sampled_from([0.0, 1 / 100]),
)
def test_a_mains_line_beside_a_rectangle(
    *, own: float, amplitude: float, away: float, phase: float, sigma: float, code: float
) -> None:
    """From 0.1 % of the stimulation on, off the bin and off 50 Hz: the amplitude is right within its bound."""
    record = rectangle(own) + amplitude * np.sin(2 * np.pi * (50 + away) * T + phase)
    found = spectrum(degraded(record, sigma, code, 1), INTERVAL)
    own_line = Own(own, 1e-4)
    if min(abs(order * own - 50) for order in range(1, 4)) < 2.3:
        with pytest.raises(NotMeasurable, match="cannot be told"):
            line(found, 50.0, within_hz=0.25, own=own_line)
        return
    assert within(line(found, 50.0, within_hz=0.25, own=own_line), amplitude)


@settings(deadline=None, derandomize=True, max_examples=30)
@given(frequency=st.floats(8, 3000), amplitude=st.floats(1e-6, 1e6), phase=st.floats(0, 6.28))
def test_a_sine_alone_has_its_amplitude(frequency: float, amplitude: float, phase: float) -> None:
    """At any frequency between bins a known sine's amplitude is exact to 1e-4 and within its bound."""
    found = line(spectrum(amplitude * np.sin(2 * np.pi * frequency * T + phase), INTERVAL), frequency)
    assert found.amplitude.value == pytest.approx(amplitude, rel=1e-4)
    assert within(found, amplitude)


def test_a_harmonic_six_bins_away_is_fitted_and_not_left_in_the_bound() -> None:
    """A rectangle at 47 Hz, a hundred times the line at 50 Hz, leaves a bound below 1 % of itself."""
    found = line(spectrum(rectangle(47.0) + 0.01 * np.sin(2 * np.pi * 50 * T), INTERVAL), 50.0, own=Own(47.0, 1e-6))
    assert within(found, 0.01)
    assert found.amplitude.bound < 0.01


def test_the_search_finds_where_the_line_is() -> None:
    """A line at 49.87 Hz is found at 49.87 Hz."""
    found = line(spectrum(np.sin(2 * np.pi * 49.87 * T), INTERVAL), 50.0, within_hz=0.25)
    assert found.frequency_hz == pytest.approx(49.87, abs=1e-4)


def test_nothing_there_is_no_more_than_the_bound() -> None:
    """Noise and a rectangle have no mains line: what is found there is within the bound of zero."""
    found = spectrum(degraded(rectangle(33.3), 0.02, 0.0, 7), INTERVAL)
    assert within(line(found, 50.0, within_hz=0.25, own=Own(33.3, 1e-4)), 0.0)


def test_each_harmonic_of_the_mains_is_a_line_or_a_reason() -> None:
    """Odd harmonics at 10, 5 and 2 %; the one on which a harmonic of the stimulation lies gives the reason."""
    record = rectangle(30.0)
    for order, amplitude in ((1, 0.1), (3, 0.05), (5, 0.02)):
        record = record + amplitude * np.sin(2 * np.pi * 50 * order * T + order)
    bins = spectrum(record, INTERVAL)

    def mains(order: int) -> Line:
        return line(bins, 50.0 * order, within_hz=WANDER * 50.0 * order, own=Own(30.0, 1e-5))

    assert within(mains(1), 0.1)
    with pytest.raises(NotMeasurable) as reason:
        mains(3)
    assert str(reason.value) == (
        "harmonic 5 of the stimulation at 150 Hz cannot be told from a line at 150 Hz; record longer, or at another "
        "stimulation frequency"
    )
    assert within(mains(5), 0.02)


def test_a_motor_beside_the_stimulation_is_found() -> None:
    """The strongest line that is no harmonic: 213.7 Hz at 3 %, though the rectangle's are larger."""
    record = rectangle(30.0) + 0.03 * np.sin(2 * np.pi * 213.7 * T)
    found = strongest_line(spectrum(record, INTERVAL), 100.0, 400.0, own=Own(30.0, 1e-5))
    assert found.frequency_hz == pytest.approx(213.7, abs=0.01)
    assert within(found, 0.03)


def test_harmonics_too_dense_leave_no_room_for_a_line() -> None:
    """A stimulation of 2 Hz in 2 s has a harmonic every four bins: no line can be told from it."""
    with pytest.raises(NotMeasurable, match="no line can be told"):
        strongest_line(spectrum(rectangle(2.0), INTERVAL), 100.0, 400.0, own=Own(2.0, 1e-5))
    with pytest.raises(NotMeasurable, match="cannot be told from a line at 50 Hz"):
        line(spectrum(rectangle(2.0), INTERVAL), 50.0, own=Own(2.0, 1e-5))


def test_a_line_needs_periods_samples_and_a_frequency() -> None:
    """Too short, too slowly sampled, no frequency."""
    with pytest.raises(NotMeasurable, match="5 periods of a line at 50 Hz"):
        line(spectrum(rectangle(300.0)[:1000], INTERVAL), 50.0)
    with pytest.raises(NotMeasurable, match="too slow"):
        line(spectrum(rectangle(30.0), INTERVAL), 4500.0)
    with pytest.raises(RequestError):
        line(spectrum(rectangle(30.0), INTERVAL), 0.0)
    with pytest.raises(RequestError):
        strongest_line(spectrum(rectangle(30.0), INTERVAL), 400.0, 100.0)
