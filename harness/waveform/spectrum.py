"""Lines in the spectrum: mains and its harmonics, the motor, beside the stimulation's own harmonics.

The record less its mean is transformed under a four-term Blackman-Harris window (F. J. Harris, Proc. IEEE 66, 1978,
table 1: side lobes 92 dB down, main lobe four bins to either side; a bin is one over the record's length). A line's
amplitude is a least-squares fit of the window's own transform to the bins around, together with those harmonics of the
stimulation that lie near: a flat-top estimate at any frequency between bins, in which neighbours do not count.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from harness.errors import NotMeasurable, RequestError
from harness.quantity import finite
from harness.waveform.integral import NOISE_REACH, Floor, floor_of
from harness.waveform.parameter import Estimate
from harness.waveform.samples import as_interval
from harness.waveform.survey import as_samples

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from harness.waveform.samples import Samples

Bins: TypeAlias = "NDArray[np.complex128]"

_TERMS = (0.35875, -0.48829, 0.14128, -0.01168)
_NOISE_BANDWIDTH = 2.0
_LOBE_BINS = 4.0
_REACH_BINS = 16
_JOINT_BINS = 20.0
_FEWEST_PERIODS = 8.0
_HIGHEST = 0.4
_LEAKAGE = 10 ** (-92 / 20)
_SEARCHES = 60
_GOLDEN = (math.sqrt(5) - 1) / 2
_CLOSE_ENOUGH = 1e-5
_RESIDUAL_REACH = 3.0
WANDER = 0.005
"""Share of its frequency by which a line may be off, as of the mains."""

_HIGHEST_ORDER = 100_000


@dataclass(frozen=True, slots=True)
class Spectrum:
    """The windowed transform of a record.

    Attributes:
        bins: from zero to half the sampling frequency, scaled so that a sine on a bin has its peak value there.
        size: number of samples.
        interval_s: between two samples.
        floor: noise and code of the record.
        largest: largest magnitude of the record less its mean.
        variation: sum of all steps from sample to sample that are more than noise and one code.
    """

    bins: Bins
    size: int
    interval_s: float
    floor: Floor
    largest: float
    variation: float

    @property
    def length_s(self) -> float:
        """Reciprocal of the width of a bin."""
        return self.size * self.interval_s


@dataclass(frozen=True, slots=True)
class Line:
    """A sine in the record.

    Attributes:
        frequency_hz: at which it was fitted.
        amplitude: its peak value, in the unit of the samples.
    """

    frequency_hz: float
    amplitude: Estimate


@dataclass(frozen=True, slots=True)
class Own:
    """The stimulation's own frequency, whose harmonics are no interference.

    Attributes:
        frequency_hz: of its whole periods.
        bound_hz: largest error of that.
    """

    frequency_hz: float
    bound_hz: float


def spectrum(samples: ArrayLike, interval_s: float, *, floor: Floor | None = None) -> Spectrum:
    """Transform a record.

    Args:
        samples: the record, shape (n,).
        interval_s: between two samples.
        floor: its noise and code, where they are known already.

    Raises:
        NotFinite: a sample or the interval is no finite number.
        NotMeasurable: fewer than eight samples, or an interval that no instrument has.
    """
    record, interval = as_samples(samples), as_interval(interval_s)
    moved = record - record.mean()
    window = np.zeros(record.size)
    angle = 2 * np.pi * (np.arange(record.size) + 0.5) / record.size
    for order, term in enumerate(_TERMS):
        window += term * np.cos(order * angle)
    bins = np.fft.rfft(moved * window) * (2 / float(window.sum()))
    known = floor or floor_of(record)
    steps = np.abs(np.diff(record))
    variation = float(steps[steps > NOISE_REACH * math.sqrt(2) * known.noise + known.code].sum())
    return Spectrum(bins, record.size, interval, known, float(np.abs(moved).max()), variation)


def line(found: Spectrum, frequency_hz: float, *, within_hz: float = 0.0, own: Own | None = None) -> Line:
    """Measure the amplitude of a line.

    Args:
        found: the record's spectrum.
        frequency_hz: of the line.
        within_hz: the line may lie so far from it (mains wander); the best fit there is taken.
        own: the stimulation's own frequency; its harmonics within twenty bins are fitted together with the line.

    Raises:
        NotFinite: a number is none.
        RequestError: a frequency that is not above zero, or a negative search range.
        NotMeasurable: fewer than eight periods of the line in the record, fewer than 2.5 samples for each of its
            periods, or a harmonic of the stimulation within four bins: it cannot be told from the line.
    """
    if not finite("the frequency of a line", frequency_hz) > 0 or finite("the search range", within_hz) < 0:
        raise RequestError("a line needs a frequency above zero and a search range of zero or more")
    _refuse_unseen(found, frequency_hz, within_hz)
    others = _harmonics_near(found, frequency_hz, within_hz, own)
    places = [order * found.length_s for order in others]
    middle, reach = frequency_hz * found.length_s, within_hz * found.length_s
    at = _best(found, middle, reach, places) if reach > 0 else middle
    amplitude, residual = _fit(found, at, places)
    noise = NOISE_REACH * found.floor.noise * math.sqrt(2 * _NOISE_BANDWIDTH / found.size)
    # What the fit leaves in the bins around (noise, leakage, whatever else is there) is about as large at the line.
    bound = _RESIDUAL_REACH * float(np.abs(residual).max()) + noise + _LEAKAGE * found.largest
    # Rounding to codes may go with the line: a square wave of that size has 4/pi of it as its fundamental.
    bound += 4 / math.pi * found.floor.bias
    if own is not None:
        bound += _aliases(found, at, own)
    return Line(at / found.length_s, Estimate(amplitude, bound))


def strongest_line(found: Spectrum, low_hz: float, high_hz: float, *, own: Own | None = None) -> Line:
    """Measure the strongest line between two frequencies that is no harmonic of the stimulation (a motor's, say).

    Raises:
        NotFinite: a frequency is none.
        RequestError: frequencies that are not ascending from above zero.
        NotMeasurable: nothing lies between them that could be told from the stimulation.
    """
    if not 0 < finite("the lower frequency", low_hz) < finite("the upper frequency", high_hz):
        raise RequestError("a range of frequencies ascends from above zero")
    place = np.arange(found.bins.size)
    allowed = (place >= max(low_hz * found.length_s, _FEWEST_PERIODS + 1)) & (place <= high_hz * found.length_s)
    allowed &= place < _HIGHEST * found.size - 1
    if own is not None:
        pace = own.frequency_hz * found.length_s
        order = np.round(place / pace)
        clear = _LOBE_BINS + 1 + order * own.bound_hz * found.length_s
        allowed &= (np.abs(place - order * pace) > clear) | (order == 0)
    if not allowed.any():
        raise NotMeasurable(
            f"between {low_hz:g} and {high_hz:g} Hz no line can be told from the stimulation in this record"
        )
    best = int(np.argmax(np.where(allowed, np.abs(found.bins), 0.0)))
    return line(found, best / found.length_s, within_hz=0.5 / found.length_s, own=own)


def _refuse_unseen(found: Spectrum, frequency_hz: float, within_hz: float) -> None:
    periods = (frequency_hz - within_hz) * found.length_s
    if periods < _FEWEST_PERIODS:
        raise NotMeasurable(
            f"the record holds {max(periods, 0.0):.3g} periods of a line at {frequency_hz:g} Hz; "
            f"{_FEWEST_PERIODS:g} are the least"
        )
    if (frequency_hz + within_hz) * found.interval_s > _HIGHEST:
        raise NotMeasurable(f"the sampling is too slow for a line at {frequency_hz:g} Hz")


def _harmonics_near(found: Spectrum, frequency_hz: float, within_hz: float, own: Own | None) -> tuple[float, ...]:
    """Return the stimulation's harmonics that are fitted together with a line.

    Raises:
        NotMeasurable: one of them may lie within four bins of it.
    """
    if own is None:
        return ()
    reach = within_hz + _JOINT_BINS / found.length_s
    first = max(1, math.ceil((frequency_hz - reach) / own.frequency_hz))
    orders = range(first, math.floor((frequency_hz + reach) / own.frequency_hz) + 1)
    for order in orders:
        away = abs(order * own.frequency_hz - frequency_hz) - within_hz - order * own.bound_hz
        if away * found.length_s < _LOBE_BINS:
            raise NotMeasurable(
                f"harmonic {order} of the stimulation at {order * own.frequency_hz:.6g} Hz cannot be told from a line "
                f"at {frequency_hz:.6g} Hz; record longer, or at another stimulation frequency"
            )
    return tuple(order * own.frequency_hz for order in orders)


def _aliases(found: Spectrum, place: float, own: Own) -> float:
    """Return what harmonics above half the sampling frequency, folded onto a line, can add to it.

    A harmonic of order k is at most the variation of one period (the sum of all its rises and falls) over pi k, as a
    rectangle's with edges between two samples; phases are not known, so twice the root of the sum of squares.
    """
    pace = own.frequency_hz * found.length_s
    order = np.arange(max(1, math.ceil(found.size / (2 * pace))), _HIGHEST_ORDER)
    folded = np.abs((order * pace + found.size / 2) % found.size - found.size / 2)
    near = order[np.abs(folded - place) < _LOBE_BINS]
    variation = found.variation / pace
    return 2 * float(np.sqrt(np.sum((variation / (np.pi * near)) ** 2)))


def _fit(found: Spectrum, place: float, others: list[float]) -> tuple[float, Bins]:
    """Fit lines at places in bins; return the peak value of the first one, and what is left in the bins around."""
    first = max(1, math.floor(place) - _REACH_BINS)
    bins = np.arange(first, min(found.bins.size, math.ceil(place) + _REACH_BINS + 1))
    offsets = [np.asarray(bins - at, dtype=np.float64) for at in (place, *others)]
    design = np.stack([_transform(offset, found.size) for offset in offsets], axis=1)
    parts, *_ = np.linalg.lstsq(design, found.bins[bins], rcond=None)
    return float(np.abs(parts[0])), np.asarray(found.bins[bins] - design @ parts, dtype=np.complex128)


def _transform(offset: Samples, size: int) -> Bins:
    """Return the window's transform at offsets in bins, 1 at its middle, times the phase of its middle sample."""
    total = np.zeros(offset.size, dtype=np.complex128)
    for order, term in enumerate(_TERMS):
        for shift in {order, -order}:
            share = term if order == 0 else term / 2
            total += share * np.exp(1j * np.pi * shift / size) * _dirichlet(offset - shift, size)
    return total / (size * _TERMS[0])


def _dirichlet(offset: Samples, size: int) -> Bins:
    """Return the sum of exp(-2 pi j n offset / size) over n from 0 to size - 1."""
    ratio = size * np.sinc(offset) / np.sinc(offset / size)
    return np.asarray(np.exp(-1j * np.pi * offset * (size - 1) / size) * ratio, dtype=np.complex128)


def _best(found: Spectrum, middle: float, reach: float, others: list[float]) -> float:
    """Return the place in bins where a line fits best: the strongest bin, then golden sections."""

    def cost(place: float) -> float:
        residual = _fit(found, place, others)[1]
        return float(np.sum(np.abs(residual) ** 2)) / residual.size

    raster = np.linspace(middle - reach, middle + reach, max(5, 2 * math.ceil(2 * reach) + 1))
    best = int(np.argmin([cost(float(place)) for place in raster]))
    low, high = float(raster[max(best - 1, 0)]), float(raster[min(best + 1, raster.size - 1)])
    for _ in range(_SEARCHES):
        if high - low < _CLOSE_ENOUGH:
            break
        left, right = high - _GOLDEN * (high - low), low + _GOLDEN * (high - low)
        low, high = (low, right) if cost(left) <= cost(right) else (left, high)
    return (low + high) / 2
