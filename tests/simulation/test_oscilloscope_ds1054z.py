"""The DS1054Z by the book: its words, its states, its records in pieces."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from tests.simulation.circuits import square
from tests.simulation.scopes import ScopeBench

MS = 1_000_000


@pytest.fixture
def scope() -> ScopeBench:
    """1 kHz, +-1 V on channel 1, declared as 1x, 0.5 V and 0.2 ms a division."""
    bench = ScopeBench("DS1054Z", square(1e-3, MS // 2))
    bench.tell("*CLS;:CHAN1:PROB 1;SCAL 0.5;:TIM:SCAL 2E-4;:TRIG:EDG:LEV 0;:TRIG:SWE NORM")
    return bench


@pytest.mark.parametrize(
    ("command", "query", "answer"),
    [
        ("*RST", "*IDN?", "RIGOL TECHNOLOGIES,DS1054Z,SIM00105401,00.04.04.SP1"),
        ("*RST", ":CHAN1:DISP?;PROB?;SCAL?;:CHAN2:DISP?", "1;1.000000e+01;1.000000e+00;0"),
        ("*RST", ":TIM:MAIN:SCAL?;:TRIG:SWE?;:TRIG:MODE?", "1.000000e-06;AUTO;EDGE"),
        (":CHAN2:SCAL 2;OFFS -0.5", ":CHANnel2:SCALe?;OFFSet?;RANGe?", "2.000000e+00;-5.000000e-01;1.600000e+01"),
        (":CHAN1:SCAL 0.3", ":CHAN1:SCAL?", "2.000000e-01"),  # the nearest step of 1, 2, 5
        (":CHAN1:VERN ON;SCAL 0.3", ":CHAN1:SCAL?;VERN?", "3.000000e-01;1"),
        (":CHAN1:PROB 10", ":CHAN1:PROB?;SCAL?", "1.000000e+01;5.000000e+00"),
        (":CHAN1:BWL 20M;COUP GND;UNIT WATT", ":CHAN1:BWL?;COUP?;UNIT?", "20M;GND;WATT"),
        (":CHAN1:INV ON;TCAL 2E-8", ":CHAN1:INV?;TCAL?", "1;2.000000e-08"),
        (":TIM:SCAL 0.0003", ":TIM:MAIN:SCAL?", "2.000000e-04"),
        (":TIM:MAIN:OFFS 0.001", ":TIM:OFFS?;MODE?", "1.000000e-03;MAIN"),
        (":ACQ:TYPE AVER;AVER 9", ":ACQ:TYPE?;AVER?", "AVER;8"),
        (":ACQ:TYPE HRES", ":ACQ:TYPE?;MDEP?", "HRES;AUTO"),
        (":ACQ:MDEP 12000", ":ACQ:MDEP?;SRAT?", "12000;5.000000e+06"),
        (":TRIG:EDGE:SLOP RFAL;SOUR CHAN2", ":TRIG:EDG:SLOP?;SOUR?", "RFAL;CHAN2"),
        (":TRIG:COUP LFR;HOLD 1E-6;NREJ 1", ":TRIG:COUP?;HOLD?;NREJ?", "LFR;1.000000e-06;1"),
        (":TRIG:MODE PULS;PULS:WHEN NGL;WIDT 2E-6", ":TRIG:MODE?;PULS:WHEN?;WIDT?", "PULS;NGL;2.000000e-06"),
        (":WAV:SOUR CHAN2;MODE RAW;FORM ASC", ":WAV:SOUR?;MODE?;FORM?", "CHAN2;RAW;ASC"),
        (":MEAS:SOUR CHAN3;:MEAS:COUN:SOUR CHAN1", ":MEAS:SOUR?;COUN:SOUR?", "CHAN3;CHAN1"),
        (":DISP:GRAD:TIME INF;:SYST:LANG SCH", ":DISP:GRAD:TIME?;:SYST:LANG?;PON?", "INF;SCH;LAT"),
        (":DISP:GRAD:TIME 1", ":DISP:GRAD:TIME?", "1"),
        (":DISP:TYPE DOTS", ":DISP:TYPE?;:SYST:GAM?;:MATH:DISP?", "DOTS;12;0"),
    ],
)
def test_each_setting_reads_back(scope: ScopeBench, command: str, query: str, answer: str) -> None:
    """A setting is taken in short or long form and answered in the guide's form."""
    scope.tell(command)
    assert scope.ask(query) == answer
    assert scope.ask(":SYST:ERR?") == '0,"No error"'


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (":DIG CHAN1", '-113,"Undefined header; keyword cannot be found"'),
        (":FOO?", '-113,"Undefined header; keyword cannot be found"'),
        (":CHAN5:SCAL 1", '-114,"Header suffix out of range"'),
        (":CHAN1:SCAL 100", '-222,"Data out of range"'),
        (":CHAN1:COUP DCL", '-224,"Illegal parameter value"'),
        (":ACQ:MDEP 5000", '0,"No error"'),  # ignored in silence, as measured on the instrument
    ],
)
def test_each_mistake_has_its_number(scope: ScopeBench, command: str, error: str) -> None:
    """A mistake answers nothing and stands in the queue."""
    assert scope.tell(command) == b""
    assert scope.ask(":SYST:ERR?") == error


def test_a_depth_that_is_none_changes_nothing(scope: ScopeBench) -> None:
    """Depths depend on the channels that are on, and change only while it runs."""
    assert scope.ask(":ACQ:MDEP 12000;MDEP 7000;MDEP?") == "12000"
    assert scope.ask(":ACQ:MDEP 6000;MDEP?;:CHAN2:DISP 1;:ACQ:MDEP 6000;MDEP?") == "12000;6000"
    assert scope.ask(":STOP;:ACQ:MDEP 60000;MDEP?") == "6000"


def test_the_trigger_says_how_far_it_is(scope: ScopeBench) -> None:
    """STOP, RUN while the time before the trigger is recorded, WAIT, TD after it, STOP; AUTO without an edge."""
    assert scope.ask(":STOP;:TRIG:STAT?") == "STOP"
    assert scope.ask(":TIM:SCAL 0.1;:TRIG:EDG:LEV 1.9;:SING;:TRIG:STAT?;SWE?") == "RUN;SING"
    scope.wait(0.7)
    assert scope.ask(":TRIG:STAT?") == "WAIT"
    assert scope.ask(":TFOR;:TRIG:STAT?") == "TD"
    scope.wait(0.7)
    assert scope.ask(":TRIG:STAT?") == "STOP"
    assert scope.ask(":TIM:SCAL 2E-4;:TRIG:SWE AUTO;:RUN;:TRIG:STAT?") == "RUN"
    scope.wait(0.5)
    assert scope.ask(":TRIG:STAT?;:TRIG:EDG:LEV 0;*OPC?") == "AUTO;1"
    scope.wait(0.5)
    assert scope.ask(":TRIG:STAT?") == "TD"


def test_an_offset_moves_the_trace_up_by_whole_codes(scope: ScopeBench) -> None:
    """V = (raw - origin - reference) x increment holds, with an origin of OFFSet over increment."""
    scope.tell(":CHAN1:OFFS 0.755;:SING")
    scope.wait(0.1)
    fields = scope.ask(":WAV:PRE?").split(",")
    assert fields[:4] + fields[6:] == ["0", "0", "1200", "1", "0", "2.000000e-02", "38", "127"]
    assert scope.ask(":WAV:XINC?;XOR?;XREF?;YINC?;YOR?;YREF?") == ("2.000000e-06;-1.200000e-03;0;2.000000e-02;38;127")
    codes = np.frombuffer(scope.block(":WAV:DATA?"), np.uint8).astype(float)
    volts = (codes - 38 - 127) * 0.02
    # 3 % of 4 V, 0.1 division + 2 mV + 1 % of the offset, and half a code.
    assert volts[700:800].mean() == pytest.approx(1.0, abs=0.12 + 0.06)
    assert codes[700:800].mean() - codes[400:500].mean() == pytest.approx(100.0, abs=4.0)


def test_without_a_record_the_settings_answer(scope: ScopeBench) -> None:
    """Armed for a level that never comes: scale / 25, time scale / 100, offset over increment; RAW 1 / rate."""
    scope.tell("*RST;:CHAN1:PROB 1;SCAL 0.5;OFFS 0.755;:TIM:SCAL 2E-4;:ACQ:MDEP 12000;:TRIG:EDG:LEV 1.6;:SING")
    scope.wait(0.5)
    assert scope.ask(":TRIG:STAT?") == "WAIT"
    assert scope.ask(":WAV:XINC?;XOR?;XREF?;YINC?;YOR?;YREF?") == "2.000000e-06;-1.200000e-03;0;2.000000e-02;38;127"
    assert scope.ask(":WAV:PRE?") == "0,0,1200,1,2.000000e-06,-1.200000e-03,0,2.000000e-02,38,127"
    assert scope.ask(":WAV:MODE RAW;STOP 12000;STOP?;:SYST:ERR?") == '12000;0,"No error"'
    assert scope.ask(":WAV:STOP 12001;:SYST:ERR?") == '-222,"Data out of range"'
    scope.tell(":STOP")
    assert scope.ask(":WAV:PRE?") == "0,2,12000,1,2.000000e-07,-1.200000e-03,0,2.000000e-02,38,127"
    assert scope.block(":WAV:DATA?") == b""


def test_codes_clip_beyond_five_divisions(scope: ScopeBench) -> None:
    """25 codes a division, 127 at the middle: memory reaches five divisions either way, then it clips."""
    scope.tell(":CHAN1:SCAL 0.1;:SING")
    scope.wait(0.1)
    codes = np.frombuffer(scope.block(":WAV:DATA?"), np.uint8)
    assert (codes.min(), codes.max()) == (0, 255)


def test_memory_is_read_in_pieces(scope: ScopeBench) -> None:
    """RAW reads what STARt and STOP say; pieces make the whole, and more than a block may hold gives nothing."""
    scope.tell(":ACQ:MDEP 1200000;:SING")
    scope.wait(0.1)
    scope.tell(":WAV:MODE RAW")
    assert scope.ask(":WAV:PRE?").split(",")[1:5] == ["2", "1200000", "1", "2.000000e-09"]
    assert scope.ask(":WAV:STAR?;STOP?") == "1;1200"
    first = scope.block(":WAV:STOP 250000;DATA?")
    second = scope.block(":WAV:STAR 200001;STOP 450000;DATA?")
    assert (len(first), len(second)) == (250000, 250000)
    assert first[200000:] == second[:50000]
    assert scope.block(":WAV:STAR 1;STOP 250001;DATA?") == b""
    assert scope.block(":WAV:FORM WORD;STOP 125001;DATA?") == b""
    assert scope.ask(":WAV:STOP 1200000;STOP?;:SYST:ERR?") == '1200000;0,"No error"'


def test_every_format_carries_the_same_record(scope: ScopeBench) -> None:
    """WORD has the code in its lower byte; ASCII has the volts that the preamble makes of it."""
    scope.tell(":SING")
    scope.wait(0.1)
    codes = list(scope.block(":WAV:DATA?"))
    assert list(struct.unpack("<1200H", scope.block(":WAV:FORM WORD;DATA?"))) == codes
    text = scope.tell(":WAV:FORM ASC;DATA?")
    assert text[:2] == b"#9"
    assert int(text[2:11]) == len(text) - 11
    volts = [float(value) for value in text[11:].split(b",")]
    assert volts == pytest.approx([(code - 127) * 0.02 for code in codes], abs=1e-9)


def test_while_it_runs_every_mode_reads_the_screen(scope: ScopeBench) -> None:
    """NORMal, MAXimum and RAW give 1200 points; stopped, the last two give memory."""
    scope.tell(":ACQ:MDEP 120000")
    scope.wait(0.5)
    for mode in ("NORM", "MAX", "RAW"):
        assert scope.ask(f":WAV:MODE {mode};PRE?").split(",")[2] == "1200"
    scope.tell(":STOP")
    assert scope.ask(":WAV:MODE MAX;PRE?").split(",")[2] == "120000"


def test_the_screen_shows_the_middle_of_a_longer_memory(scope: ScopeBench) -> None:
    """At 1 us a division 12 million points are 12 ms; the screen has 12 us of them about the trigger."""
    scope.tell(":ACQ:MDEP 12000000;:TIM:SCAL 1E-6;:SING")
    scope.wait(0.1)
    assert scope.ask(":WAV:XINC?;XOR?;MODE RAW;XINC?;XOR?") == "1.000000e-08;-6.000000e-06;1.000000e-09;-6.000000e-03"
    codes = np.frombuffer(scope.block(":WAV:MODE NORM;DATA?"), np.uint8)
    assert codes[:590].mean() == pytest.approx(77.0, abs=4.0)
    assert codes[620:].mean() == pytest.approx(177.0, abs=4.0)


def test_a_status_byte_has_no_sign(scope: ScopeBench) -> None:
    """Registers are plain whole numbers."""
    scope.tell("*CLS;*ESE 32;FOO")
    assert scope.ask("*STB?;*ESE?;*ESR?;*ESR?;*TST?") == "36;32;32;0;0"
