"""The frequency divider: what every period has in common beside the clock's error.

A timer counts whole ticks, so a period can only be a whole number of them. A divider that is off by one makes each
period one tick longer, whatever the frequency; a wrong clock makes each longer in proportion. A straight line through
the measured less the nearest attainable period, over the period, parts them: the intercept is the divider's, the slope
the clock's, the oscilloscope's time base included.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.registry import NUMBER, register
from harness.measurands.short_pulses import mean_interval_s
from harness.measurands.timing import PERIODS, periods_of
from harness.metrology import Budget
from harness.quantity import finite

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.quantity import Derivation, Measurement

_HALVES = 1e-6
_HALF_A_SAMPLE = 0.5
"""Of an edge's place, whatever its shape: interpolation between samples that an edge falls into errs the same way at
each frequency, because records of so many periods have so many samples, and no scatter would show it."""


@dataclass(frozen=True, slots=True)
class _Step:
    """One frequency: measured less attainable period, with what its edges alone make uncertain, in s.

    Attributes:
        name: of the setting.
        period_s: measured.
        error_s: less the nearest attainable one.
        bound_s: of where between two samples the edges are, both ends together.
        noise_s: standard deviation by noise.
    """

    name: str
    period_s: float
    error_s: float
    bound_s: float
    noise_s: float

    @property
    def uncertainty_s(self) -> float:
        """The same as a standard uncertainty, which gives the weight."""
        return math.hypot(self.bound_s / math.sqrt(3), self.noise_s)


def nearest_attainable(nominal_s: float, tick_s: float, measured_s: float) -> float:
    """The whole number of ticks next to a nominal period; half way between two, the one next to what was measured."""
    ticks = nominal_s / tick_s
    lower = math.floor(ticks)
    if abs(ticks - lower - 0.5) < _HALVES * max(1.0, ticks):
        return min((lower * tick_s, (lower + 1) * tick_s), key=lambda period: abs(period - measured_s))
    return round(ticks) * tick_s


@register("divider-intercept", 2, {"tick": NUMBER}, several=True)
def _intercept(observations: tuple[Observation, ...], derivation: Derivation) -> Measurement:
    """Intercept at period 0 of the weighted line through measured less nearest attainable period.

    Weights are those of the edges' uncertainty; where the steps scatter about the line by more than that, the excess is
    in the budget (Birge ratio). As of a period, what sampling does at both ends of a step adds up: it is no chance.

    Raises:
        NotMeasurable: fewer than two different frequencies, or one at which nothing alternates.
    """
    tick = finite("tick", float(dict(derivation.arguments)["tick"]))
    if not tick > 0:
        raise NotMeasurable(f"a timer tick of {tick:g} s makes no period")
    steps = [_step(observation, tick) for observation in observations]
    if len({round(math.log(step.period_s), 2) for step in steps}) < 2:  # noqa: PLR2004 - a line has two ends
        raise NotMeasurable("a divider's intercept needs two different frequencies")
    shares, birge = _line(steps)
    budget = Budget()
    intercept = 0.0
    between = "where between two samples both edges are"
    for share, step in zip(shares, steps, strict=True):
        known = budget.bounded(f"sampling, {step.name}", step.error_s, step.bound_s, None, between)
        known = known + budget.bounded(f"noise, {step.name}", 0.0, step.noise_s, 1.0, "noise over the slope")
        intercept = intercept + share * known
    alone = math.sqrt(math.fsum((share * step.uncertainty_s) ** 2 for share, step in zip(shares, steps, strict=True)))
    excess = alone * math.sqrt(max(birge**2 - 1, 0.0))
    intercept = intercept + budget.bounded("scatter about the line", 0.0, excess, 1.0, f"Birge ratio {birge:.2f}")
    names = tuple(f"{observation.key}-{PERIODS}" for observation in observations)
    return budget.measurement(intercept, "s", derivation, names)


def _step(observation: Observation, tick: float) -> _Step:
    setpoint = observation.point.setpoint
    if setpoint.frequency_hz is None:
        raise NotMeasurable(f"{observation.key} is set to no frequency: it has no period")
    if setpoint.pulse_width_s is None:
        measured, bound, noise = _of_cycles(observation)
    else:
        # Where between two samples a pulse begins is not looked for: the bound of a whole one holds what noise does.
        (measured, bound), noise = mean_interval_s(observation), 0.0
    attainable = nearest_attainable(1 / setpoint.frequency_hz, tick, measured)
    return _Step(setpoint.key, measured, measured - attainable, bound, noise)


def _of_cycles(observation: Observation) -> tuple[float, float, float]:
    """Mean period, the bound of what sampling does to it, and the standard deviation that noise gives it, in s."""
    periods = periods_of(observation)
    cycles, interval = periods.even, periods.capture.interval_s
    if cycles is None:
        raise NotMeasurable(f"{observation.key}: nothing alternates from end to end, so it has no period")
    ends = (cycles.begins[0], cycles.begins[-1])
    bound = math.fsum(max(edge.bound, _HALF_A_SAMPLE) for edge in ends) * interval / cycles.count
    noise = math.hypot(*(edge.noise for edge in ends)) * interval / cycles.count
    return cycles.period * interval, bound, noise


def _line(steps: list[_Step]) -> tuple[list[float], float]:
    """Share of each step in the intercept of the weighted line, and the Birge ratio."""
    x = np.array([step.period_s for step in steps])
    y = np.array([step.error_s for step in steps])
    w = np.array([1 / step.uncertainty_s**2 for step in steps])
    # About the weighted mean: the sums of squares then lose no digits.
    mean = float(w @ x / w.sum())
    spread = float(w @ (x - mean) ** 2)
    shares = w / w.sum() - mean * w * (x - mean) / spread
    slope = float((w * (x - mean)) @ y) / spread
    residual = y - float(w @ y / w.sum()) - slope * (x - mean)
    freedom = len(steps) - 2
    birge = math.sqrt(float(w @ residual**2) / freedom) if freedom > 0 else 1.0
    return [float(share) for share in shares], birge
