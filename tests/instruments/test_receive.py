"""Exactly so many bytes of one answer."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, cast

import pytest

from harness.instruments.receive import MessageBytes, SocketBytes, limit_silence, waiting

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORT_S = 0.1


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Two ends of a connection; the first gives up after a tenth of a second."""
    ours, theirs = socket.socketpair()
    limit_silence(ours, SHORT_S)
    with ours, theirs:
        yield ours, theirs


def test_nothing_of_what_follows_is_taken(pair: tuple[socket.socket, socket.socket]) -> None:
    """What was asked for comes, the rest waits and can be looked at."""
    ours, theirs = pair
    theirs.sendall(b"abcdef")
    incoming = SocketBytes(ours, SHORT_S)
    assert incoming.take(4) == b"abcd"
    assert (waiting(ours, 10), incoming.take(2), waiting(ours, 10)) == (b"ef", b"ef", b"")


def test_many_pieces_become_one(pair: tuple[socket.socket, socket.socket]) -> None:
    """A block that is larger than any buffer arrives whole, however it is cut on its way."""
    ours, theirs = pair
    data = bytes(range(256)) * 8192
    pieces = [data[at : at + 99_991] for at in range(0, len(data), 99_991)]
    sender = threading.Thread(target=lambda: [theirs.sendall(piece) for piece in pieces])
    sender.start()
    assert SocketBytes(ours, SHORT_S).take(len(data)) == data
    sender.join()


def test_silence_has_nothing_to_say(pair: tuple[socket.socket, socket.socket]) -> None:
    """A peer that says nothing at all is a time-out without a text."""
    with pytest.raises(TimeoutError, match=r"^$"):
        SocketBytes(pair[0], SHORT_S).take(5)


@pytest.mark.parametrize(("taken", "sent"), [(0, 3), (3, 0), (3, 2), (3, 4000)])
def test_a_peer_that_stops_short_waits_one_limit(
    pair: tuple[socket.socket, socket.socket], taken: int, sent: int
) -> None:
    """A peer that stops is a time-out, which says how far it came; what waits in vain for it waits once."""
    ours, theirs = pair
    theirs.sendall(bytes(taken + sent))
    asked: list[int] = []

    class Counted:
        """The socket, noting each receive."""

        def recv(self, count: int, flags: int) -> bytes:
            asked.append(count)
            return ours.recv(count, flags)

        def recv_into(self, view: memoryview, count: int, flags: int) -> int:
            asked.append(len(view))
            return ours.recv_into(view, count, flags)

    incoming = SocketBytes(cast("socket.socket", Counted()), SHORT_S)
    if taken:
        incoming.take(taken)
    asked.clear()
    with pytest.raises(TimeoutError, match=f"^{taken + sent} of {taken + 5000} bytes came, the rest not within 0.1 s$"):
        incoming.take(5000)
    # 1000 bytes at a time at the slowest rate: full ones wait for nothing, the next gives up.
    assert len(asked) == sent // 1000 + 1


def test_a_peer_that_drips_is_a_time_out(pair: tuple[socket.socket, socket.socket]) -> None:
    """A peer slower than the slowest is given up, though each of its silences is shorter than the limit."""
    ours, theirs = pair
    over = threading.Event()

    def drip() -> None:
        while not over.wait(0.6 * SHORT_S):
            theirs.sendall(b"x")

    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        with pytest.raises(TimeoutError, match="of 100 bytes came, the rest not within"):
            SocketBytes(ours, SHORT_S).take(100)
    finally:
        over.set()
        dripping.join()


def test_a_peer_that_goes_is_no_time_out(pair: tuple[socket.socket, socket.socket]) -> None:
    """The end of a connection in the middle of a block is told apart from silence."""
    ours, theirs = pair
    theirs.sendall(b"abc")
    theirs.close()
    with pytest.raises(ConnectionResetError, match="closed"):
        SocketBytes(ours, SHORT_S).take(5)
    assert waiting(ours, 1) == b""


class Session:
    """Answers reads as a transport's PyVISA session does: VXI-11 up to what was asked, USBTMC the whole message."""

    def __init__(self, message: bytes, *, whole: bool) -> None:
        self._left = message
        self._whole = whole

    def read_bytes(self, count: int, *, chunk_size: int, break_on_termchar: bool) -> bytes:
        assert (chunk_size, break_on_termchar) == (count, True)
        assert self._left, "a read behind the end waits in vain"
        size = len(self._left) if self._whole else count
        part, self._left = self._left[:size], self._left[size:]
        return part


@pytest.mark.parametrize("whole", [False, True], ids=["VXI-11", "USBTMC"])
@pytest.mark.parametrize("size", [12, (1 << 20) - 1, (1 << 20) + 1, 5_000_000])
def test_a_message_is_taken_in_parts(size: int, *, whole: bool) -> None:
    """However a transport hands a message over, its bytes come in order, its end is seen and nothing is left."""
    data = bytes(range(250)) * (size // 250) + bytes(size % 250)
    incoming = MessageBytes(Session(data, whole=whole))
    assert incoming.take(2) + incoming.take(size - 3) + incoming.take(1) == data
    assert (incoming.left, incoming.ended) == (b"", True)


def test_an_end_that_nobody_saw_is_said() -> None:
    """A read that is just filled does not say whether more of the message waits."""
    incoming = MessageBytes(Session(bytes(1 << 20), whole=False))
    assert incoming.take(2) + incoming.take((1 << 20) - 2) == bytes(1 << 20)
    assert not incoming.ended
