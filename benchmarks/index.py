"""Entering runs into the index against SQLite's bare `executemany` of the same rows, side by side in one process.

Ours is what the end of a run does: what the session kept of each value when it was recorded is written in one
transaction, with the run's other rows, and with what is there of the run removed first. What keeping it costs with each
value is printed, too. Bare is Python's `sqlite3` with the finished rows of the same
tables, in one transaction. Each figure is the least of all rounds, in wall time and in processor time. Aimed at are 0.7
of the bare rate. Then runs of more and more measurements are read from their directories: time for each measurement,
and the largest memory of the process, stay as they are.

python benchmarks/index.py [--rounds N] [--values N] [--largest N]
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from sqlalchemy import select  # noqa: E402

from harness.evidence import RunDirectory, StoredRun, index_tables  # noqa: E402
from harness.evidence.index import Index, url_beside  # noqa: E402
from harness.evidence.index_rows import Contents, Held, content_of  # noqa: E402
from tests.reports.support import Story, accuracy, build, observation, point  # noqa: E402

AIM = 0.7
SMALL = 1000
LARGER = 10
CHILD = """
import json, resource, sys, time
from pathlib import Path
from harness.evidence.index import Index, url_beside
run = Path(sys.argv[1])
index = Index(url_beside(run.parent))
begun = time.process_time()
index.add(run)
print(json.dumps([time.process_time() - begun, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss]))
"""


def made(folder: Path, count: int) -> Path:
    """A run of so many judged values; one after the other, as a run has them."""
    value = accuracy(1.0)
    path = build(folder / "first", Story(values=[value]))
    state = (path / "run.json").read_bytes()
    shutil.rmtree(path)
    directory = RunDirectory(folder / f"run{count}")
    directory.record("run-started", {"device": "toner"})
    directory.record("identity", {"unit": {}, "instruments": {}})
    directory.observe(observation(point()), 1)
    for number in range(1, count + 1):
        directory.judged(replace(value, sequence=number))
    directory.close()
    (directory.path / "run.json").write_bytes(state)
    return directory.path


def ours(folder: Path, run: Path, held: Held) -> tuple[float, float]:
    """Wall and processor time of entering a run."""
    index = Index(url_beside(folder))
    begun, worked = time.perf_counter(), time.process_time()
    index.add(run, held)
    taken = time.perf_counter() - begun, time.process_time() - worked
    index.close()
    return taken


def bare(folder: Path) -> tuple[float, float]:
    """Wall and processor time of the same rows, into the same tables of another file."""
    index = Index(url_beside(folder))
    with index.reading() as connection:
        rows = {table: [tuple(row) for row in connection.execute(select(table))] for table in index_tables.PARTS}
    index.close()
    with sqlite3.connect(folder / "index.sqlite") as store:
        tables = [text for (text,) in store.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL")]
    store.close()
    target = folder / "bare.sqlite"
    target.unlink(missing_ok=True)
    connection = sqlite3.connect(target)
    for text in tables:
        connection.execute(text)
    connection.commit()
    begun, worked = time.perf_counter(), time.process_time()
    for table, content in rows.items():
        if content:
            marks = ",".join("?" * len(content[0]))
            connection.executemany(f"INSERT INTO {table.name} VALUES ({marks})", content)  # noqa: S608 - our names
    connection.commit()
    taken = time.perf_counter() - begun, time.process_time() - worked
    connection.close()
    return taken


def compare(folder: Path, count: int, rounds: int) -> None:
    """Print the ratio of both rates."""
    run = made(folder, count)
    contents = Contents(StoredRun(run))
    held = Held(list(contents.rows()), contents.taken)
    values = list(Contents(StoredRun(run)).values())
    worked = time.process_time()
    for value in values:
        content_of(value)
    print(f"{(time.process_time() - worked) / count * 1e6:.2f} µs of processor time when a value is recorded")
    del values
    figures = []
    for _ in range(rounds):
        (folder / "index.sqlite").unlink(missing_ok=True)
        figures.append((ours(folder, run, held), bare(folder)))
    for number, name in enumerate(("wall time", "processor time")):
        mine = min(one[number] for one, _ in figures)
        theirs = min(other[number] for _, other in figures)
        rates = f"{count / mine:,.0f} values/s against {count / theirs:,.0f}"
        print(f"{name:15} {rates}: {theirs / mine:.2f} of executemany (aim {AIM})")


def grow(folder: Path, largest: int) -> None:
    """Print time and memory of reading longer and longer runs."""
    count = SMALL
    while count <= largest:
        run = made(folder, count)
        line = [sys.executable, "-c", CHILD, str(run)]
        said = subprocess.run(line, cwd=ROOT, check=True, capture_output=True, text=True).stdout
        seconds, kilobytes = json.loads(said)
        print(f"{count:7} values read: {seconds / count * 1e6:6.1f} µs each, {kilobytes / 1024:6.1f} MiB at most")
        shutil.rmtree(run)
        count *= LARGER


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--values", type=int, default=20000)
    parser.add_argument("--largest", type=int, default=100000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        compare(Path(folder), arguments.values, arguments.rounds)
        grow(Path(folder), arguments.largest)
    print(f"this process at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
