"""Everything with a resistance or a capacitance between the source and its return, solved once for each topology.

Node s: the current source with its output resistance, and the clamp of the compliance voltage. Between s and node o
the coupling capacitor, where there is one. Node o, the terminals: capacitance of the output and of what hangs on it,
the differential probe, the auxiliary source behind its resistor, and the load chain: resistors in series with blocks
of a resistor and a capacitor in parallel (the skin, an open contact). All voltages are against the source's return.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from harness.quantity import finite

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLAMP_OHM = 100.0
"""Slope of the clamp beyond the compliance voltage, where anything stores charge."""

_HARD_CLAMP_OHM = 1e-12
"""Where nothing does: then the voltage is exactly the compliance voltage."""

_STANDING = 1e-13
"""Rates below this share of the fastest one are rounding of a charge that nothing drains."""


@dataclass(frozen=True, slots=True)
class Stage:
    """An output stage: a current source with a parallel resistance, a largest voltage, and what stores charge.

    Attributes:
        compliance_v: largest voltage; beyond it the clamp draws what is too much.
        output_ohm: parallel to the source.
        output_capacitance_f: across the terminals.
        coupling_f: of the capacitor in series with the output; 0: none.
    """

    compliance_v: float
    output_ohm: float
    output_capacitance_f: float = 0.0
    coupling_f: float = 0.0

    def __post_init__(self) -> None:
        for name in ("compliance_v", "output_ohm", "output_capacitance_f", "coupling_f"):
            finite(name, getattr(self, name))
        if self.compliance_v <= 0.0 or self.output_ohm <= 0.0:
            raise ValueError(
                f"compliance {self.compliance_v} V and output resistance {self.output_ohm} ohm are positive"
            )
        if self.output_capacitance_f < 0.0 or self.coupling_f < 0.0:
            raise ValueError("a capacitance is not negative")


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
class Topology:
    """What is connected to what.

    Attributes:
        source_siemens: of the output resistance; 0 where no source is connected.
        clamp_v: compliance voltage.
        coupling_f: 0: the source is wired straight to its terminals.
        node_f: capacitance at the terminals, all of it.
        outer_f: that part of it which lies outside the unit.
        probe_siemens: of the differential probe.
        feed_siemens: of the auxiliary source's resistor.
        chain_ohm: plain resistances of the load chain in series; None where it is open.
        blocks: the rest of the load chain.
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

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the charged parts, in the order of the state."""
        node = ("node",) if self.node_f else ()
        coupling = ("coupling",) if self.coupling_f else ()
        return (*node, *coupling, *(block.name for block in self.blocks))


@dataclass(frozen=True, slots=True)
class Output:
    """One tap as a function of modes and inputs.

    Attributes:
        weights: of each mode.
        static: of the source current, of the auxiliary voltage and of 1 (the clamp), once everything has settled.
        lag: of the slope of the source current: how far a settled ramp is behind `static`.
    """

    weights: tuple[float, ...]
    static: tuple[float, float, float]
    lag: float


@dataclass(frozen=True, slots=True)
class Solved:
    """A topology in one state of its clamp (-1, 0, 1), as independent modes ``y' = rate y + input``.

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
def solve(topology: Topology, clamp: int) -> Solved:
    """Find the modes of a topology.

    The voltages on the capacitors obey ``C v' = -G v + B u`` with `G` symmetric and never negative, so
    that ``C^-1/2 G C^-1/2`` has real modes, none of which grows. Inputs `u`: source current, auxiliary voltage, 1.
    """
    full = _Equations(topology, clamp)
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
    """Conductances between the terminals (index 0), the coupling capacitor (where there is one) and the blocks."""

    def __init__(self, topology: Topology, clamp: int) -> None:
        blocks, coupled = topology.blocks, int(bool(topology.coupling_f))
        size = 1 + coupled + len(blocks)
        chain = 1.0 / topology.chain_ohm if topology.chain_ohm is not None else 0.0
        limited = CLAMP_OHM if topology.names else _HARD_CLAMP_OHM
        pull = abs(clamp) / limited
        at_source = topology.source_siemens + pull
        source = [0, *([1] if coupled else [])]  # the source's node voltage is the sum of these
        inner = list(range(1 + coupled, size))
        self._node_f = topology.node_f
        self._farads = np.array(
            [topology.node_f, *([topology.coupling_f] if coupled else []), *(b.farad for b in blocks)]
        )
        through = np.zeros(size)  # the chain's voltage across its plain resistances
        through[0] = 1.0
        through[inner] = -1.0
        at_s = np.zeros(size)
        at_s[source] = 1.0
        node = np.zeros(size)
        node[0] = 1.0
        self._conductance = at_source * np.outer(at_s, at_s) + chain * np.outer(through, through)
        self._conductance += (topology.probe_siemens + topology.feed_siemens) * np.outer(node, node)
        self._conductance[inner, inner] += [block.siemens for block in blocks]
        injected = np.array(
            [float(topology.source_siemens > 0.0), 0.0, clamp * topology.clamp_v * pull if clamp else 0.0]
        )
        fed = np.array([0.0, topology.feed_siemens, 0.0])
        self._drive = np.outer(at_s, injected) + np.outer(node, fed)
        load = (chain * through, np.zeros(3))
        drawn = (load[0] + (topology.probe_siemens + topology.feed_siemens) * node, -fed)
        delivered = (-at_source * at_s, injected)
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
        """Eliminate the terminals where they have no capacitance: their voltage follows at once."""
        if self._node_f:
            return self._farads, self._conductance, self._drive, self._states, self._inputs
        total = self._conductance[0, 0]
        if total == 0.0:  # nothing is connected: no voltage, no current
            follows, fed = np.zeros(len(self._farads) - 1), np.zeros(3)
        else:
            follows, fed = -self._conductance[0, 1:] / total, self._drive[0] / total
        rest = self._conductance[1:, 1:] + np.outer(self._conductance[1:, 0], follows)
        drive = self._drive[1:] - np.outer(self._conductance[1:, 0], fed)
        states = self._states[:, 1:] + np.outer(self._states[:, 0], follows)
        inputs = self._inputs + np.outer(self._states[:, 0], fed)
        return self._farads[1:], rest, drive, states, inputs
