"""What a run does: every level, every step, and only what the device and the bench have."""

from __future__ import annotations

import pytest

from harness.bench import BenchData
from harness.bench.methods.channels import neighbours
from harness.certification.points import GAPS_MS, plan_points
from harness.definitions.accuracy import load_accuracy
from harness.definitions.benches import BenchDefinition, load_bench
from harness.definitions.devices import DeviceProfile, load_device
from harness.setpoint import Method, OperatingPoint, Polarity

BENCH, _ = load_bench("simulated")


def points(profile: DeviceProfile, bench: BenchDefinition = BENCH) -> list[OperatingPoint]:
    """The points of a device on a bench."""
    multimeter, _ = load_accuracy("keysight-34465a")
    oscilloscope, _ = load_accuracy("keysight-dsox1204g")
    data = BenchData(bench, "bench", multimeter, oscilloscope, profile.ceiling_a.value, profile.residual_a.value)
    return plan_points(profile, data)[0]


@pytest.mark.parametrize("device", ["foreo-bear-2", "pantheon-clinical"])
def test_a_point_stands_once(device: str) -> None:
    """Keys name records, so no two points share one."""
    profile, _ = load_device(device)
    keys = [point.key for point in points(profile)]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("device", ["foreo-bear-2", "pantheon-clinical"])
def test_every_level_of_every_mode_is_taken(device: str) -> None:
    """No level is left out, at whatever method a mode can be read by."""
    profile, _ = load_device(device)
    taken = {
        (point.setpoint.mode, point.setpoint.level)
        for point in points(profile)
        if point.method is not Method.ZERO_LEVEL
    }
    assert taken == {(mode.name, level) for mode in profile.modes for level in range(1, len(mode.levels_a.value) + 1)}


def test_every_frequency_is_taken_at_the_top_level_in_every_polarity() -> None:
    """Twelve steps, the lowest and the highest among them, in three polarities; on the second channel bipolar."""
    profile, _ = load_device("pantheon-clinical")
    shapes = [point.setpoint for point in points(profile) if point.method is Method.SHAPE]
    steps = profile.mode("square").steps_hz
    assert {(s.channel, s.polarity, s.frequency_hz) for s in shapes} == {
        (channel, polarity, step)
        for channel, polarities in ((1, tuple(Polarity)), (2, (Polarity.BIPOLAR,)))
        for polarity in polarities
        for step in steps
    }
    assert {s.level for s in shapes if s.frequency_hz != steps[-1]} == {9}


@pytest.mark.parametrize(("device", "mode", "hertz"), [
    ("foreo-bear-2", "lifting", 80.0), ("foreo-bear-2", "tapping", 20.0), ("pantheon-clinical", "square", 1500.0),
])  # fmt: skip
def test_every_level_is_read_at_the_highest_frequency(device: str, mode: str, hertz: float) -> None:
    """What goes wrong from some frequency on, at one level only, is wrong there."""
    profile, _ = load_device(device)
    read = {s.level for p in points(profile) if (s := p.setpoint).mode == mode and s.frequency_hz == hertz}
    assert read - {0} == set(range(1, len(profile.mode(mode).levels_a.value) + 1))


@pytest.mark.parametrize(("device", "levels"), [("foreo-bear-2", 10), ("pantheon-clinical", 9)])
def test_every_level_is_read_beyond_the_rated_loads(device: str, levels: int) -> None:
    """What goes wrong above 15 kΩ, at one level only, is wrong there; and each load is still taken."""
    profile, _ = load_device(device)
    taken = [point for point in points(profile) if point.method is Method.REGULATION and point.setpoint.channel == 1]
    assert {point.setpoint.level for point in taken} == set(range(1, levels + 1))
    most = profile.compliance_v.value
    assert all(point.load_ohm >= 20e3 and point.setpoint.current_a * point.load_ohm <= most for point in taken)
    assert {20e3, 26e3, 50e3} <= {point.load_ohm for point in taken}


def test_every_level_rises() -> None:
    """A rise that one level lacks is looked at; the top level in every polarity, and into skin."""
    profile, _ = load_device("foreo-bear-2")
    tried = [p for p in points(profile) if p.method is Method.FIRST_CONTACT and p.setpoint.mode == "steady"]
    assert {point.setpoint.level for point in tried} == set(range(1, 11))
    top = {(p.setpoint.polarity, p.load, p.variant) for p in tried if p.setpoint.level == 10}
    assert top == {(way, *how) for way in Polarity for how in (
        ("10k", "touch"), ("10k", "restart"), ("10k", "bounce"), ("skin", "touch"),
    )}  # fmt: skip


def test_supply_and_watchdog_are_tried_on_the_second_channel() -> None:
    """A bridge without dead time, or a watchdog that forgets a channel, is not overlooked."""
    profile, _ = load_device("pantheon-clinical")
    for method in (Method.SUPPLY, Method.HOST_SILENT):
        assert {point.setpoint.channel for point in points(profile) if point.method is method} == {1, 2}


def test_gaps_are_those_of_the_method() -> None:
    """Losses of 1 to 500 ms, and no other."""
    profile, _ = load_device("foreo-bear-2")
    setting = profile.mode("steady").setpoint(1, 10, Polarity.POSITIVE)
    gaps = [point.variant for point in points(profile) if point.method is Method.GAP and point.setpoint == setting]
    assert gaps == [f"{gap}ms" for gap in (1, 2, 5, 10, 15, 20, 50, 100, 500)]
    assert GAPS_MS == (1, 2, 5, 10, 15, 20, 50, 100, 500)


@pytest.mark.parametrize("first", ["steady", "lifting", "tapping", "sculpting"])
def test_the_anti_shock_of_every_mode_in_every_polarity_is_tried(first: str) -> None:
    """Whichever mode stands first, each rises after a first contact and after a loss."""
    profile, _ = load_device("foreo-bear-2")
    modes = sorted(profile.modes, key=lambda mode: mode.name != first)
    found = points(profile.model_copy(update={"modes": tuple(modes)}))
    for variant in ("touch", "restart"):
        tried = {
            (point.setpoint.mode, point.setpoint.polarity)
            for point in found
            if point.method is Method.FIRST_CONTACT and point.variant == variant
        }
        assert tried == {(mode.name, polarity) for mode in modes for polarity in mode.polarities.value}
    assert {Method.CYCLES, Method.TOUCH, Method.GAP, Method.LOSS, Method.OVERCURRENT} <= {
        point.method for point in found
    }


def test_both_channels_are_touched_and_shorted() -> None:
    """A second channel with a charge of its own, or that a short harms, is not overlooked."""
    profile, _ = load_device("pantheon-clinical")
    for method in (Method.TOUCH, Method.CYCLES, Method.OFF, Method.SHAPE):
        assert {point.setpoint.channel for point in points(profile) if point.method is method} == {1, 2}


def test_a_device_that_senses_nothing_and_trips_never_is_not_asked_for_it() -> None:
    """Only devices with contact sensing are tried for it, only those with a trip are overdriven."""
    profile, _ = load_device("pantheon-clinical")
    methods = {point.method for point in points(profile)}
    assert not methods & {Method.FIRST_CONTACT, Method.GAP, Method.LOSS, Method.OVERCURRENT}
    assert not methods & {Method.SENSING, Method.ADAPTATION, Method.LATENCY, Method.GLIDE, Method.ELECTRODE}
    assert {Method.CYCLES, Method.TOUCH} <= methods


def test_a_bench_without_a_contact_switch_takes_the_rest() -> None:
    """What needs contact timing is left out, everything else is taken: loads alone tell thresholds and adaptation."""
    profile, _ = load_device("foreo-bear-2")
    bare = BENCH.model_copy(update={"contact_switch": None, "auxiliary_source": None})
    methods = {point.method for point in points(profile, bare)}
    loads = {Method.ZERO_LEVEL, Method.REGULATION, Method.SATURATION, Method.CHARGE}
    powered = {Method.SESSION, Method.BATTERY, Method.BROWN_OUT, Method.POWER_ON, Method.CHARGING, Method.SUPPLY}
    supervised = {Method.HANG, Method.HOST_SILENT, Method.MOTOR, Method.MAINS}
    at_the_unit = {Method.EVENTS, Method.MODE_CHANGE, Method.CONTINUITY}
    read = {Method.STEADY, Method.SHAPE, Method.OFF, Method.SENSING, Method.ADAPTATION}
    in_time = {Method.SWEEP, Method.LONG, Method.POLLED, Method.MODES, Method.TABLE, Method.DRIFT, Method.TEMPERATURE}
    assert methods == read | loads | powered | supervised | at_the_unit | in_time | {Method.AUXILIARY}


def test_forced_overcurrent_is_never_part_of_production() -> None:
    """The short selection for a line holds no forced overcurrent and no shorts."""
    profile, _ = load_device("foreo-bear-2")
    production = {point.method for point in points(profile) if point.production}
    assert production == {Method.STEADY, Method.SHAPE, Method.OFF, Method.FIRST_CONTACT}


def test_each_channel_is_taken_beside_its_neighbour_where_the_other_one_has_a_load() -> None:
    """Both channels of the two, apart in level; without the other one's load none of it."""
    profile, _ = load_device("pantheon-clinical")
    keyed = [point.setpoint for point in points(profile) if point.method is Method.KEYED]
    assert [(setpoint.channel, setpoint.current_a) for setpoint in keyed] == [(1, 100e-6), (2, 300e-6)]
    alone = {point.method for point in points(profile, BENCH.model_copy(update={"second_channel": None}))}
    assert not alone & {Method.KEYED, Method.CROSSTALK, Method.SUM}


def test_a_further_channel_is_read_at_every_level_and_beside_both_neighbours() -> None:
    """Of twelve channels the fifth: six levels one way, the lowest, a middle and the top one the other way."""
    profile, _ = load_device("pantheon-12c-pro-advanced")
    fifth = [point for point in points(profile) if point.setpoint.channel == 5]
    read = [(p.setpoint.polarity.value, p.setpoint.level) for p in fifth if p.method is Method.STEADY and not p.variant]
    assert read == [*(("positive", level) for level in range(1, 7)), *(("negative", level) for level in (1, 3, 6))]
    assert {Method.KEYED, Method.CROSSTALK, Method.OFF, Method.CONTINUITY} <= {point.method for point in fifth}
    assert neighbours(profile, 5) == (6, 4)
    assert (neighbours(profile, 1), neighbours(profile, 12)) == ((2,), (11,))


def test_the_sum_of_all_channels_is_judged_where_the_ceiling_holds_it() -> None:
    """Twice 400 µA and 20 % are below 1000 µA, twice 500 µA are not; the top level is disclosed."""
    profile, _ = load_device("pantheon-clinical")
    sums = {point.variant: point.setpoint.current_a for point in points(profile) if point.method is Method.SUM}
    assert sums == {"": 400e-6, "top": 600e-6}


@pytest.mark.parametrize(
    ("device", "due"),
    [
        # Rated for 500 Ω alone: the table asks for all three loads.
        ("tens-reference", {("500R", 150.0), ("2k", 150.0), ("10k", 150.0)}),
        # Frequencies that can be set: both ends at 500 Ω.
        ("pantheon-clinical", {("500R", 0.5), ("500R", 1500.0), ("2k", 0.5), ("10k", 0.5)}),
    ],
)
def test_the_output_table_has_its_loads_and_both_ends(device: str, due: set[tuple[str, float]]) -> None:
    """500 Ω, 2 kΩ and 10 kΩ whatever the profile is rated for, and lowest and highest frequency at the first."""
    taken = [point for point in points(load_device(device)[0]) if point.method is Method.TABLE]
    assert {(point.load, point.setpoint.frequency_hz) for point in taken} == due
