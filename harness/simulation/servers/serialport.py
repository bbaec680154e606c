"""A serial port that is a pty. The slave stays open here, so that a client may close it and open it again."""

from __future__ import annotations

import contextlib
import os
import select
import termios
import threading
import tty
from typing import TYPE_CHECKING

from harness.simulation.timekeeper import Stopped

if TYPE_CHECKING:
    from harness.simulation.servers.session import SessionFactory

_RECEIVE = 4096


class PtyServer:
    """One pty.

    Args:
        sessions: starts the one conversation that there is.

    Attributes:
        name: path of the slave, for the client.
    """

    def __init__(self, sessions: SessionFactory) -> None:
        self._master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.name = os.ttyname(self._slave)
        self._session = sessions(self)
        self._wake_read, self._wake_write = os.pipe()

    def start(self) -> None:
        threading.Thread(target=self._serve, name="stimulator", daemon=True).start()

    def close(self) -> None:
        os.write(self._wake_write, b"x")

    def has_gone(self) -> bool:
        """Never: a serial line does not know who listens."""
        return False

    def has_more(self) -> bool:
        return bool(select.select([self._master], [], [], 0)[0])

    def send(self, data: bytes) -> None:
        """Write to the client; where nobody reads, what is old is dropped, as a serial line loses it."""
        with contextlib.suppress(OSError):
            try:
                written = os.write(self._master, data)
            except BlockingIOError:
                written = 0
            if written < len(data):
                termios.tcflush(self._slave, termios.TCIFLUSH)
                os.write(self._master, data)

    def _serve(self) -> None:
        while True:
            ready, _, _ = select.select([self._master, self._wake_read], [], [])
            if self._wake_read in ready:
                return
            try:
                data = os.read(self._master, _RECEIVE)
                self._session.receive(data)
            except BlockingIOError:
                continue
            except (OSError, Stopped):
                return
