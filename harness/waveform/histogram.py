"""The histogram of a record: what state levels are found in (IEEE Std 181-2011, 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.waveform.survey import BLOCK, STRETCH

if TYPE_CHECKING:
    from harness.waveform.samples import Indices, Mask, Samples
    from harness.waveform.survey import Survey

BINS = 8192
"""Of the whole range; a level is the mean of the samples in many bins, not the middle of one."""

_FLAT = 0.02
"""A block that spans less of the range than this lies within one state."""

_THINNED = 1 << 19
"""Longer records give about that many samples of their flat blocks: of more, noise says no more."""

_ALIKE_BLOCKS = 512
"""Of more blocks with one range, so many are counted: two million samples."""

_MAD_TO_SIGMA = 1.4826
_REPRESENTED = 1 << 18


@dataclass(frozen=True, slots=True)
class Histogram:
    """Occupied bins of a record.

    Attributes:
        values: mean of the samples of each bin, ascending: for a quantised record its very code.
        counts: number of samples in each.
        bin_width: in the unit of the samples.
    """

    values: Samples
    counts: Samples
    bin_width: float

    def part(self, chosen: Mask) -> Histogram:
        """Return the chosen bins."""
        return Histogram(self.values[chosen], self.counts[chosen], self.bin_width)

    def at(self, values: Samples) -> Histogram:
        """Return the same counts at other values."""
        return Histogram(values, self.counts, self.bin_width)

    @property
    def total(self) -> float:
        """Number of samples."""
        return float(self.counts.sum())

    @property
    def mean(self) -> float:
        """Mean of the samples; there must be one."""
        return weighted(self.values, self.counts) / self.total

    @property
    def median(self) -> float:
        """Median of the samples, interpolated within the codes of a quantised record."""
        middles = np.cumsum(self.counts) - self.counts / 2
        return float(np.interp(self.total / 2, middles, self.values))

    def mode(self, bin_width: float, *, outermost: int = 0) -> float:
        """Return the histogram mode, with a bin that slides instead of a grid of bins.

        A grid beats against the codes of an 8-bit record; a sliding bin does not.

        Args:
            bin_width: width of the bin, in the unit of the samples.
            outermost: among bins that are nearly as full, take the highest (+1), the lowest (-1) or the fullest (0).
        """
        sums = np.concatenate(([0.0], np.cumsum(self.counts)))
        stops = np.searchsorted(self.values, self.values + bin_width, side="right")
        full = sums[stops] - sums[:-1]
        nearly = np.flatnonzero(full >= (0.9 if outermost else 1.0) * full.max())
        first = int(nearly[-1] if outermost > 0 else nearly[0] if outermost < 0 else nearly[nearly.size // 2])
        chosen = slice(first, int(stops[first]))
        return weighted(self.values[chosen], self.counts[chosen]) / float(self.counts[chosen].sum())

    def near(self, level: float, reach: float) -> Histogram:
        """Return the bins within `reach` of a level."""
        return self.part(np.abs(self.values - level) <= reach)

    def spread(self, level: float) -> float:
        """Return the standard deviation about `level` from the median absolute deviation, deaf to transitions."""
        if not self.values.size:
            return 0.0
        away = np.abs(self.values - level)
        order = np.argsort(away)
        sums = np.cumsum(self.counts[order])
        return _MAD_TO_SIGMA * float(away[order][np.searchsorted(sums, sums[-1] / 2)])


def weighted(values: Samples, weights: Samples) -> float:
    """Return the sum of products in one thread, so that it costs and rounds the same everywhere."""
    return float(np.einsum("i,i->", values, weights))


def histogram(found: Survey) -> Histogram:
    """Count the samples of a record in bins.

    A block that lies within one bin is counted as a whole. Of a record of several million samples, blocks that lie
    within one state are counted by their first n-th part, n-fold; of those that all have one range, as the blocks of a
    pulse train do, every n-th is counted n-fold. A block with another range than most is always counted.
    """
    low, high = found.low, found.high
    scale = BINS / (high - low) if high > low else 0.0
    if not 0 < scale < np.inf:
        return Histogram(np.array([low]), np.array([float(found.record.size)]), 0.0)
    first, last = ((found.bottom - low) * scale).astype(np.intp), ((found.top - low) * scale).astype(np.intp)
    single = first == last
    flat = ~single & (found.top - found.bottom < _FLAT * (high - low))
    tally = _Tally(low, scale)
    tally.add_blocks(first[single], (found.bottom + found.top)[single] / 2 - low, found.sizes[single])
    tally.add(found, flat, 1 + found.record.size // _THINNED)
    others = ~single & ~flat
    alike = others & _alike(found, others, _FLAT * (high - low))
    tally.add(found, others & ~alike, 1)
    tally.add_some(found, alike)
    return tally.histogram()


def _alike(found: Survey, chosen: Mask, within: float) -> Mask:
    """Say which blocks have the range that is typical of the chosen ones."""
    if not chosen.any():
        return chosen
    bottom, top = float(np.median(found.bottom[chosen])), float(np.median(found.top[chosen]))
    return (np.abs(found.bottom - bottom) <= within) & (np.abs(found.top - top) <= within)


def exactly(found: Survey, level: float, reach: float) -> Histogram:
    """Return the samples within `reach` of a level themselves; of a long record those of 16 blocks spread over it."""
    touching = (found.bottom <= level + reach) & (found.top >= level - reach)
    parts = [found.record[part] for part in found.spread(touching)]
    near = np.concatenate([part[np.abs(part - level) <= reach] for part in parts])
    values, counts = np.unique(near, return_counts=True)
    return Histogram(values, counts.astype(np.float64), 0.0)


class _Tally:
    """Counts of a grid of bins, with one buffer for all passes."""

    def __init__(self, low: float, scale: float) -> None:
        self._low, self._scale = low, scale
        self._counts, self._fresh = np.zeros(BINS + 1), np.zeros(BINS + 1)
        self._sums, self._summed = np.zeros(BINS + 1), np.zeros(BINS + 1)
        self._offset, self._bins = np.empty(STRETCH), np.empty(STRETCH, dtype=np.intp)

    def add_blocks(self, bins: Indices, offsets: Samples, sizes: Indices) -> None:
        """Add blocks whose samples lie in one bin each, so far above the lowest sample."""
        counts = np.bincount(bins, weights=sizes, minlength=BINS + 1)
        self._counts += counts
        self._summed += counts
        self._sums += np.bincount(bins, weights=sizes * offsets, minlength=BINS + 1)

    def add(self, found: Survey, chosen: Mask, part: int) -> None:
        """Add the chosen blocks by the first part of each stretch of them."""
        total = 0
        represent = 1 + int(np.count_nonzero(chosen)) * BLOCK // part // _REPRESENTED
        filled = 0
        for stretch in found.stretches(chosen):
            samples = found.record[stretch]
            total += samples.size
            samples = samples[: -(-samples.size // part)]
            if filled + samples.size > STRETCH:
                self._count(filled, represent)
                filled = 0
            np.subtract(samples, self._low, out=self._offset[filled : filled + samples.size])
            filled += samples.size
        self._count(filled, represent)
        if part > 1 and total:
            self._counts += self._fresh * (total / self._fresh.sum() - 1)
        self._fresh[:] = 0

    def _count(self, filled: int, represent: int) -> None:
        """Count what is in the buffer; a part of it gives the bins their values."""
        offset, bins = self._offset[:filled], self._bins[:filled]
        np.multiply(offset, self._scale, out=bins, casting="unsafe")
        counts = np.bincount(bins, minlength=BINS + 1)
        self._counts += counts
        self._fresh += counts
        some = slice(0, -(-filled // represent))
        self._sums += np.bincount(bins[some], weights=offset[some], minlength=BINS + 1)
        self._summed += np.bincount(bins[some], minlength=BINS + 1)

    def add_some(self, found: Survey, chosen: Mask) -> None:
        """Add the chosen blocks by an even choice of them."""
        blocks = np.flatnonzero(chosen)
        if blocks.size <= _ALIKE_BLOCKS:
            self.add(found, chosen, 1)
            return
        some = np.zeros(chosen.size, dtype=np.bool_)
        some[blocks[np.linspace(0, blocks.size - 1, _ALIKE_BLOCKS).astype(np.intp)]] = True
        before = self._counts.copy()
        self.add(found, some, 1)
        self._counts = before + (self._counts - before) * (blocks.size / _ALIKE_BLOCKS)

    def histogram(self) -> Histogram:
        """Return the occupied bins; one of which no sample was summed stands for its middle."""
        bins = np.flatnonzero(self._counts)
        summed = self._summed[bins]
        offsets = np.asarray((bins + 0.5) / self._scale, dtype=np.float64)
        np.divide(self._sums[bins], summed, out=offsets, where=summed > 0)
        return Histogram(self._low + offsets, self._counts[bins], 1 / self._scale)
