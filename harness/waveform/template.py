"""A waveform against a template (least squares) and against a mask (limits over the phase of a period)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable, RequestError
from harness.quantity import finite
from harness.waveform.integral import NOISE_REACH, Floor, floor_of
from harness.waveform.parameter import Estimate
from harness.waveform.survey import as_samples

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from harness.waveform.samples import Indices, Samples

_ROUNDS = 30
_CONVERGED = 1e-9
_EXPLAINED = 1.1
_LEAST_RISE = 1e-9
_ASCENDING = "the phases of a mask ascend from 0 to 1"


@dataclass(frozen=True, slots=True)
class Match:
    """How a record follows a template: record(t) = gain * template(t - delay) + offset + residual.

    Attributes:
        gain: of the template.
        offset: in the unit of the record.
        delay: of the template's first sample from the record's first sample, in sample intervals.
        residual_rms: root mean square of what is left, in the unit of the record.
        residual_max: largest magnitude of what is left.
    """

    gain: Estimate
    offset: Estimate
    delay: Estimate
    residual_rms: Estimate
    residual_max: Estimate


@dataclass(frozen=True, slots=True)
class Mask:
    """Limits over the phase of a period, straight between their points.

    Attributes:
        phase: ascending from 0 to 1, shape (m,).
        lower: lower limits, in the unit of the record, shape (m,).
        upper: upper limits, shape (m,).
    """

    phase: Samples
    lower: Samples
    upper: Samples

    def __post_init__(self) -> None:
        sizes = {self.phase.size, self.lower.size, self.upper.size}
        if len(sizes) != 1 or self.phase.size < 2:  # noqa: PLR2004 - from 0 to 1 are two points
            raise RequestError(f"a mask has two points at least, and as many limits as phases; got {sorted(sizes)}")
        if not np.isfinite(np.concatenate((self.phase, self.lower, self.upper))).all():
            raise RequestError("a mask has finite numbers only")
        if self.phase[0] != 0 or self.phase[-1] != 1 or np.any(np.diff(self.phase) < 0):
            raise RequestError(f"{_ASCENDING}; got {self.phase[0]:g} to {self.phase[-1]:g}")
        if np.any(self.lower > self.upper):
            worst = int(np.argmax(self.lower - self.upper))
            raise RequestError(f"the lower limit is above the upper one at phase {self.phase[worst]:g}")


@dataclass(frozen=True, slots=True)
class MaskResult:
    """A record against a mask.

    Attributes:
        share_outside: of all samples compared; the bound is the share of samples nearer to a limit than their error.
        worst_excursion: largest distance beyond a limit; negative where every sample is inside, then the smallest
            margin; in the unit of the record.
        worst_phase: where in the period that is, 0 to 1.
        worst_sample: index of that sample.
    """

    share_outside: Estimate
    worst_excursion: Estimate
    worst_phase: float
    worst_sample: int

    @property
    def is_inside(self) -> bool | None:
        """Whether the whole record is within its limits; None where its error bound leaves that open."""
        worst = self.worst_excursion
        return True if worst.value + worst.bound <= 0 else False if worst.value - worst.bound > 0 else None


def match_template(samples: ArrayLike, template: ArrayLike) -> Match:
    """Fit gain, offset and delay of a template to a record by least squares.

    The delay starts where the normalised correlation is largest and is refined by Gauss-Newton, the template straight
    between its samples. A template of an inverted waveform gives a negative gain.

    Args:
        samples: the record, shape (n,).
        template: shape (m,), m at most n, at the record's sampling interval.

    Raises:
        NotFinite: a sample is no finite number.
        NotMeasurable: a template longer than the record, one without a shape, or nothing like it in the record.
    """
    record, shape = as_samples(samples), as_samples(template)
    if shape.size > record.size:
        raise NotMeasurable(f"the template has {shape.size} samples, the record only {record.size}")
    if not float(np.ptp(shape)) > _LEAST_RISE * float(np.abs(shape).max()):
        raise NotMeasurable("the template is a constant: it has no shape to find")
    delay, gain, offset = _refined(record, shape, float(_best_lag(record, shape)))
    index, shifted, slope = _shifted(shape, record.size, delay)
    residual = record[index] - gain * shifted - offset
    return _matched(floor_of(record), shape, slope, residual, (gain, offset, delay))


def compare_mask(samples: ArrayLike, mask: Mask, *, period: float, begin: float = 0.0) -> MaskResult:
    """Compare a record with limits over its period.

    Args:
        samples: the record, shape (n,).
        mask: the limits.
        period: in sample intervals; the length of the record for a single event.
        begin: instant of phase 0, in sample intervals from the first sample.

    Raises:
        NotFinite: a number is none.
        RequestError: a period that is not above zero.
        NotMeasurable: fewer than eight samples.
    """
    record = as_samples(samples)
    if not finite("the period of a mask", period) > 0:
        raise RequestError(f"the period of a mask is {period:g} samples; it must be above zero")
    phase, beyond = beyond_limits(record, mask, period, finite("the begin of a mask", begin))
    worst, doubt = int(np.argmax(beyond)), floor_of(record).sample
    return MaskResult(
        share_outside=Estimate(float(np.mean(beyond > 0)), float(np.mean(np.abs(beyond) <= doubt)) if doubt else 0.0),
        worst_excursion=Estimate(float(beyond[worst]), doubt),
        worst_phase=float(phase[worst]),
        worst_sample=worst,
    )


def beyond_limits(record: Samples, mask: Mask, period: float, begin: float) -> tuple[Samples, Samples]:
    """Return the phase of each sample, and how far it lies beyond the nearer limit there; negative inside."""
    phase = np.asarray(((np.arange(record.size) - begin) / period) % 1.0, dtype=np.float64)
    lower, upper = (np.interp(phase, mask.phase, limit) for limit in (mask.lower, mask.upper))
    return phase, np.asarray(np.maximum(record - upper, lower - record), dtype=np.float64)


def _best_lag(record: Samples, shape: Samples) -> int:
    """Return the whole delay at which the normalised correlation has its largest magnitude."""
    about = shape - shape.mean()
    size = 1 << (record.size + shape.size - 1).bit_length()
    centred = record - record.mean()
    spectrum = np.fft.rfft(centred, size) * np.conj(np.fft.rfft(about, size))
    product = np.fft.irfft(spectrum, size)[: record.size - shape.size + 1]
    sums = np.concatenate(([0.0], np.cumsum(centred)))
    squares = np.concatenate(([0.0], np.cumsum(centred**2)))
    count = shape.size
    power = (squares[count:] - squares[:-count]) - (sums[count:] - sums[:-count]) ** 2 / count
    largest = float(power.max())
    if not largest > 0:
        raise NotMeasurable("the record is constant: it holds nothing like the template")
    return int(np.argmax(product**2 / np.maximum(power, 1e-6 * largest)))


def _shifted(shape: Samples, size: int, delay: float) -> tuple[Indices, Samples, Samples]:
    """Return the record's indices under the template, the template there, and its slope there."""
    first, last = max(0, math.ceil(delay)), min(size - 1, math.floor(delay + shape.size - 1))
    index = np.arange(first, last + 1)
    place = index - delay
    left = np.clip(np.floor(place).astype(np.intp), 0, shape.size - 2)
    slope = shape[left + 1] - shape[left]
    return index, shape[left] + (place - left) * slope, slope


def _refined(record: Samples, shape: Samples, delay: float) -> tuple[float, float, float]:
    """Return delay, gain and offset by Gauss-Newton with a step of at most one sample."""
    gain, offset, best = 0.0, 0.0, math.inf
    found = (delay, gain, offset)
    for _ in range(_ROUNDS):
        index, shifted, slope = _shifted(shape, record.size, delay)
        if index.size < shape.size // 2:
            break
        line = np.stack((shifted, np.ones(index.size)), axis=1)
        (gain, offset), *_ = np.linalg.lstsq(line, record[index], rcond=None)
        residual = record[index] - gain * shifted - offset
        cost = float(np.mean(residual**2))
        if cost < best:
            best, found = cost, (delay, float(gain), float(offset))
        design = np.stack((shifted, np.ones(index.size), -gain * slope), axis=1)
        change = float(np.linalg.lstsq(design, record[index], rcond=None)[0][2]) if gain else 0.0
        step = min(max(change, -1.0), 1.0)
        if abs(step) < _CONVERGED:
            break
        delay += step
    return found


def _matched(
    floor: Floor, shape: Samples, slope: Samples, residual: Samples, fitted: tuple[float, float, float]
) -> Match:
    """Return a match with its bounds: noise, codes, and a template that is straight between its samples."""
    gain, offset, delay = fitted
    count = residual.size
    power = max(float(np.var(shape)) * count, np.finfo(np.float64).tiny)
    steep = max(float(slope @ slope), np.finfo(np.float64).tiny)
    rms, largest = float(np.sqrt(np.mean(residual**2))), float(np.abs(residual).max())
    # What noise and codes do not explain may lie along a column of the fit, all of it.
    systematic = math.sqrt(max(rms**2 - (_EXPLAINED * floor.noise) ** 2 - floor.code**2 / 12, 0.0))
    spread = systematic * math.sqrt(count)
    bent = abs(gain) * float(np.abs(np.diff(shape, n=2)).max()) / 2
    gain_bound = _pull(floor, count, power) + min(spread / math.sqrt(power), abs(gain))
    slip = (NOISE_REACH * floor.noise + floor.bias * math.sqrt(count) + spread) / (abs(gain) * math.sqrt(steep))
    return Match(
        gain=Estimate(gain, gain_bound),
        offset=Estimate(offset, floor.mean_of(count) + systematic + gain_bound * abs(float(shape.mean()))),
        delay=Estimate(delay, min(slip, float(count)) if gain else float(count)),
        residual_rms=Estimate(rms, min(rms, NOISE_REACH * floor.noise / math.sqrt(2 * count) + floor.bias + bent)),
        residual_max=Estimate(largest, min(largest, floor.sample + bent)),
    )


def _pull(floor: Floor, count: int, power: float) -> float:
    """Return what noise and codes do to a gain."""
    return (NOISE_REACH * floor.noise + floor.bias * math.sqrt(count)) / math.sqrt(power)
