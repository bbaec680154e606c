"""From verdicts to outcomes of requirements, and to the verdict of a run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.metrology import CAPABILITY_TO_DECIDE
from harness.verdict import Outcome, Verdict, worst

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from harness.certification.plan import Plan, PlannedRow
    from harness.definitions.requirements import Requirement
    from harness.evidence import Judged

INCOMPLETE = "INCOMPLETE"

_NEVER_BLOCKING = {"disclosure": Outcome.DISCLOSED, "attention": Outcome.ATTENTION}


@dataclass(frozen=True, slots=True)
class RequirementOutcome:
    """A requirement's fate in a run.

    Attributes:
        id: of the requirement.
        title: in words.
        outcome: its fate.
        decides: it sets the verdict of the run.
        judged: how many values.
        planned: how many were planned in the scope of the run.
        worst_margin: distance to the nearest limit divided by T, negative outside; None where nothing was judged.
        worst_at: where that was.
        note: why, where it is not plain.
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


def outcomes(
    requirements: Sequence[Requirement],
    plan: Plan,
    judged: Sequence[Judged],
    errors: Mapping[str, Collection[str]],
    in_scope: Collection[str],
) -> tuple[RequirementOutcome, ...]:
    """Outcome of every requirement.

    Args:
        requirements: all.
        plan: what was to be judged.
        judged: what was.
        errors: sentences of bench faults and of tests that judged nothing, by requirement id.
        in_scope: keys of the operating points that belong to the scope of the run.
    """
    missing = dict(plan.not_tested)
    return tuple(
        _outcome(
            requirement,
            [row for row in plan.rows if row.requirement == requirement.id and row.point.key in in_scope],
            [value for value in judged if value.requirement == requirement.id],
            sorted(errors.get(requirement.id, ())),
            missing.get(requirement.id, ""),
        )
        for requirement in requirements
    )


def run_verdict(results: Sequence[RequirementOutcome], *, faults: bool) -> str:
    """Worst over the requirements that decide; INCOMPLETE where nothing is worse than PASS but something is missing.

    Args:
        results: outcomes of all requirements.
        faults: something went wrong that belongs to no requirement: then at least ERROR.
    """
    label = _worst_outcome(results)
    if not faults:
        return label
    return max(Verdict.ERROR, Verdict[label.replace(" ", "_")] if label != INCOMPLETE else Verdict.ERROR).label


def _worst_outcome(results: Sequence[RequirementOutcome]) -> str:
    deciding = [result for result in results if result.decides]
    verdicts = [Verdict[result.outcome.name] for result in deciding if result.outcome.name in Verdict.__members__]
    the_worst = worst(verdicts)
    if the_worst is None:
        return INCOMPLETE
    if the_worst is Verdict.PASS and any(result.outcome is Outcome.NOT_TESTED for result in deciding):
        return INCOMPLETE
    return the_worst.label


def _outcome(
    requirement: Requirement,
    planned: Sequence[PlannedRow],
    judged: Sequence[Judged],
    errors: Sequence[str],
    missing: str,
) -> RequirementOutcome:
    verdicts = [value.decision.verdict for value in judged]
    if errors:
        verdicts.append(Verdict.ERROR)
    outcome, note = _fate(requirement, worst(verdicts), planned, judged, missing)
    hardest = min(judged, key=lambda value: value.decision.margin, default=None)
    return RequirementOutcome(
        id=requirement.id,
        title=requirement.title,
        outcome=outcome,
        decides=requirement.decides,
        judged=len(judged),
        planned=len(planned),
        worst_margin=None if hardest is None else hardest.decision.margin,
        worst_at="" if hardest is None else f"{hardest.quantity} at {hardest.point.key}",
        note=errors[0] if errors else note,
    )


def _fate(
    requirement: Requirement,
    verdict: Verdict | None,
    planned: Sequence[PlannedRow],
    judged: Sequence[Judged],
    missing: str,
) -> tuple[Outcome, str]:
    if verdict is None:
        return Outcome.NOT_TESTED, missing or "no value was judged"
    gap = missing or _gap(planned, judged)
    if verdict is Verdict.PASS and gap:
        return Outcome.NOT_TESTED, gap
    if requirement.kind in _NEVER_BLOCKING:
        return _NEVER_BLOCKING[requirement.kind], ""
    if requirement.certainty == "unverified":
        return (Outcome.MET if verdict is Verdict.PASS else Outcome.NOT_MET), "nobody verified the text"
    return Outcome.of(verdict), "" if verdict is Verdict.PASS else _reason(judged, verdict)


def _gap(planned: Sequence[PlannedRow], judged: Sequence[Judged]) -> str:
    """Why a requirement with nothing but PASS is not tested all the same; empty where it is."""
    if not planned:
        return "nothing of it is planned in the scope of this run"
    done = {(value.quantity, value.point.key) for value in judged}
    left = [row for row in planned if (row.quantity, row.point.key) not in done]
    if left:
        return f"{len(left)} of {len(planned)} planned values were not judged"
    undecided = [row for row in planned if not row.decidable]
    if undecided:
        return f"this bench cannot decide {len(undecided)} of {len(planned)} values: T/U below 1.5"
    short = [value for value in judged if value.limit.half_width < CAPABILITY_TO_DECIDE * value.decision.guard_band]
    if short:
        return f"the uncertainty of {len(short)} of {len(judged)} values was too large to decide: T/U below 1.5"
    return ""


def _reason(judged: Sequence[Judged], verdict: Verdict) -> str:
    same = [value for value in judged if value.decision.verdict is verdict]
    if not same:
        return ""
    hardest = min(same, key=lambda value: value.decision.margin)
    return f"{hardest.quantity} at {hardest.point.key}: {hardest.decision.reason}"
