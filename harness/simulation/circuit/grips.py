"""When the steps of a breakdown change: voltage that reaches the next one, voltage that lets go, time that runs out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.circuit.phase import HAIR, Phase

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.simulation.circuit.breakdown import Breakdown, Grip
    from harness.simulation.circuit.segment import Segment

Laws = tuple[tuple[int, "Breakdown"], ...]
"""What breaks down, and the tap of its voltage."""


def agreeing(phase: Phase, laws: Laws) -> tuple[Grip, ...]:
    """Answer the grips that the voltages and the time ask for at the start of a phase."""
    at_ns = phase.start_ns
    found = []
    for (tap, law), grip in zip(laws, phase.grips, strict=True):
        volts = phase.segment(tap).at(at_ns)
        level, falls_ns = grip
        while law.asks(level + 1, volts):
            level, falls_ns = level + 1, None
        found.append(_held(law, (level, falls_ns), volts, at_ns))
    return tuple(found)


def _held(law: Breakdown, grip: Grip, volts: float, at_ns: int) -> Grip:
    """Answer a grip whose time may have run out, and that the voltage may hold or not."""
    level, falls_ns = grip
    if level and falls_ns is not None and falls_ns <= at_ns:
        level, falls_ns = level - 1, falls_ns + law.hold_ns
    if not level or law.asks(level, volts * (1.0 + 2.0 * HAIR)):
        return level, None
    return level, at_ns + law.hold_ns // 2 if falls_ns is None else falls_ns


def next_change(phase: Phase, laws: Laws) -> tuple[int | None, tuple[Grip, ...]]:
    """Find when the first grip changes inside a phase, and the grips then; None where none does."""
    first: int | None = None
    following = phase.grips
    for number, ((tap, law), grip) in enumerate(zip(laws, phase.grips, strict=True)):
        segment = phase.segment(tap)
        for at_ns, becomes in _changes(segment, law, grip):
            if at_ns < phase.end_ns and (first is None or at_ns < first):
                first, following = at_ns, (*phase.grips[:number], becomes, *phase.grips[number + 1 :])
    return first, following


def _changes(segment: Segment, law: Breakdown, grip: Grip) -> Iterator[tuple[int, Grip]]:
    """Answer what may happen to one grip, and when: to be taken is the first."""
    level, falls_ns = grip
    from_ns = segment.start_ns + 1
    if from_ns >= segment.end_ns:
        return
    rises_ns = _outward(segment, law.edges(level + 1), from_ns)
    if rises_ns is not None:
        yield rises_ns, (level + 1, None)
    if falls_ns is not None:
        holds_ns = _outward(segment, law.edges(level), from_ns)
        if holds_ns is not None:
            yield holds_ns, (level, None)
        at_ns = max(from_ns, falls_ns)
        if at_ns < segment.end_ns:
            yield at_ns, _held(law, grip, segment.at(at_ns), at_ns)
    elif level:
        leaves_ns = _inward(segment, law.edges(level), from_ns)
        if leaves_ns is not None:
            yield leaves_ns, (level, leaves_ns + law.hold_ns // 2)


def _outward(segment: Segment, edges: tuple[float, float], from_ns: int) -> int | None:
    """Find when a voltage first lies beyond one of two edges."""
    (low, high), (least, most) = edges, segment.bounds()
    up = segment.first_at_least(high * (1.0 + HAIR), from_ns) if most > high else None
    down = segment.negated().first_at_least(-low * (1.0 + HAIR), from_ns) if least < low else None
    found = [at_ns for at_ns in (up, down) if at_ns is not None]
    return min(found, default=None)


def _inward(segment: Segment, edges: tuple[float, float], from_ns: int) -> int | None:
    """Find when a voltage that lies beyond one of two edges first lies between them."""
    (low, high), (least, most) = edges, segment.bounds()
    if least > high or most < low:
        return None
    if segment.at(segment.start_ns) > 0.0:
        return segment.negated().first_at_least(-high * (1.0 - HAIR), from_ns)
    return segment.first_at_least(low * (1.0 - HAIR), from_ns)
