"""The whole bench, put together from its files and its seed."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING

from harness.simulation.catalogue import Place, instruments
from harness.simulation.circuit.loop import Loop
from harness.simulation.circuit.parts import as_built
from harness.simulation.draws import HiddenErrors, NoiseSource
from harness.simulation.faults import Fault, Faults
from harness.simulation.files.modelfile import model
from harness.simulation.instruments.base import Surroundings
from harness.simulation.instruments.bench_watchdog import BenchWatchdog
from harness.simulation.instruments.supply import Supply
from harness.simulation.instruments.switch import Switch
from harness.simulation.instruments.waveform_generator import WaveformGenerator
from harness.simulation.message_peer import MessagePeer
from harness.simulation.peers import ExternalPeer, InstrumentPeer, SocketPeer, StimulatorPeer
from harness.simulation.standing import StandingFaults
from harness.simulation.timekeeper import NS_PER_S
from harness.simulation.unit.unit import SimulatedUnit, stages

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.simulation.files.asbuilt import AsBuilt
    from harness.simulation.files.benchfile import BenchFile
    from harness.simulation.files.faultfile import TimedFault
    from harness.simulation.files.unitfile import UnitFile
    from harness.simulation.servers.session import Connection
    from harness.simulation.timekeeper import Event, Timekeeper
    from harness.simulation.unit.external import Outside


class SimulatedBench:
    """Everything on the bench, and the unit on it.

    Args:
        bench: what is wired to what.
        bench_path: its file, for messages.
        unit: the unit as it was built.
        overlay: true values that are given.
        timekeeper: bench time.
        seed: where every hidden error comes from.
        outside: the user's own firmware, None: the unit file's.
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
        outside: Outside | None = None,
    ) -> None:
        self.bench = bench
        self.unit = unit
        self.timekeeper = timekeeper
        self.messages: Counter[str] = Counter()
        self.noise = NoiseSource(seed)
        self.faults = Faults(self.noise)
        self._coming: list[Event] = []
        self._overlay = overlay
        errors = HiddenErrors(seed)
        parts = as_built(bench, model("circuit"), errors, overlay)
        self.loop = Loop(timekeeper, parts, stages(unit))
        self.stimulator = SimulatedUnit(unit, errors, self.loop, timekeeper, outside)
        surroundings = Surroundings(timekeeper, self.loop, self.noise, bench.mains_frequency_hz)
        unit_ = self.stimulator
        self.instruments = instruments(Place(bench, bench_path, surroundings, errors, unit_.power, unit_.warm))
        if bench.electrodes is None:
            self.loop.select(1)
        self._standing = StandingFaults(
            self.faults,
            loop=self.loop,
            instruments=self.instruments,
            unit=self.stimulator,
            timekeeper=timekeeper,
            noise=self.noise,
            bench=bench,
        )
        if bench.charger:
            self.loop.on_change(self._look_at_charger)

    def _look_at_charger(self) -> None:
        connected = self.loop.conducting_relays.issuperset(self.bench.charger)
        if connected != self.stimulator.power.charging:
            self.stimulator.charger(connected=connected)

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
        self._standing.begin()
        self.loop.begin(key)
        self.stimulator.begin()
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
        self._standing.apply()

    def clear_faults(self) -> None:
        """Switch every fault off, and forget those that were still to come."""
        for event in self._coming:
            event.cancel()
        self._coming.clear()
        self.faults.clear()
        self.apply_standing_faults()

    def plan_faults(self, timed: tuple[TimedFault, ...]) -> None:
        """Let faults come and go at their bench times."""
        for row in timed:
            at_ns = round(row.at_s * NS_PER_S)
            if at_ns <= self.timekeeper.now_ns:
                self._come(row.fault)  # before the first message
            else:
                self._coming.append(self.timekeeper.schedule(at_ns, partial(self._come, row.fault)))
            if row.for_s is not None:
                end_ns = at_ns + round(row.for_s * NS_PER_S)
                self._coming.append(self.timekeeper.schedule(end_ns, partial(self._go, row.fault)))

    def _come(self, fault: Fault) -> None:
        fault.since_ns = self.timekeeper.now_ns
        self.faults.add(fault)
        self.apply_standing_faults()

    def _go(self, fault: Fault) -> None:
        self.faults.remove(fault)
        self.apply_standing_faults()

    def wired_channels(self) -> tuple[int, ...]:
        """Answer the channels of the oscilloscope that something is connected to."""
        bench = self.bench
        monitor = bench.contact_switch.monitor_oscilloscope_channel if bench.contact_switch is not None else None
        probe = bench.electrode_voltage.oscilloscope_channel if bench.electrode_voltage is not None else None
        return tuple(channel for channel in (bench.scope_channel, monitor, probe) if channel is not None)

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

    def stimulator_peer(self, connection: Connection) -> StimulatorPeer | ExternalPeer:
        """Start a conversation with the unit."""
        unit, baud = self.stimulator, self.bench.baud
        if unit.protocol is not None:
            return StimulatorPeer(
                unit.protocol,
                timekeeper=self.timekeeper,
                present=self.faults,
                messages=self.messages,
                baud=baud,
                processing_ns=model("circuit").duration_ns("stimulator.processing_s"),
                send=connection.send,
            )
        if unit.external is None:
            raise ValueError("a unit has a protocol of its own or a firmware outside")
        return ExternalPeer(
            unit.external,
            timekeeper=self.timekeeper,
            present=self.faults,
            messages=self.messages,
            baud=baud,
            send=connection.send,
        )
