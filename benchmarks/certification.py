"""Bench time against running time of whole certifications on the simulated bench: the ratio, for each device.

python benchmarks/certification.py [DEVICE...]
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DEVICES = ("foreo-bear-2", "pantheon-clinical")
_BENCH_TIME = re.compile(r"^bench time: ([0-9.]+) s", re.MULTILINE)


def main() -> None:
    """Certify each device once and print what it took."""
    for device in sys.argv[1:] or DEVICES:
        with tempfile.TemporaryDirectory() as folder:
            line = [sys.executable, "-m", "pytest", "suites", "-q", f"--device={device}", f"--run-dir={folder}/run"]
            start = time.perf_counter()
            done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
            running_s = time.perf_counter() - start
        found = _BENCH_TIME.search(done.stdout)
        if found is None:
            raise SystemExit(f"{device}: no bench time in the output; exit code {done.returncode}\n{done.stdout}")
        bench_s = float(found[1])
        ratio = f"{bench_s / running_s:.0f} times the running time"
        print(f"{device}: exit {done.returncode}, {bench_s:.0f} s of bench time in {running_s:.1f} s, {ratio}")


if __name__ == "__main__":
    main()
