"""Outcomes of requirements that others prove, and of those that no bench proves."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from harness.certification.outcomes import RequirementOutcome
    from harness.definitions.requirements import Requirement

BY_BADNESS = (
    Outcome.PASS,
    Outcome.SUPPORTED,
    Outcome.DISCLOSED,
    Outcome.ATTENTION,
    Outcome.MET,
    Outcome.OUT_OF_SCOPE,
    Outcome.DOCUMENT_DUE,
    Outcome.NOT_TESTED,
    Outcome.NOT_SUPPORTED,
    Outcome.NOT_MET,
    Outcome.CONDITIONAL_PASS,
    Outcome.CONDITIONAL_FAIL,
    Outcome.ERROR,
    Outcome.FAIL,
)
"""The better first: a requirement is no better than the worst of what proves it."""

NO_EVIDENCE = "nothing tests it yet"

_PROVED_WHOLE = frozenset({"limit", "function", "observation"})
"""Kinds that a part of the evidence does not prove; what is only disclosed is disclosed as far as it is there."""

_GOOD = frozenset({Outcome.PASS, Outcome.SUPPORTED, Outcome.DISCLOSED})
_JUDGED = frozenset(BY_BADNESS) - {Outcome.OUT_OF_SCOPE, Outcome.DOCUMENT_DUE, Outcome.NOT_TESTED, Outcome.ERROR}
"""Outcomes that say that something was tested, whatever came out."""


def with_evidence(
    requirements: Sequence[Requirement], own: Mapping[str, RequirementOutcome], foreign: Mapping[str, str]
) -> tuple[RequirementOutcome, ...]:
    """Outcomes of all requirements, from those of their own values.

    Args:
        requirements: all, in their order.
        own: outcomes by id, as of each requirement's own rows alone.
        foreign: why a requirement is not about the device, by id.
    """
    by_id = {requirement.id: requirement for requirement in requirements}
    found: dict[str, RequirementOutcome] = {}

    def of(name: str) -> RequirementOutcome:
        if name not in found:
            requirement = by_id[name]
            # A part of the requirements may be at hand only: what is not there has proved nothing.
            proofs = [of(proof) for proof in requirement.evidence or () if proof in by_id]
            lost = [proof for proof in requirement.evidence or () if proof not in by_id]
            found[name] = _outcome(requirement, own[name], proofs, lost, foreign.get(name, ""))
        return found[name]

    return tuple(of(requirement.id) for requirement in requirements)


def _outcome(
    requirement: Requirement,
    own: RequirementOutcome,
    proofs: Sequence[RequirementOutcome],
    lost: Sequence[str],
    foreign: str,
) -> RequirementOutcome:
    told = _without_values(requirement, foreign)
    if told is not None:
        return replace(own, outcome=told[0], note=told[1])
    if requirement.evidence is None:
        return own
    if lost or not (proofs or requirement.rows or requirement.untested):
        return replace(own, outcome=Outcome.NOT_TESTED, note=f"not there: {', '.join(lost)}" if lost else NO_EVIDENCE)
    if requirement.untested and not proofs and not requirement.rows:
        return replace(own, outcome=Outcome.NOT_TESTED, note=_untested(requirement))
    parts = [*([own] if requirement.rows else []), *proofs]
    claimed = [part for part in parts if part.outcome is not Outcome.NOT_APPLICABLE]
    if not claimed:
        return _nothing_claimed(requirement, own, ", ".join(proof.id for proof in proofs))
    missing = [proof.id for proof in proofs if proof not in claimed and proof.id not in requirement.where_claimed]
    if missing and requirement.kind in _PROVED_WHOLE:
        requirement = requirement.model_copy(update={"untested": (*requirement.untested, *missing)})
    return _worst(requirement, own, claimed, [part.id for part in parts if part not in claimed])


def _nothing_claimed(requirement: Requirement, own: RequirementOutcome, names: str) -> RequirementOutcome:
    """A document that speaks of this very device is not answered by a profile that says nothing."""
    named = any("*" not in pattern for pattern in requirement.devices)
    outcome = Outcome.NOT_TESTED if named and requirement.kind in _PROVED_WHOLE else Outcome.NOT_APPLICABLE
    return replace(own, outcome=outcome, note=f"the device claims none of {names}")


def _without_values(requirement: Requirement, foreign: str) -> tuple[Outcome, str] | None:
    """What is said of a requirement that no value can be about; None where one can."""
    if foreign:
        return Outcome.NOT_APPLICABLE, foreign
    if requirement.out_of_scope:
        return Outcome.OUT_OF_SCOPE, requirement.out_of_scope
    if requirement.attach:
        return Outcome.DOCUMENT_DUE, f"attach: {requirement.attach}"
    return None


def _worst(
    requirement: Requirement, own: RequirementOutcome, parts: Sequence[RequirementOutcome], others: Sequence[str]
) -> RequirementOutcome:
    worst = max((part.outcome for part in parts), key=BY_BADNESS.index)
    short = bool(requirement.untested) and BY_BADNESS.index(worst) < BY_BADNESS.index(Outcome.NOT_TESTED)
    hardest = min(
        (part for part in parts if part.worst_margin is not None),
        key=lambda part: part.worst_margin or 0.0,
        default=own,
    )
    return replace(
        own,
        outcome=Outcome.NOT_TESTED if short else as_kind(requirement, worst),
        # A claim's values are those of its evidence; one that has some of its own says how many these are.
        judged=own.judged if requirement.rows else sum(part.judged for part in parts),
        planned=own.planned if requirement.rows else sum(part.planned for part in parts),
        worst_margin=hardest.worst_margin,
        worst_at=hardest.worst_at,
        note=_untested(requirement) if short else _note(own, worst, parts, others),
    )


def _untested(requirement: Requirement) -> str:
    return f"nothing tests this part of it: {', '.join(requirement.untested)}"


def as_kind(requirement: Requirement, found: Outcome) -> Outcome:
    """What an outcome of the evidence means for a requirement of this kind, and with a text that is so sure."""
    if found not in _JUDGED:
        return found
    if requirement.kind == "disclosure":
        return Outcome.DISCLOSED
    if requirement.kind == "attention":
        return Outcome.ATTENTION
    good = found in _GOOD
    if requirement.is_statement and found is not Outcome.MET:
        return Outcome.SUPPORTED if good else Outcome.NOT_SUPPORTED
    if requirement.certainty == "unverified" and found is not Outcome.ATTENTION:
        return Outcome.MET if good or found is Outcome.MET else Outcome.NOT_MET
    return found


def _note(
    own: RequirementOutcome,
    worst: Outcome,
    parts: Sequence[RequirementOutcome],
    others: Sequence[str],
) -> str:
    """Which of the evidence is to blame, and why; of what is good, on what it rests."""
    named = [part for part in parts if part.outcome is worst]
    if worst in _GOOD or worst is Outcome.MET:
        told = own.note if own in parts else ""
        proofs = ", ".join(part.id for part in parts if part is not own)
        words = [told, f"by {proofs}" if proofs else "", f"not claimed: {', '.join(others)}" if others else ""]
        return "; ".join(word for word in words if word)
    if own in named:
        return own.note
    first = next((part for part in named if part.note), None)
    why = "" if first is None else f" ({first.id}: {first.note})" if len(named) > 1 else f" ({first.note})"
    return f"{worst.value}: {', '.join(part.id for part in named)}{why}"
