"""What the unit's current source is told to do: the programme of its current over time."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import TYPE_CHECKING

from harness.quantity import finite
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterator

FOREVER_NS = 1 << 62
"""Later than anything that will be asked for."""

_CHORD = 1e-6
"""Of the amplitude: how far a chord may lie beside the product of two slopes."""

_COMMON_PERIODS = 64
"""Of the longest period that is added: longer common periods are not waited for."""


@dataclass(frozen=True, slots=True)
class Line:
    """A straight piece of the source current on [start, end): `value` at the start, `slope` per second.

    `others` are value and slope of each further source.
    """

    start_ns: int
    end_ns: int
    value: float
    slope: float
    others: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """One straight piece of a programme: a plateau, or a slope.

    Attributes:
        duration_ns: its length, above 0.
        factor: times the drive's amplitude; signed.
        end_factor: what it ends with, straight from `factor`; None: a plateau.
    """

    duration_ns: int
    factor: float
    end_factor: float | None = None

    def __post_init__(self) -> None:
        finite("factor of a piece", self.factor)
        if self.end_factor is not None:
            finite("end factor of a piece", self.end_factor)
        if self.duration_ns <= 0:
            raise ValueError(f"a piece of {self.duration_ns} ns has no length")

    @property
    def last_factor(self) -> float:
        """What it ends with."""
        return self.factor if self.end_factor is None else self.end_factor


@dataclass(frozen=True, slots=True)
class Drive:
    """``amplitude * programme(t) * envelope(t) + offset``, and the drives that are added to it.

    Where a slope of the programme meets a slope of the envelope, their product is followed by chords, within 1e-6 of
    the amplitude.

    Attributes:
        amplitude_a: what the factors multiply.
        programme: pieces that are repeated for ever from `origin_ns`, and before it; one plateau: steady.
        origin_ns: a time at which the programme begins.
        envelope: corners (nanoseconds after `on_ns`, factor), the first one at 0, straight between them; the last
            factor holds, and the first one before. Two corners at one time are a step. Empty: 1.
        on_ns: start of the envelope.
        offset_a: added to it all, not scaled: what a stuck or leaking output gives.
        repeats: False: the programme happens once; its first factor holds before it, its last one after it.
        added: drives whose currents are added: ringing after each edge, a burst, an oscillation. Where their periods
            have no short common multiple, nothing repeats and every period is solved.
    """

    amplitude_a: float
    programme: tuple[Piece, ...]
    origin_ns: int
    envelope: tuple[tuple[int, float], ...] = ()
    on_ns: int = 0
    offset_a: float = 0.0
    repeats: bool = True
    added: tuple[Drive, ...] = ()

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
        """Answer the same drive with its programme starting anew at `origin_ns`, and those added to it as far apart."""
        added = tuple(other.rephased(other.origin_ns + origin_ns - self.origin_ns) for other in self.added)
        return replace(self, origin_ns=origin_ns, added=added)


class Schedule:
    """Drives of one or more sources, each with what is added to it, and their breaks looked up.

    Attributes:
        drives: what it was made from, a drive for each source.
        period_ns: of the programmes together; None where nothing repeats.
        settled_ns: from when on nothing changes but what repeats.
        happens_once: whether there is a programme that does not repeat.
    """

    def __init__(self, *drives: Drive) -> None:
        self.drives = drives
        self._sources = [[_Track(part) for part in _flat(drive)] for drive in drives]
        self._tracks = [track for tracks in self._sources for track in tracks]
        self.settled_ns = max(track.settled_ns for track in self._tracks)
        self.happens_once = any(track.once for track in self._tracks)
        repeating = [track for track in self._tracks if track.period_ns is not None]
        periods = {track.period_ns for track in repeating if track.period_ns is not None}
        self.period_ns = math.lcm(*periods) if periods else None
        self._origin_ns = (repeating[0] if repeating else self._tracks[0]).drive.origin_ns
        if self.period_ns is not None and self.period_ns > _COMMON_PERIODS * max(periods):
            self.period_ns, self.settled_ns = max(periods), FOREVER_NS

    def period_start(self, at_ns: int) -> int:
        """Answer the start of the period that holds `at_ns`; only where there is a period."""
        return at_ns - (at_ns - self._origin_ns) % (self.period_ns or 1)

    def lines(self, from_ns: int, to_ns: int) -> Iterator[Line]:
        """Cut [from, to) into straight pieces."""
        if len(self._tracks) == 1:
            yield from self._tracks[0].lines(from_ns, to_ns)
            return
        running = [track.lines(from_ns, to_ns) for track in self._tracks]
        now = [next(lines) for lines in running] if from_ns < to_ns else []
        while from_ns < to_ns:
            end_ns = min(line.end_ns for line in now)
            first, *others = self._summed(now, from_ns)
            yield Line(from_ns, end_ns, *first, tuple(others))
            from_ns = end_ns
            if from_ns < to_ns:
                now = [next(lines) if line.end_ns == end_ns else line for line, lines in zip(now, running, strict=True)]

    def _summed(self, now: list[Line], at_ns: int) -> Iterator[tuple[float, float]]:
        """Answer value and slope of each source, from the lines of all tracks."""
        lines = iter(now)
        for tracks in self._sources:
            own = [next(lines) for _ in tracks]
            value = sum(line.value + line.slope * ((at_ns - line.start_ns) / NS_PER_S) for line in own)
            yield value, sum(line.slope for line in own)


def _flat(drive: Drive) -> Iterator[Drive]:
    """Answer a drive, and each that is added to it."""
    yield drive
    for other in drive.added:
        yield from _flat(other)


class _Track:
    """One drive without what is added to it.

    Attributes:
        drive: what it was made from.
        period_ns: of the programme; None where the programme is steady or happens once.
        settled_ns: from when on the envelope, or a programme that happens once, changes nothing any more.
        once: whether its programme happens once and is not steady.
    """

    def __init__(self, drive: Drive) -> None:
        self.drive = drive
        self._ends = list(accumulate(piece.duration_ns for piece in drive.programme))
        self._levels = [drive.amplitude_a * piece.factor for piece in drive.programme]
        self._lasts = [drive.amplitude_a * piece.last_factor for piece in drive.programme]
        self._steady = len({*self._levels, *self._lasts}) == 1
        self._corners = [time_ns for time_ns, _ in drive.envelope]
        self.once = not drive.repeats and not self._steady
        self.period_ns = None if self._steady or self.once else self._ends[-1]
        self.settled_ns = drive.on_ns + self._corners[-1] if self._corners else -FOREVER_NS
        self._envelope_settled_ns = self.settled_ns
        if self.once:
            self.settled_ns = max(self.settled_ns, drive.origin_ns + self._ends[-1])

    def lines(self, from_ns: int, to_ns: int) -> Iterator[Line]:
        """Cut [from, to) into straight pieces."""
        start = from_ns
        while start < to_ns:
            level, steepness, begin, end = self._piece(start)
            factor, slope, corner_begin, corner = self._envelope(start)
            end = min(end, corner)
            if steepness and slope:
                line = self._chord(start, max(begin, corner_begin), end)
                line = Line(start, min(line.end_ns, to_ns), line.value, line.slope)
            else:
                steep = level * slope + steepness * factor if steepness else level * slope
                line = Line(start, min(end, to_ns), level * factor + self.drive.offset_a, steep)
            yield line
            start = line.end_ns

    def _piece(self, at_ns: int) -> tuple[float, float, int, int]:
        """Answer level, its slope per second, and where the piece begins and ends."""
        if self._steady:
            return self._levels[0], 0.0, -FOREVER_NS, FOREVER_NS
        since = at_ns - self.drive.origin_ns
        if self.once and since < 0:
            return self._levels[0], 0.0, -FOREVER_NS, self.drive.origin_ns
        if self.once and since >= self._ends[-1]:
            return self._lasts[-1], 0.0, at_ns, FOREVER_NS
        inside = since % self._ends[-1]
        index = bisect.bisect_right(self._ends, inside)
        level, duration_ns = self._levels[index], self.drive.programme[index].duration_ns
        end_ns = at_ns - inside + self._ends[index]
        if self._lasts[index] == level:
            return level, 0.0, end_ns - duration_ns, end_ns
        slope = (self._lasts[index] - level) / duration_ns
        passed_ns = at_ns - (end_ns - duration_ns)
        return level + slope * passed_ns, slope * NS_PER_S, end_ns - duration_ns, end_ns

    def _envelope(self, at_ns: int) -> tuple[float, float, int, int]:
        """Answer factor, slope of the factor per second, and where that begins and ends."""
        if not self._corners or at_ns >= self._envelope_settled_ns:
            return (self.drive.envelope[-1][1] if self._corners else 1.0), 0.0, -FOREVER_NS, FOREVER_NS
        since = at_ns - self.drive.on_ns
        index = bisect.bisect_right(self._corners, since)
        after_ns, after = self.drive.envelope[index]
        if index == 0:
            return after, 0.0, -FOREVER_NS, self.drive.on_ns
        before_ns, before = self.drive.envelope[index - 1]
        slope = (after - before) / (after_ns - before_ns)
        factor = before + slope * (since - before_ns)
        return factor, slope * NS_PER_S, self.drive.on_ns + before_ns, self.drive.on_ns + after_ns

    def _chord(self, at_ns: int, begin_ns: int, end_ns: int) -> Line:
        """Answer the chord at one instant of the product of two slopes that hold on [begin, end)."""
        level, steepness, _, _ = self._piece(begin_ns)
        factor, slope, _, _ = self._envelope(begin_ns)
        length_s = (end_ns - begin_ns) / NS_PER_S
        bulge = abs(steepness * slope) * length_s * length_s / 4.0
        count = max(1, math.ceil(math.sqrt(bulge / (_CHORD * abs(self.drive.amplitude_a)))))
        width_ns = -((begin_ns - end_ns) // count)
        start_ns = begin_ns + (at_ns - begin_ns) // width_ns * width_ns
        stop_ns = min(end_ns, start_ns + width_ns)

        def product(time_ns: int) -> float:
            seconds = (time_ns - begin_ns) / NS_PER_S
            return (level + steepness * seconds) * (factor + slope * seconds)

        steep = (product(stop_ns) - product(start_ns)) / (stop_ns - start_ns)
        value = product(start_ns) + steep * (at_ns - start_ns) + self.drive.offset_a
        return Line(at_ns, stop_ns, value, steep * NS_PER_S)


def steady(current_a: float) -> Drive:
    """Drive a constant current, as the leakage of an output that is off."""
    return Drive(current_a, (Piece(NS_PER_S, 1.0),), 0)
