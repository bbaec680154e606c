"""What a dialect finds in a file before any sample is read, and the lines of settings that several makers write."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.waveform.timebase import Clock, Stated, TimeColumn, stated

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.waveform.columns import Column
    from harness.waveform.table import Body, Row, Table

_OF_CHANNEL = re.compile(r"(?:\w+\s*:\s*)?(?P<number>\S+)")
"""Siglent write `Analog:14000` and `CH1:0.000001 CH2:0.000001`."""

_BY_CHANNEL = re.compile(r"(?P<channel>\w+)\s*:\s*(?P<unit>[A-Za-zµμ]+)")
_GATE = re.compile(r"(?P<begin>\d+(?:\.\d+)?)\s*%\s*to\s*(?P<end>\d+(?:\.\d+)?)\s*%")
_GATE_DIGIT = 0.001
"""Ends of a gate are written in tenths of a percent."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where in a file what stands.

    Attributes:
        dialect: name of the maker's way to write, for people.
        columns: of values.
        body: the rows of numbers.
        time: a column of times, or the time base that the header states.
        length: how many samples the header states.
        sequence: column of a running number, where there is one.
    """

    dialect: str
    columns: tuple[Column, ...]
    body: Body
    time: TimeColumn | Clock
    length: Stated | None = None
    sequence: int | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Lines of a name and one or more values above the numbers, or beside them.

    Attributes:
        table: for messages.
        rows: the lines.
    """

    table: Table
    rows: Sequence[Row]

    def row(self, *names: str) -> Row | None:
        """The first line of one of these names, in small letters."""
        return next((row for row in self.rows if row.key.rstrip(":") in names and len(row.cells) > 1), None)

    def text(self, *names: str) -> str:
        """The first value of a line; empty where there is none."""
        row = self.row(*names)
        return row.cells[1] if row else ""

    def number(self, *names: str) -> Stated | None:
        """A figure; one that stands for each channel must be the same for all.

        Raises:
            RequestError: no positive number, or several different ones.
        """
        row = self.row(*names)
        if row is None:
            return None
        texts = {match["number"] for match in map(_OF_CHANNEL.match, row.cells[1].split()) if match}
        if len(texts) != 1:
            raise self.table.problem(
                row, f"{row.cells[0]} is {row.cells[1]!r}, not one number; export the record again"
            )
        text = texts.pop()
        try:
            figure = stated(row, text)
        except ValueError:
            figure = Stated(row, 0.0)
        if not 0 < figure.value < float("inf"):
            raise self.table.problem(row, f"{row.cells[0]} is {text!r}, not a positive number; export the record again")
        return figure

    def interval(self) -> Stated | None:
        """The sample interval, in seconds."""
        interval = self.number("sample interval", "sampling interval", "sampling period")
        rate = self.number("sample rate", "sampling rate")
        if interval is not None or rate is None:
            return interval
        period = 1.0 / rate.value
        return Stated(rate.row, period, rate.last_digit * period * period)

    def length(self) -> Stated | None:
        """How many samples there are: the record length, or the part of it between the gates.

        Tektronix export only what lies between two cursors, where that is asked for.
        """
        length = self.number("record length", "memory length")
        gate = _GATE.search(self.text("gating"))
        share = (float(gate["end"]) - float(gate["begin"])) / 100 if gate else 1.0
        if length is None or share >= 1:
            return length and Stated(length.row, length.value)
        return Stated(length.row, length.value * share, 2 * _GATE_DIGIT * length.value + 2)

    def units(self, channels: Sequence[str]) -> list[str | None]:
        """The vertical unit of each of these columns.

        A unit by channel (`CH1:V CH2:A`) goes to its channel; one by column goes to its column and, as Tektronix write
        it once for several, to those after it.
        """
        row = self.row("vertical units", "vertical unit")
        if row is None:
            return [None] * len(channels)
        named = {match["channel"].casefold(): match["unit"] for match in _BY_CHANNEL.finditer(" ".join(row.cells[1:]))}
        if named:
            return [named.get(channel.casefold()) for channel in channels]
        units: list[str | None] = []
        for index in range(len(channels)):
            cell = row.cells[index + 1] if index + 1 < len(row.cells) else ""
            units.append(cell or (units[-1] if units else None))
        return units

    def maker(self) -> str:
        """Whose instrument wrote the settings; empty where they do not say."""
        model = self.text("model", "model number").casefold()
        return next((maker for start, maker in _MAKERS if re.match(start, model)), "")


_MAKERS = (
    (r"sds|shs|ads", "Siglent"),
    (r"rt[abehmop]|mxo|hmo|fpc", "Rohde & Schwarz"),
    (r"tds|tbs|dpo|mso|mdo|tps|dsa|lpd|tek", "Tektronix"),
)
