"""Integrals of a sampled waveform, each with what sampling, codes and noise may have added to it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.waveform.samples import smallest_step

if TYPE_CHECKING:
    from harness.waveform.samples import Indices, Samples

NOISE_REACH = 5.0
"""Standard deviations of noise that a bound allows for.

Four are exceeded once in 16 000 normal readings; a quarter more as the noise is estimated from the record itself.
"""

_QUARTER = 0.3186
"""Lower quartile of the magnitude of a normal variable, in standard deviations."""

_COLOURED = 3.0
_PAIRED = 0.9
_FEWEST_PAIRED = 32
_SECOND_DIFFERENCE = math.sqrt(6.0)
_CODES = 3.0
_ENOUGH = 500_000
_FEW_VALUES = 16
_FEWEST_CODES = 6
_FILLED = 0.6
_SCATTERED = 3.0
_CODES_ASSUMED = 20.0
_MOST_PARTS = 20
_OFF_CODE = 0.1
_LEAST_DITHER = 0.2
"""Variance in square codes; below it the noise of a coded record cannot be told well enough for the series."""

_SERIES_MARGIN = 2.0

_ROUNDING = 4 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True, slots=True)
class Floor:
    """What hides in every sample of a record, in the unit of its samples.

    Attributes:
        noise: standard deviation of white noise.
        code: step between two codes, 0 where none can be seen.
    """

    noise: float
    code: float

    @property
    def bias(self) -> float:
        """What rounding to codes leaves in a mean of many samples: half a code, less where noise dithers it.

        Normal noise of s codes before a quantiser leaves at most the sum over k of exp(-2 (pi k s)^2) / (pi k) codes
        (Widrow and Kollár, Quantization Noise, 2008, ch. 9 and app. G). The noise of the record contains the
        quantiser's own twelfth of a square code, which is taken off first.
        """
        if not self.code > 0:
            return 0.0
        dither = (self.noise / self.code) ** 2 - 1 / 12
        if dither < _LEAST_DITHER:
            return 0.5 * self.code
        series = sum(math.exp(-2 * (math.pi * k) ** 2 * dither) / (math.pi * k) for k in (1, 2, 3))
        return _SERIES_MARGIN * series * self.code

    @property
    def sample(self) -> float:
        """Largest error of one sample."""
        return NOISE_REACH * self.noise + 0.5 * self.code

    def mean_of(self, count: float) -> float:
        """Return the largest error of a mean of `count` samples."""
        return self.bias + NOISE_REACH * self.noise / math.sqrt(max(count, 1.0))


def code_of(record: Samples) -> float:
    """Return the step between codes of a record, by `code_among` its values; 0 where there is none."""
    return code_among(np.unique(thinned(record)))


def code_among(values: Samples) -> float:
    """Return the step between codes: the largest one of which all values are whole multiples, 0 where there is none.

    Steps looked for are the smallest between two values and its halves, thirds and so on to its twentieth; values may
    be off a multiple by a tenth of it, as files round decimals, but not scattered about it. Few values that do not
    stand side by side (the levels of a record without noise, and a few samples on edges) may have been rounded without
    showing their step: it is taken as the smallest, or as a twentieth of the range if that is less.

    Args:
        values: of a record, each once, in order.
    """
    smallest = smallest_step(values)
    if not smallest > 0:
        return 0.0
    values = values - values[0]
    if values.size <= _FEW_VALUES and not _side_by_side(values / smallest):
        return min(smallest, float(values[-1]) / _CODES_ASSUMED)
    for parts in range(1, _MOST_PARTS + 1):
        steps = values * (parts / smallest)
        whole = np.round(steps)
        if np.all(np.abs(steps - whole) <= _OFF_CODE):
            return smallest / parts if values.size <= _SCATTERED * np.unique(whole).size else 0.0
    return 0.0


def thinned(values: Samples) -> Samples:
    """Return half a million values of a longer record: enough for what it is made of."""
    return values[_some(values.size)]


def _some(count: int) -> Indices | slice:
    """Return which of so many values to look at: one of each stretch, at no fixed place, lest pulses beat with it."""
    step = -(-count // _ENOUGH)
    if step <= 1:
        return slice(None)
    begins = np.arange(0, count - step + 1, step)
    return begins + np.random.default_rng(0).integers(0, step, begins.size)


def _bends(record: Samples, lag: int) -> Samples:
    """Return magnitudes of second differences between samples `lag` apart."""
    at = _some(record.size - 2 * lag)
    before, here, after = record[: -2 * lag][at], record[lag:-lag][at], record[2 * lag :][at]
    return np.asarray(np.abs(after - 2 * here + before), dtype=np.float64)


def _side_by_side(steps: Samples) -> bool:
    """Say whether values are whole multiples of a step and most multiples occur: codes, beyond doubt."""
    whole = np.round(steps)
    filled = np.unique(whole).size
    close = bool(np.all(np.abs(steps - whole) <= _OFF_CODE))
    return close and filled >= _FEWEST_CODES and filled >= _FILLED * (whole[-1] + 1)


def floor_of(record: Samples) -> Floor:
    """Estimate noise and code of a record.

    The noise is taken from the lower quarter of second differences, which a slope does not touch and in which edges do
    not count. Those two samples apart are used, as noise of a limited bandwidth hides from neighbours, unless pulses
    are so short that they fill them. Where the waveform bends everywhere (a sine of few samples a period) it counts as
    noise in part: bounds get wider by that, never narrower. Of samples that an instrument repeated in pairs two count
    as one, so that their noise stands for root 2 of itself in sums.
    """
    code, single = code_of(record), _unpaired(record)
    near, far = _bends(single, 1), _bends(single, 2)
    noise, wider = (float(np.quantile(bends, 0.25)) / (_QUARTER * _SECOND_DIFFERENCE) for bends in (near, far))
    noise = wider if wider <= _COLOURED * noise else noise
    small = near[near <= _CODES * code]
    if code > 0 and small.size:
        noise = max(noise, float(np.sqrt(np.mean(small**2))) / _SECOND_DIFFERENCE)
    return Floor(noise * (1.0 if single is record else math.sqrt(2)), code)


def _unpaired(record: Samples) -> Samples:
    """Return every other sample of a record in which an instrument repeated each one."""
    same = np.diff(record) == 0
    even, odd = float(np.mean(same[::2])), float(np.mean(same[1::2]))
    if max(even, odd) < _PAIRED or min(even, odd) > 1 - _PAIRED / 2 or record.size < _FEWEST_PAIRED:
        return record
    return record[::2] if even > odd else record[1::2]


@dataclass(frozen=True, slots=True)
class Integral:
    """The running integral of a record by the trapezoidal rule; times in sample intervals.

    Attributes:
        record: the samples, shape (n,).
        running: integral from the first sample to each one, shape (n,).
        doubt: running bound of the rule's own error, shape (n,).
        floor: noise and code of the record.
    """

    record: Samples
    running: Samples
    doubt: Samples
    floor: Floor

    def times(self, factor: float) -> Integral:
        """Return the integral of the record times a positive factor."""
        floor = Floor(self.floor.noise * factor, self.floor.code * factor)
        return Integral(self.record * factor, self.running * factor, self.doubt * factor, floor)

    def at(self, instants: Samples) -> Samples:
        """Return the integral from the record's start to each instant, the waveform straight between samples."""
        left = np.clip(np.floor(instants).astype(np.intp), 0, self.record.size - 2)
        part = instants - left
        first, second = self.record[left], self.record[left + 1]
        return np.asarray(self.running[left] + part * (first + (second - first) * part / 2), dtype=np.float64)

    def between(self, begins: Samples, ends: Samples) -> tuple[Samples, Samples]:
        """Return the integral over each stretch, and the bound of its error; all of shape (k,).

        The bound is the rule's own error (`sampling_doubt`), 5 sigma of the noise of so many samples, what codes
        leave, and floating-point rounding of the running sum.
        """
        lengths = ends - begins
        values = self.at(ends) - self.at(begins)
        first = np.clip(np.floor(begins).astype(np.intp), 0, self.doubt.size - 1)
        last = np.clip(np.ceil(ends).astype(np.intp), 0, self.doubt.size - 1)
        noise = NOISE_REACH * self.floor.noise * np.sqrt(np.maximum(lengths, 1.0))
        rounding = _ROUNDING * self.record.size * float(np.abs(self.record).max())
        return values, self.doubt[last] - self.doubt[first] + noise + self.floor.bias * lengths + rounding


def integral(record: Samples, floor: Floor) -> Integral:
    """Integrate a record from its first sample on."""
    steps = (record[1:] + record[:-1]) / 2
    doubt = np.concatenate(([0.0], np.cumsum(sampling_doubt(record, floor))))
    return Integral(record, np.concatenate(([0.0], np.cumsum(steps))), doubt, floor)


def sampling_doubt(record: Samples, floor: Floor) -> Samples:
    """Return, for each interval, what the trapezoidal rule may miss of a waveform between two samples; shape (n - 1,).

    Half the interval times the smaller of two: the step between the samples (a waveform that is monotonic between
    them lies within the rectangle that they span) and the larger bend at either of them (second difference; a
    waveform that is convex there lies between its chord and the continuation of its neighbours). So a step inside
    one interval of an amplitude A counts A/2 intervals, and a linear transition over m samples at most 2 A/m. Bends
    that noise and codes explain are left out: they are in the noise's own term.
    """
    steps = np.diff(record)
    bends = np.abs(np.diff(steps))
    larger = np.zeros(steps.size)
    larger[1:] = bends
    np.maximum(larger[:-1], bends, out=larger[:-1])
    missed = np.minimum(np.abs(steps, out=steps), larger, out=larger)
    explained = NOISE_REACH * _SECOND_DIFFERENCE * floor.noise + (2.0 * floor.code if floor.code else 0.0)
    missed[missed <= explained] = 0.0
    missed /= 2
    return missed
