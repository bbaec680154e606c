"""The circuit against closed forms."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from harness.simulation.circuit.branch import Branch
from harness.simulation.circuit.drive import Drive, Piece, steady
from harness.simulation.circuit.history import Edge, Quantity, Stage
from harness.simulation.circuit.loop import Loop
from harness.simulation.circuit.parts import Parts
from harness.simulation.timekeeper import VirtualTimekeeper

S = 1_000_000_000
LOAD, METER, SCOPE = 300.0, 100.0, 100.0
ALL = frozenset({1, 11, 12, 15, 16})
OUTPUT_OHM, COMPLIANCE_V = 1e6, 24.0
IDEAL = Parts(
    loads=(Branch("L", LOAD, 1, None, 0.0, 1e30), Branch("M", 600.0, 2, None, 0.0, 1e30)),
    meter=(Branch("RM", METER, 11, 12, 0.0, 1e30),),
    scope=(Branch("RS", SCOPE, 15, 16, 0.0, 1e30),),
    temperature_c=23.0,
    pickup_a=0.0,
    mains_hz=50.0,
    meter_bias_a=0.0,
    scope_input_ohm=1e30,
    emf_half_period_s=30.0,
)


def make(parts: Parts = IDEAL, closed: frozenset[int] = ALL) -> tuple[Loop, VirtualTimekeeper]:
    """Make a loop of ideal instruments, its relays closed."""
    keeper = VirtualTimekeeper()
    loop = Loop(keeper, parts, (Stage(COMPLIANCE_V, OUTPUT_OHM),))
    loop.meter_input(1e30)
    loop.connect(closed)
    return loop, keeper


def rising(current_a: float, rise_ns: int) -> Drive:
    """Answer a steady current that rises from zero in a straight line."""
    return Drive(current_a, (Piece(S, 1.0),), 0, ((0, 0.0), (rise_ns, 1.0)))


def alternating(current_a: float, half_period_ns: int, *corners: tuple[int, float]) -> Drive:
    """Answer a square wave about zero."""
    return Drive(current_a, (Piece(half_period_ns, 1.0), Piece(half_period_ns, -1.0)), 0, corners)


def divided(loop_ohm: float) -> float:
    """Share of the source current that flows through the loop."""
    return OUTPUT_OHM / (OUTPUT_OHM + loop_ohm)


def test_the_output_resistance_takes_its_share() -> None:
    """The loop carries the source current times R_out / (R_out + R_loop)."""
    loop, _ = make()
    loop.drive(steady(1e-3))
    assert loop.history.mean(Quantity.CURRENT, 0, S) == pytest.approx(1e-3 * divided(500.0), rel=1e-14)
    assert loop.history.mean(Quantity.VOLTAGE, 0, S) == pytest.approx(0.5 * divided(500.0), rel=1e-14)
    assert loop.history.mean(Quantity.METER_VOLTAGE, 0, S) == pytest.approx(0.1 * divided(500.0), rel=1e-14)


def test_the_compliance_voltage_limits_the_current() -> None:
    """A source that would need more than 24 V delivers 24 V / R."""
    loop, _ = make()
    loop.drive(steady(-1.0))
    assert loop.history.mean(Quantity.VOLTAGE, 0, S) == pytest.approx(-COMPLIANCE_V, rel=1e-14)
    assert loop.history.mean(Quantity.CURRENT, 0, S) == pytest.approx(-COMPLIANCE_V / 500.0, rel=1e-14)


def test_an_open_loop_rests_at_compliance_without_current() -> None:
    """With no load the output stands at its largest voltage and nothing flows."""
    loop, _ = make(closed=ALL - {1})
    loop.drive(steady(1e-3))
    assert loop.history.mean(Quantity.CURRENT, 0, S) == 0.0
    assert loop.history.mean(Quantity.VOLTAGE, 0, S) == pytest.approx(COMPLIANCE_V)
    assert loop.history.mean(Quantity.SCOPE_VOLTAGE, 0, S) == 0.0


def test_two_closed_loads_are_parallel() -> None:
    """300 and 600 ohm together are 200 ohm."""
    loop, _ = make(closed=ALL | {2})
    loop.drive(steady(1e-3))
    assert loop.history.mean(Quantity.VOLTAGE, 0, S) == pytest.approx(0.4 * divided(400.0), rel=1e-14)


def test_an_open_sense_channel_shows_nothing() -> None:
    """Without its sense contact the instrument sees 0 V while the current flows."""
    loop, _ = make(closed=ALL - {12})
    loop.drive(steady(1e-3))
    assert loop.history.mean(Quantity.METER_VOLTAGE, 0, S) == 0.0
    assert loop.history.mean(Quantity.CURRENT, 0, S) > 0.0


def test_an_instrument_loads_its_resistor() -> None:
    """1 Mohm across 100 ohm leaves 1e6 * 100 / (1e6 + 100) ohm."""
    loop, _ = make(replace(IDEAL, scope_input_ohm=1e6))
    loop.drive(steady(1e-3))
    seen = 1e6 * 100.0 / (1e6 + 100.0)
    expected = 1e-3 * divided(400.0 + seen) * seen
    assert loop.history.mean(Quantity.SCOPE_VOLTAGE, 0, S) == pytest.approx(expected, rel=1e-13)


def test_a_contact_lies_outside_the_sensed_voltage() -> None:
    """A bad force contact changes the voltage at the output, not the one at the meter."""
    bad = replace(IDEAL, meter=(replace(IDEAL.meter[0], contact_ohm=50.0),))
    loop, _ = make(bad)
    loop.drive(steady(1e-3))
    current = 1e-3 * divided(550.0)
    assert loop.history.mean(Quantity.CURRENT, 0, S) == pytest.approx(current, rel=1e-14)
    assert loop.history.mean(Quantity.METER_VOLTAGE, 0, S) == pytest.approx(current * METER, rel=1e-14)


def test_a_linear_rise_has_half_the_plateau_as_its_mean() -> None:
    """From ON to the end of the rise the mean is half, the r.m.s. is the plateau over the root of 3."""
    loop, _ = make()
    loop.drive(rising(1e-3, 800_000_000))
    plateau = 1e-3 * divided(500.0)
    assert loop.history.mean(Quantity.CURRENT, 0, 800_000_000) == pytest.approx(plateau / 2, rel=1e-13)
    assert loop.history.rms(Quantity.CURRENT, 0, 800_000_000) == pytest.approx(plateau / math.sqrt(3), rel=1e-13)
    assert loop.history.at(Quantity.CURRENT, 400_000_000) == pytest.approx(plateau / 2, rel=1e-13)


def test_a_rise_stops_where_it_meets_the_compliance_voltage() -> None:
    """A rise to twice the largest current spends its second half at that current."""
    loop, _ = make()
    largest = COMPLIANCE_V / 500.0
    loop.drive(rising(2 * largest / divided(500.0), S))
    assert loop.history.mean(Quantity.CURRENT, 0, S) == pytest.approx(0.75 * largest, rel=1e-9)
    assert loop.history.extremes(Quantity.CURRENT, 0, 2 * S)[1] == pytest.approx(largest, rel=1e-12)


def test_an_alternating_current_has_no_mean_and_full_rms() -> None:
    """Over whole periods plus and minus cancel; half a period shows the plateau."""
    loop, _ = make()
    loop.drive(alternating(1e-3, S // 2))
    plateau = 1e-3 * divided(500.0)
    assert loop.history.mean(Quantity.CURRENT, 0, 3 * S) == pytest.approx(0.0, abs=1e-18)
    assert loop.history.rms(Quantity.CURRENT, 0, 3 * S) == pytest.approx(plateau, rel=1e-13)
    assert loop.history.mean(Quantity.CURRENT, S // 2, S) == pytest.approx(-plateau, rel=1e-13)


def test_the_past_stays_as_it_was() -> None:
    """A change now leaves every interval before it alone."""
    loop, keeper = make()
    loop.drive(steady(1e-3))
    keeper.advance(S)
    before = loop.history.mean(Quantity.CURRENT, 0, S)
    loop.connect(frozenset())
    keeper.advance(S)
    assert loop.history.mean(Quantity.CURRENT, 0, S) == before
    assert loop.history.mean(Quantity.CURRENT, 0, 2 * S) == pytest.approx(before / 2, rel=1e-13)


def test_pickup_is_a_sine_in_a_closed_loop_only() -> None:
    """Mains pickup of peak A has the r.m.s. A / root 2 where the loop is closed, and none where it is open."""
    loop, keeper = make(replace(IDEAL, pickup_a=1e-7))
    keeper.advance(S)
    assert loop.history.rms(Quantity.CURRENT, 0, S) == pytest.approx(1e-7 / math.sqrt(2), rel=1e-12)
    loop.connect(frozenset())
    keeper.advance(S)
    assert loop.history.rms(Quantity.CURRENT, S, 2 * S) == 0.0


def test_the_thermal_voltage_walks_slowly_between_its_ends() -> None:
    """The slow part goes from 0 to its swing in half a period and back."""
    warm = replace(IDEAL, meter=(replace(IDEAL.meter[0], emf_v=2e-6, emf_swing_v=3e-7),))
    loop, keeper = make(warm)
    keeper.advance(60 * S)
    assert loop.history.at(Quantity.METER_VOLTAGE, 0) == pytest.approx(2e-6)
    assert loop.history.at(Quantity.METER_VOLTAGE, 30 * S) == pytest.approx(2.3e-6)
    assert loop.history.mean(Quantity.METER_VOLTAGE, 0, 60 * S) == pytest.approx(2.15e-6)


def test_samples_and_means_agree() -> None:
    """Sampled values are the values of the same lines, before and after a change."""
    loop, keeper = make(replace(IDEAL, pickup_a=1e-7))
    loop.drive(alternating(1e-3, S // 2, (0, 0.0), (300_000_000, 1.0)))
    keeper.advance(2 * S)
    samples = loop.history.sample(Quantity.CURRENT, 0, 1e-3 * np.arange(2000))
    for index in (0, 150, 299, 300, 499, 500, 999, 1000, 1999):
        assert samples[index] == pytest.approx(loop.history.at(Quantity.CURRENT, index * 1_000_000), rel=1e-12)


def test_a_crossing_needs_the_other_side_first() -> None:
    """A trigger that arms above its level waits until the value has been below."""
    loop, _ = make()
    loop.drive(alternating(1e-3, S // 2))
    edge = Edge(Quantity.CURRENT, 0.5e-3, rising=True, hysteresis=0.0)
    found, primed = loop.history.first_crossing(edge, 100_000_000, 10 * S, primed=False)
    assert (found, primed) == (S, True)
    falling = Edge(Quantity.CURRENT, 0.5e-3, rising=False, hysteresis=0.0)
    assert loop.history.first_crossing(falling, 100_000_000, 10 * S, primed=False)[0] == S // 2


def test_hysteresis_keeps_small_signals_from_triggering() -> None:
    """A signal that never goes below level minus hysteresis never triggers."""
    loop, _ = make(replace(IDEAL, pickup_a=1e-7))
    edge = Edge(Quantity.CURRENT, 0.5e-7, rising=True, hysteresis=2e-7)
    assert loop.history.first_crossing(edge, 0, 10 * S, primed=False)[0] is None
