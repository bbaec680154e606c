"""Pulses: phases that belong together; and the period after which all phases repeat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable

if TYPE_CHECKING:
    from harness.waveform.current_phases import Phases
    from harness.waveform.samples import Indices, Mask, Samples

_APART = 1.5
_LEAST_SHARE = 0.3
_MOST_PHASES = 3
_EQUAL = 0.05
_EQUAL_SAMPLES = 0.5
_BLURRED = 0.5
_LONGEST_PATTERN = 4096
_PROBE = 64
_SIMPLE_PATTERN = 2
_INNER = 2


@dataclass(frozen=True, slots=True)
class Pulses:
    """Phases grouped to pulses; arrays of shape (p,).

    Attributes:
        phases: what they consist of.
        first: index of each pulse's first phase.
        last: index of its last one.
        begun: whether its start is an instant of this record.
        whole: whether the record holds all of it.
    """

    phases: Phases
    first: Indices
    last: Indices
    begun: Mask
    whole: Mask

    @property
    def start(self) -> Samples:
        """Instant of 50 % of the first phase, in sample intervals."""
        return self.phases.start[self.first]

    @property
    def stop(self) -> Samples:
        """Instant of 50 % at the end of the last phase, in sample intervals."""
        return self.phases.stop[self.last]


@dataclass(frozen=True, slots=True)
class Repetition:
    """The longest stretch of whole periods.

    Attributes:
        begin: instant of the first one, in sample intervals.
        end: instant of the last one's end.
        count: number of whole periods.
        phases: number of phases in each.
        first: index of the first phase.
        doubt: largest error of begin and end together.
    """

    begin: float
    end: float
    count: int
    phases: int
    first: int
    doubt: float

    @property
    def length(self) -> float:
        """Of all whole periods, in sample intervals."""
        return self.end - self.begin

    @property
    def period(self) -> float:
        """In sample intervals."""
        return self.length / self.count


def gaps(phases: Phases) -> Samples:
    """Return the time from each phase's 50 % to the next one's, in sample intervals; shape (k - 1,)."""
    return np.maximum(phases.start[1:] - phases.stop[:-1], 0.0)


def group(phases: Phases) -> Pulses:
    """Group phases of opposite sign to pulses.

    Phases belong together where the gap between them is of the shorter kind: sorted gaps have a jump of half as much
    again, with at least 30 % of all gaps below it. Where all gaps are alike, and in unbroken runs of more than three
    phases, they pair in the order in which they come. A record that begins or ends in the gap between two phases holds
    only the others of that pulse: it is not whole, and without its first phase it has no start.
    """
    within = _longest_within(phases)
    joined = (np.diff(phases.sign) != 0) & (gaps(phases) <= within)
    place = _place_in_run(joined)
    paired = joined & ((place % 2 == 0) | (_run_lengths(joined) < _MOST_PHASES))
    firsts = np.concatenate(([0], np.flatnonzero(~paired) + 1))
    lasts = np.concatenate((firsts[1:] - 1, [phases.count - 1]))
    unbroken = np.concatenate(([0], np.cumsum(~phases.whole)))
    begun, whole = phases.begun[firsts], unbroken[lasts + 1] == unbroken[firsts]
    headless, tailless = _orphans(phases, lasts - firsts + 1, within)
    begun[0] &= not headless
    whole[0] &= not headless
    whole[-1] &= not tailless
    return Pulses(phases, firsts, lasts, begun, np.asarray(whole))


def _orphans(phases: Phases, sizes: Indices, within: float) -> tuple[bool, bool]:
    """Say whether the first and the last pulse have lost phases to the record's edge.

    They have fewer phases than any pulse between, and stand no further from the edge than phases of a pulse from one
    another.
    """
    inner = sizes[1:-1] if sizes.size > _INNER else sizes[1:]
    if not inner.size:
        return False, False
    usual = int(inner.min())
    last = phases.moved.size - 1
    return (
        bool(sizes[0] < usual and phases.start[0] <= within),
        bool(sizes.size > _INNER and sizes[-1] < usual and last - phases.stop[-1] <= within),
    )


def _longest_within(phases: Phases) -> float:
    """Return the longest gap that may lie within a pulse, in sample intervals."""
    found = np.sort(np.maximum(gaps(phases), 1.0))
    if not found.size:
        return 0.0
    jumps = np.flatnonzero(found[1:] > _APART * found[:-1])
    jumps = jumps[jumps + 1 >= _LEAST_SHARE * found.size]
    return float(found[jumps[0]]) if jumps.size else float(found[-1])


def _place_in_run(joined: Mask) -> Indices:
    """Return how many true values stand directly before each one."""
    index = np.arange(joined.size)
    broken = np.maximum.accumulate(np.where(joined, -1, index)) if joined.size else index
    return np.asarray(index - broken - 1, dtype=np.intp)


def _run_lengths(joined: Mask) -> Indices:
    """Return, for each true value, how many stand in its unbroken run."""
    place = _place_in_run(joined)
    behind = _place_in_run(joined[::-1])[::-1]
    return np.asarray(place + behind + 1, dtype=np.intp)


def repetition(phases: Phases) -> Repetition:
    """Find the period after which signs, instants and amplitudes of all phases come again.

    Instants may differ by 5 % of the period and half a sample, amplitudes by 5 %. A pattern of more than two phases
    must be seen twice.

    Raises:
        NotMeasurable: the record holds less than one period, or nothing repeats.
    """
    begin = int(phases.count > 0 and not phases.begun[0])
    known = slice(begin, phases.count - int(phases.count > 0 and not phases.begun[-1]))
    start, sign, doubts = phases.start[known], phases.sign[known], phases.start_doubt[known]
    amplitude, bound = phases.amplitude[known], phases.amplitude_bound[known]
    cut = phases.count > 0 and phases.begun[-1] and not phases.whole[-1]
    for step in range(1, min(start.size, _LONGEST_PATTERN + 1)):
        if step > _SIMPLE_PATTERN and 2 * step > start.size:
            break
        for stop in (min(_PROBE + step, start.size), start.size):
            kept = stop - int(cut and stop == start.size)
            if not (
                np.array_equal(sign[step:stop], sign[: stop - step])
                and _alike(start[step:stop] - start[: stop - step], doubts[:stop])
                and _equal(amplitude[:kept], bound[:kept], step)
            ):
                break
        else:
            count = (start.size - 1) // step
            doubt = float(doubts[0] + doubts[count * step])
            return Repetition(float(start[0]), float(start[count * step]), count, step, begin, doubt)
    if start.size <= 1:
        raise NotMeasurable("the record holds less than one period")
    raise NotMeasurable("the phases do not repeat at one interval and one amplitude in this record")


def _alike(lengths: Samples, doubt: Samples) -> bool:
    """Say whether all intervals are one interval, and their ends known well enough to say so."""
    typical, slip = float(np.median(lengths)), 2 * float(doubt.max())
    if slip > _BLURRED * typical:
        return False
    allowed = _EQUAL * typical + _EQUAL_SAMPLES + slip
    return bool(np.ptp(lengths) <= 2 * allowed)


def _equal(amplitude: Samples, bound: Samples, step: int) -> bool:
    """Say whether amplitudes come again after `step` phases."""
    if amplitude.size <= step:
        return True
    change = np.abs(amplitude[step:] - amplitude[:-step])
    allowed = _EQUAL * np.abs(amplitude[step:]) + bound[step:] + bound[:-step]
    return bool(np.all(change <= allowed))
