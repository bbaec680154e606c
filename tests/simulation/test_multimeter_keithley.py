"""The DMM6500 by its reference manual: dialect, buffers, digitiser, trigger model, event log."""

from __future__ import annotations

import math
import struct

import pytest

from harness.simulation.circuit.drive import steady
from harness.simulation.circuit.history import Quantity
from tests.simulation import circuits
from tests.simulation.meters import Bench

NO_ERROR = '0,"No error;0;0 0"'


@pytest.fixture
def meter() -> Bench:
    """A DMM6500 across 0.5 V."""
    return Bench("DMM6500", steady(0.5e-3))


def test_the_identity_says_that_it_is_simulated(meter: Bench) -> None:
    """The maker's form of the answer, with a serial number that begins with SIM."""
    maker, name, serial, firmware = meter.tell("*IDN?").split(",")
    assert (maker, name, firmware) == ("KEITHLEY INSTRUMENTS", "MODEL DMM6500", "1.7.12b")
    assert serial.startswith("SIM")


# Pairs that pymeasure's generator recorded from an instrument at 60 Hz, and what the manual gives at 50 Hz.
@pytest.mark.parametrize(
    ("messages", "answer"),
    [
        (("*LANG SCPI", "*LANG?"), "SCPI"),
        (('SENS:FUNC "CURR:DC"', "CURR:DC:APER 0.0015", "CURR:DC:APER?"), "0.0015"),
        (("CURR:DC:RANG:AUTO 1", "CURR:DC:RANG:AUTO?"), "1"),
        (("CURR:DC:AZER 0", "CURR:DC:AZER?"), "0"),
        (("CURR:AC:DET:BAND 30", ":SENS:CURR:AC:DET:BAND?"), "30"),
        ((":DISP:CURR:AC:DIG?",), "6"),
        ((":DISP:CURR:DC:DIG 3", ":DISP:CURR:DIG?"), "3"),
        ((":SENS:CURR:AC:RANG:AUTO 0;:SENS:CURR:AC:RANG 0.01", ":SENS:CURR:AC:RANG?"), "0.01"),
        ((":SENS:CURR:RANG:AUTO 0;:SENS:CURR:RANG 1", ":SENS:CURR:RANG?"), "1"),
        (("CURR:DC:NPLC 2", ":SENS:CURR:NPLC?"), "2"),
        (("CURR:DC:RANG:AUTO 0;UPP 1.0", "CURR:DC:RANG?"), "1"),
        (("CURR:DC:REL 0.5", ":SENS:CURR:REL?"), "0.5"),
        (("CURR:DC:REL:STAT 1", "CURR:DC:REL:STAT?"), "1"),
        ((":SENS:FREQ:APER?",), "0.2"),
        ((":SENS:FREQ:THR:RANG?;:SENS:PER:THR:RANG:AUTO?",), "10;1"),
        (('SENS:FUNC "FREQ:VOLT"', ":SENS:FUNC?"), "FREQ:VOLT"),
        ((":SENS:RES:RANG:AUTO 0;:SENS:RES:RANG 1e+07", ":SENS:RES:RANG?"), "1E+07"),
        ((":SENS:FRES:RANG:AUTO 0;:SENS:FRES:RANG 1e+07", ":SENS:FRES:RANG?"), "1E+07"),
        ((":SENS:FUNC 'VOLT:AC'", ":SENS:VOLT:AC:DET:BAND?;:SENS:FUNC?"), "3;VOLT:AC"),
        ((":SENS:VOLT:NPLC 1.234", ":SENS:VOLT:NPLC?"), "1.234"),
        ((":SENS1:VOLT:DC:INP AUTO", ":VOLT:INP?"), "AUTO"),
        ((":SYST:LFR?;:ROUT:TERM?",), "50;FRON"),
        ((":VOLT:DC:APER? MIN;APER? MAX;APER?",), "1E-05;0.24;0.02"),
        ((":VOLT:AVER:TCON MOV;COUN 20;STAT ON", ":VOLT:AVER:TCON?;COUN?;STAT?"), "MOV;20;1"),
        ((":COUN 50000", ":COUN?"), "50000"),
        ((":DIG:VOLT:SRAT 50000;RANG 1;APER 4e-6", ":DIG:VOLT:SRAT?;RANG?;APER?"), "50000;1;4E-06"),
        ((":DIG:VOLT:APER AUTO", ":SENS:DIG:VOLT:APER?"), "AUTO"),
        ((":SYST:TIME 2023,9,21,9,6,41", ":SYST:TIME? 1"), "Thu Sep 21 09:06:41 2023"),
    ],
)
def test_recorded_answers_come_back(meter: Bench, messages: tuple[str, ...], answer: str) -> None:
    """Each setting reads back in the instrument's own number form, and nothing was an error."""
    for message in messages[:-1]:
        assert meter.tell(message) == ""
    assert meter.tell(messages[-1]) == answer
    assert meter.tell("SYST:ERR?") == NO_ERROR


def test_the_screen_takes_its_words(meter: Bench) -> None:
    """What only a person would see is taken without an error."""
    for screen in (
        "HOME",
        "HOME_LARG",
        "READ",
        "HIST",
        "SWIPE_FUNC",
        "SWIPE_USER",
        "SWIPE_NONS",
        "CHANNEL_SCAN",
        "PROC",
    ):
        meter.tell(f":DISP:SCR {screen}")
    meter.tell(
        ':DISP:CLE;:DISP:USER1:TEXT "Hello";:DISP:USER2:TEXT "DMM6500";:DISP:LIGH:STAT ON100;:SYST:BEEP 700, 0.5'
    )
    assert meter.tell("SYST:ERR?") == NO_ERROR


@pytest.mark.parametrize(
    ("message", "number", "text"),
    [
        (":BOGUS 1", -113, "Undefined header"),
        ("VOLT:NPLC", -109, "Missing parameter"),
        ("*CLS 1", -108, "Parameter not allowed"),
        ("VOLT:NPLC 15", -222, "Parameter, NPLC, expected value from 0.0005 to 12"),
        ("VOLT:RANG 10000", -222, "Parameter, measure range, expected value from 0.1 to 1000"),
        ("FREQ:THR:RANG 1000", -222, "Parameter, measure threshold range, expected value from 0.1 to 750"),
        (":COUN 0", -222, "Parameter, count, expected value from 1 to 1E+06"),
        ('SENS:FUNC "VOLT", (@1:10)', 1151, "Command requires installation of accessory card"),
        ("SENS2:VOLT:RANG 1", -114, "Header suffix out of range"),
        (':FETC? "defbuffer1"', -230, "Data corrupt or stale"),
        ('READ? "moon"', -222, "Parameter, reading buffer moon does not exist"),
        ('READ? "defbuffer1", MOON', 1133, "Parameter 4, Syntax error, expected valid name parameters"),
        (':FORM REAL;:READ? "defbuffer1", TST', 1133, "Parameter 4, Syntax error, expected valid name parameters"),
        (":INIT", -221, "Settings conflict, trigger model is empty"),
        (":SYST:BEEP 10, 1", -222, "Parameter data out of range"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_with_its_time(meter: Bench, message: str, number: int, text: str) -> None:
    """An entry of the log has number, text, type and time; a query that failed answers nothing."""
    meter.wait(1.5)
    assert meter.tell(message) == ""
    assert meter.tell("SYST:ERR:COUN?") == "1"
    assert meter.tell("SYST:ERR?") == f'{number},"{text};1;2020/01/01 00:00:01.500"'
    assert meter.tell("SYST:ERR?") == NO_ERROR


def test_the_log_is_cleared_and_counted(meter: Bench) -> None:
    """SYSTem:CLEar and *CLS empty the log; event queries see the same entries."""
    meter.tell("BOGUS")
    assert meter.tell("SYST:EVEN:COUN? ERR;:SYST:EVEN:COUN? WARN").split(";") == ["1", "0"]
    assert meter.tell("SYST:EVEN:NEXT?").startswith('-113,"Undefined header;1;')
    meter.tell("BOGUS")
    assert meter.tell("SYST:CLE;:SYST:ERR:COUN?;*ESR?") == "0;160"
    meter.tell("BOGUS")
    assert meter.tell("*CLS;:SYST:ERR?;*ESR?;*ESE?;*SRE?;*STB?") == f"{NO_ERROR};0;0;0;16"


def test_a_reading_is_written_with_seven_digits(meter: Bench) -> None:
    """READ? answers the reading alone, seven digits, no plus sign; another precision is another number of digits."""
    reading = meter.tell("VOLT:RANG 1;:READ?")
    assert len(reading) == len("5.000012E-01")
    gain, offset = meter.error(1.0)
    assert float(reading) == pytest.approx(meter.true_mean(0.02) * (1.0 + gain) + offset, abs=2e-6)
    assert len(meter.tell("FORM:ASC:PREC 4;:READ?")) == len("5.000E-01")
    negative = Bench("DMM6500", steady(-0.5e-3))
    assert negative.tell("READ?").startswith("-")


def test_overload_is_9_9e37_with_its_sign() -> None:
    """Beyond 120 % of range the answer is 9.9E37, the queue stays empty, and no bit rises: none is mapped by itself."""
    bench = Bench("DMM6500", steady(-0.5e-3))
    assert bench.tell("VOLT:RANG 0.1;:READ?") == "-9.900000E+37"
    bench.tell('DIG:FUNC "VOLT";:DIG:VOLT:RANG 0.1;:READ:DIG?')
    assert bench.tell("STAT:QUES?;:STAT:QUES:COND?;:SYST:ERR?") == f"0;0;{NO_ERROR}"
    bench.meter.readings_as = "overload"
    assert bench.tell('FUNC "VOLT";:VOLT:RANG 1;:READ?') == "9.900000E+37"
    bench.meter.readings_as = "nan"
    assert bench.tell("READ?") == "NAN"


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ('"DurationLoop",1,0.1', '-200,"Execution error, trigger model DurationLoop is not emulated;1;'),
        ('"LoopUntilEvent",COMM,50', '-200,"Execution error, trigger model LoopUntilEvent is not emulated;1;'),
        ('"Nonsense"', "-224,"),
    ],
)
def test_a_ready_made_model_that_is_not_here_is_named(meter: Bench, words: str, error: str) -> None:
    """The instrument has it and the emulation does not: it says so, and keeps the model it had."""
    meter.tell('TRIG:LOAD "SimpleLoop",2')
    before = meter.tell("TRIG:BLOC:LIST?")
    meter.tell(f"TRIG:LOAD {words}")
    assert meter.tell("SYST:ERR?").startswith(error)
    assert meter.tell("TRIG:BLOC:LIST?") == before


def test_readings_gather_in_a_buffer_with_their_times(meter: Bench) -> None:
    """COUNt readings are stored, the last is answered; TRACe:DATA? has each with what was asked for."""
    last = meter.tell("VOLT:RANG 1;:VOLT:AZER OFF;:COUN 3;:READ?")
    fields = meter.tell('TRAC:ACT?;:TRAC:ACT:STAR?;:TRAC:ACT:END?;:TRAC:DATA? 1,3,"defbuffer1",READ,REL,UNIT').split(
        ";"
    )
    assert fields[:3] == ["3", "1", "3"]
    data = fields[3].split(",")
    assert data[6] == last
    assert [float(text) for text in data[1::3]] == pytest.approx([0.0, 0.02, 0.04])
    assert data[2::3] == ["Volt DC"] * 3
    assert (
        meter.tell('FETC? "defbuffer1",DATE,TIME,SEC,FRAC,STAT') == "01/01/2020,00:00:00.040000,1577836800,0.040000,8"
    )
    assert meter.tell("TRAC:CLE;:TRAC:ACT?") == "0"


def test_a_buffer_of_ones_own_is_filled_once(meter: Bench) -> None:
    """A buffer that was made holds so many readings; a further one is event 4915. A default buffer goes round."""
    meter.tell("TRAC:MAKE 'own',10;:VOLT:RANG 1;:VOLT:NPLC 0.1;:COUN 12;:TRAC:TRIG 'own'")
    assert meter.tell("TRAC:ACT? 'own';:TRAC:FILL:MODE? 'own';:TRAC:POIN? 'own'") == "10;ONCE;10"
    assert meter.tell("SYST:ERR?").startswith('4915,"Attempting to store past capacity of reading buffer;1;')
    meter.tell("*CLS;:TRAC:POIN 10;:READ?")
    assert meter.tell("TRAC:ACT?;:TRAC:FILL:MODE?;:SYST:ERR?") == f"10;CONT;{NO_ERROR}"
    assert meter.tell("TRAC:DEL 'own';:TRAC:ACT? 'own';:SYST:ERR:CODE?") == "-222"


def test_buffer_statistics_are_those_of_its_readings(meter: Bench) -> None:
    """Mean, extremes, deviation and span agree with the readings that were answered."""
    meter.tell("VOLT:RANG 1;:VOLT:NPLC 0.1;:COUN 20;:READ?")
    readings = [float(text) for text in meter.tell("TRAC:DATA? 1,20").split(",")]
    mean, low, high, span, deviation = (
        float(text) for text in meter.tell("TRAC:STAT:AVER?;MIN?;MAX?;PK2P?;STDD?").split(";")
    )
    assert mean == pytest.approx(sum(readings) / 20, abs=1e-7)
    assert (low, high) == (min(readings), max(readings))
    assert span == pytest.approx(high - low, abs=1e-9)
    variance = sum((reading - mean) ** 2 for reading in readings) / 19
    assert deviation == pytest.approx(math.sqrt(variance), rel=1e-2)


def test_binary_readings_end_an_indefinite_block(meter: Bench) -> None:
    """FORMat REAL begins with #0 and has eight bytes a reading, swapped unless NORMal is set."""
    meter.tell("VOLT:RANG 1;:COUN 2;:READ?")
    texts = [float(text) for text in meter.tell("TRAC:DATA? 1,2").split(",")]
    block = meter.raw("FORM:DATA REAL;:TRAC:DATA? 1,2")
    assert block[:2] == b"#0"
    assert struct.unpack("<2d", block[2:]) == pytest.approx(texts, rel=1e-6)
    block = meter.raw("FORM:BORD NORM;:FORM:DATA SRE;:FETC?")
    assert struct.unpack(">f", block[2:])[0] == pytest.approx(texts[1], rel=1e-6)


def test_the_repeating_filter_takes_its_time_and_averages(meter: Bench) -> None:
    """Ten conversions make one reading: ten times as long, and its scatter smaller by the root of ten."""
    meter.tell("VOLT:RANG 10;:VOLT:NPLC 0.01;:VOLT:AZER OFF;:COUN 60;:READ?")
    plain = [float(text) for text in meter.tell("TRAC:DATA? 1,60").split(",")]
    start_ns = meter.keeper.now_ns
    meter.tell("TRAC:CLE;:VOLT:AVER:TCON REP;COUN 10;STAT ON;:READ?")
    assert meter.keeper.now_ns - start_ns == 60 * 10 * 200_000
    filtered = [float(text) for text in meter.tell("TRAC:DATA? 1,60").split(",")]
    ratio = _scatter(plain) / _scatter(filtered)
    assert 2.0 < ratio < 5.0
    meter.tell("TRAC:CLE;:VOLT:AVER:TCON MOV;:READ?")
    moving = [float(text) for text in meter.tell("TRAC:DATA? 1,60").split(",")]
    assert _scatter(moving[10:]) < _scatter(plain)


def _scatter(values: list[float]) -> float:
    mean = sum(values) / len(values)
    return math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1))


def test_the_relative_offset_is_acquired_and_subtracted(meter: Bench) -> None:
    """REL:ACQ measures; with REL:STAT on, readings are less by it."""
    meter.tell("VOLT:RANG 1;:VOLT:REL:ACQ;:VOLT:REL:STAT ON")
    assert meter.number("VOLT:REL?") == pytest.approx(0.5, rel=2e-4)
    assert abs(meter.number("READ?")) < 3e-6


def test_other_functions_read_what_is_there() -> None:
    """A.c. volts and frequency of a square wave; open inputs for the rest."""
    bench = Bench("DMM6500", circuits.square(0.5e-3, 5_000_000))
    loaded = 0.5 / (1.0 + 1e3 / 1e6)
    assert bench.number("MEAS:VOLT:AC?") == pytest.approx(loaded, rel=0.06e-2, abs=0.03e-2)
    assert bench.number('SENS:FUNC "FREQ";:READ?') == pytest.approx(100.0, rel=1e-4)
    assert bench.number("MEAS:PER:VOLT?") == pytest.approx(0.01, rel=1e-4)
    for function in ("RES", "FRES", "CONT", "DIOD", "TEMP", "VOLT:DC:RAT"):
        assert bench.tell(f"MEAS:{function}?") == "9.900000E+37"
    assert abs(bench.number('SENS:FUNC "CURR";:CURR:RANG 1e-3;:READ?')) < 1e-6
    assert bench.tell("SYST:ERR?") == NO_ERROR


def test_the_digitiser_samples_at_a_million_a_second() -> None:
    """100 000 samples take 0.1 s; each is the true mean of its microsecond within gain, offset, noise and step."""
    bench = Bench("DMM6500", circuits.square(0.5e-3, 777_000))
    bench.tell('TRAC:MAKE "dig",200000;:DIG:FUNC "VOLT";:DIG:VOLT:RANG 1;SRAT 1e6;APER AUTO;:DIG:COUN 100000')
    assert bench.tell("SENS:FUNC?;:DIG:FUNC?") == "NONE;VOLT"
    start_ns = bench.keeper.now_ns
    bench.tell('TRAC:TRIG:DIG "dig"')
    assert bench.keeper.now_ns - start_ns == 100_000_000
    samples = [float(text) for text in bench.tell('TRAC:DATA? 1,3000,"dig",READ').split(",")]
    errors = bench.meter.hidden()["digitize"]
    assert isinstance(errors, dict)
    wrong = errors["1"]
    history = bench.loop.history
    for index in range(0, 3000, 7):
        at_ns = start_ns + index * 1000
        true = history.mean(Quantity.METER_VOLTAGE, at_ns, at_ns + 1000)
        # 2e-5 of 1 V noise (5 of them) and half a step of 2.4 V / 65536
        assert samples[index] == pytest.approx(true * (1.0 + wrong["gain"]) + wrong["offset_v"], abs=1.2e-4)
    times = [float(text) for text in bench.tell('TRAC:DATA? 1,4,"dig",REL').split(",")]
    assert times == pytest.approx([0.0, 1e-6, 2e-6, 3e-6], abs=1e-12)
    assert bench.tell("SYST:ERR?") == NO_ERROR


def _stamps(bench: Bench, buffer: str) -> list[float]:
    """Answer the times of a buffer of 100 readings, in bench time."""
    fields = bench.tell(f'TRAC:DATA? 1,100,"{buffer}",SEC,FRAC').split(",")
    return [int(whole) - 1577836800 + float(part) for whole, part in zip(fields[::2], fields[1::2], strict=True)]


def test_only_what_fits_is_digitised() -> None:
    """Of 250 samples a buffer of 100 keeps the last 100 where it goes round, the first where it is filled once."""
    bench = Bench("DMM6500", circuits.square(0.5e-3, 100_000_000))
    bench.tell('DIG:FUNC "VOLT";:DIG:VOLT:RANG 1;SRAT 1000;:DIG:COUN 250;:TRAC:MAKE "once",100;:TRAC:POIN 100')
    start_s = bench.keeper.now_ns / circuits.S
    bench.tell("TRAC:TRIG:DIG")
    assert _stamps(bench, "defbuffer1") == pytest.approx([start_s + 0.001 * number for number in range(150, 250)])
    again_s = bench.keeper.now_ns / circuits.S
    bench.tell('TRAC:TRIG:DIG "once"')
    assert _stamps(bench, "once") == pytest.approx([again_s + 0.001 * number for number in range(100)])
    assert bench.tell("SYST:ERR:CODE?") == "4915"


def test_the_digitiser_says_overload_sample_by_sample() -> None:
    """A square wave beyond the range reads 9.9E37 with the sign of each half."""
    bench = Bench("DMM6500", circuits.square(0.5e-3, 500_000))
    bench.tell('DIG:FUNC "VOLT";:DIG:VOLT:RANG 0.1;SRAT 1000;:DIG:COUN 2;:READ:DIG?')
    bench.tell("DIG:VOLT:SRAT 10000;:DIG:COUN 10;:TRAC:CLE;:TRAC:TRIG:DIG")
    assert set(bench.tell("TRAC:DATA? 1,10").split(",")) == {"9.900000E+37", "-9.900000E+37"}


def test_a_digitise_function_and_a_measure_function_exclude_each_other(meter: Bench) -> None:
    """READ? is for the one, READ:DIGitize? for the other; the wrong one is a settings conflict."""
    assert meter.tell("READ:DIG?") == ""
    assert meter.tell("SYST:ERR:CODE?") == "-221"
    assert meter.tell('DIG:FUNC "VOLT";:READ?') == ""
    assert meter.tell("SYST:ERR:CODE?") == "-221"
    assert meter.tell('SENS:FUNC "VOLT";:DIG:FUNC?;:SENS:FUNC?') == "NONE;VOLT:DC"


def test_the_simple_loop_takes_its_readings(meter: Bench) -> None:
    """SimpleLoop clears its buffer, waits, measures and counts; the state says where it stands."""
    meter.tell('VOLT:RANG 1;:VOLT:AZER OFF;:TRIG:LOAD "SimpleLoop",5,0.1;:INIT')
    assert meter.tell("TRIG:STAT?").startswith("RUNNING;RUNNING;")
    meter.wait(0.3)
    assert meter.tell("TRAC:ACT?") == "2"
    assert meter.tell("INIT;:SYST:ERR:CODE?") == "-213"
    assert meter.tell("*OPC?;:TRIG:STAT?;:TRAC:ACT?") == "1;IDLE;IDLE;4;5"
    times = [float(text) for text in meter.tell('TRAC:DATA? 1,5,"defbuffer1",REL').split(",")]
    assert times[1] - times[0] == pytest.approx(0.12, abs=1e-3)


def test_blocks_wait_for_a_command_and_for_an_edge() -> None:
    """A wait block ends with *TRG; with the analog trigger it ends at the edge, to the nanosecond of bench time."""
    bench = Bench("DMM6500", circuits.square(0.5e-3, 40_000_000))
    bench.tell('TRIG:LOAD "Empty";:TRIG:BLOC:WAIT 1, COMM;:TRIG:BLOC:MDIG 2, "defbuffer1", 3;:INIT')
    bench.wait(1.0)
    assert bench.tell("TRIG:STAT?;:TRAC:ACT?") == "WAITING;WAITING;1;0"
    assert bench.tell("*TRG;*OPC?;:TRAC:ACT?;:TRIG:STAT?") == "1;3;IDLE;IDLE;2"
    bench.tell(
        '*RST;:DIG:FUNC "VOLT";:DIG:VOLT:RANG 1;SRAT 100000;:DIG:VOLT:ATR:MODE EDGE;:DIG:VOLT:ATR:EDGE:LEV 0;SLOP RIS'
    )
    bench.tell('TRIG:BLOC:WAIT 1, ATR;:TRIG:BLOC:MDIG 2, "defbuffer1", 100;:INIT;*WAI')
    samples = [float(text) for text in bench.tell("TRAC:DATA? 1,100").split(",")]
    assert min(samples) > 0.49
    start_ns = bench.keeper.now_ns - 1_000_000 - 20_000  # 100 samples, and two blocks of 10 us
    assert start_ns % 80_000_000 == pytest.approx(0, abs=2)
    assert bench.tell("SYST:ERR?") == NO_ERROR


def test_an_endless_model_ends_with_abort(meter: Bench) -> None:
    """A branch that is always taken has no end to wait for; ABORt ends it, and *TRG leaves it by its event."""
    meter.tell("VOLT:RANG 1;:TRIG:BLOC:MDIG 1, 'defbuffer1', 1;:TRIG:BLOC:DEL:CONS 2, 0.1")
    meter.tell("TRIG:BLOC:BRAN:EVEN 3, COMM, 5;:TRIG:BLOC:BRAN:ALW 4, 1;:TRIG:BLOC:BUFF:CLE 5;:INIT")
    meter.wait(1.0)
    assert meter.number("TRAC:ACT?") >= 5
    meter.tell("*TRG")
    meter.wait(0.3)
    assert meter.tell("TRIG:STAT?;:TRAC:ACT?;:INIT") == "IDLE;IDLE;5;0"
    meter.wait(1.0)
    assert meter.tell("ABOR;:TRIG:STAT?;*OPC?").startswith("ABORTED;ABORTED;")
    assert meter.tell("SYST:ERR?") == NO_ERROR


def test_the_language_changes_at_the_next_power_up_only(meter: Bench) -> None:
    """Another command set is taken, and SCPI goes on until then; a word that is none is refused."""
    assert meter.tell("*LANG TSP;*LANG?;:SYST:ERR?") == f"SCPI;{NO_ERROR}"
    assert meter.tell("*LANG KLINGON;:SYST:ERR:CODE?") == "-224"


def test_the_same_messages_give_the_same_bytes() -> None:
    """Two instruments of one seed answer alike, stamps included."""
    script = (
        "VOLT:RANG 1;:COUN 3;:READ?",
        'FETC? "defbuffer1",READ,TST',
        'DIG:FUNC "VOLT";:DIG:COUN 50;:READ:DIG?',
        "X",
    )
    answers = [
        [bench.tell(message) for message in (*script, "SYST:ERR?")] for bench in (Bench("DMM6500"), Bench("DMM6500"))
    ]
    assert answers[0] == answers[1]
    assert Bench("DMM6500", seed=2).tell(script[0]) != answers[0][0]
