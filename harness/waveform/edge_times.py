"""One transition in a record of its own, between levels that may be known from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.waveform.cycles import moving_mean
from harness.waveform.transitions import shape_width

if TYPE_CHECKING:
    from harness.waveform.samples import Samples

_AROUND = 0.05


@dataclass(frozen=True, slots=True)
class Passage:
    """Where a transition passes one of its reference levels, in samples from the record's start.

    Attributes:
        at: interpolated instant; the record's edge where it lies outside.
        within: whether the record holds it.
        slope: share of the amplitude for each sample, around it.
        step: share of the amplitude that the sampling interval around it passes.
    """

    at: float
    within: bool
    slope: float
    step: float


@dataclass(frozen=True, slots=True)
class Transition:
    """The passages of 10 % and 90 % (IEEE Std 181-2011, 3), and over how many samples was averaged for them."""

    begin: Passage
    end: Passage
    averaged: int

    @property
    def duration(self) -> float:
        """In samples; a lower bound where the record does not hold both passages."""
        return self.end.at - self.begin.at


def transition(record: Samples, base: float, top: float) -> Transition:
    """Find the first transition from `base` to `top`.

    It ends at the first passage of 90 %, and begins at the last passage of 10 % before. A mean over an eighth of it,
    which lengthens it by less than 0.5 %, keeps noise from the reference levels.
    """
    share = (record - base) / (top - base)
    rough = _between(share, 1)
    width = shape_width(rough.duration)
    return _between(moving_mean(share, width), width) if width > 1 else rough


def _between(share: Samples, width: int) -> Transition:
    reached = np.flatnonzero(share >= 1 - 2 * _AROUND)
    at = int(reached[0]) if reached.size else share.size
    end = (
        _passage(share, at, 1 - 2 * _AROUND)
        if 0 < at < share.size
        else Passage(float(at), within=False, slope=1.0, step=1.0)
    )
    below = np.flatnonzero(share[:at] <= 2 * _AROUND)
    if below.size and int(below[-1]) + 1 < share.size:
        begin = _passage(share, int(below[-1]) + 1, 2 * _AROUND)
    else:
        begin = Passage(0.0, within=False, slope=1.0, step=1.0)
    return Transition(begin, end, width)


def _passage(share: Samples, at: int, level: float) -> Passage:
    """The passage of a level between sample `at - 1` and `at`, rising."""
    step = float(share[at] - share[at - 1])
    instant = at - 1 + (level - float(share[at - 1])) / step
    before = np.flatnonzero(share[:at] <= level - _AROUND)
    after = np.flatnonzero(share[at:] >= level + _AROUND)
    first = int(before[-1]) if before.size else 0
    last = at + (int(after[0]) if after.size else share.size - 1 - at)
    low, high = float(share[first]), float(share[last])
    slope = (high - low) / max(last - first, 1)
    return Passage(instant, within=True, slope=max(slope, 1e-9), step=min(abs(step), 1.0))
