"""The plan and the table by requirement, as the terminal shows them."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from harness.certification import RequirementOutcome, outcomes
from harness.certification.plan import Plan
from harness.definitions.requirements import load_requirements
from harness.metrology import decide, rule_named
from harness.plugin.terminal import duration, plan_lines, table_lines, tell_progress
from harness.verdict import Outcome
from tests.examples import REQUIREMENTS, judged_values, observation, plan_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.definitions.requirements import Requirement

LOADED = load_requirements(REQUIREMENTS)[0]
PLANNED = plan_of(judged_values(observation()))


def lines_of(plan: Plan, requirements: Sequence[Requirement] = LOADED) -> list[str]:
    """The plan of three requirements, printed."""
    definitions: Any = SimpleNamespace(
        plan=plan,
        is_generic=False,
        requirements=requirements,
        profile=SimpleNamespace(title="Toner"),
        data=SimpleNamespace(definition=SimpleNamespace(name="bench-1")),
    )
    return list(plan_lines(definitions))


def test_the_plan_ends_with_a_line_for_each_requirement() -> None:
    """Number of values, least T/U and where, or why there is none; every judged value stands above."""
    accuracy, sign, _ = PLANNED.rows
    low = replace(accuracy, capability=1.2)
    disclosed = replace(sign, limit=None, uncertainty=None, capability=None)
    plan = Plan(PLANNED.points, (low, accuracy, disclosed), (), (("off.residual", "nothing is ever off"),))
    lines = lines_of(plan)
    start = next(number for number, line in enumerate(lines) if line.startswith("requirement "))
    assert [" ".join(line.split()) for line in lines[start + 1 : start + 4]] == [
        (
            "current.accuracy 2 1.2 current.positive-plateau at ch1-steady-L10-positive-10k; "
            "1 of 2 below what is decided: NOT TESTED"
        ),
        "polarity.sign 1 disclosed",
        "off.residual 0 NOT APPLICABLE: nothing is ever off",
    ]
    assert sum(line.startswith("  current.positive-plateau") for line in lines[:start]) == 2
    assert lines[1] == "1 operating points, 2 judged values, 1 disclosed; T/U at rated points at least 6"
    assert lines[-1] == "least T/U 1.2: current.positive-plateau at ch1-steady-L10-positive-10k"


def test_the_plan_names_a_decision_rule_that_is_not_the_usual_one() -> None:
    """Who reads a plan sees by which rule a value will be judged; w = U goes without saying."""
    accuracy, *others = LOADED
    rows = tuple(row.model_copy(update={"decision_rule": "method-6"}) for row in accuracy.rows)
    lines = lines_of(PLANNED, [accuracy.model_copy(update={"rows": rows}), *others])
    named = [line.split()[0] for line in lines if line.endswith("  rule method-6")]
    assert named == ["current.positive-plateau"]
    assert not any("rule" in line for line in lines_of(PLANNED))


def outcome(of: Outcome, note: str, *, decides: bool = True, judged: int = 1) -> RequirementOutcome:
    """A requirement with this outcome."""
    return RequirementOutcome("x.y", "X", of, decides, judged, judged, None, "", note)


def test_outcomes_are_told_with_their_reasons() -> None:
    """What is not applicable or rests on an unverified text says why; red is only what stands in the way of PASS."""
    found = (
        outcome(Outcome.PASS, ""),
        outcome(Outcome.NOT_APPLICABLE, "the profile declares no trip", judged=0, decides=True),
        replace(outcome(Outcome.NOT_MET, "nobody verified the text; far out", decides=False), worst_at="q at p"),
        outcome(Outcome.NOT_TESTED, "this bench lacks contact-timing", judged=0),
    )
    told = [(" ".join(line.split()), markup.get("red", False)) for line, markup in table_lines(found)][1:]
    assert told == [
        ("x.y PASS 1/1", False),
        ("x.y NOT APPLICABLE the profile declares no trip", False),
        ("x.y NOT MET (UNVERIFIED TEXT) 1/1 q at p", False),
        ("nobody verified the text; far out", False),
        ("x.y NOT TESTED this bench lacks contact-timing", True),
    ]


def test_the_table_names_the_rule_where_it_is_not_the_default() -> None:
    """Who reads a verdict sees by which rule it was decided; w = U goes without saying."""
    lines = {}
    for rule in ("guard-band-U", "simple"):
        values = [
            replace(value, decision=decide(value.measurement, value.limit, rule_named(rule)))
            for value in judged_values(observation())
        ]
        plan = plan_of(values)
        results = outcomes(LOADED, plan, values, {}, plan.in_scope("whole"))
        lines[rule] = [line.strip() for line, _ in table_lines(results) if "decision rule" in line]
    assert lines == {"guard-band-U": [], "simple": ["judged by decision rule simple"] * 3}


@pytest.mark.parametrize("of", Outcome)
def test_only_what_is_good_is_green(of: Outcome) -> None:
    """Green says something good of the unit: what was not asked of it, or is only told, has no colour."""
    markup = list(table_lines((outcome(of, ""),)))[1][1]
    assert markup.get("green", False) is (of in {Outcome.PASS, Outcome.MET, Outcome.SUPPORTED})
    neutral = {Outcome.DISCLOSED, Outcome.NOT_APPLICABLE, Outcome.OUT_OF_SCOPE}
    assert (markup.get("green", False) or markup.get("red", False)) is (of not in neutral)


def test_what_others_prove_stands_behind_the_table() -> None:
    """Claims are counted by outcome, those that are not good are told each, and documents that are due are not."""
    found = (
        outcome(Outcome.PASS, ""),
        replace(outcome(Outcome.PASS, "by x.y", decides=False), id="claim.a", measured=False),
        replace(outcome(Outcome.DOCUMENT_DUE, "attach: a report", decides=False), id="claim.b", measured=False),
        replace(outcome(Outcome.NOT_TESTED, "nothing tests it", decides=False), id="claim.c", measured=False),
    )
    told = [" ".join(line.split()) for line, _ in table_lines(found)][2:]
    assert told == [
        "claims and clauses that others prove, or no bench: 1 PASS, 1 NOT TESTED, 1 DOCUMENT DUE",
        "claim.c NOT TESTED nothing tests it",
    ]


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.4, "0 s"),
        (59.4, "59 s"),
        (60.0, "1 min"),
        (3569.0, "59 min"),
        (3600.0, "1 h 0 min"),
        (11_460.0, "3 h 11 min"),
    ],
)
def test_a_time_is_said_as_people_say_it(seconds: float, said: str) -> None:
    """Seconds below a minute, minutes below an hour, then both."""
    assert duration(seconds) == said


def told(verbosity: int, *left_s: float) -> list[str]:
    """What is said while the bench time that is left falls, of a run of 1000 s with ten points."""
    lines: list[str] = []
    reporter = SimpleNamespace(ensure_newline=lambda: None, write_line=lines.append)
    config: Any = SimpleNamespace(
        pluginmanager=SimpleNamespace(get_plugin=lambda _: reporter),
        get_verbosity=lambda: verbosity,
        stash=pytest.Stash(),
    )
    for left in left_s:
        certification: Any = SimpleNamespace(
            remaining_s=left,
            selected=frozenset(range(10)),
            observations=dict.fromkeys(range(round(10 - left / 100))),
            refused={},
            definitions=SimpleNamespace(plan=SimpleNamespace(bench_time_s=lambda _: 1000.0)),
        )
        tell_progress(config, certification)
    return lines


def test_the_bench_time_that_is_left_is_told_now_and_then() -> None:
    """After a minute less of it, not after each test, and not at the end; a quiet run is not disturbed."""
    assert told(0, 1000.0, 960.0, 700.0, 660.0, 0.0) == ["3 of 10 operating points, about 12 min of bench time left"]
    assert told(-1, 1000.0, 700.0) == []
