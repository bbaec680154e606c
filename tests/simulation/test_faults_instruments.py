"""Faults of probes, inputs, memories and calibrations: what the instrument says against the ground truth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from harness.simulation.timekeeper import NS_PER_S
from tests.simulation.desk import BENCH, PLAIN, Desk, desk

if TYPE_CHECKING:
    from pathlib import Path

CURRENT_A = 1e-3
SCALE_V = 0.05
"""Of the oscilloscope: 100 mV on the resistor of 100 ohm are two divisions."""


def running(polarity: str = "positive") -> Desk:
    """Let 1 mA flow through the 500 ohm load of the reference bench."""
    table = desk()
    table.run(2, polarity)
    table.beat()
    return table


def record(table: Desk, channel: int = 1, scale_v: float = SCALE_V) -> np.ndarray:
    """Take 100 ms and answer them in volts, as the preamble says."""
    table.beat()
    table.tell("oscilloscope", f":TIM:SCAL 10E-3;:CHAN{channel}:DISP 1;SCAL {scale_v};:TRIG:SWE AUTO;:ACQ:TYPE HRES")
    table.tell("oscilloscope", f":DIG CHAN{channel};:WAV:SOUR CHAN{channel};FORM WORD;POIN:MODE RAW;POIN 1000;*OPC?")
    return waveform(table)


def waveform(table: Desk) -> np.ndarray:
    """Read what is in memory, in volts."""
    fields = [float(field) for field in table.query("oscilloscope", ":WAV:PRE?").split(",")]
    block = table.tell("oscilloscope", ":WAV:DATA?")
    codes = np.frombuffer(block[10:-1], ">u2").astype(float)
    return (codes - fields[9]) * fields[7] + fields[8]


def reading(table: Desk) -> float:
    """Take one reading of the multimeter."""
    table.beat()
    return float(table.query("multimeter", "CONF:VOLT:DC 1;:VOLT:NPLC 1;:READ?"))


def test_another_probe_than_declared_divides_by_its_ratio() -> None:
    """A 10x probe where the bench has 1x: a tenth, and the input loads the resistor ten times less."""
    table = running()
    before = record(table).mean()
    table.fault("oscilloscope", "probe", ratio=10.0)
    after = record(table, scale_v=SCALE_V / 10.0).mean()
    errors = table.control("state")["errors"]["oscilloscope"]["channels"]["1"]
    assert after == pytest.approx(0.01 * (1.0 + errors["gain"]) + errors["offset_v"], abs=2e-4)
    assert before == pytest.approx(0.1, rel=0.04, abs=0.1 * SCALE_V + 2e-3)
    voltage = table.truth("scope-voltage", 0.1)
    table.control("fault", clear=True)
    # 1 Mohm and 10 Mohm beside 100 ohm: 90 ppm
    assert voltage / table.truth("scope-voltage", 0.1) - 1.0 == pytest.approx(90e-6, rel=0.02)


def test_the_differential_probe_may_be_another_too() -> None:
    """The channel of the electrode voltage shows ten times as much where its probe divides by a tenth as declared."""
    table = running()
    table.tell("switch", "ROUT:CLOS (@119);*OPC?")
    channel = next(c for c in table.bench.wired_channels() if c not in {1, 2})
    true = table.truth("electrode-voltage", 0.05)
    declared = table.bench.bench.electrode_voltage.probe_ratio
    assert record(table, channel, 0.02).mean() == pytest.approx(true / declared, rel=0.05, abs=4e-3)
    table.fault("oscilloscope", "probe", channel=channel, ratio=declared / 10.0)
    assert record(table, channel, 0.2).mean() == pytest.approx(true / declared * 10.0, rel=0.05, abs=25e-3)


def test_a_trigger_sees_what_the_probe_leaves() -> None:
    """A level that a tenth of the signal never reaches is never triggered on."""
    table = running("bipolar")
    arm = ":TIM:SCAL 10E-3;:TRIG:SWE NORM;SOUR CHAN1;LEV 0.05;SLOP POS;:CHAN1:SCAL 0.05;:SING;*OPC?"
    table.tell("oscilloscope", arm)
    table.wait(1.5)
    assert table.query("oscilloscope", ":TER?") == "+1"
    table.fault("oscilloscope", "probe", ratio=10.0)
    table.tell("oscilloscope", arm)
    table.wait(1.5)
    assert table.query("oscilloscope", ":TER?") == "+0"


def test_an_input_that_is_ac_coupled_keeps_the_mean_out() -> None:
    """The setting says DC, the record of a direct current is about zero."""
    table = running()
    table.fault("oscilloscope", "ac-coupled")
    shown = record(table).mean()
    errors = table.control("state")["errors"]["oscilloscope"]["channels"]["1"]
    assert shown == pytest.approx(errors["offset_v"], abs=1e-3)
    assert table.query("oscilloscope", ":CHAN1:COUP?") == "DC"


def test_a_clipped_channel_stops_short_of_the_edge() -> None:
    """Nothing beyond 1.5 divisions from the centre is shown, on either side; the rest is as it was."""
    table = running("bipolar")
    table.fault("oscilloscope", "clipped", divisions=1.5)
    volts = record(table, scale_v=SCALE_V)
    assert np.abs(volts).max() < 1.5 * SCALE_V * (1.0 + 1e-8)
    assert np.abs(volts).max() == pytest.approx(1.5 * SCALE_V, abs=SCALE_V / 32)
    wide = record(table, scale_v=0.1)
    assert np.abs(wide).max() == pytest.approx(0.1, rel=0.04, abs=0.1 * 0.1 + 2e-3)


def test_an_oscilloscope_may_hand_over_its_last_record_again() -> None:
    """The acquisition runs and ends, and memory holds what it held."""
    table = running()
    first = record(table)
    table.fault("oscilloscope", "stale")
    table.say("OFF *")
    assert np.array_equal(record(table), first)
    table.control("fault", clear=True)
    assert abs(record(table).mean()) < 0.02


def test_the_first_record_is_not_stale() -> None:
    """With nothing in memory there is nothing to hand over again."""
    table = running()
    table.fault("oscilloscope", "stale")
    first = record(table)
    assert first.mean() == pytest.approx(0.1, rel=0.04, abs=0.1 * SCALE_V + 2e-3)
    table.say("OFF *")
    assert np.array_equal(record(table), first)


def test_a_multimeter_may_hand_over_its_last_reading_again() -> None:
    """Every reading is the one before the fault; without it the multimeter reads what is there."""
    table = running()
    last = table.query("multimeter", "CONF:VOLT:DC 1;:VOLT:NPLC 1;:READ?")
    table.fault("multimeter", "stale")
    table.say("OFF *")
    assert table.query("multimeter", "SAMP:COUN 3;:READ?") == ",".join([last] * 3)
    table.control("fault", clear=True)
    assert abs(reading(table)) < 1e-4


def test_a_multimeter_drifts_at_once() -> None:
    """Gain and offset add to its own, in every range, and the ground truth says so."""
    table = running()
    before, own = reading(table), table.control("state")["errors"]["multimeter"]["1"]
    table.fault("multimeter", "drift", gain=0.01, offset_v=2e-3)
    drifted = table.control("state")["errors"]["multimeter"]
    own_v = own["offset_v"]
    assert reading(table) == pytest.approx(before + 0.01 * 0.1 + 2e-3, abs=5e-6)
    assert drifted["1"]["gain"] == pytest.approx(own["gain"] + 0.01)
    assert drifted["1"]["offset_v"] == pytest.approx(own_v + 2e-3)
    table.control("reseed", seed=1)
    assert table.control("state")["errors"]["multimeter"] == drifted


def test_a_drift_takes_its_time() -> None:
    """Half of it after half the time, all of it in the end, in steps of a hundredth."""
    table = running()
    own = table.control("state")["errors"]["multimeter"]["1"]["gain"]
    table.fault("multimeter", "drift", gain=0.5, over_s=100.0)
    start = table.now

    def drifted(after_s: float) -> float:
        table.control("advance", seconds=start + after_s - table.now)
        return float(table.control("state")["errors"]["multimeter"]["1"]["gain"]) - own

    assert drifted(0.5) == pytest.approx(0.0, abs=1e-12)
    assert drifted(50.5) == pytest.approx(0.25, rel=1e-9)
    assert drifted(99.5) == pytest.approx(0.495, rel=1e-9)
    assert drifted(100.5) == pytest.approx(0.5, rel=1e-9)
    assert drifted(1000.0) == pytest.approx(0.5, rel=1e-9)
    table.control("fault", clear=True)
    assert table.control("state")["errors"]["multimeter"]["1"]["gain"] == own


def test_an_oscilloscope_channel_drifts() -> None:
    """Gain and offset of one channel; the others keep their own."""
    table = running()
    before = record(table).mean()
    own = table.control("state")["errors"]["oscilloscope"]["channels"]
    table.fault("oscilloscope", "drift", gain=0.1, offset_v=5e-3)
    table.fault("oscilloscope", "drift", gain=0.02, channel=1)
    now = table.control("state")["errors"]["oscilloscope"]["channels"]
    assert record(table).mean() - before == pytest.approx(0.12 * 0.1 + 5e-3, abs=SCALE_V / 256)
    assert now["1"]["gain"] - own["1"]["gain"] == pytest.approx(0.12)
    assert now["2"] == own["2"]


def test_a_fault_of_the_bench_changes_no_truth_that_it_does_not_touch() -> None:
    """Current and voltage are what they were under each fault of an instrument."""
    table = running()
    before = table.truth("current", 0.1), table.truth("voltage", 0.1)
    for target, kind, more in (
        ("oscilloscope", "ac-coupled", {}),
        ("oscilloscope", "clipped", {}),
        ("oscilloscope", "stale", {}),
        ("multimeter", "drift", {"gain": 1.0}),
        ("multimeter", "swapped-leads", {}),
    ):
        table.fault(target, kind, **more)
        table.beat()
        after = table.truth("current", 0.1), table.truth("voltage", 0.1)
        assert after == pytest.approx(before, rel=1e-6), kind


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"target": "multimeter", "kind": "drift"}, "without gain and offset_v"),
        ({"target": "multimeter", "kind": "drift", "gain": -1}, "gain is -1; it is above -1 and at most 10"),
        ({"target": "multimeter", "kind": "drift", "gain": 1, "channel": 1}, "unknown key 'channel'"),
        ({"target": "oscilloscope", "kind": "probe", "channel": 4}, "probe of oscilloscope takes 1, 2, 3"),
        ({"target": "oscilloscope", "kind": "probe", "ratio": 0}, "ratio is 0; it is above 0"),
        ({"target": "oscilloscope", "kind": "clipped", "divisions": 5}, "at most 4"),
        ({"target": "oscilloscope", "kind": "stale", "after": 1}, "unknown key 'after'"),
        ({"target": "switch", "kind": "stale"}, "kind 'stale' is not for switch"),
        ({"target": "switch", "kind": "leakage", "channel": 112}, "leakage of switch takes 101"),
        ({"target": "switch", "kind": "stuck-closed", "channel": 99}, "stuck-closed of switch takes 101"),
        ({"target": "switch", "kind": "stuck-open"}, "channel is missing"),
        ({"target": "watchdog", "kind": "stuck-open", "channel": 2}, "stuck-open of watchdog takes 1"),
        ({"target": "contact_switch", "kind": "stuck-closed", "channel": 1}, "unknown key 'channel'"),
        ({"target": "electrodes", "kind": "resistance"}, "it takes swapped-leads, open-lead"),
        ({"target": "electrodes", "kind": "pickup", "current_a": "much"}, "current_a"),
        ({"target": "multimeter", "kind": "noise", "place": "inside"}, "none of before, after"),
        ({"target": "multimeter", "kind": "noise", "bytes": 1.5}, "bytes is 1.5, not a whole number"),
        ({"target": "multimeter", "kind": "truncate", "terminated": 1}, "neither true nor false"),
        ({"target": "multimeter", "kind": "late", "seconds": -1}, "seconds is -1; it is at least 0"),
        ({"target": "load", "kind": "intermittent-lead", "open_s": 0}, "open_s is 0"),
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(line: dict[str, object], said: str) -> None:
    """Nothing is switched on, and the sentence says what is allowed."""
    table = desk(BENCH)
    answer = table.ask("fault", **line)
    assert answer["ok"] is False
    assert said in answer["error"]
    assert table.control("state")["faults"] == []


def test_a_bench_without_the_instrument_has_not_its_faults() -> None:
    """The plain bench has no auxiliary supply and no electrode relay."""
    table = desk(PLAIN)
    assert (
        "none of oscilloscope, multimeter, switch"
        in table.ask("fault", target="auxiliary_supply", kind="voltage")["error"]
    )
    assert table.ask("fault", target="oscilloscope", kind="probe")["faults"][0]["channel"] == 1


def test_faults_are_listed_with_their_values() -> None:
    """What every fault always had comes first, then its own parameters, defaults filled in."""
    table = desk(PLAIN)
    table.fault("oscilloscope", "probe")
    listed = table.control("fault", target="multimeter", kind="silent", after=2)["faults"]
    assert listed == [
        {
            "target": "oscilloscope", "kind": "probe", "after": 0, "count": 0, "seconds": 8.0, "factor": 1.0,
            "channel": 1, "ratio": 10.0,
        },
        {"target": "multimeter", "kind": "silent", "after": 2, "count": 1, "seconds": 8.0, "factor": 1.0},
    ]  # fmt: skip
    assert table.control("state")["faults"] == listed
    assert math.isclose(table.bench.timekeeper.now_ns / NS_PER_S, table.now)


def other_bench(tmp_path: Path, role: str, model: str) -> Path:
    """Write the reference bench with another instrument in a role."""
    data = BENCH.read_text(encoding="utf-8")
    head, tail = data.split(f"[instruments.{role}]\n", 1)
    path = tmp_path / "bench.toml"
    path.write_text(f'{head}[instruments.{role}]\nmodel = "{model}"\n{tail.split(chr(10), 1)[1]}', encoding="utf-8")
    return path


@pytest.mark.parametrize("model", ["34465A", "34410A", "DMM6500"])
def test_every_multimeter_drifts_and_is_stale(tmp_path: Path, model: str) -> None:
    """Each reads 1 % more after a drift, and its last reading again where it is stale."""
    table = desk(other_bench(tmp_path, "multimeter", model))
    table.run(2)

    def shown() -> float:
        table.beat()
        return float(table.query("multimeter", "MEAS:VOLT:DC?"))

    before = shown()
    table.fault("multimeter", "drift", gain=0.01)
    after = shown()
    assert after == pytest.approx(1.01 * before, rel=1e-4)
    table.fault("multimeter", "stale")
    table.say("OFF *")
    assert shown() == after


@pytest.mark.parametrize("model", ["DSOX1204G", "DS1054Z", "RTB2004"])
def test_every_oscilloscope_has_the_faults_of_channels(tmp_path: Path, model: str) -> None:
    """The hidden errors of each grow by the drift, of the channel on the resistor and of no other."""
    table = desk(other_bench(tmp_path, "oscilloscope", model))
    own = table.control("state")["errors"]["oscilloscope"]["channels"]
    table.fault("oscilloscope", "drift", gain=0.5, offset_v=1e-3)
    now = table.control("state")["errors"]["oscilloscope"]["channels"]
    assert now["1"]["gain"] - own["1"]["gain"] == pytest.approx(0.5)
    assert now["1"]["offset_v"] - own["1"]["offset_v"] == pytest.approx(1e-3)
    assert now["2"] == own["2"]
