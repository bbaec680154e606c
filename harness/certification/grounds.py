"""What a verdict rests on beyond its requirement's text, then and now: points, arguments, bench, and how it is driven.

A profile and a bench say many things, and a value uses few of them. It rests on its operating point (level, frequency,
load), on the arguments of its measurand (areas, thresholds), and on what a nominal unit would show there: that holds
every setting of the stimulator and of an instrument, each with its accuracy and its resistor. Where these come out as
they did, a value would be taken again as it was; where they do not, its verdict is of other definitions.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from harness.bench import expected
from harness.certification.plan import derivation_of
from harness.certification.points import plan_points
from harness.errors import DefinitionError, NotFinite, NotMeasurable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.bench import BenchData
    from harness.capture import Observation, SignalPath
    from harness.certification.plan import PlannedRow
    from harness.definitions.devices import DeviceProfile
    from harness.definitions.requirements import Requirement, Row
    from harness.setpoint import OperatingPoint


@dataclass(frozen=True, slots=True, eq=False)
class Grounds:
    """A device profile on a bench.

    Attributes:
        profile: of the device.
        data: the bench as it serves it.
        points: operating points by key.
    """

    profile: DeviceProfile
    data: BenchData
    points: Mapping[str, OperatingPoint]
    _shown: dict[str, tuple[Observation, float]] = field(default_factory=dict)

    @classmethod
    def of(cls, profile: DeviceProfile, data: BenchData) -> Grounds:
        """Those of a profile on a bench."""
        return cls(profile, data, {point.key: point for point in plan_points(profile, data)[0]})

    def shown(self, key: str) -> tuple[Observation, float]:
        """What a nominal unit would show at a point, and how long that takes, in s: waiting is part of the method."""
        if key not in self._shown:
            made = expected(self.data, self.profile, self.points[key])
            self._shown[key] = (_bare(made.observation), made.bench_time_s)
        return self._shown[key]

    def load(self, point: OperatingPoint) -> object:
        """What the bench says of a point's load, but for the channels that it is wired to."""
        load = self.data.definition.load(point.load)
        return None if load is None else load.model_copy(update={"channels": ()})

    def quantities(self, requirement: Requirement) -> frozenset[tuple[str, str]]:
        """The values of a requirement: quantity, and key of the point."""
        points = self.points.values()
        return frozenset((row.quantity, p.key) for p in points for row in requirement.rows_at(p, self.profile))


def _bare(observation: Observation) -> Observation:
    """Without the names of the documents in which figures stand: to say where one is from changes no value."""
    readings = (replace(each, path=_without_source(each.path)) for each in observation.readings)
    captures = (replace(each, path=_without_source(each.path)) for each in observation.captures)
    return replace(observation, readings=tuple(readings), captures=tuple(captures))


def _without_source(path: SignalPath) -> SignalPath:
    return replace(path, accuracy=replace(path.accuracy, document="", mark=""))


def changed_grounds(
    planned: Sequence[PlannedRow], requirements: Sequence[Requirement], then: Grounds, now: Grounds
) -> dict[str, str]:
    """Why verdicts of a run would rest on something else today, by requirement.

    Args:
        planned: rows of the run's plan.
        requirements: as they stand now.
        then: the definitions of the run.
        now: those of today.
    """
    if then.profile == now.profile and then.data == now.data:
        return {}
    known = {requirement.id: requirement for requirement in requirements}
    found: dict[str, str] = {}
    for value in planned:
        requirement = known.get(value.requirement)
        row = None if requirement is None else requirement.row(value.quantity)
        if row is None or value.requirement in found:
            continue
        if why := next(_differences(row, value, then, now), ""):
            found[value.requirement] = f"the definitions changed since: {value.quantity} at {value.point.key} {why}"
    for name in {value.requirement for value in planned} - found.keys():
        if name in known and (younger := now.quantities(known[name]) - then.quantities(known[name])):
            quantity, key = min(younger)
            found[name] = f"the definitions changed since: {quantity} is asked for at {key}, too"
    return found


def _differences(row: Row, value: PlannedRow, then: Grounds, now: Grounds) -> Iterator[str]:
    """What is not as it was, in words."""
    was, point = then.points.get(value.point.key), now.points.get(value.point.key)
    if was is None:
        return  # not of these definitions: a run on its own files always has it
    if point is None:
        yield "is no operating point any more"
        return
    if was != point:
        yield "is another setting"
    if then.load(was) != now.load(point):
        yield "is into another load"
    try:
        left, right = (derivation_of(row, each, of.profile) for each, of in ((was, then), (point, now)))
    except (StopIteration, TypeError, ValueError, NotFinite):
        yield "cannot be derived any more"
        return
    if left.others != right.others:
        yield "is derived from other points"
    if left.arguments != right.arguments:
        yield "is derived with other figures of the profile"
    if not all(_is_shown_alike(key, then, now) for key in (point.key, *right.others)):
        yield "is driven or read otherwise"


def _is_shown_alike(key: str, then: Grounds, now: Grounds) -> bool:
    try:
        return key in then.points and key in now.points and then.shown(key) == now.shown(key)
    except (DefinitionError, NotMeasurable):
        return False
