"""The RTB2004 by the book: its words, its status, its records in every format."""

from __future__ import annotations

import numpy as np
import pytest

from tests.simulation.circuits import square
from tests.simulation.scopes import ScopeBench

MS = 1_000_000


@pytest.fixture
def scope() -> ScopeBench:
    """1 kHz, +-1 V on channel 1, 0.5 V and 0.2 ms a division."""
    bench = ScopeBench("RTB2004", square(1e-3, MS // 2))
    bench.tell("*CLS;:CHAN1:SCAL 0.5;:TIM:SCAL 2E-4;:TRIG:A:MODE NORM;:FORM:BORD LSBF")
    return bench


@pytest.mark.parametrize(
    ("command", "query", "answer"),
    [
        ("*RST", "*IDN?", "Rohde&Schwarz,RTB2004,SIM00200401,02.400"),
        ("*RST", "CHAN1:STAT?;SCAL?;COUP?;:CHAN2:STAT?", "1;5.00E-03;DCL;0"),
        ("*RST", "TIM:SCAL?;DIV?;REF?;:ACQ:STAT?", "1.00E-04;12;5.00E+01;RUN"),
        ("CHANnel2:SCALe 0.2;OFFSet 0.5", "CHAN2:SCAL?;OFFS?;RANG?", "2.00E-01;5.00E-01;2.00E+00"),
        ("CHAN1:RANG 10;POS -5", "CHAN1:SCAL?;POS?", "1.00E+00;-5.00E+00"),
        ("CHAN1:COUP ACLimit;BAND B20;POL INV", "CHAN1:COUP?;BAND?;POL?", "ACL;B20;INV"),
        ("PROB1:SET:ATT:MAN 10", "PROBe1:SETup:ATTenuation:MANual?;:CHAN1:SCAL?", "1.00E+01;5.00E+00"),
        ('CHAN1:LAB "load";LAB:STAT ON', "CHAN1:LAB?;LAB:STAT?", '"load";1'),
        ("TIM:RANG 0.012;POS 0.001", "TIM:SCAL?;ACQT?;POS?", "1.00E-03;1.20E-02;1.00E-03"),
        ("ACQ:POIN 10000", "ACQ:POIN?;SRAT?;POIN:AUT?", "10000;4.1666666667E+06;0"),
        ("ACQ:POIN:AUT ON", "ACQ:POIN:AUT?;MAX?;ARAT?", "1;20000000;2.50E+09"),
        ("ACQ:TYPE AVER;AVER:COUN 4", "ACQ:TYPE?;AVER:COUN?", "AVER;4"),
        ("CHAN:TYPE HRES;ARIT OFF", "CHAN3:TYPE?;ARIT?", "HRES;OFF"),
        (
            "CHAN2:SCAL 0.2;:TRIG:A:SOUR CH2;LEV2 0.1",
            "TRIG:A:SOUR?;LEV1?;LEV2?;LEV2:VAL?",
            "CH2;0.00E+00;1.00E-01;1.00E-01",
        ),
        ("TRIG:A:EDGE:SLOP EITH;COUP LFR;FILT:HFR 1", "TRIG:A:EDGE:SLOP?;COUP?;FILT:HFR?", "EITH;LFR;1"),
        ("TRIG:A:TYPE WIDT;WIDT:RANG WITH;WIDT 1E-3", "TRIG:A:TYPE?;WIDT:RANG?;WIDT?", "WIDT;WITH;1.00E-03"),
        ("FORM REAL", "FORM?;:FORM:BORD?", "REAL,32;LSBF"),
        ("FORM UINT,16;:FORM:BORD MSBF", "FORM:DATA?;BORD?", "UINT,16;MSBF"),
        ("MEAS2:SOUR CH3;MAIN FREQ;ENAB ON", "MEAS2:SOUR?;MAIN?;ENAB?;STAT?", "CH3,CH2;FREQ;1;1"),
        ("*RST", "*OPT?;:LOG1:PROB?;:LOG2:STAT?", "0;0;0"),
    ],
)
def test_each_setting_reads_back(scope: ScopeBench, command: str, query: str, answer: str) -> None:
    """A setting is taken in short or long form and answered in the manual's form."""
    scope.tell(command)
    assert scope.ask(query) == answer
    assert scope.ask("SYST:ERR?") == '0,"No error"'


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("FOO:BAR 1", '-113,"Undefined header"'),
        ("CHAN5:SCAL 1", '-114,"Header suffix out of range"'),
        ("LOG3:STAT?", '-114,"Header suffix out of range"'),  # seen on firmware 02.400
        ("CHAN1:SCAL 100", '-222,"Data out of range"'),
        ("FORM REAL,8", '-224,"Illegal parameter value"'),
        ("CHAN2:DATA?", '-230,"Data corrupt or stale"'),
        ("TIM:SCAL", '-109,"Missing parameter"'),
    ],
)
def test_each_mistake_shows_in_the_status_byte(scope: ScopeBench, command: str, error: str) -> None:
    """Bit 2 of the status byte says that the queue holds something; the queue says what."""
    assert scope.ask("*STB?") == "0"
    assert scope.tell(command) == b""
    assert scope.ask("*STB?") == "4"
    assert scope.ask("SYST:ERR?") == error
    assert scope.ask("*STB?") == "0"


def test_all_errors_come_at_once(scope: ScopeBench) -> None:
    """SYSTem:ERRor:ALL? empties the queue; with nothing in it, it says so."""
    scope.tell("FOO")
    scope.tell("CHAN9:SCAL 1")
    assert scope.ask("SYST:ERR:ALL?") == '-113,"Undefined header",-114,"Header suffix out of range"'
    assert scope.ask("SYST:ERR:ALL?") == '0,"No error"'


def test_opc_waits_for_a_single_acquisition(scope: ScopeBench) -> None:
    """*OPC? after SINGle answers when the record is there; *OPC sets its event bit then, not before."""
    before_ns = scope.keeper.now_ns
    assert scope.ask("SING;*OPC?;:ACQ:STAT?") == "1;COMP"
    # half a screen, up to a period, half a screen
    assert 2.4e6 <= scope.keeper.now_ns - before_ns <= 3.5e6
    scope.tell("*ESE 1;:SING;*OPC")
    assert scope.ask("*STB?;:ACQ:STAT?") == "0;RUN"
    scope.wait(0.1)
    assert scope.ask("*STB?;*ESR?;:ACQ:STAT?") == "32;1;COMP"


def test_an_acquisition_can_be_broken_off(scope: ScopeBench) -> None:
    """STOP before the trigger leaves BREak; *OPC is complete then too."""
    scope.tell("TRIG:A:LEV1 1.9;:SING;*OPC")
    scope.wait(1.0)
    assert scope.ask("ACQ:STAT?;:STOP;:ACQ:STAT?;*ESR?") == "RUN;BRE;1"


def test_every_format_carries_the_same_record(scope: ScopeBench) -> None:
    """Ten bits: integers times increment plus origin are the reals, to half a step of eight bits, and the text."""
    scope.tell("CHAN1:OFFS 0.4;POS 0.5;:SING;*OPC?")
    reals = np.frombuffer(scope.block("FORM REAL,32;:CHAN1:DATA?"), "<f4").astype(float)
    header = scope.ask("CHAN1:DATA:HEAD?").split(",")
    assert header[2:] == ["1200", "1"]
    assert [float(x) for x in header[:2]] == pytest.approx([-1.2e-3, 1.2e-3 - 2e-6], abs=1e-9)
    for bits, form in ((16, "<u2"), (32, "<u4"), (8, "u1")):
        codes = np.frombuffer(scope.block(f"FORM UINT,{bits};:CHAN1:DATA?"), form)
        increment, origin = (float(x) for x in scope.ask("CHAN1:DATA:YINC?;YOR?").split(";"))
        assert increment == pytest.approx(5.0 / 2**bits)
        assert origin == pytest.approx(0.4 - 0.5 * 0.5 - 2.5)
        assert codes * increment + origin == pytest.approx(reals, abs=1e-6 if bits > 8 else 0.51 * increment)
    assert scope.ask("CHAN1:DATA:YRES?") == "8"
    text = [float(x) for x in scope.ask("FORM ASC;:CHAN1:DATA?").split(",")]
    assert text == pytest.approx(reals, abs=1e-6)
    big = np.frombuffer(scope.block("FORM REAL,32;:FORM:BORD MSBF;:CHAN1:DATA?"), ">f4")
    assert big == pytest.approx(reals)
    steps = np.diff(np.unique(np.rint(reals * 1e7)))
    assert steps.min() == pytest.approx(5.0 / 1024 * 1e7, abs=2.0)


def test_one_message_asks_for_data_and_its_scale(scope: ScopeBench) -> None:
    """After a block the answers go on, parted by semicolons."""
    scope.tell("FORM UINT,8;:SING;*OPC?")
    answer = scope.tell("CHAN1:DATA?;DATA:POIN?;YINC?;YOR?;XINC?")
    assert answer[:6] == b"#41200"
    assert answer[6 + 1200 :] == b";1200;1.953125E-02;-2.50E+00;2.00E-06"


def test_points_are_the_screen_or_the_whole_memory(scope: ScopeBench) -> None:
    """DEFault sends what the screen has room for, MAXimum everything; while it runs it is always the first."""
    scope.tell("ACQ:POIN 1000000;:SING;*OPC?;:CHAN:DATA:POIN MAX;:FORM UINT,8")
    assert scope.ask("CHAN1:DATA:POIN?;HEAD?") == "1000000;-1.20E-03,1.1999976E-03,1000000,1"
    many = scope.block("CHAN1:DATA?")
    scope.tell("CHAN:DATA:POIN DEF")
    assert scope.block("CHAN1:DATA?") == many[:: -(-1000000 // 1200)]
    scope.tell("CHAN:DATA:POIN MAX;:RUN")
    scope.wait(0.5)
    assert int(scope.ask("CHAN1:DATA:POIN?")) <= 1200


def test_high_resolution_has_more_than_ten_bits(scope: ScopeBench) -> None:
    """Averaged inside a sample the record is quieter and has values between the codes."""
    spreads = []
    for word in ("OFF", "AUTO"):
        scope.tell(f"ACQ:POIN 10000;HRES {word};:TIM:SCAL 0.001;:SING;*OPC?;:FORM UINT,16")
        codes = np.frombuffer(scope.block("CHAN1:DATA?"), "<u2")
        spreads.append(codes[610:640].std())
        assert bool((codes % 64).any()) is (word == "AUTO")
    assert spreads[1] < 0.3 * spreads[0]


def test_peak_detection_sends_pairs(scope: ScopeBench) -> None:
    """Two values for each interval: the header says so, and the smaller one comes first."""
    scope.tell("ACQ:POIN 10000;PEAK AUTO;:SING;*OPC?;:FORM REAL,32")
    assert scope.ask("CHAN1:DATA:HEAD?").split(",")[2:] == ["1000", "2"]
    pairs = np.frombuffer(scope.block("CHAN1:DATA:ENV?"), "<f4").reshape(-1, 2)
    assert (pairs[:, 0] <= pairs[:, 1]).all()
    assert len(pairs) == 1000
