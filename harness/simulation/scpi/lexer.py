"""Program messages into units, units into headers and parameters (IEEE 488.2, 7.3 to 7.7)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.simulation.scpi.errors import ScpiError

_HEADER = re.compile(r"(?:\*[A-Za-z]+|:?[A-Za-z][A-Za-z0-9_]*(?::[A-Za-z][A-Za-z0-9_]*)*)\??")
_LONGEST_MNEMONIC = 12
_QUOTES = "\"'"
_WHITE = "".join(chr(code) for code in range(33) if code != 10)  # noqa: PLR2004 - all but LF, IEEE 488.2 7.4.1.2
_BLOCK_DIGITS = "123456789"


@dataclass(frozen=True, slots=True)
class Words:
    """One unit as it was written.

    Attributes:
        header: without the question mark.
        query: whether there was one.
        parameters: raw texts, in order.
    """

    header: str
    query: bool
    parameters: tuple[str, ...]


def units(message: str) -> list[str]:
    """Cut a message at its semicolons, except inside strings, expressions and blocks."""
    return _split(message, ";")


def words(unit: str) -> Words:
    """Take a unit apart.

    Raises:
        ScpiError: it is no unit.
    """
    text = unit.lstrip(_WHITE)
    match = _HEADER.match(text)
    if match is None:
        raise ScpiError(-101 if text and not (text[0].isascii() and text[0].isprintable()) else -102)
    header, rest = match.group(), text[match.end() :]
    if rest and rest[0] not in _WHITE:
        raise ScpiError(-103 if rest[0] in ",;" else -101 if not rest[0].isascii() else -102)
    if any(len(node) > _LONGEST_MNEMONIC for node in header.rstrip("?").strip("*:").split(":")):
        raise ScpiError(-112)
    rest = rest.lstrip(_WHITE)
    parameters = tuple(_trimmed(part) for part in _split(rest, ",")) if rest else ()
    if any(not part for part in parameters):
        raise ScpiError(-109)
    return Words(header.rstrip("?"), header.endswith("?"), parameters)


def _trimmed(part: str) -> str:
    """Answer a parameter without white space around it. What looks like white space inside a block is data."""
    text = part.lstrip(_WHITE)
    length = block_length(text, 0) if text.startswith("#") else 1
    if length == 1:
        return text.rstrip(_WHITE)
    if text[length:].strip(_WHITE):
        raise ScpiError(-161)
    return text[:length]


def _split(text: str, separator: str) -> list[str]:
    if separator not in text:
        return [text]
    parts, start, index = [], 0, 0
    while index < len(text):
        character = text[index]
        if character == separator:
            parts.append(text[start:index])
            start = index + 1
        index = _after_item(text, index)
    parts.append(text[start:])
    return parts


def _after_item(text: str, index: int) -> int:
    """Answer the index after the string, expression, block or character at `index`."""
    character = text[index]
    if character in _QUOTES:
        end = text.find(character, index + 1)
        if end < 0:
            raise ScpiError(-151)
        return end + 1
    if character == "(":
        end = text.find(")", index)
        if end < 0:
            raise ScpiError(-171)
        return end + 1
    if character == "#":
        return index + block_length(text, index)
    return index + 1


def block_length(text: str, index: int) -> int:
    """Length of the block at `index` with its head; 1 where it is none. One of indefinite length has all the rest."""
    digits = text[index + 1 : index + 2]
    if digits == "0":
        return len(text) - index
    if digits not in _BLOCK_DIGITS or not digits:
        return 1
    count = text[index + 2 : index + 2 + int(digits)]
    if len(count) < int(digits) or not (count.isascii() and count.isdecimal()):
        return 1
    return 2 + int(digits) + int(count)
