"""Many segments at once, as columns: for records of a quarter of a million samples over thousands of half periods."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from harness.simulation.circuit import exponential
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.simulation.circuit.segment import Segment, Sine

    Numbers = NDArray[np.float64]

_MARKS_IN_A_TURN = 32
_YOUNG = np.array(
    [0.0, 0.3, 0.6, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 13.0, 16.0, 20.0, 25.0, 32.0, 40.0]
)
"""Time constants after which an exponential is looked at."""
_HALVINGS = 30

_SAMPLES_TO_A_PIECE = 8
"""With more than this a piece is evaluated by itself."""

_AT_ONCE = 8192
"""Samples that stay in the processor's cache while a piece is evaluated."""


@dataclass(frozen=True, slots=True)
class Pieces:
    """Segments without their sine that follow each other without a gap; a row each.

    Attributes:
        edges_ns: starts, and the end of the last one.
        values: of the line at the start.
        slopes: of the line, per second.
        coefficients: of the exponentials at the start; 0 where there are fewer.
        rates: per second.
    """

    edges_ns: NDArray[np.int64]
    values: Numbers
    slopes: Numbers
    coefficients: Numbers
    rates: Numbers

    @classmethod
    def of(cls, segments: Sequence[Segment]) -> Pieces:
        width = max(len(segment.decays) for segment in segments)
        padded = [segment.decays + ((0.0, 0.0),) * (width - len(segment.decays)) for segment in segments]
        decays = np.array(padded, np.float64).reshape(len(segments), width, 2)
        return cls(
            np.array([*(segment.start_ns for segment in segments), segments[-1].end_ns], np.int64),
            np.array([segment.value for segment in segments]),
            np.array([segment.slope for segment in segments]),
            decays[:, :, 0],
            decays[:, :, 1],
        )

    @classmethod
    def joined(cls, parts: Sequence[Pieces]) -> Pieces:
        """Answer parts that follow each other as one."""
        width = max(part.rates.shape[1] for part in parts)

        def wide(table: Numbers) -> Numbers:
            return np.pad(table, ((0, 0), (0, width - table.shape[1])))

        return cls(
            np.concatenate([*(part.edges_ns[:-1] for part in parts), parts[-1].edges_ns[-1:]]),
            np.concatenate([part.values for part in parts]),
            np.concatenate([part.slopes for part in parts]),
            np.concatenate([wide(part.coefficients) for part in parts]),
            np.concatenate([wide(part.rates) for part in parts]),
        )

    def repeated(self, count: int) -> Pieces:
        """Answer `count` copies, one after the other."""
        period = self.edges_ns[-1] - self.edges_ns[0]
        starts = (self.edges_ns[:-1] + period * np.arange(count)[:, None]).ravel()
        return Pieces(
            np.append(starts, self.edges_ns[0] + count * period),
            np.tile(self.values, count),
            np.tile(self.slopes, count),
            np.tile(self.coefficients, (count, 1)),
            np.tile(self.rates, (count, 1)),
        )

    def sample(self, base_ns: int, seconds: Numbers) -> Numbers:
        """Evaluate at ``base_ns + seconds``, which ascend."""
        starts = (self.edges_ns[:-1] - base_ns) / NS_PER_S
        if len(starts) * _SAMPLES_TO_A_PIECE > len(seconds):
            rows = np.maximum(np.searchsorted(starts, seconds, side="right") - 1, 0)
            return self._evaluate(rows, np.maximum(seconds - starts[rows], 0.0)) + 0.0
        firsts = np.searchsorted(seconds, starts, side="left").tolist()
        values, room = np.empty(len(seconds)), np.empty((2, _AT_ONCE))
        levels, slopes, decays = (self.values + 0.0).tolist(), self.slopes.tolist(), self._decays()
        for row, (first, last) in enumerate(pairwise([0, *firsts[1:], len(seconds)])):
            values[first:last] = levels[row]
            if not slopes[row] and row not in decays:
                continue
            for low in range(first, last, _AT_ONCE):
                high = min(last, low + _AT_ONCE)
                part, (since_s, term) = values[low:high], room[:, : high - low]
                np.maximum(np.subtract(seconds[low:high], starts[row], out=since_s), 0.0, out=since_s)
                # The very sums of `_evaluate`, in their order.
                if slopes[row]:
                    part += np.multiply(slopes[row], since_s, out=term)
                for coefficient, rate in decays.get(row, ()):
                    np.exp(np.multiply(rate, since_s, out=term), out=term)
                    part += np.multiply(coefficient, term, out=term)
        return values

    def _decays(self) -> dict[int, list[exponential.Term]]:
        """Answer the exponentials of each row that has any."""
        found: dict[int, list[exponential.Term]] = {}
        for row, column in np.argwhere(self.coefficients).tolist():
            term = (self.coefficients[row, column].item(), self.rates[row, column].item())
            found.setdefault(row, []).append(term)
        return found

    def ends(self) -> tuple[Numbers, Numbers]:
        """Answer the values at the start of each piece, and those that it nears at its end."""
        lengths = np.diff(self.edges_ns) / NS_PER_S
        every = np.arange(len(self.values))
        return self._evaluate(every, np.zeros(len(every))), self._evaluate(every, lengths)

    def turning_points(self, base_ns: int, sine: Sine) -> Numbers:
        """Answer seconds after `base_ns` at which the pieces with `sine` on them turn, in no order.

        Closed forms where a piece is a line with a sine; the zeros of the slope, each alone between two bounds, where
        it has exponentials only. Where it has both, zeros between two marks at which the slope has different signs:
        marks lie 32 to a turn of the sine and closer than half a time constant while an exponential is young.
        """
        starts = (self.edges_ns[:-1] - base_ns) / NS_PER_S
        steepest = sine.amplitude * sine.angular_frequency
        if not steepest:
            return self._turns_of_decays(starts)
        origin = (base_ns - sine.origin_ns) / NS_PER_S * sine.angular_frequency
        wave = _Wave(sine.angular_frequency, origin, steepest)
        decaying = self.coefficients.any(axis=1)
        found = [self._turns_of_sine(starts, wave)] if not decaying.all() else []
        if decaying.any():
            found.append(self._turns_of_both(starts, wave, np.flatnonzero(decaying)))
        return np.concatenate(found)

    def _evaluate(self, row: NDArray[np.int64], since_s: Numbers) -> Numbers:
        values: Numbers = self.values[row] + self.slopes[row] * since_s
        for column in range(self.rates.shape[1]):
            coefficient = self.coefficients[row, column]
            live = np.flatnonzero(coefficient)
            values[live] += coefficient[live] * np.exp(self.rates[row[live], column] * since_s[live])
        return values

    def _slope(self, row: NDArray[np.int64], since_s: Numbers) -> Numbers:
        steep = self.coefficients[row] * self.rates[row]
        total: Numbers = self.slopes[row] + (steep * np.exp(self.rates[row] * since_s[:, None])).sum(axis=1)
        return total

    def _turns_of_decays(self, starts: Numbers) -> Numbers:
        """Turning points without the sine."""
        steep = self.coefficients * self.rates
        up = (self.slopes > 0.0) | (steep > 0.0).any(axis=1)
        down = (self.slopes < 0.0) | (steep < 0.0).any(axis=1)
        found: list[float] = []
        for row in np.flatnonzero(up & down).tolist():
            terms = [(self.slopes[row].item(), 0.0)]
            terms.extend(zip(steep[row].tolist(), self.rates[row].tolist(), strict=True))
            length = (self.edges_ns[row + 1] - self.edges_ns[row]).item() / NS_PER_S
            found.extend(starts[row].item() + seconds for seconds in exponential.roots(terms, length))
        return np.array(found)

    def _turns_of_sine(self, starts: Numbers, wave: _Wave) -> Numbers:
        """Crests and troughs of the sine, moved to where it undoes the slope of the line it lies on."""
        end = starts[-1] + (self.edges_ns[-1] - self.edges_ns[-2]) / NS_PER_S
        first = math.floor((wave.origin + wave.omega * starts[0]) / math.pi) - 1
        last = math.ceil((wave.origin + wave.omega * end) / math.pi) + 1
        numbers = np.arange(first, last)
        crests = (numbers + 0.5) * math.pi
        slopes = self.slopes[np.maximum(np.searchsorted(starts, (crests - wave.origin) / wave.omega) - 1, 0)]
        # Near a crest A w cos(phase) is -A w sin(phase - crest), near a trough the opposite.
        shift = np.arcsin(np.clip(np.where(numbers % 2 == 0, 1.0, -1.0) * slopes / wave.steepest, -1.0, 1.0))
        times: Numbers = (crests + shift - wave.origin) / wave.omega
        return times

    def _turns_of_both(self, starts: Numbers, wave: _Wave, rows: NDArray[np.int64]) -> Numbers:
        row, since = self._marks(rows, 2.0 * math.pi / wave.omega / _MARKS_IN_A_TURN)

        def slope(row: NDArray[np.int64], since: Numbers) -> Numbers:
            turning: Numbers = wave.steepest * np.cos(wave.origin + wave.omega * (starts[row] + since))
            return self._slope(row, since) + turning

        rising = slope(row, since) > 0.0
        at = np.flatnonzero((row[1:] == row[:-1]) & (rising[1:] != rising[:-1]))
        row, low, high, rises = row[at], since[at], since[at + 1], rising[at]
        for _ in range(_HALVINGS):
            middle = 0.5 * (low + high)
            same = (slope(row, middle) > 0.0) == rises
            low, high = np.where(same, middle, low), np.where(same, high, middle)
        return starts[row] + high

    def _marks(self, rows: NDArray[np.int64], step_s: float) -> tuple[NDArray[np.int64], Numbers]:
        """Answer pieces and seconds since their starts between which the slope changes its sign at most once."""
        lengths = np.diff(self.edges_ns)[rows] / NS_PER_S
        counts = np.ceil(lengths / step_s).astype(np.int64) + 1
        even_row = np.repeat(rows, counts)
        number = np.arange(len(even_row)) - np.repeat(np.cumsum(counts) - counts, counts)
        even = np.minimum(number * step_s, np.repeat(lengths, counts))
        rates = np.where(self.coefficients[rows] != 0.0, -self.rates[rows], np.inf)
        young = np.minimum((_YOUNG / rates[:, :, None]).reshape(len(rows), -1), lengths[:, None])
        row = np.concatenate([even_row, np.repeat(rows, young.shape[1])])
        since = np.concatenate([even, young.ravel()])
        order = np.lexsort((since, row))
        return row[order], since[order]


@dataclass(frozen=True, slots=True)
class _Wave:
    """A sine on pieces: its angular frequency, its phase at the time base, and its steepest slope."""

    omega: float
    origin: float
    steepest: float
