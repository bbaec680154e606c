"""Every value and verdict of a stored run, derived again."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from harness.certification import recompute
from harness.certification.comparison import repeated_checks
from harness.certification.recompute import finder
from harness.errors import EvidenceError
from harness.evidence import Disclosed, RunDirectory, seal
from harness.metrology import RULES, decide
from harness.quantity import Derivation
from harness.verdict import Verdict
from tests import examples
from tests.examples import (
    REQUIREMENTS,
    SMALL,
    judged_values,
    keep_bench,
    make_run,
    observe,
    on_bench,
    point,
    record_identity,
    record_plan,
    state,
    unchecked,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from harness.capture import Observation
    from harness.evidence import Judged, Value


def observation(current_a: float = 680e-6, *, scope_current_a: float | None = None) -> Observation:
    """What the bench of a run would have taken of this current."""
    return on_bench(examples.observation(current_a, scope_current_a=scope_current_a))


DEVICE = SMALL.read_text(encoding="utf-8")
TEXT = (REQUIREMENTS / "output.toml").read_text(encoding="utf-8")


def test_a_run_comes_out_the_same(tmp_path: Path) -> None:
    """On the same numeric platform every value comes out bit for bit."""
    found = recompute(make_run(tmp_path / "run"))
    assert (found.values, found.bit_for_bit, found.differences) == (3, True, ())


def test_each_attempt_is_derived_from_its_own_observation(tmp_path: Path) -> None:
    """After a repeat, values are derived from the attempt that they were judged from."""
    assert recompute(make_run(tmp_path / "run", (680e-6, 660e-6))).differences == ()


def test_a_repeat_without_a_cause_is_found(tmp_path: Path) -> None:
    """The first complete attempt decides: a value of a second one is refused where nothing sets the first aside."""
    run = RunDirectory(tmp_path / "run")
    make_run(tmp_path / "whole", (680e-6, 660e-6))
    shutil.copytree(tmp_path / "whole" / "inputs", run.path / "inputs", dirs_exist_ok=True)
    run.record("run-started", {"device": "foreo-bear-2"})
    record_plan(run)
    record_identity(run)
    for attempt, current in enumerate((850e-6, 680e-6), start=1):
        observe(run, observation(current), attempt)
    for value in judged_values(observation(680e-6), attempt=2):
        run.judged(value)
    run.write_state(state(None))
    run.close()
    found = {(item.quantity, item.recorded) for item in recompute(run.path).differences if "attempt" in item.quantity}
    assert ("current.positive-plateau: attempt", "rests on attempt 2") in found
    assert len(found) == 3


def test_on_another_platform_it_says_so(tmp_path: Path) -> None:
    """Elsewhere 1e-12 is asked for instead of equality, and the result says that it was."""
    run = make_run(tmp_path / "run")
    data = json.loads((run / "run.json").read_bytes())
    data["numeric_platform"]["numpy"] = "0.1"
    (run / "run.json").write_text(json.dumps(data), encoding="utf-8")
    found = recompute(run)
    assert (found.values, found.bit_for_bit, found.differences) == (3, False, ())


def run_of(
    path: Path,
    values: Iterable[Value],
    device: str = DEVICE,
    requirements: str = TEXT,
    observed: Observation | None = None,
) -> Path:
    """A run that records these values, whoever made them up."""
    run = RunDirectory(path)
    path.parent.mkdir(exist_ok=True)
    source = path.parent / "small.toml"
    source.write_text(device, encoding="utf-8")
    run.keep_input("devices", source)
    rows = path.parent / "output.toml"
    rows.write_text(requirements, encoding="utf-8")
    run.keep_input("requirements", rows)
    keep_bench(run)
    record_plan(run)
    record_identity(run)
    observe(run, observed or observation())
    for value in values:
        if isinstance(value, Disclosed):
            run.disclosed(value)
        else:
            run.judged(value)
    run.close()
    # As a killed run leaves it: no end in the records, and none claimed.
    run.write_state(replace(state(None), ended=None))
    seal(path)
    return path


def forged(change: Callable[[Judged], Judged]) -> list[Judged]:
    """Judged values, the first of them changed before it was recorded."""
    first, *others = judged_values(observation())
    return [change(first), *others]


def measured(**changes: object) -> Callable[[Judged], Judged]:
    """Another measurement, with the decision that follows from it."""

    def change(judged: Judged) -> Judged:
        measurement = replace(judged.measurement, **changes)  # type: ignore[arg-type]
        return replace(judged, measurement=measurement, decision=decide(measurement, judged.limit))

    return change


def limited(**changes: float | None) -> Callable[[Judged], Judged]:
    """Another limit, with the decision that follows from it."""

    def change(judged: Judged) -> Judged:
        limit = replace(judged.limit, **changes)  # type: ignore[arg-type]
        return replace(judged, limit=limit, decision=decide(judged.measurement, limit))

    return change


FORGERIES: dict[str, tuple[Callable[[Judged], Judged], str]] = {
    "a value": (measured(value=680.0001e-6), "current.positive-plateau"),
    "a value by one bit": (
        lambda j: replace(j, measurement=replace(j.measurement, value=j.measurement.value * (1 + 2**-52))),
        "current.positive-plateau",
    ),
    "an uncertainty": (measured(standard_uncertainty=1e-12), "current.positive-plateau: U"),
    "an upper limit": (limited(upper=1.0), "current.positive-plateau: upper limit"),
    "degrees of freedom": (measured(degrees_of_freedom=3.0), "current.positive-plateau: degrees of freedom"),
    "a line of the budget": (measured(budget=()), "current.positive-plateau: budget, line 1"),
    "a reason": (
        lambda j: replace(j, decision=replace(j.decision, reason="because")),
        "current.positive-plateau: reason",
    ),
    "captures": (measured(captures=()), "current.positive-plateau: captures"),
    "a lower limit": (limited(lower=None), "current.positive-plateau: lower limit"),
}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"guard_band": 1e-12}, "its guard band is 1e-12"),
        ({"verdict": Verdict.FAIL}, "is no FAIL: .* that is PASS"),
        ({"rule": "simple"}, "its guard band is .*, and by simple 0"),
        ({"margin": 0.1}, "its margin is 0.1"),
    ],
)
def test_a_record_that_contradicts_itself_is_an_error(tmp_path: Path, changes: dict[str, Any], said: str) -> None:
    """A decision that does not follow from the numbers beside it is no judged value, and names its record."""
    run = run_of(tmp_path / "run", forged(lambda j: unchecked(j, decision=replace(j.decision, **changes))))
    with pytest.raises(EvidenceError, match=f"record 4: current.positive-plateau = .*{said}"):
        recompute(run)


def test_the_rule_of_the_run_decides_again(tmp_path: Path) -> None:
    """A run is recomputed by the rules in its own inputs; where they name another one, each verdict by it is named."""
    values = judged_values(observation())
    by_simple = [replace(value, decision=decide(value.measurement, value.limit, RULES["simple"])) for value in values]
    simple = TEXT.replace("\narguments = ", '\ndecision_rule = "simple"\narguments = ')
    assert recompute(run_of(tmp_path / "a" / "run", by_simple, requirements=simple)).differences == ()
    found = recompute(run_of(tmp_path / "b" / "run", by_simple))
    named = [item.quantity for item in found.differences]
    for value in values:
        assert f"{value.quantity}: guard band" in named
        assert f"{value.quantity}: decision rule" in named


@pytest.mark.parametrize("what", FORGERIES)
def test_what_was_forged_comes_out_otherwise(tmp_path: Path, what: str) -> None:
    """A value, U, limit, guard band or verdict that does not follow from the readings is found and named."""
    change, quantity = FORGERIES[what]
    found = recompute(run_of(tmp_path / "run", forged(change)))
    assert found.values == 3
    assert quantity in [difference.quantity for difference in found.differences]
    assert all(difference.quantity.startswith("current.positive-plateau") for difference in found.differences)
    assert found.differences[0].recorded != found.differences[0].derived


def test_limits_come_from_the_run_and_not_from_the_checkout(tmp_path: Path) -> None:
    """A profile in inputs/ with another tolerance gives other limits: nothing outside the run is read."""
    narrow = DEVICE.replace("current_tolerance = { value = 0.10", "current_tolerance = { value = 0.05")
    found = recompute(run_of(tmp_path / "run", judged_values(observation()), narrow))
    assert {difference.quantity for difference in found.differences} == {
        "current.positive-plateau: lower limit",
        "current.positive-plateau: upper limit",
        "current.positive-plateau: margin",
        "current.positive-plateau: reason",
    }


def test_a_version_that_is_kept_no_more_is_named_beside_each_difference(tmp_path: Path) -> None:
    """Where a measurand's version is gone, the newest one derives, and every difference names both versions."""
    (value, *_) = judged_values(observation())
    derivation = replace(value.measurement.derivation, version=9)
    other = replace(value, measurement=replace(value.measurement, derivation=derivation))
    found = recompute(run_of(tmp_path / "run", [other])).differences
    named = [item for item in found if item.version]
    assert {item.version for item in named} == {"plateau-magnitude version 9, now version 1"}
    assert ("9", "1") in {(item.recorded, item.derived) for item in named}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda j: replace(j, attempt=2), "rests on an observation that is not in the run"),
        (
            lambda j: replace(
                j, measurement=replace(j.measurement, derivation=Derivation("plateau-magnitude", 1, "elsewhere"))
            ),
            "rests on an observation that is not in the run",
        ),
        (lambda j: replace(j, requirement="nobody"), "no requirement nobody with row"),
        (lambda j: replace(j, quantity="nothing"), "no requirement current.accuracy with row nothing"),
    ],
)
def test_what_cannot_be_derived_is_an_error(tmp_path: Path, change: Callable[[Judged], Judged], words: str) -> None:
    """A value whose observation, requirement or measurand is not there is an error, not a value less."""
    with pytest.raises(EvidenceError, match=words):
        recompute(run_of(tmp_path / "run", forged(change)))


def test_a_run_without_its_inputs_is_an_error(tmp_path: Path) -> None:
    """Without the device profile in inputs/ nothing is derived."""
    run = make_run(tmp_path / "run")
    (run / "inputs" / "devices" / "small.toml").unlink()
    with pytest.raises(EvidenceError, match="inputs/devices holds 0 profiles where one is due"):
        recompute(run)


def test_a_broken_chain_is_an_error(tmp_path: Path) -> None:
    """Nothing is derived from records that somebody changed."""
    run = make_run(tmp_path / "run")
    path = run / "records.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"PASS"', b'"FAIL"', 1))
    with pytest.raises(EvidenceError, match="is not the one that was written after"):
        recompute(run)


def test_a_verdict_in_run_json_that_does_not_follow_is_found(tmp_path: Path) -> None:
    """`recompute` derives every verdict, that of the run among them."""
    found = recompute(make_run(tmp_path / "run", (850e-6,), claimed="PASS"))
    assert [(item.where, item.quantity, item.recorded, item.derived) for item in found.differences] == [
        ("run.json", "verdict of the run", "PASS", "FAIL")
    ]


def test_an_end_that_no_record_tells_of_is_found(tmp_path: Path) -> None:
    """The last record cut off and the run sealed anew: a verdict claimed in run.json does not stand."""
    run = make_run(tmp_path / "run", (850e-6,), claimed="PASS")
    records = run / "records.jsonl"
    records.write_bytes(b"".join(records.read_bytes().splitlines(keepends=True)[:-1]))
    seal(run)
    assert {found.quantity for found in recompute(run).differences} == {"verdict", "ended"}


def test_an_outcome_in_run_json_that_does_not_follow_is_found(tmp_path: Path) -> None:
    """The outcome that run.json claims of a requirement is derived again, as its worst margin is."""
    run = make_run(tmp_path / "run", (850e-6,))
    data = json.loads((run / "run.json").read_bytes())
    assert data["requirements"][0]["outcome"] == "FAIL"
    data["requirements"][0] = {"id": data["requirements"][0]["id"], "outcome": "PASS", "worst_margin": 0.5}
    (run / "run.json").write_text(json.dumps(data), encoding="utf-8")
    assert [item.quantity for item in recompute(run).differences] == [
        "current.accuracy: outcome",
        "current.accuracy: margin",
    ]


@pytest.mark.parametrize("content", [b"[]", b"null", b"7"])
def test_a_run_json_that_is_none_is_an_error(tmp_path: Path, content: bytes) -> None:
    """run.json that holds no object is an EvidenceError, not a traceback."""
    run = make_run(tmp_path / "run")
    (run / "run.json").write_bytes(content)
    with pytest.raises(EvidenceError):
        recompute(run)


HEAD, LAST = TEXT.split('id = "off.residual"')
OPEN = HEAD + 'id = "off.residual"' + LAST.replace('kind = "limit"', 'kind = "disclosure"').split("nominal = ")[0]
"""The same requirements, but the residual current is disclosed only."""


def disclosing(observed: Observation | None = None) -> list[Value]:
    """The values of a run whose last one is disclosed."""
    *judged, last = judged_values(observed or observation())
    return [
        *judged,
        Disclosed(
            last.sequence, last.test, last.requirement, last.quantity, last.measurement, last.point, last.attempt
        ),
    ]


def test_a_disclosed_value_is_derived_again(tmp_path: Path) -> None:
    """Disclosed values come out as they were recorded, and are counted."""
    found = recompute(run_of(tmp_path / "run", disclosing(), requirements=OPEN))
    assert (found.values, found.differences) == (3, ())


def test_a_disclosed_value_that_was_forged_is_found(tmp_path: Path) -> None:
    """A value without a limit is compared all the same, with its uncertainty."""
    *others, last = disclosing()
    for change, quantity in (
        ({"value": 1e-6}, "off.residual-current"),
        ({"standard_uncertainty": 1e-6}, "off.residual-current: U"),
    ):
        forged = replace(last, measurement=replace(last.measurement, **change))
        found = recompute(run_of(tmp_path / quantity[-1] / "run", [*others, forged], requirements=OPEN))
        assert [difference.quantity for difference in found.differences] == [quantity]


def test_a_verdict_cannot_be_hidden_as_a_disclosure(tmp_path: Path) -> None:
    """A value whose row has a limit is judged, whatever its record says."""
    found = recompute(run_of(tmp_path / "run", disclosing()))
    assert [(item.quantity, item.recorded, item.derived) for item in found.differences] == [
        ("off.residual-current: verdict", "DISCLOSED", "PASS")
    ]


def test_a_value_of_another_measurand_than_its_row_asks_for_is_found(tmp_path: Path) -> None:
    """A magnitude recorded as the direction that its row wants is found, though it is derived rightly."""
    magnitude, along, residual = judged_values(observation())
    swapped = replace(along, measurement=magnitude.measurement)
    found = recompute(run_of(tmp_path / "run", [magnitude, swapped, residual]))
    assert [difference.quantity for difference in found.differences] == ["polarity.positive-phase: derivation"]


def test_a_value_at_another_point_than_its_observation_is_found(tmp_path: Path) -> None:
    """A value recorded for another level does not stand for it."""
    found = recompute(run_of(tmp_path / "run", forged(lambda j: replace(j, point=point(level=9)))))
    assert "current.positive-plateau: derivation" in {difference.quantity for difference in found.differences}


def test_a_series_rests_on_the_first_complete_attempt_of_its_others() -> None:
    """A repeated observation counts as it was complete first, as it did in the run."""
    apart, first, second = observation(scope_current_a=500e-6), observation(680e-6), observation(660e-6)
    taken = {first.key: {1: apart, 2: first, 3: second}}
    checks = repeated_checks(taken)
    (value, *_) = judged_values(apart)
    assert finder(value, taken, checks)(apart.key) is apart
    of_series = replace(
        value, measurement=replace(value.measurement, derivation=replace(value.measurement.derivation, observation="x"))
    )
    assert finder(of_series, taken, checks)(first.key) is first
    with pytest.raises(EvidenceError, match="rests on an observation that is not in the run: x"):
        finder(of_series, taken, checks)("x")


def test_a_killed_run_may_lack_its_last_cross_check(tmp_path: Path) -> None:
    """An observation is recorded before its cross-check: a run that was killed between the two is no forgery."""
    run = run_of(tmp_path / "run", [])
    records = run / "records.jsonl"
    *before, last = records.read_bytes().splitlines(keepends=True)
    assert b'"kind":"cross-check"' in last
    records.write_bytes(b"".join(before))
    assert recompute(run).differences == ()


def test_a_value_on_which_the_instruments_disagreed_is_found(tmp_path: Path) -> None:
    """What was judged, or disclosed, from an observation that failed its cross-check does not stand."""
    apart = observation(scope_current_a=500e-6)
    for name, values, requirements in (
        ("judged", judged_values(apart), TEXT),
        ("disclosed", disclosing(apart), OPEN),
    ):
        run = run_of(tmp_path / name / "run", values, requirements=requirements, observed=apart)
        found = recompute(run).differences
        assert [item.quantity for item in found] == [f"{value.quantity}: cross-check" for value in values]
        assert "multimeter less oscilloscope 179.6 µA" in found[0].derived
