"""The nominal waveform of a setting, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from harness.bench.methods.shape import mean_aperture_s
from harness.bench.nominal import TYPICAL_CAPACITANCE_F, waveform, with_edges
from harness.definitions.devices import load_device
from harness.setpoint import Polarity

PANTHEON, _ = load_device("pantheon-clinical")
BEAR, _ = load_device("foreo-bear-2")


def mean(name: str, polarity: Polarity, frequency_hz: float | None, periods: float) -> tuple[float, float]:
    """Signed and rectified mean over whole periods, of the top level, relative to it."""
    profile = PANTHEON if name == "square" else BEAR
    mode = profile.mode(name)
    setpoint = mode.setpoint(1, len(mode.levels_a.value), polarity, frequency_hz)
    times = (np.arange(100_000) + 0.5) / 100_000 * periods
    current = waveform(mode, setpoint)(times) / setpoint.current_a
    return float(current.mean()), float(np.abs(current).mean())


@pytest.mark.parametrize(
    ("name", "polarity", "frequency_hz", "length_s", "expected"),
    [
        ("square", Polarity.POSITIVE, 0.5, 2.0, (0.5, 0.5)),
        ("square", Polarity.NEGATIVE, 0.5, 2.0, (-0.5, 0.5)),
        ("square", Polarity.BIPOLAR, 0.5, 2.0, (0.0, 1.0)),
        ("steady", Polarity.NEGATIVE, None, 1.0, (-1.0, 1.0)),
        ("steady", Polarity.BIPOLAR, None, 1.0, (0.0, 1.0)),
        ("tapping", Polarity.BIPOLAR, 20.0, 0.05, (0.0, 0.08)),
        ("lifting", Polarity.BIPOLAR, 10.0, 4.0, (0.0, 1.0)),
    ],
)
def test_means_are_those_of_the_waveform(
    name: str, polarity: Polarity, frequency_hz: float | None, length_s: float, expected: tuple[float, float]
) -> None:
    """Signed and rectified mean over whole periods follow from duty and polarity."""
    assert mean(name, polarity, frequency_hz, length_s) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(("name", "polarity"), [("square", Polarity.POSITIVE), ("tapping", Polarity.BIPOLAR)])
def test_the_rectified_mean_of_a_limit_is_that_of_the_waveform(name: str, polarity: Polarity) -> None:
    """The share of the time in which current flows is the rectified mean of the nominal waveform."""
    profile = PANTHEON if name == "square" else BEAR
    mode = profile.mode(name)
    setpoint = mode.setpoint(1, 1, polarity)
    assert setpoint.frequency_hz is not None
    _, rectified = mean(name, polarity, setpoint.frequency_hz, 1.0 / setpoint.frequency_hz)
    assert mode.active_share(setpoint) == pytest.approx(rectified, abs=1e-4)


def test_the_first_edge_rises_as_load_and_capacitance_make_it() -> None:
    """One time constant after the edge a step has done 1 - 1/e of its way."""
    mode = PANTHEON.mode("square")
    setpoint = mode.setpoint(1, 9, Polarity.BIPOLAR, 100.0)
    time_constant = 10e3 * TYPICAL_CAPACITANCE_F
    edge = with_edges(waveform(mode, setpoint), 10e3)
    way = (edge(np.array([time_constant])) / setpoint.current_a + 1) / 2
    assert float(way[0]) == pytest.approx(1 - np.exp(-1), rel=1e-9)
    assert float(edge(np.array([-1e-6]))[0]) == -setpoint.current_a


@pytest.mark.parametrize("frequency_hz", [2.0, 160.0, 1000.0, 1500.0])
def test_the_mean_is_taken_over_whole_periods_that_the_timer_can_make(frequency_hz: float) -> None:
    """A period is a whole number of ticks of 10 µs, at 1500 Hz 67; the aperture holds a whole number of periods."""
    setpoint = PANTHEON.modes[0].setpoint(1, 1, Polarity.BIPOLAR, frequency_hz)
    aperture = mean_aperture_s(PANTHEON, setpoint)
    assert aperture is not None
    periods = aperture / (round(1e5 / frequency_hz) * 1e-5)
    assert periods == pytest.approx(round(periods), abs=1e-9)
    assert aperture == pytest.approx(0.2, abs=0.5 / frequency_hz) or periods == pytest.approx(1.0)
