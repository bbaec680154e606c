"""The HiSLIP port of one instrument: connections become sessions, and the asynchronous channel's messages."""

from __future__ import annotations

import itertools
import struct
import threading
import time
from typing import TYPE_CHECKING

from harness.simulation.servers.hislip.locks import LockAnswer, Locks
from harness.simulation.servers.hislip.message import (
    LARGEST_MESSAGE,
    BadHeader,
    Fatal,
    HislipFramer,
    Kind,
    Message,
    Wrong,
)
from harness.simulation.servers.hislip.session import HislipSession, complain, refuse

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.servers.hislip.exchange import ExchangeFactory
    from harness.simulation.servers.session import Connection

SUB_ADDRESS = "hislip0"
_VERSION = 0x0100
_VENDOR = int.from_bytes(b"XX")
_MOST_SESSIONS = 64
_MOST_IDS = 1 << 16
_SIZE = struct.Struct("!Q")
_LAST_REMOTE_LOCAL = 6
_SETTLE_S = 1.0
_LOOK_S = 0.005
_LONGEST_LOCK_NAME = 256
_REQUEST, _RELEASE = 1, 0


class HislipPort:
    """Everybody who talks HiSLIP to one instrument.

    Args:
        exchanges: starts a message exchange with the instrument.
    """

    def __init__(self, exchanges: ExchangeFactory) -> None:
        self._exchanges = exchanges
        self._locks = Locks()
        self._guard = threading.Lock()
        self._numbers = itertools.cycle(range(1, _MOST_IDS))
        self._sessions: dict[int, HislipSession] = {}

    def channel(self, connection: Connection) -> HislipChannel:
        """Start a conversation on a new connection."""
        return HislipChannel(self, connection)

    def open(self, connection: Connection) -> HislipSession | None:
        """Start a session on its synchronous channel; None where there are too many."""
        with self._guard:
            if len(self._sessions) >= _MOST_SESSIONS:
                return None
            number = next(number for number in self._numbers if number not in self._sessions)
            session = HislipSession(number, connection, self._exchanges, self._locks)
            self._sessions[number] = session
            return session

    def join(self, number: int, connection: Connection) -> HislipSession | None:
        """Add the asynchronous channel; None where no session waits for one by this number."""
        with self._guard:
            session = self._sessions.get(number)
            if session is None or session.asynchronous is not None:
                return None
            session.asynchronous = connection
            return session

    def leave(self, session: HislipSession) -> None:
        with self._guard:
            self._sessions.pop(session.number, None)
        session.end()


class HislipChannel:
    """One connection, which its first message makes the one or the other channel of a session."""

    def __init__(self, port: HislipPort, connection: Connection) -> None:
        self._port = port
        self._connection = connection
        self._framer = HislipFramer()
        self._session: HislipSession | None = None
        self._is_synchronous = False

    def receive(self, data: bytes) -> bool:
        try:
            messages = self._framer.feed(data)
        except BadHeader as error:
            return refuse(self._connection, Fatal.POORLY_FORMED_HEADER, str(error))
        if not all(self._handle(message) for message in messages):
            return False
        if self._is_synchronous and self._session is not None:
            self._session.flush()
        return True

    def end(self) -> None:
        if self._session is not None:
            self._port.leave(self._session)

    def _handle(self, message: Message) -> bool:
        if self._session is None:
            return self._initialize(message)
        if self._is_synchronous:
            return self._session.handle(message)
        return self._answer(self._session, message)

    def _initialize(self, message: Message) -> bool:
        if message.kind == Kind.INITIALIZE:
            return self._open(message)
        if message.kind == Kind.ASYNC_INITIALIZE:
            self._session = self._port.join(message.parameter, self._connection)
            if self._session is None:
                return refuse(self._connection, Fatal.INVALID_INITIALIZATION, f"no session {message.parameter} waits")
            self._send(Kind.ASYNC_INITIALIZE_RESPONSE, parameter=_VENDOR)
            return True
        return refuse(self._connection, Fatal.INVALID_INITIALIZATION, "a connection begins with an initialization")

    def _open(self, message: Message) -> bool:
        address = message.payload.decode("latin-1").lower()
        if address not in {SUB_ADDRESS, ""}:
            why = f"there is no {address!r} here, only {SUB_ADDRESS}"
            return refuse(self._connection, Fatal.INVALID_INITIALIZATION, why)
        self._session = self._port.open(self._connection)
        if self._session is None:
            return refuse(self._connection, Fatal.TOO_MANY_CLIENTS, f"there are {_MOST_SESSIONS} clients already")
        self._is_synchronous = True
        version = min(_VERSION, message.parameter >> 16)
        self._send(Kind.INITIALIZE_RESPONSE, parameter=version << 16 | self._session.number)
        return True

    def _answer(self, session: HislipSession, message: Message) -> bool:
        """Take a message of the asynchronous channel."""
        if message.too_large:
            return complain(self._connection, Wrong.TOO_LARGE, f"a message has at most {LARGEST_MESSAGE} bytes")
        answers: dict[int, Callable[[HislipSession, Message], bool]] = {
            Kind.ASYNC_MAXIMUM_MESSAGE_SIZE: self._take_size,
            Kind.ASYNC_LOCK: self._lock,
            Kind.ASYNC_LOCK_INFO: self._lock_info,
            Kind.ASYNC_DEVICE_CLEAR: self._clear,
            Kind.ASYNC_STATUS_QUERY: self._status,
            Kind.ASYNC_REMOTE_LOCAL_CONTROL: self._remote_local,
        }
        answer = answers.get(message.kind)
        return session.handle_other(message, self._connection) if answer is None else answer(session, message)

    def _send(self, kind: Kind, control: int = 0, parameter: int = 0, payload: bytes = b"") -> None:
        self._connection.send(Message(kind, control, parameter, payload).encode())

    def _take_size(self, session: HislipSession, message: Message) -> bool:
        """Take the largest message that the client can take; answer the server's own (6.10)."""
        if len(message.payload) != _SIZE.size:
            return complain(self._connection, Wrong.UNIDENTIFIED, "a message size has 8 bytes")
        session.largest_payload = min(LARGEST_MESSAGE, _SIZE.unpack(message.payload)[0])
        self._send(Kind.ASYNC_MAXIMUM_MESSAGE_SIZE_RESPONSE, payload=_SIZE.pack(LARGEST_MESSAGE))
        return True

    def _lock(self, session: HislipSession, message: Message) -> bool:
        locks = session.locks
        if message.control == _REQUEST and len(message.payload) <= _LONGEST_LOCK_NAME:
            timeout_s = message.parameter * 1e-3
            answer = locks.request(session.number, message.payload, timeout_s, self._connection.has_gone)
        elif message.control == _REQUEST:
            answer = LockAnswer.ERROR
        elif message.control == _RELEASE:
            self._settle(session)
            answer = locks.release(session.number)
        else:
            return complain(self._connection, Wrong.CONTROL_CODE, f"control code {message.control}")
        self._send(Kind.ASYNC_LOCK_RESPONSE, answer)
        return True

    def _settle(self, session: HislipSession) -> None:
        """Let what was sent before a release be executed under the lock; one that waits for ever is not waited for."""
        deadline_s = time.monotonic() + _SETTLE_S
        while session.is_busy() and time.monotonic() < deadline_s:
            time.sleep(_LOOK_S)

    def _lock_info(self, session: HislipSession, _message: Message) -> bool:
        exclusive, holders = session.locks.info()
        self._send(Kind.ASYNC_LOCK_INFO_RESPONSE, int(exclusive), holders)
        return True

    def _clear(self, session: HislipSession, _message: Message) -> bool:
        session.begin_clear()
        self._send(Kind.ASYNC_DEVICE_CLEAR_ACKNOWLEDGE)
        return True

    def _status(self, session: HislipSession, message: Message) -> bool:
        self._send(Kind.ASYNC_STATUS_RESPONSE, session.poll(message))
        return True

    def _remote_local(self, _session: HislipSession, message: Message) -> bool:
        """Take it: nobody stands at this instrument's front panel, so nothing is to be locked out."""
        if message.control > _LAST_REMOTE_LOCAL:
            return complain(self._connection, Wrong.CONTROL_CODE, f"control code {message.control}")
        self._send(Kind.ASYNC_REMOTE_LOCAL_RESPONSE)
        return True
