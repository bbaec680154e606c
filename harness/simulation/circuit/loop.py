"""The one loop behind all instruments: its parts, its state now, and its history."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from harness.quantity import finite
from harness.simulation.circuit.beginning import Beginning, WorkedOut
from harness.simulation.circuit.charges import Charges
from harness.simulation.circuit.drive import steady
from harness.simulation.circuit.history import History
from harness.simulation.circuit.shared import Shared
from harness.simulation.circuit.stage import Stage
from harness.simulation.circuit.stretch import Quantity, Reading, Stretch
from harness.simulation.circuit.topology import Tap, Topology, of_stage
from harness.simulation.circuit.touch import Touches
from harness.simulation.circuit.wiring import Wiring

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.simulation.circuit.breakdown import Grip
    from harness.simulation.circuit.chain import Chain
    from harness.simulation.circuit.drive import Drive
    from harness.simulation.circuit.parts import Parts
    from harness.simulation.circuit.wiring_faults import WiringFaults
    from harness.simulation.timekeeper import Timekeeper


class Loop:
    """The electrical state of the bench.

    Attributes:
        history: what the bench sees: what flowed and flows in the load loop.
    """

    def __init__(self, timekeeper: Timekeeper, parts: Parts, stages: tuple[Stage, ...]) -> None:
        self._needs: list[Callable[[], int | None]] = []
        self.history = History(self._needed_ns)
        self._timekeeper = timekeeper
        self._stages = list(stages)
        self._outputs = tuple(History(self._needed_ns) for _ in stages)
        self._drives = [steady(0.0) for _ in stages]
        self._wiring = Wiring(
            parts,
            told=None if parts.electrode_relay else 1,
            contacts=dict.fromkeys(("plus", "minus"), parts.contact is None),
        )
        self._origin_ns = timekeeper.now_ns
        self._listeners: list[Callable[[], None]] = []
        self._charges = Charges()
        self._touches = Touches(timekeeper, self._update)
        self._bench: Beginning | None = None
        self._alone: dict[int, Beginning] = {}
        self._buzzer: Beginning | None = None
        self._newest, self._again = WorkedOut(), WorkedOut()
        self._topologies: Shared[Topology] = Shared()
        self._readings: Shared[dict[Quantity, Reading]] = Shared()
        self._update()

    @property
    def parts(self) -> Parts:
        """What the bench is made of."""
        return self._wiring.parts

    @property
    def origin_ns(self) -> int:
        """Bench time of the last `begin`, or of the start."""
        return self._origin_ns

    @property
    def selected(self) -> int | None:
        """The channel that is joined to the bench, None for none."""
        return self._wiring.selected

    @property
    def told(self) -> int | None:
        """The channel that the electrode relay is told to connect; a faulty one may do otherwise."""
        return self._wiring.told

    @property
    def side(self) -> float:
        """1, or -1 where the leads between unit and bench are exchanged."""
        return self._wiring.faults.sign("electrodes")

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every change, for those who wait for an edge."""
        self._listeners.append(listener)

    def keep_from(self, needed_ns: Callable[[], int | None]) -> None:
        """Keep the past from the bench time on that `needed_ns` answers whenever it is asked; None: needs none."""
        self._needs.append(needed_ns)

    def output(self, channel: int) -> History:
        """Answer what the terminals of a channel (1, 2...) saw, connected or not."""
        return self._outputs[self._index(channel)]

    def drive(self, drive: Drive, channel: int = 1) -> None:
        self._drives[self._index(channel)] = drive
        self._update()

    def stage(self, channel: int, stage: Stage) -> None:
        """Let a channel have another output stage from now on, as when its compliance follows the battery.

        Every charge is conserved: what the terminals and the coupling capacitor hold lies on their new capacitances. A
        capacitor that is not there any more has been shorted, and its charge is lost.
        """
        self._stages[self._index(channel)] = stage
        self._update()

    def buzzer(self, drive: Drive) -> None:
        """Put a voltage on the pad of the unit's buzzer, which is wired to nothing else; `drive` is in V."""
        self._buzzer = self._start(_PAD, (drive,), 0.0, ())
        self._update()

    @property
    def closed_relays(self) -> frozenset[int]:
        """Relays of the switch mainframe that are told to be closed."""
        return self._wiring.closed

    @property
    def conducting_relays(self) -> frozenset[int]:
        """Relays of the switch mainframe that conduct; faulty ones do not do what they are told."""
        return self._wiring.conducting

    def select(self, channel: int | None) -> None:
        """Let the electrode relay connect one channel, or none.

        The leads keep the charge they have; what they share with the terminals when they meet is conserved. Behind the
        relay of a channel that the unit does not have there is nothing.
        """
        self._wiring.told = channel if channel is not None and channel <= len(self._stages) else None
        self._update()

    def lead(self, channel: int, *, closed: bool) -> None:
        """Interrupt the lead of a channel, or join it again; its terminals are alone meanwhile, with their charge."""
        self._index(channel)
        without = self._wiring.interrupted - {channel}
        self._wiring.interrupted = without if closed else without | {channel}
        self._update()

    def contact(self, electrode: Literal["plus", "minus"], *, closed: bool) -> None:
        """Open or close one contact of the contact switch."""
        if self._wiring.contacts[electrode] and not closed and self._bench is not None:
            # It opens with the voltage that it had while it was closed: the current does not jump.
            current = self._bench.evolution.value(Tap.LOAD_CURRENT, self._timekeeper.now_ns)
            self._charges.put(electrode, current * self._wiring.contact_ohm(electrode, closed=True))
        self._wiring.contacts[electrode] = closed
        self._update()

    def monitor(self, *, closed: bool) -> None:
        """Open or close the contact monitor."""
        self._wiring.monitor = closed
        self._update()

    def connect(self, closed_relays: frozenset[int]) -> None:
        """Take the relays of the switch mainframe that are closed."""
        self._wiring.closed = closed_relays
        self._update()

    def auxiliary(self, emf_v: float) -> None:
        """Set the auxiliary supply's voltage; 0: its output is off, and its resistor is still there."""
        self._wiring.auxiliary_v = finite("auxiliary voltage", emf_v)
        self._update()

    def supply_pickup(self, amplitude_a: float) -> None:
        """Add mains current through the unit while a supply feeds it; peak."""
        self._wiring.supply_pickup_a = finite("supply's mains current", amplitude_a)
        self._update()

    def meter_input(self, input_ohm: float) -> None:
        if input_ohm != self._wiring.meter_input_ohm:
            self._wiring.meter_input_ohm = input_ohm
            self._update()

    def scale_resistors(self, factors: dict[str, float]) -> None:
        self._wiring.factors = dict(factors)
        self._update()

    def take_faults(self, faults: WiringFaults) -> None:
        """Take what is wrong with leads and relays from now on."""
        self._wiring.faults = faults
        self._update()

    def rebuild(self, parts: Parts, stages: tuple[Stage, ...]) -> None:
        """Take other parts: a new bench and a new unit, without charge."""
        if len(stages) != len(self._stages):
            raise ValueError(f"{len(stages)} stages for a unit of {len(self._stages)} channels")
        self._wiring.parts, self._stages = parts, list(stages)
        self._touches.renew()
        self._restart()

    def begin(self, key: str = "") -> None:
        """Return what depends on bench time to its start.

        Pickup, thermal voltage and phase of the programmes begin anew, and every capacitor is empty: what was before
        leaves no trace. Loads that vary are touched anew, with the series that `key` draws.
        """
        self._touches.begin(key)
        self._origin_ns = self._timekeeper.now_ns
        self._drives = [drive.rephased(self._origin_ns) for drive in self._drives]
        self._restart()

    def sensed_ohm(self, channel: int, blind: str = "") -> float | None:
        """Answer the load's resistance for direct current, contacts included, as a channel sees it; None: open.

        Args:
            channel: from 1.
            blind: the electrode that is taken for closed whatever its contact does; empty: none.
        """
        self._index(channel)
        return self._wiring.sensed_ohm(channel, len(self._stages), blind)

    def sensed_f(self, channel: int) -> float:
        """Answer the largest capacitance of the loads as a channel sees it; 0 where it sees none."""
        self._index(channel)
        return self._wiring.sensed_f(channel, len(self._stages))

    def true_resistance(self, name: str, value_ohm: float) -> float:
        """Apply the fault, if there is one, to a resistor's true value."""
        return value_ohm * self._wiring.factors.get(name, 1.0)

    def _index(self, channel: int) -> int:
        if not 1 <= channel <= len(self._stages):
            raise ValueError(f"channel {channel} is none of 1 to {len(self._stages)}")
        return channel - 1

    def _restart(self) -> None:
        """Forget every charge, then go on."""
        self._bench = None
        self._alone.clear()
        self._charges = Charges()
        self._update()

    def _update(self) -> None:
        self._touches.update(self._wiring)
        now_ns, chain = self._timekeeper.now_ns, self._wiring.chain()
        if self._bench is not None:
            self._charges.take_bench(self._bench.evolution, now_ns)
        self._bench = self._evolve_bench(chain, now_ns)
        stretch = Stretch(now_ns, self._bench, self._read(chain))
        self.history.append(stretch)
        for history in (self.history, *self._outputs):
            history.changes_ns = self._touches.next_ns
        second = self._charges.second
        for channel, history in enumerate(self._outputs, start=1):
            if channel == self.selected:
                self._alone.pop(channel, None)
                history.append(stretch)
            elif channel == second:
                self._alone.pop(channel, None)
                history.append(Stretch(now_ns, self._bench, _SECOND))
            else:
                self._evolve_alone(channel, history, now_ns)
        for listener in self._listeners:
            listener()

    def _read(self, chain: Chain) -> dict[Quantity, Reading]:
        """Answer how each quantity is read now; equal answers are one."""
        readings = self._wiring.readings(chain, self._origin_ns)
        if self._buzzer is not None:
            readings[Quantity.BUZZER] = Reading(Tap.TERMINALS, beginning=self._buzzer)
        # Leads that are exchanged make a factor of 0 a negative one, which equals the other.
        return self._readings.one((self._wiring.faults.swapped, *readings.values()), readings)

    def _evolve_bench(self, chain: Chain, now_ns: int) -> Beginning:
        stage = self._stages[self.selected - 1] if self.selected is not None else None
        drives = [self._drives[self.selected - 1] if self.selected is not None else _NO_DRIVE]
        second = self._wiring.second_channel(len(self._stages))
        drives.extend([self._drives[second - 1]] if second is not None else [])
        topology = self._wiring.topology(chain, stage, self._stages[second - 1] if second is not None else None)
        old = self._bench
        if (
            old is not None
            and (self.selected, second) == (self._charges.joined, self._charges.second)
            and old.continues(topology, tuple(drives), self._wiring.fed_v)
        ):
            return old
        for channel in (self.selected, second):
            if channel is not None and channel in self._alone:
                self._charges.take_output(channel, self._alone[channel].evolution, now_ns)
        own_f = stage.output_capacitance_f if stage is not None else 0.0
        volts = self._charges.join(
            topology,
            self.selected,
            second=second,
            skins=self._wiring.skins(chain),
            own_f=own_f,
            probe_f=self._wiring.probe_f(),
            at_ns=now_ns,
        )
        grips = self._charges.grips(now_ns)
        return self._start(topology, tuple(drives), self._wiring.fed_v, volts, grips)

    def _start(
        self,
        topology: Topology,
        drives: tuple[Drive, ...],
        auxiliary_v: float,
        volts: tuple[float, ...],
        grips: Mapping[str, Grip] | None = None,
    ) -> Beginning:
        """Let something evolve from now on; equal topologies are one."""
        shared, now_ns = self._topologies.one(topology, topology), self._timekeeper.now_ns
        return self._newest.take(Beginning(shared, drives, auxiliary_v, now_ns, volts, grips=grips, again=self._again))

    def _needed_ns(self) -> int:
        """Answer from when on the past is needed by whoever is in the middle of something."""
        asked = [needed_ns() for needed_ns in self._needs]
        return min((at_ns for at_ns in asked if at_ns is not None), default=self._timekeeper.now_ns)

    def _evolve_alone(self, channel: int, history: History, now_ns: int) -> None:
        stage, drive, old = self._stages[channel - 1], self._drives[channel - 1], self._alone.get(channel)
        topology = of_stage(stage)
        if old is not None:
            if old.continues(topology, (drive,), 0.0):
                return
            self._charges.take_output(channel, old.evolution, now_ns)
        beginning = self._start(topology, (drive,), 0.0, self._charges.of_output(topology, channel))
        self._alone[channel] = beginning
        history.append(Stretch(now_ns, beginning, _OPEN))


_NO_DRIVE = steady(0.0)
_PAD = of_stage(Stage(1e6, 1.0))
"""One ohm, so that a current in A is a voltage in V."""
_SECOND = {
    Quantity.CURRENT: Reading(Tap.SECOND_LOAD_CURRENT),
    Quantity.VOLTAGE: Reading(Tap.SECOND_TERMINALS),
    Quantity.SOURCE_CURRENT: Reading(Tap.SECOND_SOURCE_CURRENT),
}
_OPEN = {Quantity.VOLTAGE: Reading(Tap.TERMINALS), Quantity.SOURCE_CURRENT: Reading(Tap.SOURCE_CURRENT)}
