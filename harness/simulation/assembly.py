"""The whole bench, put together from its files and its seed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.errors import DefinitionError
from harness.simulation.circuit.history import Quantity
from harness.simulation.circuit.loop import Loop
from harness.simulation.circuit.parts import as_built
from harness.simulation.draws import HiddenErrors, NoiseSource
from harness.simulation.faults import Faults
from harness.simulation.files.modelfile import model
from harness.simulation.instruments.base import Surroundings
from harness.simulation.instruments.bench_watchdog import BenchWatchdog
from harness.simulation.instruments.multimeter import Multimeter
from harness.simulation.instruments.oscilloscope import Oscilloscope
from harness.simulation.instruments.oscilloscope_record import Wire
from harness.simulation.instruments.supply import Supply
from harness.simulation.instruments.supply_consumers import AuxiliarySource, UnitBattery
from harness.simulation.instruments.switch import Switch
from harness.simulation.instruments.waveform_generator import WaveformGenerator
from harness.simulation.peers import InstrumentPeer, StimulatorPeer
from harness.simulation.unit.unit import SimulatedUnit, stages

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from harness.simulation.files.asbuilt import AsBuilt
    from harness.simulation.files.benchfile import BenchFile
    from harness.simulation.files.unitfile import UnitFile
    from harness.simulation.instruments.base import Instrument
    from harness.simulation.timekeeper import Timekeeper

_EMULATED = {
    "oscilloscope": "DSOX1204G",
    "multimeter": "34465A",
    "switch": "DAQ970A",
    "contact_switch": "33512B",
    "supply": "E36312A",
    "auxiliary_supply": "E36312A",
    "watchdog": "BW1",
}
"""Model of each role, in the order of their ports."""

_SECTIONS = {"contact_switch": "contact_switch", "electrodes": "watchdog", "auxiliary_source": "auxiliary_supply"}
"""Sections of a bench file that mean nothing without an instrument, and the other way round."""


class SimulatedBench:
    """Everything on the bench, and the unit on it.

    Args:
        bench: what is wired to what.
        bench_path: its file, for messages.
        unit: the unit as it was built.
        overlay: true values that are given.
        timekeeper: bench time.
        seed: where every hidden error comes from.
    """

    def __init__(
        self,
        bench: BenchFile,
        bench_path: Path,
        *,
        unit: UnitFile,
        overlay: AsBuilt,
        timekeeper: Timekeeper,
        seed: int,
    ) -> None:
        self.bench = bench
        self.unit = unit
        self.timekeeper = timekeeper
        self.faults = Faults()
        self.messages: Counter[str] = Counter()
        self.noise = NoiseSource(seed)
        self._overlay = overlay
        errors = HiddenErrors(seed)
        parts = as_built(bench, model("circuit"), errors, overlay)
        self.loop = Loop(timekeeper, parts, stages(unit))
        self.stimulator = SimulatedUnit(unit, errors, self.loop, timekeeper)
        self.instruments = self._make_instruments(bench_path, errors)
        if bench.electrodes is None:
            self.loop.select(1)

    @property
    def seed(self) -> int:
        return self.noise.seed

    def closed_relays(self) -> list[int]:
        switch = self.instruments.get("switch")
        return sorted(switch.closed) if isinstance(switch, Switch) else []

    @property
    def contact_switch(self) -> WaveformGenerator | None:
        """What gates the contacts, None where they are always closed."""
        found = self.instruments.get("contact_switch")
        return found if isinstance(found, WaveformGenerator) else None

    @property
    def watchdog(self) -> BenchWatchdog | None:
        """What holds the electrode relays, None where channel 1 is always connected."""
        found = self.instruments.get("watchdog")
        return found if isinstance(found, BenchWatchdog) else None

    def supply(self, role: str) -> Supply | None:
        """Answer the supply in a role, None where there is none."""
        found = self.instruments.get(role)
        return found if isinstance(found, Supply) else None

    def begin(self, key: str) -> None:
        """Start a new stretch of work."""
        self.noise.begin(key)
        self.loop.begin()
        for instrument in self.instruments.values():
            instrument.begin()

    def reseed(self, seed: int) -> None:
        """Become another bench with another unit of the same files."""
        self.noise.seed = seed
        self.noise.begin(self.noise.key)
        errors = HiddenErrors(seed)
        parts = as_built(self.bench, model("circuit"), errors, self._overlay)
        self.loop.rebuild(parts, stages(self.unit))
        self.stimulator.redraw(errors)
        for instrument in self.instruments.values():
            instrument.redraw(errors)

    def apply_standing_faults(self) -> None:
        """Let the faults act that are simply on."""
        self.loop.scale_resistors(self.faults.resistor_factors())
        self.stimulator.stays_live(on=self.faults.stays_live())
        if self.contact_switch is not None:
            self.contact_switch.module.stick(on=self.faults.stuck_closed())

    def instrument_peer(self, role: str) -> Callable[[Callable[[bytes], None]], InstrumentPeer]:
        """Answer what starts a conversation with an instrument."""
        instrument = self.instruments[role]
        return lambda send: InstrumentPeer(
            role,
            instrument,
            timekeeper=self.timekeeper,
            present=self.faults,
            messages=self.messages,
            send=send,
        )

    def stimulator_peer(self, send: Callable[[bytes], None]) -> StimulatorPeer:
        """Start a conversation with the unit."""
        return StimulatorPeer(
            self.stimulator.protocol,
            timekeeper=self.timekeeper,
            present=self.faults,
            messages=self.messages,
            baud=self.bench.baud,
            processing_ns=model("circuit").duration_ns("stimulator.processing_s"),
            send=send,
        )

    def _check_roles(self, bench_path: Path) -> None:
        """Refuse what is not emulated, and sections without their instrument."""
        known = ", ".join(f"{role}: {name}" for role, name in _EMULATED.items())
        for role, name in self.bench.models:
            if role not in _EMULATED:
                raise DefinitionError(bench_path, f"instruments.{role}", f"is no role; there are {known}")
            if _EMULATED[role] != name:
                raise DefinitionError(
                    bench_path, f"instruments.{role}.model", f"{name!r} is not emulated; there are {known}"
                )
        present = {role for role, _ in self.bench.models}
        for section, role in _SECTIONS.items():
            if (getattr(self.bench, section) is not None) != (role in present):
                raise DefinitionError(bench_path, section, f"and instruments.{role} come together")

    def _make_instruments(self, bench_path: Path, errors: HiddenErrors) -> Mapping[str, Instrument]:
        self._check_roles(bench_path)
        bench = self.bench
        surroundings = Surroundings(self.timekeeper, self.loop, self.noise, bench.mains_frequency_hz)
        present = {role for role, _ in bench.models}
        make: dict[str, Callable[[], Instrument]] = {
            "oscilloscope": lambda: Oscilloscope(
                model("keysight-dsox1204g"), surroundings, errors, self._wires(bench_path)
            ),
            "multimeter": lambda: Multimeter(model("keysight-34465a"), surroundings, errors),
            "switch": lambda: Switch(model("keysight-daq970a"), surroundings),
            "supply": lambda: self._make_supply("supply", surroundings, errors),
            "auxiliary_supply": lambda: self._make_supply("auxiliary_supply", surroundings, errors),
        }
        if bench.contact_switch is not None:
            row = bench.contact_switch
            make["contact_switch"] = lambda: WaveformGenerator(model("keysight-33512b"), surroundings, errors, row)
        if bench.electrodes is not None:
            relays = bench.electrodes.relays
            make["watchdog"] = lambda: BenchWatchdog(model("bench-watchdog"), surroundings, relays)
        return {role: make[role]() for role in _EMULATED if role in present}

    def _make_supply(self, role: str, surroundings: Surroundings, errors: HiddenErrors) -> Supply:
        data = model("keysight-e36312a")
        consumer = UnitBattery(data, surroundings) if role == "supply" else AuxiliarySource(surroundings)
        serial_number = data.text(f"identity.serial_number_{role}")
        return Supply(data, surroundings, errors, role=role, serial_number=serial_number, consumer=consumer)

    def _wires(self, bench_path: Path) -> Mapping[int, Wire]:
        """Answer what each channel of the oscilloscope sees."""
        bench = self.bench
        wires = [("oscilloscope_input", bench.scope_channel, Wire(Quantity.SCOPE_VOLTAGE, bench.probe_ratio))]
        if bench.contact_switch is not None:
            channel = bench.contact_switch.monitor_oscilloscope_channel
            wires.append(("contact_switch", channel, Wire(Quantity.MONITOR, 1.0)))
        if bench.electrode_voltage is not None:
            probe = bench.electrode_voltage
            wire = Wire(Quantity.ELECTRODE_VOLTAGE, probe.probe_ratio)
            wires.append(("electrode_voltage", probe.oscilloscope_channel, wire))
        channels = int(model("keysight-dsox1204g").number("vertical.channels"))
        found: dict[int, Wire] = {}
        for section, channel, wire in wires:
            if channel in found or not 1 <= channel <= channels:
                problem = f"oscilloscope channel {channel} is taken, or none of 1 to {channels}"
                raise DefinitionError(bench_path, section, problem)
            found[channel] = wire
        return found
