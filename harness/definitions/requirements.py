"""Requirements: each limit a row of data, with its source and how sure we are of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from harness.definitions.document import LIBRARY, Document, load
from harness.errors import DefinitionError, NotFinite
from harness.setpoint import OperatingPoint, Polarity
from harness.verdict import Limit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.definitions.devices import DeviceProfile


class FromProfile(Document):
    """A value of the device profile by its dotted path; `mode.` means the mode of the setpoint."""

    profile: str


class FromSetpoint(Document):
    """A value of the setpoint, times a factor."""

    of: Literal["setpoint.current_a"]
    factor: float | FromProfile = 1.0


Bound = float | FromProfile | FromSetpoint
_OF_MODE = "mode."


class Row(Document):
    """One judged quantity of a requirement."""

    quantity: str
    title: str
    measurand: str
    arguments: dict[str, str]
    unit: Literal["A", "V", "s", "Hz", "C", "1"]
    nominal: Bound
    tolerance: Bound | None = None
    lower: Bound | None = None
    upper: Bound | None = None

    @model_validator(mode="after")
    def _bounded(self) -> Row:
        one_sided = self.lower is not None or self.upper is not None
        if (self.tolerance is None) != one_sided:
            raise ValueError(f"row {self.quantity} needs a tolerance, or lower and upper limits, and not both")
        return self

    def applies_to(self, point: OperatingPoint) -> bool:
        """True where this quantity exists at the point: a phase that the setting has."""
        phase = self.arguments.get("phase")
        return phase is None or Polarity(phase) in point.setpoint.polarity.phases

    def limit(self, profile: DeviceProfile, point: OperatingPoint) -> Limit:
        """The limit at one operating point, in `unit`."""
        nominal = _resolve(self.nominal, profile, point)
        if self.tolerance is not None:
            half = _resolve(self.tolerance, profile, point)
            return Limit(self.unit, nominal - half, nominal + half, nominal)
        lower = None if self.lower is None else _resolve(self.lower, profile, point)
        upper = None if self.upper is None else _resolve(self.upper, profile, point)
        return Limit(self.unit, lower, upper, nominal)


class Requirement(Document):
    """A clause or claim, with its rows."""

    id: str = Field(pattern=r"^[a-z0-9.-]+$")
    title: str
    kind: Literal["limit", "function", "disclosure", "attention", "document"]
    owner: Literal["unit", "bench"]
    text: str
    document: str
    edition: str
    clause: str
    certainty: Literal["verified", "profile", "house", "unverified"]
    witness: Literal["instrument", "operator", "telemetry"]
    rows: tuple[Row, ...]

    @model_validator(mode="after")
    def _rows(self) -> Requirement:
        if not self.rows:
            raise ValueError(f"requirement {self.id} has no row: nothing could be judged")
        quantities = [row.quantity for row in self.rows]
        if len(set(quantities)) != len(quantities):
            raise ValueError(f"requirement {self.id} has a quantity twice: {quantities}")
        return self

    @property
    def decides(self) -> bool:
        """True where this requirement sets a run's verdict."""
        return self.kind in {"limit", "function"} and self.owner == "unit" and self.certainty != "unverified"

    def row(self, quantity: str) -> Row | None:
        """The row of this quantity, None where there is none."""
        return next((row for row in self.rows if row.quantity == quantity), None)


class RequirementFile(Document):
    """One file of requirements."""

    schema_: Literal[1] = Field(alias="schema")
    requirements: tuple[Requirement, ...]


def load_requirements(folder: Path = LIBRARY / "requirements") -> tuple[tuple[Requirement, ...], tuple[Path, ...]]:
    """Load all requirement files of a folder, in the order of their names.

    Raises:
        DefinitionError: a file is wrong, an id stands twice, or there is none.
    """
    paths = tuple(sorted(folder.glob("*.toml")))
    found: dict[str, Requirement] = {}
    for path in paths:
        for requirement in load(RequirementFile, path).requirements:
            if requirement.id in found:
                raise DefinitionError(path, f"requirements.{requirement.id}", "stands twice; an id is used once")
            found[requirement.id] = requirement
    if not found:
        raise DefinitionError(folder, "", "holds no requirement: nothing could be judged")
    return tuple(found.values()), paths


def check_against_profile(
    requirements: Sequence[Requirement], profile: DeviceProfile, point: OperatingPoint, path: object
) -> None:
    """Resolve every limit once, so that a wrong reference is found before the unit is touched.

    Raises:
        DefinitionError: names the row.
    """
    for requirement in requirements:
        for row in requirement.rows:
            try:
                row.limit(profile, point)
            except (AttributeError, TypeError, ValueError, NotFinite) as error:
                raise DefinitionError(
                    path, f"{requirement.id}.{row.quantity}", f"cannot be resolved: {error}"
                ) from error


def _resolve(bound: Bound, profile: DeviceProfile, point: OperatingPoint) -> float:
    if isinstance(bound, FromProfile):
        return _profile_value(bound.profile, profile, point)
    if isinstance(bound, FromSetpoint):
        factor = bound.factor
        return point.setpoint.current_a * (
            _profile_value(factor.profile, profile, point) if isinstance(factor, FromProfile) else factor
        )
    return bound


def _profile_value(path: str, profile: DeviceProfile, point: OperatingPoint) -> float:
    of_mode = path.startswith(_OF_MODE)
    owner: object = profile.mode(point.setpoint.mode) if of_mode else profile
    value = getattr(owner, path.removeprefix(_OF_MODE)).value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{path} of the profile is {value!r}, not a number")
    return float(value)
