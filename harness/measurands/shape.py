"""The waveform's shape: amplitude at each frequency, rise, overshoot, droop."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.extremes import Candidate, extreme
from harness.measurands.oscilloscope import OWN_SCALE, Calibration, codes, scaled_current, volts, volts_of
from harness.measurands.registry import PHASE, phase_of, register
from harness.measurands.timing import PERIODS, PLATEAU, noise_codes, periods_along, periods_of, time_base
from harness.metrology import Budget
from harness.setpoint import Polarity
from harness.waveform.cycles import moving_mean
from harness.waveform.edge_times import Passage, Transition, transition

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.capture import Observation
    from harness.measurands.oscilloscope import Currents
    from harness.measurands.timing import Periods
    from harness.quantity import Derivation, Measurement
    from harness.waveform.cycles import State

Sample = TypeVar("Sample", np.float64, np.uint8)

EDGE = "edge"
_TOP_BEGINS, _TOP_ENDS = (0.05, 0.10), (0.90, 0.95)
_TOP_SPAN = 0.85
"""From the middle of the first window of a plateau to the middle of the last, as a share of the state."""

_FADED = 0.8
_BEFORE_EDGE = 0.6
_SETTLED = 0.25
_STATE_NEAR_EDGE = (0.25, 0.45)
_SAME_LEVEL = 0.1
_LEAST_EDGE = 20.0
_LEAST_PRETRIGGER = 8
_SPIKE = 0.5
_SPIKE_NOISE = 10.0
_SMALL_RATIO = 0.05
_LENGTHENED = 0.005
_LOW_PASS_S = 1e-6


@register("amplitude", 1, PHASE)
def _amplitude(observation: Observation, derivation: Derivation) -> Measurement:
    """Magnitude of the plateau of one phase at this frequency, from 25 to 70 % of its states, mean over the periods.

    A record in which nothing alternates has its mean for a plateau; one that is cut off by the screen gives the
    screen's edge, a lower bound.
    """
    budget = Budget()
    current, captures = amplitude(budget, observation, phase_of(derivation))
    return budget.measurement(-current if current.x < 0 else current, "A", derivation, captures)


def amplitude(budget: Budget, observation: Observation, phase: Polarity) -> tuple[Any, tuple[str, ...]]:
    """Uncertain current of a phase's plateau, positive in the phase's direction, and the captures it rests on."""
    currents = periods_as_currents(budget, observation, phase)
    return plateau_of(budget, observation, currents, phase), currents.captures


def periods_as_currents(budget: Budget, observation: Observation, phase: Polarity) -> Currents:
    """The record `periods`, calibrated by the plateau of a phase; by that of the other one where only that was read.

    Raises:
        NotMeasurable: the setting does not have that phase.
    """
    if phase not in observation.point.setpoint.polarity.phases:
        raise NotMeasurable(f"{observation.key} has no {phase.value} phase")
    taken = {reading.name for reading in observation.readings}
    other = next((each.value for each in (Polarity.POSITIVE, Polarity.NEGATIVE) if each.value in taken), None)
    name = phase.value if phase.value in taken else other
    calibration = OWN_SCALE if name is None else Calibration(plateau_reading=name)
    return scaled_current(budget, observation, PERIODS, calibration)


def plateau_of(budget: Budget, observation: Observation, currents: Currents, phase: Polarity) -> Any:
    """Uncertain current of a phase's plateau in the record `periods`, positive in the phase's direction."""
    periods = periods_of(observation, phase)
    states = _whole_states(periods)
    shown = [_window(currents.amperes, state, PLATEAU) for state in states] or [currents.amperes]
    count = sum(part.size for part in shown)
    mean = math.fsum(float(part.sum()) for part in shown) / count
    return phase.sign * currents.value(budget, f"plateau of the {phase.value} phase", mean, count)


def _whole_states(periods: Periods) -> tuple[State, ...]:
    """The states of a record, with those of a square that fade below the mid-level as long as half a period."""
    if periods.cycles is None:
        return ()
    half = periods.cycles.period / 2
    if not periods.is_square:
        return periods.cycles.states
    return tuple(
        replace(state, end=replace(state.end, at=state.begin.at + half)) if state.length < _FADED * half else state
        for state in periods.cycles.states
    )


def _window(record: NDArray[Sample], state: State, part: tuple[float, float]) -> NDArray[Sample]:
    """The samples in a part of a state, at least one."""
    begin, length = state.begin.at, state.length
    first = min(math.ceil(begin + part[0] * length), record.size - 1)
    return record[first : max(math.floor(begin + part[1] * length), first) + 1]


@dataclass(frozen=True, slots=True)
class _Sag:
    """First and last part of the plateaus of one phase, in A, positive in its direction, and of how many samples."""

    phase: Polarity
    first: float
    last: float
    samples: int

    @property
    def ratio(self) -> float:
        return self.last / self.first


@register("droop", 2)
def _droop(observation: Observation, derivation: Derivation) -> Measurement:
    """How much the plateau falls over the whole active state, relative to where it begins; of the worse phase.

    From means at 5 to 10 % and at 90 to 95 % of the state, carried on to its ends as an exponential: exact for an
    RC-coupled rectangle. Where the current is gone before the first of them, its peak is where it begins, so that a
    plateau that decays to nothing has a droop of 1.
    """
    budget = Budget()
    phases = observation.point.setpoint.polarity.phases
    currents = periods_as_currents(budget, observation, phases[0])
    found = []
    for phase in phases:
        sag, name = _sag(observation, currents, phase), f"of the {phase.value} plateau"
        # Both are read near one code; the difference bears its nonlinearity once.
        first = currents.value(budget, f"begin {name}", sag.first, sag.samples, linear=True)
        ratio = currents.value(budget, f"end {name}", sag.last, sag.samples) / first
        droop = 1 - (ratio ** (1 / _TOP_SPAN) if sag.ratio > _SMALL_RATIO else ratio)
        found.append(Candidate(budget, droop, currents.captures))
    return extreme(found, "1", derivation)


def _sag(observation: Observation, currents: Currents, phase: Polarity) -> _Sag:
    periods = periods_of(observation, phase)
    states = _whole_states(periods)
    if not states:
        raise NotMeasurable(f"{observation.key}: nothing alternates, so there is no plateau that could droop")
    along = periods.direction * currents.amperes
    begins = [_window(along, state, _TOP_BEGINS) for state in states]
    ends = [_window(along, state, _TOP_ENDS) for state in states]
    samples = min(sum(part.size for part in parts) for parts in (begins, ends))
    first, last = (float(np.mean([part.mean() for part in parts])) for parts in (begins, ends))
    peak = float(np.mean([_window(along, state, (0.0, 1.0)).max() for state in states]))
    if first < _SPIKE * peak and peak > _SPIKE_NOISE * currents.noise_a:
        first, samples = peak, len(states)
    if not first > _SPIKE_NOISE * currents.noise_a:
        # Two states, but this one carries no current: a phase that is missing does not droop, its amplitude says so.
        return _Sag(phase, peak or currents.code_a, peak or currents.code_a, samples)
    # In the direction of the record, so that the scale's sign drops out of the ratio.
    return _Sag(phase, periods.direction * first, periods.direction * last, samples)


_HALF_A_STEP = 0.5


@dataclass(frozen=True, slots=True, eq=False)
class _Edge:
    """The record `edge`, with the states on either side of its transition, in nominal amperes, rising."""

    record: NDArray[np.float64]
    interval_s: float
    base: float
    top: float
    noise: float
    code: float
    direction: int

    @property
    def amplitude(self) -> float:
        return self.top - self.base


def _edge(observation: Observation) -> _Edge:
    """Find both states: in the record itself, or in `periods` where it is too short for a slow transition.

    Raises:
        NotMeasurable: the record holds no transition.
    """
    capture = observation.capture(EDGE)
    zero, ohms = observation.capture("zero"), capture.path.resistor.resistance_ohm
    amperes = (volts(capture) - volts_of(zero, float(codes(zero).mean()))) / ohms
    code = capture.increment_v / ohms
    noise = noise_codes(observation, capture) * code
    before = round(-capture.start_s / capture.interval_s * _BEFORE_EDGE)
    after = max(round(amperes.size * _SETTLED), 1)
    base = float(amperes[: max(before, 1)].mean())
    top = float(amperes[-after:].mean())
    direction = 1 if top >= base else -1
    amperes, base, top = direction * amperes, direction * base, direction * top
    near = _states_near_edges(observation, direction)
    # Plateaus that have decayed to less than half of the step are not the states of its edge.
    if near is not None and near[1] - near[0] > _HALF_A_STEP * (top - base):
        amplitude = near[1] - near[0]
        base = near[0] if before < _LEAST_PRETRIGGER or abs(base - near[0]) > _SAME_LEVEL * amplitude else base
        top = near[1] if abs(top - near[1]) > _SAME_LEVEL * amplitude else top
    if not top - base > _LEAST_EDGE * noise:
        raise NotMeasurable(f"{observation.key}: the record {EDGE} holds no transition, only {top:g} A")
    return _Edge(amperes, capture.interval_s, base, top, noise, code, direction)


def _states_near_edges(observation: Observation, direction: int) -> tuple[float, float] | None:
    """Levels before and after the rising edges of `periods`, from the nearer halves of the states beside them."""
    periods = periods_along(observation, direction)
    cycles = periods.cycles
    if cycles is None or not cycles.states:
        return None
    near, far = _STATE_NEAR_EDGE
    after = [_window(periods.codes, state, (near, far)) for state in cycles.states]
    pause = cycles.period - math.fsum(state.length for state in cycles.states) / len(cycles.states)
    before = [
        periods.codes[max(round(begin.at - far * pause), 0) : max(round(begin.at - near * pause), 0) + 1]
        for begin in cycles.begins[1:]
    ]
    levels = (float(np.concatenate(parts).mean()) for parts in (before, after))
    base, top = ((level - periods.rest) * periods.code_a for level in levels)
    return base, top


@register("rise-time", 1)
def _rise_time(observation: Observation, derivation: Derivation) -> Measurement:
    """10 to 90 % of the active edge; a lower bound where the record `edge` does not hold all of it."""
    budget = Budget()
    edge = _edge(observation)
    found = transition(edge.record, edge.base, edge.top)
    length: Any = found.duration
    for name, passage in (("10 %", found.begin), ("90 %", found.end)):
        length = length + _passage_error(budget, name, passage, edge, found)
    averaged = "a mean over an eighth of the transition" if found.averaged > 1 else "no mean over samples"
    rounded = budget.bounded("low-pass", 0.0, _LENGTHENED * found.duration, None, averaged)
    rise = (length + rounded) * edge.interval_s * time_base(budget, observation.capture(EDGE))
    return budget.measurement(rise, "s", derivation, _names(observation))


def _passage_error(budget: Budget, name: str, passage: Passage, edge: _Edge, found: Transition) -> Any:
    """What one passage may be wrong by, in samples."""
    if not passage.within:
        return budget.bounded(f"{name} outside the record", 0.0, 1.0, None, "the record's end: a lower bound")
    sampled = min(1.0, 3 * passage.step)
    error = budget.bounded(f"{name}: sampling", 0.0, sampled, None, "where between two samples the passage is")
    noise = edge.noise / edge.amplitude / math.sqrt(found.averaged) / passage.slope
    error = error + budget.bounded(f"{name}: noise", 0.0, noise, 1.0, "noise of the samples over the slope")
    levels = edge.code / edge.amplitude / passage.slope
    source = "differential nonlinearity of one code, assumed [a]"
    return error + budget.bounded(f"{name}: nonlinearity", 0.0, levels, None, source)


@register("overshoot", 2)
def _overshoot(observation: Observation, derivation: Derivation) -> Measurement:
    """How far the current goes beyond the new state after the active edge, relative to the amplitude.

    The new state is the plateau in `periods` where the state outlasts the record `edge`, so that an overshoot which
    takes its time is seen, too; a droop then counts from the plateau on. The larger one of two: that of `edge`, and
    that of the first quarter of the states in `periods`, mean of all of them.

    The record passes a moving mean over 1 µs (one sample where samples lie further apart): of an overshoot that decays
    with T it takes 1 µs / 2T. What noise adds to the largest of so many values lies between nothing and its expected
    excess, so half of that is taken off.
    """
    budget = Budget()
    edge = _edge(observation)
    found = transition(edge.record, edge.base, edge.top)
    after = edge.record[math.ceil(found.end.at) :]
    if not after.size:
        raise NotMeasurable(f"{observation.key}: the record {EDGE} ends before the transition does")
    slow = _slow(observation, edge)
    if slow is not None and slow.top - edge.base < _HALF_A_STEP * edge.amplitude:
        # A state that has lost half of itself by its plateau droops; droop and amplitude say so.
        slow = None
    top = edge.top if slow is None else slow.top
    peaks = {"edge": _largest(after, round(_LOW_PASS_S / edge.interval_s), edge.noise)}
    if slow is not None and slow.begins.size:
        peaks["state"] = _largest(slow.begins, round(after.size * edge.interval_s / slow.interval_s), slow.noise)
    source = "differential nonlinearity of one code, assumed [a]"
    common = budget.bounded("nonlinearity", 0.0, edge.code, None, source)
    if slow is not None:
        pickup = observation.capture(EDGE).path.surroundings.mains_pickup_a
        common = common + budget.bounded("mains pickup between edge and plateau", 0.0, pickup, None, "bench file [a]")
    candidates = [
        Candidate(budget, (peak.beyond(budget, top, name) + common) / (top - edge.base), _names(observation))
        for name, peak in peaks.items()
    ]
    return extreme(candidates, "1", derivation)


@dataclass(frozen=True, slots=True)
class _Peak:
    """A largest value, what noise may have added to it, and what its moving mean may have taken, in A."""

    value: float
    excess: float
    taken: float

    def beyond(self, budget: Budget, top: float, name: str) -> Any:
        """How far it lies beyond a plateau, in A, not below 0."""
        half = self.excess / 2
        result: Any = max(self.value - top - half, 0.0)
        result = result + budget.bounded(f"noise of the largest of the {name}", 0.0, half, None, "zero record")
        return result + budget.bounded(f"low-pass of the {name}", 0.0, self.taken, None, "fall when made twice as long")


def _largest(record: NDArray[np.float64], samples: int, noise: float) -> _Peak:
    """The largest mean over (about) so many samples, at most a quarter of the record."""
    width = 2 * (min(samples, record.size // 4) // 2) + 1
    peak, wider = (float(moving_mean(record, each).max()) for each in (width, 2 * width + 1))
    excess = noise / math.sqrt(width) * math.sqrt(2 * math.log(max(record.size / width, 2.0)))
    return _Peak(peak, excess, max(peak - wider, 0.0))


@dataclass(frozen=True, slots=True, eq=False)
class _Slow:
    """States that outlast the record `edge`, in nominal amperes, rising.

    Attributes:
        top: their plateau.
        begins: their first quarter, mean of all states; empty where `edge` holds as much.
        interval_s: between samples of that.
        noise: standard deviation of one of them.
    """

    top: float
    begins: NDArray[np.float64]
    interval_s: float
    noise: float


def _slow(observation: Observation, edge: _Edge) -> _Slow | None:
    """What `periods` shows of the states after the edge; None where `edge` holds a whole one, or none is seen."""
    periods = periods_along(observation, edge.direction)
    states, interval = _whole_states(periods), periods.capture.interval_s
    length = float(np.median([state.length for state in states])) if states else 0.0
    after_s = observation.capture(EDGE).start_s + edge.record.size * edge.interval_s
    if not length * interval > after_s:
        return None
    top = float(np.concatenate([_window(periods.codes, state, PLATEAU) for state in states]).mean())
    # The samples within the edge, and the one after it, are no part of the state yet.
    samples = math.floor(PLATEAU[0] * length) - 2 if PLATEAU[0] * length * interval > after_s else 0
    firsts = [math.ceil(state.begin.at) + 1 for state in states]
    rows = [periods.codes[first : first + samples] for first in firsts if first + samples <= periods.codes.size]
    begins = np.mean(rows, axis=0) if rows and samples > 0 else np.empty(0)
    noise = noise_codes(observation, periods.capture) * periods.code_a / math.sqrt(max(len(rows), 1))
    return _Slow((top - periods.rest) * periods.code_a, (begins - periods.rest) * periods.code_a, interval, noise)


def _names(observation: Observation) -> tuple[str, ...]:
    return tuple(f"{observation.key}-{name}" for name in ("zero", EDGE, PERIODS))
