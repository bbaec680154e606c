"""State levels by histogram modes (IEEE Std 181-2011, 5.2): two states, or three with a rest between two phases."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.waveform.samples import resolution, runs

if TYPE_CHECKING:
    from harness.waveform.samples import Mask, Samples

_BIN = 0.02
"""Width of the histogram's bin, as a share of the amplitude that it divides."""

_REACH = 0.002
"""Least distance from the mode, as a share of the range, within which samples are averaged to a level."""

_PHASE_SHARE = 0.05
"""A phase smaller than this share of the opposite one is offset or undershoot, even beside a visible rest."""

_SMALL_PHASE = 0.3
"""Below this share of the opposite phase a phase must have a plateau: an undershoot decays, a phase stays."""

_REST_SAMPLES = 4
_MAD_TO_SIGMA = 1.4826


@dataclass(frozen=True, slots=True)
class States:
    """The levels between which a waveform moves, in the unit of its samples.

    Attributes:
        low: level of the low state.
        high: level of the high state.
        rest: level between two phases of opposite sign; None for a waveform of two states.
        noise: standard deviation of the samples about their state.
    """

    low: float
    high: float
    rest: float | None
    noise: float

    @property
    def amplitude(self) -> float:
        """Difference of high and low state (IEEE Std 181, waveform amplitude)."""
        return self.high - self.low


def mode_level(values: Samples, bin_width: float, *, outermost: int = 0) -> float:
    """Return the histogram mode of `values`, with a bin that slides instead of a grid of bins.

    A grid beats against the codes of an 8-bit record; a sliding bin does not.

    Args:
        values: at least one sample.
        bin_width: width of the bin, in the unit of the samples.
        outermost: among bins that are nearly as full, take the highest (+1), the lowest (-1) or the fullest (0).
    """
    ordered = np.sort(values)
    stops = np.searchsorted(ordered, ordered + bin_width, side="right")
    counts = stops - np.arange(ordered.size)
    nearly = np.flatnonzero(counts >= (0.9 if outermost else 1.0) * counts.max())
    first = int(nearly[-1] if outermost > 0 else nearly[0] if outermost < 0 else nearly[nearly.size // 2])
    return float(ordered[first : stops[first]].mean())


def refined(record: Samples, side: Mask, level: float, least_reach: float) -> tuple[float, float]:
    """Return a level as the mean of the samples within the noise around its mode, and that noise.

    The noise is the smaller of two overestimates: the spread about the level, which slow settling inflates, and the
    differences of neighbours, which fast edges inflate. A mode alone would settle on one of the two codes between
    which interleaved converters toggle.
    """
    values = record[side]
    reach = max(least_reach, 2.5 * _neighbour_noise(record, side))
    for _ in range(5):
        near = values[np.abs(values - level) <= reach]
        level = float(near.mean()) if near.size else level
    return level, min(spread(values, level), _neighbour_noise(record, side))


def _neighbour_noise(record: Samples, side: Mask) -> float:
    """Return the noise from differences one and two samples apart on one side; two, as some scopes repeat samples."""
    found = 0.0
    for lag in (1, 2):
        steps = (record[lag:] - record[:-lag])[side[lag:] & side[:-lag]]
        if steps.size:
            found = max(found, float(np.sqrt(np.mean(steps**2) / 2)))
    return found


def spread(values: Samples, level: float) -> float:
    """Return the standard deviation about `level` from the median absolute deviation, deaf to transitions."""
    return _MAD_TO_SIGMA * float(np.median(np.abs(values - level))) if values.size else 0.0


def two_states(record: Samples) -> States:
    """Return low and high state: the modes of the lower and upper half of the range (IEEE Std 181-2011, 5.2.1).

    Raises:
        NotMeasurable: every sample has the same value.
    """
    bottom, top = float(record.min()), float(record.max())
    if not top - bottom > 0:
        raise NotMeasurable(f"all samples are {top:g}: there is no second state")
    middle = bottom + (top - bottom) / 2
    upper = record > middle
    if not upper.any():  # the last bit: the middle of two neighbouring floats is the upper one
        raise NotMeasurable(f"all samples are {top:g} but for rounding: there is no second state")
    code = 1.01 * min(resolution(record), 0.1 * (top - bottom))
    bin_width, reach = max(_BIN * (top - bottom), code), max(_REACH * (top - bottom), code)
    high, above = refined(record, upper, mode_level(record[upper], bin_width, outermost=1), reach)
    low, below = refined(record, ~upper, mode_level(record[~upper], bin_width, outermost=-1), reach)
    return States(low, high, None, max(above, below))


def three_states(record: Samples) -> States:
    """Return low, rest and high of a biphasic waveform that rests near zero.

    Raises:
        NotMeasurable: the record has no two phases of opposite sign with a rest between them; the message says why.
    """
    top, bottom = float(record.max()), float(record.min())
    if not bottom < 0 < top or min(top, -bottom) < _PHASE_SHARE * max(top, -bottom):
        raise NotMeasurable("the record has no phase of the other sign")
    upper, lower = record >= top / 2, record <= bottom / 2
    high, _ = refined(record, upper, mode_level(record[upper], _BIN * top, outermost=1), _REACH * top)
    low, _ = refined(record, lower, mode_level(record[lower], -_BIN * bottom, outermost=-1), -_REACH * bottom)
    smaller = min(high, -low)
    band = (record > low / 2) & (record < high / 2)
    if not band.any():
        raise NotMeasurable("no sample lies between the phases")
    rest, noise = refined(record, band, mode_level(record[band], 0.1 * smaller), _REACH * smaller)
    step = min(high - rest, rest - low)
    if step < 6 * max(noise, spread(record[band], rest)) or step < 0.7 * smaller:
        raise NotMeasurable("the smaller phase does not stand clear of the rest")
    if not _dwells(record, band, 0.25 * step):
        raise NotMeasurable("the waveform does not stay between its phases")
    for level, side in ((high, record - rest), (low, rest - record)):
        if abs(level - rest) < _SMALL_PHASE * max(high - rest, rest - low) and not _has_plateau(side):
            raise NotMeasurable("the smaller phase has no plateau: it is an undershoot")
    # The noise is the rest's: phases may be so short that their own slopes would count as noise.
    return States(low, high, rest, noise)


def plateau_share(values: Samples, level: float, amplitude: float, noise: float) -> float:
    """Return the share of `values` within a tenth of the amplitude, or within the noise, of `level`."""
    near = np.abs(values - level) <= max(0.1 * amplitude, 2.5 * noise)
    return float(np.mean(near)) if values.size else 0.0


def _dwells(record: Samples, band: Mask, flat: float) -> bool:
    """Say whether at least half of the samples in `band` belong to stretches that stay, not to edges in passing."""
    staying = 0
    for start, stop in runs(band):
        third = (stop - start) // 3
        if stop - start < _REST_SAMPLES or third < 1:
            continue
        moved = abs(float(record[start : start + third].mean() - record[stop - third : stop].mean()))
        staying += stop - start if moved < flat else 0
    return staying >= max(_REST_SAMPLES, 0.5 * int(np.count_nonzero(band)))


def _has_plateau(side: Samples) -> bool:
    """Say whether a phase stays near its top: a pulse does, an exponential a fifth of its time, a ringing lobe half."""
    top = float(side.max())
    return bool(np.count_nonzero(side > 0.7 * top) >= 0.65 * np.count_nonzero(side > 0.2 * top))
