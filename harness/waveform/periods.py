"""Repetition: period from mid-level instants, duty, and sums over whole periods (IEEE Std 181-2011, 3)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.waveform.samples import regular

if TYPE_CHECKING:
    from harness.waveform.samples import Samples
    from harness.waveform.transitions import Edges

_JITTER = 0.1
_SHORTEST_PERIOD = 3.0


@dataclass(frozen=True, slots=True)
class WholePeriods:
    """Statistics over the largest whole number of periods that the record holds.

    Attributes:
        mean: in the unit of the samples.
        rms: root of the mean square, the mean included, in the unit of the samples.
        length: of the stretch, in samples; a fraction counts the last sample in part.
    """

    mean: float
    rms: float
    length: float


def period(found: Edges) -> float:
    """Return the period in samples: the slope of mid-level instants over their number, both directions pooled.

    Raises:
        NotMeasurable: fewer than two transitions of one direction, intervals that differ by more than a tenth, or
            fewer than three samples per period.
    """
    trains = [train for train in (found.instant[found.rising], found.instant[~found.rising]) if train.size > 1]
    if not trains:
        raise NotMeasurable("the record holds less than one period")
    if any(train.size > 2 and not regular(train, tolerance=_JITTER, slack=1.0) for train in trains):  # noqa: PLR2004
        raise NotMeasurable("the transitions do not follow one another at one interval")
    weights = [float(train.size - 1) ** 3 for train in trains]
    slopes = [slope(train) for train in trains]
    length = float(np.average(slopes, weights=weights))
    if length < _SHORTEST_PERIOD:
        raise NotMeasurable("fewer than three samples per period: the sampling is too slow for this waveform")
    return length


def positive_duty(found: Edges, period_samples: float) -> float:
    """Return the share of a period from a rising mid-level instant to the next falling one (IEC 60469, duty factor).

    Raises:
        NotMeasurable: no pulse is whole.
    """
    between = np.diff(found.instant)
    widths = np.where(found.rising[:-1], between, period_samples - between)
    if not widths.size:
        raise NotMeasurable("the record holds no whole pulse")
    return min(max(float(np.mean(widths)) / period_samples, 0.0), 1.0)


def over_whole_periods(record: Samples, period_samples: float) -> WholePeriods:
    """Return mean and r.m.s. over the largest whole number of periods, from the record's start.

    Each sample stands for one interval; of the last one only the part within the period counts. Over whole periods
    this sum has no error from where in the period it begins.

    Raises:
        NotMeasurable: the record is shorter than one period.
    """
    # A record cut to whole periods must not lose one of them to the rounding of its measured period.
    count = math.floor(record.size / period_samples + min(0.02, 0.5 / period_samples))
    if count < 1:
        raise NotMeasurable("the record holds less than one period")
    length = min(count * period_samples, float(record.size))
    whole = math.floor(length)
    part, last = record[:whole], (length - whole) * float(record[whole]) if whole < record.size else 0.0
    squares = float(np.einsum("i,i->", part, part)) + (last * float(record[whole]) if whole < record.size else 0.0)
    return WholePeriods(mean=(float(part.sum()) + last) / length, rms=math.sqrt(squares / length), length=length)


def slope(instants: Samples) -> float:
    """Return the least-squares slope of instants over their number; there must be two."""
    index = np.arange(instants.size) - (instants.size - 1) / 2
    return float(index @ (instants - instants[0])) / float(index @ index)
