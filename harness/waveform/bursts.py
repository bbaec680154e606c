"""Bursts: pulses per burst, bursts per second, burst duration, gap and duty.

FDA, Guidance Document for Powered Muscle Stimulator 510(k)s (June 1999), section 3, row 14: the duty cycle is bursts
per second times burst duration.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.waveform.parameter import Estimate

if TYPE_CHECKING:
    from harness.waveform.pulse_groups import Pulses
    from harness.waveform.samples import Indices, Samples

_LONGER = 1.5
_EQUAL = 0.05
_FEWEST = 2


@dataclass(frozen=True, slots=True)
class Bursts:
    """The burst structure of a record.

    Attributes:
        pulses_per_burst: in every whole burst.
        bursts_per_second: reciprocal of the mean interval from a burst's start to the next one's.
        duration_s: mean, from 50 % of the first pulse to 50 % at the last one's end.
        gap_s: mean, from a burst's end to the next one's start.
        duty: bursts per second times burst duration, 0 to 1.
        whole: number of bursts that the record holds whole.
    """

    pulses_per_burst: int
    bursts_per_second: Estimate
    duration_s: Estimate
    gap_s: Estimate
    duty: Estimate
    whole: int


def find_bursts(pulses: Pulses, interval_s: float) -> Bursts:
    """Find bursts: pulses separated by gaps half as long again as the intervals within, in equal numbers.

    The first and last burst count where the record holds a longer gap on their outer side as well. One long gap among
    equal intervals is a missing pulse, not a burst.

    Raises:
        NotMeasurable: no longer gaps, fewer than two whole bursts, unequal numbers of pulses, or unequal intervals.
    """
    begun = pulses.begun
    start, stop, whole = pulses.start[begun], pulses.stop[begun], pulses.whole[begun]
    seen_to = pulses.phases.moved.size - 1 if begun[-1] else pulses.start[-1]
    firsts, within = _burst_starts(start)
    lasts = np.concatenate((firsts[1:] - 1, [start.size - 1]))
    chosen = np.ones(firsts.size, dtype=np.bool_)
    chosen[0] = start[0] > _LONGER * within
    chosen[-1] &= seen_to - start[-1] > _LONGER * within and bool(whole[-1])
    counts = (lasts - firsts + 1)[chosen]
    if counts.size < _FEWEST:
        raise NotMeasurable("the record holds fewer than two whole bursts")
    if np.ptp(counts) > 0:
        raise NotMeasurable(f"bursts have {counts.min()} to {counts.max()} pulses: there is no one structure")
    begins, ends = start[firsts[chosen]], stop[lasts[chosen]]
    phases, known = pulses.phases, pulses.whole
    doubt = 2 * float(max(phases.start_doubt[pulses.first[known]].max(), phases.stop_doubt[pulses.last[known]].max()))
    if np.ptp(np.diff(begins)) > 2 * (_EQUAL * float(np.diff(begins).mean()) + doubt):
        raise NotMeasurable("bursts do not follow one another at one interval")
    return _described(int(counts[0]), begins, ends, doubt, interval_s)


def _burst_starts(start: Samples) -> tuple[Indices, float]:
    """Return the index of each burst's first pulse, and the longest interval within a burst."""
    if start.size <= _FEWEST:
        raise NotMeasurable("fewer than three pulses: there are no bursts to tell apart")
    intervals = np.diff(start)
    ordered = np.sort(intervals)
    jumps = np.flatnonzero(ordered[1:] > _LONGER * ordered[:-1])
    # Intervals within bursts are at least as many as those between.
    jumps = jumps[2 * (jumps + 1) >= ordered.size]
    if not jumps.size:
        raise NotMeasurable("the pulses follow one another without longer gaps: there are no bursts")
    within = float(ordered[jumps[0]])
    return np.concatenate(([0], np.flatnonzero(intervals > within) + 1)), within


def _described(pulses_per_burst: int, begins: Samples, ends: Samples, doubt: float, interval_s: float) -> Bursts:
    """Return the means over all whole bursts, whose instants may be wrong by half of `doubt` each."""
    period = float(begins[-1] - begins[0]) / (begins.size - 1)
    slip = doubt / (begins.size - 1)
    duration = float((ends - begins).mean())
    if slip >= period / 2:
        raise NotMeasurable("bursts follow one another no slower than the error of their instants")
    rate_bound = slip / (period * (period - slip))
    return Bursts(
        pulses_per_burst=pulses_per_burst,
        bursts_per_second=Estimate(1 / (period * interval_s), rate_bound / interval_s),
        duration_s=Estimate(duration * interval_s, doubt * interval_s),
        gap_s=Estimate(float((begins[1:] - ends[:-1]).mean()) * interval_s, doubt * interval_s),
        duty=Estimate(duration / period, doubt / period + (duration + doubt) * rate_bound),
        whole=int(begins.size),
    )
