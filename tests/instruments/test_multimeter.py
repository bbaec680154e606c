"""The multimeter against a scripted peer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from harness.errors import BadAnswer, NoAnswer, NotFinite, Overload, Refused, TimeLimitExceeded
from harness.instruments import Gate, Truevolt
from tests.examples import CountingClock

if TYPE_CHECKING:
    from tests.instruments.scripted import Plug, ScriptedInstrument

SETTINGS = "SENS:VOLT:DC:RANG?;NPLC?;IMP:AUTO?"
SECONDS = "SENS:VOLT:DC:RANG?;APER?;IMP:AUTO?;:SENS:VOLT:DC:APER:ENAB?"
STATUS = "STAT:OPER:COND?"
GOOD = {
    SETTINGS: b"+1.00000000E+00;+1.00000000E+01;1\n",
    STATUS: b"+0\n",
    "FETC?": b"+6.80000100E-01,+6.79999900E-01\n",
}
GATE = Gate(0.34, rising=True, delay_s=0.125, period_s=1.0)


def meter(plug: Plug, timeout_s: float = 5.0, **answers: object) -> tuple[Truevolt, ScriptedInstrument, CountingClock]:
    """A multimeter that answers as it should, but for what is given."""
    names = {"settings": SETTINGS, "seconds": SECONDS, "status": STATUS, "fetch": "FETC?"}
    link, instrument = plug(GOOD | {names[name]: answer for name, answer in answers.items()}, timeout_s=timeout_s)
    clock = CountingClock()
    return Truevolt(link, clock, 50.0), instrument, clock


def test_readings(plug: Plug) -> None:
    """Range and aperture are set and read back, readings come in volts."""
    driver, instrument, _ = meter(plug)
    said = driver.dc_volts(1.0, 0.2)
    driver.start(2, None)
    assert driver.finish() == (0.6800001, 0.6799999)
    assert dict(said) == {"range_v": "1", "nplc": "10", "high_impedance": "1"}
    assert instrument.heard[0].startswith("CONF:VOLT:DC 1;:SENS:VOLT:DC:NPLC 10;")


@pytest.mark.parametrize(("aperture_s", "cycles"), [(0.02, b"1"), (0.2, b"10"), (2.0, b"100"), (0.2 + 1e-17, b"10")])
def test_whole_mains_cycles_of_its_table_are_set_as_cycles(plug: Plug, aperture_s: float, cycles: bytes) -> None:
    """1, 10 and 100 cycles of a mains of 50 Hz are set as such: they reject the mains best."""
    driver, instrument, _ = meter(plug, settings=b"1;" + cycles + b";1\n")
    assert dict(driver.dc_volts(1.0, aperture_s))["nplc"] == cycles.decode()
    assert f":SENS:VOLT:DC:NPLC {cycles.decode()}" in instrument.heard[0].split(";")
    assert "APER" not in instrument.heard[0]


@pytest.mark.parametrize(("mains_hz", "aperture_s"), [(50.0, 0.1), (50.0, 1.0), (60.0, 0.2), (50.0, 0.0667)])
def test_any_other_aperture_is_set_in_seconds(plug: Plug, mains_hz: float, aperture_s: float) -> None:
    """An aperture that is no number of cycles of the table is set in seconds and read back, with its mode."""
    link, instrument = plug({SECONDS: f"+1.00000000E+00;{aperture_s:+.8E};1;1\n".encode()})
    said = dict(Truevolt(link, CountingClock(), mains_hz).dc_volts(1.0, aperture_s))
    assert said == {"range_v": "1", "aperture_s": f"{aperture_s:g}", "high_impedance": "1"}
    assert f":SENS:VOLT:DC:APER {aperture_s:g}" in instrument.heard[0].split(";")
    assert "NPLC" not in instrument.heard[0]


def test_an_aperture_may_differ_by_its_resolution(plug: Plug) -> None:
    """The meter sets apertures in steps of 2 µs and says what it made of one; that is what is kept."""
    driver, _, _ = meter(plug, seconds=b"+1.0E+00;+1.23458E-01;1;1\n")
    assert dict(driver.dc_volts(1.0, 0.123457))["aperture_s"] == "0.123458"


@pytest.mark.parametrize("answer", [b"10;0.1;1;1\n", b"1;0.10001;1;1\n", b"1;0.1;0;1\n", b"1;0.1;1;0\n"])
def test_an_aperture_that_is_not_as_asked(plug: Plug, answer: bytes) -> None:
    """Another range, aperture or input, or an aperture that is not in use, is refused."""
    driver, _, _ = meter(plug, seconds=answer)
    with pytest.raises(Refused, match=r"was set to 1 V, 0\.1 s, high impedance, but says"):
        driver.dc_volts(1.0, 0.1)


@pytest.mark.parametrize("answer", [b"NAN;0.1;1;1\n", b"1;0.1;1\n", b"1;0.1;1;1;1\n", b"1;10 NPLC;1;1\n", b"\n"])
def test_an_aperture_that_is_none(plug: Plug, answer: bytes) -> None:
    """Settings in seconds that are no numbers, or a field too few or too many, are no settings."""
    driver, _, _ = meter(plug, seconds=answer)
    with pytest.raises(BadAnswer):
        driver.dc_volts(1.0, 0.1)


@pytest.mark.parametrize("value", [math.nan, math.inf, 9.9e37])
def test_range_and_aperture_are_numbers(plug: Plug, value: float) -> None:
    """NaN, infinity and overload are no range and no aperture, and nothing is sent."""
    driver, instrument, _ = meter(plug)
    for range_v, aperture_s in ((value, 0.2), (1.0, value)):
        with pytest.raises(NotFinite):
            driver.dc_volts(range_v, aperture_s)
    assert instrument.heard == []


@pytest.mark.parametrize("aperture_s", [0.0, -0.2])
def test_an_aperture_takes_time(plug: Plug, aperture_s: float) -> None:
    """No aperture of zero or less is asked for."""
    with pytest.raises(ValueError, match="is none"):
        meter(plug)[0].dc_volts(1.0, aperture_s)


@pytest.mark.parametrize(("period_s", "expected_s"), [(1.0, 4.0), (0.5, 4.0), (0.1, 3.6)])
def test_gated_readings_take_whole_periods(plug: Plug, period_s: float, expected_s: float) -> None:
    """Four readings of 2 x 0.25 s, 0.35 s behind an edge, are waited for as many whole periods as each needs."""
    busy_then_done = [b"+16\n", b"+0\n"]
    driver, _, clock = meter(plug, seconds=b"1;0.25;1;1\n", status=busy_then_done, fetch=b"1,1,1,1\n")
    driver.dc_volts(1.0, 0.25)
    driver.start(4, Gate(0.34, rising=True, delay_s=0.35, period_s=period_s))
    driver.finish()
    assert clock.time == pytest.approx(expected_s)


def test_a_gate_is_set_as_it_was_asked(plug: Plug) -> None:
    """Level, slope and delay of the trigger are those of the gate."""
    driver, instrument, _ = meter(plug)
    driver.start(2, GATE)
    assert {":TRIG:LEV 0.34", ":TRIG:SLOP POS", ":TRIG:DEL 0.125", ":TRIG:COUN 2"} <= set(
        instrument.heard[-1].split(";")
    )


@pytest.mark.parametrize(
    "answer",
    [
        b"+1.00000000E+01;+1.00000000E+01;1\n",
        b"+1.00000000E+00;+1.00000000E+00;1\n",
        b"+1.00000000E+00;+1.00000000E+01;0\n",
    ],
    ids=["another range", "another aperture", "10 MΩ"],
)
def test_settings_that_are_not_as_asked(plug: Plug, answer: bytes) -> None:
    """A multimeter that says another range, aperture or input than was set is refused."""
    driver, _, _ = meter(plug, settings=answer)
    with pytest.raises(Refused, match="was set to 1 V, 10 NPLC, high impedance, but says"):
        driver.dc_volts(1.0, 0.2)


@pytest.mark.parametrize("answer", [b"NAN;10;1\n", b"1;;1\n", b"one;10;1\n", b"\n", b"1;10\n", b"1;10;1;99\n"])
def test_settings_that_are_none(plug: Plug, answer: bytes) -> None:
    """Settings that are no numbers, or a field too few or too many, are no settings."""
    driver, _, _ = meter(plug, settings=answer)
    with pytest.raises(BadAnswer):
        driver.dc_volts(1.0, 0.2)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"NAN,NAN\n", BadAnswer),
        (b"+6.8E-01,NAN\n", BadAnswer),
        (b"+9.90000000E+37,+9.90000000E+37\n", Overload),
        (b"+6.8E-01,-9.90000000E+37\n", Overload),
        (b"+6.8E-01\n", BadAnswer),
        (b"+6.8E-01,+6.8E-01,+6.8E-01\n", BadAnswer),
        (b"\n", BadAnswer),
        (b"garbage\n", BadAnswer),
        (b"+6.8E-01;+6.8E-01\n", BadAnswer),
        (b"\xff\xff\n", BadAnswer),
    ],
)
def test_readings_that_are_none(plug: Plug, answer: bytes, error: type[Exception]) -> None:
    """NaN, overload, garbage, too few and too many values are errors, never readings."""
    driver, _, _ = meter(plug, fetch=answer)
    driver.start(2, None)
    with pytest.raises(error):
        driver.finish()


def test_readings_are_not_fetched_before_they_are_done(plug: Plug) -> None:
    """While the meter says that it measures, or waits for its trigger, nothing is fetched."""
    driver, instrument, _ = meter(plug, status=[b"+16\n", b"+32\n", b"+48\n", b"+0\n"])
    driver.start(2, GATE)
    driver.finish()
    assert instrument.heard[-5:] == [STATUS] * 4 + ["FETC?"]


def test_a_gate_that_never_opens(plug: Plug) -> None:
    """Without a trigger the meter is stopped, and old readings are not fetched."""
    driver, instrument, clock = meter(plug, status=b"+32\n")
    driver.start(2, GATE)
    with pytest.raises(TimeLimitExceeded, match="the multimeter's readings did not come within"):
        driver.finish()
    assert clock.time > 2.0
    assert "FETC?" not in instrument.heard
    assert instrument.heard[-1].startswith("ABOR;")


def test_a_refused_command_stops_the_reading(plug: Plug) -> None:
    """An entry in the error queue after a configuration is an error before anything is read."""
    driver, instrument, _ = meter(plug)
    first = "CONF:VOLT:DC 1;:SENS:VOLT:DC:NPLC 10;:SENS:VOLT:DC:ZERO:AUTO ON;:SENS:VOLT:DC:IMP:AUTO ON;:SYSTem:ERRor?"
    instrument.answers[first] = b'-221,"Settings conflict"\n'
    with pytest.raises(Refused, match="error -221, Settings conflict"):
        driver.dc_volts(1.0, 0.2)


def test_a_reading_that_comes_too_late_is_not_the_next(plug: Plug) -> None:
    """A small stale reading that arrives after its time-out is not taken for the next one, which is large."""
    driver, instrument, _ = meter(plug, timeout_s=0.2, fetch=[None, b"+6.8E-01\n"])
    driver.start(1, None)
    with pytest.raises(NoAnswer):
        driver.finish()
    instrument.send_to_first(b"+1.0E-09\n")
    driver.start(1, None)
    assert driver.finish() == (0.68,)
