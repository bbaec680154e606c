"""Bytes of a connection into messages."""

from __future__ import annotations

LONGEST_MESSAGE = 1 << 20
_LF, _CR, _BLOCK = 10, 13, 35
_QUOTES = (34, 39)
_DIGITS = b"123456789"


class MessageFramer:
    """Cuts at CR, LF and CR LF, but not inside a definite-length block.

    A message without an end is dropped at `LONGEST_MESSAGE` bytes.
    """

    def __init__(self) -> None:
        self._pending = b""

    def feed(self, data: bytes) -> list[bytes]:
        """Answer the messages that `data` completes, without their ends; empty ones are left out."""
        data = self._pending + data
        if b"#" not in data:
            *complete, self._pending = data.replace(b"\r", b"\n").split(b"\n")
        else:
            complete, self._pending = _cut(data, ends=False)
        if len(self._pending) > LONGEST_MESSAGE:
            self._pending = b""
        return [message for message in complete if message]


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
    while index < len(data):
        byte = data[index]
        if byte in (_LF, _CR):
            messages.append(data[start:index])
            start, quote = index + 1, 0
        elif quote:
            quote = 0 if byte == quote else quote
        elif byte in _QUOTES:
            quote = byte
        elif byte == _BLOCK and ends and data[index + 1 : index + 2] == b"0":
            return messages, data[start:].removesuffix(b"\n")
        elif byte == _BLOCK:
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
