"""How far a largest current lies above the plateau that the unit itself has: overshoot, which no error of the level is.

    excess = largest - min(plateau, (1 + tolerance) level)

The plateau is the multimeter's reading of the same setting in the same observation. One beyond the tolerance of its
level excuses no more than the tolerance does: with it the absolute limit stays.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.measurands.paths import from_multimeter
from harness.measurands.registry import NUMBER
from harness.metrology import Budget

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.quantity import Derivation

TOLERANCE = {"tolerance": NUMBER}
"""Argument: relative tolerance of the level."""

_PHASES = frozenset(start + phase for start in ("", "reverse-") for phase in ("positive", "negative"))


def above_plateau(budget: Budget, observation: Observation, derivation: Derivation, largest: Any) -> Any:
    """What a largest magnitude is above the plateau, in A; below 0 where it does not reach it.

    Args:
        budget: of the largest magnitude.
        observation: with the multimeter's readings of the plateaus; of all directions the larger one counts.
        derivation: with the argument `tolerance`.
        largest: uncertain, in A.
    """
    level_a = observation.point.setpoint.current_a
    most_a = level_a * (1 + float(dict(derivation.arguments)["tolerance"]))
    zero = observation.reading("zero")
    read = [from_multimeter(Budget(), each, zero) for each in observation.readings if each.name in _PHASES]
    # Nothing was read: then the level is what the plateau should be.
    plateau_a, known_to_a = max(((abs(float(each.x)), float(each.u)) for each in read), default=(level_a, 0.0))
    # What both share, the resistor and the multimeter, would make U smaller, and is left alone.
    source = "multimeter's reading of the plateau, by itself"
    return largest - budget.bounded("plateau", min(plateau_a, most_a), known_to_a, 1.0, source)
