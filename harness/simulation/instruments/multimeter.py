"""Keysight 34465A, direct volts: its commands (Truevolt Series Operating and Service Guide, SCPI chapters)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from harness.simulation.circuit.history import Edge, Quantity
from harness.simulation.instruments.base import Instrument
from harness.simulation.instruments.multimeter_acquisition import Acquisition, Plan
from harness.simulation.instruments.multimeter_frontend import FrontEnd
from harness.simulation.scpi.common import bare, plain
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.settings import Flag, Number, Text, Word, nr1, nr3
from harness.simulation.scpi.status import DEVICE_ERROR
from harness.simulation.scpi.table import Wait
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Surroundings
    from harness.simulation.scpi.arguments import Arguments

_VOLTAGE_OVERLOAD = 0x01
_NO_READING = "+9.91000000E+37"
_DEFAULT_NPLC = 10.0
_VOLT = "[SENSe:]VOLTage[:DC]"
_FUNCTIONS = frozenset({"VOLT", "VOLT:DC", "VOLTAGE", "VOLTAGE:DC"})


class Multimeter(Instrument):
    """A 34465A that measures direct volts.

    Attributes:
        readings_as: what every reading is answered as while a fault is on, None without.
    """

    def __init__(self, model: ModelTable, surroundings: Surroundings, errors: HiddenErrors) -> None:
        super().__init__(model, surroundings, options="DIG")
        self.readings_as: str | None = None
        self._front_end = FrontEnd(model, errors)
        self._range = len(self._front_end.ranges) - 1
        self._auto_zero = True
        self._aperture_mode = False
        self._cycle_s = 1.0 / surroundings.mains_hz
        self._acquisition = Acquisition(
            surroundings.timekeeper,
            surroundings.loop,
            self.status.operation,
            int(model.number("memory.readings")),
            self._read,
        )
        self._make_settings()
        self._enter_commands()
        self.enter_common(self._acquisition)
        self.enter_scpi_registers()
        self.reset()

    def reset(self) -> None:
        self._acquisition.abort()
        self._acquisition.readings.clear()
        self.reset_settings()
        self._configure(None, _DEFAULT_NPLC)

    def trigger(self) -> None:
        self._acquisition.bus_trigger()

    def clear(self) -> None:
        super().clear()
        self._acquisition.abort()

    def redraw(self, errors: HiddenErrors) -> None:
        self._front_end.redraw(errors)

    def hidden(self) -> Mapping[str, object]:
        pairs = zip(self._front_end.ranges, self._front_end.errors, strict=True)
        return {f"{span:g}": {"gain": wrong.gain, "offset_v": wrong.offset_v} for span, wrong in pairs}

    def _make_settings(self) -> None:
        """Make the settings; each is the command and the query of one thing."""
        ranges, nplc = self._front_end.ranges, self.model.numbers("aperture.nplc")
        apertures = (self.model.number("aperture.shortest_s"), self.model.number("aperture.longest_s"))
        self._nplc = Number(
            _DEFAULT_NPLC,
            lambda: (nplc[0], nplc[-1]),
            coerce=lambda value: next((n for n in nplc if n >= value * (1.0 - 1e-9)), nplc[-1]),
            changed=self._by_cycles,
        )
        self._aperture = Number(0.2, lambda: apertures, unit="S", changed=self._by_seconds)
        self._auto_range = Flag(default=True, changed=self._stop)
        self._high_input = Flag(default=False, changed=self._connect_input)
        self._delay = Number(0.0, lambda: (0.0, 3600.0), unit="S", changed=self._fix_delay)
        self._auto_delay = Flag(default=True, changed=self._stop)
        self._source = Word("IMM", ("IMMediate", "EXTernal", "BUS", "INTernal"), changed=self._stop)
        self._level = Number(0.0, lambda: (-ranges[-1], ranges[-1]), unit="V", changed=self._stop)
        self._slope = Word("NEG", ("POSitive", "NEGative"), changed=self._stop)
        self._count = Number(1.0, lambda: (1.0, 1e6), coerce=round, infinite=True, changed=self._stop)
        self._samples = Number(1.0, lambda: (1.0, 1e6), coerce=round, write=nr1, changed=self._stop)
        self._pace = Word("IMM", ("IMMediate", "TIMer"), changed=self._stop)
        self._timer = Number(1.0, lambda: (self._aperture_s(), 3600.0), unit="S", changed=self._stop)

    def _enter_commands(self) -> None:
        table = self.table
        self.setting(f"{_VOLT}:NPLCycles", self._nplc)
        self.setting(f"{_VOLT}:APERture", self._aperture)
        table.add(
            f"{_VOLT}:APERture:ENABled", set=self._enable_aperture, query=plain(lambda: f"{self._aperture_mode:d}")
        )
        table.add(f"{_VOLT}:RANGe[:UPPer]", set=self._set_range, query=self._range_query)
        self.setting(f"{_VOLT}:RANGe:AUTO", self._auto_range)
        table.add(f"{_VOLT}:RESolution", set=self._set_resolution, query=plain(lambda: nr3(self._resolution())))
        table.add(f"{_VOLT}:ZERO:AUTO", set=self._set_auto_zero, query=plain(lambda: f"{self._auto_zero:d}"))
        self.setting(f"{_VOLT}:IMPedance:AUTO", self._high_input)
        table.add("[SENSe:]FUNCtion[:ON]", set=self._set_function, query=plain(lambda: '"VOLT"'))
        self.setting("TRIGger:SOURce", self._source)
        self.setting("TRIGger:LEVel", self._level)
        self.setting("TRIGger:SLOPe", self._slope)
        self.setting("TRIGger:DELay", self._delay)
        self.setting("TRIGger:DELay:AUTO", self._auto_delay)
        self.setting("TRIGger:COUNt", self._count)
        self.setting("SAMPle:COUNt", self._samples)
        self.setting("SAMPle:SOURce", self._pace)
        self.setting("SAMPle:TIMer", self._timer)
        table.add("CONFigure[:VOLTage][:DC]", set=self._configure_command, query=plain(self._configuration))
        table.add("MEASure[:VOLTage][:DC]", query=self._measure, readings=True)
        table.add("INITiate[:IMMediate]", set=bare(self._initiate))
        table.add("ABORt", set=bare(self._acquisition.abort))
        table.add("READ", query=self._read_query, readings=True)
        table.add("FETCh", query=self._fetch, readings=True)
        table.add("R", query=self._remove_block, readings=True)
        table.add("DATA:REMove", query=self._remove, readings=True)
        table.add("DATA:LAST", query=plain(self._last), readings=True)
        table.add("DATA:POINts", query=plain(lambda: f"{len(self._acquisition.readings):+d}"))
        table.add("ROUTe:TERMinals", query=plain(lambda: "FRON"))
        self._enter_harmless()

    def _enter_harmless(self) -> None:
        """Enter what a person would see or hear."""
        self.setting("DISPlay[:STATe]", Flag(default=True))
        self.setting("DISPlay:TEXT[:DATA]", Text(40))
        self.table.add("DISPlay:TEXT:CLEar", set=bare(lambda: None))
        self.setting("UNIT:TEMPerature", Word("C", ("C", "F", "K")))
        self.table.add("SYSTem:BEEPer[:IMMediate]", set=bare(lambda: None))
        self.setting("SYSTem:BEEPer:STATe", Flag(default=True))
        for header in ("SYSTem:LOCal", "SYSTem:REMote", "SYSTem:RWLock"):
            self.table.add(header, set=bare(lambda: None))

    def _stop(self) -> None:
        """Return to idle: a change of configuration ends a measurement and clears the memory."""
        self._acquisition.abort()
        self._acquisition.readings.clear()

    def _by_cycles(self) -> None:
        self._aperture_mode = False
        self._stop()

    def _by_seconds(self) -> None:
        self._aperture_mode = True
        self._stop()

    def _enable_aperture(self, arguments: Arguments) -> None:
        mode = arguments.flag()
        arguments.end()
        self._aperture_mode = mode
        self._stop()

    def _fix_delay(self) -> None:
        self._auto_delay.value = False
        self._stop()

    def _connect_input(self) -> None:
        self._stop()
        self.surroundings.loop.meter_input(self._front_end.input_ohm(self._range, high=self._high_input.value))

    def _set_range(self, arguments: Arguments) -> None:
        volts = arguments.number("V", self._range_words())
        arguments.end()
        self._take_range(volts)

    def _take_range(self, volts: float) -> None:
        if abs(volts) > self._front_end.ranges[-1]:
            raise ScpiError(-222)
        self._range = self._front_end.range_for(volts)
        self._auto_range.value = False
        self._connect_input()

    def _range_query(self, arguments: Arguments) -> str:
        words = self._range_words()
        volts = arguments.number("V", words) if arguments.more() else self._front_end.ranges[self._range]
        arguments.end()
        return nr3(volts)

    def _range_words(self) -> dict[str, float]:
        ranges = self._front_end.ranges
        return {"MINimum": ranges[0], "MAXimum": ranges[-1], "DEFault": ranges[-1]}

    def _set_auto_zero(self, arguments: Arguments) -> None:
        text = arguments.choice(("ON", "OFF", "ONCE")) if not arguments.peek_number() else str(arguments.integer())
        arguments.end()
        self._stop()
        self._auto_zero = text in {"ON", "1"}

    def _set_function(self, arguments: Arguments) -> None:
        name = arguments.string()
        arguments.end()
        if name.upper() not in _FUNCTIONS:
            raise ScpiError(-224)
        self._stop()

    def _set_resolution(self, arguments: Arguments) -> None:
        nplc = self._take_resolution(arguments, self._range)
        arguments.end()
        self._nplc.value = nplc
        self._by_cycles()

    def _take_resolution(self, arguments: Arguments, index: int) -> float:
        """Answer the shortest integration time that gives the resolution asked for."""
        nplc = self.model.numbers("aperture.nplc")
        finest, coarsest = (self._front_end.resolution_v(index, n) for n in (nplc[-1], nplc[0]))
        default = self._front_end.resolution_v(index, _DEFAULT_NPLC)
        wanted = arguments.number("V", {"MINimum": finest, "MAXimum": coarsest, "DEFault": default})
        for cycles in nplc:
            if self._front_end.resolution_v(index, cycles) <= wanted * (1.0 + 1e-9):
                return cycles
        raise ScpiError(-222)

    def _resolution(self) -> float:
        return self._front_end.resolution_v(self._range, self._aperture_s() / self._cycle_s)

    def _configure_command(self, arguments: Arguments) -> None:
        volts: float | None = None
        cycles = _DEFAULT_NPLC
        if arguments.more():
            asked = arguments.number("V", {**self._range_words(), "AUTO": math.nan, "DEFault": math.nan})
            volts = None if math.isnan(asked) else asked
        if arguments.more():
            index = self._range if volts is None else self._front_end.range_for(volts)
            cycles = self._take_resolution(arguments, index)
        arguments.end()
        self._configure(volts, cycles)

    def _configure(self, volts: float | None, cycles: float) -> None:
        """Preset the measurement; `volts` None: autorange."""
        if volts is not None and abs(volts) > self._front_end.ranges[-1]:
            raise ScpiError(-222)
        for setting in (self._source, self._count, self._samples, self._pace, self._auto_delay, self._high_input):
            setting.reset()
        self._nplc.value = cycles
        self._aperture_mode = False
        self._auto_zero = True
        self._auto_range.value = volts is None
        self._range = self._front_end.range_for(10.0 if volts is None else volts)
        self._connect_input()

    def _configuration(self) -> str:
        return f'"VOLT {self._front_end.ranges[self._range]:+.6E},{self._resolution():+.6E}"'

    def _aperture_s(self) -> float:
        return self._aperture.value if self._aperture_mode else self._nplc.value * self._cycle_s

    def _delay_s(self) -> float:
        if not self._auto_delay.value:
            return self._delay.value
        steps = self.model.numbers("aperture.delay_nplc")
        nplc = self._aperture_s() / self._cycle_s
        return self.model.numbers("aperture.delay_s")[sum(nplc > step * (1.0 + 1e-9) for step in steps)]

    def _plan(self) -> Plan:
        span = self._front_end.ranges[self._range]
        if self._source.value == "INT" and abs(self._level.value) > self._front_end.limit_v(self._range):
            self._source.value = "IMM"  # as the guide says: a conflicting source falls back
            self.status.error(-221)
        aperture_ns = round(self._aperture_s() * NS_PER_S)
        hysteresis = 0.5 * self.model.number("level_trigger.hysteresis_of_range") * span
        return Plan(
            source=self._source.value,
            edge=Edge(Quantity.METER_VOLTAGE, self._level.value, self._slope.value == "POS", hysteresis),
            triggers=self._count.value,
            samples=int(self._samples.value),
            delay_ns=round(self._delay_s() * NS_PER_S),
            interval_ns=round(self._timer.value * NS_PER_S) if self._pace.value == "TIM" else None,
            aperture_ns=aperture_ns,
            reading_ns=aperture_ns * (2 if self._auto_zero else 1),
        )

    def _initiate(self) -> None:
        self._acquisition.initiate(self._plan())

    def _read(self, from_ns: int, to_ns: int) -> float:
        history = self.surroundings.loop.history
        if self._auto_range.value:
            self._range = self._front_end.auto_range(history, from_ns, to_ns)
            high = self._high_input.value
            self.surroundings.loop.meter_input(self._front_end.input_ohm(self._range, high=high))
        value = self._front_end.read(
            history,
            self.surroundings.noise,
            index=self._range,
            nplc=(to_ns - from_ns) / NS_PER_S / self._cycle_s,
            from_ns=from_ns,
            to_ns=to_ns,
        )
        if math.isinf(value):
            self._overloaded()
        return value

    def _overloaded(self) -> None:
        """Say so in the registers; no error goes into the queue."""
        self.status.events |= DEVICE_ERROR
        self.status.questionable.put(_VOLTAGE_OVERLOAD, on=True)
        self.status.questionable.put(_VOLTAGE_OVERLOAD, on=False)

    def _write(self, value: float) -> str:
        if self.readings_as is not None:
            if self.readings_as != "NAN":
                self._overloaded()
            return self.readings_as
        return f"{'-' if value < 0 else '+'}9.90000000E+37" if math.isinf(value) else nr3(value)

    def _read_query(self, arguments: Arguments) -> Wait:
        arguments.end()
        if self._source.value == "BUS":
            raise ScpiError(-214)
        self._initiate()
        return self._answer_all()

    def _measure(self, arguments: Arguments) -> Wait:
        self._configure_command(arguments)
        self._initiate()
        return self._answer_all()

    def _fetch(self, arguments: Arguments) -> Wait:
        arguments.end()
        if self._acquisition.finished() and not self._acquisition.readings:
            raise ScpiError(-230)
        return self._answer_all()

    def _answer_all(self) -> Wait:
        def answer() -> str | None:
            readings = self._acquisition.readings
            return ",".join([self._write(value) for value in readings]) or None

        return Wait(self._acquisition.finished, self._acquisition.due_ns, answer)

    def _take_readings(self, arguments: Arguments) -> str:
        readings = self._acquisition.readings
        count = arguments.integer() if arguments.more() else len(readings)
        arguments.end()
        if count < 0:
            raise ScpiError(-222)
        return ",".join(self._write(readings.popleft()) for _ in range(min(count, len(readings))))

    def _remove_block(self, arguments: Arguments) -> str:
        text = self._take_readings(arguments)
        return f"#{len(str(len(text)))}{len(text)}{text}"

    def _remove(self, arguments: Arguments) -> str:
        if not self._acquisition.readings:
            raise ScpiError(-230)
        return self._take_readings(arguments)

    def _last(self) -> str:
        readings = self._acquisition.readings
        return f"{self._write(readings[-1]) if readings else _NO_READING} VDC"
