"""Units with several small faults of power, session and panel, each seen by the requirement that is about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.examples import toned_device
from tests.runs.support import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.runs.support import Run

pytestmark = pytest.mark.soak

UNITS = ROOT / "fixtures/units"
POWER = ("hang", "host-silent", "battery", "brown-out", "power-on", "charging", "motor", "mains", "supply", "tone")

# A flag that is late by 0.3 V, level 1 after a restart, a run time that is 2 % fast, an edge that costs 0.3 µC.
CLINICAL = """schema = 1
extends = "pantheon-clinical-tone"
defect = "several"

[electronics]
shoot_through_c = 0.3e-6
hum_a = 4e-6
hum_hz = 50.0

[power]
low_v = 10.7
on_level = 1
on_output = true

[display]
run_time_error = 0.02

[supervision]
watchdog_acts = false
"""

# 2 µA of the motor, 3 µA while charging, a level that comes back, a session that ends 6 % early and goes on with 2 µA.
BEAR = """schema = 1
extends = "foreo-bear-2"
defect = "several"

[electronics]
motor_hum_a = 2e-6

[power]
restart = "resumes"

[session]
error = -0.06
residual_a = 2e-6

[[electronics.only]]
charging = true
off_leakage_a = 3e-6
"""


def small_faults(folder: Path, name: str, text: str) -> str:
    """A unit file beside copies of those that it extends."""
    for path in UNITS.glob(f"{name}*.toml"):
        (folder / path.name).write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    path = folder / f"{name}-several.toml"
    path.write_text(text, encoding="utf-8")
    return f"--simulated-unit={path}"


def judged(run: Run) -> dict[str, str]:
    """What came of the requirements that were judged."""
    return {name: outcome for name, outcome in run.outcomes.items() if not outcome.startswith("NOT ")}


def test_small_faults_of_a_clinical_unit(certify: Callable[..., Run], tmp_path: Path) -> None:
    """Each small fault fails its own requirement; what is healthy passes beside it."""
    keys = " or ".join(f"-{name}" for name in ("display", *POWER))
    unit = small_faults(tmp_path, "pantheon-clinical", CLINICAL)
    device = f"--device={toned_device(tmp_path)}"
    found = judged(certify(device, unit, "-k", f"test_power_ and ({keys})"))
    failing = {name for name, outcome in found.items() if outcome == "FAIL"}
    assert failing == {
        "battery.flag", "battery.restart", "power-on.state", "display.run-time", "supply.edges", "watchdog.host",
        "motor.coupling",
    }  # fmt: skip
    assert {name for name, outcome in found.items() if outcome == "PASS"} >= {
        "watchdog.hang", "battery.output", "supply.current", "tone.contact", "tone.pitch",
        "tone.latency",
    }  # fmt: skip


def test_small_faults_of_a_facial_toner(certify: Callable[..., Run], tmp_path: Path) -> None:
    """Each small fault fails its own requirement; what is healthy passes beside it."""
    keys = " or ".join(f"-{name}" for name in ("session", "brown-out", "charging", "motor"))
    unit = small_faults(tmp_path, "foreo-bear-2", BEAR)
    found = judged(certify("--device=foreo-bear-2", unit, "-k", f"test_power_ and ({keys})"))
    assert found == {
        "session.shut-off": "FAIL",
        "session.residual": "FAIL",
        "battery.brown-out": "PASS",
        "battery.restart": "FAIL",
        "charging.lock-out": "FAIL",
        "motor.coupling": "FAIL",
    }
