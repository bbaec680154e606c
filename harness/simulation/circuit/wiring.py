"""How the bench is wired now: what every relay, contact and supply makes of the parts."""

from __future__ import annotations

import cmath
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.simulation.circuit.chain import connect, of_second
from harness.simulation.circuit.phase import SILENCE
from harness.simulation.circuit.segment import Sine
from harness.simulation.circuit.stretch import Quantity, Reading, Triangle
from harness.simulation.circuit.topology import Block, Path, Tap, Topology, of_stage
from harness.simulation.circuit.wiring_faults import SOUND, WiringFaults
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from harness.simulation.circuit.branch import Branch
    from harness.simulation.circuit.chain import Chain, Loads, Skin
    from harness.simulation.circuit.parts import AuxiliarySource, Parts, Probe
    from harness.simulation.circuit.stage import Stage
    from harness.simulation.circuit.variation import Moment

_TURN = 6.283185307179586
_BOTH = 2
"""Channels of a unit that has a second one."""


@dataclass(slots=True)
class Wiring:
    """The state of everything that can be switched or set, the units' stages apart.

    Attributes:
        parts: what it is made of.
        told: the channel that the electrode relay is told to connect, None for none.
        contacts: whether the contact at each electrode is closed.
        closed: relays of the switch mainframe that are closed.
        monitor: whether the contact monitor is closed.
        auxiliary_v: of the auxiliary supply.
        supply_pickup_a: mains current of the battery supply, peak.
        meter_input_ohm: input resistance of the multimeter.
        factors: faults of resistors, by name.
        moments: what loads that vary are at the moment, by name.
        faults: of leads and relays.
        interrupted: channels whose lead is interrupted on the unit's side of the electrode relay.
    """

    parts: Parts
    told: int | None
    contacts: dict[str, bool]
    closed: frozenset[int] = frozenset()
    monitor: bool = False
    auxiliary_v: float = 0.0
    supply_pickup_a: float = 0.0
    meter_input_ohm: float = 10e6
    factors: dict[str, float] = field(default_factory=dict)
    moments: dict[str, Moment] = field(default_factory=dict)
    faults: WiringFaults = SOUND
    interrupted: frozenset[int] = frozenset()

    @property
    def selected(self) -> int | None:
        """The channel that is joined to the bench, None for none."""
        return self._joined()[0]

    @property
    def conducting(self) -> frozenset[int]:
        """Relays of the switch mainframe that conduct."""
        return self.faults.conducting(self.closed, self.parts)

    @property
    def fed_v(self) -> float:
        """Voltage of the auxiliary source, as the unit sees it."""
        source = self.parts.auxiliary
        turned = source is not None and bool(source.reverse_channels)
        turned = turned and self.conducting.issuperset(source.reverse_channels if source is not None else ())
        sign = -self.faults.sign("electrodes") if turned else self.faults.sign("electrodes")
        return self.auxiliary_v * self.faults.auxiliary_factor * sign

    def _join_ohm(self) -> float:
        """Answer the resistance between the unit and the bench: of a relay that leaks, else none."""
        return self._joined()[1]

    def _joined(self) -> tuple[int | None, float]:
        """Answer the channel at the bench and the resistance in between.

        The auxiliary source lies behind a leaking electrode relay; beside it the leakage is left out.
        """
        channel, ohm = self.faults.joined(self.told)
        if channel in self.interrupted:
            return None, 0.0
        return (None, 0.0) if ohm and self._auxiliary() is not None else (channel, ohm)

    def chain(self) -> Chain:
        parts = self.faults.leaking(self.parts, self.closed)
        return connect(parts, self.conducting, self.meter_input_ohm, self.factors, self.moments)

    def second(self) -> Loads | None:
        """Answer the load of the channel that no electrode relay connects, None where it is open."""
        return of_second(self.parts, self.conducting, self.moments) if self.selected is not None else None

    def second_channel(self, count: int) -> int | None:
        """Answer which of `count` channels has the second load, None where none has it."""
        if self.selected is None or count != _BOTH or self.second() is None:
            return None
        other = _BOTH + 1 - self.selected
        return None if other in self.interrupted else other

    def touched(self) -> list[Branch]:
        """Answer the loads that vary and are touched: connected, with a channel and both contacts closed."""
        if self.selected is None or not all(self.contacts.values()):
            return []
        loads = (*self.parts.loads, *([self.parts.second.load] if self.parts.second is not None else []))
        return [branch for branch in loads if branch.varies is not None and branch.force in self.conducting]

    def sensed_ohm(self, channel: int, count: int, blind: str = "") -> float | None:
        """Answer the load's resistance for direct current as one of `count` channels sees it; None: open.

        Contacts are included, and what both channels share; what the other one drives through that is not. `blind` is
        an electrode that is taken for closed whatever its contact does.
        """
        shared_ohm = self.shared_ohm(count)
        second = self.second()
        if channel == self.second_channel(count) and second is not None and second.ohm is not None:
            return Path(second.ohm, second.blocks, second.groups).impedance(0.0).real + shared_ohm
        direct = self.chain().direct_ohm
        touching = all(closed or name == blind for name, closed in self.contacts.items())
        if channel != self.selected or not touching or direct is None:
            return None
        within = direct + self._join_ohm() + sum(self.contact_ohm(name, closed=True) for name in self.contacts)
        return within + shared_ohm

    def sensed_f(self, channel: int, count: int) -> float:
        """Answer the largest capacitance of the loads as one of `count` channels sees it; 0 where it sees none."""
        second = self.second()
        if channel == self.second_channel(count) and second is not None:
            return max((skin.block.farad for skin in second.skins), default=0.0)
        connected = channel == self.selected and all(self.contacts.values())
        return self.chain().largest_f if connected else 0.0

    def skins(self, chain: Chain) -> tuple[Skin, ...]:
        """Answer what stores charge in the loads of both channels."""
        second = self.second()
        return chain.skins + (second.skins if second is not None else ())

    def shared_ohm(self, count: int) -> float:
        """Answer through what the loops of both channels return; 0 where one channel alone has a loop."""
        second = self.parts.second
        return second.shared_ohm if second is not None and self.second_channel(count) is not None else 0.0

    def topology(self, chain: Chain, stage: Stage | None, second_stage: Stage | None = None) -> Topology:
        """Answer the network of the bench, with the stages of the channels that are connected to it."""
        first = self._first(chain, stage)
        second = self.second()
        if second_stage is None or second is None or self.parts.second is None:
            return first
        other = replace(of_stage(second_stage), chain_ohm=second.ohm, blocks=second.blocks, groups=second.groups)
        return replace(first, second=other, shared_ohm=self.parts.second.shared_ohm)

    def _first(self, chain: Chain, stage: Stage | None) -> Topology:
        probe, auxiliary = self._probe(), self._auxiliary()
        # What hangs on the leads is behind a leaking electrode relay, and far too slow to matter there.
        outer_f = self.parts.leads_f + self.probe_f() if not self._join_ohm() else 0.0
        series_ohm, blocks = chain.series_ohm, list(chain.blocks)
        if series_ohm is not None:
            series_ohm += self._join_ohm()
            for name, closed in self.contacts.items():
                series_ohm += self.contact_ohm(name, closed=closed)
                blocks.extend(self._open_contact(name) if not closed else [])
        bench = replace(
            of_stage(stage) if stage is not None else Topology(0.0, math.inf),
            outer_f=outer_f,
            probe_siemens=1.0 / probe.resistance_ohm if probe is not None else 0.0,
            feed_siemens=1.0 / auxiliary.series_ohm if auxiliary is not None else 0.0,
            chain_ohm=series_ohm,
            blocks=tuple(blocks),
            groups=chain.groups,
        )
        return replace(bench, node_f=outer_f + bench.node_f)

    def contact_ohm(self, name: str, *, closed: bool) -> float:
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
        joined = probe is not None and not self._join_ohm() and self.conducting.issuperset(probe.channels)
        return probe if joined else None

    def probe_f(self) -> float:
        probe = self._probe()
        return probe.capacitance_f if probe is not None else 0.0

    def _auxiliary(self) -> AuxiliarySource | None:
        """Answer the auxiliary source where it is connected."""
        auxiliary = self.parts.auxiliary
        return auxiliary if auxiliary is not None and self.conducting.issuperset(auxiliary.channels) else None

    def readings(self, chain: Chain, origin_ns: int) -> dict[Quantity, Reading]:
        """Answer how each quantity is read off the bench's network."""
        current, voltage = self._pickup(chain, origin_ns)
        sensed = chain.sensed
        faults = self.faults
        swing_v = sensed.emf_swing_v + faults.emf_swing_v if sensed is not None else 0.0
        emf = Triangle(swing_v, round(self.parts.emf_half_period_s * NS_PER_S), origin_ns)
        high_v = self.parts.contact.monitor_high_v if self.parts.contact is not None else 0.0
        terminals = Reading(Tap.TERMINALS, sine=voltage)
        side = faults.sign("electrodes")
        scope_ohm = chain.scope_ohm * side * faults.sign("oscilloscope")
        meter_ohm = chain.meter_ohm * side * faults.sign("multimeter")
        probed = Reading(Tap.TERMINALS, side, voltage.scaled(side))
        return {
            Quantity.CURRENT: Reading(Tap.LOAD_CURRENT, sine=current),
            Quantity.VOLTAGE: terminals,
            Quantity.ELECTRODE_VOLTAGE: probed if self._probe() is not None else Reading(None),
            Quantity.SOURCE_CURRENT: (
                Reading(Tap.SOURCE_CURRENT, sine=current) if self.selected is not None else Reading(None)
            ),
            Quantity.SCOPE_VOLTAGE: Reading(Tap.LOAD_CURRENT, scope_ohm, current.scaled(scope_ohm)),
            Quantity.METER_VOLTAGE: Reading(
                Tap.LOAD_CURRENT,
                meter_ohm,
                current.scaled(meter_ohm),
                standing=sensed.emf_v + faults.emf_v + chain.meter_bias_v if sensed is not None else self._floating_v(),
                drift=emf if swing_v else None,
            ),
            Quantity.MONITOR: Reading(None, standing=high_v if self.monitor else 0.0),
        }

    def _floating_v(self) -> float:
        """Answer what the multimeter's bias current makes of its input where a lead to it is open."""
        if "multimeter" not in self.faults.open_leads:
            return 0.0
        return self.parts.meter_bias_a * self.meter_input_ohm

    def _pickup(self, chain: Chain, origin_ns: int) -> tuple[Sine, Sine]:
        """Answer the mains current in the loop, where it is closed, and its voltage across the terminals."""
        omega = _TURN * self.parts.mains_hz
        impedance = chain.impedance(omega)
        driven = self.selected is not None or self._auxiliary() is not None
        if impedance is None or not driven or self._join_ohm() or not all(self.contacts.values()):
            return SILENCE, SILENCE
        supplied_a = self.supply_pickup_a if self.selected is not None else 0.0
        amplitude = self.parts.pickup_a + self.faults.pickup_a + supplied_a
        impedance += sum(self.contact_ohm(name, closed=True) for name in self.contacts)
        size, angle = cmath.polar(impedance)
        ahead_ns = round(angle / omega * NS_PER_S)
        return (
            Sine(amplitude, omega, origin_ns),
            Sine(amplitude * size, omega, origin_ns - ahead_ns),
        )
