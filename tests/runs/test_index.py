"""The index over runs at the end of a run: filled where it can be, and never in the way of a run."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

import pytest

from harness.cli import main
from tests.runs.support import ONE_POINT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runs.support import Run


def narrowed(url: str) -> tuple[str, ...]:
    """One operating point, entered in an index."""
    return "-k", f"{ONE_POINT} and accuracy", "-p", "no:allure_pytest", f"--index={url}"


def test_a_run_is_entered_when_it_is_sealed(certify: Callable[..., Run], tmp_path: Path) -> None:
    """A run stands in the index as its directory has it; one that finds the index locked is whole all the same."""
    file = tmp_path / "index.sqlite"
    first = certify(*narrowed(f"sqlite:///{file}"))
    assert f"index:    {file}" in first.output
    assert main(["index", str(tmp_path), "--check"]) == 0
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    second = certify(*narrowed(f"sqlite:///{file}?timeout=0.1"))
    holder.execute("ROLLBACK")
    holder.close()
    assert "WARNING: not in the index over runs: " in second.output
    assert "database is locked" in second.output
    assert (second.code, second.last_line) == (first.code, first.last_line)
    assert main(["verify", str(second.path)]) == 0
    assert main(["index", str(tmp_path)]) == 0
    assert main(["index", str(tmp_path), "--check"]) == 0


@pytest.mark.soak
def test_an_index_that_is_none_is_in_nobodys_way(certify: Callable[..., Run], tmp_path: Path) -> None:
    """A damaged index is one sentence behind a run that is whole and has its own exit code; it stays as it was."""
    damaged = tmp_path / "index.sqlite"
    damaged.write_text("no data base", encoding="utf-8")
    run = certify(*narrowed(f"sqlite:///{damaged}"))
    assert run.output.count("WARNING: not in the index over runs") == 1
    assert run.code == 16
    assert main(["verify", str(run.path)]) == 0
    assert damaged.read_text(encoding="utf-8") == "no data base"


def test_a_password_is_kept_out_of_the_records(certify: Callable[..., Run], capfd: pytest.CaptureFixture[str]) -> None:
    """The command of a run is recorded: a URL with a password in it is refused before anything is made."""
    run = certify("--index=postgresql://me:secret@localhost/runs")
    assert run.code == 4
    assert "give the password in PGPASSWORD" in run.output
    assert "secret" not in run.output + capfd.readouterr().out
    assert not run.path.exists()
