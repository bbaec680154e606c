"""What a dossier takes from the input files of a run: the bench, part by part, and the device profile by name."""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.errors import EvidenceError
from reports.text import Scale

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from reports.inputs import ProfileValue

ASSUMED, STATED = "assumed", "stated"


@dataclass(frozen=True, slots=True)
class Resistor:
    """A calibrated resistor of the bench."""

    id: str
    role: str
    resistance: str
    uncertainty: str
    certificate: str
    due: str
    channels: str


@dataclass(frozen=True, slots=True)
class Load:
    """A load of the bench."""

    name: str
    stated: str
    parts: str
    channels: str
    resistors: str


@dataclass(frozen=True, slots=True)
class Instrument:
    """What the bench file says of an instrument."""

    role: str
    model: str
    serial_number: str


@dataclass(frozen=True, slots=True)
class Bench:
    """A bench as its file has it; a part that it does not have is empty.

    Attributes:
        name: of the bench.
        place: where it stands.
        mains: frequency.
        ambient: temperature and how far from it the room may be.
        instruments: by role.
        resistors: across which instruments read.
        loads: between stimulator and resistors.
        electrode_relays: relay numbers.
        contact: gates of the contact switch.
        monitor: oscilloscope channel of the contact monitor.
        probe: the differential probe's oscilloscope channel and switch channels.
        auxiliary: the auxiliary supply's resistor and switch channels.
        battery: the supply in place of the battery.
        charger: its switch channels.
        buzzer: oscilloscope channel.
        chamber: there is one.
        second_channel: load of the stimulator's other channel.
        assumptions: what the file bounds without a certificate.
    """

    name: str = ""
    place: str = ""
    mains: str = ""
    ambient: str = ""
    instruments: tuple[Instrument, ...] = ()
    resistors: tuple[Resistor, ...] = ()
    loads: tuple[Load, ...] = ()
    electrode_relays: str = ""
    contact: str = ""
    monitor: str = ""
    probe: str = ""
    auxiliary: str = ""
    battery: str = ""
    charger: str = ""
    buzzer: str = ""
    chamber: str = ""
    second_channel: str = ""
    assumptions: tuple[tuple[str, str], ...] = ()

    def instrument(self, role: str) -> Instrument | None:
        """The instrument of a role, None where the bench has none."""
        return next((one for one in self.instruments if one.role == role), None)


@dataclass(frozen=True, slots=True)
class Profile:
    """The device profile by the dotted names of its values."""

    values: tuple[ProfileValue, ...]

    def get(self, name: str) -> ProfileValue | None:
        """One value, None where the profile does not have it."""
        return next((value for value in self.values if value.name == name), None)

    def text(self, name: str, otherwise: str = "") -> str:
        """A value with what it rests on: "18 V (assumed)"."""
        value = self.get(name)
        return otherwise if value is None else f"{value.value} ({value.basis})"

    def number(self, name: str) -> float | None:
        """A pure number, None where the profile does not have it."""
        value = self.get(name)
        try:
            return None if value is None else float(value.value)
        except ValueError:
            return None

    def has(self, section: str) -> bool:
        """True where the profile has the value or the section."""
        return any(value.name == section or value.name.startswith(f"{section}.") for value in self.values)

    @property
    def modes(self) -> tuple[str, ...]:
        """Names of the modes, in the order of the file."""
        return tuple(dict.fromkeys(v.name.split(".")[1] for v in self.values if v.name.startswith("modes.")))


def bench_of(run: Path) -> Bench:
    """The bench of a run; an empty one where the run holds no bench file.

    Raises:
        EvidenceError: the file cannot be read.
    """
    for path in sorted((run / "inputs" / "benches").glob("*.toml")):
        try:
            return _bench(tomllib.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise EvidenceError(f"{path}: cannot be read: {error}") from error
    return Bench()


def file_hashes(run: Path) -> tuple[tuple[str, str], ...]:
    """SHA-256 of each input file and of what seals the run, by name inside the run; missing ones are left out."""
    inputs = sorted(path for path in (run / "inputs").rglob("*") if path.is_file())
    named = [run / name for name in ("manifest.json", "records.jsonl", "run.json", "measurements.csv")]
    try:
        return tuple(
            (path.relative_to(run).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest())
            for path in (*named, *inputs)
            if path.is_file()
        )
    except OSError as error:
        raise EvidenceError(f"{run}: a file cannot be read: {error.strerror or error}") from error


def quantity(value: float, unit: str) -> str:
    """A number of a file with a prefix: "7.95 kΩ"."""
    scale = Scale.of(value, unit)
    return f"{value / scale.divisor:.6g} {scale.unit}".rstrip()


def _bench(data: dict[str, Any]) -> Bench:
    room, half = data.get("temperature_c"), data.get("temperature_half_width_c", 0.0)
    return Bench(
        name=str(data.get("name", "")),
        place=str(data.get("place", "")),
        mains=f"{data['mains_frequency_hz']:g} Hz" if "mains_frequency_hz" in data else "",
        ambient="" if room is None else f"{room:g} °C, within {half:g} K by the bench file",
        instruments=tuple(_instrument(role, one) for role, one in data.get("instruments", {}).items()),
        resistors=tuple(_resistor(one) for one in data.get("resistors", ())),
        loads=tuple(_load(one) for one in data.get("loads", ())),
        **_parts(data),
        assumptions=tuple((str(name), f"{value:g}") for name, value in data.get("influences", {}).items()),
    )


def _parts(data: dict[str, Any]) -> dict[str, str]:
    """The optional parts, each in words."""
    found: dict[str, str] = {}
    if electrodes := data.get("electrodes"):
        found["electrode_relays"] = _numbers(electrodes.get("relays", ()))
    if contact := data.get("contact_switch"):
        found["contact"] = f"gates {contact.get('plus')} and {contact.get('minus')}"
        found["monitor"] = f"oscilloscope channel {contact.get('monitor_oscilloscope_channel')}"
    if probe := data.get("electrode_voltage"):
        found["probe"] = f"channel {probe.get('oscilloscope_channel')}, {_switch(probe)}"
    if auxiliary := data.get("auxiliary_source"):
        found["auxiliary"] = f"{quantity(auxiliary.get('series_ohm', 0.0), 'Ω')}, {_switch(auxiliary)}"
    if "battery_supply" in data:
        found["battery"] = "in place of the battery"
    if charger := data.get("charger"):
        found["charger"] = _switch(charger)
    if buzzer := data.get("buzzer"):
        found["buzzer"] = f"oscilloscope channel {buzzer.get('oscilloscope_channel')}"
    if "chamber" in data:
        found["chamber"] = "temperature chamber round the unit"
    if second := data.get("second_channel"):
        shared = quantity(second.get("shared_ohm", 0.0), "Ω")
        found["second_channel"] = f"{quantity(second.get('stated_ohm', 0.0), 'Ω')}, {shared} shared, {_switch(second)}"
    return found


def _instrument(role: str, data: dict[str, Any]) -> Instrument:
    return Instrument(str(role), str(data.get("model", "")), str(data.get("serial_number", "")))


def _resistor(data: dict[str, Any]) -> Resistor:
    due = str(data.get("calibration_due", ""))
    if not due and "calibration_due_in_days" in data:
        due = f"{data['calibration_due_in_days']} days after the start"
    expanded, factor = data.get("expanded_uncertainty_ohm", 0.0), data.get("coverage_factor", 0.0)
    return Resistor(
        id=str(data.get("id", "")),
        role=str(data.get("role", "")),
        resistance=f"{data.get('resistance_ohm', 0.0):.9g} Ω",
        uncertainty=f"{expanded:g} Ω, k = {factor:g}",
        certificate=str(data.get("certificate", "")),
        due=due,
        channels=_numbers(data.get("channels", ())),
    )


def _load(data: dict[str, Any]) -> Load:
    parts = quantity(data.get("resistance_ohm", 0.0), "Ω")
    if data.get("parallel_ohm"):
        parts += f" + {quantity(data['parallel_ohm'], 'Ω')} beside {quantity(data.get('parallel_f', 0.0), 'F')}"
    resistors = f"{data.get('multimeter_resistor', '')}, {data.get('oscilloscope_resistor', '')}"
    stated = quantity(data.get("stated_ohm", 0.0), "Ω")
    return Load(str(data.get("name", "")), stated, parts, _numbers(data.get("channels", ())), resistors)


def _switch(data: dict[str, Any]) -> str:
    return f"switch {_numbers(data.get('channels', ()))}"


def _numbers(values: Sequence[object]) -> str:
    return ", ".join(_runs(values))


def _runs(values: Sequence[object]) -> Iterator[str]:
    """Neighbouring numbers as "1 to 12"."""
    numbers = [int(str(value)) for value in values]
    start = 0
    for place in range(1, len(numbers) + 1):
        if place == len(numbers) or numbers[place] != numbers[place - 1] + 1:
            first, last = numbers[start], numbers[place - 1]
            yield f"{first} to {last}" if last > first + 1 else ", ".join(map(str, numbers[start:place]))
            start = place
