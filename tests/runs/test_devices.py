"""Each device of the checkout is certified as what it is, and a unit for TENS is refused as microcurrent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.definitions.document import LIBRARY
from tests.runs.support import at

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runs.support import Run

pytestmark = pytest.mark.soak

DEVICES = sorted(path.stem for path in (LIBRARY / "devices").glob("*.toml"))
TENS = ("--device=tens-reference", *at("ch1-conventional-L06-bipolar-", "150Hz-500R", "100Hz-500R-shape"))

PARTIAL = 16
"""Exit code of a run of some points in which nothing is wrong."""


def test_a_tens_unit_is_no_microcurrent_device(certify: Callable[..., Run]) -> None:
    """60 mA in pulses of 0.2 ms: within its own rows, and refused for current and for direction."""
    run = certify(*TENS)
    assert run.code == PARTIAL, run.output
    assert run.failing == set()
    for requirement in ("class.microcurrent-current", "class.microcurrent-polarity"):
        assert run.outcomes[requirement] == "NOT SUPPORTED"
    (current,) = (row for row in run.rows if row["quantity"] == "class.current-of-short-pulses")
    assert float(current["value"]) == pytest.approx(60e-3, rel=0.02)
    assert {row["verdict"] for row in run.rows if row["requirement"].startswith(("pulses.", "current."))} == {"PASS"}


def test_pulses_of_unlike_directions_fail(certify: Callable[..., Run], tmp_path: Path) -> None:
    """The negative pulse is 7 % too small: within the tolerance of a level, and a direct current of 0.1 mA."""
    unit = tmp_path / "lopsided.toml"
    unit.write_text('schema = 1\nextends = "tens-reference"\n\n[electronics]\nnegative_gain = 0.93\n', encoding="utf-8")
    run = certify(*TENS, f"--simulated-unit={unit}")
    assert run.code == 1
    assert run.failing == {"pulses.symmetry", "pulses.net-current"}


@pytest.mark.soak
@pytest.mark.parametrize("device", DEVICES)
def test_a_healthy_unit_of_each_device_passes(certify: Callable[..., Run], device: str) -> None:
    """A whole certification on the reference bench ends with PASS and exit code 0."""
    run = certify(f"--device={device}")
    assert run.code == 0, run.output
    assert ": PASS: " in run.last_line
