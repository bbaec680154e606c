"""Start of a suite that needs no bench: under our conftest, and by pytest with the same plug-ins, in one run.

The same file with one trivial test stands in two folders: an empty one, and one with the conftest and the settings of
this checkout. Both are run by the same Python, with the same plug-ins installed, in turn and in changing order. Printed
are the medians of the wall times of whole processes, and the median of the ratios of neighbours.

python benchmarks/startup.py [--rounds N]
"""

from __future__ import annotations

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TRIVIAL = "def test_nothing():\n    assert True\n"


def made(folder: Path, *files: str) -> Path:
    """A folder with the trivial test and these files of the checkout."""
    folder.mkdir()
    (folder / "test_trivial.py").write_text(TRIVIAL, encoding="utf-8")
    for name in files:
        shutil.copy(ROOT / name, folder / name)
    return folder


def run(folder: Path) -> float:
    """Wall time of one session."""
    line = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_trivial.py"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    start = time.perf_counter()
    done = subprocess.run(line, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    took = time.perf_counter() - start
    assert done.returncode == 0, done.stdout + done.stderr
    return took


def main() -> None:
    """Run both in turn and print medians and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=40)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as place:
        plain = made(Path(place) / "plain")
        ours = made(Path(place) / "ours", "conftest.py", "pyproject.toml")
        run(plain), run(ours)  # the first ones write compiled files
        times: dict[Path, list[float]] = {plain: [], ours: []}
        for number in range(rounds):
            for folder in (plain, ours) if number % 2 else (ours, plain):
                times[folder].append(run(folder))
    ratio = statistics.median(mine / other for mine, other in zip(times[ours], times[plain], strict=True))
    least = min(times[ours]) / min(times[plain])
    print(f"pytest alone {statistics.median(times[plain]):.3f} s, ours {statistics.median(times[ours]):.3f} s")
    print(f"ratio {ratio:.3f} (median of neighbours), {least:.3f} (least against least)")


if __name__ == "__main__":
    main()
