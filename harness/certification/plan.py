"""The plan of a run: every point, every value, and T/U for each judged one, before the unit is touched."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.bench import expected
from harness.certification.points import Missing, plan_points
from harness.definitions.document import repeated
from harness.definitions.requirements import OF_SHORT_PULSES, asks_for, check_against_profile
from harness.errors import DefinitionError, NotMeasurable
from harness.measurands import derive, known, newest, takes_several, wrong_arguments
from harness.metrology import CAPABILITY_TO_DECIDE, RATED_CAPABILITY
from harness.quantity import Derivation, si
from harness.setpoint import Method, OperatingPoint
from harness.verdict import Limit  # noqa: TC001 - resolved at run time, when a plan is read back

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from harness.bench import BenchData, Expected
    from harness.capture import Observation
    from harness.definitions.benches import Capability
    from harness.definitions.devices import DeviceProfile
    from harness.definitions.requirements import Requirement, Row

HEALTHY_RESERVE = 4.0
"""A unit counts as healthy in our studies when its true values keep this many planned U from each limit."""

NOWHERE = "no operating point of this device has it"
"""By the profile: no mode has what any row asks for."""
OF_LONGER_PULSES = "its method takes no pulses of less than a millisecond: requirements pulses.* are about those"
"""By the methods that there are: a gap of ours, named in docs/adding-a-device.md."""
SIMULATED_ONLY = "only a simulated bench can show it"
"""By the requirement: no bench of metal can. It says nothing of the unit, and nothing of this bench."""
UNPLANNED = "no operating point is planned for it"
"""The profile has a mode for it, and no point was found: that is a gap of ours, and nothing is known of the unit."""

_NEEDED: dict[Method, frozenset[Capability]] = {
    Method.CYCLES: frozenset({"contact-timing"}),
    Method.TOUCH: frozenset({"contact-timing"}),
    Method.FIRST_CONTACT: frozenset({"contact-timing"}),
    Method.GAP: frozenset({"contact-timing"}),
    Method.LOSS: frozenset({"contact-timing", "electrode-voltage"}),
    Method.OVERCURRENT: frozenset({"auxiliary-source"}),
    Method.TEMPERATURE: frozenset({"temperature"}),
    Method.LATENCY: frozenset({"contact-timing", "electrode-voltage"}),
    Method.GLIDE: frozenset({"contact-timing"}),
    Method.ELECTRODE: frozenset({"contact-timing"}),
    Method.TRIP_CURRENT: frozenset({"auxiliary-source"}),
    Method.BACK_DRIVE: frozenset({"auxiliary-source", "reversed-source"}),
    Method.KEYED: frozenset({"second-channel"}),
    Method.CROSSTALK: frozenset({"second-channel"}),
    Method.SUM: frozenset({"second-channel"}),
    Method.FIRST_OFF: frozenset({"electrode-relay"}),
    Method.IDLE: frozenset({"contact-timing"}),
    Method.BATTERY: frozenset({"battery-supply"}),
    Method.BROWN_OUT: frozenset({"battery-supply"}),
    Method.POWER_ON: frozenset({"battery-supply"}),
    Method.SUPPLY: frozenset({"battery-supply"}),
    Method.CHARGING: frozenset({"charger"}),
    Method.TONE: frozenset({"buzzer", "contact-timing"}),
}
"""What a bench needs for a method, whether or not the requirement says so: a bench's lack is never "not applicable"."""


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One value that will be taken.

    Attributes:
        requirement: id.
        quantity: row.
        point: where.
        limit: what it will be held against; None for a disclosure.
        uncertainty: planned expanded uncertainty U, in the row's unit; None for a disclosure.
        capability: T/U; None for a disclosure.
        least_capability: least T/U at which it is decided.
        others: keys of the further points that it is derived from.
    """

    requirement: str
    quantity: str
    point: OperatingPoint
    limit: Limit | None
    uncertainty: float | None
    capability: float | None
    least_capability: float = CAPABILITY_TO_DECIDE
    others: tuple[str, ...] = ()

    @property
    def decidable(self) -> bool:
        """False where this bench cannot decide; a disclosure decides nothing."""
        return self.capability is None or self.capability >= self.least_capability

    @property
    def rated(self) -> bool:
        """True where the plan is as good as a rated point demands."""
        return self.capability is None or self.capability >= RATED_CAPABILITY

    @property
    def certifiable(self) -> str:
        """The band of true values that a healthy unit has, in words; empty for a disclosure."""
        if self.limit is None or self.uncertainty is None:
            return ""
        unit, reserve = self.limit.unit, HEALTHY_RESERVE * self.uncertainty
        lower = None if self.limit.lower is None else self.limit.lower + reserve
        upper = None if self.limit.upper is None else self.limit.upper - reserve
        if lower is not None and upper is not None:
            return f"{si(lower, unit)} to {si(upper, unit)}" if lower < upper else "none: U is too large"
        return f"at most {si(upper, unit)}" if upper is not None else f"at least {si(lower or 0.0, unit)}"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will do.

    Attributes:
        points: operating points that this bench can take, in the order of a run.
        rows: values that will be taken.
        not_tested: why, by requirement id, where this bench cannot take all that the profile asks for.
        not_applicable: why, by requirement id, where the device has nothing that it could be about.
        out_of_scope: why, by requirement id, where no bench of this kind could ever take it.
        bench_times: what each point takes, about, in s, by key.
    """

    points: tuple[OperatingPoint, ...]
    rows: tuple[PlannedRow, ...]
    not_tested: tuple[tuple[str, str], ...]
    not_applicable: tuple[tuple[str, str], ...] = ()
    out_of_scope: tuple[tuple[str, str], ...] = ()
    bench_times: tuple[tuple[str, float], ...] = ()

    def bench_time_s(self, keys: Collection[str]) -> float:
        """What these points take, about, in s of bench time."""
        return sum(seconds for key, seconds in self.bench_times if key in keys)

    def in_scope(self, scope: str) -> frozenset[str]:
        """Keys of the operating points that belong to a run of this scope: a characterization takes all there are."""
        return frozenset(point.key for point in self.points if point.production or scope != "production")

    def row(self, requirement: str, quantity: str, point: OperatingPoint) -> PlannedRow | None:
        """The planned row, None where it is not in the plan."""
        wanted = (requirement, quantity, point.key)
        return next((row for row in self.rows if (row.requirement, row.quantity, row.point.key) == wanted), None)

    def points_of(self, requirement: str) -> tuple[OperatingPoint, ...]:
        """The points at which a requirement has a value, in the order of a run."""
        wanted = {row.point.key for row in self.rows if row.requirement == requirement}
        return tuple(point for point in self.points if point.key in wanted)

    def others(self, point: OperatingPoint) -> tuple[OperatingPoint, ...]:
        """Further points that a value at this one is derived from, in the order of a run."""
        wanted = {key for row in self.rows if row.others and row.point == point for key in row.others}
        if not wanted:
            return ()
        return tuple(other for other in self.points if other.key in wanted)

    def left_out(self, requirement: str) -> str:
        """Why nothing of a requirement is planned at all; empty where something is."""
        if any(row.requirement == requirement for row in self.rows):
            return ""
        return dict((*self.not_tested, *self.not_applicable, *self.out_of_scope)).get(requirement, "")


def make_plan(
    profile: DeviceProfile, data: BenchData, requirements: Sequence[Requirement], requirement_files: object
) -> Plan:
    """Plan a run of one device on one bench.

    Raises:
        DefinitionError: a row names an unknown measurand, its limit cannot be resolved, or two operating points have
            one key.
    """
    points, missing = plan_points(profile, data)
    if twice := repeated([point.key for point in points]):
        problem = f"two operating points have the key {twice[0]}; move their frequencies apart"
        raise DefinitionError(f"device profile {profile.name}", "modes", problem)
    if all(data.definition.load(name) is None for name in profile.loads.value):
        raise DefinitionError(data.file, "loads", "has none of the loads that the device profile asks for")
    _check_measurands(requirements, requirement_files)
    for point in points:
        check_against_profile(requirements, profile, point, requirement_files)
    planner = _Planner(profile, data, tuple(points), missing, requirement_files)
    rows, not_tested, not_applicable, out_of_scope = [], [], [], []
    for requirement in requirements:
        reason = requirement.not_applicable(profile)
        if not requirement.rows and not reason:
            continue  # others prove it, or none can
        if not reason and requirement.where == "simulation" and not data.definition.is_virtual:
            out_of_scope.append((requirement.id, SIMULATED_ONLY))
            continue
        lacking = "" if reason else planner.lacking(requirement)
        found = [] if reason or lacking else list(planner.rows(requirement))
        rows += found
        untested = lacking or ("" if reason else planner.untested(requirement, found))
        if untested:
            not_tested.append((requirement.id, untested))
        elif not found:
            not_applicable.append((requirement.id, reason or _nowhere(requirement, profile)))
    return Plan(
        points=tuple(points),
        rows=_by_point(rows, points),
        not_tested=tuple(not_tested),
        not_applicable=tuple(not_applicable),
        out_of_scope=tuple(out_of_scope),
        bench_times=planner.bench_times(),
    )


def _nowhere(requirement: Requirement, profile: DeviceProfile) -> str:
    """Why no mode of a device has what a requirement asks for, though nothing in its profile says so."""
    short = all(mode.kind == "short-pulses" for mode in profile.modes)
    methods = {method for row in requirement.rows for method in row.methods if asks_for(profile, method)}
    return OF_LONGER_PULSES if short and methods and not methods & OF_SHORT_PULSES else NOWHERE


class _Planner:
    """Plans the rows of requirements; what a nominal unit would show at a point is made once."""

    def __init__(
        self,
        profile: DeviceProfile,
        data: BenchData,
        points: tuple[OperatingPoint, ...],
        missing: Sequence[Missing],
        files: object,
    ) -> None:
        self._profile = profile
        self._data = data
        self._points = {point.key: point for point in points}
        self._missing = missing
        self._files = files
        self._expected: dict[str, Expected] = {}

    def lacking(self, requirement: Requirement) -> str:
        """What the bench would need to test a requirement at all, in words; empty where it has it."""
        return self._lack(frozenset(requirement.capabilities))

    def untested(self, requirement: Requirement, found: Sequence[PlannedRow]) -> str:
        """Why a requirement is tested in part only, or not at all; empty where all of it is planned."""
        needed = frozenset(
            capability
            for row in requirement.rows
            for method in row.methods
            if asks_for(self._profile, method)
            for capability in _NEEDED.get(method, frozenset())
        )
        lost = [key for row in found for key in row.others if key not in self._points]
        series = f"point {lost[0]} of a series is not planned" if lost else ""
        return self._lack(needed) or self._gaps(requirement) or series or self._unplanned(requirement, found)

    def _gaps(self, requirement: Requirement) -> str:
        """What the bench lacks for points of the methods that a requirement is about."""
        methods = {method for row in requirement.rows for method in row.methods}
        found = [gap.what for gap in self._missing if not gap.methods or gap.methods & methods]
        return "; ".join(found)

    def _unplanned(self, requirement: Requirement, found: Sequence[PlannedRow]) -> str:
        """Rows that a mode of the device has and for which there is no point; those that none has are left out."""
        planned = {row.quantity for row in found}
        left = [row for row in requirement.rows if row.quantity not in planned and row.may_concern(self._profile)]
        if not found:
            return UNPLANNED if left else ""
        return f"no operating point is planned for {', '.join(row.quantity for row in left)}" if left else ""

    def rows(self, requirement: Requirement) -> Iterator[PlannedRow]:
        """All values of a requirement."""
        for point in self._points.values():
            for row in requirement.rows_at(point, self._profile):
                yield self._planned(requirement, row, point)

    def _lack(self, needed: frozenset[Capability]) -> str:
        lack = sorted(needed - self._data.definition.capabilities)
        return f"this bench lacks {', '.join(lack)}" if lack else ""

    def _planned(self, requirement: Requirement, row: Row, point: OperatingPoint) -> PlannedRow:
        others = row.others(point, self._profile)
        planned = (requirement.id, row.quantity, point)
        if not row.has_limit or not all(key in self._points for key in others):
            return PlannedRow(*planned, None, None, None, row.least_capability, others)
        key = f"{requirement.id}.{row.quantity}"
        try:
            measurement = derive(derivation_of(row, point, self._profile), self._observation)
        except (NotMeasurable, KeyError) as error:
            problem = f"cannot be planned at {point.key}: {error}"
            raise DefinitionError(self._files, key, problem) from error
        limit = row.limit(self._profile, point)
        if limit.unit != measurement.unit:
            problem = f"is in {limit.unit}, but {row.measurand} gives {measurement.unit}"
            raise DefinitionError(self._files, f"{key}.unit", problem)
        uncertainty = measurement.expanded_uncertainty
        capability = limit.half_width / uncertainty
        return PlannedRow(*planned, limit, uncertainty, capability, row.least_capability, others)

    def _observation(self, key: str) -> Observation:
        if key not in self._expected:
            self._expected[key] = expected(self._data, self._profile, self._points[key])
        return self._expected[key].observation

    def bench_times(self) -> tuple[tuple[str, float], ...]:
        """What each point takes, about, in s, by key."""
        for key in self._points:
            self._observation(key)
        return tuple((key, self._expected[key].bench_time_s) for key in self._points)


def derivation_of(row: Row, point: OperatingPoint, profile: DeviceProfile) -> Derivation:
    """How a row's value at a point is derived, by the newest version of its measurand."""
    return Derivation(
        measurand=row.measurand,
        version=newest(row.measurand),
        observation=point.key,
        arguments=row.arguments_at(point, profile),
        others=row.others(point, profile),
    )


def _by_point(rows: Sequence[PlannedRow], points: Sequence[OperatingPoint]) -> tuple[PlannedRow, ...]:
    """In the order of a run."""
    found: dict[str, list[PlannedRow]] = defaultdict(list)
    for row in rows:
        found[row.point.key].append(row)
    return tuple(row for point in points for row in found[point.key])


def _check_measurands(requirements: Sequence[Requirement], files: object) -> None:
    for requirement in requirements:
        for row in requirement.rows:
            key = f"{requirement.id}.{row.quantity}"
            if row.measurand not in known():
                problem = f"{row.measurand!r} is no measurand; known are {', '.join(sorted(known()))}"
                raise DefinitionError(files, f"{key}.measurand", problem)
            given = {name: value if isinstance(value, str) else None for name, value in row.arguments.items()}
            problem = wrong_arguments(row.measurand, given)
            if problem:
                raise DefinitionError(files, f"{key}.arguments", problem)
            if takes_several(row.measurand) != bool(row.series):
                which = "is derived from a series" if takes_several(row.measurand) else "takes one observation"
                raise DefinitionError(files, f"{key}.series", f"{row.measurand} {which}")
