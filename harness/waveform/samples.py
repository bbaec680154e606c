"""The door for samples, and what every other module here does with them first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from harness.errors import NotFinite, NotMeasurable
from harness.quantity import OVERLOAD, finite

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

Samples: TypeAlias = "NDArray[np.float64]"
Mask: TypeAlias = "NDArray[np.bool_]"
Indices: TypeAlias = "NDArray[np.intp]"

MINIMUM_SAMPLES = 8
_SHORTEST_INTERVAL_S = 1e-15
_LONGEST_INTERVAL_S = 1e9

_GLITCH_WIDTH = 2
_GLITCH_SIZE = 0.3
_GLITCH_SHARE = 0.02
_REGULAR = 0.1


def as_samples(samples: ArrayLike) -> Samples:
    """Let a one-dimensional record of finite numbers through.

    Raises:
        NotFinite: a sample is no number, NaN, infinite or an overload answer; the message says which.
        NotMeasurable: fewer than `MINIMUM_SAMPLES`, or not one-dimensional.
    """
    try:
        record = np.asarray(samples, dtype=np.float64)
    except (TypeError, ValueError) as problem:
        raise NotFinite(f"the samples are not numbers: {problem}") from problem
    if record.ndim != 1:
        raise NotMeasurable(f"the samples have {record.ndim} dimensions; give one row of samples")
    if record.size < MINIMUM_SAMPLES:
        raise NotMeasurable(f"{record.size} samples are too few to analyse; record at least {MINIMUM_SAMPLES}")
    bad = np.flatnonzero(~(np.abs(record) < OVERLOAD))
    if bad.size:
        finite(f"sample {bad[0]}", float(record[bad[0]]))
    return record


def as_interval(interval_s: float) -> float:
    """Let a sampling interval through that an instrument can have.

    Raises:
        NotFinite: it is no finite number.
        NotMeasurable: it is zero, negative, or beyond anything that samples.
    """
    if not _SHORTEST_INTERVAL_S <= finite("the sampling interval", interval_s) <= _LONGEST_INTERVAL_S:
        raise NotMeasurable(
            f"the sampling interval is {interval_s:g} s; it must lie between "
            f"{_SHORTEST_INTERVAL_S:g} and {_LONGEST_INTERVAL_S:g} s"
        )
    return float(interval_s)


def runs(mask: Mask) -> list[tuple[int, int]]:
    """Return (start, stop) of every unbroken stretch in which `mask` is true."""
    padded = np.concatenate(([0], mask.astype(np.int8), [0]))
    change = np.diff(padded)
    starts, stops = np.flatnonzero(change == 1), np.flatnonzero(change == -1)
    return list(zip(starts.tolist(), stops.tolist(), strict=True))


def regular(instants: Samples | Indices, *, tolerance: float = _REGULAR, slack: float = 0.0) -> bool:
    """Say whether at least three instants follow one another at one interval, within `tolerance` of it plus `slack`."""
    if instants.size < 3:  # noqa: PLR2004 - two intervals are the fewest that can agree
        return False
    intervals = np.diff(instants)
    typical = float(np.median(intervals))
    return bool(np.all(np.abs(intervals - typical) <= tolerance * typical + slack))


def resolution(record: Samples) -> float:
    """Return the smallest step between codes of a quantised record, 0 where none can be seen."""
    codes = np.unique(record)
    if not 1 < codes.size <= 4096:  # noqa: PLR2004 - 12 bits; beyond that steps do not matter here
        return 0.0
    steps = np.diff(codes)
    # Decimal rounding in files puts one code at two values very close to each other.
    real = steps[steps > 1e-4 * (codes[-1] - codes[0])]
    return float(real.min()) if real.size else 0.0


def running_median(record: Samples, width: int) -> Samples:
    """Return the median of `width` (odd) samples around each one; ends are repeated outwards."""
    if width <= 1:
        return record
    padded = np.pad(record, width // 2, mode="edge")
    return np.asarray(np.median(np.lib.stride_tricks.sliding_window_view(padded, width), axis=1), dtype=np.float64)


def without_glitches(record: Samples) -> Samples:
    """Return the record with lone excursions of one or two samples replaced by the median around them.

    Excursions that recur at one interval are pulses and stay, and so does everything when there are too many of
    them to be accidents (noise, or few points per period).
    """
    smooth = running_median(record, 2 * _GLITCH_WIDTH + 1)
    outside = np.abs(record - smooth) > _GLITCH_SIZE * float(np.ptp(record))
    count = int(np.count_nonzero(outside))
    if not count or count > max(_GLITCH_WIDTH, math.ceil(_GLITCH_SHARE * record.size)):
        return record
    starts = np.array([start for start, _ in runs(outside)], dtype=np.intp)
    if regular(starts, slack=_GLITCH_WIDTH):
        return record
    return np.where(outside, smooth, record)
