"""Each kind of fault, on the wire."""

from __future__ import annotations

import select
import time
from typing import TYPE_CHECKING

import pytest

from tests.simulation.client import Simulation

if TYPE_CHECKING:
    from pathlib import Path


def test_a_fault_begins_after_and_lasts_for_its_count(simulation: Simulation) -> None:
    """After 2 and for 1: the third answer is missing, the fourth is there, and the list is empty."""
    simulation.control("fault", target="multimeter", kind="silent", after=2, count=1)
    meter = simulation.multimeter
    assert meter.query("*OPC?") == "1"
    meter.write("*CLS")  # has nothing to answer and does not count
    assert meter.query("*OPC?") == "1"
    meter.write("TRIG:COUN 4;COUN?")
    assert meter.hears_nothing()
    assert meter.query("TRIG:COUN?") == "+4.00000000E+00"
    assert simulation.control("fault", clear=True) == {"faults": []}


def test_a_dead_instrument_executes_nothing(simulation: Simulation) -> None:
    """The message is not executed and not counted."""
    simulation.control("fault", target="switch", kind="dead")
    simulation.switch.write("ROUT:CLOS (@101);CLOS? (@101)")
    assert simulation.switch.hears_nothing()
    assert simulation.control("state")["relays"] == []
    assert simulation.control("state")["messages"]["switch"] == 0


def test_count_zero_lasts_until_cleared(simulation: Simulation) -> None:
    """A fault without an end stays; clearing it brings the answers back."""
    simulation.control("fault", target="oscilloscope", kind="dead", count=0)
    for _ in range(3):
        simulation.oscilloscope.write("*OPC?")
    assert simulation.oscilloscope.hears_nothing()
    simulation.control("fault", clear=True)
    assert simulation.oscilloscope.query("*IDN?").startswith("KEYSIGHT")


def test_a_closed_connection_can_be_opened_again(simulation: Simulation) -> None:
    """Instead of the answer comes the end of the connection; a new one works."""
    simulation.control("fault", target="multimeter", kind="close")
    assert simulation.multimeter.query("*IDN?") == ""
    again = simulation.connect(simulation.ready["instruments"]["multimeter"])
    assert again.query("*OPC?") == "1"


def test_a_late_answer_comes_on_the_same_connection(simulation: Simulation) -> None:
    """It comes after its seconds of wall time, behind whatever was answered meanwhile."""
    simulation.control("fault", target="multimeter", kind="late", seconds=0.3)
    asked = time.monotonic()
    simulation.multimeter.write("*IDN?")
    assert simulation.multimeter.hears_nothing(0.1)
    assert simulation.multimeter.read().startswith("Keysight")
    assert time.monotonic() - asked >= 0.3


def test_garbage_is_always_the_same(simulation: Simulation) -> None:
    """Fixed bytes that are no answer."""
    simulation.control("fault", target="multimeter", kind="garbage", count=2)
    first = simulation.multimeter.query("*IDN?")
    assert first == simulation.multimeter.query("*IDN?")
    assert not first.isprintable()
    assert simulation.multimeter.query("*OPC?") == "1"


def test_a_reading_may_be_no_number(simulation: Simulation) -> None:
    """`nan` waits for a message that asks for readings."""
    simulation.control("fault", target="multimeter", kind="nan")
    assert simulation.multimeter.query("*OPC?") == "1"
    assert simulation.multimeter.query("SAMP:COUN 2;:READ?") == "NAN,NAN"
    assert "NAN" not in simulation.multimeter.query("READ?")


def test_a_reading_may_be_an_overload(simulation: Simulation) -> None:
    """`overload` answers 9.9E37 with the status bits of one."""
    simulation.multimeter.write("*CLS")
    simulation.control("fault", target="multimeter", kind="overload")
    assert simulation.multimeter.query("READ?") == "+9.90000000E+37"
    assert simulation.multimeter.query("*ESR?;:STAT:QUES?;:SYST:ERR?") == '+8;+1;+0,"No error"'


def test_an_error_stands_behind_a_right_answer(simulation: Simulation) -> None:
    """The answer is right and -310 is in the queue."""
    simulation.control("fault", target="switch", kind="error")
    assert simulation.switch.query("ROUT:CLOS? (@101)") == "0"
    assert simulation.switch.query("SYST:ERR?") == '-310,"System error"'


def test_the_stimulator_may_be_silent_or_dead(simulation: Simulation) -> None:
    """Silent executes, dead does not; neither answers."""
    line = simulation.stimulator
    simulation.control("fault", target="stimulator", kind="silent")
    line.send(b"00A4 SET 1 MODE=steady LEVEL=10 POLARITY=bipolar*9744\n")
    assert line.receive(0.15) == b""
    assert line.query("GET 1") == "OK MODE=steady LEVEL=10 POLARITY=bipolar"
    simulation.control("fault", target="stimulator", kind="dead")
    line.send(b"FFFF ON 1*64FE\n")
    assert line.receive(0.15) == b""
    assert line.query("STATE? 1") == "OK STATE=OFF TRIP=none POLARITY=bipolar"


def test_the_stimulator_may_be_late_or_garbled(simulation: Simulation) -> None:
    """A late reply carries the old tag; garbage is no frame."""
    line = simulation.stimulator
    simulation.control("fault", target="stimulator", kind="garbage")
    line.send(b"0001 HELLO*7242\n")
    assert b"0001 OK" not in line.receive()
    simulation.control("fault", target="stimulator", kind="late", seconds=0.2)
    line.send(b"0001 HELLO*7242\n")
    assert line.receive(0.05) == b""
    assert line.receive() == b"0001 OK stim1*79B2\n"


def test_a_wrong_resistor_is_wrong_at_once(exact_unit: Path) -> None:
    """The factor changes the true resistance, the voltage on it, and nothing that was before."""
    with Simulation(unit=exact_unit) as simulation:
        simulation.run(2)
        start = simulation.now()
        simulation.advance(1.0)
        simulation.control("fault", target="RM100", kind="resistance", factor=0.9)
        simulation.advance(1.0)
        before = simulation.truth("meter-voltage", start, start + 1.0)
        now = simulation.now()
        assert simulation.truth("meter-voltage", now - 1.0, now) / before == pytest.approx(0.9, rel=1e-4)
        assert simulation.control("state")["errors"]["resistors"]["RM100"] == pytest.approx(90.0, rel=1e-3)
        simulation.control("fault", clear=True)
        assert simulation.control("state")["errors"]["resistors"]["RM100"] == pytest.approx(100.0, rel=1e-3)


@pytest.mark.parametrize("by", ["off", "watchdog"])
def test_an_output_may_stay_live(exact_unit: Path, by: str) -> None:
    """OFF and watchdog answer as they should while the current flows on; clearing the fault stops it."""
    with Simulation(unit=exact_unit) as simulation:
        simulation.run(2)
        simulation.control("fault", target="stimulator", kind="stays-live")
        if by == "off":
            assert simulation.stimulator.query("OFF *") == "OK STATE=OFF"
        simulation.control("advance", seconds=4.0)
        output = simulation.control("state")["output"][0]
        assert output["state"] == "OFF"
        assert output["trip"] == ("watchdog" if by == "watchdog" else "none")
        assert output["current_a"] == pytest.approx(1e-3, rel=1e-3)
        simulation.control("fault", clear=True)
        assert abs(simulation.control("state")["output"][0]["current_a"]) < 1e-6


def test_faults_that_are_on_are_listed(simulation: Simulation) -> None:
    """The answer holds what is on now."""
    simulation.control("fault", target="switch", kind="dead", after=3)
    listed = simulation.control("fault", target="RS1k", kind="resistance", factor=1.1)["faults"]
    assert [(f["target"], f["kind"]) for f in listed] == [("switch", "dead"), ("RS1k", "resistance")]


def test_a_stale_line_is_readable_after_reopening(simulation: Simulation) -> None:
    """Opening the port drops what lies there: nothing old is read."""
    simulation.stimulator.send(b"0001 HELLO*7242\n")
    deadline = time.monotonic() + 5.0
    while simulation.control("state")["messages"]["stimulator"] < 1:
        assert time.monotonic() < deadline
    fresh = simulation.open_stimulator()
    assert fresh.query("KEEP") == "OK"
    assert not select.select([], [], [], 0)[0]
