"""Analysis of a record of 10 million samples against one numpy pass of min, max and sum: ratios, in one run.

python benchmarks/waveform_analysis.py [ROUNDS]
"""

from __future__ import annotations

import statistics
import sys
import time
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np

from harness.waveform import analyze, pulse_parameters
from harness.waveform.aberrations import Grain, Step, aberration_percent
from harness.waveform.recognition import recognise
from harness.waveform.survey import survey
from harness.waveform.transitions import smoothed_spans

if TYPE_CHECKING:
    from collections.abc import Callable

SAMPLES = 10_000_000
INTERVAL_S = 1e-6
MOST = {"dense": 8.0, "sparse": 2.0, "sparse, noisy": 2.0}
MEMORY = 2.0
"""Most additional memory, in sizes of the record."""


def rectangle(period: int) -> np.ndarray:
    """Return a rectangle of half duty with edges of nine samples."""
    record = ((np.arange(SAMPLES) % period) < period // 2).astype(np.float64)
    return np.convolve(record, np.full(9, 1 / 9), mode="same")


def records() -> dict[str, np.ndarray]:
    """Return the records: 1000 samples a period in 8 bits; sparse edges and flat tops, without and with noise."""
    rng = np.random.default_rng(1)
    dense = rectangle(1000) + rng.normal(0, 0.01, SAMPLES)
    sparse = rectangle(2_000_000)
    return {
        "dense": np.round(dense * 200) / 200,
        "sparse": sparse,
        "sparse, noisy": sparse + rng.normal(0, 0.001, SAMPLES),
    }


def one_pass(record: np.ndarray) -> None:
    """Take min, max and sum, once each."""
    record.min()
    record.max()
    record.sum()


def core(record: np.ndarray) -> None:
    """Find state levels, transitions, their durations and their overshoot."""
    found = recognise(survey(record))
    low, high = found.active
    for rising in (True, False):
        edges = found.edges.chosen(found.edges.rising == rising)
        spans = smoothed_spans(found.clean.record, edges, low, high, found.states.noise)
        step = Step(edges, spans, low, high)
        aberration_percent(record, step, "overshoot", Grain(found.states.noise, found.code, found.code / 2, 0.0))


def seconds(work: Callable[[np.ndarray], object], record: np.ndarray) -> float:
    """Processor time of one call, s: it does not count what else a machine does."""
    start = time.process_time()
    work(record)
    return time.process_time() - start


def peak_memory(work: Callable[[np.ndarray], object], record: np.ndarray) -> float:
    """Most memory that a call holds in addition, in sizes of the record."""
    tracemalloc.start()
    work(record)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / record.nbytes


def main() -> None:
    """Time each kind of analysis by turns with the pass that it is measured in."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    works: dict[str, Callable[[np.ndarray], object]] = {
        "levels, transitions, durations, overshoot": core,
        "analyze": lambda record: analyze(record, INTERVAL_S),
        "pulse_parameters": lambda record: pulse_parameters(record, INTERVAL_S),
    }
    for name, record in records().items():
        for title, work in works.items():
            pairs = [(seconds(one_pass, record), seconds(work, record)) for _ in range(rounds)]
            ratio = statistics.median(mine / base for base, mine in pairs)
            base = statistics.median(base for base, _ in pairs)
            limit = f", at most {MOST[name]:g}" if work is core else ""
            memory = peak_memory(work, record)
            print(
                f"{name}: {title}: {ratio:.1f} times one pass of {1e3 * base:.1f} ms{limit}; "
                f"memory {memory:.2f} records, at most {MEMORY:g}"
            )


if __name__ == "__main__":
    main()
