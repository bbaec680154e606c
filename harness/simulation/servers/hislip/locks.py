"""The lock of an instrument: one client alone, or several that know its name (IVI-6.1, 6.5 and table 22)."""

from __future__ import annotations

import threading
import time
from enum import IntEnum
from typing import TYPE_CHECKING

from harness.simulation.timekeeper import Abandoned

if TYPE_CHECKING:
    from collections.abc import Callable

_LOOK_S = 0.25


class LockAnswer(IntEnum):
    """Control codes of the answer; 1 is also the release of an exclusive lock."""

    FAILURE = 0
    SUCCESS = 1
    SHARED_RELEASED = 2
    ERROR = 3


class Locks:
    """Who may talk to one instrument."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._exclusive: int | None = None
        self._shared: set[int] = set()
        self._name = b""

    def request(self, client: int, name: bytes, timeout_s: float, given_up: Callable[[], bool]) -> LockAnswer:
        """Take the lock, waiting for it as long as the client wants; without a name it is the exclusive one."""
        with self._changed:
            if self._exclusive == client or (name and client in self._shared):
                return LockAnswer.ERROR
            granted = self._wait(lambda: self._is_free(client, name), timeout_s, given_up)
            if not granted:
                return LockAnswer.FAILURE
            if name:
                self._name = name
                self._shared.add(client)
            else:
                self._exclusive = client
            return LockAnswer.SUCCESS

    def release(self, client: int) -> LockAnswer:
        """Give up the exclusive lock, or the shared one where there is no other."""
        with self._changed:
            if self._exclusive == client:
                self._exclusive = None
                answer = LockAnswer.SUCCESS
            elif client in self._shared:
                self._shared.remove(client)
                answer = LockAnswer.SHARED_RELEASED
            else:
                return LockAnswer.ERROR
            self._changed.notify_all()
            return answer

    def leave(self, client: int) -> None:
        """Give up everything: the client has gone."""
        with self._changed:
            self._exclusive = None if self._exclusive == client else self._exclusive
            self._shared.discard(client)
            self._changed.notify_all()

    def await_access(self, client: int, given_up: Callable[[], bool]) -> None:
        """Return when the client may talk: nobody has locked it out.

        Raises:
            Abandoned: it was given up before.
        """
        with self._changed:
            if not self._wait(lambda: self._may_talk(client), None, given_up):
                raise Abandoned("the client has gone before the lock was released")

    def info(self) -> tuple[bool, int]:
        """Answer whether the exclusive lock is held, and how many clients hold a lock."""
        with self._changed:
            holders = self._shared | ({self._exclusive} if self._exclusive is not None else set())
            return self._exclusive is not None, len(holders)

    def wake(self) -> None:
        """Let everybody who waits look again whether it was given up."""
        with self._changed:
            self._changed.notify_all()

    def _may_talk(self, client: int) -> bool:
        if self._exclusive is not None:
            return self._exclusive == client
        return not self._shared or client in self._shared

    def _is_free(self, client: int, name: bytes) -> bool:
        if self._exclusive is not None:
            return False
        if name:
            return not self._shared or self._name == name
        return not self._shared or client in self._shared

    def _wait(self, ready: Callable[[], bool], timeout_s: float | None, given_up: Callable[[], bool]) -> bool:
        deadline_s = None if timeout_s is None else time.monotonic() + timeout_s
        while not ready():
            left_s = _LOOK_S if deadline_s is None else deadline_s - time.monotonic()
            if given_up() or left_s <= 0:
                return False
            self._changed.wait(min(left_s, _LOOK_S))
        return not given_up()
