"""Transitions between states: where they are, how long they last (IEEE Std 181-2011, 3; IEC 60469)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.waveform.survey import passages

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.waveform.samples import Indices, Mask, Samples
    from harness.waveform.survey import Survey

_HYSTERESIS = 0.2
_STRAY_SAMPLES = 2
_STEADY_SAMPLES = 8
_NOISE_TO_AMPLITUDE = 1 / 30
"""Above it noise reaches from a state to its 10 % reference level, and the record is smoothed first."""

_NOISE_AT_REFERENCE = 0.02
"""Above this share of the amplitude, averaging done, noise shifts the crossings of an exponential by a tenth of it."""

_FIRST_WINDOW = 32
_AT_ONCE = 1 << 16
_ENOUGH = 256

TEN_NINETY = (0.1, 0.9)
TWENTY_EIGHTY = (0.2, 0.8)


@dataclass(frozen=True, slots=True)
class Edges:
    """Transitions, in the order of their time; one element of each array for each.

    Attributes:
        instant: of the mid-level, in samples from the record's start (IEEE Std 181, 50 % reference level instant).
        rising: upwards.
        begin: begin of the run of one state before it.
        at: first sample of the new state.
        end: end of the run after it.
    """

    instant: Samples
    rising: Mask
    begin: Indices
    at: Indices
    end: Indices

    def __len__(self) -> int:
        return int(self.instant.size)

    def chosen(self, which: Mask | Indices) -> Edges:
        """Return some of them."""
        return Edges(self.instant[which], self.rising[which], self.begin[which], self.at[which], self.end[which])

    def some(self, most: int) -> Edges:
        """Return at most so many, spread evenly."""
        if len(self) <= most:
            return self
        return self.chosen(np.linspace(0, len(self) - 1, most).astype(np.intp))

    @property
    def first(self) -> Indices:
        """First sample that may belong to each: the middle of the run before."""
        return (self.begin + self.at) // 2

    @property
    def last(self) -> Indices:
        """Last sample that may belong to each: the middle of the run after."""
        return (self.at + self.end - 1) // 2

    def within(self, size: int) -> tuple[Indices, Indices]:
        """Return first and last sample that may belong to each in a record of so many samples.

        Before the first and after the last transition there is no other one: there it is the record's end.
        """
        return np.where(self.begin == 0, 0, self.first), np.where(self.end == size, size - 1, self.last)


@dataclass(frozen=True, slots=True)
class Spans:
    """From where to where transitions pass two reference levels; one element of each array for each transition.

    Attributes:
        begin: instant of the level that is passed first, in samples from the record's start; NaN where there is none.
        end: instant of the other level.
        begin_error: how far the true instant may be from the interpolated one, in samples, for its curvature.
        end_error: the same at the end.
        begin_slope: shares of the amplitude for each sample, there.
        end_slope: the same at the end.
        levels: different samples between both levels; 2 stands for more.
        window: the record does not hold the begin (-1), not the end (1), or both are there (0).
        width: samples that were averaged.
    """

    begin: Samples
    end: Samples
    begin_error: Samples
    end_error: Samples
    begin_slope: Samples
    end_slope: Samples
    levels: Indices
    window: Indices
    width: int

    @property
    def durations(self) -> Samples:
        """From level to level, in samples."""
        return self.end - self.begin

    def chosen(self, which: Mask | Indices) -> Spans:
        """Return some of them."""
        return Spans(
            self.begin[which], self.end[which], self.begin_error[which], self.end_error[which],
            self.begin_slope[which], self.end_slope[which], self.levels[which], self.window[which], self.width,
        )  # fmt: skip


def edges(decided: Survey, record: Samples, low: float, high: float) -> Edges:
    """Return every transition, each with the interpolated instant of its mid-level.

    The state changes at 70 % going up and at 30 % going down, so that noise on an edge does not make edges. A stray
    stretch of one or two samples among long ones is left out.

    Args:
        decided: the record in which the states are decided; a smoothed one where noise demands it.
        record: the samples from which the instants are taken.
        low: level of the low state.
        high: level of the high state.
    """
    middle, amplitude = (low + high) / 2, high - low
    changes, rising = passages(decided, middle - _HYSTERESIS * amplitude, middle + _HYSTERESIS * amplitude)
    changes, rising = _without_strays(changes, rising, record.size)
    limits = np.concatenate(([0], changes, [record.size])).astype(np.intp)
    found = Edges(changes.astype(np.float64), rising, limits[:-2], limits[1:-1], limits[2:])
    instants = found.instant.copy()
    for which, start, rows in windows(record, found.at - _FIRST_WINDOW + 1, _FIRST_WINDOW, 1):
        instants[which] = _mid_instants(found.chosen(which), start, rows, middle)
    # Slow edges, or those that turn back before they reach the new state.
    for index in np.flatnonzero(np.isnan(instants)).tolist():
        only = found.chosen(np.array([index]))
        rows = record[None, int(only.begin[0]) : int(only.at[0]) + 1]
        instants[index] = _mid_instants(only, only.begin, rows, middle)[0]
    return replace(found, instant=np.where(np.isnan(instants), found.at, instants))


def _mid_instants(found: Edges, start: Indices, rows: Samples, middle: float) -> Samples:
    """Interpolate the last crossing of the mid-level in windows that end with the first sample of the new state.

    NaN where a window does not hold it.
    """
    beyond = np.where(found.rising[:, None], rows < middle, rows > middle)
    beyond &= start[:, None] + np.arange(rows.shape[1]) >= found.begin[:, None]
    left = rows.shape[1] - 1 - np.argmax(beyond[:, ::-1], axis=1)
    row, inside = np.arange(start.size), np.minimum(left, rows.shape[1] - 2)
    crossed = start + inside + _fraction(rows[row, inside], rows[row, inside + 1], middle)
    return np.where(beyond.any(axis=1), np.where(left < rows.shape[1] - 1, crossed, found.at), np.nan)


def spans(
    record: Samples,
    found: Edges,
    low: float,
    high: float,
    *,
    part: tuple[float, float] = TEN_NINETY,
    width: int = 1,
    window: int = _FIRST_WINDOW,
    errors: bool = False,
) -> Spans:
    """Find from where to where transitions pass two reference levels (IEEE Std 181-2011, 3).

    On a noisy edge each reference level is crossed many times. The transition begins at the last crossing of the
    nearer level and ends at the first crossing of the farther one after it.

    Args:
        record: the samples.
        found: the transitions.
        low: level of the low state between which they move.
        high: level of the high state.
        part: the reference levels as shares of the amplitude, in the direction of each transition.
        width: samples (odd) that are averaged around each one.
        window: samples in which a transition is looked for first; those that need more get more.
        errors: whether to find errors and slopes too.
    """
    result = np.full((8, len(found)), np.nan)
    result[6:] = 0.0
    remaining = np.arange(len(found))
    while remaining.size:
        some = found.chosen(remaining)
        first, last = some.within(record.size)
        middle = np.floor(some.instant).astype(np.intp)
        for which, start, rows in windows(record, middle - window // 2, window, width):
            share = _shares(rows, some.rising[which], low, high)
            result[:, remaining[which]] = _measured(
                some.instant[which], (first[which], last[which]), start, share, part, errors=errors
            )
        covered = (middle - window // 2 <= first) & (middle + window // 2 > last)
        remaining = remaining[np.isnan(result[0, remaining]) & ~covered]
        window *= 4
    begin, end, begin_error, end_error, begin_slope, end_slope, levels, outside = result
    return Spans(
        begin,
        end,
        begin_error,
        end_error,
        begin_slope,
        end_slope,
        levels.astype(np.intp),
        outside.astype(np.intp),
        width,
    )


def _shares(rows: Samples, rising: Mask, low: float, high: float) -> Samples:
    """Return rows as shares of the amplitude that rise: a falling edge is a rising one seen in a mirror."""
    base = np.where(rising, low, high)[:, None]
    return (rows - base) / np.where(rising, high - low, low - high)[:, None]


def _measured(
    instant: Samples,
    limits: tuple[Indices, Indices],
    start: Indices,
    share: Samples,
    part: tuple[float, float],
    *,
    errors: bool,
) -> Samples:
    """Measure transitions in windows of shares, one row each; return the fields of their spans but the width."""
    first, last = limits
    result = np.full((8, instant.size), np.nan)
    result[6] = 0
    column = np.arange(share.shape[1])
    place = column + start[:, None]
    above = (share >= part[1]) & (place <= last[:, None])
    below = (share <= part[0]) & (place >= first[:, None])
    reached = above & (place >= np.maximum(np.floor(instant), first)[:, None])
    ends = reached.any(axis=1)
    below &= column <= np.argmax(reached, axis=1)[:, None]
    done = below.any(axis=1) & ends
    left = share.shape[1] - 1 - np.argmax(below[:, ::-1], axis=1)
    right = np.argmax(above & (column > left[:, None]), axis=1)
    result[7] = np.where(done, 0, np.where(ends, -1, 1))
    rows, left, right = share[done], left[done], right[done]
    row = np.arange(left.size)
    for index, at, level in ((0, left, part[0]), (1, right - 1, part[1])):
        result[index, done] = start[done] + at + _fraction(rows[row, at], rows[row, at + 1], level)
        if errors:
            _, result[index + 2, done], result[index + 4, done] = crossing(rows, at, level)
    within = column >= (left + (rows[row, left] != part[0]))[:, None]
    within &= column <= (right - (rows[row, right] > part[1]))[:, None]
    most = np.where(within, rows, -np.inf).max(axis=1)
    least = np.where(within, rows, np.inf).min(axis=1)
    result[6, done] = np.where(most > least, 2, np.where(most == least, 1, 0))
    return result


def crossing(rows: Samples, at: Indices, level: float) -> tuple[Samples, Samples, Samples]:
    """Interpolate where rows cross a level after their sample `at`: fraction, error for the curvature, slope.

    A curve whose second differences have one sign over the six samples around the crossing lies between the chord and
    the lines through the two samples before and the two after it; the error is the distance from the chord's crossing
    to the nearer of their crossings. Where the sign changes (an inflection, a corner) it is twice the distance to the
    farther one. It is never more than the sampling interval allows.
    """
    row, last = np.arange(at.size), rows.shape[1] - 1
    around = rows[row[:, None], np.clip(at[:, None] + np.arange(-2, 4), 0, last)]
    steps = np.diff(around, axis=1)
    before, step, after = steps[:, 1], steps[:, 2], steps[:, 3]
    left, right = around[:, 2], around[:, 3]
    fraction = _fraction(left, right, level)
    bends = np.diff(steps, axis=1)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        by_before = np.abs((level - left) / before - fraction)
        by_after = np.abs(1 - (right - level) / after - fraction)
    by_before, by_after = (np.minimum(np.nan_to_num(each, nan=1.0), 1.0) for each in (by_before, by_after))
    turns = (bends.max(axis=1) > 0) & (bends.min(axis=1) < 0)
    error = np.where(turns, 2 * np.maximum(by_before, by_after), np.minimum(by_before, by_after))
    return fraction, np.minimum(error, np.maximum(fraction, 1 - fraction)), np.abs(step)


def windows(record: Samples, start: Indices, length: int, width: int) -> Iterator[tuple[Indices, Indices, Samples]]:
    """Yield which windows, where they begin, and their samples in rows, each a mean of `width` (odd) samples.

    Beyond its ends the record is continued by its first and its last sample.
    """
    reach, rows_at_once = width // 2, max(1, _AT_ONCE // (length + width))
    offsets = np.arange(length + 2 * reach)
    for first in range(0, start.size, rows_at_once):
        which = np.arange(first, min(first + rows_at_once, start.size))
        begin = start[which] - reach
        if begin.min() >= 0 and begin.max() + offsets.size <= record.size:
            rows = np.lib.stride_tricks.sliding_window_view(record, offsets.size)[begin]
        else:
            rows = record[np.clip(begin[:, None] + offsets, 0, record.size - 1)]
        if width > 1:
            sums = np.cumsum(rows, axis=1)
            rows = np.concatenate((sums[:, width - 1 : width], sums[:, width:] - sums[:, :-width]), axis=1) / width
        yield which, start[which], rows


def smoothed_spans(
    record: Samples,
    found: Edges,
    low: float,
    high: float,
    noise: float,
    *,
    part: tuple[float, float] = TEN_NINETY,
    errors: bool = False,
) -> Spans:
    """Return the spans of transitions, smoothed where noise demands it.

    The last and the first of many crossings lie too close together on a noisy slow edge. A mean over an eighth of the
    edge lengthens it by less than 1 % and takes most of that away.
    """
    width = smoothing_width(noise, high - low)
    if not noise > 0:
        return spans(record, found, low, high, part=part, width=width, errors=errors)
    rough = spans(record, found.some(_ENOUGH), low, high, part=part, width=width)
    whole = rough.window == 0
    if not whole.any():
        return spans(record, found, low, high, part=part, width=width, errors=errors)
    typical = float(np.median(rough.durations[whole]))
    finer = max(width, shape_width(typical))
    window = 2 * math.ceil(1.25 * typical) + 8
    return spans(record, found, low, high, part=part, width=finer, window=window, errors=errors)


def shown(measured: Spans, noise: float, amplitude: float) -> Spans:
    """Return the spans of those transitions that the record shows.

    Raises:
        NotMeasurable: it holds none, or only such with fewer than two different samples between the levels: then the
            duration would be the sampling interval's, not the waveform's; or the noise hides them.
    """
    if not measured.begin.size:
        raise NotMeasurable("there is no such transition")
    whole = measured.window == 0
    found = measured.chosen(whole & (measured.levels > 1))
    if not found.begin.size:
        if whole.any():
            raise NotMeasurable("the transition is faster than the sampling can show; record at a shorter interval")
        if (measured.window > 0).any():
            raise NotMeasurable("the transition does not reach its end in this record")
        raise NotMeasurable("the transition begins before this record or this period")
    least = smoothing_width(noise, amplitude)
    # Smoothing that lasts a quarter of the transition is measured with it.
    if (least > 1 and float(np.median(found.durations)) < 4 * least) or (
        noise > _NOISE_AT_REFERENCE * math.sqrt(found.width) * amplitude
    ):
        raise NotMeasurable("the noise hides how long the transition lasts; average several records")
    return found


def mid_errors(record: Samples, found: Edges, low: float, high: float) -> tuple[Samples, Samples]:
    """Return how far its curvature may have moved each mid-level instant, in samples, and the slope there.

    The slope is in shares of the amplitude for each sample.
    """
    left = np.floor(found.instant).astype(np.intp)
    places = np.clip(left[:, None] + np.arange(-2, 4), 0, record.size - 1)
    _, error, slope = crossing(_shares(record[places], found.rising, low, high), np.full_like(left, 2), 0.5)
    return error, slope


def shape_width(transition: float) -> int:
    """Return how many samples (odd) may be averaged without changing the shape of so long a transition."""
    return 2 * (int(transition) // 16) + 1


def smoothing_width(noise: float, amplitude: float) -> int:
    """Return how many samples to average (odd) so that noise stays clear of the reference levels."""
    return 2 * (math.ceil(min(noise / (_NOISE_TO_AMPLITUDE * amplitude), 100.0) ** 2) // 2) + 1


def _fraction(left: Samples, right: Samples, level: float) -> Samples:
    """Return where between two neighbouring samples a straight line crosses `level`, 0 to 1."""
    rise = right - left
    return np.clip(np.divide(level - left, rise, out=np.ones_like(rise), where=rise != 0), 0.0, 1.0)


def _without_strays(changes: Indices, rising: Mask, size: int) -> tuple[Indices, Mask]:
    """Leave out stretches of one or two samples whose like are long: noise and glitches, not pulses."""
    if not changes.size:
        return changes, rising
    lengths = np.diff(np.concatenate(([0], changes, [size])))
    high = np.concatenate(([not rising[0]], rising))
    state = high.copy()
    for value in (False, True):
        like = high == value
        short = like & (lengths <= _STRAY_SAMPLES)
        long = lengths[like & (lengths > _STRAY_SAMPLES)]
        if short.any() and long.size and np.median(long) >= _STEADY_SAMPLES:
            state[short] = not value
    kept = np.flatnonzero(state[1:] != state[:-1])
    return changes[kept], state[1:][kept]
