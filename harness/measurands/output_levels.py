"""Levels against a straight line: gain, offset, integral and differential nonlinearity, scatter; and level zero.

    I_k = g x_k + o + r_k

with x_k the nominal current of level k and I_k what was measured, its sign along the setting. The line is that of least
squares, each level weighted by the inverse square of its own U. Every result is a sum of the I_k with weights c_k. The
levels share resistor and meter, and how a meter's error goes from level to level nobody says: the errors are added up
as magnitudes, U = sum |c_k| U_k, which holds however they go together.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.current import plateau_along_setting
from harness.measurands.extremes import Candidate, extreme, reach, smallest
from harness.measurands.memory import remembered
from harness.measurands.paths import through_resistor
from harness.measurands.registry import PHASE, derive, only, phase_of, register
from harness.metrology import Budget
from harness.quantity import Derivation
from harness.setpoint import Method, Polarity

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from harness.capture import Observation
    from harness.quantity import Measurement

    Vector = NDArray[np.float64]

AT_ZERO = "level-zero"
_TWO = 2
_WORST_GAIN = 2.0
"""Off by more than this factor a line's slope is no measure of a step: the nominal one is."""

_COVERAGE = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """The levels of one phase as measured, ascending.

    Attributes:
        names: of the settings.
        nominal_a: what they are meant to be.
        current_a: along the setting.
        bound_a: expanded uncertainty of each.
    """

    names: tuple[str, ...]
    nominal_a: Vector
    current_a: Vector
    bound_a: Vector

    @property
    def steps(self) -> list[str]:
        """Names of the steps, each by the level that it leads to."""
        return [f"step to {name}" for name in self.names[1:]]

    @property
    def bound_of_steps_a(self) -> Vector:
        """What the rise from each level to the next may be wrong by."""
        return self.bound_a[:-1] + self.bound_a[1:]

    @property
    def shares(self) -> tuple[Vector, Vector]:
        """Share of each level in the slope, and in the value at zero, of the weighted line."""
        w, x = 1 / self.bound_a**2, self.nominal_a
        mean = float(w @ x / w.sum())
        spread = float(w @ (x - mean) ** 2)
        slope = w * (x - mean) / spread
        return slope, w / w.sum() - mean * slope


@remembered(latest=4)
def levels_of(observations: tuple[Observation, ...], phase: Polarity) -> Levels:
    """The plateaus of one phase, by the multimeter in steady points, else by the oscilloscope.

    Raises:
        NotMeasurable: fewer than two levels.
    """
    taken = sorted(observations, key=lambda observation: observation.point.setpoint.current_a)
    if len(taken) < _TWO:
        raise NotMeasurable("a straight line needs two levels")
    found = [current_of(observation, phase) for observation in taken]
    return Levels(
        names=tuple(observation.point.setpoint.key for observation in taken),
        nominal_a=np.array([observation.point.setpoint.current_a for observation in taken]),
        current_a=np.array([measurement.value for measurement in found]),
        bound_a=np.array([measurement.expanded_uncertainty for measurement in found]),
    )


def current_of(observation: Observation, phase: Polarity) -> Measurement:
    """The plateau of a phase as `current.accuracy` has it."""
    if observation.point.method is Method.SHAPE:
        derivation = Derivation("amplitude", 1, observation.key, (("phase", phase.value),))
        return derive(derivation, only(observation))
    return plateau_along_setting(observation, phase)


def summed(what: str, value: float, bound: float, unit: str, derivation: Derivation) -> Measurement:
    """A result whose error is at most the sum of what its parts may be wrong by."""
    budget = Budget()
    source = "sum of |share| times U of each current: whatever these have in common"
    return budget.measurement(budget.bounded(what, value, bound, _COVERAGE, source), unit, derivation)


def worst_summed(
    names: Sequence[str],
    values: Sequence[float],
    bounds: Sequence[float],
    derivation: Derivation,
    by: Callable[[float], float],
) -> Measurement:
    """The extreme one of several such results, as shares; its U reaches as far as that of any (see `extremes`)."""
    at = max(range(len(names)), key=lambda index: by(values[index]))
    bound = float(reach(values, bounds, at, by))
    return summed(names[at], float(values[at]), bound, "1", derivation)


@register("level-gain", 1, PHASE, several=True)
def _gain(observations: tuple[Observation, ...], derivation: Derivation) -> Measurement:
    """Slope of the weighted straight line through delivered against nominal current."""
    levels = levels_of(observations[1:], phase_of(derivation))
    slope, _ = levels.shares
    return summed("slope", float(slope @ levels.current_a), float(abs(slope) @ levels.bound_a), "1", derivation)


@register("level-offset", 1, PHASE, several=True)
def _offset(observations: tuple[Observation, ...], derivation: Derivation) -> Measurement:
    """Value of that line at nominal zero, positive along the setting."""
    levels = levels_of(observations[1:], phase_of(derivation))
    _, at_zero = levels.shares
    value, bound = float(at_zero @ levels.current_a), float(abs(at_zero) @ levels.bound_a)
    return summed("value at zero", value, bound, "A", derivation)


@register("integral-nonlinearity", 2, PHASE, several=True)
def _integral(observations: tuple[Observation, ...], derivation: Derivation) -> Measurement:
    """Largest distance of a level from the line, with its sign, over the largest nominal level."""
    levels = levels_of(observations[1:], phase_of(derivation))
    slope, at_zero = levels.shares
    # Row k: what each level contributes to the distance of level k.
    shares = np.eye(levels.nominal_a.size) - np.outer(levels.nominal_a, slope) - at_zero
    distances, bounds = shares @ levels.current_a, abs(shares) @ levels.bound_a
    full = float(levels.nominal_a[-1])
    names = [f"distance of {name} from the line" for name in levels.names]
    return worst_summed(names, (distances / full).tolist(), (bounds / full).tolist(), derivation, abs)


@register("differential-nonlinearity", 2, PHASE, several=True)
def _differential(observations: tuple[Observation, ...], derivation: Derivation) -> Measurement:
    """The step between neighbours that differs most from the line's own, over that, less one: -1 is no step."""
    levels = levels_of(observations[1:], phase_of(derivation))
    gain = float(levels.shares[0] @ levels.current_a)
    gain = gain if 1 / _WORST_GAIN < gain < _WORST_GAIN else 1.0
    steps = gain * np.diff(levels.nominal_a)
    errors = np.diff(levels.current_a) / steps - 1
    bounds = (levels.bound_of_steps_a / steps).tolist()
    return worst_summed(levels.steps, errors.tolist(), bounds, derivation, abs)


@register("smallest-step", 2, PHASE, several=True)
def _smallest_step(observations: tuple[Observation, ...], derivation: Derivation) -> Measurement:
    """Smallest rise from a level to the next, over the nominal one: negative where the current falls."""
    levels = levels_of(observations[1:], phase_of(derivation))
    nominal = np.diff(levels.nominal_a)
    rises = np.diff(levels.current_a) / nominal
    bounds = (levels.bound_of_steps_a / nominal).tolist()
    return worst_summed(levels.steps, rises.tolist(), bounds, derivation, smallest)


@register("level-repeatability", 2, PHASE, several=True)
def _repeatability(observations: tuple[Observation, ...], derivation: Derivation) -> Measurement:
    """Largest standard deviation of the repeated readings of a level, over that level; the meter's noise is in it."""
    phase = phase_of(derivation)
    found = []
    for observation in observations[1:]:
        reading, nominal = observation.plateau(phase), observation.point.setpoint.current_a
        count, full = len(reading.values_v), nominal * reading.path.resistor.resistance_ohm
        if count < _TWO:
            raise NotMeasurable(f"{observation.key}: one reading has no scatter")
        scatter = float(np.std(reading.values_v, ddof=1)) / full
        known, name = scatter / math.sqrt(2 * (count - 1)), observation.point.setpoint.key
        budget = Budget()
        value = budget.normal(f"scatter of {name}", scatter, known, source="standard deviation of a standard deviation")
        noise = reading.path.accuracy.noise / full
        found.append(Candidate(budget, value + budget.bounded("multimeter: noise", 0.0, noise, 1.0, "accuracy data")))
    return extreme(found, "1", derivation)


@register("zero-level-current", 1)
def _zero_level(observation: Observation, derivation: Derivation) -> Measurement:
    """What flows at level 0, signed: of the readings the one of the largest magnitude, so that nothing averages out."""
    reading, zero = observation.reading(AT_ZERO), observation.reading("zero")
    budget = Budget()
    path = reading.path
    at_rest = budget.observed(f"{path.role}: repeatability of the zero", zero.values_v)
    largest = max(reading.values_v, key=lambda volts: abs(volts - float(at_rest.x)))
    noise = path.accuracy.noise
    volts = budget.bounded(f"{path.role}: noise of one reading", largest, noise, 1.0, "accuracy data") - at_rest
    return budget.measurement(through_resistor(budget, path, volts, zeroed=True), "A", derivation)
