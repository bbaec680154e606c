"""Raw sockets: clients that go while they wait, and messages that do not fit."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from harness.simulation.faults import Faults
from harness.simulation.peers import InstrumentPeer, SocketPeer
from harness.simulation.servers.framing import LONGEST_MESSAGE
from harness.simulation.servers.tcp import TcpServer
from tests.simulation.client import TIMEOUT_S, Line
from tests.simulation.hislip import Sample
from tests.simulation.stand_in import Table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.simulation.servers.session import Connection


class Watched(SocketPeer):
    """A conversation whose end a test can wait for."""

    def __init__(self, peer: InstrumentPeer, connection: Connection, ended: threading.Event) -> None:
        super().__init__(peer, connection.send)
        self._ended = ended

    def end(self) -> None:
        self._ended.set()


class Port:
    """The sample instrument behind a raw socket.

    Attributes:
        ended: set when a conversation has ended.
    """

    def __init__(self) -> None:
        self.around = Table()
        self.instrument = Sample(self.around)
        self.ended = threading.Event()
        self.server = TcpServer(0, self._start)
        self.server.start()

    def _start(self, connection: Connection) -> Watched:
        keeper, present = self.around.keeper, Faults()
        peer = InstrumentPeer(
            "sample",
            self.instrument,
            timekeeper=keeper,
            present=present,
            messages=Counter(),
            given_up=connection.has_gone,
        )
        return Watched(peer, connection, self.ended)

    def client(self) -> Line:
        return Line(f"127.0.0.1:{self.server.port}")


@pytest.fixture
def port() -> Iterator[Port]:
    """The sample instrument behind a raw socket."""
    opened = Port()
    yield opened
    opened.server.close()
    opened.around.keeper.stop()


@pytest.mark.parametrize("reset", [False, True])
def test_a_wait_ends_with_its_client(port: Port, *, reset: bool) -> None:
    """A client that closes, or is killed, while its query waits for ever leaves no thread behind."""
    client = port.client()
    client.write("WAIT?;*IDN?")
    while not port.around.keeper.is_waited_for:
        assert not port.ended.is_set()
    client.write("*OPC?")  # bytes that nobody has read do not hide that the client has gone
    if reset:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    client.close()
    assert port.ended.wait(TIMEOUT_S)
    again = port.client()
    assert again.query("*OPC?") == "1"
    again.close()


def test_a_message_that_does_not_fit_is_an_error(port: Port) -> None:
    """It is dropped up to its end: -363, or -430 where it asked; what follows is executed, its own tail is not."""
    client = port.client()
    client.write("*CLS")
    for question, number in (("", -363), ("?", -430)):
        client.write(f"BLOC{question} " + "1," * LONGEST_MESSAGE + ";*ESE 255")
        assert client.query("*ESE?") == "+0"
        assert client.query("SYST:ERR?").startswith(f"{number},")
    assert client.query("SYST:ERR?") == '+0,"No error"'
    client.close()
