"""The dossier of a run as a user makes it: what it prints is what the captures hold."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.runs.support import ROOT, Run, at

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

KEY = "ch1-steady-L02-bipolar-1Hz-{load}-table"
LOADS = {"500R": 500.0, "2k": 2000.0, "10k": 10000.0}


def volts(run: Path, name: str) -> tuple[dict[str, object], NDArray[np.float64]]:
    """Header and volts of a capture, by the few lines that docs/evidence.md gives."""
    with (run / "captures" / f"{name}.capture").open("rb") as file:
        header = json.loads(file.readline())
        codes = np.frombuffer(file.read(), dtype=np.uint8).astype(float)
    return header, (codes - header["reference_code"]) * header["increment_v"] + header["origin_v"]


def current(run: Path, load: str) -> tuple[NDArray[np.float64], float]:
    """Amperes of the series of pulses, and seconds from sample to sample."""
    key = KEY.format(load=load)
    header, record = volts(run, f"{key}-tracing-series")
    path = header["path"]
    _, zero = volts(run, f"{key}-zero")
    parallel = 1 / (1 / path["resistor"]["resistance_ohm"] + 1 / path["input_resistance_ohm"])  # type: ignore[index]
    return (record - zero.mean()) / parallel, float(header["interval_s"])  # type: ignore[arg-type]


def plateau(amperes: NDArray[np.float64], sign: int) -> float:
    """Mean of the inner part of every phase in one direction that the record holds from end to end."""
    inside = amperes * sign > 0.5 * np.abs(amperes).max()
    edges = np.flatnonzero(np.diff(inside.astype(int)))
    spans = [(a + 1, b) for a, b in pairwise(edges.tolist()) if inside[a + 1]]
    parts = [amperes[a + round(0.25 * (b - a)) : a + round(0.7 * (b - a))] for a, b in spans if b - a > 50]
    return abs(float(np.concatenate(parts).mean()))


def printed(text: str, phase: str) -> list[tuple[float, float, str]]:
    """Value, U and unit of a phase, in the order of the loads."""
    found = re.findall(rf"{phase} \(([\d.]+) ± ([\d.]+)\) (µA)", text)
    return [(float(value), float(uncertainty), unit) for value, uncertainty, unit in found]


@pytest.fixture
def tested(certify: Callable[..., Run]) -> Run:
    """A run that took the tracings of the quick device."""
    return certify(*at("ch1-steady-L02-bipolar-1Hz-", *(f"{load}-table" for load in LOADS)), "--operator=A. Lee")


def test_printed_rows_follow_from_the_captures(tested: Run, tmp_path: Path) -> None:
    """Largest currents into three loads, recomputed with numpy from the files, are what is printed."""
    reader = shutil.which("pdftotext")
    if reader is None:
        pytest.skip("needs pdftotext: apt-get install poppler-utils")
    document = tmp_path / "d.pdf"
    for verb in (["dossier", str(tested.path), "-o"], ["verify", str(tested.path), "--dossier"]):
        line = [sys.executable, "-m", "harness.cli", *verb, str(document)]
        done = subprocess.run(line, cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
    text = subprocess.run([reader, "-layout", document, "-"], capture_output=True, text=True, check=True).stdout
    table = text[text.index("Maximum output current (") : text.index("Pulse width  ")]
    for phase, sign in (("positive", 1), ("negative", -1)):
        rows = printed(f"{table}\n", phase)
        assert len(rows) == len(LOADS)
        for (value, uncertainty, unit), load in zip(rows, LOADS, strict=True):
            assert unit == "µA"
            assert round(plateau(current(tested.path, load)[0], sign) * 1e6) == value
            assert 0 < uncertainty < value
    assert re.search(r"stimcert +0\.\d+\.\d+ +[0-9a-f]{16}", text)
