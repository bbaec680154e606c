"""The largest current in all that was taken, and the largest pulse after output off: from peak detection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.measurands.oscilloscope import Calibration, scaled_current
from harness.measurands.registry import register
from harness.metrology import Budget

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.quantity import Derivation, Measurement


@register("peak-current", 1)
def _peak(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest magnitude in the record `peak`, on the oscilloscope's own scale.

    A record that is cut off by the screen gives the screen's edge, a lower bound: scales are chosen so that it lies
    above 1.3 times the ceiling.
    """
    return _largest(observation, derivation, "peak", "peak-zero")


@register("off-pulses", 1)
def _off_pulses(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest magnitude in the record `after-off`, noise included; cut off by the screen, a lower bound."""
    return _largest(observation, derivation, "after-off", "zero")


def _largest(observation: Observation, derivation: Derivation, record: str, zero: str) -> Measurement:
    budget = Budget()
    currents = scaled_current(budget, observation, record, Calibration(zero=zero, reference=None))
    largest = max(float(currents.amperes.max()), -float(currents.amperes.min()))
    at_rest = scaled_current(Budget(), observation, zero, Calibration(zero=zero, reference=None)).amperes
    # Nothing is taken off for noise: it makes the largest value too large, never too small.
    noise = float(np.abs(at_rest).max())
    value = currents.value(budget, "largest value", largest)
    value = value + budget.bounded("largest value: extremes of the noise", 0.0, noise, None, f"largest in {zero}")
    return budget.measurement(value, "A", derivation, currents.captures)
