"""TCP on the loopback interface: one thread a connection."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

from harness.simulation.timekeeper import Stopped

if TYPE_CHECKING:
    from harness.simulation.servers.session import SessionFactory

HOST = "127.0.0.1"
_RECEIVE = 1 << 16
_QUICK_ACK = getattr(socket, "TCP_QUICKACK", None)


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
        self._listener.listen(16)
        self.port: int = self._listener.getsockname()[1]

    def start(self) -> None:
        threading.Thread(target=self._accept, name=f"port {self.port}", daemon=True).start()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # closed: the simulation ends
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        lock = threading.Lock()

        def send(data: bytes) -> None:
            # A client that has gone is no news to whoever answers it.
            with contextlib.suppress(OSError), lock:
                connection.sendall(data)

        session = self._sessions(send)
        try:
            with connection:
                while True:
                    if _QUICK_ACK is not None:
                        # Linux falls back to delayed acknowledgements by itself, and a client that leaves Nagle's
                        # algorithm on then waits 40 ms between a write and its query.
                        connection.setsockopt(socket.IPPROTO_TCP, _QUICK_ACK, 1)
                    data = connection.recv(_RECEIVE)
                    if not data or not session.receive(data):
                        return
        except (OSError, Stopped):
            return
        finally:
            session.end()
