"""The whole bench, put together from its files and its seed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.simulation.catalogue import Place, instruments
from harness.simulation.circuit.loop import Loop
from harness.simulation.circuit.parts import as_built
from harness.simulation.draws import HiddenErrors, NoiseSource
from harness.simulation.faults import Faults
from harness.simulation.files.modelfile import model
from harness.simulation.instruments.base import Surroundings
from harness.simulation.instruments.bench_watchdog import BenchWatchdog
from harness.simulation.instruments.supply import Supply
from harness.simulation.instruments.switch import Switch
from harness.simulation.instruments.waveform_generator import WaveformGenerator
from harness.simulation.message_peer import MessagePeer
from harness.simulation.peers import InstrumentPeer, SocketPeer, StimulatorPeer
from harness.simulation.unit.unit import SimulatedUnit, stages

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.simulation.files.asbuilt import AsBuilt
    from harness.simulation.files.benchfile import BenchFile
    from harness.simulation.files.unitfile import UnitFile
    from harness.simulation.servers.session import Connection
    from harness.simulation.timekeeper import Timekeeper


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
        surroundings = Surroundings(timekeeper, self.loop, self.noise, bench.mains_frequency_hz)
        self.instruments = instruments(Place(bench, bench_path, surroundings, errors))
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

    def instrument_peer(self, role: str) -> Callable[[Connection], SocketPeer]:
        """Answer what starts a conversation with an instrument on a raw socket."""
        return lambda connection: SocketPeer(self._client(role, connection.has_gone), connection.send)

    def message_peer(self, role: str) -> Callable[[Callable[[], bool]], MessagePeer]:
        """Answer what starts a conversation with an instrument over a transport with a status byte."""
        instrument = self.instruments[role]
        return lambda given_up: MessagePeer(self._client(role, given_up), instrument, self.timekeeper)

    def _client(self, role: str, given_up: Callable[[], bool]) -> InstrumentPeer:
        return InstrumentPeer(
            role,
            self.instruments[role],
            timekeeper=self.timekeeper,
            present=self.faults,
            messages=self.messages,
            given_up=given_up,
        )

    def stimulator_peer(self, connection: Connection) -> StimulatorPeer:
        """Start a conversation with the unit."""
        return StimulatorPeer(
            self.stimulator.protocol,
            timekeeper=self.timekeeper,
            present=self.faults,
            messages=self.messages,
            baud=self.bench.baud,
            processing_ns=model("circuit").duration_ns("stimulator.processing_s"),
            send=connection.send,
        )
