"""A stored run judged again by other requirements: both results beside each other, the run untouched.

Values are derived anew from the run's own captures and readings, by the newest version of their measurands; device,
bench and accuracy data stay those of the run.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.certification.comparison import first_complete, repeated_checks
from harness.certification.inputs import kept_inputs
from harness.certification.judging import derived, held_against
from harness.certification.outcomes import outcomes, run_verdict
from harness.certification.plan import make_plan
from harness.certification.recompute import errors_of, finder, taken_attempts
from harness.certification.suspect import fingerprint
from harness.definitions.requirements import load_requirements, load_requirements_over
from harness.errors import EvidenceError, NotMeasurable
from harness.evidence import Judged, StoredRun
from harness.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from harness.capture import Observation
    from harness.certification.comparison import Attempt
    from harness.certification.cross_check import CrossCheck
    from harness.certification.inputs import KeptInputs
    from harness.certification.outcomes import RequirementOutcome
    from harness.definitions.requirements import Requirement, Row
    from harness.evidence import Value
    from harness.setpoint import OperatingPoint

NOTHING = "nothing"
_ADDED = "added by the new requirements"


@dataclass(frozen=True, slots=True)
class Rejudged:
    """One value before and after.

    Attributes:
        requirement: id.
        quantity: row.
        point: where.
        test: that judged it in the run; empty where none did.
        before: as it stands in the run, None where the run has none.
        after: as it comes out, None where there is none.
        note: why one of them is missing; empty otherwise.
    """

    requirement: str
    quantity: str
    point: OperatingPoint
    test: str
    before: Value | None
    after: Value | None
    note: str = ""

    @property
    def labels(self) -> tuple[str, str]:
        """Verdict before and after, in words."""
        return label(self.before), label(self.after)

    @property
    def verdict_differs(self) -> bool:
        """Whether another verdict comes out, or one where there was none."""
        return self.labels[0] != self.labels[1]

    @property
    def differs(self) -> bool:
        """Whether anything of the value, its uncertainty, limit or decision is another one."""
        if self.before is None or self.after is None:
            return self.before is not self.after
        return _content(self.before) != _content(self.after)

    @property
    def version(self) -> str:
        """In words, which version of the measurand gave the value before and now; empty where it is the same."""
        if self.before is None or self.after is None:
            return ""
        one, other = self.before.measurement.derivation, self.after.measurement.derivation
        if (one.measurand, one.version) == (other.measurand, other.version):
            return ""
        if one.measurand == other.measurand:
            return f"measurand {one.measurand} version {one.version}, now version {other.version}"
        return f"measurand {one.measurand} version {one.version}, now {other.measurand} version {other.version}"


@dataclass(frozen=True, slots=True)
class OutcomeChange:
    """A requirement's outcome before and after.

    Attributes:
        requirement: id.
        before: in the run; `nothing` where it had no such requirement.
        after: by the new ones; likewise.
        note: why, as it comes out now.
    """

    requirement: str
    before: str
    after: str
    note: str


@dataclass(frozen=True, slots=True)
class Rejudgement:
    """A run judged again.

    Attributes:
        run: its directory.
        manifest_sha256: of its manifest file; None of a run that was not sealed.
        requirements: files of the new requirements.
        values: every value, in the order of the run; added ones behind.
        outcomes: of every requirement.
        verdict_before: of the run, None where it has none.
        verdict_after: as it comes out; None where the run has none.
        simulated: anything emulated took part in the run.
    """

    run: Path
    manifest_sha256: str | None
    requirements: tuple[Path, ...]
    values: tuple[Rejudged, ...]
    outcomes: tuple[OutcomeChange, ...]
    verdict_before: str | None
    verdict_after: str | None
    simulated: bool | None

    @property
    def verdicts_differ(self) -> bool:
        """Whether anything that is a verdict or an outcome comes out otherwise."""
        return (
            self.verdict_before != self.verdict_after
            or any(value.verdict_differs for value in self.values)
            or any(change.before != change.after for change in self.outcomes)
        )


def label(value: Value | None) -> str:
    """The verdict of a value in words; of none, `nothing`."""
    if value is None:
        return NOTHING
    return value.decision.verdict.label if isinstance(value, Judged) else Outcome.DISCLOSED.value


def rejudge(run: Path, requirements: Path) -> Rejudgement:
    """Judge a run again.

    Args:
        run: its directory; nothing is written there.
        requirements: a folder of requirement files in place of the run's, or one file whose requirements take the
            place of the run's of the same id, or are added to them.

    Raises:
        EvidenceError: the run does not hold what its values rest on.
        DefinitionError: the new requirements are wrong, or cannot be planned for this device and bench.
    """
    try:
        return _Rejudging(run, requirements).result()
    except (KeyError, TypeError) as error:
        raise EvidenceError(f"{run}: a record or run.json lacks what every run has: {error}") from error


class _Rejudging:
    """The run, what it rests on, and the requirements that it is held against now."""

    def __init__(self, run: Path, requirements: Path) -> None:
        self._stored = StoredRun(run)
        self._inputs: KeptInputs = kept_inputs(run)
        kept = run / "inputs" / "requirements"
        loaded, self._files = (
            load_requirements(requirements) if requirements.is_dir() else load_requirements_over(kept, requirements)
        )
        profile = self._inputs.profile
        self._requirements = {requirement.id: requirement.of(profile) for requirement in loaded}
        self._plan = make_plan(profile, self._inputs.data, tuple(self._requirements.values()), requirements)
        self._attempts: Mapping[str, Mapping[int, Observation]] = taken_attempts(self._stored)
        self._checks: Mapping[Attempt, Sequence[CrossCheck]] = repeated_checks(self._attempts)

    def result(self) -> Rejudgement:
        values = [self._again(value) for value in self._stored.values()]
        known = {(value.requirement, value.quantity, value.point.key) for value in values}
        values += self._added(known)
        state = self._stored.state()
        changes, verdict = self._outcomes([value.after for value in values if value.after is not None])
        return Rejudgement(
            run=self._stored.path,
            manifest_sha256=_digest(self._stored.path / "manifest.json"),
            requirements=self._files,
            values=tuple(values),
            outcomes=changes,
            verdict_before=state["verdict"],
            # A partial run, or one that was ended early, has no verdict by any requirements.
            verdict_after=None if state["verdict"] is None else verdict,
            simulated=state.get("simulated"),
        )

    def _again(self, value: Value) -> Rejudged:
        named = (value.requirement, value.quantity, value.point, value.test, value)
        requirement = self._requirements.get(value.requirement)
        row = None if requirement is None else requirement.row(value.quantity)
        if requirement is None or row is None:
            return Rejudged(*named, None, "the new requirements have no such row")
        if row not in requirement.rows_at(value.point, self._inputs.profile):
            return Rejudged(*named, None, "by the new requirements the row does not apply there")
        find = finder(value, self._attempts, self._checks)
        try:
            return Rejudged(*named, self._judged(requirement, row, value, find))
        except NotMeasurable as error:
            return Rejudged(*named, None, f"cannot be derived: {error}")

    def _judged(self, requirement: Requirement, row: Row, value: Value, find: Callable[[str], Observation]) -> Value:
        observation, profile = find(value.point.key), self._inputs.profile
        return held_against(
            requirement, row, derived(row, observation, profile, find), observation=observation, profile=profile,
            test=value.test, sequence=value.sequence, attempt=value.attempt,
        )  # fmt: skip

    def _added(self, known: set[tuple[str, str, str]]) -> Iterator[Rejudged]:
        """Values of rows that are new or changed, wherever the run has taken what they are derived from."""
        before = {requirement.id: fingerprint(requirement) for requirement in self._inputs.requirements}
        for requirement in self._requirements.values():
            if fingerprint(requirement) == before.get(requirement.id):
                continue  # what the run left out of it, a part of the tests perhaps, stays left out
            for planned in self._plan.rows:
                key = (planned.requirement, planned.quantity, planned.point.key)
                row = requirement.row(planned.quantity)
                if planned.requirement == requirement.id and key not in known and row is not None:
                    yield from self._new(requirement, row, planned.point)

    def _new(self, requirement: Requirement, row: Row, point: OperatingPoint) -> Iterator[Rejudged]:
        attempt = first_complete(point.key, self._checks)
        if not attempt:
            return  # never taken: the outcome says how many values are missing
        named = (requirement.id, row.quantity, point, "", None)

        def find(key: str) -> Observation:
            found = self._attempts.get(key, {}).get(first_complete(key, self._checks))
            if found is None:
                raise NotMeasurable(f"it rests on an observation that is not in the run: {key}")
            return found

        observation, profile = find(point.key), self._inputs.profile
        try:
            value = held_against(
                requirement, row, derived(row, observation, profile, find), observation=observation, profile=profile,
                test=_ADDED, sequence=1, attempt=attempt,
            )  # fmt: skip
        except NotMeasurable as error:
            yield Rejudged(*named, None, f"cannot be derived: {error}")
        else:
            yield Rejudged(*named, value, _ADDED)

    def _outcomes(self, values: Sequence[Value]) -> tuple[tuple[OutcomeChange, ...], str]:
        state, ended, errors = self._stored.state(), self._stored.first("run-ended"), errors_of(self._stored)
        scope = str((ended or state)["scope"])
        results = outcomes(tuple(self._requirements.values()), self._plan, values, errors, self._plan.in_scope(scope))
        verdict = run_verdict(results, faults=bool((ended or {}).get("errors") or errors.get("")))
        said = {str(entry["id"]): str(entry["outcome"]) for entry in state["requirements"]}
        return tuple(_changes(said, results)), verdict


def _changes(said: dict[str, str], results: Sequence[RequirementOutcome]) -> Iterator[OutcomeChange]:
    for result in results:
        yield OutcomeChange(result.id, said.pop(result.id, NOTHING), result.outcome.value, result.note)
    for name, outcome in said.items():
        yield OutcomeChange(name, outcome, NOTHING, "the new requirements have no such one")


def _content(value: Value) -> tuple[object, ...]:
    measurement = value.measurement
    numbers = (measurement.value, measurement.unit, measurement.standard_uncertainty, measurement.coverage_factor)
    return (*numbers, value.limit, value.decision) if isinstance(value, Judged) else numbers


def _digest(path: Path) -> str | None:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
