"""What a run recorded before anything was judged, plan and cross-checks, against what comes out now."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, fields
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from harness.certification.cross_check import CrossCheck, cross_check
from harness.certification.plan import Plan, PlannedRow
from harness.certification.signal_paths import path_differences
from harness.certification.suspect import fingerprint
from harness.evidence.codec import typed
from harness.setpoint import OperatingPoint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from harness.bench import BenchData
    from harness.capture import Observation
    from harness.definitions.requirements import Requirement
    from harness.evidence import StoredRun, Value

OTHER_PLATFORM_TOLERANCE = 1e-12
"""Relative; numpy's functions differ in their last bits between processors."""

RECORDS = "records.jsonl"
REQUIREMENTS = "requirements"
"""Kind of the record that holds the fingerprints of all requirements."""
NOTHING = "nothing"

Attempt = tuple[str, int]
"""Key of an operating point, and how often it had been taken by then."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that came out otherwise than it was recorded.

    Attributes:
        where: test, or file of the run.
        quantity: what differs.
        recorded: as it stands in the run.
        derived: as it came out.
        version: in words, of which versions of the measurand, where they are not the same; otherwise empty.
    """

    where: str
    quantity: str
    recorded: str
    derived: str
    version: str = ""


def equal(recorded: float | None, derived: float | None, *, exact: bool) -> bool:
    """Whether two numbers are the same, bit for bit or as near as another numeric platform comes."""
    if recorded is None or derived is None:
        return recorded is derived
    if exact:
        return recorded == derived
    return math.isclose(recorded, derived, rel_tol=OTHER_PLATFORM_TOLERANCE, abs_tol=0.0)


# The plan


def compare_plan(stored: StoredRun, due: Plan, *, exact: bool) -> Iterator[Difference]:
    """The recorded plan against one that is made again from `inputs/`; it is recorded before anything is touched."""
    plans = [record.data for record in stored.records() if record.kind == "plan"]
    if len(plans) != 1:
        # A run that was killed at its very beginning has none, and nothing that could rest on it.
        if plans or any(True for _ in stored.values()) or stored.first("run-ended") is not None:
            yield Difference(RECORDS, "plan", f"{len(plans)} plans", "one plan")
        return
    recorded = recorded_plan(plans[0])
    for kind in _REASONS:
        said, found = dict(getattr(recorded, kind)), dict(getattr(due, kind))
        for name in dict.fromkeys((*said, *found)):
            if said.get(name) != found.get(name):
                quantity = f"plan: {name}: {kind.replace('_', ' ')}"
                yield Difference(RECORDS, quantity, said.get(name, NOTHING), found.get(name, NOTHING))
    yield from _compare_rows(recorded.rows, due.rows, exact=exact)


_REASONS = ("not_tested", "not_applicable", "out_of_scope")
"""Of a plan: why something is not in it, by requirement."""


def recorded_plan(data: dict[str, Any]) -> Plan:
    """The plan that a record of the kind `plan` holds."""
    rows = tuple(typed(PlannedRow, row, "the plan") for row in data["rows"])
    not_tested, not_applicable, out_of_scope = (
        tuple((str(name), str(why)) for name, why in data.get(kind, ())) for kind in _REASONS
    )
    return Plan(tuple(dict.fromkeys(row.point for row in rows)), rows, not_tested, not_applicable, out_of_scope)


def compare_fingerprints(stored: StoredRun, requirements: Sequence[Requirement]) -> Iterator[Difference]:
    """The recorded fingerprints of requirements against those of the files in `inputs/`; runs of old have none."""
    record = stored.first(REQUIREMENTS)
    if record is None:
        return
    said = {str(name): str(digest) for name, digest in record["fingerprints"].items()}
    found = {requirement.id: fingerprint(requirement) for requirement in requirements}
    for name in dict.fromkeys((*said, *found)):
        if said.get(name) != found.get(name):
            yield Difference(RECORDS, f"{name}: fingerprint", said.get(name, NOTHING), found.get(name, NOTHING))


def _compare_rows(recorded: Sequence[PlannedRow], due: Sequence[PlannedRow], *, exact: bool) -> Iterator[Difference]:
    left = {_name(row): row for row in due}
    for row in recorded:
        name = _name(row)
        other = left.pop(name, None)
        if other is None:
            yield Difference(RECORDS, f"plan: {name}", "planned", "not planned, or planned once")
            continue
        if row.point != other.point:
            yield Difference(RECORDS, f"plan: {name}: point", str(row.point), str(other.point))
        if row.others != other.others:
            yield Difference(RECORDS, f"plan: {name}: further points", str(row.others), str(other.others))
        for (what, one), (_, two) in zip(_numbers(row), _numbers(other), strict=True):
            if not equal(one, two, exact=exact):
                yield Difference(RECORDS, f"plan: {name}: {what}", repr(one), repr(two))
        if row.limit is not None and other.limit is not None and row.limit.unit != other.limit.unit:
            yield Difference(RECORDS, f"plan: {name}: unit", row.limit.unit, other.limit.unit)
    for name in left:
        yield Difference(RECORDS, f"plan: {name}", "not planned", "planned")


def _name(row: PlannedRow) -> str:
    return f"{row.requirement}, {row.quantity} at {row.point.key}"


def _numbers(row: PlannedRow) -> tuple[tuple[str, float | None], ...]:
    limit = row.limit
    return (
        ("lower limit", None if limit is None else limit.lower),
        ("upper limit", None if limit is None else limit.upper),
        ("nominal value", None if limit is None else limit.nominal),
        ("U", row.uncertainty),
        ("T/U", row.capability),
        ("least T/U", row.least_capability),
    )


# The signal paths


def compare_paths(taken: Mapping[str, Mapping[int, Observation]], data: BenchData) -> Iterator[Difference]:
    """The recorded signal paths against those that the run's own bench file and accuracy data give."""
    for key, attempts in taken.items():
        for attempt, observation in attempts.items():
            where = _attempt((key, attempt))
            for found in path_differences(observation, data):
                quantity = f"{where}: {found.taken}: signal path: {found.field}"
                yield Difference(RECORDS, quantity, found.recorded, found.due)


# The cross-checks


def compare_checks(
    stored: StoredRun, checks: Mapping[Attempt, Sequence[CrossCheck]], *, exact: bool
) -> Iterator[Difference]:
    """The recorded cross-checks against those that come out of the same records, attempt by attempt."""
    said: dict[Attempt, list[CrossCheck]] = defaultdict(list)
    current: Attempt = ("", 0)
    for record in stored.records():
        if record.kind == "observation":
            point = typed(OperatingPoint, record.data["observation"]["point"], f"record {record.number}")
            current = point.key, int(record.data["attempt"])
            if current in said:
                yield Difference(RECORDS, f"{_attempt(current)}: observation", "taken twice", "taken once")
            said[current] = []
        elif record.kind == "cross-check":
            check = typed(CrossCheck, record.data, f"record {record.number}")
            if check.observation != current[0]:
                yield Difference(RECORDS, f"{check.observation}: cross-check", "of another observation", current[0])
            else:
                said[current].append(check)
    # A run that was killed may lack what the cross-check said of its last observation.
    cut_off = current if stored.first("run-ended") is None else None
    for attempt, found in checks.items():
        for one, other in zip_longest(said[attempt], found):
            if one is not None or attempt != cut_off:
                yield from _compare_check(attempt, one, other, exact=exact)


def repeated_checks(taken: Mapping[str, Mapping[int, Observation]]) -> dict[Attempt, tuple[CrossCheck, ...]]:
    """The cross-check of each observation, done again.

    Raises:
        KeyError: an observation lacks the record that is compared.
    """
    return {
        (key, attempt): cross_check(observation)
        for key, attempts in taken.items()
        for attempt, observation in attempts.items()
    }


def first_complete(key: str, checks: Mapping[Attempt, Sequence[CrossCheck]]) -> int:
    """Number of the first attempt at a point on which both instruments agreed, which decides; 0: there is none."""
    numbers = sorted(number for at, number in checks if at == key)
    return next((number for number in numbers if all(check.agrees for check in checks[key, number])), 0)


def disagreements(value: Value, checks: Mapping[Attempt, Sequence[CrossCheck]]) -> Iterator[Difference]:
    """A value may rest only on an observation that both instruments agreed on; its others are never anything else."""
    for check in checks.get((value.measurement.derivation.observation, value.attempt), ()):
        if not check.agrees:
            yield Difference(value.test, f"{value.quantity}: cross-check", "agreed", check.text)


def unfounded_repeats(value: Value, checks: Mapping[Attempt, Sequence[CrossCheck]]) -> Iterator[Difference]:
    """The first complete attempt decides: each one before a value's own is set aside by a cause in the records.

    Of the further points that a value is derived from, none was taken again after it was complete.
    """
    key = value.point.key
    for number in range(1, value.attempt):
        if all(check.agrees for check in checks.get((key, number), ())):
            said = f"rests on attempt {value.attempt}"
            due = f"attempt {number} decides, or the cause that sets it aside"
            yield Difference(value.test, f"{value.quantity}: attempt", said, due)
    for other in value.measurement.derivation.others:
        decides = first_complete(other, checks)
        last = max((number for at, number in checks if at == other), default=0)
        if last > decides > 0:
            due = f"attempt {decides} decides, or the cause that sets it aside"
            yield Difference(value.test, f"{value.quantity}: attempt", f"{other} was taken {last} times", due)


def compare_budget(value: Value, again: Value, *, exact: bool) -> Iterator[Difference]:
    """Every line of the uncertainty budget, and how the value is said to be derived."""
    recorded, derived = value.measurement.budget, again.measurement.budget
    for number, (one, other) in enumerate(zip_longest(recorded, derived), start=1):
        name = f"{value.quantity}: budget, line {number}"
        if one is None or other is None:
            yield Difference(value.test, name, NOTHING if one is None else one.name, other.name if other else NOTHING)
            continue
        for field in fields(one):
            left, right = getattr(one, field.name), getattr(other, field.name)
            numbers = isinstance(left, float) and isinstance(right, float)
            # A record that is older than a field does not hold it.
            if left is not None and not (equal(left, right, exact=exact) if numbers else left == right):
                yield Difference(value.test, f"{name}: {field.name.replace('_', ' ')}", repr(left), repr(right))


def _compare_check(
    attempt: Attempt, one: CrossCheck | None, other: CrossCheck | None, *, exact: bool
) -> Iterator[Difference]:
    name = f"{_attempt(attempt)}: cross-check"
    if one is None or other is None:
        yield Difference(RECORDS, name, NOTHING if one is None else one.text, NOTHING if other is None else other.text)
        return
    if (one.phase, one.agrees) != (other.phase, other.agrees):
        yield Difference(RECORDS, name, _said(one), _said(other))
    for what, left, right in (
        ("difference", one.difference_a, other.difference_a),
        ("allowed", one.allowed_a, other.allowed_a),
    ):
        if not equal(left, right, exact=exact):
            yield Difference(RECORDS, f"{name}: {what}", repr(left), repr(right))


def _said(check: CrossCheck) -> str:
    return f"{check.phase.value}: {'agrees' if check.agrees else 'disagrees'}"


def _attempt(attempt: Attempt) -> str:
    return f"{attempt[0]}, attempt {attempt[1]}"
