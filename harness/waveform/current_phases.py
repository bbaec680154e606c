"""Phases: the stretches in which current flows in one direction, for any shape of pulse.

A phase is unidirectional flow (a pulse has one, two or more of them). State levels by histogram need plateaus; a phase
needs none, so a decaying recharge phase is found as well as a rectangular one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.waveform.clipping import clipped
from harness.waveform.integral import Floor, Integral, floor_of, integral
from harness.waveform.resting import REST_AT_MOST, rest_level
from harness.waveform.survey import as_samples

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from harness.waveform.samples import Indices, Mask, Samples

_SEEN = 0.05
"""Share of the largest sample from which a phase counts, as `states` has it for the smaller of two phases."""

_SEEN_NOISE = 6.0
_SEEN_CODES = 1.5
_SEEN_AT_MOST = 0.3
_QUIET = 1e-3
"""Share of the largest sample below which a noiseless phase is over."""

_DIP = 0.2
_DEEP = 3.0
_FLAT = 0.1
_CURVED = 0.02
_STRAY_SAMPLES = 2
_STEADY_SAMPLES = 8
_LEAST_QUARTER = 0.5
_SLOW_SAMPLES = 4
_TAIL_NOISE = 2.0
_LEAST_STEP = 1e-12
_LAST_BITS = 4 * float(np.finfo(np.float64).eps)
_LEAST = 1e-30
"""No current or voltage that anybody measures is smaller, in A or V."""


@dataclass(frozen=True, slots=True)
class Phases:
    """Every phase of a record in order; each array of shape (k,), times in sample intervals from the record's start.

    Attributes:
        integral: the record with its running integral.
        moved: the record less its rest, shape (n,).
        rest: level between phases, in the unit of the samples; 0 where the waveform only passes zero.
        sign: +1 or -1.
        begin: where it leaves the rest.
        end: where it is back, or where the next phase begins.
        start: interpolated instant of 50 % of its amplitude, going up (IEEE Std 181, 50 % reference level instant).
        stop: the same on the way back.
        start_doubt: largest error of `start`.
        stop_doubt: largest error of `stop`.
        amplitude: its plateau, the mean of the middle half between start and stop, with its sign; its largest sample
            where it has no plateau.
        amplitude_bound: of the plateau's error.
        flat: whether it has a plateau: both quarters of the middle half within a tenth of each other, and the middle
            quarter within 2 % of the middle half.
        begun: whether its start is an instant: the record holds its begin, and enough of it that its amplitude is known
            (all of it, a plateau, or the fall below 50 %).
        whole: whether the record holds it from begin to end.
    """

    integral: Integral
    moved: Samples
    rest: float
    sign: Indices
    begin: Samples
    end: Samples
    start: Samples
    stop: Samples
    start_doubt: Samples
    stop_doubt: Samples
    amplitude: Samples
    amplitude_bound: Samples
    flat: Mask
    begun: Mask
    whole: Mask

    @property
    def returns(self) -> bool:
        """Whether the current is back to within a tenth of its largest sample between phases."""
        return abs(self.rest) <= REST_AT_MOST * float(np.abs(self.integral.record).max())

    @property
    def count(self) -> int:
        """Number of phases, whole or not."""
        return int(self.sign.size)

    @property
    def duration(self) -> Samples:
        """From 50 % to 50 %, in sample intervals (IEEE Std 181-2011, 3.1 pulse duration)."""
        return np.asarray(self.stop - self.start)

    def charge(self) -> tuple[Samples, Samples]:
        """Return the integral of each phase and its bound, in the unit of the samples times the sampling interval.

        What flows within the noise of the rest after a phase is not in it. For a tail that decays like one or more
        exponentials the part that is missing is less than where it was left times how long it took to get there.

        Raises:
            NotMeasurable: the waveform rests at more than a tenth of its largest sample: its current never stops.
        """
        if not self.returns:
            raise NotMeasurable("the current does not return to zero between pulses: no phase ends")
        values, bounds = self.integral.between(self.begin, self.end)
        left = np.minimum(np.abs(self.moved[self.end.astype(np.intp)]), quiet_level(self.moved, self.integral.floor))
        # The first sample that is quiet is one that noise made so.
        tail = (left + _TAIL_NOISE * self.integral.floor.noise) * (self.end - self.stop)
        return values, bounds + tail


def find_phases(samples: ArrayLike) -> Phases:
    """Find every phase of a record of shape (n,).

    Raises:
        NotFinite: a sample is no finite number.
        NotMeasurable: as `phases_of`, or fewer than eight samples.
    """
    record = as_samples(samples)
    return phases_of(integral(record, floor_of(record)))


def phases_of(whole: Integral) -> Phases:
    """Find every phase of a record that has been integrated.

    A phase counts where it leaves the rest by 5 % of the largest sample, or by 6 sigma of the noise, or by 1.5 codes,
    whichever is most; it ends where it is back within 1 sigma, half a code or 0.1 %.

    Raises:
        NotMeasurable: clipped record, noise or codes that hide 30 % of the largest sample, no current, no phase, or
            phases that may touch.
    """
    record, floor = whole.record, whole.floor
    rest = rest_level(record, floor)
    moved = record - rest
    largest = float(np.abs(moved).max())
    seen = seen_level(largest, floor)
    if not largest > _LEAST:
        raise NotMeasurable(f"every sample is {rest:g}: there is no phase")
    if seen > _SEEN_AT_MOST * largest:
        raise NotMeasurable("noise or codes hide where a phase begins; average several records or use a smaller range")
    reason = clipped(record)
    if reason:
        raise NotMeasurable(reason)
    begins, ends, signs = _extents(moved, seen, quiet_level(moved, floor), floor.sample)
    if not signs.size:
        raise NotMeasurable("no phase stands clear of the rest")
    return _measured(whole, moved, rest, _Extents(begins, ends, signs))


def seen_level(largest: float, floor: Floor) -> float:
    """Return from which magnitude on a phase counts, in a record whose largest sample is this far from its rest."""
    return max(_SEEN * largest, _SEEN_NOISE * floor.noise, _SEEN_CODES * floor.code)


def quiet_level(record: Samples, floor: Floor) -> float:
    """Return how near to its rest a waveform counts as resting."""
    return max(_QUIET * float(np.abs(record).max()), floor.noise, 0.51 * floor.code)


def _extents(record: Samples, seen: float, quiet: float, doubt: float) -> tuple[Indices, Indices, Indices]:
    """Return first sample, last sample and sign of every phase, in order; `doubt` is the error of one sample."""
    found = [
        (begins, ends, np.full(begins.size, sign, dtype=np.intp))
        for sign in (1, -1)
        for begins, ends in [_one_sided(_parted(sign * record, quiet, doubt), seen, quiet)]
    ]
    begins, ends, signs = (np.concatenate(part) for part in zip(*found, strict=True))
    order = np.argsort(begins, kind="stable")
    begins, ends, signs = begins[order], ends[order], signs[order]
    lengths = ends - begins - 1
    stray = (lengths <= _STRAY_SAMPLES) & (float(np.median(lengths)) >= _STEADY_SAMPLES if lengths.size else False)
    return begins[~stray], ends[~stray], signs[~stray]


def _parted(record: Samples, quiet: float, doubt: float) -> Samples:
    """Return the record with a zero where one phase touches the next of the same sign.

    A rectified sine passes zero between two samples, none of which need be quiet. So a deep dip counts as zero where
    the flatter of its slopes could reach it within one sampling interval.

    Raises:
        NotMeasurable: a dip that misses this by as little as dips of one waveform differ from one another.
    """
    high = record >= _DIP * float(record.max())
    change = np.diff(np.concatenate(([False], high, [False])).astype(np.int8))
    begins, ends = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    if begins.size <= 1:
        return record
    peaks = np.maximum.reduceat(record, begins)
    lowest = np.minimum.reduceat(record, np.minimum(ends, record.size - 1))[:-1]
    beside = np.minimum(peaks[1:], peaks[:-1])
    deep = (lowest > quiet) & (beside >= _DEEP * lowest) & (beside >= lowest + 4 * doubt)
    found = record.copy()
    for dip in np.flatnonzero(deep):
        at = int(ends[dip]) + int(np.argmin(record[ends[dip] : begins[dip + 1]]))
        before, after = record[max(at - 2, 0) : at], record[at + 1 : at + 3]
        slope = min(abs(float(before[0] - before[-1])), abs(float(after[-1] - after[0])))
        least = float(record[at]) - slope - doubt
        if least <= quiet:
            found[at] = 0.0
        elif least - slope - 2 * doubt <= quiet:
            raise NotMeasurable("the current dips so near to zero that nobody can tell whether a phase ends there")
    return found


def _one_sided(record: Samples, seen: float, quiet: float) -> tuple[Indices, Indices]:
    """Return the quiet samples before and after every positive phase: hysteresis between `quiet` and `seen`.

    A phase at the record's edge has that edge's sample instead.
    """
    known = np.flatnonzero((record >= seen) | (record <= quiet))
    active = record[known] >= seen
    change = np.diff(np.concatenate(([False], active, [False])).astype(np.int8))
    enters, leaves = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    begins = np.where(enters > 0, known[enters - 1], 0)
    ends = np.where(leaves < known.size, known[np.minimum(leaves, known.size - 1)], record.size - 1)
    return begins, ends


def _measured(whole: Integral, moved: Samples, rest: float, extents: _Extents) -> Phases:
    """Measure amplitude and instants of phases whose extents are known: by their peaks, then by their plateaus."""
    height = extents.largest(moved)
    uneven = whole.floor.sample + 2 * _steepest(moved, extents)
    cut = ~extents.ended(moved)
    (start, stop), _ = _instants(moved, whole.floor, extents, height / 2, uneven / 2)
    level, bound, flat = _plateau(whole, start, stop, cut)
    amplitude = np.where(flat, np.minimum(np.abs(level - rest), height), height)
    shift = (np.where(flat, bound, uneven) + whole.floor.bias) / 2
    (start, stop), doubts = _instants(moved, whole.floor, extents, amplitude / 2, shift)
    level, bound, still = _plateau(whole, start, stop, cut)
    flat &= still
    fallen = extents.signs * moved[extents.ends] < amplitude / 2
    return Phases(
        integral=whole,
        moved=moved,
        rest=rest,
        sign=extents.signs,
        begin=extents.begins.astype(np.float64),
        end=extents.ends.astype(np.float64),
        start=start,
        stop=stop,
        start_doubt=doubts[0],
        stop_doubt=doubts[1],
        amplitude=np.where(flat, level, extents.signs * height + rest),
        amplitude_bound=np.where(flat, bound, uneven),
        flat=flat,
        begun=extents.begun(moved) & (flat | fallen),
        whole=extents.begun(moved) & ~cut,
    )


@dataclass(frozen=True, slots=True)
class _Extents:
    """The last quiet sample before each phase, the first one after it, and its sign; arrays of shape (k,)."""

    begins: Indices
    ends: Indices
    signs: Indices

    def largest(self, moved: Samples) -> Samples:
        """Return the largest sample of each phase in its own direction, as a magnitude."""
        bounds = np.stack((self.begins, self.ends), axis=1).ravel()
        upper, lower = np.maximum.reduceat(moved, bounds)[::2], np.minimum.reduceat(moved, bounds)[::2]
        # A phase that the record cuts is active at its last sample too.
        return np.asarray(np.maximum(np.where(self.signs > 0, upper, -lower), self.signs * moved[self.ends]))

    def passages(self, moved: Samples, *levels: Samples) -> list[tuple[Indices, Indices]]:
        """Return the first and last sample of each phase beyond its level; where none is, its far and near end."""
        lengths = self.ends - self.begins + 1
        owner = np.repeat(np.arange(self.signs.size), lengths)
        index = np.arange(owner.size) + np.repeat(self.begins - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths)
        magnitude, each = self.signs[owner] * moved[index], np.arange(self.signs.size)
        found = []
        for level in levels:
            beyond = np.flatnonzero(magnitude >= level[owner])
            heads, tails = (np.searchsorted(owner[beyond], each, side=side) for side in ("left", "right"))
            places = np.append(index[beyond], 0)
            none = heads == tails
            found.append((np.where(none, self.ends, places[heads]), np.where(none, self.begins, places[tails - 1])))
        return found

    def begun(self, moved: Samples) -> Mask:
        """Say which phases begin in the record."""
        return np.asarray((self.begins > 0) | (self.signs * moved[self.begins] <= 0))

    def ended(self, moved: Samples) -> Mask:
        """Say which phases end in the record."""
        return np.asarray((self.ends < moved.size - 1) | (self.signs * moved[self.ends] <= 0))


def _steepest(moved: Samples, extents: _Extents) -> Samples:
    """Return the largest bend (second difference) in each phase: by so much its peak may lie between two samples."""
    bends = np.abs(np.diff(moved, n=2, prepend=moved[:1], append=moved[-1:]))
    bounds = np.stack((extents.begins, extents.ends), axis=1).ravel()
    return np.asarray(np.maximum.reduceat(bends, bounds)[::2], dtype=np.float64)


def _instants(
    moved: Samples, floor: Floor, extents: _Extents, reference: Samples, shift: Samples
) -> tuple[tuple[Samples, Samples], tuple[Samples, Samples]]:
    """Return where each phase first and last passes its reference level, and the bounds of both.

    `shift` is what each reference level may be wrong by.
    """
    signs, lengths = extents.signs, extents.ends - extents.begins + 1
    lower, middle, upper = extents.passages(moved, reference - floor.sample, reference, reference + floor.sample)
    found, doubts = [], []
    for side, towards in ((0, -1), (1, 1)):
        instant, bent, slope = _crossing(moved, middle[side], towards=towards, signs=signs, reference=reference)
        away, back = towards * (lower[side] - instant) + 1, towards * (instant - upper[side])
        # On a slow edge noise is steeper than the waveform: then only surely below and surely above count, and what
        # one sample's error takes between them says how long the level's error takes.
        slow = np.maximum(away, back)
        slowly = slow + slow * (shift / max(floor.sample, _LEAST))
        doubt = np.where(away + back > _SLOW_SAMPLES, slowly, bent + (floor.sample + shift) / slope)
        found.append(instant)
        # However noisy, an instant lies within its phase; the last bits of its place in the record are rounding.
        doubts.append(np.minimum(doubt, lengths) + _LAST_BITS * moved.size)
    return (found[0], found[1]), (doubts[0], doubts[1])


def _crossing(
    moved: Samples, inside: Indices, *, towards: int, signs: Indices, reference: Samples
) -> tuple[Samples, Samples, Samples]:
    """Interpolate between each sample `inside` a phase and its neighbour outside.

    Returns:
        The instants; what the waveform's bends may add; its slope there, for each sampling interval. A waveform that
        bends by a share s of the amplitude within the interval is at most s/2 of it away from the straight line.
    """
    last = moved.size - 1
    beyond, outside, deeper = (np.clip(inside + step * towards, 0, last) for step in (2, 1, -1))
    far, low, high, top = (signs * moved[index] for index in (beyond, outside, inside, deeper))
    step = np.maximum(high - low, _LEAST_STEP * reference)
    part = np.clip((high - reference) / step, 0.0, 1.0)
    bends = np.maximum(np.abs(high - 2 * low + far), np.abs(top - 2 * high + low))
    bent = 0.5 * np.minimum(np.minimum(step, bends) / (2 * reference), 1.0)
    return inside + towards * part, bent, np.maximum(step, (top - far) / 3)


def _plateau(whole: Integral, start: Samples, stop: Samples, cut: Mask) -> tuple[Samples, Samples, Mask]:
    """Return the mean of each phase's middle half, the bound of its error, and whether it is level there.

    Twice the difference to the mean of the middle quarter is in the bound: a top that is short bends at either end. A
    phase that the record's end cuts may go on rising: twice the difference between its quarters is in its bound, and
    what noise could hide of that speaks against a plateau, not for it.
    """
    quarter = np.maximum((stop - start) / 4, np.finfo(np.float64).eps)
    early, early_bound = whole.between(start + quarter, start + 2 * quarter)
    late, late_bound = whole.between(start + 2 * quarter, stop - quarter)
    level, bound = (early + late) / (2 * quarter), (early_bound + late_bound) / (2 * quarter)
    change, doubt = np.abs(early - late) / quarter, np.where(cut, -2, 2) * bound
    flat = (quarter >= _LEAST_QUARTER) & (change <= _FLAT * np.abs(level) + doubt)
    inner = whole.between(start + 1.5 * quarter, stop - 1.5 * quarter)[0] / quarter
    flat &= np.abs(inner - level) <= _CURVED * np.abs(level) + 2 * bound
    bound = bound + 2 * np.abs(inner - level) + np.where(cut, 2 * change, 0.0)
    return level, bound, flat
