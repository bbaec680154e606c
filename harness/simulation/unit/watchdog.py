"""The host watchdog: the output goes off when nobody has spoken for a while."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.unit.clock import Alarm

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.unit.board import ChannelBoard
    from harness.simulation.unit.clock import UnitClock


class HostWatchdog:
    """Calls `expired` when it was not fed for its period; one event at a time, however often it is fed.

    Args:
        period_s: of the unit's own clock; 0: there is none.
        board: whose counter it is.
        clock: the unit's clock.
        expired: what happens then.
    """

    def __init__(self, period_s: float, board: ChannelBoard, clock: UnitClock, expired: Callable[[], None]) -> None:
        self._period_s = period_s
        self._board = board
        self._clock = clock
        self._expired = expired
        self._running = False
        self._fed_ns = 0
        self._alarm = Alarm(board, clock, self._look)

    def start(self) -> None:
        self._running = True
        self.feed()

    def stop(self) -> None:
        self._running = False
        self._alarm.stop()

    def feed(self) -> None:
        """Start the period anew."""
        self._fed_ns = self._board.now_ns
        if self._running and self._period_s and not self._alarm.is_set:
            self._alarm.at(self._due_ns())

    def in_ns(self) -> int | None:
        """Answer the bench time until it expires; None where it does not run."""
        return self._due_ns() - self._board.now_ns if self._running and self._period_s else None

    def _due_ns(self) -> int:
        return self._fed_ns + self._clock.ns(self._period_s)

    def _look(self) -> None:
        due_ns = self._due_ns()
        if due_ns > self._board.now_ns:
            self._alarm.at(due_ns)
            return
        self._expired()
