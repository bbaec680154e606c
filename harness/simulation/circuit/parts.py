"""The parts on the bench as they really are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.quantity import finite
from harness.simulation.circuit.branch import Branch, with_network

if TYPE_CHECKING:
    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.asbuilt import AsBuilt
    from harness.simulation.files.benchfile import (
        AuxiliarySourceRow,
        BenchFile,
        ContactSwitchRow,
        ElectrodeVoltageRow,
        LoadRow,
        ResistorRow,
    )
    from harness.simulation.files.modelfile import ModelTable

REFERENCE_TEMPERATURE_C = 23.0
"""Temperature of the certificates."""


@dataclass(frozen=True, slots=True)
class ContactSwitch:
    """The opto-MOSFETs at the two electrodes.

    Attributes:
        plus_ohm: of the closed one at output +.
        minus_ohm: of the closed one at output -.
        off_ohm: of an open one.
        off_f: across an open one.
        monitor_high_v: what the contact monitor shows while it is closed.
    """

    plus_ohm: float
    minus_ohm: float
    off_ohm: float
    off_f: float
    monitor_high_v: float


@dataclass(frozen=True, slots=True)
class Probe:
    """The differential input across the terminals; `channels` connect it."""

    resistance_ohm: float
    capacitance_f: float
    channels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AuxiliarySource:
    """The floating source's resistor; `channels` connect it, `reverse_channels` exchange its leads."""

    series_ohm: float
    channels: tuple[int, ...]
    reverse_channels: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SecondChannel:
    """The load of the channel that no electrode relay connects, and the resistance through which both loops return."""

    load: Branch
    shared_ohm: float


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
        contact: None where the contact is always closed.
        probe: None where there is no differential input.
        auxiliary: None where there is no auxiliary source.
        leads_f: leads and fixture, behind the electrode relay.
        electrode_relay: whether there is one; without it channel 1 is always connected.
        second: None where one channel at a time has a load.
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
    contact: ContactSwitch | None = None
    probe: Probe | None = None
    auxiliary: AuxiliarySource | None = None
    leads_f: float = 0.0
    electrode_relay: bool = False
    second: SecondChannel | None = None


def as_built(bench: BenchFile, model: ModelTable, errors: HiddenErrors, overlay: AsBuilt) -> Parts:
    """Draw the parts of a bench from its seed; `overlay` says which true values are given instead."""
    second = bench.second_channel
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

    return Parts(
        loads=tuple(_load(row, model, errors, overlay, sum(map(contact, row.channels))) for row in bench.loads),
        meter=tuple(resistor(row) for row in bench.resistors if row.role == "multimeter"),
        scope=tuple(resistor(row) for row in bench.resistors if row.role == "oscilloscope"),
        temperature_c=temperature,
        pickup_a=errors.between("pickup", *model.pair("pickup.range_a")),
        mains_hz=bench.mains_frequency_hz * (1.0 + errors.rectangular("mains", model.number("pickup.mains_tolerance"))),
        meter_bias_a=model.number("multimeter.bias_a"),
        # A passive probe of ratio r is r - 1 times the input's resistance in series with it.
        scope_input_ohm=model.number("oscilloscope.input_ohm") * max(1.0, bench.probe_ratio),
        emf_half_period_s=model.number("emf.half_period_s"),
        contact=_contact_switch(bench.contact_switch, model, errors) if bench.contact_switch else None,
        probe=_probe(bench.electrode_voltage, model, errors) if bench.electrode_voltage else None,
        auxiliary=_auxiliary(bench.auxiliary_source, model, errors) if bench.auxiliary_source else None,
        leads_f=_near(errors, model, "electrodes capacitance", bench.electrodes.capacitance_f)
        if bench.electrodes
        else 0.0,
        electrode_relay=bench.electrodes is not None,
        second=SecondChannel(
            _load(second.load, model, errors, overlay, sum(map(contact, second.load.channels))),
            second.shared_ohm * (1.0 + errors.rectangular("shared return", model.number("load.tolerance"))),
        )
        if second is not None
        else None,
    )


def _near(errors: HiddenErrors, model: ModelTable, name: str, stated: float) -> float:
    """Draw a value near the stated one, within the spread that the model gives for `name`."""
    key = name.replace(" ", "_")
    return stated * (1.0 + errors.rectangular(name, model.number(f"spread.{key}")))


def _load(row: LoadRow, model: ModelTable, errors: HiddenErrors, overlay: AsBuilt, contact_ohm: float) -> Branch:
    tolerance = model.number("load.tolerance")
    drawn = row.resistance_ohm * (1.0 + errors.rectangular(f"load {row.name}", tolerance))
    parallel, farad = f"load {row.name} parallel", f"load {row.name} capacitance"
    branch = Branch(
        name=row.name,
        resistance_ohm=overlay.loads.get(row.name) or drawn,
        force=row.channels[0],
        sense=None,
        contact_ohm=contact_ohm,
        parallel_ohm=row.parallel_ohm * (1.0 + errors.rectangular(parallel, tolerance)),
        parallel_f=row.parallel_f * (1.0 + errors.rectangular(farad, model.number("load.capacitance_tolerance"))),
    )
    return branch if row.network is None else with_network(branch, row.network, model, errors)


def _contact_switch(row: ContactSwitchRow, model: ModelTable, errors: HiddenErrors) -> ContactSwitch:
    leaking = errors.between("contact switch leakage", *model.pair("contact_switch.leakage_share"))
    return ContactSwitch(
        plus_ohm=row.on_resistance_ohm * errors.between("contact plus", *model.pair("contact_switch.on_share")),
        minus_ohm=row.on_resistance_ohm * errors.between("contact minus", *model.pair("contact_switch.on_share")),
        off_ohm=model.number("contact_switch.leakage_at_v") / (row.leakage_a * leaking),
        off_f=_near(errors, model, "contact switch capacitance", row.off_capacitance_f),
        monitor_high_v=row.monitor_high_v,
    )


def _probe(row: ElectrodeVoltageRow, model: ModelTable, errors: HiddenErrors) -> Probe:
    return Probe(
        resistance_ohm=_near(errors, model, "probe resistance", row.resistance_ohm),
        capacitance_f=_near(errors, model, "probe capacitance", row.capacitance_f),
        channels=row.channels,
    )


def _auxiliary(row: AuxiliarySourceRow, model: ModelTable, errors: HiddenErrors) -> AuxiliarySource:
    return AuxiliarySource(
        _near(errors, model, "auxiliary resistor", row.series_ohm), row.channels, row.reverse_channels
    )
