"""Misuse of every port: nothing ends, nothing hangs, nothing grows, and the error queue says what happened."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.simulation import fuzz
from tests.simulation.client import BENCH, Simulation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SHORT_BYTES = 24e6
"""Within a minute: what is kept of the past, some 15 MB, and what the allocator holds for threads."""
SOAK_BYTES = 64e6
"""However long it lasts: the same, and the generator's memory full with a million points of each channel."""


def await_that(condition: Callable[[], bool]) -> None:
    """Return when it holds: threads of clients that have gone are about to end."""
    deadline = time.monotonic() + 20.0
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_sound(simulation: Simulation) -> None:
    """Assert that every port answers a newcomer at once, and that mistakes are told."""
    assert simulation.process.poll() is None, "the simulation has ended"
    simulation.control("fault", clear=True)
    simulation.control("time")
    for role, at in simulation.ready["instruments"].items():
        line = simulation.connect(at)
        line.write("*CLS;*ESE 0;*SRE 0")
        line.write("FOO:BAR")
        assert line.query("SYST:ERR?").startswith('-113,"Undefined header'), role
        assert line.query("SYST:ERR?").startswith('+0,"No error"'), role
        line.close()
    simulation.stimulator.send(b"\n")  # ends what was left half
    before = simulation.control("state")["messages"]["stimulator"]
    simulation.stimulator.send(b"0001 HELLO*7242\n")
    await_that(lambda: simulation.control("state")["messages"]["stimulator"] > before)
    assert simulation.open_stimulator().query("HELLO").startswith("OK")


def attacked(seconds: float, seed: int, errors: Path, *, most_bytes: float) -> None:
    """Attack a whole bench, then see that it is as sound as before."""
    with errors.open("wb") as log, Simulation(f"--seed={seed}", bench=BENCH, errors=log) as simulation:
        pid = simulation.process.pid
        for role in simulation.ready["instruments"]:
            simulation.instrument(role).query("*OPC?")  # now its thread is there
        before = fuzz.threads(pid), fuzz.descriptors(pid)
        attack = fuzz.Attack(simulation, seed)
        attack.run(seconds * 0.3)
        warm = fuzz.resident_bytes(pid)
        attack.run(seconds * 0.7)
        attack.close()
        await_that(lambda: (fuzz.threads(pid), fuzz.descriptors(pid)) == before)
        is_sound(simulation)
        grown = fuzz.resident_bytes(pid) - warm
    assert errors.read_text(encoding="utf-8") == ""
    assert grown < most_bytes
    assert attack.kills >= 2 * seconds


@pytest.mark.parametrize("seconds", [12.0, pytest.param(60.0, marks=pytest.mark.soak)])
def test_nonsense_leaves_a_sound_bench(tmp_path: Path, seconds: float) -> None:
    """Eight clients, the control port and the serial line for so long: no crash, no hang, memory flat."""
    attacked(seconds, 1, tmp_path / "errors.txt", most_bytes=SHORT_BYTES)


@pytest.mark.soak
@pytest.mark.parametrize("seed", [2])
def test_ten_minutes_of_nonsense_leave_a_sound_bench(tmp_path: Path, seed: int) -> None:
    """The same for ten minutes, from another seed."""
    attacked(600.0, seed, tmp_path / "errors.txt", most_bytes=SOAK_BYTES)
