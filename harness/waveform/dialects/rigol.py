"""Rigol: a numbered record with start and increment, or values alone with `t0` and `tInc` in the header.

Seen in public exports of DS1000Z, DS2000A and MSO1000Z (numbered) and MSO5000 (`Save memory`: values alone). What these
models write with a column of times (`Time(s),CH1(V)`, `Time,X(CH1)`, `X,CH1` over `Second,Volt`) is read in `headed`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from harness.quantity import OVERLOAD
from harness.waveform.columns import name_columns
from harness.waveform.dialects.layout import Layout
from harness.waveform.table import number
from harness.waveform.timebase import Clock

if TYPE_CHECKING:
    from harness.waveform.table import Row, Table

NUMBERED, MEMORY = "Rigol, numbered", "Rigol, memory"

_RESOLVED = 1e-3
"""No instrument places its trigger finer than that share of its sample interval."""

_FIGURE = re.compile(
    r"(?P<name>t0|tinc)\s*=\s*(?P<number>[+-]?\d+(?:\.\d*)?(?:e[+-]?\d+)?)\s*s?", re.IGNORECASE | re.ASCII
)


def numbered(table: Table) -> Layout | None:
    """Recognise `X,CH1,...,Start,Increment` over a line of units with start and increment.

    Raises:
        RequestError: it is this dialect, and its header is damaged.
    """
    header = table.head[0].trimmed()
    names = [cell.casefold() for cell in header.cells]
    if names[0].startswith("seq"):
        raise table.problem(header, "the header X,CH1,...,Start,Increment is missing above it; export the record again")
    if "start" not in names and "increment" not in names and not (names[0] == "x" and _has_units(table)):
        return None
    if names[0] != "x" or names[-2:] != ["start", "increment"]:
        raise table.problem(header, "the header must be X, the channels, Start and Increment; export the record again")
    if len(table.head) < 2:  # noqa: PLR2004 - header and units
        raise table.problem(header, "the file ends after the header; export the record again")
    units = table.head[1].trimmed()
    if not units.key.startswith("seq"):
        raise table.problem(
            units,
            f"the line of units (Sequence,Volt,...) is missing: found {units.cells[0]!r}; export the record again",
        )
    if len(units.cells) != len(names):
        raise table.problem(units, f"{len(units.cells)} fields under a header of {len(names)}; export the record again")
    start_s = number(table, units, len(names) - 2, "the start")
    interval_s = number(table, units, len(names) - 1, "the increment")
    if interval_s <= 0:
        raise table.problem(units, f"the increment is {units.cells[-1]}, it must be positive; export the record again")
    _refuse_mismatch(table, units, start_s, interval_s)
    columns = name_columns(table, header, units, range(1, len(names) - 2))
    body = table.body(2, fields=len(names) - 2, spare=3)
    return Layout(NUMBERED, columns, body, Clock(start_s, interval_s), sequence=0)


def _refuse_mismatch(table: Table, row: Row, start_s: float, interval_s: float) -> None:
    """Refuse a start that lies next to the first sample but not on it, closer than any instrument resolves.

    Raises:
        RequestError: it does: one of the two figures has lost its exponent or a digit.
    """
    if 0 < abs(start_s) < _RESOLVED * interval_s:
        raise table.problem(
            row,
            f"the start, {start_s:g} s, and the increment, {interval_s:g} s, do not belong together; "
            "export the record again",
        )


def _has_units(table: Table) -> bool:
    """Whether the second line is that of a numbered record; other makers call a column of times X too."""
    return len(table.head) < 2 or not table.head[1].is_words or table.head[1].key.startswith("seq")  # noqa: PLR2004


def memory(table: Table) -> Layout | None:
    """Recognise `CH1(V),...,t0 = -25s,tInc = 2e-06s` over rows of values alone.

    Raises:
        RequestError: it is this dialect, and its header is damaged.
    """
    header = table.head[0].trimmed()
    figures = {match["name"].casefold(): match for match in map(_FIGURE.fullmatch, header.cells) if match}
    if not any(cell.casefold().startswith(("t0", "tinc")) for cell in header.cells[1:]):
        return None
    if set(figures) != {"t0", "tinc"} or not _FIGURE.fullmatch(header.cells[-1]):
        raise table.problem(header, "the header must end in t0 = ... and tInc = ...; export the record again")
    start_s, interval_s = float(figures["t0"]["number"]), float(figures["tinc"]["number"])
    if not 0 < interval_s < OVERLOAD or not abs(start_s) < OVERLOAD:
        raise table.problem(
            header, f"t0 is {start_s:g} and tInc {interval_s:g}; tInc must be positive; export the record again"
        )
    _refuse_mismatch(table, header, start_s, interval_s)
    channels = _channels(header)
    columns = name_columns(table, header, None, range(channels))
    return Layout(MEMORY, columns, table.body(1, fields=channels, spare=3), Clock(start_s, interval_s))


def _channels(header: Row) -> int:
    return next(index for index, cell in enumerate(header.cells) if _FIGURE.fullmatch(cell))
