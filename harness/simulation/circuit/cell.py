"""Phases that follow each other, solved only as far as they are asked for."""

from __future__ import annotations

import bisect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from harness.simulation.circuit.phase import Phase


class Cell:
    """Phases without a gap between them, remembered once they are solved."""

    def __init__(self, phases: Iterable[Phase]) -> None:
        self._coming = iter(phases)
        self._known: list[Phase] = []
        self._ends: list[int] = []

    def covering(self, from_ns: int) -> Iterator[Phase]:
        """Answer the phase that holds an instant, and those after it."""
        return self._from(bisect.bisect_right(self._ends, from_ns), from_ns + 1)

    def until(self, at_ns: int) -> Phase:
        """Answer the phase that holds the time just before an instant."""
        return next(self._from(bisect.bisect_left(self._ends, at_ns), at_ns))

    def all(self) -> Sequence[Phase]:
        """Answer every phase."""
        for _ in self._from(len(self._known), 0):
            pass
        return self._known

    def _from(self, index: int, least_ns: int) -> Iterator[Phase]:
        """Answer the phases from an index on that end at an instant or later."""
        while True:
            while index < len(self._known):
                if self._ends[index] >= least_ns:
                    yield self._known[index]
                index += 1
            phase = next(self._coming, None)
            if phase is None:
                return
            self._known.append(phase)
            self._ends.append(phase.end_ns)
