"""Phases of long records, one after the other: where current flows one way, the other way, or not at all.

For records of a million 8-bit codes with some ten thousand phases: everything is done on whole arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.waveform.samples import Indices, Samples

_ACTIVE, _RESTING = 0.7, 0.3
"""Shares of the level above which current flows, and below which it does not; between them the state is kept."""

_LEAST_AMPLITUDE = 20.0
"""Level over noise below which noise would begin to make phases."""

_LEFT_OUT = 0.002
"""Share of the samples that may be larger than the level: overshoots and noise."""

_TRANSIT = 3
"""Samples at rest between two opposite phases that are the edge itself, not a rest."""

_TRANSIT_SHARE = 0.05
"""The same as a share of the typical phase."""


@dataclass(frozen=True, slots=True, eq=False)
class Train:
    """Phases of a record; arrays of shape (k,).

    Attributes:
        sign: +1, -1, or 0 where nothing flows.
        head: first sample of each phase; shape (k + 1,), the record's length at the end.
        begin: instant at which each phase begins, at half of its edge, in samples; its head where it has no edge.
        level: of the current, in the record's unit.
    """

    sign: NDArray[np.int8]
    head: Indices
    begin: Samples
    level: float

    @property
    def length(self) -> Indices:
        """Of each phase, in samples."""
        return np.diff(self.head)

    @property
    def rising(self) -> Indices:
        """Index of each positive phase that begins within the record."""
        return np.flatnonzero(self.sign[1:] > 0) + 1

    @property
    def instants(self) -> Samples:
        """Where the positive phases begin, in samples."""
        return self.begin[self.rising]


def level_of(record: Samples) -> float:
    """Return the magnitude that all but a few samples stay within."""
    magnitude = np.abs(record)
    left_out = min(int(_LEFT_OUT * magnitude.size), magnitude.size - 1)
    return float(np.partition(magnitude, magnitude.size - 1 - left_out)[magnitude.size - 1 - left_out])


def find_train(record: Samples, noise: float) -> Train:
    """Find the phases of a record whose rest is at zero.

    Raises:
        NotMeasurable: no current flows in this record.
    """
    level = level_of(record)
    if not level > _LEAST_AMPLITUDE * noise:
        raise NotMeasurable("no current flows in this record")
    sign, head = _runs(_states(record, level))
    sign, head = _without_transits(sign, head, record.size)
    begin = np.concatenate(([0.0], _instants(record, sign, head, level)))
    return Train(sign, np.concatenate((head, [record.size])).astype(np.intp), begin, level)


def _states(record: Samples, level: float) -> NDArray[np.int8]:
    """The state of each sample; one between two states has that of the sample before."""
    magnitude = np.abs(record)
    flows, rests = magnitude > _ACTIVE * level, magnitude < _RESTING * level
    states = np.where(flows, np.sign(record), 0).astype(np.int8)
    known = np.maximum.accumulate(np.where(flows | rests, np.arange(record.size), 0))
    return np.asarray(states[known], dtype=np.int8)


def _runs(states: NDArray[np.int8]) -> tuple[NDArray[np.int8], Indices]:
    head = np.concatenate(([0], np.flatnonzero(np.diff(states)) + 1)).astype(np.intp)
    return states[head], head


def _without_transits(sign: NDArray[np.int8], head: Indices, size: int) -> tuple[NDArray[np.int8], Indices]:
    """Leave out rests that are no longer than an edge, between opposite phases."""
    length = np.diff(np.concatenate((head, [size])))
    flowing = length[sign != 0]
    most = max(_TRANSIT, _TRANSIT_SHARE * float(np.median(flowing))) if flowing.size else _TRANSIT
    inner = np.zeros(sign.size, dtype=np.bool_)
    inner[1:-1] = (sign[1:-1] == 0) & (sign[:-2] * sign[2:] < 0)
    kept = ~(inner & (length <= most))
    return sign[kept], head[kept]


def _instants(record: Samples, sign: NDArray[np.int8], head: Indices, level: float) -> Samples:
    """Where the phases after the first one begin: at half of the way from the state before, by interpolation."""
    found = np.empty(max(sign.size - 1, 0))
    index = np.arange(record.size, dtype=np.intp)
    before, after = sign[:-1].astype(np.intp), sign[1:].astype(np.intp)
    for low, high in {(int(a), int(b)) for a, b in zip(before, after, strict=True)}:
        chosen = np.flatnonzero((before == low) & (after == high))
        up = 1.0 if high > low else -1.0
        along, middle = up * record, up * level * (low + high) / 2
        last_below = np.maximum.accumulate(np.where(along < middle, index, 0))
        left = last_below[head[chosen + 1]]
        right = np.minimum(left + 1, record.size - 1)
        step = along[right] - along[left]
        part = np.where(step > 0, (middle - along[left]) / np.where(step > 0, step, 1.0), 0.5)
        found[chosen] = left + np.clip(part, 0.0, 1.0)
    return found
