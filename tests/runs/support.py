"""Runs and simulated benches as processes, for the tests beside this file."""

from __future__ import annotations

import csv
import json
import re
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _pytest.mark import ParameterSet

ROOT = Path(__file__).resolve().parents[2]
BENCH = (ROOT / "fixtures/benches/simulated.toml").read_text(encoding="utf-8")
QUICK = ROOT / "tests/data/devices/quick.toml"
"""Device of a run that is not about a real one: a whole run of it takes a few seconds."""

QUICK_UNIT = ROOT / "tests/data/units/quick.toml"
"""A healthy unit of it."""

QUICK_D01, QUICK_D02 = (QUICK_UNIT.with_name(f"quick-{defect}.toml") for defect in ("D01", "D02"))
"""Units of it with too much gain, and with an offset."""

ONE_POINT = "[ch1-steady-L02-positive-10k]"
TWO_POINTS = "[ch1-steady-L02-positive-2k] or [ch1-steady-L02-positive-10k]"
"""Points of the quick device, as -k names them: the brackets keep out the events at the same setting."""

RUN_LIMIT_S = 180
BETWEEN_LOOKS_S = 0.005


@dataclass(frozen=True)
class Run:
    """A certification that ended.

    Attributes:
        code: exit code.
        output: standard output and error.
        path: run directory.
    """

    code: int
    output: str
    path: Path

    @property
    def last_line(self) -> str:
        return self.output.strip().splitlines()[-1]

    @property
    def state(self) -> dict[str, Any]:
        return dict(json.loads((self.path / "run.json").read_text()))

    @property
    def outcomes(self) -> dict[str, str]:
        return {entry["id"]: entry["outcome"] for entry in self.state["requirements"]}

    @property
    def rows(self) -> list[dict[str, str]]:
        with (self.path / "measurements.csv").open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    def verdicts(self, quantity: str) -> dict[str, str]:
        """Verdict of a quantity by operating point."""
        found = [row for row in self.rows if row["quantity"] == quantity]
        return {row["test"].rpartition("[")[2].rstrip("]"): row["verdict"] for row in found}

    @property
    def failing(self) -> set[str]:
        """Requirements that failed."""
        return {name for name, outcome in self.outcomes.items() if outcome == "FAIL"}

    @property
    def kinds(self) -> list[str]:
        return [json.loads(line)["kind"] for line in (self.path / "records.jsonl").read_text().splitlines()]


def arguments(run_dir: Path, *options: str) -> list[str]:
    """The command line of a certification: of the quick device, where the options name no other."""
    cache = [] if "cacheprovider" in options else ["-p", "no:cacheprovider"]
    options = tuple(option for option in options if option != "cacheprovider")
    chosen = ("--device=", "--bench=", "--simulated-unit=")
    unit = [] if any(option.startswith(chosen) for option in options) else [f"--simulated-unit={QUICK_UNIT}"]
    return [
        sys.executable,
        "-m",
        "pytest",
        "suites",
        f"--run-dir={run_dir}",
        f"--device={QUICK}",
        *unit,
        *cache,
        *([] if any(option.startswith("--index=") for option in options) else ["--index=none"]),
        *options,
    ]


def at(prefix: str, *points: str) -> tuple[str, str]:
    """The options that narrow a run to operating points, by the ends of their keys."""
    return "-k", " or ".join(f"[{prefix}{point}]" for point in points)


def soak_unless(kept: Callable[[Any], bool], cases: Iterable[Any]) -> list[ParameterSet]:
    """Parameters of which CI tries those that are kept; all others are for the soak."""
    return [
        pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=() if kept(case) else pytest.mark.soak)
        for case in cases
    ]


def without(bench: str, *sections: str) -> str:
    """The text of a bench file without these sections."""
    head, *tables = re.split(r"^(?=\[)", bench, flags=re.MULTILINE)
    kept = [table for table in tables if not table.startswith(tuple(f"[{name}]" for name in sections))]
    return head + "".join(kept)


class Examiner:
    """A simulated bench of its own process, with a client of its control port."""

    def __init__(self, tmp_path: Path, *options: str) -> None:
        self.tmp_path = tmp_path
        if "--simulated-unit" not in options:
            options = ("--simulated-unit", str(QUICK_UNIT), *options)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "harness.cli", "simulate", "--clock", "virtual", *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        self.ready: dict[str, Any] = json.loads(self.process.stdout.readline())
        host, _, port = self.ready["control"].rpartition(":")
        self._socket = socket.create_connection((host, int(port)), timeout=20)
        self._lines = self._socket.makefile("rb")

    def ask(self, op: str, **fields: object) -> dict[str, Any]:
        self._socket.sendall(json.dumps({"op": op, **fields}).encode() + b"\n")
        answer: dict[str, Any] = json.loads(self._lines.readline())
        assert answer["ok"], answer
        return answer

    @property
    def bench_file(self) -> Path:
        """A bench file that joins this simulation."""
        path = self.tmp_path / "joined.toml"
        path.write_text(f'control = "{self.ready["control"]}"\n', encoding="utf-8")
        return path

    def electrode_relay(self) -> int:
        """Channel that is connected to the bench, 0: none."""
        return int(self.ask("state")["electrode_relay"])

    def output_is_off(self) -> bool:
        """The truth: no channel runs, and nothing to speak of flows."""
        return all(
            channel["state"] == "OFF" and abs(channel["current_a"]) < 1e-6 for channel in self.ask("state")["output"]
        )

    def relays(self) -> list[int]:
        return list(self.ask("state")["relays"])

    def close(self) -> None:
        self._socket.close()
        self._lines.close()
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
