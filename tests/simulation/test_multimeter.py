"""The multimeter by the book: its language, its trigger, its readings."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from tests.simulation.client import Simulation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OUTPUT_OHM = 1e7
# Truevolt data sheet 5991-1983EN, 34461A, one year, 100 mV range, percent of reading and of range
ACCURACY_V = 0.0050e-2, 0.0035e-2 * 0.1


@pytest.fixture
def running(exact_unit: Path) -> Iterator[Simulation]:
    """1 mA, bipolar, into 500 ohm."""
    with Simulation(unit=exact_unit) as simulation:
        simulation.run(2, "bipolar")
        simulation.multimeter.query("CONF:VOLT:DC 1;:VOLT:NPLC 1;:VOLT:IMP:AUTO ON;:VOLT:ZERO:AUTO OFF;*OPC?")
        yield simulation


@pytest.fixture
def meter(shared: Simulation) -> Simulation:
    """A multimeter after reset, its queue and registers empty."""
    assert shared.multimeter.query("*RST;*CLS;*ESE 0;*SRE 0;*OPC?") == "1"
    return shared


def test_the_identity_says_that_it_is_simulated(meter: Simulation) -> None:
    """The serial number begins with SIM."""
    maker, model, serial, _ = meter.multimeter.query("*IDN?").split(",")
    assert (maker, model) == ("Keysight Technologies", "34465A")
    assert serial.startswith("SIM")


@pytest.mark.parametrize(
    ("command", "query", "answer"),
    [
        ("CONF:VOLT:DC 0.1", "CONF?", '"VOLT +1.000000E-01,+1.000000E-08"'),
        ("CONF 10,0.000003", "CONF?", '"VOLT +1.000000E+01,+3.000000E-06"'),
        ("SENS:VOLT:DC:RANG 0.5", "VOLT:RANG?", "+1.00000000E+00"),
        ("SENS:VOLT:DC:RANG 100mV", "VOLT:DC:RANGE:UPPER?", "+1.00000000E-01"),
        ("VOLT:RANG MAX", "VOLT:RANG?", "+1.00000000E+03"),
        ("VOLT:RANG:AUTO ON", "VOLT:RANG:AUTO?", "1"),
        ("VOLT:NPLC 0.1", "VOLT:NPLC?", "+2.00000000E-01"),
        ("VOLT:NPLC MAX", "SENSE:VOLTAGE:DC:NPLCYCLES?", "+1.00000000E+02"),
        ("VOLT:NPLC 10", "VOLT:NPLC? MIN", "+1.00000000E-03"),
        ("VOLT:APER 20ms", "VOLT:APER?", "+2.00000000E-02"),
        ("VOLT:ZERO:AUTO OFF", "VOLT:ZERO:AUTO?", "0"),
        ("VOLT:ZERO:AUTO ONCE", "VOLT:ZERO:AUTO?", "0"),
        ("VOLT:ZERO:AUTO 1", "VOLT:ZERO:AUTO?", "1"),
        ("VOLT:IMP:AUTO ON", "VOLT:IMP:AUTO?", "1"),
        ("TRIG:SOUR INTernal", "TRIG:SOUR?", "INT"),
        ("TRIG:LEV 3 MV", "TRIG:LEV?", "+3.00000000E-03"),
        ("TRIG:SLOP POS", "TRIG:SLOP?", "POS"),
        ("TRIG:DEL 1.5E-1", "TRIG:DEL?;DEL:AUTO?", "+1.50000000E-01;0"),
        ("TRIG:COUN INF", "TRIG:COUN?", "+9.90000000E+37"),
        ("SAMP:COUN 12", "SAMP:COUN?", "+12"),
        ('SENS:FUNC "VOLT:DC"', "FUNC?", '"VOLT"'),
        ('DISP:TEXT "it says ""hi"""', "DISP:TEXT?", '"it says "hi""'),
        ("*ESE 60", "*ESE?", "+60"),
        ("*SRE 255", "*SRE?", "+191"),
    ],
)
def test_each_setting_reads_back(meter: Simulation, command: str, query: str, answer: str) -> None:
    """A setting is taken in any of its forms and answered in the guide's form."""
    meter.multimeter.write(command)
    assert meter.multimeter.query(query) == answer
    assert meter.multimeter.query("SYST:ERR?") == '+0,"No error"'


@pytest.mark.parametrize(
    ("command", "error", "event"),
    [
        ("NONSENSE", '-113,"Undefined header"', 32),
        ("VOLT:DC:NPL 1", '-113,"Undefined header"', 32),
        ("VOLT:NPLC", '-109,"Missing parameter"', 32),
        ("ABOR 1", '-108,"Parameter not allowed"', 32),
        ("VOLT:NPLC 1,2", '-108,"Parameter not allowed"', 32),
        ("VOLT:NPLC 1000", '-222,"Data out of range"', 16),
        ("VOLT:RANG 5000", '-222,"Data out of range"', 16),
        ("TRIG:SOUR MOON", '-224,"Illegal parameter value"', 16),
        ('VOLT:NPLC "1"', '-104,"Data type error"', 32),
        ("VOLT:NPLC 1 V", '-138,"Suffix not allowed"', 32),
        ("VOLT:RANG 1 S", '-131,"Invalid suffix"', 32),
        ("VOLT:RANG 1..2", '-121,"Invalid character in number"', 32),
        ("VOLT:RANG 1E999", '-123,"Exponent too large"', 32),
        ('DISP:TEXT "open', '-151,"Invalid string data"', 32),
        ("ABCDEFGHIJKLMN 1", '-112,"Program mnemonic too long"', 32),
        ("VOLT@RANG 1", '-102,"Syntax error"', 32),
        ("VOLT:NPLC ,", '-109,"Missing parameter"', 32),
        ("*TRG", '-211,"Trigger ignored"', 16),
        ("FETC?", '-230,"Data corrupt or stale"', 16),
        ("TRIG:SOUR BUS;:READ?", '-214,"Trigger deadlock"', 16),
    ],
)
def test_each_mistake_has_its_number(meter: Simulation, command: str, error: str, event: int) -> None:
    """A mistake stands in the queue with its standard text and sets its event bit."""
    meter.multimeter.write(command)
    assert meter.multimeter.query("SYST:ERR?;*ESR?") == f"{error};+{event}"
    assert meter.multimeter.query("SYST:ERR?") == '+0,"No error"'


def test_answers_of_one_message_are_joined(meter: Simulation) -> None:
    """Queries of a compound message answer in one line, with semicolons, along the header path."""
    meter.multimeter.write("VOLT:DC:NPLC 10;RANG 1;:TRIG:DEL 0.5;COUN 2")
    assert meter.multimeter.query("TRIG:DEL?;COUN?;*ESR?;SLOP?") == "+5.00000000E-01;+2.00000000E+00;+0;NEG"


def test_a_command_error_drops_the_rest_of_its_message(meter: Simulation) -> None:
    """After a header that is not there nothing of the message runs; what came before was answered."""
    assert meter.multimeter.query("TRIG:COUN?;:NONSENSE;:TRIG:COUN 5") == "+1.00000000E+00"
    assert meter.multimeter.query("TRIG:COUN?") == "+1.00000000E+00"


def test_an_execution_error_does_not_drop_the_rest(meter: Simulation) -> None:
    """After a value out of range the next command runs."""
    assert meter.multimeter.query("TRIG:COUN 0;COUN?;SLOP POS;SLOP?") == "+1.00000000E+00;POS"


def test_a_full_queue_says_so_in_its_last_place(meter: Simulation) -> None:
    """Twenty errors are kept; the last becomes -350."""
    for _ in range(25):
        meter.multimeter.write("NONSENSE")
    errors = [meter.multimeter.query("SYST:ERR?") for _ in range(21)]
    assert errors[:19] == ['-113,"Undefined header"'] * 19
    assert errors[19:] == ['-350,"Queue overflow"', '+0,"No error"']


def test_reset_keeps_the_queue_and_clear_empties_it(meter: Simulation) -> None:
    """*RST leaves errors where they are, *CLS does not."""
    meter.multimeter.write("NONSENSE")
    assert meter.multimeter.query("*RST;SYST:ERR?") == '-113,"Undefined header"'
    meter.multimeter.write("NONSENSE;*CLS")
    meter.multimeter.write("*CLS")
    assert meter.multimeter.query("SYST:ERR?;*ESR?") == '+0,"No error";+0'


def test_the_status_byte_sums_up(meter: Simulation) -> None:
    """An enabled event shows as bit 5, waiting errors as bit 2, an answer under way as bit 4, all as bit 6."""
    meter.multimeter.write("*ESE 32;*SRE 32;NONSENSE")
    assert meter.multimeter.query("*STB?") == f"+{32 + 4 + 64}"
    assert meter.multimeter.query("*ESE?;*STB?") == f"+32;+{32 + 16 + 4 + 64}"


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_is_taken(meter: Simulation, end: str) -> None:
    """LF, CR LF and CR end a message; the answer ends with LF alone."""
    meter.multimeter.socket.sendall(f"*OPC?{end}".encode())
    assert meter.multimeter.read() == "1"
    assert meter.multimeter.hears_nothing(0.02)


def test_garbage_neither_crashes_nor_sticks(meter: Simulation) -> None:
    """Any bytes are errors in the queue at worst; the next message is understood."""
    for junk in (bytes(range(256)), b"\x00\xff" * 300, b"#9999999999", b"#3", b"((((;;;;''''", b"*" * 50, b"(@1,"):
        meter.multimeter.socket.sendall(junk + b"\n")
    meter.multimeter.write("*CLS")
    assert meter.multimeter.query("*OPC?;SYST:ERR?") == '1;+0,"No error"'


def test_two_clients_share_one_instrument(meter: Simulation) -> None:
    """What one client sets the other reads, and each gets its own answers."""
    other = meter.connect(meter.ready["instruments"]["multimeter"])
    meter.multimeter.query("SAMP:COUN 7;*OPC?")
    assert other.query("SAMP:COUN?") == "+7"
    other.write("SAMP:COUN 8;*IDN?")
    assert meter.multimeter.query("*OPC?") == "1"
    assert other.read().startswith("Keysight")


def test_a_reading_is_the_mean_over_its_aperture(running: Simulation) -> None:
    """A reading differs from the true mean by no more than the data sheet allows."""
    running.multimeter.write("CONF:VOLT:DC 0.1;:VOLT:NPLC 1;:VOLT:IMP:AUTO ON;:VOLT:ZERO:AUTO OFF")
    running.stimulator.query("SET 1 LEVEL=1 POLARITY=positive")
    reading = running.multimeter.query("READ?")
    end = running.now()
    truth = running.truth("meter-voltage", end - 0.02, end)
    assert reading[0] in "+-"
    assert len(reading) == len("+6.80012345E-02")
    gain, offset = ACCURACY_V
    assert float(reading) == pytest.approx(truth, abs=gain * abs(truth) + offset + 3e-6)


def test_a_known_current_gives_the_known_voltage(running: Simulation) -> None:
    """1 mA through 100 ohm reads 0.1 V within resistor, thermal voltage and meter limits."""
    running.stimulator.query("SET 1 POLARITY=positive")
    assert float(running.multimeter.query("READ?")) == pytest.approx(0.1, rel=5e-4)


def test_a_query_jumps_to_an_answer_that_is_scheduled(running: Simulation) -> None:
    """READ? of 10 cycles takes 200 ms of bench time and next to none of ours."""
    running.multimeter.query("VOLT:NPLC 10;*OPC?")
    before, wall = running.now(), time.monotonic()
    running.multimeter.query("READ?")
    assert running.now() - before == pytest.approx(0.2 + 0.5e-3 + 160e-6, abs=1e-9)
    assert time.monotonic() - wall < 0.15


def test_auto_zero_doubles_the_time_of_a_reading(running: Simulation) -> None:
    """With auto zero a reading of 20 ms takes 40 ms."""
    running.multimeter.query("VOLT:ZERO:AUTO ON;:TRIG:DEL 0;*OPC?")
    before = running.now()
    running.multimeter.query("READ?")
    assert running.now() - before == pytest.approx(0.04 + 0.5e-3, abs=1e-9)


def test_a_level_trigger_times_the_reading(running: Simulation) -> None:
    """The reading integrates from the crossing plus the delay: the plateau of each polarity, to itself."""
    running.multimeter.query("VOLT:NPLC 10;:TRIG:SOUR INT;LEV 0;DEL 0.1;*OPC?")
    for slope, sign in (("POS", 1.0), ("NEG", -1.0)):
        reading = float(running.multimeter.query(f"TRIG:SLOP {slope};:READ?"))
        end = running.now()
        assert reading == pytest.approx(sign * 0.1, rel=1e-3)
        crossing = end - 0.3
        assert running.truth("meter-voltage", crossing - 2e-9, crossing) * sign < 0
        assert running.truth("meter-voltage", crossing, crossing + 2e-9) * sign > 0
        running.stimulator.query("KEEP")


def test_a_level_that_is_never_crossed_waits_for_abort(running: Simulation) -> None:
    """READ? without a crossing neither answers nor holds the bench; ABOR from another client ends it."""
    running.multimeter.write("TRIG:SOUR INT;LEV 0.5;SLOP POS;:READ?")
    assert running.multimeter.hears_nothing()
    running.advance(5.0)
    other = running.connect(running.ready["instruments"]["multimeter"])
    assert other.query("STAT:OPER:COND?") == "+32"
    assert other.query("ABOR;:STAT:OPER:COND?") == "+0"
    assert running.multimeter.hears_nothing()
    assert running.multimeter.query("*OPC?") == "1"


def test_a_waiting_reading_is_completed_by_what_another_client_does(running: Simulation) -> None:
    """A crossing that a new level brings later completes the READ? that waits for it."""
    running.stimulator.query("SET 1 LEVEL=1 POLARITY=positive")
    running.multimeter.write("TRIG:SOUR INT;LEV 0.05;SLOP POS;DEL 0;:READ?")
    assert running.multimeter.hears_nothing()
    running.stimulator.query("SET 1 LEVEL=2")
    assert float(running.multimeter.read()) == pytest.approx(0.1, rel=1e-3)


def test_initiate_fetch_and_memory(running: Simulation) -> None:
    """INIT returns at once; readings gather in memory and can be fetched, counted and removed."""
    running.multimeter.write("SAMP:COUN 3;:TRIG:DEL 0;:INIT")
    assert running.multimeter.query("STAT:OPER:COND?;:DATA:POIN?") == "+16;+0"
    running.control("advance", seconds=0.03)
    assert running.multimeter.query("DATA:POIN?") == "+1"
    readings = running.multimeter.query("FETC?").split(",")
    assert len(readings) == 3
    assert running.multimeter.query("DATA:LAST?") == f"{readings[-1]} VDC"
    running.multimeter.write("R? 2")
    assert running.multimeter.block().decode() == ",".join(readings[:2])
    assert running.multimeter.query("DATA:POIN?;REM? 1") == f"+1;{readings[2]}"


def test_the_bus_triggers_what_waits_for_it(running: Simulation) -> None:
    """*TRG starts the reading of an initiated multimeter; a second INIT is ignored with -213."""
    running.multimeter.write("TRIG:SOUR BUS;:INIT;:INIT")
    assert running.multimeter.query("SYST:ERR?;:STAT:OPER:COND?") == '-213,"Init ignored";+32'
    assert len(running.multimeter.query("*TRG;FETC?")) == 15


def test_operation_complete_comes_with_the_reading(running: Simulation) -> None:
    """*OPC sets its bit when the reading is there, not before."""
    running.multimeter.write("*CLS;:INIT;*OPC")
    assert running.multimeter.query("*ESR?") == "+0"
    running.control("advance", seconds=0.1)
    assert running.multimeter.query("*ESR?") == "+1"


@pytest.mark.parametrize(("polarity", "sign"), [("positive", "+"), ("negative", "-")])
def test_overload_is_an_answer_and_two_bits(exact_unit: Path, polarity: str, sign: str) -> None:
    """Beyond 120 % of range the answer is 9.9E37, ESR bit 3 and questionable bit 0 rise, the queue stays empty."""
    with Simulation(unit=exact_unit) as simulation:
        simulation.run(2, polarity, "103,113,114,117,118")
        simulation.multimeter.write("*CLS;:CONF:VOLT:DC 0.1")
        assert simulation.multimeter.query("READ?") == f"{sign}9.90000000E+37"
        assert simulation.multimeter.query("*ESR?;:STAT:QUES?;:SYST:ERR?") == '+8;+1;+0,"No error"'


def test_autorange_finds_the_range(running: Simulation) -> None:
    """Autorange goes down below 10 % of range, not at 10 %: 0.01 V is read in 100 mV, 0.1 V stays in 1 V."""
    running.stimulator.query("SET 1 LEVEL=2 POLARITY=positive")
    running.multimeter.write("VOLT:RANG:AUTO ON")
    assert float(running.multimeter.query("READ?")) == pytest.approx(0.1, rel=5e-4)
    assert running.multimeter.query("VOLT:RANG?") == "+1.00000000E+00"
    running.stimulator.query("SET 1 LEVEL=1")
    assert float(running.multimeter.query("READ?")) == pytest.approx(0.01, rel=1e-3)
    assert running.multimeter.query("VOLT:RANG?") == "+1.00000000E-01"


def test_the_input_resistance_loads_the_resistor(running: Simulation) -> None:
    """10 Mohm across 100 ohm takes a hundred thousandth of the voltage."""
    running.stimulator.query("SET 1 POLARITY=positive")
    begin = running.now()
    running.control("advance", seconds=1.0)
    running.stimulator.query("KEEP")
    light = running.truth("meter-voltage", begin + 0.1, begin + 0.9)
    running.multimeter.query("VOLT:IMP:AUTO OFF;*OPC?")
    begin = running.now()
    running.control("advance", seconds=1.0)
    heavy = running.truth("meter-voltage", begin + 0.1, begin + 0.9)
    assert (light - heavy) / light == pytest.approx(1e-5, abs=1e-6)


@pytest.mark.parametrize("aperture_s", [0.0137, 0.2, 1.37, 2.0])
def test_an_aperture_in_seconds_is_taken_exactly(exact_unit: Path, aperture_s: float) -> None:
    """A reading is the mean over just that time, of whatever share of a period."""
    with Simulation("--seed=4", unit=exact_unit) as simulation:
        simulation.run(2, "bipolar")
        simulation.advance(0.1)
        meter = simulation.multimeter
        meter.query("*RST;:CONF:VOLT:DC 1;:VOLT:ZERO:AUTO OFF;:TRIG:DEL 0;*OPC?")
        assert meter.query(f"SENS:VOLT:DC:APER {aperture_s};APER?;APER:ENAB?") == f"{aperture_s:+.8E};1"
        start = simulation.now()
        reading = float(meter.query("READ?"))
        now = simulation.now()
        assert now - start == pytest.approx(0.5e-3 + aperture_s, abs=1e-9)
        wrong = simulation.control("state")["errors"]["multimeter"]["1"]
        true = simulation.truth("meter-voltage", now - aperture_s, now)
        assert reading == pytest.approx(true * (1.0 + wrong["gain"]) + wrong["offset_v"], abs=5e-6)
