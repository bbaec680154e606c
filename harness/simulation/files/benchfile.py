"""The part of a bench file that the simulation needs: what is wired to what.

Serial numbers, certificates, accuracy and influences are what the host believes; they are not read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulation.files.electrodesfile import NetworkRow, read_network
from harness.simulation.files.table import Table, load_extended

if TYPE_CHECKING:
    from pathlib import Path

_ROLES = ("multimeter", "oscilloscope")


@dataclass(frozen=True, slots=True)
class ResistorRow:
    """A calibrated resistor as its certificate states it."""

    id: str
    role: str
    resistance_ohm: float
    expanded_uncertainty_ohm: float
    coverage_factor: float
    temperature_coefficient_per_k: float
    channels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LoadRow:
    """A load of the matrix: a resistor, in series with a second one that a capacitance bridges where it is skin.

    Attributes:
        resistance_ohm: of the series resistor; 0 where the load is a short.
        parallel_ohm: of the bridged resistor; 0 where there is none.
        parallel_f: the capacitance across it.
        network: electrodes in series with both, None where there are none.
    """

    name: str
    resistance_ohm: float
    channels: tuple[int, ...]
    parallel_ohm: float = 0.0
    parallel_f: float = 0.0
    network: NetworkRow | None = None


@dataclass(frozen=True, slots=True)
class ContactSwitchRow:
    """The opto-MOSFETs at the electrodes and the one that is the contact monitor.

    Attributes:
        plus: generator channel that gates the switch at output +, and with it the monitor.
        minus: generator channel that gates the switch at output -.
        operate_s: from the gate's edge to closed.
        release_s: from the gate's edge to open.
        jitter_s: bound of what a real gap differs from the requested one by.
        mismatch_s: bound of what the monitor's edges differ from the contact's by.
        monitor_oscilloscope_channel: where the monitor is seen.
        monitor_high_v: what it shows while the contact is closed.
    """

    plus: int
    minus: int
    on_resistance_ohm: float
    off_capacitance_f: float
    leakage_a: float
    operate_s: float
    release_s: float
    jitter_s: float
    mismatch_s: float
    monitor_oscilloscope_channel: int
    monitor_high_v: float


@dataclass(frozen=True, slots=True)
class ElectrodeVoltageRow:
    """The differential probe across the terminals, behind its relay."""

    oscilloscope_channel: int
    probe_ratio: float
    resistance_ohm: float
    capacitance_f: float
    channels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AuxiliarySourceRow:
    """The floating source behind its resistor and its relay; other relays exchange its leads."""

    series_ohm: float
    channels: tuple[int, ...]
    reverse_channels: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class ElectrodesRow:
    """The electrode relays.

    Attributes:
        relays: relay of stimulator channel 1, 2 and so on.
        capacitance_f: of leads and fixture, on the bench's side of the relay.
    """

    relays: tuple[int, ...]
    capacitance_f: float


@dataclass(frozen=True, slots=True)
class SecondChannelRow:
    """A load for the channel that no electrode relay connects, and what its return shares with the other one's.

    Attributes:
        load: behind its own relay.
        shared_ohm: through which both loops return.
    """

    load: LoadRow
    shared_ohm: float


@dataclass(frozen=True, slots=True)
class BenchFile:
    """One bench.

    Attributes:
        models: model of each instrument, by role.
        scope_channel: the oscilloscope's channel across its resistor.
        probe_ratio: of the probe between them.
        contact_switch: None where the contact is always closed.
        electrode_voltage: None where nothing hangs across the terminals.
        auxiliary_source: None where there is none.
        electrodes: None where channel 1 is always connected.
        buzzer_channel: oscilloscope channel on the pad of the unit's buzzer, None where there is none.
        charger: relays that connect the unit's charger; none: it is never connected.
        second_channel: None where one channel at a time has a load.
    """

    mains_frequency_hz: float
    temperature_c: float
    temperature_half_width_c: float
    models: tuple[tuple[str, str], ...]
    baud: int
    scope_channel: int
    probe_ratio: float
    resistors: tuple[ResistorRow, ...]
    loads: tuple[LoadRow, ...]
    contact_switch: ContactSwitchRow | None = None
    electrode_voltage: ElectrodeVoltageRow | None = None
    auxiliary_source: AuxiliarySourceRow | None = None
    electrodes: ElectrodesRow | None = None
    buzzer_channel: int | None = None
    charger: tuple[int, ...] = ()
    second_channel: SecondChannelRow | None = None


def read_bench(path: Path) -> BenchFile:
    """Read a bench file and what it extends.

    Raises:
        DefinitionError: file and dotted key of what is missing or wrong.
    """
    table = Table(path, "", load_extended(path, "benches"))
    instruments = table.table("instruments")
    models = tuple((role, instruments.table(role).text("model")) for role in instruments.names())
    scope = table.table("oscilloscope_input", optional=True)
    baud = table.table("stimulator", optional=True).integer("baud", 115200)
    if baud <= 0:
        raise table.error("stimulator.baud", f"{baud} is no baud rate")
    return BenchFile(
        mains_frequency_hz=table.number("mains_frequency_hz", 50.0, above=0.0),
        temperature_c=table.number("temperature_c", 23.0),
        temperature_half_width_c=table.number("temperature_half_width_c", 0.0),
        models=models,
        baud=baud,
        scope_channel=scope.integer("channel", 1),
        probe_ratio=scope.number("probe_ratio", 1.0, above=0.0),
        resistors=tuple(_resistor(row) for row in table.tables("resistors")),
        loads=tuple(_load(row) for row in table.tables("loads")),
        contact_switch=_contact_switch(table.table("contact_switch")) if table.has("contact_switch") else None,
        electrode_voltage=(
            _electrode_voltage(table.table("electrode_voltage")) if table.has("electrode_voltage") else None
        ),
        auxiliary_source=_auxiliary_source(table.table("auxiliary_source")) if table.has("auxiliary_source") else None,
        electrodes=_electrodes(table.table("electrodes")) if table.has("electrodes") else None,
        buzzer_channel=table.table("buzzer").integer("oscilloscope_channel") if table.has("buzzer") else None,
        charger=_channels(table.table("charger")) if table.has("charger") else (),
        second_channel=_second_channel(table.table("second_channel")) if table.has("second_channel") else None,
    )


def _resistor(row: Table) -> ResistorRow:
    role = row.text("role")
    if role not in _ROLES:
        raise row.error("role", f"{role!r} is none of {', '.join(_ROLES)}")
    return ResistorRow(
        id=row.text("id"),
        role=role,
        resistance_ohm=row.number("resistance_ohm", above=0.0),
        expanded_uncertainty_ohm=row.number("expanded_uncertainty_ohm", 0.0),
        coverage_factor=row.number("coverage_factor", 2.0, above=0.0),
        temperature_coefficient_per_k=row.number("temperature_coefficient_per_k", 0.0),
        channels=_channels(row),
    )


def _load(row: Table) -> LoadRow:
    load = LoadRow(
        name=row.text("name"),
        resistance_ohm=_at_least_0(row, "resistance_ohm"),
        channels=_channels(row),
        parallel_ohm=_at_least_0(row, "parallel_ohm", 0.0),
        parallel_f=_at_least_0(row, "parallel_f", 0.0),
        network=read_network(row.table("network")) if row.has("network") else None,
    )
    if (load.parallel_ohm > 0.0) != (load.parallel_f > 0.0):
        raise row.error("parallel_f", "parallel_ohm and parallel_f come together")
    return load


def _second_channel(row: Table) -> SecondChannelRow:
    shared_ohm = row.number("shared_ohm", above=0.0)
    return SecondChannelRow(load=_load(row), shared_ohm=shared_ohm)


def _contact_switch(row: Table) -> ContactSwitchRow:
    switch = ContactSwitchRow(
        plus=row.integer("plus"),
        minus=row.integer("minus"),
        on_resistance_ohm=_at_least_0(row, "on_resistance_ohm"),
        off_capacitance_f=row.number("off_capacitance_f", above=0.0),
        leakage_a=row.number("leakage_a", above=0.0),
        operate_s=row.number("operate_s", above=0.0),
        release_s=row.number("release_s", above=0.0),
        jitter_s=_at_least_0(row, "jitter_s"),
        mismatch_s=_at_least_0(row, "mismatch_s"),
        monitor_oscilloscope_channel=row.integer("monitor_oscilloscope_channel"),
        monitor_high_v=row.number("monitor_high_v", above=0.0),
    )
    if {switch.plus, switch.minus} != {1, 2}:
        raise row.error("minus", f"plus {switch.plus} and minus {switch.minus} are not the generator's two channels")
    if switch.jitter_s + switch.mismatch_s >= min(switch.operate_s, switch.release_s):
        raise row.error("jitter_s", "is no small part of operate_s and release_s: a contact would move before its gate")
    return switch


def _electrode_voltage(row: Table) -> ElectrodeVoltageRow:
    return ElectrodeVoltageRow(
        oscilloscope_channel=row.integer("oscilloscope_channel"),
        probe_ratio=row.number("probe_ratio", above=0.0),
        resistance_ohm=row.number("resistance_ohm", above=0.0),
        capacitance_f=_at_least_0(row, "capacitance_f"),
        channels=_channels(row),
    )


def _auxiliary_source(row: Table) -> AuxiliarySourceRow:
    reverse = row.integers("reverse_channels") if row.has("reverse_channels") else ()
    return AuxiliarySourceRow(row.number("series_ohm", above=0.0), _channels(row), reverse)


def _electrodes(row: Table) -> ElectrodesRow:
    relays = row.integers("relays")
    if not relays or len(set(relays)) < len(relays):
        raise row.error("relays", f"{list(relays)} is no list of different relays")
    return ElectrodesRow(relays=relays, capacitance_f=_at_least_0(row, "capacitance_f"))


def _at_least_0(row: Table, key: str, default: float | None = None) -> float:
    return row.checked(key, row.number(key, default), lambda value: value >= 0.0, "it is at least 0")


def _channels(row: Table) -> tuple[int, ...]:
    channels = row.integers("channels")
    if not channels:
        raise row.error("channels", "is empty; a part of the loop has at least one relay")
    return channels
