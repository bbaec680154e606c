"""The temperature chamber against a scripted peer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.errors import Refused, TimeLimitExceeded
from harness.instruments import TemperatureChamber
from tests.examples import CountingClock

if TYPE_CHECKING:
    from tests.instruments.scripted import Plug, ScriptedInstrument

SET, ACTUAL, ON = "TEMPerature:SETPoint?", "TEMPerature:ACTual?", "OUTPut?"


def chamber(plug: Plug, answers: dict[str, object]) -> tuple[TemperatureChamber, ScriptedInstrument, CountingClock]:
    """A chamber that answers as it is told."""
    link, instrument = plug(answers, "chamber", 0.2)
    clock = CountingClock()
    return TemperatureChamber(link, clock, 50.0), instrument, clock


def test_a_temperature_is_waited_for(plug: Plug) -> None:
    """The chamber is set and switched on, and asked until its air is within two tenths of a kelvin."""
    driver, instrument, clock = chamber(plug, {SET: b"40.00\n", ACTUAL: [b"23.00\n", b"38.0\n", b"39.9\n", b"39.9\n"]})
    assert driver.reach(40.0) == 39.9
    assert instrument.heard[0] == "TEMPerature:SETPoint 40.00;:OUTPut ON;:SYSTem:ERRor?"
    assert clock.time >= 120.0


def test_a_chamber_that_does_not_get_there(plug: Plug) -> None:
    """After an hour the wait ends, and says for what."""
    driver, _, _ = chamber(plug, {SET: b"40.00\n", ACTUAL: b"30.00\n"})
    with pytest.raises(TimeLimitExceeded, match="the chamber's temperature of 40 °C"):
        driver.reach(40.0)


def test_a_chamber_that_says_something_else(plug: Plug) -> None:
    """A set temperature that is not the one asked for, and an output that stays on, are refused."""
    driver, _, _ = chamber(plug, {SET: b"4.00\n", ON: b"1\n"})
    with pytest.raises(Refused, match="was set to 40 °C, but says 4 °C"):
        driver.reach(40.0)
    with pytest.raises(Refused, match="was told OFF"):
        driver.off()
