"""What the input files kept in a run say of requirements, of the device and of calibration, for people.

The files were validated before the run began; here they are only read, from the run's own copies.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from harness.errors import EvidenceError
from reports.text import Scale

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SUFFIXES = {"a": "A", "v": "V", "s": "s", "hz": "Hz", "ohm": "Ω", "c": "C", "m2": "m²"}


@dataclass(frozen=True, slots=True)
class RequirementText:
    """A requirement in words.

    Attributes:
        id: as in the records.
        title: short.
        text: our own words.
        source: document, edition and clause.
        certainty: how sure we are of the text.
        kind: `limit`, `function` and so on.
        owner: `unit` or `bench`.
        witness: who saw it.
        quantities: title of each row, by its name.
        measured: it has values of its own.
        evidence: ids of those that prove it.
        where: `simulation` where no bench of metal can show it.
    """

    id: str
    title: str = ""
    text: str = ""
    source: str = ""
    certainty: str = ""
    kind: str = ""
    owner: str = ""
    witness: str = ""
    quantities: tuple[tuple[str, str], ...] = ()
    measured: bool = True
    evidence: tuple[str, ...] = ()
    where: str = ""

    @property
    def decides(self) -> bool:
        """True where it sets the verdict of a run."""
        return self.kind in {"limit", "function"} and self.certainty != "unverified" and self.measured

    def title_of(self, quantity: str) -> str:
        """Title of a row, or its name."""
        return dict(self.quantities).get(quantity, quantity)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """Two sources that cannot both be right."""

    topic: str
    one: str
    one_source: str
    other: str
    other_source: str
    handling: str


@dataclass(frozen=True, slots=True)
class ProfileValue:
    """A value of the device profile, with where it is from."""

    name: str
    value: str
    basis: str
    source: str


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the bench file says of one instrument or resistor."""

    name: str
    certificate: str
    due: str


def requirement_texts(run: Path) -> tuple[RequirementText, ...]:
    """All requirements of a run, in the order of their files."""
    own = _device_class(run)
    entries = [entry for data in _files(run, "requirements") for entry in data.get("requirements", ())]
    return tuple(_requirement(entry, own) for entry in entries)


def contradictions(run: Path) -> tuple[Contradiction, ...]:
    """What the sources of a run's requirements do not agree on."""
    entries = [entry for data in _files(run, "requirements") for entry in data.get("contradictions", ())]
    names = [field.name for field in fields(Contradiction)]
    return tuple(Contradiction(*(str(entry.get(name, "")) for name in names)) for entry in entries)


def _device_class(run: Path) -> str:
    """What the device claims to be; a profile that does not say is of a microcurrent stimulator."""
    said = [data["device_class"] for data in _files(run, "devices") if "device_class" in data]
    return str(said[0]["value"]) if said else "microcurrent"


def profile_title(run: Path) -> str:
    """Title of the device, empty where the run holds no profile."""
    return next((str(data.get("title", "")) for data in _files(run, "devices")), "")


def profile_values(run: Path) -> tuple[ProfileValue, ...]:
    """Every value of the device profile that says whether it is stated or assumed."""
    return tuple(value for data in _files(run, "devices") for value in _profile_values(data, ""))


def calibrations(run: Path) -> tuple[Calibration, ...]:
    """Calibration of instruments, by role, and of resistors, by id."""
    found = []
    for data in _files(run, "benches"):
        found += [_calibration(role, entry) for role, entry in data.get("instruments", {}).items()]
        found += [_calibration(entry.get("id", ""), entry) for entry in data.get("resistors", ())]
    return tuple(found)


def _files(run: Path, kind: str) -> Iterator[dict[str, Any]]:
    for path in sorted((run / "inputs" / kind).glob("*.toml")):
        try:
            yield tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise EvidenceError(f"{path}: cannot be read: {error}") from error


def _requirement(entry: dict[str, Any], device_class: str) -> RequirementText:
    source = [str(entry.get("document", ""))]
    source += [f"edition {entry['edition']}"] if entry.get("edition") else []
    source += [str(entry["clause"])] if entry.get("clause") else []
    rows = tuple((str(row.get("quantity", "")), str(row.get("title", ""))) for row in entry.get("rows", ()))
    words = {name: str(entry.get(name, "")) for name in ("id", "title", "text", "certainty", "kind", "owner", "where")}
    if device_class not in entry.get("claimed_by", [device_class]):
        words["kind"] = "observation"
    given = entry.get("witness", "")
    return RequirementText(
        **words,
        source=", ".join(part for part in source if part),
        witness=given if isinstance(given, str) else " and ".join(map(str, given)),
        quantities=rows,
        measured=bool(rows),
        evidence=tuple(map(str, entry.get("evidence", ()))),
    )


def _profile_values(data: dict[str, Any], path: str) -> Iterator[ProfileValue]:
    for name, entry in data.items():
        where = f"{path}{name}"
        if isinstance(entry, list):
            for number, item in enumerate(entry):
                if isinstance(item, dict):
                    yield from _profile_values(item, f"{where}.{item.get('name', number)}.")
        elif isinstance(entry, dict) and "basis" in entry and "value" in entry:
            yield ProfileValue(
                where, _value_text(entry["value"], _unit_of(name)), str(entry["basis"]), str(entry.get("source", ""))
            )
        elif isinstance(entry, dict):
            yield from _profile_values(entry, f"{where}.")


def _unit_of(name: str) -> str:
    """The SI unit that a name ends in; none for others."""
    return _SUFFIXES.get(name.rpartition("_")[2], "") if "_" in name else ""


def _value_text(value: object, unit: str) -> str:
    if isinstance(value, list):
        return ", ".join(_value_text(item, unit) for item in value)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        scale = Scale.of(value, unit)
        return f"{value / scale.divisor:.6g} {scale.unit}".rstrip()
    return str(value)


def _calibration(name: str, entry: dict[str, Any]) -> Calibration:
    due = str(entry.get("calibration_due", ""))
    if not due and "calibration_due_in_days" in entry:
        due = f"{entry['calibration_due_in_days']} days after the start"
    return Calibration(str(name), str(entry.get("calibration_certificate", entry.get("certificate", ""))), due)
