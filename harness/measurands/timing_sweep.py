"""The course of a sweep: where it begins and ends, how long it takes, and whether each cycle has the frequency due.

The frequency of a cycle is the reciprocal of the time from its beginning to the next one's. The declared course, laid
over the record so that it fits best, says what is due: near a cycle's beginning, one and a half cycles more or less.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from harness.measurands.paths import from_multimeter
from harness.measurands.registry import register
from harness.measurands.timing import time_base
from harness.measurands.timing_records import Declared, Phases, declared_of, evidence, phases_of
from harness.metrology import Budget

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.capture import Observation
    from harness.quantity import Derivation, Measurement

    Array = NDArray[np.float64]

_RECORD = "sweep.1"
_TOP_STEP = "top-step"
_NEAR = 0.05
"""Share of a frequency within which cycles belong to one end, or to one step, of a sweep."""

_GRID = 800
_PASSES_TRIED = 8
_SHORTEST, _LONGEST = 0.2, 1.6
"""Lengths of a pass that are looked for, of the declared one."""

_FEWEST = 8
_WINDOW = 1.5
_POINTS_IN_WINDOW = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])
_WINDOW_SHARE = 0.005
_LEFT = 0.1
_HALFWAY = 0.5
_BINS = 8
_PLATEAU = (0.25, 0.70)


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """Frequency over one pass as declared.

    Attributes:
        begin_s: of each cycle, ascending from 0.
        hz: of each cycle.
        pass_s: length of the pass.
        steps: frequencies and how long each is dwelt on in all of a pass; empty for a smooth sweep.
    """

    begin_s: Array
    hz: Array
    pass_s: float
    steps: tuple[tuple[float, float], ...]

    def at(self, times_s: Array) -> Array:
        """The frequency that is due so long after a pass began."""
        inside = np.mod(times_s, self.pass_s)
        index = np.clip(np.searchsorted(self.begin_s, inside, side="right") - 1, 0, self.hz.size - 1)
        return np.asarray(self.hz[index], dtype=np.float64)


def declared_course(told: Declared) -> Course:
    """Lay out one pass, cycle by cycle: steps in whole cycles, a smooth sweep with what is due at each beginning."""
    steps: dict[float, float] = {}
    hz: list[float] = []
    if told.waveform == "staircase" or "steps" in told.numbers:
        dwell = told.numbers["dwell_s"]
        for step in _steps(told):
            cycles = max(1, round(dwell * step))
            hz += [step] * cycles
            steps[step] = steps.get(step, 0.0) + cycles / step
    else:
        way_s = told.numbers["sweep_s"]
        for from_, sign in {"up": ((0.0, 1.0),), "down": ((1.0, -1.0),)}.get(told.direction, ((0.0, 1.0), (1.0, -1.0))):
            passed = 0.0
            while passed < way_s:
                hz.append(_smooth(told, from_ + sign * passed / way_s))
                passed += 1 / hz[-1]
    frequencies = np.array(hz)
    ends = np.cumsum(1 / frequencies)
    begins = np.concatenate(([0.0], ends[:-1]))
    return Course(begins, frequencies, float(ends[-1]), tuple(steps.items()))


def _steps(told: Declared) -> list[float]:
    up = list(told.steps_hz)
    if not up:
        count = round(told.numbers["steps"])
        up = [_smooth(told, number / (count - 1)) for number in range(count)]
    if told.direction == "down":
        return up[::-1]
    return [*up, *up[-2:0:-1]] if told.direction == "alternating" else up


def _smooth(told: Declared, way: float) -> float:
    low, high = told.numbers["start_hz"], told.numbers["stop_hz"]
    return low * (high / low) ** way if told.law == "logarithmic" else low + (high - low) * way


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Cycles of a record against the declared course.

    Attributes:
        phases: the record.
        course: as declared.
        begin_s: of each cycle.
        length_s: of each cycle.
        pass_s: length of a pass as measured; the record's length where nothing comes again.
        since_s: from the beginning of the pass to that of the cycle, at the declared pace.
        number: of the pass.
    """

    phases: Phases
    course: Course
    begin_s: Array
    length_s: Array
    pass_s: float
    since_s: Array
    number: NDArray[np.int64]

    @property
    def hz(self) -> Array:
        """Frequency of each cycle."""
        return np.asarray(1 / self.length_s, dtype=np.float64)

    @property
    def bound(self) -> float:
        """Largest relative error of a single cycle."""
        return 2 * self.phases.doubt_s / float(self.length_s.min())


def _seen(observation: Observation) -> _Seen | None:
    """Cycles of the record; None where fewer than eight came."""
    return _laid_over(phases_of(observation, _RECORD))


@lru_cache(maxsize=2)
def _laid_over(phases: Phases) -> _Seen | None:
    course = declared_course(declared_of(phases.capture))
    instants = phases.instants_s
    lengths = np.diff(instants)
    if lengths.size < _FEWEST:
        return None
    begins = instants[:-1]
    pass_s = _pass_s(begins, lengths, course.pass_s, phases.length_s)
    pace = course.pass_s / pass_s
    begun = _begin(begins * pace, np.log(1 / lengths), course)
    since = begins * pace - begun
    number = np.floor(since / course.pass_s).astype(np.int64)
    return _Seen(phases, course, begins, lengths, pass_s, np.mod(since, course.pass_s), number)


def _pass_s(begins: Array, lengths: Array, declared_s: float, record_s: float) -> float:
    """After how long the frequencies come again; the record's length where they do not.

    Coarsely by what moves the frequency over time onto itself, then from each cycle to the one that comes a pass later.
    """
    step = declared_s / _GRID
    end = min(float(begins[-1]), float(begins[0]) + _PASSES_TRIED * declared_s)
    times = np.arange(float(begins[0]), end, step)
    ln_hz = -np.log(lengths[np.clip(np.searchsorted(begins, times, side="right") - 1, 0, lengths.size - 1)])
    lags = np.arange(1, min(round(_LONGEST * _GRID), times.size // 2))
    if lags.size < _FEWEST:
        return record_s
    apart = np.array([float(np.abs(ln_hz[lag:] - ln_hz[:-lag]).mean()) for lag in lags])
    least = round(_SHORTEST * _GRID)
    gone = np.flatnonzero(apart > _HALFWAY * apart.max())
    from_ = max(int(gone[0]) if gone.size else 0, least)
    if from_ >= apart.size:
        return record_s
    rest = apart[from_:]
    near = np.flatnonzero(rest <= rest.min() + _LEFT * (apart.max() - rest.min()))
    run = near[: int(np.argmax(np.diff(np.concatenate((near, [rest.size + 2]))) > 1)) + 1]
    lag_s = float(lags[from_ + run[int(np.argmin(rest[run]))]]) * step
    later = np.searchsorted(begins, begins + lag_s)
    inside = np.flatnonzero(later < begins.size)
    if not inside.size:
        return record_s
    after, before = begins[later[inside]], begins[np.maximum(later[inside] - 1, 0)]
    wanted = begins[inside] + lag_s
    nearest = np.where(after - wanted < wanted - before, after, before)
    return float(np.median(nearest - begins[inside]))


def _begin(times_s: Array, ln_hz: Array, course: Course) -> float:
    """When a pass begins, so that the declared course fits the first passes best."""
    first = times_s < times_s[0] + 2 * course.pass_s
    shifts = np.arange(_GRID) * course.pass_s / _GRID
    cost = [
        float(np.minimum(np.abs(ln_hz[first] - np.log(course.at(times_s[first] - shift))), 1.0).mean())
        for shift in shifts
    ]
    # The middle of what fits as well as the best: a step's edge then lies where the frequency changes.
    best = np.flatnonzero(np.array(cost) <= min(cost) * (1 + _NEAR))
    run = best[: int(np.argmax(np.diff(np.concatenate((best, [_GRID + 2]))) > 1)) + 1]
    return float(shifts[int(run[run.size // 2])])


def _measured(
    observation: Observation, derivation: Derivation, seen: _Seen | None, value: float, bound: float
) -> Measurement:
    """A number relative to what is declared; where nothing alternates, 0."""
    budget = Budget()
    scale = time_base(budget, observation.capture(_RECORD))
    between = "where between two samples the edges are"
    number = scale * budget.bounded("edges: sampling", value if seen is not None else 0.0, bound, None, between)
    return budget.measurement(number, "1", derivation, evidence(observation, "zero", _RECORD))


_NOTHING = 0.01
"""Bound where nothing alternates: a hundredth of what is declared."""


@register("sweep-lowest", 1)
def _lowest(observation: Observation, derivation: Derivation) -> Measurement:
    """Lowest frequency over the declared one: mean of the cycles within 5 % of the slowest."""
    seen = _seen(observation)
    if seen is None:
        return _measured(observation, derivation, None, 0.0, _NOTHING)
    chosen = seen.length_s >= (1 - _NEAR) * seen.length_s.max()
    return _end(observation, derivation, seen, chosen, float(seen.course.hz.min()))


@register("sweep-highest", 1)
def _highest(observation: Observation, derivation: Derivation) -> Measurement:
    """Highest frequency over the declared one: mean of the cycles within 5 % of the fastest."""
    seen = _seen(observation)
    if seen is None:
        return _measured(observation, derivation, None, 0.0, _NOTHING)
    chosen = seen.length_s <= (1 + _NEAR) * seen.length_s.min()
    return _end(observation, derivation, seen, chosen, float(seen.course.hz.max()))


def _end(
    observation: Observation, derivation: Derivation, seen: _Seen, chosen: NDArray[np.bool_], declared_hz: float
) -> Measurement:
    length, doubt = _mean_cycle(seen, chosen)
    value = 1 / length / declared_hz
    return _measured(observation, derivation, seen, value, value * doubt / length)


def _mean_cycle(seen: _Seen, chosen: NDArray[np.bool_]) -> tuple[float, float]:
    """Mean length of some cycles, and the largest error of that, in s."""
    # Edges within a run of such cycles count once as an end and once as a beginning: only those of the runs are left.
    runs = 1 + int(np.count_nonzero(np.diff(np.flatnonzero(chosen)) > 1))
    return float(seen.length_s[chosen].mean()), 2 * seen.phases.doubt_s * runs / int(np.count_nonzero(chosen))


@register("sweep-period", 1)
def _period(observation: Observation, derivation: Derivation) -> Measurement:
    """Time after which the frequencies come again, over the declared one."""
    seen = _seen(observation)
    if seen is None:
        return _measured(observation, derivation, None, 0.0, _NOTHING)
    declared_s = seen.course.pass_s
    return _measured(observation, derivation, seen, seen.pass_s / declared_s, 2 * seen.phases.doubt_s / declared_s)


@register("sweep-deviation", 1)
def _deviation(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest relative difference of a cycle's frequency from what is due; 1 where nothing alternates.

    Direction, law, order and what lies outside the range show here, in every pass of the record.
    """
    budget = Budget()
    seen = _seen(observation)
    value, bound = (1.0, _NOTHING) if seen is None else (float(_away(seen).max()), seen.bound)
    number = budget.bounded("edges: sampling", value, bound, None, "where between two samples the edges are")
    return budget.measurement(number, "1", derivation, evidence(observation, "zero", _RECORD))


def _away(seen: _Seen) -> Array:
    """How far each cycle is from the frequencies that are due about then."""
    window = np.maximum(_WINDOW * seen.length_s, _WINDOW_SHARE * seen.course.pass_s)
    due = seen.course.at(seen.since_s[:, None] + window[:, None] * _POINTS_IN_WINDOW)
    above, below = seen.hz / due.max(axis=1) - 1, 1 - seen.hz / due.min(axis=1)
    return np.asarray(np.maximum(np.maximum(above, below), 0.0), dtype=np.float64)


@register("sweep-shortest-step", 1)
def _shortest_step(observation: Observation, derivation: Derivation) -> Measurement:
    """Shortest time that a whole pass spends within 5 % of one of the declared steps, over the declared dwell."""
    seen = _seen(observation)
    if seen is None:
        return _measured(observation, derivation, None, 0.0, _NOTHING)
    # The first and the last pass are not whole.
    whole = range(int(seen.number.min()) + 1, int(seen.number.max()))
    shortest = 1.0 if whole else 0.0
    if whole:
        # By order, not by time: a pass begins at the cycle nearest to its instant.
        shares = [_dwelt_s(seen, step, number) / dwell for number in whole for step, dwell in seen.course.steps]
        shortest = min(shares, default=0.0)
    least_s = min((dwell for _, dwell in seen.course.steps), default=1.0)
    return _measured(observation, derivation, seen, shortest, 2 * seen.phases.doubt_s / least_s)


def _dwelt_s(seen: _Seen, step_hz: float, number: int) -> float:
    """Time that one pass spends near a step, with half a cycle to spare at either end of the pass."""
    since = seen.since_s + (seen.number - number) * seen.course.pass_s
    within = (since >= -seen.length_s / 2) & (since < seen.course.pass_s - seen.length_s / 2)
    near = np.abs(seen.hz / step_hz - 1) <= _NEAR
    return float(seen.length_s[within & near].sum())


@register("sweep-amplitude", 1)
def _amplitude(observation: Observation, derivation: Derivation) -> Measurement:
    """How far the plateaus at different frequencies lie apart, of their mean: that of the worse direction.

    Mean magnitude from 25 to 70 % of each phase, over all phases near one step, or in one of eight parts of the range.
    Where fewer than two frequencies are seen there is nothing to compare, and it is 1.
    """
    budget = Budget()
    seen = _seen(observation)
    spread = None if seen is None else _spread(seen)
    value = 1.0 if spread is None else spread
    phases = phases_of(observation, _RECORD)
    level = phases.along.max() if phases.train is None else phases.train.level
    path = phases.capture.path
    code = phases.capture.increment_v / path.resistor.resistance_ohm / level
    source = "differential nonlinearity of one code, assumed [a]"
    number = budget.bounded("nonlinearity", value, float(code), None, source)
    pickup = path.surroundings.mains_pickup_a / float(level)
    number = number + budget.bounded("mains pickup", 0.0, pickup, None, "bench file [a]")
    return budget.measurement(number, "1", derivation, evidence(observation, "zero", _RECORD))


def _spread(seen: _Seen) -> float | None:
    train = seen.phases.train
    if train is None:
        return None
    first, last = (train.head[:-1] + np.ceil(share * train.length).astype(np.intp) for share in _PLATEAU)
    last = np.maximum(last, first + 1)
    sums = np.concatenate(([0.0], np.cumsum(seen.phases.along)))
    mean = (sums[np.minimum(last, sums.size - 1)] - sums[np.minimum(first, sums.size - 1)]) / (last - first)
    at_s = (train.head[:-1] + train.length / 2) * seen.phases.interval_s
    cycle = np.searchsorted(seen.begin_s, at_s, side="right") - 1
    known = (cycle >= 0) & (at_s < seen.begin_s[-1] + seen.length_s[-1])
    known[[0, -1]] = False
    group = _groups(seen)[np.clip(cycle, 0, seen.hz.size - 1)]
    worst: float | None = None
    for sign in (-1, 1):
        chosen = known & (train.sign == sign)
        levels = [abs(float(mean[chosen & (group == each)].mean())) for each in np.unique(group[chosen])]
        if len(levels) > 1:
            worst = max(worst or 0.0, (max(levels) - min(levels)) / (math.fsum(levels) / len(levels)))
    return worst


def _groups(seen: _Seen) -> NDArray[np.int64]:
    """Which step, or which part of the range, each cycle belongs to."""
    low, high = math.log(float(seen.course.hz.min())), math.log(float(seen.course.hz.max()))
    if seen.course.steps:
        steps = np.log(np.array([step for step, _ in seen.course.steps]))
        return np.asarray(np.argmin(np.abs(np.log(seen.hz)[:, None] - steps), axis=1), dtype=np.int64)
    share = (np.log(seen.hz) - low) / (high - low)
    return np.clip((_BINS * share).astype(np.int64), 0, _BINS - 1)


@register("net-current-at-top-step", 1)
def _net_at_top(observation: Observation, derivation: Derivation) -> Measurement:
    """Mean current at the highest frequency of a staircase in both directions, by the multimeter over whole periods.

    What is left of a period at the end of an aperture bears the whole swing; the period is that of the fastest cycles
    of the record.
    """
    budget = Budget()
    mean = observation.reading(_TOP_STEP)
    current = from_multimeter(budget, mean, observation.reading("zero"))
    aperture, seen = mean.path.aperture_s, _seen(observation)
    left = aperture
    if seen is not None:
        period, doubt = _mean_cycle(seen, seen.length_s <= (1 + _NEAR) * seen.length_s.min())
        count = round(aperture / period)
        left = min(abs(aperture - count * period) + count * doubt, period / 2)
    bound = 2 * observation.point.setpoint.current_a * left / aperture
    name = "multimeter: remainder of a period"
    current = current + budget.bounded(name, 0.0, bound, None, "aperture less whole periods")
    return budget.measurement(current, "A", derivation, evidence(observation, _RECORD))
