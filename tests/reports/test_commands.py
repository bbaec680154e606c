"""The verb `stimcert report`."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pytest

from harness.errors import EvidenceError, RequestError
from harness.evidence import verify
from harness.sheet import Channel, Sheet
from reports import commands
from tests.reports.support import Story, accuracy, sealed


def run_verb(*arguments: str) -> int:
    """Run the verb as the command line does."""
    parser = argparse.ArgumentParser()
    commands.add(parser.add_subparsers())
    parsed = parser.parse_args(["report", *arguments])
    return int(parsed.verb(parsed))


def test_an_analysis_gets_the_option_of_a_page(tmp_path: Path) -> None:
    """Where there is a verb `analyze`, it can write a page from then on; its function takes a sheet and a path."""
    parser = argparse.ArgumentParser()
    verbs = parser.add_subparsers()
    verbs.add_parser("analyze")
    commands.add(verbs)
    parsed = parser.parse_args(["analyze", "--html", str(tmp_path / "page.html")])
    record = Channel("CH1", "V", 0.0, 1e-6, np.arange(16.0), (), ())
    parsed.page(Sheet("scope.csv", "plain columns", "the whole record", (record,)), parsed.html)
    assert "scope.csv" in parsed.html.read_text(encoding="utf-8")


def test_page_goes_beside_a_sealed_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without -o the page is written beside the run, which stays whole."""
    run = sealed(tmp_path / "run", Story([accuracy(1.0)]))
    assert run_verb(str(run)) == 0
    assert Path(capsys.readouterr().out.strip()) == tmp_path / "run.report.html"
    assert verify(run) == ()


def test_page_never_goes_into_a_sealed_run(tmp_path: Path) -> None:
    """A place inside a sealed run is refused in one sentence."""
    run = sealed(tmp_path / "run", Story([accuracy(1.0)]))
    with pytest.raises(RequestError, match="beside it"):
        run_verb(str(run), "-o", str(run / "captures" / "x.html"))


def test_directory_without_records_is_no_run(tmp_path: Path) -> None:
    """A directory that is no run gives an error that names it."""
    with pytest.raises(EvidenceError, match=str(tmp_path)):
        run_verb(str(tmp_path))


def test_page_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """A place that does not exist gives an error that names it."""
    run = sealed(tmp_path / "run", Story([accuracy(1.0)]))
    with pytest.raises(EvidenceError, match="cannot be written"):
        run_verb(str(run), "-o", str(tmp_path / "none" / "x.html"))
