"""Whether a record was cut off at an end of the instrument's range: runs of an extreme value that noise would move.

A sample at the extreme of a record that was not cut is followed by another one of the same value as often as noise
leaves a sample in its code, and not more often. Behind a clipped input it nearly always is. The noise is that of the
samples away from both extremes; with noise well below one code every level stays in its code, and clipping leaves no
trace.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.waveform.states import code_step
from harness.waveform.survey import ranges

if TYPE_CHECKING:
    from harness.waveform.samples import Mask, Samples
    from harness.waveform.survey import Survey

_SECOND_DIFFERENCE = math.sqrt(6.0)
_LIVELY = 0.5
"""Noise in codes above which a level does not stay in one code; a smooth slope in codes looks like 0.41 at most."""

_TURNING_SHARE = 0.6
"""Second differences of white noise change their sign in 0.73 of all neighbours, those of a smooth curve seldom."""

_TYPICAL = 6.0
_OUTER_CODES = 3.0
_FEWEST_BENDS = 32
_FEWEST_REPEATED = 3
_SURE = 5.0
"""Standard deviations by which the repeated extremes must exceed those that noise makes."""

_SPREAD = 16

_STATE_NOISE, _STATE_CODES = 4.0, 1.5


@dataclass(frozen=True, slots=True)
class Clipping:
    """At which ends a record was cut off.

    Attributes:
        upper: at its largest value.
        lower: at its smallest value.
        reach: how far below the cut a level may lie that was cut itself, in the unit of the samples.
    """

    upper: bool
    lower: bool
    reach: float


def clipped(record: Samples) -> str:
    """Return why no integral, peak or mean of a record stands for its waveform; empty where it was not cut off.

    Args:
        record: at least eight finite samples, shape (n,).
    """
    found = ranges(record)
    seen = find_clipping(found, code_step(found))
    for cut, name, value in ((seen.upper, "largest", found.high), (seen.lower, "smallest", found.low)):
        if cut:
            return f"the record is clipped at its {name} value {value:g}; use a larger range"
    return ""


def find_clipping(found: Survey, code: float) -> Clipping:
    """Say at which ends a record was cut off; of a long one by 16 blocks for each end and 4 for the noise.

    Args:
        found: the record.
        code: step between its codes; 0 for none.
    """
    low, high = found.low, found.high
    tops, bottoms = _at(found, high, found.top == high), _at(found, low, found.bottom == low)
    if max(tops.repeated, bottoms.repeated) < _FEWEST_REPEATED:
        return Clipping(upper=False, lower=False, reach=0.0)
    blocks = found.spread()
    parts = [found.record[part] for part in (blocks if len(blocks) < _SPREAD else blocks[::4])]
    noise = _noise(parts, low, high, code)
    if not noise > _LIVELY * code:
        return Clipping(upper=False, lower=False, reach=0.0)
    chance = max(_staying(noise, code), _repeating(parts, low, high, _STATE_NOISE * noise + code))
    reach = max(_STATE_NOISE * noise, _STATE_CODES * code)
    return Clipping(upper=tops.sticks(chance), lower=bottoms.sticks(chance), reach=reach)


@dataclass(frozen=True, slots=True)
class _Extreme:
    """Samples at one extreme of a record.

    Attributes:
        count: how many have a next sample.
        repeated: how many are followed by another one.
    """

    count: int
    repeated: int

    def sticks(self, chance: float) -> bool:
        """Say whether they are repeated more often than by this chance."""
        expected, spread = self.count * chance, math.sqrt(self.count * chance * max(1 - chance, 0.0))
        return self.repeated >= _FEWEST_REPEATED and self.repeated > expected + _SURE * spread


def _at(found: Survey, extreme: float, chosen: Mask) -> _Extreme:
    """Count the samples at an extreme in blocks that reach it."""
    count = repeated = 0
    for part in found.spread(chosen):
        at = found.record[part] == extreme
        count, repeated = count + int(np.count_nonzero(at[:-1])), repeated + int(np.count_nonzero(at[1:] & at[:-1]))
    return _Extreme(count, repeated)


def _noise(parts: list[Samples], low: float, high: float, code: float) -> float:
    """Return the noise of the samples away from both extremes; 0 where they go smoothly or are too few to tell.

    A smooth curve whose samples an instrument repeated in pairs turns at every sample, but not at every other one; a
    ringing of four samples a period the other way about.
    """
    return min(_noise_at(lag, parts, low, high, code) for lag in (1, 2))


def _noise_at(lag: int, parts: list[Samples], low: float, high: float, code: float) -> float:
    """Return the noise by second differences of samples so far apart; 0 where they do not turn as noise does."""
    found, turns, pairs = [], 0, 0
    for part in parts:
        away = (part > low) & (part < high)
        bends = part[2 * lag :] - 2 * part[lag:-lag] + part[: -2 * lag]
        inside = away[2 * lag :] & away[lag:-lag] & away[: -2 * lag]
        bends[~inside] = 0
        both = bends[lag:] * bends[:-lag]
        turns, pairs = turns + int(np.count_nonzero(both < 0)), pairs + int(np.count_nonzero(both))
        found.append(np.abs(bends[inside]))
    sizes = np.concatenate(found)
    if sizes.size < _FEWEST_BENDS or not turns > _TURNING_SHARE * pairs:
        return 0.0
    # Edges bend more than noise does.
    sizes = sizes[sizes <= max(_TYPICAL * float(np.median(sizes)), _OUTER_CODES * code)]
    return float(np.sqrt(np.mean(sizes**2))) / _SECOND_DIFFERENCE


def _staying(noise: float, code: float) -> float:
    """Return how likely normal noise leaves a sample in the code at its middle; rounding is a twelfth of the noise."""
    variance = (noise / code) ** 2 - 1 / 12 if code > 0 else math.inf
    return math.erf(0.5 / math.sqrt(2 * variance))


def _repeating(parts: list[Samples], low: float, high: float, near: float) -> float:
    """Return the share of samples away from both extremes that repeat the one before, where the waveform is flat."""
    flat = same = 0
    for part in parts:
        away = (part > low) & (part < high)
        steps = np.abs(np.diff(part))[away[1:] & away[:-1]]
        flat, same = flat + int(np.count_nonzero(steps <= near)), same + int(np.count_nonzero(steps == 0))
    return same / flat if flat else 1.0
