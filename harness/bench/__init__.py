"""Instruments, wiring, loads, time and safe state: what can be observed."""

from harness.bench.bench import Bench, BenchIdentity, open_bench
from harness.bench.expected import Expected, expected, expected_observation
from harness.bench.interrupts import OrderlyStop
from harness.bench.methods.shape import gated_frequency_hz
from harness.bench.paths import BenchData
from harness.bench.safe_state import SafeState

__all__ = [
    "Bench",
    "BenchData",
    "BenchIdentity",
    "Expected",
    "OrderlyStop",
    "SafeState",
    "expected",
    "expected_observation",
    "gated_frequency_hz",
    "open_bench",
]
