"""Integrals of a sampled waveform, each with what sampling, codes and noise may have added to it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.waveform.samples import resolution

if TYPE_CHECKING:
    from harness.waveform.samples import Samples

NOISE_REACH = 4.0
"""Standard deviations of noise that a bound allows for: exceeded once in 16 000 normal readings."""

_MAD_TO_SIGMA = 1.4826
_SECOND_DIFFERENCE = math.sqrt(6.0)
_LAG = 2
_CODES = 3.0
_FEWEST_CODES = 4
_CODES_ASSUMED = 20.0
_OFF_CODE = 0.1
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

        A normal noise s before a quantiser of step q leaves at most q/pi exp(-2 (pi s / q)^2) (Widrow and Kollár,
        Quantization Noise, 2008, ch. 9 and app. G: the first term of the series of the mean). The noise of the
        record contains the quantiser's own q^2/12, which is taken off first.
        """
        if not self.code > 0:
            return 0.0
        dither = max(self.noise**2 - self.code**2 / 12, 0.0) / self.code**2
        return min(0.5, 1.1 / math.pi * math.exp(-2 * math.pi**2 * dither)) * self.code

    @property
    def sample(self) -> float:
        """Largest error of one sample."""
        return NOISE_REACH * self.noise + 0.5 * self.code

    def mean_of(self, count: float) -> float:
        """Return the largest error of a mean of `count` samples."""
        return self.bias + NOISE_REACH * self.noise / math.sqrt(max(count, 1.0))


def code_of(record: Samples) -> float:
    """Return the step between codes: the smallest one, if all others are whole multiples of it; otherwise 0.

    A record of two or three values shows no step of codes, only its levels; a twentieth of its range is then assumed.
    """
    smallest = resolution(record)
    if not smallest > 0:
        return 0.0
    codes = np.unique(record)
    if codes.size < _FEWEST_CODES:
        return min(smallest, float(codes[-1] - codes[0]) / _CODES_ASSUMED)
    steps = (codes - codes[0]) / smallest
    return smallest if bool(np.all(np.abs(steps - np.round(steps)) <= _OFF_CODE)) else 0.0


def floor_of(record: Samples) -> Floor:
    """Estimate noise and code of a record.

    The noise is taken from second differences two samples apart: edges are too few to count in their median, a slope
    leaves none, and a scope that repeats samples in pairs does not hide it. A sine of fewer than about 50 samples a
    period counts as noise in part, which makes bounds wider, never narrower.
    """
    code = code_of(record)
    bends = np.abs(record[2 * _LAG :] - 2 * record[_LAG:-_LAG] + record[: -2 * _LAG])
    noise = _MAD_TO_SIGMA * float(np.median(bends)) / _SECOND_DIFFERENCE
    small = bends[bends <= _CODES * code]
    if code > 0 and small.size:
        noise = max(noise, float(np.sqrt(np.mean(small**2))) / _SECOND_DIFFERENCE)
    return Floor(noise, code)


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

        The bound is the rule's own error (`sampling_doubt`), 4 sigma of the noise of so many samples, what codes
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
    steps = np.abs(np.diff(record))
    bends = np.abs(np.diff(record, n=2))
    larger = np.maximum(np.concatenate(([0.0], bends)), np.concatenate((bends, [0.0])))
    missed = np.minimum(steps, larger)
    explained = NOISE_REACH * _SECOND_DIFFERENCE * floor.noise + (2.0 * floor.code if floor.code else 0.0)
    return np.asarray(np.where(missed > explained, missed, 0.0) / 2, dtype=np.float64)
