"""How readings leave a Keithley multimeter: TRACe and FORMat commands, and what READ? and FETCh? answer."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

import numpy as np

from harness.simulation.instruments.keithley_buffers import (
    BINARY_ELEMENTS,
    DEFAULT_BUFFER,
    ELEMENTS,
    Buffer,
    Buffers,
    Writer,
    as_sent,
    number,
)
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.settings import Number, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.instruments.base import Instrument
    from harness.simulation.instruments.calendar import Calendar
    from harness.simulation.scpi.arguments import Arguments

_AUTOMATIC_DIGITS = 7
_MOST_ELEMENTS = 14
_STYLES = ("COMPact", "STANdard", "FULL", "WRITable", "FULLWRITable")


class Transfer:
    """Hands out what is in the buffers.

    Args:
        buffers: all of them.
        calendar: the instrument's clock.
        spoilt: answers the fault that spoils every reading now, None without one.
    """

    def __init__(self, buffers: Buffers, calendar: Calendar, spoilt: Callable[[], str | None]) -> None:
        self._buffers = buffers
        self._spoilt = spoilt
        self._format = Word("ASC", ("ASCii", "REAL", "SREal"))
        self._order = Word("SWAP", ("NORMal", "SWAPped"))
        self._precision = Number(0.0, lambda: (0.0, 16.0), coerce=round, write=lambda value: f"{value:.0f}")
        self._writer = Writer(calendar, self._digits)

    def enter(self, instrument: Instrument) -> None:
        instrument.setting("FORMat[:DATA]", self._format)
        instrument.setting("FORMat:BORDer", self._order)
        instrument.setting("FORMat:ASCii:PRECision", self._precision)
        table = instrument.table
        table.add("TRACe:MAKE", set=self._make)
        table.add("TRACe:DELete", set=self._delete)
        table.add("TRACe:CLEar", set=lambda arguments: self._named(arguments).clear())
        table.add("TRACe:POINts", set=self._resize, query=lambda arguments: f"{self._named(arguments).capacity}")
        table.add("TRACe:ACTual", query=lambda arguments: f"{len(self._named(arguments))}")
        table.add("TRACe:ACTual:STARt", query=lambda arguments: f"{min(1, len(self._named(arguments)))}")
        table.add("TRACe:ACTual:END", query=lambda arguments: f"{len(self._named(arguments))}")
        table.add("TRACe:FILL:MODE", set=self._fill, query=self._fill_query)
        table.add("TRACe:DATA", query=self._data, readings=True)
        table.add("TRACe:STATistics:CLEar", set=lambda arguments: self._named(arguments).clear())
        for name, statistic in (
            ("AVERage", np.mean),
            ("MAXimum", np.max),
            ("MINimum", np.min),
            ("PK2Pk", np.ptp),
            ("STDDev", _deviation),
        ):
            table.add(f"TRACe:STATistics:{name}", query=self._statistic(statistic))
        table.add("FETCh", query=self.fetch, readings=True)

    def buffer(self, arguments: Arguments) -> Buffer:
        """Take the name of a buffer where there is one."""
        return self._buffers.find(arguments.string() if arguments.more() else DEFAULT_BUFFER)

    def elements(self, arguments: Arguments) -> list[str]:
        """Take a list of buffer elements; without one it is the reading."""
        elements = []
        while arguments.more():
            try:
                elements.append(arguments.choice(ELEMENTS))
            except ScpiError as error:
                raise _no_element() from error
        if self._format.value != "ASC" and not BINARY_ELEMENTS.issuperset(elements):
            raise _no_element()
        if len(elements) > _MOST_ELEMENTS:
            raise ScpiError(-223)
        return elements or ["READ"]

    def fetch(self, arguments: Arguments) -> str | bytes:
        """Answer the last reading of a buffer."""
        buffer = self.buffer(arguments)
        return self.last(buffer, self.elements(arguments))

    def last(self, buffer: Buffer, elements: list[str]) -> str | bytes:
        """Write the last entry of a buffer.

        Raises:
            ScpiError: it is empty (-230).
        """
        if not len(buffer):
            raise ScpiError(-230)
        return self._written(buffer, range(len(buffer) - 1, len(buffer)), elements)

    def _digits(self) -> int:
        return int(self._precision.value) or _AUTOMATIC_DIGITS

    def _named(self, arguments: Arguments) -> Buffer:
        buffer = self.buffer(arguments)
        arguments.end()
        return buffer

    def _make(self, arguments: Arguments) -> None:
        name, capacity = arguments.string(), arguments.integer()
        if arguments.more():
            arguments.choice(_STYLES)
        arguments.end()
        self._buffers.make(name, capacity)

    def _delete(self, arguments: Arguments) -> None:
        name = arguments.string()
        arguments.end()
        self._buffers.delete(name)

    def _resize(self, arguments: Arguments) -> None:
        capacity = self._buffers.checked_capacity(arguments.integer())
        self._named(arguments).resize(capacity)

    def _fill(self, arguments: Arguments) -> None:
        mode = arguments.choice(("CONTinuous", "ONCE"))
        self._named(arguments).is_continuous = mode == "CONT"

    def _fill_query(self, arguments: Arguments) -> str:
        return "CONT" if self._named(arguments).is_continuous else "ONCE"

    def _data(self, arguments: Arguments) -> str | bytes:
        first, last = arguments.integer(), arguments.integer()
        buffer = self.buffer(arguments)
        elements = self.elements(arguments)
        if not 1 <= first <= last <= len(buffer):
            raise ScpiError(-222, f"Parameter, index, expected value from 1 to {len(buffer)}")
        return self._written(buffer, range(first - 1, last), elements)

    def _written(self, buffer: Buffer, indices: range, elements: list[str]) -> str | bytes:
        if self._format.value == "ASC":
            return ",".join(self._text(buffer, index, element) for index in indices for element in elements)
        values = [self._value(buffer, index, element) for index in indices for element in elements]
        order = ">" if self._order.value == "NORM" else "<"
        return b"#0" + struct.pack(f"{order}{len(values)}{'d' if self._format.value == 'REAL' else 'f'}", *values)

    def _text(self, buffer: Buffer, index: int, element: str) -> str:
        spoilt = self._spoilt() if element == "READ" else None
        if spoilt is not None:
            return "NAN" if spoilt == "nan" else number(math.inf, self._digits())
        return self._writer.text(buffer, index, element)

    def _value(self, buffer: Buffer, index: int, element: str) -> float:
        spoilt = self._spoilt() if element == "READ" else None
        if spoilt is not None:
            return math.nan if spoilt == "nan" else as_sent(math.inf)
        return self._writer.value(buffer, index, element)

    def _statistic(self, statistic: Callable[..., float]) -> Callable[[Arguments], str]:
        def answer(arguments: Arguments) -> str:
            numbers = self._named(arguments).numbers()
            return number(float(statistic(numbers)) if len(numbers) else 0.0, self._digits())

        return answer


def _deviation(numbers: np.ndarray) -> float:
    return float(np.std(numbers, ddof=1)) if len(numbers) > 1 else 0.0


def _no_element() -> ScpiError:
    return ScpiError(1133, "Parameter 4, Syntax error, expected valid name parameters")
