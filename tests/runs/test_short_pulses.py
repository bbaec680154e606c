"""Units of milliamperes in short pulses: what they spoil is the unit's fault, and is found."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.runs.support import at

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runs.support import Run

TENS = "ch1-conventional-L06-bipolar-"


def test_a_unit_that_goes_on_in_short_pulses_is_live(certify: Callable[..., Run], tmp_path: Path) -> None:
    """Pulses overload the range of the residual and have no mean: that is the unit's FAIL, no fault of the meter."""
    unit = tmp_path / "at-once.toml"
    text = 'schema = 1\nextends = "tens-reference"\n\n[power]\non_level = 3\non_output = true\n'
    unit.write_text(text, encoding="utf-8")
    run = certify("--device=tens-reference", f"--simulated-unit={unit}", *at(TENS, "10Hz-500R-power-on"))
    assert run.code == 1, run.output
    assert "power-on.state" in run.failing
    assert "ERROR" not in run.outcomes.values()


@pytest.mark.soak
@pytest.mark.parametrize(
    ("broken", "points", "requirement"),
    [
        ("[firmware]\ntimer_reload_error = 1", "150Hz-500R-shape", "shape.divider"),
        ("[timing]\nmissed_every = 50", "50Hz-500R-polled", "long.jitter"),
        ("[timing]\nmissed_every = 256", "100Hz-500R-long-full", "long.intervals"),
        (
            "[electronics]\nonly = [{ load_above_f = 1e-9, overshoot = 0.5, overshoot_s = 3e-4, ringing_hz = 2e5 }]",
            "100Hz-pads-shape",
            "shape.edges",
        ),
        ("[electronics]\noutput_resistance_ohm = 4000.0", "150Hz-skin1k-regulation", "load.compliance"),
    ],
)
def test_what_such_pulses_spoil_is_found(
    certify: Callable[..., Run], tmp_path: Path, broken: str, points: str, requirement: str
) -> None:
    """A divider off by one, pulses left out, ringing into skin, a source that gives way under load."""
    unit = tmp_path / "broken.toml"
    unit.write_text(f'schema = 1\nextends = "tens-reference"\n\n{broken}\n', encoding="utf-8")
    run = certify("--device=tens-reference", f"--simulated-unit={unit}", *at(TENS, points))
    assert run.code == 1, run.output
    assert requirement in run.failing
