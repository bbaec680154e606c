"""The whole bench, put together from its files and its seed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.errors import DefinitionError
from harness.simulation.circuit.loop import Loop
from harness.simulation.circuit.parts import as_built
from harness.simulation.draws import HiddenErrors, NoiseSource
from harness.simulation.faults import Faults
from harness.simulation.files.modelfile import model
from harness.simulation.instruments.base import Surroundings
from harness.simulation.instruments.multimeter import Multimeter
from harness.simulation.instruments.oscilloscope import Oscilloscope
from harness.simulation.instruments.switch import Switch
from harness.simulation.peers import InstrumentPeer, StimulatorPeer
from harness.simulation.unit.firmware import Firmware
from harness.simulation.unit.output import OutputStage, stage
from harness.simulation.unit.stim1 import Stim1

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from harness.simulation.files.asbuilt import AsBuilt
    from harness.simulation.files.benchfile import BenchFile
    from harness.simulation.files.unitfile import UnitFile
    from harness.simulation.instruments.base import Instrument
    from harness.simulation.timekeeper import Timekeeper

PORT_ORDER = ("oscilloscope", "multimeter", "switch")
"""Roles in the order of their ports."""

_EMULATED = {"oscilloscope": "DSOX1204G", "multimeter": "34465A", "switch": "DAQ970A"}


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
        self.loop = Loop(timekeeper, parts, stage(unit.electronics))
        self.output = OutputStage(unit.electronics, errors, self.loop)
        self.channels = (Firmware(unit.firmware, self.output, timekeeper),)
        self.protocol = Stim1(unit.identity, self.channels)
        self.instruments = self._make_instruments(bench_path, errors)

    @property
    def seed(self) -> int:
        return self.noise.seed

    def closed_relays(self) -> list[int]:
        switch = self.instruments.get("switch")
        return sorted(switch.closed) if isinstance(switch, Switch) else []

    def begin(self, key: str) -> None:
        """Start a new stretch of work."""
        self.noise.begin(key)
        self.loop.begin()

    def reseed(self, seed: int) -> None:
        """Become another bench with another unit of the same files."""
        self.noise.seed = seed
        self.noise.begin(self.noise.key)
        errors = HiddenErrors(seed)
        parts = as_built(self.bench, model("circuit"), errors, self._overlay)
        self.loop.rebuild(parts, stage(self.unit.electronics))
        self.output.redraw(errors)
        for instrument in self.instruments.values():
            instrument.redraw(errors)

    def apply_standing_faults(self) -> None:
        """Let the faults act that are simply on."""
        self.loop.scale_resistors(self.faults.resistor_factors())
        self.output.stays_live(on=self.faults.stays_live())

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
            self.protocol,
            timekeeper=self.timekeeper,
            present=self.faults,
            messages=self.messages,
            baud=self.bench.baud,
            processing_ns=model("circuit").duration_ns("stimulator.processing_s"),
            send=send,
        )

    def _make_instruments(self, bench_path: Path, errors: HiddenErrors) -> Mapping[str, Instrument]:
        for role, name in self.bench.models:
            if _EMULATED.get(role) != name:
                known = ", ".join(f"{key}: {value}" for key, value in _EMULATED.items())
                raise DefinitionError(
                    bench_path, f"instruments.{role}.model", f"{name!r} is not emulated; there are {known}"
                )
        surroundings = Surroundings(self.timekeeper, self.loop, self.noise, self.bench.mains_frequency_hz)
        present = {role for role, _ in self.bench.models}
        make: dict[str, Callable[[], Instrument]] = {
            "oscilloscope": lambda: Oscilloscope(
                model("keysight-dsox1204g"), surroundings, errors, self.bench.scope_channel, self.bench.probe_ratio
            ),
            "multimeter": lambda: Multimeter(model("keysight-34465a"), surroundings, errors),
            "switch": lambda: Switch(model("keysight-daq970a"), surroundings),
        }
        return {role: make[role]() for role in PORT_ORDER if role in present}
