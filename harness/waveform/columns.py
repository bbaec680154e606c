"""What the columns of a record are called and in which unit they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.waveform.table import Row, Table

_PREFIXES = {"": 1.0, "k": 1e3, "m": 1e-3, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "n": 1e-9}
_VALUE_UNITS = {f"{prefix}{unit}": (unit, factor) for prefix, factor in _PREFIXES.items() for unit in "VA"}
_VALUE_WORDS = {
    **dict.fromkeys(("v", "volt", "volts"), ("V", 1.0)),
    **dict.fromkeys(("a", "amp", "amps", "ampere", "amperes"), ("A", 1.0)),
}
_TIME_UNITS = {
    **{f"{prefix}s": factor for prefix, factor in _PREFIXES.items() if prefix != "k"},
    "ps": 1e-12,
    "s": 1.0,
    "sec": 1.0,
    "second": 1.0,
    "seconds": 1.0,
}
_IN_BRACKETS = re.compile(r"^(?P<name>.*?)\s*[(\[]\s*(?P<unit>[^)\]]*?)\s*[)\]]$")
_IN_WORDS = re.compile(r"^(?P<name>.*?)\s*\bin (?P<unit>\S+)$")
"""Rohde & Schwarz write `C1 in V`, and `in s` for the time."""

_AFTER_NAME = re.compile(r"^(?P<name>.*[^\s_/])\s*(?P<mark>[_/ ])\s*(?P<unit>[^\W_]+)$")
"""`I_mA`, `I/uA`, `Current mA`."""

_QUANTITIES = {"A": ("i", "current"), "V": ("u", "v", "voltage")}
"""A letter after one of these is its unit; after `Channel` it is the channel's."""

_CHANNEL_IN_BRACKETS = re.compile(r"^X\s*\((?P<name>[A-Za-z]\w*\d|MATH)\)$", re.IGNORECASE)
"""Early Rigol models write `X(CH1)` for a channel."""

_TIME_SUFFIX = re.compile(r"^(?:t|time)[_/ ](?P<unit>s|ms|us|µs|μs|ns|ps)$", re.IGNORECASE)
_TIME_NAMES = ("time", "t", "second", "seconds", "timestamp", "x-axis")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of values.

    Attributes:
        name: without its unit.
        title: as the header has it.
        index: position in the row, from 0.
        unit: `V` or `A`, or another one as stated.
        factor: from the file's numbers to `unit`; 0 for a unit that is neither volts nor amperes.
    """

    name: str
    title: str
    index: int
    unit: str
    factor: float


def name_columns(table: Table, header: Row | None, units: Row | None, indices: Iterable[int]) -> tuple[Column, ...]:
    """Name the columns of values; without a header they are called by their number, the time column being 1.

    Raises:
        RequestError: a name that is empty or occurs twice, a unit that is a number or says another thing than the name.
    """
    found: list[Column] = []
    for index in indices:
        title = header.cells[index] if header else str(index + 1)
        name, stated = split_title(title)
        if not name and header is not None:
            raise table.problem(header, f"column {index + 1} has no name; name it in the header")
        if units is not None:
            stated = _unit_below(table, units, index, name, stated)
        if header is not None and any(other.title.casefold() == title.casefold() for other in found):
            raise table.problem(header, f"two columns are called {name!r}; give each its own name")
        if header is not None and is_time_title(title):
            raise time_elsewhere(table, header, index)
        found.append(column_of(name, title, index, stated))
    return tuple(found)


def time_elsewhere(table: Table, header: Row, index: int) -> RequestError:
    """Say that a column of times is not the first."""
    return table.problem(
        header, f"the time column must be the first, but {header.cells[index]!r} is column {index + 1}"
    )


def _unit_below(table: Table, units: Row, index: int, name: str, in_title: str | None) -> str:
    """Return the unit of a column from the line of units.

    Raises:
        RequestError: there is none, or the header names another one.
    """
    stated = units.cells[index].strip("()[] ")
    if not stated or units.is_number(index):
        raise table.problem(units, f"column {name} has {stated or 'nothing'!r} for a unit; export the record again")
    if in_title is not None and _value_unit(in_title) != _value_unit(stated):
        raise table.problem(
            units, f"column {name} is in {in_title!r} by its name and in {stated!r} by the line of units; correct one"
        )
    return stated


def column_of(name: str, title: str, index: int, stated: str | None) -> Column:
    """Make a column of what the file says of it; volts where it says nothing."""
    unit, factor = _value_unit(stated or "V")
    return Column(name, title, index, unit, factor)


def choose(source: str, columns: tuple[Column, ...], wanted: str | None) -> Column:
    """Return the column that was asked for, or the only one.

    Raises:
        RequestError: no such column, several to choose from, or its unit is neither volts nor amperes.
    """
    names = ", ".join(column.title for column in columns) or "none"
    if not columns:
        raise RequestError(f"{source}: the header names no column of values; export the record again")
    if wanted is None:
        if len(columns) > 1:
            raise RequestError(f"{source}: holds several columns, {names}; name one with --column")
        chosen = columns[0]
    else:
        exact = [column for column in columns if wanted in (column.title, column.name)]
        alike = [column for column in columns if wanted.strip().casefold() in _folded(column)]
        match = exact or alike
        if len(match) != 1:
            raise RequestError(f"{source}: no single column is called {wanted!r}; it holds {names}")
        chosen = match[0]
    if not chosen.factor:
        raise RequestError(
            f"{source}: column {chosen.name} is in {chosen.unit!r}; only volts (V, mV) and amperes (A, mA, µA) are read"
        )
    return chosen


def time_scale(table: Table, header: Row | None, units: Row | None) -> float:
    """Return the factor from the time column's numbers to seconds; seconds where the file does not say.

    Raises:
        RequestError: a unit that is none of time.
    """
    if header is None:
        return 1.0
    name, stated = split_title(header.cells[0])
    suffix = _TIME_SUFFIX.match(name)
    if units is not None:
        stated = units.cells[0].strip("()[] ")
    elif suffix is not None:
        stated = suffix["unit"]
    if not stated:
        return 1.0
    return time_unit(table, units or header, stated)


def time_unit(table: Table, row: Row, stated: str) -> float:
    """Return the factor from a unit of time to seconds.

    Raises:
        RequestError: it is none.
    """
    factor = _TIME_UNITS.get(stated) or _TIME_UNITS.get(stated.casefold())
    if factor is None:
        raise table.problem(row, f"the first column must be time, but its unit is {stated!r}; use s, ms, us or ns")
    return factor


def is_time_title(title: str) -> bool:
    """Whether a column's title says that it holds times: `Time (ms)`, `Second`, `x-axis`, `in s`."""
    name, unit = split_title(title)
    if not name:
        return unit is not None and unit.casefold() in _TIME_UNITS
    return name.casefold() in _TIME_NAMES or bool(_TIME_SUFFIX.match(name))


def is_unit_word(cell: str) -> bool:
    """Whether a field of a line of units says volts, amperes, or, as Siglent write, `Value`."""
    return cell.casefold() == "value" or bool(_value_unit(cell.strip("()[] "))[1])


def _value_unit(stated: str) -> tuple[str, float]:
    """Return the SI unit and the factor to it; factor 0 for what is neither volts nor amperes."""
    return _VALUE_UNITS.get(stated) or _VALUE_WORDS.get(stated.casefold()) or (stated, 0.0)


def _folded(column: Column) -> tuple[str, str]:
    return column.title.casefold(), column.name.casefold()


def split_title(title: str) -> tuple[str, str | None]:
    """Split a title like `CH1 (mV)`, `C1 in V`, `I_mA`, `I/A`, `mA` or `X(CH1)` into name and unit."""
    channel = _CHANNEL_IN_BRACKETS.match(title)
    if channel is not None:
        return channel["name"], None
    match = _IN_BRACKETS.match(title)
    if match is not None and match["name"]:
        return match["name"], match["unit"] or None
    words = _IN_WORDS.match(title)
    if words is not None:
        return words["name"], words["unit"]
    after = _AFTER_NAME.match(title)
    if after is not None and _is_unit(after["unit"], of=after["name"], divides=after["mark"] == "/"):
        return after["name"], after["unit"]
    return title, title if _is_unit(title) else None


def _is_unit(text: str, *, of: str = "", divides: bool = False) -> bool:
    """Whether what stands after a name, or alone, is a unit; one letter alone may be a channel's."""
    if len(text) > 1:
        return bool(_value_unit(text)[1])
    return text in _QUANTITIES and (divides or of.casefold() in _QUANTITIES[text])
