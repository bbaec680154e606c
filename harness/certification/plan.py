"""The plan of a run: every point, every judged value, and T/U for each, before the unit is touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.bench import expected_observation
from harness.definitions.requirements import check_against_profile
from harness.errors import DefinitionError
from harness.measurands import derive, known, newest, wrong_arguments
from harness.metrology import CAPABILITY_TO_DECIDE, RATED_CAPABILITY
from harness.quantity import Derivation, si
from harness.setpoint import OperatingPoint
from harness.verdict import Limit  # noqa: TC001 - resolved at run time, when a plan is read back

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.bench import BenchData
    from harness.definitions.devices import DeviceProfile, Mode
    from harness.definitions.requirements import Requirement, Row

HEALTHY_RESERVE = 4.0
"""A unit counts as healthy in our studies when its true values keep this many planned U from each limit."""


@dataclass(frozen=True, slots=True)
class PlannedRow:
    """One value that will be judged.

    Attributes:
        requirement: id.
        quantity: row.
        point: where.
        limit: what it will be held against.
        uncertainty: planned expanded uncertainty U, in the limit's unit.
        capability: T/U.
    """

    requirement: str
    quantity: str
    point: OperatingPoint
    limit: Limit
    uncertainty: float
    capability: float

    @property
    def decidable(self) -> bool:
        """False where this bench cannot decide."""
        return self.capability >= CAPABILITY_TO_DECIDE

    @property
    def rated(self) -> bool:
        """True where the plan is as good as a rated point demands."""
        return self.capability >= RATED_CAPABILITY

    @property
    def certifiable(self) -> str:
        """The band of true values that a healthy unit has, in words."""
        reserve = HEALTHY_RESERVE * self.uncertainty
        bounds = [
            "" if bound is None else si(bound + sign * reserve, self.limit.unit)
            for sign, bound in ((1, self.limit.lower), (-1, self.limit.upper))
        ]
        return " to ".join(bounds).strip()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will do.

    Attributes:
        points: operating points that this bench can take, in the order of a run.
        rows: values that will be judged.
        not_tested: why, by requirement id, where this bench cannot take a point that the profile asks for.
    """

    points: tuple[OperatingPoint, ...]
    rows: tuple[PlannedRow, ...]
    not_tested: tuple[tuple[str, str], ...]

    def in_scope(self, scope: str) -> frozenset[str]:
        """Keys of the operating points that belong to a run of this scope."""
        if scope == "characterization":
            return frozenset()
        return frozenset(point.key for point in self.points if point.production or scope != "production")

    def row(self, requirement: str, quantity: str, point: OperatingPoint) -> PlannedRow | None:
        """The planned row, None where it is not in the plan."""
        wanted = (requirement, quantity, point.key)
        return next((row for row in self.rows if (row.requirement, row.quantity, row.point.key) == wanted), None)


def make_plan(
    profile: DeviceProfile, data: BenchData, requirements: Sequence[Requirement], requirement_files: object
) -> Plan:
    """Plan a run of one device on one bench.

    Raises:
        DefinitionError: a row names an unknown measurand, or its limit cannot be resolved.
    """
    wanted, missing = _points(profile, data)
    if not wanted:
        raise DefinitionError(data.file, "loads", "has none of the loads that the device profile asks for")
    _check_measurands(requirements, requirement_files)
    check_against_profile(requirements, profile, wanted[0], requirement_files)
    rows = [
        _planned(requirement, row, point, profile, data)
        for point in wanted
        for requirement in requirements
        for row in requirement.rows
        if row.applies_to(point)
    ]
    why = f"this bench has no load {', '.join(missing)}" if missing else ""
    not_tested = tuple((requirement.id, why) for requirement in requirements) if why else ()
    return Plan(tuple(wanted), tuple(rows), not_tested)


def _points(profile: DeviceProfile, data: BenchData) -> tuple[list[OperatingPoint], list[str]]:
    points, missing = [], []
    for name in profile.loads.value:
        load = data.definition.load(name)
        if load is None:
            missing.append(name)
            continue
        for mode in profile.modes:
            for polarity in mode.polarities.value:
                for level in range(1, len(mode.levels_a.value) + 1):
                    setpoint = mode.setpoint(1, level, polarity)
                    points.append(OperatingPoint(setpoint, name, load.stated_ohm, _is_production(mode, level)))
    return points, missing


def _is_production(mode: Mode, level: int) -> bool:
    """A production line takes both ends of the range; a gain and an offset error show there."""
    return level in {1, len(mode.levels_a.value)}


def _planned(
    requirement: Requirement, row: Row, point: OperatingPoint, profile: DeviceProfile, data: BenchData
) -> PlannedRow:
    derivation = Derivation(row.measurand, newest(row.measurand), point.key, tuple(sorted(row.arguments.items())))
    measurement = derive(derivation, expected_observation(data, point))
    limit = row.limit(profile, point)
    if limit.unit != measurement.unit:
        problem = f"is in {limit.unit}, but {row.measurand} gives {measurement.unit}"
        raise DefinitionError("requirements", f"{requirement.id}.{row.quantity}.unit", problem)
    uncertainty = measurement.expanded_uncertainty
    return PlannedRow(requirement.id, row.quantity, point, limit, uncertainty, limit.half_width / uncertainty)


def _check_measurands(requirements: Sequence[Requirement], files: object) -> None:
    for requirement in requirements:
        for row in requirement.rows:
            key = f"{requirement.id}.{row.quantity}"
            if row.measurand not in known():
                problem = f"{row.measurand!r} is no measurand; known are {', '.join(sorted(known()))}"
                raise DefinitionError(files, f"{key}.measurand", problem)
            problem = wrong_arguments(row.measurand, row.arguments)
            if problem:
                raise DefinitionError(files, f"{key}.arguments", problem)
