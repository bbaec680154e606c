"""A resistor or a load behind its relay, and the electrodes that a load may be."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.simulation.circuit.breakdown import Breakdown
from harness.simulation.circuit.ladder import Ladder, ladder

if TYPE_CHECKING:
    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.electrodesfile import LayerRow, NetworkRow, VariesRow
    from harness.simulation.files.modelfile import ModelTable


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of skin that breaks down: a resistance in series with blocks (ohms, farads), bridged by its law."""

    series_ohm: float
    blocks: tuple[tuple[float, float], ...]
    breakdown: Breakdown


@dataclass(frozen=True, slots=True)
class Branch:
    """A resistor behind a relay contact, with a second contact to its sense lead where it has one.

    Attributes:
        name: id of the resistor, name of the load.
        resistance_ohm: true value, the contact apart.
        force: channel that puts it into the loop.
        sense: channel that connects its instrument, or None.
        contact_ohm: resistance of the force contact, outside the sensed voltage.
        leakage_ohm: what conducts past the resistor.
        emf_v: constant thermal voltage at its instrument's terminals.
        emf_swing_v: largest slow change of that voltage, peak to peak.
        parallel_ohm: second resistor in series, bridged by a capacitance, where the load is skin; 0: none.
        parallel_f: that capacitance.
        ladder: further blocks in series, each a resistance with a capacitance in parallel (ohms, farads).
        layers: skin that breaks down, in series with all of it.
        varies: how it varies while it is touched, None where it does not.
        seed: draws the series of that.
    """

    name: str
    resistance_ohm: float
    force: int
    sense: int | None
    contact_ohm: float
    leakage_ohm: float = 1e12
    emf_v: float = 0.0
    emf_swing_v: float = 0.0
    parallel_ohm: float = 0.0
    parallel_f: float = 0.0
    ladder: tuple[tuple[float, float], ...] = ()
    layers: tuple[Layer, ...] = ()
    varies: VariesRow | None = None
    seed: int = 0

    @property
    def blocks(self) -> tuple[tuple[float, float], ...]:
        """All blocks in series with the resistor, as ohms and farads."""
        return (((self.parallel_ohm, self.parallel_f),) if self.parallel_f else ()) + self.ladder


def with_network(branch: Branch, row: NetworkRow, model: ModelTable, errors: HiddenErrors) -> Branch:
    """Put electrodes in series with a load, each part drawn near its stated value."""
    tolerance, farads = model.number("load.tolerance"), model.number("load.capacitance_tolerance")
    series_ohm = branch.resistance_ohm
    series_ohm += row.series_ohm * (1.0 + errors.rectangular(f"load {branch.name} electrodes", tolerance))
    blocks: list[tuple[float, float]] = []
    layers: list[Layer] = []
    for number, layer in enumerate(row.layers, start=1):
        name = f"load {branch.name} layer {number}"
        near = _solved(layer, model.number("skin.largest_error")).scaled(
            1.0 + errors.rectangular(f"{name} resistance", tolerance),
            1.0 + errors.rectangular(f"{name} capacitance", farads),
        )
        if layer.breakdown is None:
            series_ohm += near.series_ohm
            blocks.extend(near.blocks)
        else:
            layers.append(Layer(near.series_ohm, near.blocks, _law(name, layer, near, model)))
    return replace(
        branch,
        resistance_ohm=series_ohm,
        ladder=tuple(blocks),
        layers=tuple(layers),
        varies=row.varies,
        seed=errors.seed,
    )


def _solved(layer: LayerRow, largest_error: float) -> Ladder:
    """Answer resistors and capacitors of a layer; as many alike as it counts are one of so many times the impedance."""
    if layer.parallel_f:
        one = Ladder(0.0, ((layer.parallel_ohm, layer.parallel_f),), 0.0)
    else:
        one = ladder(layer.parallel_ohm, layer.cpe_siemens, layer.cpe_exponent, largest_error)
    return one.scaled(float(layer.count), 1.0 / layer.count)


def _law(name: str, layer: LayerRow, near: Ladder, model: ModelTable) -> Breakdown:
    """Answer the law of a layer; voltage divides evenly among those that it counts."""
    row = layer.breakdown
    if row is None:
        raise ValueError(f"{name} does not break down")
    return Breakdown(
        name=name,
        parallel_ohm=near.series_ohm + sum(ohm for ohm, _ in near.blocks),
        knee_v=row.knee_v * layer.count,
        exponent=row.exponent,
        recovery_s=row.recovery_s,
        asymmetry=row.asymmetry,
        ratio=model.number("skin.conductance_ratio"),
    )
