"""The largest current in all that was taken, and the largest pulse after output off: from peak detection."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.excess import TOLERANCE, above_plateau
from harness.measurands.extremes import Candidate, extreme
from harness.measurands.instants import moving_mean
from harness.measurands.oscilloscope import Calibration, scaled_current
from harness.measurands.registry import NUMBER, register
from harness.metrology import Budget
from harness.quantity import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.capture import Observation
    from harness.quantity import Derivation, Measurement
    from harness.setpoint import Setpoint


@register("peak-current", 2)
def _peak(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest magnitude in the record `peak`, scaled by `peak-reference` where that was taken.

    Where the screen cut that record off, in `peak-beyond`, on the oscilloscope's own scale. One that is cut off, too,
    gives the screen's edge, a lower bound: its scale is chosen so that it lies above 1.3 times the ceiling.
    """
    beyond = any(capture.name == "peak-beyond" for capture in observation.captures)
    record = "peak-beyond" if beyond else "peak"
    return largest_magnitude(observation, derivation, [record], _peaks(record))


@register("start-excess", 1, TOLERANCE)
def _start(observation: Observation, derivation: Derivation) -> Measurement:
    """How far the largest current from output on to settled lies above the unit's plateau, in A, noise included.

    The record is `peak`, scaled by the multimeter's reading of the same plateau; cut off by the screen, a lower bound.
    Low-passed by a moving mean of 5 ms, a quarter of a phase, or one interval of peak detection; of phases that are
    shorter than two such intervals the extremes count as they stand.
    """
    budget = Budget()
    currents = scaled_current(budget, observation, "peak", _peaks("peak"))
    over = _samples(observation.point.setpoint, currents.interval_s)
    largest = float(np.abs(moving_mean(currents.amperes, over)).max())
    at_rest = scaled_current(Budget(), observation, "peak-zero", Calibration("peak-zero", reference=None)).amperes
    noise = float(np.abs(moving_mean(at_rest, over)).max())
    value = currents.value(budget, "largest value", largest, over)
    value = value + budget.bounded("largest value: extremes of the noise", 0.0, noise, None, "largest in peak-zero")
    if currents.cut_off:
        value = value + budget.bounded("cut off by the screen: a lower bound", 0.0, currents.code_a, None, "the record")
    excess = above_plateau(budget, observation, derivation, value)
    return budget.measurement(excess, "A", derivation, currents.captures)


def _samples(setpoint: Setpoint, interval_s: float) -> int:
    """Over how many samples a start is low-passed: whole pairs of extremes, whose mean noise does not lift."""
    shortest_s = setpoint.pulse_width_s or setpoint.phase_s or math.inf
    if shortest_s < 2 * _PAIR * interval_s:
        return 1
    return _PAIR * max(1, round(min(_MEAN_S, shortest_s / 4) / (_PAIR * interval_s)))


_PAIR = 2
_MEAN_S = 5e-3


def _peaks(record: str) -> Calibration:
    return Calibration(zero=f"{record}-zero", reference=f"{record}-reference")


@register("off-pulses", 1)
def _off_pulses(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest magnitude in the record `after-off`, noise included; cut off by the screen, a lower bound."""
    return largest_magnitude(observation, derivation, ["after-off"], Calibration(zero="zero", reference=None))


@register("reference-over-peak", 1, {"reference": NUMBER})
def _reference(observation: Observation, derivation: Derivation) -> Measurement:
    """How many times smaller the current is than a peak-to-peak current that somebody published, in A.

    Peak to peak is the largest magnitude in the record `peak`, of a setting with two directions twice that.
    """
    budget = Budget()
    value, captures = _of_record(budget, observation, "peak", _peaks("peak"))
    reference = finite("reference", float(dict(derivation.arguments)["reference"]))
    if not value.x > 0:
        raise NotMeasurable(f"{observation.key}: no current, so nothing is so many times larger")
    span = len(observation.point.setpoint.polarity.phases) * value
    return budget.measurement(reference / span, "1", derivation, captures)


def largest_magnitude(
    observation: Observation, derivation: Derivation, records: Sequence[str], calibration: Calibration
) -> Measurement:
    """Largest magnitude in some records, noise included, in A."""
    found = []
    for record in records:
        budget = Budget()
        found.append(Candidate(budget, *_of_record(budget, observation, record, calibration)))
    return extreme(found, "A", derivation)


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
