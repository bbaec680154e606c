"""How a state goes on after its transition: settling, droop, tilt (IEEE Std 181-2011, 3; IEC 60469:2013, 3)."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.waveform import bounds
from harness.waveform.parameter import Estimate
from harness.waveform.survey import BLOCK, ranges
from harness.waveform.transitions import crossing

if TYPE_CHECKING:
    from harness.waveform.samples import Samples
    from harness.waveform.survey import Survey

_DROOP_ORDER = 3
_SEGMENTS = 256
_LEFT_OUT = 0.05
_LEAST_TOP = 8


@dataclass(frozen=True, slots=True)
class Top:
    """The smooth course of a pulse top, carried on to the mid-level instants of its pulse.

    Attributes:
        first: of a cubic, where the pulse begins.
        last: of the same, where it ends.
        change: of a straight line from begin to end, positive downwards.
        bend: by how much a parabola has another fall: what the order of the curve may matter.
        noise_gain: noise of the fall (first - last) for a noise of 1 in each sample.
        code_gain: error of the fall for an error of up to 1 in each sample.
        line_noise_gain: noise of the line's change for a noise of 1 in each sample.
        line_code_gain: error of the line's change for an error of up to 1 in each sample.
    """

    first: float
    last: float
    change: float
    bend: float
    noise_gain: float
    code_gain: float
    line_noise_gain: float
    line_code_gain: float


def settling_instant(record: Samples, level: float, tolerance: float) -> float:
    """Return when the waveform enters `level` ± `tolerance` for good, in samples from the record's start.

    Raises:
        NotMeasurable: it does not stay there by the end of the record.
    """
    return settled(ranges(record), 0, record.size, level, tolerance)[0]


def settled(found: Survey, start: int, stop: int, level: float, tolerance: float) -> tuple[float, float]:
    """Return when a stretch enters `level` ± `tolerance` for good, and how far curvature may have moved that instant.

    Both are in samples, the instant from the record's start.

    Raises:
        NotMeasurable: it does not stay there by the end of the stretch.
    """
    last = _last_outside(found, start, stop, level - tolerance, level + tolerance)
    if last is None:
        return float(start), 0.0
    if last == stop - 1:
        raise NotMeasurable("the waveform has not settled by the end of the record or pulse")
    around = np.clip(np.arange(last - 2, last + 4), max(start, 0), stop - 1)
    away = found.record[around] - level
    away = away if away[2] > 0 else -away
    fraction, error, _ = crossing(away[None, :], np.array([2]), tolerance)
    return last + float(fraction[0]), float(error[0])


def settling(found: Survey, start: int, stop: int, level: float, tolerance: float, *, uncertain: float) -> Estimate:
    """Return the instant of settling with its bound, in samples; `uncertain` is how wrong level and samples may be.

    The bound is how far the instant moves when the tolerance is narrower or wider by that much: another lobe of a
    ringing may then touch it.

    Raises:
        NotMeasurable: it does not settle by the end of the stretch, or half of the tolerance is uncertain.
    """
    if uncertain >= tolerance / 2:
        raise NotMeasurable("noise, resolution or an uncertain level hide when the waveform settles to this band")
    instant, error = settled(found, start, stop, level, tolerance)
    late, late_error = settled(found, start, stop, level, tolerance - uncertain)
    early, early_error = settled(found, start, stop, level, tolerance + uncertain)
    return Estimate(instant, max(late - instant + late_error, instant - early + early_error, error))


def droop_percent(plateau: Samples) -> float:
    """Return how much a pulse top sags from its first to its last sample, in per cent of the first.

    A cubic through all samples averages the noise and follows an exponential droop below 20 % to 0.001 %.

    Raises:
        NotMeasurable: fewer samples than a cubic needs, or a plateau that begins at zero.
    """
    if plateau.size <= _DROOP_ORDER:
        raise NotMeasurable("a droop needs at least four samples of the plateau")
    curve = top(plateau, 0.0, plateau.size - 1.0, 0.0)
    if not abs(curve.first) > 0:
        raise NotMeasurable("the plateau begins at zero: a share of it has no meaning")
    return 100.0 * (curve.first - curve.last) / curve.first


def top(record: Samples, begin: float, end: float, margin: float) -> Top:
    """Fit the top of a pulse between its mid-level instants, `margin` samples at either end left out."""
    first, last = math.ceil(begin + margin), math.floor(end - margin)
    part = record[first : last + 1]
    starts = np.unique(np.linspace(0, part.size, min(part.size, _SEGMENTS) + 1).astype(np.intp))
    sizes = np.diff(starts)
    means = np.add.reduceat(part, starts[:-1]) / sizes
    # Begin and end of the pulse are -1 and 1.
    place = (2 * (first + starts[:-1] + (sizes - 1) / 2) - begin - end) / (end - begin)
    ends = np.polynomial.legendre.legvander(np.array([-1.0, 1.0]), _DROOP_ORDER)
    design = np.polynomial.legendre.legvander(place, _DROOP_ORDER)
    cubic = ends @ np.linalg.pinv(design)
    parabola, line = (ends[:, :order] @ np.linalg.pinv(design[:, :order]) for order in (3, 2))
    fall, straight = cubic[0] - cubic[1], line[0] - line[1]
    at_begin, at_end = (float(each) for each in cubic @ means)
    return Top(
        first=at_begin,
        last=at_end,
        change=float(straight @ means),
        bend=abs(float((parabola[0] - parabola[1]) @ means) - (at_begin - at_end)),
        noise_gain=float(np.sqrt(np.sum(fall**2 / sizes))),
        code_gain=float(np.abs(fall).sum()),
        line_noise_gain=float(np.sqrt(np.sum(straight**2 / sizes))),
        line_code_gain=float(np.abs(straight).sum()),
    )


def top_of_pulse(record: Samples, begin: float, end: float, transition: float) -> Top:
    """Fit the top of a pulse from 5 to 95 % of it, one and a half transition durations from its mid-level at least.

    Raises:
        NotMeasurable: less than half of the pulse, or fewer than eight samples, are left: it has no plateau.
    """
    length = end - begin
    margin = max(_LEFT_OUT * length, 1.5 * transition + 1)
    if length - 2 * margin < max(length / 2, _LEAST_TOP):
        raise NotMeasurable("the pulse has no plateau: its transitions take up too much of it")
    return top(record, begin, end, margin)


def droop_of(curve: Top, base: float, noise: float, code_error: float, level: float) -> Estimate:
    """Return the fall of a pulse top in per cent of where it begins above the base level.

    Raises:
        NotMeasurable: the top begins at the base level.
    """
    height = curve.first - base
    fall = curve.first - curve.last
    error = curve.bend + bounds.COVER * math.sqrt(2) * noise * curve.noise_gain + code_error * curve.code_gain
    bound = bounds.ratio_error(fall, error, height, level + error)
    return Estimate(100 * fall / height, 100 * bound)


def tilt_of(curve: Top, amplitude: float, noise: float, code_error: float, level: float) -> Estimate:
    """Return the fall of a straight line through a pulse top in per cent of the amplitude."""
    error = bounds.COVER * math.sqrt(2) * noise * curve.line_noise_gain + code_error * curve.line_code_gain
    sign = 1 if amplitude > 0 else -1
    bound = bounds.ratio_error(sign * curve.change, error, abs(amplitude), level)
    return Estimate(100 * curve.change / amplitude, 100 * bound)


def _last_outside(found: Survey, start: int, stop: int, low: float, high: float) -> int | None:
    """Return the last sample of a stretch outside a band; only blocks that leave the band are looked at."""
    first, last = start // BLOCK, (stop - 1) // BLOCK + 1
    leaving = np.flatnonzero((found.top[first:last] > high) | (found.bottom[first:last] < low)) + first
    for block in reversed(leaving.tolist()):
        begin = max(start, block * BLOCK)
        part = found.record[begin : min(stop, (block + 1) * BLOCK)]
        outside = np.flatnonzero((part > high) | (part < low))
        if outside.size:
            return begin + int(outside[-1])
    return None
