"""The functions of a Truevolt multimeter: what each is called, what it reads and how long that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.instruments.multimeter_function import Dialect, MeterFunction
from harness.simulation.instruments.multimeter_sensors import (
    AcVolts,
    Counter,
    OpenAcTerminals,
    OpenLeads,
    OpenTerminals,
)
from harness.simulation.instruments.multimeter_timing import Bandwidth, Fixed, Gate, Integration

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Surroundings
    from harness.simulation.instruments.multimeter_frontend import FrontEnd
    from harness.simulation.instruments.multimeter_sensors import Sensor
    from harness.simulation.instruments.multimeter_timing import Timing

_VOLTS, _AMPERES, _OHMS = 0x001, 0x002, 0x200

VOLT = Dialect("VOLT", "VOLTage[:DC]", "[:VOLTage][:DC]", "V", "VDC", 10.0, _VOLTS)

_OTHERS = (
    ("ac_volts", Dialect("VOLT:AC", "VOLTage:AC", "[:VOLTage]:AC", "V", "VAC", 10.0, _VOLTS)),
    ("current", Dialect("CURR", "CURRent[:DC]", ":CURRent[:DC]", "A", "ADC", 1.0, _AMPERES)),
    ("ac_current", Dialect("CURR:AC", "CURRent:AC", ":CURRent:AC", "A", "AAC", 1.0, _AMPERES)),
    ("resistance", Dialect("RES", "RESistance", ":RESistance", "OHM", "OHM", 1e3, _OHMS)),
    ("resistance", Dialect("FRES", "FRESistance", ":FRESistance", "OHM", "OHM", 1e3, _OHMS)),
    ("continuity", Dialect("CONT", "CONTinuity", ":CONTinuity", "OHM", "OHM", 1e3, _OHMS, has_range=False)),
    ("diode", Dialect("DIOD", "DIODe", ":DIODe", "V", "VDC", 10.0, _VOLTS, has_range=False)),
    (
        "temperature",
        Dialect("TEMP", "TEMPerature", ":TEMPerature", "OHM", "C", 1e3, _OHMS, has_range=False, ignores=True),
    ),
    ("counter", Dialect("FREQ", "FREQuency", ":FREQuency", "V", "HZ", 10.0, _VOLTS, ignores=True)),
    ("counter", Dialect("PER", "PERiod", ":PERiod", "V", "S", 10.0, _VOLTS, ignores=True)),
    ("capacitance", Dialect("CAP", "CAPacitance", ":CAPacitance", "F", "F", 1e-7, _VOLTS)),
)

_INTEGRATING = frozenset({"current", "resistance", "temperature"})
_SENSORS: dict[str, type[OpenTerminals]] = {
    "ac_volts": AcVolts,
    "current": OpenTerminals,
    "ac_current": OpenAcTerminals,
    "capacitance": OpenTerminals,
}


class FunctionMaker:
    """Makes the functions that a model has.

    Args:
        model: its own data; a function is there where its table is.
        surroundings: the circuit, bench time and mains.
        errors: where the specimen's errors are drawn from.
        changed: called after any change of what is measured, and how.
        stop: called after a change of what is made of it.
    """

    def __init__(
        self,
        model: ModelTable,
        surroundings: Surroundings,
        errors: HiddenErrors,
        *,
        changed: Callable[[], None],
        stop: Callable[[], None],
    ) -> None:
        self._model = model
        self._surroundings = surroundings
        self._errors = errors
        self._changed = changed
        self._stop = stop
        self._cycle_s = 1.0 / surroundings.mains_hz

    def functions(self, front_end: FrontEnd) -> dict[str, MeterFunction]:
        """Make every function, by name; d.c. volts first."""
        made = [self._function(VOLT, front_end, self._integration())]
        for table, dialect in _OTHERS:
            if self._model.has(table):
                made.append(self._function(dialect, self._sensor(table, dialect), self._timing(table)))
        return {function.dialect.name: function for function in made}

    def _function(self, dialect: Dialect, sensor: Sensor, timing: Timing) -> MeterFunction:
        return MeterFunction(
            dialect,
            sensor,
            timing,
            cycle_s=self._cycle_s,
            changed=self._changed,
            stop=self._stop,
            now_ns=lambda: self._surroundings.timekeeper.now_ns,
        )

    def _sensor(self, table: str, dialect: Dialect) -> Sensor:
        if table == "counter":
            is_period = dialect.name == "PER"
            return Counter(self._model, table, self._surroundings, self._errors, is_period=is_period)
        kind = _SENSORS.get(table, OpenLeads)
        return kind(
            self._model,
            table,
            self._surroundings,
            self._errors,
            unit=dialect.unit,
            integrates=table in _INTEGRATING,
        )

    def _timing(self, table: str) -> Timing:
        if table in {"ac_volts", "ac_current"}:
            return Bandwidth(self._model, table, self._changed)
        if table in _INTEGRATING:
            return self._integration()
        return Gate(self._model, table, self._changed) if table == "counter" else Fixed(self._model, table)

    def _integration(self) -> Integration:
        return Integration(self._model, self._cycle_s, self._changed)
