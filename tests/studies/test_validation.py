"""The tool's own validation record: nothing in it is good that was not done."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from harness.cli import main
from harness.studies import defects
from harness.studies.defects_results import CAUGHT, SURVIVED, Header, Result, ResultFile
from harness.studies.validation import Status
from harness.studies.validation_requirements import Case, functions, held, read_junit

if TYPE_CHECKING:
    from pathlib import Path


def _part(folder: Path, name: str) -> dict[str, object]:
    (found,) = [each for each in json.loads((folder / "record.json").read_text())["parts"] if name in each["title"]]
    return dict(found)


def test_what_nobody_did_is_not_done_with_its_command(tmp_path: Path) -> None:
    """Parts without a file are not done, no requirement is good, and nobody has drawn a conclusion."""
    folder = tmp_path / "record"
    main(["validate-tool", "-o", str(folder)])
    for name in ("own tests", "clients", "golden", "kill table", "coverage", "risk", "bench"):
        part = _part(folder, name)
        assert part["status"] == "not done"
        assert part["command"]
    record = json.loads((folder / "record.json").read_text())
    assert {each["status"] for each in record["requirements"]} == {"not done"}
    assert record["conclusion"] is None
    page = (folder / "record.html").read_text()
    assert "stimcert defects --output defects.jsonl" in page
    assert "reviewed and approved by" in page


def test_a_survivor_is_exit_code_1(tmp_path: Path) -> None:
    """A defect that no test sees, and defects that were not tried, are named; the kill table is not good."""
    file = tmp_path / "defects.jsonl"
    results = ResultFile(file, Header(1, "simulated", whole=False, program=defects.program()))
    caught = Result("bear", "D01", "gain", "a quarter too high", ("current.accuracy",), CAUGHT)
    results.append(caught)
    results.append(Result("bear", "D02", "offset", "10 uA", ("current.accuracy",), SURVIVED))
    assert main(["validate-tool", "-o", str(tmp_path / "record"), "--defects", str(file)]) == 1
    part = _part(tmp_path / "record", "kill table")
    assert part["status"] == "not good"
    issues = part["issues"]
    assert isinstance(issues, list)
    assert issues[0] == "bear D02: survived"
    assert issues[1].startswith("bear: not tried: D01-low, D03, ")
    assert "healthy" in issues[1]


def test_a_folder_with_something_in_it_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is overwritten."""
    (tmp_path / "old").write_text("kept")
    assert main(["validate-tool", "-o", str(tmp_path)]) == 2
    assert "is no empty folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["old"]


@pytest.mark.parametrize("text", ["", "{}", "<html/>", "<!DOCTYPE a [<!ENTITY b 'c'>]><testsuite/>"])
def test_something_else_is_no_junit_file(tmp_path: Path, text: str) -> None:
    """Another file is a bad request, and leaves nothing behind."""
    file = tmp_path / "junit.xml"
    file.write_text(text)
    assert main(["validate-tool", "-o", str(tmp_path / "record"), "--tests", str(file)]) == 2
    assert not (tmp_path / "record").exists()


def test_a_few_tests_are_not_all_tests(tmp_path: Path) -> None:
    """Results of one file of tests leave the part not good; a skipped test has shown nothing."""
    file = tmp_path / "junit.xml"
    file.write_text(
        '<testsuites><testsuite><testcase classname="tests.test_verdict" name="test_a[1]"/>'
        '<testcase classname="tests.test_sheet" name="test_b"><skipped/></testcase></testsuite></testsuites>'
    )
    assert [case.result for case in read_junit(file)] == ["passed", "skipped"]
    assert main(["validate-tool", "-o", str(tmp_path / "record"), "--tests", str(file)]) == 1
    issues = _part(tmp_path / "record", "own tests")["issues"]
    assert isinstance(issues, list)
    assert "did not run: tests.test_sheet" in issues
    assert "did not run: tests.test_verdict" not in issues


def test_every_way_to_a_wrong_pass_has_tests() -> None:
    """Each of the fifteen requirements names tests that exist, and is good only where all of them passed."""
    exist = functions(defects.ROOT / "tests")
    asked = held(exist, None)
    assert len(asked) == 15
    assert all(each.tests and each.status is Status.NOT_DONE for each in asked)
    cases = [Case(*test.split("::"), "passed") for each in asked for test in each.tests]
    assert {each.status for each in held(exist, cases)} == {Status.GOOD}
    first, *others = cases
    assert held(exist, others)[0].status is Status.NOT_DONE
    assert held(exist, [Case(first.module, first.name, "skipped"), *others])[0].status is Status.NOT_DONE
    assert held(exist, [Case(first.module, first.name, "failed"), *cases])[0].status is Status.NOT_GOOD
    assert {each.status for each in held({}, cases)} == {Status.NOT_GOOD}
