"""Exactly so many bytes from a socket, in one go.

PyVISA's pure Python back end copies what a socket delivers five times on its way. Where it holds a plain socket, blocks
are taken from that socket itself; everything else goes through PyVISA.
"""

from __future__ import annotations

import socket
import struct

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


def waiting(peer: socket.socket, most: int) -> bytes:
    """Look at what waits to be read, `most` bytes of it, and leave it there."""
    try:
        return peer.recv(most, PEEK)
    except OSError:  # nothing waits, or there is no peer: the next exchange finds out
        return b""
