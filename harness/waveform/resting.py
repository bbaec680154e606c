"""The level at which a stimulator's output rests between phases."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.waveform.histogram import histogram
from harness.waveform.integral import NOISE_REACH, thinned
from harness.waveform.states import code_step, two_states
from harness.waveform.survey import survey

if TYPE_CHECKING:
    from harness.waveform.integral import Floor
    from harness.waveform.samples import Samples

REST_AT_MOST = 0.1
"""Share of the largest sample within which of zero a level counts as rest."""

_REST_BIN = 0.01
_REST_DENSITY = 3.0
_PEAKED = 2.0


def rest_level(record: Samples, floor: Floor) -> float:
    """Return the level at which the waveform dwells between phases; 0 where it only passes zero.

    That is, of all levels within a tenth of the largest sample at which it dwells, the one nearest to zero; or the
    state nearer to zero of a current that flows in one direction all the time.
    """
    if not np.ptp(record) > 0:
        return float(record[0])
    largest = float(np.abs(record).max())
    near = record[np.abs(record) <= REST_AT_MOST * largest]
    if not near.size:
        if record.min() < 0 < record.max():
            return 0.0
        found = survey(record)
        states = two_states(found, histogram(found), code_step(found))
        return min(states.low, states.high, key=abs)
    reach = max(_REST_BIN * largest, 2.5 * floor.noise, 1.01 * floor.code)
    # A waveform that only passes spends at most the share reach / largest there; a triangle exactly that.
    dwells = _dense_levels(near, reach, _REST_DENSITY * reach / largest * record.size)
    if not dwells:
        return 0.0
    level = min(dwells, key=abs)
    middle = float(np.median(thinned(near[np.abs(near - level) <= reach])))
    settled = near[np.abs(near - middle) <= max(NOISE_REACH * floor.noise, 1.01 * floor.code)]
    return float(settled.mean()) if settled.size else middle


def _dense_levels(near: Samples, reach: float, fewest: float) -> list[float]:
    """Return every level about which at least so many samples lie, the fullest first.

    The fullest alone will not do: a weak recharge phase may last longer than the rest. Any other one must be twice
    as full as the levels on either side of it, or a baseline that wanders would have one wherever it passes.
    """
    levels: list[float] = []
    left = near
    while left.size >= fewest:
        level = _mode_level(thinned(left), reach)
        about = np.abs(left - level) <= reach
        if np.count_nonzero(about) < fewest:
            break
        below, here, above = (
            np.count_nonzero(np.abs(near - level - aside * reach) <= reach / 2) for aside in (-1.5, 0, 1.5)
        )
        if not levels or here > _PEAKED * max(below, above):
            levels.append(level)
        left = left[~about]
    return levels


def _mode_level(values: Samples, bin_width: float) -> float:
    """Return the histogram mode of `values`, with a bin that slides instead of a grid of bins."""
    ordered = np.sort(values)
    stops = np.searchsorted(ordered, ordered + bin_width, side="right")
    counts = stops - np.arange(ordered.size)
    fullest = np.flatnonzero(counts >= counts.max())
    first = int(fullest[fullest.size // 2])
    return float(ordered[first : stops[first]].mean())
