"""Every stretch of bench time so far, so that any past interval can be answered exactly."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.simulation.circuit.stage import Stage
from harness.simulation.circuit.stretch import Quantity, Stretch
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from harness.simulation.circuit.segment import Segment

__all__ = ["Edge", "History", "Quantity", "Stage", "Stretch"]


@dataclass(frozen=True, slots=True)
class Edge:
    """A crossing of `level`; before it the quantity lies beyond `level` by `hysteresis`, as in a Schmitt trigger."""

    quantity: Quantity
    level: float
    rising: bool
    hysteresis: float


class History:
    """The stretches so far; the last one has no end yet.

    Attributes:
        changes_ns: when the bench is known to change next, because a load varies; None where that is not known.
    """

    def __init__(self) -> None:
        self.changes_ns: int | None = None
        self._stretches: list[Stretch] = []
        self._starts: list[int] = []

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
        index = max(0, bisect.bisect_right(self._starts, from_ns) - 1)
        while from_ns < to_ns and index < len(self._stretches):
            last = index + 1 == len(self._stretches)
            end_ns = to_ns if last else min(to_ns, self._starts[index + 1])
            yield self._stretches[index], from_ns, end_ns
            from_ns = end_ns
            index += 1


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
