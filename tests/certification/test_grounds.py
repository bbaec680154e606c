"""A value of a profile or a bench that changed makes suspect what was derived from it, and nothing else."""

from __future__ import annotations

import shutil
from functools import cache
from typing import TYPE_CHECKING

import pytest

from harness.certification.grounds import Grounds, changed_grounds
from harness.certification.inputs import bench_data, present_bench
from harness.certification.plan import PlannedRow
from harness.definitions.accuracy import load_accuracy
from harness.definitions.benches import load_bench
from harness.definitions.devices import load_device
from harness.definitions.document import LIBRARY
from harness.definitions.requirements import load_requirements

if TYPE_CHECKING:
    from pathlib import Path

    from harness.bench import BenchData
    from harness.definitions.devices import DeviceProfile

CURRENT, POWER, THRESHOLD = "current.accuracy", "fda.power-density", "contact.threshold"
DRIFT = "drift.current"
CHOSEN = {
    CURRENT: "ch1-steady-L10-positive-10k",
    POWER: "ch1-steady-L10-bipolar-1Hz-500R-table",
    THRESHOLD: "ch1-steady-L01-positive-1M-sensing",
    DRIFT: "ch1-steady-L10-bipolar-1Hz-10k-drift",
}
"""Requirements, each with a point at which it has a value."""


@cache
def profile() -> DeviceProfile:
    """The FOREO BEAR 2 of the checkout."""
    return load_device("foreo-bear-2")[0]


@cache
def then() -> Grounds:
    """It, on the bench of the checkout."""
    return Grounds.of(profile(), kept())


@cache
def kept() -> BenchData:
    """The bench of the checkout."""
    bench, files = load_bench("simulated")
    accuracies = [load_accuracy(name)[0] for name in ("keysight-34465a", "keysight-dsox1204g")]
    return bench_data(profile(), bench, files[0], *accuracies)


@cache
def planned() -> tuple[PlannedRow, ...]:
    """Rows of a few requirements, each at one point."""
    requirements = [each.of(profile()) for each in load_requirements()[0] if each.id in CHOSEN]
    return tuple(
        PlannedRow(requirement.id, row.quantity, point, None, None, None)
        for requirement in requirements
        for point in (then().points[CHOSEN[requirement.id]],)
        for row in requirement.rows_at(point, profile())
    )


def suspect(folder: Path, kind: str, name: str, old: str, new: str) -> set[str]:
    """What is suspect after one change to a file of the checkout."""
    for each in ("devices", "benches", "instruments"):
        shutil.copytree(LIBRARY / each, folder / each)
    path = folder / kind / f"{name}.toml"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    today = load_device(str(folder / "devices" / "foreo-bear-2.toml"))[0]
    requirements = [each.of(today) for each in load_requirements()[0] if each.id in CHOSEN]
    now = Grounds.of(today, present_bench(kept(), folder, today))
    return set(changed_grounds(planned(), requirements, then(), now))


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        # The top level is another setting for what is taken there.
        ("612e-6, 680e-6]", "612e-6, 670e-6]", {CURRENT, POWER, DRIFT}),
        # An area is in the power density only,
        ("[electrode_area_m2]\nvalue = 1e-4", "[electrode_area_m2]\nvalue = 2e-4", {POWER}),
        # a threshold where contact is found,
        ("touch_below_ohm = { value = 200e3", "touch_below_ohm = { value = 150e3", {THRESHOLD}),
        # and ten minutes, which stand in no limit, in the drift.
        ("drift_s = { value = 600.0", "drift_s = { value = 300.0", {DRIFT}),
        # What is said of a figure changes none.
        ('title = "FOREO BEAR 2, facial toner"', 'title = "another"', set()),
        ('source = "no figure published; one square', 'source = "measured; one square', set()),
        ("# The anti-shock", "# The anti-shock of it", set()),
    ],
)
def test_a_change_of_the_profile(tmp_path: Path, old: str, new: str, found: set[str]) -> None:
    """Level, area, threshold and duration; not title, source and comment."""
    assert suspect(tmp_path, "devices", "foreo-bear-2", old, new) == found


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        # The load of 500 Ω, and not that of 10 kΩ.
        ("stated_ohm = 500.0\nresistance_ohm = 250.0", "stated_ohm = 510.0\nresistance_ohm = 260.0", {POWER}),
        # A slip in a certificate's value, of the resistor that goes with 500 Ω; a new certificate is a new calibration.
        ("resistance_ohm = 99.991", "resistance_ohm = 99.91", {POWER}),
        ('certificate = "SIM-RES-0103"', 'certificate = "SIM-RES-0203"', set()),
        ("calibration_due_in_days = 214", "calibration_due_in_days = 14", set()),
        ("channels = [103]", "channels = [319]", set()),
    ],
)
def test_a_change_of_the_bench(tmp_path: Path, old: str, new: str, found: set[str]) -> None:
    """A load, a resistor; not a due date, a new certificate, or the channel that something is wired to."""
    assert suspect(tmp_path, "benches", "simulated", old, new) == found


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        # The first row is that of the range of 0.1 V, on which every observation reads its residual current.
        ("percent_of_reading = 0.0050", "percent_of_reading = 0.0060", set(CHOSEN)),
        # On that of 1 V it reads 680 µA through 1 kΩ, on that of 10 V currents through 10 kΩ.
        ("percent_of_reading = 0.0040", "percent_of_reading = 0.0050", {CURRENT, DRIFT}),
        ("percent_of_reading = 0.0035", "percent_of_reading = 0.0045", {THRESHOLD}),
        ('June 20 2022 (34461A rows as a bound)"', 'October 1 2024 (34461A rows as a bound)"', set()),
    ],
)
def test_a_change_of_accuracy_data(tmp_path: Path, old: str, new: str, found: set[str]) -> None:
    """A figure of the multimeter makes suspect what was read with it; where it is printed does not."""
    assert suspect(tmp_path, "instruments", "keysight-34465a", old, new) == found
