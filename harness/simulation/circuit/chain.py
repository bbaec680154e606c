"""What the parts make of one set of closed relays: the load chain, and what its instruments see."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.simulation.circuit.topology import Block, Group, Path
from harness.simulation.circuit.variation import STILL

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.simulation.circuit.branch import Branch
    from harness.simulation.circuit.parts import Parts
    from harness.simulation.circuit.variation import Moment


_LEAST_OHM = 0.05
"""Of a load beside others, or of a layer of skin: no more than any relay contact has."""


@dataclass(frozen=True, slots=True)
class Skin:
    """A part of a load that stores charge.

    One capacitor behind resistors looks from outside like a resistor in series with a resistor and a capacitor in
    parallel, exactly, whatever else is parallel to the load (Foster's form of a one-capacitor impedance). Where more
    than one capacitor is connected each block is the real one.

    Attributes:
        name: of the real block.
        block: what it looks like in the network.
        share: voltage on the block for each volt on the real capacitor.
        own_rate: how fast the capacitor discharges by itself, per second, once its load's relay is open.
    """

    name: str
    block: Block
    share: float
    own_rate: float


@dataclass(frozen=True, slots=True)
class Chain:
    """Loads and resistors as they are connected, without the contact switch.

    Attributes:
        series_ohm: the plain resistances, or None where the chain is open.
        skins: what stores charge, wherever it is.
        blocks: what stores charge in series with the plain resistances.
        groups: loads side by side, and skin that breaks down, in series with both.
        meter_ohm: multimeter voltage for each ampere in the loop; 0 where nothing is sensed or carries current.
        scope_ohm: the same for the oscilloscope.
        sensed: the resistor that gives the multimeter its thermal voltage, or None where none is sensed.
        meter_bias_v: what the multimeter's bias current makes of it.
    """

    series_ohm: float | None
    skins: tuple[Skin, ...]
    blocks: tuple[Block, ...]
    groups: tuple[Group, ...]
    meter_ohm: float
    scope_ohm: float
    sensed: Branch | None
    meter_bias_v: float

    @property
    def largest_f(self) -> float:
        """Largest capacitance of a load that is connected."""
        return max((skin.block.farad for skin in self.skins), default=0.0)

    def impedance(self, omega: float) -> complex | None:
        """Answer its impedance at an angular frequency, every breakdown at rest; None where it is open."""
        if self.series_ohm is None:
            return None
        return Path(self.series_ohm, self.blocks, self.groups).impedance(omega)

    @property
    def direct_ohm(self) -> float | None:
        """Resistance for direct current, every breakdown at rest; None where the chain is open."""
        if self.series_ohm is None:
            return None
        blocks = sum(1.0 / block.siemens for block in self.blocks)
        return self.series_ohm + blocks + sum(group.impedance(0.0).real for group in self.groups)


def connect(
    parts: Parts,
    closed: frozenset[int],
    meter_input_ohm: float,
    resistor_factors: Mapping[str, float],
    moments: Mapping[str, Moment],
) -> Chain:
    """Work out the chain for the relays that are closed, with the loads that vary as they are at the moment."""

    def value(branch: Branch, input_ohm: float | None) -> float:
        """Resistance of a branch without its contact, as its instrument leaves it."""
        resistance = branch.resistance_ohm * resistor_factors.get(branch.name, 1.0)
        if branch.name in moments:
            moment = moments[branch.name]
            resistance = resistance * moment.plain + moment.added_ohm
        if resistance == 0.0:
            return 0.0
        siemens = 1.0 / resistance + 1.0 / branch.leakage_ohm
        return 1.0 / (siemens + (1.0 / input_ohm if input_ohm is not None and branch.sense in closed else 0.0))

    meter_ohm, meter_total = _group(parts.meter, closed, {b.name: value(b, meter_input_ohm) for b in parts.meter})
    scope_ohm, scope_total = _group(parts.scope, closed, {b.name: value(b, parts.scope_input_ohm) for b in parts.scope})
    connected = {b: value(b, None) + b.contact_ohm for b in parts.loads if b.force in closed}
    loads = _loads({_at(branch, moments): ohm for branch, ohm in connected.items()})
    plain = (loads.ohm, meter_total, scope_total)
    series_ohm = None if None in plain else sum(ohm for ohm in plain if ohm is not None)
    sensed = next((branch for branch in parts.meter if branch.sense in closed), None)
    bias_v = parts.meter_bias_a * value(sensed, meter_input_ohm) if sensed is not None else 0.0
    return Chain(series_ohm, loads.skins, loads.blocks, loads.groups, meter_ohm, scope_ohm, sensed, bias_v)


def _at(branch: Branch, moments: Mapping[str, Moment]) -> Branch:
    """Answer a load with the resistances that its layers have at the moment."""
    skin = moments[branch.name].skin if branch.name in moments else 1.0
    if skin == 1.0:
        return branch

    def scaled(blocks: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
        return tuple((ohm * skin, farad) for ohm, farad in blocks)

    return replace(
        branch,
        parallel_ohm=branch.parallel_ohm * skin,
        ladder=scaled(branch.ladder),
        layers=tuple(
            replace(
                layer,
                blocks=scaled(layer.blocks),
                breakdown=replace(layer.breakdown, parallel_ohm=layer.breakdown.parallel_ohm * skin),
            )
            for layer in branch.layers
        ),
    )


@dataclass(frozen=True, slots=True)
class Loads:
    """Loads that are connected, as they stand in the chain; `ohm` is None where there is none."""

    ohm: float | None
    skins: tuple[Skin, ...] = ()
    blocks: tuple[Block, ...] = ()
    groups: tuple[Group, ...] = ()


def _loads(connected: Mapping[Branch, float]) -> Loads:
    """Put together the connected loads, each with its plain resistance, its contact included."""
    storing = [branch for branch in connected if branch.blocks or branch.layers]
    plain = _parallel(ohm for branch, ohm in connected.items() if branch not in storing)
    if not storing or plain == 0.0:  # a short leaves nothing to the others
        return Loads(plain)
    if len(storing) == 1 and (plain is None or (len(storing[0].blocks) == 1 and not storing[0].layers)):
        return _one(storing[0], connected[storing[0]], plain)
    paths = [Path(plain)] if plain is not None else []
    found: list[Skin] = []
    for branch in storing:
        alone = _one(branch, connected[branch], None)
        found.extend(alone.skins)
        paths.append(Path(max(alone.ohm or 0.0, _LEAST_OHM), alone.blocks, alone.groups))
    return Loads(0.0, tuple(found), (), (Group(tuple(paths)),))


def _one(branch: Branch, series: float, plain: float | None) -> Loads:
    """Answer one load with all plain resistances that are parallel to it."""
    if plain is None:
        skins = _skins(branch.name, branch.blocks)
        blocks, groups = tuple(skin.block for skin in skins), []
        for number, layer in enumerate(branch.layers, start=1):
            own = _skins(f"{branch.name} layer {number}", layer.blocks)
            path = Path(max(layer.series_ohm, _LEAST_OHM), tuple(skin.block for skin in own))
            groups.append(Group((path,), layer.breakdown))
            skins += own
        return Loads(series, skins, blocks, tuple(groups))
    ((bridged, farad),) = branch.blocks
    at_once = series * plain / (series + plain)
    at_rest = (series + bridged) * plain / (series + bridged + plain)
    seen_by_capacitor = bridged * (series + plain) / (bridged + series + plain)
    block_ohm = at_rest - at_once
    block = Block(f"skin {branch.name}", 1.0 / block_ohm, farad * seen_by_capacitor / block_ohm)
    skin = Skin(branch.name, block, plain / (series + plain), -1.0 / (bridged * farad))
    return Loads(at_once, (skin,), (block,))


def of_second(parts: Parts, closed: frozenset[int], moments: Mapping[str, Moment]) -> Loads | None:
    """Answer the load of the channel that no electrode relay connects, None where its relay is open."""
    if parts.second is None or parts.second.load.force not in closed:
        return None
    branch = _at(parts.second.load, moments)
    moment = moments.get(branch.name, STILL)
    return _one(branch, branch.resistance_ohm * moment.plain + moment.added_ohm + branch.contact_ohm, None)


def _skins(name: str, blocks: tuple[tuple[float, float], ...]) -> tuple[Skin, ...]:
    """Answer blocks of a load as they are; the first one has its name."""
    found = []
    for number, (ohm, farad) in enumerate(blocks, start=1):
        own = name if number == 1 else f"{name} {number}"
        found.append(Skin(own, Block(f"skin {own}", 1.0 / ohm, farad), 1.0, -1.0 / (ohm * farad)))
    return tuple(found)


def _parallel(resistances: Iterable[float]) -> float | None:
    values = list(resistances)
    if not values:
        return None
    if 0.0 in values:
        return 0.0
    return 1.0 / sum(1.0 / value for value in values)


def _group(
    branches: tuple[Branch, ...], closed: frozenset[int], values: Mapping[str, float]
) -> tuple[float, float | None]:
    """Answer the sensed voltage for each ampere, and the resistance of the branches in the loop."""
    inside = {branch.name: values[branch.name] + branch.contact_ohm for branch in branches if branch.force in closed}
    total = _parallel(inside.values())
    sensed = [branch for branch in branches if branch.sense in closed]
    if total is None or not sensed:
        return 0.0, total
    # Sense leads that are joined settle half way: their contacts are alike.
    volts = [total / inside[b.name] * values[b.name] if b.name in inside else 0.0 for b in sensed]
    return sum(volts) / len(volts), total
