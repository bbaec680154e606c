"""Requirements: each limit a row of data, with its source and how sure we are of it."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, Field, model_validator

from harness.definitions.benches import Capability  # noqa: TC001 - resolved at run time, when a file is read
from harness.definitions.document import LIBRARY, Document, Stated, load
from harness.errors import DefinitionError, NotFinite
from harness.metrology import CAPABILITY_TO_DECIDE, DecisionRule, rule_named
from harness.metrology.acceptance import RuleName  # noqa: TC001 - resolved at run time, when a file is read
from harness.setpoint import Method, OperatingPoint, Polarity
from harness.verdict import Limit

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.definitions.devices import DeviceProfile


class FromProfile(Document):
    """A value of the device profile by its dotted path, times a factor; `mode.` means the mode of the setpoint."""

    profile: str
    factor: float = 1.0


class FromSetpoint(Document):
    """A value of the setpoint, times a factor.

    Attributes:
        of: which value.
        factor: a number, or one of the profile.
        at_least: least magnitude of the product, whose sign stays that of the factor.
    """

    of: Literal["setpoint.current_a", "setpoint.rectified_mean_a", "setpoint.frequency_hz", "setpoint.period_s"]
    factor: float | FromProfile = 1.0
    at_least: float | None = Field(default=None, gt=0)


Bound = float | FromProfile | FromSetpoint
Arguments = tuple[tuple[str, str], ...]
_OF_MODE = "mode."
_INTO_PROFILE_LOADS = frozenset({Method.STEADY, Method.OVERCURRENT})
"""Methods that are done into the loads that the profile names; all others are done into loads of the bench's own."""
_OF_DEVICES_WITH = {
    Method.FIRST_CONTACT: "contact",
    Method.GAP: "contact",
    Method.LOSS: "contact",
    Method.OVERCURRENT: "trip",
    Method.TRIP_CURRENT: "trip.tolerance_a",
    Method.KEYED: "channel_section",
    Method.CROSSTALK: "channel_section",
    Method.SUM: "channel_section",
    Method.FIRST_OFF: "second_channel_needs_first",
    Method.MODE_CHANGE: "several_modes",
}
"""Methods that only some devices ask for: those whose profile has this section, or says yes to this."""
_GAP = re.compile(r"(\d+(?:\.\d+)?)ms")


class Row(Document):
    """One quantity of a requirement, judged or disclosed, and where it is taken.

    Attributes:
        quantity: name, unique in its requirement.
        title: in words.
        measurand: registered name of the function that derives it.
        arguments: of the measurand, as text, or a number of the profile.
        unit: SI unit symbol.
        nominal: what the unit is meant to give; none for a disclosure.
        tolerance: half the width of a limit about the nominal value.
        lower: lower limit.
        upper: upper limit.
        methods: at points of these methods only.
        loads: at these loads only; empty: at all.
        polarities: at these settings only; empty: at all.
        waveforms: in modes of these waveforms only; empty: in all.
        levels: at all levels, or at the highest of the mode only.
        variants: at these variants of a method only; empty: at all.
        not_variants: at none of these.
        from_profile_gap: only at gaps that the device has to recognise as a loss of contact, or at shorter ones only.
        series: `frequencies`: one value for each channel, mode and polarity, derived from the points of all
            frequencies of the mode and taken at the highest.
        least_capability: least T/U at which the row is decided.
        undecidable: what is said below that.
        decision_rule: how far inside its limit a value has to be (docs/decision-rules.md).
    """

    quantity: str
    title: str
    measurand: str
    arguments: dict[str, str | FromProfile]
    unit: Literal["A", "V", "s", "Hz", "C", "A/m2", "W/m2", "1"]
    nominal: Bound | None = None
    tolerance: Bound | None = None
    lower: Bound | None = None
    upper: Bound | None = None
    methods: tuple[Method, ...] = Field(default=(Method.STEADY,), min_length=1)
    loads: tuple[str, ...] = ()
    polarities: tuple[Polarity, ...] = ()
    waveforms: tuple[Literal["dc", "square", "pulses", "staircase"], ...] = ()
    levels: Literal["all", "top"] = "all"
    variants: tuple[str, ...] = ()
    not_variants: tuple[str, ...] = ()
    from_profile_gap: Literal["recognised", "unrecognised", ""] = ""
    series: Literal["", "frequencies"] = ""
    least_capability: float = Field(default=CAPABILITY_TO_DECIDE, ge=CAPABILITY_TO_DECIDE)
    undecidable: str = Field(default="this bench cannot decide", min_length=1)
    decision_rule: RuleName = "guard-band-U"

    @model_validator(mode="after")
    def _bounded(self) -> Row:
        one_sided = self.lower is not None or self.upper is not None
        if self.tolerance is not None and one_sided:
            raise ValueError(f"row {self.quantity} needs a tolerance, or lower and upper limits, and not both")
        limited = self.tolerance is not None or one_sided
        if limited and self.nominal is None:
            raise ValueError(f"row {self.quantity} has a limit and needs a nominal value")
        if not limited and self.nominal is not None:
            raise ValueError(f"row {self.quantity} needs a tolerance, or lower and upper limits")
        if not limited and "decision_rule" in self.model_fields_set:
            raise ValueError(f"row {self.quantity} has no limit, so its decision_rule would decide nothing")
        if one_sided and (objection := self.rule.objection(self.lower, self.upper)):
            raise ValueError(f"row {self.quantity}: {objection}")
        if self.series and self.methods != (Method.SHAPE,):
            raise ValueError(f'row {self.quantity} is a series of frequencies and needs methods = ["shape"]')
        return self

    @property
    def rule(self) -> DecisionRule:
        """The decision rule by which a value is judged."""
        return rule_named(self.decision_rule)

    @property
    def has_limit(self) -> bool:
        """True where a value of this row is judged; otherwise it is disclosed."""
        return self.nominal is not None

    def applies_to(self, point: OperatingPoint, profile: DeviceProfile) -> bool:
        """True where this quantity is taken at the point."""
        mode, setpoint = profile.mode(point.setpoint.mode), point.setpoint
        phase = self.arguments.get("phase")
        return (
            point.method in self.methods
            and _among(point.load, self.loads)
            and _among(setpoint.polarity, self.polarities)
            and _among(mode.waveform.value, self.waveforms)
            and (self.levels == "all" or setpoint.level == len(mode.levels_a.value))
            and _among(point.variant, self.variants)
            and point.variant not in self.not_variants
            and (not isinstance(phase, str) or Polarity(phase) in setpoint.polarity.phases)
            and (not self.from_profile_gap or self.from_profile_gap == _gap_kind(point, profile))
            and (not self.series or _ends_a_series(setpoint.frequency_hz, mode.steps_hz))
        )

    def may_concern(self, profile: DeviceProfile) -> bool:
        """False where no mode of the device has what this row asks for, whatever points are planned for it.

        Only the profile speaks here. Where this is true and no point is found, something was not planned, and that is
        no property of the device.
        """
        methods = [method for method in self.methods if asks_for(profile, method)]
        phase = self.arguments.get("phase")
        return any(self._load_may_be(method, profile) for method in methods) and any(
            _among(mode.waveform.value, self.waveforms)
            and (not self.series or len(mode.steps_hz) > 1)
            and any(
                _among(polarity, self.polarities) and (not isinstance(phase, str) or Polarity(phase) in polarity.phases)
                for polarity in mode.polarities.value
            )
            for mode in profile.modes
        )

    def _load_may_be(self, method: Method, profile: DeviceProfile) -> bool:
        """Whether the profile's list of loads leaves one to a method; some methods go by loads of the bench's own."""
        return method not in _INTO_PROFILE_LOADS or any(_among(load, self.loads) for load in profile.loads.value)

    def others(self, point: OperatingPoint, profile: DeviceProfile) -> tuple[OperatingPoint, ...]:
        """Further points that the value at this one is derived from: of a series, those of all lower frequencies."""
        if not self.series:
            return ()
        setpoint = point.setpoint
        mode = profile.mode(setpoint.mode)
        return tuple(
            OperatingPoint(
                mode.setpoint(setpoint.channel, setpoint.level, setpoint.polarity, frequency),
                point.load,
                point.load_ohm,
                point.production,
                point.method,
                point.variant,
            )
            for frequency in mode.steps_hz[:-1]
        )

    def arguments_at(self, point: OperatingPoint, profile: DeviceProfile) -> Arguments:
        """The measurand's arguments by name, as text; numbers of the profile are written so that they come back."""
        return tuple(
            (name, value if isinstance(value, str) else repr(_resolve(value, profile, point)))
            for name, value in sorted(self.arguments.items())
        )

    def limit(self, profile: DeviceProfile, point: OperatingPoint) -> Limit:
        """The limit at one operating point, in `unit`.

        Raises:
            ValueError: a disclosure has none.
        """
        if self.nominal is None:
            raise ValueError(f"row {self.quantity} has no limit: its value is disclosed")
        nominal = _resolve(self.nominal, profile, point)
        if self.tolerance is not None:
            half = _resolve(self.tolerance, profile, point)
            return Limit(self.unit, nominal - half, nominal + half, nominal)
        lower = None if self.lower is None else _resolve(self.lower, profile, point)
        upper = None if self.upper is None else _resolve(self.upper, profile, point)
        return Limit(self.unit, lower, upper, nominal)


class Requirement(Document):
    """A clause or claim, with its rows.

    Attributes:
        needs: path in the device profile; where nothing is declared there, the requirement is not applicable.
        capabilities: what a bench needs to test it; where one lacks it, it is not tested.
    """

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
    needs: str = ""
    capabilities: tuple[Capability, ...] = ()
    rows: tuple[Row, ...]

    @model_validator(mode="after")
    def _rows(self) -> Requirement:
        if not self.rows:
            raise ValueError(f"requirement {self.id} has no row: nothing could be judged")
        quantities = [row.quantity for row in self.rows]
        if len(set(quantities)) != len(quantities):
            raise ValueError(f"requirement {self.id} has a quantity twice: {quantities}")
        for row in self.rows:
            if self.kind == "disclosure" and row.has_limit:
                raise ValueError(f"row {row.quantity} has a limit, but a disclosure has none; leave it out")
            if self.kind != "disclosure" and not row.has_limit:
                raise ValueError(
                    f"row {row.quantity} needs a tolerance, or lower and upper limits, and a nominal value"
                )
        return self

    @property
    def decides(self) -> bool:
        """True where this requirement sets a run's verdict: the bench's own do so too, as its faults."""
        return self.kind in {"limit", "function"} and self.certainty != "unverified"

    @property
    def of_bench(self) -> bool:
        """True where it is the bench that has to meet this requirement: whatever is no PASS is a fault of the bench."""
        return self.owner == "bench"

    def row(self, quantity: str) -> Row | None:
        """The row of this quantity, None where there is none."""
        return next((row for row in self.rows if row.quantity == quantity), None)

    def rows_at(self, point: OperatingPoint, profile: DeviceProfile) -> tuple[Row, ...]:
        """The rows that apply at a point, in their order; none where the device lacks what the requirement needs."""
        if self.not_applicable(profile):
            return ()
        return tuple(row for row in self.rows if row.applies_to(point, profile))

    def not_applicable(self, profile: DeviceProfile) -> str:
        """Why this requirement does not concern a device, empty where it does.

        Raises:
            ValueError: `needs` is no path of a device profile.
        """
        if not self.needs:
            return ""
        owner: object = profile
        for name in self.needs.split("."):
            owner = _member(owner, name, self.needs)
            if owner is None:
                return f"the profile declares no {self.needs}"
        if isinstance(owner, Stated) and owner.value is False:
            return f"the profile says that {self.needs} is not so"
        return ""


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
    """Resolve everything that applies at a point, so that a wrong reference is found before the unit is touched.

    Raises:
        DefinitionError: names the row, or the requirement whose `needs` is no path of a profile.
    """
    for requirement in requirements:
        try:
            rows = requirement.rows_at(point, profile)
        except ValueError as error:
            raise DefinitionError(path, f"{requirement.id}.needs", str(error)) from error
        for row in rows:
            try:
                row.arguments_at(point, profile)
                if row.has_limit:
                    row.limit(profile, point)
            except (TypeError, ValueError, NotFinite) as error:
                raise DefinitionError(
                    path, f"{requirement.id}.{row.quantity}", f"cannot be resolved: {error}"
                ) from error


def asks_for(profile: DeviceProfile, method: Method) -> bool:
    """Whether a device is such that a method concerns it: some methods are about a section of the profile."""
    section = _OF_DEVICES_WITH.get(method)
    if section is None:
        return True
    found: object = profile
    for name in section.split("."):
        found = None if found is None else getattr(found, name)
    return found is not None and getattr(found, "value", found) is not False


def _among(value: object, allowed: Sequence[object]) -> bool:
    return not allowed or value in allowed


def _gap_kind(point: OperatingPoint, profile: DeviceProfile) -> str:
    """Whether the device has to recognise the gap of a point; empty where there is no gap, or nothing senses one."""
    length = _GAP.fullmatch(point.variant)
    if length is None or profile.contact is None:
        return ""
    gap_s = float(length[1]) * 1e-3
    shortest_s = profile.contact.shortest_loss_s.value
    # Both are written in decimals: 12ms against 0.012 must not hang on the last bit.
    long_enough = gap_s > shortest_s or math.isclose(gap_s, shortest_s, rel_tol=1e-9)
    return "recognised" if long_enough else "unrecognised"


def _ends_a_series(frequency_hz: float | None, steps_hz: Sequence[float]) -> bool:
    return len(steps_hz) > 1 and frequency_hz == steps_hz[-1]


def _resolve(bound: Bound, profile: DeviceProfile, point: OperatingPoint) -> float:
    if isinstance(bound, FromProfile):
        return bound.factor * _profile_value(bound.profile, profile, point)
    if isinstance(bound, FromSetpoint):
        factor = bound.factor if isinstance(bound.factor, float) else _resolve(bound.factor, profile, point)
        value = factor * _setpoint_value(bound.of, profile, point)
        return value if bound.at_least is None else math.copysign(max(abs(value), bound.at_least), factor)
    return bound


def _setpoint_value(name: str, profile: DeviceProfile, point: OperatingPoint) -> float:
    setpoint = point.setpoint
    if name == "setpoint.current_a":
        return setpoint.current_a
    if name == "setpoint.rectified_mean_a":
        return setpoint.current_a * profile.mode(setpoint.mode).active_share(setpoint)
    if setpoint.frequency_hz is None:
        raise ValueError(f"{setpoint.key} has no frequency, so no {name}")
    return setpoint.frequency_hz if name == "setpoint.frequency_hz" else 1.0 / setpoint.frequency_hz


def _profile_value(path: str, profile: DeviceProfile, point: OperatingPoint) -> float:
    owner: object = profile.mode(point.setpoint.mode) if path.startswith(_OF_MODE) else profile
    for name in path.removeprefix(_OF_MODE).split("."):
        owner = _member(owner, name, path)
        if owner is None:
            raise ValueError(f"{path}: the profile declares no {name}")
    value = owner.value if isinstance(owner, Stated) else owner
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{path} of the profile is {value!r}, not a number")
    return float(value)


def _member(owner: object, name: str, path: str) -> object:
    """One step of a dotted path into a profile: keys of the file only."""
    if isinstance(owner, Stated) or not isinstance(owner, BaseModel) or name not in type(owner).model_fields:
        raise ValueError(f"{path}: the profile knows no {name!r}")
    return getattr(owner, name)
