"""The oscilloscope by the book: its language, its trigger, its records."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import pytest

from tests.simulation.client import Simulation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOOP_OHM = 500.0


@pytest.fixture
def scope(shared: Simulation) -> Simulation:
    """An oscilloscope after reset, its queue and registers empty."""
    assert shared.oscilloscope.query("*RST;*CLS;:ADER?;:TER?;:AER?").count(";") == 2
    return shared


@pytest.fixture
def running(exact_unit: Path) -> Iterator[Simulation]:
    """1 mA, bipolar, across 100 ohm at the oscilloscope: +-0.1 V."""
    with Simulation(unit=exact_unit) as simulation:
        simulation.run(2, "bipolar")
        simulation.oscilloscope.query(
            ":CHAN1:SCAL 0.05;:TIM:SCAL 0.1;:TIM:POS 0;:TRIG:SWE NORM;:TRIG:LEV 0;SLOP POS;:WAV:FORM BYTE;*OPC?"
        )
        yield simulation


def acquire(simulation: Simulation) -> None:
    """Take one acquisition to its end."""
    simulation.oscilloscope.query(":SING;:OPER:COND?")
    for _ in range(4):
        simulation.control("advance", seconds=0.6)
        simulation.stimulator.query("KEEP")
    assert simulation.oscilloscope.query(":OPER:COND?") == "+0"


def volts(simulation: Simulation) -> tuple[list[float], float, float]:
    """Read a record by its preamble; answer volts, interval and time of the first sample."""
    preamble = [float(x) for x in simulation.oscilloscope.query(":WAV:PRE?").split(",")]
    x_increment, x_origin, _, y_increment, y_origin, y_reference = preamble[4:]
    simulation.oscilloscope.write(":WAV:DATA?")
    codes = simulation.oscilloscope.block()
    assert len(codes) == int(preamble[2])
    return [(code - y_reference) * y_increment + y_origin for code in codes], x_increment, x_origin


@pytest.mark.parametrize(
    ("command", "query", "answer"),
    [
        (":TIMebase:SCALe 1ms", ":TIM:SCAL?;RANG?", "+1.00000000E-03;+1.00000000E-02"),
        (":VIEW CHAN3;:BLANk CHANnel1", ":STAT? CHAN1;:STAT? CHAN3;:CHAN3:DISP?", "0;1;1"),
        (":VIEW CHAN2;:BLAN", ":STAT? CHAN1;:STAT? CHAN2", "0;0"),
        (":TIM:RANG 0.5", ":TIM:SCAL?", "+5.00000000E-02"),
        (":TIM:POS -0.25", ":TIM:POS?", "-2.50000000E-01"),
        (":TIM:REF LEFT", ":TIM:REF?", "LEFT"),
        (":CHAN2:SCALe 20mV", ":CHANNEL2:RANGE?", "+1.60000000E-01"),
        (":CHAN1:RANG 0.8", ":CHAN1:SCAL?", "+1.00000000E-01"),
        (":CHAN1:OFFS 0.5", ":CHAN1:OFFS?", "+5.00000000E-01"),
        (":CHAN1:COUP AC", ":CHAN1:COUP?", "AC"),
        (":CHAN3:DISP ON", ":CHAN3:DISP?;:CHAN4:DISP?", "1;0"),
        (":CHAN1:BWL 1", ":CHAN1:BWL?;IMP?", "1;ONEM"),
        (":CHAN1:SCAL 0.1;PROB 10", ":CHAN1:SCAL?;PROB?", "+1.00000000E+00;+1.00000000E+01"),
        (":TRIG:EDGE:SOUR CHAN2;LEV 0.1;SLOP NEG;COUP DC", ":TRIG:SOUR?;LEV?;SLOP?", "CHAN2;+1.00000000E-01;NEG"),
        (":TRIG:EDGE:LEV 0.2,CHAN3", ":TRIG:SOUR?;LEV?", "CHAN3;+2.00000000E-01"),
        (":CHAN1:INV ON;VERN 1;LAB 'LOAD'", ":CHAN1:INV?;VERN?;LAB?", '1;1;"LOAD"'),
        (
            ":TRIG:MODE GLIT;GLIT:QUAL RANG;RANG 2E-3,1E-3",
            ":TRIG:MODE?;GLIT:RANG?",
            "GLIT;+2.00000000E-03,+1.00000000E-03",
        ),
        (":TIM:RANG 1E-3", ":TIM?", ":TIM:MODE MAIN;REF CENT;MAIN:RANG +1.00000000E-03;POS +0.00000000E+00"),
        (":MEAS:SOUR CHAN2", ":MEAS:SOUR?;VPP?;FREQ?", "CHAN2;+9.9E+37;+9.9E+37"),
        (":SYST:PREC 1;:WGEN:FREQ 2kHz;OUTP ON", ":SYST:PREC?;:WGEN:FREQ?;OUTP?", "1;+2.00000000E+03;1"),
        (":TRIG:SWEep NORMal", ":TRIG:SWE?;MODE?", "NORM;EDGE"),
        (":ACQ:TYPE HRES", ":ACQ:TYPE?", "HRES"),
        (":ACQ:TYPE AVER;COUN 16", ":ACQ:COUN?", "+16"),
        (":TIM:SCAL 1E-6", ":ACQ:POIN?;SRAT?", "+20000;+2.00000000E+09"),
        (":TIM:SCAL 0.1", ":ACQ:POIN?;SRAT?", "+2000000;+2.00000000E+06"),
        (":WAV:SOUR CHAN1;FORM WORD;BYT LSBF;UNS 0", ":WAV:SOUR?;FORM?;BYT?;UNS?", "CHAN1;WORD;LSBF;0"),
        (":WAV:POIN:MODE RAW", ":WAV:POIN:MODE?", "RAW"),
    ],
)
def test_each_setting_reads_back(scope: Simulation, command: str, query: str, answer: str) -> None:
    """A setting is taken in short or long form and answered in the guide's form."""
    scope.oscilloscope.write(command)
    assert scope.oscilloscope.query(query) == answer
    assert scope.oscilloscope.query(":SYST:ERR?") == '+0,"No error"'


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (":CHAN5:SCAL 1", '-114,"Header suffix out of range"'),
        (":CHAN1:SCAL 100", '-222,"Data out of range"'),
        (":CHAN1:OFFS 50;:CHAN1:SCAL 0.1;OFFS 50", '-222,"Data out of range"'),
        (":TIM:SCAL 1E-12", '-222,"Data out of range"'),
        (":WAV:DATA?", '-230,"Data corrupt or stale"'),
        (":TRIGger:STATus?", '-113,"Undefined header"'),
        (":TRIG:GLIT:RANG 1E-3,2E-3", '-222,"Data out of range"'),
        (":VIEW CHAN9", '-224,"Illegal parameter value"'),
        (":VIEW", '-109,"Missing parameter"'),
        (":SYST:SET?", '-200,"Execution error, a setup is not emulated"'),
        ("*LRN?", '-200,"Execution error, a setup is not emulated"'),
        (":SYST:DATE 2024,2,30", '-222,"Data out of range"'),
        (":DISP:DATA? PNG,COL", '-241,"Hardware missing"'),
        (":MEAS:VPP? CHAN9", '-224,"Illegal parameter value"'),
        (":CHAN1:COUP GND", '-224,"Illegal parameter value"'),
        (":DIG CHAN9", '-224,"Illegal parameter value"'),
    ],
)
def test_each_mistake_has_its_number(scope: Simulation, command: str, error: str) -> None:
    """A mistake stands in the queue with its standard text."""
    scope.oscilloscope.write(command)
    assert scope.oscilloscope.query(":SYST:ERR?") == error


def test_the_queue_holds_thirty(scope: Simulation) -> None:
    """The thirtieth place of a full queue says -350."""
    for _ in range(40):
        scope.oscilloscope.write("NONSENSE")
    errors = [scope.oscilloscope.query(":SYST:ERR?") for _ in range(31)]
    assert errors[28:] == ['-113,"Undefined header"', '-350,"Queue overflow"', '+0,"No error"']


def test_a_single_acquisition_arms_triggers_and_stops(running: Simulation) -> None:
    """RUN is set at once, armed when the time before the trigger is recorded, and all is clear at the end."""
    scope = running.oscilloscope
    assert scope.query(":SING;:OPER:COND?;:AER?;:TER?;:ADER?") == "+8;+0;+0;+0"
    assert scope.query("*OPC?") == "1"  # does not wait for the trigger
    running.control("advance", seconds=0.5)
    assert scope.query(":OPER:COND?;:AER?;:AER?") == "+40;+1;+0"
    running.advance(2.0)
    assert scope.query(":OPER:COND?;:TER?;:TER?;:ADER?;:ADER?") == "+0;+1;+0;+1;+0"


def test_a_record_starts_where_its_preamble_says(running: Simulation) -> None:
    """The trigger edge lies at time zero, half of the screen before it, levels within the data sheet's limits."""
    acquire(running)
    running.oscilloscope.write(":WAV:POIN:MODE RAW;:WAV:POIN 10000")
    values, x_increment, x_origin = volts(running)
    assert (len(values), x_increment, x_origin) == (10000, pytest.approx(1e-4), pytest.approx(-0.5))
    edge = round(-x_origin / x_increment)
    assert max(values[edge - 4900 : edge - 1]) < -0.05
    assert min(values[edge + 1 : edge + 4900]) > 0.05
    # Data sheet: 3 % of full scale, 0.1 division + 2 mV; and some noise.
    limit = 0.03 * 0.1 + 0.1 * 0.05 + 2e-3 + 1e-3
    assert sum(values[edge + 1 : edge + 4900]) / 4899 == pytest.approx(0.1, abs=limit)


def test_an_offset_moves_the_origin_not_the_volts(running: Simulation) -> None:
    """V = (raw - reference) x increment + origin holds with an offset, whose value is the origin."""
    running.oscilloscope.query(":CHAN1:OFFS 0.05;*OPC?")
    acquire(running)
    values, _, _ = volts(running)
    origin = float(running.oscilloscope.query(":WAV:YOR?"))
    assert origin == pytest.approx(0.05)
    assert max(values) == pytest.approx(0.1, abs=0.015)
    assert min(values) == pytest.approx(-0.1, abs=0.015)


def test_codes_clip_at_both_ends(running: Simulation) -> None:
    """A signal that leaves the screen reads 0 below and 255 above."""
    running.oscilloscope.query(":CHAN1:SCAL 0.01;*OPC?")
    acquire(running)
    running.oscilloscope.write(":WAV:DATA?")
    assert set(running.oscilloscope.block()) == {0, 255}


def test_every_format_carries_the_same_record(running: Simulation) -> None:
    """BYTE, WORD in both orders, signed and unsigned, and ASCII agree sample by sample."""
    acquire(running)
    scope = running.oscilloscope
    scope.write(":WAV:POIN 500;:WAV:DATA?")
    codes = list(scope.block())
    scope.write(":WAV:UNS OFF;:WAV:DATA?")
    assert list(struct.unpack(f"{len(codes)}b", scope.block())) == [code - 128 for code in codes]
    for order, sign in (("MSBF", ">"), ("LSBF", "<")):
        scope.write(f":WAV:UNS ON;FORM WORD;BYT {order};:WAV:DATA?")
        assert list(struct.unpack(f"{sign}{len(codes)}H", scope.block())) == [256 * code for code in codes]
    scope.write(":WAV:FORM BYTE;YINC?")
    increment = float(scope.read())
    scope.write(":WAV:FORM ASC;:WAV:DATA?")
    text = [float(x) for x in scope.block().decode().split(",")]
    assert text == pytest.approx([(code - 128) * increment for code in codes], abs=1e-6)


def test_fewer_points_are_every_kth_of_the_same_record(running: Simulation) -> None:
    """Reading a record again with fewer points repeats its samples."""
    acquire(running)
    scope = running.oscilloscope
    scope.write(":WAV:POIN:MODE RAW;:WAV:POIN 50000;:WAV:DATA?")
    many = scope.block()
    scope.write(":WAV:POIN 10000;:WAV:DATA?")
    assert scope.block() == many[::5]


def test_high_resolution_is_quieter(running: Simulation) -> None:
    """Averaging inside a sample lowers the noise and resolves more than 8 bits."""
    deviations = []
    for kind in ("NORM", "HRES"):
        running.oscilloscope.query(f":ACQ:TYPE {kind};*OPC?")
        acquire(running)
        scope = running.oscilloscope
        scope.write(":WAV:FORM WORD;POIN 10000;:WAV:DATA?")
        words = struct.unpack(">10000H", scope.block())[5100:9900]
        mean = sum(words) / len(words)
        deviations.append((sum((word - mean) ** 2 for word in words) / len(words)) ** 0.5)
    assert deviations[1] < 0.5 * deviations[0]


def test_digitize_keeps_the_parser_until_the_record_is_there(running: Simulation) -> None:
    """*OPC? after DIGitize answers when the acquisition is complete."""
    before = running.now()
    assert running.oscilloscope.query(":DIG CHAN1;*OPC?;:ADER?") == "1;+1"
    # armed after 0.5 s, the next rising edge within a period, 0.5 s after it
    assert 1.0 < running.now() - before < 2.1


def test_normal_sweep_waits_and_force_ends_it(running: Simulation) -> None:
    """Without an edge NORMal never triggers; FORCe triggers now."""
    running.oscilloscope.query(":TRIG:LEV 0.19;*OPC?;:SING")
    running.advance(5.0)
    assert running.oscilloscope.query(":OPER:COND?;:TER?") == "+40;+0"
    running.oscilloscope.query(":TRIG:FORC;*OPC?")
    running.advance(0.6)
    assert running.oscilloscope.query(":OPER:COND?;:TER?") == "+0;+1"


def test_auto_sweep_forces_itself(running: Simulation) -> None:
    """Without an edge AUTO triggers by itself."""
    running.oscilloscope.query(":TRIG:LEV 0.19;SWE AUTO;:SING;*OPC?")
    running.advance(1.2)
    assert running.oscilloscope.query(":OPER:COND?;:TER?") == "+0;+1"


def test_a_signal_under_the_trigger_sensitivity_is_no_edge(running: Simulation) -> None:
    """An amplitude far below 0.6 divisions does not trigger."""
    running.oscilloscope.query(":CHAN1:SCAL 2;:SING;*OPC?")
    running.advance(3.0)
    assert running.oscilloscope.query(":OPER:COND?;:TER?") == "+40;+0"


def test_free_running_keeps_the_last_record(running: Simulation) -> None:
    """RUN shows bit 3; STOP leaves a record that begins at an edge."""
    running.oscilloscope.query(":RUN;:OPER:COND?")
    running.advance(4.0)
    assert running.oscilloscope.query(":OPER:COND?;:TER?") == "+8;+1"
    assert running.oscilloscope.query(":STOP;:OPER:COND?") == "+0"
    values, x_increment, x_origin = volts(running)
    edge = round(-x_origin / x_increment)
    assert values[edge - 5] < -0.05 < 0.05 < values[edge + 5]


def test_a_channel_with_nothing_on_it_shows_zero(running: Simulation) -> None:
    """Channel 2 reads 0 V within its offset limit."""
    running.oscilloscope.query(":CHAN2:SCAL 0.05;DISP ON;*OPC?")
    acquire(running)
    running.oscilloscope.write(":WAV:SOUR CHAN2")
    values, _, _ = volts(running)
    assert sum(values) / len(values) == pytest.approx(0.0, abs=0.1 * 0.05 + 2e-3 + 1e-3)
