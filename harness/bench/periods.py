"""The period of a record by counting, for the bench's own use: over how long a mean has to be taken.

What is judged is derived from the same record elsewhere, with its uncertainty.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from harness.capture import Capture

_LOW, _HIGH = 0.25, 0.75
"""Of the swing: below the one, then above the other, is one turn. Noise, and a rest in the middle, is none."""

_TAILS = (1.0, 99.0)
"""Percentiles that bound the swing: a spike does not."""


def counted_period_s(capture: Capture) -> float | None:
    """First to last turn over the turns between, to a sample at each end; None with fewer than two turns."""
    shown = np.frombuffer(capture.codes, np.uint8).astype(np.float64)
    low, high = np.percentile(shown, _TAILS)
    state = np.where(shown > low + _HIGH * (high - low), 1, np.where(shown < low + _LOW * (high - low), -1, 0))
    beyond = np.flatnonzero(state)
    turns = beyond[1:][np.diff(state[beyond]) > 0]
    if turns.size <= 1:
        return None
    return float(turns[-1] - turns[0]) / (turns.size - 1) * capture.interval_s
