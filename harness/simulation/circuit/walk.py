"""Walks the charges of one topology along the drive's lines, through every action of its limits."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from harness.simulation.circuit.drive import Line
from harness.simulation.circuit.network import solve
from harness.simulation.circuit.phase import HAIR, Phase, advanced, next_switch, split
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.simulation.circuit.network import Solved
    from harness.simulation.circuit.phase import Modes
    from harness.simulation.circuit.topology import State, Topology


class Walk:
    """One topology under one auxiliary voltage. Between lines, modes are those of the network with its limits at rest.

    Attributes:
        plain: the network with its limits at rest.
    """

    def __init__(self, topology: Topology, auxiliary_v: float) -> None:
        self._limits = topology.limits
        self._rest = (0,) * len(self._limits)
        self.plain = solve(topology, self._rest)
        self._topology = topology
        self._auxiliary_v = auxiliary_v
        self._at_once = not self.plain.rates and len(self._limits) == 1

    def along(self, lines: Iterable[Line], modes: Modes) -> Iterator[Phase]:
        """Solve lines that follow each other, beginning with `modes`; what is not asked for is not solved."""
        for line in lines:
            last: Phase | None = None
            for phase in self._without_charge(line) if self._at_once else self._limited(line, modes):
                for part in split(phase):
                    yield part
                    last = part
            if last is not None:
                modes = self.after(last)

    def after(self, last: Phase) -> Modes:
        """Answer the modes with which what follows a phase begins."""
        modes = last.modes(last.end_ns)
        return modes if last.solved is self.plain else self.plain.modes(last.solved.volts(modes))

    def _limited(self, line: Line, modes: Modes) -> Iterator[Phase]:
        phase, state = self._at_start(line, modes)
        while True:
            stop_ns, following = next_switch(phase, self._limits, state)
            if stop_ns is None or stop_ns >= phase.end_ns:
                yield phase
                return
            yield replace(phase, end_ns=stop_ns)
            volts = phase.solved.volts(phase.modes(stop_ns))
            phase, state = self._switched(phase, stop_ns, volts, following), following

    def _at_start(self, line: Line, modes: Modes) -> tuple[Phase, State]:
        """Find the state of the limits in which a line begins: one after the other, until none contradicts it."""
        phase, state = self._phase(line, self.plain, modes), self._rest
        volts: tuple[float, ...] | None = None
        for _ in range(len(self._limits) ** 2):
            following = self._agreeing(phase, state, line.start_ns)
            if following == state:
                break
            state = following
            volts = self.plain.volts(modes) if volts is None else volts
            phase = self._switched(phase, line.start_ns, volts, state)
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
            yield self._phase(Line(start_ns, end_ns, value, line.slope), solve(self._topology, (state,)), ())

    def _switched(self, phase: Phase, at_ns: int, volts: tuple[float, ...], state: State) -> Phase:
        """Answer what follows from `at_ns` on in another state of the limits; no charge jumps."""
        seconds = (at_ns - phase.start_ns) / NS_PER_S
        current, others = phase.current + phase.slope * seconds, advanced(phase.others, seconds)
        solved = solve(self._topology, state)
        return self._phase(Line(at_ns, phase.end_ns, current, phase.slope, others), solved, solved.modes(volts))

    def _phase(self, line: Line, solved: Solved, modes: Modes) -> Phase:
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
        )
