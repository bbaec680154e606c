"""From verdicts to outcomes of requirements, and to the verdict of a run."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.certification.plan import NOWHERE, OF_LONGER_PULSES
from harness.certification.proofs import with_evidence
from harness.evidence import Disclosed, Judged
from harness.metrology import CAPABILITY_TO_DECIDE, GUARD_BAND_U, decide
from harness.quantity import si
from harness.verdict import Outcome, Verdict, worst

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from harness.certification.plan import Plan, PlannedRow
    from harness.definitions.requirements import Requirement
    from harness.evidence import Value

INCOMPLETE = "INCOMPLETE"
OWN_WORD = "the unit's own word alone proves nothing of what is seen or heard"
BENCH_FAULT = "the bench is not what it has to be: values that rest on it are not to be trusted"

NOTHING_BEYOND = "no value is beyond what asks for attention"


@dataclass(frozen=True, slots=True)
class RequirementOutcome:
    """A requirement's fate in a run.

    Attributes:
        id: of the requirement.
        title: in words.
        outcome: its fate.
        decides: it sets the verdict of the run.
        judged: how many values were judged or disclosed.
        planned: how many were planned in the scope of the run.
        worst_margin: distance to the nearest limit divided by T, negative outside; None where nothing was judged.
        worst_at: where that was.
        note: why, where it is not plain.
        of_bench: the bench has to meet it, not the unit: its PASS says nothing of a unit.
        rules: decision rules that values were judged by, besides the one that is meant without a word.
        measured: it has values of its own; False where others prove it, or none can.
    """

    id: str
    title: str
    outcome: Outcome
    decides: bool
    judged: int
    planned: int
    worst_margin: float | None
    worst_at: str
    note: str
    of_bench: bool = False
    rules: tuple[str, ...] = ()
    measured: bool = True


@dataclass(frozen=True, slots=True)
class _Case:
    """All that is known of one requirement when its fate is decided."""

    requirement: Requirement
    planned: Sequence[PlannedRow]
    planned_anywhere: bool
    values: Sequence[Value]
    errors: Sequence[str]
    missing: str
    not_applicable: str
    out_of_scope: str

    @property
    def judged(self) -> list[Judged]:
        found = [value for value in self.values if isinstance(value, Judged)]
        return found + [told for value in self.values if isinstance(value, Disclosed) for told in self._stated(value)]

    def _stated(self, value: Disclosed) -> Iterator[Judged]:
        """A disclosed value against what somebody states, where the requirement is a statement."""
        limit = next(
            (row.limit for row in self.planned if (row.quantity, row.point.key) == (value.quantity, value.point.key)),
            None,
        )
        row = self.requirement.row(value.quantity)
        if self.requirement.is_statement and limit is not None and row is not None:
            named = (value.sequence, value.test, value.requirement, value.quantity, value.measurement)
            yield Judged(*named, limit, decide(value.measurement, limit, row.rule), value.point, value.attempt)


def outcomes(
    requirements: Sequence[Requirement],
    plan: Plan,
    values: Sequence[Value],
    errors: Mapping[str, Collection[str]],
    in_scope: Collection[str],
) -> tuple[RequirementOutcome, ...]:
    """Outcome of every requirement.

    Args:
        requirements: all.
        plan: what was to be judged and disclosed.
        values: what was.
        errors: sentences of bench faults and of tests that judged nothing, by requirement id.
        in_scope: keys of the operating points that belong to the scope of the run.
    """
    missing, not_applicable, out_of_scope = (
        dict(reasons) for reasons in (plan.not_tested, plan.not_applicable, plan.out_of_scope)
    )
    planned: dict[str, list[PlannedRow]] = defaultdict(list)
    for row in plan.rows:
        planned[row.requirement].append(row)
    taken: dict[str, list[Value]] = defaultdict(list)
    for value in values:
        taken[value.requirement].append(value)
    own = {
        requirement.id: _outcome(
            _Case(
                requirement=requirement,
                planned=[row for row in planned[requirement.id] if row.point.key in in_scope],
                planned_anywhere=bool(planned[requirement.id]),
                values=taken[requirement.id],
                errors=sorted(errors.get(requirement.id, ())),
                missing=missing.get(requirement.id, ""),
                not_applicable=not_applicable.get(requirement.id, ""),
                out_of_scope=out_of_scope.get(requirement.id, ""),
            )
        )
        for requirement in requirements
    }
    # Where a requirement's own rows have no place on a device, what proves it besides may have one.
    ours = {NOWHERE, OF_LONGER_PULSES}
    foreign = {name: why for name, why in not_applicable.items() if why not in ours and name not in missing}
    return with_evidence(requirements, own, foreign)


def run_verdict(results: Sequence[RequirementOutcome], *, faults: bool) -> str:
    """Worst over the requirements that decide; INCOMPLETE where nothing is worse than PASS but something is missing.

    Of the bench's own requirements only what is no PASS counts: a bench that is in order has not tested a unit.

    Args:
        results: outcomes of all requirements.
        faults: something went wrong that belongs to no requirement: then at least ERROR.
    """
    label = _worst_outcome(results)
    if not faults:
        return label
    return max(Verdict.ERROR, Verdict[label.replace(" ", "_")] if label != INCOMPLETE else Verdict.ERROR).label


def capability_of(judged: Judged) -> float:
    """T/U as it came out, whatever the decision rule makes of U."""
    return judged.limit.half_width / judged.measurement.expanded_uncertainty


def _must_resolve(judged: Judged, requirement: Requirement) -> bool:
    """True where a row asks for more than what any verdict needs: below that not even a FAIL says anything."""
    row = requirement.row(judged.quantity)
    return row is not None and row.least_capability > CAPABILITY_TO_DECIDE


def is_undecided(judged: Judged, requirement: Requirement) -> bool:
    """True where the bench turned out not good enough to decide a value; a clear FAIL is one on any bench."""
    row = requirement.row(judged.quantity)
    too_wide = row is not None and capability_of(judged) < row.least_capability
    return too_wide and (not _clearly_failed(judged) or _must_resolve(judged, requirement))


def _clearly_failed(judged: Judged) -> bool:
    """True where a value is outside its limit by more than U, also where its rule says FAIL nearer by."""
    decision, expanded = judged.decision, judged.measurement.expanded_uncertainty
    beyond = decision.guard_band >= expanded or decision.margin * judged.limit.half_width < -expanded
    return decision.verdict is Verdict.FAIL and beyond


def _worst_outcome(results: Sequence[RequirementOutcome]) -> str:
    deciding = [result for result in results if result.decides]
    verdicts = [Verdict[result.outcome.name] for result in deciding if result.outcome.name in Verdict.__members__]
    the_worst = worst(verdicts)
    if the_worst is None:
        return INCOMPLETE
    if the_worst is Verdict.PASS:
        passed = any(result.outcome is Outcome.PASS and not result.of_bench for result in deciding)
        gap = any(result.outcome is Outcome.NOT_TESTED for result in deciding)
        return the_worst.label if passed and not gap else INCOMPLETE
    return the_worst.label


def _outcome(case: _Case) -> RequirementOutcome:
    requirement = case.requirement
    outcome, note = _fate(case)
    hardest = min(case.judged, key=lambda value: value.decision.margin, default=None)
    return RequirementOutcome(
        id=requirement.id,
        title=requirement.title,
        outcome=outcome,
        decides=requirement.decides,
        judged=len(case.values),
        planned=len(case.planned),
        worst_margin=None if hardest is None else hardest.decision.margin,
        worst_at="" if hardest is None else f"{hardest.quantity} at {hardest.point.key}",
        note=note or (case.errors[0] if case.errors else ""),
        of_bench=requirement.of_bench,
        rules=tuple(sorted({value.decision.rule for value in case.judged} - {GUARD_BAND_U.name})),
        measured=bool(requirement.rows),
    )


def _fate(case: _Case) -> tuple[Outcome, str]:
    if not case.values and not case.errors:
        return _untouched(case)
    decided = _decided(case)
    verdict = worst([value.decision.verdict for value in decided] + [Verdict.ERROR for _ in case.errors])
    gap = (case.missing or _gap(case)) if verdict is None or verdict is Verdict.PASS else ""
    if gap:
        return Outcome.NOT_TESTED, gap
    if verdict is Verdict.ERROR and case.errors:
        return Outcome.ERROR, ""
    if verdict is Verdict.PASS and case.requirement.speaks_for_itself:
        return Outcome.NOT_TESTED, OWN_WORD
    return _said_of(case.requirement, decided, verdict)


def _said_of(requirement: Requirement, decided: Sequence[Judged], verdict: Verdict | None) -> tuple[Outcome, str]:
    """What the worst verdict of a requirement that is tested means, by its kind, its text and who has to meet it."""
    if requirement.kind == "disclosure":
        return Outcome.DISCLOSED, ""
    if requirement.kind == "attention":
        return Outcome.ATTENTION, NOTHING_BEYOND if verdict is Verdict.PASS else _reason(decided, verdict)
    if requirement.is_statement:
        return _observed(requirement, decided, verdict)
    if requirement.certainty == "unverified":
        return (Outcome.MET if verdict is Verdict.PASS else Outcome.NOT_MET), _unverified(decided, verdict)
    # Nothing decided and no gap cannot be; it would be no PASS.
    found = Verdict.ERROR if verdict is None else verdict
    reason = "" if found is Verdict.PASS else _reason(decided, found)
    if requirement.of_bench and requirement.decides and found is not Verdict.PASS:
        return Outcome.ERROR, f"{BENCH_FAULT}; {reason}".removesuffix("; ")
    return Outcome.of(found), reason


def _untouched(case: _Case) -> tuple[Outcome, str]:
    """Why there is nothing at all: a bench's lack goes before everything that sounds harmless."""
    if case.missing:
        return Outcome.NOT_TESTED, case.missing
    if case.out_of_scope:
        return Outcome.OUT_OF_SCOPE, case.out_of_scope
    if case.not_applicable:
        return Outcome.NOT_APPLICABLE, case.not_applicable
    if case.planned_anywhere and not case.planned:
        return Outcome.OUT_OF_SCOPE, "nothing of it is planned in the scope of this run"
    return Outcome.NOT_TESTED, "no value was judged"


def _gap(case: _Case) -> str:
    """Why a requirement with nothing but PASS is not tested all the same; empty where it is."""
    planned = case.planned
    if not planned:
        return "nothing of it is planned in the scope of this run"
    done = {(value.quantity, value.point.key) for value in case.values}
    left = [row for row in planned if (row.quantity, row.point.key) not in done]
    if left:
        return f"{len(left)} of {len(planned)} planned values were not judged"
    undecided = [(row.quantity, row.point.key, row.capability or 0.0) for row in planned if not row.decidable]
    if undecided:
        return _cannot(case.requirement, undecided, "planned T/U")
    short = [value for value in case.judged if is_undecided(value, case.requirement)]
    return _cannot(
        case.requirement, [(value.quantity, value.point.key, capability_of(value)) for value in short], "T/U"
    )


def _decided(case: _Case) -> list[Judged]:
    """Values that this bench could decide, by the plan and as they came out; a clear FAIL is one on any bench."""
    hopeless = {(row.quantity, row.point.key) for row in case.planned if not row.decidable}
    return [
        value
        for value in case.judged
        if (_clearly_failed(value) and not _must_resolve(value, case.requirement))
        or not ((value.quantity, value.point.key) in hopeless or is_undecided(value, case.requirement))
    ]


def _cannot(requirement: Requirement, undecided: Sequence[tuple[str, str, float]], what: str) -> str:
    """The row's own words for it, with the value that is hardest for this bench."""
    if not undecided:
        return ""
    quantity, place, capability = min(undecided, key=lambda entry: entry[2])
    row = requirement.row(quantity)
    words = row.undecidable if row is not None else "this bench cannot decide"
    more = f", and {len(undecided) - 1} more" if len(undecided) > 1 else ""
    return f"{words}: {quantity} at {place}, {what} {capability:.2g}{more}"


def _observed(requirement: Requirement, decided: Sequence[Judged], verdict: Verdict | None) -> tuple[Outcome, str]:
    """A statement is supported where every value is inside what it says by more than U; always with the number."""
    told = min(decided, key=lambda value: value.decision.margin, default=None)
    number = (
        ""
        if told is None
        else f"{told.quantity} = {_with_uncertainty(told)} at {told.point.key}, said is {_said(told)}"
    )
    if verdict is Verdict.PASS:
        return Outcome.SUPPORTED, number
    return Outcome.NOT_SUPPORTED, (
        f"refused as {requirement.claimed_by[0]}; " if requirement.claimed_by else ""
    ) + number


def _with_uncertainty(judged: Judged) -> str:
    measurement = judged.measurement
    return f"{si(measurement.value, measurement.unit)} ± {si(measurement.expanded_uncertainty, measurement.unit, 2)}"


def _said(judged: Judged) -> str:
    limit = judged.limit
    bounds = [("at least", limit.lower), ("at most", limit.upper)]
    return " and ".join(f"{word} {si(bound, limit.unit)}" for word, bound in bounds if bound is not None)


def _unverified(judged: Sequence[Judged], verdict: Verdict | None) -> str:
    reason = "" if verdict is None or verdict is Verdict.PASS else _reason(judged, verdict)
    return "nobody verified the text" + (f"; {reason}" if reason else "")


def _reason(judged: Sequence[Judged], verdict: Verdict | None) -> str:
    same = [value for value in judged if value.decision.verdict is verdict]
    if not same:
        return ""
    hardest = min(same, key=lambda value: value.decision.margin)
    return f"{hardest.quantity} at {hardest.point.key}: {hardest.decision.reason}"
