"""A column of times first, with or without a header, a line of units, and lines of settings above.

This is how most instruments and programs write. Seen in public exports: Keysight InfiniiVision (`x-axis,1,2` over
`second,Volt,Volt`), Tektronix MSO and DPO (settings, then `TIME,CH1`), Rohde & Schwarz RTB (`in s,C1 in V`) and RTH
(settings with semicolons), Siglent SDS (settings, `Source,CH1` over `Second,Volt`), Rigol (`Time(s),CH1(V)`).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.waveform.columns import (
    column_of,
    is_time_title,
    is_unit_word,
    name_columns,
    split_title,
    time_elsewhere,
    time_scale,
    time_unit,
)
from harness.waveform.dialects.layout import Layout, Settings
from harness.waveform.table import Row
from harness.waveform.timebase import Stated, TimeColumn

if TYPE_CHECKING:
    from harness.waveform.columns import Column
    from harness.waveform.table import Table

PLAIN = "plain columns"
_KEYSIGHT, _RTB, _SIGLENT, _RIGOL = "Keysight InfiniiVision", "Rohde & Schwarz RTB", "Siglent", "Rigol, times"

_NAMES_ABOVE = frozenset({"source", "x"})
"""First words of a line of names that stands above one of units; a line that begins with a time is one too."""

_COUNTED = 3
_COUNTS = [[float(start + index) for index in range(_COUNTED)] for start in (0, 1)]
"""So many rows that begin 0, 1, 2 or 1.0, 2.0, 3.0 count themselves."""

_PER_SEGMENT = re.compile(r"points/segment\s*=\s*(?P<number>\d+)", re.IGNORECASE)


def headed(table: Table) -> Layout:
    """Read where everything stands in a file whose first column holds times.

    Raises:
        RequestError: the first column holds no times, or the header is damaged.
    """
    if table.head[0].is_numeric:
        return _without_header(table)
    at = _header_index(table)
    settings = Settings(table, table.head[:at])
    header, units, below = _header_and_units(table, at)
    if len(header.cells) < 2:  # noqa: PLR2004 - a time and a value
        raise table.problem(header, "one column only; give a time column and at least one column of values")
    block = _first_block(header)
    columns = name_columns(table, block, units, range(1, len(block.cells)))
    scale = time_scale(table, block, units)
    if units is None:
        columns = _with_units(columns, settings)
        scale = _horizontal_scale(settings, block, scale)
    if header.key == "x-axis":
        if units is None:
            raise table.problem(header, "the line of units (second,Volt,...) below it is missing; export it again")
        columns = tuple(_numbered(column) for column in columns)
    spare = len(table.head[below - 1].cells) - len(header.cells) + 1
    body = table.body(below, fields=len(header.cells), spare=spare)
    time = TimeColumn(0, scale, settings.interval())
    return Layout(_dialect(settings, header), columns, body, time, settings.length() or _segment(settings))


def _header_index(table: Table) -> int:
    """Return which row is the header: one that begins with a time, directly above numbers if there are several.

    Raises:
        RequestError: there is none.
    """
    candidates = [index for index, row in enumerate(table.head) if len(row.cells) > 1 and is_time_title(row.cells[0])]
    above = [index for index in candidates if _is_above_numbers(table, index)]
    if above or candidates:
        return (above or candidates)[0]
    first = table.head[0].trimmed()
    if len(first.cells) < 2:  # noqa: PLR2004 - a time and a value
        raise table.problem(
            first, f"one column only, or no record: found {first.cells[0][:40]!r}; give time and values"
        )
    if split_title(first.cells[0])[1] is None and not _is_above_numbers(table, 0):
        raise table.problem(
            first,
            "no header that begins with a time (time, TIME, Second, x-axis, in s) stands above the numbers: found "
            f"{first.cells[0][:40]!r}; export the record again as CSV",
        )
    return 0


def _is_above_numbers(table: Table, index: int) -> bool:
    row, rest = table.head[index], table.head[index + 1 : index + 3]
    if not rest or rest[0].is_numeric:
        return bool(rest)
    # A time of day among the settings may stand above the header, as names stand above units.
    is_setting = not row.is_words and row.key != "x-axis" and is_time_title(rest[0].cells[0])
    return rest[0].is_words and not is_setting and len(rest) > 1 and rest[1].is_numeric


def _header_and_units(table: Table, at: int) -> tuple[Row, Row | None, int]:
    """Return the line of names, that of units if there is one, and where the numbers begin.

    Raises:
        RequestError: they do not fit together, or the first column is not time.
    """
    header = table.head[at].trimmed()
    above = table.head[at - 1].trimmed() if at else None
    if above is not None and _names(above, header):
        return above, _without_value_words(header), at + 1
    if len(table.head) > at + 1 and table.head[at + 1].is_words:
        units = table.head[at + 1].trimmed()
        if len(units.cells) != len(header.cells):
            raise table.problem(units, f"{len(units.cells)} units under a header of {len(header.cells)} names")
        return header, _without_value_words(units), at + 2
    name, unit = split_title(header.cells[0])
    if unit is None and not is_time_title(header.cells[0]):
        later = next((index for index, cell in enumerate(header.cells) if is_time_title(cell)), None)
        if later is not None:
            raise time_elsewhere(table, header, later)
        raise table.problem(
            header, f"the first column must be time, but it is called {name!r}; name it time, with its unit"
        )
    return header, None, at + 1


def _names(above: Row, units: Row) -> bool:
    """Whether a row names the columns of one of units below it."""
    is_of_names = above.key in _NAMES_ABOVE or is_time_title(above.cells[0])
    return is_of_names and len(above.cells) == len(units.cells) and all(map(is_unit_word, units.cells[1:]))


def _without_value_words(units: Row) -> Row | None:
    """Siglent write `Second,Value`, which is no unit."""
    return None if any(cell.casefold() == "value" for cell in units.cells) else units


def _first_block(header: Row) -> Row:
    """Cut off what Tektronix write beside the analogue channels: an empty column, and times and digital channels."""
    for index in range(2, len(header.cells) - 1):
        if not header.cells[index] and is_time_title(header.cells[index + 1]):
            return Row(header.line, header.cells[:index])
    return header


def _with_units(columns: tuple[Column, ...], settings: Settings) -> tuple[Column, ...]:
    """Give the columns the units of the settings, where their titles have none."""
    units = settings.units([column.name for column in columns])
    return tuple(
        column if split_title(column.title)[1] else column_of(column.name, column.title, column.index, unit)
        for column, unit in zip(columns, units, strict=True)
    )


def _horizontal_scale(settings: Settings, header: Row, scale: float) -> float:
    """Return the factor to seconds: the settings' where the header only says time.

    Raises:
        RequestError: the horizontal unit is none of time, as in a spectrum.
    """
    row = settings.row("horizontal units", "horizontal unit")
    if row is None or split_title(header.cells[0])[1] is not None or header.key.startswith("second"):
        return scale
    return time_unit(settings.table, row, row.cells[1])


def _numbered(column: Column) -> Column:
    """Keysight call channel 1 `1`; it is found as CH1 as well."""
    return replace(column, name=f"CH{column.title}") if column.title.isdecimal() else column


def _segment(settings: Settings) -> Stated | None:
    """Return how many samples one segment of Keysight's segmented memory has."""
    for row in settings.rows:
        match = _PER_SEGMENT.match(row.cells[0])
        if match is not None:
            return Stated(row, float(match["number"]))
    return None


def _dialect(settings: Settings, header: Row) -> str:
    """Name the maker's way to write."""
    titles = header.cells[1:]
    if header.key == "x-axis":
        return _KEYSIGHT
    if settings.maker():
        return f"{settings.maker()}, settings above"
    if header.key == "source" or "analog:" in settings.text("record length").casefold():
        return _SIGLENT
    if not split_title(header.cells[0])[0] and all(" in " in title for title in titles):
        return _RTB
    if header.key == "time(s)" or any(title.startswith("X(") for title in titles):
        return _RIGOL
    return PLAIN


def _without_header(table: Table) -> Layout:
    """Read columns of numbers alone.

    Raises:
        RequestError: one column only, or rows that number themselves.
    """
    first = table.head[0].trimmed()
    if len(first.cells) < 2:  # noqa: PLR2004 - a time and a value
        raise table.problem(first, "one column only; give a time column and at least one column of values")
    counted = [row.cells[0] for row in table.head[:_COUNTED]]
    if all(row.is_number(0) for row in table.head[:_COUNTED]) and [float(each) for each in counted] in _COUNTS:
        raise table.problem(
            first,
            f"the first column counts {', '.join(counted)} and no header says that these are times: "
            "the header with the sample interval is missing; export the record again",
        )
    columns = name_columns(table, None, None, range(1, len(first.cells)))
    spare = len(table.head[0].cells) - len(first.cells) + 1
    return Layout(PLAIN, columns, table.body(0, fields=len(first.cells), spare=spare), TimeColumn(0, 1.0))
