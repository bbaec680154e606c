"""The supplies against a scripted peer."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from harness.errors import BadAnswer, NoAnswer, NotFinite, Overload, Refused
from harness.instruments import E36312a
from tests.examples import CountingClock

if TYPE_CHECKING:
    from tests.instruments.scripted import Plug, ScriptedInstrument

SETTINGS, STATE, CURRENT = "VOLTage? (@2);:CURRent? (@2)", "OUTPut? (@2)", "MEASure:CURRent? (@2)"


def supply(plug: Plug, answers: dict[str, object]) -> tuple[E36312a, ScriptedInstrument]:
    """A supply that answers as it is told."""
    link, instrument = plug(answers, "auxiliary_supply", 0.2)
    return E36312a(link, CountingClock(), 50.0), instrument


def test_voltage_and_limit(plug: Plug) -> None:
    """The limit is set before the voltage, both on output 2, and both are read back; nothing is switched."""
    driver, instrument = supply(plug, {SETTINGS: b"+2.00000000E+01;+1.00000000E-02\n"})
    driver.set(20.0, 0.01)
    assert instrument.heard == ["CURRent 0.01,(@2);:VOLTage 20,(@2);:SYSTem:ERRor?", SETTINGS]


@pytest.mark.parametrize("answer", [b"+1.9E+01;+1.0E-02\n", b"+2.0E+01;+1.0E+00\n"])
def test_settings_that_are_not_as_asked(plug: Plug, answer: bytes) -> None:
    """A supply that says another voltage or limit is refused by its role."""
    driver, _ = supply(plug, {SETTINGS: answer})
    with pytest.raises(Refused, match=r"auxiliary_supply was set to 20 V, 0\.01 A, but says"):
        driver.set(20.0, 0.01)


@pytest.mark.parametrize("answer", [b"+2.0E+01\n", b"NAN;+1.0E-02\n", b"\n", b"+2.0E+01;+1.0E-02;0\n"])
def test_settings_that_are_none(plug: Plug, answer: bytes) -> None:
    """Settings that are no numbers, too few or too many, are none."""
    driver, _ = supply(plug, {SETTINGS: answer})
    with pytest.raises(BadAnswer):
        driver.set(20.0, 0.01)


def test_a_voltage_out_of_range(plug: Plug) -> None:
    """What the supply puts into its error queue is an error, and nothing is asked."""
    refusal = b'-222,"Data out of range"\n'
    driver, instrument = supply(plug, {"CURRent 0.01,(@2);:VOLTage 99,(@2);:SYSTem:ERRor?": refusal})
    with pytest.raises(Refused, match="error -222"):
        driver.set(99.0, 0.01)
    assert len(instrument.heard) == 1


@pytest.mark.parametrize("value", [math.nan, math.inf, 9.9e37])
def test_voltage_and_limit_are_numbers(plug: Plug, value: float) -> None:
    """NaN, infinity and overload are no voltage and no limit."""
    driver, instrument = supply(plug, {})
    for volts, limit_a in ((value, 0.1), (5.0, value)):
        with pytest.raises(NotFinite):
            driver.set(volts, limit_a)
    with pytest.raises(ValueError, match="cannot be -1"):
        driver.set(-1.0, 0.1)
    assert instrument.heard == []


def test_on_and_off(plug: Plug) -> None:
    """Output 2 is switched, and then says what it is."""
    driver, instrument = supply(plug, {STATE: [b"1\n", b"0\n", b"1\n", b"0\n"]})
    driver.on()
    driver.off()
    assert instrument.heard == ["OUTPut ON,(@2);:SYSTem:ERRor?", STATE, "OUTPut OFF,(@2);:SYSTem:ERRor?", STATE]
    assert driver.is_on()
    assert not driver.is_on()


def test_an_output_that_does_not_switch(plug: Plug) -> None:
    """An output that says the opposite of what it was told is refused."""
    driver, _ = supply(plug, {STATE: [b"0\n", b"1\n"]})
    with pytest.raises(Refused, match="was told ON and says that it is off"):
        driver.on()
    with pytest.raises(Refused, match="was told OFF and says that it is on"):
        driver.off()


@pytest.mark.parametrize("answer", [b"\n", b"2\n", b"NAN\n", b"0,0\n"])
def test_a_state_that_is_none(plug: Plug, answer: bytes) -> None:
    """Anything but 0 or 1 is never taken for "off"."""
    driver, _ = supply(plug, {STATE: answer})
    with pytest.raises(BadAnswer, match="neither 0 nor 1"):
        driver.off()


def test_a_silent_supply(plug: Plug) -> None:
    """A supply that does not say that it is off is not off."""
    driver, _ = supply(plug, {STATE: None})
    with pytest.raises(NoAnswer):
        driver.off()


def test_a_current(plug: Plug) -> None:
    """The measured current of output 2 comes in amperes."""
    driver, _ = supply(plug, {CURRENT: b"+1.23400000E-02\n"})
    assert driver.current_a() == 0.01234


@pytest.mark.parametrize(("answer", "error"), [(b"NAN\n", BadAnswer), (b"\n", BadAnswer), (b"+9.9E+37\n", Overload)])
def test_a_current_that_is_none(plug: Plug, answer: bytes, error: type[Exception]) -> None:
    """NaN, nothing and overload are no current."""
    driver, _ = supply(plug, {CURRENT: answer})
    with pytest.raises(error):
        driver.current_a()
