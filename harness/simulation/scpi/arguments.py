"""The parameters of one unit, taken in order and checked by type."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.lexer import block_length
from harness.simulation.scpi.mnemonic import forms, matches

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_NUMBER = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:\s*[Ee]\s*[+-]?\d+)?)\s*([A-Za-z/]*)")
_RADIX = {
    "H": (16, re.compile(r"[0-9A-Fa-f]+")),
    "Q": (8, re.compile(r"[0-7]+")),
    "B": (2, re.compile(r"[01]+")),
}
_MOST_DIGITS = 255
"""Of a number (SCPI-99 21.8.9, error -124)."""
_PREFIXES = {
    "EX": 1e18, "PE": 1e15, "T": 1e12, "G": 1e9, "MA": 1e6, "K": 1e3, "": 1.0,
    "M": 1e-3, "U": 1e-6, "N": 1e-9, "P": 1e-12, "F": 1e-15, "A": 1e-18,
}  # fmt: skip
# IEEE 488.2 7.7.3.4: with these units alone M means mega.
_MEGA_UNITS = frozenset({"HZ", "OHM"})
_RANGE = re.compile(r"(\d{1,9})(?::(\d{1,9}))?")
_SHORTEST_STRING = 2
_SHORTEST_BLOCK = 3


class Arguments:
    """Parameters of one unit.

    Args:
        parameters: raw texts.
        suffixes: numbers in the header, one for each node that may have one; 1 where none was written.
    """

    __slots__ = ("_parameters", "_taken", "suffixes")

    def __init__(self, parameters: Sequence[str], suffixes: tuple[int, ...]) -> None:
        self._parameters = parameters
        self._taken = 0
        self.suffixes = suffixes

    def fresh(self) -> Arguments:
        """Answer the same parameters with none of them taken."""
        return Arguments(self._parameters, self.suffixes) if self._parameters else self

    def more(self) -> bool:
        return self._taken < len(self._parameters)

    def peek_number(self) -> bool:
        """Whether the next parameter is written as a number."""
        return self.more() and not self._parameters[self._taken][0].isalpha()

    def names_channels(self) -> bool:
        """Whether any parameter that is left is a channel list."""
        return any(text.startswith("(") for text in self._parameters[self._taken :])

    def raw(self) -> str:
        """Take the next parameter as it was written.

        Raises:
            ScpiError: there is none (-109).
        """
        if not self.more():
            raise ScpiError(-109)
        self._taken += 1
        return self._parameters[self._taken - 1]

    def end(self) -> None:
        """Refuse parameters that are left (-108)."""
        if self._taken < len(self._parameters):
            raise ScpiError(-108)

    def number(self, unit: str = "", words: Mapping[str, float] | None = None) -> float:
        """Take a number, with an SI suffix where `unit` is given, or one of `words` such as MINimum.

        Raises:
            ScpiError: it is no number, or its suffix does not fit.
        """
        text = self.raw()
        for word, value in (words or {}).items():
            if matches(word, text):
                return value
        return parse_number(text, unit)

    def integer(self, words: Mapping[str, float] | None = None) -> int:
        """Take a number and round it, as IEEE 488.2 7.7.2 asks."""
        number = self.number(words=words)
        if math.isinf(number):
            raise ScpiError(-222)
        return round(number)

    def flag(self) -> bool:
        """Take ON, OFF, 1 or 0; any other number is ON unless it rounds to 0 (SCPI-99 7.3)."""
        text = self.raw()
        if text.upper() in {"ON", "OFF"}:
            return text.upper() == "ON"
        if text[0].isalpha():
            raise ScpiError(-224)
        return round(parse_number(text, "")) != 0

    def choice(self, words: Sequence[str]) -> str:
        """Take one of `words`, in short or long form; answer its short form.

        Raises:
            ScpiError: another word (-224), or no word.
        """
        text = self.raw()
        for word in words:
            if matches(word, text):
                return forms(word)[0]
        if text[0] in "\"'":
            raise ScpiError(-104)
        raise ScpiError(-224 if text[0].isalpha() else -128)

    def string(self) -> str:
        """Take a quoted string; a doubled quote inside stands for one."""
        text = self.raw()
        if text[0] not in "\"'":
            raise ScpiError(-104)
        if len(text) < _SHORTEST_STRING or text[-1] != text[0]:
            raise ScpiError(-151)
        return text[1:-1].replace(text[0] * 2, text[0])

    def peek_block(self) -> bool:
        """Whether the next parameter is written as a block."""
        return self.more() and self._parameters[self._taken].startswith("#")

    def block(self) -> bytes:
        """Take a block, ``#3128...`` or ``#0...`` to the end of the message (IEEE 488.2 7.7.6); answer its bytes.

        Raises:
            ScpiError: it is none, or shorter or longer than it says.
        """
        text = self.raw()
        if not text.startswith("#"):
            raise ScpiError(-104)
        if text[1:2] == "0":
            return text[2:].encode("latin-1")
        if len(text) < _SHORTEST_BLOCK or block_length(text, 0) != len(text):
            raise ScpiError(-161)
        return text[2 + int(text[1]) :].encode("latin-1")

    def name(self) -> str:
        """Take a name, quoted or bare, as arbitrary waveforms have one."""
        text = self.raw()
        if text[0] in "\"'":
            self._taken -= 1
            return self.string()
        if not (text[0].isascii() and text[0].isalpha()):
            raise ScpiError(-104)
        return text

    def channels(self) -> list[int]:
        """Take a channel list, ``(@101,105:110)``."""
        text = self.raw()
        if not text.startswith("("):
            raise ScpiError(-104)
        if not text.endswith(")"):
            raise ScpiError(-171)
        inner = "".join(text[1:-1].split())
        if not inner.startswith("@"):
            raise ScpiError(-171)
        numbers: list[int] = []
        for part in inner[1:].split(","):
            match = _RANGE.fullmatch(part)
            if match is None:
                raise ScpiError(-171)
            first = int(match[1])
            last = int(match[2]) if match[2] else first
            if abs(last - first) > 1000:  # noqa: PLR2004 - no mainframe has more; a typing error would fill memory
                raise ScpiError(-222)
            numbers.extend(range(first, last + 1) if first <= last else range(first, last - 1, -1))
        return numbers


def parse_number(text: str, unit: str) -> float:
    """Read a number with its suffix.

    Raises:
        ScpiError: it is none.
    """
    if text[0] == "#":
        return _parse_based(text)
    match = _NUMBER.fullmatch(text)
    if match is None:
        raise ScpiError(_why_no_number(text))
    if len(match[1]) > _MOST_DIGITS:
        raise ScpiError(-124)
    value = float("".join(match[1].split()))
    if math.isinf(value):
        raise ScpiError(-123)
    return value * _factor(match[2].upper(), unit.upper())


def _parse_based(text: str) -> float:
    """Read a whole number in another base: ``#HFF``, ``#Q17``, ``#B101`` (IEEE 488.2 7.7.4)."""
    base, digits = _RADIX.get(text[1:2].upper(), (0, None))
    if digits is None or not digits.fullmatch(text[2:]):
        raise ScpiError(-121)
    if len(text) > _MOST_DIGITS:
        raise ScpiError(-124)
    return float(int(text[2:], base))


def _why_no_number(text: str) -> int:
    if text[0] in "\"'(":
        return -104
    return -148 if text[0].isalpha() else -121


def _factor(suffix: str, unit: str) -> float:
    if not suffix:
        return 1.0
    if not unit:
        raise ScpiError(-138)
    prefix = suffix.removesuffix(unit)
    if prefix == suffix or prefix not in _PREFIXES:
        raise ScpiError(-131)
    return 1e6 if prefix == "M" and unit in _MEGA_UNITS else _PREFIXES[prefix]
