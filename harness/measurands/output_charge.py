"""Mean current and net charge over a minute, by readings that follow each other without a pause.

The sum of the readings is the charge of the whole stretch. What is left of a period at its end flows one way: at most
half of the period, and less where the period is known, from the record of the same setting. Between two readings hardly
anything is missed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from harness.errors import NotMeasurable
from harness.measurands.paths import through_resistor
from harness.measurands.registry import register
from harness.measurands.timing import mean_period, periods_of
from harness.metrology import Budget
from harness.setpoint import Polarity

if TYPE_CHECKING:
    from harness.capture import Observation, Reading
    from harness.quantity import Derivation, Measurement

_BETWEEN_READINGS_S = 100e-6
"""Assumed; with its own zero left out a meter of this class begins anew within 20 µs (50 000 readings a second)."""

_HALF = 0.5
_OF_ONE_PERIOD = 0.8
"""Share of the record that has to be even: a staircase has several periods, and no one of them is its own."""

_ZERO_DRIFT_V = 2e-6
"""Of the meter's zero in a minute in which it is not measured; assumed."""


@register("net-charge-in-time", 1, several=True)
def _net_charge(observations: tuple[Observation, ...], derivation: Derivation) -> Measurement:
    """Charge that is left after the whole stretch of the readings, in C."""
    budget = Budget()
    reading = observations[0].reading("mean")
    total = _total_s(reading)
    mean = _mean(budget, observations[0], _left_s(*observations, over_s=total))
    return budget.measurement(mean * total, "C", derivation)


@register("net-current-in-time", 1, several=True)
def _net_current(observations: tuple[Observation, ...], derivation: Derivation) -> Measurement:
    """The same over the time: the mean current of a setting in both directions."""
    budget = Budget()
    left = _left_s(*observations, over_s=_total_s(observations[0].reading("mean")))
    return budget.measurement(_mean(budget, observations[0], left), "A", derivation)


@register("largest-net-reading", 1, several=True)
def _largest(observations: tuple[Observation, ...], derivation: Derivation) -> Measurement:
    """Of the readings of a setting in both directions the one that is furthest from zero: a turn that was left out."""
    budget = Budget()
    reading, zero = observations[0].reading("mean"), observations[0].reading("zero")
    path = reading.path
    at_rest = budget.observed("multimeter: repeatability of the zero", zero.values_v)
    largest = max(reading.values_v, key=lambda volts: abs(volts - float(at_rest.x)))
    volts = budget.bounded("multimeter: noise of one reading", largest, path.accuracy.noise, 1.0, "accuracy data")
    volts = volts - at_rest + budget.bounded("multimeter: drift of the zero", 0.0, _ZERO_DRIFT_V, None, "assumed [a]")
    left = _left_s(*observations, over_s=path.aperture_s)
    current = through_resistor(budget, path, volts, zeroed=True)
    return budget.measurement(current + _remainder(budget, observations[0], left, path.aperture_s), "A", derivation)


@register("one-sided-current-in-time", 1)
def _one_sided(observation: Observation, derivation: Derivation) -> Measurement:
    """Mean current over the stretch of a setting in one direction, positive along it."""
    setpoint = observation.point.setpoint
    if setpoint.polarity is Polarity.BIPOLAR:
        raise NotMeasurable(f"{observation.key} is set to both directions: it is not one-sided")
    budget = Budget()
    left = 0.0 if setpoint.frequency_hz is None else _HALF / setpoint.frequency_hz
    return budget.measurement(setpoint.polarity.sign * _mean(budget, observation, left), "A", derivation)


def _left_s(observation: Observation, waveform: Observation, *, over_s: float) -> float:
    """Longest time for which one direction may be left over at the end of a stretch."""
    setpoint = observation.point.setpoint
    longest = _HALF / (setpoint.frequency_hz or 1.0)
    periods = periods_of(waveform)
    even, recorded = periods.even, len(periods.capture.codes)
    if periods.cycles is None or even is None or even.count * even.period < _OF_ONE_PERIOD * recorded:
        return longest
    period = mean_period(Budget(), periods)
    count = round(over_s / float(period.x))
    return min(abs(over_s - count * float(period.x)) + count * 2 * float(period.u), longest)


def _total_s(reading: Reading) -> float:
    return len(reading.values_v) * reading.path.aperture_s


def _mean(budget: Budget, observation: Observation, left_s: float) -> Any:
    reading, zero = observation.reading("mean"), observation.reading("zero")
    path, count = reading.path, len(reading.values_v)
    volts = math.fsum(reading.values_v) / count
    # The stretch itself is what is measured: how the readings differ within it is no uncertainty.
    noise = path.accuracy.noise / math.sqrt(count)
    mean = budget.bounded("multimeter: noise", volts, noise, 1.0, "accuracy data")
    mean = mean - budget.observed("multimeter: repeatability of the zero", zero.values_v)
    mean = mean + budget.bounded("multimeter: drift of the zero", 0.0, _ZERO_DRIFT_V, None, "assumed [a]")
    return through_resistor(budget, path, mean, zeroed=True) + _remainder(
        budget, observation, left_s, _total_s(reading)
    )


def _remainder(budget: Budget, observation: Observation, left_s: float, over_s: float) -> Any:
    """What was missed between readings, and what is left of a period at the end."""
    setpoint, reading = observation.point.setpoint, observation.reading("mean")
    if setpoint.frequency_hz is None:
        return 0.0
    missed = setpoint.current_a * _BETWEEN_READINGS_S / reading.path.aperture_s
    left = setpoint.current_a * left_s / over_s
    between = budget.bounded("between two readings", 0.0, missed, None, "100 µs each, assumed [a]")
    return between + budget.bounded("remainder of a period", 0.0, left, None, "one direction at the end")
