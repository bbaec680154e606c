"""The trace matrix of a stored run, and verdicts on a text or limit that is not today's."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path  # noqa: TC003 - a fixture's annotation is looked at when it is collected

import pytest

from harness.certification.comparison import REQUIREMENTS as KIND
from harness.certification.comparison import compare_fingerprints
from harness.certification.plan import PlannedRow
from harness.certification.suspect import CHANGED, GONE, fingerprint, suspects
from harness.certification.trace import NOT_DECIDED, trace
from harness.cli import main
from harness.definitions.devices import load_device
from harness.definitions.requirements import load_requirements
from harness.evidence import RunDirectory, StoredRun
from tests.examples import REQUIREMENTS, judged_values, make_run, observation

ROWS = load_requirements(REQUIREMENTS)[0]
TONER = load_device("foreo-bear-2")[0]
CLAIM = ROWS[0].model_copy(update={"id": "claim", "rows": (), "evidence": ("current.accuracy",)})


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small sealed run, not to be changed."""
    return make_run(tmp_path_factory.mktemp("trace") / "run")


def today(run: Path, folder: Path, old: str = "", new: str = "", kind: str = "requirements") -> Path:
    """The files of a run as those of today, with one change."""
    shutil.copytree(run / "inputs", folder, dirs_exist_ok=True)
    for path in (folder / "devices").glob("*.toml"):
        path.rename(folder / "devices" / "foreo-bear-2.toml")
    (path,) = (folder / kind).glob("*.toml")
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return folder


def test_a_fingerprint_is_of_what_is_said() -> None:
    """Text, limit, clause and evidence have a part in it; titles have none, and none has the order of loading."""
    accuracy = ROWS[0]
    row = accuracy.rows[0]
    rows = (row.model_copy(update={"title": "other"}), *accuracy.rows[1:])
    same = accuracy.model_copy(update={"title": "other", "rows": rows})
    assert fingerprint(same) == fingerprint(accuracy)
    changed = [
        accuracy.model_copy(update={"text": accuracy.text + " "}),
        accuracy.model_copy(update={"clause": "x"}),
        accuracy.model_copy(update={"edition": "x"}),
        accuracy.model_copy(update={"certainty": "house"}),
        accuracy.model_copy(update={"evidence": ("polarity.sign",)}),
        accuracy.model_copy(update={"rows": accuracy.rows[1:]}),
        accuracy.model_copy(update={"rows": (row.model_copy(update={"tolerance": 1e-6}), *accuracy.rows[1:])}),
        accuracy.model_copy(update={"rows": (row.model_copy(update={"decision_rule": "simple"}), *accuracy.rows[1:])}),
    ]
    digests = {fingerprint(requirement) for requirement in (accuracy, *changed)}
    assert len(digests) == len(changed) + 1


def test_what_changed_or_went_is_suspect_with_what_rests_on_it() -> None:
    """A changed requirement, one that is gone, and every claim that either of them proves."""
    recorded = {requirement.id: fingerprint(requirement) for requirement in (*ROWS, CLAIM)}
    now = [ROWS[0].model_copy(update={"text": "other"}), ROWS[1], CLAIM]
    assert suspects(recorded, (), [*ROWS, CLAIM], TONER) == {}
    assert suspects(recorded, (), now, TONER) == {
        "current.accuracy": CHANGED,
        "off.residual": GONE,
        "claim": f"it rests on current.accuracy: {CHANGED}",
    }


def test_a_limit_that_comes_out_otherwise_is_suspect() -> None:
    """The text may be the same where the device profile is not: the limit of the plan is held against today's."""
    value = judged_values(observation())[0]
    planned = PlannedRow(value.requirement, value.quantity, value.point, value.limit, 1e-6, 68.0)
    recorded = {requirement.id: fingerprint(requirement) for requirement in ROWS}
    assert suspects(recorded, [planned], ROWS, TONER) == {}
    other = replace(planned, limit=replace(value.limit, upper=(value.limit.upper or 0.0) * 1.01))
    assert suspects(recorded, [other], ROWS, TONER) == {
        "current.accuracy": (
            f"the device profile changed since: {value.quantity} at {value.point.key} has another limit"
        )
    }
    assert suspects(recorded, [other], ROWS, None) == {}
    setpoint = replace(value.point.setpoint, mode="gone")
    lost = replace(planned, point=replace(value.point, setpoint=setpoint))
    assert "has no limit of" in suspects(recorded, [lost], ROWS, TONER)["current.accuracy"]


def test_every_requirement_is_a_row(run: Path, tmp_path: Path) -> None:
    """Outcome, values and margin of each; where no test is recorded, that is a gap."""
    matrix = trace(run, today(run, tmp_path))
    assert [row.requirement.id for row in matrix.rows] == [requirement.id for requirement in ROWS]
    assert {row.outcome for row in matrix.rows} == {"PASS"}
    assert [(row.judged, row.planned) for row in matrix.rows] == [(1, 1)] * 3
    assert {row.gap for row in matrix.rows} == {"no test of the suites is about it"}
    assert (matrix.device, matrix.verdict, matrix.suspect) == ("foreo-bear-2", "PASS", ())


@pytest.mark.parametrize(
    ("change", "suspect"),
    [
        (("", "", "requirements"), []),
        (('title = "The current is', 'title = "Current is', "requirements"), []),
        (('text = "At every level', 'text = "At each level', "requirements"), ["current.accuracy"]),
        (('id = "off.residual"', 'id = "off.rest"', "requirements"), ["off.residual"]),
        (
            ("current_tolerance = { value = 0.10", "current_tolerance = { value = 0.11", "devices"),
            ["current.accuracy"],
        ),
        # A level stands in no limit of the two others: it is another setting.
        (("680e-6", "670e-6", "devices"), ["current.accuracy", "polarity.sign", "off.residual"]),
        (('source = "tests"', 'source = "others"', "devices"), []),
    ],
)
def test_verdicts_on_another_text_are_suspect(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: tuple[str, str, str], suspect: list[str]
) -> None:
    """A text, an id or a limit of the profile that changed makes the verdicts on it SUSPECT, and the exit code 1."""
    folder = today(run, tmp_path, *change)
    assert main(["trace", str(run), "--today", str(folder), "--json"]) == (1 if suspect else 0)
    (answer,) = json.loads(capsys.readouterr().out)["runs"]
    assert answer["suspect"] == suspect
    by_id = {row["id"]: row for row in answer["requirements"]}
    for name in suspect:
        assert (by_id[name]["outcome"], by_id[name]["recorded_outcome"]) == ("SUSPECT", "PASS")
        assert name in answer["gaps"]
    if "off.rest" in change[1]:
        assert (by_id["off.rest"]["outcome"], by_id["off.rest"]["note"]) == ("NOT TESTED", "it came after this run")


def test_the_matrix_for_people(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A head with the verdict, a line for each requirement, and at the end how many gaps and suspects there are."""
    folder = str(today(run, tmp_path))
    assert main(["trace", str(run), str(run), "--today", folder]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.endswith("3 requirements, 3 with a gap, 0 suspect") for line in lines) == 2
    assert sum(line.startswith("current.accuracy ") for line in lines) == 2


def test_a_killed_run_has_decided_nothing(run: Path, tmp_path: Path) -> None:
    """Without `run.json` every requirement is a gap, with what was taken until then."""
    killed = tmp_path / "killed"
    shutil.copytree(run, killed)
    (killed / "run.json").unlink()
    matrix = trace(killed, today(run, tmp_path / "today"))
    assert {row.outcome for row in matrix.rows} == {NOT_DECIDED}
    assert [(row.judged, row.planned) for row in matrix.rows] == [(1, 1)] * 3
    assert len(matrix.gaps) == 3


@pytest.mark.parametrize("name", [None, "current.accuracy", "nobody"])
def test_recorded_fingerprints_are_those_of_the_runs_own_files(tmp_path: Path, name: str | None) -> None:
    """A recorded fingerprint that the files in `inputs/` do not give, or that is missing there, is a difference."""
    run = RunDirectory(tmp_path / "run")
    recorded = {requirement.id: fingerprint(requirement) for requirement in ROWS}
    run.record(KIND, {"fingerprints": recorded if name is None else {**recorded, name: "0" * 64}})
    run.close()
    found = [difference.quantity for difference in compare_fingerprints(StoredRun(tmp_path / "run"), ROWS)]
    assert found == ([] if name is None else [f"{name}: fingerprint"])
