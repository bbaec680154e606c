"""Exactly so many bytes from a socket."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING

import pytest

from harness.instruments.receive import exactly, limit_silence, waiting

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
    assert exactly(ours, 4) == b"abcd"
    assert (waiting(ours, 10), exactly(ours, 2), waiting(ours, 10)) == (b"ef", b"ef", b"")


def test_many_pieces_become_one(pair: tuple[socket.socket, socket.socket]) -> None:
    """A block that is larger than any buffer arrives whole, however it is cut on its way."""
    ours, theirs = pair
    data = bytes(range(256)) * 8192
    pieces = [data[at : at + 99_991] for at in range(0, len(data), 99_991)]
    sender = threading.Thread(target=lambda: [theirs.sendall(piece) for piece in pieces])
    sender.start()
    assert exactly(ours, len(data)) == data
    sender.join()


def test_silence_ends(pair: tuple[socket.socket, socket.socket]) -> None:
    """A peer that stops short is a time-out, which says how far it came."""
    ours, theirs = pair
    theirs.sendall(b"abc")
    with pytest.raises(TimeoutError, match="3 of 5 bytes came"):
        exactly(ours, 5)


def test_a_peer_that_goes_is_no_time_out(pair: tuple[socket.socket, socket.socket]) -> None:
    """The end of a connection in the middle of a block is told apart from silence."""
    ours, theirs = pair
    theirs.sendall(b"abc")
    theirs.close()
    with pytest.raises(ConnectionResetError, match="closed"):
        exactly(ours, 5)
    assert waiting(ours, 1) == b""
