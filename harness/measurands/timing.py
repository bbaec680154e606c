"""Frequency, period, duty and pulse width, from the edges of the record `periods`.

A unit that is plainly wrong gives a number that is plainly wrong, never an error: a record in which nothing alternates
has a frequency between nothing and what its length could hold.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.oscilloscope import codes, volts_of
from harness.measurands.registry import register
from harness.metrology import Budget
from harness.setpoint import Polarity
from harness.waveform.cycles import Cycles, find_cycles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.capture import Capture, Observation
    from harness.quantity import Derivation, Measurement

PERIODS = "periods"
PLATEAU = (0.25, 0.70)
"""Where in a state its plateau is read."""

_NEARLY = 0.9
_HIGHEST = 255
_ONE_WAY = 0.02
"""Share of its range above which the mean of a monopolar record says in which direction it flows."""


@dataclass(frozen=True, slots=True, eq=False)
class Periods:
    """The record `periods`, seen in the direction of one phase.

    Attributes:
        capture: the record.
        codes: of the record, mirrored where `direction` is negative.
        rest: code without current.
        code_a: current of one code, by the resistor's nominal value.
        direction: +1 or -1.
        is_square: it has two states, without a rest between them.
        cycles: what repeats; None where nothing does.
        level_a: current that is set.
    """

    capture: Capture
    codes: NDArray[np.uint8]
    rest: float
    code_a: float
    direction: int
    is_square: bool
    cycles: Cycles | None
    level_a: float

    @property
    def length_s(self) -> float:
        """Length of the record."""
        return self.codes.size * self.capture.interval_s

    @property
    def swing_a(self) -> float:
        """From the smallest to the largest current."""
        return float(int(self.codes.max()) - int(self.codes.min())) * self.code_a

    @property
    def share_above(self) -> float:
        """Share of the samples above half the level, in this direction."""
        half = self.rest + self.level_a / 2 / self.code_a
        return float(np.count_nonzero(self.codes > math.floor(half))) / self.codes.size


def periods_of(observation: Observation, phase: Polarity | None = None) -> Periods:
    """Find what repeats in the record `periods`.

    Args:
        observation: that holds it.
        phase: whose states are looked for; None: the first one's. In monopolar settings the states are looked for in
            the direction in which current really flows, so that one swapped output is one defect, not five.
    """
    polarity = observation.point.setpoint.polarity
    if polarity is Polarity.BIPOLAR:
        return periods_along(observation, (phase or Polarity.POSITIVE).sign)
    if phase is not None and phase is not polarity:
        raise NotMeasurable(f"{observation.key} has no {phase.value} phase")
    shown, rest = codes(observation.capture(PERIODS)), _rest_code(observation)
    mean = float(shown.mean()) - rest
    one_way = abs(mean) > _ONE_WAY * float(int(shown.max()) - int(shown.min()))
    return periods_along(observation, (1 if mean > 0 else -1) if one_way else polarity.sign)


def periods_along(observation: Observation, direction: int) -> Periods:
    """Find what repeats in the record `periods` in one direction, +1 or -1."""
    frequency = observation.point.setpoint.frequency_hz
    if frequency is None:
        raise NotMeasurable(f"{observation.key} is set to no frequency: there is no period to look for")
    capture = observation.capture(PERIODS)
    shown, rest = codes(capture), _rest_code(observation)
    if direction < 0:
        shown, rest = _HIGHEST - shown, _HIGHEST - rest
    is_square = _is_square(capture, frequency)
    nominal = 1 / (frequency * capture.interval_s)
    try:
        cycles = find_cycles(shown, noise_codes(observation, capture), nominal=nominal, two_states=is_square)
    except NotMeasurable:
        cycles = None
    code_a = capture.increment_v / capture.path.resistor.resistance_ohm
    return Periods(capture, shown, rest, code_a, direction, is_square, cycles, observation.point.setpoint.current_a)


def _is_square(capture: Capture, frequency_hz: float) -> bool:
    """False for pulses, whose plateaus are shorter than those of half a period: they rest between their phases.

    A square may decay to its middle, and must not be taken for pulses then.
    """
    whole = (PLATEAU[1] - PLATEAU[0]) / 2 / frequency_hz
    return all(plateau.to_s - plateau.from_s > _NEARLY * whole for plateau in capture.plateaus)


def noise_codes(observation: Observation, capture: Capture) -> float:
    """Standard deviation of a sample of a record, in its codes: from the zero record, at least that of rounding."""
    zero = observation.capture("zero")
    return max(float(codes(zero).std(ddof=1)) * zero.increment_v / capture.increment_v, 1 / math.sqrt(12))


def _rest_code(observation: Observation) -> float:
    """The code of no current in the record `periods`."""
    zero, capture = observation.capture("zero"), observation.capture(PERIODS)
    at_rest = volts_of(zero, float(codes(zero).mean()))
    return capture.reference_code + (at_rest - capture.origin_v) / capture.increment_v


def time_base(budget: Budget, capture: Capture) -> Any:
    """Factor, about 1, by which every time of a record is uncertain."""
    path = capture.path
    source = f"{path.accuracy.document} [{path.accuracy.mark}]"
    return budget.bounded(f"{path.role}: time base", 1.0, path.time_base, None, source)


def mean_period(budget: Budget, periods: Periods) -> Any:
    """Uncertain period, in s; of a record without a whole period half its length, a lower bound."""
    interval = periods.capture.interval_s
    scale = time_base(budget, periods.capture)
    if periods.cycles is None:
        half = periods.length_s / 2
        return scale * budget.bounded("no whole period in the record", half, interval, None, "a lower bound")
    first, last, count = periods.cycles.begins[0], periods.cycles.begins[-1], periods.cycles.count
    length: Any = last.at * interval - first.at * interval
    for name, edge in (("first edge", first), ("last edge", last)):
        between = "where between two samples the edge is"
        length = length + budget.bounded(f"{name}: sampling", 0.0, edge.bound * interval, None, between)
        length = length + budget.bounded(
            f"{name}: noise", 0.0, edge.noise * interval, 1.0, "noise of the samples over the slope"
        )
    return scale * length / count


@register("period", 1)
def _period(observation: Observation, derivation: Derivation) -> Measurement:
    """First to last active edge over the periods between; a lower bound where there is no whole one."""
    budget = Budget()
    return budget.measurement(mean_period(budget, periods_of(observation)), "s", derivation, _names(observation))


@register("frequency", 1)
def _frequency(observation: Observation, derivation: Derivation) -> Measurement:
    """Reciprocal of the period; of a record T without a whole period between 0 and 2/T."""
    budget = Budget()
    periods = periods_of(observation)
    if periods.cycles is None:
        half = 1 / periods.length_s
        frequency = budget.bounded("no whole period in the record", half, half, None, "between 0 and 2 / its length")
    else:
        frequency = 1 / mean_period(budget, periods)
    return budget.measurement(frequency, "Hz", derivation, _names(observation))


def mean_duty(budget: Budget, periods: Periods) -> Any:
    """Uncertain share of the period in the active state; without periods the share of samples above half the level."""
    if periods.cycles is None or not periods.cycles.states:
        one = 1 / periods.codes.size
        return budget.bounded("one sample of a record without periods", periods.share_above, one, None, "resolution")
    return _mean_width(budget, periods.cycles) / periods.cycles.period


def mean_width(budget: Budget, periods: Periods, scale: Any) -> Any:
    """Uncertain length of the active state, in s; without periods the time above half the level, a lower bound."""
    interval = periods.capture.interval_s
    if periods.cycles is None or not periods.cycles.states:
        above = periods.share_above * periods.length_s
        return scale * budget.bounded("one sample of a record without periods", above, interval, None, "resolution")
    return scale * interval * _mean_width(budget, periods.cycles)


def _mean_width(budget: Budget, cycles: Cycles) -> Any:
    """Mean length of the states, in samples."""
    states = cycles.states
    width: Any = math.fsum(state.length for state in states) / len(states)
    for name, edges in (
        ("begin of the state", [state.begin for state in states]),
        ("end of the state", [state.end for state in states]),
    ):
        # All edges may lie alike between their samples: sampling does not average out, noise does.
        bound = math.fsum(edge.bound for edge in edges) / len(edges)
        noise = math.sqrt(math.fsum(edge.noise**2 for edge in edges)) / len(edges)
        width = width + budget.bounded(f"{name}: sampling", 0.0, bound, None, "where between two samples the edge is")
        width = width + budget.bounded(f"{name}: noise", 0.0, noise, 1.0, "noise of the samples over the slope")
    return width


@register("duty", 1)
def _duty(observation: Observation, derivation: Derivation) -> Measurement:
    """Share of the period in the active state, mean over the periods."""
    budget = Budget()
    return budget.measurement(mean_duty(budget, periods_of(observation)), "1", derivation, _names(observation))


@register("pulse-width", 1)
def _pulse_width(observation: Observation, derivation: Derivation) -> Measurement:
    """Length of the active state at its mid-level, mean over the periods."""
    budget = Budget()
    periods = periods_of(observation)
    width = mean_width(budget, periods, time_base(budget, periods.capture))
    return budget.measurement(width, "s", derivation, _names(observation))


def _names(observation: Observation) -> tuple[str, ...]:
    return (f"{observation.key}-zero", f"{observation.key}-{PERIODS}")
