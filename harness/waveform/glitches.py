"""Lone excursions of one or two samples: no part of a waveform, and no state or edge may rest on them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from harness.waveform.samples import regular
from harness.waveform.survey import STRETCH, ranges

if TYPE_CHECKING:
    from harness.waveform.samples import Indices, Samples
    from harness.waveform.survey import Survey

_WIDTH = 2
_SIZE = 0.3
_SHARE = 0.02
_AT_ONCE = 1 << 16


def without_glitches(found: Survey) -> Survey:
    """Return the record with lone excursions of one or two samples replaced by the median around them.

    Excursions that recur at one interval are pulses and stay, and so does everything when there are too many of
    them to be accidents (noise, or few points per period).
    """
    record, least = found.record, _SIZE * (found.high - found.low)
    # Three of the four samples around an excursion lie on its other side: at least one of its two neighbours does.
    jumps = _jumps(found, least)
    near = np.unique(np.concatenate((jumps - 1, jumps)))
    medians = _medians(record, near)
    outside = np.abs(record[near] - medians) > least
    near, medians = near[outside], medians[outside]
    if not near.size or near.size > max(_WIDTH, math.ceil(_SHARE * record.size)):
        return found
    starts = near[np.concatenate(([True], np.diff(near) > 1))]
    if regular(starts, slack=_WIDTH):
        return found
    clean = record.copy()
    clean[near] = medians
    return ranges(clean)


def running_median(record: Samples, width: int) -> Samples:
    """Return the median of `width` (odd) samples around each one; ends are repeated outwards."""
    if width <= 1:
        return record
    padded = np.pad(record, width // 2, mode="edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, width)
    smooth = np.empty(record.size)
    for first in range(0, record.size, _AT_ONCE):
        smooth[first : first + _AT_ONCE] = np.median(windows[first : first + _AT_ONCE], axis=1)
    return smooth


def _jumps(found: Survey, least: float) -> Indices:
    """Return every sample that lies more than `least` from the one before it."""
    bottom, top = found.reaching()
    places, buffer = [np.empty(0, dtype=np.intp)], np.empty(STRETCH)
    for stretch in found.stretches(top - bottom > least):
        start = max(stretch.start - 1, 0)
        part = found.record[start : stretch.stop]
        steps = np.subtract(part[1:], part[:-1], out=buffer[: part.size - 1])
        np.abs(steps, out=steps)
        places.append(np.flatnonzero(steps > least) + start + 1)
    return np.concatenate(places)


def _medians(record: Samples, places: Indices) -> Samples:
    """Return the medians of five samples around some places."""
    around = np.clip(places[:, None] + np.arange(-_WIDTH, _WIDTH + 1), 0, record.size - 1)
    return np.sort(record[around], axis=1)[:, _WIDTH]
