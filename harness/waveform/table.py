"""Rows and fields of a CSV file, each with the line it stands on, and the sentences about what is wrong with them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from harness.errors import NotFinite, RequestError
from harness.quantity import finite

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")
_NOT_A_NUMBER = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)
_LIKE_A_NUMBER = re.compile(r"[+-]?[.,]?\d")
_LAYOUT = re.compile(r"[+-]?\d*(?P<point>\.\d*)?(?P<exponent>[eE][+-]?\d+)?")
_LINE_END = re.compile(r"\r\n|\n|\r")
_LOOK = 100
"""How many lines show what separates fields; more would cost time and tell nothing new."""

_BINARY = re.compile("[\x00-\x08\x0e-\x1f\x7f�]")


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

    def is_number(self, index: int) -> bool:
        return bool(_NUMBER.fullmatch(self.cells[index]))


@dataclass(frozen=True, slots=True)
class Table:
    """The lines of a file that hold anything.

    Attributes:
        source: name of the file, for messages.
        rows: headers first.
        complete: whether the file ends with a line end.
    """

    source: str
    rows: tuple[Row, ...]
    complete: bool

    def problem(self, row: Row, what: str) -> RequestError:
        """Say what is wrong in a line."""
        return RequestError(f"{self.source}: line {row.line}: {what}")

    def body(self, first: int, *, fields: int, spare: int) -> tuple[Row, ...]:
        """Return the rows of numbers, all of one width.

        Args:
            first: index of the first of them.
            fields: how many the header announces.
            spare: how many empty fields may follow them.

        Raises:
            RequestError: a row of another width, or a last row that breaks off.
        """
        rows = self.rows[first:]
        if not rows:
            raise RequestError(f"{self.source}: holds no samples below its header; export the record again")
        for row in rows:
            width = len(row.cells)
            if width < fields:
                raise self.problem(
                    row, f"{width} fields where the header has {fields}: the row is cut off; export the record again"
                )
            if width > fields + spare or any(row.cells[fields:]):
                raise self.problem(
                    row, f"{width} fields where the header has {fields}: they do not belong together; export it again"
                )
            if width != len(rows[0].cells):
                raise self.problem(
                    row, f"{width} fields where the rows above have {len(rows[0].cells)}; export the record again"
                )
        self._refuse_broken_end(rows, fields)
        return rows

    def _refuse_broken_end(self, rows: tuple[Row, ...], fields: int) -> None:
        """Refuse a last number without a line end that is written in fewer digits than all the others."""
        if self.complete or len(rows) < 3:  # noqa: PLR2004 - no habit in two
            return
        layouts = {_layout(row.cells[fields - 1]) for row in rows[:-1]}
        last = _layout(rows[-1].cells[fields - 1])
        if len(layouts) == 1 and last != next(iter(layouts)):
            raise self.problem(
                rows[-1], f"the file ends in {rows[-1].cells[fields - 1]!r}, a number cut off; export the record again"
            )


def read_table(text: str, source: str) -> Table:
    """Split a file into rows and fields.

    Raises:
        RequestError: an empty or binary file, or a header without fields.
    """
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise RequestError(f"{source}: is empty; give a CSV export of an oscilloscope record")
    binary = _BINARY.search(text)
    if binary:
        line = text.count("\n", 0, binary.start()) + 1
        raise RequestError(f"{source}: line {line}: is no text but binary data; export the record as CSV")
    lines = [
        (index, line)
        for index, line in enumerate(_LINE_END.split(text), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if not lines:
        raise RequestError(f"{source}: holds comments only; give a CSV export of an oscilloscope record")
    separator = _separator([line for _, line in lines[:_LOOK]])
    rows = [Row(index, _cells(line, separator)) for index, line in lines]
    return Table(source, (without_trailing(rows[0]), *rows[1:]), text.endswith(("\n", "\r")))


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


def _separator(lines: list[str]) -> str | None:
    """Return what separates fields in most lines, or else in any; None for blanks."""
    counts = {candidate: sum(candidate in line for line in lines) for candidate in (";", "\t", ",")}
    frequent = [candidate for candidate, count in counts.items() if 2 * count > len(lines)]
    return next(iter([*frequent, *(candidate for candidate, count in counts.items() if count)]), None)


def _cells(line: str, separator: str | None) -> tuple[str, ...]:
    return tuple(cell.strip().strip('"').strip() for cell in line.strip(" ").split(separator))


def without_trailing(row: Row) -> Row:
    """Drop one empty field that a closing separator leaves."""
    cells = row.cells
    return Row(row.line, cells[:-1]) if len(cells) > 1 and not cells[-1] else row


def _layout(cell: str) -> tuple[int, int]:
    """Return how many characters follow the point and the exponent mark."""
    match = _LAYOUT.fullmatch(cell)
    if match is None:
        return -1, -1
    exponent = (match["exponent"] or "").lstrip("eE").lstrip("+-")
    return len(match["point"] or ""), len(exponent)
