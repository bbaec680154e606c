"""State levels from a histogram (IEEE Std 181-2011, 3): two states, or three with a rest between two phases."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.waveform import bounds
from harness.waveform.histogram import exactly, weighted
from harness.waveform.samples import smallest_step
from harness.waveform.survey import passages

if TYPE_CHECKING:
    from harness.waveform.histogram import Histogram
    from harness.waveform.samples import Samples
    from harness.waveform.survey import Survey

_BIN = 0.02
"""Width of the histogram's bin, as a share of the amplitude that it divides."""

_REACH = 0.002
"""Least distance from the mode, as a share of the range, within which samples are averaged to a level."""

_PHASE_SHARE = 0.05
"""A phase smaller than this share of the opposite one is offset or undershoot, even beside a visible rest."""

_SMALL_PHASE = 0.3
"""Below this share of the opposite phase a phase must have a plateau: an undershoot decays, a phase stays."""

_REST_SAMPLES = 4
_PHASE_SAMPLES = 4
_OF_A_THIRD = 32
_SAME = 0.9
_NARROWER = 12
_ONE_CODE = 0.98
_FEW_BINS = 8


@dataclass(frozen=True, slots=True)
class Level:
    """A state level.

    Attributes:
        value: in the unit of the samples.
        error: bound of its error from the noise and from samples near it that do not belong to it.
    """

    value: float
    error: float


@dataclass(frozen=True, slots=True)
class States:
    """The levels between which a waveform moves, in the unit of its samples.

    Attributes:
        low_level: level of the low state.
        high_level: level of the high state.
        rest_level: level between two phases of opposite sign; None for a waveform of two states.
        noise: standard deviation of the samples about their state.
    """

    low_level: Level
    high_level: Level
    rest_level: Level | None
    noise: float

    @property
    def low(self) -> float:
        """Value of the low state."""
        return self.low_level.value

    @property
    def high(self) -> float:
        """Value of the high state."""
        return self.high_level.value

    @property
    def rest(self) -> float | None:
        """Value of the rest."""
        return None if self.rest_level is None else self.rest_level.value

    @property
    def amplitude(self) -> float:
        """Difference of high and low state (IEEE Std 181-2011, 3: waveform amplitude)."""
        return self.high - self.low


def two_states(found: Survey, counted: Histogram, code: float) -> States:
    """Return low and high state: the modes of the lower and upper half of the range (IEEE Std 181-2011, 3).

    Raises:
        NotMeasurable: every sample has the same value.
    """
    middle = _middle(counted)
    bottom, top = found.low, found.high
    code = 1.01 * min(code, 0.1 * (top - bottom))
    bin_width, reach = max(_BIN * (top - bottom), code), max(_REACH * (top - bottom), code)
    upper, lower = counted.part(counted.values > middle), counted.part(counted.values <= middle)
    above, below = _noise(found, middle, np.inf), _noise(found, -np.inf, middle)
    modes = upper.mode(bin_width, outermost=1), lower.mode(bin_width, outermost=-1)
    high, above = _refined(found, upper, modes[0], reach=reach, neighbours=above, code=code)
    low, below = _refined(found, lower, modes[1], reach=reach, neighbours=below, code=code)
    return States(low, high, None, max(above, below))


def mean_levels(counted: Histogram) -> tuple[float, float]:
    """Return low and high state by histogram means: of all samples in each half of the range.

    Transitions and aberrations pull this level away from the state; it is for waveforms without a plateau.

    Raises:
        NotMeasurable: every sample has the same value.
    """
    middle = _middle(counted)
    return counted.part(counted.values <= middle).mean, counted.part(counted.values > middle).mean


def _middle(counted: Histogram) -> float:
    bottom, top = float(counted.values[0]), float(counted.values[-1])
    middle = bottom + (top - bottom) / 2
    if not bottom <= middle < top:  # the last bit: the middle of two neighbouring floats may be the upper one
        raise NotMeasurable(f"all samples are {top:g}: there is no second state")
    return middle


def three_states(found: Survey, counted: Histogram, code: float) -> States:
    """Return low, rest and high of a biphasic waveform that rests near zero.

    Raises:
        NotMeasurable: the record has no two phases of opposite sign with a rest between them; the message says why.
    """
    top, bottom = found.high, found.low
    if not bottom < 0 < top or min(top, -bottom) < _PHASE_SHARE * max(top, -bottom):
        raise NotMeasurable("the record has no phase of the other sign")
    upper, lower = counted.part(counted.values >= top / 2), counted.part(counted.values <= bottom / 2)
    above, below = _noise(found, top / 2, np.inf), _noise(found, -np.inf, bottom / 2)
    modes = upper.mode(_BIN * top, outermost=1), lower.mode(-_BIN * bottom, outermost=-1)
    high, _ = _refined(found, upper, modes[0], reach=_REACH * top, neighbours=above, code=code)
    low, _ = _refined(found, lower, modes[1], reach=-_REACH * bottom, neighbours=below, code=code)
    smaller = min(high.value, -low.value)
    edges = (low.value / 2, high.value / 2)
    band = counted.part((counted.values > edges[0]) & (counted.values < edges[1]))
    if not band.values.size:
        raise NotMeasurable("no sample lies between the phases")
    between = _noise(found, *edges)
    rest, noise = _refined(found, band, band.mode(0.1 * smaller), reach=_REACH * smaller, neighbours=between, code=code)
    step = min(high.value - rest.value, rest.value - low.value)
    if step < 6 * max(noise, band.spread(rest.value)) or step < 0.7 * smaller:
        raise NotMeasurable("the smaller phase does not stand clear of the rest")
    if not _dwells(found, edges, band.total, 0.25 * step):
        raise NotMeasurable("the waveform does not stay between its phases")
    larger = max(high.value - rest.value, rest.value - low.value)
    for level in (high.value, low.value):
        if abs(level - rest.value) < _SMALL_PHASE * larger and not _has_plateau(found, counted, rest.value, level):
            raise NotMeasurable("the smaller phase has no plateau: it is an undershoot")
    # The noise is the rest's: phases may be so short that their own slopes would count as noise.
    return States(low, high, rest, noise)


def code_step(found: Survey) -> float:
    """Return the smallest step between codes of a quantised record, 0 where none can be seen."""
    return smallest_step(codes_seen(found))


def codes_seen(found: Survey) -> Samples:
    """Return the different values of a record, in order; of a long one in blocks spread over it and the widest ones."""
    if found.bottom.size <= 8:  # noqa: PLR2004 - as many blocks as are looked at
        return np.unique(found.record)
    widest = np.argsort(found.top - found.bottom, kind="stable")[-4:]
    chosen = np.zeros(found.bottom.size, dtype=np.bool_)
    chosen[widest] = True
    parts = [found.record[part] for part in (*found.spread()[::4], *found.spread(chosen))]
    return np.unique(np.concatenate(parts))


def plateau_share(counted: Histogram, level: float, amplitude: float, noise: float) -> float:
    """Return the share of the samples within a tenth of the amplitude, or within the noise, of `level`."""
    near = counted.near(level, max(0.1 * amplitude, 2.5 * noise))
    return near.total / counted.total if counted.values.size else 0.0


def _refined(
    found: Survey, side: Histogram, level: float, *, reach: float, neighbours: float, code: float
) -> tuple[Level, float]:
    """Return a level as the mean of the samples within the noise around its mode, and that noise.

    The noise is the smaller of two overestimates: the spread about the level, which slow settling inflates, and the
    differences of neighbours, which fast edges inflate. A mode alone would settle on one of the two codes between
    which interleaved converters toggle.
    """
    reach = max(reach, 2.5 * neighbours)
    level = _about(side, level, reach)
    # As long as nearly all of them are closer yet, the others are ends of transitions.
    for _ in range(_NARROWER):
        if reach < _FEW_BINS * side.bin_width:
            side = exactly(found, level, reach)
            level = _about(side, level, reach)
        closer = side.near(level, reach / 2)
        if reach / 2 <= code or not closer.total > _SAME * side.near(level, reach).total:
            break
        level, reach = closer.mean, reach / 2
    noise = min(_spread(side, level, reach, code), neighbours)
    return Level(level, bounds.level_error(side.near(level, reach), level, reach, noise)), noise


def _about(side: Histogram, level: float, reach: float) -> float:
    """Return the mean of the samples within `reach` of itself, found from a level nearby."""
    for _ in range(5):
        near = side.near(level, reach)
        level = near.mean if near.values.size else level
    return level


def _spread(side: Histogram, level: float, reach: float, code: float) -> float:
    """Return the spread about a level; where most samples have one code, that of those within the reach.

    The median of absolute deviations is then 0 or one code, whatever the noise.
    """
    spread, near = side.spread(level), side.near(level, reach)
    if spread >= code or not near.values.size or near.counts.max() > _ONE_CODE * near.total:
        return spread
    return max(spread, math.sqrt(weighted(near.counts, (near.values - level) ** 2) / near.total))


def _noise(found: Survey, lower: float, upper: float) -> float:
    """Return the noise from differences of neighbours on one side.

    First and second differences, the smaller of both: a ringing has large first ones and small second ones. One and two
    samples apart, the larger of both, as some oscilloscopes repeat samples. Of a long record from 16 blocks that are
    spread over those with samples on this side.
    """
    sums, counts = np.zeros((2, 2)), np.zeros((2, 2))
    for part in found.spread((found.top > lower) & (found.bottom <= upper)):
        record = found.record[part]
        inside = (record > lower) & (record <= upper)
        for index, lag in enumerate((1, 2)):
            steps, both = record[lag:] - record[:-lag], inside[lag:] & inside[:-lag]
            bends, all_three = steps[lag:] - steps[:-lag], both[lag:] & both[:-lag]
            for order, each in enumerate((steps[both], bends[all_three])):
                sums[order, index] += weighted(each, each)
                counts[order, index] += each.size
    # The variance of a difference of two independent samples is twice, of a second difference six times theirs.
    variances = sums / np.maximum(counts, 1) / np.array([[2.0], [6.0]])
    return math.sqrt(float(variances.max(axis=1)[counts.max(axis=1) > 0].min(initial=np.inf))) if counts.any() else 0.0


def _dwells(found: Survey, edges: tuple[float, float], inside: float, flat: float) -> bool:
    """Say whether at least half of the samples between the phases are in stretches that stay, not in passing edges."""
    below, _ = passages(found, edges[0], np.nextafter(edges[0], np.inf))
    above, _ = passages(found, np.nextafter(edges[1], -np.inf), edges[1])
    changes = np.unique(np.concatenate([[0], below, above, [found.record.size]]).astype(np.intp))
    starts, stops = changes[:-1], changes[1:]
    first = found.record[starts]
    third = (stops - starts) // 3
    kept = (first > edges[0]) & (first < edges[1]) & (stops - starts >= _REST_SAMPLES) & (third >= 1)
    starts, stops, third = starts[kept], stops[kept], third[kept]
    steps = np.arange(_OF_A_THIRD) / _OF_A_THIRD
    offsets = (steps * third[:, None]).astype(np.intp)
    head = found.record[starts[:, None] + offsets].mean(axis=1)
    tail = found.record[(stops - third)[:, None] + offsets].mean(axis=1)
    staying = int((stops - starts)[np.abs(head - tail) < flat].sum())
    return staying >= max(_REST_SAMPLES, 0.5 * inside)


def _has_plateau(found: Survey, counted: Histogram, rest: float, level: float) -> bool:
    """Say whether a phase stays near its top: a pulse does, an exponential a fifth of its time, a ringing lobe half."""
    up = level > rest
    side = counted.values - rest if up else rest - counted.values
    top = float(side.max())
    staying = counted.counts[side > 0.7 * top].sum()
    if staying < 0.65 * counted.counts[side > 0.2 * top].sum():
        return False
    limits = sorted((rest + 0.3 * (level - rest), rest + 0.7 * (level - rest)))
    _, upwards = passages(found, limits[0], limits[1])
    return bool(staying >= _PHASE_SAMPLES * np.count_nonzero(upwards == up))
