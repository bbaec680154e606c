"""Everything with a resistance or a capacitance between the source and its return, solved once for each topology.

Node s: the current source with its output resistance, and the clamp of the compliance voltage. Between s and node o
the coupling capacitor with its leakage and the protection resistor, where there are any. Node o, the terminals:
capacitance of the output and of what hangs on it, the shunt of a transient suppressor, the differential probe, the
auxiliary source behind its resistor, and the load chain: resistors in series with blocks of a resistor and a capacitor
in parallel (the skin, an open contact). All voltages are against the source's return.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.simulation.circuit.stage import Stage

CLAMP_OHM = 100.0
"""Slope of the clamp beyond the compliance voltage, where anything stores charge."""

_HARD_CLAMP_OHM = 1e-12
"""Where nothing does: then the voltage is exactly the compliance voltage."""

_STANDING = 1e-13
"""Rates below this share of the fastest one are rounding of a charge that nothing drains."""


class Tap(IntEnum):
    """What is read off the network."""

    SOURCE_NODE = 0
    TERMINALS = 1
    LOAD_CURRENT = 2
    SOURCE_CURRENT = 3


@dataclass(frozen=True, slots=True)
class Block:
    """A resistance with a capacitance in parallel, in the load chain; `name` keeps its charge apart from others'."""

    name: str
    siemens: float
    farad: float


@dataclass(frozen=True, slots=True)
class Limit:
    """An element that conducts only where a tap lies outside [low, high], and there with `ohm`: clamp or shunt."""

    tap: Tap
    low: float
    high: float
    ohm: float

    def state(self, value: float) -> int:
        """Answer 1 above `high`, -1 below `low`, 0 between."""
        return (value > self.high) - (value < self.low)

    def edge(self, state: int) -> float:
        """Answer the voltage at which a conducting one begins to conduct; 0 for one at rest."""
        return self.high if state > 0 else self.low if state < 0 else 0.0


State = tuple[int, ...]
"""Of each limit: -1, 0 or 1."""


@dataclass(frozen=True, slots=True)
class Topology:
    """What is connected to what.

    Attributes:
        source_siemens: of the output resistance; 0 where no source is connected.
        clamp_v: compliance voltage.
        floor_v: the negative one with its sign; None: as `clamp_v`.
        coupling_f: 0: the source is wired straight to its terminals.
        node_f: capacitance at the terminals, all of it.
        outer_f: that part of it which lies outside the unit.
        probe_siemens: of the differential probe.
        feed_siemens: of the auxiliary source's resistor.
        chain_ohm: plain resistances of the load chain in series; None where it is open.
        blocks: the rest of the load chain.
        series_ohm: protection resistor.
        leak_siemens: across the coupling capacitor.
        knee_v: voltage at the terminals from which the shunt conducts.
        shunt_ohm: of the shunt beyond its knee; 0: there is none.
    """

    source_siemens: float
    clamp_v: float
    coupling_f: float = 0.0
    node_f: float = 0.0
    outer_f: float = 0.0
    probe_siemens: float = 0.0
    feed_siemens: float = 0.0
    chain_ohm: float | None = None
    blocks: tuple[Block, ...] = ()
    floor_v: float | None = None
    series_ohm: float = 0.0
    leak_siemens: float = 0.0
    knee_v: float = 0.0
    shunt_ohm: float = 0.0

    @property
    def limits(self) -> tuple[Limit, ...]:
        """The clamp of the compliance voltage, and the shunt where there is one."""
        floor_v = -self.clamp_v if self.floor_v is None else self.floor_v
        ohm = CLAMP_OHM if self.names or self.shunt_ohm else _HARD_CLAMP_OHM
        clamp = Limit(Tap.SOURCE_NODE, floor_v, self.clamp_v, ohm)
        shunt = Limit(Tap.TERMINALS, -self.knee_v, self.knee_v, self.shunt_ohm)
        return (clamp, shunt) if self.shunt_ohm else (clamp,)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the charged parts, in the order of the state."""
        node = ("node",) if self.node_f else ()
        coupling = ("coupling",) if self.coupling_f else ()
        return (*node, *coupling, *(block.name for block in self.blocks))


def of_stage(stage: Stage) -> Topology:
    """Answer a stage with nothing at its terminals."""
    return Topology(
        source_siemens=1.0 / stage.output_ohm,
        clamp_v=stage.compliance_v,
        floor_v=stage.floor_v,
        coupling_f=stage.coupling_f,
        node_f=stage.output_capacitance_f,
        series_ohm=stage.series_ohm,
        leak_siemens=1.0 / stage.coupling_leak_ohm if stage.coupling_leak_ohm else 0.0,
        knee_v=stage.shunt_knee_v,
        shunt_ohm=stage.shunt_ohm,
    )


@dataclass(frozen=True, slots=True)
class Output:
    """One tap as a function of modes and inputs.

    Attributes:
        weights: of each mode.
        static: of the source current, of the auxiliary voltage and of 1 (the limits), once everything has settled.
        lag: of the slope of the source current: how far a settled ramp is behind `static`.
    """

    weights: tuple[float, ...]
    static: tuple[float, float, float]
    lag: float


@dataclass(frozen=True, slots=True)
class Solved:
    """A topology in one state of its limits, as independent modes ``y' = rate y + input``.

    Attributes:
        rates: per second, none positive; exactly 0: a charge that nothing drains.
        settled: value of each mode at rest, for each ampere, auxiliary volt, and 1.
        lag: of each mode, for each ampere per second.
        to_volts: physical voltages from modes.
        to_modes: the inverse.
        outputs: by tap.
    """

    rates: tuple[float, ...]
    settled: tuple[tuple[float, float, float], ...]
    lag: tuple[float, ...]
    to_volts: tuple[tuple[float, ...], ...]
    to_modes: tuple[tuple[float, ...], ...]
    outputs: tuple[Output, ...]

    def modes(self, volts: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(sum(a * b for a, b in zip(row, volts, strict=True)) for row in self.to_modes)

    def volts(self, modes: tuple[float, ...]) -> tuple[float, ...]:
        return tuple(sum(a * b for a, b in zip(row, modes, strict=True)) for row in self.to_volts)


@lru_cache(maxsize=1024)
def solve(topology: Topology, state: State) -> Solved:
    """Find the modes of a topology.

    The voltages on the capacitors obey ``C v' = -G v + B u`` with `G` symmetric and never negative, so
    that ``C^-1/2 G C^-1/2`` has real modes, none of which grows. Inputs `u`: source current, auxiliary voltage, 1.
    """
    full = _Equations(topology, state)
    farads, conductance, drive, states, inputs = full.reduced()
    root = np.sqrt(farads)
    values, vectors = np.linalg.eigh(conductance / np.outer(root, root))
    standing = values <= _STANDING * max(values, default=0.0)
    rates = np.where(standing, 0.0, -values)
    to_volts = vectors / root[:, None]
    to_modes = vectors.T * root
    driven = np.where(standing[:, None], 0.0, vectors.T @ (drive / root[:, None]))
    divisor = np.where(standing, 1.0, -rates)
    settled = driven / divisor[:, None]
    lag = -driven[:, 0] / divisor**2
    weights = states @ to_volts
    static = inputs + weights @ settled
    late = weights @ lag
    return Solved(
        rates=tuple(rates.tolist()),
        settled=tuple((a, b, c) for a, b, c in settled.tolist()),
        lag=tuple(lag.tolist()),
        to_volts=tuple(tuple(row) for row in to_volts.tolist()),
        to_modes=tuple(tuple(row) for row in to_modes.tolist()),
        outputs=tuple(
            Output(
                tuple(weights[tap].tolist()),
                (static[tap, 0].item(), static[tap, 1].item(), static[tap, 2].item()),
                late[tap].item(),
            )
            for tap in Tap
        ),
    )


class _Equations:
    """Conductances between terminals (index 0), coupling capacitor, blocks, and the source behind its resistor.

    The coupling capacitor's coordinate is its voltage; without a protection resistor the source's node is no coordinate
    of its own but the sum of terminals and coupling capacitor.
    """

    def __init__(self, topology: Topology, state: State) -> None:
        blocks, coupled = topology.blocks, int(bool(topology.coupling_f))
        self._behind = bool(topology.series_ohm)
        size = 1 + coupled + len(blocks) + int(self._behind)
        chain = 1.0 / topology.chain_ohm if topology.chain_ohm is not None else 0.0
        clamp, pull = _conducting(topology.limits[0], state[0])
        at_source = topology.source_siemens + pull
        inside = [0, *([1] if coupled else [])]  # the voltage behind the protection resistor is the sum of these
        inner = list(range(1 + coupled, 1 + coupled + len(blocks)))
        self._node_f = topology.node_f
        self._farads = np.array(
            [topology.node_f, *([topology.coupling_f] if coupled else []), *(b.farad for b in blocks)]
        )
        through = np.zeros(size)  # the chain's voltage across its plain resistances
        through[0] = 1.0
        through[inner] = -1.0
        at_s = np.zeros(size)
        at_s[-1 if self._behind else inside] = 1.0
        node = np.zeros(size)
        node[0] = 1.0
        self._conductance = at_source * np.outer(at_s, at_s) + chain * np.outer(through, through)
        self._conductance += (topology.probe_siemens + topology.feed_siemens) * np.outer(node, node)
        self._conductance[inner, inner] += [block.siemens for block in blocks]
        injected = np.array([float(topology.source_siemens > 0.0), 0.0, clamp])
        fed = np.array([0.0, topology.feed_siemens, 0.0])
        self._drive = np.outer(at_s, injected) + np.outer(node, fed)
        load = (chain * through, np.zeros(3))
        drawn = (load[0] + (topology.probe_siemens + topology.feed_siemens) * node, -fed)
        delivered = (-at_source * at_s, injected)
        if self._behind:
            across = at_s.copy()
            across[inside] -= 1.0
            self._conductance += np.outer(across, across) / topology.series_ohm
        if coupled and topology.leak_siemens:
            self._conductance[1, 1] += topology.leak_siemens
        if topology.shunt_ohm and state[1]:
            shunt, siemens = _conducting(topology.limits[1], state[1])
            self._conductance[0, 0] += siemens
            self._drive[0, 2] += shunt
            delivered = (delivered[0] - siemens * node, injected + np.array([0.0, 0.0, shunt]))
        share = topology.outer_f / topology.node_f if topology.node_f else 0.0
        taps = {
            Tap.SOURCE_NODE: (at_s, np.zeros(3)),
            Tap.TERMINALS: (node, np.zeros(3)),
            Tap.LOAD_CURRENT: load,
            # Of what charges the terminals, the part outside the unit passes through them.
            Tap.SOURCE_CURRENT: tuple(
                inside + share * (whole - inside) for inside, whole in zip(drawn, delivered, strict=True)
            ),
        }
        self._states = np.array([taps[tap][0] for tap in Tap])
        self._inputs = np.array([taps[tap][1] for tap in Tap])

    def reduced(self) -> tuple[NDArray[np.float64], ...]:
        """Eliminate what has no capacitance, the terminals or the source behind its resistor: it follows at once."""
        if not self._node_f:
            self._eliminate(0, slice(1, None))
            self._farads = self._farads[1:]
        if self._behind:
            self._eliminate(-1, slice(None, -1))
        return self._farads, self._conductance, self._drive, self._states, self._inputs

    def _eliminate(self, index: int, rest: slice) -> None:
        total = self._conductance[index, index]
        if total == 0.0:  # nothing is connected: no voltage, no current
            follows, fed = np.zeros(len(self._conductance) - 1), np.zeros(3)
        else:
            follows, fed = -self._conductance[index, rest] / total, self._drive[index] / total
        column, at = self._conductance[rest, index], self._states[:, index]
        self._conductance = self._conductance[rest, rest] + np.outer(column, follows)
        self._drive = self._drive[rest] - np.outer(column, fed)
        self._states = self._states[:, rest] + np.outer(at, follows)
        self._inputs = self._inputs + np.outer(at, fed)


def _conducting(limit: Limit, state: int) -> tuple[float, float]:
    """Answer the current that a limit gives at 0 V, and its conductance, in one state."""
    pull = abs(state) / limit.ohm
    return limit.edge(state) * pull, pull
