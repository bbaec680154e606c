"""Exactly so many bytes of one answer: from a plain socket, or from a transport that marks where a message ends.

PyVISA's pure Python back end copies what a socket delivers five times on its way. Where it holds a plain socket, blocks
are taken from that socket itself; everything else goes through PyVISA.
"""

from __future__ import annotations

import fcntl
import socket
import struct
import termios
import time
from io import BytesIO
from typing import Any

_LEAST_REQUEST_BYTES = 1 << 20
_US_PER_S = 1_000_000
_NONE = bytes(4)  # as FIONREAD counts
_NEARLY = 0.9  # of a limit: the kernel counts it in ticks and may be one early
SLOWEST_BYTES_PER_S = 10_000
"""A peer that delivers less counts as dead. An instrument on 10 Mbit/s Ethernet delivers a hundred times as much."""
_WHOLE = int(socket.MSG_WAITALL)
PEEK = int(socket.MSG_PEEK | socket.MSG_DONTWAIT)


def limit_silence(peer: socket.socket, timeout_s: float) -> None:
    """Let a receive that waits give up after so long; PyVISA itself never waits in one."""
    seconds, microseconds = divmod(round(timeout_s * _US_PER_S), _US_PER_S)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", seconds, microseconds))


class SocketBytes:
    """The bytes of one answer from a plain socket; nothing of what follows is taken.

    A peer may be silent for the limit before each part that is asked for, and must then deliver at least
    `SLOWEST_BYTES_PER_S`: a part of n bytes takes no longer than the limit plus n / `SLOWEST_BYTES_PER_S`, however the
    peer spreads them. One that stops is found out after one limit.

    Args:
        peer: where from, its silence limited by `limit_silence` to the same time.
        limit_s: wall time.
    """

    def __init__(self, peer: socket.socket, limit_s: float) -> None:
        self._peer = peer
        self._limit_s = limit_s
        self._came = 0
        # What the slowest peer delivers within the limit: a receive of no more than that either fills or gives up.
        self._most = max(1, int(limit_s * SLOWEST_BYTES_PER_S))

    def take(self, count: int) -> bytes:
        """Take the next `count` bytes.

        Raises:
            TimeoutError: they did not come in time; it says how many did, and nothing where none came at all.
            ConnectionError: the peer has gone.
        """
        began_s = time.monotonic()
        try:
            first = self._peer.recv(min(count, self._most), _WHOLE)
        except BlockingIOError:
            raise self._late(count, 0) from None
        if len(first) != count:
            first = self._complete(first, count, began_s)
        self._came += count
        return first

    def _complete(self, first: bytes, count: int, began_s: float) -> bytes:
        # A BytesIO lends its memory and hands it over without copying it.
        whole = BytesIO()
        whole.seek(count - 1)
        whole.write(b"\0")
        done, end = len(first), min(count, self._most)
        with whole.getbuffer() as view:
            view[:done] = first
            while done < count:
                if done == end:
                    end, began_s = min(end + self._most, count), time.monotonic()
                elif time.monotonic() - began_s >= _NEARLY * self._limit_s:
                    raise self._late(count, done)
                # Otherwise the last receive fell short because the peer has gone, or a signal came.
                try:
                    size = self._peer.recv_into(view[done:end], 0, _WHOLE)
                except BlockingIOError:
                    raise self._late(count, done) from None
                if not size:
                    raise ConnectionResetError("the peer has closed the connection")
                done += size
        return whole.getvalue()

    def _late(self, count: int, done: int) -> TimeoutError:
        came = self._came + done
        of = f"{came} of {self._came + count} bytes came, the rest not within {self._limit_s:g} s"
        return TimeoutError(of if came else "")


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
        # Asked first: a receive would wait in spite of its flag where the socket has a time-out, and cost more.
        if fcntl.ioctl(peer, termios.FIONREAD, _NONE) == _NONE:
            return b""
        return peer.recv(most, PEEK)
    except (OSError, ValueError):  # there is no peer: the next exchange finds out
        return b""
