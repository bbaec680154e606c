"""The parts on the bench as they really are, and what they make of one set of closed relays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.quantity import finite

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.asbuilt import AsBuilt
    from harness.simulation.files.benchfile import BenchFile, ResistorRow
    from harness.simulation.files.modelfile import ModelTable

REFERENCE_TEMPERATURE_C = 23.0
"""Temperature of the certificates."""


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
    """

    name: str
    resistance_ohm: float
    force: int
    sense: int | None
    contact_ohm: float
    leakage_ohm: float = 1e12
    emf_v: float = 0.0
    emf_swing_v: float = 0.0


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything that stands in the loop.

    Attributes:
        loads: the matrix.
        meter: the resistors that the multimeter may sit on.
        scope: the resistors that the oscilloscope may sit on.
        temperature_c: true temperature of the room.
        pickup_a: peak of the mains pickup in the loop.
        mains_hz: true mains frequency.
        meter_bias_a: input bias current of the multimeter.
        scope_input_ohm: input resistance of the oscilloscope.
        emf_half_period_s: time in which the slow part of the thermal voltage goes from one end to the other.
    """

    loads: tuple[Branch, ...]
    meter: tuple[Branch, ...]
    scope: tuple[Branch, ...]
    temperature_c: float
    pickup_a: float
    mains_hz: float
    meter_bias_a: float
    scope_input_ohm: float
    emf_half_period_s: float


def as_built(bench: BenchFile, model: ModelTable, errors: HiddenErrors, overlay: AsBuilt) -> Parts:
    """Draw the parts of a bench from its seed; `overlay` says which true values are given instead."""
    temperature = bench.temperature_c + errors.rectangular("temperature", bench.temperature_half_width_c)

    def contact(channel: int) -> float:
        low, high = model.number("contact.low_ohm"), model.number("contact.high_ohm")
        return errors.between(f"contact {channel}", low, high)

    def resistor(row: ResistorRow) -> Branch:
        true = overlay.resistors.get(row.id)
        if true is None:
            # The certificate's U over k is the standard uncertainty of the true value.
            true = row.resistance_ohm + errors.normal(row.id, row.expanded_uncertainty_ohm / row.coverage_factor)
            slope = errors.rectangular(f"{row.id} temperature coefficient", row.temperature_coefficient_per_k)
            true *= 1.0 + slope * (temperature - REFERENCE_TEMPERATURE_C)
        return Branch(
            name=row.id,
            resistance_ohm=finite(row.id, true),
            force=row.channels[0],
            sense=row.channels[1] if len(row.channels) > 1 else None,
            contact_ohm=contact(row.channels[0]),
            leakage_ohm=errors.between(f"{row.id} leakage", *model.pair("leakage.range_ohm")),
            emf_v=errors.rectangular(f"{row.id} emf", model.number("emf.constant_v")),
            emf_swing_v=errors.rectangular(f"{row.id} emf swing", model.number("emf.swing_v")),
        )

    tolerance = model.number("load.tolerance")
    loads = tuple(
        Branch(
            name=row.name,
            resistance_ohm=overlay.loads.get(row.name)
            or row.resistance_ohm * (1.0 + errors.rectangular(f"load {row.name}", tolerance)),
            force=row.channels[0],
            sense=None,
            contact_ohm=sum(contact(channel) for channel in row.channels),
        )
        for row in bench.loads
    )
    return Parts(
        loads=loads,
        meter=tuple(resistor(row) for row in bench.resistors if row.role == "multimeter"),
        scope=tuple(resistor(row) for row in bench.resistors if row.role == "oscilloscope"),
        temperature_c=temperature,
        pickup_a=errors.between("pickup", *model.pair("pickup.range_a")),
        mains_hz=bench.mains_frequency_hz * (1.0 + errors.rectangular("mains", model.number("pickup.mains_tolerance"))),
        meter_bias_a=model.number("multimeter.bias_a"),
        scope_input_ohm=model.number("oscilloscope.input_ohm"),
        emf_half_period_s=model.number("emf.half_period_s"),
    )


@dataclass(frozen=True, slots=True)
class Network:
    """One set of closed relays, solved: factors from the loop current to what each instrument sees.

    Attributes:
        loop_ohm: resistance between output + and output -, or None where the loop is open.
        meter_ohm: multimeter voltage for each ampere in the loop; 0 where nothing is sensed or carries current.
        scope_ohm: the same for the oscilloscope.
        sensed: the resistor that gives the multimeter its thermal voltage, or None where none is sensed.
    """

    loop_ohm: float | None
    meter_ohm: float
    scope_ohm: float
    sensed: Branch | None
    meter_bias_v: float


def solve(
    parts: Parts, closed: frozenset[int], meter_input_ohm: float, resistor_factors: Mapping[str, float]
) -> Network:
    """Solve the loop for the relays that are closed."""

    def value(branch: Branch, input_ohm: float | None) -> float:
        """Resistance of a branch without its contact, as its instrument leaves it."""
        siemens = 1.0 / (branch.resistance_ohm * resistor_factors.get(branch.name, 1.0)) + 1.0 / branch.leakage_ohm
        return 1.0 / (siemens + (1.0 / input_ohm if input_ohm is not None and branch.sense in closed else 0.0))

    loads = [value(branch, None) + branch.contact_ohm for branch in parts.loads if branch.force in closed]
    meter_ohm, meter_total = _group(parts.meter, closed, {b.name: value(b, meter_input_ohm) for b in parts.meter})
    scope_ohm, scope_total = _group(parts.scope, closed, {b.name: value(b, parts.scope_input_ohm) for b in parts.scope})
    groups = (_parallel(loads), meter_total, scope_total)
    loop_ohm = None if None in groups else sum(group for group in groups if group is not None)
    sensed = next((branch for branch in parts.meter if branch.sense in closed), None)
    bias_v = parts.meter_bias_a * value(sensed, meter_input_ohm) if sensed is not None else 0.0
    return Network(loop_ohm, meter_ohm, scope_ohm, sensed, bias_v)


def _parallel(resistances: Iterable[float]) -> float | None:
    siemens = sum(1.0 / resistance for resistance in resistances)
    return 1.0 / siemens if siemens else None


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
