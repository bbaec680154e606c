"""The instruments that are emulated: by role the models, and how each is put on a bench."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import DefinitionError
from harness.simulation.circuit.history import Quantity
from harness.simulation.files.modelfile import model
from harness.simulation.instruments.bench_watchdog import BenchWatchdog
from harness.simulation.instruments.chamber import Chamber
from harness.simulation.instruments.keithley_multimeter import KeithleyMultimeter
from harness.simulation.instruments.multimeter import Multimeter
from harness.simulation.instruments.oscilloscope import Oscilloscope
from harness.simulation.instruments.oscilloscope_ds1000z import DS1000Z
from harness.simulation.instruments.oscilloscope_record import Wire
from harness.simulation.instruments.oscilloscope_rtb2000 import RTB2000
from harness.simulation.instruments.supply import Supply
from harness.simulation.instruments.supply_consumers import AuxiliarySource, UnitBattery
from harness.simulation.instruments.switch import Switch
from harness.simulation.instruments.waveform_generator import WaveformGenerator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.benchfile import BenchFile
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Instrument, Surroundings
    from harness.simulation.unit.power import Power


@dataclass(frozen=True, slots=True)
class Place:
    """Where an instrument is put.

    Attributes:
        bench: what is wired to what.
        bench_path: its file, for messages.
        surroundings: time, circuit and noise.
        errors: where hidden errors are drawn from.
        power: the unit's battery terminals.
        warm: tells the unit how much warmer than the room it is, K.
    """

    bench: BenchFile
    bench_path: Path
    surroundings: Surroundings
    errors: HiddenErrors
    power: Power
    warm: Callable[[float], None]

    def wires(self, data: ModelTable) -> Mapping[int, Wire]:
        """Answer what each channel of an oscilloscope sees.

        Raises:
            DefinitionError: the bench file uses a channel twice, or one that the model does not have.
        """
        bench = self.bench
        wires = [("oscilloscope_input", bench.scope_channel, Wire(Quantity.SCOPE_VOLTAGE, bench.probe_ratio))]
        if bench.contact_switch is not None:
            channel = bench.contact_switch.monitor_oscilloscope_channel
            wires.append(("contact_switch", channel, Wire(Quantity.MONITOR, 1.0)))
        if bench.electrode_voltage is not None:
            probe = bench.electrode_voltage
            wire = Wire(Quantity.ELECTRODE_VOLTAGE, probe.probe_ratio)
            wires.append(("electrode_voltage", probe.oscilloscope_channel, wire))
        if bench.buzzer_channel is not None:
            wires.append(("buzzer", bench.buzzer_channel, Wire(Quantity.BUZZER, 1.0)))
        channels = int(data.number("vertical.channels"))
        found: dict[int, Wire] = {}
        for section, channel, wire in wires:
            if channel in found or not 1 <= channel <= channels:
                problem = f"oscilloscope channel {channel} is taken, or none of 1 to {channels}"
                raise DefinitionError(self.bench_path, section, problem)
            found[channel] = wire
        return found


def _oscilloscope(
    maker: Callable[[ModelTable, Surroundings, HiddenErrors, Mapping[int, Wire]], Instrument], name: str
) -> Callable[[Place], Instrument]:
    """Answer what puts an oscilloscope on a bench."""

    def build(place: Place) -> Instrument:
        data = model(name)
        return maker(data, place.surroundings, place.errors, place.wires(data))

    return build


def _truevolt(place: Place, name: str) -> Instrument:
    return Multimeter(model(name), place.surroundings, place.errors)


def _dmm6500(place: Place) -> Instrument:
    return KeithleyMultimeter(model("keithley-dmm6500"), place.surroundings, place.errors)


def _switch(place: Place) -> Instrument:
    return Switch(model("keysight-daq970a"), place.surroundings)


def _contact_switch(place: Place) -> Instrument:
    row = place.bench.contact_switch
    if row is None:
        raise DefinitionError(place.bench_path, "contact_switch", "and instruments.contact_switch come together")
    return WaveformGenerator(model("keysight-33512b"), place.surroundings, place.errors, row)


def _supply(place: Place, role: str) -> Instrument:
    data, around = model("keysight-e36312a"), place.surroundings
    consumer = UnitBattery(data, around, place.power) if role == "supply" else AuxiliarySource(around)
    serial_number = data.text(f"identity.serial_number_{role}")
    return Supply(data, around, place.errors, role=role, serial_number=serial_number, consumer=consumer)


def _watchdog(place: Place) -> Instrument:
    row = place.bench.electrodes
    if row is None:
        raise DefinitionError(place.bench_path, "electrodes", "and instruments.watchdog come together")
    return BenchWatchdog(model("bench-watchdog"), place.surroundings, row.relays)


def _chamber(place: Place) -> Instrument:
    return Chamber(model("temperature-chamber"), place.surroundings, place.errors, place.warm)


EMULATED: Mapping[str, Mapping[str, Callable[[Place], Instrument]]] = {
    "oscilloscope": {
        "DSOX1204G": _oscilloscope(Oscilloscope, "keysight-dsox1204g"),
        "DS1054Z": _oscilloscope(DS1000Z, "rigol-ds1054z"),
        "RTB2004": _oscilloscope(RTB2000, "rohde-schwarz-rtb2004"),
    },
    "multimeter": {
        "34465A": lambda place: _truevolt(place, "keysight-34465a"),
        "34410A": lambda place: _truevolt(place, "agilent-34410a"),
        "DMM6500": _dmm6500,
    },
    "switch": {"DAQ970A": _switch},
    "contact_switch": {"33512B": _contact_switch},
    "supply": {"E36312A": lambda place: _supply(place, "supply")},
    "auxiliary_supply": {"E36312A": lambda place: _supply(place, "auxiliary_supply")},
    "watchdog": {"BW1": _watchdog},
    "chamber": {"TC1": _chamber},
}
"""Models by role; the roles in the order of their ports."""

_SECTIONS = {"contact_switch": "contact_switch", "electrodes": "watchdog", "auxiliary_source": "auxiliary_supply"}
"""Sections of a bench file that mean nothing without an instrument, and the other way round."""


def instruments(place: Place) -> Mapping[str, Instrument]:
    """Put every instrument of the bench file in its place; by role, in the order of their ports.

    Raises:
        DefinitionError: the bench file names what is not emulated, or a section without its instrument.
    """
    bench, bench_path = place.bench, place.bench_path
    known = ", ".join(f"{role}: {' or '.join(models)}" for role, models in EMULATED.items())
    for role, name in bench.models:
        if role not in EMULATED:
            raise DefinitionError(bench_path, f"instruments.{role}", f"is no role; there are {known}")
        if name not in EMULATED[role]:
            problem = f"{name!r} is not emulated; there are {known}"
            raise DefinitionError(bench_path, f"instruments.{role}.model", problem)
    present = dict(bench.models)
    for section, role in _SECTIONS.items():
        if (getattr(bench, section) is not None) != (role in present):
            raise DefinitionError(bench_path, section, f"and instruments.{role} come together")
    return {role: models[present[role]](place) for role, models in EMULATED.items() if role in present}
