"""A bench that fails says so in one sentence, leaves the unit safe, and never passes anything."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from harness.definitions.devices import load_device
from harness.setpoint import Polarity
from harness.stimulators import SerialLine
from harness.stimulators.stim1 import Stim1
from tests.runs.support import BETWEEN_LOOKS_S, ONE_POINT, ROOT, RUN_LIMIT_S, TWO_POINTS, arguments, soak_unless

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runs.support import Examiner, Run

BOTH = ("-k", TWO_POINTS)
STARTED = {
    "multimeter": 12,
    "oscilloscope": 16,
    "switch": 18,
    "stimulator": 12,
    "contact_switch": 20,
    "watchdog": 18,
}
"""So many messages each peer has answered when the first observation is under way."""

TWINS = {
    ("oscilloscope", "close"), ("multimeter", "silent"), ("stimulator", "late"), ("multimeter", "garbage"),
    ("contact_switch", "error"), ("watchdog", "close"),
}  # fmt: skip
"""Faults that differ from another one in their peer, which is tried with another fault."""


def said_once(run: Run, words: str) -> bool:
    """True where one line of the output, the table's or the list's, says it."""
    return any(words in line for line in run.output.splitlines())


@pytest.mark.parametrize(
    ("fault", "words"),
    soak_unless(lambda case: (case[0]["target"], case[0]["kind"]) not in TWINS, [
        ({"target": "multimeter", "kind": "close"}, "closed the connection"),
        ({"target": "oscilloscope", "kind": "close"}, "closed the connection"),
        ({"target": "switch", "kind": "close", "after": 12}, "closed the connection"),
        ({"target": "multimeter", "kind": "silent"}, "did not answer"),
        ({"target": "multimeter", "kind": "late", "seconds": 6}, "did not answer"),
        ({"target": "stimulator", "kind": "late", "seconds": 6}, "did not answer"),
        ({"target": "oscilloscope", "kind": "garbage"}, "which is not"),
        ({"target": "multimeter", "kind": "garbage"}, "which is not"),
        ({"target": "stimulator", "kind": "garbage"}, "not ASCII text"),
        ({"target": "multimeter", "kind": "nan", "after": 3}, "'NAN', which is not a number"),
        ({"target": "multimeter", "kind": "overload", "after": 3}, "overload"),
        ({"target": "oscilloscope", "kind": "error"}, "error -310"),
        ({"target": "stimulator", "kind": "silent"}, "did not answer"),
        ({"target": "contact_switch", "kind": "close"}, "closed the connection"),
        ({"target": "contact_switch", "kind": "error"}, "error -310"),
        ({"target": "watchdog", "kind": "close"}, "closed the connection"),
        ({"target": "watchdog", "kind": "garbage"}, "which is not"),
    ]),
)  # fmt: skip
def test_one_fault_is_an_error_and_the_bench_is_left_safe(
    certify: Callable[..., Run], examine: Callable[..., Examiner], fault: dict[str, Any], words: str
) -> None:
    """After one fault: its sentence, no PASS of that point, later points judged, output off and loads open in truth."""
    bench = examine()
    bench.ask("fault", **{"after": STARTED[fault["target"]], **fault})
    run = certify(f"--bench={bench.bench_file}", *BOTH)
    assert run.code == 1, run.output
    assert said_once(run, words), run.output
    assert "ERROR" in run.outcomes.values()
    assert len({row["load"] for row in run.rows}) <= 1, run.output
    assert bench.output_is_off()
    assert bench.relays() == []
    assert bench.electrode_relay() == 0
    assert "Traceback" not in run.output


@pytest.mark.parametrize("kind", [pytest.param("dead", marks=pytest.mark.soak), "silent"])
def test_a_stimulator_that_stops_answering_is_off_by_its_watchdog(
    certify: Callable[..., Run], examine: Callable[..., Examiner], kind: str
) -> None:
    """A stimulator that answers no more is waited for until its watchdog switched it off, proved by the residual."""
    bench = examine()
    bench.ask("fault", target="stimulator", kind=kind, after=STARTED["stimulator"] + 2, count=0)
    run = certify(f"--bench={bench.bench_file}", *BOTH)
    assert run.code == 1, run.output
    assert said_once(run, "stimulator at")
    assert "PASS" not in run.outcomes.values()
    assert bench.output_is_off()
    assert bench.relays() == []


def test_an_overload_that_stays_ends_the_run(certify: Callable[..., Run], examine: Callable[..., Examiner]) -> None:
    """Where the residual cannot be read the safe state is not confirmed, said so, and nothing more is driven."""
    bench = examine()
    bench.ask("fault", target="multimeter", kind="overload", after=4, count=0)
    run = certify(f"--bench={bench.bench_file}")
    assert run.code == 1, run.output
    assert said_once(run, "safe state NOT confirmed")
    assert run.state["verdict"] == "ERROR"
    assert run.state["complete"] is False
    assert bench.output_is_off()


def test_way_10_an_output_still_on_after_off(certify: Callable[..., Run], examine: Callable[..., Examiner]) -> None:
    """A unit that is not off after output off is a FAIL with the current that flowed, and the loads are opened."""
    bench = examine()
    bench.ask("fault", target="stimulator", kind="stays-live")
    run = certify(f"--bench={bench.bench_file}", *BOTH)
    assert run.code == 1, run.output
    assert run.outcomes["off.residual"] == "FAIL"
    residual = [float(row["value"]) for row in run.rows if row["quantity"] == "off.residual-current"]
    assert all(value == pytest.approx(340e-6, rel=0.03) for value in residual)
    assert said_once(run, "the unit is live with its output off")
    assert bench.relays() == []


def test_a_wrong_resistor_is_the_benchs_fault(certify: Callable[..., Run], examine: Callable[..., Examiner]) -> None:
    """A resistor that is not what its certificate says is found by the cross-check, after one recorded repeat."""
    bench = examine()
    bench.ask("fault", target="RM1k", kind="resistance", factor=1.3)
    run = certify(f"--bench={bench.bench_file}", *BOTH)
    assert run.code == 1, run.output
    assert said_once(run, "two instruments disagree")
    assert {row["load"] for row in run.rows} == {"2k"}
    assert run.kinds.count("observation") == 3
    assert (run.path / "records.jsonl").read_text(encoding="utf-8").count('"kind":"attempt-set-aside"') == 2


def test_a_killed_bench_keeps_what_was_measured(examine: Callable[..., Examiner], tmp_path: Path) -> None:
    """When the bench process dies: one sentence, exit 1, no PASS of the run, and all earlier records."""
    bench = examine()
    line = arguments(tmp_path / "run", f"--bench={bench.bench_file}")
    process = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    while bench.ask("state")["messages"].get("stimulator", 0) < 120:
        assert process.poll() is None
        time.sleep(BETWEEN_LOOKS_S)
    os.kill(bench.ask("describe")["pid"], signal.SIGKILL)
    output, _ = process.communicate(timeout=RUN_LIMIT_S)
    assert process.returncode == 1, output
    state = json.loads((tmp_path / "run" / "run.json").read_text())
    assert state["verdict"] == "ERROR"
    assert state["complete"] is False
    assert "the bench is lost" in output
    assert "Traceback" not in output
    records = (tmp_path / "run" / "records.jsonl").read_text().splitlines()
    assert sum('"kind":"measurement"' in record for record in records) >= 3


def test_way_15_a_late_answer_is_never_taken_for_another(
    certify: Callable[..., Run], examine: Callable[..., Examiner]
) -> None:
    """After a time-out the point that follows reads what it reads on a bench without fault."""
    bench = examine()
    bench.ask("fault", target="multimeter", kind="late", seconds=6, after=STARTED["multimeter"])
    late = certify(f"--bench={bench.bench_file}", *BOTH)
    sound = certify(*BOTH)
    assert late.rows
    assert all(row in sound.rows for row in late.rows)


def test_two_runs_do_not_share_a_bench(
    certify: Callable[..., Run], examine: Callable[..., Examiner], tmp_path: Path
) -> None:
    """A second run on a bench in use is refused with a sentence and changes nothing for the first."""
    bench = examine()
    line = arguments(tmp_path / "first", f"--bench={bench.bench_file}")
    first = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    while bench.ask("state")["messages"].get("stimulator", 0) < 30:
        assert first.poll() is None
        time.sleep(BETWEEN_LOOKS_S)
    second = certify(f"--bench={bench.bench_file}", *BOTH)
    output, _ = first.communicate(timeout=RUN_LIMIT_S)
    assert second.code == 1, second.output
    assert "in use" in second.output
    assert first.returncode == 0, output


@pytest.mark.parametrize("wrong", ["unit", "multimeter"])
def test_a_refused_bench_is_not_left_live(
    certify: Callable[..., Run], examine: Callable[..., Examiner], wrong: str, tmp_path: Path
) -> None:
    """A unit that was left running is switched off also where the bench or the unit is then refused, exit 4."""
    file = tmp_path / "insensible.toml"
    file.write_text('schema = 1\nextends = "foreo-bear-2"\n[contact]\nsensing = false\n', encoding="utf-8")
    bench = examine("--simulated-unit", str(file))
    line = SerialLine(bench.ready["stimulator"], 115200)
    unit = Stim1(line, load_device("foreo-bear-2")[0].envelope)
    unit.apply(load_device("foreo-bear-2")[0].modes[0].setpoint(1, 10, Polarity.POSITIVE))
    unit.start(1)
    line.close()
    assert bench.ask("state")["output"][0]["state"] == "RUN"
    options = ["--serial-number=OTHER"] if wrong == "unit" else []
    if wrong == "multimeter":
        joined = bench.bench_file.read_text(encoding="utf-8")
        text = f'extends = "simulated"\n{joined}\n[instruments.multimeter]\nserial_number = "SIM0"\n'
        (tmp_path / "joined.toml").write_text(text, encoding="utf-8")
        path = tmp_path / "joined.toml"
    else:
        path = bench.bench_file
    run = certify(f"--bench={path}", *options, "-k", ONE_POINT)
    assert run.code == 4, run.output
    assert bench.output_is_off()


@pytest.mark.parametrize("blocks", [2000, 3000])
def test_a_full_disk_ends_the_run_in_one_sentence(tmp_path: Path, blocks: int) -> None:
    """When a record cannot be written any more the run ends with exit 1, keeps what it has, and shows no traceback."""
    line = " ".join(arguments(tmp_path / "run", "-p", "no:allure_pytest"))
    # A limit on the size of one file stands for the full disk: the write fails in the same place, without root.
    done = subprocess.run(
        ["/bin/sh", "-c", f"ulimit -f {blocks}; exec {line}"],
        cwd=ROOT, capture_output=True, text=True, timeout=RUN_LIMIT_S, check=False,
    )  # fmt: skip
    output = done.stdout + done.stderr
    assert done.returncode == 1, output
    assert "a record cannot be written" in output
    assert "Traceback" not in output
    recomputed = subprocess.run(
        [sys.executable, "-m", "harness.cli", "recompute", str(tmp_path / "run")],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "values and verdicts derived again, equal" in recomputed.stdout, recomputed.stderr
