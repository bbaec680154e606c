"""What becomes of the edges of a sequence: dead time, slew, overshoot and ringing."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulation.circuit.drive import Piece
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.simulation.files.electronicsfile import Electronics

_PARTS_OF_A_TURN = 12
"""Straight pieces for each turn of a ringing."""

_MOST_PARTS = 4000
_PERIODS = 200
_RELAXING_PERIODS = 100
"""In which what a slow source rests on moves to the mean of the levels, in a straight line; assumed."""

_NEAR = 1e-9
"""Of the largest current: two periods that begin this near to each other are the same."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How the stage goes from one current to another.

    Attributes:
        dead_ns: the bridge is open for so long where the direction changes.
        slew_a_per_s: fastest change of the current; infinity: a step.
        overshoot: beyond the new current, as a share of the change.
        overshoot_ns: until that has faded, in a straight line.
        ringing_hz: of the overshoot while it fades; 0: it does not change its sign.
    """

    dead_ns: int = 0
    slew_a_per_s: float = math.inf
    overshoot: float = 0.0
    overshoot_ns: int = 0
    ringing_hz: float = 0.0

    @property
    def is_a_step(self) -> bool:
        return not self.dead_ns and math.isinf(self.slew_a_per_s) and not self.overshoot


STEP = Shape()


def shape(electronics: Electronics, largest_a: float, load_ohm: float, compliance_v: float) -> Shape:
    """Answer how a stage goes from one current to another.

    Args:
        electronics: as it was built.
        largest_a: largest current of the sequence.
        load_ohm: a limited rise of the voltage is a limited rise of the current through this.
        compliance_v: and no voltage rises beyond this.
    """
    slew = math.inf
    if electronics.slew_v_per_s and largest_a:
        slew = electronics.slew_v_per_s / min(load_ohm, compliance_v / largest_a)
    return Shape(
        dead_ns=round(electronics.dead_time_s * NS_PER_S),
        slew_a_per_s=slew,
        overshoot=electronics.overshoot,
        overshoot_ns=round(electronics.overshoot_s * NS_PER_S),
        ringing_hz=electronics.ringing_hz,
    )


@dataclass(frozen=True, slots=True)
class Plateau:
    """A step of a sequence as a current: how long, how much, which bridge direction, and how it is reached."""

    duration_ns: int
    current_a: float
    bridge: int
    shape: Shape = STEP


def settled(plateaus: Sequence[Plateau], start_a: float, bridge: int) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    """Answer the periods until they repeat themselves, at least one, and the one that then repeats for ever.

    A source that is too slow for its waveform could repeat itself anywhere between the levels. What leaks in a real one
    draws it to where the mean of what flows is the mean of the levels, as near as they let it come.
    """
    walked, start_a, bridge = _walked(plateaus, start_a, bridge)
    resting_a = _resting_a(plateaus, start_a, bridge)
    if resting_a is not None:
        once = period(plateaus, start_a, bridge)
        for number in range(_RELAXING_PERIODS):
            share, next_share = number / _RELAXING_PERIODS, (number + 1) / _RELAXING_PERIODS
            walked.extend(_drawn(once, share * (resting_a - start_a), next_share * (resting_a - start_a)))
        start_a = resting_a
    return tuple(walked), period(plateaus, start_a, bridge)


def _walked(plateaus: Sequence[Plateau], start_a: float, bridge: int) -> tuple[list[Piece], float, int]:
    """Answer the periods until they repeat themselves, and the current and direction at which they do."""
    near = _NEAR * max(abs(plateau.current_a) for plateau in plateaus)
    walked: list[Piece] = []
    for _ in range(_PERIODS):
        pieces = period(plateaus, start_a, bridge)
        walked.extend(pieces)
        end_a, bridge = pieces[-1].last_factor, plateaus[-1].bridge
        if abs(end_a - start_a) <= near:
            break
        start_a = end_a
    return walked, start_a, bridge


def _resting_a(plateaus: Sequence[Plateau], start_a: float, bridge: int) -> float | None:
    """Answer where a period begins that has the mean of the levels; None: only the one found repeats itself."""
    if all(math.isinf(plateau.shape.slew_a_per_s) for plateau in plateaus):
        return None
    once = period(plateaus, start_a, bridge)
    wanted_a = start_a + _mean_a([Piece(p.duration_ns, p.current_a) for p in plateaus]) - _mean_a(once)
    # Whatever begins between these two moves side by side with the period found.
    levels_a = [plateau.current_a for plateau in plateaus]
    lowest_a = _walked(plateaus, min(levels_a), bridge)[1]
    highest_a = _walked(plateaus, max(levels_a), bridge)[1]
    resting_a = min(max(wanted_a, lowest_a), highest_a)
    near = _NEAR * max(abs(level_a) for level_a in levels_a)
    repeats = abs(period(plateaus, resting_a, bridge)[-1].last_factor - resting_a) <= near
    return resting_a if repeats and abs(resting_a - start_a) > near else None


def _mean_a(pieces: Sequence[Piece]) -> float:
    charge = sum(piece.duration_ns * (piece.factor + piece.last_factor) / 2.0 for piece in pieces)
    return charge / sum(piece.duration_ns for piece in pieces)


def _drawn(pieces: Sequence[Piece], from_a: float, to_a: float) -> Iterator[Piece]:
    """Cut one period moved by a current that changes in a straight line."""
    whole, passed = sum(piece.duration_ns for piece in pieces), 0
    for piece in pieces:
        end = passed + piece.duration_ns
        first, last = (from_a + (to_a - from_a) * time_ns / whole for time_ns in (passed, end))
        yield Piece(piece.duration_ns, piece.factor + first, piece.last_factor + last)
        passed = end


def period(plateaus: Sequence[Plateau], start_a: float, bridge: int) -> tuple[Piece, ...]:
    """Answer one period that begins where another current and direction end."""
    pieces: list[Piece] = []
    for plateau in plateaus:
        turns = plateau.bridge != bridge
        pieces.extend(_plateau(plateau, start_a, turns=turns))
        start_a, bridge = pieces[-1].last_factor, plateau.bridge
    return tuple(pieces)


def difference(first: Sequence[Piece], then: Sequence[Piece]) -> tuple[Piece, ...]:
    """Answer `first` minus as many `then` as it takes, as pieces that end at 0."""
    count = sum(piece.duration_ns for piece in first) // sum(piece.duration_ns for piece in then)
    then = tuple(then) * count
    ends = sorted({*_ends(first), *_ends(then)})
    pairs = zip(_cut(first, ends), _cut(then, ends), strict=True)
    pieces = [Piece(a.duration_ns, a.factor - b.factor, a.last_factor - b.last_factor) for a, b in pairs]
    return (*pieces, Piece(1, 0.0))


def rotated(pieces: Sequence[Piece], by_ns: int) -> tuple[Piece, ...]:
    """Answer the same period begun `by_ns` later."""
    whole = sum(piece.duration_ns for piece in pieces)
    cut = list(_cut(pieces, sorted({*_ends(pieces), by_ns} - {0}))) if 0 < by_ns < whole else list(pieces)
    passed = 0
    while cut and passed < by_ns:
        passed += cut[0].duration_ns
        cut.append(cut.pop(0))
    return tuple(cut)


def _plateau(plateau: Plateau, start_a: float, *, turns: bool) -> Iterator[Piece]:
    left, how, level = plateau.duration_ns, plateau.shape, plateau.current_a
    if turns and how.dead_ns:
        dead = min(left, how.dead_ns)
        yield Piece(dead, 0.0)
        left, start_a = left - dead, 0.0
    change = level - start_a
    if left and change and not math.isinf(how.slew_a_per_s):
        rising = max(1, round(abs(change) / how.slew_a_per_s * NS_PER_S))
        if rising >= left:
            most_a = how.slew_a_per_s * left / NS_PER_S
            yield Piece(left, start_a, start_a + math.copysign(min(most_a, abs(change)), change))
            return
        yield Piece(rising, start_a, level)
        left -= rising
    if left and change and how.overshoot:
        for piece in _ringing(how, level, how.overshoot * change, left):
            yield piece
            left -= piece.duration_ns
    if left:
        yield Piece(left, level)


def _ringing(how: Shape, level: float, beyond_a: float, left: int) -> Iterator[Piece]:
    """Cut the overshoot into straight pieces; at most `left` of it."""
    total = how.overshoot_ns
    turns = how.ringing_hz * total / NS_PER_S
    count = min(_MOST_PARTS, max(1, math.ceil(turns * _PARTS_OF_A_TURN)))
    marks = [round(k * total / count) for k in range(count + 1)]

    def at(time_ns: int) -> float:
        fading = 1.0 - time_ns / total
        return level + beyond_a * fading * math.cos(math.tau * how.ringing_hz * time_ns / NS_PER_S)

    for start, end in itertools.pairwise(marks):
        stop = min(end, left)
        if stop > start:
            yield Piece(stop - start, at(start), at(stop))


def _ends(pieces: Sequence[Piece]) -> Iterator[int]:
    end = 0
    for piece in pieces:
        end += piece.duration_ns
        yield end


def _cut(pieces: Sequence[Piece], ends: Sequence[int]) -> Iterator[Piece]:
    """Cut pieces at times that hold all their own ends."""
    begin, index = 0, 0
    for piece in pieces:
        slope, start = (piece.last_factor - piece.factor) / piece.duration_ns, begin
        while index < len(ends) and ends[index] <= start + piece.duration_ns:
            end = ends[index]
            yield Piece(end - begin, piece.factor + slope * (begin - start), piece.factor + slope * (end - start))
            begin, index = end, index + 1
