"""Truevolt multimeters: the 34465A, and the 34410A before it (Truevolt Series Operating and Service Guide)."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

from harness.simulation.instruments.base import Instrument
from harness.simulation.instruments.multimeter_acquisition import Acquisition
from harness.simulation.instruments.multimeter_catalogue import VOLT, FunctionMaker
from harness.simulation.instruments.multimeter_frontend import FrontEnd
from harness.simulation.instruments.multimeter_math import Calculations
from harness.simulation.instruments.multimeter_memory import ReadingMemory
from harness.simulation.instruments.multimeter_panel import enter_panel
from harness.simulation.instruments.multimeter_timing import DEFAULT_NPLC
from harness.simulation.instruments.multimeter_trigger import TriggerSettings
from harness.simulation.scpi.common import bare, plain
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.settings import Flag
from harness.simulation.scpi.status import DEVICE_ERROR
from harness.simulation.scpi.table import CommandTable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Surroundings
    from harness.simulation.instruments.multimeter_function import MeterFunction
    from harness.simulation.scpi.arguments import Arguments
    from harness.simulation.scpi.table import Wait


class Multimeter(Instrument):
    """A multimeter of the Truevolt family.

    Args:
        model: its own data, which say what it has.
        surroundings: what it is connected to.
        errors: where the specimen's errors are drawn from.
    """

    def __init__(self, model: ModelTable, surroundings: Surroundings, errors: HiddenErrors) -> None:
        super().__init__(model, surroundings, options=model.text("identity.options"))
        self._front_end = FrontEnd(model, surroundings, errors)
        self.reading_faults = self._front_end.faults
        maker = FunctionMaker(model, surroundings, errors, changed=self._reconnect, stop=self._stop)
        self._functions = maker.functions(self._front_end)
        self._function = self._functions[VOLT.name]
        self._high_input = Flag(default=False, changed=self._reconnect)
        self._trigger = TriggerSettings(model, lambda: self._function, self._stop)
        one_at_a_time = bool(model.number("calculate.one_at_a_time"))
        self._calculations = Calculations(self.status.questionable, one_at_a_time=one_at_a_time)
        self._acquisition = Acquisition(
            surroundings.timekeeper,
            surroundings.loop,
            self.status.operation,
            int(model.number("memory.readings")),
            self._read,
        )
        self._memory = ReadingMemory(
            self._acquisition,
            shown=lambda: self._function.dialect.shown,
            overloaded=self._overloaded,
            spoilt=lambda: self.readings_as,
        )
        self._enter_commands()
        self.enter_common(self._acquisition)
        self.enter_scpi_registers()
        self.reset()

    def reset(self) -> None:
        self._acquisition.abort()
        self._acquisition.readings.clear()
        self.reset_settings()
        self._memory.reset()
        self._calculations.reset()
        for function in self._functions.values():
            function.configure(None, DEFAULT_NPLC)
        self._configure(self._functions[VOLT.name], None, DEFAULT_NPLC)

    def trigger(self) -> None:
        self._acquisition.bus_trigger()

    def clear(self) -> None:
        super().clear()
        self._acquisition.abort()

    def begin(self) -> None:
        self._front_end.zero.begin()

    def redraw(self, errors: HiddenErrors) -> None:
        for function in self._functions.values():
            function.sensor.redraw(errors)

    def hidden(self) -> Mapping[str, object]:
        own = self._front_end.hidden()
        others = {name: function.sensor.hidden() for name, function in self._functions.items() if name != VOLT.name}
        return {**own, "functions": others}

    def _enter_commands(self) -> None:
        table = self.table
        names = CommandTable()
        for function in self._functions.values():
            function.enter(self)
            dialect = function.dialect
            names.add(dialect.header, query=plain(partial(str, dialect.name)))
            table.add(f"CONFigure{dialect.configure}", set=self._configuring(function))
            table.add(f"MEASure{dialect.configure}", query=self._measuring(function), readings=True)
        table.add("CONFigure", query=plain(self._configuration))
        self.setting(f"[SENSe:]{VOLT.header}:IMPedance:AUTO", self._high_input)
        name = plain(lambda: f'"{self._function.dialect.name}"')
        table.add("[SENSe:]FUNCtion[:ON]", set=lambda arguments: self._select(names, arguments), query=name)
        self._trigger.enter(self)
        self._calculations.enter(self)
        self._memory.enter(self)
        table.add("INITiate[:IMMediate]", set=bare(self._initiate))
        table.add("ABORt", set=bare(self._acquisition.abort))
        table.add("READ", query=self._read_query, readings=True)
        enter_panel(self)

    def _stop(self) -> None:
        """Return to idle: a change of configuration ends a measurement and clears the memory."""
        self._acquisition.abort()
        self._acquisition.readings.clear()

    def _reconnect(self) -> None:
        """Take what is measured anew: the input's resistance, and where auto zero is off the zero."""
        self._stop()
        self._connect_input()
        zero = self._front_end.zero
        zero.is_automatic = self._functions[VOLT.name].auto_zero
        zero.take(self._function.nplc)

    def _connect_input(self) -> None:
        self.surroundings.loop.meter_input(self._function.input_ohm(high=self._high_input.value))

    def _configuration(self) -> str:
        return self._function.configuration()

    def _select(self, names: CommandTable, arguments: Arguments) -> None:
        text = arguments.string()
        arguments.end()
        try:
            command, _ = names.find(text)
        except ScpiError as error:
            raise ScpiError(-224) from error
        if command.query is None:
            raise ScpiError(-224)
        self._function = self._functions[str(command.query(arguments))]
        self._reconnect()

    def _configuring(self, function: MeterFunction) -> Callable[[Arguments], None]:
        return lambda arguments: self._configure(function, *function.parse(arguments))

    def _configure(self, function: MeterFunction, wanted: float | None, cycles: float) -> None:
        """Preset the measurement; `wanted` None: autorange."""
        self._trigger.preset()
        self._high_input.reset()
        self._function = function
        function.configure(wanted, cycles)
        self._reconnect()

    def _measuring(self, function: MeterFunction) -> Callable[[Arguments], Wait]:
        def measure(arguments: Arguments) -> Wait:
            self._configure(function, *function.parse(arguments))
            self._initiate()
            return self._memory.answer_all()

        return measure

    def _initiate(self) -> None:
        if self._trigger.conflicts():
            self._trigger.source.value = "IMM"  # as the guide says: a conflicting source falls back
            self.status.error(-221)
        self._acquisition.initiate(self._trigger.plan())

    def _read_query(self, arguments: Arguments) -> Wait:
        arguments.end()
        if self._trigger.source.value == "BUS":
            raise ScpiError(-214)
        self._initiate()
        return self._memory.answer_all()

    def _read(self, from_ns: int, to_ns: int, may_range: bool) -> float | None:  # noqa: FBT001 - Acquisition's form
        value = self._function.read(from_ns, to_ns, may_range=may_range)
        if value is None:
            self._connect_input()
            self._front_end.zero.take(self._function.nplc)
            return None
        if math.isinf(value):
            self._overloaded()
        self._calculations.take(value)
        return value

    def _overloaded(self) -> None:
        """Say so in the registers; no error goes into the queue."""
        bit = self._function.dialect.overload
        self.status.events |= DEVICE_ERROR
        self.status.questionable.put(bit, on=True)
        self.status.questionable.put(bit, on=False)
