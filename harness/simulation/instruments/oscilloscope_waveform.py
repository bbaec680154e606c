"""The :WAVeform subsystem: how a record is handed over."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.simulation.scpi.common import plain
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.settings import Flag, Number, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.instruments.base import Instrument
    from harness.simulation.instruments.oscilloscope_record import Codes, Record

_FORMATS = {"BYTE": 0, "WORD": 1, "ASC": 4}
_KINDS = {"NORM": 0, "PEAK": 1, "AVER": 2, "HRES": 3}
_CENTRE = 128
_WORD_STEPS = 256
_LARGEST_NORMAL = 62500
_NO_DATA = -230


def write(value: float) -> str:
    """Write a number as the InfiniiVision does."""
    return f"{value:+.8E}"


class Waveform:
    """Settings and queries of the subsystem.

    Args:
        instrument: the oscilloscope, whose commands are entered.
        record: answers the record in memory, None before the first.
        spend: passes the time of so many bytes.
    """

    def __init__(
        self, instrument: Instrument, record: Callable[[], Record | None], spend: Callable[[int], None]
    ) -> None:
        self._record_now = record
        self._spend = spend
        # With one channel of a pair on, its converters and its memory serve the other one too.
        self._memory = 2 * int(instrument.model.number("horizontal.memory_points"))
        channels = tuple(f"CHANnel{i + 1}" for i in range(int(instrument.model.number("vertical.channels"))))
        self._source = Word("CHAN1", channels)
        self._format = Word("BYTE", ("BYTE", "WORD", "ASCii"))
        self._order = Word("MSBF", ("MSBFirst", "LSBFirst"))
        self._unsigned = Flag(default=True)
        self._mode = Word("NORM", ("NORMal", "MAXimum", "RAW"))
        self._points = Number(1000.0, lambda: (1.0, self._memory), coerce=round)
        table = instrument.table
        instrument.setting("WAVeform:SOURce", self._source)
        instrument.setting("WAVeform:FORMat", self._format)
        instrument.setting("WAVeform:BYTeorder", self._order)
        instrument.setting("WAVeform:UNSigned", self._unsigned)
        instrument.setting("WAVeform:POINts:MODE", self._mode)
        instrument.setting("WAVeform:POINts", self._points)
        table.add("WAVeform:POINts", query=plain(self._count))
        table.add("WAVeform:PREamble", query=plain(self._preamble))
        table.add("WAVeform:DATA", query=plain(self._data))
        table.add("WAVeform:TYPE", query=plain(lambda: self._record().sweep.kind))
        table.add("WAVeform:COUNt", query=plain(lambda: f"{self._record().sweep.count:+d}"))
        table.add("WAVeform:XINCrement", query=plain(lambda: write(self._x_increment(self._record()))))
        table.add("WAVeform:XORigin", query=plain(lambda: write(self._record().sweep.left_s)))
        table.add("WAVeform:XREFerence", query=plain(lambda: "+0"))
        table.add("WAVeform:YINCrement", query=plain(lambda: write(self._y_increment(self._record()))))
        table.add("WAVeform:YORigin", query=plain(lambda: write(self._y_origin(self._record()))))
        table.add("WAVeform:YREFerence", query=plain(lambda: f"{self._y_reference():+d}"))

    def _channel(self) -> int:
        return int(self._source.value[-1])

    def _record(self) -> Record:
        """Answer the record of the source.

        Raises:
            ScpiError: nothing was acquired on it (-230).
        """
        record = self._record_now()
        if record is None or self._channel() not in record.verticals:
            raise ScpiError(_NO_DATA)
        return record

    def _step(self, record: Record) -> int:
        largest = _LARGEST_NORMAL if self._mode.value == "NORM" else self._memory
        return record.step_for(min(int(self._points.value), largest))

    def _points_sent(self, record: Record) -> int:
        return record.codes_sent(self._step(record))

    def _count(self) -> str:
        """Answer what will be sent; before the first record, what was asked for."""
        record = self._record_now()
        return f"{int(self._points.value) if record is None else self._points_sent(record):+d}"

    def _x_increment(self, record: Record) -> float:
        # Two codes of a pair share their interval: the guide has this doubled to step from pair to pair.
        return record.sweep.span_s / record.sweep.points * self._step(record) / record.codes_each

    def _y_increment(self, record: Record) -> float:
        vertical = record.verticals[self._channel()]
        step = record.step_v(self._channel()) * vertical.probe
        return step if self._format.value == "BYTE" else step / _WORD_STEPS

    def _y_origin(self, record: Record) -> float:
        vertical = record.verticals[self._channel()]
        return vertical.offset_v * vertical.probe

    def _y_reference(self) -> int:
        if not self._unsigned.value:
            return 0
        return _CENTRE if self._format.value == "BYTE" else _CENTRE * _WORD_STEPS

    def _preamble(self) -> str:
        record = self._record()
        fields = (
            f"{_FORMATS[self._format.value]:+d}",
            f"{_KINDS[record.sweep.kind]:+d}",
            f"{self._points_sent(record):+d}",
            f"{record.sweep.count:+d}",
            write(self._x_increment(record)),
            write(record.sweep.left_s),
            "+0",
            write(self._y_increment(record)),
            write(self._y_origin(record)),
            f"{self._y_reference():+d}",
        )
        return ",".join(fields)

    def _data(self) -> bytes:
        record = self._record()
        fine = record.fine_codes(self._channel(), self._step(record))
        payload = self._encode(record, fine)
        self._spend(len(payload))
        return b"#8%08d" % len(payload) + payload

    def _encode(self, record: Record, fine: Codes) -> bytes:
        if self._format.value == "BYTE":
            codes = fine // record.fine_steps
            return (codes if self._unsigned.value else codes - _CENTRE).astype(np.uint8).tobytes()
        words = fine * (_WORD_STEPS // record.fine_steps)
        if self._format.value == "WORD":
            order = ">" if self._order.value == "MSBF" else "<"
            shifted = words if self._unsigned.value else words - _CENTRE * _WORD_STEPS
            return (shifted & 0xFFFF).astype(f"{order}u2").tobytes()
        volts = (words - _CENTRE * _WORD_STEPS) * self._y_increment(record) + self._y_origin(record)
        return ",".join(f"{value:+.5E}" for value in volts).encode("ascii")
