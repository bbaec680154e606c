"""Walks the charges of one topology along the drive's lines, through every action of its limits."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from harness.simulation.circuit.drive import Line
from harness.simulation.circuit.grips import agreeing, next_change
from harness.simulation.circuit.network import solve
from harness.simulation.circuit.phase import HAIR, Phase, Start, advanced, next_switch, split
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.simulation.circuit.breakdown import Grip
    from harness.simulation.circuit.network import Solved
    from harness.simulation.circuit.phase import Modes
    from harness.simulation.circuit.topology import State, Topology


_BREAKS = 8
"""Steps at one instant, for each breakdown: the voltage across skin does not jump far."""


class Walk:
    """One topology under one auxiliary voltage. Between lines, modes are those of the network with its limits at rest.

    Attributes:
        plain: the network with its limits at rest and nothing broken down.
    """

    def __init__(self, topology: Topology, auxiliary_v: float) -> None:
        self._limits = topology.limits
        self._laws = topology.breakdowns
        self._rest = (0,) * len(self._limits)
        self.plain = solve(topology, (*self._rest, *(0 for _ in self._laws)))
        self._topology = topology
        self._auxiliary_v = auxiliary_v
        self._at_once = not self.plain.rates and len(self._limits) == 1

    def along(self, lines: Iterable[Line], start: Start) -> Iterator[Phase]:
        """Solve lines that follow each other; what is not asked for is not solved."""
        for line in lines:
            last: Phase | None = None
            for phase in self._without_charge(line) if self._at_once else self._limited(line, start):
                for part in split(phase):
                    yield part
                    last = part
            if last is not None:
                start = self.after(last)

    def after(self, last: Phase) -> Start:
        """Answer what follows a phase begins with."""
        modes = last.modes(last.end_ns)
        plain = last.solved is self.plain
        return Start(modes if plain else self.plain.modes(last.solved.volts(modes)), last.grips)

    def _limited(self, line: Line, start: Start) -> Iterator[Phase]:
        phase, state = self._at_start(line, start)
        while True:
            stop_ns, following = next_switch(phase, self._limits, state)
            grips = phase.grips
            if self._laws:
                breaks_ns, becomes = next_change(phase, self._laws)
                if breaks_ns is not None and (stop_ns is None or breaks_ns < stop_ns):
                    stop_ns, following, grips = breaks_ns, state, becomes
            if stop_ns is None or stop_ns >= phase.end_ns:
                yield phase
                return
            yield phase.cut(phase.start_ns, stop_ns)
            volts = phase.solved.volts(phase.modes(stop_ns))
            phase, state = self._switched(phase, stop_ns, volts, following, grips), following

    def _at_start(self, line: Line, start: Start) -> tuple[Phase, State]:
        """Find the state in which a line begins: limits and breakdowns in turn, until none contradicts the voltages."""
        phase, state = self._phase(line, self.plain, start.modes), self._rest
        volts: tuple[float, ...] | None = None
        if self._laws:
            volts = self.plain.volts(start.modes)
            phase = self._switched(phase, line.start_ns, volts, state, start.grips)
        for _ in range(len(self._limits) ** 2 + _BREAKS * len(self._laws)):
            following = self._agreeing(phase, state, line.start_ns)
            grips = agreeing(phase, self._laws) if following == state and self._laws else phase.grips
            if following == state and grips == phase.grips:
                break
            state = following
            volts = self.plain.volts(start.modes) if volts is None else volts
            phase = self._switched(phase, line.start_ns, volts, state, grips)
        return phase, state

    def _agreeing(self, phase: Phase, state: State, at_ns: int) -> State:
        """Change the first limit whose state the voltages contradict: at rest beyond its edge, or back inside it."""
        for number, (limit, now) in enumerate(zip(self._limits, state, strict=True)):
            value = phase.segment(limit.tap).at(at_ns)
            edge = limit.edge(now)
            becomes = limit.state(value) if now == 0 else now if now * (value - edge) >= -HAIR * abs(edge) else 0
            if becomes != now:
                return (*state[:number], becomes, *state[number + 1 :])
        return state

    def _without_charge(self, line: Line) -> Iterator[Phase]:
        """Hold a line at the compliance voltage where nothing stores charge: the voltage follows at once."""
        limit = self._limits[0]
        whole = self._phase(line, self.plain, ())
        free = whole.segment(limit.tap)
        low, high = free.bounds()
        if high <= limit.high and low >= limit.low:
            yield whole
            return
        cuts = [line.start_ns, line.end_ns]
        if free.slope:
            edges = (limit.high, limit.low)
            near = (line.start_ns + round((level - free.value) / free.slope * NS_PER_S) for level in edges)
            cuts.extend(at_ns for at_ns in near if line.start_ns < at_ns < line.end_ns)
        for start_ns, end_ns in pairwise(sorted(cuts)):
            state = limit.state(0.5 * (free.line(start_ns) + free.line(end_ns)))
            value = line.value + line.slope * ((start_ns - line.start_ns) / NS_PER_S)
            yield self._phase(
                Line(start_ns, end_ns, value, line.slope), solve(self._topology, (state,)) if state else self.plain, ()
            )

    def _switched(
        self, phase: Phase, at_ns: int, volts: tuple[float, ...], state: State, grips: tuple[Grip, ...]
    ) -> Phase:
        """Answer what follows from `at_ns` on in another state of limits and breakdowns; no charge jumps."""
        seconds = (at_ns - phase.start_ns) / NS_PER_S
        current, others = phase.current + phase.slope * seconds, advanced(phase.others, seconds)
        whole = (*state, *(level for level, _ in grips))
        solved = solve(self._topology, whole) if any(whole) else self.plain
        line = Line(at_ns, phase.end_ns, current, phase.slope, others)
        return self._phase(line, solved, solved.modes(volts), grips)

    def _phase(self, line: Line, solved: Solved, modes: Modes, grips: tuple[Grip, ...] = ()) -> Phase:
        fading = []
        at_rest = solved.at_rest(line.value, line.slope, self._auxiliary_v, line.others)
        for index, (settled, rate) in enumerate(zip(at_rest, solved.rates, strict=True)):
            deviation = modes[index] - settled
            if deviation != 0.0:
                fading.append((index, deviation, rate))
        return Phase(
            line.start_ns,
            line.end_ns,
            solved,
            line.value,
            line.slope,
            self._auxiliary_v,
            tuple(fading),
            line.others,
            grips,
        )
