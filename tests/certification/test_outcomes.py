"""From verdicts to outcomes, and to the verdict of a run."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.certification import RequirementOutcome, outcomes, run_verdict
from harness.certification.plan import Plan, PlannedRow
from harness.definitions.requirements import load_requirements
from harness.evidence import Disclosed
from harness.verdict import Decision, Outcome, Verdict
from tests.examples import REQUIREMENTS, judged_values, observation, point, unchecked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.definitions.requirements import Requirement
    from harness.evidence import Judged
    from harness.setpoint import OperatingPoint

REQUIREMENT = load_requirements(REQUIREMENTS)[0][0]
JUDGED = judged_values(observation())[0]
HERE, THERE = point(), point(level=9)
ROW = PlannedRow("current.accuracy", JUDGED.quantity, HERE, JUDGED.limit, 1e-6, 68.0)
PLAN = Plan((HERE, THERE), (ROW, replace(ROW, point=THERE)), ())


def value(verdict: Verdict, margin: float = 0.5, at: OperatingPoint = HERE, quantity: str = JUDGED.quantity) -> Judged:
    """A judged value with this verdict; only what becomes of it is looked at here, not whether it follows."""
    decision = Decision(verdict, "guard-band-U", 1e-6, margin, f"because of {verdict.label}")
    return unchecked(JUDGED, decision=decision, point=at, quantity=quantity)


def widened(judged: Judged, capability: float) -> Judged:
    """The same verdict from a measurement with this T/U."""
    measurement = judged.measurement
    standard = judged.limit.half_width / capability / measurement.coverage_factor
    return unchecked(judged, measurement=replace(measurement, standard_uncertainty=standard))


def fate(
    judged: Sequence[Judged],
    *,
    requirement: Requirement = REQUIREMENT,
    plan: Plan = PLAN,
    errors: Sequence[str] = (),
    scope: Sequence[OperatingPoint] = (HERE, THERE),
) -> RequirementOutcome:
    """What becomes of one requirement."""
    (found,) = outcomes(
        [requirement], plan, judged, {requirement.id: set(errors)} if errors else {}, {p.key for p in scope}
    )
    return found


BOTH = (value(Verdict.PASS), value(Verdict.PASS, at=THERE))


def test_everything_planned_and_passed_is_pass() -> None:
    """PASS needs every planned value, judged PASS."""
    found = fate(BOTH)
    assert (found.outcome, found.judged, found.planned, found.decides) == (Outcome.PASS, 2, 2, True)


def test_nothing_judged_is_not_tested() -> None:
    """No evidence is never folded into PASS."""
    found = fate(())
    assert (found.outcome, found.note, found.worst_margin) == (Outcome.NOT_TESTED, "no value was judged", None)


def test_a_value_too_few_is_not_tested() -> None:
    """All judged values PASS and one planned value missing is NOT TESTED, and says how many are missing."""
    found = fate(BOTH[:1])
    assert (found.outcome, found.note) == (Outcome.NOT_TESTED, "1 of 2 planned values were not judged")


def test_a_value_judged_twice_does_not_stand_for_another() -> None:
    """Two values at one point are not two points."""
    assert fate((BOTH[0], BOTH[0])).outcome is Outcome.NOT_TESTED


def test_another_quantity_does_not_stand_for_the_planned_one() -> None:
    """A value of another row does not fill the gap."""
    other = value(Verdict.PASS, at=THERE, quantity="current.negative-plateau")
    assert fate((BOTH[0], other)).outcome is Outcome.NOT_TESTED


def test_points_outside_the_scope_are_not_missed() -> None:
    """In a production run only the points of the short selection are due."""
    found = fate(BOTH[:1], scope=(HERE,))
    assert (found.outcome, found.planned) == (Outcome.PASS, 1)


def test_a_bench_that_cannot_decide_has_not_tested() -> None:
    """A planned T/U below 1.5 leaves PASS as NOT TESTED: this bench cannot decide."""
    plan = replace(PLAN, rows=(ROW, replace(ROW, point=THERE, capability=1.4)))
    found = fate(BOTH, plan=plan)
    assert (found.outcome, found.note) == (
        Outcome.NOT_TESTED,
        f"this bench cannot decide: {JUDGED.quantity} at {THERE.key}, planned T/U 1.4",
    )


def test_a_load_that_is_missing_has_not_been_tested() -> None:
    """Where the bench lacks a load that the profile asks for, PASS at the others is NOT TESTED, with the reason."""
    plan = replace(PLAN, not_tested=((REQUIREMENT.id, "this bench has no load 1M"),))
    found = fate(BOTH, plan=plan)
    assert (found.outcome, found.note) == (Outcome.NOT_TESTED, "this bench has no load 1M")


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict != Verdict.PASS])
def test_the_worst_verdict_is_the_outcome(verdict: Verdict) -> None:
    """One value worse than PASS decides, even where others were not judged, and gives its reason."""
    found = fate((value(Verdict.PASS), value(verdict, -0.1, THERE)))
    assert found.outcome is Outcome.of(verdict)
    assert found.note.endswith(f"because of {verdict.label}")
    assert fate((value(verdict),)).outcome is Outcome.of(verdict)


@pytest.mark.parametrize("order", [1, -1])
def test_a_failed_attempt_is_not_forgotten(order: int) -> None:
    """OpenHTF records a failed attempt that later passes as SKIP and PASS; here a FAIL stays a FAIL."""
    attempts = (value(Verdict.FAIL), value(Verdict.PASS), value(Verdict.PASS, at=THERE))[::order]
    assert fate(attempts).outcome is Outcome.FAIL


def test_a_bench_fault_is_an_error() -> None:
    """A fault beside nothing but PASS is ERROR, with its sentence."""
    found = fate(BOTH, errors=["the multimeter did not answer"])
    assert (found.outcome, found.note) == (Outcome.ERROR, "the multimeter did not answer")


def test_a_fault_before_the_first_value_is_an_error() -> None:
    """A requirement whose tests broke before they judged anything is ERROR, not NOT TESTED."""
    assert fate((), errors=["x"]).outcome is Outcome.ERROR


def test_fail_outranks_error() -> None:
    """A unit that failed has failed, also where the bench broke afterwards."""
    found = fate((value(Verdict.FAIL),), errors=["x"])
    assert found.outcome is Outcome.FAIL
    assert found.note.endswith("because of FAIL")
    assert fate((value(Verdict.CONDITIONAL_FAIL),), errors=["x"]).outcome is Outcome.ERROR


def test_the_worst_margin_is_the_least() -> None:
    """The table shows the value nearest to its limit, and where it was."""
    found = fate((value(Verdict.PASS, 0.9), value(Verdict.PASS, 0.2, THERE)))
    assert (found.worst_margin, found.worst_at) == (0.2, f"{JUDGED.quantity} at {THERE.key}")


@pytest.mark.parametrize("verdict", Verdict)
def test_an_unverified_text_never_complies(verdict: Verdict) -> None:
    """A row that nobody verified is MET or NOT MET, decides nothing, and never reads PASS."""
    unverified = REQUIREMENT.model_copy(update={"certainty": "unverified"})
    found = fate((value(verdict), value(verdict, at=THERE)), requirement=unverified)
    assert found.outcome is (Outcome.MET if verdict is Verdict.PASS else Outcome.NOT_MET)
    assert not found.decides


DISCLOSURE = REQUIREMENT.model_copy(update={"kind": "disclosure"})


def disclosed(at: OperatingPoint = HERE) -> Disclosed:
    """A disclosed value."""
    return Disclosed(1, "t", REQUIREMENT.id, JUDGED.quantity, JUDGED.measurement, at, 1)


def test_a_disclosure_is_disclosed() -> None:
    """What only has to be disclosed has neither verdict nor margin, and cannot decide a run."""
    found = fate((disclosed(), disclosed(THERE)), requirement=DISCLOSURE)
    assert (found.outcome, found.decides, found.judged) == (Outcome.DISCLOSED, False, 2)
    assert (found.worst_margin, found.worst_at) == (None, "")


def test_a_disclosure_with_a_value_missing_is_not_disclosed() -> None:
    """DISCLOSED needs every planned value; an error on the way is shown as one."""
    assert fate((disclosed(),), requirement=DISCLOSURE).outcome is Outcome.NOT_TESTED
    assert fate((), requirement=DISCLOSURE).outcome is Outcome.NOT_TESTED
    both = (disclosed(), disclosed(THERE))
    assert fate(both, requirement=DISCLOSURE, errors=["x"]).outcome is Outcome.ERROR


OF_BENCH = REQUIREMENT.model_copy(update={"owner": "bench", "kind": "function"})


@pytest.mark.parametrize("verdict", [verdict for verdict in Verdict if verdict is not Verdict.PASS])
@pytest.mark.parametrize("kind", ["limit", "function"])
def test_a_bench_that_is_not_what_it_has_to_be_is_at_fault(verdict: Verdict, kind: str) -> None:
    """Whatever is no PASS of the bench's own requirement is an ERROR of the run, and no FAIL of the unit."""
    own = OF_BENCH.model_copy(update={"kind": kind})
    found = fate((value(verdict, -0.1), BOTH[1]), requirement=own)
    assert (found.outcome, found.decides, found.of_bench) == (Outcome.ERROR, True, True)
    assert found.note.startswith("the bench is not what it has to be: values that rest on it are not to be trusted; ")
    assert found.note.endswith(f"because of {verdict.label}")
    assert run_verdict([result(Outcome.PASS), found], faults=False) == "ERROR"
    assert run_verdict([result(Outcome.FAIL), found], faults=False) == "FAIL"


def test_a_bench_in_order_has_not_tested_a_unit() -> None:
    """PASS of the bench's own requirement alone is no PASS of a run; a gap of it makes PASS INCOMPLETE."""
    found = fate(BOTH, requirement=OF_BENCH)
    assert found.outcome is Outcome.PASS
    assert run_verdict([found], faults=False) == "INCOMPLETE"
    assert run_verdict([found, result(Outcome.PASS)], faults=False) == "PASS"
    gap = fate(BOTH[:1], requirement=OF_BENCH)
    assert gap.outcome is Outcome.NOT_TESTED
    assert run_verdict([gap, result(Outcome.PASS)], faults=False) == "INCOMPLETE"


def test_what_decides_nothing_is_no_fault_of_the_bench() -> None:
    """A text that nobody verified stays NOT MET, whoever has to meet it."""
    unverified = OF_BENCH.model_copy(update={"certainty": "unverified"})
    assert fate((value(Verdict.FAIL), BOTH[1]), requirement=unverified).outcome is Outcome.NOT_MET


# The verdict of a run


def result(outcome: Outcome, *, decides: bool = True) -> RequirementOutcome:
    """A requirement with this outcome."""
    return RequirementOutcome("x", "x", outcome, decides, 1, 1, 0.5, "", "")


DECISIVE = [Outcome.of(verdict) for verdict in Verdict]


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(list(Outcome)), st.booleans())))
def test_a_run_passes_only_where_every_deciding_requirement_passes(found: list[tuple[Outcome, bool]]) -> None:
    """Whatever the outcomes, PASS needs at least one deciding PASS and among those that decide no worse, no gap."""
    verdict = run_verdict([result(outcome, decides=decides) for outcome, decides in found], faults=False)
    deciding = [outcome for outcome, decides in found if decides]
    assert verdict in {"PASS", "CONDITIONAL PASS", "CONDITIONAL FAIL", "ERROR", "FAIL", "INCOMPLETE"}
    if verdict == "PASS":
        assert Outcome.PASS in deciding
        assert not set(deciding) & {*DECISIVE[1:], Outcome.NOT_TESTED}


@pytest.mark.parametrize(("one", "other"), list(itertools.product(range(5), repeat=2)))
def test_the_worst_requirement_is_the_verdict(one: int, other: int) -> None:
    """FAIL outranks ERROR outranks CONDITIONAL FAIL, CONDITIONAL PASS, PASS."""
    assert (
        run_verdict([result(DECISIVE[one]), result(DECISIVE[other])], faults=False) == DECISIVE[max(one, other)].value
    )


def test_a_gap_makes_pass_incomplete() -> None:
    """PASS with one requirement NOT TESTED is INCOMPLETE; anything worse keeps its name."""
    gap = result(Outcome.NOT_TESTED)
    assert run_verdict([result(Outcome.PASS), gap], faults=False) == "INCOMPLETE"
    assert run_verdict([result(Outcome.FAIL), gap], faults=False) == "FAIL"


@pytest.mark.parametrize("results", [[], [result(Outcome.NOT_TESTED)], [result(Outcome.PASS, decides=False)]])
def test_a_run_in_which_nothing_decides_is_incomplete(results: list[RequirementOutcome]) -> None:
    """No deciding verdict is never PASS."""
    assert run_verdict(results, faults=False) == "INCOMPLETE"


def test_what_does_not_decide_cannot_fail_a_run() -> None:
    """A disclosure or an unverified text leaves the verdict as it is."""
    others = [result(outcome, decides=False) for outcome in Outcome]
    assert run_verdict([result(Outcome.PASS), *others], faults=False) == "PASS"


@pytest.mark.parametrize("outcome", Outcome)
def test_a_fault_that_belongs_to_no_requirement_is_at_least_an_error(outcome: Outcome) -> None:
    """Something that went wrong beside all requirements makes ERROR of everything but FAIL."""
    expected = "FAIL" if outcome is Outcome.FAIL else "ERROR"
    assert run_verdict([result(outcome)], faults=True) == expected
    assert run_verdict([], faults=True) == "ERROR"


def test_an_unverified_text_that_was_tested_in_part_is_not_met() -> None:
    """One value of two is not enough for MET."""
    unverified = REQUIREMENT.model_copy(update={"certainty": "unverified"})
    assert fate(BOTH[:1], requirement=unverified).outcome is Outcome.NOT_TESTED


def test_what_the_device_does_not_have_is_not_applicable() -> None:
    """A requirement that the plan finds nothing for in this device is NOT APPLICABLE, with the reason, and no gap."""
    plan = Plan((HERE,), (), (), ((REQUIREMENT.id, "the profile declares no trip"),))
    found = fate((), plan=plan)
    assert (found.outcome, found.note) == (Outcome.NOT_APPLICABLE, "the profile declares no trip")
    assert run_verdict([found, result(Outcome.PASS)], faults=False) == "PASS"
    assert run_verdict([found], faults=False) == "INCOMPLETE"


def test_what_the_bench_lacks_is_never_not_applicable() -> None:
    """Where the plan says both, the bench's lack is what counts; an error goes before either."""
    plan = Plan((HERE,), (), ((REQUIREMENT.id, "this bench lacks x"),), ((REQUIREMENT.id, "nothing"),))
    assert fate((), plan=plan).outcome is Outcome.NOT_TESTED
    assert fate((), plan=plan, errors=["x"]).outcome is Outcome.ERROR


def test_what_is_planned_elsewhere_only_is_out_of_scope() -> None:
    """A production run leaves a requirement alone that has no point in the short selection."""
    found = fate((), scope=())
    assert (found.outcome, found.planned) == (Outcome.OUT_OF_SCOPE, 0)
    assert run_verdict([found, result(Outcome.PASS)], faults=False) == "PASS"


RESOLVED = REQUIREMENT.model_copy(
    update={
        "rows": tuple(
            row.model_copy(update={"least_capability": 2.0, "undecidable": "not resolvable"})
            for row in REQUIREMENT.rows
        )
    }
)


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.CONDITIONAL_PASS, Verdict.CONDITIONAL_FAIL])
def test_a_row_says_from_which_capability_on_it_is_decided(verdict: Verdict) -> None:
    """Below the row's own least T/U a value counts as not tested, whatever its verdict, in the row's own words."""
    wide = value(verdict)
    wide = widened(wide, 1.9)
    found = fate((wide, BOTH[1]), requirement=RESOLVED)
    assert (found.outcome, found.note) == (
        Outcome.NOT_TESTED,
        f"not resolvable: {JUDGED.quantity} at {HERE.key}, T/U 1.9",
    )
    planned = replace(PLAN, rows=(replace(ROW, capability=1.9, least_capability=2.0), PLAN.rows[1]))
    found = fate((value(verdict), BOTH[1]), requirement=RESOLVED, plan=planned)
    assert found.outcome is Outcome.NOT_TESTED
    assert found.note == f"not resolvable: {JUDGED.quantity} at {HERE.key}, planned T/U 1.9"


def test_a_clear_fail_is_one_on_any_bench() -> None:
    """A value that lies outside its limit by more than its U has failed, also where U is too large to pass anything."""
    wide = value(Verdict.FAIL, -3.0)
    wide = widened(wide, 1.0)
    assert fate((wide, BOTH[1])).outcome is Outcome.FAIL
    hopeless = replace(PLAN, rows=(replace(ROW, capability=0.5), PLAN.rows[1]))
    assert fate((value(Verdict.FAIL, -3.0), BOTH[1]), plan=hopeless).outcome is Outcome.FAIL


def test_a_fail_within_u_is_none_on_a_bench_that_cannot_decide() -> None:
    """Simple acceptance says FAIL right outside a limit; where U is too large for any verdict that is not tested."""
    simple = Decision(Verdict.FAIL, "simple", 0.0, -0.5, "just outside")
    near = unchecked(widened(JUDGED, 1.2), decision=simple)
    assert fate((near, BOTH[1])).outcome is Outcome.NOT_TESTED
    far = unchecked(near, decision=replace(simple, margin=-0.9))
    assert fate((far, BOTH[1])).outcome is Outcome.FAIL


def test_what_cannot_be_resolved_has_not_failed_either() -> None:
    """Where a row asks for more than the least T/U of all, below that nothing is said, not even FAIL."""
    wide = value(Verdict.FAIL, -3.0)
    wide = widened(wide, 1.0)
    assert fate((wide, BOTH[1]), requirement=RESOLVED).outcome is Outcome.NOT_TESTED


def test_an_error_beside_an_unverified_text_is_an_error() -> None:
    """NOT MET is said of a unit, never of a test that broke."""
    unverified = REQUIREMENT.model_copy(update={"certainty": "unverified"})
    assert fate(BOTH, requirement=unverified, errors=["x"]).outcome is Outcome.ERROR


def test_a_requirement_with_nothing_planned_in_scope_is_not_tested() -> None:
    """Where nothing was planned in the scope of a run, one stray value does not make PASS."""
    found = fate(BOTH[:1], scope=())
    assert (found.outcome, found.note) == (
        Outcome.NOT_TESTED,
        "nothing of it is planned in the scope of this run",
    )


def test_an_attention_is_attention() -> None:
    """A row of the kind `attention` is ATTENTION, never PASS."""
    attention = REQUIREMENT.model_copy(update={"kind": "attention"})
    assert fate(BOTH, requirement=attention).outcome is Outcome.ATTENTION


@pytest.mark.parametrize(("capability", "outcome"), [(1.49, Outcome.NOT_TESTED), (1.51, Outcome.PASS)])
def test_an_uncertainty_that_came_out_too_large_has_not_tested(capability: float, outcome: Outcome) -> None:
    """T/U of what was judged counts as well as that of the plan: below 1.5 nothing was decided."""
    found = fate((widened(BOTH[0], capability), BOTH[1]))
    assert found.outcome is outcome
    assert found.note == (
        f"this bench cannot decide: {JUDGED.quantity} at {HERE.key}, T/U 1.5" if outcome is Outcome.NOT_TESTED else ""
    )
