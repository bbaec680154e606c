"""Ten thousand intervals and more: how many came, how many did not, and by how much they differ.

Intervals are those between the beginnings of phases in the first direction. The typical one is their median; whole
numbers of it between two beginnings are missing pulses, less than half of it is one too many.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.registry import register
from harness.measurands.timing_records import COUNT_DOUBT, Phases, declared_of, evidence, names_of, phases_of
from harness.metrology import Budget
from harness.setpoint import Polarity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.capture import Observation
    from harness.quantity import Derivation, Measurement

_LONG, _POLLED = "long.", "polled."
_HALF = 0.5
_TRUNCATED = 0.25
"""Share of its usual length by which a phase that is cut short, or too long, differs."""

_SLACK = 2.5
"""Samples by which the length of a phase may be read wrong."""

_FEWEST = 3
_EDGES = "where between two samples both edges are"


@dataclass(frozen=True, slots=True, eq=False)
class _Intervals:
    """Intervals of one record, in s, and their typical length; empty where fewer than three came."""

    phases: Phases
    lengths_s: NDArray[np.float64]
    typical_s: float

    @property
    def periods(self) -> NDArray[np.int64]:
        """Whole periods in each."""
        return np.asarray(np.round(self.lengths_s / self.typical_s), dtype=np.int64)


def _intervals(observation: Observation, name: str) -> _Intervals:
    phases = phases_of(observation, name)
    lengths = np.diff(phases.instants_s)
    if lengths.size < _FEWEST:
        return _Intervals(phases, np.empty(0), phases.length_s)
    return _Intervals(phases, lengths, float(np.median(lengths)))


def _all(observation: Observation, prefix: str) -> list[_Intervals]:
    return [_intervals(observation, name) for name in names_of(observation, prefix)]


def _due(record: _Intervals) -> int:
    """Intervals that the declared frequency calls for, one less at either end of the record."""
    frequency = declared_of(record.phases.capture).frequency_hz
    if frequency is None:
        raise NotMeasurable(f"the record {record.phases.capture.name} is set to no frequency: it has no intervals")
    return max(math.floor(record.phases.length_s * frequency) - 2, 0)


def _counted(observation: Observation, derivation: Derivation, count: float, doubt: float = COUNT_DOUBT) -> Measurement:
    budget = Budget()
    value = budget.bounded("count", float(count), doubt, None, "less than a tenth of one")
    names = names_of(observation, _LONG)
    return budget.measurement(value, "1", derivation, evidence(observation, "zero", *names))


@register("interval-share", 1)
def _share(observation: Observation, derivation: Derivation) -> Measurement:
    """Intervals that were seen in all records together, over those that the declared frequency calls for."""
    records = _all(observation, _LONG)
    budget = Budget()
    due = max(sum(_due(record) for record in records), 1)
    seen = sum(record.lengths_s.size for record in records)
    # Between none and two at the ends of each record do not count as due.
    value = budget.bounded("ends of the records", seen / due, len(records) / due, None, "an interval at either end")
    names = names_of(observation, _LONG)
    return budget.measurement(value, "1", derivation, evidence(observation, "zero", *names))


@register("interval-count", 1)
def _count(observation: Observation, derivation: Derivation) -> Measurement:
    """Intervals that were seen in all records together."""
    return _counted(observation, derivation, sum(record.lengths_s.size for record in _all(observation, _LONG)))


@register("missing-pulses", 1)
def _missing(observation: Observation, derivation: Derivation) -> Measurement:
    """Pulses that did not come; where nothing alternates, all that the declared frequency calls for."""
    missing = 0
    for record in _all(observation, _LONG):
        missing += int(np.maximum(record.periods - 1, 0).sum()) if record.lengths_s.size else _due(record)
    return _counted(observation, derivation, missing)


@register("extra-pulses", 1)
def _extra(observation: Observation, derivation: Derivation) -> Measurement:
    """Pulses that came between two that are due."""
    extra = sum(int((record.periods < 1).sum()) for record in _all(observation, _LONG))
    return _counted(observation, derivation, extra)


@register("odd-phases", 1)
def _odd(observation: Observation, derivation: Derivation) -> Measurement:
    """Phases that are cut short or drawn out by a quarter, and phases in a direction that is not due.

    Of a bipolar waveform both directions come in turn; of any other none is opposite to the first. Phases that the
    record cuts off do not count.
    """
    odd = 0
    for record in _all(observation, _LONG):
        odd += _odd_phases(record) if record.phases.train is not None else _due(record)
    return _counted(observation, derivation, odd)


def _odd_phases(record: _Intervals) -> int:
    train = record.phases.train
    if train is None:
        return 0
    told = declared_of(record.phases.capture)
    lengths, sign = train.length[1:-1], train.sign[1:-1]
    odd = np.zeros(sign.size, dtype=np.bool_)
    for state in (-1, 0, 1):
        of_state = sign == state
        if np.count_nonzero(of_state) >= _FEWEST:
            usual = float(np.median(lengths[of_state]))
            away = np.abs(lengths - usual) > np.maximum(_TRUNCATED * usual, _SLACK)
            odd |= of_state & away
    flowing = np.flatnonzero(sign != 0)
    if told.polarity is Polarity.BIPOLAR:
        # The same direction twice: the other one did not come, or came for less than a sample.
        odd[flowing[1:]] |= sign[flowing[1:]] == sign[flowing[:-1]]
        if told.waveform in {"dc", "square", "staircase"}:
            odd |= sign == 0
    else:
        odd |= sign < 0
    return int(np.count_nonzero(odd))


@register("worst-interval", 1)
def _worst(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest difference of an interval from the whole periods that it holds, of the typical one.

    A waveform that begins anew in the middle of a period shows here.
    """
    budget = Budget()
    worst, bound = 0.0, 0.0
    for record in _all(observation, _LONG):
        if not record.lengths_s.size:
            # Nothing came: the whole record is one interval that is none.
            return _ratio(budget, observation, derivation, 1.0, record.phases.interval_s / record.phases.length_s)
        away = np.abs(record.lengths_s - np.maximum(record.periods, 1) * record.typical_s) / record.typical_s
        worst = max(worst, float(away.max()))
        bound = max(bound, 2 * record.phases.doubt_s / record.typical_s)
    return _ratio(budget, observation, derivation, worst, bound)


def _ratio(budget: Budget, observation: Observation, derivation: Derivation, value: float, bound: float) -> Measurement:
    number = budget.bounded("both edges: sampling", value, bound, None, _EDGES)
    names = names_of(observation, _LONG)
    return budget.measurement(number, "1", derivation, evidence(observation, "zero", *names))


@register("interval-jitter", 1)
def _jitter(observation: Observation, derivation: Derivation) -> Measurement:
    """Standard deviation of the intervals, of the typical one, while the unit is polled; divisor n - 1.

    A missing pulse counts with its whole length. Where nothing alternates it is that of the record's length.
    """
    budget = Budget()
    (record,) = _all(observation, _POLLED)
    phases = record.phases
    if record.lengths_s.size:
        value = float(record.lengths_s.std(ddof=1)) / record.typical_s
        noise = _edge_noise_s(phases) / record.typical_s
        # A standard deviation of errors of at most b changes by at most b. Uniform errors of both edges would make
        # up at least a quarter of that, which the value holds already.
        bound = 2 * phases.doubt_s / record.typical_s
    else:
        value, noise, bound = 1.0, 0.0, phases.interval_s / phases.length_s
    number = budget.bounded("both edges: sampling", value, bound, None, _EDGES)
    number = number + budget.bounded("both edges: noise", 0.0, noise, 1.0, "noise of the samples over the slope")
    return budget.measurement(number, "1", derivation, evidence(observation, "zero", phases.capture.name))


def _edge_noise_s(phases: Phases) -> float:
    """Standard deviation that noise gives an edge that takes no more than a sample."""
    level = 0.0 if phases.train is None else phases.train.level
    return math.sqrt(2) * phases.noise_a / level * phases.interval_s if level else 0.0
