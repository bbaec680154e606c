"""What a chapter is made of: plain text, tables and figures. A value is never markup: it is typeset as it is."""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, with a name that links lead to; one that is not listed stands in no table of contents."""

    level: int
    text: str
    anchor: str = ""
    listed: bool = True


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph: `plain`, `soft` (small), `strong`, `verdict` (large, framed), `note` (framed).

    `lead`, `lead-soft` and `lead-strong` stay on the page of what follows them.
    """

    text: str
    style: str = "plain"


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Names and values."""

    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: `plain`, `strong`, `soft` (a second line in small) or `mono`, perhaps a link to a heading."""

    text: str
    style: str = "plain"
    below: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes:
        head: titles of the columns.
        rows: cells or their texts.
        widths: of the columns, in shares of what is left; 0: as wide as its contents.
        right: columns whose contents are numbers, from 0.
        size: of the letters, in pt.
        title: above it; empty: none.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[Cell | str, ...], ...]
    widths: tuple[float, ...]
    right: tuple[int, ...] = ()
    size: float = 8.0
    title: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing with what it shows in words, for those who do not see it.

    Attributes:
        svg: the drawing.
        alt: what it shows.
        caption: below it.
    """

    svg: str
    alt: str
    caption: str


@dataclass(frozen=True, slots=True)
class Figures:
    """Drawings side by side, two in a row, with one caption for all."""

    figures: tuple[Figure, ...]
    caption: str


@dataclass(frozen=True, slots=True)
class Break:
    """A new page."""


_LONGEST_WORD = 24
_LONG_WORD = re.compile(rf"[^\s\-/._,;:\u200b]{{{_LONGEST_WORD + 1},}}")
_SHA256 = re.compile(r"[0-9a-f]{64}")

Block = Heading | Text | Bullets | Facts | Table | Figure | Figures | Break

_EXTRA = frozenset("·•–—‘’“”…‰€Ω℃←↑→↓∆∏∑−√∞∫≈≠≤≥◊\u00a0\u200b\n²³¹µ±×÷°§")
_LETTERS = ((0x20, 0x7E), (0xA1, 0xAC), (0xAE, 0x17E), (0x391, 0x3A1), (0x3A3, 0x3A9), (0x3B1, 0x3C9), (0x410, 0x44F))
"""Latin, Greek and Cyrillic letters, which both fonts have."""


def legible(text: str) -> str:
    """A text of which each character has a shape in the fonts: others are written as their number, `[U+4E2D]`.

    PDF/A allows no character without a shape, and no font from the machine may be used: the bytes would differ.
    """
    return "".join(letter if _is_legible(letter) else f"[U+{ord(letter):04X}]" for letter in text)


def breakable(name: str, fits: int = 0) -> str:
    """A name that may be broken behind its separators; one of no more letters than fit stays as it is, to be copied."""
    if len(name) <= fits:
        return name
    return "".join(f"{letter}\u200b" if letter in "-_./" else letter for letter in name)


def folded(text: str) -> str:
    """A text in which no word is longer than a column: it may be broken inside; a SHA-256 stays whole."""
    return _LONG_WORD.sub(_in_parts, text)


def _in_parts(found: re.Match[str]) -> str:
    word = found.group()
    if _SHA256.fullmatch(word):
        return word
    return "\u200b".join(word[start : start + _LONGEST_WORD] for start in range(0, len(word), _LONGEST_WORD))


def _is_legible(letter: str) -> bool:
    number = ord(letter)
    return letter in _EXTRA or any(first <= number <= last for first, last in _LETTERS)


def plain(value: object) -> Any:  # noqa: ANN401 - JSON
    """Blocks as JSON knows them, each with its kind."""
    if isinstance(value, Figure):
        # No word of a drawing is folded: its paths are long.
        return {"kind": "figure", "svg": legible(value.svg), "alt": plain(value.alt), "caption": plain(value.caption)}
    if is_dataclass(value) and not isinstance(value, type):
        named = {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        return {"kind": type(value).__name__.lower(), **named}
    if isinstance(value, (tuple, list)):
        return [plain(item) for item in value]
    return legible(folded(value)) if isinstance(value, str) else value


def cells(texts: Iterable[str], style: str) -> tuple[Cell, ...]:
    """Cells of one style."""
    return tuple(Cell(text, style) for text in texts)
