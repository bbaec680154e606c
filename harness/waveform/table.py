"""Lines and fields of a CSV file, each with the line it stands on, and the sentences about what is wrong with them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotFinite, RequestError
from harness.quantity import OVERLOAD, finite

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.waveform.samples import Samples

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?(?P<whole>\d*),(?P<part>\d+)(?P<exponent>[eE][+-]?\d+)?")
_NOT_A_NUMBER = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_LIKE_A_NUMBER = re.compile(r"[+-]?[.,]?\d")
_LAYOUT = re.compile(r"[+-]?\d*(?P<point>\.\d*)?(?P<exponent>[eE][+-]?\d+)?")
_LINE_END = re.compile(r"\r\n|\n|\r")
_HEAD = 100
"""How many lines show what separates fields and where the header is; more would cost time and tell nothing new."""

_BINARY = re.compile("[\x00-\x08\x0e-\x1f\x7f�]")
_THOUSANDS = 3


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a file.

    Attributes:
        line: its number in the file, from 1.
        cells: its fields, stripped of blanks and quotes.
    """

    line: int
    cells: tuple[str, ...]

    @property
    def is_numeric(self) -> bool:
        """Whether the first field is meant as a number: then the line is no header."""
        return self.is_number(0) or bool(_NOT_A_NUMBER.fullmatch(self.cells[0]))

    @property
    def is_words(self) -> bool:
        """Whether no field is a number: a line of units."""
        return not any(_LIKE_A_NUMBER.match(cell) or _NOT_A_NUMBER.fullmatch(cell) for cell in self.cells)

    @property
    def key(self) -> str:
        """The first field, to be compared."""
        return self.cells[0].casefold()

    def is_number(self, index: int) -> bool:
        """Whether a field is a number in the usual notation."""
        return index < len(self.cells) and bool(_NUMBER.fullmatch(self.cells[index]))

    def trimmed(self) -> Row:
        """The row without the empty fields at its end."""
        cells = list(self.cells)
        while len(cells) > 1 and not cells[-1]:
            cells.pop()
        return Row(self.line, tuple(cells))


@dataclass(frozen=True, slots=True)
class Table:
    """The lines of a file that hold anything; fields are taken out of them when they are asked for.

    Attributes:
        source: name of the file, for messages.
        lines: their text.
        places: their numbers in the file, from 1.
        separator: between fields; None for blanks.
        complete: whether the file ends with a line end.
        head: the first lines as rows.
    """

    source: str
    lines: Sequence[str] = field(repr=False)
    places: Sequence[int] = field(repr=False)
    separator: str | None
    complete: bool
    head: tuple[Row, ...] = field(repr=False)

    def row(self, index: int) -> Row:
        """One line, split into its fields."""
        return Row(self.places[index], _cells(self.lines[index], self.separator))

    def problem(self, row: Row, what: str) -> RequestError:
        """Say what is wrong in a line."""
        return RequestError(f"{self.source}: line {row.line}: {what}")

    def body(self, first: int, *, fields: int, spare: int) -> Body:
        """Return the rows of numbers, all of one width.

        Args:
            first: index of the first of them.
            fields: how many the header announces.
            spare: how many empty fields may follow them.

        Raises:
            RequestError: a row of another width, or a last row that breaks off.
        """
        if first >= len(self.lines):
            raise RequestError(f"{self.source}: holds no samples below its header; export the record again")
        body = Body(self, first)
        widths = set(body.widths())
        widest = max(widths)
        fits = len(widths) == 1 and fields <= widest <= fields + spare
        if not fits or (widest > fields and body.has_content_beyond(fields)):
            self._refuse_width(first, fields, spare)
        body.refuse_broken_end(fields)
        return body

    def _refuse_width(self, first: int, fields: int, spare: int) -> None:
        """Find the first row that does not fit and say so."""
        usual = len(self.row(first).cells)
        for index in range(first, len(self.lines)):
            row = self.row(index)
            width = len(row.cells)
            if width < fields:
                what = f"{width} fields where the header has {fields}: the row is cut off; export the record again"
            elif width > fields + spare or any(row.cells[fields:]):
                what = f"{width} fields where the header has {fields}: they do not belong together; export it again"
            elif width != usual:
                what = f"{width} fields where the rows above have {usual}; export the record again"
            else:
                continue
            raise self.problem(row, what)


@dataclass(frozen=True, slots=True)
class Body:
    """The rows of numbers of a table.

    Attributes:
        table: it stands in.
        first: index of its first row.
    """

    table: Table
    first: int

    @property
    def size(self) -> int:
        """Number of rows."""
        return len(self.table.lines) - self.first

    def row(self, index: int) -> Row:
        """One row, counted from the first of the body."""
        return self.table.row(self.first + index)

    def lines(self) -> Sequence[str]:
        """The rows as text."""
        return self.table.lines[self.first :]

    def widths(self) -> list[int]:
        """Number of fields of each row."""
        separator = self.table.separator
        if separator is None:
            return [len(line.split()) for line in self.lines()]
        return [line.count(separator) + 1 for line in self.lines()]

    def has_content_beyond(self, fields: int) -> bool:
        """Whether any row has more than so many fields that hold something."""
        separator = self.table.separator
        blank = f"{separator or ''} \t"
        return any(
            parts[fields].strip(blank)
            for parts in (line.split(separator, fields) for line in self.lines())
            if len(parts) > fields
        )

    def texts(self, index: int) -> list[str]:
        """One column as it is written."""
        separator = self.table.separator
        return [line.split(separator, index + 1)[index].strip() for line in self.lines()]

    def numbers(self, index: int, name: str) -> Samples:
        """One column as finite numbers.

        Raises:
            RequestError: a field that is none: where, and what stands there.
        """
        separator = self.table.separator
        lines = self.lines()
        try:
            values = np.array([float(line.split(separator, index + 1)[index]) for line in lines], dtype=np.float64)
        except ValueError:
            values = np.empty(0)
        # Python reads 1_0 and the digits of other scripts as numbers; no instrument writes them.
        odd = any("_" in line or not line.isascii() for line in lines)
        if values.size != len(lines) or odd or not np.all(np.abs(values) < OVERLOAD):
            rows = (self.row(each) for each in range(self.size))
            values = np.array([number(self.table, row, index, name) for row in rows], dtype=np.float64)
        return values

    def refuse_broken_end(self, fields: int) -> None:
        """Refuse a last number without a line end that is written in fewer digits than all the others.

        Raises:
            RequestError: it is.
        """
        if self.table.complete or self.size < 3:  # noqa: PLR2004 - no habit in two
            return
        *others, last = self.texts(fields - 1)
        layouts = {_layout(text) for text in others}
        if len(layouts) == 1 and _layout(last) != next(iter(layouts)):
            raise self.table.problem(
                self.row(self.size - 1), f"the file ends in {last!r}, a number cut off; export the record again"
            )


def read_table(text: str, source: str) -> Table:
    """Split a file into lines, and find out what separates its fields.

    Raises:
        RequestError: an empty or binary file, or commas in numbers that may mean two things.
    """
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise RequestError(f"{source}: is empty; give a CSV export of an oscilloscope record")
    binary = _BINARY.search(text)
    if binary:
        line = text.count("\n", 0, binary.start()) + 1
        raise RequestError(f"{source}: line {line}: is no text but binary data; export the record as CSV")
    held = [
        (index, line)
        for index, line in enumerate(_LINE_END.split(text), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not held:
        raise RequestError(f"{source}: holds comments only; give a CSV export of an oscilloscope record")
    places, lines = [index for index, _ in held], [line for _, line in held]
    separator = _separator(lines[:_HEAD])
    if separator in {";", "\t"} and "," in text:
        lines = _with_points(source, places, lines, separator)
    head = tuple(Row(index, _cells(line, separator)) for index, line in zip(places[:_HEAD], lines[:_HEAD], strict=True))
    return Table(source, lines, places, separator, text.endswith(("\n", "\r")), head)


def number(table: Table, row: Row, index: int, name: str) -> float:
    """Return a field as a finite number.

    Raises:
        RequestError: it is none; the message says what stands there.
    """
    cell = row.cells[index]
    where = f"{name} (field {index + 1})"
    if _DECIMAL_COMMA.fullmatch(cell):
        raise table.problem(row, f"{where} is {cell!r} with a decimal comma; export the record with decimal points")
    if not cell:
        raise table.problem(row, f"{where} is empty; export the record again")
    if not _NUMBER.fullmatch(cell) and not _NOT_A_NUMBER.fullmatch(cell):
        raise table.problem(row, f"{where} is {cell!r}, not a number; export the record again")
    try:
        return finite(where, float(cell))
    except NotFinite as problem:
        raise table.problem(row, f"{problem}; measure again within the range") from problem


def _separator(lines: Sequence[str]) -> str | None:
    """Return what separates fields in most lines, or else in any; None for blanks."""
    counts = {candidate: sum(candidate in line for line in lines) for candidate in (";", "\t", ",")}
    frequent = [candidate for candidate, count in counts.items() if 2 * count > len(lines)]
    return next(iter([*frequent, *(candidate for candidate, count in counts.items() if count)]), None)


def _with_points(source: str, places: Sequence[int], lines: list[str], separator: str) -> list[str]:
    """Turn decimal commas into points, where they can mean nothing else.

    Raises:
        RequestError: numbers with commas beside numbers with points, or commas that may separate thousands.
    """
    first, decimals, pointed = 0, False, 0
    for place, line in zip(places, lines, strict=True):
        cells = _cells(line, separator)
        if not _LIKE_A_NUMBER.match(cells[0]):
            continue  # a header or a setting; a version of firmware has points
        commas = [match for match in map(_DECIMAL_COMMA.fullmatch, cells) if match]
        first = first or (place if commas else 0)
        pointed = pointed or (place if any("." in cell and _NUMBER.fullmatch(cell) for cell in cells) else 0)
        decimals = decimals or any(_is_decimal(match) for match in commas)
    if not first:
        return lines
    if pointed:
        raise RequestError(
            f"{source}: line {max(first, pointed)}: some numbers have a decimal comma (line {first}), others a "
            f"decimal point (line {pointed}); export the record in one notation"
        )
    if not decimals:
        raise RequestError(
            f"{source}: line {first}: each comma stands before three digits, so it may separate thousands as well as "
            "decimals; export the record with decimal points"
        )
    return [line.replace(",", ".") for line in lines]


def _is_decimal(match: re.Match[str]) -> bool:
    """Whether the comma of a number cannot separate thousands."""
    return len(match["part"]) != _THOUSANDS or match["whole"] in {"", "0"} or bool(match["exponent"])


def _cells(line: str, separator: str | None) -> tuple[str, ...]:
    return tuple(cell.strip().strip('"').strip() for cell in line.strip(" ").split(separator))


def _layout(cell: str) -> tuple[int, int]:
    """Return how many characters follow the point and the exponent mark."""
    match = _LAYOUT.fullmatch(cell)
    if match is None:
        return -1, -1
    exponent = (match["exponent"] or "").lstrip("eE").lstrip("+-")
    return len(match["point"] or ""), len(exponent)
