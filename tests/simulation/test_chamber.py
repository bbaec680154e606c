"""The emulated temperature chamber and the unit in it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from tests.simulation.desk import Desk, steady_unit

ROOM = "TEMP:ROOM?"


def warm_unit() -> Desk:
    """A unit that delivers 0.2 % more for each kelvin above 23 °C, into 10 kΩ."""
    unit = steady_unit()
    return Desk(replace(unit, electronics=replace(unit.electronics, temperature_coefficient_per_k=2e-3)))


def hidden(table: Desk) -> dict[str, float]:
    """Errors and true temperatures of the chamber, with that of the room."""
    found = table.control("state")["errors"]
    return {**found["chamber"], "room_c": found["circuit"]["temperature_c"]}


def test_air_and_unit_follow() -> None:
    """The air has gone 1 - 1/e of its way after its time constant; the unit lags behind it, and both arrive."""
    table = Desk(steady_unit())
    room = hidden(table)["room_c"]
    assert float(table.query("chamber", ROOM)) == pytest.approx(room, abs=0.31)
    table.query("chamber", "TEMP:SETP 40;:OUTP ON;*OPC?")
    table.wait(60.0)
    found = hidden(table)
    target = 40.0 - found["sensor_k"]
    assert found["air_c"] == pytest.approx(room + (target - room) * -math.expm1(-1.0), abs=0.1)
    assert room < found["unit_c"] < found["air_c"]
    table.wait(900.0)
    assert hidden(table)["unit_c"] == pytest.approx(target, abs=0.1)
    assert float(table.query("chamber", "TEMP:ACT?")) == pytest.approx(40.0, abs=0.1)
    table.query("chamber", "OUTP OFF;*OPC?")
    table.wait(1200.0)
    assert hidden(table)["unit_c"] == pytest.approx(room, abs=0.1)


def test_the_output_follows_the_unit_and_begin_ends_it() -> None:
    """A unit with a temperature coefficient delivers by it more as it is warmer; `begin` brings the room back."""
    table = warm_unit()
    table.run(2, load="10k")
    before = table.truth("current", 0.5)
    table.query("chamber", "TEMP:SETP 40;:OUTP ON;*OPC?")
    table.wait(900.0)
    found = hidden(table)
    gain = (1 + 2e-3 * (found["unit_c"] - 23)) / (1 + 2e-3 * (found["room_c"] - 23))
    assert table.truth("current", 0.5) / before == pytest.approx(gain, abs=1e-4)
    table.control("begin", key="again")
    assert table.truth("current", 0.5) == pytest.approx(before, rel=1e-4)
    assert hidden(table)["air_c"] == found["room_c"]


def test_no_temperature_beyond_its_range() -> None:
    """A set temperature beyond the range is an error, and the old one stays."""
    table = Desk(steady_unit())
    assert table.query("chamber", "TEMP:SETP 80;:TEMP:SETP?;:SYST:ERR?").endswith('-222,"Data out of range"')
    assert table.query("chamber", "TEMP:SETP?") == "23.00"
