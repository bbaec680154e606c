"""The stretches of bench time so far, so that any past interval that is not too old can be answered exactly."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakSet

import numpy as np

from harness.simulation.circuit.stage import Stage
from harness.simulation.circuit.stretch import Quantity, Stretch
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from harness.simulation.circuit.segment import Segment

__all__ = ["KEPT", "Edge", "History", "Quantity", "Stage", "Stretch"]

KEPT = 30_000
"""Stretches that are never forgotten, the newest: a whole certification makes some nine thousand."""

_SPARE = 3_000
"""Stretches by which it grows beyond that before it forgets: those who share its lists pay for each time."""

_MARGIN_NS = 60 * NS_PER_S
"""What is kept before anything that is needed, and around an excerpt. Filters settle, and meters integrate, in less."""


@dataclass(frozen=True, slots=True)
class Edge:
    """A crossing of `level`; before it the quantity lies beyond `level` by `hysteresis`, as in a Schmitt trigger."""

    quantity: Quantity
    level: float
    rising: bool
    hysteresis: float


class History:
    """The stretches so far; the last one has no end yet.

    Args:
        needed_ns: answers from when on the past is needed by whoever is in the middle of something; a minute before
            that is kept too. None: what is not among the newest is needed by nobody.

    Attributes:
        changes_ns: when the bench is known to change next, because a load varies; None where that is not known.
        reaches_ns: the first instant that is not forgotten.
    """

    def __init__(self, needed_ns: Callable[[], int] | None = None) -> None:
        self.changes_ns: int | None = None
        self.reaches_ns = 0
        self._needed_ns = needed_ns
        self._stretches: list[Stretch] = []
        self._starts: list[int] = []
        self._full = KEPT + _SPARE
        self._excerpts: WeakSet[_Excerpt] = WeakSet()

    @property
    def last(self) -> Stretch:
        return self._stretches[-1]

    def append(self, stretch: Stretch) -> None:
        """Let `stretch` hold from its start on; of several at one instant only the last one counts."""
        if self._starts and self._starts[-1] == stretch.start_ns:
            self._stretches[-1] = stretch
            return
        self._stretches.append(stretch)
        self._starts.append(stretch.start_ns)
        if len(self._starts) > self._full:
            self._forget()

    def excerpt(self, from_ns: int, to_ns: int) -> History:
        """Answer what lasts as long as it is held, whatever is forgotten here: [from, to) and a minute around it."""
        excerpt = _Excerpt(self._stretches, self._starts, from_ns - _MARGIN_NS, to_ns + _MARGIN_NS)
        excerpt.reaches_ns = self.reaches_ns
        self._excerpts.add(excerpt)
        return excerpt

    def _forget(self) -> None:
        """Drop what is neither new nor needed."""
        needed_ns = self._starts[-1] if self._needed_ns is None else self._needed_ns()
        oldest = bisect.bisect_right(self._starts, needed_ns - _MARGIN_NS) - 1
        count = max(0, min(len(self._starts) - KEPT, oldest))
        self._full = len(self._starts) - count + _SPARE
        for excerpt in tuple(self._excerpts) if count else ():
            excerpt.part()
            self._excerpts.discard(excerpt)
        del self._stretches[:count], self._starts[:count]
        self.reaches_ns = self._starts[0]

    def segments(self, quantity: Quantity, from_ns: int, to_ns: int) -> Iterator[Segment]:
        """Cut [from, to) into segments; beyond the last change they say what comes if nothing changes."""
        for stretch, start_ns, end_ns in self._parts(from_ns, to_ns):
            yield from stretch.segments(quantity, start_ns, end_ns)

    def mean(self, quantity: Quantity, from_ns: int, to_ns: int) -> float:
        """Average over [from, to)."""
        parts = self._parts(from_ns, to_ns)
        total = math.fsum(stretch.integral(quantity, start_ns, end_ns) for stretch, start_ns, end_ns in parts)
        return total / ((to_ns - from_ns) / NS_PER_S)

    def rms(self, quantity: Quantity, from_ns: int, to_ns: int) -> float:
        """Root of the mean square over [from, to)."""
        total = math.fsum(segment.integral_of_square() for segment in self.segments(quantity, from_ns, to_ns))
        return math.sqrt(max(0.0, total) / ((to_ns - from_ns) / NS_PER_S))

    def extremes(self, quantity: Quantity, from_ns: int, to_ns: int) -> tuple[float, float]:
        """Smallest and largest value in [from, to)."""
        pairs = [part.extremes(quantity, start_ns, end_ns) for part, start_ns, end_ns in self._parts(from_ns, to_ns)]
        return min(low for low, _ in pairs), max(high for _, high in pairs)

    def at(self, quantity: Quantity, at_ns: int) -> float:
        """Answer the value at one instant."""
        return next(self.segments(quantity, at_ns, at_ns + 1)).at(at_ns)

    def sample(self, quantity: Quantity, base_ns: int, seconds: NDArray[np.floating]) -> NDArray[np.float64]:
        """Sample at ``base + seconds``, which ascend."""
        times = np.asarray(seconds, np.float64)
        values = np.empty(len(times))
        done = 0
        for stretch, start_ns, end_ns in self._parts(*_around(base_ns, times)):
            end = int(np.searchsorted(times, (end_ns - base_ns) / NS_PER_S, side="left"))
            if end - done == len(times):
                return stretch.sample(quantity, start_ns, end_ns, base_ns, times)
            if end > done:
                values[done:end] = stretch.sample(quantity, start_ns, end_ns, base_ns, times[done:end])
                done = end
        return values

    def extremes_in(
        self, quantity: Quantity, base_ns: int, bounds_s: NDArray[np.floating]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Smallest and largest value in each interval [bounds[k], bounds[k + 1]) after `base_ns`; they ascend."""
        bounds = np.asarray(bounds_s, np.float64)
        low, high = np.full(len(bounds) - 1, np.inf), np.full(len(bounds) - 1, -np.inf)
        for stretch, start_ns, end_ns in self._parts(*_around(base_ns, bounds)):
            start_s, end_s = (start_ns - base_ns) / NS_PER_S, (end_ns - base_ns) / NS_PER_S
            first = max(0, int(np.searchsorted(bounds, start_s, side="right")) - 1)
            last = min(len(low), int(np.searchsorted(bounds, end_s, side="left")))
            if first < last:
                inside = np.clip(bounds[first : last + 1], start_s, end_s)
                below, above = stretch.extremes_in(quantity, start_ns, end_ns, base_ns, inside)
                np.minimum(low[first:last], below, out=low[first:last])
                np.maximum(high[first:last], above, out=high[first:last])
        return low, high

    def first_crossing(
        self, edge: Edge, from_ns: int, to_ns: int, *, primed: bool, until_change: bool = False
    ) -> tuple[int | None, bool]:
        """Find the first time in [from, to) at which `edge` comes.

        Args:
            edge: what to look for.
            from_ns: first instant.
            to_ns: first instant after the search.
            primed: whether the quantity has been beyond the hysteresis before.
            until_change: whether to leave alone what would come after the next known change of the bench, if nothing
                changed; for those who look again at every change.

        Returns:
            The time, or None; and whether it has been beyond the hysteresis by then.
        """
        from_ns = max(from_ns, self.reaches_ns)
        brief = until_change and self.changes_ns is not None
        if brief and self.changes_ns is not None:
            to_ns = min(to_ns, max(self.changes_ns, from_ns))
        for stretch, start_ns, end_ns in self._parts(from_ns, to_ns):
            at_ns = start_ns
            while at_ns < end_ns and (
                brief or _within_reach(stretch.bounds(edge.quantity, at_ns), edge, primed=primed)
            ):
                stop_ns = stretch.look_until(at_ns, end_ns)
                time_ns, primed = crossing_among(stretch.segments(edge.quantity, at_ns, stop_ns), edge, primed=primed)
                if time_ns is not None:
                    return time_ns, True
                at_ns = stop_ns
        return None, primed

    def _parts(self, from_ns: int, to_ns: int) -> Iterator[tuple[Stretch, int, int]]:
        if from_ns < self.reaches_ns and self.reaches_ns:
            raise LookupError(f"the past is known from {self.reaches_ns} ns on; {from_ns} ns was asked for")
        index = max(0, bisect.bisect_right(self._starts, from_ns) - 1)
        while from_ns < to_ns and index < len(self._stretches):
            last = index + 1 == len(self._stretches)
            end_ns = to_ns if last else min(to_ns, self._starts[index + 1])
            yield self._stretches[index], from_ns, end_ns
            from_ns = end_ns
            index += 1


class _Excerpt(History):
    """A part of a history, which shares the lists of the whole until that forgets something.

    Args:
        stretches: of the whole.
        starts: of each of them.
        from_ns: first instant.
        to_ns: first instant after it.
    """

    def __init__(self, stretches: list[Stretch], starts: list[int], from_ns: int, to_ns: int) -> None:
        super().__init__()
        self._stretches, self._starts = stretches, starts
        self._from_ns, self._to_ns = from_ns, to_ns

    def part(self) -> None:
        """Keep what it covers for itself."""
        first = max(0, bisect.bisect_right(self._starts, self._from_ns) - 1)
        last = bisect.bisect_left(self._starts, self._to_ns)
        self._stretches, self._starts = self._stretches[first:last], self._starts[first:last]
        self.reaches_ns = self._starts[0]


def _around(base_ns: int, seconds: NDArray[np.float64]) -> tuple[int, int]:
    return base_ns + math.floor(seconds[0] * NS_PER_S), base_ns + math.ceil(seconds[-1] * NS_PER_S) + 1


def _within_reach(bounds: tuple[float, float] | None, edge: Edge, *, primed: bool) -> bool:
    """Whether a quantity between `bounds` can still come beyond the hysteresis, or cross if it has been there."""
    if bounds is None:
        return True
    low, high = bounds if edge.rising else (-bounds[1], -bounds[0])
    level = edge.level if edge.rising else -edge.level
    return high >= level if primed else low < level - edge.hysteresis


def crossing_among(segments: Iterable[Segment], edge: Edge, *, primed: bool) -> tuple[int | None, bool]:
    """Find the first time at which `edge` comes in segments that follow each other; see `History.first_crossing`."""
    sign = 1.0 if edge.rising else -1.0
    for segment in segments:
        up = segment if edge.rising else segment.negated()
        time_ns: int | None = segment.start_ns
        if not primed:
            time_ns = _first_below(up, sign * edge.level - edge.hysteresis)
        if time_ns is None:
            continue
        primed = True
        time_ns = up.first_at_least(sign * edge.level, time_ns)
        if time_ns is not None and time_ns < segment.end_ns:
            return time_ns, True
    return None, primed


def _first_below(segment: Segment, level: float) -> int | None:
    """Find the first time at which the value lies truly below `level`."""
    if segment.at(segment.start_ns) < level:
        return segment.start_ns
    time_ns = segment.negated().first_at_least(math.nextafter(-level, math.inf), segment.start_ns)
    return None if time_ns is None or time_ns >= segment.end_ns else time_ns
