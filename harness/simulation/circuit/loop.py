"""The one loop behind all instruments: its parts, its state now, and its history."""

from __future__ import annotations

import cmath
import math
from collections import deque
from typing import TYPE_CHECKING, Literal

from harness.quantity import finite
from harness.simulation.circuit.chain import connect
from harness.simulation.circuit.charges import Charges
from harness.simulation.circuit.drive import steady
from harness.simulation.circuit.evolution import Evolution
from harness.simulation.circuit.history import History
from harness.simulation.circuit.network import Block, Stage, Tap, Topology
from harness.simulation.circuit.phase import SILENCE
from harness.simulation.circuit.segment import Sine
from harness.simulation.circuit.stretch import Quantity, Reading, Stretch, Triangle
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.circuit.chain import Chain
    from harness.simulation.circuit.drive import Drive
    from harness.simulation.circuit.parts import AuxiliarySource, Parts, Probe
    from harness.simulation.timekeeper import Timekeeper

_TURN = 6.283185307179586
_REMEMBERED = 16


class Loop:
    """The electrical state of the bench.

    Attributes:
        history: what the bench sees: what flowed and flows in the load loop.
        parts: what it is made of.
        selected: the channel that the electrode relay connects, None for none.
    """

    def __init__(self, timekeeper: Timekeeper, parts: Parts, stages: tuple[Stage, ...]) -> None:
        self.history = History()
        self.parts = parts
        self.selected: int | None = None if parts.electrode_relay else 1
        self._timekeeper = timekeeper
        self._stages = stages
        self._outputs = tuple(History() for _ in stages)
        self._drives = [steady(0.0) for _ in stages]
        self._closed: frozenset[int] = frozenset()
        self._contacts = {"plus": parts.contact is None, "minus": parts.contact is None}
        self._monitor = False
        self._auxiliary_v = 0.0
        self._supply_pickup_a = 0.0
        self._meter_input_ohm = 10e6
        self._factors: dict[str, float] = {}
        self._origin_ns = timekeeper.now_ns
        self._listeners: list[Callable[[], None]] = []
        self._charges = Charges()
        self._bench: Evolution | None = None
        self._alone: dict[int, Evolution] = {}
        self._remembered: deque[Evolution] = deque()
        self._update()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every change, for those who wait for an edge."""
        self._listeners.append(listener)

    def output(self, channel: int) -> History:
        """Answer what the terminals of a channel (1, 2...) saw, connected or not."""
        return self._outputs[self._index(channel)]

    def drive(self, drive: Drive, channel: int = 1) -> None:
        self._drives[self._index(channel)] = drive
        self._update()

    def select(self, channel: int | None) -> None:
        """Let the electrode relay connect one channel, or none.

        The leads keep the charge they have; what they share with the terminals when they meet is conserved.
        """
        if channel is not None:
            self._index(channel)
        self.selected = channel
        self._update()

    def contact(self, electrode: Literal["plus", "minus"], *, closed: bool) -> None:
        """Open or close one contact of the contact switch."""
        if self._contacts[electrode] and not closed and self.parts.contact is not None and self._bench is not None:
            on_ohm = self.parts.contact.plus_ohm if electrode == "plus" else self.parts.contact.minus_ohm
            current = self._bench.value(Tap.LOAD_CURRENT, self._timekeeper.now_ns)
            self._charges.put(electrode, current * on_ohm)
        self._contacts[electrode] = closed
        self._update()

    def monitor(self, *, closed: bool) -> None:
        """Open or close the contact monitor."""
        self._monitor = closed
        self._update()

    def connect(self, closed_relays: frozenset[int]) -> None:
        """Take the relays of the switch mainframe that are closed.

        Raises:
            NotModelled: they connect what the simulation cannot solve; nothing has changed then.
        """
        connect(self.parts, closed_relays, self._meter_input_ohm, self._factors)
        self._closed = closed_relays
        self._update()

    def auxiliary(self, emf_v: float) -> None:
        """Set the auxiliary supply's voltage; 0: its output is off, and its resistor is still there."""
        self._auxiliary_v = finite("auxiliary voltage", emf_v)
        self._update()

    def supply_pickup(self, amplitude_a: float) -> None:
        """Add mains current through the unit while a supply feeds it; peak."""
        self._supply_pickup_a = finite("supply's mains current", amplitude_a)
        self._update()

    def meter_input(self, input_ohm: float) -> None:
        if input_ohm != self._meter_input_ohm:
            self._meter_input_ohm = input_ohm
            self._update()

    def scale_resistors(self, factors: dict[str, float]) -> None:
        self._factors = dict(factors)
        self._update()

    def rebuild(self, parts: Parts, stages: tuple[Stage, ...]) -> None:
        """Take other parts: a new bench and a new unit, without charge."""
        if len(stages) != len(self._stages):
            raise ValueError(f"{len(stages)} stages for a unit of {len(self._stages)} channels")
        self.parts, self._stages = parts, stages
        self._restart()

    def begin(self) -> None:
        """Return what depends on bench time to its start.

        Pickup, thermal voltage and phase of the programmes begin anew, and every capacitor is empty: what was before
        leaves no trace.
        """
        self._origin_ns = self._timekeeper.now_ns
        self._drives = [drive.rephased(self._origin_ns) for drive in self._drives]
        self._restart()

    def sensed_ohm(self, channel: int) -> float | None:
        """Answer the load's resistance for direct current as a channel sees it now; None where it is open."""
        self._index(channel)
        if channel != self.selected or not all(self._contacts.values()):
            return None
        direct = self._chain().direct_ohm
        contact = self.parts.contact
        return direct if direct is None or contact is None else direct + contact.plus_ohm + contact.minus_ohm

    def true_resistance(self, name: str, value_ohm: float) -> float:
        """Apply the fault, if there is one, to a resistor's true value."""
        return value_ohm * self._factors.get(name, 1.0)

    def _index(self, channel: int) -> int:
        if not 1 <= channel <= len(self._stages):
            raise ValueError(f"channel {channel} is none of 1 to {len(self._stages)}")
        return channel - 1

    def _chain(self) -> Chain:
        return connect(self.parts, self._closed, self._meter_input_ohm, self._factors)

    def _restart(self) -> None:
        """Forget every charge, then go on."""
        self._bench = None
        self._alone.clear()
        self._charges = Charges()
        self._update()

    def _update(self) -> None:
        now_ns, chain = self._timekeeper.now_ns, self._chain()
        if self._bench is not None:
            self._charges.take_bench(self._bench, now_ns)
        self._bench = self._evolve_bench(chain, now_ns)
        stretch = Stretch(now_ns, self._bench, self._readings(chain))
        self.history.append(stretch)
        for channel, history in enumerate(self._outputs, start=1):
            if channel == self.selected:
                self._alone.pop(channel, None)
                history.append(stretch)
            else:
                self._evolve_alone(channel, history, now_ns)
        for listener in self._listeners:
            listener()

    def _evolve_bench(self, chain: Chain, now_ns: int) -> Evolution:
        topology, drive = self._topology(chain), self._drive_of(self.selected)
        old = self._bench
        if (
            old is not None
            and self.selected == self._charges.joined
            and old.continues(topology, drive, self._auxiliary_v)
        ):
            return old
        if self.selected is not None and self.selected in self._alone:
            self._charges.take_output(self.selected, self._alone[self.selected], now_ns)
        own_f = self._stages[self.selected - 1].output_capacitance_f if self.selected is not None else 0.0
        volts = self._charges.join(
            topology, self.selected, skin=chain.skin, own_f=own_f, probe_f=self._probe_f(), at_ns=now_ns
        )
        return self._remember(Evolution(topology, drive, self._auxiliary_v, now_ns, volts))

    def _remember(self, evolution: Evolution) -> Evolution:
        """Let older ones forget what they worked out, so that a long day does not fill the memory."""
        self._remembered.append(evolution)
        if len(self._remembered) > _REMEMBERED:
            self._remembered.popleft().forget()
        return evolution

    def _evolve_alone(self, channel: int, history: History, now_ns: int) -> None:
        stage, drive, old = self._stages[channel - 1], self._drives[channel - 1], self._alone.get(channel)
        topology = Topology(1.0 / stage.output_ohm, stage.compliance_v, stage.coupling_f, stage.output_capacitance_f)
        if old is not None:
            if old.continues(topology, drive, 0.0):
                return
            self._charges.take_output(channel, old, now_ns)
        evolution = self._remember(Evolution(topology, drive, 0.0, now_ns, self._charges.of_output(topology, channel)))
        self._alone[channel] = evolution
        history.append(Stretch(now_ns, evolution, _OPEN))

    def _topology(self, chain: Chain) -> Topology:
        stage = self._stages[self.selected - 1] if self.selected is not None else None
        probe, auxiliary = self._probe(), self._auxiliary()
        outer_f = self.parts.leads_f + self._probe_f()
        series_ohm, blocks = chain.series_ohm, []
        if series_ohm is not None:
            blocks.extend([chain.skin.block] if chain.skin is not None else [])
            for name, closed in self._contacts.items():
                series_ohm += self._contact_ohm(name, closed=closed)
                blocks.extend(self._open_contact(name) if not closed else [])
        return Topology(
            source_siemens=1.0 / stage.output_ohm if stage is not None else 0.0,
            clamp_v=stage.compliance_v if stage is not None else math.inf,
            coupling_f=stage.coupling_f if stage is not None else 0.0,
            node_f=outer_f + (stage.output_capacitance_f if stage is not None else 0.0),
            outer_f=outer_f,
            probe_siemens=1.0 / probe.resistance_ohm if probe is not None else 0.0,
            feed_siemens=1.0 / auxiliary.series_ohm if auxiliary is not None else 0.0,
            chain_ohm=series_ohm,
            blocks=tuple(blocks),
        )

    def _contact_ohm(self, name: str, *, closed: bool) -> float:
        """Answer the plain resistance of one contact; an open one that stores charge is a block instead."""
        contact = self.parts.contact
        if contact is None:
            return 0.0
        if closed:
            return contact.plus_ohm if name == "plus" else contact.minus_ohm
        return 0.0 if contact.off_f else contact.off_ohm

    def _open_contact(self, name: str) -> list[Block]:
        contact = self.parts.contact
        return [Block(name, 1.0 / contact.off_ohm, contact.off_f)] if contact is not None and contact.off_f else []

    def _probe(self) -> Probe | None:
        """Answer the differential probe where it is connected."""
        probe = self.parts.probe
        return probe if probe is not None and self._closed.issuperset(probe.channels) else None

    def _probe_f(self) -> float:
        probe = self._probe()
        return probe.capacitance_f if probe is not None else 0.0

    def _auxiliary(self) -> AuxiliarySource | None:
        """Answer the auxiliary source where it is connected."""
        auxiliary = self.parts.auxiliary
        return auxiliary if auxiliary is not None and self._closed.issuperset(auxiliary.channels) else None

    def _drive_of(self, channel: int | None) -> Drive:
        return self._drives[channel - 1] if channel is not None else _NO_DRIVE

    def _readings(self, chain: Chain) -> dict[Quantity, Reading]:
        """Answer how each quantity is read off the bench's network."""
        current, voltage = self._pickup(chain)
        sensed = chain.sensed
        swing_v = sensed.emf_swing_v if sensed is not None else 0.0
        emf = Triangle(swing_v, round(self.parts.emf_half_period_s * NS_PER_S), self._origin_ns)
        high_v = self.parts.contact.monitor_high_v if self.parts.contact is not None else 0.0
        terminals = Reading(Tap.TERMINALS, sine=voltage)
        return {
            Quantity.CURRENT: Reading(Tap.LOAD_CURRENT, sine=current),
            Quantity.VOLTAGE: terminals,
            Quantity.ELECTRODE_VOLTAGE: terminals if self._probe() is not None else Reading(None),
            Quantity.SOURCE_CURRENT: (
                Reading(Tap.SOURCE_CURRENT, sine=current) if self.selected is not None else Reading(None)
            ),
            Quantity.SCOPE_VOLTAGE: Reading(Tap.LOAD_CURRENT, chain.scope_ohm, current.scaled(chain.scope_ohm)),
            Quantity.METER_VOLTAGE: Reading(
                Tap.LOAD_CURRENT,
                chain.meter_ohm,
                current.scaled(chain.meter_ohm),
                standing=sensed.emf_v + chain.meter_bias_v if sensed is not None else 0.0,
                drift=emf if swing_v else None,
            ),
            Quantity.MONITOR: Reading(None, standing=high_v if self._monitor else 0.0),
        }

    def _pickup(self, chain: Chain) -> tuple[Sine, Sine]:
        """Answer the mains current in the loop, where it is closed, and its voltage across the terminals."""
        series_ohm = chain.series_ohm
        driven = self.selected is not None or self._auxiliary() is not None
        if series_ohm is None or not driven or not all(self._contacts.values()):
            return SILENCE, SILENCE
        omega = _TURN * self.parts.mains_hz
        amplitude = self.parts.pickup_a + (self._supply_pickup_a if self.selected is not None else 0.0)
        impedance = complex(series_ohm + sum(self._contact_ohm(name, closed=True) for name in self._contacts))
        if chain.skin is not None:
            impedance += 1.0 / complex(chain.skin.block.siemens, omega * chain.skin.block.farad)
        size, angle = cmath.polar(impedance)
        ahead_ns = round(angle / omega * NS_PER_S)
        return (
            Sine(amplitude, omega, self._origin_ns),
            Sine(amplitude * size, omega, self._origin_ns - ahead_ns),
        )


_NO_DRIVE = steady(0.0)
_OPEN = {Quantity.VOLTAGE: Reading(Tap.TERMINALS), Quantity.SOURCE_CURRENT: Reading(Tap.SOURCE_CURRENT)}
