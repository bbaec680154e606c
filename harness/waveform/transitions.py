"""Transitions between states: where they are, how long they last (IEEE Std 181-2011, 5.3; IEC 60469)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable

if TYPE_CHECKING:
    from harness.waveform.samples import Mask, Samples

_HYSTERESIS = 0.2
_STRAY_SAMPLES = 2
_STEADY_SAMPLES = 8
_SAMPLES_WITHIN = 2
_NOISE_TO_AMPLITUDE = 1 / 30
"""Above it noise reaches from a state to its 10 % reference level, and the record is smoothed first."""

_NOISE_AT_REFERENCE = 0.02
"""Above this share of the amplitude, averaging done, noise shifts the crossings of an exponential by a tenth of it."""


@dataclass(frozen=True, slots=True)
class Edge:
    """One transition from a run of one state to a run of the other.

    Attributes:
        instant: of the mid-level, in samples from the record's start (IEEE Std 181, 50 % reference level instant).
        rising: towards the high state.
        first: first sample that may belong to it: the middle of the run before.
        last: last sample that may belong to it: the middle of the run after.
        end: end of the run after it.
    """

    instant: float
    rising: bool
    first: int
    last: int
    end: int


def above(record: Samples, low: float, high: float) -> Mask:
    """Say for each sample whether the waveform is in its high state, with hysteresis about the mid-level.

    The state changes at 70 % going up and at 30 % going down, so that noise on an edge does not make edges. A stray
    stretch of one or two samples among long ones is left out.
    """
    middle, amplitude = (low + high) / 2, high - low
    marks = np.where(record >= middle + _HYSTERESIS * amplitude, 1, 0)
    marks = np.where(record <= middle - _HYSTERESIS * amplitude, -1, marks)
    known = np.flatnonzero(marks)
    if not known.size:
        return np.zeros(record.size, dtype=np.bool_)
    latest = np.maximum.accumulate(np.where(marks != 0, np.arange(record.size), known[0]))
    return _without_strays(marks[latest] > 0)


def edges(record: Samples, state: Mask, low: float, high: float) -> tuple[Edge, ...]:
    """Return every transition of `state`, each with the interpolated instant of its mid-level."""
    changes = np.flatnonzero(state[1:] != state[:-1]) + 1
    bounds = [0, *changes.tolist(), record.size]
    middle = (low + high) / 2
    found = []
    for before, at, after in zip(bounds, bounds[1:], bounds[2:], strict=False):
        rising = bool(state[at])
        first, last = (before + at) // 2, (at + after - 1) // 2
        found.append(Edge(_mid_instant(record, at, before, middle, rising=rising), rising, first, last, after))
    return tuple(found)


def duration(record: Samples, edge: Edge, low: float, high: float, *, part: tuple[float, float] = (0.1, 0.9)) -> float:
    """Return how long a transition lasts between two reference levels, in samples (IEEE Std 181, 5.3.3).

    On a noisy edge each reference level is crossed many times. The transition begins at the last crossing of the
    nearer level and ends at the first crossing of the farther one after it.

    Args:
        record: the samples.
        edge: the transition.
        low: level of the low state between which it moves.
        high: level of the high state.
        part: the reference levels as shares of the amplitude.

    Raises:
        NotMeasurable: the record does not hold both levels, or fewer than two different samples between them: then
            the figure would be the sampling interval's, not the waveform's.
    """
    begin, end = reference_instants(record, edge, low, high, part=part)
    within = record[math.ceil(begin) : math.floor(end) + 1]
    if np.unique(within).size < _SAMPLES_WITHIN:
        raise NotMeasurable("the transition is faster than the sampling can show; record at a shorter interval")
    return end - begin


def reference_instants(
    record: Samples, edge: Edge, low: float, high: float, *, part: tuple[float, float] = (0.1, 0.9)
) -> tuple[float, float]:
    """Return when a transition passes its two reference levels, in samples from the record's start.

    Raises:
        NotMeasurable: the record does not reach both levels around this transition.
    """
    window = record[edge.first : edge.last + 1]
    # A falling edge is a rising one seen in a mirror: share 0 where it begins, 1 where it ends.
    share = (window - low) / (high - low) if edge.rising else (high - window) / (high - low)
    middle = max(0, math.floor(edge.instant) - edge.first)
    reached = np.flatnonzero(share[middle:] >= part[1])
    if not reached.size:
        raise NotMeasurable("the transition does not reach its end in this record")
    before = np.flatnonzero(share[: middle + int(reached[0]) + 1] <= part[0])
    if not before.size:
        raise NotMeasurable("the transition begins before this record or this period")
    begin = int(before[-1])
    end = begin + 1 + int(np.flatnonzero(share[begin + 1 :] >= part[1])[0])
    return (
        edge.first + begin + _fraction(share[begin], share[begin + 1], part[0]),
        edge.first + end - 1 + _fraction(share[end - 1], share[end], part[1]),
    )


def typical_duration(record: Samples, found: tuple[Edge, ...], low: float, high: float, noise: float) -> float:
    """Return the median duration (10-90 %) of transitions, in samples, smoothed where noise demands it.

    Raises:
        NotMeasurable: none of the transitions can be measured, or smoothing against the noise would last a quarter
            of the transition or more and be measured with it.
    """
    width = smoothing_width(noise, high - low)
    typical = _median_duration(boxcar(record, width), found, low, high)
    if width > 1 and typical < 4 * width:
        raise NotMeasurable("the noise hides how long the transition lasts; average several records")
    # The last and the first of many crossings lie too close together on a noisy slow edge. A mean over an eighth of
    # the edge lengthens it by less than 0.5 % and takes most of that away.
    finer = max(width, shape_width(typical))
    if noise > _NOISE_AT_REFERENCE * math.sqrt(finer) * (high - low):
        raise NotMeasurable("the noise hides how long the transition lasts; average several records")
    return _median_duration(boxcar(record, finer), found, low, high) if finer > width and noise > 0 else typical


def _median_duration(record: Samples, found: tuple[Edge, ...], low: float, high: float) -> float:
    """Return the median duration of those transitions that the record holds whole, in samples.

    Raises:
        NotMeasurable: it holds none; the message is the last one's.
    """
    lengths, reason = [], "there is no such transition"
    for edge in found:
        try:
            lengths.append(duration(record, edge, low, high))
        except NotMeasurable as problem:
            reason = str(problem)
    if not lengths:
        raise NotMeasurable(reason)
    return float(np.median(lengths))


def shape_width(transition: float) -> int:
    """Return how many samples (odd) may be averaged without changing the shape of so long a transition."""
    return 2 * (int(transition) // 16) + 1


def smoothing_width(noise: float, amplitude: float) -> int:
    """Return how many samples to average (odd) so that noise stays clear of the reference levels."""
    return 2 * (math.ceil(min(noise / (_NOISE_TO_AMPLITUDE * amplitude), 100.0) ** 2) // 2) + 1


def boxcar(record: Samples, width: int) -> Samples:
    """Return the mean of `width` (odd) samples around each one; ends are repeated outwards."""
    if width <= 1:
        return record
    width = min(width, record.size // 2 * 2 - 1)
    padded = np.pad(record, width // 2, mode="edge")
    return np.asarray(np.convolve(padded, np.full(width, 1 / width), mode="valid"), dtype=np.float64)


def _mid_instant(record: Samples, at: int, before: int, middle: float, *, rising: bool) -> float:
    """Interpolate the last crossing of the mid-level before sample `at`, where hysteresis saw the new state."""
    beyond = record[before : at + 1] < middle if rising else record[before : at + 1] > middle
    behind = np.flatnonzero(beyond)
    if not behind.size:
        return float(at)
    left = before + int(behind[-1])
    if left >= at:
        return float(at)
    return left + _fraction(record[left], record[left + 1], middle)


def _fraction(left: float, right: float, level: float) -> float:
    """Return where between two neighbouring samples a straight line crosses `level`, 0 to 1."""
    rise = float(right) - float(left)
    return min(max((level - float(left)) / rise, 0.0), 1.0) if rise else 1.0


def _without_strays(state: Mask) -> Mask:
    """Flip stretches of one or two samples whose like are long: noise and glitches, not pulses."""
    changes = np.flatnonzero(state[1:] != state[:-1]) + 1
    starts = np.concatenate(([0], changes))
    lengths = np.diff(np.concatenate((starts, [state.size])))
    cleaned = state.copy()
    for value in (False, True):
        like = state[starts] == value
        short = like & (lengths <= _STRAY_SAMPLES)
        long = lengths[like & (lengths > _STRAY_SAMPLES)]
        if not short.any() or not long.size or np.median(long) < _STEADY_SAMPLES:
            continue
        for index in np.flatnonzero(short).tolist():
            cleaned[starts[index] : starts[index] + lengths[index]] = not value
    return cleaned
