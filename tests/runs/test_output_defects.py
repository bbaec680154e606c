"""Faults of levels, loads and charge are seen where they show, by what a person would name, and by nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.runs.support import at

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.runs.support import Run

BEAR, PANTHEON = "foreo-bear-2", "pantheon-clinical"

pytestmark = pytest.mark.soak

CHARGE = {"charge.balance", "charge.direct-current"}
SEEN_AT = [
    (BEAR, "D05", "ch1-steady-L00-positive-500R-zero-level", {"levels.linearity", "levels.steps"}),
    (PANTHEON, "D09", "ch1-square-L09-bipolar-0.5Hz-115k-regulation", {"load.regulation"}),
    (PANTHEON, "capacitor-shorted", "ch1-square-L01-bipolar-1500Hz-10k-charge", CHARGE),
]


@pytest.mark.parametrize(("device", "defect", "point", "failing"), SEEN_AT, ids=[line[1] for line in SEEN_AT])
def test_a_fault_is_seen_where_it_shows(
    certify: Callable[..., Run], device: str, defect: str, point: str, failing: set[str]
) -> None:
    """A bit that is dropped, a source that leaks, a direct current that passes: each fails its own requirement."""
    run = certify(f"--device={device}", f"--simulated-unit={device}-{defect}", *at("", point))
    assert run.failing == failing, run.output
