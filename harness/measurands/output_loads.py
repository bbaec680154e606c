"""Current into one load against another: a current source, or not."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from harness.errors import NotMeasurable
from harness.measurands.output_levels import current_of, summed, worst_summed
from harness.measurands.registry import NUMBER, PHASE, phase_of, register

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.quantity import Derivation, Measurement
    from harness.setpoint import Polarity


@register("load-regulation", 2, {**PHASE, "compliance": NUMBER}, several=True)
def _regulation(observations: tuple[Observation, ...], derivation: Derivation) -> Measurement:
    """Current into the load of the point less that into the rated load, over the level.

    A level above its nominal value may need more than the declared compliance voltage for this load. It need not get
    more: what lies between the current that the declared voltage drives and the rated load's is no change.
    """
    this, rated = observations
    value, bound = _change(this, rated, phase_of(derivation))
    carried_a = float(dict(derivation.arguments)["compliance"]) / this.point.load_ohm
    excused = max(0.0, current_of(rated, phase_of(derivation)).value - carried_a) / this.point.setpoint.current_a
    value = min(value + excused, max(value, 0.0))
    return summed(f"change from {rated.key}", value, bound, "1", derivation)


@register("rated-load-regulation", 2, PHASE, several=True)
def _rated(observations: tuple[Observation, ...], derivation: Derivation) -> Measurement:
    """Of all levels and rated loads the largest change from the first of these loads, over the level, signed.

    Raises:
        NotMeasurable: there is one rated load only.
    """
    phase = phase_of(derivation)
    first, *others = (list(taken) for _, taken in groupby(observations[1:], key=lambda taken: taken.point.load))
    changes = [
        (*_change(this, rated, phase), this.key)
        for others_of_load in others
        for this, rated in zip(others_of_load, first, strict=True)
    ]
    if not changes:
        raise NotMeasurable("regulation needs two loads")
    values, bounds, names = zip(*changes, strict=True)
    return worst_summed([f"change to {name}" for name in names], values, bounds, derivation, abs)


def _change(this: Observation, rated: Observation, phase: Polarity) -> tuple[float, float]:
    """Relative change, and what it may be wrong by."""
    level = this.point.setpoint.current_a
    one, other = current_of(this, phase), current_of(rated, phase)
    return (one.value - other.value) / level, (one.expanded_uncertainty + other.expanded_uncertainty) / level
