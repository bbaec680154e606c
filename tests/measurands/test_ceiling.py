"""The largest current, and the largest pulse after output off."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from harness.capture import Observation
from harness.setpoint import Polarity
from tests.measurands.synthetic import measured, nothing, point, record

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


@pytest.mark.parametrize("pulse", [-12e-6, 0.0, 20e-6])
def test_pulses_after_output_off(pulse: float) -> None:
    """The largest pulse after output off, at a fine scale, with the extremes of the zero's noise in the budget."""
    found = measured("off-pulses", taken("after-off", "zero", pulse, code_a=0.2e-6))
    assert abs(found.value - abs(pulse)) <= found.expanded_uncertainty < 2.5e-6
    noise = next(line for line in found.budget if line.name.endswith("extremes of the noise"))
    # Of 10 000 samples the largest lies near 3.9 sigma, rounded to codes.
    assert 2.0 * 0.2e-6 <= noise.standard_uncertainty * np.sqrt(3) <= 3.5 * 0.2e-6
