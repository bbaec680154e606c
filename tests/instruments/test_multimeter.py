"""The multimeter against a scripted peer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.errors import BadAnswer, NoAnswer, Overload, Refused, TimeLimitExceeded
from harness.instruments import Gate, Truevolt
from tests.examples import CountingClock

if TYPE_CHECKING:
    from tests.instruments.scripted import Plug, ScriptedInstrument

SETTINGS = "SENS:VOLT:DC:RANG?;NPLC?;IMP:AUTO?"
STATUS = "STAT:OPER:COND?"
GOOD = {
    SETTINGS: b"+1.00000000E+00;+1.00000000E+01;1\n",
    STATUS: b"+0\n",
    "FETC?": b"+6.80000100E-01,+6.79999900E-01\n",
}
GATE = Gate(0.34, rising=True, delay_s=0.125, period_s=1.0)


def meter(plug: Plug, timeout_s: float = 5.0, **answers: object) -> tuple[Truevolt, ScriptedInstrument, CountingClock]:
    """A multimeter that answers as it should, but for what is given."""
    names = {"settings": SETTINGS, "status": STATUS, "fetch": "FETC?"}
    link, instrument = plug(GOOD | {names[name]: answer for name, answer in answers.items()}, timeout_s=timeout_s)
    clock = CountingClock()
    return Truevolt(link, clock, 50.0), instrument, clock


def test_readings(plug: Plug) -> None:
    """Range and aperture are set and read back, readings come in volts."""
    driver, instrument, _ = meter(plug)
    said = driver.dc_volts(1.0, 10)
    driver.start(2, None)
    assert driver.finish() == (0.6800001, 0.6799999)
    assert dict(said) == {"range_v": "1", "nplc": "10", "high_impedance": "1"}
    assert instrument.heard[0].startswith("CONF:VOLT:DC 1;:SENS:VOLT:DC:NPLC 10;")


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
        driver.dc_volts(1.0, 10)


@pytest.mark.parametrize("answer", [b"NAN;10;1\n", b"1;;1\n", b"one;10;1\n", b"\n", b"1;10\n", b"1;10;1;99\n"])
def test_settings_that_are_none(plug: Plug, answer: bytes) -> None:
    """Settings that are no numbers, or a field too few or too many, are no settings."""
    driver, _, _ = meter(plug, settings=answer)
    with pytest.raises(BadAnswer):
        driver.dc_volts(1.0, 10)


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
        driver.dc_volts(1.0, 10)


def test_a_reading_that_comes_too_late_is_not_the_next(plug: Plug) -> None:
    """A small stale reading that arrives after its time-out is not taken for the next one, which is large."""
    driver, instrument, _ = meter(plug, timeout_s=0.2, fetch=[None, b"+6.8E-01\n"])
    driver.start(1, None)
    with pytest.raises(NoAnswer):
        driver.finish()
    instrument.send_to_first(b"+1.0E-09\n")
    driver.start(1, None)
    assert driver.finish() == (0.68,)
