"""The electronics beyond single defects: first edges, conditions in action, warmth, battery, supply, cross-talk."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from harness.errors import DefinitionError
from harness.simulation.circuit.drive import Piece
from harness.simulation.draws import HiddenErrors
from harness.simulation.files.converter import Converter
from harness.simulation.files.electronicsfile import Electronics
from harness.simulation.files.unitfile import read_unit
from harness.simulation.unit.board import Sequence, Step, hold
from harness.simulation.unit.course import Course
from harness.simulation.unit.delivery import frequencies_hz
from harness.simulation.unit.edges import Plateau, Shape, difference, rotated, settled
from harness.simulation.unit.hum import hum
from tests.simulation.electronics_stand import MS, US, S, Stand
from tests.simulation.units import exact

if TYPE_CHECKING:
    from pathlib import Path

    from harness.simulation.files.unitfile import UnitFile


def built(**changes: object) -> UnitFile:
    """Answer a pantheon-clinical without spread, with other electronics."""
    return exact("pantheon-clinical", off_leakage_a=0.0, **changes)


def limited(tmp_path: Path, *rows: str) -> UnitFile:
    """Answer the same with rows `only`."""
    path = tmp_path / "limited.toml"
    text = "\n".join(f"[[electronics.only]]\n{row}" for row in rows)
    path.write_text(f"extends = 'pantheon-clinical'\n{text}\n", encoding="utf-8")
    unit = built()
    return replace(unit, electronics=replace(unit.electronics, only=read_unit(path).electronics.only))


def test_the_first_edge_of_a_slow_source_begins_at_nothing() -> None:
    """100 kV/s into 10 kilohm are 10 A/s: 600 uA take 60 us from off, later edges of twice that take 120 us."""
    stand = Stand(built(slew_v_per_s=1e5, output_capacitance_f=0.0))
    start_ns = stand.now_ns
    half_ns = stand.square(600e-6, 100.0)
    stand.wait(0.1)
    assert stand.current(start_ns + 30 * US) == pytest.approx(300e-6, rel=1e-3)
    assert stand.current(start_ns + 61 * US) == pytest.approx(600e-6, rel=1e-3)
    for half, sign in ((1, -1), (2, 1)):
        assert stand.current(start_ns + half * half_ns + 60 * US) == pytest.approx(0.0, abs=1e-8)
        assert stand.current(start_ns + half * half_ns + 121 * US) == pytest.approx(sign * 600e-6, rel=1e-3)


def test_a_slow_source_is_slow_to_nothing_too() -> None:
    """A rest between pulses, with code 0 and the bridge open, is reached by the same 10 A/s."""
    stand = Stand(built(slew_v_per_s=1e5, output_capacitance_f=0.0))
    start_ns = stand.now_ns
    stand.play(Sequence((Step(MS, 1, 600e-6), Step(MS, 0, 0.0)), start_ns))
    stand.wait(0.1)
    assert stand.current(start_ns + MS + 30 * US) == pytest.approx(300e-6, rel=1e-3)
    assert stand.current(start_ns + MS + 61 * US) == pytest.approx(0.0, abs=1e-9)


def test_a_slow_source_is_faster_into_less() -> None:
    """The same voltage each second is twenty times the current each second into 500 ohm."""
    stand = Stand(built(slew_v_per_s=1e5, output_capacitance_f=0.0), 500.0)
    start_ns = stand.now_ns
    stand.square(600e-6, 100.0)
    stand.wait(0.1)
    assert stand.current(start_ns + 1500) == pytest.approx(300e-6, rel=1e-2)


def test_edges_made_in_software_overshoot_like_others() -> None:
    """One held code after the other: each change has its own 20 % of the change, fading in 200 us."""
    stand = Stand(built(overshoot=0.2, overshoot_s=200e-6, output_capacitance_f=0.0))
    board = stand.unit.boards[0]
    for before, after in ((0.0, 200e-6), (200e-6, 500e-6), (500e-6, 100e-6)):
        stand.play(hold(board.level_code(after), 1, stand.now_ns))
        at_ns = stand.now_ns
        stand.wait(1e-3)
        assert stand.current(at_ns + 100 * US) == pytest.approx(after + 0.1 * (after - before), rel=2e-3)
        assert stand.current(at_ns + 250 * US) == pytest.approx(after, rel=1e-3)


def test_periods_follow_each_other_without_a_jump() -> None:
    """The first periods and the one that repeats begin where the one before ended, also from the middle of a step."""
    how = Shape(dead_ns=50, slew_a_per_s=2e3, overshoot=0.3, overshoot_ns=300, ringing_hz=5e6)
    plateaus = (Plateau(1000, 1e-3, 1, how), Plateau(700, -5e-4, -1, how), Plateau(400, 0.0, 0, how))
    first, then = settled(plateaus, 2e-4, 1)
    assert sum(piece.duration_ns for piece in then) == 2100
    assert sum(piece.duration_ns for piece in first) % 2100 == 0
    assert first[-1].last_factor == pytest.approx(then[-1].last_factor, abs=1e-12)
    for pieces in (first, then):
        # The bridge opens, or a ramp is over and its overshoot begins: 0.3 of at most the largest change.
        jumps = [(a.last_factor, b.factor) for a, b in itertools.pairwise(pieces)]
        assert all(after == 0.0 or abs(after - before) <= 0.3 * 1e-3 + 1e-12 for before, after in jumps)
    apart = difference(first, then)
    assert apart[-1] == Piece(1, 0.0)
    assert sum(piece.duration_ns for piece in apart) == sum(piece.duration_ns for piece in first) + 1


@pytest.mark.parametrize(("other_a", "low_a", "high_a"), [(-6e-4, -1.5e-4, 1.5e-4), (0.0, 1.5e-4, 4.5e-4)])
def test_a_source_that_is_too_slow_comes_to_rest_about_the_mean_of_its_levels(
    other_a: float, low_a: float, high_a: float
) -> None:
    """3 A/s for 100 us each way: 300 uA about 0 between +600 and -600 uA, about 300 uA between 600 and 0."""
    how = Shape(slew_a_per_s=3.0)
    first, then = settled((Plateau(100 * US, 6e-4, 1, how), Plateau(100 * US, other_a, -1, how)), 0.0, 0)
    ends = [value for piece in then for value in (piece.factor, piece.last_factor)]
    assert ends == pytest.approx([low_a, high_a, high_a, low_a], abs=1e-9)
    pieces = (*first, *then, *then)
    assert all(a.last_factor == pytest.approx(b.factor, abs=1e-12) for a, b in itertools.pairwise(pieces))
    assert all(abs(p.last_factor - p.factor) <= 1.05 * 3e-9 * p.duration_ns for p in pieces)


def test_a_source_that_is_longer_on_its_way_up_than_down_ends_at_the_top() -> None:
    """110 us up, 100 us down: each period begins higher until the level holds it; there is one place of rest."""
    how = Shape(slew_a_per_s=3.0)
    _, then = settled((Plateau(110 * US, 6e-4, 1, how), Plateau(100 * US, -6e-4, -1, how)), -6e-4, -1)
    assert max(piece.factor for piece in then) == pytest.approx(6e-4, rel=1e-9)
    assert then[-1].last_factor == pytest.approx(3e-4, rel=1e-6)


def test_a_period_can_begin_elsewhere() -> None:
    """Turned by 30 of 100, and back, it is the same; a slope is cut where it has come to."""
    pieces = (Piece(40, 0.0, 4.0), Piece(60, 1.0))
    turned = rotated(pieces, 30)
    assert turned == (Piece(10, 3.0, 4.0), Piece(60, 1.0, 1.0), Piece(30, 0.0, 3.0))
    assert rotated(turned, 70) == (Piece(30, 0.0, 3.0), Piece(10, 3.0, 4.0), Piece(60, 1.0, 1.0))


def test_a_frequency_is_how_often_a_direction_comes_back() -> None:
    """Of each step by itself, so that a sweep has many; 0 where nothing alternates."""
    fast, slow = (Step(MS, 1, 1.0), Step(MS, -1, 1.0)), (Step(5 * MS, 1, 1.0), Step(5 * MS, -1, 1.0))
    assert frequencies_hz((*fast, *slow)) == pytest.approx((500.0, 1000.0 / 6.0, 100.0, 1000.0 / 6.0))
    assert frequencies_hz((Step(MS, 1, 1.0), Step(MS, 1, 2.0))) == (0.0, 0.0)
    pulses = (Step(2 * MS, 1, 1.0), Step(2 * MS, -1, 1.0), Step(46 * MS, 0, 0.0))
    assert frequencies_hz(pulses) == pytest.approx((20.0, 20.0, 20.0))


def test_drying_ends_where_the_row_that_holds_says(tmp_path: Path) -> None:
    """Of 12 kilohm each second 24 are the most on channel 1, 48 from the tenth second on; 6 V drive what they can."""
    rows = "channel = 1\ndrying_most_ohm = 24e3", "from_s = 10.0\ndrying_most_ohm = 48e3"
    unit = limited(tmp_path, *rows)
    stand = Stand(replace(unit, electronics=replace(unit.electronics, drying_ohm_per_s=12e3, compliance_v=6.0)))
    stand.direct(600e-6)
    for until_s, dried_ohm in ((1.5, 12e3), (2.5, 24e3), (9.5, 24e3), (10.5, 48e3)):
        stand.wait(until_s - stand.now_ns / S)
        assert stand.current() == pytest.approx(min(600e-6, 6.0 / (10e3 + dried_ohm)), rel=1e-2)


def test_a_direction_has_its_own_gain(tmp_path: Path) -> None:
    """Half in the negative direction."""
    stand = Stand(limited(tmp_path, "polarity = 'negative'\ngain = 0.5"))
    assert stand.settled(300e-6) == pytest.approx(300e-6, rel=1e-3)
    assert stand.settled(300e-6, -1) == pytest.approx(-150e-6, rel=1e-3)


def test_a_level_has_its_own_gain(tmp_path: Path) -> None:
    """The number that the sequence carries counts, not its code."""
    stand = Stand(limited(tmp_path, "level = 3\ngain = 0.5"))
    for level, expected in ((2, 300e-6), (3, 150e-6)):
        stand.play(Sequence((Step(S, 1, 300e-6),), stand.now_ns, level=level))
        stand.wait(0.01)
        assert stand.current() == pytest.approx(expected, rel=1e-3)


def test_a_load_range_acts_when_the_load_changes(tmp_path: Path) -> None:
    """Less than 10005 ohm: half; a resistor of the loop that becomes 10 ohm more takes that back, and again."""
    stand = Stand(limited(tmp_path, "load_below_ohm = 10005.0\ngain = 0.5"), 10e3)
    assert stand.settled(300e-6) == pytest.approx(150e-6, rel=1e-3)
    for factor, expected in ((2.0, 300e-6), (1.0, 150e-6)):
        with stand.keeper:
            stand.loop.scale_resistors({"RM": factor})
        stand.wait(0.01)
        assert stand.current() == pytest.approx(expected, rel=1e-3)


def test_a_frequency_range_acts_within_a_sequence(tmp_path: Path) -> None:
    """Of a sequence with 100 Hz and 500 Hz the fast cycle alone is halved."""
    stand = Stand(limited(tmp_path, "frequency_above_hz = 200.0\ngain = 0.5"))
    steps = [Step(5 * MS, 1, 300e-6), Step(5 * MS, -1, 300e-6)] * 2
    steps += [Step(MS, 1, 300e-6), Step(MS, -1, 300e-6)] * 5
    start_ns = stand.now_ns
    stand.play(Sequence(tuple(steps), start_ns))
    stand.wait(0.1)
    assert stand.current(start_ns + 32 * MS) == pytest.approx(300e-6, rel=1e-3)
    assert stand.current(start_ns + 22 * MS + MS // 2) == pytest.approx(150e-6, rel=1e-3)


def test_a_time_window_counts_from_switching_on(tmp_path: Path) -> None:
    """From 2 to 3 s after each switching on, to the nanosecond, and not by changes while it is on."""
    stand = Stand(limited(tmp_path, "from_s = 2.0\nto_s = 3.0\ngain = 0.5"))
    for _ in range(2):
        on_ns = stand.now_ns
        stand.direct(200e-6)
        stand.wait(1.0)
        stand.direct(300e-6)
        stand.wait(3.0)
        for at_s, expected in ((1.999, 300e-6), (2.001, 150e-6), (2.999, 150e-6), (3.001, 300e-6)):
            assert stand.current(on_ns + round(at_s * S)) == pytest.approx(expected, rel=1e-3)
        stand.play(None)
        stand.wait(1.0)


def test_another_compliance_on_another_channel(tmp_path: Path) -> None:
    """What stands between source and terminals can be limited too."""
    unit = limited(tmp_path, "channel = 2\ncompliance_v = 2.0")
    assert Stand(unit).settled(300e-6) == pytest.approx(300e-6, rel=1e-3)
    assert Stand(unit, channel=2).settled(300e-6, channel=2) == pytest.approx(200e-6, rel=1e-2)


def test_a_beginning_of_the_bench_is_one_of_the_period(tmp_path: Path) -> None:
    """The wave and the hum on it start anew with `begin`, and what changes later keeps that phase."""
    row = "from_s = 2.0\ngain = 0.5\nhum_a = 0.0"
    unit = limited(tmp_path, row)
    stand = Stand(replace(unit, electronics=replace(unit.electronics, hum_a=10e-6)))
    stand.wait(0.007)
    half_ns = stand.square(300e-6, 10.0)
    stand.wait(0.123)
    with stand.keeper:
        stand.loop.begin()
        stand.unit.begin()
    began_ns = stand.now_ns
    stand.wait(3.0)
    for half, sign in ((0, 1), (1, -1)):
        middle_ns = began_ns + half * half_ns + half_ns // 2  # after 1.25 and 3.75 turns of 50 Hz
        assert stand.current(middle_ns) == pytest.approx(sign * 310e-6, abs=1e-7)
        assert stand.current(middle_ns + 5 * MS) == pytest.approx(sign * 300e-6, abs=1e-7)
    for half, sign in ((40, 1), (41, -1)):
        assert stand.current(began_ns + half * half_ns + 40 * MS) == pytest.approx(sign * 150e-6, rel=1e-3)


@pytest.mark.parametrize("hertz", [0.03, 0.5, 7.3, 49.0, 51.3, 160.0, 1492.537, 1500.0])
@pytest.mark.parametrize("frequency_hz", [50.0, 130.0])
def test_a_hum_fits_to_the_waveform_under_it(hertz: float, frequency_hz: float) -> None:
    """Whole turns take whole periods, 64 at most of the longer one, and the frequency is right within 0.1 %."""
    period_ns = round(S / hertz)
    drive = hum(1e-5, frequency_hz, 0, period_ns)
    whole_ns = sum(piece.duration_ns for piece in drive.programme)
    assert whole_ns % period_ns == 0
    turns = len(drive.programme) // 32
    assert turns * S / whole_ns == pytest.approx(frequency_hz, rel=1e-3)
    assert whole_ns <= 64 * max(period_ns, round(S / frequency_hz))


def test_an_hour_of_hum_costs_nothing() -> None:
    """Beside 1500 Hz, whose period has no common multiple with 20 ms; the line is still there at its end."""
    stand = Stand("pantheon-clinical-D28-mains")
    stand.square(300e-6, 1500.0)
    stand.wait(3600.0)
    assert stand.line(50.0, stand.now_ns - S // 2, 25) == pytest.approx(10e-6, rel=2e-2)


def drops(seed: int, channel: int, count: int = 20) -> list[int]:
    """Answer when an intermittent lead opens and closes after switching on at 5 s."""
    electronics = exact("pantheon-clinical-D69").electronics
    course = Course(electronics, HiddenErrors(seed), channel)
    course.switch(5 * S, on=True)
    times = [5 * S]
    for _ in range(count):
        following_ns = course.next_ns(times[-1], electronics)
        assert following_ns is not None
        assert course.is_open(following_ns) is (len(times) % 2 == 1)
        times.append(following_ns)
    return times


def test_drops_of_a_lead_are_drawn_by_name() -> None:
    """The same seed and channel give the same times, another of either gives others."""
    assert drops(1, 1) == drops(1, 1)
    assert drops(1, 1)[:11] == drops(1, 1, 10)
    assert drops(1, 1) != drops(2, 1)
    assert drops(1, 1) != drops(1, 2)
    opened = drops(1, 1)[1::2]
    assert all(0.9 * S < after - before < 3.1 * S for before, after in itertools.pairwise(opened))


def test_it_warms_up_and_cools_down() -> None:
    """10 K with 100 s and 0.1 % for each kelvin; off for 100 s it has lost all but 1/e of what it had."""
    stand = Stand(built(temperature_coefficient_per_k=1e-3, warm_up_k=10.0, warm_up_s=100.0))
    assert stand.settled(300e-6) == pytest.approx(300e-6, rel=1e-4)
    stand.wait(100.0)
    warmth = 10.0 * (1.0 - 0.36788)
    assert stand.current() == pytest.approx(300e-6 * (1.0 + 1e-3 * warmth), rel=2e-4)
    stand.play(None)
    stand.wait(100.0)
    assert stand.settled(300e-6) == pytest.approx(300e-6 * (1.0 + 1e-3 * warmth * 0.36788), rel=2e-4)


def test_the_supply_sees_what_the_outputs_draw() -> None:
    """35 mA, and 72 V times the mean current through the load over 80 % of 12 V: less where compliance limits it."""
    for ohm, flowing in ((500.0, 600e-6), (10e3, 600e-6), (1e6, 72e-6)):
        stand = Stand("pantheon-clinical", ohm)
        assert stand.drawn() == pytest.approx(0.035)
        stand.direct(600e-6)
        assert stand.drawn() == pytest.approx(0.035 + 72.0 * flowing / (0.8 * 12.0), rel=1e-3)
        stand.square(600e-6, 10.0, second=0)
        assert stand.drawn() == pytest.approx(0.035 + 0.5 * 72.0 * flowing / (0.8 * 12.0), rel=1e-3)


def test_another_unit_has_a_full_battery() -> None:
    """Redrawn after half of its hour it is at 12 V again."""
    stand = Stand(built(battery_charge_c=360.0, quiescent_a=0.1))
    stand.wait(1800.0)
    assert stand.unit.power.volts() == pytest.approx(11.5, abs=1e-3)
    with stand.keeper:
        stand.unit.redraw(HiddenErrors(2))
    assert stand.unit.power.volts() == 12.0


def test_a_healthy_unit_with_twelve_bits_has_the_same_levels() -> None:
    """Each level is a whole code of 0.25 uA: nothing is rounded."""
    levels = exact("pantheon-clinical-12bit").firmware.levels_a
    ideal, stepped = Stand("pantheon-clinical"), Stand("pantheon-clinical-12bit")
    for level in levels:
        assert stepped.settled(level) == pytest.approx(ideal.settled(level), rel=1e-9)


def test_a_battery_runs_down_to_its_end() -> None:
    """360 C at 100 mA last an hour: half way it has half of its drop, at the end nothing, less the drop of 1 ohm."""
    unit = built(battery_charge_c=360.0, battery_ohm=1.0, quiescent_a=0.1)
    stand = Stand(unit)
    for wait_s, volts in ((0.0, 12.0), (1800.0, 11.5), (1799.0, 11.0)):
        stand.wait(wait_s)
        assert stand.unit.power.volts() == pytest.approx(volts - 0.1, abs=1e-3)
    stand.wait(2.0)
    assert stand.unit.power.volts() == 0.0
    with stand.keeper:
        stand.unit.power.supply(12.0)
    assert stand.unit.power.volts() == 12.0


def test_the_compliance_voltage_follows_a_battery_that_runs_down() -> None:
    """Six times the battery: 72 V full, 66 empty; told at each two-hundredth of its charge."""
    stand = Stand(built(battery_charge_c=360.0, quiescent_a=0.1, boost_ratio=6.0), 200e3)
    stand.settled(600e-6)
    assert stand.current() == pytest.approx(72.0 / 200e3, rel=2e-3)
    stand.wait(1800.0)
    assert stand.current() == pytest.approx(69.0 / 200e3, rel=3e-3)


def test_a_boost_converter_sags_with_the_current() -> None:
    """10 kilohm of it: 72 V less 6 V at 600 uA into 200 kilohm."""
    stand = Stand(built(boost_ohm=10e3), 200e3)
    assert stand.settled(600e-6) == pytest.approx(66.0 / 200e3, rel=3e-3)
    assert Stand(built(boost_ohm=10e3), 500.0).settled(600e-6) == pytest.approx(600e-6, rel=1e-3)


def test_cross_talk_is_added_to_what_flows_anyway() -> None:
    """A tenth of 600 uA at 10 Hz on 300 uA of the channel's own."""
    stand = Stand(built(crosstalk=0.1))
    stand.direct(300e-6)
    start_ns = stand.now_ns
    half_ns = stand.square(600e-6, 10.0, channel=2)
    stand.wait(1.0)
    assert stand.current(start_ns + half_ns // 2) == pytest.approx(360e-6, rel=1e-3)
    assert stand.current(start_ns + 3 * half_ns // 2) == pytest.approx(240e-6, rel=1e-3)
    stand.play(None, channel=2)
    stand.wait(0.01)
    assert stand.current() == pytest.approx(300e-6, rel=1e-3)


def test_cross_talk_may_come_from_one_channel_only() -> None:
    """What is said to come from the third channel is not heard of the second one."""
    stand = Stand(built(crosstalk=0.1, crosstalk_from=3))
    stand.direct(300e-6)
    stand.square(600e-6, 10.0, channel=2)
    stand.wait(1.0)
    assert stand.current() == pytest.approx(300e-6, rel=1e-3)


def test_the_contact_circuit_sees_what_is_in_series() -> None:
    """A protection resistor of 5 kilohm is part of what it reads."""
    stand = Stand(built(series_ohm=5e3))
    assert stand.unit.boards[0].contact_code() == pytest.approx(15e3, rel=1e-6)


def test_a_clip_is_no_matter_of_the_load() -> None:
    """450 uA at most, into 500 ohm as into 10 kilohm."""
    for ohm in (500.0, 10e3):
        assert Stand(built(clip_a=450e-6), ohm).settled(600e-6) == pytest.approx(450e-6, rel=1e-3)


def test_the_negative_direction_has_its_own_compliance() -> None:
    """72 V one way, 20 V the other."""
    stand = Stand(built(negative_compliance_v=20.0), 200e3)
    assert stand.settled(600e-6) == pytest.approx(72.0 / 200e3, rel=3e-3)
    assert stand.settled(600e-6, -1) == pytest.approx(-20.0 / 200e3, rel=3e-3)


def test_a_converter_has_its_own_view_of_a_range() -> None:
    """The electronics' converters are those of the file."""
    electronics = Electronics(24.0, 20e6, dac_bits=10, dac_full_scale_a=1e-3, sense_full_scale_a=1e-5)
    assert electronics.dac == Converter(10, 1e-3)
    assert electronics.sense_dac == Converter(10, 1e-5)


@pytest.mark.parametrize(
    ("row", "key"),
    [
        ("dac_stuck_high = 3", "dac_bits"),
        ("dac_bits = 25", "dac_bits"),
        ("dac_bits = 8", "dac_full_scale_a"),
        ("dac_bits = 8\ndac_full_scale_a = 1e-3\nsense_full_scale_a = 1e-3\ndac_stuck_low = 8", "dac_stuck_low"),
        ("dac_bits = 8\ndac_full_scale_a = 1e-3\nsense_full_scale_a = 1e-3\ndac_shift = -8", "dac_shift"),
        ("overshoot = 0.1", "overshoot_s"),
        ("tvs_ohm = 1e5", "tvs_knee_v"),
        ("warm_up_k = 5.0", "warm_up_s"),
        ("lead_drop_interval_s = 0.05", "lead_drop_interval_s"),
        ("lead_drop_longest_s = 1e-4", "lead_drop_longest_s"),
        ("battery_empty_v = 13.0", "battery_empty_v"),
        ("bridge_shorted = 'both'", "bridge_shorted"),
        ("dead_time_s = -1.0", "dead_time_s"),
        ("boost_efficiency = 0.0", "boost_efficiency"),
    ],
)
def test_a_parameter_that_makes_no_sense_is_refused(tmp_path: Path, row: str, key: str) -> None:
    """By file and dotted key."""
    path = tmp_path / "wrong.toml"
    path.write_text(f"extends = 'pantheon-clinical'\n[electronics]\n{row}\n", encoding="utf-8")
    with pytest.raises(DefinitionError) as refused:
        read_unit(path)
    assert f"wrong.toml: electronics.{key}: " in str(refused.value)
