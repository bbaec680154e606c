"""The functions of a Keithley DMM6500: what each is called, what it reads and what can be set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.instruments.keithley_buffers import Shown
from harness.simulation.instruments.keithley_digitizer import Digitizer
from harness.simulation.instruments.keithley_function import KeithleyFunction, Kind
from harness.simulation.instruments.multimeter_sensors import (
    AcVolts,
    Counter,
    OpenAcTerminals,
    OpenLeads,
    OpenTerminals,
)

if TYPE_CHECKING:
    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Surroundings
    from harness.simulation.instruments.multimeter_frontend import FrontEnd
    from harness.simulation.instruments.multimeter_sensors import Sensor

_DIGITIZED = 2
"""Bits of the status element for the second converter."""

_DC_VOLTS = Kind("VOLT:DC", "VOLTage[:DC]", "accuracy", "V", Shown("Volt DC", "V"), integrates=True)
_KINDS = (
    _DC_VOLTS,
    Kind("VOLT:AC", "VOLTage:AC", "ac_volts", "V", Shown("Volt AC", "V"), filters=True),
    Kind("CURR:DC", "CURRent[:DC]", "current", "A", Shown("Amp DC", "A"), integrates=True),
    Kind("CURR:AC", "CURRent:AC", "ac_current", "A", Shown("Amp AC", "A"), filters=True),
    Kind("RES", "RESistance", "resistance", "OHM", Shown("Ohm", "Ohm"), integrates=True),
    Kind("FRES", "FRESistance", "resistance_4w", "OHM", Shown("Ohm", "Ohm"), integrates=True),
    Kind("DIOD", "DIODe", "diode", "V", Shown("Volt DC", "V"), has_range=False, integrates=True),
    Kind("CAP", "CAPacitance", "capacitance", "F", Shown("Farad", "F")),
    Kind("TEMP", "TEMPerature", "temperature", "OHM", Shown("Celsius", "C"), has_range=False, integrates=True),
    Kind("CONT", "CONTinuity", "continuity", "OHM", Shown("Ohm", "Ohm"), has_range=False),
    Kind("FREQ:VOLT", "FREQuency[:VOLTage]", "counter", "V", Shown("Hertz", "Hz"), counts=True),
    Kind("PER:VOLT", "PERiod[:VOLTage]", "counter", "V", Shown("Second", "s"), counts=True),
    Kind("VOLT:DC:RAT", "VOLTage[:DC]:RATio", "ratio", "V", Shown("Ratio", ""), integrates=True),
)
_SENSORS: dict[str, type[OpenTerminals]] = {
    "ac_volts": AcVolts,
    "current": OpenTerminals,
    "ac_current": OpenAcTerminals,
    "capacitance": OpenTerminals,
}


def functions(
    model: ModelTable, surroundings: Surroundings, errors: HiddenErrors, front_end: FrontEnd
) -> dict[str, KeithleyFunction]:
    """Make every measure function, by name."""

    def sensor(kind: Kind) -> Sensor:
        if kind is _DC_VOLTS:
            return front_end
        if kind.counts:
            return Counter(model, kind.table, surroundings, errors, is_period=kind.name.startswith("PER"))
        made = _SENSORS.get(kind.table, OpenLeads)
        return made(model, kind.table, surroundings, errors, unit=kind.unit, integrates=kind.integrates)

    return {kind.name: KeithleyFunction(kind, sensor(kind), model, surroundings.mains_hz) for kind in _KINDS}


def digitizers(model: ModelTable, surroundings: Surroundings, errors: HiddenErrors) -> dict[str, Digitizer]:
    """Make both digitise functions, by name."""
    volts, amperes = Shown("Volt DC", "V", _DIGITIZED), Shown("Amp DC", "A", _DIGITIZED)
    return {
        name: Digitizer(name, header, model, table, surroundings=surroundings, errors=errors, shown=shown)
        for name, header, table, shown in (
            ("VOLT", "VOLTage", "digitize_volts", volts),
            ("CURR", "CURRent", "digitize_current", amperes),
        )
    }
