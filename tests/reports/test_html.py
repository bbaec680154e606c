"""The page of a run."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.errors import EvidenceError
from harness.metrology import decide
from harness.setpoint import Method, Polarity
from harness.verdict import Limit, Outcome
from reports.html import render, write_report
from reports.text import written
from tests.reports.support import Seen, Story, accuracy, build, disclosed, point, residual, sealed

if TYPE_CHECKING:
    from pathlib import Path

    from harness.evidence import Judged

GOOD = (("current.accuracy", "PASS"), ("off.residual", "PASS"))
BAD = (("current.accuracy", "PASS"), ("off.residual", "FAIL"))
HOSTILE = "<script>alert(1)</script>&\"'$x$"


def many() -> list[Judged]:
    """Ninety points: ten levels, three polarities, three loads."""
    return [
        value
        for load in ("500R", "2k", "10k")
        for polarity in Polarity
        for level in range(1, 11)
        for at in [point(level, polarity, load)]
        for value in [*(accuracy(1 + level / 1000, at=at, phase=p.value) for p in polarity.phases), residual(1e-9, at)]
    ]


def test_every_judged_value_is_on_the_page(tmp_path: Path) -> None:
    """Each judged value stands in a row with its uncertainty, limits, acceptance interval and verdict."""
    values = [accuracy(0.95 + level / 100, at=point(level)) for level in range(1, 11)] + [residual(2.5e-9)]
    seen = Seen(render(build(tmp_path / "run", Story(values, outcomes=GOOD))))
    for value in values:
        text = written(value.measurement, value.limit, value.decision)
        setpoint = value.point.setpoint
        row = (value.decision.verdict.label, "steady", str(setpoint.level), "positive 10k steady", text.result, "2.00")
        assert " ".join((*row, text.limits, text.acceptance)) in seen.text
    assert seen.balanced


@pytest.mark.parametrize("simulated", [True, False])
def test_the_page_fetches_nothing(tmp_path: Path, simulated: bool) -> None:  # noqa: FBT001 - a parameter
    """No element and no style refers to anything outside the page, and its policy forbids it."""
    page = render(build(tmp_path / "run", Story(many(), outcomes=GOOD, simulated=simulated)))
    seen = Seen(page)
    for tag, attributes in seen.tags:
        assert tag not in {"script", "link", "img", "iframe", "object", "embed", "base", "image", "use"}
        for name in ("src", "href", "xlink:href", "action", "data"):
            assert (attributes.get(name) or "#").startswith("#")
    assert all(address.startswith("#") for address in re.findall(r"url\(([^)]*)\)", page))
    assert "@import" not in page
    policy = next(attributes for tag, attributes in seen.tags if tag == "meta" and "http-equiv" in attributes)
    assert (policy["content"] or "").startswith("default-src 'none'")


@pytest.mark.parametrize(
    ("story", "marked"),
    [
        (Story([accuracy(1.0)], simulated=True), True),
        (Story([accuracy(1.0)], simulated=False, unit="SIM-0001"), True),
        (Story([accuracy(1.0)], simulated=False), False),
        (Story([accuracy(1.0)], simulated=True, state=False), True),
    ],
    ids=["flag", "serial number", "metal", "killed"],
)
def test_simulated_is_said_where_anything_was(tmp_path: Path, story: Story, marked: bool) -> None:  # noqa: FBT001
    """SIMULATED stands on the page, on every plot and in the print header, if and only if anything was simulated."""
    page = render(build(tmp_path / "run", story))
    seen = Seen(page)
    plots = [attributes["aria-label"] or "" for _, attributes in seen.tags if attributes.get("class") == "plot"]
    assert plots
    assert all(label.startswith("SIMULATED") is marked for label in plots)
    assert ("SIMULATED" in page) is marked
    assert ("@top-center" in page) is marked
    assert bool(seen.classed("mark")) is marked


def test_same_run_same_bytes(tmp_path: Path) -> None:
    """The page of a run is the same, byte for byte, whenever it is written."""
    run = build(tmp_path / "run", Story(many(), outcomes=GOOD))
    first = write_report(run, tmp_path / "a.html").read_bytes()
    assert first == write_report(run, tmp_path / "b.html").read_bytes()


def test_text_of_others_is_never_markup(tmp_path: Path) -> None:
    """Names, titles and sentences from files and peers appear as text, in tables as in plots."""
    at = point(load=HOSTILE.replace("/", "_"))
    story = Story(
        [accuracy(1.0, at=at)], unit=HOSTILE, operator=HOSTILE, device_title="<b>x</b>", errors=[HOSTILE],
        disagreements=[HOSTILE], records=False,
    )  # fmt: skip
    page = render(build(tmp_path / "run", story))
    seen = Seen(page)
    assert "<script" not in page
    assert not any(tag in {"script", "b"} for tag, _ in seen.tags)
    assert seen.balanced
    assert seen.text.count("<script>alert(1)") >= 5
    assert "<b>x</b>" in seen.text


@pytest.mark.parametrize("outcome", Outcome)
def test_only_what_is_good_is_green(tmp_path: Path, outcome: Outcome) -> None:
    """An outcome that was not asked of the unit, or that only tells something, is neither green nor in the way."""
    seen = Seen(render(build(tmp_path / "run", Story([], outcomes=[(name, outcome.value) for name, _ in GOOD]))))
    neutral = {Outcome.DISCLOSED, Outcome.NOT_APPLICABLE, Outcome.OUT_OF_SCOPE}
    assert bool(seen.classed("outcome good")) is (outcome in {Outcome.PASS, Outcome.MET, Outcome.SUPPORTED})
    assert bool(seen.classed("outcome aside")) is (outcome in neutral)


def test_failing_requirement_comes_first(tmp_path: Path) -> None:
    """A run that did not pass names the failing requirement before anything else, also where its file names it last."""
    values = [accuracy(1.0), residual(5e-6)]
    story = Story(values, verdict="FAIL", outcomes=(("current.accuracy", "CONDITIONAL PASS"), BAD[1]))
    text = Seen(render(build(tmp_path / "run", story))).text
    way = text.index("What stands in the way of PASS")
    assert text.index("FAIL whole plan") < way < text.index("off.residual: FAIL") < text.index("Outcomes")
    assert text.index("off.residual: FAIL") < text.index("current.accuracy: CONDITIONAL PASS")


def test_passing_run_has_nothing_in_its_way(tmp_path: Path) -> None:
    """Where all requirements pass the page lists no problem."""
    text = Seen(render(build(tmp_path / "run", Story([accuracy(1.0), residual(0.0)], outcomes=GOOD)))).text
    assert "PASS whole plan: 2 of 2 requirements judged, 2 of 2 planned values" in text
    assert "What stands in the way" not in text


def test_killed_run_has_a_page(tmp_path: Path) -> None:
    """A run that ends in half a line, without run.json, is shown as not ended, with what it had recorded."""
    run = build(tmp_path / "run", Story([accuracy(1.2)], ended=False, state=False))
    with (run / "records.jsonl").open("ab") as file:
        file.write(b'{"data":{"half')
    text = Seen(render(run)).text
    assert "NOT ENDED" in text
    assert "1 FAIL; the worst is current.positive-plateau, steady, level 10" in text
    assert "(816.0 ± 6.8) µA" in text


def test_run_without_any_value_has_a_page(tmp_path: Path) -> None:
    """A run in which nothing was judged says so and says why."""
    outcomes = (("current.accuracy", "ERROR"), ("off.residual", "NOT TESTED"))
    story = Story(verdict="ERROR", outcomes=outcomes, errors=["multimeter: no answer within 5 s"], identified=False)
    text = Seen(render(build(tmp_path / "run", story))).text
    assert "current.accuracy: ERROR. multimeter: no answer within 5 s" in text
    assert "off.residual: NOT TESTED. no value was judged" in text
    assert "Neither the bench nor a unit said who they are" in text


@pytest.mark.parametrize("share", [0.0, -1.0, 1e6, 1.1, 0.9])
def test_no_number_is_ever_nan(tmp_path: Path, share: float) -> None:
    """Whatever is measured, neither text nor coordinates hold NaN or infinity."""
    seen = Seen(render(build(tmp_path / "run", Story([accuracy(share), residual(0.0)], verdict="FAIL", outcomes=BAD))))
    drawn = " ".join(str(value) for _, attributes in seen.tags for value in attributes.values())
    assert not re.search(r"\b(nan|inf|infinity)\b", f"{seen.text} {drawn}".lower())


def test_partial_run_states_no_verdict(tmp_path: Path) -> None:
    """A part of the plan prints PARTIAL and never PASS as its headline."""
    story = Story([accuracy(1.0)], verdict=None, scope="partial", outcomes=GOOD[:1])
    text = Seen(render(build(tmp_path / "run", story))).text
    assert "PARTIAL a part of the plan" in text
    assert "There is no verdict: only a part of the plan was selected." in text


def test_disagreement_and_repetition_are_shown(tmp_path: Path) -> None:
    """A failed cross-check stands among the problems, a repeated observation in its list."""
    story = Story([accuracy(1.0)], outcomes=GOOD, disagreements=["they disagree"], attempts={point().key: 2})
    text = Seen(render(build(tmp_path / "run", story))).text
    assert "Bench: they disagree" in text
    assert (
        f"{point().key}: taken 2 times; attempt 2 counts for nothing: they disagree; "
        "attempt 1 is the first complete one and decides" in text
    )


def test_a_repeat_without_a_cause_is_told(tmp_path: Path) -> None:
    """Where nothing sets the first attempt aside, the page says that it decides."""
    story = Story([accuracy(1.0)], outcomes=GOOD, attempts={point().key: 2})
    text = Seen(render(build(tmp_path / "run", story))).text
    assert "taken 2 times; no cause is recorded; attempt 1 is the first complete one and decides" in text


def test_budget_names_its_sources(tmp_path: Path) -> None:
    """The value nearest to its limit shows its influences, here as 0.16 to 0.09 of variance, with their sources.

    A line from an older record has no estimate of its own.
    """
    text = Seen(render(build(tmp_path / "run", Story([accuracy(1.0), accuracy(1.05)], outcomes=GOOD)))).text
    assert "accuracy of the meter - - normal ∞ - 2.72 µA 64 % data sheet" in text
    assert "repeatability 0.000714 2.04e-06 t 9 1 2.04 µA 36 % scatter of 10 readings" in text
    assert "U = 6.80 µA, T/U = 10; dominated by accuracy of the meter" in text


def test_altered_capture_is_named(tmp_path: Path) -> None:
    """A record that is not the one that was taken is not drawn, and the page says so."""
    run = build(tmp_path / "run", Story([accuracy(1.0)], outcomes=GOOD))
    file = run / "captures" / f"{point().key}-output.capture"
    file.write_bytes(file.read_bytes()[:-1] + b"\x00")
    text = Seen(render(run)).text
    assert "Records cannot be shown" in text
    assert "is not the capture that record" in text


def test_broken_chain_has_no_page(tmp_path: Path) -> None:
    """Records that were changed give an error and no page."""
    run = build(tmp_path / "run", Story([accuracy(1.2)], outcomes=GOOD))
    records = run / "records.jsonl"
    records.write_bytes(records.read_bytes().replace(b'"verdict":"FAIL"', b'"verdict":"PASS"'))
    with pytest.raises(EvidenceError, match="line"):
        write_report(run)
    assert not (run / "report.html").exists()


def test_values_of_a_whole_certification_stay_light(tmp_path: Path) -> None:
    """The page of ninety points is smaller than a photograph: 1 MB."""
    run = sealed(tmp_path / "run", Story(many(), outcomes=GOOD))
    assert len(render(run).encode()) < 1_000_000


FURTHER = (
    *GOOD,
    ("output.charge", "DISCLOSED"),
    ("standard.accuracy", "NOT MET (UNVERIFIED TEXT)"),
    ("overload.trip", "NOT APPLICABLE"),
)


def further(**changes: object) -> Story:
    """A run that passes, with a disclosure, a text that nobody verified, and something the device does not have."""
    standard = replace(accuracy(1.3), requirement="standard.accuracy", quantity="standard.plateau")
    values = [accuracy(1.0), residual(0.0), disclosed(1.5e-6), standard]
    no_trip = ("overload.trip", "the profile declares no trip")
    notes = {"standard.accuracy": "nobody verified the text; far out", "overload.trip": no_trip[1]}
    story = Story(values, outcomes=FURTHER, further=True, not_applicable=[no_trip], notes=notes)
    return replace(story, **changes)


def test_a_disclosed_value_is_on_the_page_without_a_limit(tmp_path: Path) -> None:
    """A disclosure stands in a table of its own with value and U, and neither limit, margin nor verdict."""
    text = Seen(render(build(tmp_path / "run", further()))).text
    assert "DISCLOSED steady 10 positive 10k steady (1.500 ± 0.030) µC 2.00 Uncertainty" in text
    assert "output.phase-charge , disclosed: no limit, no verdict" in text


@pytest.mark.parametrize("state", [True, False], ids=["ended", "killed"])
def test_outcomes_give_their_reasons(tmp_path: Path, state: bool) -> None:  # noqa: FBT001 - a parameter
    """NOT APPLICABLE says what the device lacks, also where the run was killed before it decided anything."""
    text = Seen(render(build(tmp_path / "run", further(state=state, ended=state)))).text
    assert "the profile declares no trip" in text
    if state:
        assert "NOT APPLICABLE the profile declares no trip" in text
        assert "NOT MET (UNVERIFIED TEXT) 1 / 1 −2.000 T" in text
        assert "nobody verified the text; far out" in text
        assert "DISCLOSED 1 / 1 values without a limit; they set no verdict" in text


def test_what_sets_no_verdict_does_not_stand_in_the_way(tmp_path: Path) -> None:
    """A text that nobody verified and that is not met is told, but not among what stands in the way of PASS."""
    page = render(build(tmp_path / "run", further()))
    assert "What stands in the way" not in page
    assert "PASS whole plan: 4 of 4 requirements judged" in Seen(page).text


def test_each_table_names_its_decision_rule(tmp_path: Path) -> None:
    """At the head of a table stands by which rule its values were judged, in the legend how wide the guard band is."""
    usual, other = accuracy(1.0), residual(1e-9)
    other = replace(other, decision=replace(other.decision, rule="simple", guard_band=0.0))
    text = Seen(render(build(tmp_path / "run", Story([usual, other], outcomes=GOOD)))).text
    assert "current.positive-plateau , the worst first; decision rule guard-band-U" in text
    assert "off.residual-current , the worst first; decision rule simple" in text
    assert "guard-band-U is w = U" in text


def test_the_worst_value_comes_first_in_its_table(tmp_path: Path) -> None:
    """Within a quantity a FAIL stands before everything else, then the least margin."""
    values = [accuracy(1.0, at=point(1)), accuracy(1.05, at=point(2)), accuracy(1.3, at=point(3))]
    text = Seen(render(build(tmp_path / "run", Story(values, verdict="FAIL")))).text
    first, second, third = (text.index(f"steady {level} positive") for level in (3, 2, 1))
    assert first < second < third


def test_a_long_table_is_folded_unless_something_in_it_is_wrong(tmp_path: Path) -> None:
    """More than six passing values are folded away; with one FAIL among them the table is open."""
    places = [point(level, load=load) for load in ("2k", "10k") for level in range(1, 11)]
    for share, expected in ((1.0, 0), (1.3, 1)):
        values = [*(accuracy(1.0, at=at) for at in places[1:]), accuracy(share, at=places[0])]
        seen = Seen(render(build(tmp_path / f"run{expected}", Story(values, records=False))))
        assert sum(1 for tag, attributes in seen.tags if tag == "details" and "open" in attributes) == expected


def test_plots_by_level_are_of_steady_points_with_two_limits(tmp_path: Path) -> None:
    """A value of another method, or with a limit on one side, has no plot by level."""
    elsewhere = replace(point(9), method=Method.GAP, variant="20ms")
    one_sided = accuracy(1.0, at=point(8))
    limit = Limit("A", None, 1e-3, 0.0)
    one_sided = replace(one_sided, limit=limit, decision=decide(one_sided.measurement, limit))
    for values, drawn in (([accuracy(1.0)], 1), ([accuracy(1.0, at=elsewhere), one_sided], 0)):
        page = render(build(tmp_path / f"run{drawn}", Story(values, records=False)))
        assert page.count("deviation from nominal, %") == drawn


def test_a_large_run_stays_light(tmp_path: Path) -> None:
    """The page of 150 points with ten values each is smaller than 2 MB, and every value is on it."""
    places = [point(level, polarity, load) for load in LOADS for polarity in Polarity for level in range(1, 11)]
    values = [
        replace(accuracy(1.0 + level / 1000, at=at), quantity=f"current.q{number}-plateau")
        for at in places
        for number in range(10)
        for level in [at.setpoint.level]
    ]
    assert len(places) == 150
    page = render(build(tmp_path / "run", Story(values, outcomes=GOOD)))
    assert len(page.encode()) < 2_000_000
    assert page.count('<td class="w">PASS</td>') == 1500


LOADS = ("500R", "2k", "10k", "20k", "50k")


def test_one_cause_does_not_bury_the_page(tmp_path: Path) -> None:
    """Of hundreds of errors twenty are told, and how many more there are."""
    errors = [f"fault {number}" for number in range(300)]
    text = Seen(render(build(tmp_path / "run", Story([accuracy(1.0)], verdict="ERROR", errors=errors)))).text
    assert "ERROR: fault 19 280 more errors stand in records.jsonl" in text


def test_what_was_not_selected_is_one_line(tmp_path: Path) -> None:
    """A part of the plan names what it left out once, not requirement by requirement."""
    outcomes = (("current.accuracy", "PASS"), ("off.residual", "NOT TESTED"), ("overload.trip", "NOT TESTED"))
    story = Story([accuracy(1.0)], verdict=None, scope="partial", outcomes=outcomes, further=True)
    text = Seen(render(build(tmp_path / "run", story))).text
    assert "Not selected, or selected in part: off.residual, overload.trip" in text
    assert "off.residual: NOT TESTED" not in text


def test_a_disagreement_is_told_once(tmp_path: Path) -> None:
    """A repeated disagreement, or one that an error tells already, does not stand twice among the problems."""
    story = Story([accuracy(1.0)], verdict="ERROR", disagreements=["they disagree"] * 2, errors=["twice: apart"])
    text = Seen(render(build(tmp_path / "one", story))).text
    assert text.count("Bench: they disagree") == 1
    text = Seen(render(build(tmp_path / "two", replace(story, disagreements=["apart"])))).text
    assert "Bench: apart" not in text


PROVED = """
[[requirements]]
id = "claim.a"
title = "A claim of an article"
kind = "function"
owner = "unit"
text = "It is so."
document = "an article"
edition = "2025"
clause = "somewhere"
certainty = "verified"
witness = ["instrument", "operator"]
evidence = ["current.accuracy"]
[[requirements]]
id = "claim.b"
title = "A claim that nothing tests"
kind = "function"
owner = "unit"
text = "It sounds."
document = "an article"
edition = "2025"
clause = "elsewhere"
certainty = "verified"
witness = "operator"
where = "simulation"
evidence = []
untested = ["the tone"]
[[contradictions]]
topic = "how much"
one = "600 of them"
one_source = "article A"
other = "680 of them"
other_source = "article B"
handling = "both are told"
"""


def proved(tmp_path: Path) -> str:
    """The page of a run with two claims, one of which nothing tests."""
    (tmp_path / "claims.toml").write_text("schema = 1\n" + PROVED, encoding="utf-8")
    outcomes = [*GOOD, ("claim.a", "PASS"), ("claim.b", "NOT TESTED")]
    notes = {"claim.a": "by current.accuracy", "claim.b": "nothing tests this part of it: the tone"}
    run = build(tmp_path / "run", Story([accuracy(1.0), residual(1e-9)], outcomes=outcomes, notes=notes))
    shutil.copyfile(tmp_path / "claims.toml", run / "inputs" / "requirements" / "claims.toml")
    return render(run)


def test_the_trace_matrix_has_a_row_for_every_requirement(tmp_path: Path) -> None:
    """Each with outcome, witness, evidence and source; what nothing tests is marked as a gap and stands in no way."""
    page = proved(tmp_path)
    matrix = Seen(page).text.partition("Trace matrix Every requirement")[2]
    assert matrix.startswith(", with what it rests on: 4 rows, 1 with a gap.")
    for name in ("current.accuracy", "off.residual", "claim.a", "claim.b"):
        assert name in matrix
    assert "function, of the unit, instrument and operator PASS by current.accuracy" in matrix
    assert (
        "function, of the unit, operator, simulation only GAP NOT TESTED nothing tests this part of it: the tone"
        in matrix
    )
    assert "What stands in the way" not in page
    assert "PASS whole plan: 2 of 2 requirements judged" in Seen(page).text


def test_contradictions_of_the_sources_are_told(tmp_path: Path) -> None:
    """Both sources, what each says and what is done about it stand on the page."""
    text = Seen(proved(tmp_path)).text
    told = "how much 600 of them article A 680 of them article B both are told"
    assert f"About One says Another says What is done {told}" in text
