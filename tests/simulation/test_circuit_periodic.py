"""Programmes that repeat for long: exact, and never walked further than needed."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from harness.errors import NotFinite
from harness.simulation.circuit.drive import Drive, Piece, Schedule, steady
from harness.simulation.circuit.evolution import Evolution
from harness.simulation.circuit.history import Edge, Quantity
from harness.simulation.circuit.topology import OF_ONE_CHANNEL, Block, Tap, Topology
from tests.simulation.circuits import BARE, EQUIPPED, LOOP_OHM, SKIN, US, S, bench, square, stage

CURRENT = Quantity.CURRENT
DAY = 86_400 * S
RC = Topology(1e-12, 70.0, node_f=200e-12, outer_f=0.0, chain_ohm=LOOP_OHM)
COUPLED = Topology(1e-6, 70.0, coupling_f=1e-6, node_f=200e-12, chain_ohm=LOOP_OHM)
FEW = 8
"""Periods that may be solved one by one before the rest follows from them; 10 s of 1500 Hz are 15000."""


def evolution(topology: Topology, drive: Drive, *volts: float) -> Evolution:
    """Start a topology at time 0, without charge where no volts are given."""
    return Evolution(topology, drive, 0.0, 0, volts or tuple(0.0 for _ in topology.names))


def test_a_square_wave_through_rc_reaches_its_closed_form() -> None:
    """In the steady state of +-I through RC each half ends at I tanh(T / 4 RC)."""
    half_ns = 3 * US
    history = bench(BARE, stage(200e-12))[0]
    history.drive(square(1e-3, half_ns))
    expected = 1e-3 * math.tanh(half_ns / S / (2.0 * LOOP_OHM * 200e-12))
    low, high = history.history.extremes(CURRENT, S, S + 10 * half_ns)
    assert (low, high) == (pytest.approx(-expected, rel=1e-6), pytest.approx(expected, rel=1e-6))


def test_a_day_of_1500_hz_costs_no_more_than_its_first_periods() -> None:
    """Once a period ends as it began, no later one is solved anew; counted, not timed."""
    walking = evolution(RC, square(600e-6, 333_333))
    assert walking.integral(Tap.LOAD_CURRENT, 0, DAY) / 86_400.0 == pytest.approx(0.0, abs=1e-9)
    walking.volts(DAY)
    assert walking.extremes(Tap.LOAD_CURRENT, DAY - S, DAY) == (pytest.approx(-600e-6, rel=1e-7), pytest.approx(600e-6))
    assert walking.walked <= 5


def test_a_slow_charge_is_reached_in_one_step() -> None:
    """A charge that needs many periods to settle follows from the first of them."""
    drive = Drive(1e-3, (Piece(300 * US, 1.0), Piece(100 * US, -3.0)), 0)
    jumping = evolution(COUPLED, drive, 2.0, 8.0)
    # The same programme with an envelope that changes nothing for 50 ms has to be walked.
    walking = evolution(COUPLED, replace(drive, envelope=((0, 1.0), (50_000_000, 1.0))), 2.0, 8.0)
    for at_ns in (20_000_123, 49_999_000):
        assert jumping.volts(at_ns) == pytest.approx(walking.volts(at_ns), rel=1e-10)
        for tap in list(Tap)[:OF_ONE_CHANNEL]:
            assert jumping.integral(tap, 1234, at_ns) == pytest.approx(
                walking.integral(tap, 1234, at_ns), rel=1e-9, abs=1e-18
            )
    assert jumping.walked < 20 < walking.walked


def test_a_clamp_that_acts_in_each_period_comes_to_repeat() -> None:
    """An open output that swings from clamp to clamp repeats after its first periods."""
    clamped = evolution(Topology(1e-8, 70.0, node_f=200e-12), square(1e-3, 200 * US))
    low, high = clamped.extremes(Tap.TERMINALS, S, S + 400 * US)
    assert (low, high) == (pytest.approx(-70.1, rel=1e-5), pytest.approx(70.1, rel=1e-5))
    clamped.volts(DAY)
    assert clamped.walked < 10


def test_a_clamp_that_will_act_later_is_not_jumped_over() -> None:
    """Charges that balance now and do not a millisecond later are walked until the clamp has done with them."""
    topology = Topology(1e-6, 70.0, coupling_f=1e-6, chain_ohm=2500.0, blocks=(Block("skin", 1.0 / 20e3, 50e-9),))
    drive, charged = square(10e-6, 50 * US), (-100.0, 80.0)
    jumping = evolution(topology, drive, *charged)
    walking = evolution(topology, replace(drive, envelope=((0, 1.0), (50_000_000, 1.0))), *charged)
    assert jumping.volts(20_000_123) == pytest.approx(walking.volts(20_000_123), rel=1e-9)
    low, _ = walking.extremes(Tap.SOURCE_NODE, 0, 10_000_000)
    assert -100.0 < low < -70.0


def test_ten_seconds_of_1500_hz_are_averaged_at_once() -> None:
    """The mean over 15000 periods solves no more than the first few of them."""
    loop, _ = bench(replace(EQUIPPED, pickup_a=1e-7), stage(120e-12, output_ohm=1e8))
    loop.drive(square(600e-6, 333_333))
    assert loop.history.mean(CURRENT, 0, 10 * S) == pytest.approx(0.0, abs=1e-9)
    assert loop.history.last.evolution.walked <= FEW


def test_a_level_out_of_reach_is_not_looked_for_period_by_period() -> None:
    """A search over a day for what never comes solves no more than the first periods."""
    loop, _ = bench(replace(EQUIPPED, pickup_a=1e-7), stage(120e-12, output_ohm=1e8))
    loop.drive(square(600e-6, 333_333))
    for rising, level in ((True, 1e-3), (False, -1e-3), (True, 601e-6)):
        assert loop.history.first_crossing(Edge(CURRENT, level, rising, 0.0), 0, DAY, primed=False)[0] is None
    assert loop.history.last.evolution.walked <= FEW


def test_the_mean_of_whole_periods_is_the_closed_form_of_one() -> None:
    """Over whole periods a capacitor keeps nothing: the mean is that of the source."""
    loop, _ = bench(BARE, stage(200e-12))
    loop.drive(Drive(1e-3, (Piece(40 * US, 1.0), Piece(60 * US, -0.25)), 0))
    start = S
    assert loop.history.mean(CURRENT, start, start + 700 * US) == pytest.approx(1e-3 * (0.4 - 0.15), rel=1e-8)


@pytest.mark.parametrize("from_ns", [0, 17 * US, 3_000_001])
def test_means_are_the_same_whether_periods_are_summed_or_not(from_ns: int) -> None:
    """The mean over a long interval is the mean of its halves."""
    loop, _ = bench(replace(EQUIPPED, pickup_a=1e-7), stage(120e-12, output_ohm=1e8), closed=SKIN)
    loop.drive(square(600e-6, 333_333, (0, 0.0), (2_000_000, 1.0)))
    to_ns = from_ns + 9_000_002
    middle = from_ns + 4_500_001
    halves = (loop.history.mean(CURRENT, from_ns, middle) + loop.history.mean(CURRENT, middle, to_ns)) / 2.0
    assert loop.history.mean(CURRENT, from_ns, to_ns) == pytest.approx(halves, rel=1e-9, abs=1e-15)
    total = sum(segment.integral() for segment in loop.history.segments(CURRENT, from_ns, to_ns))
    assert loop.history.mean(CURRENT, from_ns, to_ns) == pytest.approx(total / 9_000_002e-9, rel=1e-9, abs=1e-15)


@pytest.mark.parametrize("closed", [BARE.loads[0].force, BARE.loads[2].force])
def test_extremes_in_intervals_agree_with_dense_samples(closed: int) -> None:
    """No sample inside an interval lies beyond its extremes, and the extremes are nearly reached."""
    loop, keeper = bench(
        replace(EQUIPPED, pickup_a=2e-5), stage(120e-12, output_ohm=1e7), closed=frozenset({closed, 11, 12, 15, 16})
    )
    loop.drive(square(600e-6, 333_333, (0, 0.0), (4_000_000, 1.0)))
    keeper.advance(6_000_000)
    loop.contact("plus", closed=False)
    keeper.advance(2_000_100)
    loop.contact("plus", closed=True)
    keeper.advance(S)
    width, inside = 50_000, 500
    bounds = np.arange(401) * width / S
    low, high = loop.history.extremes_in(CURRENT, 0, bounds)
    dense = loop.history.sample(CURRENT, 0, np.arange(400 * inside) * (width // inside) / S).reshape(400, inside)
    assert (dense.min(axis=1) >= low - 1e-15).all()
    assert (dense.max(axis=1) <= high + 1e-15).all()
    # Nothing beyond the samples but what a sample's distance of 100 ns, the last one's included, leaves room for.
    room = np.abs(np.diff(dense.ravel(), append=0.0)).reshape(dense.shape).max(axis=1)
    quiet = room < 1e-7
    assert quiet.sum() > 200
    assert (dense.min(axis=1) - low)[quiet].max() < 1e-7
    assert (high - dense.max(axis=1))[quiet].max() < 1e-7
    assert (low.min(), high.max()) == pytest.approx(loop.history.extremes(CURRENT, 0, 400 * width), rel=1e-12)


def test_an_interval_that_ends_where_the_current_jumps_does_not_see_the_jump() -> None:
    """An interval holds its start and not its end: plateaus that fill whole intervals stay apart."""
    loop, _ = bench(BARE, stage())
    loop.drive(square(1e-3, 100 * US))
    low, high = loop.history.extremes_in(CURRENT, 0, 50e-6 * np.arange(9))
    expected = pytest.approx([1e-3, 1e-3, -1e-3, -1e-3] * 2, rel=1e-7)
    assert low.tolist() == expected
    assert high.tolist() == expected


def test_a_programme_begins_anew_at_begin() -> None:
    """Whatever its phase was, at `begin` the first piece starts."""
    loop, keeper = bench(BARE, stage())
    loop.drive(square(1e-3, 100 * US))
    keeper.advance(150 * US)
    assert loop.history.at(CURRENT, keeper.now_ns) == pytest.approx(-1e-3, rel=1e-7)
    loop.begin()
    assert loop.history.at(CURRENT, keeper.now_ns) == pytest.approx(1e-3, rel=1e-7)
    assert loop.history.at(CURRENT, keeper.now_ns + 99 * US) == pytest.approx(1e-3, rel=1e-7)
    assert loop.history.at(CURRENT, keeper.now_ns + 101 * US) == pytest.approx(-1e-3, rel=1e-7)


def test_a_level_with_pickup_reaches_its_crests() -> None:
    """A level I with a sine A on it lies between I - A and I + A."""
    loop, _ = bench(replace(BARE, pickup_a=1e-6), stage())
    loop.drive(steady(600e-6))
    low, high = loop.history.extremes(CURRENT, 0, 130 * S)
    assert (low, high) == (pytest.approx(599e-6, rel=2e-8), pytest.approx(601e-6, rel=2e-8))


def test_a_ramp_with_pickup_turns_where_their_slopes_cancel() -> None:
    """A ramp k t with A sin(w t) on it has its first maximum where cos(w t) = -k / (A w)."""
    loop, _ = bench(replace(BARE, pickup_a=1e-6), stage())
    slope, omega = 50e-6, 2.0 * math.pi * 50.0
    loop.drive(Drive(slope, (Piece(S, 1.0),), 0, ((0, 0.0), (S, 1.0))))
    turns = math.acos(-slope / (1e-6 * omega))
    _, high = loop.history.extremes(CURRENT, 0, 8_000_000)
    assert high == pytest.approx(slope * turns / omega + 1e-6 * math.sin(turns), rel=2e-8)


def test_samples_of_many_periods_are_those_of_one_at_a_time() -> None:
    """Sampling a long record gives at each instant what asking for that instant gives."""
    loop, keeper = bench(replace(EQUIPPED, pickup_a=1e-6), stage(120e-12, output_ohm=1e8), closed=SKIN)
    loop.drive(square(600e-6, 333_333, (0, 0.0), (4_000_000, 1.0)))
    keeper.advance(S)
    times_ns = np.arange(0, 100_000_000, 1_234_567)
    samples = loop.history.sample(Quantity.SCOPE_VOLTAGE, 0, times_ns / S)
    single = [loop.history.at(Quantity.SCOPE_VOLTAGE, int(at_ns)) for at_ns in times_ns]
    assert samples == pytest.approx(single, rel=1e-9, abs=1e-12)


def test_a_quarter_of_a_million_samples_of_1500_hz_come_from_a_few_periods() -> None:
    """A slow record over thousands of half periods solves no more than the first few of them."""
    loop, _ = bench(replace(EQUIPPED, pickup_a=1e-7), stage(120e-12, output_ohm=1e8))
    loop.drive(square(600e-6, 333_333))
    loop.history.sample(Quantity.SCOPE_VOLTAGE, 0, 1e-5 * np.arange(250_000))
    loop.history.extremes_in(Quantity.SCOPE_VOLTAGE, 0, 2e-5 * np.arange(125_001))
    assert loop.history.last.evolution.walked <= FEW


@pytest.mark.parametrize("closed", [BARE.loads[0].force, BARE.loads[2].force])
def test_a_dense_record_has_the_bytes_of_a_sparse_one(closed: int) -> None:
    """How many samples are asked for changes none of them by a bit."""
    loop, keeper = bench(
        BARE, stage(245e-12, compliance_v=8.0, output_ohm=22.5e6), closed=frozenset({closed, 11, 12, 15, 16})
    )
    loop.drive(square(1e-3, 5_000_000, (0, 0.0), (4_000_000, 1.0)))
    keeper.advance(S)
    seconds = np.arange(200_000) / 1e6
    for quantity in (CURRENT, Quantity.VOLTAGE):
        dense = loop.history.sample(quantity, 0, seconds)
        sparse = loop.history.sample(quantity, 0, np.append(seconds[::400], seconds[-1]))
        assert dense[::400].tobytes() == sparse[:-1].tobytes()


def test_a_programme_repeats_from_its_origin_both_ways() -> None:
    """Pieces follow each other for ever; the envelope multiplies, the offset is added unscaled."""
    drive = Drive(2.0, (Piece(3, 1.0), Piece(2, -0.5)), 10, ((0, 0.5), (4, 1.0)), on_ns=20, offset_a=0.25)
    values = [next(drive.lines(at_ns, at_ns + 1)).value for at_ns in (7, 8, 10, 13, 20, 22, 24, 29)]
    assert values == pytest.approx([1.25, -0.25, 1.25, -0.25, 1.25, 1.75, -0.75, -0.75])
    lines = list(drive.lines(18, 30))
    assert [line.start_ns for line in lines] == [18, 20, 23, 24, 25, 28]
    assert lines[-1].end_ns == 30


def test_a_step_in_an_envelope_is_two_corners_at_one_time() -> None:
    """At the time of two corners the second one holds."""
    drive = Drive(1.0, (Piece(S, 1.0),), 0, ((0, 1.0), (10, 1.0), (10, 0.0), (20, 0.0)))
    assert [next(drive.lines(at_ns, at_ns + 1)).value for at_ns in (9, 10, 25)] == [1.0, 0.0, 0.0]


def test_a_programme_whose_pieces_are_alike_is_steady() -> None:
    """Nothing repeats where nothing changes."""
    assert Schedule(Drive(0.0, (Piece(5, 1.0), Piece(5, -1.0)), 0)).period_ns is None
    assert Schedule(steady(1e-3)).period_ns is None


@pytest.mark.parametrize(
    ("amplitude", "programme", "envelope"),
    [
        (math.nan, (Piece(1, 1.0),), ()),
        (1.0, (), ()),
        (1.0, (Piece(1, 1.0),), ((5, 1.0),)),
        (1.0, (Piece(1, 1.0),), ((0, 1.0), (9, 1.0), (8, 0.0))),
        (1.0, (Piece(1, 1.0),), ((0, math.inf),)),
    ],
)
def test_a_drive_that_makes_no_sense_is_refused(
    amplitude: float, programme: tuple[Piece, ...], envelope: tuple[tuple[int, float], ...]
) -> None:
    """Numbers are finite, a programme has a piece, corners ascend from 0."""
    with pytest.raises((ValueError, NotFinite), match=r"NaN|infinite|at least one|ascend"):
        Drive(amplitude, programme, 0, envelope)
