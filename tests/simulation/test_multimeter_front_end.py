"""The multimeter's front end against closed forms: aperture, mains, zero, ranges, a.c. volts, digitising."""

from __future__ import annotations

import math
import statistics
import struct

import pytest

from harness.simulation.circuit.drive import Drive, Piece, steady
from harness.simulation.circuit.history import Quantity
from harness.simulation.draws import HiddenErrors, NoiseSource
from harness.simulation.files.modelfile import model
from harness.simulation.instruments.base import Surroundings
from harness.simulation.instruments.keithley_digitizer import aperture_means
from harness.simulation.instruments.multimeter import Multimeter
from tests.simulation import circuits
from tests.simulation.meters import MAINS_HZ, METER_OHM, Bench

np = pytest.importorskip("numpy")

PICKUP_A = 1e-3
HALF_PERIOD_NS = 5_000_000


def mean_of_mains(from_s: float, aperture_s: float, mains_hz: float) -> float:
    """Average a sine that starts at time 0: its middle value times sinc(f T)."""
    turns = mains_hz * aperture_s
    sinc = math.sin(math.pi * turns) / (math.pi * turns)
    return PICKUP_A * METER_OHM * sinc * math.sin(2.0 * math.pi * mains_hz * (from_s + aperture_s / 2.0))


@pytest.mark.parametrize("mains_hz", [50.0, 50.025, 49.975])
@pytest.mark.parametrize("aperture_s", [0.001, 0.0137, 0.02, 0.033, 0.2])
def test_a_reading_rejects_the_mains_as_its_aperture_does(aperture_s: float, mains_hz: float) -> None:
    """A reading is the mean over its aperture, the mains sine included: sinc(f T) of it is left."""
    bench = Bench("34465A", steady(0.0), pickup_a=PICKUP_A, mains_hz=mains_hz)
    bench.tell(f"CONF:VOLT:DC 10;:VOLT:IMP:AUTO ON;:VOLT:ZERO:AUTO OFF;:TRIG:DEL 0;:VOLT:APER {aperture_s}")
    bench.wait(0.0123)
    start_s = bench.keeper.now_ns / circuits.S
    reading = bench.number("READ?")
    gain, offset = bench.error(10.0)
    expected = mean_of_mains(start_s, aperture_s, mains_hz)
    # noise and resolution: 3 ppm of 10 V at 1 ms, 0.3 ppm at 20 ms
    tolerance = 3.0 * (30e-6 if aperture_s < 0.02 else 3e-6)
    assert reading == pytest.approx(expected * (1.0 + gain) + offset, abs=tolerance)


def test_whole_cycles_leave_nothing_of_the_mains() -> None:
    """At the mains frequency itself one cycle rejects it; at 0.05 % beside it one part in 2000 is left at most."""
    left = [abs(mean_of_mains(start / 100.0, 0.02, 50.025)) for start in range(10)]
    assert max(left) < PICKUP_A * METER_OHM / 2000.0
    bench = Bench("34465A", pickup_a=PICKUP_A)
    bench.tell("CONF:VOLT:DC 10;:VOLT:NPLC 1")
    gain, offset = bench.error(10.0)
    # 10 Mohm lie across 1 kohm
    expected = 1e-3 / (1.0 / METER_OHM + 1e-7)
    assert bench.number("READ?") == pytest.approx(expected * (1.0 + gain) + offset, abs=10e-6)


@pytest.mark.parametrize("name", ["34465A", "DMM6500"])
def test_auto_zero_takes_the_wander_of_the_zero_away(name: str) -> None:
    """Off, readings follow the amplifier's zero; on, or after it was measured once, they do not."""
    bench = Bench(name, steady(0.0))
    header = "VOLT:ZERO:AUTO" if name == "34465A" else "VOLT:AZER"
    once = "VOLT:ZERO:AUTO ONCE" if name == "34465A" else "AZER:ONCE"
    zero = bench.meter.hidden()["zero"]
    assert isinstance(zero, dict)
    swing = zero["swing_v"]
    assert abs(swing) > 1e-6  # of this seed
    bench.tell(f"VOLT:RANG 0.1;NPLC 10;:{header} OFF")
    before = bench.number("READ?")
    bench.wait(300.0)
    after = bench.number("READ?")
    assert after - before == pytest.approx(swing / 2.0, abs=0.5e-6)  # half of 600 s
    bench.tell(once)
    assert bench.number("READ?") == pytest.approx(before, abs=1e-6)
    bench.tell(f"{header} ON")
    zeroed = bench.number("READ?")
    bench.wait(300.0)
    assert bench.number("READ?") == pytest.approx(zeroed, abs=0.3e-6)
    _, offset = bench.error(0.1)
    assert zeroed == pytest.approx(offset, abs=0.3e-6)


def test_a_change_of_integration_time_measures_the_zero_anew() -> None:
    """With auto zero off the zero is measured when function, range or integration time change, and only then."""
    bench = Bench("34465A", steady(0.0))
    bench.tell("VOLT:RANG 0.1;NPLC 10;:VOLT:ZERO:AUTO OFF")
    bench.wait(400.0)
    bench.tell("CALC:AVER ON;:SAMP:COUN 1")
    wandered = bench.number("READ?")
    bench.tell("VOLT:NPLC 100")
    _, offset = bench.error(0.1)
    assert abs(wandered - offset) > 1e-6
    assert bench.number("READ?") == pytest.approx(offset, abs=0.6e-6)


@pytest.mark.parametrize(
    ("volts", "start", "found"),
    [
        (0.0999, "+1.00000000E+00", "+1.00000000E-01"),
        (0.101, "+1.00000000E+00", "+1.00000000E+00"),
        (1.19, "+1.00000000E+00", "+1.00000000E+00"),
        (1.21, "+1.00000000E+00", "+1.00000000E+01"),
        (0.005, "+1.00000000E+03", "+1.00000000E-01"),
    ],
)
def test_autorange_goes_down_below_a_tenth_and_up_above_six_fifths(volts: float, start: str, found: str) -> None:
    """Thresholds of the 34410A/11A User's Guide: down below 10 % of range, up above 120 %; a change takes time."""
    bench = Bench("34465A", steady(volts / METER_OHM))
    bench.tell(f"CONF:VOLT:DC {start};:VOLT:IMP:AUTO ON;:VOLT:NPLC 1;:TRIG:DEL 0;:VOLT:RANG:AUTO ON")
    before_ns = bench.keeper.now_ns
    assert bench.number("READ?") == pytest.approx(volts, rel=2e-3)
    taken_s = (bench.keeper.now_ns - before_ns) / circuits.S
    assert bench.tell("VOLT:RANG?") == found
    assert taken_s == pytest.approx(0.04 if start == found else 0.09, abs=1e-9)


def test_the_input_loads_the_circuit_as_the_range_has_it() -> None:
    """10 Mohm on 100 V, more than 10 Gohm on 10 V with automatic impedance: 1 kohm reads 1e-4 less."""
    bench = Bench("34465A", steady(1e-3))
    bench.tell("CONF:VOLT:DC 100;:VOLT:IMP:AUTO ON")
    bench.wait(1.0)
    loaded = bench.true_mean(0.5)
    bench.tell("VOLT:RANG 10")
    bench.wait(1.0)
    # the source has 1e12 ohm, which take 1e-8
    assert loaded == pytest.approx(1.0 / (1.0 + METER_OHM / 10e6), rel=2e-8)
    assert bench.true_mean(0.5) == pytest.approx(1.0 / (1.0 + METER_OHM / 2e10), rel=2e-8)


@pytest.mark.parametrize(("impedance", "input_ohm"), [("ON", 2e10), ("OFF", 10e6)])
def test_the_bias_current_makes_a_voltage_of_the_resistor(impedance: str, input_ohm: float) -> None:
    """30 pA into 1 Mohm and the input's own resistance beside it: 30 uV, or 27 uV at 10 Mohm, without any current."""
    branch = circuits.replace(circuits.BARE.meter[0], resistance_ohm=1e6)
    parts = circuits.replace(circuits.BARE, meter=(branch,), meter_bias_a=30e-12)
    bench = Bench("34465A", steady(0.0), parts=parts)
    bench.tell(f"CONF:VOLT:DC 0.1;:VOLT:IMP:AUTO {impedance}")
    gain, offset = bench.error(0.1)
    expected = 30e-12 / (1e-6 + 1.0 / input_ohm)
    assert bench.number("READ?") == pytest.approx(expected * (1.0 + gain) + offset, abs=0.5e-6)


@pytest.mark.parametrize("name", ["34465A", "34410A"])
def test_ac_volts_are_the_true_rms_of_the_ac_part(name: str) -> None:
    """A rectangle of 25 % duty and 1 V: its a.c. part is sqrt(D (1 - D)) = 0.433 V, whatever its mean."""
    pulses = Drive(1e-3, (Piece(5_000_000, 1.0), Piece(15_000_000, 0.0)), 0, ())
    bench = Bench(name, pulses)
    bench.tell("CONF:VOLT:AC 1;:VOLT:AC:BAND 20")
    loaded = 1.0 / (1.0 + METER_OHM / 1e6)
    expected = math.sqrt(0.25 * 0.75) * loaded
    assert bench.number("READ?") == pytest.approx(expected, rel=0.06e-2, abs=0.03e-2 + 2e-5)


def test_the_functions_without_a_connection_read_an_open_input() -> None:
    """Nothing is between the terminals for ohms, diode, continuity and temperature, nor on the current terminals."""
    bench = Bench("34465A")
    for function in ("RES", "FRES", "CONT", "DIOD", "TEMP"):
        assert bench.tell(f"MEAS:{function}?") == "+9.90000000E+37"
    assert bench.tell("STAT:QUES?;:SYST:ERR?") == '+513;+0,"No error"'
    assert abs(bench.number("MEAS:CURR:DC? 1e-3")) < 1e-6
    assert 0.0 <= bench.number("MEAS:CURR:AC? 1e-3") < 1e-6
    assert abs(bench.number("MEAS:CAP?")) < 10e-12


def test_frequency_and_period_are_those_of_the_input() -> None:
    """A square wave of 100 Hz is counted within the time base; without edges the answer is 0."""
    bench = Bench("34465A", circuits.square(1e-3, HALF_PERIOD_NS))
    assert bench.number("MEAS:FREQ?") == pytest.approx(100.0, rel=1.01e-4)
    assert bench.number("MEAS:PER?") == pytest.approx(0.01, rel=1.01e-4)
    assert Bench("34465A").number("MEAS:FREQ?") == 0.0


def test_each_function_keeps_its_own_settings() -> None:
    """What is set for one function is there when it is chosen again."""
    bench = Bench("34465A")
    bench.tell('VOLT:NPLC 1;RANG 1;:CURR:NPLC 100;RANG 0.01;:VOLT:AC:RANG 100;BAND 200;:FUNC "CURR:DC"')
    assert bench.tell("FUNC?;:VOLT:NPLC?;RANG?;:CURR:NPLC?;RANG?;:VOLT:AC:RANG?;BAND?") == (
        '"CURR";+1.00000000E+00;+1.00000000E+00;+1.00000000E+02;+1.00000000E-02;+1.00000000E+02;+2.00000000E+02'
    )
    assert bench.tell('FUNC "MOON";:SYST:ERR?') == '-224,"Illegal parameter value"'


def test_digitising_takes_a_reading_every_20_us() -> None:
    """At 50 kSa/s, 20 us each, samples of a square wave are its plateaus, and those at its edge are exact means."""
    bench = Bench("34465A", circuits.square(1e-3, 1_003_000))
    bench.tell("CONF:VOLT:DC 10;:VOLT:IMP:AUTO ON;:VOLT:ZERO:AUTO OFF;:VOLT:APER 20e-6;:TRIG:DEL 0;:SAMP:COUN 500")
    bench.tell("SAMP:SOUR TIM;:SAMP:TIM 20e-6;:SYST:ERR?")
    start_ns = bench.keeper.now_ns
    readings = [float(text) for text in bench.tell("READ?").split(",")]
    assert bench.keeper.now_ns - start_ns == 500 * 20_000
    gain, offset = bench.error(10.0)
    history = bench.loop.history
    for number, reading in enumerate(readings):
        at_ns = start_ns + number * 20_000
        true = history.mean(Quantity.METER_VOLTAGE, at_ns, at_ns + 20_000)
        # 30 ppm of 10 V is the step, half of it the noise
        assert reading == pytest.approx(true * (1.0 + gain) + offset, abs=1e-3)
    assert any(0.1 < abs(reading) < 0.9 for reading in readings)


def test_samples_before_the_trigger_were_taken_before_it() -> None:
    """Of 20 samples with 8 before the trigger, the eight see the low plateau and the others the high one."""
    bench = Bench("34465A", circuits.square(1e-3, 10_000_000))
    bench.tell("CONF:VOLT:DC 10;:VOLT:ZERO:AUTO OFF;:VOLT:APER 100e-6;:TRIG:DEL 0;:SAMP:COUN 20;COUN:PRET 8")
    bench.tell("SAMP:SOUR TIM;:SAMP:TIM 200e-6;:TRIG:SOUR INT;LEV 0;SLOP POS;:INIT")
    readings = [float(text) for text in bench.tell("FETC?").split(",")]
    assert [reading > 0.0 for reading in readings] == [False] * 8 + [True] * 12


def test_a_trigger_that_comes_early_leaves_out_samples_before_it() -> None:
    """Where there was time for three samples before the trigger there are three; the others follow it."""
    bench = Bench("34465A", circuits.square(1e-3, 700_000))
    bench.tell("CONF:VOLT:DC 10;:VOLT:ZERO:AUTO OFF;:VOLT:APER 100e-6;:TRIG:DEL 0;:SAMP:COUN 10;COUN:PRET 8")
    bench.tell("SAMP:SOUR TIM;:SAMP:TIM 200e-6;:TRIG:SOUR INT;LEV 0;SLOP NEG;:INIT")
    readings = [float(text) for text in bench.tell("FETC?").split(",")]
    assert len(readings) == 10
    assert [reading > 0.0 for reading in readings[:4]] == [True, True, True, False]


def test_endless_triggers_keep_nobody_waiting_in_vain() -> None:
    """A measurement without an end has no end that a query could jump to."""
    bench = Bench("34465A")
    bench.tell("TRIG:COUN INF;:INIT")
    bench.wait(3.0)
    assert bench.number("DATA:POIN?") > 5
    assert bench.tell("STAT:OPER:COND?;:ABOR;*OPC?") == "+16;1"


def test_null_takes_the_first_reading_or_a_given_value() -> None:
    """After NULL ON the first reading is the null value; a given value switches that off."""
    bench = Bench("34465A", steady(0.5e-3))
    bench.tell("CONF:VOLT:DC 1;:VOLT:NULL ON;:SAMP:COUN 2")
    first, second = (float(text) for text in bench.tell("READ?").split(","))
    assert first == 0.0
    assert abs(second) < 3e-6
    assert bench.number("VOLT:NULL:VAL?") == pytest.approx(0.5, rel=2e-4)
    bench.tell("VOLT:NULL:VAL 0.2;:SAMP:COUN 1")
    assert bench.tell("VOLT:NULL:VAL:AUTO?;:VOLT:NULL?") == "0;1"
    assert bench.number("READ?") == pytest.approx(0.3, rel=4e-4)
    bench.tell("CONF:VOLT:DC 1")
    assert bench.tell("VOLT:NULL?") == "0"


def test_statistics_are_those_of_the_readings() -> None:
    """Mean, deviation, extremes and count agree with Python's own statistics of the answered readings."""
    bench = Bench("34465A", steady(0.5e-3))
    bench.tell("CONF:VOLT:DC 1;:VOLT:NPLC 0.02;:CALC:AVER ON;:SAMP:COUN 50")
    readings = [float(text) for text in bench.tell("READ?").split(",")]
    mean, deviation, low, high = (float(text) for text in bench.tell("CALC:AVER:ALL?").split(","))
    assert mean == pytest.approx(statistics.mean(readings), abs=1e-9)
    assert deviation == pytest.approx(statistics.stdev(readings), rel=1e-6)
    assert (low, high) == pytest.approx((min(readings), max(readings)))
    assert bench.number("CALC:AVER:COUN?") == 50.0
    assert bench.tell("CALC:AVER:CLE;:CALC:AVER:AVER?") == "+9.91000000E+37"


@pytest.mark.parametrize(("limits", "bits"), [((0.4, 0.6), 0), ((0.51, 0.6), 0x0800), ((0.4, 0.49), 0x1000)])
def test_a_limit_that_is_passed_raises_its_bit(limits: tuple[float, float], bits: int) -> None:
    """Bit 11 of the questionable register tells of the lower limit, bit 12 of the upper one."""
    bench = Bench("34465A", steady(0.5e-3))
    bench.tell(f"CONF:VOLT:DC 1;:CALC:LIM:LOW {limits[0]};UPP {limits[1]};:CALC:LIM ON;:READ?")
    assert bench.tell("STAT:QUES?") == f"+{bits}"


def test_the_older_meter_has_one_calculation_at_a_time_and_no_level_trigger() -> None:
    """The 34410A selects a calculation and switches it on; it triggers on no level and has 2 cycles."""
    bench = Bench("34410A", steady(0.5e-3))
    bench.tell("CONF:VOLT:DC 1;:CALC:FUNC AVER;:CALC:STAT ON;:SAMP:COUN 3;:READ?")
    assert bench.number("CALC:AVER:COUN?") == 3.0
    assert bench.number("CALC:AVER:AVER?") == pytest.approx(0.5, rel=2e-4)
    assert bench.tell("VOLT:NPLC 2;NPLC?;:VOLT:NPLC? MIN") == "+2.00000000E+00;+6.00000000E-03"
    assert bench.tell("TRIG:SOUR INT;:SYST:ERR?") == '-224,"Illegal parameter value"'
    assert bench.tell("SAMP:COUN:PRET 1;:SYST:ERR?") == ""
    assert bench.tell("SYST:ERR?") == '-113,"Undefined header"'


def test_readings_come_as_binary_blocks_too() -> None:
    """FORMat REAL,64 sends readings as eight bytes each, the first the highest (IEEE 754)."""
    bench = Bench("34465A", steady(0.5e-3))
    bench.tell("CONF:VOLT:DC 1;:SAMP:COUN 3")
    texts = bench.tell("READ?").split(",")
    block = bench.raw("FORM:DATA REAL,64;:FETC?")
    assert block[:4] == b"#224"
    assert struct.unpack(">3d", block[4:]) == pytest.approx([float(text) for text in texts])
    assert bench.raw("FORM:BORD SWAP;:R? 1") == b"#18" + struct.pack("<d", struct.unpack(">d", block[4:12])[0])
    assert bench.tell("FORM:DATA?;:FORM:DATA ASC;DATA?") == "REAL,+64;ASC,+9"


def test_the_mean_over_many_apertures_is_exact() -> None:
    """Vectorised means equal the circuit's own integral to 1e-9 V, at edges, exponentials and mains alike."""
    parts = circuits.replace(circuits.BARE, pickup_a=1e-4)
    loop, keeper = circuits.bench(parts, closed=circuits.SKIN)
    with keeper:
        loop.drive(circuits.square(1e-3, 777_000))
        keeper.advance(20_000_000)
        starts = np.arange(1_000_000, 9_000_000, 1_000)
        means = aperture_means(loop.history, starts, 1_000)
    for index in range(0, len(starts), 37):
        true = loop.history.mean(Quantity.METER_VOLTAGE, int(starts[index]), int(starts[index]) + 1_000)
        assert means[index] == pytest.approx(true, abs=1e-9)


def test_a_reading_uses_the_draws_it_always_used() -> None:
    """D.c. volts: gain, offset and one deviate of the noise by their names, in order; auto zero on draws nothing.

    Captures of earlier runs depend on it: 10 cycles resolve 0.1 ppm of range, and 0.3 uV is the noise at one cycle.
    """
    noise, errors = NoiseSource(7), HiddenErrors(7)
    loop, keeper = circuits.bench(circuits.BARE)
    with keeper:
        loop.drive(steady(1e-3))
    meter = Multimeter(model("keysight-34465a"), Surroundings(keeper, loop, noise, MAINS_HZ), errors)
    with keeper:
        answer = meter.execute(meter.parse(b"CONF:VOLT:DC 10;:SAMP:COUN 3;:READ?"))
    assert answer is not None
    gain = errors.normal_within("multimeter gain 10 V", 0.0035e-2)
    offset = errors.normal_within("multimeter offset 10 V", 0.0005e-2 * 10.0)
    mean = 1e-3 / (1.0 / METER_OHM + 1e-7) * (1.0 - 1e-8)  # 10 Mohm across it, and 1e12 ohm of the source
    rms, step, fresh = math.hypot(0.5e-6, 0.3e-6 / math.sqrt(10.0)), 1e-6, NoiseSource(7)
    for text in answer.decode().split(","):
        deviate = fresh.acquisition("multimeter")("reading").standard_normal()
        expected = round((mean * (1.0 + gain) + offset + rms * deviate) / step) * step
        assert float(text) == pytest.approx(expected, abs=1e-9)


def test_the_clock_is_the_bench_s() -> None:
    """It begins at a fixed moment and goes with bench time; the calibration's text is empty."""
    bench = Bench("34465A")
    bench.wait(61.0)
    assert bench.tell("SYST:DATE?;TIME?;:CAL:STR?") == '2020,1,1;00,01,01.000;""'
