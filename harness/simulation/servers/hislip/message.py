"""HiSLIP messages: a header of 16 bytes and a payload (IVI-6.1, 2.4 and 2.5)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import IntEnum

from harness.errors import StimcertError

HEADER = struct.Struct("!2sBBIQ")
_PROLOGUE = b"HS"
LARGEST_MESSAGE = 1 << 20
"""Bytes of a message that this server takes, header included."""
FIRST_VENDOR_KIND = 128


class Kind(IntEnum):
    """Message types (IVI-6.1 table 4)."""

    INITIALIZE = 0
    INITIALIZE_RESPONSE = 1
    FATAL_ERROR = 2
    ERROR = 3
    ASYNC_LOCK = 4
    ASYNC_LOCK_RESPONSE = 5
    DATA = 6
    DATA_END = 7
    DEVICE_CLEAR_COMPLETE = 8
    DEVICE_CLEAR_ACKNOWLEDGE = 9
    ASYNC_REMOTE_LOCAL_CONTROL = 10
    ASYNC_REMOTE_LOCAL_RESPONSE = 11
    TRIGGER = 12
    INTERRUPTED = 13
    ASYNC_INTERRUPTED = 14
    ASYNC_MAXIMUM_MESSAGE_SIZE = 15
    ASYNC_MAXIMUM_MESSAGE_SIZE_RESPONSE = 16
    ASYNC_INITIALIZE = 17
    ASYNC_INITIALIZE_RESPONSE = 18
    ASYNC_DEVICE_CLEAR = 19
    ASYNC_SERVICE_REQUEST = 20
    ASYNC_STATUS_QUERY = 21
    ASYNC_STATUS_RESPONSE = 22
    ASYNC_DEVICE_CLEAR_ACKNOWLEDGE = 23
    ASYNC_LOCK_INFO = 24
    ASYNC_LOCK_INFO_RESPONSE = 25


class Fatal(IntEnum):
    """Errors that end a session (IVI-6.1 table 14)."""

    POORLY_FORMED_HEADER = 1
    CHANNELS_NOT_ESTABLISHED = 2
    INVALID_INITIALIZATION = 3
    TOO_MANY_CLIENTS = 4


class Wrong(IntEnum):
    """Errors that do not end it (IVI-6.1 table 16)."""

    UNIDENTIFIED = 0
    MESSAGE_TYPE = 1
    CONTROL_CODE = 2
    VENDOR_MESSAGE = 3
    TOO_LARGE = 4


class BadHeader(StimcertError):
    """Bytes that are no header: where the next message begins is not known any more."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message.

    Attributes:
        kind: message type, possibly one that nobody knows.
        control: control code.
        parameter: message parameter.
        payload: empty where it was too large to be taken.
        too_large: whether it was.
    """

    kind: int
    control: int = 0
    parameter: int = 0
    payload: bytes = b""
    too_large: bool = False

    def encode(self) -> bytes:
        head = HEADER.pack(_PROLOGUE, self.kind, self.control, self.parameter, len(self.payload))
        return head + self.payload


class HislipFramer:
    """Cuts the bytes of a channel into messages."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._skip = 0

    def feed(self, data: bytes) -> list[Message]:
        """Answer the messages that `data` completes. The payload of one that is too large is thrown away.

        Raises:
            BadHeader: the bytes are out of step.
        """
        self._pending += data
        found: list[Message] = []
        while True:
            if self._skip:
                dropped = min(self._skip, len(self._pending))
                del self._pending[:dropped]
                self._skip -= dropped
            if len(self._pending) < HEADER.size:
                return found
            prologue, kind, control, parameter, length = HEADER.unpack_from(self._pending)
            if prologue != _PROLOGUE:
                raise BadHeader(f"a header begins with {bytes(prologue)!r}, not with {_PROLOGUE!r}")
            if length > LARGEST_MESSAGE:
                found.append(Message(kind, control, parameter, too_large=True))
                self._skip = length
                del self._pending[: HEADER.size]
                continue
            if len(self._pending) < HEADER.size + length:
                return found
            payload = bytes(self._pending[HEADER.size : HEADER.size + length])
            del self._pending[: HEADER.size + length]
            found.append(Message(kind, control, parameter, payload))
