"""Bytes of a connection into messages."""

from __future__ import annotations

import re

LONGEST_MESSAGE = 1 << 20
_LF, _CR, _BLOCK = 10, 13, 35
_SPECIAL = re.compile(rb"[\r\n\"'#]")
_END = re.compile(rb"[\r\n]")
_DIGITS = b"123456789"


class MessageFramer:
    """Cuts at CR, LF and CR LF, but not inside a definite-length block.

    A message without an end is dropped at `LONGEST_MESSAGE` bytes, up to its end.

    Attributes:
        lost: what was dropped since somebody last looked, its beginning only; empty without.
    """

    def __init__(self) -> None:
        self.lost = b""
        self._pending = b""
        self._dropping = False

    def feed(self, data: bytes) -> list[bytes]:
        """Answer the messages that `data` completes, without their ends; empty ones are left out."""
        if not (self._pending or self._dropping) and _is_one_message(data):
            return [data[:-1]]
        if self._pending:
            data = self._pending + data
        elif self._dropping:
            data = self._after_lost(data)
        if b"#" not in data:
            *complete, self._pending = data.replace(b"\r", b"\n").split(b"\n")
        else:
            complete, self._pending = _cut(data, ends=False)
        if len(self._pending) > LONGEST_MESSAGE:
            self.lost, self._pending, self._dropping = self._pending, b"", True
        return [message for message in complete if message]

    def _after_lost(self, data: bytes) -> bytes:
        """Answer what follows the end of a message that was too long."""
        end = _END.search(data)
        self._dropping = end is None
        return data[end.end() :] if end else b""


def _is_one_message(data: bytes) -> bool:
    """Whether it is what nearly everybody sends: one message, and no block in it."""
    last = len(data) - 1
    return last > 0 and data.find(b"\n") == last and b"#" not in data and b"\r" not in data


def cut_message(data: bytes) -> list[bytes]:
    """Cut what came up to the END of a transport that has one; there a block of indefinite length ends with it too."""
    complete, rest = _cut(data, ends=True)
    return [message for message in (*complete, rest) if message]


def _cut(data: bytes, *, ends: bool) -> tuple[list[bytes], bytes]:
    """Answer the messages that are complete, and the rest.

    Args:
        data: the bytes.
        ends: whether an END follows them.
    """
    messages, start, index, quote = [], 0, 0, 0
    while found := _SPECIAL.search(data, index):
        index, byte = found.start(), data[found.start()]
        if byte in (_LF, _CR):
            messages.append(data[start:index])
            start, quote = index + 1, 0
        elif quote:
            quote = 0 if byte == quote else quote
        elif byte != _BLOCK:
            quote = byte
        elif ends and data[index + 1 : index + 2] == b"0":
            return messages, data[start:].removesuffix(b"\n")
        else:
            index += _block_length(data, index)
            continue
        index += 1
    return messages, data[start:]


def _block_length(data: bytes, index: int) -> int:
    """Length of the block at `index`, 1 where it is none that could be meant."""
    digit = data[index + 1 : index + 2]
    if not digit or digit not in _DIGITS:
        return 1
    width = int(digit)
    count = data[index + 2 : index + 2 + width]
    if len(count) < width or not count.isdigit() or int(count) > LONGEST_MESSAGE:
        return 1
    return 2 + width + int(count)
