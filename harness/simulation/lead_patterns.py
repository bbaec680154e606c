"""Contacts that come and go by themselves: intermittent leads, and relays that bounce."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from harness.simulation.draws import NoiseSource
    from harness.simulation.faults import Fault
    from harness.simulation.timekeeper import Event, Timekeeper

_SHORTEST_NS = 1000


class IntermittentLead:
    """A lead that opens for random times, one random time after the other.

    Both are exponential, as the times between independent events are; neither is shorter than a microsecond.

    Args:
        fault: the lead, and the mean of both times.
        timekeeper: bench time.
        noise: where the times come from.
        moved: called after each change.

    Attributes:
        open: whether it has no connection now.
    """

    def __init__(self, fault: Fault, timekeeper: Timekeeper, noise: NoiseSource, moved: Callable[[], None]) -> None:
        self.open = False
        self._fault = fault
        self._timekeeper = timekeeper
        self._noise = noise
        self._moved = moved
        self._event: Event | None = None
        self.restart()

    def restart(self) -> None:
        """Begin with a sound lead and with times of the present stretch of work."""
        self.stop()
        self.open = False
        self._draws = self._noise.acquisition(f"intermittent lead {self._fault.target}")("times")
        self._await()

    def stop(self) -> None:
        if self._event is not None:
            self._event.cancel()
            self._event = None

    def _await(self) -> None:
        mean_s = self._fault.number("open_s" if self.open else "closed_s")
        wait_ns = max(_SHORTEST_NS, round(self._draws.exponential(mean_s) * NS_PER_S))
        self._event = self._timekeeper.schedule(self._timekeeper.now_ns + wait_ns, self._move)

    def _move(self) -> None:
        self.open = not self.open
        self._await()
        self._moved()


class Bouncing:
    """Relays that open again a few times right after they have closed.

    Args:
        name: of the relays, for their draws.
        timekeeper: bench time.
        noise: where the times come from.
        moved: called after each change.

    Attributes:
        lifted: relays that are told to be closed and do not conduct at this moment.
    """

    def __init__(self, name: str, timekeeper: Timekeeper, noise: NoiseSource, moved: Callable[[], None]) -> None:
        self.lifted: frozenset[int] = frozenset()
        self._name = name
        self._timekeeper = timekeeper
        self._noise = noise
        self._moved = moved
        self._closed: frozenset[int] = frozenset()
        self._pending: dict[int, list[Event]] = {}

    def look(self, closed: frozenset[int], fault: Fault | None) -> None:
        """Take the relays that are told to be closed now; those that were not begin to bounce."""
        if closed == self._closed:
            return
        risen, fallen = closed - self._closed, self._closed - closed
        self._closed = closed
        for relay in fallen:
            for event in self._pending.pop(relay, ()):
                event.cancel()
        if self.lifted & fallen:
            self.lifted -= fallen
            self._timekeeper.schedule(self._timekeeper.now_ns, self._moved)
        if fault is not None:
            for relay in sorted(risen):
                self._bounce(relay, fault)

    def _bounce(self, relay: int, fault: Fault) -> None:
        """Schedule the edges of one relay: even in number, the last one closes it for good."""
        draws: np.random.Generator = self._noise.acquisition(f"bounce {self._name} {relay}")("edges")
        count, within_s = 2 * int(fault.number("gaps")), fault.number("bounce_s")
        edges_s = sorted(float(share) * within_s for share in draws.uniform(size=count))
        now_ns = self._timekeeper.now_ns
        self._pending[relay] = [
            self._timekeeper.schedule(now_ns + max(1, round(edge_s * NS_PER_S)), lambda: self._toggle(relay))
            for edge_s in edges_s
        ]

    def _toggle(self, relay: int) -> None:
        self.lifted ^= {relay}
        self._moved()
