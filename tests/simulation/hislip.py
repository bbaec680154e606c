"""A HiSLIP client written from IVI-6.1 that sends and shows single messages, and an instrument to talk to."""

from __future__ import annotations

import socket
import struct
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, Self

from harness.simulation.faults import Faults
from harness.simulation.files.modelfile import model
from harness.simulation.instruments.base import Instrument
from harness.simulation.message_peer import MessagePeer
from harness.simulation.peers import InstrumentPeer
from harness.simulation.scpi.common import plain
from harness.simulation.scpi.table import Wait
from harness.simulation.servers.hislip.channels import HislipPort
from harness.simulation.servers.tcp import TcpServer
from tests.simulation.client import TIMEOUT_S
from tests.simulation.stand_in import Table

if TYPE_CHECKING:
    from collections.abc import Callable

HEADER = struct.Struct("!2sBBIQ")
FIRST_ID = 0xFFFFFF00

INITIALIZE, INITIALIZE_RESPONSE, FATAL_ERROR, ERROR, ASYNC_LOCK, ASYNC_LOCK_RESPONSE = range(6)
DATA, DATA_END, CLEAR_COMPLETE, CLEAR_ACKNOWLEDGE, REMOTE_LOCAL, REMOTE_LOCAL_RESPONSE = range(6, 12)
TRIGGER, INTERRUPTED, ASYNC_INTERRUPTED, MAXIMUM_SIZE, MAXIMUM_SIZE_RESPONSE = range(12, 17)
ASYNC_INITIALIZE, ASYNC_INITIALIZE_RESPONSE, ASYNC_CLEAR, SERVICE_REQUEST = range(17, 21)
STATUS_QUERY, STATUS_RESPONSE, ASYNC_CLEAR_ACKNOWLEDGE, LOCK_INFO, LOCK_INFO_RESPONSE = range(21, 26)


class Seen(NamedTuple):
    """A message as it came."""

    kind: int
    control: int
    parameter: int
    payload: bytes


class Channel:
    """One of the two connections."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, kind: int, control: int = 0, parameter: int = 0, payload: bytes = b"") -> None:
        self.socket.sendall(HEADER.pack(b"HS", kind, control, parameter, len(payload)) + payload)

    def receive(self) -> Seen:
        prologue, kind, control, parameter, length = HEADER.unpack(self._exactly(HEADER.size))
        assert prologue == b"HS"
        return Seen(kind, control, parameter, self._exactly(length))

    def is_closed(self) -> bool:
        """Whether the other end has hung up: nothing more comes."""
        return self.socket.recv(1) == b""

    def _exactly(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            part = self.socket.recv(count - len(data))
            assert part, "the server hung up"
            data += part
        return data

    def close(self) -> None:
        self.socket.close()


class Client:
    """A session with both channels, as the standard's client keeps it."""

    def __init__(self, port: int) -> None:
        self.sync = Channel(port)
        self.sync.send(INITIALIZE, 0, 0x0100 << 16 | 0x7878, b"hislip0")
        opened = self.sync.receive()
        assert (opened.kind, opened.control, opened.parameter >> 16, opened.payload) == (1, 0, 0x0100, b"")
        self.number = opened.parameter & 0xFFFF
        self.other = Channel(port)
        self.other.send(ASYNC_INITIALIZE, 0, self.number)
        assert self.other.receive().kind == ASYNC_INITIALIZE_RESPONSE
        self.next_id = FIRST_ID
        self.delivered = 0

    def write(self, text: str, kind: int = DATA_END) -> int:
        """Send a message; answer its id."""
        number = self.next_id
        self.sync.send(kind, self.delivered, number, text.encode("latin-1"))
        self.delivered = 0
        self.next_id = (number + 2) & 0xFFFFFFFF
        return number

    def read(self) -> str:
        """Read a response of one message and deliver it."""
        seen = self.sync.receive()
        assert seen.kind == DATA_END, seen
        self.delivered = 1
        return seen.payload.decode("latin-1").removesuffix("\n")

    def query(self, text: str) -> str:
        number = self.write(text)
        seen = self.sync.receive()
        assert (seen.kind, seen.control, seen.parameter) == (DATA_END, 0, number), seen
        self.delivered = 1
        return seen.payload.decode("latin-1").removesuffix("\n")

    def ask(self, kind: int, control: int = 0, parameter: int = 0, payload: bytes = b"") -> Seen:
        """Make a request on the asynchronous channel."""
        self.other.send(kind, control, parameter, payload)
        return self.other.receive()

    def status(self) -> int:
        """Poll the status byte, naming the last message sent."""
        seen = self.ask(STATUS_QUERY, self.delivered, (self.next_id - 2) & 0xFFFFFFFF)
        self.delivered = 0
        assert seen.kind == STATUS_RESPONSE, seen
        return seen.control

    def clear(self, wanted: int = 0) -> Seen:
        """Clear the instrument; answer the acknowledgement."""
        assert self.ask(ASYNC_CLEAR) == (ASYNC_CLEAR_ACKNOWLEDGE, 0, 0, b"")
        self.sync.send(CLEAR_COMPLETE, wanted)
        while (seen := self.sync.receive()).kind != CLEAR_ACKNOWLEDGE:
            assert seen.kind in {DATA, DATA_END}
        self.next_id, self.delivered = FIRST_ID, 0
        return seen

    def lock(self, name: bytes = b"", timeout_ms: int = 0) -> int:
        return self.ask(ASYNC_LOCK, 1, timeout_ms, name).control

    def unlock(self) -> int:
        return self.ask(ASYNC_LOCK, 0, (self.next_id - 2) & 0xFFFFFFFF).control

    def close(self) -> None:
        self.sync.close()
        self.other.close()


class Sample(Instrument):
    """An instrument with what a protocol is tried on: queries short, long and endless, and an overlapped command.

    Attributes:
        triggers: how often it was triggered.
        clears: how often it was cleared.
    """

    def __init__(self, around: Table) -> None:
        super().__init__(model("bench-watchdog"), around.surroundings)
        self.triggers = self.clears = 0
        self.running = False
        self._actions: list[Callable[[], None]] = []
        self.table.add("WAIT", query=lambda _: Wait(lambda: False, lambda: None, lambda: "never"))
        self.table.add("LONG", query=lambda arguments: b"x" * arguments.integer())
        self.table.add("BLOCk", set=lambda arguments: setattr(self, "block", arguments.block()))
        self.table.add("BLOCk", query=plain(lambda: self.block))
        self.table.add("STARt", set=lambda _: setattr(self, "running", True))
        self.block = b""
        self.enter_common(self)

    def finished(self) -> bool:
        return not self.running

    def due_ns(self) -> None:
        """Nothing is scheduled: the test says when it is over."""

    def when_finished(self, action: Callable[[], None]) -> None:
        self._actions.append(action)

    def finish(self) -> None:
        self.running = False
        for action in self._actions:
            action()

    def trigger(self) -> None:
        self.triggers += 1

    def clear(self) -> None:
        super().clear()
        self.clears += 1
        self.finish()


class Port:
    """The sample instrument behind a real socket, and its clients."""

    def __init__(self) -> None:
        self.around = Table()
        self.instrument = Sample(self.around)
        keeper = self.around.keeper

        def start(given_up: Callable[[], bool]) -> MessagePeer:
            peer = InstrumentPeer(
                "sample", self.instrument, timekeeper=keeper, present=Faults(), messages=Counter(), given_up=given_up
            )
            return MessagePeer(peer, self.instrument, keeper)

        self._server = TcpServer(0, HislipPort(start).channel)
        self._server.start()
        self.number = self._server.port
        self._open: list[Client | Channel] = []

    def client(self) -> Client:
        self._open.append(Client(self.number))
        return self._open[-1]

    def channel(self) -> Channel:
        self._open.append(Channel(self.number))
        return self._open[-1]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for client in self._open:
            client.close()
        self._server.close()
        self.around.keeper.stop()
