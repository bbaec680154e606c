"""Fixtures that start the real simulation as a process of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.simulation.client import BENCH, Simulation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def simulation() -> Iterator[Simulation]:
    """A fresh simulation on the virtual clock."""
    with Simulation() as running:
        yield running


@pytest.fixture(scope="module")
def shared() -> Iterator[Simulation]:
    """One simulation for all tests of a module that only talk to instruments."""
    with Simulation() as running:
        yield running


@pytest.fixture
def whole_bench() -> Iterator[Simulation]:
    """The reference bench with everything that it has, and the healthy unit."""
    with Simulation(bench=BENCH) as running:
        yield running


@pytest.fixture
def exact_unit(tmp_path: Path) -> Path:
    """A unit without spread, so that its current is known: level 1 is 100 uA, level 2 is 1 mA, no rise."""
    path = tmp_path / "exact.toml"
    path.write_text(
        """
        device = "exact"
        [identity]
        maker = "M"
        model = "X"
        serial_number = "SIM-1"
        firmware = "1"
        [electronics]
        compliance_v = 24.0
        output_resistance_ohm = 1e7
        [firmware]
        levels_a = [100e-6, 1e-3]
        watchdog_s = 3.0
        [[firmware.modes]]
        name = "steady"
        waveform = "dc"
        alternation_period_s = 1.0
        [[firmware.modes]]
        name = "other"
        waveform = "dc"
        alternation_period_s = 1.0
        """,
        encoding="utf-8",
    )
    return path
