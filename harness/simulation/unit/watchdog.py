"""The host watchdog: the output goes off when nobody has spoken for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.timekeeper import Event, Timekeeper
    from harness.simulation.unit.clock import UnitClock


class HostWatchdog:
    """Calls `expired` when it was not fed for its period; one event at a time, however often it is fed.

    Args:
        period_s: of the unit's own clock; 0: there is none.
        clock: that clock.
        timekeeper: bench time.
        expired: what happens then.
    """

    def __init__(self, period_s: float, clock: UnitClock, timekeeper: Timekeeper, expired: Callable[[], None]) -> None:
        self._period_s = period_s
        self._clock = clock
        self._timekeeper = timekeeper
        self._expired = expired
        self._running = False
        self._fed_ns = 0
        self._event: Event | None = None

    def start(self) -> None:
        self._running = True
        self.feed()

    def stop(self) -> None:
        self._running = False
        if self._event is not None:
            self._event.cancel()
            self._event = None

    def feed(self) -> None:
        """Start the period anew."""
        self._fed_ns = self._timekeeper.now_ns
        if self._running and self._period_s and self._event is None:
            self._event = self._timekeeper.schedule(self._due_ns(), self._look)

    def in_ns(self) -> int | None:
        """Answer the bench time until it expires; None where it does not run."""
        return self._due_ns() - self._timekeeper.now_ns if self._running and self._period_s else None

    def _due_ns(self) -> int:
        return self._fed_ns + self._clock.ns(self._period_s)

    def _look(self) -> None:
        self._event = None
        due_ns = self._due_ns()
        if due_ns > self._timekeeper.now_ns:
            self._event = self._timekeeper.schedule(due_ns, self._look)
            return
        self._expired()
