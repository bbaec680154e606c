"""The circuit against ngspice, an independent program."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from tests.simulation.spice import PROGRAM, Circuit, compare
from tests.simulation.spice_circuits import CIRCUITS

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 1e-3
"""Of the amplitude."""


@pytest.mark.skipif(shutil.which(PROGRAM) is None, reason="ngspice is not installed: apt-get install ngspice")
@pytest.mark.parametrize("circuit", CIRCUITS, ids=lambda circuit: circuit.name)
def test_the_simulation_and_ngspice_agree(circuit: Circuit, tmp_path: Path) -> None:
    """At each of ngspice's own time points both give the same, within 0.1 % of the amplitude."""
    difference = compare(circuit, tmp_path)
    assert difference.points > 10_000
    assert min(difference.amplitudes) > 0.0
    assert difference.share <= LARGEST


def test_there_are_enough_circuits() -> None:
    """At least twelve, each with a name of its own."""
    assert len({circuit.name for circuit in CIRCUITS}) == len(CIRCUITS) >= 12
