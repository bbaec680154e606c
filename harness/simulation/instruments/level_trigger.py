"""Waits for something that a true voltage will do, in bench time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.circuit.history import Edge, History
    from harness.simulation.circuit.loop import Loop
    from harness.simulation.timekeeper import Event, Timekeeper

_HORIZON_NS = 10 * NS_PER_S
"""How far ahead an edge is looked for; then again from there. Far longer than any period of the bench."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a trigger remembers of the voltage so far.

    Attributes:
        primed: whether it has been beyond the hysteresis of the edge that is waited for.
        began_ns: when the pulse began that goes on, None where none does.
    """

    primed: bool = False
    began_ns: int | None = None


NOTHING = Seen()


class Condition(Protocol):
    """What a trigger waits for.

    Attributes:
        horizon_ns: how far ahead it is looked for at once.
    """

    @property
    def horizon_ns(self) -> int: ...

    def first(self, from_ns: int, to_ns: int, seen: Seen) -> tuple[int | None, Seen]:
        """Find the first time in [from, to) at which it is met; and what has been seen by then."""


class EdgeCondition:
    """A crossing of a voltage of the circuit.

    Args:
        history: the circuit's.
        edge: what to wait for.
    """

    horizon_ns = _HORIZON_NS

    def __init__(self, history: History, edge: Edge) -> None:
        self._history = history
        self._edge = edge

    def first(self, from_ns: int, to_ns: int, seen: Seen) -> tuple[int | None, Seen]:
        time_ns, primed = self._history.first_crossing(self._edge, from_ns, to_ns, primed=seen.primed)
        return time_ns, Seen(primed)


class LevelTrigger:
    """One trigger input.

    As long as nothing changes, the circuit's future is known, so the edge is computed, not sampled; every change of
    the circuit computes it anew.

    Attributes:
        due_ns: when it will come, or when it is worth looking again; None while none is in sight for ten seconds.
    """

    def __init__(self, timekeeper: Timekeeper, loop: Loop) -> None:
        self.due_ns: int | None = None
        self._timekeeper = timekeeper
        self._loop = loop
        self._condition: Condition | None = None
        self._seen = NOTHING
        self._fire: Callable[[], None] | None = None
        self._event: Event | None = None
        self._searched_ns = self._patience_ns = 0
        loop.on_change(self._look_anew)

    def arm(self, edge: Edge, fire: Callable[[], None]) -> None:
        """Call `fire` once, at the first `edge` from now on."""
        self.watch(EdgeCondition(self._loop.history, edge), fire)

    def watch(self, condition: Condition, fire: Callable[[], None]) -> None:
        """Call `fire` once, when `condition` is first met from now on."""
        self.disarm()
        self._condition, self._fire = condition, fire
        self._searched_ns, self._seen = self._timekeeper.now_ns, NOTHING
        self._look_anew()

    def disarm(self) -> None:
        self._condition = self._fire = self.due_ns = None
        self._cancel()

    def _cancel(self) -> None:
        if self._event is not None:
            self._event.cancel()
            self._event = None

    def _look_anew(self) -> None:
        """Look after a change: what comes may be another thing than what came."""
        self._patience_ns = self._timekeeper.now_ns + _HORIZON_NS
        self._look()

    def _look(self) -> None:
        """Commit what has passed, then look ahead."""
        condition = self._condition
        if condition is None:
            return
        self._cancel()
        now_ns = self._timekeeper.now_ns
        came_ns, self._seen = condition.first(self._searched_ns, now_ns, self._seen)
        self._searched_ns = now_ns
        horizon_ns = now_ns + condition.horizon_ns
        if came_ns is None:
            self.due_ns, _ = condition.first(now_ns, horizon_ns, self._seen)
        else:
            self.due_ns = now_ns
        if self.due_ns is None:
            self._event = self._timekeeper.schedule(horizon_ns, self._look)
            self.due_ns = horizon_ns if horizon_ns < self._patience_ns else None
        else:
            self._event = self._timekeeper.schedule(self.due_ns, self._happen)

    def _happen(self) -> None:
        fire = self._fire
        self.disarm()
        if fire is not None:
            fire()
