"""What is connected to what between the sources and their common return.

Node s: the current source with its output resistance, and the clamp of the compliance voltage. Between s and node o
the coupling capacitor with its leakage and the protection resistor, where there are any. Node o, the terminals:
capacitance of the output and of what hangs on it, the shunt of a transient suppressor, the differential probe, the
auxiliary source behind its resistor, and the load chain: resistors in series with blocks of a resistor and a capacitor
in parallel (skin, an open contact), and with several loads side by side where more than one is connected. A second
channel has all of this for itself; the load chains of both may end in one resistance that both returns share. All
voltages are against the sources' return.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.simulation.circuit.breakdown import Breakdown
    from harness.simulation.circuit.stage import Stage

CLAMP_OHM = 100.0
"""Slope of the clamp beyond the compliance voltage, where anything stores charge."""

_HARD_CLAMP_OHM = 1e-12
"""Where nothing does: then the voltage is exactly the compliance voltage."""


class Tap(IntEnum):
    """What is read off the network; of the second channel the last ones."""

    SOURCE_NODE = 0
    TERMINALS = 1
    LOAD_CURRENT = 2
    SOURCE_CURRENT = 3
    SECOND_SOURCE_NODE = 4
    SECOND_TERMINALS = 5
    SECOND_LOAD_CURRENT = 6
    SECOND_SOURCE_CURRENT = 7


OF_ONE_CHANNEL = 4
"""How many taps a channel has."""


@dataclass(frozen=True, slots=True)
class Block:
    """A resistance with a capacitance in parallel, in the load chain; `name` keeps its charge apart from others'."""

    name: str
    siemens: float
    farad: float


@dataclass(frozen=True, slots=True)
class Path:
    """One of several things side by side: a resistance, above 0, in series with blocks and groups."""

    ohm: float
    blocks: tuple[Block, ...] = ()
    groups: tuple[Group, ...] = ()

    @property
    def every_block(self) -> tuple[Block, ...]:
        """Its blocks, then those of its groups."""
        return (*self.blocks, *(block for group in self.groups for block in group.every_block))

    def impedance(self, omega: float) -> complex:
        """Answer its impedance at an angular frequency, every breakdown at rest."""
        blocks = sum(1.0 / complex(block.siemens, omega * block.farad) for block in self.blocks)
        return self.ohm + blocks + sum(group.impedance(omega) for group in self.groups)


@dataclass(frozen=True, slots=True)
class Group:
    """Paths side by side, and what breaks down across them: loads of the matrix, or one layer of skin."""

    paths: tuple[Path, ...]
    breakdown: Breakdown | None = None

    @property
    def every_block(self) -> tuple[Block, ...]:
        """The blocks of its paths."""
        return tuple(block for path in self.paths for block in path.every_block)

    @property
    def every_group(self) -> tuple[Group, ...]:
        """Itself, then the groups inside it."""
        return (self, *(inner for path in self.paths for group in path.groups for inner in group.every_group))

    def impedance(self, omega: float) -> complex:
        """Answer its impedance at an angular frequency, its breakdown at rest."""
        return 1.0 / sum(1.0 / path.impedance(omega) for path in self.paths)


@dataclass(frozen=True, slots=True)
class Limit:
    """An element that conducts only where a tap lies outside [low, high], and there with `ohm`: clamp or shunt."""

    tap: int
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
"""Of each limit: -1, 0 or 1; then of each breakdown its step, from 0."""


@dataclass(frozen=True)
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
        blocks: what stores charge in series with them.
        groups: loads side by side, and skin that breaks down, in series with both.
        series_ohm: protection resistor.
        leak_siemens: across the coupling capacitor.
        knee_v: voltage at the terminals from which the shunt conducts.
        shunt_ohm: of the shunt beyond its knee; 0: there is none.
        second: the other channel, where it is on the bench too; its names must differ from the first one's.
        shared_ohm: through which the load chains of both return; 0: none.
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
    groups: tuple[Group, ...] = ()
    second: Topology | None = None
    shared_ohm: float = 0.0

    @cached_property
    def channels(self) -> tuple[Topology, ...]:
        """The first channel by itself, and the second where there is one."""
        return (self,) if self.second is None else (replace(self, second=None), self.second)

    @cached_property
    def every_block(self) -> tuple[Block, ...]:
        """Blocks of the chain, then those of its groups; of the first channel."""
        return (*self.blocks, *(block for group in self.groups for block in group.every_block))

    @cached_property
    def every_group(self) -> tuple[Group, ...]:
        """Groups of the chain, each followed by those inside it; of the first channel."""
        return tuple(inner for group in self.groups for inner in group.every_group)

    @cached_property
    def breakdowns(self) -> tuple[tuple[int, Breakdown], ...]:
        """What breaks down, and the tap of its voltage: those of the channels are followed by these."""
        laws = [
            group.breakdown for channel in self.channels for group in channel.every_group if group.breakdown is not None
        ]
        return tuple(enumerate(laws, start=OF_ONE_CHANNEL * len(self.channels)))

    @cached_property
    def limits(self) -> tuple[Limit, ...]:
        """Of each channel the clamp of its compliance voltage, and the shunt where there is one."""
        hard = len(self.channels) == 1 and not self.names and not self.shunt_ohm
        found: list[Limit] = []
        for number, channel in enumerate(self.channels):
            first = number * OF_ONE_CHANNEL
            floor_v = -channel.clamp_v if channel.floor_v is None else channel.floor_v
            node, terminals = Tap(Tap.SOURCE_NODE + first), Tap(Tap.TERMINALS + first)
            found.append(Limit(node, floor_v, channel.clamp_v, _HARD_CLAMP_OHM if hard else CLAMP_OHM))
            if channel.shunt_ohm:
                found.append(Limit(terminals, -channel.knee_v, channel.knee_v, channel.shunt_ohm))
        return tuple(found)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the charged parts, in the order of the state."""
        found: list[str] = []
        for number, channel in enumerate(self.channels):
            of = "second " if number else ""
            found.extend([f"{of}node"] if channel.node_f else [])
            found.extend([f"{of}coupling"] if channel.coupling_f else [])
            found.extend(block.name for block in channel.every_block)
        return tuple(found)


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
