"""Derive every value and verdict of a stored run again, from captures and readings, with what is in the run only."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from harness.certification.judging import held_against
from harness.certification.outcomes import outcomes, run_verdict
from harness.certification.plan import Plan, PlannedRow, derivation_of
from harness.certification.platform import numeric_platform
from harness.definitions.devices import load_device
from harness.definitions.requirements import load_requirements
from harness.errors import EvidenceError
from harness.evidence import Judged, StoredRun, table
from harness.evidence.codec import typed
from harness.measurands import derive
from harness.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from harness.capture import Observation
    from harness.certification.outcomes import RequirementOutcome
    from harness.definitions.devices import DeviceProfile
    from harness.definitions.requirements import Requirement, Row
    from harness.evidence import Value

OTHER_PLATFORM_TOLERANCE = 1e-12
"""Relative; numpy's functions differ in their last bits between processors."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that came out otherwise than it was recorded.

    Attributes:
        where: test, or file of the run.
        quantity: what differs.
        recorded: as it stands in the run.
        derived: as it came out.
    """

    where: str
    quantity: str
    recorded: str
    derived: str


@dataclass(frozen=True, slots=True)
class Recomputed:
    """Result of a recomputation.

    Attributes:
        values: how many were derived again.
        bit_for_bit: the numeric platform is the same, so equality was asked for; else 1e-12.
        differences: empty when all agree.
    """

    values: int
    bit_for_bit: bool
    differences: tuple[Difference, ...]


def recompute(run: Path) -> Recomputed:
    """Recompute a run: values, limits, verdicts, outcomes of requirements, and the verdict of the run.

    Raises:
        EvidenceError: the run does not hold what its values rest on.
    """
    try:
        return _recompute(run)
    except (KeyError, TypeError) as error:
        raise EvidenceError(f"{run}: a record or run.json lacks what every run has: {error}") from error


def _recompute(run: Path) -> Recomputed:
    stored = StoredRun(run)
    profile, requirements = _inputs(run)
    rows = {
        (requirement.id, row.quantity): (requirement, row) for requirement in requirements for row in requirement.rows
    }
    attempts: dict[str, dict[int, Observation]] = defaultdict(dict)
    for attempt, observation in stored.observations():
        attempts[observation.key][attempt] = observation
    exact = stored.state().get("numeric_platform") == numeric_platform()
    differences: list[Difference] = []
    again: list[Value] = []
    for value in stored.values():
        if (value.requirement, value.quantity) not in rows:
            named = f"no requirement {value.requirement} with row {value.quantity}"
            raise EvidenceError(f"{value.test}: {named} in inputs/")
        requirement, row = rows[value.requirement, value.quantity]
        again.append(_again(value, requirement, row, profile, finder(value, attempts)))
        differences += _compare_derivation(value, row, profile)
        differences += _compare(value, again[-1], exact=exact)
    differences += _compare_run(stored, requirements, again, exact=exact)
    if exact and stored.first("run-ended") is not None:
        # A run that was killed may lack the row of its last record.
        differences += _compare_table(run, again)
    return Recomputed(len(again), exact, tuple(differences))


def finder(value: Value, attempts: Mapping[str, Mapping[int, Observation]]) -> Callable[[str], Observation]:
    """Its own observation in the attempt that it was judged from, others in the last one, which was the good one."""

    def find(key: str) -> Observation:
        taken = attempts.get(key, {})
        attempt = value.attempt if key == value.measurement.derivation.observation else max(taken, default=0)
        if attempt not in taken:
            raise EvidenceError(
                f"{value.test} rests on an observation that is not in the run: {key}, attempt {attempt}"
            )
        return taken[attempt]

    return find


def _inputs(run: Path) -> tuple[DeviceProfile, tuple[Requirement, ...]]:
    devices = sorted((run / "inputs" / "devices").glob("*.toml"))
    if len(devices) != 1:
        raise EvidenceError(f"{run}: inputs/devices holds {len(devices)} profiles where one is due")
    profile, _ = load_device(str(devices[0]))
    requirements, _ = load_requirements(run / "inputs" / "requirements")
    return profile, requirements


def _again(
    value: Value, requirement: Requirement, row: Row, profile: DeviceProfile, find: Callable[[str], Observation]
) -> Value:
    derivation = value.measurement.derivation
    return held_against(
        requirement,
        row,
        derive(derivation, find),
        observation=find(derivation.observation),
        profile=profile,
        test=value.test,
        sequence=value.sequence,
        attempt=value.attempt,
    )


def _compare_derivation(value: Value, row: Row, profile: DeviceProfile) -> Iterator[Difference]:
    """Whether the value is the one that its row asks for, at the point that it names; an older version stands."""
    recorded = value.measurement.derivation
    due = replace(derivation_of(row, value.point, profile), version=recorded.version)
    if recorded != due:
        yield Difference(value.test, f"{value.quantity}: derivation", str(recorded), str(due))
    elif not row.applies_to(value.point, profile):
        yield Difference(value.test, value.quantity, value.point.key, "the row does not apply there")


def _compare(value: Value, again: Value, *, exact: bool) -> list[Difference]:
    quantity, recorded, derived = value.quantity, value.measurement, again.measurement
    pairs: list[tuple[str, float | None, float | None]] = [
        (quantity, recorded.value, derived.value),
        (f"{quantity}: U", recorded.expanded_uncertainty, derived.expanded_uncertainty),
    ]
    said, found = _label(value), _label(again)
    if isinstance(value, Judged) and isinstance(again, Judged):
        pairs += [
            (f"{quantity}: lower limit", value.limit.lower, again.limit.lower),
            (f"{quantity}: upper limit", value.limit.upper, again.limit.upper),
            (f"{quantity}: guard band", value.decision.guard_band, again.decision.guard_band),
        ]
    differences = [
        Difference(value.test, name, repr(one), repr(other))
        for name, one, other in pairs
        if not _equal(one, other, exact=exact)
    ]
    return differences + ([Difference(value.test, f"{quantity}: verdict", said, found)] if said != found else [])


def _label(value: Value) -> str:
    return value.decision.verdict.label if isinstance(value, Judged) else Outcome.DISCLOSED.value


def _compare_run(
    stored: StoredRun, requirements: tuple[Requirement, ...], again: list[Value], *, exact: bool
) -> Iterator[Difference]:
    """Outcomes and verdict in `run.json`; a run that was killed claims none."""
    ended, state = stored.first("run-ended"), stored.state()
    if ended is None:
        claims = [(name, state[name]) for name in ("verdict", "ended") if state.get(name) is not None]
        yield from (Difference("run.json", name, str(said), "the records say of no end") for name, said in claims)
        return
    plan = _plan(stored)
    errors = _errors(stored)
    results = outcomes(requirements, plan, again, errors, plan.in_scope(str(ended["scope"])))
    yield from _compare_outcomes(state["requirements"], results, exact=exact)
    verdict = run_verdict(results, faults=bool(ended["errors"] or errors.get("")))
    for where, said in (("records.jsonl", ended["verdict"]), ("run.json", state["verdict"])):
        # None claims nothing: a partial run, or one that was ended early.
        if said is not None and said != verdict:
            yield Difference(where, "verdict of the run", str(said), verdict)


def _compare_outcomes(
    claimed: list[dict[str, Any]], results: tuple[RequirementOutcome, ...], *, exact: bool
) -> Iterator[Difference]:
    left = {entry["id"]: entry for entry in claimed}
    for result in results:
        entry = left.pop(result.id, {"outcome": None, "worst_margin": None})
        if entry["outcome"] != result.outcome.value:
            yield Difference("run.json", f"{result.id}: outcome", str(entry["outcome"]), result.outcome.value)
        if not _equal(entry["worst_margin"], result.worst_margin, exact=exact):
            yield Difference("run.json", f"{result.id}: margin", repr(entry["worst_margin"]), repr(result.worst_margin))
    for name, entry in left.items():
        yield Difference("run.json", f"{name}: outcome", str(entry["outcome"]), "no such requirement in inputs/")


def _errors(stored: StoredRun) -> dict[str, set[str]]:
    errors: dict[str, set[str]] = defaultdict(set)
    for record in stored.records():
        if record.kind == "test-error":
            errors[str(record.data["requirement"])].add(str(record.data["error"]))
    return errors


def _compare_table(run: Path, again: list[Value]) -> Iterator[Difference]:
    """`measurements.csv` against the rows that come out."""
    derived = table.content(again).splitlines()
    try:
        recorded = (run / "measurements.csv").read_bytes().splitlines()
    except OSError as error:
        raise EvidenceError(f"{run}/measurements.csv: cannot be read: {error.strerror or error}") from error
    for number, (said, found) in enumerate(zip_longest(recorded, derived, fillvalue=b"no such line"), start=1):
        if said != found:
            yield Difference("measurements.csv", f"line {number}", said.decode(errors="replace"), found.decode())


def _plan(stored: StoredRun) -> Plan:
    planned: dict[str, Any] = stored.first("plan") or {"rows": [], "not_tested": []}
    rows = tuple(typed(PlannedRow, row, "the plan") for row in planned["rows"])
    points = tuple(dict.fromkeys(row.point for row in rows))
    not_tested, not_applicable = (
        tuple((str(name), str(why)) for name, why in planned.get(kind, ())) for kind in ("not_tested", "not_applicable")
    )
    return Plan(points, rows, not_tested, not_applicable)


def _equal(recorded: float | None, derived: float | None, *, exact: bool) -> bool:
    if recorded is None or derived is None:
        return recorded is derived
    if exact:
        return recorded == derived
    return math.isclose(recorded, derived, rel_tol=OTHER_PLATFORM_TOLERANCE, abs_tol=0.0)
