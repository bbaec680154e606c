"""Keithley DMM6500 in its SCPI command set (DMM6500 Reference Manual, SCPI command reference)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from harness.simulation.instruments.base import Instrument
from harness.simulation.instruments.keithley_buffers import Buffer, Buffers
from harness.simulation.instruments.keithley_catalogue import digitizers, functions
from harness.simulation.instruments.keithley_engine import Engine
from harness.simulation.instruments.keithley_log import Calendar, EventLog, enter_registers
from harness.simulation.instruments.keithley_panel import Panel
from harness.simulation.instruments.keithley_settings import Named, SenseTable
from harness.simulation.instruments.keithley_transfer import Transfer
from harness.simulation.instruments.keithley_trigger import TriggerModel
from harness.simulation.instruments.multimeter_frontend import FrontEnd
from harness.simulation.scpi.common import bare, plain
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.settings import Word
from harness.simulation.scpi.table import CommandTable, Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.simulation.circuit.history import Edge
    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Surroundings
    from harness.simulation.instruments.keithley_digitizer import Digitizer
    from harness.simulation.instruments.keithley_function import KeithleyFunction
    from harness.simulation.scpi.arguments import Arguments
    from harness.simulation.scpi.status import Status

_NOTHING_ACTIVE = "NONE"
_BUFFER_FULL = 4915


class KeithleyMultimeter(Instrument):
    """A DMM6500.

    Args:
        model: its own data.
        surroundings: what it is connected to.
        errors: where the specimen's errors are drawn from.
    """

    def __init__(self, model: ModelTable, surroundings: Surroundings, errors: HiddenErrors) -> None:
        self._calendar = Calendar(surroundings.timekeeper, int(model.number("clock.start_s")))
        self._log = EventLog(self._calendar)
        super().__init__(model, surroundings)
        self._front_end = FrontEnd(model, surroundings, errors)
        self.reading_faults = self._front_end.faults
        self._functions = functions(model, surroundings, errors, self._front_end)
        self._digitizers = digitizers(model, surroundings, errors)
        self._function: KeithleyFunction | None = self._functions["VOLT:DC"]
        self._digitizer: Digitizer | None = None
        self._buffers = Buffers(self._buffer_full, int(model.number("memory.default_buffer")))
        self._transfer = Transfer(self._buffers, self._calendar, lambda: self.readings_as)
        ranging_ns = model.duration_ns("autorange.settle_s")
        self._engine = Engine(surroundings.timekeeper, ranging_ns, ranged=self._reconnect, overloaded=self._overloaded)
        self._model_of_triggers = TriggerModel(
            surroundings.timekeeper,
            surroundings.loop,
            model.duration_ns("trigger.block_s"),
            take=self._take,
            engine=self._engine,
            find=self._buffers.find,
            edge=self._edge,
        )
        self._input = Word("MOHM10", ("AUTO", "MOHM10"))
        self._count = Named("count", 1.0, lambda: (1.0, 1e6), coerce=round, write=_whole)
        self._digitize_count = Named("count", 1.0, lambda: (1.0, 55e6), coerce=round, write=_whole)
        self._sense = SenseTable(self.table, self._settings_changed)
        self._panel = Panel(self._calendar)
        self._enter_commands()
        self.reset()

    def make_status(self, queue_depth: int) -> Status:  # noqa: ARG002 - its log is deeper
        return self._log

    def reset(self) -> None:
        self._model_of_triggers.reset()
        self._engine.stop()
        self.reset_settings()
        self._sense.reset()
        self._buffers.reset()
        for function in self._functions.values():
            function.reset()
        for digitizer in self._digitizers.values():
            digitizer.reset()
        self._activate(self._functions["VOLT:DC"], None)

    def trigger(self) -> None:
        self._model_of_triggers.command()

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
        table, sense = self.table, self._sense
        for function in self._functions.values():
            function.enter(sense)
            header = function.kind.header
            sense.add(f"{header}:RELative:ACQuire", set=self._acquiring(function))
            table.add(f"MEASure:{header}", query=self._measuring(function), readings=True)
            table.add(f"CONFigure:{header}", set=self._configuring(function))
        for digitizer in self._digitizers.values():
            digitizer.enter(sense)
        sense.setting("VOLTage[:DC]:INPutimpedance", self._input)
        sense.setting("COUNt", self._count)
        sense.setting("DIGitize:COUNt", self._digitize_count)
        sense.add("AZERo:ONCE", set=bare(self._zero_once))
        sense.add("FUNCtion[:ON]", set=self._select, query=plain(self._active_function))
        sense.add("DIGitize:FUNCtion[:ON]", set=self._select_digitizer, query=plain(self._active_digitizer))
        table.add("CONFigure", query=plain(self._active_function))
        table.add("MEASure", query=self._read, readings=True)
        table.add("READ", query=self._read, readings=True)
        table.add("READ:DIGitize", query=self._read_digitizer, readings=True)
        table.add("TRACe:TRIGger", set=self._fill)
        table.add("TRACe:TRIGger:DIGitize", set=self._fill_digitizer)
        self._transfer.enter(self)
        self._model_of_triggers.enter(self)
        self.enter_common(self._model_of_triggers)
        self._panel.enter(self, [function.kind.header for function in self._functions.values()])
        enter_registers(self, self._log)

    def _active_function(self) -> str:
        return _NOTHING_ACTIVE if self._function is None else self._function.kind.name

    def _active_digitizer(self) -> str:
        return _NOTHING_ACTIVE if self._digitizer is None else self._digitizer.name

    def _select(self, arguments: Arguments) -> None:
        name = _named(arguments, {f.kind.name: f.kind.header for f in self._functions.values()})
        self._activate(self._functions[name], None)

    def _select_digitizer(self, arguments: Arguments) -> None:
        name = _named(arguments, {"VOLT": "VOLTage", "CURR": "CURRent"})
        self._activate(None, self._digitizers[name])

    def _activate(self, function: KeithleyFunction | None, digitizer: Digitizer | None) -> None:
        self._function, self._digitizer = function, digitizer
        self._settings_changed()

    def _settings_changed(self) -> None:
        """Take what is measured anew. A trigger model that runs goes on with it."""
        self._front_end.zero.is_automatic = self._functions["VOLT:DC"].auto_zero.value
        self._reconnect()

    def _reconnect(self) -> None:
        high = self._input.value == "AUTO"
        if self._function is not None:
            self.surroundings.loop.meter_input(self._function.input_ohm(high=high))
            self._front_end.zero.take(self._function.nplc)
        elif self._digitizer is not None:
            self.surroundings.loop.meter_input(self._digitizer.input_ohm())

    def _zero_once(self) -> None:
        """Measure the zero once; from then on it is not measured by itself."""
        if self._function is None or not self._function.kind.integrates:
            raise ScpiError(-221, "Settings conflict, the active function has no autozero")
        self._function.auto_zero.value = False
        self._settings_changed()

    def _edge(self) -> Edge | None:
        return self._digitizer.edge() if self._digitizer is not None else None

    def _take(self, count: int, buffer: Buffer, done: Callable[[], None]) -> None:
        """Take readings with whatever is active; a count below 0 is the active count."""
        if not count:
            done()
        elif self._digitizer is not None:
            count = int(self._digitize_count.value) if count < 0 else count
            self._engine.digitize(self._digitizer, count, buffer, done)
        elif self._function is not None:
            count = int(self._count.value) if count < 0 else count
            self._engine.measure(self._function, count, buffer, done)

    def _now(self, buffer: Buffer | None, answer: Callable[[], str | bytes | None]) -> Wait:
        """Take the active count of readings, and answer when they are there."""
        if self._model_of_triggers.is_running or self._engine.due_ns is not None:
            raise ScpiError(-213)
        finished: list[bool] = []
        if buffer is not None:
            self._take(-1, buffer, lambda: finished.append(True))
        elif self._function is not None:
            self._engine.measure(self._function, 1, None, lambda: finished.append(True))
        # A reset or a change of function from another client ends the group without an answer.
        return Wait(
            lambda: bool(finished) or self._engine.due_ns is None,
            lambda: self._engine.due_ns,
            lambda: answer() if finished else None,
        )

    def _read(self, arguments: Arguments) -> Wait:
        if self._function is None:
            raise ScpiError(-221, "Settings conflict, a digitize function is active")
        buffer = self._transfer.buffer(arguments)
        elements = self._transfer.elements(arguments)
        return self._now(buffer, lambda: self._transfer.last(buffer, elements))

    def _read_digitizer(self, arguments: Arguments) -> Wait:
        if self._digitizer is None:
            raise ScpiError(-221, "Settings conflict, a measure function is active")
        buffer = self._transfer.buffer(arguments)
        elements = self._transfer.elements(arguments)
        return self._now(buffer, lambda: self._transfer.last(buffer, elements))

    def _measuring(self, function: KeithleyFunction) -> Callable[[Arguments], Wait]:
        def measure(arguments: Arguments) -> Wait:
            self._activate(function, None)
            return self._read(arguments)

        return measure

    def _configuring(self, function: KeithleyFunction) -> Callable[[Arguments], None]:
        def configure(arguments: Arguments) -> None:
            arguments.end()
            self._activate(function, None)

        return configure

    def _fill(self, arguments: Arguments) -> Wait:
        if self._function is None:
            raise ScpiError(-221, "Settings conflict, a digitize function is active")
        buffer = self._transfer.buffer(arguments)
        arguments.end()
        return self._now(buffer, lambda: None)

    def _fill_digitizer(self, arguments: Arguments) -> Wait:
        if self._digitizer is None:
            raise ScpiError(-221, "Settings conflict, a measure function is active")
        buffer = self._transfer.buffer(arguments)
        arguments.end()
        return self._now(buffer, lambda: None)

    def _acquiring(self, function: KeithleyFunction) -> Callable[[Arguments], Wait]:
        def acquire(arguments: Arguments) -> Wait:
            arguments.end()
            if self._function is not function:
                raise ScpiError(-221, "Settings conflict, the function is not active")
            return self._now(None, lambda: None)

        return acquire

    def _buffer_full(self) -> None:
        self._log.error(_BUFFER_FULL, "Attempting to store past capacity of reading buffer")

    def _overloaded(self, bit: int) -> None:
        self._log.questionable.put(bit, on=True)
        self._log.questionable.put(bit, on=False)


def _whole(value: float) -> str:
    return f"{value:.0f}"


def _named(arguments: Arguments, headers: Mapping[str, str]) -> str:
    """Take a quoted function name in any of its spellings; answer the name it goes by."""
    if arguments.names_channels():
        raise ScpiError(1151, "Command requires installation of accessory card")
    text = arguments.string()
    arguments.end()
    table = CommandTable()
    for name, header in headers.items():
        table.add(header, query=plain(partial(str, name)))
    try:
        command, _ = table.find(text)
    except ScpiError as error:
        raise ScpiError(-224) from error
    if command.query is None:
        raise ScpiError(-224)
    return str(command.query(arguments))
