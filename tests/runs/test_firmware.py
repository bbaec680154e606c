"""A user's own firmware, in C, certified on the simulated bench as the page about it says."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.runs.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXAMPLE = ROOT / "docs/examples/firmware"
LIMIT_S = 120.0


def compiled(source: str, folder: Path) -> Path:
    """Compile the firmware; warnings are errors."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler; install one, on Debian: apt-get install gcc libc6-dev")
    (folder / "stimulator.c").write_text(source, encoding="utf-8")
    words = [compiler, "-std=c99", "-Wall", "-Wextra", "-Werror", "-D_GNU_SOURCE", "-o", "stimulator", "stimulator.c"]
    subprocess.run(words, cwd=folder, check=True, timeout=LIMIT_S)
    return folder / "stimulator"


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def bench_with(firmware: Path, folder: Path) -> Iterator[Path]:
    """A simulated bench with this firmware in its unit; answers the bench file that joins it."""
    port = free_port()
    with (
        subprocess.Popen([str(firmware), str(port)]) as unit,
        subprocess.Popen(
            [sys.executable, "-m", "harness.cli", "simulate", f"--simulated-unit={EXAMPLE / 'unit.toml'}",
             "--clock=virtual", f"--firmware=tcp://127.0.0.1:{port}"],
            cwd=ROOT, stdout=subprocess.PIPE, text=True,
        ) as simulation,
    ):  # fmt: skip
        try:
            assert simulation.stdout is not None
            control = json.loads(simulation.stdout.readline())["control"]
            bench = folder / "bench.toml"
            bench.write_text(f'control = "{control}"\n', encoding="utf-8")
            yield bench
        finally:
            simulation.terminate()
            unit.terminate()


def certified(bench: Path, folder: Path, *words: str) -> tuple[int, dict[str, dict]]:
    """Run the suites; answer the exit code and the requirements by id."""
    run = folder / "run"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "suites", f"--device={EXAMPLE / 'device.toml'}", f"--bench={bench}",
         f"--run-dir={run}", "-q", "-p", "no:cacheprovider", *words],
        cwd=ROOT, capture_output=True, text=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip
    assert (run / "run.json").exists(), done.stdout[-2000:]
    summary = json.loads((run / "run.json").read_text(encoding="utf-8"))
    assert summary["simulated"] is True
    return done.returncode, {row["id"]: row for row in summary["requirements"]}


def test_the_example_is_certified(tmp_path: Path) -> None:
    """Every requirement of an end-of-line station is met, and the run says that it is simulated."""
    firmware = compiled((EXAMPLE / "stimulator.c").read_text(encoding="utf-8"), tmp_path)
    with bench_with(firmware, tmp_path) as bench:
        code, requirements = certified(bench, tmp_path, "-m", "production")
    assert code == 0
    for name in ("current.accuracy", "polarity.indicator", "off.residual", "overload.ceiling"):
        assert requirements[name]["outcome"] == "PASS"


@pytest.mark.parametrize(
    ("right", "wrong", "requirement", "words"),
    [
        ("200, 400, 600}", "200, 400, 690}", "current.accuracy", ("-m", "production")),
        ('!strcmp(polarity, "negative")', "0", "polarity.sign", ("-m", "production")),
        ('    if (running) output("");\n    return', "    return", "mode-change.events", ("-k", "no_spike")),
    ],
)
def test_a_firmware_with_a_fault_fails(
    tmp_path: Path, right: str, wrong: str, requirement: str, words: tuple[str, ...]
) -> None:
    """A level that is 15 % high, a direction that is not reversed, a level ignored under load: each fails."""
    source = (EXAMPLE / "stimulator.c").read_text(encoding="utf-8")
    assert source.count(right) == 1
    firmware = compiled(source.replace(right, wrong), tmp_path)
    with bench_with(firmware, tmp_path) as bench:
        code, requirements = certified(bench, tmp_path, *words)
    assert code == 1
    assert requirements[requirement]["outcome"] == "FAIL"
