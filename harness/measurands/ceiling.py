"""The largest current in all that was taken, and the largest pulse after output off: from peak detection."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.oscilloscope import Calibration, scaled_current
from harness.measurands.registry import NUMBER, register
from harness.metrology import Budget
from harness.quantity import finite

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.quantity import Derivation, Measurement


@register("peak-current", 1)
def _peak(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest magnitude in the record `peak`, scaled by `peak-reference` where that was taken.

    Small currents, far below the ceiling, are on the oscilloscope's own scale. A record that is cut off by the screen
    gives the screen's edge, a lower bound: scales are chosen so that it lies above 1.3 times the ceiling.
    """
    return largest_magnitude(observation, derivation, "peak", Calibration(zero="peak-zero", reference="peak-reference"))


@register("off-pulses", 1)
def _off_pulses(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest magnitude in the record `after-off`, noise included; cut off by the screen, a lower bound."""
    return largest_magnitude(observation, derivation, "after-off", Calibration(zero="zero", reference=None))


@register("reference-over-peak", 1, {"reference": NUMBER})
def _reference(observation: Observation, derivation: Derivation) -> Measurement:
    """How many times smaller the current is than a peak-to-peak current that somebody published, in A.

    Peak to peak is the largest magnitude in the record `peak`, of a setting with two directions twice that.
    """
    budget = Budget()
    value, captures = _of_record(budget, observation, "peak", Calibration(zero="peak-zero", reference="peak-reference"))
    reference = finite("reference", float(dict(derivation.arguments)["reference"]))
    if not value.x > 0:
        raise NotMeasurable(f"{observation.key}: no current, so nothing is so many times larger")
    span = len(observation.point.setpoint.polarity.phases) * value
    return budget.measurement(reference / span, "1", derivation, captures)


def largest_magnitude(
    observation: Observation, derivation: Derivation, record: str, calibration: Calibration
) -> Measurement:
    """Largest magnitude in a record, noise included, in A."""
    budget = Budget()
    value, captures = _of_record(budget, observation, record, calibration)
    return budget.measurement(value, "A", derivation, captures)


def _of_record(
    budget: Budget, observation: Observation, record: str, calibration: Calibration
) -> tuple[Any, tuple[str, ...]]:
    """Uncertain largest magnitude in a record, in A, and the captures that it rests on."""
    currents = scaled_current(budget, observation, record, calibration)
    largest = max(float(currents.amperes.max()), -float(currents.amperes.min()))
    own_scale = Calibration(zero=calibration.zero, reference=None)
    at_rest = scaled_current(Budget(), observation, calibration.zero, own_scale).amperes
    # Nothing is taken off for noise: it makes the largest value too large, never too small.
    noise = float(np.abs(at_rest).max())
    value = currents.value(budget, "largest value", largest)
    if currents.cut_off:
        # Said where the number is read: what flowed is at least this.
        value = value + budget.bounded("cut off by the screen: a lower bound", 0.0, currents.code_a, None, "the record")
    source = f"largest in {calibration.zero}"
    value = value + budget.bounded("largest value: extremes of the noise", 0.0, noise, None, source)
    return value, currents.captures
