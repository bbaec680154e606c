"""What every other module here does with samples and instants first; the door for a record is `survey`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from harness.errors import NotMeasurable
from harness.quantity import finite

if TYPE_CHECKING:
    from numpy.typing import NDArray

Samples: TypeAlias = "NDArray[np.float64]"
Mask: TypeAlias = "NDArray[np.bool_]"
Indices: TypeAlias = "NDArray[np.intp]"

MINIMUM_SAMPLES = 8
_SHORTEST_INTERVAL_S = 1e-15
_LONGEST_INTERVAL_S = 1e9

_REGULAR = 0.1


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


def smallest_step(codes: Samples) -> float:
    """Return the smallest step between the different values of a quantised record, 0 where none can be seen.

    Args:
        codes: its values, each once, in order.
    """
    if not 1 < codes.size <= 4096:  # noqa: PLR2004 - 12 bits; beyond that steps do not matter here
        return 0.0
    steps = np.diff(codes)
    # Decimal rounding in files puts one code at two values very close to each other.
    real = steps[steps > 1e-4 * (codes[-1] - codes[0])]
    return float(real.min()) if real.size else 0.0
