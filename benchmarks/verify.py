"""Verifying a run, against reading it once: `stimcert verify` and the single-file verifier as multiples of that.

Read once means: SHA-256 of every file, and each record from its line of JSON and back. A run of 500 measurements is to
be verified in 2 s; the time and the number of values are printed beside the ratios. Each figure is the least of all
rounds: what other programs on the machine add is never negative.

python benchmarks/verify.py RUN [--rounds N]
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from harness.evidence import standalone, verify

if TYPE_CHECKING:
    from collections.abc import Callable


def read_once(run: Path) -> None:
    """What nobody can do without."""
    for path in run.rglob("*"):
        if path.is_file():
            with path.open("rb") as file:
                hashlib.file_digest(file, "sha256")
    for line in (run / "records.jsonl").read_bytes().splitlines():
        json.dumps(json.loads(line), sort_keys=True, separators=(",", ":"))


def by_verb(run: Path) -> None:
    """What the verb does."""
    assert verify(run) == ()


def by_single_file(run: Path) -> None:
    """What the program for the assessor does."""
    with contextlib.redirect_stdout(io.StringIO()):
        assert standalone.main([str(run)]) == 0


def least(work: Callable[[Path], None], run: Path, rounds: int) -> float:
    """The least time, in s."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work(run)
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", metavar="RUN", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    values = (asked.run / "measurements.csv").read_bytes().count(b"\n") - 1
    size = sum(path.stat().st_size for path in asked.run.rglob("*") if path.is_file())
    once = least(read_once, asked.run, asked.rounds)
    print(f"{values} values, {size / 1e6:.0f} MB; read once: {once:.2f} s")
    for name, work in (("verb", by_verb), ("single file", by_single_file)):
        spent = least(work, asked.run, asked.rounds)
        print(f"{name}: {spent:.2f} s, {spent / once:.1f} times as long, {500e3 * spent / values:.0f} ms per 500")


if __name__ == "__main__":
    main()
