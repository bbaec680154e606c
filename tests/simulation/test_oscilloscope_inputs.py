"""Inputs, triggers and measurements of every emulated oscilloscope, on a circuit whose voltages are known."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from harness.simulation.circuit.drive import Drive, Piece
from harness.simulation.circuit.parts import as_built
from harness.simulation.draws import HiddenErrors
from harness.simulation.files.asbuilt import AsBuilt
from harness.simulation.files.benchfile import read_bench
from harness.simulation.files.modelfile import model
from tests.simulation.circuits import square
from tests.simulation.client import PLAIN
from tests.simulation.scopes import ScopeBench

MODELS = ("DSOX1204G", "DS1054Z", "RTB2004")
MS = 1_000_000
KEYSIGHT, RIGOL, ROHDE = MODELS


def volts(bench: ScopeBench) -> tuple[np.ndarray, float, float]:
    """Read what channel 1 holds as the maker's guide says; answer volts, interval and time of the first sample."""
    name = type(bench.scope).__name__
    if name == "RTB2000":
        bench.tell("FORM REAL,32;FORM:BORD LSBF")
        start_s, stop_s, count, _ = (float(x) for x in bench.ask("CHAN1:DATA:HEAD?").split(","))
        data = np.frombuffer(bench.block("CHAN1:DATA?"), "<f4")
        assert len(data) == count
        return data, (stop_s - start_s) / (count - 1), start_s
    bench.tell(":WAV:SOUR CHAN1;FORM BYTE")
    fields = [float(x) for x in bench.ask(":WAV:PRE?").split(",")]
    interval_s, start_s, _, step_v, origin, reference = fields[4:]
    codes = np.frombuffer(bench.block(":WAV:DATA?"), np.uint8).astype(float)
    if name == "DS1000Z":
        return (codes - origin - reference) * step_v, interval_s, start_s
    return (codes - reference) * step_v + origin, interval_s, start_s


def set_up(bench: ScopeBench, scale_v: float, scale_s: float) -> None:
    """Scales, and a rising edge of channel 1 through 0 V as the trigger."""
    bench.tell(
        {
            "Oscilloscope": f":CHAN1:SCAL {scale_v};:TIM:SCAL {scale_s};:TRIG:SWE NORM;:TRIG:LEV 0",
            "DS1000Z": f":CHAN1:PROB 1;:CHAN1:SCAL {scale_v};:TIM:SCAL {scale_s};:TRIG:SWE NORM;:TRIG:EDG:LEV 0",
            "RTB2000": f"CHAN1:SCAL {scale_v};:TIM:SCAL {scale_s};:TRIG:A:MODE NORM;:TRIG:A:LEV1 0",
        }[type(bench.scope).__name__]
    )


def acquire(bench: ScopeBench, seconds: float = 1.0) -> None:
    """Take one acquisition; all three makers know the word."""
    bench.tell(":SING")
    bench.wait(seconds)


@pytest.mark.parametrize("name", MODELS)
def test_a_square_wave_is_what_it_is(name: str) -> None:
    """Levels within gain and offset of the model's limits, the edge at time 0, frequency within the time base."""
    bench = ScopeBench(name, square(1e-3, MS // 2))
    set_up(bench, 0.5, 2e-4)
    acquire(bench)
    values, interval_s, start_s = volts(bench)
    edge = round(-start_s / interval_s)
    # 4 % of full scale, and 0.1 division + 2 mV: the widest of the three.
    assert values[edge + 2 : edge + 50].mean() == pytest.approx(1.0, abs=0.04 * 1.0 + 0.052)
    assert values[edge - 50 : edge - 2].mean() == pytest.approx(-1.0, abs=0.04 * 1.0 + 0.052)
    assert values.std() == pytest.approx(1.0, abs=0.05)


@pytest.mark.parametrize("name", MODELS)
def test_errors_of_the_truth_explain_a_record(name: str) -> None:
    """True volts times one plus the hidden gain plus the hidden offset are what a record averages to."""
    bench = ScopeBench(name, square(1e-3, MS // 2), seed=7)
    set_up(bench, 0.5, 2e-4)
    acquire(bench)
    values, interval_s, start_s = volts(bench)
    wrong = bench.scope.hidden()["channels"]["1"]
    edge = round(-start_s / interval_s)
    high = values[edge + 2 : edge + 200].mean()
    # 200 samples of noise below 1.5 codes of 20 mV.
    assert high == pytest.approx(1.0 + wrong["gain"] + wrong["offset_v"], abs=4e-3)


@pytest.mark.parametrize("name", MODELS)
def test_alternating_current_coupling_droops(name: str) -> None:
    """A unipolar 5 Hz square wave of 2 V behind the model's corner: its mean is gone, its plateaus droop."""
    drive = Drive(1e-3, (Piece(100 * MS, 2.0), Piece(100 * MS, 0.0)), 0)
    bench = ScopeBench(name, drive)
    set_up(bench, 0.5, 0.05)
    bench.tell(":CHAN1:COUP AC" if name != ROHDE else "CHAN1:COUP ACL")
    bench.wait(5.0)
    acquire(bench, 3.0)
    values, interval_s, start_s = volts(bench)
    corner_hz = 10.0 if name == KEYSIGHT else 5.0
    fades = math.exp(-0.1 * 2.0 * math.pi * corner_hz)
    first = 2.0 / (1.0 + fades)
    at = {s: values[round((s - start_s) / interval_s)] for s in (0.002, 0.05, 0.098)}
    wrong = bench.scope.hidden()["channels"]["1"]
    for seconds, value in at.items():
        true = first * math.exp(-seconds * 2.0 * math.pi * corner_hz)
        assert value == pytest.approx(true * (1.0 + wrong["gain"]) + wrong["offset_v"], abs=0.06)


@pytest.mark.parametrize("name", [RIGOL, ROHDE])
def test_ground_sees_nothing(name: str) -> None:
    """With its input on ground a channel shows its own offset and noise, and never triggers."""
    bench = ScopeBench(name, square(1e-3, MS // 2))
    set_up(bench, 0.5, 2e-4)
    bench.tell(":CHAN1:COUP GND")
    acquire(bench)
    assert bench.scope.trigger_settings().automatic is False
    bench.tell(":TFOR" if name == RIGOL else "*TRG")
    bench.wait(0.1)
    values, _, _ = volts(bench)
    wrong = bench.scope.hidden()["channels"]["1"]
    assert values.mean() == pytest.approx(wrong["offset_v"], abs=5e-3)
    assert values.std() < 0.02


@pytest.mark.parametrize("name", MODELS)
def test_an_inverted_trace_is_turned_over(name: str) -> None:
    """Inverted, the same record has the other sign, the trigger the same edge."""
    bench = ScopeBench(name, Drive(1e-3, (Piece(MS, 1.5), Piece(3 * MS, -0.5)), 0))
    set_up(bench, 0.5, 1e-3)
    bench.tell({KEYSIGHT: ":CHAN1:INV 1", RIGOL: ":CHAN1:INV ON", ROHDE: "CHAN1:POL INV"}[name])
    acquire(bench)
    values, interval_s, start_s = volts(bench)
    edge = round(-start_s / interval_s)
    inside = max(1, round(0.4e-3 / interval_s))
    assert values[edge + inside] == pytest.approx(-1.5, abs=0.15)
    assert values[edge - inside] == pytest.approx(0.5, abs=0.15)


@pytest.mark.parametrize("name", MODELS)
def test_the_bandwidth_limit_slows_an_edge(name: str) -> None:
    """10 % to 90 % of a step take 0.35 of the bandwidth's inverse; 2.2 time constants: limited 17.5 ns."""
    bench = ScopeBench(name, square(1e-3, MS // 2))
    set_up(bench, 0.5, 2e-8)
    bench.tell({KEYSIGHT: ":CHAN1:BWL 1", RIGOL: ":CHAN1:BWL 20M", ROHDE: "CHAN1:BAND B20"}[name])
    bench.tell({KEYSIGHT: ":WAV:POIN:MODE RAW;:WAV:POIN 100000", RIGOL: ":ACQ:MDEP AUTO", ROHDE: "*WAI"}[name])
    acquire(bench)
    values, interval_s, _ = volts(bench)
    low, high = values[:20].mean(), values[-40:].mean()
    inside = (values > low + 0.1 * (high - low)) & (values < low + 0.9 * (high - low))
    assert inside.sum() * interval_s == pytest.approx(2.2 / (2.0 * math.pi * 20e6), abs=3.0 * max(interval_s, 1e-9))


@pytest.mark.parametrize("name", MODELS)
def test_a_probe_divides_and_the_oscilloscope_multiplies(name: str) -> None:
    """Behind a 10x probe that it knows of the record is right; of one that it does not know, a tenth."""
    bench = ScopeBench(name, square(1e-3, MS // 2), ratio=10.0)
    set_up(bench, 0.05, 2e-4)
    acquire(bench)
    assert volts(bench)[0].std() == pytest.approx(0.1, abs=0.01)
    bench.tell({KEYSIGHT: ":CHAN1:PROB 10", RIGOL: ":CHAN1:PROB 10", ROHDE: "PROB1:SET:ATT:MAN 10"}[name])
    acquire(bench)
    assert volts(bench)[0].std() == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("name", MODELS)
def test_a_record_may_lie_before_or_after_its_trigger(name: str) -> None:
    """Moved by some ms, a record shows what was, or will be, around the edge at time 0."""
    for moved_s in (4e-3, -1e-3):
        bench = ScopeBench(name, PULSES)
        set_up(bench, 0.5, 2e-4)
        bench.tell(pulse_trigger(name, "longer", "POS", 2e-3))
        bench.tell(f":TIM:OFFS {moved_s}" if name == RIGOL else f":TIM:POS {moved_s}")
        acquire(bench)
        values, interval_s, start_s = volts(bench)
        middle = start_s + 0.5 * interval_s * len(values)
        assert middle == pytest.approx(moved_s, abs=1e-4)
        # The pulse of 3 ms ends at 0: from -3 ms on it is high, before and after it is low.
        times = start_s + interval_s * np.arange(len(values))
        high = (times > -3e-3) & (times < 0.0)
        away = (np.abs(times) > 2e-5) & (np.abs(times + 3e-3) > 2e-5)
        assert ((values > 0.0) == high)[away].all()


@pytest.mark.parametrize("name", MODELS)
def test_the_time_base_is_off_as_the_truth_says(name: str) -> None:
    """Edges 100 ms apart are as many samples apart as a time base with this specimen's error makes of it."""
    bench = ScopeBench(name, square(1e-3, 50 * MS), seed=3)
    set_up(bench, 0.5, 0.05)
    many = {KEYSIGHT: ":WAV:POIN:MODE RAW;:WAV:POIN 2000000", RIGOL: ":ACQ:MDEP 12000000", ROHDE: ":CHAN:DATA:POIN MAX"}
    bench.tell(many[name])
    acquire(bench, 2.0)
    if name == RIGOL:
        bench.tell(":WAV:MODE RAW;:WAV:FORM BYTE")
        interval_s = float(bench.ask(":WAV:XINC?"))
        places = []
        for expected in (0.1, 0.2):  # a block of memory about each edge
            first = round((expected - float(bench.ask(":WAV:XOR?"))) / interval_s) - 5000
            codes = np.frombuffer(bench.block(f":WAV:STAR {first + 1};STOP {first + 10000};DATA?"), np.uint8)
            places.append(first + int(np.argmax(codes > 127)))
        apart = places[1] - places[0]
    else:
        values, interval_s, start_s = volts(bench)
        windows = (round((expected - start_s) / interval_s) - 500 for expected in (0.1, 0.2))
        places = [first + int(np.argmax(values[first : first + 1000] > 0.0)) for first in windows]
        apart = places[1] - places[0]
    error = bench.scope.hidden()["time_base"]
    assert abs(error) > 1e-6
    assert apart * interval_s == pytest.approx(0.1 / (1.0 + error), abs=1.01 * interval_s)


@pytest.mark.parametrize(("ratio", "input_ohm"), [(1.0, 1e6), (10.0, 1e7), (0.5, 1e6)])
def test_a_passive_probe_loads_the_circuit_by_its_ratio(ratio: float, input_ohm: float) -> None:
    """10x in front of 1 Mohm are 9 Mohm more; a current probe of a gain below 1 adds nothing."""
    bench = replace(read_bench(PLAIN), probe_ratio=ratio)
    parts = as_built(bench, model("circuit"), HiddenErrors(1), AsBuilt())
    assert parts.scope_input_ohm == input_ohm


PULSES = Drive(1e-3, (Piece(MS, 1.0), Piece(9 * MS, -1.0), Piece(3 * MS, 1.0), Piece(7 * MS, -1.0)), 0)
"""+1 V for 1 ms, then for 3 ms, in 20 ms; negative pulses of 9 and 7 ms between."""


def pulse_trigger(name: str, which: str, polarity: str, width_s: float, longest_s: float = 0.0) -> str:
    """Say a pulse-width trigger in the words of a maker."""
    if name == KEYSIGHT:
        word, value = {
            "longer": ("GRE", f"GRE {width_s}"),
            "shorter": ("LESS", f"LESS {width_s}"),
            "within": ("RANG", f"RANG {longest_s},{width_s}"),
        }[which]
        return f":TRIG:MODE GLIT;:TRIG:GLIT:LEV 0;POL {polarity};QUAL {word};{value}"
    if name == RIGOL:
        when = {"longer": "GR", "shorter": "LES", "within": "GL"}[which]
        return (
            f":TRIG:MODE PULS;:TRIG:PULS:LEV 0;WHEN {polarity[0]}{when};WIDT {width_s};"
            f"LWID {width_s};UWID {max(longest_s, width_s)}"
        )
    if which == "within":
        middle, delta = 0.5 * (width_s + longest_s), 0.5 * (longest_s - width_s)
        return f"TRIG:A:TYPE WIDT;:TRIG:A:WIDT:POL {polarity};RANG WITH;WIDT {middle};DELT {delta}"
    return f"TRIG:A:TYPE WIDT;:TRIG:A:WIDT:POL {polarity};RANG {which};WIDT {width_s}"


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(
    ("asked", "found_s"),
    [
        (("shorter", "POS", 2e-3), 1e-3),
        (("longer", "POS", 2e-3), 3e-3),
        (("within", "POS", 2e-3, 4e-3), 3e-3),
        (("shorter", "NEG", 8e-3), 7e-3),
        (("longer", "NEG", 8e-3), 9e-3),
    ],
)
def test_a_pulse_of_the_right_width_triggers_at_its_end(
    name: str, asked: tuple[str, str, float] | tuple[str, str, float, float], found_s: float
) -> None:
    """The pulse that ends at time 0 has the polarity and the width that were asked for."""
    bench = ScopeBench(name, PULSES)
    set_up(bench, 0.5, 2e-3)
    bench.tell(pulse_trigger(name, *asked))
    assert bench.ask("SYST:ERR?").lstrip("+").startswith("0,")
    acquire(bench)
    values, interval_s, start_s = volts(bench)
    edge = round(-start_s / interval_s)
    sign = 1.0 if asked[1] == "POS" else -1.0
    before = values[: edge - 1] * sign > 0.0
    length = len(before) - 1 - int(np.flatnonzero(~before)[-1])
    assert sign * values[edge + 2] < 0.0
    assert length * interval_s == pytest.approx(found_s, abs=3.0 * interval_s)


@pytest.mark.parametrize("name", MODELS)
def test_no_pulse_of_that_width_is_no_trigger(name: str) -> None:
    """Pulses that are all longer do not trigger one that waits for shorter ones."""
    bench = ScopeBench(name, PULSES)
    set_up(bench, 0.5, 2e-3)
    bench.tell(pulse_trigger(name, "shorter", "POS", 0.5e-3))
    acquire(bench, 2.0)
    assert bench.scope.status.operation.condition & 0x08


@pytest.mark.parametrize("name", MODELS)
def test_the_trigger_sees_what_the_coupling_lets_through(name: str) -> None:
    """A voltage that never goes below 0.2 V crosses 0 V behind a capacitor, and only there."""
    bench = ScopeBench(name, Drive(1e-3, (Piece(5 * MS, 1.2), Piece(5 * MS, 0.2)), 0))
    set_up(bench, 0.2, 2e-3)
    acquire(bench, 2.0)
    assert bench.scope.status.operation.condition & 0x08
    bench.tell(":CHAN1:COUP AC" if name != ROHDE else "CHAN1:COUP ACL")
    acquire(bench, 2.0)
    assert not bench.scope.status.operation.condition & 0x08
    values, interval_s, start_s = volts(bench)
    edge = round(-start_s / interval_s)
    assert values[edge - 3] < -0.3 < 0.3 < values[edge + 3]


def test_a_wait_reaches_a_pulse_that_is_far_away() -> None:
    """A pulse of 1 ms in 4 s is waited for, though only a quarter of a second is looked at once."""
    bench = ScopeBench(ROHDE, Drive(1e-3, (Piece(3999 * MS, -1.0), Piece(MS, 1.0)), 0))
    set_up(bench, 0.5, 2e-3)
    bench.tell(pulse_trigger(ROHDE, "shorter", "POS", 2e-3))
    assert bench.ask("SING;*OPC?;:ACQ:STAT?") == "1;COMP"
    assert 4.0e9 <= bench.keeper.now_ns <= 4.1e9


@pytest.mark.parametrize("coupling", ["LFReject", "HFReject"])
def test_rejection_keeps_edges_from_the_trigger(coupling: str) -> None:
    """A slow edge is kept out by low-frequency rejection, a short pulse by high-frequency rejection."""
    slow = Drive(1e-3, (Piece(500 * MS, 1.0), Piece(500 * MS, -1.0)), 0, ((0, 0.0), (400 * MS, 1.0)))
    short = Drive(1e-3, (Piece(300, 1.0), Piece(MS - 300, -1.0)), 0)
    bench = ScopeBench(RIGOL, slow if coupling == "LFReject" else short)
    set_up(bench, 0.5, 2e-3)
    bench.tell(":TRIG:EDG:LEV 0.3" if coupling == "LFReject" else ":TRIG:EDG:LEV 0.5")
    bench.tell(":SING")
    bench.wait(0.3)
    assert bench.ask(":TRIG:STAT?") == "STOP"
    bench = ScopeBench(RIGOL, slow if coupling == "LFReject" else short)
    set_up(bench, 0.5, 2e-3)
    bench.tell(":TRIG:EDG:LEV 0.3" if coupling == "LFReject" else ":TRIG:EDG:LEV 0.5")
    bench.tell(f":TRIG:COUP {coupling};:SING")
    bench.wait(0.3)
    assert bench.ask(":TRIG:STAT?") == "WAIT"


@pytest.mark.parametrize("name", MODELS)
def test_measurements_agree_with_the_drive(name: str) -> None:
    """1 ms in 4 ms at +1.5 V, the rest at -0.5 V: period, duty, mean, r.m.s. and peak to peak follow."""
    bench = ScopeBench(name, Drive(1e-3, (Piece(MS, 1.5), Piece(3 * MS, -0.5)), 0))
    set_up(bench, 0.5, 2e-3)
    acquire(bench)
    expected = {"period": 4e-3, "frequency": 250.0, "peak to peak": 2.0, "duty": 0.25, "width": 1e-3}
    words = {
        KEYSIGHT: ":MEAS:PER? :MEAS:FREQ? :MEAS:VPP? :MEAS:DUTY? :MEAS:PWID?",
        RIGOL: ":MEAS:ITEM?PER :MEAS:ITEM?FREQ :MEAS:ITEM?VPP :MEAS:ITEM?PDUT :MEAS:ITEM?PWID",
        ROHDE: "MEAS1:RES?PER MEAS1:RES?FREQ MEAS1:RES?PEAK MEAS1:RES?PDC MEAS1:RES?PPW",
    }[name]
    queries = dict(zip(expected, (word.replace("?", "? ") for word in words.split()), strict=True))
    bench.tell("MEAS1 ON" if name == ROHDE else "*WAI")
    mean, rms = {
        KEYSIGHT: (":MEAS:VAV? DISP,CHAN1", ":MEAS:VRMS? CYCL,DC,CHAN1"),
        RIGOL: (":MEAS:ITEM? VAVG", ":MEAS:ITEM? VRMS"),
        ROHDE: ("MEAS1:RES? MEAN", "MEAS1:RES? RMS"),
    }[name]
    wrong = bench.scope.hidden()["channels"]["1"]
    # Whole periods are on the screen: (1.5 - 3 x 0.5) / 4, and the root of (2.25 + 3 x 0.25) / 4.
    assert float(bench.ask(mean)) == pytest.approx(wrong["offset_v"], abs=3e-3)
    assert float(bench.ask(rms)) == pytest.approx(math.sqrt(0.75), abs=0.05)
    for what, query in queries.items():
        scale = 100.0 if what == "duty" and name != RIGOL else 1.0
        tolerance = 0.08 if what == "peak to peak" else 0.005
        assert float(bench.ask(query)) / scale == pytest.approx(expected[what], rel=tolerance)


@pytest.mark.parametrize("name", MODELS)
def test_a_measurement_without_a_signal_is_invalid(name: str) -> None:
    """Nothing on a channel has no frequency: the maker's number for it, and no error."""
    bench = ScopeBench(name)
    bench.tell({KEYSIGHT: ":SING;:TRIG:FORC", RIGOL: ":STOP", ROHDE: "MEAS1 ON"}[name])
    bench.wait(1.0)
    query = {KEYSIGHT: ":MEAS:FREQ?", RIGOL: ":MEAS:ITEM? FREQ,CHAN1", ROHDE: "MEAS1:RES? FREQ"}[name]
    assert float(bench.ask(query)) > 9e37
    assert bench.ask("SYST:ERR?").lstrip("+").startswith("0,")


@pytest.mark.parametrize("name", MODELS)
def test_autoscale_finds_a_signal(name: str) -> None:
    """Afterwards two periods and the whole amplitude are on the screen, and it triggers."""
    bench = ScopeBench(name, square(0.2e-3, MS))
    bench.tell(":CHAN1:PROB 1" if name == RIGOL else "*WAI")  # its factory setting is a 10x probe
    bench.wait(2.0)
    bench.tell(":AUT")
    bench.wait(1.0)
    values, interval_s, _ = volts(bench)
    assert values.max() == pytest.approx(0.2, abs=0.05)
    assert values.min() == pytest.approx(-0.2, abs=0.05)
    assert 4e-3 <= interval_s * len(values) <= 12e-3
    assert bench.ask("SYST:ERR?").lstrip("+").startswith("0,")


@pytest.mark.parametrize("name", MODELS)
def test_a_picture_of_the_screen_is_refused(name: str) -> None:
    """There is no screen: no answer, and -241 in the queue."""
    bench = ScopeBench(name)
    query = {KEYSIGHT: ":DISP:DATA? PNG, COL", RIGOL: ":DISP:DATA? ON,OFF,PNG", ROHDE: "HCOP:DATA?"}[name]
    assert bench.tell(query) == b""
    assert bench.ask("SYST:ERR?") == '-241,"Hardware missing"'


@pytest.mark.parametrize("name", [KEYSIGHT, ROHDE])
def test_the_clock_is_the_bench_s(name: str) -> None:
    """It begins at a fixed moment and goes with bench time; a leap day passes, and *RST leaves it alone."""
    bench = ScopeBench(name)
    assert bench.ask("SYST:DATE?") == "2020,1,1"
    bench.tell("SYST:DATE 2024,2,28;TIME 23,59,30;:*RST")
    bench.tell("*RST")
    bench.wait(31.0)
    assert bench.ask("SYST:DATE?;TIME?") == "2024,2,29;0,0,1"


def test_a_preset_closes_the_registers() -> None:
    """STATus:PRESet clears both enables of an RTB2004."""
    bench = ScopeBench(ROHDE)
    bench.tell("STAT:OPER:ENAB 8;:STAT:QUES:ENAB 9;:STAT:PRES")
    assert bench.ask("STAT:OPER:ENAB?;:STAT:QUES:ENAB?;:SYST:ERR?") == '0;0;0,"No error"'


def test_half_of_the_channels_sample_twice_as_fast() -> None:
    """With one channel of a pair on, DSOX1204G and RTB2004 have twice the rate; a DS1054Z shares it."""
    bench = ScopeBench(KEYSIGHT)
    assert bench.ask(":TIM:SCAL 1E-6;:ACQ:SRAT?;:CHAN3:DISP 1;:ACQ:SRAT?;:CHAN2:DISP 1;:ACQ:SRAT?") == (
        "+2.00000000E+09;+2.00000000E+09;+1.00000000E+09"
    )
    bench = ScopeBench(ROHDE)
    assert bench.ask("ACQ:SRAT?;POIN:MAX?;:CHAN2:STAT ON;:ACQ:SRAT?;POIN:MAX?") == "2.50E+09;20000000;1.25E+09;10000000"
    bench = ScopeBench(RIGOL)
    assert bench.ask(":ACQ:SRAT?;:CHAN2:DISP 1;:ACQ:SRAT?;:CHAN3:DISP 1;:ACQ:SRAT?") == (
        "1.000000e+09;5.000000e+08;2.500000e+08"
    )
