"""However a run is interrupted, the unit is left with its output off."""

from __future__ import annotations

import itertools
import json
import random
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from harness.errors import EvidenceError
from harness.evidence import StoredRun, verify
from tests.runs.support import BETWEEN_LOOKS_S, ROOT, RUN_LIMIT_S, arguments, soak_unless

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runs.support import Examiner

KINDS = ("SIGINT", "twice SIGINT", "SIGTERM", "SIGKILL")
LONGER_THAN_WATCHDOG_S = 5.0
TOO_LATE = (("SIGTERM", 0.0), ("SIGINT", 0.1), ("twice SIGINT", 0.2), ("SIGTERM", 0.4), ("SIGINT", 0.6))


def interrupt(process: subprocess.Popen[str], kind: str, pause_s: float) -> None:
    """Send the signal, or both."""
    process.send_signal(getattr(signal, kind.rsplit(maxsplit=1)[-1]))
    if kind.startswith("twice"):
        time.sleep(pause_s)
        if process.poll() is None:
            process.send_signal(signal.SIGINT)


@pytest.mark.parametrize("number", soak_unless(lambda number: number < 2 * len(KINDS), range(100)))
def test_an_interrupted_run_leaves_the_output_off(
    examine: Callable[..., Examiner], tmp_path: Path, number: int
) -> None:
    """At a random moment: output off in the ground truth, after SIGKILL by the watchdog; records whole, no PASS."""
    chance = random.Random(number)  # noqa: S311 - moments, not secrets
    kind = KINDS[number % len(KINDS)]
    bench = examine()
    run = tmp_path / "run"
    line = arguments(run, f"--bench={bench.bench_file}")
    with (tmp_path / "output").open("w+") as output:
        process = subprocess.Popen(line, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, text=True)
        # A moment of the bench's life, so that it does not depend on how fast this machine starts Python.
        messages = chance.randrange(8, 620)
        while bench.ask("state")["messages"].get("stimulator", 0) < messages:
            assert process.poll() is None, "the run ended before it could be interrupted"
            time.sleep(BETWEEN_LOOKS_S)
        time.sleep(chance.random() * 0.02)
        interrupt(process, kind, chance.random() * 0.05)
        code = process.wait(RUN_LIMIT_S)
        output.seek(0)
        said = output.read()
    assert code not in {0, 16}, said
    if kind == "SIGKILL":
        bench.ask("advance", seconds=LONGER_THAN_WATCHDOG_S)
    else:
        assert bench.relays() == [], said
    assert bench.electrode_relay() == 0, said
    assert bench.output_is_off(), said
    state = json.loads((run / "run.json").read_text())
    assert state["complete"] is False
    assert state["verdict"] is None
    # The store opens again, no value that the table has is lost, and nobody takes the run for a whole one.
    kept = sum(record.kind in {"measurement", "disclosure"} for record in StoredRun(run).records())
    assert kept >= (run / "measurements.csv").read_bytes().count(b"\n") - 1
    if kind == "SIGKILL":
        with pytest.raises(EvidenceError, match="the run was not ended"):
            verify(run)
    else:
        assert verify(run) == ()


@pytest.mark.parametrize(
    ("kind", "delay_s"),
    soak_unless(
        lambda case: case in TOO_LATE,
        itertools.product(("SIGTERM", "SIGINT", "twice SIGINT"), (0.0, 0.1, 0.2, 0.4, 0.6)),
    ),
)
def test_a_signal_after_the_last_measurement_is_too_late(tmp_path: Path, kind: str, delay_s: float) -> None:
    """Once everything is judged a signal spoils nothing: exit code, run.json, junit.xml and manifest agree."""
    run = tmp_path / "run"
    with (tmp_path / "output").open("w+") as output:
        line = arguments(run, "-m", "production")
        process = subprocess.Popen(line, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, text=True)
        records = run / "records.jsonl"
        while not records.exists() or b'"kind":"run-ended"' not in records.read_bytes():
            assert process.poll() is None, "the run ended before it could be interrupted"
            time.sleep(BETWEEN_LOOKS_S)
        time.sleep(delay_s)
        if process.poll() is None:
            interrupt(process, kind, 0.02)
        code = process.wait(RUN_LIMIT_S)
        output.seek(0)
        said = output.read()
    state = json.loads((run / "run.json").read_text())
    assert (code, state["verdict"], state["complete"]) == (0, "PASS", True), said
    assert "Traceback" not in said
    assert (run / "junit.xml").exists()
    done = subprocess.run([sys.executable, "-m", "harness.cli", "verify", str(run)], cwd=ROOT, check=False)
    assert done.returncode == 0
