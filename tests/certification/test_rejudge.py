"""A run judged again by other requirements: what comes out otherwise is listed, and the run stays as it was."""

from __future__ import annotations

import csv
import json
import shutil
from typing import TYPE_CHECKING

import pytest

from harness.certification.rejudge import NOTHING, rejudge
from harness.cli import main
from harness.errors import DefinitionError
from harness.evidence import seal, verify
from tests.examples import REQUIREMENTS, make_run

if TYPE_CHECKING:
    from pathlib import Path

TEXT = (REQUIREMENTS / "output.toml").read_text(encoding="utf-8")
TOLERANCE = '{ of = "setpoint.current_a", factor = { profile = "mode.current_tolerance" } }'
NARROW = '{ of = "setpoint.current_a", factor = 0.01 }'
PLATEAU = "current.positive-plateau"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """A sealed run of 690 µA at the level of 680 µA: inside 10 %, outside 1 %."""
    path = make_run(tmp_path / "run", (690e-6,))
    seal(path)
    return path


def changed(tmp_path: Path, old: str, new: str) -> Path:
    """The house's requirements on the output with something else in them, as one file."""
    path = tmp_path / "mine.toml"
    assert old in TEXT
    path.write_text(TEXT.replace(old, new), encoding="utf-8")
    return path


def test_by_its_own_requirements_nothing_differs(run: Path) -> None:
    """Judged again by the files in its own inputs, every value, limit, verdict and outcome is the same, bit for bit."""
    found = rejudge(run, run / "inputs" / "requirements")
    assert len(found.values) == 3
    assert [value for value in found.values if value.differs] == []
    assert [change for change in found.outcomes if change.before != change.after] == []
    assert (found.verdict_before, found.verdicts_differ) == (found.verdict_after, False)


def test_a_narrower_limit_changes_the_verdict_and_nothing_else(run: Path, tmp_path: Path) -> None:
    """At 1 % the plateau fails; its value and uncertainty stay bit for bit, and so does what has other limits."""
    found = rejudge(run, changed(tmp_path, TOLERANCE, NARROW))
    differing = {value.quantity: value for value in found.values if value.differs}
    assert differing[PLATEAU].labels == ("PASS", "FAIL")
    before, after = differing[PLATEAU].before, differing[PLATEAU].after
    assert before is not None
    assert after is not None
    assert before.measurement == after.measurement
    assert after.limit.upper == pytest.approx(1.01 * 680e-6, rel=1e-12)  # type: ignore[union-attr]
    assert {value.requirement for value in differing.values()} == {"current.accuracy"}
    outcomes = {change.requirement: (change.before, change.after) for change in found.outcomes}
    assert outcomes["current.accuracy"][1] == "FAIL"


def test_a_requirement_that_is_gone_is_named(run: Path, tmp_path: Path) -> None:
    """A folder stands in place of the run's requirements: what it has no row for has no verdict, and says so."""
    folder = tmp_path / "requirements"
    shutil.copytree(run / "inputs" / "requirements", folder)
    file = folder / "output.toml"
    file.write_text(TEXT.replace(f'quantity = "{PLATEAU}"', 'quantity = "current.other-plateau"'), encoding="utf-8")
    found = rejudge(run, folder)
    gone = next(value for value in found.values if value.quantity == PLATEAU)
    assert (gone.labels, gone.note) == (("PASS", NOTHING), "the new requirements have no such row")
    added = next(value for value in found.values if value.quantity == "current.other-plateau")
    assert (added.labels, added.note) == ((NOTHING, "PASS"), "added by the new requirements")
    assert found.verdicts_differ


def test_both_results_are_kept_beside_the_run(run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The verb writes both beside the run, once, and says 1; the run stays whole; the same again changes nothing."""
    file = changed(tmp_path, TOLERANCE, NARROW)
    assert main(["recompute", str(run), "--with", str(file)]) == 1
    said = capsys.readouterr().out
    assert f"{PLATEAU} at ch1-steady-L10-positive-10k: PASS -> FAIL" in said
    (kept,) = tmp_path.glob("run.rejudged-*")
    result = json.loads((kept / "rejudged.json").read_text(encoding="utf-8"))
    assert {"file": "mine.toml"}.items() <= result["requirements"][-1].items()
    sides = [value for value in result["values"] if value["quantity"] == PLATEAU]
    assert [(side["before"]["verdict"], side["after"]["verdict"]) for side in sides] == [("PASS", "FAIL")]
    with (kept / "values.csv").open(newline="", encoding="utf-8") as table:
        rows = [row for row in csv.DictReader(table) if row["quantity"] == PLATEAU]
    assert [(row["verdict_before"], row["verdict_after"]) for row in rows] == [("PASS", "FAIL")]
    assert (kept / "requirements" / "mine.toml").read_bytes() == file.read_bytes()
    assert verify(run) == ()
    assert main(["recompute", str(run), "--with", str(file)]) == 1
    assert len(list(tmp_path.glob("run.rejudged-*"))) == 1
    assert main(["recompute", str(run), "--with", str(run / "inputs" / "requirements"), "--json"]) == 0


def test_nothing_is_written_into_the_run_or_over_something(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A place inside the run, or one that holds something else, is refused, and so is -o without --with."""
    file = changed(tmp_path, TOLERANCE, NARROW)
    line = ["recompute", str(run), "--with", str(file), "-o"]
    assert main([*line, str(run / "new")]) == 2
    assert main([*line, str(tmp_path)]) == 2
    assert main(["recompute", str(run), "-o", str(tmp_path / "x")]) == 2
    assert capsys.readouterr().err.count("stimcert: ") == 3
    assert verify(run) == ()


def test_wrong_requirements_are_refused(run: Path, tmp_path: Path) -> None:
    """A file that is wrong is one sentence with its key, and nothing is kept."""
    with pytest.raises(DefinitionError, match="mine"):
        rejudge(run, changed(tmp_path, TOLERANCE, '{ of = "setpoint.nothing", factor = 0.01 }'))
    assert main(["recompute", str(run), "--with", str(tmp_path / "none.toml")]) == 2
    assert list(tmp_path.glob("run.rejudged-*")) == []
