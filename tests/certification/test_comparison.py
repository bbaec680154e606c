"""What was recorded before anything was judged, plan and cross-checks, made again from the run itself."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from harness.certification import recompute
from harness.certification.comparison import compare_budget, first_complete, repeated_checks, unfounded_repeats
from harness.errors import EvidenceError
from harness.evidence import seal
from harness.evidence.chain import RecordWriter, read_records
from tests.examples import judged_values, make_run, observation, point

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.evidence import Judged
    from harness.quantity import Influence


def rewritten(run: Path, change: Callable[[str, dict[str, Any]], dict[str, Any] | None]) -> Path:
    """The run with its records changed, or left out where `change` gives None, and chained and sealed anew."""
    records = run / "records.jsonl"
    found = [(record.kind, record.data) for record in read_records(records)]
    records.unlink()
    writer = RecordWriter(records)
    for kind, data in found:
        changed = change(kind, data)
        if changed is not None:
            writer.append(kind, changed)
    writer.close()
    seal(run)
    return run


def in_plan(change: Callable[[dict[str, Any]], object]) -> Callable[[str, dict[str, Any]], dict[str, Any]]:
    """A change of the recorded plan."""

    def changed(kind: str, data: dict[str, Any]) -> dict[str, Any]:
        if kind == "plan":
            change(data)
        return data

    return changed


PLATEAU = "current.accuracy, current.positive-plateau at ch1-steady-L10-positive-10k"
PLANS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "a row left out": (lambda plan: plan["rows"].pop(0), f"plan: {PLATEAU}"),
    "a row twice": (lambda plan: plan["rows"].append(plan["rows"][0]), f"plan: {PLATEAU}"),
    "another limit": (lambda plan: plan["rows"][0]["limit"].update(upper=1.0), f"plan: {PLATEAU}: upper limit"),
    "another U": (lambda plan: plan["rows"][0].update(uncertainty=1e-12), f"plan: {PLATEAU}: U"),
    "another T/U": (lambda plan: plan["rows"][0].update(capability=99.0), f"plan: {PLATEAU}: T/U"),
    "another point": (lambda plan: plan["rows"][0]["point"].update(production=True), f"plan: {PLATEAU}: point"),
    "less is enough": (lambda plan: plan["rows"][0].update(least_capability=1.0), f"plan: {PLATEAU}: least T/U"),
    "further points": (lambda plan: plan["rows"][0].update(others=["x"]), f"plan: {PLATEAU}: further points"),
    "not applicable": (
        lambda plan: plan["not_applicable"].append(["current.accuracy", "so there"]),
        "plan: current.accuracy: not applicable",
    ),
    "not tested": (lambda plan: plan["not_tested"].append(["off.residual", "x"]), "plan: off.residual: not tested"),
}


@pytest.mark.parametrize("what", PLANS)
def test_a_plan_that_does_not_follow_from_the_inputs_is_found(tmp_path: Path, what: str) -> None:
    """The plan is made again from inputs/: whatever the recorded one says otherwise is named, and decides nothing."""
    change, quantity = PLANS[what]
    found = recompute(rewritten(make_run(tmp_path / "run"), in_plan(change)))
    assert [(item.where, item.quantity) for item in found.differences] == [("records.jsonl", quantity)]
    assert found.differences[0].recorded != found.differences[0].derived


def test_what_was_left_out_of_the_plan_is_missed_in_the_outcome(tmp_path: Path) -> None:
    """A value that is neither planned nor judged any more does not leave a PASS: the inputs ask for it."""

    def without_residual(kind: str, data: dict[str, Any]) -> dict[str, Any] | None:
        if kind == "plan":
            data["rows"] = [row for row in data["rows"] if row["requirement"] != "off.residual"]
        return None if kind == "measurement" and data["requirement"] == "off.residual" else data

    run = rewritten(make_run(tmp_path / "run"), without_residual)
    found = {item.quantity: (item.recorded, item.derived) for item in recompute(run).differences}
    assert found["off.residual: outcome"] == ("PASS", "NOT TESTED")
    assert found["verdict of the run"] == ("PASS", "INCOMPLETE")


def test_a_run_without_its_plan_is_found(tmp_path: Path) -> None:
    """Values that no plan was recorded for are no run of ours."""
    run = rewritten(make_run(tmp_path / "run"), lambda kind, data: None if kind == "plan" else data)
    assert [item.quantity for item in recompute(run).differences] == ["plan"]


@pytest.mark.parametrize(("factor", "differs"), [(1 + 1e-13, False), (1 + 1e-11, True)])
def test_a_plan_of_another_platform_is_compared_to_twelve_places(
    tmp_path: Path, factor: float, *, differs: bool
) -> None:
    """Where the last bits may differ, planned numbers may by 1e-12 relative, and by no more."""
    run = make_run(tmp_path / "run")
    data = json.loads((run / "run.json").read_bytes())
    data["numeric_platform"]["numpy"] = "0.1"
    (run / "run.json").write_text(json.dumps(data), encoding="utf-8")

    def scaled(plan: dict[str, Any]) -> None:
        plan["rows"][0]["uncertainty"] *= factor

    found = recompute(rewritten(run, in_plan(scaled)))
    assert [item.quantity for item in found.differences] == ([f"plan: {PLATEAU}: U"] if differs else [])


def test_the_plan_rests_on_the_bench_of_the_run(tmp_path: Path) -> None:
    """A bench file of inputs/ with another influence gives another planned U, and nothing outside is read."""
    run = make_run(tmp_path / "run")
    bench = run / "inputs" / "benches" / "simulated.toml"
    text = bench.read_text(encoding="utf-8")
    bench.write_text(text.replace("mains_pickup_a = 2e-7", "mains_pickup_a = 2e-5"), encoding="utf-8")
    assert f"plan: {PLATEAU}: U" in {item.quantity for item in recompute(run).differences}


def test_a_bench_that_extends_another_is_put_together_again(tmp_path: Path) -> None:
    """Of several bench files in inputs/ that which rests on all the others counts."""
    run = make_run(tmp_path / "run")
    own = run / "inputs" / "benches" / "own.toml"
    own.write_text('extends = "simulated"\nname = "own"\n', encoding="utf-8")
    assert recompute(run).differences == ()
    own.write_text('extends = "simulated"\n[influences]\nmains_pickup_a = 2e-5\n', encoding="utf-8")
    assert f"plan: {PLATEAU}: U" in {item.quantity for item in recompute(run).differences}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda folder: (folder / "benches" / "simulated.toml").unlink(), "inputs/benches holds 0 files"),
        (
            lambda folder: shutil.copy(folder / "benches" / "simulated.toml", folder / "benches" / "other.toml"),
            "inputs/benches holds 2 files, and no bench that rests on just these",
        ),
        (
            # The base is taken away: that of the checkout is none of this run's.
            lambda folder: (
                (folder / "benches" / "simulated.toml").write_text('control = "127.0.0.1:1"\n')
                and (folder / "benches" / "simulated.toml").rename(folder / "benches" / "joined.toml")
            ),
            "inputs/benches holds 1 files, and no bench that rests on just these",
        ),
        (
            lambda folder: (folder / "instruments" / "keysight-34465a.toml").unlink(),
            "inputs/instruments holds 0 files on the multimeter, a 34465A, where one is due",
        ),
        (
            lambda folder: shutil.copy(
                folder / "instruments" / "keysight-34465a.toml", folder / "instruments" / "again.toml"
            ),
            "inputs/instruments holds 2 files on the multimeter, a 34465A, where one is due",
        ),
    ],
    ids=["no bench", "two benches", "a base outside", "no accuracy data", "two of one model"],
)
def test_without_the_inputs_of_its_plan_a_run_is_an_error(
    tmp_path: Path, change: Callable[[Path], object], words: str
) -> None:
    """A plan is made from what lies in inputs/, and only where there is no doubt what was used."""
    run = make_run(tmp_path / "run")
    change(run / "inputs")
    with pytest.raises(EvidenceError, match=re.escape(words)):
        recompute(run)


def test_signal_paths_are_those_of_the_runs_own_bench(tmp_path: Path) -> None:
    """A resistor of every path changed, whatever follows from it derived again and sealed: each path is named."""

    def larger(kind: str, data: dict[str, Any]) -> dict[str, Any] | None:
        if kind == "observation":
            for taken in (*data["observation"]["readings"], *data["observation"]["captures"]):
                taken["path"]["resistor"]["resistance_ohm"] *= 1.25
        return data

    found = recompute(rewritten(make_run(tmp_path / "run"), larger)).differences
    named = [item for item in found if item.quantity.endswith("signal path: resistor.resistance_ohm")]
    assert len(named) == 5
    assert named[0].quantity.startswith("ch1-steady-L10-positive-10k, attempt 1: zero: ")
    assert (named[0].recorded, named[0].derived) == (repr(999.962 * 1.25), "999.962")


CHECK = "ch1-steady-L10-positive-10k, attempt 1: cross-check"
CHECKS: dict[str, tuple[dict[str, Any] | None, list[str]]] = {
    "left out": (None, [CHECK]),
    "disagreeing": ({"agrees": False}, [CHECK]),
    "another phase": ({"phase": "negative"}, [CHECK]),
    "another difference": ({"difference_a": 0.0}, [f"{CHECK}: difference"]),
    "another allowance": ({"allowed_a": 1.0}, [f"{CHECK}: allowed"]),
    "of another point": ({"observation": "elsewhere"}, ["elsewhere: cross-check", CHECK]),
}


@pytest.mark.parametrize("what", CHECKS)
def test_a_cross_check_that_comes_out_otherwise_is_found(tmp_path: Path, what: str) -> None:
    """Each cross-check is repeated on the stored records: agreement and numbers have to come out as recorded."""
    change, quantities = CHECKS[what]

    def changed(kind: str, data: dict[str, Any]) -> dict[str, Any] | None:
        if kind != "cross-check":
            return data
        return None if change is None else {**data, **change}

    found = recompute(rewritten(make_run(tmp_path / "run"), changed))
    assert [item.quantity for item in found.differences] == quantities


def test_a_cross_check_too_many_is_found(tmp_path: Path) -> None:
    """What was recorded twice was not done twice."""
    run = make_run(tmp_path / "run")
    records = [(record.kind, record.data) for record in read_records(run / "records.jsonl")]
    (run / "records.jsonl").unlink()
    writer = RecordWriter(run / "records.jsonl")
    for kind, data in records:
        for _ in range(2 if kind == "cross-check" else 1):
            writer.append(kind, data)
    writer.close()
    assert [item.quantity for item in recompute(run).differences] == [CHECK]


def test_a_point_of_a_series_is_not_taken_again_once_it_is_complete() -> None:
    """The first complete attempt of each further observation decides, and one that was taken after it is named."""
    own, apart = observation(point_=point(level=9)), observation(scope_current_a=500e-6)
    (value, *_) = judged_values(own)
    derivation = replace(value.measurement.derivation, others=(apart.key,))
    series = replace(value, measurement=replace(value.measurement, derivation=derivation))
    for attempts, due in (
        ({1: observation()}, 1),
        ({1: apart, 2: observation()}, 2),
        ({1: observation(), 2: apart}, 1),
        ({1: apart, 2: observation(660e-6), 3: observation()}, 2),
        ({1: apart}, 0),
    ):
        checks = repeated_checks({own.key: {1: own}, apart.key: attempts})
        assert first_complete(apart.key, checks) == due
        again = 0 < due < len(attempts)
        assert [item.quantity for item in unfounded_repeats(series, checks)] == (
            ["current.positive-plateau: attempt"] if again else []
        )
        assert list(unfounded_repeats(value, checks)) == []


def test_every_line_of_a_budget_is_compared() -> None:
    """What a record says of an influence is what its measurand finds; what an older one does not hold is no claim."""
    (value, *_) = judged_values(observation())
    first, *others = value.measurement.budget

    def with_budget(*lines: Influence) -> Judged:
        return replace(value, measurement=replace(value.measurement, budget=lines))

    assert list(compare_budget(value, value, exact=True)) == []
    assert first.estimate is not None
    older = replace(first, estimate=None, own_uncertainty=None, sensitivity=None)
    assert list(compare_budget(with_budget(older, *others), value, exact=True)) == []
    for change, named in (
        ({"standard_uncertainty": 0.0}, "standard uncertainty"),
        ({"degrees_of_freedom": 3.0}, "degrees of freedom"),
        ({"source": "somewhere"}, "source"),
        ({"estimate": first.estimate + 1e-6}, "estimate"),
    ):
        (found,) = compare_budget(with_budget(replace(first, **change), *others), value, exact=False)  # type: ignore[arg-type]
        assert found.quantity == f"current.positive-plateau: budget, line 1: {named}"
    (found, *_) = list(compare_budget(with_budget(first, *others[:-1]), value, exact=True))
    assert found.recorded == "nothing"
