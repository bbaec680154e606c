"""The line of `stim1`: characters into frames and back, with their check (docs/stimulator-protocol.md)."""

from __future__ import annotations

from dataclasses import dataclass

LONGEST_LINE = 128
_TAG_LENGTH = 4
_CHECK_LENGTH = 5
_PRINTABLE = range(0x20, 0x7F)
_UPPER_HEX = frozenset("0123456789ABCDEF")


def crc16(data: bytes) -> int:
    """CRC-16/CCITT-FALSE, bit by bit: polynomial 0x1021, start 0xFFFF, not reflected, no final exclusive-or."""
    register = 0xFFFF
    for byte in data:
        register ^= byte << 8
        for _ in range(8):
            register = (register << 1 ^ 0x1021 if register & 0x8000 else register << 1) & 0xFFFF
    return register


@dataclass(frozen=True, slots=True)
class Request:
    """A frame that can be trusted."""

    tag: str
    verb: str
    arguments: tuple[str, ...]


def parse_request(line: bytes) -> Request | None:
    """Understand one line without its LF; None where it is no frame, or its check is wrong."""
    line = line.removesuffix(b"\r")
    if len(line) > LONGEST_LINE or any(byte not in _PRINTABLE for byte in line):
        return None
    body, check = line[:-_CHECK_LENGTH], line[-_CHECK_LENGTH:].decode("ascii")
    if not check.startswith("*") or check[1:] != f"{crc16(body):04X}":
        return None
    tag, *rest = body.decode("ascii").split(" ")
    if len(tag) != _TAG_LENGTH or not set(tag) <= _UPPER_HEX or not rest or not rest[0]:
        return None
    return Request(tag, rest[0], tuple(rest[1:]))


def reply_line(tag: str, text: str) -> bytes:
    """Make the whole line of a reply."""
    body = f"{tag} {text}".encode("ascii")
    return body + b"*%04X\n" % crc16(body)


class LineAssembler:
    """Collects characters into lines; a line that grows too long is dropped whole."""

    def __init__(self) -> None:
        self._pending = bytearray()
        self._dropping = False

    def feed(self, data: bytes) -> list[bytes]:
        """Answer the lines that `data` completes, without their LF."""
        *complete, rest = data.split(b"\n")
        lines = []
        for part in complete:
            self._add(part)
            if not self._dropping:
                lines.append(bytes(self._pending))
            self._pending.clear()
            self._dropping = False
        self._add(rest)
        return lines

    def _add(self, part: bytes) -> None:
        if self._dropping:
            return
        self._pending += part
        if len(self._pending) > LONGEST_LINE + 1:  # one more for the CR
            self._pending.clear()
            self._dropping = True
