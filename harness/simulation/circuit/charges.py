"""Charges that outlive a change of the wiring: which capacitor carries what over to the next topology."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulation.circuit.breakdown import recovered
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from harness.simulation.circuit.breakdown import Breakdown, Grip
    from harness.simulation.circuit.chain import Skin
    from harness.simulation.circuit.evolution import Evolution
    from harness.simulation.circuit.topology import Topology


@dataclass(frozen=True, slots=True)
class _Charged:
    """A capacitor as it was at the last change."""

    farad: float
    volts: float

    def volts_on(self, farad: float) -> float:
        """Answer the voltage of its charge on the capacitance that it has now."""
        same = not self.farad or not farad or math.isclose(farad, self.farad, rel_tol=_SAME_F)
        return self.volts if same else self.volts * self.farad / farad


_SAME_F = 1e-9
"""Relative: capacitances nearer than this to each other differ by the rounding of a sum."""

_EMPTY = _Charged(0.0, 0.0)


class Charges:
    """Volts on every capacitor of the bench at the last change. A new one has no charge anywhere.

    A terminal that meets the leads, or the leads that meet the probe, share their charge at once: none is lost. A probe
    that is taken off discharges through its own resistance long before its relay is back; a skin network through its
    own. A contact's capacitance is shorted while it is closed.

    Attributes:
        joined: the channel that the leads are connected to, None for none.
        second: the channel that has the second load, None for none.
    """

    def __init__(self) -> None:
        self.joined: int | None = None
        self.second: int | None = None
        self._nodes: dict[int, _Charged] = {}
        self._couplings: dict[int, _Charged] = {}
        self._leads_v = 0.0
        self._probe_v = 0.0
        self._probed = False
        self._contacts: dict[str, float] = {}
        self._connected: tuple[Skin, ...] = ()
        self._skins: dict[str, tuple[float, int]] = {}
        self._grips: dict[str, tuple[Breakdown, Grip, int]] = {}

    def put(self, electrode: str, volts: float) -> None:
        """Set the voltage across a contact that is about to open."""
        self._contacts[electrode] = volts

    def take_output(self, channel: int, evolution: Evolution, at_ns: int) -> None:
        """Read the charges of a channel that stands alone."""
        topology = evolution.topology
        volts = dict(zip(topology.names, evolution.volts(at_ns), strict=True))
        self._nodes[channel] = _Charged(topology.node_f - topology.outer_f, volts.get("node", 0.0))
        self._couplings[channel] = _Charged(topology.coupling_f, volts.get("coupling", 0.0))

    def of_output(self, topology: Topology, channel: int) -> tuple[float, ...]:
        """Answer the charges with which a channel begins to stand alone."""
        volts = {
            "node": self._nodes.get(channel, _EMPTY).volts_on(topology.node_f),
            "coupling": self._couplings.get(channel, _EMPTY).volts_on(topology.coupling_f),
        }
        return tuple(volts[name] for name in topology.names)

    def take_bench(self, evolution: Evolution, at_ns: int) -> None:
        """Read the charges of the bench and of the channel that is connected to it."""
        if self.joined is not None:
            self.take_output(self.joined, evolution, at_ns)
        volts = dict(zip(evolution.topology.names, evolution.volts(at_ns), strict=True))
        if self.second is not None and evolution.topology.second is not None:
            other = evolution.topology.second
            self._nodes[self.second] = _Charged(other.node_f, volts.get("second node", 0.0))
            self._couplings[self.second] = _Charged(other.coupling_f, volts.get("second coupling", 0.0))
        self._leads_v = volts.get("node", 0.0)
        self._probe_v = self._leads_v if self._probed else 0.0
        self._contacts.update({name: volts[name] for name in ("plus", "minus") if name in volts})
        for name, (law, grip) in evolution.grips(at_ns).items():
            self._grips[name] = (law, grip, at_ns)
        for skin in self._connected:
            behind = volts.get(skin.block.name)
            if behind is not None:
                self._skins[skin.name] = (behind / skin.share, at_ns)

    def join(
        self,
        topology: Topology,
        channel: int | None,
        *,
        second: int | None,
        skins: tuple[Skin, ...],
        own_f: float,
        probe_f: float,
        at_ns: int,
    ) -> tuple[float, ...]:
        """Answer the voltages with which a topology of the bench begins, after everything has shared its charge."""
        self.joined, self.second, self._connected = channel, second, skins
        self._probed = probe_f > 0.0
        volts = {name: self._contacts.get(name, 0.0) for name in ("plus", "minus")}
        if channel is not None:
            volts["coupling"] = self._couplings.get(channel, _EMPTY).volts_on(topology.coupling_f)
        volts["node"] = _shared(
            (own_f, self._nodes.get(channel, _EMPTY).volts_on(own_f) if channel is not None else 0.0),
            (topology.node_f - own_f - probe_f, self._leads_v),
            (probe_f, self._probe_v),
        )
        if second is not None and topology.second is not None:
            other = topology.second
            volts["second node"] = self._nodes.get(second, _EMPTY).volts_on(other.node_f)
            volts["second coupling"] = self._couplings.get(second, _EMPTY).volts_on(other.coupling_f)
        for skin in skins:
            real, since_ns = self._skins.get(skin.name, (0.0, at_ns))
            volts[skin.block.name] = real * skin.share * math.exp(skin.own_rate * ((at_ns - since_ns) / NS_PER_S))
        return tuple(volts[name] for name in topology.names)

    def grips(self, at_ns: int) -> dict[str, Grip]:
        """Answer what is still broken down: what was disconnected recovers meanwhile."""
        return {
            name: grip if since_ns == at_ns else recovered(law, grip, since_ns, at_ns)
            for name, (law, grip, since_ns) in self._grips.items()
        }


def _shared(*parts: tuple[float, float]) -> float:
    """Answer the common voltage of capacitors that are joined, each given as farads and volts."""
    present = [(farad, volts) for farad, volts in parts if farad > 0.0]
    if not present:
        return 0.0
    if len({volts for _, volts in present}) == 1:  # joined before: not a bit changes
        return present[0][1]
    return sum(farad * volts for farad, volts in present) / sum(farad for farad, _ in present)
