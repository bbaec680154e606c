"""A circuit stated twice, for the simulation and for ngspice, and how far apart the two are.

Drives have no steps, so that both are asked for exactly the same current.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.simulation.circuit.drive import Drive, Schedule
from tests.simulation.circuits import S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

PROGRAM = "ngspice"


@dataclass(frozen=True)
class Circuit:
    """One circuit, stated twice.

    Attributes:
        name: what it shows.
        netlist: what lies between the sources' nodes and 0, in ngspice's words; node `o` are the terminals.
        drives: of the source at node `s`, or of those at `s` and `p`.
        stop_s: how long it is watched.
        step_s: the longest step that ngspice may take.
        watched: what is compared, in ngspice's words.
        solve: the same in the simulation: values of each at some instants.
    """

    name: str
    netlist: tuple[str, ...]
    drives: tuple[Drive, ...]
    stop_s: float
    step_s: float
    watched: tuple[str, ...]
    solve: Callable[[Numbers], tuple[Numbers, ...]]


@dataclass(frozen=True)
class Difference:
    """How far apart the two are: for each watched quantity the amplitude and the largest difference."""

    points: int
    amplitudes: tuple[float, ...]
    largest: tuple[float, ...]

    @property
    def share(self) -> float:
        """The largest difference as a share of its amplitude."""
        return max(far / amplitude for far, amplitude in zip(self.largest, self.amplitudes, strict=True))


def compare(circuit: Circuit, folder: Path) -> Difference:
    """Let ngspice solve a circuit and compare at its own time points."""
    columns = run(circuit, folder)
    ours = circuit.solve(columns[0])
    theirs = columns[1:]
    return Difference(
        len(columns[0]),
        tuple(float(np.max(np.abs(values))) for values in theirs),
        tuple(float(np.max(np.abs(a - b))) for a, b in zip(ours, theirs, strict=True)),
    )


def run(circuit: Circuit, folder: Path) -> list[Numbers]:
    """Let ngspice solve a circuit: its time points, and the values of what is watched."""
    deck, written = folder / "deck.cir", folder / "written.txt"
    sources = [
        f"I{node} 0 {node} PWL({_corners(drive, circuit.stop_s)})"
        for node, drive in zip("sp", circuit.drives, strict=False)
    ]
    lines = [
        f"* {circuit.name}",
        *sources,
        *circuit.netlist,
        ".options reltol=1e-7 abstol=1e-14 vntol=1e-10 chgtol=1e-18 method=trap",
        f".tran {circuit.step_s:g} {circuit.stop_s:g} 0 {circuit.step_s:g} uic",
        ".control",
        "set wr_singlescale",
        "set numdgt=12",
        "run",
        f"wrdata {written.name} {' '.join(circuit.watched)}",
        "quit",
        ".endc",
        ".end",
    ]
    deck.write_text("\n".join(lines) + "\n")
    done = subprocess.run([PROGRAM, "-b", deck.name], cwd=folder, capture_output=True, text=True, check=False)
    if not written.exists():
        raise RuntimeError(f"ngspice solved nothing of {circuit.name}: {done.stdout[-500:]} {done.stderr[-500:]}")
    table = np.fromstring(written.read_text(), sep=" ").reshape(-1, 1 + len(circuit.watched))
    inside = (table[:, 0] > 0.0) & (table[:, 0] < circuit.stop_s)
    return [np.ascontiguousarray(column) for column in table[inside].T]


def _corners(drive: Drive, stop_s: float) -> str:
    """Answer the corners of a drive as a list of times and currents."""
    points: list[str] = []
    for line in Schedule(drive).lines(0, round(stop_s * S)):
        points.append(f"{line.start_ns / S:.12g} {line.value:.12g}")
        last = line
    points.append(f"{last.end_ns / S:.12g} {last.value + last.slope * (last.end_ns - last.start_ns) / S:.12g}")
    return " ".join(points)
