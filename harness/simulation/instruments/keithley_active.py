"""Which function of a Keithley multimeter is active: one that measures, or one that digitises."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from harness.simulation.instruments.keithley_settings import Named, no_card
from harness.simulation.scpi.common import bare, plain
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.settings import Word
from harness.simulation.scpi.table import CommandTable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.simulation.circuit.history import Edge
    from harness.simulation.circuit.loop import Loop
    from harness.simulation.instruments.keithley_buffers import Buffer
    from harness.simulation.instruments.keithley_digitizer import Digitizer
    from harness.simulation.instruments.keithley_engine import Engine
    from harness.simulation.instruments.keithley_function import KeithleyFunction
    from harness.simulation.instruments.keithley_settings import SenseTable
    from harness.simulation.instruments.multimeter_zero import AmplifierZero
    from harness.simulation.scpi.arguments import Arguments

_DC_VOLTS = "VOLT:DC"
_NOTHING_ACTIVE = "NONE"
_DIGITIZERS = {"VOLT": "VOLTage", "CURR": "CURRent"}


class ActiveFunction:
    """The active function, how many readings it takes, and what it hangs on the circuit.

    Args:
        functions: those that measure, by name.
        digitizers: those that digitise, by name.
        loop: the circuit.
        zero: of the amplifier for d.c. volts.

    Attributes:
        function: the measure function that is active, None while one digitises.
        digitizer: the digitise function that is active, None while one measures.
    """

    def __init__(
        self,
        functions: Mapping[str, KeithleyFunction],
        digitizers: Mapping[str, Digitizer],
        *,
        loop: Loop,
        zero: AmplifierZero,
    ) -> None:
        self._functions, self._digitizers = functions, digitizers
        self._loop, self._zero = loop, zero
        self.function: KeithleyFunction | None = functions[_DC_VOLTS]
        self.digitizer: Digitizer | None = None
        self._input = Word("MOHM10", ("AUTO", "MOHM10"))
        self._count = Named("count", 1.0, lambda: (1.0, 1e6), coerce=round, write=_whole)
        self._digitize_count = Named("count", 1.0, lambda: (1.0, 55e6), coerce=round, write=_whole)

    def enter(self, sense: SenseTable) -> None:
        sense.setting("VOLTage[:DC]:INPutimpedance", self._input)
        sense.setting("COUNt", self._count)
        sense.setting("DIGitize:COUNt", self._digitize_count)
        sense.add("AZERo:ONCE", set=bare(self._zero_once))
        sense.add("FUNCtion[:ON]", set=self._select, query=plain(self.name))
        sense.add("DIGitize:FUNCtion[:ON]", set=self._select_digitizer, query=plain(self._digitizer_name))

    def reset(self) -> None:
        self.activate(self._functions[_DC_VOLTS], None)

    def name(self) -> str:
        """Answer the name of the measure function."""
        return _NOTHING_ACTIVE if self.function is None else self.function.kind.name

    def activate(self, function: KeithleyFunction | None, digitizer: Digitizer | None) -> None:
        self.function, self.digitizer = function, digitizer
        self.settings_changed()

    def settings_changed(self) -> None:
        """Take what is measured anew. A trigger model that runs goes on with it."""
        self._zero.is_automatic = self._functions[_DC_VOLTS].auto_zero.value
        self.reconnect()

    def reconnect(self) -> None:
        """Hang the input on the circuit as function and range have it, and measure the zero where that is due."""
        if self.function is not None:
            self._loop.meter_input(self.function.input_ohm(high=self._input.value == "AUTO"))
            self._zero.take(self.function.nplc)
        elif self.digitizer is not None:
            self._loop.meter_input(self.digitizer.input_ohm())

    def edge(self) -> Edge | None:
        """Answer what the analog trigger waits for, None where it is off."""
        return self.digitizer.edge() if self.digitizer is not None else None

    def take(self, engine: Engine, count: int, buffer: Buffer, done: Callable[[], None]) -> None:
        """Take readings with whatever is active; a count below 0 is the active count."""
        if not count:
            done()
        elif self.digitizer is not None:
            count = int(self._digitize_count.value) if count < 0 else count
            engine.digitize(self.digitizer, count, buffer, done)
        elif self.function is not None:
            count = int(self._count.value) if count < 0 else count
            engine.measure(self.function, count, buffer, done)

    def _digitizer_name(self) -> str:
        return _NOTHING_ACTIVE if self.digitizer is None else self.digitizer.name

    def _select(self, arguments: Arguments) -> None:
        name = _named(arguments, {function.kind.name: function.kind.header for function in self._functions.values()})
        self.activate(self._functions[name], None)

    def _select_digitizer(self, arguments: Arguments) -> None:
        self.activate(None, self._digitizers[_named(arguments, _DIGITIZERS)])

    def _zero_once(self) -> None:
        """Measure the zero once; from then on it is not measured by itself."""
        if self.function is None or not self.function.kind.integrates:
            raise ScpiError(-221, "Settings conflict, the active function has no autozero")
        self.function.auto_zero.value = False
        self.settings_changed()


def _whole(value: float) -> str:
    return f"{value:.0f}"


def _named(arguments: Arguments, headers: Mapping[str, str]) -> str:
    """Take a quoted function name in any of its spellings; answer the name it goes by."""
    if arguments.names_channels():
        raise no_card()
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
