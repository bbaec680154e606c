"""Exactly so many bytes from a socket, in one go.

PyVISA's pure Python back end copies what a socket delivers five times on its way. Where it holds a plain socket, blocks
are taken from that socket itself; everything else goes through PyVISA.
"""

from __future__ import annotations

import select
import socket
import struct
from typing import Any

_LEAST_REQUEST_BYTES = 1 << 20
_US_PER_S = 1_000_000
PEEK = socket.MSG_PEEK | socket.MSG_DONTWAIT


def limit_silence(peer: socket.socket, timeout_s: float) -> None:
    """Let a receive that waits give up after so long; PyVISA itself never waits in one."""
    seconds, microseconds = divmod(round(timeout_s * _US_PER_S), _US_PER_S)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", seconds, microseconds))


def exactly(peer: socket.socket, count: int) -> bytes:
    """Receive `count` bytes.

    Args:
        peer: where from, its silence limited; nothing of what follows is taken.
        count: of bytes.

    Raises:
        TimeoutError: nothing came for as long as the limit says.
        ConnectionError: the peer has gone.
    """
    parts: list[bytes] = []
    missing = count
    while missing:
        try:
            part = peer.recv(missing, socket.MSG_WAITALL)
        except BlockingIOError:
            raise TimeoutError(f"{count - missing} of {count} bytes came, then nothing") from None
        if not part:
            raise ConnectionResetError("the peer has closed the connection")
        parts.append(part)
        missing -= len(part)
    return parts[0] if len(parts) == 1 else b"".join(parts)


class MessageBytes:
    """The bytes of one answer over a transport that marks where a message ends.

    Reads are larger than what is expected, so that the end is seen, and the surplus before it.

    Args:
        session: PyVISA's resource, its termination off.
    """

    def __init__(self, session: Any) -> None:  # noqa: ANN401 - PyVISA's resource
        self._session = session
        self._taken = 0
        self.left = b""
        """What has come and was not taken."""
        self.ended = False
        """Whether the end of the message was seen. It is not where the last read was just filled."""

    def take(self, count: int) -> bytes:
        """Take the next `count` bytes.

        Raises:
            EOFError: the message ends before them; it says how many came.
        """
        while len(self.left) < count and not self.ended:
            # One for the line feed behind a block, one more that never comes from a right answer.
            request = max(count - len(self.left) + 2, _LEAST_REQUEST_BYTES)
            part = self._session.read_bytes(request, chunk_size=request, break_on_termchar=True)
            # USBTMC hands over the whole message, however much was asked for.
            self.ended = len(part) != request
            self.left = self.left + part if self.left else part
        if len(self.left) < count:
            raise EOFError(
                f"{self._taken + len(self.left)} of {self._taken + count} bytes came, then the message ended"
            )
        taken, self.left = self.left[:count], self.left[count:]
        self._taken += count
        return taken


def waiting(peer: socket.socket, most: int) -> bytes:
    """Look at what waits to be read, `most` bytes of it, and leave it there."""
    try:
        # A socket with a time-out of its own would wait in the receive, in spite of its flag.
        return peer.recv(most, PEEK) if select.select([peer], [], [], 0)[0] else b""
    except OSError:  # nothing waits, or there is no peer: the next exchange finds out
        return b""
