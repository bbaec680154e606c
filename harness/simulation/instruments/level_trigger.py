"""Waits for an edge of a true voltage in bench time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.circuit.history import Edge
    from harness.simulation.circuit.loop import Loop
    from harness.simulation.timekeeper import Event, Timekeeper

_HORIZON_NS = 10 * NS_PER_S
"""How far ahead an edge is looked for; then again from there. Far longer than any period of the bench."""


class LevelTrigger:
    """One trigger input.

    As long as nothing changes, the circuit's future is known, so the edge is computed, not sampled; every change of
    the circuit computes it anew.

    Attributes:
        due_ns: when the edge will come, None while none is in sight.
    """

    def __init__(self, timekeeper: Timekeeper, loop: Loop) -> None:
        self.due_ns: int | None = None
        self._timekeeper = timekeeper
        self._loop = loop
        self._edge: Edge | None = None
        self._fire: Callable[[], None] | None = None
        self._event: Event | None = None
        self._searched_ns = 0
        self._primed = False
        loop.on_change(self._look)

    def arm(self, edge: Edge, fire: Callable[[], None]) -> None:
        """Call `fire` once, at the first `edge` from now on."""
        self.disarm()
        self._edge, self._fire = edge, fire
        self._searched_ns, self._primed = self._timekeeper.now_ns, False
        self._look()

    def disarm(self) -> None:
        self._edge = self._fire = self.due_ns = None
        self._cancel()

    def _cancel(self) -> None:
        if self._event is not None:
            self._event.cancel()
            self._event = None

    def _look(self) -> None:
        """Commit what has passed, then look ahead."""
        if self._edge is None:
            return
        self._cancel()
        now_ns, history = self._timekeeper.now_ns, self._loop.history
        came_ns, self._primed = history.first_crossing(self._edge, self._searched_ns, now_ns, primed=self._primed)
        self._searched_ns = now_ns
        if came_ns is None:
            horizon_ns = now_ns + _HORIZON_NS
            self.due_ns, _ = history.first_crossing(self._edge, now_ns, horizon_ns, primed=self._primed)
        else:
            self.due_ns = now_ns
        if self.due_ns is None:
            self._event = self._timekeeper.schedule(now_ns + _HORIZON_NS, self._look)
        else:
            self._event = self._timekeeper.schedule(self.due_ns, self._happen)

    def _happen(self) -> None:
        fire = self._fire
        self.disarm()
        if fire is not None:
            fire()
