"""Judging and recording one more measurement inside a test: ours against OpenHTF's, side by side in one run.

Ours is `judge(quantity, measurement)` in a suite's test of a real certification on the simulated bench: the row is
found, the derivation checked, the limit resolved, the verdict decided, and the value with its budget written to the
hash chain and to the table, one write each, before `judge` returns. What becomes of the value at the end of its test
(a line of the report section) is counted too. Allure is left out. OpenHTF's is a measurement with `in_range`, with its
JSON output callback; it keeps no uncertainty, no chain, and writes when the whole test has ended.

Each figure is a slope: the time of a test with many values less that of one with few, by the difference of their
numbers, each the least of all rounds: what other programs on the machine add is never negative. OpenHTF's is given
twice: one more measurement in the same phase, and one more phase with one measurement. Each OpenHTF
measurement has an outcome of its own, so the first is the like of `judge`; the second is what a result costs that is
taken by itself. Both ratios are printed beside the 1/8 that is aimed at. With `--derive` ours derives each value too.

OpenHTF (Apache-2.0) is no dependency of this project: it is installed from the package index into a virtual environment
that lives as long as this run, or is taken from where `--openhtf` says.

python benchmarks/judge.py [--openhtf PYTHON] [--rounds N] [--derive]
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import venv
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FEW, MANY = 100, 2100
"""Values of a test of ours, and measurements of a phase of OpenHTF's."""
FEW_PHASES, MANY_PHASES = 10, 110
US = 1e6
AIM = 1 / 8
"""Of OpenHTF's cost."""

SUITE = f"""
import pytest
from harness import measurands

@pytest.mark.requirement("off.residual")
@pytest.mark.parametrize("count", [10, {FEW}, {MANY}])
@pytest.mark.parametrize("derive", [False, True])
def test_cost(observation, judge, given, count, derive):
    for number in range(count):
        judge("off.residual-current", measurands.residual_current(observation) if derive else given[number])

@pytest.fixture
def given(observation, count, derive):
    return [] if derive else [measurands.residual_current(observation) for _ in range(count)]
"""

OPENHTF = f"""
import sys, time, tempfile
import openhtf as htf
from openhtf.output.callbacks import json_factory

def run(phases, folder, name):
    test = htf.Test(*phases)
    test.add_output_callbacks(json_factory.OutputToJSON(folder + "/{{dut_id}}.json"))
    start = time.perf_counter()
    assert test.execute(test_start=lambda: name)
    return time.perf_counter() - start

def one_phase(count, folder):
    names = ["m%d" % number for number in range(count)]
    @htf.measures(*[htf.Measurement(name).in_range(0.9, 1.1) for name in names])
    def phase(test):
        for name in names:
            test.measurements[name] = 1.0
    return run([phase], folder, "one%d" % count)

def many_phases(count, folder):
    def make(name):
        @htf.measures(htf.Measurement(name).in_range(0.9, 1.1))
        def phase(test):
            test.measurements[name] = 1.0
        return phase
    return run([make("m%d" % number) for number in range(count)], folder, "phases%d" % count)

with tempfile.TemporaryDirectory() as folder:
    one_phase(10, folder), many_phases(2, folder)
    print("times", one_phase({FEW}, folder), one_phase({MANY}, folder))
    print("times", many_phases({FEW_PHASES}, folder), many_phases({MANY_PHASES}, folder))
"""


Times = tuple[float, float]
"""Of few and of many, in s."""


def ours(folder: Path, *, derive: bool) -> Times:
    """The two tests of a run, from pytest's own record of how long each test's call took."""
    run = folder / "run"
    shutil.rmtree(run, ignore_errors=True)
    line = [
        *(sys.executable, "-m", "pytest", "suites", "-q", "-p", "no:allure_pytest", "-p", "no:cacheprovider"),
        f"--device={ROOT / 'tests/data/devices/quick.toml'}",
        f"--simulated-unit={ROOT / 'tests/data/units/quick.toml'}",
        *(f"--run-dir={run}", "-o", "junit_duration_report=call"),
        *("-k", f"ch1-steady-L02-positive-10k and {derive}"),
    ]
    done = subprocess.run(line, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 16, done.stdout + done.stderr  # PARTIAL, and all that was judged is PASS
    cases = ET.parse(run / "junit.xml").getroot().iter("testcase")  # noqa: S314 - our own file
    times = {int(count): float(case.attrib["time"]) for case in cases for count in counts(case.attrib["name"])}
    return times[FEW], times[MANY]


def counts(name: str) -> list[str]:
    """The number of values that stands in a test's name."""
    return [part for part in name.replace("]", "-").split("-") if part in {str(FEW), str(MANY)}]


def theirs(python: Path, folder: Path) -> tuple[Times, Times]:
    """Tests with measurements in one phase, and tests with phases of one measurement each."""
    # As a file: OpenHTF reads the source of its phases.
    script = folder / "theirs.py"
    script.write_text(OPENHTF, encoding="utf-8")
    done = subprocess.run([python, script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    lines = [line.split()[1:] for line in done.stdout.splitlines() if line.startswith("times ")]
    one, phase = ((float(few), float(many)) for few, many in lines)
    return one, phase


def slope(times: list[Times], more: int) -> float:
    """Seconds for one more, from the least times."""
    return (min(many for _, many in times) - min(few for few, _ in times)) / more


def environment() -> dict[str, str]:
    """This checkout before any other one."""
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def project(folder: Path) -> Path:
    """A checkout with one suite of its own, otherwise the real one."""
    (folder / "suites").mkdir()
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, folder / name)
    (folder / "suites" / "test_cost.py").write_text(SUITE, encoding="utf-8")
    return folder


def installed(folder: Path) -> Path:
    """A Python with OpenHTF, in a virtual environment of its own."""
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", "openhtf"], check=True)
    return python


def main() -> None:
    """Measure both in turn and print costs and ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--openhtf", type=Path, help="a Python that has OpenHTF; default: one is made")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--derive", action="store_true", help="derive each value inside the slope")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        python = asked.openhtf or installed(folder / "openhtf")
        (folder / "project").mkdir()
        suites = project(folder / "project")
        own: list[Times] = []
        one: list[Times] = []
        phase: list[Times] = []
        for _ in range(asked.rounds):
            own.append(ours(suites, derive=asked.derive))
            of_one, of_phase = theirs(python, folder)
            one.append(of_one)
            phase.append(of_phase)
    mine = slope(own, MANY - FEW)
    what = "deriving, judging and recording" if asked.derive else "judging and recording"
    print(f"{what} one more measurement: {mine * US:.1f} us")
    for name, other in (
        ("one more measurement in a phase", slope(one, MANY - FEW)),
        ("one more phase with a measurement", slope(phase, MANY_PHASES - FEW_PHASES)),
    ):
        met = "met" if mine <= AIM * other else "not met"
        ratio = f"ours is {mine / other:.3f} of it (1/{other / mine:.1f}); 1/{1 / AIM:.0f} is {met}"
        print(f"OpenHTF, {name}: {other * US:.1f} us; {ratio}")


if __name__ == "__main__":
    main()
