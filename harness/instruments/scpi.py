"""Answers of SCPI instruments: numbers, errors, identities. A word that is no number never becomes one."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import BadAnswer, Overload, Refused
from harness.instruments.visa import brief
from harness.quantity import OVERLOAD

if TYPE_CHECKING:
    from harness.instruments.visa import VisaLink

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_NEXT_ERROR = ":SYSTem:ERRor?"
_ERROR = re.compile(r'([+-]?\d+),\s*"(.*)"')


@dataclass(frozen=True, slots=True)
class Identity:
    """The four fields of `*IDN?` (IEEE 488.2, 10.14)."""

    manufacturer: str
    model: str
    serial_number: str
    firmware: str


def identify(link: VisaLink) -> Identity:
    """Ask an instrument who it is."""
    answer = link.query("*IDN?")
    fields = [field.strip() for field in answer.split(",")]
    if len(fields) != 4 or not all(fields[:3]):  # noqa: PLR2004 - four fields by IEEE 488.2
        raise BadAnswer(f"{link.role} at {link.resource} answered '*IDN?' with {answer!r}, which is not four fields")
    return Identity(*fields)


def number(link: VisaLink, asked: str, text: str) -> float:
    """Read one number of an answer.

    Raises:
        Overload: it is the overload answer.
        BadAnswer: it is no finite number.
    """
    if not _NUMBER.fullmatch(text.strip()):
        raise BadAnswer(f"{link.role} answered {brief(asked)} with {text!r}, which is not a number")
    value = float(text)
    if math.isinf(value) or abs(value) >= OVERLOAD:
        raise Overload(
            f"{link.role} answered {brief(asked)} with {text.strip()}: overload, its input is beyond the range that is "
            "set; check the wiring and the unit before trying a larger range"
        )
    return value


def numbers(link: VisaLink, asked: str, text: str, count: int) -> tuple[float, ...]:
    """Read exactly `count` numbers, separated by commas."""
    parts = text.split(",")
    if len(parts) != count:
        raise BadAnswer(
            f"{link.role} answered {brief(asked)} with {len(parts)} values where {count} were due: {text[:60]!r}"
        )
    return tuple(number(link, asked, part) for part in parts)


def whole(link: VisaLink, message: str) -> int:
    """Ask for a whole number."""
    answer = link.query(message)
    value = number(link, message, answer)
    if value != int(value):
        raise BadAnswer(f"{link.role} answered {brief(message)} with {answer!r}, which is not a whole number")
    return int(value)


def configure(link: VisaLink, *commands: str) -> None:
    """Send commands and read the error queue in the same message, so that nothing is in flight afterwards.

    Raises:
        Refused: the instrument put an error in its queue.
    """
    message = ";".join((*commands, _NEXT_ERROR))
    check_errors(link, message, link.query(message))


def configure_block(link: VisaLink, command: str, data: bytes) -> None:
    """Send a command whose last parameter is a block of bytes, and read the error queue in the same message.

    Raises:
        Refused: the instrument put an error in its queue.
    """
    check_errors(link, command, link.query_after_block(command, data, _NEXT_ERROR))


def answers(link: VisaLink, message: str, count: int) -> list[str]:
    """Ask `count` questions in one message; each answer without blanks around it.

    Raises:
        BadAnswer: there are more or fewer answers.
    """
    answer = link.query(message)
    parts = [part.strip() for part in answer.split(";")]
    if len(parts) != count:
        raise BadAnswer(f"{link.role} answered {brief(message)} with {answer!r}, which is not {count} answers")
    return parts


def flag(link: VisaLink, message: str) -> bool:
    """Ask for a state that is 0 or 1."""
    return flag_of(link, message, link.query(message))


def flag_of(link: VisaLink, asked: str, text: str) -> bool:
    """Read a state that is 0 or 1; nothing else is one."""
    if text.removeprefix("+") not in {"0", "1"}:
        raise BadAnswer(f"{link.role} answered {brief(asked)} with {text!r}, which is neither 0 nor 1")
    return text.endswith("1")


def check_errors(link: VisaLink, message: str, answer: str) -> None:
    """Refuse an answer of the error queue other than "no error"."""
    match = _ERROR.fullmatch(answer.strip())
    if match is None:
        raise BadAnswer(
            f"{link.role} answered {brief(message)} with {answer[:60]!r}, which is not an entry of an error queue"
        )
    if int(match[1]) != 0:
        raise Refused(f"{link.role} refused {brief(message)}: error {match[1]}, {match[2]}")
