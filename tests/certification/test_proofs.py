"""What becomes of requirements that others prove, and of those that no bench proves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.certification import RequirementOutcome, outcomes, run_verdict
from harness.certification.outcomes import OWN_WORD
from harness.certification.plan import NOWHERE, Plan, PlannedRow
from harness.certification.proofs import BY_BADNESS, NO_EVIDENCE, as_kind, with_evidence
from harness.definitions.requirements import load_requirements
from harness.evidence import Disclosed
from harness.verdict import Outcome
from tests.examples import REQUIREMENTS, judged_values, observation, plan_of

ROW = load_requirements(REQUIREMENTS)[0][0]
CLAIM = ROW.model_copy(update={"id": "claim", "rows": (), "evidence": ("a", "b"), "certainty": "verified"})
"""A requirement with nothing but evidence."""


def proof(name: str, outcome: Outcome, margin: float | None = 0.5, note: str = "") -> RequirementOutcome:
    """Outcome of one that proves another."""
    return RequirementOutcome(name, name, outcome, True, 2, 3, margin, f"q of {name}", note)


def fate(a: Outcome, b: Outcome, *, foreign: str = "", **changes: object) -> RequirementOutcome:
    """What becomes of a claim that two others prove."""
    claim = CLAIM.model_copy(update=changes)
    others = [ROW.model_copy(update={"id": name}) for name in ("a", "b")]
    own = {"claim": proof("claim", Outcome.NOT_TESTED, None), "a": proof("a", a, 0.2), "b": proof("b", b, 0.7)}
    own["claim"] = replace(own["claim"], judged=0, planned=0, measured=False)
    return with_evidence([claim, *others], own, {"claim": foreign} if foreign else {})[0]


@pytest.mark.parametrize("b", BY_BADNESS)
@pytest.mark.parametrize("a", BY_BADNESS)
def test_a_claim_is_no_better_than_the_worst_of_its_evidence(a: Outcome, b: Outcome) -> None:
    """PASS needs PASS of all; otherwise the worst of them is the claim's."""
    found = fate(a, b)
    assert found.outcome is max((a, b), key=BY_BADNESS.index)
    assert (found.outcome is Outcome.PASS) is (a is b is Outcome.PASS)
    assert (found.judged, found.planned, found.worst_margin, found.worst_at) == (4, 6, 0.2, "q of a")


def test_a_claim_says_what_is_missing() -> None:
    """The note names the evidence that is to blame, and why; of a good claim what it rests on."""
    assert fate(Outcome.PASS, Outcome.NOT_TESTED).note == "NOT TESTED: b"
    assert fate(Outcome.PASS, Outcome.PASS).note == "by a, b"
    assert fate(Outcome.PASS, Outcome.NOT_APPLICABLE, where_claimed=("b",)).note == "by a; not claimed: b"


@pytest.mark.parametrize("other", [outcome for outcome in BY_BADNESS if outcome is not Outcome.NOT_APPLICABLE])
def test_what_a_device_does_not_claim_proves_nothing_and_stands_in_no_way(other: Outcome) -> None:
    """What need not be claimed counts for nothing where it is not; where none is left, the claim is not applicable."""
    assert fate(Outcome.NOT_APPLICABLE, other, where_claimed=("a",)).outcome is other
    assert fate(Outcome.NOT_APPLICABLE, Outcome.NOT_APPLICABLE).outcome is Outcome.NOT_APPLICABLE


def test_a_part_of_the_evidence_proves_nothing_whole() -> None:
    """Where a device does not claim what a claim needs, the claim is not tested; a disclosure says what is there."""
    found = fate(Outcome.PASS, Outcome.NOT_APPLICABLE)
    assert (found.outcome, found.note) == (Outcome.NOT_TESTED, "nothing tests this part of it: b")
    assert fate(Outcome.FAIL, Outcome.NOT_APPLICABLE).outcome is Outcome.FAIL
    assert fate(Outcome.PASS, Outcome.NOT_APPLICABLE, kind="disclosure").outcome is Outcome.DISCLOSED


def test_a_document_about_this_device_is_not_answered_by_silence() -> None:
    """A claim that names the device itself is not tested where the profile declares nothing of it."""
    silent = (Outcome.NOT_APPLICABLE, Outcome.NOT_APPLICABLE)
    assert fate(*silent, devices=("toner",)).outcome is Outcome.NOT_TESTED
    assert fate(*silent, devices=("toner-*",)).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("evidence", [(), ("a", "gone")])
def test_no_evidence_is_not_tested(evidence: tuple[str, ...]) -> None:
    """Nothing at all, or an evidence that is not there, never proves anything."""
    found = fate(Outcome.PASS, Outcome.PASS, evidence=evidence)
    assert found.outcome is Outcome.NOT_TESTED
    assert found.note == ("not there: gone" if evidence else NO_EVIDENCE)


@pytest.mark.parametrize("kind", ["function", "disclosure", "attention", "observation"])
@pytest.mark.parametrize("evidence", [(), ("a", "b")])
def test_a_part_that_nothing_tests_is_a_gap(kind: str, evidence: tuple[str, ...]) -> None:
    """A claim with an untested part is not tested at best, and named; a FAIL of another part stays one."""
    found = fate(Outcome.PASS, Outcome.PASS, evidence=evidence, untested=("the tone",), kind=kind)
    assert (found.outcome, found.note) == (Outcome.NOT_TESTED, "nothing tests this part of it: the tone")
    worse = fate(Outcome.PASS, Outcome.FAIL, untested=("the tone",))
    assert worse.outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("kind", "certainty", "found", "due"),
    [
        ("function", "unverified", Outcome.PASS, Outcome.MET),
        ("function", "unverified", Outcome.SUPPORTED, Outcome.MET),
        ("function", "unverified", Outcome.CONDITIONAL_PASS, Outcome.NOT_MET),
        ("function", "unverified", Outcome.FAIL, Outcome.NOT_MET),
        ("function", "unverified", Outcome.ERROR, Outcome.ERROR),
        ("function", "unverified", Outcome.NOT_TESTED, Outcome.NOT_TESTED),
        ("function", "verified", Outcome.MET, Outcome.MET),
        ("observation", "verified", Outcome.PASS, Outcome.SUPPORTED),
        ("observation", "verified", Outcome.MET, Outcome.MET),
        ("observation", "verified", Outcome.FAIL, Outcome.NOT_SUPPORTED),
        ("observation", "verified", Outcome.CONDITIONAL_PASS, Outcome.NOT_SUPPORTED),
        ("observation", "verified", Outcome.ERROR, Outcome.ERROR),
        ("disclosure", "verified", Outcome.PASS, Outcome.DISCLOSED),
        ("disclosure", "verified", Outcome.NOT_TESTED, Outcome.NOT_TESTED),
        ("attention", "verified", Outcome.FAIL, Outcome.ATTENTION),
    ],
)
def test_kind_and_certainty_say_what_an_outcome_means(kind: str, certainty: str, found: Outcome, due: Outcome) -> None:
    """A text that nobody verified is MET at best, also by evidence; a statement is supported or not."""
    claim = CLAIM.model_copy(update={"kind": kind, "certainty": certainty})
    assert as_kind(claim, found) is due


@pytest.mark.parametrize("found", Outcome)
def test_an_unverified_text_never_complies_by_evidence(found: Outcome) -> None:
    """Whatever proves it, and whatever kind it is: PASS is never said of a text that nobody verified."""
    for kind in ("limit", "function", "document", "disclosure", "attention"):
        claim = CLAIM.model_copy(update={"kind": kind, "certainty": "unverified"})
        assert as_kind(claim, found) is not Outcome.PASS


@pytest.mark.parametrize(
    ("changes", "outcome", "note"),
    [
        ({"evidence": None, "attach": "a mark", "kind": "document"}, Outcome.DOCUMENT_DUE, "attach: a mark"),
        ({"evidence": None, "out_of_scope": "no bench can"}, Outcome.OUT_OF_SCOPE, "no bench can"),
    ],
)  # fmt: skip
def test_what_no_bench_proves_is_never_passed(changes: dict[str, object], outcome: Outcome, note: str) -> None:
    """A document is due and a biological claim out of scope, whatever else passed; of another device neither."""
    found = fate(Outcome.PASS, Outcome.PASS, **changes)  # type: ignore[arg-type]
    assert (found.outcome, found.note) == (outcome, note)
    other = fate(Outcome.PASS, Outcome.PASS, foreign="a claim about another device", **changes)  # type: ignore[arg-type]
    assert other.outcome is Outcome.NOT_APPLICABLE


def test_claims_do_not_decide_a_run() -> None:
    """What proves a claim decides by itself: a claim that is not tested leaves a PASS of the unit alone."""
    found = fate(Outcome.PASS, Outcome.PASS)
    assert not CLAIM.decides
    gap = replace(found, outcome=Outcome.NOT_TESTED, decides=CLAIM.decides)
    assert run_verdict([proof("a", Outcome.PASS), gap], faults=False) == "PASS"


def test_own_values_and_evidence_both_count() -> None:
    """Rows and evidence together are as bad as the worse of both; where rows have no place, evidence is left."""
    values = judged_values(observation())
    requirements = [item for item in load_requirements(REQUIREMENTS)[0] if item.id != "off.residual"]
    both = [requirements[0].model_copy(update={"evidence": ("polarity.sign",)}), requirements[1]]
    plan = plan_of(values)
    assert outcomes(both, plan, values, {}, plan.in_scope("whole"))[0].outcome is Outcome.PASS
    broken = outcomes(both, plan, values, {"polarity.sign": {"x"}}, plan.in_scope("whole"))
    assert [one.outcome for one in broken] == [Outcome.ERROR, Outcome.ERROR]
    left = [row for row in plan.rows if row.requirement != "current.accuracy"]
    nowhere = Plan(plan.points, tuple(left), (), (("current.accuracy", NOWHERE),))
    found = outcomes(
        both, nowhere, [v for v in values if v.requirement != "current.accuracy"], {}, plan.in_scope("whole")
    )
    assert [one.outcome for one in found] == [Outcome.PASS, Outcome.PASS]
    assert found[0].note == "by polarity.sign; not claimed: current.accuracy"
    assert (found[0].judged, found[0].planned) == (0, 0)


STATED = judged_values(observation())[0]


def statement(limit_shift_a: float, **changes: object) -> RequirementOutcome:
    """What becomes of a statement about one disclosed value, whose limits are moved by so much."""
    requirement = ROW.model_copy(update={"kind": "observation", **changes})
    limit = replace(
        STATED.limit,
        lower=(STATED.limit.lower or 0.0) + limit_shift_a,
        upper=(STATED.limit.upper or 0.0) + limit_shift_a,
        nominal=STATED.limit.nominal + limit_shift_a,
    )
    planned = PlannedRow(ROW.id, STATED.quantity, STATED.point, limit, 1e-6, 68.0)
    value = Disclosed(1, "t", ROW.id, STATED.quantity, STATED.measurement, STATED.point, 1)
    plan = Plan((STATED.point,), (planned,), ())
    return outcomes([requirement], plan, [value], {}, {STATED.point.key})[0]


def test_a_statement_is_supported_or_not_with_the_number() -> None:
    """Inside what is said it is SUPPORTED, outside NOT SUPPORTED; both name the value, and neither decides a run."""
    good, bad = statement(0.0), statement(0.5e-3)
    assert (good.outcome, bad.outcome) == (Outcome.SUPPORTED, Outcome.NOT_SUPPORTED)
    assert [good.decides, bad.decides] == [False, False]
    assert good.note.startswith("current.positive-plateau = 680.0 µA ± ")
    assert bad.note.endswith("said is at least 1.112 mA and at most 1.248 mA")
    assert bad.worst_margin is not None
    assert bad.worst_margin < 0


def test_a_statement_near_its_limit_is_not_supported() -> None:
    """Where U reaches over the limit nobody can say that the statement holds."""
    edge = 680e-6 - (STATED.limit.upper or 0.0)
    assert statement(edge + 1e-9).outcome is Outcome.NOT_SUPPORTED


def test_another_class_is_refused() -> None:
    """Of a device that claims nothing of the kind it is told that it is refused, and as what."""
    assert statement(0.5e-3, claimed_by=("microcurrent",)).note.startswith("refused as microcurrent; ")


def test_a_unit_is_no_witness_of_its_own_display() -> None:
    """Values inside all limits are not tested where only the unit's own word is behind them."""
    values = [value for value in judged_values(observation()) if value.requirement == ROW.id]
    plan = plan_of(values)
    for name, witness, outcome in (
        ("display.intensity", ("telemetry",), Outcome.NOT_TESTED),
        ("display.intensity", ("instrument", "telemetry"), Outcome.PASS),
        ("current.accuracy", ("telemetry",), Outcome.PASS),
    ):
        requirement = ROW.model_copy(update={"id": name, "witness": witness})
        named = [replace(value, requirement=name) for value in values]
        due = replace(plan, rows=tuple(replace(row, requirement=name) for row in plan.rows))
        found = outcomes([requirement], due, named, {}, plan.in_scope("whole"))[0]
        assert found.outcome is outcome
        assert (found.note == OWN_WORD) is (outcome is Outcome.NOT_TESTED)
