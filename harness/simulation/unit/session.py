"""What ends a treatment by itself, and how long it has run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.unit.clock import Alarm

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.files.unitfile import Session as SessionData
    from harness.simulation.unit.board import ChannelBoard
    from harness.simulation.unit.clock import UnitClock


class SessionTimer:
    """Ends the output after the length of a session, or when nothing was touched for long.

    Args:
        data: as it holds.
        board: the channel's electronics.
        clock: the unit's clock.
        ended: what happens then.
    """

    def __init__(
        self, data: Callable[[], SessionData], board: ChannelBoard, clock: UnitClock, ended: Callable[[], None]
    ) -> None:
        self._data = data
        self._session = Alarm(board, clock, ended)
        self._idle = Alarm(board, clock, ended)

    def start(self) -> None:
        """The output is switched on."""
        data = self._data()
        if data.acts:
            self._session.after(data.session_s * (1.0 + data.error))

    def armed(self) -> None:
        """Nothing is touched from now on."""
        data = self._data()
        if data.acts and not self._idle.is_set:
            self._idle.after(data.idle_s * (1.0 + data.error))

    def running(self) -> None:
        """Something is touched."""
        self._idle.stop()

    def stop(self) -> None:
        self._session.stop()
        self._idle.stop()


class RunTime:
    """Seconds of the unit's clock in RUN since the output was switched on; they stay until it is switched on again."""

    def __init__(self, board: ChannelBoard, clock: UnitClock) -> None:
        self._board = board
        self._clock = clock
        self._before_ns = 0
        self._since_ns: int | None = None

    @property
    def seconds(self) -> float:
        running_ns = 0 if self._since_ns is None else self._board.now_ns - self._since_ns
        return self._clock.own_s(self._before_ns + running_ns)

    def clear(self) -> None:
        self._before_ns, self._since_ns = 0, None

    def run(self) -> None:
        if self._since_ns is None:
            self._since_ns = self._board.now_ns

    def pause(self) -> None:
        if self._since_ns is not None:
            self._before_ns += self._board.now_ns - self._since_ns
            self._since_ns = None
