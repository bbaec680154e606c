"""Keithley DMM6500 in its SCPI command set (DMM6500 Reference Manual, SCPI command reference)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.instruments.base import Instrument
from harness.simulation.instruments.calendar import Calendar
from harness.simulation.instruments.keithley_active import ActiveFunction
from harness.simulation.instruments.keithley_buffers import Buffer, Buffers
from harness.simulation.instruments.keithley_catalogue import digitizers, functions
from harness.simulation.instruments.keithley_engine import Engine
from harness.simulation.instruments.keithley_log import EventLog, enter_registers
from harness.simulation.instruments.keithley_panel import Panel
from harness.simulation.instruments.keithley_reading import ReadingCommands
from harness.simulation.instruments.keithley_settings import SenseTable
from harness.simulation.instruments.keithley_transfer import Transfer
from harness.simulation.instruments.keithley_trigger import TriggerModel
from harness.simulation.instruments.multimeter_frontend import FrontEnd

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Surroundings
    from harness.simulation.scpi.status import Status

_BUFFER_FULL = 4915


class KeithleyMultimeter(Instrument):
    """A DMM6500.

    Args:
        model: its own data.
        surroundings: what it is connected to.
        errors: where the specimen's errors are drawn from.
    """

    def __init__(self, model: ModelTable, surroundings: Surroundings, errors: HiddenErrors) -> None:
        timekeeper, loop = surroundings.timekeeper, surroundings.loop
        self._calendar = Calendar(timekeeper, int(model.number("clock.start_s")))
        super().__init__(model, surroundings)
        self._front_end = FrontEnd(model, surroundings, errors)
        self.reading_faults = self._front_end.faults
        self._functions = functions(model, surroundings, errors, self._front_end)
        self._digitizers = digitizers(model, surroundings, errors)
        self._active = ActiveFunction(self._functions, self._digitizers, loop=loop, zero=self._front_end.zero)
        self._engine = Engine(
            timekeeper,
            model.duration_ns("autorange.settle_s"),
            ranged=self._active.reconnect,
        )
        loop.keep_from(self._engine.needed_ns)
        self._buffers = Buffers(self._buffer_full, model)
        self._triggers = TriggerModel(
            timekeeper,
            loop,
            model,
            take=self._take,
            engine=self._engine,
            find=self._buffers.find,
            edge=self._active.edge,
        )
        self._sense = SenseTable(self.table, self._active.settings_changed)
        self._enter_commands()
        self.reset()

    def make_status(self) -> Status:
        self._log = EventLog(self.dialect, self._calendar)
        return self._log

    def reset(self) -> None:
        self._triggers.reset()
        self.reset_settings()
        self._sense.reset()
        self._buffers.reset()
        for function in self._functions.values():
            function.reset()
        for digitizer in self._digitizers.values():
            digitizer.reset()
        self._active.reset()

    def trigger(self) -> None:
        self._triggers.command()

    def begin(self) -> None:
        self._front_end.zero.begin()

    def redraw(self, errors: HiddenErrors) -> None:
        for function in self._functions.values():
            function.sensor.redraw(errors)
        for digitizer in self._digitizers.values():
            digitizer.redraw(errors)

    def hidden(self) -> Mapping[str, object]:
        volts = self._digitizers["VOLT"].ranges
        pairs = zip(volts.values, volts.errors, strict=True)
        digitizing = {f"{span:g}": {"gain": wrong.gain, "offset_v": wrong.offset} for span, wrong in pairs}
        functions = {name: function.sensor.hidden() for name, function in self._functions.items() if name != "VOLT:DC"}
        return {**self._front_end.hidden(), "functions": functions, "digitize": digitizing}

    def _enter_commands(self) -> None:
        transfer = Transfer(self._buffers, self._calendar, lambda: self.readings_as)
        for function in self._functions.values():
            function.enter(self._sense)
        for digitizer in self._digitizers.values():
            digitizer.enter(self._sense)
        self._active.enter(self._sense)
        transfer.enter(self)
        reading = ReadingCommands(self._active, self._engine, transfer, self._triggers)
        reading.enter(self, self._sense, self._functions.values())
        self._triggers.enter(self)
        self.enter_common(self._triggers)
        Panel(self._calendar).enter(self, [function.kind.header for function in self._functions.values()])
        enter_registers(self, self._log)

    def _take(self, count: int, buffer: Buffer, done: Callable[[], None]) -> None:
        self._active.take(self._engine, count, buffer, done)

    def _buffer_full(self) -> None:
        self._log.error(_BUFFER_FULL, "Attempting to store past capacity of reading buffer")
