"""The plan of a run: every point, every value, and T/U before the unit is touched."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.certification import make_plan
from harness.certification.plan import NOWHERE, OF_LONGER_PULSES, UNPLANNED
from harness.definitions.devices import load_device
from harness.definitions.document import LIBRARY
from harness.definitions.requirements import load_requirements
from harness.errors import DefinitionError
from harness.measurands.registry import register
from harness.setpoint import LINE, Method, Polarity
from harness.verdict import Limit
from tests.examples import REQUIREMENTS, bench_data, measurement

if TYPE_CHECKING:
    from pathlib import Path

    from harness.capture import Observation
    from harness.certification import Plan
    from harness.quantity import Derivation, Measurement
    from harness.setpoint import OperatingPoint

BENCH = (LIBRARY / "benches" / "simulated.toml").read_text(encoding="utf-8")
DEVICE = (LIBRARY / "devices" / "foreo-bear-2.toml").read_text(encoding="utf-8")
TEXT = (REQUIREMENTS / "output.toml").read_text(encoding="utf-8")


def planned(bench: str = "simulated", device: str = "foreo-bear-2", requirements: Path | None = None) -> Plan:
    """The plan of these files."""
    folder = REQUIREMENTS if requirements is None else requirements
    return make_plan(load_device(device)[0], bench_data(bench, device), load_requirements(folder)[0], "requirements")


@pytest.fixture(scope="module")
def plan() -> Plan:
    """The plan of the checkout's files."""
    return planned()


def steady(plan: Plan) -> list[OperatingPoint]:
    """The points of the mode `steady` that are read in their plateaus."""
    read = [p for p in plan.points if p.method is Method.STEADY and p.variant != LINE]
    return [p for p in read if p.setpoint.mode == "steady"]


def test_every_operating_point_is_planned(plan: Plan) -> None:
    """Three loads, three polarities and ten levels of the mode `steady` make ninety points, and no key stands twice."""
    assert len({point.key for point in plan.points}) == len(plan.points)
    assert len(steady(plan)) == 90
    assert {point.load_ohm for point in steady(plan)} == {500.0, 2000.0, 10_000.0}
    assert (plan.not_tested, plan.not_applicable) == ((), ())


def test_every_value_is_planned(plan: Plan) -> None:
    """Each phase has an accuracy and a direction, and each point a residual; at points of other methods nothing."""
    read = [point for point in plan.points if point.method is Method.STEADY]
    phases = sum(len(point.setpoint.polarity.phases) for point in read)
    assert len(plan.rows) == 2 * phases + len(read)
    assert {row.point.method for row in plan.rows} == {Method.STEADY}
    assert len({(row.requirement, row.quantity, row.point.key) for row in plan.rows}) == len(plan.rows)


def test_values_stand_in_the_order_of_a_run(plan: Plan) -> None:
    """Rows are ordered by point, and within a point as their files are."""
    order = {point.key: number for number, point in enumerate(plan.points)}
    places = [order[row.point.key] for row in plan.rows]
    assert places == sorted(places)
    assert [row.requirement for row in plan.rows[:3]] == ["current.accuracy", "polarity.sign", "off.residual"]


def test_a_production_line_takes_both_ends(plan: Plan) -> None:
    """The short selection reads the lowest and the highest level in both directions, and the highest into 500 Ω."""
    short = [point for point in plan.points if point.production and point.method is Method.STEADY]
    assert {(p.setpoint.level, p.setpoint.polarity.value, p.load) for p in short} == {
        (1, "positive", "10k"),
        (1, "negative", "10k"),
        (10, "positive", "10k"),
        (10, "negative", "10k"),
        (10, "positive", "500R"),
    }
    assert not any(point.production for point in steady(plan))


def test_the_highest_level_is_the_first_of_all(plan: Plan) -> None:
    """No other point tells so soon that a unit is dead, or wired the wrong way round."""
    assert plan.points[0].key == "ch1-steady-L10-positive-10k-line"


def test_the_points_of_a_requirement(plan: Plan) -> None:
    """A suite takes the points at which its requirement has a value, and no others."""
    assert plan.points_of("off.residual") == tuple(p for p in plan.points if p.method is Method.STEADY)
    assert plan.points_of("nobody") == ()


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
    assert replace(row, uncertainty=17e-6).certifiable == "none: U is too large"
    for limit, words in (((None, 748e-6), "at most 744.0 µA"), ((612e-6, None), "at least 616.0 µA")):
        one_sided = replace(row, limit=Limit("A", *limit, 680e-6), uncertainty=1e-6)
        assert one_sided.certifiable == words


def test_a_row_outside_the_plan_is_not_found(plan: Plan) -> None:
    """A phase that a point does not have is not in the plan."""
    point = next(point for point in plan.points if point.setpoint.polarity is Polarity.POSITIVE)
    assert plan.row("current.accuracy", "current.negative-plateau", point) is None


def test_a_load_that_the_bench_has_not_is_not_tested(tmp_path: Path) -> None:
    """A point that the profile asks for and the bench cannot take leaves every requirement NOT TESTED."""
    device = tmp_path / "device.toml"
    device.write_text(DEVICE.replace('"500R", "2k", "10k"', '"10k", "47k"'), encoding="utf-8")
    plan = planned(device=str(device))
    assert {point.load for point in plan.points_of("current.accuracy")} == {"10k"}
    assert dict(plan.not_tested) == dict.fromkeys(
        ("current.accuracy", "polarity.sign", "off.residual"), "this bench has no load 47k"
    )


def test_a_bench_without_any_of_the_loads_is_refused(tmp_path: Path) -> None:
    """A bench that has none of the loads of a device is the wrong file, and is named."""
    device = tmp_path / "device.toml"
    device.write_text(DEVICE.replace('"500R", "2k", "10k"', '"47k"'), encoding="utf-8")
    with pytest.raises(DefinitionError, match="has none of the loads that the device profile asks for"):
        planned(device=str(device))


def test_two_points_of_one_key_are_refused() -> None:
    """What two operating points would be recorded by one key is no plan, whoever made the profile."""
    profile = load_device("pantheon-clinical")[0]
    square = profile.mode("square")
    assert square.frequencies_hz is not None
    close = square.frequencies_hz.model_copy(update={"value": (5.0, 5.000001)})
    profile = profile.model_copy(update={"modes": (square.model_copy(update={"frequencies_hz": close}),)})
    with pytest.raises(DefinitionError, match=r"modes: two operating points have the key ch1-square-.*-5Hz-.*; move"):
        make_plan(profile, bench_data(device="pantheon-clinical"), load_requirements(REQUIREMENTS)[0], "requirements")


def test_an_unknown_measurand_is_refused(tmp_path: Path) -> None:
    """A row that names no measurand is refused by file and key, with the known ones."""
    text = TEXT.replace('measurand = "residual-current"', 'measurand = "residual"')
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
    assert old in TEXT
    (tmp_path / "output.toml").write_text(TEXT.replace(old, new, 1), encoding="utf-8")
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


def with_rows(device: str, *rows: dict[str, object], **changes: object) -> Plan:
    """The plan of one requirement, with a changed copy of the row of the residual for each of these."""
    requirement = next(item for item in load_requirements(REQUIREMENTS)[0] if item.id == "off.residual")
    base = requirement.rows[0]
    changed = tuple(base.model_copy(update={"quantity": f"q{number}", **row}) for number, row in enumerate(rows))
    capabilities = changes.pop("bench", None)
    data = bench_data(device=device)
    if capabilities is not None:
        data = replace(data, definition=data.definition.model_copy(update=capabilities))
    whole = requirement.model_copy(update={"rows": changed, **changes})
    return make_plan(load_device(device)[0], data, [whole], "requirements")


NO_CONTACT = {"contact_switch": None}
SERIES = {"measurand": "test-series", "series": "frequencies", "methods": (Method.SHAPE,), "loads": ("47k",)}


@pytest.mark.parametrize(
    ("device", "row", "changes", "not_tested", "not_applicable"),
    [
        ("pantheon-clinical", {}, {"needs": "trip"}, "", "the profile declares no trip"),
        ("pantheon-clinical", {}, {"needs": "contact", "bench": NO_CONTACT}, "", "the profile declares no contact"),
        ("pantheon-clinical", {"waveforms": ("pulses",)}, {}, "", NOWHERE),
        ("foreo-bear-2", {"waveforms": ("pulses",)}, {}, UNPLANNED, ""),
        ("foreo-bear-2", {"waveforms": ("square",), "polarities": (Polarity.POSITIVE,)}, {}, "", NOWHERE),
        ("foreo-bear-2", {"waveforms": ("square",)} | SERIES, {}, "", NOWHERE),
        ("foreo-bear-2", {"waveforms": ("staircase",)} | SERIES, {}, UNPLANNED, ""),
        ("foreo-bear-2", {"loads": ("47k",)}, {}, "", NOWHERE),
        ("foreo-bear-2", {"loads": ("47k",), "methods": (Method.OFF,)}, {}, UNPLANNED, ""),
        ("foreo-bear-2", {"methods": (Method.GAP,), "variants": ("7ms",)}, {}, UNPLANNED, ""),
        ("pantheon-clinical", {"methods": (Method.GAP,), "variants": ("7ms",)}, {}, "", NOWHERE),
        ("tens-reference", {"methods": (Method.BACK_DRIVE,)}, {}, "", OF_LONGER_PULSES),
        ("tens-reference", {"methods": (Method.GAP,), "variants": ("7ms",)}, {}, "", NOWHERE),
        ("foreo-bear-2", {}, {"capabilities": ("contact-timing",)}, "", ""),
        (
            "foreo-bear-2",
            {},
            {"capabilities": ("contact-timing", "electrode-relay"), "bench": NO_CONTACT},
            "this bench lacks contact-timing",
            "",
        ),
        ("foreo-bear-2", {"methods": (Method.TOUCH,)}, {"bench": NO_CONTACT}, "this bench lacks contact-timing", ""),
        (
            "pantheon-clinical",
            {"methods": (Method.OVERCURRENT,)},
            {"bench": {"auxiliary_source": None}},
            "",
            NOWHERE,
        ),
    ],
    ids=[
        "no trip", "no contact on a bench without", "no pulses", "pulses, but not by this method", "no such polarity",
        "no steps", "steps, but not planned", "a load that nobody asks for", "a load of the bench's own",
        "a gap that nobody makes", "a gap for nobody", "pulses too short", "a gap for nobody's pulses", "all there",
        "bench lacks it", "bench lacks what the method needs", "a method that the device does not ask for",
    ],
)  # fmt: skip
def test_what_is_not_planned_says_why(
    device: str, row: dict[str, object], changes: dict[str, object], not_tested: str, not_applicable: str
) -> None:
    """What the device lacks is NOT APPLICABLE, what the bench or our plan lacks NOT TESTED; neither has a value."""
    plan = with_rows(device, row, **changes)
    assert dict(plan.not_tested).get("off.residual", "") == not_tested
    assert dict(plan.not_applicable).get("off.residual", "") == not_applicable
    assert bool(plan.rows) is not bool(not_tested or not_applicable)
    assert plan.left_out("off.residual") == (not_tested or not_applicable)


def test_a_row_that_the_bench_cannot_take_is_missed_beside_others() -> None:
    """A requirement with one row that this bench can take and one that it cannot is planned, and NOT TESTED."""
    plan = with_rows("foreo-bear-2", {}, {"methods": (Method.TOUCH,)}, bench=NO_CONTACT)
    assert plan.rows
    assert dict(plan.not_tested) == {"off.residual": "this bench lacks contact-timing"}
    assert plan.left_out("off.residual") == ""


def test_a_row_without_a_point_is_missed_beside_others() -> None:
    """A row that a mode of the device has and that no point is planned for makes its requirement NOT TESTED."""
    plan = with_rows("foreo-bear-2", {}, {"methods": (Method.GAP,), "variants": ("7ms",)})
    assert {row.quantity for row in plan.rows} == {"q0"}
    assert dict(plan.not_tested) == {"off.residual": "no operating point is planned for q1"}
    assert plan.left_out("off.residual") == ""


def test_a_row_that_the_device_cannot_have_is_left_out() -> None:
    """Beside others a row for waveforms, phases or sections that the profile does not have is no gap."""
    others = (
        {"waveforms": ("staircase",)},
        {"methods": (Method.LOSS,)},
        {"loads": ("47k",)},
        {"polarities": (Polarity.NEGATIVE,), "measurand": "plateau-magnitude", "arguments": {"phase": "positive"}},
    )
    plan = with_rows("pantheon-clinical", {}, *others)
    assert {row.quantity for row in plan.rows} == {"q0"}
    assert (plan.not_tested, plan.not_applicable) == ((), ())


def test_a_disclosure_is_planned_without_a_limit() -> None:
    """A disclosed value has a place in the plan, and no limit, U or T/U that could be short."""
    plan = with_rows("foreo-bear-2", {"nominal": None, "tolerance": None}, kind="disclosure")
    assert len(plan.rows) == sum(point.method is Method.STEADY for point in plan.points)
    assert {(row.limit, row.uncertainty, row.capability) for row in plan.rows} == {(None, None, None)}
    assert all(row.decidable and row.rated for row in plan.rows)


def test_the_least_capability_of_a_row_is_planned() -> None:
    """A row that is decided from T/U = 1e9 on only is not decidable here."""
    plan = with_rows("foreo-bear-2", {"least_capability": 1e9})
    assert not any(row.decidable for row in plan.rows)


@register("test-series", 1, several=True)
def _series(observations: tuple[Observation, ...], derivation: Derivation) -> Measurement:
    return replace(measurement(float(len(observations)), expanded=0.5), derivation=derivation)


def test_a_series_is_planned_with_its_points() -> None:
    """A series has one value for a channel and polarity of a mode, at the highest of its twelve frequencies."""
    row = {"measurand": "test-series", "series": "frequencies", "methods": (Method.SHAPE,), "nominal": 12.0,
           "tolerance": 1.0, "levels": "top"}  # fmt: skip
    plan = with_rows("pantheon-clinical", row)
    assert {row.point.setpoint.frequency_hz for row in plan.rows} == {1500.0}
    places = [(row.point.setpoint.channel, row.point.setpoint.polarity) for row in plan.rows]
    assert len(set(places)) == len(places) >= 3
    keys = {point.key for point in plan.points}
    for planned_row in plan.rows:
        assert len(planned_row.others) == 11
        assert set(planned_row.others) < keys
        assert planned_row.capability == 2.0


@pytest.mark.parametrize("row", [{"measurand": "test-series"}, {"series": "frequencies", "methods": (Method.SHAPE,)}])
def test_a_series_needs_a_measurand_of_several_observations(row: dict[str, object]) -> None:
    """A measurand of several observations and a series row belong together; either alone is refused."""
    with pytest.raises(DefinitionError, match=r"off\.residual\.q0\.series"):
        with_rows("pantheon-clinical", row)
