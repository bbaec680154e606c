"""Capacitors of the simulated bench against closed forms."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from harness.simulation.circuit.branch import Branch
from harness.simulation.circuit.drive import Drive, Piece, steady
from harness.simulation.circuit.history import Edge, Quantity
from harness.simulation.circuit.parts import AuxiliarySource, Probe
from tests.simulation.circuits import (
    AUXILIARY,
    BARE,
    CLOSED,
    EQUIPPED,
    LOOP_OHM,
    NEVER_OHM,
    PROBE,
    SKIN,
    SKIN_F,
    SKIN_OHM,
    SKIN_SERIES_OHM,
    SWITCHED,
    US,
    S,
    bench,
    square,
    stage,
)

CURRENT, VOLTAGE = Quantity.CURRENT, Quantity.VOLTAGE
TAU_S = LOOP_OHM * 200e-12


def test_a_step_of_current_fills_the_output_capacitance_first() -> None:
    """Into R with C across the terminals a step I gives I (1 - exp(-t / RC))."""
    loop, _ = bench(BARE, stage(200e-12))
    loop.drive(steady(1e-3))
    seconds = np.array([0.0, 0.5e-6, 2e-6, 10e-6, 1e-3])
    expected = 1e-3 * -np.expm1(-seconds / TAU_S)
    assert loop.history.sample(CURRENT, 0, seconds) == pytest.approx(expected, rel=1e-7, abs=1e-15)
    assert loop.history.mean(CURRENT, 0, 4 * US) == pytest.approx(
        1e-3 * (1.0 - TAU_S / 4e-6 * -math.expm1(-4e-6 / TAU_S)), rel=1e-7
    )


def test_a_touch_discharges_what_stood_at_compliance() -> None:
    """200 pF at 70 V give 14 nC to 10 kohm: above 1 mA for RC ln 7 = 3.9 us, with 8 nC beyond it."""
    loop, keeper = bench(SWITCHED, stage(200e-12))
    loop.contact("plus", closed=False)
    loop.drive(steady(10e-6))
    keeper.advance(S)
    start = keeper.now_ns
    rest_v = loop.history.at(VOLTAGE, start - 1)
    assert rest_v == pytest.approx(70.0, abs=100.0 * 10e-6 + 1e-9)
    loop.contact("plus", closed=True)
    loop.drive(steady(0.0))
    keeper.advance(S)
    history = loop.history
    assert history.mean(CURRENT, start, start + 100 * US) * 100e-6 == pytest.approx(200e-12 * rest_v, rel=1e-9)
    assert 200e-12 * rest_v == pytest.approx(14e-9, rel=1e-4)
    falls_ns, _ = history.first_crossing(
        Edge(CURRENT, 1e-3, rising=False, hysteresis=0.0), start, start + S, primed=True
    )
    assert falls_ns is not None
    above_s = (falls_ns - start) / S
    assert above_s == pytest.approx(TAU_S * math.log(rest_v / (LOOP_OHM * 1e-3)), abs=2e-9)
    assert above_s == pytest.approx(3.9e-6, abs=0.02e-6)
    excess = (history.mean(CURRENT, start, falls_ns) - 1e-3) * above_s
    assert excess == pytest.approx(8.1e-9, rel=0.01)


def test_an_open_terminal_slews_to_compliance_and_stays() -> None:
    """I charges C at I / C; the clamp of 100 ohm then carries all of I."""
    loop, keeper = bench(SWITCHED, stage(200e-12))
    loop.contact("minus", closed=False)
    loop.drive(steady(1e-3))
    keeper.advance(S)
    assert loop.history.at(VOLTAGE, 10 * US) == pytest.approx(1e-3 * 10e-6 / 200e-12, rel=1e-6)
    assert loop.history.at(VOLTAGE, S - 1) == pytest.approx(70.0 + 100.0 * 1e-3, rel=1e-9)
    reached, _ = loop.history.first_crossing(Edge(VOLTAGE, 70.0, rising=True, hysteresis=0.0), 0, S, primed=True)
    assert reached == pytest.approx(70.0 * 200e-12 / 1e-3 * S, abs=2)


def test_a_linear_rise_follows_its_capacitance_late() -> None:
    """A ramp k t through RC is k (t - tau (1 - exp(-t / tau)))."""
    loop, _ = bench(BARE, stage(200e-12))
    loop.drive(Drive(1e-3, (Piece(S, 1.0),), 0, ((0, 0.0), (100 * US, 1.0))))
    slope = 1e-3 / 100e-6
    seconds = np.array([1e-6, 5e-6, 50e-6, 99e-6])
    expected = slope * (seconds + TAU_S * np.expm1(-seconds / TAU_S))
    assert loop.history.sample(CURRENT, 0, seconds) == pytest.approx(expected, rel=1e-7)


def test_behind_a_coupling_capacitor_the_level_holds_and_then_decays() -> None:
    """The level holds for C (Vc - I R) / I; then it decays with RC, and no direct current is left."""
    loop, keeper = bench(BARE, stage(coupling_f=1e-6, compliance_v=72.0))
    loop.drive(steady(600e-6))
    holds_s = 1e-6 * (72.0 - 600e-6 * LOOP_OHM) / 600e-6
    assert holds_s == pytest.approx(0.11)
    keeper.advance(10 * S)
    history = loop.history
    assert history.at(CURRENT, round((holds_s - 1e-6) * S)) == pytest.approx(600e-6, rel=1e-6)
    decay_s = 1e-6 * (LOOP_OHM + 100.0)
    for times in (1.0, 3.0):
        at_ns = round((holds_s + times * decay_s) * S)
        assert history.at(CURRENT, at_ns) == pytest.approx(600e-6 * math.exp(-times), rel=1e-4)
    assert history.at(CURRENT, 9 * S) == pytest.approx(0.0, abs=1e-12)


def test_skin_charges_with_its_own_time_constant() -> None:
    """A step I into Rs + Rp || Cp gives I (Rs + Rp (1 - exp(-t / Rp Cp)))."""
    loop, _ = bench(BARE, stage(), closed=SKIN)
    loop.drive(steady(100e-6))
    seconds = np.array([0.0, 0.2e-3, 1e-3, 5e-3, 1.0])
    expected = 100e-6 * (SKIN_SERIES_OHM + SKIN_OHM * -np.expm1(-seconds / (SKIN_OHM * SKIN_F)))
    assert loop.history.sample(VOLTAGE, 0, seconds) == pytest.approx(expected, rel=1e-7)


def test_skin_with_a_resistor_across_it_is_solved_exactly() -> None:
    """At once the capacitor is a short, at rest it is none: the two are the loop's resistances."""
    loop, _ = bench(BARE, stage(), closed=SKIN | {2})
    loop.drive(steady(100e-6))
    at_once = 2000.0 + 1.0 / (1.0 / 500.0 + 1.0 / 2000.0)
    at_rest = 2000.0 + 1.0 / (1.0 / 20500.0 + 1.0 / 2000.0)
    tau_s = SKIN_F / (1.0 / SKIN_OHM + 1.0 / 2500.0)
    seconds = np.array([0.0, 0.5 * tau_s, 2.0 * tau_s, 1.0])
    expected = 100e-6 * (at_rest + (at_once - at_rest) * np.exp(-seconds / tau_s))
    assert loop.history.sample(VOLTAGE, 0, seconds) == pytest.approx(expected, rel=1e-7)


def test_skin_discharges_by_itself_while_its_relay_is_open() -> None:
    """One own time constant after its relay opened the network holds 1/e of its voltage."""
    loop, keeper = bench(BARE, stage(), closed=SKIN)
    loop.drive(steady(100e-6))
    keeper.advance(S)
    loop.drive(steady(0.0))
    loop.connect(CLOSED)
    keeper.advance(round(SKIN_OHM * SKIN_F * S))
    loop.connect(SKIN)
    assert loop.history.at(VOLTAGE, keeper.now_ns) == pytest.approx(100e-6 * SKIN_OHM / math.e, rel=1e-6)


def test_a_resistor_that_joins_charged_skin_divides_its_voltage() -> None:
    """Skin that holds V shows V R / (Rs + R) across a resistor R that is put parallel to it, and takes V back."""
    loop, keeper = bench(BARE, stage(), closed=SKIN)
    loop.drive(steady(100e-6))
    keeper.advance(S)
    loop.drive(steady(0.0))
    loop.connect(SKIN | {2})
    assert loop.history.at(VOLTAGE, keeper.now_ns) == pytest.approx(100e-6 * SKIN_OHM * 2000.0 / 2500.0, rel=1e-6)
    loop.connect(SKIN)
    assert loop.history.at(VOLTAGE, keeper.now_ns) == pytest.approx(100e-6 * SKIN_OHM, rel=1e-6)


def test_a_probe_brings_no_charge_of_its_own() -> None:
    """Each time its relay closes, 5 pF without charge join what is there."""
    parts = replace(EQUIPPED, probe=Probe(NEVER_OHM, 5e-12, (PROBE,)))
    loop, keeper = bench(parts, stage(120e-12), closed=frozenset())
    loop.drive(steady(1e-3))
    keeper.advance(US)
    loop.drive(steady(0.0))
    first_v = loop.history.at(VOLTAGE, keeper.now_ns)
    for times in (1, 2):
        loop.connect(frozenset({PROBE}))
        loop.connect(frozenset())
        assert loop.history.at(VOLTAGE, keeper.now_ns) == pytest.approx(first_v * (200 / 205) ** times, rel=1e-9)


def test_two_alike_skin_loads_at_once_are_one_of_half_the_resistance() -> None:
    """A step I into two of (Rs + Rp || Cp) side by side: half of Rs, half of Rp, twice Cp."""
    loop, keeper = bench(BARE, stage(output_ohm=1e18), closed=SKIN | {4})
    loop.drive(steady(100e-6))
    tau_s = SKIN_OHM * SKIN_F
    seconds = np.array([0.0, 0.2e-3, 1e-3, 5e-3, 1.0])
    expected = 100e-6 * (2000.0 + 250.0 + 0.5 * SKIN_OHM * -np.expm1(-seconds / tau_s))
    assert loop.history.sample(VOLTAGE, 0, seconds) == pytest.approx(expected, abs=1e-9)
    assert loop.sensed_ohm(1) == pytest.approx(2250.0 + 0.5 * SKIN_OHM, rel=1e-12)
    keeper.advance(S)
    loop.drive(steady(0.0))
    loop.connect(SKIN)
    assert loop.history.at(VOLTAGE, keeper.now_ns) == pytest.approx(100e-6 * 0.5 * SKIN_OHM, rel=1e-9)


def test_charged_skin_that_meets_another_shares_its_charge_through_both_resistors() -> None:
    """Two capacitors level out with C / 2 and 2 Rs; the loop sees half of the two, which only leakage drains."""
    leaks_s = 1e9 * SKIN_F
    ladder = ((1e9, SKIN_F),)
    parts = replace(
        BARE,
        loads=(
            Branch("a", 500.0, 3, None, 0.0, NEVER_OHM, ladder=ladder),
            Branch("b", 500.0, 4, None, 0.0, NEVER_OHM, ladder=ladder),
        ),
    )
    loop, keeper = bench(parts, stage(output_ohm=1e18), closed=SKIN)
    loop.drive(steady(100e-6))
    keeper.advance(1_000_000)
    loop.drive(steady(0.0))
    loop.connect(SKIN | {4})
    volts = 100e-6 * 1e9 * -math.expm1(-1e-3 / leaks_s)
    seconds = np.array([0.0, 10e-6, 100e-6])
    expected = 0.5 * volts * np.exp(-seconds / leaks_s)
    assert loop.history.sample(VOLTAGE, keeper.now_ns, seconds) == pytest.approx(expected, abs=1e-9)
    keeper.advance(round(SKIN_F * 500.0 * math.log(4.0) * S))
    loop.connect(CLOSED - {1} | {4})
    assert loop.history.at(VOLTAGE, keeper.now_ns) == pytest.approx(volts * 0.5 * (1.0 - 0.25), rel=1e-5)


def test_terminals_share_their_charge_with_the_leads() -> None:
    """120 pF at 70 V that meet 80 pF without charge stand at 70 * 120 / 200 V together."""
    loop, keeper = bench(EQUIPPED, stage(120e-12), stage(120e-12), closed=frozenset())
    loop.select(None)
    loop.begin()
    loop.drive(steady(1e-3))
    keeper.advance(S)
    rest_v = loop.output(1).at(VOLTAGE, keeper.now_ns)
    assert rest_v == pytest.approx(70.0 + 100.0 * 1e-3, rel=1e-6)
    assert loop.history.at(VOLTAGE, keeper.now_ns) == 0.0
    loop.drive(steady(0.0))
    loop.select(1)
    assert loop.history.at(VOLTAGE, keeper.now_ns) == pytest.approx(rest_v * 120 / 200, rel=1e-12)
    assert loop.output(1).at(VOLTAGE, keeper.now_ns) == loop.history.at(VOLTAGE, keeper.now_ns)
    assert loop.output(2).at(VOLTAGE, keeper.now_ns) == 0.0


def test_a_channel_that_is_not_connected_lives_on() -> None:
    """Deselected, a channel keeps its voltage and its drive, and the bench sees neither."""
    loop, keeper = bench(EQUIPPED, stage(120e-12, output_ohm=1e8), stage(120e-12))
    loop.drive(steady(600e-6))
    loop.drive(steady(-1e-3), 2)
    keeper.advance(S)
    assert loop.output(2).at(VOLTAGE, keeper.now_ns) == pytest.approx(-70.1, rel=1e-6)
    before_v = loop.history.at(VOLTAGE, keeper.now_ns)
    loop.select(None)
    assert loop.output(1).at(VOLTAGE, keeper.now_ns) == pytest.approx(before_v, rel=1e-9)
    assert loop.output(1).at(VOLTAGE, keeper.now_ns + 10 * US) == pytest.approx(
        before_v + 600e-6 * 10e-6 / 120e-12, rel=1e-3
    )
    assert loop.history.at(CURRENT, keeper.now_ns + S) == pytest.approx(0.0, abs=1e-15)
    with pytest.raises(ValueError, match="channel 3"):
        loop.output(3)


def test_an_open_contact_passes_its_capacitance_s_share() -> None:
    """While the terminals slew at I / (C + C1 / 2) the two open contacts carry C1 / 2 times that."""
    loop, keeper = bench(EQUIPPED, stage(120e-12))
    loop.contact("plus", closed=False)
    loop.contact("minus", closed=False)
    loop.drive(steady(1e-3))
    keeper.advance(S)
    share = 10e-12 / (120e-12 + 80e-12 + 10e-12)
    assert loop.history.at(CURRENT, 5 * US) == pytest.approx(1e-3 * share, rel=1e-3)
    assert loop.history.at(VOLTAGE, 5 * US) == pytest.approx(1e-3 * 5e-6 / 210e-12, rel=1e-2)


def test_the_loop_current_does_not_jump_when_a_contact_opens() -> None:
    """The opening contact starts with the voltage that it had while it was closed."""
    loop, keeper = bench(EQUIPPED, stage(120e-12))
    loop.drive(steady(600e-6))
    keeper.advance(S)
    before = loop.history.at(CURRENT, keeper.now_ns - 1)
    loop.contact("plus", closed=False)
    assert loop.history.at(CURRENT, keeper.now_ns) == pytest.approx(before, rel=1e-9)


def test_what_is_injected_is_not_the_unit_s_own() -> None:
    """Injection and source superpose in the loop; the unit's share is the whole less the injection."""
    loop, keeper = bench(EQUIPPED, stage(120e-12, output_ohm=20e6))
    loop.connect(CLOSED | {AUXILIARY})
    total, own, injected = [], [], []
    for current_a, emf_v in ((0.0, 20.0), (600e-6, 0.0), (600e-6, 20.0)):
        loop.drive(steady(current_a))
        loop.auxiliary(emf_v)
        keeper.advance(S)
        at_ns = keeper.now_ns - 1
        total.append(loop.history.at(CURRENT, at_ns))
        own.append(loop.history.at(Quantity.SOURCE_CURRENT, at_ns))
        injected.append((emf_v - loop.history.at(VOLTAGE, at_ns)) / 10e3)
    assert total[0] + total[1] == pytest.approx(total[2], rel=1e-12)
    assert total[0] == pytest.approx(20.0 / (10e3 + 10050.0), rel=1e-3)
    for whole, share, part in zip(total, own, injected, strict=True):
        assert whole - part == pytest.approx(share, rel=1e-9)


def test_exchanged_leads_drive_the_other_way() -> None:
    """While the relays that exchange the supply's leads are closed, the injection has the other sign."""
    source = AuxiliarySource(10e3, (AUXILIARY,), (302,))
    loop, keeper = bench(replace(EQUIPPED, auxiliary=source), stage(120e-12, output_ohm=20e6))
    loop.auxiliary(20.0)
    found = []
    for relays in ({AUXILIARY}, {AUXILIARY, 302}):
        loop.connect(CLOSED | relays)
        keeper.advance(S)
        found.append(loop.history.at(CURRENT, keeper.now_ns - 1))
    assert found[0] == pytest.approx(20.0 / (10e3 + 10050.0), rel=1e-3)
    assert found[1] == pytest.approx(-found[0], rel=1e-9)


def test_the_unit_s_own_current_charges_the_leads() -> None:
    """Of what charges the terminals, the leads' part passes through them: C_leads / C of it."""
    loop, _ = bench(EQUIPPED, stage(120e-12), closed=frozenset())
    loop.drive(steady(1e-3))
    assert loop.history.at(Quantity.SOURCE_CURRENT, US) == pytest.approx(1e-3 * 80 / 200, rel=1e-6)
    assert loop.history.at(CURRENT, US) == 0.0


def test_the_probe_draws_its_current_and_shows_its_voltage() -> None:
    """10 Mohm across the terminals take their share; without its relay the input shows 0."""
    loop, keeper = bench(EQUIPPED, stage(120e-12))
    loop.drive(steady(600e-6))
    keeper.advance(S)
    assert loop.history.at(Quantity.ELECTRODE_VOLTAGE, keeper.now_ns) == 0.0
    loop.connect(CLOSED | {PROBE})
    keeper.advance(S)
    ohm = 10050.0 * 10e6 / (10050.0 + 10e6)
    assert loop.history.at(Quantity.ELECTRODE_VOLTAGE, keeper.now_ns) == pytest.approx(600e-6 * ohm, rel=1e-7)
    assert loop.history.at(CURRENT, keeper.now_ns) == pytest.approx(600e-6 * ohm / 10050.0, rel=1e-7)


def test_the_monitor_follows_its_own_switch() -> None:
    """The contact monitor shows 3.3 V while it is closed, 0 otherwise."""
    loop, keeper = bench(EQUIPPED, stage(120e-12))
    loop.monitor(closed=True)
    keeper.advance(US)
    loop.monitor(closed=False)
    edge = Edge(Quantity.MONITOR, 1.6, rising=False, hysteresis=0.1)
    assert loop.history.at(Quantity.MONITOR, 0) == 3.3
    assert loop.history.first_crossing(edge, 0, S, primed=False) == (US, True)


def test_the_sensed_resistance_is_the_loop_s_and_none_where_it_is_open() -> None:
    """What a contact-sensing unit sees ends where the contact, the relay or the load ends."""
    loop, _ = bench(EQUIPPED, stage(), stage())
    assert loop.sensed_ohm(1) == pytest.approx(LOOP_OHM + 50.0)
    assert loop.sensed_ohm(2) is None
    loop.contact("minus", closed=False)
    assert loop.sensed_ohm(1) is None
    loop.contact("minus", closed=True)
    loop.connect(CLOSED - {1})
    assert loop.sensed_ohm(1) is None


def test_the_clamp_holds_both_ways_and_lets_go() -> None:
    """A source that swings beyond compliance is held at it each time and comes back in between."""
    loop, keeper = bench(SWITCHED, stage(200e-12, output_ohm=1e6))
    loop.contact("plus", closed=False)
    loop.drive(square(1e-3, 1_000_000))
    keeper.advance(S)
    low, high = loop.history.extremes(VOLTAGE, 0, S)
    rest = (70.0 / 100.0 + 1e-3) / (1.0 / 100.0 + 1e-6)
    assert (low, high) == (pytest.approx(-rest, rel=1e-9), pytest.approx(rest, rel=1e-9))
    # Back from +rest the clamp carries its last, then R_out C takes over: time from +Vc to -Vc.
    tau_s = 1e6 * 200e-12
    swing_s = tau_s * math.log((1000.0 + 70.0) / (1000.0 - 70.0))
    crosses, _ = loop.history.first_crossing(
        Edge(VOLTAGE, -70.0, rising=False, hysteresis=0.0), 1_000_000, S, primed=True
    )
    assert crosses is not None
    assert (crosses - 1_000_000) / S == pytest.approx(swing_s, abs=60e-9)


def test_the_clamp_acts_at_once_where_nothing_slows_the_terminals() -> None:
    """With skin alone the voltage jumps with the current: 0.1 A into 2.5 kohm and the clamp's 100 ohm to 70 V."""
    loop, _ = bench(BARE, stage(), closed=SKIN)
    loop.drive(steady(0.1))
    expected = (0.1 + 70.0 / 100.0) / (1.0 / 100.0 + 1.0 / SKIN_SERIES_OHM)
    assert loop.history.at(VOLTAGE, 0) == pytest.approx(expected, rel=1e-9)


def test_what_flows_in_is_what_is_stored_and_flows_out() -> None:
    """The source's charge is the load's, the clamp's and the output resistance's, and what the capacitor gained."""
    loop, keeper = bench(BARE, stage(200e-12, output_ohm=1e6))
    loop.drive(
        Drive(2e-3, (Piece(7 * US, 1.0), Piece(5 * US, -0.5), Piece(8 * US, 0.0)), 0, ((0, 0.0), (60 * US, 1.0)))
    )
    keeper.advance(S)
    to_ns = 133 * US
    given = sum(
        (line.value + 0.5 * line.slope * (line.end_ns - line.start_ns) / S) * (line.end_ns - line.start_ns) / S
        for line in Drive(
            2e-3, (Piece(7 * US, 1.0), Piece(5 * US, -0.5), Piece(8 * US, 0.0)), 0, ((0, 0.0), (60 * US, 1.0))
        ).lines(0, to_ns)
    )
    through_load = loop.history.mean(CURRENT, 0, to_ns) * to_ns / S
    through_output = loop.history.mean(VOLTAGE, 0, to_ns) * to_ns / S / 1e6
    stored = 200e-12 * loop.history.at(VOLTAGE, to_ns)
    assert through_load + through_output + stored == pytest.approx(given, rel=1e-12)


def test_pickup_sees_the_skin_s_impedance() -> None:
    """At the mains' frequency the voltage of the pickup is its current times |Rs + Rp || Cp|."""
    loop, keeper = bench(replace(BARE, pickup_a=1e-7), stage(), closed=SKIN)
    keeper.advance(S)
    omega = 2.0 * math.pi * 50.0
    size = abs(SKIN_SERIES_OHM + SKIN_OHM / (1.0 + 1j * omega * SKIN_OHM * SKIN_F))
    assert loop.history.rms(VOLTAGE, 0, S) == pytest.approx(1e-7 * size / math.sqrt(2.0), rel=1e-9)


def test_the_battery_supply_adds_to_the_pickup() -> None:
    """Mains current of the supply flows in the unit's loop as long as it is closed."""
    loop, keeper = bench(EQUIPPED, stage())
    loop.supply_pickup(3e-6)
    keeper.advance(S)
    assert loop.history.rms(CURRENT, 0, S) == pytest.approx(3e-6 / math.sqrt(2.0), rel=1e-9)
    loop.select(None)
    keeper.advance(S)
    assert loop.history.rms(CURRENT, S, 2 * S) == 0.0


def test_nothing_before_begin_is_seen_after_it() -> None:
    """After `begin` a bench with a past gives the bytes of a bench without one, whatever the time is."""
    records = []
    for past_ns in (0, 123_456_789):
        loop, keeper = bench(EQUIPPED, stage(120e-12, coupling_f=1e-6), stage(120e-12))
        if past_ns:
            loop.contact("plus", closed=False)
            loop.drive(square(600e-6, 333_333))
            loop.drive(steady(1e-3), 2)
            keeper.advance(past_ns)
            loop.drive(steady(0.0))
            loop.drive(steady(0.0), 2)
            loop.contact("plus", closed=True)
            keeper.advance(past_ns)
        loop.begin()
        start = keeper.now_ns
        drive = square(600e-6, 333_333, (0, 0.0), (3_000_000, 1.0))
        loop.drive(Drive(drive.amplitude_a, drive.programme, start, drive.envelope, on_ns=start))
        keeper.advance(S)
        seconds = 1e-6 * np.arange(9000)
        records.append([loop.history.sample(quantity, start, seconds).tobytes() for quantity in Quantity])
    assert records[0] == records[1]


def test_an_open_loop_with_nothing_connected_stays_at_zero() -> None:
    """Without charge and without a source there is neither voltage nor current."""
    loop, keeper = bench(EQUIPPED, stage(120e-12), closed=frozenset())
    loop.select(None)
    loop.begin()
    keeper.advance(S)
    for quantity in Quantity:
        assert loop.history.extremes(quantity, 0, S) == (0.0, 0.0)
