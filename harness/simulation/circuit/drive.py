"""What the unit's current source is told to do: the programme of its current over time."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

from harness.quantity import finite
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterator

FOREVER_NS = 1 << 62
"""Later than anything that will be asked for."""


@dataclass(frozen=True, slots=True)
class Line:
    """A straight piece of the source current on [start, end): `value` at the start, `slope` per second."""

    start_ns: int
    end_ns: int
    value: float
    slope: float


@dataclass(frozen=True, slots=True)
class Piece:
    """One plateau of a periodic programme.

    Attributes:
        duration_ns: its length, above 0.
        factor: times the drive's amplitude; signed.
    """

    duration_ns: int
    factor: float

    def __post_init__(self) -> None:
        finite("factor of a piece", self.factor)
        if self.duration_ns <= 0:
            raise ValueError(f"a piece of {self.duration_ns} ns has no length")


@dataclass(frozen=True, slots=True)
class Drive:
    """``amplitude * programme(t) * envelope(t) + offset``.

    Attributes:
        amplitude_a: what the factors multiply.
        programme: plateaus that are repeated for ever from `origin_ns`, and before it; one plateau: steady.
        origin_ns: a time at which the programme begins.
        envelope: corners (nanoseconds after `on_ns`, factor), the first one at 0, straight between them; the last
            factor holds, and the first one before. Two corners at one time are a step. Empty: 1.
        on_ns: start of the envelope.
        offset_a: added to it all, not scaled: what a stuck or leaking output gives.
    """

    amplitude_a: float
    programme: tuple[Piece, ...]
    origin_ns: int
    envelope: tuple[tuple[int, float], ...] = ()
    on_ns: int = 0
    offset_a: float = 0.0

    def __post_init__(self) -> None:
        finite("amplitude of a drive", self.amplitude_a)
        finite("offset of a drive", self.offset_a)
        if not self.programme:
            raise ValueError("a programme has at least one piece")
        times = [time_ns for time_ns, _ in self.envelope]
        if times and (times[0] != 0 or times != sorted(times)):
            raise ValueError(f"corners of an envelope start at 0 and ascend; these are {times}")
        for time_ns, factor in self.envelope:
            finite(f"envelope at {time_ns} ns", factor)

    def lines(self, from_ns: int, to_ns: int) -> Iterator[Line]:
        """Cut [from, to) into straight pieces."""
        return Schedule(self).lines(from_ns, to_ns)

    def rephased(self, origin_ns: int) -> Drive:
        """Answer the same drive with its programme starting anew at `origin_ns`."""
        return replace(self, origin_ns=origin_ns)


class Schedule:
    """A drive with its breaks looked up.

    Attributes:
        drive: what it was made from.
        period_ns: of the programme; None where the programme is steady.
        settled_ns: from when on the envelope changes nothing any more.
    """

    def __init__(self, drive: Drive) -> None:
        self.drive = drive
        self._ends = list(accumulate(piece.duration_ns for piece in drive.programme))
        self._levels = [drive.amplitude_a * piece.factor for piece in drive.programme]
        self._steady = len(set(self._levels)) == 1
        self._corners = [time_ns for time_ns, _ in drive.envelope]
        self.period_ns = None if self._steady else self._ends[-1]
        self.settled_ns = drive.on_ns + self._corners[-1] if self._corners else -FOREVER_NS

    def period_start(self, at_ns: int) -> int:
        """Answer the start of the period that holds `at_ns`; only for a programme that is not steady."""
        return at_ns - (at_ns - self.drive.origin_ns) % self._ends[-1]

    def lines(self, from_ns: int, to_ns: int) -> Iterator[Line]:
        start = from_ns
        while start < to_ns:
            level, end = self._plateau(start)
            factor, slope, corner = self._envelope(start)
            end = min(end, corner, to_ns)
            yield Line(start, end, level * factor + self.drive.offset_a, level * slope)
            start = end

    def _plateau(self, at_ns: int) -> tuple[float, int]:
        if self._steady:
            return self._levels[0], FOREVER_NS
        inside = (at_ns - self.drive.origin_ns) % self._ends[-1]
        index = bisect.bisect_right(self._ends, inside)
        return self._levels[index], at_ns - inside + self._ends[index]

    def _envelope(self, at_ns: int) -> tuple[float, float, int]:
        """Answer factor, slope of the factor per second, and where that ends."""
        if not self._corners or at_ns >= self.settled_ns:
            return (self.drive.envelope[-1][1] if self._corners else 1.0), 0.0, FOREVER_NS
        since = at_ns - self.drive.on_ns
        index = bisect.bisect_right(self._corners, since)
        after_ns, after = self.drive.envelope[index]
        if index == 0:
            return after, 0.0, self.drive.on_ns
        before_ns, before = self.drive.envelope[index - 1]
        slope = (after - before) / (after_ns - before_ns)
        return before + slope * (since - before_ns), slope * NS_PER_S, self.drive.on_ns + after_ns


def steady(current_a: float) -> Drive:
    """Drive a constant current, as the leakage of an output that is off."""
    return Drive(current_a, (Piece(NS_PER_S, 1.0),), 0)
