"""What a unit takes for contact, and what it does when contact comes and goes, in whole runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.runs.support import at

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.runs.support import Run

pytestmark = pytest.mark.soak

PREFIX = "ch1-steady-"
LADDER, SKIN, LATENCY = "L01-positive-1M-sensing", "L10-positive-1k-adaptation", "L10-positive-10k-latency"
BOUNCES, MINUS = "L10-positive-10k-glide-bounces", "L10-positive-10k-electrode-minus"

SEEN_AT = [
    ("D51-insensitive", (LADDER,), {"contact.threshold", "contact.hysteresis", "contact.sense-period"}),
    ("D54", (SKIN,), {"contact.adaptation"}),
    ("D56", (BOUNCES, MINUS), {"anti-shock.glide"}),
]
"""Unit, operating points that show it, requirements that fail there."""

SEEN_TOO = [
    ("D51", (LADDER,), {"contact.threshold", "contact.hysteresis"}),
    ("D52", (LATENCY,), {"contact.latency"}),
    ("D52-jitters", (LADDER,), {"contact.sense-period"}),
]


@pytest.mark.parametrize(
    ("defect", "points", "failing"), [*SEEN_AT, *(pytest.param(*each, marks=pytest.mark.soak) for each in SEEN_TOO)]
)
def test_a_defect_of_the_contact_is_seen_where_it_shows(
    certify: Callable[..., Run], defect: str, points: tuple[str, ...], failing: set[str]
) -> None:
    """At the operating points that show a defect the unit fails what a person would name, and nothing else."""
    run = certify("--device=foreo-bear-2", f"--simulated-unit=foreo-bear-2-{defect}", *at(PREFIX, *points))
    assert run.code == 1, run.output
    assert run.failing == failing, run.output


def test_a_healthy_unit_that_adapts_passes(certify: Callable[..., Run]) -> None:
    """Three per cent about its level is adapting; each kind of point is taken once."""
    unit = "--simulated-unit=foreo-bear-2-adapts"
    run = certify("--device=foreo-bear-2", unit, "--seed=3", *at(PREFIX, LADDER, SKIN, BOUNCES, MINUS))
    assert {row["verdict"] for row in run.rows} <= {"PASS", "DISCLOSED"}, run.output
    seen = {row["requirement"] for row in run.rows}
    assert {"contact.threshold", "contact.hysteresis", "contact.sense-period", "contact.adaptation"} <= seen
    assert {"anti-shock.bounce", "anti-shock.glide"} <= seen
