"""Oscilloscope records in CSV files: text in, traces out, or one sentence that says what is wrong with the file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import RequestError
from harness.quantity import finite
from harness.waveform.columns import Column, choose
from harness.waveform.dialects import rigol, rto, tektronix
from harness.waveform.dialects.headed import headed
from harness.waveform.samples import MINIMUM_SAMPLES
from harness.waveform.table import read_table
from harness.waveform.timebase import Clock, time_base

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.waveform.dialects.layout import Layout
    from harness.waveform.samples import Samples
    from harness.waveform.table import Body

_SAME_SAMPLE = 1e-4
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
        dialect: whose way to write the file is in.
    """

    samples: Samples
    interval_s: float
    start_s: float
    unit: str
    column: str
    dialect: str

    def scaled(self, factor: float, unit: str | None) -> Trace:
        """The trace times a factor, in another unit where one is given."""
        return replace(self, samples=self.samples * factor, unit=unit or self.unit)


@dataclass(frozen=True, slots=True)
class File:
    """A file's text and name.

    Attributes:
        text: content.
        source: name, for messages.
    """

    text: str
    source: str


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


def companion(text: str, name: str) -> str | None:
    """Return the name of the second file of a record that is in two (Rohde & Schwarz RTO); None for any other."""
    return rto.companion(text, name)


def read_csv(text: str, *, source: str, column: str | None = None) -> Trace:
    """Read one column of an oscilloscope record that is in one file.

    Args:
        text: content of the file.
        source: name of the file, for messages.
        column: which value column; may be left out where there is only one.

    Raises:
        RequestError: the file is damaged, mislabelled or no record: what was seen, where, and what to do.
    """
    return read_record(File(text, source), columns=None if column is None else (column,))[0]


def read_record(file: File, *, columns: Sequence[str] | None = None, second: File | None = None) -> tuple[Trace, ...]:
    """Read columns of an oscilloscope record.

    The dialect is recognised by content. Only the columns that are asked for have to be sound.

    Args:
        file: the record.
        columns: which value columns; may be left out where there is only one.
        second: the other file of a record that is in two, see `companion`.

    Raises:
        RequestError: a file is damaged, mislabelled or no record: what was seen, where, and what to do.
    """
    layout = _layout(file, second)
    source = layout.body.table.source
    wanted: Sequence[str | None] = (None,) if columns is None else columns
    chosen = tuple(choose(source, layout.columns, each) for each in wanted)
    _check_different(wanted, chosen)
    _check_length(layout)
    clock = layout.time
    if layout.sequence is not None:
        _check_sequence(layout.body, layout.sequence)
    if not isinstance(clock, Clock):
        clock = time_base(layout.body, clock, length_known=layout.length is not None)
    return tuple(
        Trace(_values(layout.body, each), clock.interval_s, clock.start_s, each.unit, each.name, layout.dialect)
        for each in chosen
    )


def window(trace: Trace, from_s: float | None, to_s: float | None) -> Trace:
    """Return the samples from one time to another, both included, on the file's own time axis.

    Args:
        trace: the whole record.
        from_s: begin; None: that of the record.
        to_s: end; None: that of the record.

    Raises:
        NotFinite: a time that is none.
        RequestError: the window is empty, reaches beyond the record, or holds too few samples.
    """
    for option, edge_s in (("--from", from_s), ("--to", to_s)):
        if edge_s is not None:
            finite(option, edge_s)
    if from_s is not None and to_s is not None and not from_s < to_s:
        raise RequestError(f"--from {from_s:g} is not before --to {to_s:g}; give the begin first")
    end_s = trace.start_s + (trace.samples.size - 1) * trace.interval_s
    record = f"the record runs from {trace.start_s:.6g} s to {end_s:.6g} s"
    for option, edge_s in (("--from", from_s), ("--to", to_s)):
        if edge_s is not None and not trace.start_s - trace.interval_s / 2 <= edge_s <= end_s + trace.interval_s / 2:
            raise RequestError(f"{option} {edge_s:g} lies outside the record; {record}")
    first = 0 if from_s is None else _place(trace, from_s, np.ceil)
    last = trace.samples.size - 1 if to_s is None else _place(trace, to_s, np.floor)
    count = max(0, last + 1 - first)
    if count < MINIMUM_SAMPLES:
        raise RequestError(
            f"the window holds {count} samples, at least {MINIMUM_SAMPLES} are needed; {record}, "
            f"a sample each {trace.interval_s:.6g} s"
        )
    start_s = trace.start_s + first * trace.interval_s
    return replace(trace, samples=trace.samples[first : last + 1], start_s=start_s)


def _place(trace: Trace, time_s: float, rounded: Callable[[float], float]) -> int:
    """Index of the sample at a time; a ten-thousandth of a step is rounding, not another sample."""
    place = (time_s - trace.start_s) / trace.interval_s
    near = round(place)
    return min(max(near if abs(place - near) < _SAME_SAMPLE else int(rounded(place)), 0), trace.samples.size - 1)


def _layout(file: File, second: File | None) -> Layout:
    """Recognise the dialect.

    Raises:
        RequestError: the file is none, its header is damaged, or the second file is needed and missing.
    """
    other = companion(file.text, file.source)
    if other is not None:
        if second is None:
            what = "header" if rto.is_header(file.text) else "samples"
            raise RequestError(
                f"{file.source}: is the {what} of a Rohde & Schwarz RTO record in two files; "
                f"put {PurePath(other).name} beside it"
            )
        header, samples = (file, second) if rto.is_header(file.text) else (second, file)
        return rto.pair(header.text, header.source, samples.text, samples.source)
    table = read_table(file.text, file.source)
    return rigol.numbered(table) or rigol.memory(table) or tektronix.five_columns(table) or headed(table)


def _check_different(wanted: Sequence[str | None], chosen: Sequence[Column]) -> None:
    """Refuse one column under two names.

    Raises:
        RequestError: two names that mean one column.
    """
    seen: dict[int, str | None] = {}
    for name, column in zip(wanted, chosen, strict=True):
        if column.index in seen:
            raise RequestError(f"{seen[column.index]} and {name} are one column; name each column once")
        seen[column.index] = name


def _check_length(layout: Layout) -> None:
    """Refuse a file that holds another number of samples than its header states, or too few for anything.

    Raises:
        RequestError: it does.
    """
    body, length = layout.body, layout.length
    if body.size < MINIMUM_SAMPLES:
        raise RequestError(
            f"{body.table.source}: {body.size} samples are too few to analyse; record at least {MINIMUM_SAMPLES}"
        )
    if length is not None and abs(length.value - body.size) > length.last_digit:
        raise body.table.problem(
            length.row,
            f"the header states {length.value:.0f} samples, the file holds {body.size}: rows are missing or doubled; "
            "export the record again",
        )


def _check_sequence(body: Body, index: int) -> None:
    """Refuse gaps and repeats: rows were lost or doubled, and every later time would be wrong.

    Raises:
        RequestError: the first row that is out of order.
    """
    seen = body.numbers(index, "the sequence number")
    if seen[0] not in (0, 1):
        first = body.row(0)
        raise body.table.problem(
            first, f"the sequence begins at {first.cells[index]}, not 0: the first rows are missing"
        )
    wrong = np.flatnonzero(np.diff(seen) != 1)
    if wrong.size:
        row, due = body.row(int(wrong[0]) + 1), seen[wrong[0]] + 1
        what = "a row is repeated or out of order" if seen[wrong[0] + 1] < due else "rows are missing"
        raise body.table.problem(
            row, f"sequence number {row.cells[index]} where {due:g} was due: {what}; export the record again"
        )


def _values(body: Body, column: Column) -> Samples:
    """Return the samples of a column in volts or amperes."""
    return body.numbers(column.index, f"column {column.name}") * column.factor
