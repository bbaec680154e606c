"""How a Truevolt multimeter hands out its readings (Truevolt guide: READ?, FETCh?, R?, DATA, FORMat)."""

from __future__ import annotations

import math
import struct
from typing import TYPE_CHECKING

from harness.simulation.scpi.common import plain
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.settings import Word, nr3
from harness.simulation.scpi.table import Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.simulation.instruments.base import Instrument
    from harness.simulation.instruments.multimeter_acquisition import Acquisition
    from harness.simulation.scpi.arguments import Arguments

_OVERLOAD = 9.9e37
_NO_READING = "+9.91000000E+37"
_LENGTHS = (32, 64)
_PLACES = ("RDG_STORE", "NVMEM")


class ReadingMemory:
    """The readings, as text or as a binary block.

    Args:
        acquisition: who takes them.
        shown: answers what follows the last reading: its unit.
        overloaded: called where a fault makes an overload of a reading.
        spoilt: answers the fault that spoils every reading now, None without one.
    """

    def __init__(
        self,
        acquisition: Acquisition,
        *,
        shown: Callable[[], str],
        overloaded: Callable[[], None],
        spoilt: Callable[[], str | None],
    ) -> None:
        self._acquisition = acquisition
        self._shown = shown
        self._overloaded = overloaded
        self._spoilt = spoilt
        self._is_real = False
        self._length = _LENGTHS[-1]
        self._stored: tuple[float, ...] = ()
        self._order = Word("NORM", ("NORMal", "SWAPped"))

    def enter(self, instrument: Instrument) -> None:
        table = instrument.table
        table.add("FETCh", query=self._fetch, readings=True)
        table.add("R", query=self._remove_block, readings=True)
        table.add("DATA:REMove", query=self._remove, readings=True)
        table.add("DATA:LAST", query=plain(self._last), readings=True)
        table.add("DATA:POINts", query=self._points)
        table.add("DATA[:DATA]", query=self._stored_data, readings=True)
        table.add("DATA:COPY", set=self._copy)
        table.add("DATA:DELete", set=self._delete)
        table.add("FORMat[:DATA]", set=self._set_format, query=plain(self._format))
        instrument.setting("FORMat:BORDer", self._order)

    def reset(self) -> None:
        self._is_real, self._length = False, _LENGTHS[-1]

    def answer_all(self) -> Wait:
        """Answer every reading, once the acquisition has ended."""

        def answer() -> str | bytes | None:
            readings = self._acquisition.readings
            return self._listed(list(readings)) if readings else None

        return Wait(self._acquisition.finished, self._acquisition.due_ns, answer)

    def _fetch(self, arguments: Arguments) -> Wait:
        arguments.end()
        if self._acquisition.finished() and not self._acquisition.readings:
            raise ScpiError(-230)
        return self.answer_all()

    def _take(self, arguments: Arguments) -> list[float]:
        readings = self._acquisition.readings
        count = arguments.integer() if arguments.more() else len(readings)
        arguments.end()
        if count < 0:
            raise ScpiError(-222)
        return [readings.popleft() for _ in range(min(count, len(readings)))]

    def _remove_block(self, arguments: Arguments) -> bytes:
        taken = self._take(arguments)
        data = self._packed(taken) if self._is_real else ",".join(map(self._write, taken)).encode("latin-1")
        return _block(data)

    def _remove(self, arguments: Arguments) -> str | bytes:
        if not self._acquisition.readings:
            raise ScpiError(-230)
        return self._listed(self._take(arguments))

    def _points(self, arguments: Arguments) -> str:
        place = arguments.choice(_PLACES) if arguments.more() else _PLACES[0]
        arguments.end()
        return f"{len(self._acquisition.readings if place == _PLACES[0] else self._stored):+d}"

    def _stored_data(self, arguments: Arguments) -> str | bytes:
        place = arguments.choice(_PLACES)
        arguments.end()
        values = tuple(self._acquisition.readings) if place == _PLACES[0] else self._stored
        if not values:
            raise ScpiError(-230)
        return self._listed(values)

    def _copy(self, arguments: Arguments) -> None:
        arguments.choice(_PLACES[1:])
        arguments.choice(_PLACES[:1])
        arguments.end()
        self._stored = tuple(self._acquisition.readings)

    def _delete(self, arguments: Arguments) -> None:
        arguments.choice(_PLACES[1:])
        arguments.end()
        self._stored = ()

    def _last(self) -> str:
        readings = self._acquisition.readings
        return f"{self._write(readings[-1]) if readings else _NO_READING} {self._shown()}"

    def _listed(self, values: Sequence[float]) -> str | bytes:
        return _block(self._packed(values)) if self._is_real else ",".join(map(self._write, values))

    def _write(self, value: float) -> str:
        if self._spoilt() == "nan":
            return "NAN"
        value = self._as_sent(value)
        return f"{'-' if value < 0 else '+'}9.90000000E+37" if abs(value) == _OVERLOAD else nr3(value)

    def _packed(self, values: Sequence[float]) -> bytes:
        sent = [math.nan if self._spoilt() == "nan" else self._as_sent(value) for value in values]
        order = ">" if self._order.value == "NORM" else "<"
        return struct.pack(f"{order}{len(sent)}{'d' if self._length == _LENGTHS[-1] else 'f'}", *sent)

    def _as_sent(self, value: float) -> float:
        if self._spoilt() == "overload":
            self._overloaded()
            return _OVERLOAD
        return math.copysign(_OVERLOAD, value) if math.isinf(value) else value

    def _set_format(self, arguments: Arguments) -> None:
        is_real = arguments.choice(("ASCii", "REAL")) == "REAL"
        length = arguments.integer() if arguments.more() else _LENGTHS[-1]
        arguments.end()
        if is_real and length not in _LENGTHS:
            raise ScpiError(-222)
        self._is_real, self._length = is_real, length if is_real else _LENGTHS[-1]

    def _format(self) -> str:
        return f"REAL,+{self._length}" if self._is_real else "ASC,+9"


def _block(data: bytes) -> bytes:
    """Write a definite-length block (IEEE 488.2 8.7.9)."""
    size = str(len(data)).encode()
    return b"#%d%b%b" % (len(size), size, data)
