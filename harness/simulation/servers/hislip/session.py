"""One client of HiSLIP: its two channels, its message exchange, its lock (IVI-6.1 chapters 3 and 6).

The server is in synchronized mode and stays there: a client that asks for overlap mode is answered that it has not got
it, as the device clear transaction provides.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from harness.simulation.servers.framing import LONGEST_MESSAGE
from harness.simulation.servers.hislip.message import (
    FIRST_VENDOR_KIND,
    HEADER,
    LARGEST_MESSAGE,
    Fatal,
    Kind,
    Message,
    Wrong,
)
from harness.simulation.servers.hislip.service import ServiceRequests
from harness.simulation.timekeeper import Abandoned

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.servers.hislip.exchange import ExchangeFactory
    from harness.simulation.servers.hislip.locks import Locks
    from harness.simulation.servers.session import Connection

_FIRST_ID = 0xFFFFFF00
_STEP = 2
_IDS = 1 << 32
_DELIVERED = 1


def refuse(connection: Connection, code: Fatal, why: str) -> bool:
    """Send a fatal error; False, for hanging up."""
    connection.send(Message(Kind.FATAL_ERROR, code, payload=why.encode()).encode())
    return False


def complain(connection: Connection, code: Wrong, why: str) -> bool:
    """Send an error that ends nothing; True, for going on."""
    connection.send(Message(Kind.ERROR, code, payload=why.encode()).encode())
    return True


class HislipSession:
    """The synchronous channel of one client, and what both channels share.

    Args:
        number: session id.
        synchronous: the channel that the session began on.
        exchanges: starts the message exchange with the instrument.
        locks: of the instrument.

    Attributes:
        number: session id.
        asynchronous: the other channel, None before it was established.
        largest_payload: bytes of one message that the client takes.
    """

    def __init__(self, number: int, synchronous: Connection, exchanges: ExchangeFactory, locks: Locks) -> None:
        self.number = number
        self.asynchronous: Connection | None = None
        self.largest_payload = LARGEST_MESSAGE
        self.locks = locks
        self._synchronous = synchronous
        self._exchange = exchanges(self.is_given_up)
        self._service = ServiceRequests(self._exchange, self._is_available, self._request_service, lambda: self._ended)
        self._state = threading.Lock()
        self._ended = False
        self._clearing = False
        self._busy = False
        self._collected = bytearray()
        self._held: tuple[int, bytes] | None = None
        self._expects_delivery = False
        self._last_id = _FIRST_ID - _STEP

    def is_given_up(self) -> bool:
        """Whether nobody waits for an answer any more."""
        return self._ended or self._clearing or self._synchronous.has_gone()

    def is_busy(self) -> bool:
        """Whether a message is under way on the synchronous channel."""
        return self._busy or self._synchronous.has_more()

    def handle(self, message: Message) -> bool:
        """Take a message of the synchronous channel; False: hang up."""
        if self._clearing and message.kind != Kind.DEVICE_CLEAR_COMPLETE:
            return True
        if message.too_large:
            return complain(self._synchronous, Wrong.TOO_LARGE, f"a message has at most {LARGEST_MESSAGE} bytes")
        if message.kind in {Kind.DATA, Kind.DATA_END, Kind.TRIGGER}:
            if message.control & ~_DELIVERED:
                return complain(self._synchronous, Wrong.CONTROL_CODE, f"control code {message.control}")
            return self._arrive(message)
        if message.kind == Kind.DEVICE_CLEAR_COMPLETE:
            return self._complete_clear()
        return self.handle_other(message, self._synchronous)

    def handle_other(self, message: Message, channel: Connection) -> bool:
        """Take what either channel may bring, and what none may."""
        if message.kind in {Kind.INITIALIZE, Kind.ASYNC_INITIALIZE}:
            return refuse(channel, Fatal.INVALID_INITIALIZATION, "the session is established")
        if message.kind in {Kind.FATAL_ERROR, Kind.ERROR}:
            return message.kind == Kind.ERROR
        if message.kind >= FIRST_VENDOR_KIND:
            return complain(channel, Wrong.VENDOR_MESSAGE, f"vendor message {message.kind}")
        return complain(channel, Wrong.MESSAGE_TYPE, f"message type {message.kind} on this channel")

    def flush(self) -> None:
        """Send the response, unless the client's next message is already there: that one interrupts it."""
        held = self._held
        if held is not None and not self._synchronous.has_more():
            self._held = None
            self._respond(*held)

    def poll(self, message: Message) -> int:
        """Answer a status query."""
        if message.control & _DELIVERED:
            self._expects_delivery = False
        self._service.look()
        return self._service.poll(message_available=self._is_available() and self._is_latest(message.parameter))

    def begin_clear(self) -> None:
        """Abandon what is under way; until the client says so, what it sends is thrown away."""
        with self._state:
            self._clearing = True
            self._held = None
            self._expects_delivery = False
        self.locks.wake()
        self._exchange.wake()

    def end(self) -> None:
        """Leave: one of both channels is gone."""
        self._ended = True
        self.locks.leave(self.number)
        self._synchronous.close()
        if self.asynchronous is not None:
            self.asynchronous.close()
        self._exchange.wake()

    def _is_available(self) -> bool:
        return self._expects_delivery or self._held is not None

    def _is_latest(self, number: int) -> bool:
        """Whether a status query knows of the last message (6.14.1); if not, another one is on its way.

        Some clients name the message that they will send next. It cannot be on its way while nothing waits.
        """
        upcoming = (self._last_id + _STEP) % _IDS
        return number == self._last_id or (number == upcoming and not self._synchronous.has_more())

    def _request_service(self, byte: int) -> None:
        if self.asynchronous is not None:
            self.asynchronous.send(Message(Kind.ASYNC_SERVICE_REQUEST, byte).encode())

    def _arrive(self, message: Message) -> bool:
        """Take data or a trigger."""
        if self.asynchronous is None:
            return refuse(self._synchronous, Fatal.CHANNELS_NOT_ESTABLISHED, "the asynchronous channel is missing")
        self._note_interruption(self.asynchronous, message)
        self._last_id = message.parameter
        self._busy = True
        try:
            self.locks.await_access(self.number, self.is_given_up)
            return self._execute(message)
        except Abandoned:
            return self._clearing
        finally:
            self._busy = False

    def _note_interruption(self, asynchronous: Connection, message: Message) -> None:
        """See whether the last response was read, or even sent, before this message (3.1.1).

        Only a response that is not sent yet is an error that the client is told of. One that was sent and not read
        is an error of the instrument's queue alone.
        """
        with self._state:
            unsent, self._held = self._held is not None, None
            unread = self._expects_delivery and not message.control & _DELIVERED
            self._expects_delivery = False
        if unsent or unread:
            self._exchange.interrupt()
        if unsent:
            asynchronous.send(Message(Kind.ASYNC_INTERRUPTED, parameter=message.parameter).encode())
            self._synchronous.send(Message(Kind.INTERRUPTED, parameter=message.parameter).encode())

    def _execute(self, message: Message) -> bool:
        if message.kind == Kind.TRIGGER:
            self._exchange.trigger()
        else:
            self._collected += message.payload
            if len(self._collected) > LONGEST_MESSAGE:
                self._collected.clear()
                return complain(self._synchronous, Wrong.TOO_LARGE, f"data has at most {LONGEST_MESSAGE} bytes")
            if message.kind == Kind.DATA:
                return True
            data = bytes(self._collected)
            self._collected.clear()
            if not self._exchange.take(data, self._answerer(message.parameter)):
                return False
        self._service.look()
        return True

    def _answerer(self, number: int) -> Callable[[bytes], None]:
        """Make what takes the response to a message: at once it is held, later it is sent."""

        def answer(data: bytes) -> None:
            with self._state:
                if self._clearing or self._ended:
                    return
                if self._busy and number == self._last_id:
                    self._held = (number, data)
                    return
            self._respond(number, data)

        return answer

    def _respond(self, number: int, data: bytes) -> None:
        size = max(1, self.largest_payload - HEADER.size)
        with self._state:
            if self._clearing:
                return
            self._expects_delivery = True
        last = max(0, len(data) - 1) // size * size
        for start in range(0, last, size):
            self._synchronous.send(Message(Kind.DATA, 0, number, data[start : start + size]).encode())
        self._synchronous.send(Message(Kind.DATA_END, 0, number, data[last:]).encode())

    def _complete_clear(self) -> bool:
        """End a device clear; the instrument is cleared after the protocol (6.12)."""
        if not self._clearing:
            return complain(self._synchronous, Wrong.UNIDENTIFIED, "no device clear is under way")
        self._exchange.clear()
        self._service.reset()
        with self._state:
            self._clearing = False
            self._collected.clear()
            self._held = None
            self._expects_delivery = False
            self._last_id = _FIRST_ID - _STEP
        self._synchronous.send(Message(Kind.DEVICE_CLEAR_ACKNOWLEDGE).encode())
        return True
