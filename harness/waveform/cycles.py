"""Repetition in long records: where the active state begins and ends, with what each instant may be wrong by.

For records of some hundred thousand 8-bit codes, in which `transitions` would take too long: all levels come from
their histogram.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import TypeAlias

    from numpy.typing import NDArray

    from harness.waveform.samples import Samples

    Codes: TypeAlias = NDArray[np.uint8]

_LEFT_OUT = 0.002
"""Share of the samples at either end that may be glitches or noise; pulses are longer."""

_UPPER, _LOWER = 0.7, 0.3
_REST_SHARE = 0.2
_NOISE_IN_AMPLITUDE = 20.0
"""Amplitude over noise below which noise would begin to make transitions."""

_HIGHEST = 255
_ALIKE = 0.05
_LEAST_PERIODS = 5


@dataclass(frozen=True, slots=True)
class Crossing:
    """One transition at its mid-level, in samples from the record's start.

    Attributes:
        at: interpolated instant.
        bound: of the error of interpolation. A transition that passes a share s of the amplitude within one sampling
            interval is at most s/2 of that interval away from where a straight line has it, however fast it is:
            1 - 1/(2s) <= s/2.
        noise: standard deviation that the noise of the samples gives it.
    """

    at: float
    bound: float
    noise: float


@dataclass(frozen=True, slots=True)
class State:
    """One stretch in the high state, from its rising to its falling transition."""

    begin: Crossing
    end: Crossing

    @property
    def length(self) -> float:
        """In samples."""
        return self.end.at - self.begin.at


@dataclass(frozen=True, slots=True)
class Run:
    """An unbroken run of equal periods.

    Attributes:
        begins: its rising transitions.
        from_: where it begins to be covered, in samples: at the first transition; the record's start where that is
            less than a period before.
        to: where that ends: with the next transition or the record, at most a period after its last transition.
    """

    begins: tuple[Crossing, ...]
    from_: float
    to: float

    @property
    def period(self) -> float:
        """Mean period, in samples."""
        return (self.begins[-1].at - self.begins[0].at) / (len(self.begins) - 1)

    @property
    def is_long(self) -> bool:
        """It holds at least five periods: no chance."""
        return len(self.begins) > _LEAST_PERIODS

    @property
    def covered(self) -> float:
        """Samples in which nothing else happens."""
        return self.to - self.from_

    def is_like(self, other: Run) -> bool:
        """Whether both have one period."""
        return abs(self.period / other.period - 1) <= _ALIKE


@dataclass(frozen=True, slots=True)
class Cycles:
    """What repeats in a record.

    Attributes:
        low: level between the states, in codes.
        high: level of the states, in codes.
        run: the one that is nearest to what was due.
        others: all other runs.
        states: the high state of each of the run's periods.
        every_state: all high states that begin and end in the record.
    """

    low: float
    high: float
    run: Run
    others: tuple[Run, ...]
    states: tuple[State, ...]
    every_state: tuple[State, ...]

    @property
    def begins(self) -> tuple[Crossing, ...]:
        """Every rising transition of the run."""
        return self.run.begins

    @property
    def count(self) -> int:
        """Number of whole periods."""
        return len(self.begins) - 1

    @property
    def period(self) -> float:
        """Mean period, in samples."""
        return self.run.period


def moving_mean(record: Samples, width: int) -> Samples:
    """Return the mean of `width` (odd) samples around each one; at the ends of those that there are."""
    if width <= 1:
        return record
    half = min(width, record.size) // 2
    sums = np.concatenate(([0.0], np.cumsum(record - record[0])))
    index = np.arange(record.size)
    first, stop = np.maximum(index - half, 0), np.minimum(index + half + 1, record.size)
    return np.asarray((sums[stop] - sums[first]) / (stop - first) + record[0], dtype=np.float64)


def find_cycles(record: Codes, noise: float, *, nominal: float, two_states: bool) -> Cycles:
    """Find the high states of a record, and the run of equal periods that is nearest to a nominal one.

    Args:
        record: codes that rise towards the active state.
        noise: standard deviation of a sample, in codes.
        nominal: the period that is due, in samples. A record may hold stretches of different periods; runs of at least
            five come before shorter ones.
        two_states: the waveform has no rest between two opposite states, though a state may decay to one.

    Raises:
        NotMeasurable: nothing repeats in this record.
    """
    low, high = _levels(record, two_states=two_states)
    if not high - low > _NOISE_IN_AMPLITUDE * noise:
        raise NotMeasurable("nothing alternates in this record")
    rising, falling = _crossings(record, low, high, noise)
    runs = _runs(rising, record.size)
    if not runs:
        raise NotMeasurable("the record holds less than one period")
    nearest = _nearest([run for run in runs if run.is_long] or runs, nominal)
    # What follows the last transition of a run may belong to another period.
    return Cycles(
        low,
        high,
        nearest,
        tuple(run for run in runs if run is not nearest),
        _states(nearest.begins[:-1], falling),
        _states(rising, falling),
    )


def _states(begins: Sequence[Crossing], falling: Sequence[Crossing]) -> tuple[State, ...]:
    """The high states that begin there, each up to the next falling transition; without one it does not end."""
    states = []
    ends = iter(falling)
    end = next(ends, None)
    for begin in begins:
        while end is not None and end.at < begin.at:
            end = next(ends, None)
        if end is not None:
            states.append(State(begin, end))
    return tuple(states)


def _levels(record: Codes, *, two_states: bool) -> tuple[float, float]:
    """The two levels whose middle is the mid-level: means of what lies near either end of the range."""
    counts = np.bincount(record, minlength=_HIGHEST + 1)
    values = np.arange(counts.size)
    out = math.ceil(_LEFT_OUT * record.size)
    bottom = int(np.flatnonzero(np.cumsum(counts) > out)[0])
    top = int(np.flatnonzero(np.cumsum(counts[::-1]) > out)[0])
    top = _HIGHEST - top
    upper, lower = (bottom + share * (top - bottom) for share in (_UPPER, _LOWER))

    def mean(chosen: NDArray[np.bool_]) -> float:
        return float(counts[chosen] @ values[chosen]) / float(counts[chosen].sum())

    low, high = mean(values <= lower), mean(values >= upper)
    between = (values > lower) & (values < upper)
    if not two_states and counts[between].sum() > _REST_SHARE * record.size:
        low = mean(between)
    return low, high


def _crossings(record: Codes, low: float, high: float, noise: float) -> tuple[list[Crossing], list[Crossing]]:
    """Rising and falling transitions, with hysteresis between 30 % and 70 % of the amplitude."""
    amplitude, middle = high - low, (low + high) / 2
    is_high = record >= math.ceil(low + _UPPER * amplitude)
    is_low = record <= math.floor(low + _LOWER * amplitude)
    enters_high = np.flatnonzero(is_high[1:] & ~is_high[:-1]) + 1
    enters_low = np.flatnonzero(is_low[1:] & ~is_low[:-1]) + 1
    at = np.concatenate((enters_high, enters_low))
    order = np.argsort(at, kind="stable")
    at, rises = at[order], (np.arange(at.size) < enters_high.size)[order]
    # A record begins in the state that it shows; one that begins between both, enters the first one that it shows.
    known = int(np.argmax(is_high | is_low))
    begins_high = bool(is_high[known]) if known == 0 else not is_high[known]
    changes = np.flatnonzero(np.diff(np.concatenate(([begins_high], rises)).astype(np.int8)))
    rising: list[Crossing] = []
    falling: list[Crossing] = []
    previous = 0
    for index in changes.tolist():
        reached, up = int(at[index]), bool(rises[index])
        stretch = record[previous : reached + 1] if up else _HIGHEST - record[previous : reached + 1]
        found = _crossing(stretch, middle if up else _HIGHEST - middle, amplitude, noise)
        if found is not None:
            (rising if up else falling).append(Crossing(previous + found.at, found.bound, found.noise))
        previous = reached
    return rising, falling


def _crossing(stretch: Codes, middle: float, amplitude: float, noise: float) -> Crossing | None:
    """The last upward crossing of the mid-level in a stretch whose last sample is beyond it."""
    below = np.flatnonzero(stretch < math.ceil(middle))
    if not below.size:
        return None
    left = int(below[-1])
    step = float(stretch[left + 1]) - float(stretch[left])
    share = step / amplitude
    before = np.flatnonzero(stretch <= math.floor(middle - (0.5 - _LOWER) * amplitude))
    samples = stretch.size - 1 - int(before[-1]) if before.size else stretch.size
    # One interval holds the whole edge: its own slope counts; otherwise the mean slope between the two thresholds.
    slope = share if samples <= 1 else (_UPPER - _LOWER) / samples
    return Crossing(
        at=left + (middle - float(stretch[left])) / step,
        bound=0.5 * min(max(share, 0.0), 1.0),
        noise=noise / amplitude / slope,
    )


def _runs(rising: list[Crossing], size: int) -> list[Run]:
    """All runs of at least one period, each period within 5 % of the run's first one."""
    found: list[list[Crossing]] = [rising[:1]]
    for crossing in rising[1:]:
        run = found[-1]
        latest = crossing.at - run[-1].at
        if len(run) > 1 and abs(latest / (run[1].at - run[0].at) - 1) > _ALIKE:
            run = [run[-1]]
            found.append(run)
        run.append(crossing)
    after = {rising[k].at: rising[k + 1].at for k in range(len(rising) - 1)}
    runs = []
    for begins in found:
        if len(begins) > 1:
            first, last = begins[0].at, begins[-1].at
            longest = (last - first) / (len(begins) - 1) * (1 + _ALIKE)
            from_ = 0.0 if begins[0] is rising[0] and first <= longest else first
            runs.append(Run(tuple(begins), from_, min(after.get(last, float(size)), last + longest)))
    return runs


def _nearest(runs: list[Run], nominal: float) -> Run:
    """The run that comes nearest to the nominal period; of several the longest."""
    return min(runs, key=lambda run: (round(abs(math.log(run.period / nominal)) / _ALIKE), -len(run.begins)))
