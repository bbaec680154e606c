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

from harness.waveform.samples import resolution
from harness.waveform.survey import ranges

if TYPE_CHECKING:
    from harness.waveform.samples import Samples
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
    seen = find_clipping(found)
    for cut, name, value in ((seen.upper, "largest", found.high), (seen.lower, "smallest", found.low)):
        if cut:
            return f"the record is clipped at its {name} value {value:g}; use a larger range"
    return ""


def find_clipping(found: Survey) -> Clipping:
    """Say at which ends a record was cut off; of a long one by 16 blocks for each end and 16 for the noise."""
    low, high = found.low, found.high
    parts = [found.record[part] for part in found.spread()]
    code = resolution(np.concatenate(parts))
    noise = _noise(parts, low, high, code)
    reach = max(_STATE_NOISE * noise, _STATE_CODES * code)
    if not noise > _LIVELY * code:
        return Clipping(upper=False, lower=False, reach=reach)
    chance = max(_staying(noise, code), _repeating(parts, low, high, _STATE_NOISE * noise + code))
    tops = [found.record[part] for part in found.spread(found.top == high)]
    bottoms = [found.record[part] for part in found.spread(found.bottom == low)]
    return Clipping(upper=_sticks(tops, high, chance), lower=_sticks(bottoms, low, chance), reach=reach)


def _noise(parts: list[Samples], low: float, high: float, code: float) -> float:
    """Return the noise of the samples away from both extremes; 0 where they go smoothly or are too few to tell."""
    found, turns, pairs = [], 0, 0
    for part in parts:
        away = (part > low) & (part < high)
        bends = np.diff(part, 2)
        inside = away[2:] & away[1:-1] & away[:-2]
        signs = np.where(inside, np.sign(bends), 0)
        both = signs[1:] * signs[:-1]
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


def _sticks(parts: list[Samples], extreme: float, chance: float) -> bool:
    """Say whether samples at an extreme repeat it more often than by this chance."""
    count = repeated = 0
    for part in parts:
        at = part == extreme
        count, repeated = count + int(np.count_nonzero(at[:-1])), repeated + int(np.count_nonzero(at[1:] & at[:-1]))
    expected, spread = count * chance, math.sqrt(count * chance * max(1 - chance, 0.0))
    return repeated >= _FEWEST_REPEATED and repeated > expected + _SURE * spread
