"""Derive every value and verdict of a stored run again, from captures and readings, with what is in the run only."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from harness.certification.outcomes import outcomes, run_verdict
from harness.certification.plan import Plan, PlannedRow
from harness.certification.platform import numeric_platform
from harness.definitions.devices import load_device
from harness.definitions.requirements import load_requirements
from harness.errors import EvidenceError
from harness.evidence import Judged, StoredRun, table
from harness.evidence.codec import typed
from harness.measurands import derive
from harness.metrology import decide

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from harness.capture import Observation
    from harness.certification.outcomes import RequirementOutcome
    from harness.definitions.devices import DeviceProfile
    from harness.definitions.requirements import Requirement

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
    known = {requirement.id: requirement for requirement in requirements}
    observations = {(observation.key, attempt): observation for attempt, observation in stored.observations()}
    exact = stored.state().get("numeric_platform") == numeric_platform()
    differences: list[Difference] = []
    again: list[Judged] = []
    for judged in stored.judged():
        observation = observations.get((judged.measurement.derivation.observation, judged.attempt))
        if observation is None:
            raise EvidenceError(f"{run}: {judged.test} rests on an observation that is not in the run")
        again.append(_again(judged, observation, profile, known))
        differences += _compare(judged, again[-1], exact=exact)
    differences += _compare_run(stored, requirements, again, exact=exact)
    if exact and stored.first("run-ended") is not None:
        # A run that was killed may lack the row of its last record.
        differences += _compare_table(run, again)
    return Recomputed(len(again), exact, tuple(differences))


def _inputs(run: Path) -> tuple[DeviceProfile, tuple[Requirement, ...]]:
    devices = sorted((run / "inputs" / "devices").glob("*.toml"))
    if len(devices) != 1:
        raise EvidenceError(f"{run}: inputs/devices holds {len(devices)} profiles where one is due")
    profile, _ = load_device(str(devices[0]))
    requirements, _ = load_requirements(run / "inputs" / "requirements")
    return profile, requirements


def _again(
    judged: Judged, observation: Observation, profile: DeviceProfile, requirements: dict[str, Requirement]
) -> Judged:
    requirement = requirements.get(judged.requirement)
    row = requirement.row(judged.quantity) if requirement is not None else None
    if row is None:
        raise EvidenceError(f"{judged.test}: no requirement {judged.requirement} with row {judged.quantity} in inputs/")
    measurement = derive(judged.measurement.derivation, observation)
    limit = row.limit(profile, observation.point)
    return replace(judged, measurement=measurement, limit=limit, decision=decide(measurement, limit))


def _compare(judged: Judged, again: Judged, *, exact: bool) -> list[Difference]:
    pairs: list[tuple[str, float | None, float | None]] = [
        (judged.quantity, judged.measurement.value, again.measurement.value),
        (f"{judged.quantity}: U", judged.measurement.expanded_uncertainty, again.measurement.expanded_uncertainty),
        (f"{judged.quantity}: lower limit", judged.limit.lower, again.limit.lower),
        (f"{judged.quantity}: upper limit", judged.limit.upper, again.limit.upper),
        (f"{judged.quantity}: guard band", judged.decision.guard_band, again.decision.guard_band),
    ]
    found = [
        Difference(judged.test, name, repr(recorded), repr(derived))
        for name, recorded, derived in pairs
        if not _equal(recorded, derived, exact=exact)
    ]
    if judged.decision.verdict is not again.decision.verdict:
        name = f"{judged.quantity}: verdict"
        found.append(Difference(judged.test, name, judged.decision.verdict.label, again.decision.verdict.label))
    return found


def _compare_run(
    stored: StoredRun, requirements: tuple[Requirement, ...], again: list[Judged], *, exact: bool
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


def _compare_table(run: Path, again: list[Judged]) -> Iterator[Difference]:
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
    return Plan(points, rows, tuple((str(name), str(why)) for name, why in planned["not_tested"]))


def _equal(recorded: float | None, derived: float | None, *, exact: bool) -> bool:
    if recorded is None or derived is None:
        return recorded is derived
    if exact:
        return recorded == derived
    return math.isclose(recorded, derived, rel_tol=OTHER_PLATFORM_TOLERANCE, abs_tol=0.0)
