"""TCP on the loopback interface: one thread a connection."""

from __future__ import annotations

import contextlib
import select
import socket
import threading
from typing import TYPE_CHECKING

from harness.simulation.timekeeper import Abandoned, Stopped

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.servers.session import SessionFactory

HOST = "127.0.0.1"
_RECEIVE = 1 << 16
_QUICK_ACK: int | None = getattr(socket, "TCP_QUICKACK", None)
_HANG_UP: int | None = getattr(select, "POLLRDHUP", None)
"""Linux says that the other end is closed even while bytes of it are unread."""


class TcpConnection:
    """One accepted connection.

    Attributes:
        silent: whether nothing was sent since it was last set.
    """

    __slots__ = ("_lock", "_socket", "silent")

    def __init__(self, accepted: socket.socket) -> None:
        self.silent = True
        self._socket = accepted
        self._lock = threading.Lock()

    def send(self, data: bytes) -> None:
        self.silent = False
        try:
            with self._lock:
                self._socket.sendall(data)
        except OSError:
            return  # a client that has gone is no news to whoever answers it

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def has_gone(self) -> bool:
        try:
            if _HANG_UP is not None:
                return _ready(self._socket, _HANG_UP)
            return self.has_more() and not self._socket.recv(1, socket.MSG_PEEK)
        except (OSError, ValueError):
            return True

    def has_more(self) -> bool:
        try:
            if hasattr(select, "poll"):
                return _ready(self._socket, select.POLLIN)
            return bool(select.select([self._socket], [], [], 0)[0])
        except (OSError, ValueError):
            return False

    def serve(self, sessions: SessionFactory) -> None:
        """Hand over what arrives until one of both hangs up."""
        with self._socket:
            session = sessions(self)
            try:
                self._receive(session.receive)
            except (OSError, Stopped, Abandoned):
                return
            finally:
                session.end()

    def _receive(self, take: Callable[[bytes], bool]) -> None:
        connection = self._socket
        while data := connection.recv(_RECEIVE):
            self.silent = True
            if not take(data):
                return
            if self.silent and _QUICK_ACK is not None:
                # An answer carries the acknowledgement with it. Without one Linux delays it, and a client that leaves
                # Nagle's algorithm on then waits 40 ms between a write and its query.
                connection.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)


def _ready(connection: socket.socket, events: int) -> bool:
    poll = select.poll()
    poll.register(connection, events)
    return bool(poll.poll(0))


class TcpServer:
    """Listens on one port.

    Args:
        port: 0 for any.
        sessions: starts a conversation with each client.

    Attributes:
        port: the port it listens on.
    """

    def __init__(self, port: int, sessions: SessionFactory) -> None:
        self._sessions = sessions
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind((HOST, port))
        self._listener.listen(64)
        self.port: int = self._listener.getsockname()[1]

    def start(self) -> None:
        threading.Thread(target=self._accept, name=f"port {self.port}", daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
                accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            except ConnectionError:
                continue  # it went before it was served
            except OSError:
                return  # closed: the simulation ends
            connection = TcpConnection(accepted)
            threading.Thread(target=connection.serve, args=(self._sessions,), daemon=True).start()
