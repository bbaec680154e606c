"""Periods that follow from one of them, so that none has to be walked to."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulation.circuit.phase import Modes, Phase, Start, extremes, shifted
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.circuit.network import Solved
    from harness.simulation.circuit.topology import Tap, Topology

SAME = 1e-15
"""Of the compliance voltage: two periods that begin this near to each other are the same."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """The periods from `index` on.

    Unclamped, a period takes each mode from `a` to `a exp(rate P) + constant`: mode by mode the start of a period nears
    that of the steady one, which ends as it begins.

    Attributes:
        plain: the network with its limits at rest.
        index: of the first one.
        period_s: length of each.
        start: modes at the start of the first one.
        gaps: `start` minus those of the steady one.
        phases: the steady one, at the place of the first.
        steady_from: index from which on every period is the steady one.
    """

    plain: Solved
    index: int
    period_s: float
    start: Modes
    gaps: Modes
    phases: tuple[Phase, ...]
    steady_from: int

    def modes(self, index: int) -> Modes:
        """Answer the modes at the start of a period."""
        seconds = (index - self.index) * self.period_s
        # From the start, not from the steady end: a slow mode may have to go far and has not gone far yet.
        rows = zip(self.start, self.gaps, self.plain.rates, strict=True)
        return tuple(mode + gap * math.expm1(rate * seconds) for mode, gap, rate in rows)

    def bounds(self, tap: Tap, index: int) -> tuple[float, float]:
        """Answer values that a tap never passes from a period on."""
        low, high = extremes(self.phases, tap)
        if index >= self.steady_from:
            return low, high
        seconds = (index - self.index) * self.period_s
        rows = zip(self.plain.outputs[tap].weights, self.gaps, self.plain.rates, strict=True)
        away = sum(abs(weight * gap) * math.exp(rate * seconds) for weight, gap, rate in rows)
        return low - away, high + away

    def integral(self, tap: Tap, index: int, count: int) -> float:
        """Integrate a tap over `count` periods: the steady one so often, and the gaps as geometric sums."""
        total = count * math.fsum(phase.segment(tap).integral() for phase in self.phases)
        before_s, duration_s = (index - self.index) * self.period_s, count * self.period_s
        for weight, gap, rate in zip(self.plain.outputs[tap].weights, self.gaps, self.plain.rates, strict=True):
            if gap and rate:
                total += weight * gap * math.exp(rate * before_s) * math.expm1(rate * duration_s) / rate
        return total


def repetition(
    plain: Solved,
    topology: Topology,
    index: int,
    period_s: float,
    phases: tuple[Phase, ...],
    *,
    start: Start,
    end: Start,
    walk: Callable[[Start], tuple[Phase, ...]],
) -> Repetition | None:
    """Answer how the periods from `index` on follow from this one; None where the limits make that unknown.

    Args:
        plain: the network with its limits at rest.
        topology: what it was solved from.
        index: of the period.
        period_s: its length.
        phases: the period.
        start: what it begins with.
        end: what it ends with.
        walk: solves the same period from another start.
    """
    near = SAME * topology.clamp_v
    alike = shifted(start.grips, round(period_s * NS_PER_S)) == end.grips
    volts = zip(plain.volts(start.modes), plain.volts(end.modes), strict=True)
    if alike and all(abs(before - after) <= near for before, after in volts):
        return Repetition(plain, index, period_s, start.modes, tuple(0.0 for _ in start.modes), phases, index)
    if any(phase.solved is not plain for phase in phases):
        return None
    steady = tuple(
        after + (after - before) * math.exp(rate * period_s) / -math.expm1(rate * period_s) if rate else before
        for before, after, rate in zip(start.modes, end.modes, plain.rates, strict=True)
    )
    gaps = tuple(before - after for before, after in zip(start.modes, steady, strict=True))
    phases = walk(Start(steady, start.grips))
    if any(phase.solved is not plain for phase in phases):
        return None
    edges = [(limit.tap, limit.low, limit.high) for limit in topology.limits]
    edges.extend((tap, *law.edges(1)) for tap, law in topology.breakdowns)
    for tap, lowest, highest in edges:
        low, high = extremes(phases, tap)
        weights = plain.outputs[tap].weights
        farthest = sum(abs(weight * gap) for weight, gap in zip(weights, gaps, strict=True))
        if high + farthest > highest or low - farthest < lowest:
            return None
    return Repetition(plain, index, period_s, start.modes, gaps, phases, index + _wait(plain, gaps, near, period_s))


def _wait(plain: Solved, gaps: Modes, near: float, period_s: float) -> int:
    """Answer after how many periods no voltage is farther than `near` from the steady one."""
    wait = 0
    for mode, (gap, rate) in enumerate(zip(gaps, plain.rates, strict=True)):
        largest = abs(gap) * max(abs(row[mode]) for row in plain.to_volts)
        if rate and largest > near:
            wait = max(wait, math.ceil(math.log(near / largest) / (rate * period_s)))
    return wait
