"""Walks the charges of one topology along the drive's lines, through every action of the clamp."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from harness.simulation.circuit.drive import Line
from harness.simulation.circuit.network import Tap, solve
from harness.simulation.circuit.phase import Phase, next_switch, sign_beyond, split
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from harness.simulation.circuit.network import Solved, Topology
    from harness.simulation.circuit.phase import Modes


class Walk:
    """One topology under one auxiliary voltage. Between lines, modes are those of the network with its clamp at rest.

    Attributes:
        plain: the network with its clamp at rest.
    """

    def __init__(self, topology: Topology, auxiliary_v: float) -> None:
        self.plain = solve(topology, 0)
        self._topology = topology
        self._auxiliary_v = auxiliary_v

    def along(self, lines: Iterable[Line], modes: Modes) -> tuple[Phase, ...]:
        """Solve lines that follow each other, beginning with `modes`."""
        phases: list[Phase] = []
        for line in lines:
            if phases:
                modes = self.after(phases)
            for phase in self._clamped(line, modes) if self.plain.rates else self._without_charge(line):
                phases.extend(split(phase))
        return tuple(phases)

    def after(self, phases: tuple[Phase, ...] | list[Phase]) -> Modes:
        """Answer the modes with which what follows begins."""
        last = phases[-1]
        modes = last.modes(last.end_ns)
        return modes if last.solved is self.plain else self.plain.modes(last.solved.volts(modes))

    def _clamped(self, line: Line, modes: Modes) -> Iterator[Phase]:
        limit = self._topology.clamp_v
        phase = self._phase(line, self.plain, modes)
        clamp = sign_beyond(phase.segment(Tap.SOURCE_NODE).at(line.start_ns), limit)
        if clamp:
            phase = self._switched(phase, line.start_ns, self.plain.volts(modes), clamp)
        while True:
            stop_ns, following = next_switch(phase, clamp, limit)
            if stop_ns is None or stop_ns >= phase.end_ns:
                yield phase
                return
            yield replace(phase, end_ns=stop_ns)
            volts = phase.solved.volts(phase.modes(stop_ns))
            phase, clamp = self._switched(phase, stop_ns, volts, following), following

    def _without_charge(self, line: Line) -> Iterator[Phase]:
        """Hold a line at the compliance voltage where nothing stores charge: the voltage follows at once."""
        limit = self._topology.clamp_v
        whole = self._phase(line, self.plain, ())
        free = whole.segment(Tap.SOURCE_NODE)
        low, high = free.bounds()
        if high <= limit and low >= -limit:
            yield whole
            return
        cuts = [line.start_ns, line.end_ns]
        if free.slope:
            near = (line.start_ns + round((level - free.value) / free.slope * NS_PER_S) for level in (limit, -limit))
            cuts.extend(at_ns for at_ns in near if line.start_ns < at_ns < line.end_ns)
        for start_ns, end_ns in pairwise(sorted(cuts)):
            clamp = sign_beyond(0.5 * (free.line(start_ns) + free.line(end_ns)), limit)
            value = line.value + line.slope * ((start_ns - line.start_ns) / NS_PER_S)
            yield self._phase(Line(start_ns, end_ns, value, line.slope), solve(self._topology, clamp), ())

    def _switched(self, phase: Phase, at_ns: int, volts: tuple[float, ...], clamp: int) -> Phase:
        """Answer what follows from `at_ns` on in another state of the clamp; no charge jumps."""
        current = phase.current + phase.slope * ((at_ns - phase.start_ns) / NS_PER_S)
        solved = solve(self._topology, clamp)
        return self._phase(Line(at_ns, phase.end_ns, current, phase.slope), solved, solved.modes(volts))

    def _phase(self, line: Line, solved: Solved, modes: Modes) -> Phase:
        fading = []
        rows = zip(solved.settled, solved.lag, solved.rates, strict=True)
        for index, ((ampere, volt, one), lag, rate) in enumerate(rows):
            deviation = modes[index] - (ampere * line.value + lag * line.slope + volt * self._auxiliary_v + one)
            if deviation != 0.0:
                fading.append((index, deviation, rate))
        return Phase(line.start_ns, line.end_ns, solved, line.value, line.slope, self._auxiliary_v, tuple(fading))
