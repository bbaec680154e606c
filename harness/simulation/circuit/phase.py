"""A stretch of time without a break: what the network does on it, and where it ends."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from harness.simulation.circuit.exponential import DECAYED
from harness.simulation.circuit.segment import Segment, Sine
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.simulation.circuit.breakdown import Grip
    from harness.simulation.circuit.network import Lines, Solved
    from harness.simulation.circuit.topology import Limit, State

SILENCE = Sine(0.0, 1.0, 0)

HAIR = 1e-13
"""Of a limit's voltage: how far beyond it the limit changes its state, so that rounding does not do it."""

_LONGEST_S = 1e9
"""Later than anything that will be asked for, in seconds."""

Modes = tuple[float, ...]


class Start(NamedTuple):
    """What a stretch begins with: the modes of the network with its limits at rest and nothing broken down, and grips.

    Attributes:
        modes: of that network.
        grips: of each breakdown its step, and when it falls.
    """

    modes: Modes
    grips: tuple[Grip, ...] = ()


def shifted(grips: tuple[Grip, ...], by_ns: int) -> tuple[Grip, ...]:
    """Answer grips some time later that began as much later."""
    return tuple((level, None if falls_ns is None else falls_ns + by_ns) for level, falls_ns in grips)


def advanced(others: Lines, seconds: float) -> Lines:
    """Answer current and slope of further sources some time later."""
    return tuple((value + slope * seconds, slope) for value, slope in others)


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch without a break on [start, end): a line of source current, and the modes that have not yet decayed.

    Attributes:
        solved: the network as its limits leave it.
        current: source current at the start.
        slope: of the source current, per second.
        auxiliary_v: of the auxiliary source.
        others: current and slope of each further source at the start.
        fading: mode, its deviation from the settled value at the start, its rate; rate 0: it stays.
        grips: of each breakdown its step, and when it falls.
    """

    start_ns: int
    end_ns: int
    solved: Solved
    current: float
    slope: float
    auxiliary_v: float
    fading: tuple[tuple[int, float, float], ...]
    others: Lines = ()
    grips: tuple[Grip, ...] = ()

    def cut(self, start_ns: int, end_ns: int) -> Phase:
        """Answer the part on [start, end)."""
        if start_ns == self.start_ns:
            if end_ns == self.end_ns:
                return self
            return self._like(start_ns, end_ns, self.fading)
        seconds = (start_ns - self.start_ns) / NS_PER_S
        fading = tuple((i, c * math.exp(rate * seconds), rate) for i, c, rate in self.fading)
        current = self.current + self.slope * seconds
        others = advanced(self.others, seconds) if self.others else ()
        return Phase(start_ns, end_ns, self.solved, current, self.slope, self.auxiliary_v, fading, others, self.grips)

    def without(self, rate: float) -> Phase:
        """Answer the same without the modes of one rate."""
        return self._like(self.start_ns, self.end_ns, tuple(term for term in self.fading if term[2] != rate))

    def shifted(self, by_ns: int) -> Phase:
        phase = self._like(self.start_ns + by_ns, self.end_ns + by_ns, self.fading)
        return replace(phase, grips=shifted(self.grips, by_ns)) if self.grips else phase

    def _like(self, start_ns: int, end_ns: int, fading: tuple[tuple[int, float, float], ...]) -> Phase:
        return Phase(
            start_ns,
            end_ns,
            self.solved,
            self.current,
            self.slope,
            self.auxiliary_v,
            fading,
            self.others,
            self.grips,
        )

    def segment(self, tap: int, factor: float = 1.0, sine: Sine = SILENCE) -> Segment:
        """Answer `factor` times a tap, with `sine` on it."""
        output = self.solved.outputs[tap]
        ampere, volt, one = output.static
        value = ampere * self.current + output.lag * self.slope + volt * self.auxiliary_v + one
        slope = ampere * self.slope
        if self.others:
            value += output.further(self.others)
            slope += output.further_slope(self.others)
        decays = []
        for index, deviation, rate in self.fading:
            coefficient = output.weights[index] * deviation
            if rate == 0.0:
                value += coefficient
            elif coefficient != 0.0:
                decays.append((coefficient * factor, rate))
        return Segment(self.start_ns, self.end_ns, value * factor, slope * factor, sine, tuple(decays))

    def modes(self, at_ns: int) -> Modes:
        """Answer the modes at one instant of it, its end included."""
        seconds = (at_ns - self.start_ns) / NS_PER_S
        current = self.current + self.slope * seconds
        others = advanced(self.others, seconds)
        values = self.solved.at_rest(current, self.slope, self.auxiliary_v, others)
        for index, deviation, rate in self.fading:
            values[index] += deviation * math.exp(rate * seconds)
        return tuple(values)


def extremes(phases: Iterable[Phase], tap: int) -> tuple[float, float]:
    """Answer the smallest and the largest value of a tap on some phases."""
    pairs = [phase.segment(tap).extremes() for phase in phases]
    return min(low for low, _ in pairs), max(high for _, high in pairs)


def next_switch(phase: Phase, limits: tuple[Limit, ...], state: State) -> tuple[int | None, State]:
    """Find where the first limit changes its state inside a phase, and the state then; None where none does."""
    found: int | None = None
    following = state
    for number, limit in enumerate(limits):
        at_ns, becomes = _next_of_one(phase, limit, state[number])
        if at_ns is not None and (found is None or at_ns < found):
            found, following = at_ns, (*state[:number], becomes, *state[number + 1 :])
    return found, following


def _next_of_one(phase: Phase, limit: Limit, state: int) -> tuple[int | None, int]:
    segment, from_ns = phase.segment(limit.tap), phase.start_ns + 1
    low, high = segment.bounds()
    if from_ns >= phase.end_ns:
        return None, state
    if state:
        if low > limit.high or high < limit.low:
            return None, state
        inward = segment.negated() if state > 0 else segment
        edge = -limit.high if state > 0 else limit.low
        return inward.first_at_least(edge * (1.0 - HAIR), from_ns), 0
    up = segment.first_at_least(limit.high * (1.0 + HAIR), from_ns) if high > limit.high else None
    down = segment.negated().first_at_least(-limit.low * (1.0 + HAIR), from_ns) if low < limit.low else None
    if up is not None and (down is None or up < down):
        return up, 1
    return down, -1


def split(phase: Phase) -> Iterator[Phase]:
    """Cut a phase where a deviation has decayed, so that what comes after is without it."""
    while True:
        fastest = min((rate for _, _, rate in phase.fading), default=0.0)
        gone_ns = (
            phase.start_ns + math.ceil(min(-DECAYED / fastest, _LONGEST_S) * NS_PER_S) if fastest else phase.end_ns
        )
        if gone_ns >= phase.end_ns:
            yield phase
            return
        yield phase.cut(phase.start_ns, gone_ns)
        phase = phase.cut(gone_ns, phase.end_ns).without(fastest)
