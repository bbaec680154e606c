"""The largest current, and the largest pulse after output off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.capture import Observation, Plateau
from harness.setpoint import Polarity
from tests.measurands.synthetic import measured, nothing, point, read, record

STRETCH = {"start_s": 0.0, "interval_s": 1e-4, "samples": 10_000}


def taken(name: str, zero: str, peak: float, *, code_a: float = 10e-6, gain: float = 1.0) -> Observation:
    """A record with one sample that is larger than all others, and its zero."""

    def current(seconds: np.ndarray) -> np.ndarray:
        return np.where(np.arange(seconds.size) == 7000, peak, 0.1 * peak)

    captures = tuple(
        record(kind, of, gain=gain, code_a=code_a, **STRETCH) for kind, of in ((name, current), (zero, nothing))
    )
    return Observation(point(Polarity.POSITIVE, None), (), captures)


@pytest.mark.parametrize("peak", [-950e-6, 680e-6, 1100e-6])
@pytest.mark.parametrize("gain", [0.97, 1.03])
def test_the_largest_current(peak: float, gain: float) -> None:
    """One sample counts, whichever its sign; the oscilloscope's gain is within the U of its accuracy."""
    found = measured("peak-current", taken("peak", "peak-zero", peak, gain=gain))
    assert abs(found.value - abs(peak)) <= found.expanded_uncertainty
    assert found.budget[0].name == "oscilloscope: accuracy"
    assert found.expanded_uncertainty == pytest.approx(0.035 * 2.56e-3 * 2 / np.sqrt(3), rel=0.15)


@pytest.mark.parametrize(("peak", "polarity", "times"), [
    (600e-6, Polarity.POSITIVE, 100.0), (-600e-6, Polarity.NEGATIVE, 100.0), (600e-6, Polarity.BIPOLAR, 50.0),
    (60e-6, Polarity.POSITIVE, 1000.0),
])  # fmt: skip
def test_how_many_times_smaller_than_a_published_current(peak: float, polarity: Polarity, times: float) -> None:
    """60 mA peak to peak are 100 times 600 µA in one direction, and 50 times 600 µA in both."""
    observed = taken("peak", "peak-zero", peak, code_a=abs(peak) / 100)
    found = measured("reference-over-peak", replace(observed, point=point(polarity, None)), reference="0.06")
    assert found.unit == "1"
    assert abs(found.value - times) <= found.expanded_uncertainty <= 0.1 * times


@pytest.mark.parametrize("peak", [2e-3, -2e-3])
def test_a_cut_off_record_gives_the_edge_of_the_screen(peak: float) -> None:
    """Beyond the screen the value is the screen's edge, 1.28 mA less the offset: a lower bound."""
    found = measured("peak-current", taken("peak", "peak-zero", peak))
    assert found.value == pytest.approx(1.28e-3, abs=15e-6)


def test_where_the_screen_cut_a_start_off_the_second_one_counts() -> None:
    """The second start, on the ceiling's screen, gives the value; the first one is its own requirement's matter."""
    first, second = taken("peak", "peak-zero", 2e-3), taken("peak-beyond", "peak-beyond-zero", 900e-6)
    both = replace(first, captures=(*first.captures, *second.captures))
    assert measured("peak-current", both).value == pytest.approx(900e-6, abs=15e-6)


@pytest.mark.parametrize(("level", "before", "excess"), [(600e-6, 690e-6, 90e-6), (600e-6, 300e-6, 0.0)])
def test_what_a_start_overshoots_its_plateau_by(level: float, before: float, excess: float) -> None:
    """60 ms above the plateau count, calibrated by the multimeter's reading of it; a rise from below is no excess."""

    def start(seconds: np.ndarray) -> np.ndarray:
        return np.where(seconds < 60e-3, before, level)

    shown = {"code_a": 8e-6, "gain": 1.03}
    captures = (
        record("peak-zero", nothing, **shown, **STRETCH),
        record("peak", start, **shown, **STRETCH),
        record(
            "peak-reference", lambda s: np.full(s.size, level), plateaus=(Plateau(Polarity.POSITIVE, 0.0, 1.0),),
            **shown, **STRETCH,
        ),
    )  # fmt: skip
    readings = tuple(read(name, value) for name, value in (("zero", 0.0), ("positive", level)))
    observed = Observation(point(Polarity.POSITIVE, None), readings, captures)
    found = measured("start-excess", observed, tolerance="0.1")
    assert abs(found.value - excess) <= found.expanded_uncertainty <= 30e-6


@pytest.mark.parametrize("pulse", [-12e-6, 0.0, 20e-6])
def test_pulses_after_output_off(pulse: float) -> None:
    """The largest pulse after output off, at a fine scale, with the extremes of the zero's noise in the budget."""
    found = measured("off-pulses", taken("after-off", "zero", pulse, code_a=0.2e-6))
    assert abs(found.value - abs(pulse)) <= found.expanded_uncertainty < 2.5e-6
    noise = next(line for line in found.budget if line.name.endswith("extremes of the noise"))
    # Of 10 000 samples the largest lies near 3.9 sigma, rounded to codes.
    assert 2.0 * 0.2e-6 <= noise.standard_uncertainty * np.sqrt(3) <= 3.5 * 0.2e-6
