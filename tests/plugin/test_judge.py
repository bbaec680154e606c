"""What `judge` does with the rows of a requirement, and what becomes of a test."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from harness.certification import RequirementOutcome
from harness.definitions.devices import load_device
from harness.definitions.requirements import load_requirements
from harness.errors import NotMeasurable, RequestError
from harness.evidence import Disclosed, Judged
from harness.measurands.registry import register
from harness.plugin.certification import Certification
from harness.plugin.judge import Judge, line_of, verdict_of
from harness.setpoint import Method, Polarity
from harness.verdict import Outcome, Verdict
from tests.examples import REQUIREMENTS, measurement, observation, point

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.definitions.requirements import Requirement, Row
    from harness.evidence import Value
    from harness.quantity import Derivation, Measurement

PROFILE = load_device("foreo-bear-2")[0]
ACCURACY = next(item for item in load_requirements(REQUIREMENTS)[0] if item.id == "current.accuracy")
RESIDUAL = next(item for item in load_requirements(REQUIREMENTS)[0] if item.id == "off.residual")
OPEN = {"nominal": None, "tolerance": None}


@register("test-unmeasurable", 1)
def _unmeasurable(_observation: Observation, _derivation: Derivation) -> Measurement:
    raise NotMeasurable("no edge is there")


@register("test-incomplete", 1)
def _incomplete(observation: Observation, derivation: Derivation) -> Measurement:
    return replace(measurement(float(observation.capture("gone").interval_s)), derivation=derivation)


@register("test-wide", 1)
def _wide(_observation: Observation, derivation: Derivation) -> Measurement:
    return replace(measurement(0.0, 0.9e-6), derivation=derivation)


@register("test-far-out", 1)
def _far_out(_observation: Observation, derivation: Derivation) -> Measurement:
    return replace(measurement(5e-6, 1e-8), derivation=derivation)


@dataclass
class Kept:
    """A certification that only remembers."""

    requirement: Requirement
    observations: dict[str, tuple[Observation, int]]
    values: list[Value] = field(default_factory=list)

    @property
    def definitions(self) -> Any:  # noqa: ANN401 - the two fields that `judge` looks at
        return SimpleNamespace(profile=PROFILE, requirements=(self.requirement,))

    def find(self, key: str) -> Observation:
        return self.observations[key][0]

    def keep(self, value: Value) -> None:
        self.values.append(value)


def judge_of(requirement: Requirement, *observed: Observation) -> tuple[Judge, Kept]:
    """A judge of this requirement, in a run that took these observations."""
    kept = Kept(requirement, {each.key: (each, 2) for each in observed})
    mark = pytest.mark.requirement(requirement.id).mark
    item: Any = SimpleNamespace(nodeid="suites/x.py::test", get_closest_marker=lambda _name: mark)
    found: Any = kept
    return Judge(item, found), kept


def rows(*changed: dict[str, object], **changes: object) -> Requirement:
    """The requirement of the residual with such rows."""
    base: Row = RESIDUAL.rows[0]
    made = tuple(base.model_copy(update={"quantity": f"q{number}", **row}) for number, row in enumerate(changed))
    return RESIDUAL.model_copy(update={"rows": made, **changes})


def test_every_row_that_applies_is_judged_in_its_order() -> None:
    """`rows` judges each row of the requirement that applies at the point, in the order of the file, and no other."""
    judge, kept = judge_of(
        rows({}, {"methods": (Method.GAP,)}, {"polarities": (Polarity.NEGATIVE,)}, {"levels": "top"}), observation()
    )
    judge.rows(observation())
    assert [(value.sequence, value.quantity, value.attempt) for value in kept.values] == [(1, "q0", 2), (2, "q3", 2)]
    assert all(isinstance(value, Judged) and value.decision.verdict is Verdict.PASS for value in kept.values)
    assert judge.values == kept.values


def test_rows_judge_what_a_call_would_judge() -> None:
    """`rows` records the same as deriving a value and calling `judge` with it."""
    observed = observation(polarity=Polarity.POSITIVE)
    by_rows, first = judge_of(ACCURACY, observed)
    by_rows.rows(observed)
    by_call, second = judge_of(ACCURACY, observed)
    by_call("current.positive-plateau", first.values[0].measurement)
    assert first.values == second.values


def test_where_no_row_applies_there_is_nothing_to_judge() -> None:
    """A suite that is sent to a point where its requirement has no row is wrong, not green."""
    judge, _ = judge_of(rows({"methods": (Method.GAP,)}), observation())
    with pytest.raises(RequestError, match=r"no row of off\.residual applies at ch1-steady-L10-positive-10k"):
        judge.rows(observation())


def test_an_observation_of_nobody_is_refused() -> None:
    """Only what this run observed is judged."""
    judge, _ = judge_of(RESIDUAL, observation())
    with pytest.raises(RequestError, match="rests on ch1-steady-L09-positive-10k, which was never observed here"):
        judge.rows(observation(point_=point(level=9)))


@pytest.mark.parametrize(
    ("name", "words"), [("test-unmeasurable", "no edge is there"), ("test-incomplete", "holds no capture 'gone'")]
)
def test_a_value_that_cannot_be_measured_keeps_no_other_back(name: str, words: str) -> None:
    """The other rows are judged and recorded first, those after it too; then the test ends in an error."""
    judge, kept = judge_of(rows({"measurand": name}, {}, {"measurand": name}, {}), observation())
    with pytest.raises(NotMeasurable, match=f"q0: .*{words}.*; q2: .*{words}"):
        judge.rows(observation())
    assert [value.quantity for value in kept.values] == ["q1", "q3"]


def test_a_disclosure_is_recorded_and_raises_nothing() -> None:
    """Rows without a limit are disclosed; the test that does so has no verdict to fail by."""
    judge, kept = judge_of(rows(OPEN, kind="disclosure"), observation())
    judge.rows(observation())
    assert [type(value) for value in kept.values] == [Disclosed]
    assert verdict_of(judge) == ""
    assert line_of(kept.values[0], judge.requirement).startswith("DISCLOSED: q0 = 2.1")


@pytest.mark.parametrize(
    ("changes", "raised"),
    [
        ({}, True),
        ({"certainty": "unverified"}, False),
        ({"owner": "bench", "certainty": "unverified"}, False),
        ({"kind": "attention"}, False),
        ({"certainty": "house", "kind": "function"}, True),
    ],
)
def test_only_what_decides_fails_a_test(changes: dict[str, object], *, raised: bool) -> None:
    """A value outside its limit fails the test where its requirement decides; elsewhere it is recorded and shown."""
    judge, kept = judge_of(rows({"measurand": "test-far-out"}, **changes), observation())
    judge.rows(observation())
    (value,) = kept.values
    assert isinstance(value, Judged)
    assert value.decision.verdict is Verdict.FAIL
    assert bool(verdict_of(judge)) is raised
    if raised:
        assert verdict_of(judge).startswith("FAIL: q0 = ")


@pytest.mark.parametrize("kind", ["limit", "function"])
def test_a_bench_outside_its_limit_is_an_error(kind: str) -> None:
    """A value of the bench's own requirement that is no PASS fails its test as an ERROR; a PASS does not."""
    judge, _ = judge_of(rows({}, {"measurand": "test-far-out"}, owner="bench", kind=kind), observation())
    judge.rows(observation())
    first, second, third = verdict_of(judge).splitlines()
    assert first == "ERROR: the bench is not what it has to be: values that rest on it are not to be trusted"
    assert (second.partition(" = ")[0], third.partition(" = ")[0]) == ("FAIL: q1", "PASS: q0")
    good, _ = judge_of(rows({}, owner="bench", kind=kind), observation())
    good.rows(observation())
    assert verdict_of(good) == ""
    wide, _ = judge_of(rows({"measurand": "test-wide"}, owner="bench", kind=kind), observation())
    wide.rows(observation())
    assert verdict_of(wide).startswith("NOT TESTED: q0")


@pytest.mark.parametrize(("of_unit", "of_bench", "passed"), [(1, 0, True), (1, 1, True), (0, 1, False)])
def test_a_bench_in_order_alone_is_no_pass_of_a_partial_run(*, of_unit: int, of_bench: int, passed: bool) -> None:
    """A partial run passes by values of the unit; values of the bench alone say nothing of it."""
    certification = Certification.__new__(Certification)
    certification.errors, certification.run_errors, certification.values = {}, [], []
    results = []
    for count, owner in ((of_unit, "unit"), (of_bench, "bench")):
        requirement = rows({}, owner=owner, id=f"of.{owner}")
        judge, kept = judge_of(requirement, observation())
        for _ in range(count):
            judge.rows(observation())
        certification.values += kept.values
        results.append(
            RequirementOutcome(requirement.id, "", Outcome.PASS, True, 1, 1, None, "", "", requirement.of_bench)
        )
    certification.results = tuple(results)
    assert certification.judged_all_pass is passed


def test_a_value_that_the_bench_cannot_decide_is_not_tested() -> None:
    """A value inside its limit fails its test as NOT TESTED, in the row's words, where T/U came out too small."""
    row = {"measurand": "test-wide", "least_capability": 2.0, "undecidable": "not resolvable"}
    judge, _ = judge_of(rows({}, row), observation())
    judge.rows(observation())
    first, second = verdict_of(judge).splitlines()
    assert first.startswith("NOT TESTED: q1 = 0 A ± 900 nA")
    assert first.endswith("(not resolvable)")
    assert second.startswith("PASS: q0")


def test_a_fail_goes_before_what_cannot_be_decided() -> None:
    """The first word of a failing test is its worst verdict, by which terminal and reports sort it."""
    wide = {"measurand": "test-wide"}
    judge, _ = judge_of(rows(wide, {"measurand": "test-far-out"}), observation())
    judge.rows(observation())
    assert verdict_of(judge).startswith("FAIL: q1")


def test_an_observation_is_found_by_its_key() -> None:
    """What a value rests on besides was observed in this run, or the request is refused."""
    certification = Certification.__new__(Certification)
    certification.observations = {observation().key: (observation(), 1)}
    assert certification.find(observation().key) == observation()
    with pytest.raises(RequestError, match="elsewhere was never observed here"):
        certification.find("elsewhere")
