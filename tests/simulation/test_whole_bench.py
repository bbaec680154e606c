"""The reference bench with everything on it: contacts, electrode relay, supplies, several oscilloscope channels."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.simulation.client import BENCH, ROOT, Simulation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOOP_10K = "103,113,114,117,118"
R_SCOPE = 1000.0
GENERATOR = "contact_switch"
SETTLE_S = 5e-3


@pytest.fixture
def exact_bench(exact_unit: Path) -> Iterator[Simulation]:
    """The reference bench with the exact unit: level 2 is 1 mA."""
    with Simulation(bench=BENCH, unit=exact_unit) as simulation:
        yield simulation


def run(simulation: Simulation, level: int = 2, polarity: str = "positive", relays: str = LOOP_10K) -> None:
    """Connect channel 1 and start it into 10 kohm."""
    simulation.connect_electrodes()
    simulation.run(level, polarity, relays)
    simulation.advance(SETTLE_S)


def gap(simulation: Simulation, gap_s: float) -> None:
    """Prepare a gap of the plus contact at 10 kSa/s: closed, open for `gap_s`, closed."""
    samples = round(gap_s * 1e4)
    generator = simulation.instrument(GENERATOR)
    generator.query("SOUR1:VOLT:HIGH 5.01;LOW 0;:SOUR1:DATA:VOL:CLE;:SOUR1:FUNC:ARB:SRAT 1E4;FILT OFF;*OPC?")
    generator.write("SOUR1:DATA:ARB:DAC high," + ",".join(["32767"] * 8))
    generator.write("SOUR1:DATA:ARB:DAC low," + ",".join(["-32767"] * samples))
    fields = '"seq","high",1,repeatTilTrig,maintain,4,"low",1,once,maintain,4,"high",1,repeatInf,maintain,4'
    generator.write(f"SOUR1:DATA:SEQ #3{len(fields):03d}{fields}")
    assert generator.query('SOUR1:FUNC:ARB "seq";:TRIG1:SOUR BUS;:SOUR1:FUNC ARB;:SYST:ERR?') == '+0,"No error"'
    simulation.advance(SETTLE_S)


def record(simulation: Simulation, channel: int, points: int) -> tuple[list[float], float, float]:
    """Read a channel of the acquisition that is in memory: volts, interval, time of the first."""
    scope = simulation.oscilloscope
    answer = scope.query(f":WAV:SOUR CHAN{channel};FORM BYTE;UNS 1;:WAV:POIN:MODE RAW;:WAV:POIN {points};:WAV:PRE?")
    form, _, count, _, x_increment, x_origin, _, y_increment, y_origin, y_reference = map(float, answer.split(","))
    scope.write(":WAV:DATA?")
    codes = scope.block()
    assert (form, len(codes)) == (0, count)
    return [(code - y_reference) * y_increment + y_origin for code in codes], x_increment, x_origin


def edges(values: list[float], level: float) -> list[int]:
    """Places at which the level is crossed, either way."""
    above = [value > level for value in values]
    return [i for i in range(1, len(above)) if above[i] != above[i - 1]]


def test_every_role_answers_who_it_is(whole_bench: Simulation) -> None:
    """Eight instruments, each with the model and the serial number of the bench file."""
    expected = {
        "oscilloscope": "DSOX1204G,SIM00120401",
        "multimeter": "34465A,SIM00344651",
        "switch": "DAQ970A,SIM00970101",
        "contact_switch": "33512B,SIM33512001",
        "supply": "E36312A,SIM36312001",
        "auxiliary_supply": "E36312A,SIM36312002",
        "watchdog": "BW1,SIM0BW10001",
        "chamber": "TC1,",
    }
    assert list(whole_bench.ready["instruments"]) == list(expected)
    for role, identity in expected.items():
        assert identity in whole_bench.instrument(role).query("*IDN?")


def test_power_up_is_open(whole_bench: Simulation) -> None:
    """No contact, no electrode relay, no supply, and nothing to wait for."""
    state = whole_bench.control("state")
    assert state["contacts"] == {"plus": False, "minus": False, "monitor": False}
    assert (state["electrode_relay"], state["auxiliary_v"], state["supply_on"]) == (0, 0.0, False)
    assert state["bench_watchdog_in_s"] is None


def test_current_flows_only_through_relay_and_contacts(exact_bench: Simulation) -> None:
    """With the output on, each of the three ways opens the loop by itself."""
    simulation = exact_bench
    run(simulation)
    assert simulation.control("state")["output"][0]["current_a"] == pytest.approx(1e-3, rel=2e-3)
    for opened, closed in (
        ("OUTP1 OFF", "OUTP1 ON"),
        ("OUTP2 OFF", "OUTP2 ON"),
    ):
        simulation.instrument(GENERATOR).query(f"{opened};*OPC?")
        simulation.advance(20e-3)
        assert abs(simulation.control("state")["output"][0]["current_a"]) < 1e-6
        simulation.instrument(GENERATOR).query(f"{closed};*OPC?")
        simulation.advance(20e-3)
        assert simulation.control("state")["output"][0]["current_a"] == pytest.approx(1e-3, rel=2e-3)
    simulation.instrument("watchdog").query("ROUT:OPEN:ALL;*OPC?")
    assert simulation.control("state")["output"][0]["current_a"] == 0.0
    assert simulation.control("state")["electrode_relay"] == 0


def test_a_dead_host_opens_the_electrodes(exact_bench: Simulation) -> None:
    """Two seconds after the last beat nothing flows any more, whatever the unit does."""
    simulation = exact_bench
    run(simulation)
    simulation.control("fault", target="stimulator", kind="stays-live")
    simulation.keep_alive()
    start = simulation.now()
    simulation.control("advance", seconds=3.0)
    assert simulation.truth("current", start + 1.9, start + 1.99) == pytest.approx(1e-3, rel=2e-3)
    assert simulation.truth("current", start + 2.01, start + 3.0, "peak") == 0.0
    assert simulation.instrument("watchdog").query("WATCH:TRIP?") == "1"


def test_a_gap_is_seen_alike_on_monitor_and_current(exact_bench: Simulation) -> None:
    """One acquisition, triggered by the monitor's fall, shows both; the gap is the gate's within the jitter."""
    simulation = exact_bench
    run(simulation)
    gap(simulation, 5e-3)
    scope = simulation.oscilloscope
    scope.query(
        ":CHAN1:SCAL 0.5;:CHAN2:DISP ON;SCAL 1;:TIM:REF LEFT;SCAL 1E-3;POS 0;:TRIG:SWE NORM;SOUR CHAN2;LEV 1.65;"
        "SLOP NEG;:SING;*OPC?"
    )
    simulation.advance(0.05)
    simulation.instrument(GENERATOR).query("*TRG;*OPC?")
    simulation.advance(0.05)
    assert scope.query(":OPER:COND?") == "+0"
    monitor, interval, origin = record(simulation, 2, 10000)
    current, *_ = record(simulation, 1, 10000)
    assert origin == pytest.approx(-1e-3)
    opened, closed = edges(monitor, 1.65)
    assert opened * interval + origin == pytest.approx(0.0, abs=2 * interval)
    # gate gap + operate - release, the jitter, twice the mismatch, and one interval at either end
    assert (closed - opened) * interval == pytest.approx(5e-3 + 0.2e-3, abs=20e-6 + 10e-6 + 2 * interval)
    assert current[opened - 100] == pytest.approx(1e-3 * R_SCOPE, rel=0.1)
    assert current[opened + 100] == pytest.approx(0.0, abs=0.1)
    assert current[closed + 300] == pytest.approx(1e-3 * R_SCOPE, rel=0.1)


def test_peak_detection_catches_what_samples_miss(exact_bench: Simulation) -> None:
    """The re-contact spike of some microseconds is in the record of 2 s, in the interval where it was."""
    simulation = exact_bench
    run(simulation)
    gap(simulation, 20e-3)
    scope = simulation.oscilloscope
    seen = {}
    for kind in ("PEAK", "NORM"):
        scope.query(
            f":ACQ:TYPE {kind};:CHAN1:SCAL 1;:CHAN2:DISP ON;SCAL 1;:TIM:REF LEFT;SCAL 0.1;POS 0;:TRIG:SWE NORM;"
            "SOUR CHAN2;LEV 1.65;SLOP NEG;:SING;*OPC?"
        )
        simulation.advance(0.2)
        simulation.instrument(GENERATOR).query("*TRG;*OPC?")
        simulation.advance(1.0)
        now = simulation.now()
        spike = simulation.truth("scope-voltage", now - 1.0, now, "maximum")
        values, interval, origin = record(simulation, 1, 2000)
        assert scope.query(":WAV:TYPE?") == kind
        seen[kind] = max(values)
        if kind == "PEAK":
            assert spike > 2.0
            # gain 3 %, offset 0.1 division + 2 mV, noise
            assert max(values) == pytest.approx(spike, abs=0.03 * 8.0 + 0.1 + 2e-3 + 0.1)
            assert len(values) == 2000
            assert interval == pytest.approx(1.0 / 2000)
            assert all(low <= high for low, high in zip(values[::2], values[1::2], strict=True))
            place = values.index(max(values))
            assert place % 2 == 1
            assert (place - 1) * interval + origin == pytest.approx(20.2e-3, abs=1.1e-3)
        simulation.instrument(GENERATOR).query("SOUR1:FUNC DC;VOLT:OFFS 5;*OPC?")
        gap(simulation, 20e-3)
    assert seen["NORM"] < 1.5


def test_peaks_bound_the_true_voltage(exact_bench: Simulation) -> None:
    """Where nothing happens a pair lies some standard deviations either side of the level, on every setting."""
    simulation = exact_bench
    run(simulation)
    simulation.oscilloscope.query(":CHAN1:SCAL 0.4;:ACQ:TYPE PEAK;:TIM:SCAL 0.02;:TRIG:SWE AUTO;:SING;*OPC?")
    simulation.advance(0.5)
    values, *_ = record(simulation, 1, 10000)
    lows, highs = values[::2], values[1::2]
    middle = (sum(lows) + sum(highs)) / len(values)
    # noise: 0.6 of a code and 0.1 mV; a code is 12.5 mV
    sigma = ((0.6 * 0.4 * 8 / 256) ** 2 + (100e-6) ** 2) ** 0.5
    assert sum(highs) / len(highs) - middle == pytest.approx(2.5 * sigma, rel=0.15)
    assert middle - sum(lows) / len(lows) == pytest.approx(2.5 * sigma, rel=0.15)


def test_at_full_rate_peak_detection_is_sampling(exact_bench: Simulation) -> None:
    """Where each interval holds one sample, both codes of a pair are that sample."""
    simulation = exact_bench
    run(simulation)
    simulation.oscilloscope.query(":CHAN1:SCAL 0.2;:ACQ:TYPE PEAK;:TIM:SCAL 1E-6;:TRIG:SWE AUTO;:SING;*OPC?")
    simulation.advance(0.5)
    values, interval, _ = record(simulation, 1, 1000000)
    assert (len(values), interval) == (40000, pytest.approx(0.25e-9))
    assert values[::2] == values[1::2]


@pytest.mark.parametrize(("division_s", "kind"), [(0.25, "PEAK"), (0.25, "NORM"), (50e-6, "NORM"), (50e-6, "PEAK")])
def test_long_records_are_right_and_quick(exact_bench: Simulation, division_s: float, kind: str) -> None:
    """250,000 codes of a slow or fast sweep have the truth's extremes, and come in a fraction of a second."""
    simulation = exact_bench
    run(simulation, polarity="bipolar")
    scope = simulation.oscilloscope
    scope.query(f":CHAN1:SCAL 0.4;:ACQ:TYPE {kind};:TIM:SCAL {division_s};:TRIG:SWE NORM;LEV 0;:SING;*OPC?")
    simulation.advance(11 * division_s + 2.5)
    now = simulation.now()
    started = time.monotonic()
    values, interval, _ = record(simulation, 1, 250000)
    assert time.monotonic() - started < 1.0
    assert len(values) == 250000
    assert interval == pytest.approx(10 * division_s / 250000)
    low, high = (simulation.truth("scope-voltage", now - 2.0, now, word) for word in ("minimum", "maximum"))
    limit = 0.03 * 3.2 + 0.04 + 2e-3 + 0.05
    assert (min(values), max(values)) == (pytest.approx(low, abs=limit), pytest.approx(high, abs=limit))


def test_electrode_voltage_comes_through_its_relay_and_probe(exact_bench: Simulation) -> None:
    """With relay 119 closed channel 3 shows the terminals' voltage; open, nothing."""
    simulation = exact_bench
    run(simulation)
    scope = simulation.oscilloscope
    seen = []
    for relay in ("OPEN", "CLOS"):
        simulation.switch.query(f"ROUT:{relay} (@119);*OPC?")
        scope.query(":CHAN3:DISP ON;PROB 50;SCAL 5;:TIM:SCAL 1E-3;:TRIG:SWE AUTO;:SING;*OPC?")
        simulation.advance(0.2)
        values, *_ = record(simulation, 3, 1000)
        seen.append(sum(values) / len(values))
    # 10 kohm within 0.1 %, two contacts of at most 25 ohm, 10 Mohm of probe and of output beside
    # gain 3 %, offset 0.1 division + 2 mV x 50
    limit = 0.03 * 40.0 + 0.5 + 0.1
    assert seen[0] == pytest.approx(0.0, abs=limit)
    assert seen[1] == pytest.approx(10.0, abs=limit)
    now = simulation.now()
    assert simulation.truth("electrode-voltage", now - 0.01, now) == pytest.approx(10.0, rel=6e-3)


def test_the_auxiliary_source_adds_to_the_unit(exact_bench: Simulation) -> None:
    """20 V behind 10 kohm into the 10 kohm loop: the loop carries the sum, source-current is the unit's own share."""
    simulation = exact_bench
    run(simulation, relays=f"{LOOP_10K},120")
    auxiliary = simulation.instrument("auxiliary_supply")
    before = simulation.truth("current", simulation.now() - 1e-3, simulation.now())
    assert auxiliary.query("VOLT 20,(@2);:CURR 0.005,(@2);:OUTP ON,(@2);:OUTP? (@2)") == "1"
    simulation.advance(SETTLE_S)
    now = simulation.now()
    total = simulation.truth("current", now - 1e-3, now)
    own = simulation.truth("source-current", now - 1e-3, now)
    assert simulation.control("state")["auxiliary_v"] == pytest.approx(20.0, abs=0.02)
    assert total - before == pytest.approx(20.0 / 20050.0, rel=5e-3)
    assert own == pytest.approx(1e-3, rel=5e-3)
    assert float(auxiliary.query("MEAS:CURR? (@2)")) == pytest.approx(total - own, abs=0.6e-3)
    assert auxiliary.query("OUTP OFF,(@2);:OUTP? (@2)") == "0"
    simulation.advance(SETTLE_S)
    now = simulation.now()
    assert simulation.truth("current", now - 1e-3, now) == pytest.approx(before, rel=5e-3)


def test_a_supply_on_the_mains_adds_microamperes_of_it(exact_bench: Simulation) -> None:
    """On battery the alternating part is below 0.3 uA; on the supply it is its common-mode current."""
    simulation = exact_bench
    run(simulation)

    def ripple() -> float:
        simulation.advance(0.1)
        now = simulation.now()
        high, low = (simulation.truth("current", now - 0.04, now, word) for word in ("maximum", "minimum"))
        return 0.5 * (high - low)

    assert ripple() < 0.3e-6
    assert simulation.instrument("supply").query("VOLT 3.7,(@2);:CURR 0.5,(@2);:OUTP ON,(@2);*OPC?") == "1"
    assert 0.9e-6 < ripple() < 5.5e-6
    assert simulation.control("state")["supply_on"] is True
    simulation.instrument("supply").query("OUTP OFF,(@2);*OPC?")
    assert ripple() < 0.3e-6


def test_each_channel_has_its_own_truth() -> None:
    """Of two channels only the connected one has a current in the load; the other stands at its own voltage."""
    unit = ROOT / "fixtures/units/pantheon-clinical.toml"
    with Simulation(bench=BENCH, unit=unit) as simulation:
        simulation.connect_electrodes(2)
        simulation.switch.query(f"ROUT:CLOS (@{LOOP_10K});*OPC?")
        for channel in (1, 2):
            assert simulation.stimulator.query(f"SET {channel} LEVEL=9 FREQUENCY_MHZ=500").startswith("OK")
            assert simulation.stimulator.query(f"ON {channel}") == "OK STATE=RUN"
        simulation.advance(0.5)
        now = simulation.now()
        first, second = simulation.control("state")["output"]
        assert (first["current_a"], first["voltage_v"]) == (0.0, pytest.approx(72.0, rel=0.01))
        assert second["current_a"] == pytest.approx(600e-6, rel=0.03)
        assert simulation.truth("current", now - 0.1, now, channel=1) == 0.0
        assert simulation.truth("current", now - 0.1, now, channel=2) == pytest.approx(600e-6, rel=0.03)
        assert simulation.control("state")["electrode_relay"] == 2


def test_welded_contacts_conduct_while_the_monitor_moves(exact_bench: Simulation) -> None:
    """The standing fault closes the contacts; the monitor and the generator say open."""
    simulation = exact_bench
    run(simulation)
    simulation.control("fault", target="contact_switch", kind="stuck-closed")
    simulation.instrument(GENERATOR).query("OUTP1 OFF;:OUTP2 OFF;*OPC?")
    simulation.advance(SETTLE_S)
    state = simulation.control("state")
    assert state["contacts"] == {"plus": True, "minus": True, "monitor": False}
    assert state["output"][0]["current_a"] == pytest.approx(1e-3, rel=2e-3)
    now = simulation.now()
    assert simulation.truth("monitor-voltage", now - 1e-3, now) == 0.0
    simulation.control("fault", clear=True)
    simulation.advance(20e-3)
    assert abs(simulation.control("state")["output"][0]["current_a"]) < 1e-6


@pytest.mark.parametrize("role", ["contact_switch", "supply", "auxiliary_supply", "watchdog"])
def test_faults_reach_every_role(whole_bench: Simulation, role: str) -> None:
    """A dead instrument executes nothing; an unknown kind is refused with what there is."""
    whole_bench.control("fault", target=role, kind="dead")
    line = whole_bench.instrument(role)
    line.write("*OPC?")
    assert line.hears_nothing()
    assert line.query("*OPC?") == "1"
    assert whole_bench.control("state")["messages"][role] == 1
    refusal = whole_bench.ask("fault", target=role, kind="nan")
    assert "it takes close, silent" in str(refusal["error"])


@pytest.mark.parametrize("role", ["contact_switch", "supply", "auxiliary_supply", "watchdog"])
def test_garbage_neither_crashes_nor_sticks(whole_bench: Simulation, role: str) -> None:
    """Any bytes are errors in the queue at worst; the next message is understood."""
    line = whole_bench.instrument(role)
    for junk in (
        bytes(range(256)),
        b"\x00\xff" * 300,
        b"#9999999999",
        b"DATA:ARB:DAC x,#",
        b"DATA:ARB:DAC x,#0",
        b"DATA:ARB:DAC x,1e300,1e300,0,0,0,0,0,0",
        b"DATA:ARB x,#232" + bytes(range(200, 232)),
        b"DATA:SEQ #15,,,,,",
        b'DATA:SEQ #12""',
        b"FUNC:ARB 1",
        b'FUNC:ARB "',
        b"VOLT 1e300,(@2)",
        b"VOLT:PROT MAX",
        b"APPL CH2",
        b"OUTP:LOAD 1e300",
        b"ROUT:CLOS (@-1)",
        b"ROUT:CLOS (@99999999999999999999)",
    ):
        line.socket.sendall(junk + b"\n")
    line.write("*CLS")
    assert line.query("*OPC?;:SYST:ERR?") == '1;+0,"No error"'


def work(simulation: Simulation) -> list[object]:
    """Play a gap under a key of its own; answer everything that was seen."""
    simulation.control("begin", key="gap")
    run(simulation)
    gap(simulation, 2e-3)
    simulation.oscilloscope.query(
        "*RST;:CHAN1:SCAL 0.5;:CHAN2:DISP ON;SCAL 1;:ACQ:TYPE PEAK;:TIM:REF LEFT;SCAL 1E-3;POS 0;:TRIG:SWE NORM;"
        "SOUR CHAN2;LEV 1.65;SLOP NEG;:SING;*OPC?"
    )
    simulation.advance(0.05)
    simulation.instrument(GENERATOR).query("*TRG;*OPC?")
    simulation.advance(0.05)
    seen: list[object] = [record(simulation, channel, 5000) for channel in (1, 2)]
    seen.append(simulation.instrument("auxiliary_supply").query("MEAS:VOLT? (@2)"))
    simulation.stimulator.query("OFF *")
    simulation.instrument("watchdog").query("ROUT:OPEN:ALL;*OPC?")
    simulation.instrument(GENERATOR).query("*RST;*OPC?")
    simulation.switch.query("*RST;*OPC?")
    simulation.advance(0.01)
    return seen


def test_a_key_alone_gives_what_it_gives_in_a_row(exact_unit: Path) -> None:
    """Jitter, phases and noise are the key's: the same work reads the same, whatever was before."""
    with (
        Simulation("--seed=3", bench=BENCH, unit=exact_unit) as alone,
        Simulation("--seed=3", bench=BENCH, unit=exact_unit) as row,
    ):
        expected = work(alone)
        row.control("begin", key="other")
        row.control("advance", seconds=12.3456)
        row.connect_electrodes()
        row.advance(0.0123)
        row.instrument("watchdog").query("ROUT:OPEN:ALL;*OPC?")
        row.instrument(GENERATOR).query("*RST;*OPC?")
        row.advance(0.01)
        assert work(row) == expected
        assert work(row) == expected


def test_begin_starts_the_idle_pass_of_a_play_anew(exact_bench: Simulation) -> None:
    """From `begin` and trigger to the contact's fall it takes the same time, whatever was before."""
    simulation = exact_bench
    simulation.connect_electrodes()
    delays = []
    for waited in (0.01237, 0.00519):
        gap(simulation, 10e-3)
        simulation.advance(waited)
        simulation.control("begin", key="play")
        simulation.advance(2.35e-3)
        start = simulation.now()
        simulation.instrument(GENERATOR).query("*TRG;*OPC?")
        simulation.advance(9e-3)
        seen = simulation.truth("monitor-voltage", start, simulation.now(), "samples", interval=1e-6)
        delays.append(next(i for i, volts in enumerate(seen) if volts < 1.65))
        simulation.instrument(GENERATOR).query("SOUR1:FUNC DC;VOLT:OFFS 5;*OPC?")
        simulation.advance(SETTLE_S)
    # message 1 ms, so the trigger comes 3.35 ms after `begin`; passes of 0.8 ms; 0.1 ms to open, within the jitter
    assert delays[0] == delays[1] == pytest.approx(5 * 800 - 2350 + 100, abs=11)


def test_a_new_seed_is_a_new_bench(whole_bench: Simulation) -> None:
    """`reseed` draws the contacts, supplies and everything else as a start with that seed does."""
    with Simulation("--seed=9", bench=BENCH) as other:
        whole_bench.control("reseed", seed=9)
        errors = whole_bench.control("state")["errors"]
        assert errors == other.control("state")["errors"]
    delays = errors["contact_switch"]
    assert delays["plus"]["operate_s"] == pytest.approx(300e-6, abs=10e-6)
    assert abs(delays["plus"]["operate_s"] - delays["monitor"]["operate_s"]) <= 5e-6


def test_two_skins_and_both_channels_may_be_on_the_bench_at_once(tmp_path: Path) -> None:
    """The switch closes what a real one closes, and electrodes of a preset carry current beside a skin network."""
    further = """
[[loads]]
name = "electrodes"
resistance_ohm = 0.0
channels = [110]
network = { preset = "needle-pair" }
"""
    bench = tmp_path / "two.toml"
    bench.write_text(BENCH.read_text(encoding="utf-8") + further, encoding="utf-8")
    with Simulation(bench=bench) as simulation:
        for relay in (106, 110, 301):
            assert simulation.switch.query(f"ROUT:CLOS (@{relay});*OPC?") == "1"
        assert simulation.switch.query("SYST:ERR?").startswith("+0,")
        assert simulation.control("state")["relays"] == [106, 110, 301]
