"""Types of arguments: numbers that are finite, shares that are no percentages, whole numbers."""

from __future__ import annotations

import argparse

from harness.errors import NotFinite, RequestError
from harness.quantity import finite


def number(text: str) -> float:
    """A finite number.

    Raises:
        argparse.ArgumentTypeError: anything else, and why.
    """
    if text.endswith("%"):
        raise argparse.ArgumentTypeError(f"{text!r} is a percentage: write {_of_hundred(text[:-1])}")
    try:
        return finite("it", float(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no number") from None
    except NotFinite as error:
        raise argparse.ArgumentTypeError(f"{text!r}: {error}") from error


def share(text: str) -> float:
    """A share strictly between 0 and 1.

    Raises:
        argparse.ArgumentTypeError: anything else; a percentage with the share that it means.
    """
    from harness.metrology.statistics import binomial  # noqa: PLC0415 - each verb pays for its own imports

    try:
        return binomial.share("it", number(text))
    except RequestError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def whole(text: str) -> int:
    """A whole number from 0 up.

    Raises:
        argparse.ArgumentTypeError: anything else.
    """
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 up")
    return int(text)


def _of_hundred(text: str) -> str:
    try:
        return f"{float(text) / 100:g}"
    except ValueError:
        return "a share such as 0.95"
