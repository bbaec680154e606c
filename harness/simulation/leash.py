"""When the simulation has to end: it is told, by its control port or a signal, or nobody holds the control port."""

from __future__ import annotations

import signal
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Leash:
    """Ends the wait when told, or when nobody has held the control port for the grace time."""

    def __init__(self, grace_s: float | None) -> None:
        self._grace_s = grace_s
        self._condition = threading.Condition()
        self._clients = 0
        self._stopped = False

    def held(self) -> None:
        with self._condition:
            self._clients += 1
            self._condition.notify_all()

    def released(self) -> None:
        with self._condition:
            self._clients -= 1
            self._condition.notify_all()

    def stop(self) -> None:
        with self._condition:
            self._stopped = True
            self._condition.notify_all()

    def wait(self) -> None:
        """Return when the simulation has to end."""
        with self._condition:
            while not self._stopped:
                grace_s = None if self._clients else self._grace_s
                woken = self._condition.wait(grace_s)
                if not woken and not self._clients:
                    return


def stop_at_signals(stop: Callable[[], None]) -> None:
    """Call `stop` from a thread of its own at each SIGTERM and SIGINT. Only the main thread may ask for this.

    A handler in Python runs only when the main thread next runs Python: a signal that arrives just before that thread
    sleeps, or in another thread, is not seen until something else wakes it. The interpreter's own handler writes its
    byte to the wakeup descriptor at once and from any thread.
    """
    hears, writes = socket.socketpair()
    writes.setblocking(False)
    signal.set_wakeup_fd(writes.fileno(), warn_on_full_buffer=False)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)

    def hear() -> None:
        with writes, hears:
            while hears.recv(1):
                stop()

    threading.Thread(target=hear, name="signals", daemon=True).start()
