"""What the parts make of one set of closed relays: the load chain, and what its instruments see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulation.circuit.topology import Block, Path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.simulation.circuit.parts import Branch, Parts


_LEAST_OHM = 1e-3
"""Of a load beside others: less than any relay contact has."""


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
        skins: what stores charge: in series with them, unless it is in `paths`.
        paths: loads side by side, in series with them.
        meter_ohm: multimeter voltage for each ampere in the loop; 0 where nothing is sensed or carries current.
        scope_ohm: the same for the oscilloscope.
        sensed: the resistor that gives the multimeter its thermal voltage, or None where none is sensed.
        meter_bias_v: what the multimeter's bias current makes of it.
    """

    series_ohm: float | None
    skins: tuple[Skin, ...]
    paths: tuple[Path, ...]
    meter_ohm: float
    scope_ohm: float
    sensed: Branch | None
    meter_bias_v: float

    @property
    def blocks(self) -> tuple[Block, ...]:
        """What stores charge in series with the plain resistances."""
        return () if self.paths else tuple(skin.block for skin in self.skins)

    def impedance(self, omega: float) -> complex | None:
        """Answer its impedance at an angular frequency, None where it is open."""
        if self.series_ohm is None:
            return None
        total = complex(self.series_ohm) + sum(_impedance(block, omega) for block in self.blocks)
        if self.paths:
            admittances = (1.0 / (path.ohm + sum(_impedance(b, omega) for b in path.blocks)) for path in self.paths)
            total += 1.0 / sum(admittances)
        return total

    @property
    def direct_ohm(self) -> float | None:
        """Resistance for direct current, None where the chain is open."""
        if self.series_ohm is None:
            return None
        if self.paths:
            through = sum(1.0 / (path.ohm + sum(1.0 / block.siemens for block in path.blocks)) for path in self.paths)
            return self.series_ohm + 1.0 / through
        return self.series_ohm + sum(1.0 / block.siemens for block in self.blocks)


def connect(
    parts: Parts, closed: frozenset[int], meter_input_ohm: float, resistor_factors: Mapping[str, float]
) -> Chain:
    """Work out the chain for the relays that are closed."""

    def value(branch: Branch, input_ohm: float | None) -> float:
        """Resistance of a branch without its contact, as its instrument leaves it."""
        resistance = branch.resistance_ohm * resistor_factors.get(branch.name, 1.0)
        if resistance == 0.0:
            return 0.0
        siemens = 1.0 / resistance + 1.0 / branch.leakage_ohm
        return 1.0 / (siemens + (1.0 / input_ohm if input_ohm is not None and branch.sense in closed else 0.0))

    meter_ohm, meter_total = _group(parts.meter, closed, {b.name: value(b, meter_input_ohm) for b in parts.meter})
    scope_ohm, scope_total = _group(parts.scope, closed, {b.name: value(b, parts.scope_input_ohm) for b in parts.scope})
    load_ohm, skins, paths = _loads({b: value(b, None) + b.contact_ohm for b in parts.loads if b.force in closed})
    groups = (load_ohm, meter_total, scope_total)
    series_ohm = None if None in groups else sum(group for group in groups if group is not None)
    sensed = next((branch for branch in parts.meter if branch.sense in closed), None)
    bias_v = parts.meter_bias_a * value(sensed, meter_input_ohm) if sensed is not None else 0.0
    return Chain(series_ohm, skins, paths, meter_ohm, scope_ohm, sensed, bias_v)


def _impedance(block: Block, omega: float) -> complex:
    return 1.0 / complex(block.siemens, omega * block.farad)


def _loads(connected: Mapping[Branch, float]) -> tuple[float | None, tuple[Skin, ...], tuple[Path, ...]]:
    """Answer the plain resistance of the connected loads, None without any, what stores charge, and loads in parallel.

    Args:
        connected: plain resistance of each load, its contact included.
    """
    storing = [branch for branch in connected if branch.blocks]
    plain = _parallel(ohm for branch, ohm in connected.items() if branch not in storing)
    if not storing:
        return plain, (), ()
    if plain == 0.0:
        return 0.0, (), ()  # shorted
    if len(storing) == 1 and (plain is None or len(storing[0].blocks) == 1):
        at_once, skins = _one(storing[0], connected[storing[0]], plain)
        return at_once, skins, ()
    paths = [Path(plain)] if plain is not None else []
    found: list[Skin] = []
    for branch in storing:
        own = _skins(branch)
        found.extend(own)
        paths.append(Path(max(connected[branch], _LEAST_OHM), tuple(skin.block for skin in own)))
    return 0.0, tuple(found), tuple(paths)


def _skins(branch: Branch) -> tuple[Skin, ...]:
    """Answer the blocks of a load as they are."""
    return tuple(
        Skin(name, Block(f"skin {name}", 1.0 / ohm, farad), 1.0, -1.0 / (ohm * farad))
        for name, ohm, farad in branch.named_blocks()
    )


def _one(branch: Branch, series: float, plain: float | None) -> tuple[float, tuple[Skin, ...]]:
    """Answer one load with all plain resistances that are parallel to it."""
    if plain is None:
        return series, _skins(branch)
    ((bridged, farad),) = branch.blocks
    at_once = series * plain / (series + plain)
    at_rest = (series + bridged) * plain / (series + bridged + plain)
    seen_by_capacitor = bridged * (series + plain) / (bridged + series + plain)
    block_ohm = at_rest - at_once
    block = Block(f"skin {branch.name}", 1.0 / block_ohm, farad * seen_by_capacitor / block_ohm)
    return at_once, (Skin(branch.name, block, plain / (series + plain), -1.0 / (bridged * farad)),)


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
