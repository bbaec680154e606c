"""Drift over minutes and with temperature: changes of one reading of the multimeter against another.

    d = (v_k - v_0) / (v_0 - v_zero)

Resistor and gain are the same in both, so that only what the meter may change by between two readings is left: the
share of its accuracy that goes with the range, and that of the reading for the difference.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.errors import NotMeasurable
from harness.measurands.extremes import Candidate, extreme
from harness.measurands.paths import mains_residue
from harness.measurands.registry import register
from harness.metrology import Budget

if TYPE_CHECKING:
    from harness.capture import Observation, Reading
    from harness.quantity import Derivation, Measurement

_LEAST_SHARE = 1e-3
"""Of its range, below which a voltage is none that could drift."""

_CHAMBER_K = 0.5
"""Largest error of the chamber's sensor, and of what the unit still lacks after soaking, assumed [a]."""


def _mean(reading: Reading) -> float:
    return sum(reading.values_v) / len(reading.values_v)


def _change(budget: Budget, name: str, later: Reading, first: Reading, base_v: float) -> Any:
    """Uncertain change from one reading to another, relative to `base_v`."""
    path, row = later.path, later.path.accuracy
    scatter = budget.observed(f"{name}: repeatability", later.values_v)
    scatter = scatter - budget.observed(f"{name}: repeatability before", first.values_v)
    away = abs(_mean(later) - _mean(first))
    source = f"{row.document} [{row.mark}]"
    error = budget.bounded(f"{name}: accuracy", 0.0, row.bound(away), row.coverage, source)
    error = error + budget.bounded(f"{name}: thermal EMF", 0.0, path.surroundings.thermal_emf_v, None, "bench file [a]")
    pickup = 2 * path.surroundings.mains_pickup_a * path.resistor.resistance_ohm * mains_residue(path)
    error = error + budget.bounded(f"{name}: mains pickup", 0.0, pickup, None, "bench file [a]")
    return (scatter + error) / base_v


def _base_v(observation: Observation, reading: Reading, zero: Reading) -> float:
    """Volts of the level.

    Raises:
        NotMeasurable: there is no current that could change.
    """
    base = _mean(reading) - _mean(zero)
    if abs(base) < _LEAST_SHARE * reading.path.range:
        raise NotMeasurable(f"{observation.key}: no current flows that could change")
    return base


@register("current-drift", 2)
def _drift(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest change of the plateau from the first reading on, of either phase; with its sign, positive outwards."""
    zero = observation.reading("zero")
    found = []
    for phase in observation.point.setpoint.polarity.phases:
        first = observation.reading(phase.value)
        base = _base_v(observation, first, zero)
        for later in observation.readings:
            if later.name.startswith("after-") and later.name.endswith(f"-{phase.value}"):
                budget = Budget()
                found.append(Candidate(budget, _change(budget, later.name, later, first, base)))
    if not found:
        raise NotMeasurable(f"{observation.key} holds no later reading")
    return extreme(found, "1", derivation, abs)


@register("temperature-coefficient", 3)
def _coefficient(observation: Observation, derivation: Derivation) -> Measurement:
    """Change of the plateau for each kelvin, relative to the middle: the steepest of both sides of it, and all phases.

    Raises:
        NotMeasurable: no current flows in a phase, or the chamber did not change its temperature.
    """
    said = dict(observation.indicated)
    celsius = {name: float(said[f"{name}-temperature-c"]) for name in ("cold", "middle", "warm")}
    zero = observation.reading("middle-zero")
    results = []
    for phase in observation.point.setpoint.polarity.phases:
        middle = observation.reading(f"middle-{phase.value}")
        base = _base_v(observation, middle, zero)
        for name in ("cold", "warm"):
            budget = Budget()
            between = celsius[name] - celsius["middle"]
            if not abs(between) > 2 * _CHAMBER_K:
                raise NotMeasurable(f"{observation.key}: the chamber did not change its temperature")
            kelvin = budget.bounded("chamber", between, 2 * _CHAMBER_K, None, "both temperatures, assumed [a]")
            later = observation.reading(f"{name}-{phase.value}")
            results.append(Candidate(budget, _change(budget, name, later, middle, base) / kelvin))
    return extreme(results, "1", derivation, abs)
