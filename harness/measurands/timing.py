"""Frequency, period, duty and pulse width, from the edges of the record `periods`.

A unit that is plainly wrong gives a number that is plainly wrong, never an error. A record in which nothing alternates
has a frequency between nothing and what its length could hold. One in which periods are equal for a while only counts
those, at most nine of ten, over the whole record:

    f = min(n, 9) / T, half a period more or less,    where n < 10, or n periods cover less than 90 % of T

In the record of a staircase each step's periods have to cover 90 % of its dwell; the dwell is the record's length, 1.1
cycles, over the number of frequencies that it shows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.memory import remembered
from harness.measurands.oscilloscope import codes, volts_of
from harness.measurands.registry import PHASE, phase_of, register
from harness.metrology import Budget
from harness.setpoint import Polarity
from harness.waveform.cycles import find_cycles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.capture import Capture, Observation
    from harness.quantity import Derivation, Measurement
    from harness.waveform.cycles import Crossing, Cycles, Run

PERIODS = "periods"
IRREGULAR = "periods are equal in a part of the record only"
PLATEAU = (0.25, 0.70)
"""Where in a state its plateau is read."""

_NEARLY = 0.9
LEAST_PERIODS = 10
"""Whole periods that the record holds from the edge on which it was triggered."""

_COVERED = 0.9
_STAIRCASE_PERIODS = 11.0
"""A record of more nominal periods than this holds all steps of a staircase."""

_CYCLES_OF_STAIRCASE = 1.1
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
        nominal_hz: frequency that is set.
        is_triggered: the record was triggered on the edges that begin the states looked for.
    """

    capture: Capture
    codes: NDArray[np.uint8]
    rest: float
    code_a: float
    direction: int
    is_square: bool
    cycles: Cycles | None
    level_a: float
    nominal_hz: float
    is_triggered: bool

    @property
    def regular(self) -> Cycles | None:
        """What repeats, where it does so for ten periods and for nearly all of the record; else None.

        Other edges than those of the trigger may make nine periods of the same record.
        """
        cycles = self.even
        if cycles is None or self._is_staircase:
            return cycles
        return cycles if cycles.count >= (LEAST_PERIODS if self.is_triggered else LEAST_PERIODS - 1) else None

    @property
    def even(self) -> Cycles | None:
        """What repeats, where it does so for nearly all of the record, or of a staircase's dwell; else None."""
        cycles = self.cycles
        if cycles is None:
            return None
        if self._is_staircase:
            return cycles if self._covers_dwell(cycles) else None
        return cycles if cycles.run.covered >= _COVERED * self.codes.size else None

    @property
    def _is_staircase(self) -> bool:
        return self.length_s * self.nominal_hz > _STAIRCASE_PERIODS

    def _covers_dwell(self, cycles: Cycles) -> bool:
        """Whether one step of a staircase fills its dwell: within the record, or across its end and its beginning."""
        steps: list[Run] = [cycles.run]
        for run in cycles.others:
            if run.is_long and not any(run.is_like(step) for step in steps):
                steps.append(run)
        whole_cycle = self.codes.size / _CYCLES_OF_STAIRCASE
        alike = [run for run in (cycles.run, *cycles.others) if run.is_like(cycles.run)]
        # The step that the record begins in is the one that it ends in, a cycle later.
        parted = [
            min(first.covered + last.covered, first.to + whole_cycle - last.from_)
            for first in alike
            for last in alike
            if first.from_ <= 0 and last.to >= self.codes.size
        ]
        return max(*parted, *(run.covered for run in alike), 0.0) >= _COVERED * whole_cycle / len(steps)

    @property
    def counted(self) -> int:
        """Whole periods of a record that is not regular: at most nine, so that it never has the frequency set."""
        return min(self.cycles.count, LEAST_PERIODS - 1) if self.cycles is not None else 0

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


@remembered(latest=4)
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
    setpoint = observation.point.setpoint
    return Periods(
        capture=capture,
        codes=shown,
        rest=rest,
        code_a=capture.increment_v / capture.path.resistor.resistance_ohm,
        direction=direction,
        is_square=is_square,
        cycles=cycles,
        level_a=setpoint.current_a,
        nominal_hz=frequency,
        is_triggered=direction == setpoint.polarity.phases[0].sign and bool(capture.plateaus),
    )


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
    """Uncertain period, in s; of a record without a whole period half its length, a lower bound.

    Of a record that is not regular its length over the periods that count.
    """
    interval = periods.capture.interval_s
    scale = time_base(budget, periods.capture)
    if periods.cycles is None:
        half = periods.length_s / 2
        return scale * budget.bounded("no whole period in the record", half, interval, None, "a lower bound")
    if periods.regular is None:
        period = periods.length_s / periods.counted
        return scale * budget.bounded(IRREGULAR, period, period / 2 / periods.counted, None, "half a period")
    first, last, count = periods.cycles.begins[0], periods.cycles.begins[-1], periods.cycles.count
    length: Any = last.at * interval - first.at * interval
    # The trigger puts the first edge into the same place between two samples each time: that is no chance which could
    # make up for the last edge's, so both bounds add.
    between = "where between two samples the first and the last edge are"
    bound = (first.bound + last.bound) * interval
    length = length + budget.bounded("first and last edge: sampling", 0.0, bound, None, between)
    for name, edge in (("first edge", first), ("last edge", last)):
        length = length + budget.bounded(
            f"{name}: noise", 0.0, edge.noise * interval, 1.0, "noise of the samples over the slope"
        )
    return scale * length / count


@register("period", 2)
def _period(observation: Observation, derivation: Derivation) -> Measurement:
    """First to last active edge over the periods between; a lower bound where there is no whole one."""
    budget = Budget()
    return budget.measurement(mean_period(budget, periods_of(observation)), "s", derivation, _names(observation))


@register("frequency", 2)
def _frequency(observation: Observation, derivation: Derivation) -> Measurement:
    """Reciprocal of the period; of a record T without a whole period between 0 and 2/T.

    Of a record that is not regular the periods that count over its length.
    """
    budget = Budget()
    frequency = mean_frequency(budget, periods_of(observation))
    return budget.measurement(frequency, "Hz", derivation, _names(observation))


def mean_frequency(budget: Budget, periods: Periods) -> Any:
    """Uncertain frequency, in Hz, also of a record without whole or regular periods."""
    if periods.cycles is None:
        half = 1 / periods.length_s
        return budget.bounded("no whole period in the record", half, half, None, "between 0 and 2 / its length")
    if periods.regular is None:
        count, half = periods.counted / periods.length_s, 0.5 / periods.length_s
        return budget.bounded(IRREGULAR, count, half, None, "half a period more or less")
    return 1 / mean_period(budget, periods)


def mean_duty(budget: Budget, periods: Periods) -> Any:
    """Uncertain share of the period in the active state; without regular periods the share of samples above half."""
    if periods.regular is None or not periods.regular.states:
        one = 1 / periods.codes.size
        return budget.bounded("one sample of a record without periods", periods.share_above, one, None, "resolution")
    return _mean_width(budget, periods.regular) / periods.regular.period


def mean_width(budget: Budget, periods: Periods, scale: Any) -> Any:
    """Uncertain length of the active state, in s; without regular periods the time above half the level in all."""
    interval = periods.capture.interval_s
    if periods.regular is None or not periods.regular.states:
        above = periods.share_above * periods.length_s
        return scale * budget.bounded("one sample of a record without periods", above, interval, None, "resolution")
    return scale * interval * _mean_width(budget, periods.regular)


def _mean_width(budget: Budget, cycles: Cycles) -> Any:
    """Mean length of the states, in samples."""
    states = cycles.states
    width = math.fsum(state.length for state in states) / len(states)
    return _edges(budget, width, [state.begin for state in states], [state.end for state in states])


def _edges(budget: Budget, width: float, begins: Sequence[Crossing], ends: Sequence[Crossing]) -> Any:
    """A mean length, in samples, with what its edges may be wrong by."""
    result: Any = width
    for name, edges in (("begin of the state", begins), ("end of the state", ends)):
        # All edges may lie alike between their samples: sampling does not average out, noise does.
        bound = math.fsum(edge.bound for edge in edges) / len(edges)
        noise = math.sqrt(math.fsum(edge.noise**2 for edge in edges)) / len(edges)
        result = result + budget.bounded(f"{name}: sampling", 0.0, bound, None, "where between two samples the edge is")
        result = result + budget.bounded(f"{name}: noise", 0.0, noise, 1.0, "noise of the samples over the slope")
    return result


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


@register("state-length", 1, {**PHASE, "which": frozenset({"shortest", "longest"})})
def _state_length(observation: Observation, derivation: Derivation) -> Measurement:
    """Length, at its mid-level, of the shortest or the longest state of a phase that begins and ends in the record.

    Other than a mean it shows one state that is cut, or stretched, and what comes between two. Where no state ends, it
    is all the time above half the level.
    """
    budget = Budget()
    periods = periods_of(observation, phase_of(derivation))
    interval, scale = periods.capture.interval_s, time_base(budget, periods.capture)
    states = periods.cycles.every_state if periods.cycles is not None else ()
    if not states:
        length = budget.bounded("one sample", periods.share_above * periods.length_s, interval, None, "no state ends")
        return budget.measurement(scale * length, "s", derivation, _names(observation))
    choose = min if dict(derivation.arguments)["which"] == "shortest" else max
    state = choose(states, key=lambda each: each.length)
    samples = _edges(budget, state.length, [state.begin], [state.end])
    return budget.measurement(scale * interval * samples, "s", derivation, _names(observation))


def _names(observation: Observation) -> tuple[str, ...]:
    return (f"{observation.key}-zero", f"{observation.key}-{PERIODS}")
