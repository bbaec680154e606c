"""Waveform data of an RTB2000: FORMat, and CHANnel<m>:DATA."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from harness.simulation.instruments.oscilloscope_rtb2000_channel import number
from harness.simulation.instruments.oscilloscope_run import State
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.settings import Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.instruments.base import Instrument
    from harness.simulation.instruments.oscilloscope_acquisition import Acquisition
    from harness.simulation.instruments.oscilloscope_dialect import PerChannel
    from harness.simulation.instruments.oscilloscope_record import Codes, Record
    from harness.simulation.scpi.arguments import Arguments

_LENGTHS = {"ASC": (0,), "REAL": (32,), "UINT": (8, 16, 32)}
_NO_DATA = -230


class WaveformData:
    """Settings and queries of waveform data.

    Args:
        instrument: the oscilloscope, whose commands are entered.
        channels: enters those of each channel.
        acquisition: takes its records.
        spend: passes the time of so many bytes.
    """

    def __init__(
        self, instrument: Instrument, channels: PerChannel, acquisition: Acquisition, spend: Callable[[int], None]
    ) -> None:
        self._acquisition = acquisition
        self._spend = spend
        self._screen_points = int(instrument.model.number("horizontal.screen_points"))
        self._bits = int(instrument.model.number("vertical.bits"))
        self._divisions = instrument.model.number("vertical.divisions")
        self._format = "ASC", 0
        self._last: tuple[tuple[object, ...], bytes] | None = None
        self._order = Word("MSBF", ("MSBFirst", "LSBFirst"))
        self._points = Word("DEF", ("DEFault", "MAXimum", "DMAXimum"))
        instrument.setting("FORMat:BORDer", self._order)
        table = instrument.table
        table.add("FORMat[:DATA]", set=self._set_format, query=self._query_format)
        table.add("CHANnel<n>:DATA:POINts", set=self._points.set)
        channels.query("CHANnel<n>:DATA:POINts", lambda n: str(len(self._places(self._record(n))) * self._each(n)))
        for node in ("DATA", "DATA:ENVelope"):
            channels.query(f"CHANnel<n>:{node}", self._data)
            channels.query(f"CHANnel<n>:{node}:HEADer", self._header)
            channels.query(f"CHANnel<n>:{node}:XINCrement", lambda n: number(self._horizontal(self._record(n))[1]))
            channels.query(f"CHANnel<n>:{node}:XORigin", lambda n: number(self._horizontal(self._record(n))[0]))
            channels.query(f"CHANnel<n>:{node}:YINCrement", lambda n: number(self._vertical(n)[0]))
            channels.query(f"CHANnel<n>:{node}:YORigin", lambda n: number(self._vertical(n)[1]))
            channels.query(f"CHANnel<n>:{node}:YRESolution", lambda _: str(self._code_bits))

    def reset(self) -> None:
        """Reset what is no setting of the table."""
        self._format, self._last = ("ASC", 0), None
        self._points.reset()

    @property
    def _code_bits(self) -> int:
        """Bits of the integers that are sent."""
        return self._format[1] if self._format[0] == "UINT" else 16

    def _set_format(self, arguments: Arguments) -> None:
        name = arguments.choice(("ASCii", "REAL", "UINTeger"))
        length = arguments.integer() if arguments.more() else _LENGTHS[name][0]
        arguments.end()
        if length not in _LENGTHS[name]:
            raise ScpiError(-224)
        self._format = name, length

    def _query_format(self, arguments: Arguments) -> str:
        arguments.end()
        name, length = self._format
        return f"{name},{length}"

    def _record(self, channel: int) -> Record:
        """Answer the record of a channel.

        Raises:
            ScpiError: nothing was acquired on it (-230).
        """
        record = self._acquisition.record()
        if record is None or channel not in record.verticals:
            raise ScpiError(_NO_DATA)
        return record

    def _each(self, channel: int) -> int:
        return self._record(channel).codes_each

    def _step(self, record: Record) -> int:
        """Answer how many points make one: while it runs, and by default, what the screen has room for."""
        if self._points.value == "DEF" or self._acquisition.run.state is not State.STOPPED:
            return max(1, -(-record.sweep.points // self._screen_points))
        return 1

    def _places(self, record: Record) -> range:
        return range(0, record.sweep.points, self._step(record))

    def _horizontal(self, record: Record) -> tuple[float, float]:
        """Answer time of the first value, and time between two."""
        return record.sweep.left_s, record.sweep.interval_s * self._step(record) / record.codes_each

    def _vertical(self, channel: int) -> tuple[float, float]:
        """Answer volts for each integer that is sent, and volts of the integer 0."""
        record = self._record(channel)
        vertical = record.verticals[channel]
        range_v = vertical.scale_v * self._divisions * vertical.probe
        return range_v / (1 << self._code_bits), vertical.offset_v * vertical.probe - 0.5 * range_v

    def _header(self, channel: int) -> str:
        record = self._record(channel)
        count = len(self._places(record))
        origin_s, increment_s = self._horizontal(record)
        last_s = origin_s + increment_s * record.codes_each * (count - 1)
        return f"{number(origin_s)},{number(last_s)},{count},{record.codes_each}"

    def _data(self, channel: int) -> bytes:
        record = self._record(channel)
        places = self._places(record)
        asked = record, channel, places, self._format, self._order.value
        if self._last is None or self._last[0] != asked:
            # Whoever reads a record again gets it without its being worked out again.
            fine = record.window(channel, 0, len(places), places.step)
            self._last = asked, _framed(self._encode(record, channel, fine), block=self._format[0] != "ASC")
        self._spend(len(self._last[1]))
        return self._last[1]

    def _encode(self, record: Record, channel: int, fine: Codes) -> bytes:
        order = "<" if self._order.value == "LSBF" else ">"
        fine_bits = self._bits + round(math.log2(record.fine_steps))
        if self._format[0] == "UINT":
            shift = self._format[1] - fine_bits
            codes = (
                fine << shift
                if shift >= 0
                else np.minimum((fine + (1 << -shift - 1)) >> -shift, (1 << self._format[1]) - 1)
            )
            return codes.astype(f"{order}u{self._format[1] // 8}").tobytes()
        vertical = record.verticals[channel]
        fine_v = record.step_v(channel) / record.fine_steps * vertical.probe
        lowest_v = vertical.offset_v * vertical.probe - record.converter.centre * record.fine_steps * fine_v
        volts = fine * fine_v + lowest_v
        if self._format[0] == "REAL":
            return volts.astype(f"{order}f4").tobytes()
        return ",".join(f"{value:.6E}" for value in volts.tolist()).encode("ascii")


def _framed(payload: bytes, *, block: bool) -> bytes:
    if not block:
        return payload
    count = str(len(payload)).encode()
    return b"#%d%b%b" % (len(count), count, payload)
