"""Whole runs as a user starts them: processes, exit codes, run directories, and the truth on the control port."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.runs.support import ROOT, RUN_LIMIT_S, Examiner, Run, arguments

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def certify(tmp_path: Path) -> Callable[..., Run]:
    """Run a certification to its end."""
    count = 0

    def run(*options: str, suites: str = "suites", cwd: Path = ROOT) -> Run:
        nonlocal count
        count += 1
        path = tmp_path / f"run{count}"
        line = arguments(path, *options)
        line[line.index("suites")] = suites
        done = subprocess.run(
            line, cwd=cwd, capture_output=True, text=True, encoding="utf-8", timeout=RUN_LIMIT_S, check=False
        )
        return Run(done.returncode, done.stdout + done.stderr, path)

    return run


@pytest.fixture
def examine(tmp_path: Path) -> Iterator[Callable[..., Examiner]]:
    """Start simulated benches that a run can join and a test can examine."""
    started: list[Examiner] = []

    def start(*options: str) -> Examiner:
        started.append(Examiner(tmp_path, *options))
        return started[-1]

    yield start
    for examiner in started:
        examiner.close()


@pytest.fixture
def busy_machine() -> Iterator[None]:
    """Four processes that keep both processors busy."""
    line = [sys.executable, "-c", "while True: pass"]
    busy = [subprocess.Popen(line) for _ in range(4)]
    yield
    for process in busy:
        process.kill()
        process.wait()
