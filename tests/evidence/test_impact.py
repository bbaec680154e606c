"""What rests on an instrument: nothing that does is left out, and a slip of the pen is no "nothing"."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from harness.cli import main
from harness.evidence.impact import day, impact
from harness.evidence.index import Index, url_beside
from tests.reports.support import PATH, Story, accuracy, disclosed, observation, point, residual, sealed

if TYPE_CHECKING:
    from harness.capture import Observation

OTHER = replace(
    PATH, role="multimeter", serial_number="MY7", resistor=replace(PATH.resistor, id="RM9", certificate="C-9")
)


def through(taken: Observation, serial_path: object) -> Observation:
    """An observation whose readings came through another path."""
    readings = tuple(replace(reading, path=serial_path) for reading in taken.readings)
    return replace(taken, readings=readings)


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """Level 10 and 4 of one unit; only level 4 was read by MY7; the third value rests on both levels."""
    first, second = point(10), point(4)
    value = residual(1e-9, at=first)
    derivation = replace(value.measurement.derivation, others=(second.key,))
    both = replace(value, measurement=replace(value.measurement, derivation=derivation))
    story = Story(
        values=[accuracy(1.0, at=first), accuracy(1.0, at=second), both, disclosed(3e-7, at=second)],
        observations=[observation(first), through(observation(second), OTHER)],
    )
    sealed(tmp_path / "a", story)
    sealed(tmp_path / "b", Story(values=[accuracy(1.0)], unit="B2-0002"))
    return tmp_path


def asked(runs: Path, instrument: str, since: str = "2026-01-01") -> list[tuple[str, str, list[str]]]:
    """Run, how, and the quantities that rest on it."""
    index = Index(url_beside(runs))
    index.refresh([runs])
    found = impact(index, instrument, day(since))
    index.close()
    return [(run.run, run.how, [value.quantity for value in run.values]) for run in found.runs]


PLATEAU, OFF, CHARGE = "current.positive-plateau", "off.residual-current", "output.phase-charge"


@pytest.mark.parametrize("name", ["MY7", "RM9", "C-9"])
def test_a_value_rests_on_what_any_of_its_observations_was_taken_through(runs: Path, name: str) -> None:
    """By serial number, resistor or certificate: the values of that observation, also those that use it besides."""
    assert asked(runs, name) == [("a", "signal path", [PLATEAU, OFF, CHARGE])]


def test_all_rests_on_what_is_in_every_path(runs: Path) -> None:
    """The oscilloscope took every record of both runs."""
    assert asked(runs, "CN1") == [
        ("a", "signal path", [PLATEAU, PLATEAU, OFF, CHARGE]),
        ("b", "signal path", [PLATEAU]),
    ]


def test_all_of_a_run_rests_on_what_was_at_its_bench(runs: Path) -> None:
    """An instrument that answered and is in no signal path bears every value of the run."""
    assert [(name, how, len(values)) for name, how, values in asked(runs, "MY1")] == [
        ("a", "at the bench", 4),
        ("b", "at the bench", 1),
    ]


@pytest.mark.parametrize(
    ("since", "count"), [("2026-01-02", 2), ("2026-01-02T03:14:05", 2), ("2026-01-02T03:14:06", 0), ("2026-01-03", 0)]
)
def test_the_end_of_a_run_counts(runs: Path, since: str, count: int) -> None:
    """A run that ended at the moment itself or later is looked at, whenever it began."""
    assert len(asked(runs, "CN1", since)) == count


def test_a_run_that_was_killed_may_have_gone_on(runs: Path) -> None:
    """One without an end counts for a day after its beginning."""
    sealed(runs / "c", Story(values=[accuracy(1.0)], ended=False))
    assert [name for name, _, _ in asked(runs, "CN1", "2026-01-03")] == ["c"]


def test_exit_codes_and_json(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """1 where something rests on it, 0 where nothing does in that time, 2 for what no run names and for no date."""
    line = ["impact", str(runs), "--since", "2026-01-01", "--instrument"]
    assert main([*line, "MY7", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["verdicts"], said["disclosed"], said["runs_looked_at"]) == (2, 1, 2)
    assert main([*line, "MY7"]) == 1
    assert "2 verdicts and 1 disclosed values in 1 runs rest on MY7, of 2 runs" in capsys.readouterr().out
    assert main(["impact", str(runs), "--since", "2027-01-01", "--instrument", "MY7"]) == 0
    assert main([*line, "MY8"]) == 2
    assert "did you mean MY" in capsys.readouterr().err
    assert main(["impact", str(runs), "--since", "yesterday", "--instrument", "MY7"]) == 2


def test_a_run_that_cannot_be_read_is_no_zero(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where a run is not in the answer, the exit code is 1 and standard error names it, whatever was found."""
    records = runs / "b" / "records.jsonl"
    records.write_bytes(records.read_bytes().replace(b"MY1", b"MY2", 1))
    assert main(["impact", str(runs), "--since", "2027-01-01", "--instrument", "MY7"]) == 1
    assert "1 of 2 run directories are not in this answer" in capsys.readouterr().err


def test_a_damaged_index_does_not_change_the_answer(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the index cannot be used, the run directories are read: the same answer, and a sentence."""
    line = ["impact", str(runs), "--since", "2026-01-01", "--instrument", "MY7", "--json"]
    assert main(line) == 1
    before = capsys.readouterr().out
    (runs / "index.sqlite").write_text("no data base", encoding="utf-8")
    assert main(line) == 1
    after = capsys.readouterr()
    there = json.loads(before)
    again = json.loads(after.out)
    for run in (*there["runs"], *again["runs"]):
        run["run"] = Path(run["run"]).name
    assert again == there
    assert "the run directories are read instead" in after.err
