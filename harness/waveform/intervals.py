"""Statistics of pulse intervals over long trains: missing and extra pulses, jitter, drift (IEEE Std 181-2011, 3.1)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from harness.errors import NotMeasurable
from harness.waveform.parameter import Estimate

if TYPE_CHECKING:
    from harness.waveform.samples import Indices, Mask, Samples

_FEWEST = 3
_NEIGHBOURS = 31
_AT_ONCE = 4096
_CLEARLY = 2.0
_NORMAL = 0.25
_MULTIPLE = 0.15
_ORDERLY = 0.8


@dataclass(frozen=True, slots=True)
class Intervals:
    """What the intervals of a train of pulses amount to.

    Attributes:
        pulses: number of instants.
        missing: pulses that did not come where the intervals around call for one.
        extra: pulses that came between two that are due.
        longest_s: longest interval between two pulses that follow one another.
        mean_s: time from first to last pulse over the periods in it, missing pulses counted as due.
        standard_deviation_s: of the normal intervals (period jitter), divisor n - 1.
        shortest_regular_s: shortest normal interval.
        longest_regular_s: longest normal interval.
        drift: change of the interval from the first to the last pulse by the line through all normal intervals, as a
            share of their mean.
        period_to_period_s: root of half the mean square of differences of normal intervals that follow one another:
            the Allan deviation of the interval at one period (IEEE Std 1139-2008, 4.2), deaf to drift.
    """

    pulses: int
    missing: int
    extra: int
    longest_s: Estimate
    mean_s: Estimate
    standard_deviation_s: Estimate
    shortest_regular_s: Estimate
    longest_regular_s: Estimate
    drift: Estimate
    period_to_period_s: Estimate


def interval_statistics(instants: Samples, doubt: Samples, interval_s: float) -> Intervals:
    """Return the statistics of the intervals between pulses.

    An interval is normal within a quarter of what the 31 around it call for, be they level or a sweep. Two to
    any number of these, within 15 % of one, is a gap of missing pulses. Other intervals that stand together are taken
    as one stretch: it should hold as many periods as fit best; pulses beyond that are extra, lacking ones are missing.

    Args:
        instants: of every pulse's start, in sample intervals, ascending, shape (n,).
        doubt: largest error of each, shape (n,).
        interval_s: between two samples.

    Raises:
        NotMeasurable: fewer than three intervals, two pulses at one instant, or fewer than four fifths of the intervals
            normal (bursts, for one).
    """
    if instants.size <= _FEWEST:
        raise NotMeasurable(f"interval statistics need three intervals, the record holds {max(instants.size - 1, 0)}")
    if not np.all(np.diff(instants) > 0):
        raise NotMeasurable("two pulses begin at one instant: the sampling is too slow")
    bounds = doubt[1:] + doubt[:-1]
    ratio = _periods_in(instants)
    normal = np.abs(ratio - 1) <= _NORMAL
    if np.count_nonzero(normal) < max(_FEWEST, _ORDERLY * normal.size):
        raise NotMeasurable("the pulses do not follow one another at one interval (bursts, or disorder)")
    missing, extra = _unpunctual(ratio, normal)
    return Intervals(
        int(instants.size), missing, extra, *_figures(instants, bounds, normal, missing - extra, interval_s)
    )


def _periods_in(instants: Samples) -> Samples:
    """Return how many periods each interval holds by the 31 intervals around it; near the ends, the first and last 31.

    That is its length over their median. Where the median leaves intervals unexplained, a straight line may do better:
    the frequency of a linear sweep is one over time, of a logarithmic one its logarithm is. At the middle of an
    interval it stands for the mean over it. A line counts where half of the intervals are twice as near to it.
    """
    lengths = np.diff(instants)
    width = min(_NEIGHBOURS, lengths.size)
    first = np.clip(np.arange(lengths.size) - width // 2, 0, lengths.size - width)
    found = lengths / np.median(sliding_window_view(lengths, width), axis=1)[first]
    odd = np.concatenate(([0], np.cumsum(np.abs(found - 1) > _NORMAL)))
    doubtful = np.flatnonzero(odd[first + width] > odd[first])
    middle = (instants[1:] + instants[:-1]) / 2
    for part in np.array_split(doubtful, -(-doubtful.size // _AT_ONCE) or 1):
        around = first[part][:, None] + np.arange(width)
        found[part] = _by_neighbours(lengths[around], middle[around], part - first[part])
    return np.asarray(found, dtype=np.float64)


def _by_neighbours(lengths: Samples, middle: Samples, place: Indices) -> Samples:
    """Return the periods in the interval at `place` of each row, by the law that the row follows best; shape (k,)."""
    rows = np.arange(place.size)
    level = lengths / np.median(lengths, axis=1, keepdims=True)
    best, nearest = level[rows, place], _scatter(level) / _CLEARLY
    for ratio in (lengths * _line(1 / lengths, middle), lengths * np.exp(_line(-np.log(lengths), middle))):
        scatter = _scatter(ratio)
        better = scatter < nearest
        best, nearest = np.where(better, ratio[rows, place], best), np.where(better, scatter, nearest)
    return np.asarray(best, dtype=np.float64)


def _scatter(ratio: Samples) -> Samples:
    """Return how far half of the intervals of each row are from one period at most."""
    return np.asarray(np.median(np.abs(ratio - 1), axis=1))


def _line(values: Samples, at: Samples) -> Samples:
    """Return a line through each row that a few outliers do not move.

    Its slope is the median over all pairs half a row apart (Theil, Proc. Kon. Ned. Akad. v. Wetensch. A 53, 1950, the
    incomplete method).
    """
    apart = values.shape[1] // 2
    slope = np.median((values[:, apart:] - values[:, :-apart]) / (at[:, apart:] - at[:, :-apart]), axis=1)[:, None]
    return np.asarray(slope * at + np.median(values - slope * at, axis=1, keepdims=True))


def _unpunctual(ratio: Samples, normal: Mask) -> tuple[int, int]:
    """Return how many pulses are missing and how many are extra, from intervals as shares of what is normal there."""
    multiple = ~normal & (ratio >= 1 + _NORMAL) & (np.abs(ratio - np.round(ratio)) <= _MULTIPLE)
    missing = int(np.sum(np.round(ratio[multiple]) - 1))
    odd = np.flatnonzero(~normal & ~multiple)
    if not odd.size:
        return missing, 0
    heads = np.concatenate(([0], np.flatnonzero(np.diff(odd) > 1) + 1))
    due = np.round(np.add.reduceat(ratio[odd], heads))
    came = np.diff(np.concatenate((heads, [odd.size])))
    surplus = came - due
    return missing + int(np.sum(np.maximum(-surplus, 0))), int(np.sum(np.maximum(surplus, 0)))


def _figures(
    instants: Samples, bounds: Samples, normal: Mask, lacking: int, interval_s: float
) -> tuple[Estimate, Estimate, Estimate, Estimate, Estimate, Estimate, Estimate]:
    """Return the estimates of `Intervals`, in their order.

    A standard deviation and a root mean square of errors that are at most b change by at most b and 2 b / sqrt(2).
    """
    lengths = np.diff(instants)
    chosen = lengths[normal]
    worst = float(bounds.max())
    periods = lengths.size + lacking
    ends = float(bounds[0] + bounds[-1])

    def seconds(value: float, bound: float) -> Estimate:
        return Estimate(value * interval_s, bound * interval_s)

    scale = math.sqrt(chosen.size / (chosen.size - 1))
    return (
        seconds(float(lengths.max()), worst),
        seconds(float(instants[-1] - instants[0]) / periods, ends / periods),
        seconds(float(chosen.std(ddof=1)), worst * scale),
        seconds(float(chosen.min()), worst),
        seconds(float(chosen.max()), worst),
        _drift(instants, normal, worst),
        _period_to_period(lengths, normal, worst, interval_s),
    )


def _drift(instants: Samples, normal: Mask, worst: float) -> Estimate:
    """Return the relative change of the interval over the train by a straight line, and what errors can make of it."""
    lengths = np.diff(instants)[normal]
    middle = ((instants[1:] + instants[:-1]) / 2)[normal]
    span = float(instants[-1] - instants[0])
    about = middle - middle.mean()
    square = float(about @ about)
    mean = float(lengths.mean())
    slope = float(about @ lengths) / square
    return Estimate(slope * span / mean, worst * float(np.abs(about).sum()) / square * span / mean)


def _period_to_period(lengths: Samples, normal: Mask, worst: float, interval_s: float) -> Estimate:
    """Return the Allan deviation of the interval at one period."""
    together = normal[1:] & normal[:-1]
    if not together.any():
        raise NotMeasurable("no two normal intervals follow one another")
    steps = np.diff(lengths)[together]
    return Estimate(
        math.sqrt(float(np.mean(steps**2)) / 2) * interval_s,
        2 * worst / math.sqrt(2) * interval_s,
    )
