"""The conductances of a topology, as equations of its charged parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.simulation.circuit.topology import Group, Limit, State, Topology

    Numbers = NDArray[np.float64]

SOURCE, AUXILIARY, ONE, SECOND_SOURCE = range(4)
"""Columns of the inputs: source current, auxiliary voltage, 1 (the limits), the second channel's source current."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a channel stands.

    Attributes:
        at: coordinate of its terminals; coupling capacitor and blocks follow.
        spare: first coordinate without capacitance that is its own.
        shared: coordinate of the shared return, None where there is none.
        source: column of its source current.
    """

    at: int
    spare: int
    shared: int | None
    source: int


@dataclass(slots=True)
class _Cursor:
    """The next coordinates that are free: one without capacitance, and one of a block."""

    spare: int
    block: int

    def next_spare(self) -> int:
        self.spare += 1
        return self.spare - 1

    def next_block(self) -> int:
        self.block += 1
        return self.block - 1


class Equations:
    """``C x' = -G x + B u`` and what is read off `x` and `u`.

    Coordinates `x`: of each channel its terminals, the voltage on its coupling capacitor and on each block, in the
    order of `Topology.names`; then what has no capacitance: sources behind a resistor, the top of loads side by side,
    the shared return. Terminals without capacitance stand at their place too. Every conductance lies across a sum of
    coordinates, and stands in `G` as the outer product of its vector.
    """

    def __init__(self, topology: Topology, state: State) -> None:
        channels = topology.channels
        self._inputs_count = 3 if len(channels) == 1 else 4
        stored = [1 + int(bool(channel.coupling_f)) + len(channel.every_block) for channel in channels]
        extra = [int(bool(channel.series_ohm)) + len(channel.every_group) for channel in channels]
        shared = int(len(channels) > 1 and topology.shared_ohm > 0.0)
        size = sum(stored) + sum(extra) + shared
        self._farads = np.zeros(size)
        self._conductance = np.zeros((size, size))
        self._drive = np.zeros((size, self._inputs_count))
        self._bare = []
        taps: list[tuple[Numbers, Numbers]] = []
        limits = list(zip(topology.limits, state, strict=False))
        self._levels = list(state[len(limits) :])
        self._broken: list[int] = []
        at, spare = 0, sum(stored)
        for number, channel in enumerate(channels):
            own = [limits.pop(0) for _ in range(1 + int(bool(channel.shunt_ohm)))]
            source = SECOND_SOURCE if number else SOURCE
            place = _Place(at, spare, size - 1 if shared else None, source)
            taps.extend(self._channel(channel, own, place))
            self._bare.extend([at] if not channel.node_f else [])
            at, spare = at + stored[number], spare + extra[number]
        if shared:
            self._across(size - 1, 1.0 / topology.shared_ohm)
        self._bare.extend(range(sum(stored), size))
        across = np.zeros((len(self._broken), size))
        across[np.arange(len(self._broken)), self._broken] = 1.0
        self._states = np.concatenate([np.array([states for states, _ in taps]), across])
        self._inputs = np.concatenate(
            [np.array([inputs for _, inputs in taps]), np.zeros((len(self._broken), self._inputs_count))]
        )

    def _channel(
        self, channel: Topology, limits: list[tuple[Limit, int]], place: _Place
    ) -> list[tuple[Numbers, Numbers]]:
        """Enter one channel, its clamp and its shunt in their states, and answer its taps."""
        at, spare, shared, source = place.at, place.spare, place.shared, place.source
        size, coupled = len(self._farads), int(bool(channel.coupling_f))
        chain = 1.0 / channel.chain_ohm if channel.chain_ohm is not None else 0.0
        clamp, pull = _conducting(*limits[0])
        at_source = channel.source_siemens + pull
        behind = [at, *([at + 1] if coupled else [])]  # the voltage behind a protection resistor is the sum of these
        first_block = at + 1 + coupled
        inner = list(range(first_block, first_block + len(channel.blocks)))
        self._farads[at] = channel.node_f
        self._farads[behind[1:]] = channel.coupling_f
        self._farads[first_block : first_block + len(channel.every_block)] = [b.farad for b in channel.every_block]
        through = np.zeros(size)  # the chain's voltage across its plain resistances
        through[at] = 1.0
        through[inner] = -1.0
        if shared is not None:
            through[shared] = -1.0
        cursor = _Cursor(spare + int(bool(channel.series_ohm)), first_block + len(channel.blocks))
        for group in channel.groups:
            through[self._side_by_side(group, cursor)] = -1.0
        at_s = np.zeros(size)
        at_s[spare if channel.series_ohm else behind] = 1.0
        node = np.zeros(size)
        node[at] = 1.0
        self._conductance += at_source * np.outer(at_s, at_s) + chain * np.outer(through, through)
        self._conductance += (channel.probe_siemens + channel.feed_siemens) * np.outer(node, node)
        self._conductance[inner, inner] += [block.siemens for block in channel.blocks]
        injected = self._input(source, float(channel.source_siemens > 0.0)) + self._input(ONE, clamp)
        fed = self._input(AUXILIARY, channel.feed_siemens)
        self._drive += np.outer(at_s, injected) + np.outer(node, fed)
        load = (chain * through, self._input(ONE, 0.0))
        drawn = (load[0] + (channel.probe_siemens + channel.feed_siemens) * node, -fed)
        delivered = (-at_source * at_s, injected)
        if channel.series_ohm:
            dropped = at_s.copy()
            dropped[behind] -= 1.0
            self._conductance += np.outer(dropped, dropped) / channel.series_ohm
        if coupled and channel.leak_siemens:
            self._across(at + 1, channel.leak_siemens)
        if channel.shunt_ohm and limits[1][1]:
            shunt, siemens = _conducting(*limits[1])
            self._across(at, siemens)
            self._drive[at, ONE] += shunt
            delivered = (delivered[0] - siemens * node, injected + self._input(ONE, shunt))
        share = channel.outer_f / channel.node_f if channel.node_f else 0.0
        # Of what charges the terminals, the part outside the unit passes through them.
        own = tuple(inside + share * (whole - inside) for inside, whole in zip(drawn, delivered, strict=True))
        nothing = self._input(ONE, 0.0)
        return [(at_s, nothing), (node, nothing), load, (own[0], own[1])]

    def _side_by_side(self, group: Group, cursor: _Cursor) -> int:
        """Enter a group and answer the coordinate of the voltage across it."""
        top = cursor.next_spare()
        if group.breakdown is not None:
            self._broken.append(top)
            self._across(top, group.breakdown.siemens(self._levels[len(self._broken) - 1]))
        for path in group.paths:
            across = np.zeros(len(self._farads))
            across[top] = 1.0
            for part in path.blocks:
                block = cursor.next_block()
                across[block] = -1.0
                self._across(block, part.siemens)
            for inner in path.groups:
                across[self._side_by_side(inner, cursor)] = -1.0
            self._conductance += np.outer(across, across) / path.ohm
        return top

    def _across(self, index: int, siemens: float) -> None:
        self._conductance[index, index] += siemens

    def _input(self, column: int, value: float) -> Numbers:
        row = np.zeros(self._inputs_count)
        row[column] = value
        return row

    def reduced(self) -> tuple[Numbers, ...]:
        """Eliminate what has no capacitance: it follows at once. Answer C, G, B, and what is read off `x` and `u`."""
        for index in [index for index in self._bare if index == 0]:
            self._eliminate(index, slice(1, None))
        moved = len(self._farads) - len(self._conductance)
        for index in sorted((index - moved for index in self._bare if index), reverse=True):
            last = index == len(self._conductance) - 1
            self._eliminate(index, slice(None, -1) if last else np.arange(len(self._conductance)) != index)
        return np.delete(self._farads, self._bare), self._conductance, self._drive, self._states, self._inputs

    def _eliminate(self, index: int, rest: slice | NDArray[np.bool_]) -> None:
        total = self._conductance[index, index]
        if total == 0.0:  # nothing is connected: no voltage, no current
            follows, fed = np.zeros(len(self._conductance) - 1), np.zeros(self._inputs_count)
        else:
            follows, fed = -self._conductance[index, rest] / total, self._drive[index] / total
        column, at = self._conductance[rest, index], self._states[:, index]
        self._conductance = self._conductance[rest][:, rest] + np.outer(column, follows)
        self._drive = self._drive[rest] - np.outer(column, fed)
        self._states = self._states[:, rest] + np.outer(at, follows)
        self._inputs = self._inputs + np.outer(at, fed)


def _conducting(limit: Limit, state: int) -> tuple[float, float]:
    """Answer the current that a limit gives at 0 V, and its conductance, in one state."""
    pull = abs(state) / limit.ohm
    return limit.edge(state) * pull, pull
