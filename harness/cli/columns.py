"""Columns of a CSV file, by their names, with the line of every cell."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import NotFinite, RequestError
from harness.quantity import OVERLOAD, finite

if TYPE_CHECKING:
    from collections.abc import Iterator

_DELIMITERS = (";", "\t", ",")


@dataclass(frozen=True, slots=True)
class Table:
    """The columns that were asked for.

    Attributes:
        source: the file as the user named it.
        names: of the columns that are there, in lower case.
        lines: line of each row, from 1.
        cells: text of each row, in the order of `names`.
        ignored: names of other columns.
    """

    source: str
    names: tuple[str, ...]
    lines: tuple[int, ...]
    cells: tuple[tuple[str, ...], ...]
    ignored: tuple[str, ...]

    def has(self, name: str) -> bool:
        """Whether the file has this column."""
        return name in self.names

    def texts(self, name: str) -> tuple[str, ...]:
        """One column.

        Raises:
            RequestError: an empty cell, with its line.
        """
        position = self.names.index(name)
        column = tuple(row[position] for row in self.cells)
        for line, text in zip(self.lines, column, strict=True):
            if not text:
                raise RequestError(f"{self.source}: line {line}: {name} is empty")
        return column

    def numbers(self, name: str) -> tuple[float, ...]:
        """One column of finite numbers.

        Raises:
            RequestError: a cell that is none, with its line.
        """
        return tuple(self._number(name, line, text) for line, text in zip(self.lines, self.texts(name), strict=True))

    def _number(self, name: str, line: int, text: str) -> float:
        try:
            # float() takes 1_000 and the digits of every script; a file of measurements does not mean them.
            number = float(text) if text.isascii() and "_" not in text else None
        except ValueError:
            number = None
        if number is None:
            raise RequestError(f"{self.source}: line {line}: {name} is {text!r}, not a number{_advice(text)}")
        if -OVERLOAD < number < OVERLOAD:
            return number
        try:
            return finite(name, number)
        except NotFinite as error:
            raise RequestError(f"{self.source}: line {line}: {error}") from error


def read_columns(file: str, required: tuple[str, ...], optional: tuple[str, ...] = ()) -> Table:
    """Read a CSV file with a header.

    Fields are separated by semicolons, tabs or commas, whichever the header has first in this order. Blank lines do not
    count. Names of columns may be in any case.

    Raises:
        RequestError: a file that cannot be read, a column that is missing or there twice, a row of another width; with
            the line.
    """
    rows = _rows(file)
    line, header = next(rows, (0, []))
    if not header:
        raise RequestError(f"{file}: is empty: a header with {_listed(required)} is due")
    found = [name.lower() for name in header]
    _check_header(file, line, found, required)
    names = tuple(name for name in (*required, *optional) if name in found)
    positions = [found.index(name) for name in names]
    lines, cells = [], []
    for number, row in rows:
        if len(row) != len(header):
            raise RequestError(f"{file}: line {number}: {len(row)} fields, but the header has {len(header)}")
        lines.append(number)
        cells.append(tuple([row[position] for position in positions]))
    if not lines:
        raise RequestError(f"{file}: holds a header and no row")
    ignored = tuple(name for name in header if name.lower() not in names)
    return Table(file, names, tuple(lines), tuple(cells), ignored)


def _rows(file: str) -> Iterator[tuple[int, list[str]]]:
    """Stripped fields of each row that is not blank, with its line."""
    try:
        text = Path(file).read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise RequestError(f"{file}: cannot be read: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise RequestError(f"{file}: is not UTF-8 text: save it as CSV UTF-8") from error
    first = next((line for line in text.splitlines() if line.strip()), "")
    delimiter = next((one for one in _DELIMITERS if one in first), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            fields = [field.strip() for field in row]
            if any(fields):
                yield reader.line_num, fields
    except csv.Error as error:
        raise RequestError(f"{file}: line {reader.line_num}: {error}") from error


def _check_header(file: str, line: int, found: list[str], required: tuple[str, ...]) -> None:
    missing = tuple(name for name in required if name not in found)
    if missing:
        raise RequestError(f"{file}: line {line}: no column {_listed(missing)}; the header has {_listed(tuple(found))}")
    twice = tuple(name for name in dict.fromkeys(found) if found.count(name) > 1)
    if twice:
        raise RequestError(f"{file}: line {line}: column {_listed(twice)} stands twice")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _advice(text: str) -> str:
    if text.count(",") == 1 and text.replace(",", "").strip("+-").isdigit():
        return f": write {text.replace(',', '.')}"
    return ""
