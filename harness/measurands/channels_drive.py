"""What an external voltage leaves of the unit's own current, and the current at which a cutoff acts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.errors import NotMeasurable
from harness.measurands.paths import from_multimeter, through_resistor
from harness.measurands.registry import register
from harness.metrology import Budget
from harness.setpoint import Polarity

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.quantity import Derivation, Measurement

WAY = {"way": frozenset({"with", "against"})}


@register("own-share", 1, WAY)
def _own_share(observation: Observation, derivation: Derivation) -> Measurement:
    """What the unit itself delivers while an external voltage drives its output, in A, along the setting.

    Both ways: half the difference of both plateaus, from which the drive drops out. One way: the total less the drive,
    which was read by itself with the unit off.
    """
    way = dict(derivation.arguments)["way"]
    polarity = observation.point.setpoint.polarity
    both = polarity is Polarity.BIPOLAR
    total = observation.reading(f"{way}-{polarity.phases[0].value}")
    other = observation.reading(f"{way}-negative" if both else f"{way}-alone")
    budget = Budget()
    volts = budget.observed("multimeter: repeatability", total.values_v)
    volts = volts - budget.observed("multimeter: repeatability of what is taken off", other.values_v)
    current = through_resistor(budget, total.path, volts, zeroed=True) / (2 if both else 1)
    return budget.measurement(polarity.phases[0].sign * current * _divider(budget, observation), "A", derivation)


def _divider(budget: Budget, observation: Observation) -> Any:
    """The unit's own current over that through the load: the rest flows back through the supply and its resistor.

    Raises:
        NotMeasurable: the observation does not say what that resistor is.
    """
    said = dict(observation.indicated).get("series_ohm")
    if said is None:
        raise NotMeasurable(f"{observation.key}: the supply's resistor is not known")
    ratio = observation.point.load_ohm / float(said)
    bound = _RESISTORS * ratio
    return 1 + budget.bounded("load over the supply's resistor", ratio, bound, None, "bench file [a]")


_RESISTORS = 0.04
"""Bound of the ratio: 2 % of the stated load, and as much of the supply's resistor, assumed."""


@register("trip-current", 1)
def _trip_current(observation: Observation, derivation: Derivation) -> Measurement:
    """The current at which the unit switched off: half way from what it held to the next step, in A.

    Where it held the last step, that: a lower bound.

    Raises:
        NotMeasurable: nothing says whether it tripped.
    """
    said = dict(observation.indicated)
    if said.get("tripped") not in {"yes", "no"}:
        raise NotMeasurable(f"{observation.key}: nothing says whether the unit tripped")
    budget = Budget()
    held = from_multimeter(budget, observation.reading("held"), observation.reading("zero"))
    held = -held if float(held.x) < 0 else held
    half = float(said["step_a"]) / 2 if said["tripped"] == "yes" else 0.0
    step = budget.bounded("step of the injection", half, half, None, "it tripped somewhere in the step")
    return budget.measurement(held + step, "A", derivation)
