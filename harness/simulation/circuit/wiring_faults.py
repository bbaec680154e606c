"""What is wrong with the wiring of the bench: leads, relays, and voltages and currents that nobody wired."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.simulation.circuit.branch import Branch
    from harness.simulation.circuit.parts import Parts


@dataclass(frozen=True, slots=True)
class WiringFaults:
    """The faults of the wiring that are on; without arguments there are none.

    Attributes:
        swapped: pairs of leads that are exchanged: `electrodes` (between the unit and the bench), `multimeter`,
            `oscilloscope` (each at its resistor).
        open_leads: leads without a connection: `electrodes`, `load`, `multimeter`, `oscilloscope`, ids of resistors.
        stuck_open: relays of the switch mainframe that do not conduct whatever they are told.
        stuck_closed: relays of the switch mainframe that always conduct.
        leakage_ohm: what conducts across an open relay of the switch mainframe, by channel.
        electrode_open: channels of the stimulator whose electrode relay does not conduct.
        electrode_closed: channels whose electrode relay always conducts.
        electrode_leakage_ohm: what conducts across an open electrode relay, by channel.
        scope_input_ohm: input resistance of the oscilloscope behind another probe, None: as built.
        auxiliary_factor: voltage at the auxiliary source for each volt of its supply.
        emf_v: thermal voltage at the multimeter on top of its own.
        emf_swing_v: the same for the slow part.
        pickup_a: mains current in the closed loop on top of its own, peak.
    """

    swapped: frozenset[str] = frozenset()
    open_leads: frozenset[str] = frozenset()
    stuck_open: frozenset[int] = frozenset()
    stuck_closed: frozenset[int] = frozenset()
    leakage_ohm: Mapping[int, float] = field(default_factory=dict)
    electrode_open: frozenset[int] = frozenset()
    electrode_closed: frozenset[int] = frozenset()
    electrode_leakage_ohm: Mapping[int, float] = field(default_factory=dict)
    scope_input_ohm: float | None = None
    auxiliary_factor: float = 1.0
    emf_v: float = 0.0
    emf_swing_v: float = 0.0
    pickup_a: float = 0.0

    def sign(self, leads: str) -> float:
        """Answer -1 where a pair of leads is exchanged, else 1."""
        return -1.0 if leads in self.swapped else 1.0

    def joined(self, told: int | None) -> tuple[int | None, float]:
        """Answer the channel that the electrode relays join to the bench, and the resistance in between.

        One channel at a time: while a relay conducts as it is told, a welded or leaking one of another channel is left
        out.
        """
        if "electrodes" in self.open_leads:
            return None, 0.0
        if told is not None and told not in self.electrode_open:
            return told, 0.0
        if self.electrode_closed:
            return min(self.electrode_closed), 0.0
        if self.electrode_leakage_ohm:
            channel = min(self.electrode_leakage_ohm)
            return channel, self.electrode_leakage_ohm[channel]
        return None, 0.0

    def conducting(self, closed: frozenset[int], parts: Parts) -> frozenset[int]:
        """Answer the relays of the switch mainframe that conduct; an open lead is a relay that does not."""
        if not (self.open_leads or self.stuck_open or self.stuck_closed or self.leakage_ohm):
            return closed
        relays = (closed | self.stuck_closed) - self.stuck_open
        cut: set[int] = set()
        for branch in parts.loads:
            cut.update({branch.force} if "load" in self.open_leads else ())
        for branches, instrument in ((parts.meter, "multimeter"), (parts.scope, "oscilloscope")):
            for branch in branches:
                cut.update({branch.force} if branch.name in self.open_leads else ())
                cut.update({branch.sense} if branch.sense is not None and instrument in self.open_leads else ())
        return (relays | (frozenset(self.leakage_ohm) - self.stuck_open)) - cut

    def leaking(self, parts: Parts, closed: frozenset[int]) -> Parts:
        """Answer the parts with the leakage of each open relay in place of its contact."""
        probed = self.scope_input_ohm
        if probed is None and not self.leakage_ohm:
            return parts
        tight = closed | self.stuck_closed

        def leaks(branches: tuple[Branch, ...]) -> tuple[Branch, ...]:
            found = []
            for branch in branches:
                ohm = self.leakage_ohm.get(branch.force)
                if ohm is not None and branch.force not in tight:
                    # Rows that name the same relay are the same wire: together they leak what one relay does.
                    ohm *= sum(other.force == branch.force for other in branches)
                    found.append(replace(branch, contact_ohm=ohm))
                else:
                    found.append(branch)
            return tuple(found)

        return replace(
            parts,
            loads=leaks(parts.loads),
            meter=leaks(parts.meter),
            scope=leaks(parts.scope),
            scope_input_ohm=parts.scope_input_ohm if probed is None else probed,
        )


SOUND = WiringFaults()
