"""What switches the output off when the host cannot: the unit's own watchdog, and the bench's."""

from __future__ import annotations

import subprocess
import time
from typing import TYPE_CHECKING

import pytest

from tests.runs.support import BENCH, BETWEEN_LOOKS_S, ONE_POINT, QUICK_UNIT, ROOT, arguments, without

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runs.support import Examiner, Run

BENCH_WATCHDOG_S = 2.0
UNIT_WATCHDOG_S = 3.0


@pytest.fixture
def unit_without_watchdog(tmp_path: Path) -> Path:
    """A unit that is healthy but has no host watchdog."""
    file = tmp_path / "unwatched.toml"
    healthy = QUICK_UNIT.read_text(encoding="utf-8")
    file.write_text(healthy.replace("[firmware]\n", "[firmware]\nwatchdog_s = 0.0\n"), encoding="utf-8")
    return file


def kill_while_live(bench: Examiner, run_dir: Path) -> None:
    """Start a run and kill it while its output is on and connected."""
    line = arguments(run_dir, f"--bench={bench.bench_file}")
    process = subprocess.Popen(line, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while abs(bench.ask("state")["output"][0]["current_a"]) < 50e-6:
        assert process.poll() is None
        time.sleep(BETWEEN_LOOKS_S)
    process.kill()
    process.wait()


def test_both_watchdogs_act_when_the_host_is_killed(examine: Callable[..., Examiner], tmp_path: Path) -> None:
    """After SIGKILL the bench's watchdog opens the electrode relay, and the unit's own switches the output off."""
    bench = examine()
    kill_while_live(bench, tmp_path / "run")
    assert bench.ask("state")["output"][0]["state"] == "RUN"
    assert bench.electrode_relay() == 1
    bench.ask("advance", seconds=BENCH_WATCHDOG_S + 0.01)
    assert bench.electrode_relay() == 0
    bench.ask("advance", seconds=UNIT_WATCHDOG_S - BENCH_WATCHDOG_S)
    assert bench.ask("state")["output"][0]["state"] == "OFF"
    assert bench.output_is_off()


def test_the_benchs_watchdog_stands_in_for_the_units(
    examine: Callable[..., Examiner], unit_without_watchdog: Path, tmp_path: Path
) -> None:
    """A unit without a watchdog stays on after SIGKILL, and is cut off from its electrodes all the same."""
    bench = examine("--simulated-unit", str(unit_without_watchdog))
    kill_while_live(bench, tmp_path / "run")
    bench.ask("advance", seconds=BENCH_WATCHDOG_S + 0.01)
    state = bench.ask("state")
    assert state["electrode_relay"] == 0
    assert state["output"][0]["state"] != "OFF"
    assert state["output"][0]["current_a"] == 0


def test_a_unit_without_watchdog_needs_a_bench_with_one(
    certify: Callable[..., Run], unit_without_watchdog: Path, tmp_path: Path
) -> None:
    """A unit without a host watchdog is accepted on a bench with a cut-off of its own, and refused on one without."""
    options = (f"--simulated-unit={unit_without_watchdog}", "-k", ONE_POINT)
    accepted = certify(*options)
    assert accepted.code == 16, accepted.output
    assert {row["verdict"] for row in accepted.rows} == {"PASS", "DISCLOSED"}
    file = tmp_path / "bench.toml"
    file.write_text(without(BENCH, "electrodes", "second_channel", "instruments.watchdog"), encoding="utf-8")
    refused = certify(f"--bench={file}", *options)
    assert refused.code == 1, refused.output
    assert "no host watchdog, and this bench has no cut-off of its own" in refused.output
    assert not refused.rows
    assert certify(f"--bench={file}", "-k", ONE_POINT).code == 16
