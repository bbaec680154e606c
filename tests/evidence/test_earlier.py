"""Earlier runs of a unit are found beside a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from harness.evidence import earlier_runs, told

if TYPE_CHECKING:
    from pathlib import Path


def keep(folder: Path, name: str, unit: str | None, started: str, verdict: str | None) -> Path:
    """A run directory with nothing but its state."""
    run = folder / name
    run.mkdir(parents=True)
    state = {"unit": unit, "started": started, "scope": "production", "verdict": verdict}
    (run / "run.json").write_text(json.dumps(state), encoding="utf-8")
    return run


def test_the_runs_of_a_unit_are_told_oldest_first(tmp_path: Path) -> None:
    """A run says which of its unit's it is, with the verdicts of those before; other units and itself do not count."""
    keep(tmp_path, "b", "SIM-1", "2026-11-19T10:00:00+00:00", None)
    keep(tmp_path, "a", "SIM-1", "2026-11-20T10:00:00+00:00", "FAIL")
    keep(tmp_path, "c", "SIM-2", "2026-11-18T10:00:00+00:00", "PASS")
    this = keep(tmp_path, "d", "SIM-1", "2026-11-21T10:00:00+00:00", None)
    found = earlier_runs(tmp_path, "SIM-1", this)
    assert [run.name for run in found] == ["b", "a"]
    assert told("SIM-1", found) == (
        "run 3 of SIM-1; earlier: no verdict (production) on 2026-11-19; FAIL (production) on 2026-11-20"
    )
    assert told("SIM-3", earlier_runs(tmp_path, "SIM-3", this)) == "run 1 of SIM-3"


def test_what_is_no_run_is_passed_over(tmp_path: Path) -> None:
    """Files, empty folders, and a state that was cut off hide no other run."""
    (tmp_path / "note.txt").write_text("x", encoding="utf-8")
    (tmp_path / "empty").mkdir()
    (keep(tmp_path, "cut", "SIM-1", "", None) / "run.json").write_text('{"unit": "SIM', encoding="utf-8")
    keep(tmp_path, "whole", "SIM-1", "2026-11-20T10:00:00+00:00", "PASS")
    assert [run.name for run in earlier_runs(tmp_path, "SIM-1", tmp_path / "this")] == ["whole"]


def test_of_many_runs_the_last_are_told(tmp_path: Path) -> None:
    """More than five are counted by verdict, so that no FAIL is left out, and the last five are told."""
    for number in range(1, 8):
        verdict = "FAIL" if number == 1 else "PASS"
        keep(tmp_path, f"{number}", "SIM-1", f"2026-11-0{number}T10:00:00+00:00", verdict)
    sentence = told("SIM-1", earlier_runs(tmp_path, "SIM-1", tmp_path / "this"))
    assert sentence.startswith("run 8 of SIM-1; earlier: 1 FAIL, 6 PASS; the last 5: PASS (production) on 2026-11-03; ")


def test_a_serial_number_in_any_letters_is_found(tmp_path: Path) -> None:
    """A state may write letters beyond ASCII as they are, or escaped: the run counts either way."""
    run = keep(tmp_path, "escaped", "BÄR-1", "2026-11-20T10:00:00+00:00", "FAIL")
    other = keep(tmp_path, "plain", "BÄR-1", "2026-11-21T10:00:00+00:00", "PASS")
    state = json.loads((run / "run.json").read_text(encoding="utf-8"))
    (other / "run.json").write_text(json.dumps(state, ensure_ascii=False), encoding="utf-8")
    found = earlier_runs(tmp_path, "BÄR-1", tmp_path / "this")
    assert [earlier.name for earlier in found] == ["escaped", "plain"]
