"""The verb `stimcert defects`, the whole way: unit files, runs of the suites, file, table, exit code."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.cli import main
from harness.definitions.document import LIBRARY
from harness.studies.defects_results import CAUGHT, NOT_APPLICABLE, PASSES, SURVIVED

ROOT = LIBRARY.parent
DATA = ROOT / "tests/data"
QUICK = ["--device", str(DATA / "devices/quick.toml"), "--simulated-unit", str(DATA / "units/quick.toml")]


def test_a_kill_a_survivor_and_a_healthy_unit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Swapped polarity is caught by its own requirement; what no point of the device could show survives, loudly.

    The healthy unit passes at the same points. Asked again nothing is run, and the answer is the same.
    """
    file = tmp_path / "defects.jsonl"
    asked = ["defects", *QUICK, "--only", "D31,D18,D62", "--output", str(file), "--processes", "2"]
    assert main([*asked, "--json"]) == 1
    first = capsys.readouterr().out
    found = {result["label"]: result for result in json.loads(first)["results"]}
    assert {label: result["status"] for label, result in found.items()} == {
        "D31": CAUGHT, "D18": SURVIVED, "D62": NOT_APPLICABLE, "healthy": PASSES,
    }  # fmt: skip
    assert set(found["D31"]["caught"]) == {"polarity.sign", "polarity.indicator"}
    assert found["D31"]["failing"]["requirement"] in found["D31"]["expected"]
    assert found["D31"]["failing"]["margin"] < 0
    assert found["D62"]["why"] == "it has one channel"

    kept = file.read_bytes()
    assert main([*asked, "--json"]) == 1
    assert capsys.readouterr().out == first
    assert file.read_bytes() == kept
    assert main(asked) == 1
    assert "!!! SURVIVED: D18 on quick" in capsys.readouterr().out


def test_all_caught_is_exit_code_0(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where nothing survives the verb says so and exits 0; what does not apply does not count."""
    file = tmp_path / "defects.jsonl"
    assert main(["defects", *QUICK, "--only", "D62,D63", "--output", str(file), "--markdown"]) == 0
    assert "0 of 0 defects" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--only", "D99"], "D99: is no defect of the catalogue"),
        (["--output", "no/such/folder/file"], "lies in none"),
        (["--device", "nobody"], "devices/nobody"),
        (["--simulated-unit", "foreo-bear-2"], "is a unit of one device"),
    ],
)
def test_a_wrong_request_is_one_sentence(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, options: list[str], words: str
) -> None:
    """Refused with exit code 2, before anything is run."""
    output = [] if "--output" in options else ["--output", str(tmp_path / "file")]
    assert main(["defects", *options, *output]) == 2
    error = capsys.readouterr().err
    assert words in error
    assert error.count("\n") == 1


@pytest.mark.soak
def test_ctrl_c_ends_all_runs(tmp_path: Path) -> None:
    """A SIGINT ends the runs that are under way, keeps what was done, and exits 130."""
    file = tmp_path / "defects.jsonl"
    line = [sys.executable, "-m", "harness.cli", "defects", "--device", "foreo-bear-2", "--output", str(file)]
    with subprocess.Popen(line, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        while not file.exists() or b'"status":"caught"' not in file.read_bytes():
            assert process.poll() is None
            time.sleep(0.05)
        tasks = Path(f"/proc/{process.pid}/task").glob("*/children")
        children = [child for task in tasks for child in task.read_text(encoding="ascii").split()]
        assert children
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "the same command goes on with" in said
    assert not [child for child in children if Path(f"/proc/{child}").exists()]
