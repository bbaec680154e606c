"""What Allure is told of a run, by the files that it would read."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.definitions.requirements import load_requirements
from harness.evidence import StoredRun, verify
from harness.verdict import Verdict

ROOT = Path(__file__).resolve().parents[2]
LIMIT_S = 120
ONE_POINT = "ch1-steady-L10-bipolar-1Hz-10k"
DECISIVE = {item.id for item in load_requirements()[0] if item.decides}
QUANTITY = re.compile(r"(?:CONDITIONAL )?(?:PASS|FAIL): ([a-z0-9.-]+) = ")


@dataclass(frozen=True)
class Ended:
    """A certification that ended."""

    output: str
    run: Path
    results: Path

    @property
    def tests(self) -> list[dict[str, Any]]:
        return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(self.results.glob("*-result.json"))]


def certify(run: Path, *options: str) -> Ended:
    """Run a certification as a user starts it."""
    line = [sys.executable, "-m", "pytest", "suites", f"--run-dir={run}", "-p", "no:cacheprovider", *options]
    done = subprocess.run(
        line, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", timeout=LIMIT_S, check=False
    )
    return Ended(done.stdout + done.stderr, run, run.with_name(f"{run.name}.allure-results"))


@pytest.fixture(scope="module")
def failing(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    """A production selection of a unit with too much current at its lowest level."""
    unit = ROOT / "fixtures" / "units" / "foreo-bear-2-D02.toml"
    return certify(tmp_path_factory.mktemp("runs") / "failing", "-m", "production", f"--simulated-unit={unit}")


def labels(test: dict[str, Any], name: str) -> list[str]:
    """Values of one label."""
    return [label["value"] for label in test["labels"] if label["name"] == name]


def test_results_and_page_leave_the_run_whole(failing: Ended) -> None:
    """The page lies inside the sealed run, Allure's results beside it, and the terminal says where."""
    assert verify(failing.run) == ()
    assert "SIMULATED" in (failing.run / "report.html").read_text(encoding="utf-8")
    assert f"{failing.results}" in failing.output


def test_each_judged_value_is_a_step(failing: Ended) -> None:
    """Allure holds a step for each judged value of the records, failed where its verdict is not PASS."""
    judged = list(StoredRun(failing.run).judged())
    steps = [step for test in failing.tests for step in test.get("steps", ())]
    disclosed = [step for step in steps if step["name"].startswith("DISCLOSED: ")]
    assert len(disclosed) + len(judged) == len(list(StoredRun(failing.run).values()))
    assert all(step["status"] == "passed" for step in disclosed)
    steps = [step for step in steps if step not in disclosed]
    assert Counter(QUANTITY.match(step["name"])[1] for step in steps) == Counter(v.quantity for v in judged)  # type: ignore[index]
    failed = sum(1 for value in judged if value.decision.verdict is not Verdict.PASS)
    assert failed
    assert sum(1 for step in steps if step["status"] == "failed") == failed


def test_titles_and_parameters_are_words(failing: Ended) -> None:
    """A test is titled by what it checks and where, and its parameters are read without a key."""
    # Each of them: in which order results are read is chance.
    tests = [t for t in failing.tests if "test_current_is_the_level" in t["fullName"] and "level 10" in t["name"]]
    assert tests
    where = r"level 10 \(680 µA\), (positive|negative|bipolar)(, [\d.]+ Hz)?, into \w+(, (shape|line|shape line))*"
    for test in tests:
        assert re.fullmatch(rf"[A-Z].*: [a-z]+, {where}", test["name"])
        parameters = {entry["name"]: entry["value"] for entry in test["parameters"]}
        assert parameters["level"] == "10 (680 µA)"
        known = {"observation", "channel", "mode", "level", "polarity", "load", "method"}
        assert set(parameters) - {"frequency"} == known


def test_labels_name_the_requirement(failing: Ended) -> None:
    """Every test carries the id of its requirement and says SIMULATED."""
    for test in failing.tests:
        (requirement,) = labels(test, "requirement")
        assert labels(test, "feature")[0].startswith(f"{requirement}: ")
        assert "SIMULATED" in labels(test, "tag")
        assert labels(test, "parentSuite") == ["SIMULATED: FOREO BEAR 2, facial toner"]
        assert labels(test, "severity") == ["critical" if requirement in DECISIVE else "minor"]


def test_categories_sort_by_verdict(failing: Ended) -> None:
    """The message of each failed test falls into the category of its verdict, and into no other."""
    categories = json.loads((failing.results / "categories.json").read_text(encoding="utf-8"))
    bad = [test for test in failing.tests if test["status"] != "passed"]
    assert bad
    for test in bad:
        names = [
            category["name"]
            for category in categories
            if test["status"] in category["matchedStatuses"]
            and re.fullmatch(category["messageRegex"], test["statusDetails"]["message"])
        ]
        (name,) = names
        assert test["statusDetails"]["message"].removeprefix("Failed: ").startswith(name.partition(":")[0] + ":")


def test_environment_says_who_took_part(failing: Ended) -> None:
    """Allure's environment names device, unit, instruments, seed and versions, in plain ASCII."""
    text = (failing.results / "environment.properties").read_text(encoding="ascii")
    entries = dict(line.split("=", 1) for line in text.splitlines())
    assert entries["simulated"] == "yes"
    assert entries["seed"] == "1"
    assert "SIM" in entries["unit"]
    assert "SIM" in entries["multimeter"]
    assert "version.numpy" in entries


def test_every_point_is_drawn(failing: Ended) -> None:
    """Each operating point has a plot of what was judged, and so has every test that did not pass."""
    drawn = [test for test in failing.tests if test.get("attachments")]
    points = {labels(test, "subSuite")[0] + test["name"].rsplit("level ", 1)[1] for test in failing.tests}
    assert {labels(test, "subSuite")[0] + test["name"].rsplit("level ", 1)[1] for test in drawn} == points
    assert all(test.get("attachments") for test in failing.tests if test["status"] == "failed")
    for test in drawn:
        svg = (failing.results / test["attachments"][0]["source"]).read_text(encoding="utf-8")
        assert "SIMULATED" in svg
        assert 'class="record"' in svg


def test_a_folder_of_the_users_own_is_kept(tmp_path: Path) -> None:
    """--alluredir decides where Allure's results go."""
    ended = certify(tmp_path / "run", "-k", ONE_POINT, f"--alluredir={tmp_path / 'mine'}")
    assert not ended.results.exists()
    assert (tmp_path / "mine" / "environment.properties").exists()


def test_a_run_needs_no_allure(tmp_path: Path) -> None:
    """With allure-pytest switched off a run gives its page and no results of Allure."""
    ended = certify(tmp_path / "run", "-k", ONE_POINT, "-p", "no:allure_pytest")
    assert (ended.run / "report.html").exists()
    assert not ended.results.exists()
    assert verify(ended.run) == ()
