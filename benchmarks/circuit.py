"""How fast the simulated circuit is: ratios, everything measured side by side in one run.

python -m benchmarks.circuit

The circuit: a source of 600 uA, 10 Hz, square, that reaches its compliance in each half period, into skin. Recorded at
1 MS/s for 10 s, a new circuit each time, against merely writing arrays of the same length; and against ngspice with a
longest step of 1 us, which needs it to be as near as docs/circuit-accuracy.md says.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from harness.simulation.circuit.history import Quantity
from harness.simulation.circuit.stage import Stage
from tests.simulation.circuits import BARE, SKIN, S, bench, stage
from tests.simulation.circuits import square as steps
from tests.simulation.spice import run
from tests.simulation.spice_circuits import single, square

if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS, RATE = 10, 1_000_000
ROUNDS = 15
HALF_NS = 50_000_000
HOUR = 3600
OUTPUT = stage(245e-12, compliance_v=8.0, output_ohm=22.5e6)
NGSPICE_S = 0.4


def best_s(*works: Callable[[], object], rounds: int = ROUNDS) -> list[float]:
    """Shortest wall time of each piece of work, s, taken by turns: whoever else is busy disturbs all alike."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, taken in zip(works, times, strict=True):
            start = time.perf_counter()
            work()
            taken.append(time.perf_counter() - start)
    return [min(taken) for taken in times]


def instants() -> np.ndarray:
    """Write the times of the samples."""
    times = np.arange(SECONDS * RATE, dtype=np.float64)
    times /= RATE
    return times


def write() -> tuple[np.ndarray, np.ndarray]:
    """Write a time array and a value array."""
    return instants(), np.full(SECONDS * RATE, 8.0)


def record() -> tuple[np.ndarray, np.ndarray]:
    """Make the circuit, run it and record the voltage at its terminals."""
    loop, keeper = bench(BARE, OUTPUT, closed=SKIN)
    loop.drive(steps(600e-6, HALF_NS))
    keeper.advance(SECONDS * S)
    times = instants()
    return times, loop.history.sample(Quantity.VOLTAGE, 0, times)


def treat() -> float:
    """Run an hour of events and answer its mean; periods that repeat are solved once."""
    loop, keeper = bench(BARE, OUTPUT, closed=SKIN)
    loop.drive(steps(600e-6, HALF_NS))
    keeper.advance(HOUR * S)
    return loop.history.mean(Quantity.CURRENT, 0, HOUR * S)


def rise() -> float:
    """Run a minute in which no period is like another, because the level rises all the time."""
    loop, keeper = bench(BARE, OUTPUT, closed=SKIN)
    loop.drive(replace(steps(600e-6, HALF_NS), envelope=((0, 0.9), (60 * S, 1.0))))
    keeper.advance(60 * S)
    return loop.history.mean(Quantity.CURRENT, 0, 60 * S)


def main() -> None:
    """Print times and ratios."""
    low, high = (float(find(record()[1])) for find in (np.min, np.max))
    assert low < -8.0
    assert high > 8.0
    written_s, recorded_s = best_s(write, record)
    samples = SECONDS * RATE
    print(f"writing two arrays: {samples / written_s / 1e6:.0f} MS/s")
    print(f"recorded at compliance: {samples / recorded_s / 1e6:.0f} MS/s, {written_s / recorded_s:.2f} of it")
    treated_s, risen_s = best_s(treat, rise, rounds=3)
    print(f"events only, repeating: {HOUR / treated_s:.3g} simulated seconds per second")
    print(f"events only, no period like another: {60 / risen_s:.3g} simulated seconds per second")
    spice = single(
        "speed", Stage(8.0, 22.5e6, 245e-12), (500.0, (20e3, 50e-9)), square(600e-6, HALF_NS / S, 1e-6), NGSPICE_S
    )
    spice = replace(spice, step_s=1.0 / RATE)
    with tempfile.TemporaryDirectory() as folder:
        (spice_s,) = best_s(lambda: run(spice, Path(folder)), rounds=3)
    print(f"ngspice: {NGSPICE_S / spice_s:.3g} simulated seconds per second at 1 MS/s")
    print(f"recorded at 1 MS/s: {SECONDS / recorded_s / (NGSPICE_S / spice_s):.0f} times ngspice")


if __name__ == "__main__":
    main()
