"""Bench files: which instruments, resistors and loads, how they are wired, and until when they are calibrated."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from harness.definitions.calibration import Calibrated, Instrument, check_due, check_interval
from harness.definitions.document import Document, find, read_toml, repeated, validate
from harness.errors import DefinitionError

if TYPE_CHECKING:
    from pathlib import Path

_LOAD_TOLERANCE = 0.02
_LARGEST_INJECTION_A = 2.5e-3
_BASIC_ROLES = ("oscilloscope", "multimeter", "switch")

InstrumentRole = Literal[
    "oscilloscope", "multimeter", "switch", "contact_switch", "supply", "auxiliary_supply", "watchdog", "chamber"
]
Capability = Literal[
    "contact-timing",
    "electrode-voltage",
    "auxiliary-source",
    "reversed-source",
    "electrode-relay",
    "second-channel",
    "battery-supply",
    "temperature",
    "charger",
    "buzzer",
]


class BenchResistor(Calibrated):
    """A calibrated resistor of the bench."""

    id: str
    role: Literal["multimeter", "oscilloscope"]
    resistance_ohm: float = Field(gt=0)
    expanded_uncertainty_ohm: float = Field(gt=0)
    coverage_factor: float = Field(ge=1)
    temperature_coefficient_per_k: float = Field(ge=0)
    certificate: str
    channels: tuple[int, ...] = Field(min_length=1)


class Load(Document):
    """A load of the matrix, with the two resistors that go with it.

    `network` says what electrodes the simulated bench puts in series; the host does not look into it. `stated_ohm` then
    is what the load is called: nothing here knows what it is made of.
    """

    name: str = Field(pattern=r"^[A-Za-z0-9.]+$")
    stated_ohm: float = Field(gt=0)
    resistance_ohm: float = Field(ge=0)
    channels: tuple[int, ...] = Field(min_length=1)
    multimeter_resistor: str
    oscilloscope_resistor: str
    parallel_ohm: float = Field(default=0.0, ge=0)
    parallel_f: float = Field(default=0.0, ge=0)
    network: dict[str, object] | None = None

    @model_validator(mode="after")
    def _skin(self) -> Load:
        if (self.parallel_ohm > 0) != (self.parallel_f > 0):
            raise ValueError(f"load {self.name} needs both parallel_ohm and parallel_f, or neither")
        return self

    @property
    def is_resistor(self) -> bool:
        """True where no capacitance is in it."""
        return not self.parallel_ohm and self.network is None


class ContactSwitch(Document):
    """Three opto-MOSFETs on two gates of a waveform generator: one at each electrode, and the contact monitor.

    Attributes:
        plus: generator channel that gates the switch at output +; the monitor is driven with it.
        minus: generator channel that gates the switch at output -.
        on_resistance_ohm: of each switch, closed.
        off_capacitance_f: of each switch, open.
        leakage_a: bound, of each switch, open.
        operate_s: from the gate's edge to closed, typical.
        release_s: from the gate's edge to open, typical.
        jitter_s: bound of the difference between a requested and a real gap.
        mismatch_s: bound of the difference between the monitor's edges and the contact's.
        monitor_oscilloscope_channel: on which the monitor is seen.
        monitor_high_v: its voltage while the contact is closed.
    """

    plus: int = Field(ge=1, le=2)
    minus: int = Field(ge=1, le=2)
    on_resistance_ohm: float = Field(ge=0)
    off_capacitance_f: float = Field(gt=0)
    leakage_a: float = Field(gt=0)
    operate_s: float = Field(gt=0)
    release_s: float = Field(gt=0)
    jitter_s: float = Field(gt=0)
    mismatch_s: float = Field(gt=0)
    monitor_oscilloscope_channel: int = Field(ge=1, le=4)
    monitor_high_v: float = Field(gt=0)


class ElectrodeVoltage(Document):
    """A differential input across the electrodes, on the unit's side of the contact switch, behind a relay.

    Attributes:
        oscilloscope_channel: on which it is seen.
        probe_ratio: of the differential probe.
        resistance_ohm: between its inputs.
        capacitance_f: between its inputs.
        channels: switch channels that connect it.
    """

    oscilloscope_channel: int = Field(ge=1, le=4)
    probe_ratio: float = Field(gt=0)
    resistance_ohm: float = Field(ge=10e6)
    capacitance_f: float = Field(ge=0)
    channels: tuple[int, ...] = Field(min_length=1)


class AuxiliarySource(Document):
    """A floating supply behind a resistor, from the unit's battery negative to output +, for overcurrent.

    Attributes:
        series_ohm: the resistor.
        voltage_v: to which the supply is set; with the resistor no more than 2.5 mA.
        channels: switch channels that connect it.
        reverse_channels: switch channels that exchange the supply's two leads; none: it drives one way only.
    """

    series_ohm: float = Field(gt=0)
    voltage_v: float = Field(gt=0)
    channels: tuple[int, ...] = Field(min_length=1)
    reverse_channels: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _limited(self) -> AuxiliarySource:
        if self.voltage_v / self.series_ohm > _LARGEST_INJECTION_A:
            raise ValueError(f"auxiliary_source drives more than {_LARGEST_INJECTION_A:g} A")
        return self


class Electrodes(Document):
    """The electrode relays, held closed by the bench watchdog.

    Attributes:
        relays: relay of stimulator channel 1, 2 and so on.
        capacitance_f: of leads and fixture between output + and output -.
    """

    relays: tuple[int, ...] = Field(min_length=1)
    capacitance_f: float = Field(ge=0)


class SecondChannel(Document):
    """The load of the stimulator's channel that no electrode relay joins to the leads, and the return that both share.

    No instrument reads it: what that channel delivers is known from its own turn on the leads.

    Attributes:
        name: of the load.
        stated_ohm: what it is called, without the shared return.
        resistance_ohm: of its resistor.
        parallel_ohm: of a skin network in series with that, 0 without one.
        parallel_f: its capacitance.
        network: electrodes that the simulated bench puts in series; the host does not look into it.
        channels: switch channels that connect it.
        shared_ohm: through which the loops of both channels return.
    """

    name: str
    stated_ohm: float = Field(gt=0)
    resistance_ohm: float = Field(ge=0)
    parallel_ohm: float = Field(default=0.0, ge=0)
    parallel_f: float = Field(default=0.0, ge=0)
    network: dict[str, object] | None = None
    channels: tuple[int, ...] = Field(min_length=1)
    shared_ohm: float = Field(gt=0)

    @model_validator(mode="after")
    def _is_as_stated(self) -> SecondChannel:
        parts = self.resistance_ohm + self.parallel_ohm
        if self.network is None and abs(parts - self.stated_ohm) > _LOAD_TOLERANCE * self.stated_ohm:
            raise ValueError(f"second_channel is stated {self.stated_ohm:g} ohm, but its parts make {parts:g} ohm")
        return self


class Buzzer(Document):
    """The pad of the unit's buzzer, on an oscilloscope channel of its own.

    Attributes:
        oscilloscope_channel: on which the probe tone is seen.
    """

    oscilloscope_channel: int = Field(ge=1, le=4)


class Charger(Document):
    """The unit's charger, behind relays.

    Attributes:
        channels: switch channels that connect it.
    """

    channels: tuple[int, ...] = Field(min_length=1)


class Chamber(Document):
    """The temperature chamber that the unit lies in.

    Attributes:
        soak_s: from the chamber's temperature being reached until the unit has it.
    """

    soak_s: float = Field(gt=0)


class BatterySupply(Document):
    """How well the supply at the unit's battery terminals is known.

    Attributes:
        voltage_error_v: bound, of what it measures at its output.
        current_error_a: bound, of what it measures.
        current_step_a: resolution of that.
        limit_a: to which its current is limited.
    """

    voltage_error_v: float = Field(gt=0)
    current_error_a: float = Field(gt=0)
    current_step_a: float = Field(gt=0)
    limit_a: float = Field(gt=0)


class OscilloscopeInput(Document):
    """How the oscilloscope is connected."""

    channel: int = Field(ge=1, le=4)
    probe_ratio: float = Field(gt=0)


class StimulatorPort(Document):
    """How the stimulator is connected."""

    port: str | None = None
    baud: int = Field(gt=0)


class Influences(Document):
    """Bounds of what has no data-sheet line but is there."""

    thermal_emf_v: float = Field(ge=0)
    thermal_emf_unzeroed_v: float = Field(ge=0)
    leakage_resistance_ohm: float = Field(gt=0)
    mains_pickup_a: float = Field(ge=0)


class BenchDefinition(Document):
    """A bench as its owner believes it to be."""

    schema_: Literal[1] = Field(alias="schema")
    name: str
    place: str = ""
    control: str | None = None
    visa_library: str = "@py"
    mains_frequency_hz: float = Field(gt=0)
    temperature_c: float
    temperature_half_width_c: float = Field(ge=0)
    instruments: dict[InstrumentRole, Instrument]
    stimulator: StimulatorPort
    oscilloscope_input: OscilloscopeInput
    resistors: tuple[BenchResistor, ...]
    loads: tuple[Load, ...]
    influences: Influences
    contact_switch: ContactSwitch | None = None
    electrode_voltage: ElectrodeVoltage | None = None
    auxiliary_source: AuxiliarySource | None = None
    electrodes: Electrodes | None = None
    buzzer: Buzzer | None = None
    charger: Charger | None = None
    chamber: Chamber | None = None
    battery_supply: BatterySupply | None = None
    second_channel: SecondChannel | None = None

    @model_validator(mode="after")
    def _whole(self) -> BenchDefinition:
        for role in _BASIC_ROLES:
            if role not in self.instruments:
                raise ValueError(f"instruments.{role} is missing")
        for section, role in _NEEDED_ROLES.items():
            if getattr(self, section) is not None and role not in self.instruments:
                raise ValueError(f"{section} is there, but instruments.{role} is missing")
        self._check_ways()
        for what, names in (
            ("resistor", [item.id for item in self.resistors]),
            ("load", [item.name for item in self.loads]),
            ("channel", [c for channels in self._all_channels() for c in channels]),
        ):
            if repeated(names):
                raise ValueError(f"{what} {repeated(names)[0]} stands twice")
        for load in self.loads:
            self._check_load(load)
        return self

    def _all_channels(self) -> list[tuple[int, ...]]:
        """Of everything that is switched; a short is one wire, whatever resistors it is read across."""
        source = self.auxiliary_source
        further = (self.electrode_voltage, source, self.charger, self.second_channel)
        return [
            *(item.channels for item in self.resistors),
            *(item.channels for item in self.loads if item.resistance_ohm or item.parallel_ohm),
            *{item.channels for item in self.loads if not item.resistance_ohm and not item.parallel_ohm},
            *(item.channels for item in further if item is not None),
            *([source.reverse_channels] if source is not None else []),
        ]

    @property
    def capabilities(self) -> frozenset[Capability]:
        """What this bench can do besides reading steady currents."""
        found: dict[Capability, bool] = {
            "contact-timing": self.contact_switch is not None,
            "electrode-voltage": self.electrode_voltage is not None,
            "auxiliary-source": self.auxiliary_source is not None and "supply" in self.instruments,
            "reversed-source": self.auxiliary_source is not None and bool(self.auxiliary_source.reverse_channels),
            "electrode-relay": self.electrodes is not None,
            "second-channel": self.second_channel is not None and self.electrodes is not None,
            "temperature": self.chamber is not None,
            "battery-supply": self.battery_supply is not None,
            "charger": self.charger is not None,
            "buzzer": self.buzzer is not None,
        }
        return frozenset(name for name, there in found.items() if there)

    def _check_ways(self) -> None:
        """All on metal, or all simulated; days until a due date only where nothing is real."""
        reached = {role for role, item in self.instruments.items() if item.resource is not None}
        if reached and reached != set(self.instruments):
            raise ValueError(f"instruments.{min(set(self.instruments) - reached)}.resource is missing; others have one")
        for item in self.resistors:
            if (item.calibration_due_in_days is None) == (item.calibration_due is None):
                raise ValueError(
                    f"resistor {item.id} needs calibration_due (a date) or, simulated, calibration_due_in_days"
                )
            if reached and item.calibration_due is None:
                raise ValueError(f"resistor {item.id} of a bench of metal needs calibration_due, a date")

    def _check_load(self, load: Load) -> None:
        """A load names its two resistors, and its parts make up what it is stated to be."""
        named = {"multimeter": load.multimeter_resistor, "oscilloscope": load.oscilloscope_resistor}
        contacts = 0.0 if self.contact_switch is None else 2 * self.contact_switch.on_resistance_ohm
        parts = load.resistance_ohm + load.parallel_ohm + contacts
        for role, name in named.items():
            resistor = next((item for item in self.resistors if item.id == name), None)
            if resistor is None or resistor.role != role:
                raise ValueError(f"load {load.name} names {role}_resistor {name!r}, which is no such resistor")
            parts += resistor.resistance_ohm
        if load.network is None and abs(parts - load.stated_ohm) > _LOAD_TOLERANCE * load.stated_ohm:
            raise ValueError(f"load {load.name} is stated {load.stated_ohm:g} ohm, but its parts make {parts:g} ohm")

    def load(self, name: str) -> Load | None:
        """The load of this name, None where the bench has none."""
        return next((load for load in self.loads if load.name == name), None)

    def resistor(self, id_: str) -> BenchResistor:
        """The resistor of this id."""
        return next(resistor for resistor in self.resistors if resistor.id == id_)

    @property
    def is_virtual(self) -> bool:
        """True where the file names no way to metal: the simulated bench is to be started or joined."""
        return all(instrument.resource is None for instrument in self.instruments.values())


_NEEDED_ROLES = {
    "contact_switch": "contact_switch",
    "auxiliary_source": "auxiliary_supply",
    "electrodes": "watchdog",
    "chamber": "chamber",
    "battery_supply": "supply",
}


def load_bench(name_or_file: str) -> tuple[BenchDefinition, tuple[Path, ...]]:
    """Load a bench by name or file, with every file it came from, its own first.

    A file may `extends = "NAME"` another, beside it or in the checkout, and change some keys. A file that holds only
    `control` joins a running simulation of the bench that comes with the checkout.
    """
    path = find("benches", name_or_file)
    data, paths = _with_bases(path, ())
    return validate(BenchDefinition, data, path), paths


def _with_bases(path: Path, seen: tuple[Path, ...]) -> tuple[dict[str, Any], tuple[Path, ...]]:
    if path in seen:
        raise DefinitionError(path, "extends", "comes back to this file")
    data = read_toml(path)
    base = data.pop("extends", "simulated" if set(data) == {"control"} else None)
    if base is None:
        return data, (*seen, path)
    if not isinstance(base, str):
        raise DefinitionError(path, "extends", f"must be the name of a bench, not {base!r}")
    beside = path.parent / f"{base}.toml"
    below, paths = _with_bases(beside if beside.is_file() else find("benches", base), (*seen, path))
    return merged(below, data), paths


def merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Lay changes over a base, table by table; arrays are replaced whole."""
    result = dict(base)
    for key, value in changes.items():
        inner = result.get(key)
        result[key] = merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return result


def check_calibration(bench: BenchDefinition, path: Path, today: date | None = None) -> None:
    """Stop before a certification where an instrument or a resistor is past its due date, or its columns do not hold.

    Raises:
        CalibrationExpired: names the file, the key and by how many days.
    """
    day = today or datetime.now(UTC).date()
    dated: list[tuple[str, str, Calibrated]] = [
        (f"instruments.{role}", f"{item.model} {item.serial_number}", item) for role, item in bench.instruments.items()
    ]
    dated += [(f"resistors.{item.id}", f"resistor {item.id}", item) for item in bench.resistors]
    for key, name, item in dated:
        check_due(item, name, key, path, day)
    for role, instrument in bench.instruments.items():
        check_interval(instrument, f"instruments.{role}", path, day)
