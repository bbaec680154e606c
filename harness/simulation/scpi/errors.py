"""Standard error numbers and their texts (SCPI-99 volume 2, chapter 21)."""

from __future__ import annotations

from harness.errors import StimcertError

TEXTS = {
    0: "No error",
    -101: "Invalid character",
    -102: "Syntax error",
    -103: "Invalid separator",
    -104: "Data type error",
    -108: "Parameter not allowed",
    -109: "Missing parameter",
    -112: "Program mnemonic too long",
    -113: "Undefined header",
    -114: "Header suffix out of range",
    -121: "Invalid character in number",
    -123: "Exponent too large",
    -124: "Too many digits",
    -128: "Numeric data not allowed",
    -131: "Invalid suffix",
    -138: "Suffix not allowed",
    -148: "Character data not allowed",
    -151: "Invalid string data",
    -158: "String data not allowed",
    -161: "Invalid block data",
    -171: "Invalid expression",
    -211: "Trigger ignored",
    -213: "Init ignored",
    -214: "Trigger deadlock",
    -221: "Settings conflict",
    -222: "Data out of range",
    -223: "Too much data",
    -224: "Illegal parameter value",
    -230: "Data corrupt or stale",
    -310: "System error",
    -350: "Queue overflow",
    -363: "Input buffer overrun",
    -410: "Query INTERRUPTED",
    -420: "Query UNTERMINATED",
    -430: "Query DEADLOCKED",
    -440: "Query UNTERMINATED after indefinite response",
}

QUEUE_OVERFLOW = -350
_COMMAND_ERRORS = range(-199, -99)


class ScpiError(StimcertError):
    """An error that goes into the instrument's error queue.

    Args:
        number: standard number, or the instrument's own above zero.
        text: where the standard text is not what the instrument says.
    """

    def __init__(self, number: int, text: str | None = None) -> None:
        self.number = number
        self.text = text or TEXTS[number]
        super().__init__(f'{number},"{self.text}"')

    @property
    def is_command_error(self) -> bool:
        """Whether the parser, not the instrument, refused."""
        return self.number in _COMMAND_ERRORS
