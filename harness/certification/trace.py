"""The trace matrix of a run: every requirement a row, and what it rests on; what nothing rests on is visible."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.certification.comparison import REQUIREMENTS, recorded_plan
from harness.certification.grounds import Grounds, changed_grounds
from harness.certification.inputs import kept_bench, present_bench
from harness.certification.proofs import NO_EVIDENCE
from harness.certification.suspect import fingerprint, suspects
from harness.definitions.devices import load_device
from harness.definitions.document import LIBRARY
from harness.definitions.requirements import load_contradictions, load_requirements
from harness.errors import DefinitionError, EvidenceError
from harness.evidence import StoredRun
from harness.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from harness.certification.plan import Plan
    from harness.definitions.devices import DeviceProfile
    from harness.definitions.requirements import Contradiction, Requirement

TESTS = "tests"
"""Kind of the record that holds the suites' tests by requirement."""

NOT_DECIDED = "NOT DECIDED"
"""Of a run that never ended: nobody said what becomes of its requirements."""

_NO_GAP = frozenset({Outcome.NOT_APPLICABLE.value, Outcome.OUT_OF_SCOPE.value})
_GAPS = frozenset({Outcome.NOT_TESTED.value, Outcome.DOCUMENT_DUE.value, Outcome.SUSPECT.value, NOT_DECIDED})


@dataclass(frozen=True, slots=True)
class TraceRow:
    """One requirement with everything that it rests on.

    Attributes:
        requirement: as it stood in the run.
        tests: ids of the suites' tests, its own and those of its evidence.
        judged: how many values were judged or disclosed, its own and those of its evidence.
        planned: how many were planned.
        worst_margin: distance to the nearest limit divided by T; None where nothing was judged.
        outcome: its fate; SUSPECT where the requirement is not today's.
        recorded: its fate as the run recorded it.
        note: why, where it is not plain.
        gap: what is missing; empty where nothing is.
        digest: fingerprint of the requirement in the run.
    """

    requirement: Requirement
    tests: tuple[str, ...]
    judged: int
    planned: int
    worst_margin: float | None
    outcome: str
    recorded: str
    note: str
    gap: str
    digest: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """The trace matrix of one run.

    Attributes:
        run: directory.
        device: name of the profile.
        unit: serial number, None where no unit answered.
        verdict: of the run, None where it has none.
        simulated: anything emulated took part.
        rows: one for each requirement of the run, and of today.
        contradictions: between the sources, as the run knew them.
    """

    run: Path
    device: str
    unit: str | None
    verdict: str | None
    simulated: bool | None
    rows: tuple[TraceRow, ...]
    contradictions: tuple[Contradiction, ...]

    @property
    def suspect(self) -> tuple[TraceRow, ...]:
        """Rows whose verdict rests on a text or limit that is not today's."""
        return tuple(row for row in self.rows if row.outcome == Outcome.SUSPECT.value)

    @property
    def gaps(self) -> tuple[TraceRow, ...]:
        """Rows that nothing, or not enough, rests on."""
        return tuple(row for row in self.rows if row.gap)


def trace(run: Path, today: Path = LIBRARY) -> Matrix:
    """Read the trace matrix of a stored run, and hold its requirements against today's.

    Args:
        run: run directory.
        today: folder with the `requirements` and `devices` that hold now.

    Raises:
        EvidenceError: it is no run directory, or lacks what every run has.
        DefinitionError: a requirement file of the run, or of today, is wrong.
    """
    stored = StoredRun(run)
    folder = run / "inputs"
    devices = sorted((folder / "devices").glob("*.toml"))
    if len(devices) != 1:
        raise EvidenceError(f"{run}: inputs/devices holds {len(devices)} profiles where one is due")
    profile, _ = load_device(str(devices[0]))
    requirements = _requirements(folder / "requirements", profile)
    record = stored.first("plan")
    plan = recorded_plan({"rows": ()} if record is None else record)
    present = _present(profile, today)
    now = _requirements(today / "requirements", profile if present is None else present)
    digests = _digests(stored, requirements)
    state = _state(stored)
    grounds = _changed_grounds(run, plan, now, (profile, present or profile), today)
    suspect = suspects(digests, plan.rows, now, present, grounds)
    reader = _Reader(stored, requirements, plan, suspect=suspect, digests=digests)
    known = {requirement.id for requirement in requirements}
    return Matrix(
        run=run,
        device=profile.name,
        unit=state.get("unit"),
        verdict=state.get("verdict"),
        simulated=state.get("simulated"),
        rows=(
            *(reader.row(requirement) for requirement in requirements),
            *(_younger(requirement) for requirement in now if requirement.id not in known),
        ),
        contradictions=load_contradictions(folder / "requirements"),
    )


def _state(stored: StoredRun) -> dict[str, Any]:
    """What `run.json` says; a killed run may have left none."""
    return stored.state() if (stored.path / "run.json").is_file() else {}


def _requirements(folder: Path, profile: DeviceProfile) -> tuple[Requirement, ...]:
    return tuple(requirement.of(profile) for requirement in load_requirements(folder)[0])


def _changed_grounds(
    run: Path, plan: Plan, now: Sequence[Requirement], profiles: tuple[DeviceProfile, DeviceProfile], today: Path
) -> dict[str, str]:
    """What a run rests on that is not so any more; of a run that kept no bench nothing can be told."""
    if not any((run / "inputs" / "benches").glob("*.toml")):
        return {}
    old, new = profiles
    data = kept_bench(run, old)
    return changed_grounds(plan.rows, now, Grounds.of(old, data), Grounds.of(new, present_bench(data, today, new)))


def _present(profile: DeviceProfile, today: Path) -> DeviceProfile | None:
    """Today's profile of the same name; a profile of somebody's own is in no library."""
    path = today / "devices" / f"{profile.name}.toml"
    try:
        return load_device(str(path))[0]
    except DefinitionError:
        if path.is_file():
            raise
        return None


def _digests(stored: StoredRun, requirements: Sequence[Requirement]) -> dict[str, str]:
    """Fingerprints as the run recorded them; of one that recorded none, from its own files."""
    record = stored.first(REQUIREMENTS)
    if record is None:
        return {requirement.id: fingerprint(requirement) for requirement in requirements}
    return {str(name): str(digest) for name, digest in record["fingerprints"].items()}


def _younger(requirement: Requirement) -> TraceRow:
    """A requirement that the run could not know."""
    why = "it came after this run"
    outcome = Outcome.NOT_TESTED.value
    return TraceRow(requirement, (), 0, 0, None, outcome, outcome, why, why, fingerprint(requirement))


class _Reader:
    """Makes the rows of one run."""

    def __init__(
        self,
        stored: StoredRun,
        requirements: Sequence[Requirement],
        plan: Plan,
        *,
        suspect: Mapping[str, str],
        digests: Mapping[str, str],
    ) -> None:
        state = _state(stored)
        self._by_id = {requirement.id: requirement for requirement in requirements}
        self._tests: Mapping[str, Sequence[str]] = stored.first(TESTS) or {}
        self._decided = {entry["id"]: entry for entry in state.get("requirements", ())}
        self._notes: Mapping[str, str] = state.get("notes", {})
        self._reasons = dict((*plan.not_tested, *plan.not_applicable, *plan.out_of_scope))
        self._planned = Counter(row.requirement for row in plan.rows)
        self._taken = Counter(value.requirement for value in stored.values())
        self._suspect = suspect
        self._digests = digests

    def row(self, requirement: Requirement) -> TraceRow:
        """The row of one requirement of the run."""
        name = requirement.id
        near = self._near(requirement)
        decided = self._decided.get(name, {})
        recorded = str(decided.get("outcome", NOT_DECIDED))
        judged = int(decided.get("judged", sum(self._taken[one] for one in near)))
        planned = int(decided.get("planned", sum(self._planned[one] for one in near)))
        tests = tuple(dict.fromkeys(str(test) for one in near for test in self._tests.get(one, ())))
        touched = name in self._suspect and recorded != Outcome.NOT_APPLICABLE.value
        outcome = Outcome.SUSPECT.value if touched else recorded
        note = self._suspect[name] if touched else str(self._notes.get(name, self._reasons.get(name, "")))
        return TraceRow(
            requirement=requirement,
            tests=tests,
            judged=judged,
            planned=planned,
            worst_margin=decided.get("worst_margin"),
            outcome=outcome,
            recorded=recorded,
            note=note,
            gap=_gap(requirement, outcome, note, tests),
            digest=self._digests.get(name, ""),
        )

    def _near(self, requirement: Requirement) -> tuple[str, ...]:
        """The requirement and all that prove it."""
        found = [requirement.id]
        for name in found:
            entry = self._by_id.get(name)
            found += [proof for proof in (entry.evidence if entry is not None else None) or () if proof not in found]
        return tuple(found)


def _gap(requirement: Requirement, outcome: str, note: str, tests: Sequence[str]) -> str:
    if outcome in _NO_GAP:
        return ""
    if outcome in _GAPS:
        return note or outcome
    if requirement.evidence == () and not requirement.rows:
        return NO_EVIDENCE
    return "" if tests else "no test of the suites is about it"
