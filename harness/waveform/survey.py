"""A long record, looked at once: the range of each block, so that later passes visit only blocks that matter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotFinite, NotMeasurable
from harness.quantity import OVERLOAD, finite
from harness.waveform.samples import MINIMUM_SAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike

    from harness.waveform.samples import Indices, Mask, Samples

BLOCK = 4096
"""Samples of a block: 32 kB, so that a block stays in the nearest cache."""

_AT_ONCE = 8
STRETCH = BLOCK * _AT_ONCE
"""Most samples of a pass: with its temporaries it stays in the second cache."""

_SPREAD_BLOCKS = 16


@dataclass(frozen=True, slots=True)
class Survey:
    """A record with the range of each of its blocks.

    Attributes:
        record: the samples, contiguous.
        bottom: smallest sample of each block; the last block may be shorter than the others.
        top: largest sample of each block.
    """

    record: Samples
    bottom: Samples
    top: Samples

    @property
    def low(self) -> float:
        """Smallest sample."""
        return float(self.bottom.min())

    @property
    def high(self) -> float:
        """Largest sample."""
        return float(self.top.max())

    @property
    def sizes(self) -> Indices:
        """Samples of each block."""
        sizes = np.full(self.bottom.size, BLOCK, dtype=np.intp)
        sizes[-1] = self.record.size - BLOCK * (self.bottom.size - 1)
        return sizes

    def reaching(self) -> tuple[Samples, Samples]:
        """Return bottom and top of each block with the sample before it: what its first step moves between."""
        bottom, top = self.bottom.copy(), self.top.copy()
        before = self.record[BLOCK - 1 : BLOCK * (bottom.size - 1) : BLOCK]
        np.minimum(bottom[1:], before, out=bottom[1:])
        np.maximum(top[1:], before, out=top[1:])
        return bottom, top

    def stretches(self, chosen: Mask) -> Iterator[slice]:
        """Yield the samples of the chosen blocks, neighbours together, a cache-full at a time."""
        blocks = np.flatnonzero(chosen)
        if not blocks.size:
            return
        ends = np.flatnonzero(np.diff(blocks) != 1)
        starts = np.concatenate(([0], ends + 1))
        for first, last in zip(blocks[starts].tolist(), blocks[np.append(ends, blocks.size - 1)].tolist(), strict=True):
            for block in range(first, last + 1, _AT_ONCE):
                stop = min(block + _AT_ONCE, last + 1)
                yield slice(block * BLOCK, min(stop * BLOCK, self.record.size))

    def spread(self, chosen: Mask | None = None) -> tuple[slice, ...]:
        """Return up to 16 blocks, spread evenly over the chosen ones (all by default): enough to know the noise by."""
        blocks = np.arange(self.bottom.size) if chosen is None else np.flatnonzero(chosen)
        if blocks.size > _SPREAD_BLOCKS:
            blocks = blocks[np.linspace(0, blocks.size - 1, _SPREAD_BLOCKS).astype(np.intp)]
        return tuple(slice(block * BLOCK, min((block + 1) * BLOCK, self.record.size)) for block in blocks.tolist())


def survey(samples: ArrayLike) -> Survey:
    """Let a one-dimensional record of finite numbers through and find the range of its blocks.

    Raises:
        NotFinite: a sample is no number, NaN, infinite or an overload answer; the message says which.
        NotMeasurable: fewer than `MINIMUM_SAMPLES`, or not one-dimensional.
    """
    try:
        record = np.ascontiguousarray(samples, dtype=np.float64) if np.ndim(samples) else np.asarray(samples)
    except (TypeError, ValueError) as problem:
        raise NotFinite(f"the samples are not numbers: {problem}") from problem
    if record.ndim != 1:
        raise NotMeasurable(f"the samples have {record.ndim} dimensions; give one row of samples")
    if record.size < MINIMUM_SAMPLES:
        raise NotMeasurable(f"{record.size} samples are too few to analyse; record at least {MINIMUM_SAMPLES}")
    found = ranges(record)
    # Minimum and maximum hand NaN and infinity on, so the ranges show every sample that is no number.
    if not (found.low > -OVERLOAD and found.high < OVERLOAD):
        bad = int(np.flatnonzero(~(np.abs(record) < OVERLOAD))[0])
        finite(f"sample {bad}", float(record[bad]))
    return found


def ranges(record: Samples) -> Survey:
    """Find the range of each block of finite samples, a cache-full of blocks at a time."""
    whole = record.size // BLOCK
    count = whole + (record.size > whole * BLOCK)
    bottom, top = np.empty(count), np.empty(count)
    blocks = record[: whole * BLOCK].reshape(whole, BLOCK)
    for first in range(0, whole, _AT_ONCE):
        some = slice(first, min(first + _AT_ONCE, whole))
        np.min(blocks[some], axis=1, out=bottom[some])
        np.max(blocks[some], axis=1, out=top[some])
    if count > whole:
        rest = record[whole * BLOCK :]
        bottom[-1], top[-1] = rest.min(), rest.max()
    return Survey(record, bottom, top)


def passages(found: Survey, lower: float, upper: float) -> tuple[Indices, Mask]:
    """Return where a waveform changes its state with hysteresis, and whether upwards.

    Its state becomes high at a sample at or above `upper` and low at one at or below `lower`.
    """
    record, (bottom, top) = found.record, found.reaching()
    first = _first_beyond(found, lower, upper)
    if first is None:
        return np.empty(0, dtype=np.intp), np.empty(0, dtype=np.bool_)
    passing = ((top >= upper) & (bottom < upper)) | ((bottom <= lower) & (top > lower))
    ups, downs = [], []
    for stretch in found.stretches(passing):
        start = max(stretch.start - 1, 0)
        part = record[start : stretch.stop]
        ups.append(_enters(part >= upper) + start)
        downs.append(_enters(part <= lower) + start)
    places = np.concatenate([[first], *ups, *downs]).astype(np.intp)
    upwards = np.zeros(places.size, dtype=np.bool_)
    upwards[0] = record[first] >= upper
    upwards[1 : 1 + sum(each.size for each in ups)] = True
    order = np.argsort(places, kind="stable")
    places, upwards = places[order], upwards[order]
    changes = np.flatnonzero(upwards[1:] != upwards[:-1]) + 1
    return places[changes], upwards[changes]


def _enters(inside: Mask) -> Indices:
    return np.flatnonzero(inside[1:] > inside[:-1]) + 1


def _first_beyond(found: Survey, lower: float, upper: float) -> int | None:
    """Return the first sample that has a state."""
    blocks = np.flatnonzero((found.top >= upper) | (found.bottom <= lower))
    if not blocks.size:
        return None
    start = int(blocks[0]) * BLOCK
    part = found.record[start : start + BLOCK]
    return start + int(np.argmax((part >= upper) | (part <= lower)))


def as_samples(samples: ArrayLike) -> Samples:
    """Let a one-dimensional record of finite numbers through.

    Raises:
        NotFinite: a sample is no number, NaN, infinite or an overload answer; the message says which.
        NotMeasurable: fewer than `MINIMUM_SAMPLES`, or not one-dimensional.
    """
    return survey(samples).record
