"""Timers that are late because the firmware is busy with its line, or that come round to zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.unit.clock import Alarm

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.files.unitfile import Timing
    from harness.simulation.unit.board import ChannelBoard
    from harness.simulation.unit.clock import UnitClock


class Busy:
    """Says whether the cycles of the output jitter: for a while after each message, or always.

    Args:
        timing: as it holds.
        board: the channel's electronics.
        clock: the unit's clock.
        boundary_ns: answers when the cycle that runs is over.
        switched: called then, where jitter begins or ends.

    Attributes:
        jittered: whether cycles jitter now.
    """

    def __init__(
        self,
        timing: Callable[[], Timing],
        board: ChannelBoard,
        clock: UnitClock,
        *,
        boundary_ns: Callable[[], int],
        switched: Callable[[], None],
    ) -> None:
        self.jittered = False
        self._timing = timing
        self._boundary_ns = boundary_ns
        self._switched = switched
        self._running = False
        self._wanted = False
        self._calm = Alarm(board, clock, self._rest)
        self._turn = Alarm(board, clock, self._turned)

    def start(self) -> None:
        """Begin with the first cycle of an output."""
        timing = self._timing()
        self._running = True
        self.jittered = self._wanted = bool(timing.jitter) and not timing.busy_s

    def stop(self) -> None:
        self._running = self.jittered = self._wanted = False
        self._calm.stop()
        self._turn.stop()

    def poke(self) -> None:
        """A message came."""
        timing = self._timing()
        if self._running and timing.jitter and timing.busy_s:
            self._calm.after(timing.busy_s)
            self._want(jittered=True)

    def settle(self) -> bool:
        """Take what is wanted at once, for a new cycle begins anyway; answer whether that is something new."""
        self._turn.stop()
        changed, self.jittered = self.jittered != self._wanted, self._wanted
        return changed

    def _rest(self) -> None:
        self._want(jittered=False)

    def _want(self, *, jittered: bool) -> None:
        self._wanted = jittered
        if jittered != self.jittered and not self._turn.is_set:
            self._turn.at(self._boundary_ns())

    def _turned(self) -> None:
        if self._wanted != self.jittered:
            self.jittered = self._wanted
            self._switched()


class Wrap:
    """Calls `wrapped` each time that the counter since power-on comes round to zero, while the output is on.

    Args:
        wrap_s: time for one round; 0: it never comes round.
        board: the channel's electronics.
        clock: the unit's clock.
        wrapped: what happens then.
    """

    def __init__(self, wrap_s: float, board: ChannelBoard, clock: UnitClock, wrapped: Callable[[], None]) -> None:
        self._wrap_s = wrap_s
        self._board = board
        self._clock = clock
        self._wrapped = wrapped
        self._power_on_ns = board.now_ns
        self._alarm = Alarm(board, clock, self._wrap)

    def power_on(self) -> None:
        """Let the counter begin at zero."""
        self._power_on_ns = self._board.now_ns

    def start(self) -> None:
        if self._wrap_s:
            round_ns = self._clock.ns(self._wrap_s)
            rounds = (self._board.now_ns - self._power_on_ns) // round_ns + 1
            self._alarm.at(self._power_on_ns + rounds * round_ns)

    def stop(self) -> None:
        self._alarm.stop()

    def _wrap(self) -> None:
        self.start()
        self._wrapped()
