"""Direction of the current: against the unit's own indication, in the pause of one-sided settings, and on the mean."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.errors import NotMeasurable
from harness.measurands.paths import conductance, from_multimeter, volts_error
from harness.measurands.registry import PHASE, phase_of, register
from harness.measurands.timing import PERIODS, mean_duty, mean_period, periods_of
from harness.metrology import Budget
from harness.setpoint import Polarity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.capture import Observation, Reading
    from harness.quantity import Derivation, Measurement

_SLOW_HZ = 1.0


@register("opposite-current", 1)
def _opposite(observation: Observation, derivation: Derivation) -> Measurement:
    """Current in the pause of a one-sided setting, positive in the direction that is set."""
    polarity = observation.point.setpoint.polarity
    if polarity is Polarity.BIPOLAR:
        raise NotMeasurable(f"{observation.key} is set to both directions: neither is opposite")
    budget = Budget()
    current = from_multimeter(budget, observation.reading("inactive"), observation.reading("zero"))
    return budget.measurement(polarity.sign * current, "A", derivation)


@register("along-indication", 1, PHASE)
def _along_indication(observation: Observation, derivation: Derivation) -> Measurement:
    """Current in the plateau of one phase, positive in the direction that the unit itself indicated.

    An indication that is not the one set (stuck at both directions in a monopolar setting, or the other way round) is
    right about no current: the value is minus the magnitude, whichever way it flows.

    Raises:
        NotMeasurable: the unit indicated no direction.
    """
    phase = phase_of(derivation)
    said = dict(observation.indicated).get("polarity")
    if said not in {polarity.value for polarity in Polarity}:
        raise NotMeasurable(f"{observation.key}: the unit indicated {said!r}, which is no direction")
    budget = Budget()
    current = from_multimeter(budget, observation.plateau(phase), observation.reading("zero"))
    names = tuple(f"{observation.key}-{c.name}" for c in observation.captures if c.name in {"zero", "output"})
    agrees = Polarity(said) is observation.point.setpoint.polarity
    sign = phase.sign if agrees else -1 if current.x > 0 else 1
    return budget.measurement(sign * current, "A", derivation, names)


@register("net-direct-current", 2)
def _net(observation: Observation, derivation: Derivation) -> Measurement:
    """Mean current of a setting in both directions: the multimeter's over whole periods, below 1 Hz from both plateaus.

    Below 1 Hz it is duty I+ + (1 - duty) I-, with the plateaus of the multimeter and the duty of the oscilloscope.
    """
    budget = Budget()
    current = net_current(budget, observation)
    names = tuple(f"{observation.key}-{name}" for name in ("zero", PERIODS))
    return budget.measurement(current, "A", derivation, names)


@register("plateau-balance", 1)
def _balance(observation: Observation, derivation: Derivation) -> Measurement:
    """Half the sum of both plateaus with their signs: the mean of a setting whose directions last equally long.

    Raises:
        NotMeasurable: the setting has one direction.
    """
    setpoint = observation.point.setpoint
    if setpoint.polarity is not Polarity.BIPOLAR:
        raise NotMeasurable(f"{observation.key} has one direction: it has no balance")
    budget = Budget()
    positive, negative = currents_of(budget, observation, ("positive", "negative"))
    return budget.measurement((positive + negative) / 2, "A", derivation)


def net_current(budget: Budget, observation: Observation) -> Any:
    """Uncertain mean current, in A.

    Raises:
        NotMeasurable: the setting has one direction.
    """
    setpoint = observation.point.setpoint
    if setpoint.polarity is not Polarity.BIPOLAR or setpoint.frequency_hz is None:
        raise NotMeasurable(f"{observation.key} does not alternate: it has no net current")
    if setpoint.frequency_hz < _SLOW_HZ:
        positive, negative = currents_of(budget, observation, ("positive", "negative"))
        duty = mean_duty(budget, periods_of(observation))
        return duty * positive + (1 - duty) * negative
    mean = observation.reading("mean")
    return from_multimeter(budget, mean, observation.reading("zero")) + _remainder(budget, observation, mean)


def _remainder(budget: Budget, observation: Observation, mean: Reading) -> Any:
    """What is left of a period at the end of an aperture: at most the whole swing for so long."""
    periods = periods_of(observation)
    aperture = mean.path.aperture_s
    left = aperture
    if periods.cycles is not None:
        period = mean_period(Budget(), periods)
        count = round(aperture / float(period.x))
        known_to = count * 2 * float(period.u)
        # Once past half a period the other half takes away again.
        left = min(abs(aperture - count * float(period.x)) + known_to, float(period.x) / 2)
    bound = periods.swing_a * min(left / aperture, 1.0)
    return budget.bounded("multimeter: remainder of a period", 0.0, bound, None, "aperture less whole periods")


def currents_of(
    budget: Budget, observation: Observation, names: Sequence[str], *, gain_apart: bool = False
) -> tuple[Any, ...]:
    """Currents of several readings of one path, in A: zero, resistor and input are the same for all of them.

    Args:
        budget: in which each influence gets its line, once.
        observation: that holds the readings.
        names: of the readings.
        gain_apart: the accuracy of the instrument may be an error of its gain as well as one of its zero. Where both
            directions are added as magnitudes an error of the zero cancels, and only this one is left.
    """
    zero = observation.reading("zero")
    readings = [observation.reading(name) for name in names]
    path = readings[0].path
    if any(reading.path != path for reading in readings):
        raise NotMeasurable(f"{observation.key}: {' and '.join(names)} were not read by one path")
    zero_v = budget.observed(f"{path.role}: repeatability of the zero", zero.values_v)
    means = [
        budget.observed(f"{path.role}: repeatability of {name}", reading.values_v)
        for name, reading in zip(names, readings, strict=True)
    ]
    differences = [mean - zero_v for mean in means]
    largest = max((float(volts.x) for volts in differences), key=abs)
    # One error of the instrument for all: its zero is the same, and its gain counts for the largest of them.
    error = volts_error(budget, path, largest, zeroed=True)
    siemens = conductance(budget, path)
    if gain_apart and len(names) > 1 and largest:
        row = path.accuracy
        slope = row.bound(largest) / abs(largest)
        siemens = siemens * budget.bounded(
            f"{path.role}: accuracy, as an error of its gain", 1.0, slope, row.coverage, f"{row.document} [{row.mark}]"
        )
    return tuple((volts + error) * siemens for volts in differences)
