"""The :WAVeform subsystem of a DS1000Z: what is on the screen, or memory in pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.simulation.instruments.oscilloscope_ds1000z_channel import number
from harness.simulation.instruments.oscilloscope_run import State
from harness.simulation.scpi.common import plain
from harness.simulation.scpi.settings import Number, Word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.simulation.instruments.base import Instrument
    from harness.simulation.instruments.oscilloscope_acquisition import Acquisition
    from harness.simulation.instruments.oscilloscope_ds1000z_channel import Channel
    from harness.simulation.instruments.oscilloscope_record import Codes, Record


_FORMATS = {"BYTE": 0, "WORD": 1, "ASC": 2}
_MODES = {"NORM": 0, "MAX": 1, "RAW": 2}
_NO_DATA = b"#9000000000"


class Waveform:
    """Settings and queries of the subsystem.

    Args:
        instrument: the oscilloscope, whose commands are entered.
        acquisition: takes its records.
        channels: how they are set, for what is asked before there is a record.
        spend: passes the time of so many bytes.
    """

    def __init__(
        self,
        instrument: Instrument,
        acquisition: Acquisition,
        channels: Mapping[int, Channel],
        spend: Callable[[int], None],
    ) -> None:
        model = instrument.model
        self._channels = channels
        self._acquisition = acquisition
        self._spend = spend
        self._screen_points = int(model.number("horizontal.screen_points"))
        most = model.numbers("waveform.most_points")
        self._most = dict(zip(_FORMATS, (int(points) for points in most), strict=True))
        self._source = Word("CHAN1", (*(f"CHANnel{i}" for i in channels), "MATH"))
        self._mode = Word("NORM", ("NORMal", "MAXimum", "RAW"))
        self._format = Word("BYTE", ("WORD", "BYTE", "ASCii"))
        self._start = Number(1.0, self._limits, coerce=round, write=self._within)
        self._stop = Number(float(self._screen_points), self._limits, coerce=round, write=self._within)
        for pattern, setting in (
            ("WAVeform:SOURce", self._source),
            ("WAVeform:MODE", self._mode),
            ("WAVeform:FORMat", self._format),
            ("WAVeform:STARt", self._start),
            ("WAVeform:STOP", self._stop),
        ):
            instrument.setting(pattern, setting)
        table = instrument.table
        table.add("WAVeform:DATA", query=plain(self._data))
        table.add("WAVeform:PREamble", query=plain(self._preamble))
        table.add("WAVeform:XINCrement", query=plain(lambda: number(self._horizontal()[0])))
        table.add("WAVeform:XORigin", query=plain(lambda: number(self._horizontal()[1])))
        table.add("WAVeform:XREFerence", query=plain(lambda: "0"))
        table.add("WAVeform:YINCrement", query=plain(lambda: number(self._vertical()[0])))
        table.add("WAVeform:YORigin", query=plain(lambda: str(self._vertical()[1])))
        table.add("WAVeform:YREFerence", query=plain(lambda: str(acquisition.converter.centre)))

    def _record(self) -> Record | None:
        """Answer the record of the source, None where there is none."""
        record = self._acquisition.record()
        channel = self._channel()
        return record if record is not None and channel in record.verticals else None

    def _channel(self) -> int:
        return int(self._source.value[-1]) if self._source.value.startswith("CHAN") else 0

    def _of_screen(self) -> bool:
        """Whether the screen is read; memory can be read only while the oscilloscope is stopped."""
        return self._mode.value == "NORM" or self._acquisition.run.state is not State.STOPPED

    def _points(self) -> int:
        return self._screen_points if self._of_screen() else self._memory_points()

    def _memory_points(self) -> int:
        """Answer the points in memory; before there is a record, those that it will have."""
        record = self._record()
        sweep = record.sweep if record is not None else self._acquisition.sweep
        return sweep.points * sweep.codes_each

    def _limits(self) -> tuple[float, float]:
        """Answer what STARt and STOP may be: in RAW mode the whole memory, running or not."""
        return 1.0, float(self._memory_points() if self._mode.value == "RAW" else self._points())

    def _within(self, place: float) -> str:
        return str(min(int(place), int(self._limits()[1])))

    def _horizontal(self) -> tuple[float, float]:
        """Answer seconds for each point and time of the first one."""
        record = self._record()
        sweep = record.sweep if record is not None else self._acquisition.sweep
        if self._of_screen():
            left_s, width_s = sweep.screen_s or (sweep.left_s, sweep.span_s)
            return width_s / self._screen_points, left_s
        return sweep.interval_s / sweep.codes_each, sweep.left_s

    def _vertical(self) -> tuple[float, int]:
        """Answer volts for each code, and codes by which the trace is moved up; without a record, as it is set.

        The mathematical trace is not there: 0.
        """
        record = self._record()
        if record is None:
            channel = self._channels.get(self._channel())
            return (channel.increment_v, channel.origin) if channel is not None else (0.0, 0)
        vertical = record.verticals[self._channel()]
        step_v = record.step_v(self._channel())
        return step_v * vertical.probe, round(-vertical.offset_v / step_v)

    def _preamble(self) -> str:
        record = self._record()
        increment_s, origin_s = self._horizontal()
        increment_v, origin = self._vertical()
        fields = (
            str(_FORMATS[self._format.value]),
            str(_MODES[self._mode.value]),
            str(self._points()),
            str(record.sweep.count if record is not None else 1),
            number(increment_s),
            number(origin_s),
            "0",
            number(increment_v),
            str(origin),
            str(self._acquisition.converter.centre),
        )
        return ",".join(fields)

    def _data(self) -> bytes:
        """Answer the points from STARt to STOP; none where that is more than one block may hold."""
        record = self._record()
        first, last = int(self._start.value) - 1, min(int(self._stop.value), self._points())
        count = last - first
        if record is None or not 0 < count <= self._most[self._format.value]:
            return _NO_DATA
        fine = self._screen(record)[first:last] if self._of_screen() else self._memory(record, first, count)
        payload = self._encode(fine // record.fine_steps)
        self._spend(len(payload))
        return b"#9%09d" % len(payload) + payload

    def _screen(self, record: Record) -> Codes:
        """Answer a code for each point of the screen; between the samples of memory by straight lines."""
        channel, sweep, count = self._channel(), record.sweep, self._screen_points
        first, shown = sweep.shown
        if record.codes_each > 1:
            step = max(1, -(-shown * record.codes_each // count))
            pairs = record.window(channel, first, -(-shown // step), step)
            return pairs[np.arange(count) * len(pairs) // count]
        if shown >= count:
            return record.at(channel, first + np.arange(count) * shown // count)
        samples = record.window(channel, first, min(shown + 1, sweep.points - first))
        between = np.interp(np.arange(count) * shown / count, np.arange(len(samples)), samples)
        return np.rint(between).astype(np.int64)

    def _memory(self, record: Record, first: int, count: int) -> Codes:
        each = record.codes_each
        point = first // each
        codes = record.window(self._channel(), point, -(-(first + count) // each) - point)
        return codes[first - point * each :][:count]

    def _encode(self, codes: Codes) -> bytes:
        if self._format.value == "BYTE":
            return codes.astype(np.uint8).tobytes()
        if self._format.value == "WORD":
            return codes.astype("<u2").tobytes()
        increment_v, origin = self._vertical()
        volts = (codes - origin - self._acquisition.converter.centre) * increment_v
        return ",".join(number(value) for value in volts.tolist()).encode("ascii")
