"""Derive every value and verdict of a stored run again, from captures and readings, with what is in the run only."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from harness.certification.comparison import (
    Difference,
    compare_budget,
    compare_checks,
    compare_fingerprints,
    compare_paths,
    compare_plan,
    disagreements,
    equal,
    first_complete,
    repeated_checks,
    unfounded_repeats,
)
from harness.certification.identities import compare_identity
from harness.certification.inputs import kept_inputs
from harness.certification.judging import held_against
from harness.certification.outcomes import outcomes, run_verdict
from harness.certification.plan import derivation_of
from harness.certification.platform import numeric_platform
from harness.errors import EvidenceError
from harness.evidence import Judged, StoredRun, table
from harness.measurands import derive, is_known, known, newest
from harness.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from harness.capture import Observation
    from harness.certification.comparison import Attempt
    from harness.certification.cross_check import CrossCheck
    from harness.certification.inputs import KeptInputs
    from harness.certification.outcomes import RequirementOutcome
    from harness.definitions.devices import DeviceProfile
    from harness.definitions.requirements import Requirement, Row
    from harness.evidence import Value


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
    """Recompute a run: plan, cross-checks, values, limits, verdicts, outcomes, and the verdict of the run.

    Raises:
        EvidenceError: the run does not hold what its values rest on.
    """
    try:
        return _recompute(run)
    except (KeyError, TypeError) as error:
        raise EvidenceError(f"{run}: a record or run.json lacks what every run has: {error}") from error


def _recompute(run: Path) -> Recomputed:
    stored = StoredRun(run)
    inputs = kept_inputs(run)
    rows = {
        (requirement.id, row.quantity): (requirement, row)
        for requirement in inputs.requirements
        for row in requirement.rows
    }
    attempts = taken_attempts(stored)
    exact = stored.state().get("numeric_platform") == numeric_platform()
    checks = repeated_checks(attempts)
    differences = [
        *compare_identity(stored, inputs, attempts),
        *compare_paths(attempts, inputs.data),
        *compare_fingerprints(stored, inputs.requirements),
        *compare_plan(stored, inputs.plan, exact=exact),
        *compare_checks(stored, checks, exact=exact),
    ]
    again: list[Value] = []
    for value in stored.values():
        if (value.requirement, value.quantity) not in rows:
            named = f"no requirement {value.requirement} with row {value.quantity}"
            raise EvidenceError(f"{value.test}: {named} in inputs/")
        requirement, row = rows[value.requirement, value.quantity]
        again.append(_again(value, requirement, row, inputs.profile, finder(value, attempts, checks)))
        differences += _compare_derivation(value, row, inputs.profile)
        differences += _versioned(value, again[-1], _compare(value, again[-1], exact=exact))
        differences += disagreements(value, checks)
        differences += unfounded_repeats(value, checks)
    differences += _compare_run(stored, inputs, again, exact=exact)
    if exact and stored.first("run-ended") is not None:
        # A run that was killed may lack the row of its last record.
        differences += _compare_table(run, again)
    return Recomputed(len(again), exact, tuple(differences))


def taken_attempts(stored: StoredRun) -> dict[str, dict[int, Observation]]:
    """All observations of a run, by key and attempt."""
    attempts: dict[str, dict[int, Observation]] = defaultdict(dict)
    for attempt, observation in stored.observations():
        attempts[observation.key][attempt] = observation
    return attempts


def finder(
    value: Value,
    attempts: Mapping[str, Mapping[int, Observation]],
    checks: Mapping[Attempt, Sequence[CrossCheck]],
) -> Callable[[str], Observation]:
    """Its own observation in the attempt that it was judged from, others in the first complete one, as in the run."""

    def find(key: str) -> Observation:
        taken = attempts.get(key, {})
        own = key == value.measurement.derivation.observation
        attempt = value.attempt if own else first_complete(key, checks)
        if attempt not in taken:
            raise EvidenceError(
                f"{value.test} rests on an observation that is not in the run: {key}, attempt {attempt}"
            )
        return taken[attempt]

    return find


def _again(
    value: Value, requirement: Requirement, row: Row, profile: DeviceProfile, find: Callable[[str], Observation]
) -> Value:
    derivation = value.measurement.derivation
    if not is_known(derivation.measurand, derivation.version) and derivation.measurand in known():
        # Its version is not kept any more: the newest one is what there is, and each difference names both.
        derivation = replace(derivation, version=newest(derivation.measurand))
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


def _versioned(value: Value, again: Value, differences: list[Difference]) -> Iterator[Difference]:
    """Differences with the versions of the measurand, where they are not the same; that alone is one, too."""
    recorded, derived = value.measurement.derivation, again.measurement.derivation
    if recorded.version == derived.version:
        yield from differences
        return
    version = f"{recorded.measurand} version {recorded.version}, now version {derived.version}"
    name = f"{value.quantity}: version of the measurand"
    yield Difference(value.test, name, str(recorded.version), str(derived.version), version)
    yield from (replace(difference, version=version) for difference in differences)


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
        (f"{quantity}: coverage factor", recorded.coverage_factor, derived.coverage_factor),
        (f"{quantity}: degrees of freedom", recorded.degrees_of_freedom, derived.degrees_of_freedom),
    ]
    texts = [("verdict", _label(value), _label(again)), ("unit", recorded.unit, derived.unit)]
    texts.append(("captures", ", ".join(recorded.captures), ", ".join(derived.captures)))
    if isinstance(value, Judged) and isinstance(again, Judged):
        pairs += [
            (f"{quantity}: lower limit", value.limit.lower, again.limit.lower),
            (f"{quantity}: upper limit", value.limit.upper, again.limit.upper),
            (f"{quantity}: nominal value", value.limit.nominal, again.limit.nominal),
            (f"{quantity}: guard band", value.decision.guard_band, again.decision.guard_band),
            (f"{quantity}: margin", value.decision.margin, again.decision.margin),
        ]
        texts.append(("decision rule", value.decision.rule, again.decision.rule))
        texts.append(("reason", value.decision.reason, again.decision.reason))
    differences = [
        Difference(value.test, name, repr(one), repr(other))
        for name, one, other in pairs
        if not equal(one, other, exact=exact)
    ]
    differences += [
        Difference(value.test, f"{quantity}: {what}", one, other) for what, one, other in texts if one != other
    ]
    return differences + list(compare_budget(value, again, exact=exact))


def _label(value: Value) -> str:
    return value.decision.verdict.label if isinstance(value, Judged) else Outcome.DISCLOSED.value


def _compare_run(stored: StoredRun, inputs: KeptInputs, again: list[Value], *, exact: bool) -> Iterator[Difference]:
    """Outcomes and verdict in `run.json`; a run that was killed claims none."""
    ended, state = stored.first("run-ended"), stored.state()
    if ended is None:
        claims = [(name, state[name]) for name in ("verdict", "ended") if state.get(name) is not None]
        yield from (Difference("run.json", name, str(said), "the records say of no end") for name, said in claims)
        return
    plan = inputs.plan  # and not the recorded one, which is itself only a claim
    errors = errors_of(stored)
    results = outcomes(inputs.requirements, plan, again, errors, plan.in_scope(str(ended["scope"])))
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
        if not equal(entry["worst_margin"], result.worst_margin, exact=exact):
            yield Difference("run.json", f"{result.id}: margin", repr(entry["worst_margin"]), repr(result.worst_margin))
    for name, entry in left.items():
        yield Difference("run.json", f"{name}: outcome", str(entry["outcome"]), "no such requirement in inputs/")


def errors_of(stored: StoredRun) -> dict[str, set[str]]:
    """What tests ended in instead of a verdict, by requirement."""
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
