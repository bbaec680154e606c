"""Output stages with everything that can be in them, against closed forms."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from harness.errors import NotFinite
from harness.simulation.circuit.drive import Drive, Piece, steady
from harness.simulation.circuit.history import Edge, Quantity
from harness.simulation.circuit.stage import Stage
from tests.simulation.circuits import BARE, CLOSED, EQUIPPED, LOOP_OHM, SWITCHED, US, S, bench, stage

CURRENT, VOLTAGE, OWN = Quantity.CURRENT, Quantity.VOLTAGE, Quantity.SOURCE_CURRENT
IDEAL_OHM = 1e18


@pytest.mark.parametrize("output_f", [0.0, 100e-12])
def test_a_protection_resistor_takes_its_share_of_the_compliance(output_f: float) -> None:
    """Up to Vc / (R + Rs) the load carries the source's current; above it what Vc drives through both."""
    protected = Stage(40.0, IDEAL_OHM, output_f, series_ohm=30e3)
    loop, keeper = bench(BARE, protected)
    loop.drive(steady(0.9e-3))
    keeper.advance(S)
    assert loop.history.at(CURRENT, keeper.now_ns) == pytest.approx(0.9e-3, rel=1e-7)
    loop.drive(steady(2e-3))
    keeper.advance(S)
    clamp_ohm = 100.0 if output_f else 0.0
    inside_v = (40.0 + clamp_ohm * 2e-3) / (1.0 + clamp_ohm / (30e3 + LOOP_OHM))
    assert loop.history.at(CURRENT, keeper.now_ns) == pytest.approx(inside_v / (30e3 + LOOP_OHM), rel=1e-9)
    assert loop.history.at(OWN, keeper.now_ns) == loop.history.at(CURRENT, keeper.now_ns)


def test_a_protection_resistor_slows_what_a_touch_draws() -> None:
    """A clamped source charges the terminals through its resistor with R C."""
    loop, _ = bench(SWITCHED, Stage(10.0, IDEAL_OHM, 1e-9, series_ohm=100e3), closed=frozenset())
    loop.drive(steady(50e-3))
    seconds = np.array([0.0, 20e-6, 100e-6, 1e-3])
    rest_v, tau_s = 10.0 + 100.0 * 50e-3, 1e-9 * (100e3 + 100.0)
    assert loop.history.sample(VOLTAGE, 0, seconds) == pytest.approx(rest_v * -np.expm1(-seconds / tau_s), abs=1e-8)


def test_a_leaky_coupling_capacitor_lets_direct_current_through() -> None:
    """Held at Vc, the current falls from Vc / R to Vc / (R + R_leak) with C times the two in parallel."""
    leaky = Stage(20.0, IDEAL_OHM, 0.0, 1e-6, coupling_leak_ohm=90e3)
    loop, _ = bench(BARE, leaky)
    loop.drive(steady(1.0))
    seen_ohm = LOOP_OHM + 100.0
    held_v = 20.0 + 100.0 * 1.0
    tau_s = 1e-6 / (1.0 / 90e3 + 1.0 / seen_ohm)
    last_a = held_v / (seen_ohm + 90e3)
    seconds = np.array([0.0, 1e-3, 10e-3, 50e-3, 5.0])
    expected = last_a + (held_v / seen_ohm - last_a) * np.exp(-seconds / tau_s)
    assert loop.history.sample(CURRENT, 0, seconds) == pytest.approx(expected, abs=1e-9 / LOOP_OHM)


def test_a_shunt_draws_nothing_below_its_knee_and_its_resistance_s_share_beyond() -> None:
    """Beyond the knee Vk the load sees (I + Vk / Rk) / (1 / R + 1 / Rk); what the shunt draws the unit keeps."""
    leaking = Stage(70.0, IDEAL_OHM, 0.0, shunt_knee_v=5.0, shunt_ohm=20e3)
    loop, keeper = bench(BARE, leaking)
    for current_a in (0.4e-3, -0.4e-3, 1e-3, -1e-3):
        loop.drive(steady(current_a))
        keeper.advance(S)
        free_v = current_a * LOOP_OHM
        beyond_v = (abs(current_a) + 5.0 / 20e3) / (1.0 / LOOP_OHM + 1.0 / 20e3)
        expected = free_v if abs(free_v) < 5.0 else math.copysign(beyond_v, current_a)
        assert loop.history.at(VOLTAGE, keeper.now_ns) == pytest.approx(expected, abs=1e-9)
        assert loop.history.at(OWN, keeper.now_ns) == pytest.approx(expected / LOOP_OHM, rel=1e-7)


def test_a_shunt_begins_to_conduct_where_the_charge_reaches_its_knee() -> None:
    """Terminals that charge with R C reach the knee at R C ln(1 / (1 - Vk / IR)), then near their rest with R || Rk."""
    leaking = Stage(70.0, 1e15, 1e-9, shunt_knee_v=5.0, shunt_ohm=10e3)
    loop, _ = bench(BARE, leaking)
    loop.drive(steady(1e-3))
    reaches_s = 1e-9 * LOOP_OHM * math.log(2.0)
    found, _ = loop.history.first_crossing(Edge(VOLTAGE, 5.0, rising=True, hysteresis=0.0), 0, S, primed=True)
    assert found == pytest.approx(reaches_s * S, abs=1.0)
    assert found is not None
    seconds = np.array([1e-6, 5e-6, 20e-6])
    rest_v = (1e-3 + 5.0 / 10e3) / (1.0 / LOOP_OHM + 1.0 / 10e3)
    start_v = 10.0 * -math.expm1(-found / S / (1e-9 * LOOP_OHM))
    expected = rest_v + (start_v - rest_v) * np.exp(-seconds / (1e-9 * 5e3))
    assert loop.history.sample(VOLTAGE, found, seconds) == pytest.approx(expected, abs=1e-9)


def test_clamp_and_shunt_act_together() -> None:
    """Behind a protection resistor both conduct at once; the voltages are those of the linear network."""
    both = Stage(20.0, IDEAL_OHM, 0.0, series_ohm=1e3, shunt_knee_v=5.0, shunt_ohm=10e3)
    loop, keeper = bench(BARE, both)
    loop.drive(steady(50e-3))
    keeper.advance(S)
    matrix = np.array([[1.0 / 100.0 + 1e-3, -1e-3], [-1e-3, 1e-3 + 1.0 / LOOP_OHM + 1e-4]])
    source_v, terminals_v = np.linalg.solve(matrix, [50e-3 + 20.0 / 100.0, 5.0 * 1e-4])
    assert source_v > 20.0
    assert loop.history.at(VOLTAGE, keeper.now_ns) == pytest.approx(terminals_v, abs=1e-9)


@pytest.mark.parametrize("output_f", [0.0, 200e-12])
def test_compliance_may_differ_between_the_polarities(output_f: float) -> None:
    """A source that needs more is held at +Vc in one direction and at -Vn in the other."""
    loop, _ = bench(BARE, Stage(8.0, IDEAL_OHM, output_f, compliance_negative_v=3.0))
    loop.drive(Drive(1e-3, (Piece(S, 1.0), Piece(S, -1.0)), 0))
    clamp_ohm = 100.0 if output_f else 0.0
    for at_ns, edge_v in ((S - 1, 8.0), (2 * S - 1, -3.0)):
        expected = (edge_v + clamp_ohm * math.copysign(1e-3, edge_v)) / (1.0 + clamp_ohm / LOOP_OHM)
        assert loop.history.at(VOLTAGE, at_ns) == pytest.approx(expected, abs=1e-9)


def test_compliance_that_falls_takes_the_charge_with_it() -> None:
    """Terminals at rest at 70 V fall to 30 V through the clamp's 100 ohm when the compliance falls."""
    loop, keeper = bench(SWITCHED, stage(200e-12), closed=frozenset())
    loop.drive(steady(10e-6))
    keeper.advance(S)
    before_v = loop.history.at(VOLTAGE, keeper.now_ns)
    loop.stage(1, stage(200e-12, compliance_v=30.0))
    now_ns = keeper.now_ns
    seconds = np.array([0.0, 20e-9, 100e-9, 1e-6])
    rest_v = 30.0 + 100.0 * 10e-6
    expected = rest_v + (before_v - rest_v) * np.exp(-seconds / (100.0 * 200e-12))
    assert loop.history.sample(VOLTAGE, now_ns, seconds) == pytest.approx(expected, abs=1e-7)


@pytest.mark.parametrize("connected", [True, False])
def test_a_stage_that_changes_its_capacitances_keeps_their_charge(connected: bool) -> None:  # noqa: FBT001
    """Q stays: V before times C before over C after, for the terminals and for the coupling capacitor."""
    loop, keeper = bench(EQUIPPED, stage(120e-12, 1e-6), closed=frozenset())
    loop.select(None)
    loop.drive(steady(1e-6))
    keeper.advance(100 * US)
    loop.drive(steady(0.0))
    if connected:
        loop.select(1)
    before_v = loop.output(1).at(VOLTAGE, keeper.now_ns)
    assert before_v > 0.1
    loop.stage(1, stage(240e-12, 2e-6))
    farads = (200e-12, 320e-12) if connected else (120e-12, 240e-12)
    assert loop.output(1).at(VOLTAGE, keeper.now_ns) == pytest.approx(before_v * farads[0] / farads[1], rel=1e-9)


def test_a_stage_may_change_at_every_instant_of_a_battery_s_life() -> None:
    """A compliance that follows its battery step by step holds the current at Vc / R each time."""
    loop, keeper = bench(BARE, stage(compliance_v=9.0))
    loop.drive(steady(1e-3))
    for compliance_v in (9.0, 8.0, 7.0):
        loop.stage(1, stage(compliance_v=compliance_v))
        keeper.advance(S)
        assert loop.history.at(CURRENT, keeper.now_ns) == pytest.approx(compliance_v / LOOP_OHM, rel=1e-12)
    assert loop.sensed_ohm(1) == pytest.approx(LOOP_OHM)
    with pytest.raises(ValueError, match="channel 2"):
        loop.stage(2, stage())


@pytest.mark.parametrize(
    "wrong",
    [
        {"series_ohm": -1.0},
        {"coupling_leak_ohm": math.nan},
        {"shunt_ohm": 1e3},
        {"compliance_negative_v": 0.0},
        {"compliance_v": -1.0},
        {"coupling_f": -1e-6},
    ],
)
def test_a_stage_that_makes_no_sense_is_refused(wrong: dict[str, float]) -> None:
    """Nothing is negative, a shunt has a knee, magnitudes are above 0."""
    with pytest.raises((ValueError, NotFinite), match=r"at least 0|NaN|knee|magnitude|positive|not negative"):
        replace(Stage(70.0, 1e9), **wrong)


def test_defaults_are_parts_that_are_not_there() -> None:
    """A stage with its parts spelled out as absent gives the bytes of one that does not name them."""
    records = []
    spelled = Stage(5.0, 1e8, 120e-12, 1e-6, 5.0, 0.0, 0.0, 0.0, 0.0)
    for one in (Stage(5.0, 1e8, 120e-12, 1e-6), spelled):
        loop, keeper = bench(EQUIPPED, one, closed=CLOSED)
        loop.drive(Drive(1e-3, (Piece(333_333, 1.0), Piece(333_333, -1.0)), 0))
        keeper.advance(S)
        records.append(loop.history.sample(CURRENT, 0, 1e-5 * np.arange(50_000)).tobytes())
    assert records[0] == records[1]
