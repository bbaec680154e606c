"""Rohde & Schwarz RTO, RTE and RTP: a header file `NAME.csv` of `Key:Value:` lines, and the samples in `NAME.Wfm.csv`.

The keys that are read: Resolution (sample interval), RecordLength with XStart, SignalHardwareRecordLength with
HardwareXStart (the record with the samples that the filters need to settle), Source, VerticalUnit, TimestampState.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import NotFinite, RequestError
from harness.quantity import finite
from harness.waveform.columns import column_of
from harness.waveform.dialects.layout import Layout
from harness.waveform.table import read_table
from harness.waveform.timebase import Clock, Stated

if TYPE_CHECKING:
    from harness.waveform.table import Row, Table

RTO = "Rohde & Schwarz RTO"

_SAMPLES_END, _HEADER_END = ".wfm.csv", ".csv"
_MARKS = ("RecordLength:", "XStart:")
_LOOK = 20_000
_LENGTHS = (("RecordLength", "XStart"), ("SignalHardwareRecordLength", "HardwareXStart"))


@dataclass(frozen=True, slots=True)
class _Header:
    """The header file: its lines by their key."""

    source: str
    values: dict[str, tuple[int, str]]

    def problem(self, key: str, what: str) -> RequestError:
        line = self.values.get(key, (1, ""))[0]
        return RequestError(f"{self.source}: line {line}: {what}; export the record again")

    def number(self, key: str) -> float:
        """A figure.

        Raises:
            RequestError: it is missing or no number.
        """
        if key not in self.values:
            raise self.problem(key, f"the header of an R&S RTO record has no {key}")
        text = self.values[key][1]
        try:
            return finite(key, float(text))
        except (ValueError, NotFinite) as problem:
            raise self.problem(key, f"{key} is {text!r}, not a number") from problem


def is_header(text: str) -> bool:
    """Whether a file is the header of such a record."""
    start = text[:_LOOK]
    return all(f"\n{mark}" in f"\n{start}".replace("\r", "\n") for mark in _MARKS)


def companion(text: str, name: str) -> str | None:
    """Return the name of the file that belongs to this one: the samples' or the header's; None for other records."""
    if is_header(text):
        return f"{name[: -len(_HEADER_END)] if name.casefold().endswith(_HEADER_END) else name}.Wfm.csv"
    if name.casefold().endswith(_SAMPLES_END):
        return name[: -len(_SAMPLES_END)] + _HEADER_END
    return None


def pair(header_text: str, header_source: str, samples_text: str, samples_source: str) -> Layout:
    """Read where everything stands in the two files of a record.

    Raises:
        RequestError: what is wrong with which of them.
    """
    header = _read_header(header_text, header_source)
    table = read_table(samples_text, samples_source)
    width = len(table.head[0].trimmed().cells)
    if not table.head[0].is_numeric or width != 1:
        raise table.problem(
            table.head[0], f"{width} columns where one of numbers was due; export one channel, without its times"
        )
    if header.values.get("TimestampState", (0, "Off"))[1].casefold() == "on":
        raise header.problem("TimestampState", "the samples are mixed with time stamps; export without history")
    body = table.body(0, fields=1, spare=1)
    start_s, length = _window(header, body.size, table)
    interval_s = header.number("Resolution")
    if not interval_s > 0:
        raise header.problem("Resolution", f"Resolution is {interval_s:g}, it must be positive")
    name = header.values.get("Source", (0, "Ch1"))[1] or "Ch1"
    column = column_of(name, name, 0, header.values.get("VerticalUnit", (0, ""))[1] or None)
    return Layout(RTO, (column,), body, Clock(start_s, interval_s), Stated(table.head[0], length))


def _window(header: _Header, rows: int, table: Table) -> tuple[float, float]:
    """Return start and length of the one of the two records that the header describes and the file holds.

    Raises:
        RequestError: the file holds neither.
    """
    found = [(key, header.number(key), header.number(start)) for key, start in _LENGTHS if key in header.values]
    for _, length, start_s in found:
        if length == rows:
            return start_s, length
    stated = " or ".join(f"{length:g} ({key})" for key, length, _ in found)
    raise table.problem(
        _last(table), f"the file holds {rows} samples, its header {header.source} states {stated}; export both again"
    )


def _last(table: Table) -> Row:
    return table.row(len(table.lines) - 1)


def _read_header(text: str, source: str) -> _Header:
    values: dict[str, tuple[int, str]] = {}
    for line, content in enumerate(text.splitlines(), start=1):
        key, _, rest = content.partition(":")
        values.setdefault(key.strip(), (line, rest.partition(":")[0].strip()))
    return _Header(source, values)
