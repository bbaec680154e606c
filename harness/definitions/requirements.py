"""Requirements: each limit a row of data, with its source and how sure we are of it."""

from __future__ import annotations

import math
import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, BeforeValidator, Field, WithJsonSchema, model_validator

from harness.definitions.benches import Capability  # noqa: TC001 - resolved at run time, when a file is read
from harness.definitions.document import LIBRARY, Document, Stated, load
from harness.definitions.series import SERIES, WHOLLY_TESTED
from harness.errors import DefinitionError, NotFinite
from harness.metrology import CAPABILITY_TO_DECIDE, DecisionRule, rule_named
from harness.metrology.acceptance import RuleName  # noqa: TC001 - resolved at run time, when a file is read
from harness.setpoint import LINE, Method, OperatingPoint, Polarity
from harness.verdict import Limit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from harness.definitions.devices import DeviceProfile, Mode


class FromProfile(Document):
    """A value of the device profile by its dotted path, times a factor; `mode.` means the mode of the setpoint.

    Attributes:
        profile: the path.
        factor: a number.
        times: path of a second value, such as a relative tolerance, by which the first is multiplied; none: by 1.
    """

    profile: str
    factor: float = 1.0
    times: str = ""


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


class Published(Document):
    """A number that somebody else published and that a measurand needs, with where it is from."""

    value: float
    source: str = Field(min_length=1)


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
    Method.ZERO_LEVEL: "level_scale",
    Method.REGULATION: "load_range",
    Method.SATURATION: "load_range",
    Method.CHARGE: "net_charge",
    Method.TEMPERATURE: "temperature",
    Method.LONG: "stability",
    Method.POLLED: "stability",
    Method.DRIFT: "stability",
    Method.SENSING: "contact",
    Method.ADAPTATION: "contact",
    Method.LATENCY: "contact",
    Method.GLIDE: "contact",
    Method.ELECTRODE: "contact",
    Method.TRIP_CURRENT: "trip.tolerance_a",
    Method.KEYED: "channel_section",
    Method.CROSSTALK: "channel_section",
    Method.SUM: "channel_section",
    Method.FIRST_OFF: "second_channel_needs_first",
    Method.MODE_CHANGE: "several_modes",
    Method.MODES: "several_modes",
    Method.SESSION: "session",
    Method.IDLE: "session.idle_s",
    Method.BATTERY: "battery",
    Method.BROWN_OUT: "battery",
    Method.POWER_ON: "power_on",
    Method.CHARGING: "charging",
    Method.DISPLAY: "display",
    Method.TONE: "tone",
    Method.MOTOR: "motor",
    Method.SUPPLY: "supply",
}
"""Methods that only some devices ask for: those whose profile has this section, or says yes to this."""
_TAKEN_AT = {
    "frequencies": Method.SHAPE,
    "levels": Method.ZERO_LEVEL,
    "loads": Method.ZERO_LEVEL,
    "rated-load": Method.REGULATION,
    "waveform": Method.CHARGE,
}
"""The method of the point at which a series' value stands."""
OF_SHORT_PULSES = frozenset(
    {
        Method.STEADY,
        Method.SHAPE,
        Method.OFF,
        Method.CYCLES,
        Method.TOUCH,
        Method.HANG,
        Method.HOST_SILENT,
        Method.SESSION,
        Method.BROWN_OUT,
        Method.POWER_ON,
        Method.TABLE,
        Method.AUXILIARY,
        Method.ZERO_LEVEL,
        Method.REGULATION,
        Method.SATURATION,
        Method.LONG,
        Method.POLLED,
        Method.DRIFT,
        Method.KEYED,
        Method.CROSSTALK,
        Method.SUM,
        Method.FIRST_OFF,
        Method.CONTINUITY,
    }
)
"""Methods that take pulses of less than a millisecond; no requirement of others is about them."""

_GAP = re.compile(r"(\d+(?:\.\d+)?)ms")


class Row(Document):
    """One quantity of a requirement, judged or disclosed, and where it is taken.

    Attributes:
        quantity: name, unique in its requirement.
        title: in words.
        measurand: registered name of the function that derives it.
        arguments: of the measurand, as text, a number of the profile, or one that somebody published.
        unit: SI unit symbol.
        nominal: what the unit is meant to give; none for a disclosure.
        tolerance: half the width of a limit about the nominal value.
        lower: lower limit.
        upper: upper limit.
        methods: at points of these methods only.
        loads: at these loads only; empty: at all.
        polarities: at these settings only; empty: at all.
        waveforms: in modes of these waveforms only, pulses of less than a millisecond by the name `short-pulses`;
            empty: in all.
        levels: at all levels, or at the highest of the mode only.
        currents_a: at levels of these currents only; empty: at all.
        above_hz: at settings of a higher frequency only.
        up_to_hz: at settings of this frequency or a lower one only; not at those without.
        variants: at these variants of a method only; empty: at all.
        not_variants: at none of these.
        without_monopolar: only of devices that have no monopolar setting in any mode.
        settable: only in modes whose frequency a command sets.
        from_profile_gap: only at gaps that the device has to recognise as a loss of contact, or at shorter ones only.
        series: further points that a value is derived from. `frequencies`: those of all frequencies of the mode, taken
            at the highest. `levels`: of all levels of the mode at this setting and load. `loads`: of all levels, into
            each of the profile's loads. `rated-load`: of this setting into the first of the profile's loads.
            `waveform`: its waveform at the top level, whose period is known from there.
        least_capability: least T/U at which the row is decided.
        undecidable: what is said below that.
        decision_rule: how far inside its limit a value has to be (docs/decision-rules.md).
    """

    quantity: str
    title: str
    measurand: str
    arguments: dict[str, str | FromProfile | Published]
    unit: Literal["A", "V", "s", "Hz", "C", "Ω", "A/m2", "W/m2", "J", "1"]
    nominal: Bound | None = None
    tolerance: Bound | None = None
    lower: Bound | None = None
    upper: Bound | None = None
    methods: tuple[Method, ...] = Field(default=(Method.STEADY,), min_length=1)
    loads: tuple[str, ...] = ()
    polarities: tuple[Polarity, ...] = ()
    waveforms: tuple[Literal["dc", "square", "pulses", "staircase", "short-pulses", "sweep"], ...] = ()
    levels: Literal["all", "top"] = "all"
    currents_a: tuple[float, ...] = ()
    above_hz: float | None = None
    up_to_hz: float | None = None
    variants: tuple[str, ...] = ()
    not_variants: tuple[str, ...] = ()
    without_monopolar: bool = False
    settable: bool = False
    from_profile_gap: Literal["recognised", "unrecognised", ""] = ""
    series: Literal["", "frequencies", "levels", "loads", "rated-load", "waveform"] = ""
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
        if self.series and self.methods != (method := _TAKEN_AT[self.series],):
            raise ValueError(f'row {self.quantity} is a series of {self.series} and needs methods = ["{method.value}"]')
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
        if point.method not in self.methods:
            return False
        mode, setpoint = profile.mode(point.setpoint.mode), point.setpoint
        phase = self.arguments.get("phase")
        return (
            _among(point.load, self.loads)
            and _among(setpoint.polarity, self.polarities)
            and _among(mode.kind, self.waveforms)
            and (self.levels == "all" or setpoint.level == len(mode.levels_a.value))
            and self._is_current(setpoint.current_a)
            and self._is_frequency(setpoint.frequency_hz)
            and _among(point.variant, self.variants)
            and point.variant not in self.not_variants
            and not (self.without_monopolar and profile.has_monopolar)
            and (mode.is_settable or not self.settable)
            and (not isinstance(phase, str) or Polarity(phase) in setpoint.polarity.phases)
            and (not self.from_profile_gap or self.from_profile_gap == _gap_kind(point, profile))
            # A quick point stands alone: none of its series is taken as quickly.
            and not (self.series and point.variant == LINE)
            and (self.series != "frequencies" or _ends_a_series(setpoint.frequency_hz, mode.steps_hz))
            and (self.series != "levels" or (len(mode.levels_a.value) > 1 and setpoint.channel <= WHOLLY_TESTED))
            and (self.series != "loads" or point.load == profile.loads.value[-1] != profile.loads.value[0])
            # The rated loads are taken with the first channel; a further one is measured into one of them.
            and (self.series not in {"loads", "rated-load"} or setpoint.channel == 1)
        )

    def may_concern(self, profile: DeviceProfile) -> bool:
        """False where no mode of the device has what this row asks for, whatever points are planned for it.

        Only the profile speaks here. Where this is true and no point is found, something was not planned, and that is
        no property of the device.
        """
        if self.without_monopolar and profile.has_monopolar:
            return False
        if self.series == "loads" and len(profile.loads.value) == 1:
            return False
        methods = [method for method in self.methods if asks_for(profile, method)]
        phase = self.arguments.get("phase")
        return any(self._load_may_be(method, profile) for method in methods) and any(
            self._may_be_of(mode)
            and (mode.is_settable or not self.settable)
            and any(self._is_frequency(frequency) for frequency in mode.settings_hz)
            and (self.series != "frequencies" or len(mode.steps_hz) > 1)
            and (self.series != "levels" or len(mode.levels_a.value) > 1)
            and any(
                _among(polarity, self.polarities) and (not isinstance(phase, str) or Polarity(phase) in polarity.phases)
                for polarity in mode.polarities.value
            )
            for mode in profile.modes
        )

    def _is_current(self, current_a: float) -> bool:
        return not self.currents_a or any(math.isclose(current_a, one, rel_tol=1e-9) for one in self.currents_a)

    def _is_frequency(self, frequency_hz: float | None) -> bool:
        if self.above_hz is None and self.up_to_hz is None:
            return True
        return frequency_hz is not None and (self.above_hz or 0.0) < frequency_hz <= (self.up_to_hz or math.inf)

    def _may_be_of(self, mode: Mode) -> bool:
        """Whether a mode has such values: of short pulses those that say so, or that every kind of output has."""
        if mode.kind == "short-pulses" and not self.waveforms:
            return any(method in OF_SHORT_PULSES for method in self.methods)
        return _among(mode.kind, self.waveforms)

    def _load_may_be(self, method: Method, profile: DeviceProfile) -> bool:
        """Whether the profile's list of loads leaves one to a method; some methods go by loads of the bench's own."""
        return method not in _INTO_PROFILE_LOADS or any(_among(load, self.loads) for load in profile.loads.value)

    def others(self, point: OperatingPoint, profile: DeviceProfile) -> tuple[str, ...]:
        """Keys of further points that the value at this one is derived from."""
        if not self.series:
            return ()
        mode = profile.mode(point.setpoint.mode)
        return tuple(further.key for further in SERIES[self.series](point, mode, profile))

    def arguments_at(self, point: OperatingPoint, profile: DeviceProfile) -> Arguments:
        """The measurand's arguments by name, as text; numbers of the profile are written so that they come back."""
        return tuple(
            (name, value if isinstance(value, str) else repr(_number(value, profile, point)))
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


DeviceClass = Literal["microcurrent", "tens", "electroacupuncture"]
Witness = Literal["instrument", "operator", "telemetry"]


def _several(given: object) -> object:
    """One name stands for a list of one."""
    # A tuple in either case: strict validation takes no list that has gone through here for one.
    return (given,) if isinstance(given, str) else tuple(given) if isinstance(given, list) else given


Witnesses = Annotated[
    tuple[Witness, ...],
    Field(min_length=1),
    BeforeValidator(_several),
    WithJsonSchema(
        {
            "anyOf": [
                {"enum": ["instrument", "operator", "telemetry"]},
                {"type": "array", "items": {"enum": ["instrument", "operator", "telemetry"]}, "minItems": 1},
            ]
        }
    ),
]
"""Who saw it: one, or several, each of whom is needed."""

_SEEN_FROM_OUTSIDE = ("display.", "tone.", "battery.")
"""What these are about is what a unit tells of itself: its own word for it proves nothing."""


class Requirement(Document):
    """A clause or claim: with rows of its own, proved by other requirements, or neither and the reason.

    Attributes:
        kind: `observation` is a statement of somebody about stimulators, supported or not, never decisive.
        certainty: how sure we are of the text (docs/requirements.md).
        witness: who saw it.
        where: `simulation` where no bench of metal can show it.
        needs: path in the device profile; where nothing is declared there, the requirement is not applicable.
        capabilities: what a bench needs to test it; where one lacks it, it is not tested.
        devices: names of the profiles that it is about, `*` for any characters; none: all.
        classes: classes of devices that it is about; none: all.
        claimed_by: classes of devices that claim it; of all others it is an observation, which decides nothing.
        evidence: ids of the requirements that prove it; an empty list says that nothing does yet: a gap.
        where_claimed: those of the evidence that a device need not claim: without the others it is not tested.
        untested: parts of it, in words, that nothing tests: a gap, with which it is not tested at best.
        attach: the document that proves it; no bench does.
        out_of_scope: why nobody can test it here.
        rows: values that are taken for it.
    """

    id: str = Field(pattern=r"^[a-z0-9.-]+$")
    title: str
    kind: Literal["limit", "function", "disclosure", "attention", "document", "observation"]
    owner: Literal["unit", "bench"]
    text: str
    document: str
    edition: str
    clause: str
    certainty: Literal["verified", "profile", "house", "unverified"]
    witness: Witnesses
    where: Literal["metal", "simulation"] = "metal"
    needs: str = ""
    capabilities: tuple[Capability, ...] = ()
    devices: tuple[str, ...] = ()
    classes: tuple[DeviceClass, ...] = ()
    claimed_by: tuple[DeviceClass, ...] = ()
    evidence: tuple[str, ...] | None = None
    where_claimed: tuple[str, ...] = ()
    untested: tuple[str, ...] = ()
    attach: str = ""
    out_of_scope: str = ""
    rows: tuple[Row, ...] = ()

    @model_validator(mode="after")
    def _proved(self) -> Requirement:
        ways = [bool(self.rows) or self.evidence is not None, bool(self.attach), bool(self.out_of_scope)]
        if not any(ways):
            said = "has no row: nothing could be judged; name its evidence, what to attach, or why it is out of scope"
            raise ValueError(f"requirement {self.id} {said}")
        if sum(ways) > 1:
            raise ValueError(f"requirement {self.id} has values or evidence, a document to attach, or a reason: one")
        if surplus := set(self.where_claimed) - set(self.evidence or ()):
            raise ValueError(
                f"requirement {self.id}: where_claimed has {min(surplus)}, which is not among its evidence"
            )
        if self.untested and self.evidence is None:
            raise ValueError(f"requirement {self.id} has untested parts besides its evidence; name that, or []")
        if self.attach and self.kind != "document":
            raise ValueError(f"requirement {self.id} is proved by a document, so its kind is document")
        if self.speaks_for_itself:
            problem = f"its own word alone is no witness of {self.id}; name instrument or operator"
            raise ValueError(f"witness is {', '.join(self.witness)}: {problem}")
        return self

    @model_validator(mode="after")
    def _rows(self) -> Requirement:
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
    def is_statement(self) -> bool:
        """True where its values are disclosed and held against what somebody says, and are no verdict on the unit."""
        return self.kind == "observation"

    @property
    def speaks_for_itself(self) -> bool:
        """True where only the unit's own word would show a display, a tone, or the state of its battery."""
        return self.id.startswith(_SEEN_FROM_OUTSIDE) and set(self.witness) == {"telemetry"}

    @property
    def decides(self) -> bool:
        """True where this requirement sets a run's verdict: the bench's own do so too, as its faults.

        One without rows is proved by others, which set the verdict themselves.
        """
        return self.kind in {"limit", "function"} and self.certainty != "unverified" and bool(self.rows)

    def of(self, profile: DeviceProfile) -> Requirement:
        """As it stands for one device: an observation, where a device of its class claims nothing of the kind."""
        if not self.claimed_by or profile.class_name in self.claimed_by:
            return self
        return self.model_copy(update={"kind": "observation"})

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
        if self.devices and not any(fnmatchcase(profile.name, pattern) for pattern in self.devices):
            return "a claim about another device"
        if self.classes and profile.class_name not in self.classes:
            return f"about devices of another class than {profile.class_name}"
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


class Contradiction(Document):
    """Two sources that cannot both be right, and what the harness makes of it.

    Attributes:
        topic: in a few words.
        one: what the first source says, in our words.
        one_source: who says so.
        other: what the second source says.
        other_source: who says so.
        handling: what the harness does.
        requirements: ids of the requirements that it touches.
    """

    topic: str = Field(min_length=1)
    one: str = Field(min_length=1)
    one_source: str = Field(min_length=1)
    other: str = Field(min_length=1)
    other_source: str = Field(min_length=1)
    handling: str = Field(min_length=1)
    requirements: tuple[str, ...] = ()


class RequirementFile(Document):
    """One file of requirements, or of contradictions between their sources."""

    schema_: Literal[1] = Field(alias="schema")
    requirements: tuple[Requirement, ...]
    contradictions: tuple[Contradiction, ...] = ()


def load_requirements(folder: Path = LIBRARY / "requirements") -> tuple[tuple[Requirement, ...], tuple[Path, ...]]:
    """Load all requirement files of a folder, in the order of their names.

    Raises:
        DefinitionError: a file is wrong, an id stands twice, evidence names no requirement or goes in a circle, or
            there is no requirement.
    """
    paths = tuple(sorted(folder.glob("*.toml")))
    files = [(path, load(RequirementFile, path)) for path in paths]
    found: dict[str, Requirement] = {}
    for path, file in files:
        for requirement in file.requirements:
            if requirement.id in found:
                raise DefinitionError(path, f"requirements.{requirement.id}", "stands twice; an id is used once")
            found[requirement.id] = requirement
    if not found:
        raise DefinitionError(folder, "", "holds no requirement: nothing could be judged")
    for path, file in files:
        _check_references(path, file, found)
    return tuple(found.values()), paths


def load_requirements_over(folder: Path, path: Path) -> tuple[tuple[Requirement, ...], tuple[Path, ...]]:
    """Load a folder of requirements and one more file, whose requirements take the place of those of the same id.

    Raises:
        DefinitionError: as for a folder; or the file holds no requirement, or one twice.
    """
    loaded, paths = load_requirements(folder)
    file = load(RequirementFile, path)
    changed = {requirement.id: requirement for requirement in file.requirements}
    if not changed or len(changed) != len(file.requirements):
        problem = "an id stands twice; an id is used once" if changed else "holds no requirement"
        raise DefinitionError(path, "requirements", problem)
    found = {requirement.id: requirement for requirement in loaded} | changed
    _check_references(path, file, found)
    return tuple(found.values()), (*paths, path)


def load_contradictions(folder: Path = LIBRARY / "requirements") -> tuple[Contradiction, ...]:
    """Load what the sources of the requirements do not agree on."""
    paths = sorted(folder.glob("*.toml"))
    return tuple(entry for path in paths for entry in load(RequirementFile, path).contradictions)


def _check_references(path: Path, file: RequirementFile, known: Mapping[str, Requirement]) -> None:
    for requirement in file.requirements:
        key = f"requirements.{requirement.id}.evidence"
        for name in requirement.evidence or ():
            if name not in known:
                raise DefinitionError(path, key, f"{name!r} is no requirement; name one that there is")
        if requirement.id in _proofs(requirement, known):
            raise DefinitionError(path, key, "rests on itself; a requirement is proved by others")
    for entry in file.contradictions:
        for name in entry.requirements:
            if name not in known:
                raise DefinitionError(path, f"contradictions.{entry.topic}", f"{name!r} is no requirement")


def _proofs(requirement: Requirement, known: Mapping[str, Requirement]) -> set[str]:
    """Ids of all requirements that one rests on, near and far."""
    found: set[str] = set()
    left = list(requirement.evidence or ())
    while left:
        name = left.pop()
        if name in known and name not in found:
            found.add(name)
            left += known[name].evidence or ()
    return found


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
    if method is Method.CONTINUITY:
        # When current is due has to be known: always, or in the phases of one frequency.
        known = {"dc", "square", "short-pulses"}
        return any(mode.kind in known or Polarity.BIPOLAR in mode.polarities.value for mode in profile.modes)
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


def _number(argument: FromProfile | Published, profile: DeviceProfile, point: OperatingPoint) -> float:
    return argument.value if isinstance(argument, Published) else _resolve(argument, profile, point)


def _resolve(bound: Bound, profile: DeviceProfile, point: OperatingPoint) -> float:
    if isinstance(bound, FromProfile):
        times = _profile_value(bound.times, profile, point) if bound.times else 1.0
        return bound.factor * _profile_value(bound.profile, profile, point) * times
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
