"""Oscilloscope records in CSV files: text in, one trace out, or one sentence that says what is wrong with the file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import RequestError
from harness.waveform.columns import Column, choose, name_columns, time_scale
from harness.waveform.samples import MINIMUM_SAMPLES
from harness.waveform.table import Row, Table, number, read_table, without_trailing

if TYPE_CHECKING:
    from harness.waveform.samples import Samples

_STEP_TOLERANCE = 0.25
_GRID_TOLERANCE = 0.5
_PREAMBLE_ROWS = 60
_BYTE_ORDER_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One channel of an oscilloscope record.

    Attributes:
        samples: float64, in `unit`.
        interval_s: between two samples.
        start_s: of the first sample, on the file's own time axis.
        unit: `V` or `A`; `V` where the file does not say.
        column: name of the column.
    """

    samples: Samples
    interval_s: float
    start_s: float
    unit: str
    column: str


def decode(data: bytes, *, source: str) -> str:
    """Return the text of a CSV file's bytes: UTF-8, UTF-16 with a mark, else Latin-1, in which scopes write µ.

    Raises:
        RequestError: the bytes are no text.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as problem:
                raise RequestError(
                    f"{source}: begins as {encoding} text, is damaged at byte {problem.start}; export it again as CSV"
                ) from problem
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def read_csv(text: str, *, source: str, column: str | None = None) -> Trace:
    """Read one column of an oscilloscope record.

    Two dialects: Rigol's (`X,CH1,...,Start,Increment` over a line of units with start and increment, then numbered
    rows), and plain `time,value,...` with or without a header. Times must step evenly: each step within 25 % of the
    median step, each time within half a step of the even grid; that leaves room for rounded digits, not for a lost row.

    Args:
        text: content of the file.
        source: name of the file, for messages.
        column: which value column; may be left out where there is only one.

    Raises:
        RequestError: the file is damaged, mislabelled or no record: what was seen, where, and what to do.
    """
    table = read_table(text, source)
    header = table.rows[0]
    names = [cell.casefold() for cell in header.cells]
    if "start" in names or "increment" in names or names[0] == "x":
        return _numbered(table, column)
    return _timed(table, column)


def _numbered(table: Table, wanted: str | None) -> Trace:
    """Read the dialect with a sequence column, start and increment."""
    header = table.rows[0]
    names = list(header.cells)
    folded = [name.casefold() for name in names]
    if folded[0] != "x" or folded[-2:] != ["start", "increment"]:
        # Other makers call a time column x too; without start and increment that is what it is.
        if folded[0] == "x" and not {"start", "increment"} & set(folded) and not _is_sequence(table):
            return _timed(table, wanted)
        raise table.problem(header, "the header must be X, the channels, Start and Increment; export the record again")
    if len(table.rows) < 2:  # noqa: PLR2004 - header and units
        raise table.problem(header, "the file ends after the header; export the record again")
    units = without_trailing(table.rows[1])
    if not units.cells[0].casefold().startswith("seq"):
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
    columns = name_columns(table, header, units, range(1, len(names) - 2))
    rows = table.body(2, fields=len(names) - 2, spare=3)
    chosen = choose(table.source, columns, wanted)
    _check_sequence(table, rows)
    return Trace(_values(table, rows, chosen), interval_s, start_s, chosen.unit, chosen.name)


def _is_sequence(table: Table) -> bool:
    return len(table.rows) > 1 and table.rows[1].cells[0].casefold().startswith("seq")


def _check_sequence(table: Table, rows: tuple[Row, ...]) -> None:
    """Refuse gaps and repeats: rows were lost or doubled, and every later time would be wrong."""
    expected: float | None = None
    for row in rows:
        seen = number(table, row, 0, "the sequence number")
        if expected is None and seen not in (0, 1):
            raise table.problem(row, f"the sequence begins at {row.cells[0]}, not 0: the first rows are missing")
        if expected is not None and seen != expected:
            what = "a row is repeated or out of order" if seen < expected else "rows are missing"
            raise table.problem(
                row, f"sequence number {row.cells[0]} where {expected:g} was due: {what}; export the record again"
            )
        expected = seen + 1


def _timed(table: Table, wanted: str | None) -> Trace:
    """Read the dialect with a time column."""
    at = _header_index(table)
    first = without_trailing(table.rows[at])
    header = None if first.is_numeric else first
    units = None
    if header is not None and len(table.rows) > at + 1 and table.rows[at + 1].is_words:
        units = without_trailing(table.rows[at + 1])
        if len(units.cells) != len(header.cells):
            raise table.problem(units, f"{len(units.cells)} units under a header of {len(header.cells)} names")
    width = len(first.cells)
    if width < 2:  # noqa: PLR2004 - a time and a value
        raise table.problem(first, "one column only; give a time column and at least one column of values")
    columns = name_columns(table, header, units, range(1, width))
    scale = time_scale(table, header, units)
    rows = table.body(at + (header is not None) + (units is not None), fields=width, spare=1)
    chosen = choose(table.source, columns, wanted)
    times = np.array([number(table, row, 0, "the time") for row in rows]) * scale
    samples = _values(table, rows, chosen)
    return Trace(samples, _interval(table, rows, times), float(times[0]), chosen.unit, chosen.name)


def _header_index(table: Table) -> int:
    """Return which row is the header: the first, or the one that begins with time under a maker's lines of settings."""
    if not table.rows[0].is_numeric and not _is_time(table.rows[0]):
        for index, row in enumerate(table.rows[:_PREAMBLE_ROWS]):
            if _is_time(row):
                return index
    return 0


def _is_time(row: Row) -> bool:
    return len(row.cells) > 1 and row.cells[0].casefold().startswith("time")


def _interval(table: Table, rows: tuple[Row, ...], times: Samples) -> float:
    """Return the interval of evenly spaced times.

    Raises:
        RequestError: a time that does not increase, or steps that differ.
    """
    steps = np.diff(times)
    back = np.flatnonzero(steps <= 0)
    if back.size:
        row = rows[int(back[0]) + 1]
        raise table.problem(
            row,
            f"time {row.cells[0]} after {rows[int(back[0])].cells[0]} does not increase; "
            "export the record again, in order and with more digits of time",
        )
    typical = float(np.median(steps))
    uneven = np.flatnonzero(np.abs(steps - typical) > _STEP_TOLERANCE * typical)
    if uneven.size:
        row = rows[int(uneven[0]) + 1]
        raise table.problem(
            row,
            f"time {row.cells[0]} comes {steps[uneven[0]]:.4g} s after the one before, others {typical:.4g} s: "
            "rows are missing or the record is not evenly sampled; export it again",
        )
    interval_s = float(times[-1] - times[0]) / (times.size - 1)
    off = np.abs(times - (times[0] + interval_s * np.arange(times.size)))
    if float(off.max()) > _GRID_TOLERANCE * interval_s:
        row = rows[int(off.argmax())]
        raise table.problem(
            row, f"time {row.cells[0]} is off an even grid of {interval_s:.4g} s: the sampling changed; export it again"
        )
    return interval_s


def _values(table: Table, rows: tuple[Row, ...], column: Column) -> Samples:
    """Return the samples of a column in volts or amperes."""
    if len(rows) < MINIMUM_SAMPLES:
        raise RequestError(
            f"{table.source}: {len(rows)} samples are too few to analyse; record at least {MINIMUM_SAMPLES}"
        )
    values = [number(table, row, column.index, f"column {column.name}") for row in rows]
    return np.array(values, dtype=np.float64) * column.factor
