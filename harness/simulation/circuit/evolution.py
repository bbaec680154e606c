"""How the charges of one topology move under one drive, from one change to the next, exactly at every nanosecond.

Between two breaks of the drive every voltage is a straight line with decaying exponentials. The limits, which are
the clamp of the compliance voltage and the shunt, change the network where their voltage crosses an edge; crossings are
found to the nanosecond. A programme
that repeats is walked period by period only while its envelope moves or the clamp acts anew: later periods follow from
one of them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.simulation.circuit.cell import Cell
from harness.simulation.circuit.drive import FOREVER_NS, Schedule
from harness.simulation.circuit.phase import Start, extremes
from harness.simulation.circuit.pieces import Pieces
from harness.simulation.circuit.repetition import repetition
from harness.simulation.circuit.walk import Walk
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from harness.simulation.circuit.breakdown import Breakdown, Grip
    from harness.simulation.circuit.drive import Drive
    from harness.simulation.circuit.phase import Phase
    from harness.simulation.circuit.repetition import Repetition
    from harness.simulation.circuit.segment import Segment
    from harness.simulation.circuit.topology import Tap, Topology

_NO_GRIP: Grip = (0, None)

_KEPT = 4096
"""Cells that are remembered one by one."""

_KEPT_BROKEN = 64
"""The same where skin may break down: each of them has many phases."""


class Evolution:
    """The charges from `start_ns` on, in cells: up to the first start of a period, then a period each.

    Args:
        topology: what is connected.
        drive: of the source.
        auxiliary_v: of the auxiliary source.
        start_ns: when it begins.
        volts: on the capacitors then, in the order of `topology.names`.
        others: drives of the further sources, where the topology has a second channel.
        grips: of each breakdown by its name; of one that is not there: nothing is broken down.

    Attributes:
        period_ns: of the drive's programme, None where it is steady; a second where skin that may break down makes a
            steady drive uneven.
        walked: cells that were solved line by line so far; what it costs.
    """

    def __init__(
        self,
        topology: Topology,
        drive: Drive,
        auxiliary_v: float,
        start_ns: int,
        volts: tuple[float, ...],
        *others: Drive,
        grips: Mapping[str, Grip] | None = None,
    ) -> None:
        self.topology = topology
        self.start_ns = start_ns
        self.walked = 0
        self._schedule = Schedule(drive, *others)
        self._auxiliary_v = auxiliary_v
        self._walk = Walk(topology, auxiliary_v)
        self._laws = [law for _, law in topology.breakdowns]
        at_first = tuple((grips or {}).get(law.name, _NO_GRIP) for law in self._laws)
        self._starts = [Start(self._walk.plain.modes(volts), at_first)]
        self._cells: dict[int, Cell] = {}
        self._repetition: Repetition | None = None
        self._steady = Cell(())
        self._bounds: dict[tuple[Tap, int], tuple[float, float]] = {}
        self.period_ns = self._schedule.period_ns
        if self.period_ns is not None:
            self._first_ns = self._schedule.period_start(start_ns) + self.period_ns
        elif self._laws:
            self.period_ns, self._first_ns = NS_PER_S, start_ns + NS_PER_S
        else:
            self._first_ns = FOREVER_NS

    def volts(self, at_ns: int) -> tuple[float, ...]:
        """Answer the voltages on the capacitors, in the order of `topology.names`."""
        if not self.topology.names:
            return ()
        if at_ns <= self.start_ns:
            return self._walk.plain.volts(self._starts[0].modes)
        phase = self._until(at_ns)
        return phase.solved.volts(phase.modes(at_ns))

    def grips(self, at_ns: int) -> dict[str, tuple[Breakdown, Grip]]:
        """Answer each breakdown by its name, and its grip."""
        if not self._laws:
            return {}
        now = self._starts[0].grips if at_ns <= self.start_ns else self._until(at_ns).grips
        return {law.name: (law, grip) for law, grip in zip(self._laws, now, strict=True)}

    def value(self, tap: Tap, at_ns: int) -> float:
        """Answer a tap as it was just before an instant."""
        return self._until(at_ns).segment(tap).at(at_ns)

    def phases(self, from_ns: int, to_ns: int) -> Iterator[Phase]:
        """Cut [from, to) into phases."""
        index = self._index(from_ns)
        while from_ns < to_ns:
            for phase in self._covering(index, from_ns):
                end_ns = min(phase.end_ns, to_ns)
                yield phase.cut(max(from_ns, phase.start_ns), end_ns)
                from_ns = end_ns
                if from_ns >= to_ns:
                    return
            index += 1

    def integral(self, tap: Tap, from_ns: int, to_ns: int) -> float:
        """Integrate a tap over [from, to), in units times seconds; unclamped periods at once."""
        parts = []
        while from_ns < to_ns:
            index, end_ns = self._index(from_ns), self._end(from_ns, to_ns)
            follows = self._follows(index)
            count = self._whole(from_ns, to_ns)
            if follows is not None and count > 1:
                parts.append(follows.integral(tap, index, count))
                end_ns = from_ns + count * (self.period_ns or 0)
            else:
                parts.extend(phase.segment(tap).integral() for phase in self.phases(from_ns, end_ns))
            from_ns = end_ns
        return math.fsum(parts)

    def pieces(self, tap: Tap, factor: float, from_ns: int, to_ns: int) -> Pieces:
        """Answer `factor` times a tap on [from, to) as columns; the steady period is solved once."""
        parts: list[Pieces] = []
        single: list[Segment] = []
        while from_ns < to_ns:
            end_ns = self._end(from_ns, to_ns)
            segments = [phase.segment(tap, factor) for phase in self.phases(from_ns, end_ns)]
            count = self._whole(from_ns, to_ns) if self._is_steady(from_ns) else 0
            if count > 1:
                parts.extend([Pieces.of(single)] if single else [])
                parts.append(Pieces.of(segments).repeated(count))
                single, end_ns = [], from_ns + count * (self.period_ns or 0)
            else:
                single.extend(segments)
            from_ns = end_ns
        parts.extend([Pieces.of(single)] if single else [])
        return parts[0] if len(parts) == 1 else Pieces.joined(parts)

    def extremes(self, tap: Tap, from_ns: int, to_ns: int) -> tuple[float, float]:
        """Answer the smallest and the largest value of a tap in [from, to); of steady periods one is enough."""
        low, high = math.inf, -math.inf
        while from_ns < to_ns:
            if self.period_ns is not None and self._is_steady(from_ns):
                to_ns = min(to_ns, from_ns + self.period_ns)
            end_ns = self._end(from_ns, to_ns)
            below, above = extremes(self.phases(from_ns, end_ns), tap)
            low, high = min(low, below), max(high, above)
            from_ns = end_ns
        return low, high

    def bounds(self, tap: Tap, from_ns: int) -> tuple[float, float] | None:
        """Answer values that a tap never passes from `from_ns` on; None where that is not known without a search."""
        if self.period_ns is None:
            if from_ns < self._schedule.settled_ns and self._schedule.happens_once:
                return None
            pairs = [phase.segment(tap).bounds() for phase in self._cell(0).covering(from_ns)]
            return min(low for low, _ in pairs), max(high for _, high in pairs)
        index = self._index(from_ns)
        follows = self._follows(index)
        if follows is None:
            return None
        index = min(index, follows.steady_from)
        if (tap, index) not in self._bounds:
            self._bounds[tap, index] = follows.bounds(tap, index)
        return self._bounds[tap, index]

    def _index(self, at_ns: int) -> int:
        if self.period_ns is None or at_ns < self._first_ns:
            return 0
        return 1 + (at_ns - self._first_ns) // self.period_ns

    def _begin(self, index: int) -> int:
        if index == 0 or self.period_ns is None:
            return self.start_ns
        return self._first_ns + (index - 1) * self.period_ns

    def _end(self, from_ns: int, to_ns: int) -> int:
        """Answer where the cell that holds `from_ns` ends, `to_ns` at the latest."""
        return to_ns if self.period_ns is None else min(to_ns, self._begin(self._index(from_ns) + 1))

    def _whole(self, from_ns: int, to_ns: int) -> int:
        """Answer how many whole periods [from, to) begins with."""
        if self.period_ns is None or from_ns != self._begin(self._index(from_ns)):
            return 0
        return (to_ns - from_ns) // self.period_ns

    def _follows(self, index: int) -> Repetition | None:
        """Answer what cell `index` follows from, None where it was walked to."""
        if index == 0:
            return None
        self._reach(index)
        return self._repetition if self._repetition is not None and index >= self._repetition.index else None

    def _is_steady(self, at_ns: int) -> bool:
        index = self._index(at_ns)
        follows = self._follows(index)
        return follows is not None and index >= follows.steady_from

    def _until(self, at_ns: int) -> Phase:
        """Answer the phase that holds the time just before an instant."""
        index = self._index(max(self.start_ns, at_ns - 1))
        shift_ns = self._shift(index)
        if shift_ns is None:
            return self._cell(index).until(at_ns)
        return self._steady.until(at_ns - shift_ns).shifted(shift_ns)

    def _covering(self, index: int, from_ns: int) -> Iterator[Phase]:
        """Answer the phases of a cell from the one on that holds an instant."""
        shift_ns = self._shift(index)
        if shift_ns is None:
            return self._cell(index).covering(from_ns)
        return (phase.shifted(shift_ns) for phase in self._steady.covering(from_ns - shift_ns))

    def _shift(self, index: int) -> int | None:
        """Answer how far a cell is from the steady one that it repeats, None where it repeats none."""
        follows = self._follows(index)
        if follows is None or index < follows.steady_from:
            return None
        return self._begin(index) - self._begin(follows.index)

    def _cell(self, index: int) -> Cell:
        """Answer a cell that is not the steady one."""
        if index not in self._cells:
            follows = self._follows(index)
            at_rest = tuple(_NO_GRIP for _ in self._laws)
            start = self._starts[index] if follows is None else Start(follows.modes(index), at_rest)
            self._keep(index, self._solve(index, start))
        return self._cells[index]

    def _reach(self, index: int) -> None:
        """Find the start of cell `index`, cell by cell until they follow from each other."""
        while self._repetition is None and len(self._starts) <= index:
            last = len(self._starts) - 1
            phases = self._cell_from(last).all()
            end = self._walk.after(phases[-1])
            repeats = last > 0 and self._schedule.period_ns is not None
            if repeats and self.period_ns is not None and self._begin(last) >= self._schedule.settled_ns:
                self._repetition = repetition(
                    self._walk.plain,
                    self.topology,
                    last,
                    self.period_ns / NS_PER_S,
                    tuple(phases),
                    start=self._starts[last],
                    end=end,
                    walk=lambda start, index=last: tuple(self._solve(index, start).all()),  # type: ignore[misc]
                )
                self._steady = Cell(self._repetition.phases if self._repetition is not None else ())
            self._starts.append(end)

    def _cell_from(self, index: int) -> Cell:
        """Answer a cell whose start is known."""
        if index not in self._cells:
            self._keep(index, self._solve(index, self._starts[index]))
        return self._cells[index]

    def _keep(self, index: int, cell: Cell) -> None:
        if len(self._cells) >= (_KEPT_BROKEN if self._laws else _KEPT):
            self._cells.clear()
        self._cells[index] = cell

    def _solve(self, index: int, start: Start) -> Cell:
        self.walked += 1
        end_ns = self._begin(index + 1) if self.period_ns is not None else FOREVER_NS
        return Cell(self._walk.along(self._schedule.lines(self._begin(index), end_ns), start))
