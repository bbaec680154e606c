"""The overload trip: the board's comparator on the current of the electrodes, and what the firmware makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.unit.clock import Alarm

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.files.unitfile import Overload as OverloadData
    from harness.simulation.unit.board import ChannelBoard
    from harness.simulation.unit.clock import UnitClock

_BEYOND_NS = 50_000_000
"""How far it looks beyond one period of the programme: what comes after that repeats what was seen."""


class OverloadWatch:
    """Calls `tripped` when the current has been beyond its limit, in one direction, for longer than its time.

    Nothing is polled: after each change of the circuit the comparator is asked once when it will speak.

    Args:
        data: limit and time, as they hold.
        board: the channel's electronics.
        clock: the unit's clock.
        repeats_ns: answers the time until which the programme has to be looked at.
        tripped: what happens then.
    """

    def __init__(
        self,
        data: Callable[[], OverloadData],
        *,
        board: ChannelBoard,
        clock: UnitClock,
        repeats_ns: Callable[[], int],
        tripped: Callable[[], None],
    ) -> None:
        self._data = data
        self._clock = clock
        self._board = board
        self._repeats_ns = repeats_ns
        self._tripped = tripped
        self._running = False
        self._since_ns = 0
        self._alarm = Alarm(board, clock, self._look)
        board.on_change(self._changed)

    def start(self) -> None:
        self._running = True
        self._since_ns = self._board.now_ns
        self._changed()

    def stop(self) -> None:
        self._running = False
        self._alarm.stop()

    def _changed(self) -> None:
        if self._running and self._data().trip_a:
            # At the end of this instant: of several changes at one time only what they leave is searched.
            self._alarm.at(self._board.now_ns)

    def _look(self) -> None:
        now_ns = self._board.now_ns
        time_ns = self._clock.ns(self._data().trip_s)
        from_ns = max(self._since_ns, now_ns - time_ns)  # what has been beyond for longer has tripped already
        to_ns = max(now_ns, self._repeats_ns()) + time_ns + _BEYOND_NS
        due_ns = self._board.overload_ns(self._data().trip_a, time_ns, from_ns, to_ns)
        if due_ns is None:
            return
        if due_ns <= now_ns:
            self._tripped()
        else:
            self._alarm.at(due_ns)
