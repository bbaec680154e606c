"""What an evolution begins with, and the evolution itself only as long as somebody asks for it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from harness.simulation.circuit.evolution import Evolution

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.simulation.circuit.breakdown import Grip
    from harness.simulation.circuit.drive import Drive
    from harness.simulation.circuit.topology import Topology

_WORKED_OUT = 16


class Beginning:
    """The little that an evolution follows from; what is asked of an old one is worked out again, to the same bit.

    Args:
        topology: what is connected.
        drives: of each source.
        auxiliary_v: of the auxiliary source.
        start_ns: when it begins.
        volts: on the capacitors then, in the order of `topology.names`.
        grips: of each breakdown by its name.
        again: who keeps it worked out when it is asked for again.
    """

    __slots__ = ("_again", "_auxiliary_v", "_drives", "_evolution", "_grips", "_start_ns", "_topology", "_volts")

    def __init__(
        self,
        topology: Topology,
        drives: tuple[Drive, ...],
        auxiliary_v: float,
        start_ns: int,
        volts: tuple[float, ...],
        *,
        grips: Mapping[str, Grip] | None = None,
        again: WorkedOut,
    ) -> None:
        self._topology = topology
        self._drives = drives
        self._auxiliary_v = auxiliary_v
        self._start_ns = start_ns
        self._volts = volts
        self._grips = grips or None
        self._again = again
        self._evolution: Evolution | None = self._work_out()

    @property
    def evolution(self) -> Evolution:
        """What follows from it."""
        if self._evolution is None:
            self._evolution = self._work_out()
            self._again.take(self)
        return self._evolution

    def continues(self, topology: Topology, drives: tuple[Drive, ...], auxiliary_v: float) -> bool:
        """Whether these are what it was made of."""
        return (self._topology, self._drives, self._auxiliary_v) == (topology, drives, auxiliary_v)

    def forget(self) -> None:
        """Give back the memory of what follows from it."""
        self._evolution = None

    def _work_out(self) -> Evolution:
        first, *others = self._drives
        return Evolution(
            self._topology, first, self._auxiliary_v, self._start_ns, self._volts, *others, grips=self._grips
        )


class WorkedOut:
    """The last few beginnings whose evolutions are kept."""

    def __init__(self) -> None:
        self._kept: deque[Beginning] = deque()

    def take(self, beginning: Beginning) -> Beginning:
        """Keep one more, and let the oldest one forget."""
        self._kept.append(beginning)
        if len(self._kept) > _WORKED_OUT:
            self._kept.popleft().forget()
        return beginning
