"""The plan of a run: every point, every value, and T/U before the unit is touched."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.certification import make_plan
from harness.definitions.devices import load_device
from harness.definitions.document import LIBRARY
from harness.definitions.requirements import load_requirements
from harness.errors import DefinitionError
from harness.setpoint import Polarity
from tests.examples import bench_data

if TYPE_CHECKING:
    from pathlib import Path

    from harness.certification import Plan

BENCH = (LIBRARY / "benches" / "simulated.toml").read_text(encoding="utf-8")
DEVICE = (LIBRARY / "devices" / "foreo-bear-2.toml").read_text(encoding="utf-8")
REQUIREMENTS = (LIBRARY / "requirements" / "output.toml").read_text(encoding="utf-8")


def planned(bench: str = "simulated", device: str = "foreo-bear-2", requirements: Path | None = None) -> Plan:
    """The plan of these files."""
    folder = LIBRARY / "requirements" if requirements is None else requirements
    return make_plan(load_device(device)[0], bench_data(bench, device), load_requirements(folder)[0], "requirements")


@pytest.fixture(scope="module")
def plan() -> Plan:
    """The plan of the checkout's files."""
    return planned()


def test_every_operating_point_is_planned(plan: Plan) -> None:
    """Three loads, three polarities and ten levels are ninety points, each once."""
    assert len({point.key for point in plan.points}) == len(plan.points) == 90
    assert {point.load_ohm for point in plan.points} == {500.0, 2000.0, 10_000.0}
    assert plan.not_tested == ()


def test_every_value_is_planned(plan: Plan) -> None:
    """Each phase has an accuracy and a direction, and each point a residual: 2 x 120 + 90 values."""
    phases = sum(len(point.setpoint.polarity.phases) for point in plan.points)
    assert phases == 120
    assert len(plan.rows) == 2 * phases + 90
    assert len({(row.requirement, row.quantity, row.point.key) for row in plan.rows}) == len(plan.rows)


def test_a_production_line_takes_both_ends(plan: Plan) -> None:
    """The short selection holds the lowest and the highest level at every load and polarity."""
    short = [point for point in plan.points if point.production]
    assert {point.setpoint.level for point in short} == {1, 10}
    assert len(short) == 18


def test_capability_by_hand(plan: Plan) -> None:
    """At 68 µA on 1 kΩ T is 6.8 µA, and U follows from the published row and the bench file's bounds within 5 %."""
    point = next(point for point in plan.points if point.key == "ch1-steady-L01-positive-10k")
    row = plan.row("current.accuracy", "current.positive-plateau", point)
    assert row is not None
    volts, ohms = 68e-6 * 999.962, 999.962
    # The ceiling of 1000 µA, with its reserve, needs the range of 1 V: 0.0040 % of reading, 0.0007 % of range, k = 2.
    accuracy = (0.0040e-2 * volts + 0.0007e-2 * 1.0) / 2 / ohms
    others = (
        0.5e-6 / math.sqrt(3) / ohms,
        2e-7 * 1e-3 / math.sqrt(3),
        68e-6 * 0.05 / 999.962,
        68e-6 * 25e-6 / math.sqrt(3),
        68e-6 * ohms / 1e10 / math.sqrt(3),
    )
    expected = 2 * math.sqrt(accuracy**2 + sum(part**2 for part in others))
    assert row.limit.half_width == pytest.approx(6.8e-6)
    assert row.uncertainty == pytest.approx(expected, rel=0.05)
    assert row.capability == pytest.approx(6.8e-6 / row.uncertainty)


def test_the_bench_of_the_checkout_is_good_enough(plan: Plan) -> None:
    """Every value is planned with T/U of at least 6, as a rated point demands."""
    assert all(row.rated and row.decidable for row in plan.rows)


@pytest.mark.parametrize(
    ("capability", "decidable", "rated"),
    [(1.49, False, False), (1.5, True, False), (5.99, True, False), (6.0, True, True)],
)
def test_what_a_bench_can_decide(plan: Plan, *, capability: float, decidable: bool, rated: bool) -> None:
    """Below T/U = 1.5 nothing is decided, from 6 a point is rated."""
    row = replace(plan.rows[0], capability=capability)
    assert (row.decidable, row.rated) == (decidable, rated)


def test_the_certifiable_band(plan: Plan) -> None:
    """A healthy unit keeps four planned U from each limit."""
    point = next(point for point in plan.points if point.key == "ch1-steady-L10-positive-10k")
    row = plan.row("current.accuracy", "current.positive-plateau", point)
    assert row is not None
    assert replace(row, uncertainty=1e-6).certifiable == "616.0 µA to 744.0 µA"


def test_a_row_outside_the_plan_is_not_found(plan: Plan) -> None:
    """A phase that a point does not have is not in the plan."""
    point = next(point for point in plan.points if point.setpoint.polarity is Polarity.POSITIVE)
    assert plan.row("current.accuracy", "current.negative-plateau", point) is None


def test_a_load_that_the_bench_has_not_is_not_tested(tmp_path: Path) -> None:
    """A point that the profile asks for and the bench cannot take leaves every requirement NOT TESTED."""
    device = tmp_path / "device.toml"
    device.write_text(DEVICE.replace('"500R", "2k", "10k"', '"10k", "1M"'), encoding="utf-8")
    plan = planned(device=str(device))
    assert {point.load for point in plan.points} == {"10k"}
    assert dict(plan.not_tested) == dict.fromkeys(
        ("current.accuracy", "polarity.sign", "off.residual"), "this bench has no load 1M"
    )


def test_a_bench_without_any_of_the_loads_is_refused(tmp_path: Path) -> None:
    """Nothing to test is no plan."""
    device = tmp_path / "device.toml"
    device.write_text(DEVICE.replace('"500R", "2k", "10k"', '"1M"'), encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"simulated\.toml: loads: has none of the loads"):
        planned(device=str(device))


def test_an_unknown_measurand_is_refused(tmp_path: Path) -> None:
    """A row that names no measurand is refused by file and key, with the known ones."""
    text = REQUIREMENTS.replace('measurand = "residual-current"', 'measurand = "residual"')
    (tmp_path / "output.toml").write_text(text, encoding="utf-8")
    with pytest.raises(
        DefinitionError,
        match=r"^requirements: off\.residual\.off\.residual-current\.measurand: 'residual' is no measurand; known are ",
    ):
        planned(requirements=tmp_path)


def test_a_worse_bench_plans_more_uncertainty(tmp_path: Path, plan: Plan) -> None:
    """An influence of the bench file that grows makes every planned U of a current larger."""
    bench = tmp_path / "bench.toml"
    bench.write_text(BENCH.replace("mains_pickup_a = 2e-7", "mains_pickup_a = 2e-3"), encoding="utf-8")
    worse = planned(bench=str(bench))
    assert all(after.uncertainty > before.uncertainty for before, after in zip(plan.rows, worse.rows, strict=True))


def test_a_signal_beyond_every_range_is_refused(tmp_path: Path) -> None:
    """A resistor on which the device's ceiling would overload every range is refused before the unit is touched."""
    device = tmp_path / "device.toml"
    assert "value = 1000e-6" in DEVICE
    device.write_text(DEVICE.replace("value = 1000e-6", "value = 50e-3"), encoding="utf-8")
    with pytest.raises(DefinitionError, match=r"no range of the multimeter holds .* V across RM1k"):
        planned(device=str(device))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('quantity = "current.negative-plateau"', 'quantity = "current.positive-plateau"'),
        ('phase = "positive"', 'phase = "postive"'),
        ('phase = "positive"', 'phase = "bipolar"'),
        ('phase = "positive"', 'phse = "positive"'),
        ("arguments = {}", 'arguments = { foo = "bar" }'),
        ('unit = "A"', 'unit = "V"'),
        ('profile = "residual_a"', 'profile = "residual_a.foo"'),
    ],
    ids=[
        "a quantity twice",
        "phase misspelt",
        "phase bipolar",
        "argument misspelt",
        "unknown argument",
        "wrong unit",
        "path too long",
    ],
)
def test_a_row_that_would_never_be_judged_as_written_is_refused(tmp_path: Path, old: str, new: str) -> None:
    """A row that cannot be judged as it is written is found before the unit is touched."""
    assert old in REQUIREMENTS
    (tmp_path / "output.toml").write_text(REQUIREMENTS.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DefinitionError):
        planned(requirements=tmp_path)


def test_a_bench_without_the_safe_load_is_refused(tmp_path: Path) -> None:
    """Without 10 kΩ no residual can be read, and that is said before the unit is touched."""
    bench = tmp_path / "bench.toml"
    bench.write_text(
        BENCH[: BENCH.index('[[loads]]\nname = "10k"')] + BENCH[BENCH.index("[influences]") :], encoding="utf-8"
    )
    with pytest.raises(DefinitionError):
        planned(bench=str(bench))
