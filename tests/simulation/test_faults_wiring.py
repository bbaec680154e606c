"""Faults of leads and relays: what they do to the circuit, against the divider's closed form."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from tests.simulation.desk import BENCH, COMPLIANCE_V, OUTPUT_OHM, PLAIN, Desk, desk, steady_unit

CURRENT_A = 1e-3
"""Level 2; about the load loop's share of the output resistance less."""

CLAMP_OHM = 100.0
"""Beyond the compliance voltage."""

NEAR = 1e-3
"""Contacts, opto-MOSFETs and leakages beside the parts of round numbers: 51 ohm in ten megohm, the rest less."""


def running(polarity: str = "positive", load: str = "500R") -> Desk:
    """Let 1 mA flow through a load of the reference bench."""
    table = desk()
    table.run(2, polarity, load)
    return table


@pytest.mark.parametrize(
    ("leads", "negative"),
    [
        ("multimeter", {"meter-voltage"}),
        ("oscilloscope", {"scope-voltage"}),
        ("electrodes", {"meter-voltage", "scope-voltage", "electrode-voltage"}),
    ],
)
def test_swapped_leads_change_the_sign_behind_them(leads: str, negative: set[str]) -> None:
    """What the instruments behind them see is negative; the unit's own current and voltage are what they were."""
    table = running()
    table.tell("switch", "ROUT:CLOS (@119);*OPC?")
    quantities = ("current", "voltage", "meter-voltage", "scope-voltage", "electrode-voltage")
    before = {quantity: table.truth(quantity, 0.1) for quantity in quantities}
    table.fault(leads, "swapped-leads")
    for quantity in quantities:
        sign = -1.0 if quantity in negative else 1.0
        # The thermal voltage keeps its sign: at most 2.3 uV beside 100 mV, on both sides.
        assert table.truth(quantity, 0.1) == pytest.approx(sign * before[quantity], rel=1e-4), quantity
    table.control("fault", clear=True)
    assert table.truth("meter-voltage", 0.1) == pytest.approx(before["meter-voltage"], rel=1e-5)


def test_swapped_electrodes_are_a_unit_with_a_swapped_bridge() -> None:
    """Both are the same circuit: no instrument on the bench can tell the leads from the unit."""
    steady = steady_unit()
    leads, unit = Desk(steady), Desk(replace(steady, electronics=replace(steady.electronics, bridge_swapped=True)))
    leads.fault("electrodes", "swapped-leads")
    for quantity in ("meter-voltage", "scope-voltage"):
        seen = []
        for table in (leads, unit):
            table.control("begin", key=quantity)
            table.run(2, "bipolar")
            seen.append(table.truth(quantity, 0.7, "samples", interval=1e-3))
        # The pickup keeps its own direction: it is no current of the unit.
        pickup_v = 4.0 * leads.control("state")["errors"]["circuit"]["pickup_a"] * 100.0
        assert seen[0] == pytest.approx(seen[1], abs=pickup_v)
        assert min(seen[0]) < -0.09


def test_an_open_lead_to_the_electrodes_leaves_the_unit_alone() -> None:
    """The output stands at its compliance, nothing flows, and the probe on the bench's side sees nothing."""
    table = running()
    table.fault("electrodes", "open-lead")
    table.wait(0.1)
    assert table.truth("voltage", 0.1) == pytest.approx(COMPLIANCE_V)
    assert table.truth("current", 0.1, "peak") == 0.0
    state = table.control("state")
    assert (state["electrode_relay"], state["joined"]) == (1, 0)
    table.control("fault", clear=True)
    table.wait(0.1)
    assert table.truth("current", 0.1) == pytest.approx(CURRENT_A, rel=NEAR)


def test_an_open_lead_to_the_load_leaves_the_probe() -> None:
    """The loop is open behind the probe, which still sees the compliance voltage."""
    table = running()
    table.tell("switch", "ROUT:CLOS (@119);*OPC?")
    table.fault("load", "open-lead")
    table.wait(0.1)
    assert table.truth("electrode-voltage", 0.1) == pytest.approx(
        min(COMPLIANCE_V, CURRENT_A * OUTPUT_OHM * 10e6 / (OUTPUT_OHM + 10e6)), rel=0.02
    )
    assert table.truth("current", 0.1, "peak") == 0.0


def test_an_open_resistor_lead_opens_the_loop() -> None:
    """The force lead of a calibrated resistor carries the loop's current."""
    table = running()
    table.fault("RM100", "open-lead")
    table.wait(0.1)
    assert table.truth("current", 0.1, "peak") == 0.0
    assert table.truth("voltage", 0.1) == pytest.approx(COMPLIANCE_V + CURRENT_A * CLAMP_OHM, rel=1e-4)


def test_an_open_sense_lead_lets_the_input_float() -> None:
    """The current flows on; the oscilloscope sees nothing, the multimeter its bias current in its input resistance."""
    table = running()
    table.query("multimeter", "CONF:VOLT:DC 1;:VOLT:IMP:AUTO OFF;*OPC?")
    table.fault("multimeter", "open-lead")
    table.fault("oscilloscope", "open-lead")
    bias_a = table.control("state")["errors"]["circuit"]["meter_bias_a"]
    assert table.truth("meter-voltage", 0.1) == pytest.approx(bias_a * 10e6)
    assert table.truth("scope-voltage", 0.1, "peak") == 0.0
    assert table.truth("current", 0.1) == pytest.approx(CURRENT_A, rel=NEAR)


def test_an_intermittent_lead_is_open_for_its_share_of_time() -> None:
    """Of many exponential times of 2 ms and 8 ms a fifth is open; the current is 0 there and whole elsewhere."""
    table = running()
    table.fault("load", "intermittent-lead", open_s=2e-3, closed_s=8e-3)
    seconds, mean = 20.0, 10e-3
    share = 1.0 - table.truth("current", seconds) / CURRENT_A
    # An alternating renewal process: variance of the open share is 2 (a b)^2 / (a + b)^3 / t for exponential times.
    sigma = math.sqrt(2.0 * (2e-3 * 8e-3) ** 2 / mean**3 / seconds)
    assert abs(share - 0.2) < 4.0 * sigma
    crossings = table.control(
        "truth", quantity="current", from_=table.now - seconds, to=table.now, statistic="crossings", level=5e-4
    )["value"]
    assert abs(len(crossings) / 2.0 - seconds / mean) < 4.0 * math.sqrt(seconds / mean)


def test_intermittent_times_belong_to_the_stretch_of_work() -> None:
    """The same key gives the same times, whatever was before; another key gives others; a clear ends them."""
    table = running()
    table.fault("load", "intermittent-lead", open_s=5e-3, closed_s=20e-3)

    def times(key: str) -> list[float]:
        table.control("begin", key=key)
        start = table.now
        found = table.truth("current", 0.5, "crossings", level=5e-4)
        return [round(crossing["time"] - start, 9) for crossing in found]

    first = times("a")
    assert len(first) > 10
    table.wait(0.123)
    assert times("b") != first
    assert times("a") == first
    table.control("fault", clear=True)
    table.wait(0.1)
    assert table.truth("current", 0.5, "minimum") == pytest.approx(CURRENT_A, rel=NEAR)


def test_a_relay_that_sticks_does_not_do_what_it_is_told() -> None:
    """A load's relay: stuck open there is no loop, stuck closed the loads are parallel; the mainframe knows neither."""
    table = running()
    table.fault("switch", "stuck-open", channel=101)
    table.wait(0.1)
    assert table.truth("current", 0.1, "peak") == 0.0
    assert table.query("switch", "ROUT:CLOS? (@101)") == "1"
    state = table.control("state")
    assert 101 in state["relays"]
    assert 101 not in state["conducting"]
    table.control("fault", clear=True)
    table.fault("switch", "stuck-closed", channel=102)
    table.wait(0.1)
    assert table.query("switch", "ROUT:CLOS? (@102)") == "0"
    loop_ohm = 200.0 + 300.0 * 1800.0 / 2100.0
    voltage = CURRENT_A * OUTPUT_OHM / (OUTPUT_OHM + loop_ohm) * loop_ohm
    assert table.truth("voltage", 0.1) == pytest.approx(voltage, rel=0.2)  # the opto-MOSFETs: 40 to 55 ohm
    assert table.control("state")["conducting"] == [101, 102, 111, 112, 115, 116]


def test_an_electrode_relay_that_sticks() -> None:
    """Welded it joins channel 1 though the watchdog has opened it; stuck open it joins nothing."""
    table = running()
    table.fault("watchdog", "stuck-closed", channel=1)
    table.control("advance", seconds=3.0)
    state = table.control("state")
    assert (state["electrode_relay"], state["joined"]) == (0, 1)
    assert table.truth("current", 0.1) == pytest.approx(CURRENT_A, rel=NEAR)
    table.control("fault", clear=True)
    table.wait(0.1)
    assert table.truth("current", 0.1, "peak") == 0.0
    table.fault("watchdog", "stuck-open", channel=1)
    table.tell("watchdog", "ROUT:OPEN:ALL;:ROUT:CLOS (@1);CLOS:STAT?")
    state = table.control("state")
    assert (state["electrode_relay"], state["joined"]) == (1, 0)


def test_a_relay_of_a_channel_that_the_unit_does_not_have_connects_nothing() -> None:
    """A one-channel unit on a bench with relays for two: the second one closes on open wires, and nothing is wrong."""
    bench = desk()
    bench.run(1)
    assert bench.tell("watchdog", "ROUT:CLOS (@2);CLOS:STAT?;:SYST:ERR?") == b'2;+0,"No error"\n'
    state = bench.control("state")
    assert (state["electrode_relay"], state["joined"]) == (2, 0)
    assert abs(bench.truth("current", 0.1)) < 1e-12


def test_a_leaking_load_relay_is_a_resistor_beside_the_load() -> None:
    """With 100 kohm across the open relay of the 500 ohm load, it stands beside the 10 kohm load."""
    table = running(load="10k")
    table.fault("switch", "leakage", channel=101, resistance_ohm=1e5)
    table.wait(0.1)
    contacts = table.control("state")["errors"]["circuit"]
    bypass = 1e5 + 300.0
    load = 8000.0 + contacts["contact_ohm"]["10k"]
    series = contacts["contact_switch"]["plus_ohm"] + contacts["contact_switch"]["minus_ohm"]
    loop_ohm = load * bypass / (load + bypass) + 2000.0 + series
    assert table.truth("voltage", 0.1) == pytest.approx(
        CURRENT_A * OUTPUT_OHM / (OUTPUT_OHM + loop_ohm) * loop_ohm, rel=1e-4
    )
    open_relay = table.control("state")["relays"]
    assert 101 not in open_relay
    table.tell("switch", "ROUT:OPEN (@103);*OPC?")
    table.wait(0.1)
    assert table.truth("current", 0.1) == pytest.approx(
        (COMPLIANCE_V + CURRENT_A * CLAMP_OHM) / (bypass + 2000.0 + series + CLAMP_OHM), rel=1e-4
    )


def test_a_leaking_electrode_relay_lets_compliance_through() -> None:
    """Open, with 10 Mohm across it: compliance voltage over 10 Mohm and the load; closed it is as ever."""
    table = running()
    table.fault("watchdog", "leakage", channel=1, resistance_ohm=1e7)
    assert table.truth("current", 0.1) == pytest.approx(CURRENT_A, rel=NEAR)
    table.tell("watchdog", "ROUT:OPEN:ALL;CLOS:STAT?")
    table.wait(0.1)
    assert table.truth("current", 0.1) == pytest.approx(min(COMPLIANCE_V / (1e7 + 550.0), CURRENT_A / 2.0), rel=1e-3)
    assert table.truth("electrode-voltage", 0.1, "peak") == 0.0


@pytest.mark.parametrize(
    ("role", "message"), [("switch", "ROUT:CLOS (@101);*OPC?"), ("watchdog", "ROUT:CLOS (@1);CLOS:STAT?")]
)
def test_relays_bounce_after_they_have_closed(role: str, message: str) -> None:
    """Three gaps within a millisecond, then closed for good; opening does not bounce."""
    table = running()
    opening = "ROUT:OPEN (@101);*OPC?" if role == "switch" else "ROUT:OPEN:ALL;CLOS:STAT?"
    table.fault(role, "bounce", bounce_s=1e-3, gaps=3)
    table.tell(role, opening)
    table.wait(0.1)
    start = table.now
    assert table.truth("current", 0.01, "crossings", level=1e-4) == []
    table.tell(role, message)
    table.wait(0.1)
    found = table.control("truth", quantity="current", from_=start, to=table.now, statistic="crossings", level=1e-4)[
        "value"
    ]
    assert [crossing["rising"] for crossing in found] == [True, False] * 3 + [True]
    assert 0.0 < found[-1]["time"] - found[0]["time"] <= 1.1e-3
    assert table.truth("current", 0.1, "minimum") == pytest.approx(CURRENT_A, rel=NEAR)


def test_a_relay_opened_while_it_bounces_is_open() -> None:
    """Opening ends the bounce; the next closing begins closed and bounces anew."""
    table = running()
    table.fault("switch", "bounce", bounce_s=1.0, gaps=50)
    table.tell("switch", "ROUT:OPEN (@101);:ROUT:CLOS (@101);*OPC?")
    table.wait(0.3)
    table.tell("switch", "ROUT:OPEN (@101);*OPC?")
    assert table.truth("current", 1.0, "peak") == 0.0
    table.tell("switch", "ROUT:CLOS (@101);*OPC?")
    assert len(table.truth("current", 1.5, "crossings", level=5e-4)) == 2 * 50
    assert table.truth("current", 0.5, "minimum") == pytest.approx(CURRENT_A, rel=NEAR)


def test_thermal_voltage_and_pickup_add_to_their_own() -> None:
    """The multimeter's voltage is more by the thermal voltage, the loop's peak current by the pickup."""
    table = running()
    before = table.truth("meter-voltage", 1.0)
    table.fault("multimeter", "emf", emf_v=250e-6, swing_v=0.0)
    assert table.truth("meter-voltage", 1.0) - before == pytest.approx(250e-6, abs=0.5e-6)
    swing = table.truth("current", 1.0, "maximum") - table.truth("current", 1.0, "minimum")
    table.fault("electrodes", "pickup", current_a=20e-6)
    grown = table.truth("current", 1.0, "maximum") - table.truth("current", 1.0, "minimum")
    assert grown - swing == pytest.approx(40e-6, rel=1e-6)


def test_the_auxiliary_source_gives_another_voltage_than_it_says() -> None:
    """Twice the setting arrives at its resistor; the supply's own reading agrees with the setting."""
    table = desk(BENCH)
    table.connect("101,111,112,115,116,120")
    table.tell("auxiliary_supply", "VOLT 10,(@2);:OUTP ON,(@2);*OPC?")
    ordinary = table.truth("current", 0.1)
    table.fault("auxiliary_supply", "voltage", factor=2.0)
    assert table.truth("current", 0.1) == pytest.approx(2.0 * ordinary, rel=1e-3)
    assert float(table.query("auxiliary_supply", "MEAS:VOLT? (@2)")) == pytest.approx(10.0, abs=0.02)
    table.fault("electrodes", "swapped-leads")
    assert table.truth("current", 0.1) == pytest.approx(-2.0 * ordinary, rel=1e-3)
    table.wait(0.1)
    assert table.truth("scope-voltage", 0.1) == pytest.approx(2.0 * ordinary * 100.0, rel=1e-3)
    assert float(table.query("auxiliary_supply", "MEAS:CURR? (@2)")) == pytest.approx(2.0 * ordinary, abs=1e-3)


def test_without_faults_the_bench_is_what_it_was() -> None:
    """A fault that was on and is cleared leaves nothing behind: the same key, the same bytes."""
    table, other = running("bipolar"), running("bipolar")
    for leads in ("electrodes", "multimeter"):
        other.fault(leads, "swapped-leads")
        other.fault(leads, "open-lead")
    other.fault("switch", "leakage", channel=102)
    other.wait(0.2)
    other.control("fault", clear=True)
    for one in (table, other):
        one.control("begin", key="work")
    reading = "CONF:VOLT:DC 1;:SAMP:COUN 5;:READ?"
    assert table.query("multimeter", reading) == other.query("multimeter", reading)


def test_a_plain_bench_has_electrodes_and_a_load_too() -> None:
    """Places in the wiring are there without contact switch and electrode relay."""
    table = desk(PLAIN)
    table.run(2)
    table.fault("electrodes", "open-lead")
    assert table.truth("current", 0.1, "peak") == 0.0
