"""The switch by the book."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.simulation.client import Simulation


@pytest.fixture
def switch(shared: Simulation) -> Simulation:
    """A switch with all relays open and an empty queue."""
    assert shared.switch.query("*RST;*CLS;*OPC?") == "1"
    return shared


def test_each_slot_holds_an_actuator(switch: Simulation) -> None:
    """SYST:CTYP? names the module of a slot, each with a serial number of its own."""
    cards = [switch.switch.query(f"SYST:CTYP? {slot}00").split(",") for slot in (1, 2, 3)]
    assert {card[1] for card in cards} == {"DAQM903A"}
    assert len({card[2] for card in cards}) == 3
    switch.switch.write("ROUT:CLOS (@220,301)")
    assert switch.switch.query("ROUT:CLOS? (@220,301,320)") == "1,1,0"
    switch.switch.write("SYST:CTYP? 150")
    assert switch.switch.query("SYST:ERR?") == '-222,"Data out of range"'


def test_lists_and_ranges_of_channels(switch: Simulation) -> None:
    """A channel list closes and reports each of its channels."""
    switch.switch.write("ROUT:CLOS (@101,105:107, 112)")
    assert switch.switch.query("ROUTe:CLOSe? (@101:108)") == "1,0,0,0,1,1,1,0"
    assert switch.switch.query("ROUT:OPEN? (@101,102)") == "0,1"
    assert switch.control("state")["relays"] == [101, 105, 106, 107, 112]
    switch.switch.write("ROUT:OPEN (@105:107)")
    assert switch.switch.query("ROUT:CLOS? (@101,105,112)") == "1,0,1"


def test_relays_stay_when_the_client_goes(switch: Simulation) -> None:
    """Relays latch: a closed connection opens none of them."""
    other = switch.connect(switch.ready["instruments"]["switch"])
    other.query("ROUT:CLOS (@103);*OPC?")
    other.close()
    assert switch.switch.query("ROUT:CLOS? (@103)") == "1"


def test_reset_opens_every_relay(switch: Simulation) -> None:
    """*RST opens all channels."""
    switch.switch.query("ROUT:CLOS (@101:120);*OPC?")
    assert switch.switch.query("*RST;ROUT:CLOS? (@101:120)") == ",".join("0" * 20)


def test_a_relay_takes_its_operate_time(switch: Simulation) -> None:
    """A message takes 1 ms, relays that move another 6 ms, relays that stay none."""
    start = switch.now()
    switch.switch.query("ROUT:CLOS (@101);*OPC?")
    moved = switch.now()
    switch.switch.query("ROUT:CLOS (@101);*OPC?")
    assert moved - start == pytest.approx(7e-3, abs=1e-9)
    assert switch.now() - moved == pytest.approx(1e-3, abs=1e-9)


def test_cycles_are_counted(switch: Simulation) -> None:
    """DIAG:REL:CYCL? counts closures of each channel."""
    before = int(switch.switch.query("DIAG:REL:CYCL? (@119)"))
    for _ in range(3):
        switch.switch.write("ROUT:CLOS (@119);OPEN (@119)")
    assert int(switch.switch.query("DIAG:REL:CYCL? (@119)")) == before + 3


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("ROUT:CLOS (@401)", '+111,"Channel list: slot number out of range"'),
        ("ROUT:CLOS (@121)", '+112,"Channel list: channel number out of range"'),
        ("ROUT:CLOS (@100)", '+112,"Channel list: channel number out of range"'),
        ("ROUT:CLOS", '-109,"Missing parameter"'),
        ("ROUT:CLOS 101", '-104,"Data type error"'),
        ("ROUT:CLOS (@)", '-171,"Invalid expression"'),
        ("ROUT:CLOS (@101", '-171,"Invalid expression"'),
        ("ROUT:SCAN (@101)", '-113,"Undefined header"'),
    ],
)
def test_each_mistake_has_its_number(switch: Simulation, command: str, error: str) -> None:
    """A wrong channel list closes nothing and says why."""
    switch.switch.write(command)
    assert switch.switch.query("SYST:ERR?") == error
    assert switch.control("state")["relays"] == []
