"""PyVISA with PyVISA-py over HiSLIP, unmodified, on the wall clock: a client that nobody here wrote."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
import pyvisa

from tests.simulation.client import TIMEOUT_S, Simulation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pyvisa.resources import MessageBasedResource

METER_OHM, SCOPE_OHM = 100.0, 100.0
MAV = 16


class Desk:
    """A simulation on the wall clock whose unit drives 1 mA, and PyVISA sessions to its instruments."""

    def __init__(self, simulation: Simulation, manager: pyvisa.ResourceManager) -> None:
        self.simulation = simulation
        self._manager = manager

    def open(self, role: str) -> MessageBasedResource:
        resource = self.simulation.ready["hislip"][role]
        session = self._manager.open_resource(resource, read_termination="\n", write_termination="\n")
        session.timeout = TIMEOUT_S * 1e3
        return session


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """One simulation for all tests here."""
    unit = tmp_path_factory.mktemp("unit") / "exact.toml"
    unit.write_text(
        """
        device = "exact"
        [identity]
        maker = "M"
        model = "X"
        serial_number = "SIM-1"
        firmware = "1"
        [electronics]
        compliance_v = 24.0
        output_resistance_ohm = 1e7
        [firmware]
        levels_a = [1e-3]
        watchdog_s = 600.0
        [[firmware.modes]]
        name = "steady"
        waveform = "dc"
        alternation_period_s = 1.0
        """,
        encoding="utf-8",
    )
    manager = pyvisa.ResourceManager("@py")
    with Simulation(unit=unit, clock="wall") as simulation:
        simulation.run(1)
        yield Desk(simulation, manager)
    manager.close()


def until(condition: Callable[[], bool]) -> None:
    """Poll until it holds."""
    deadline = time.monotonic() + TIMEOUT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.mark.parametrize("role", ["oscilloscope", "multimeter", "switch"])
def test_every_instrument_answers(desk: Desk, role: str) -> None:
    """Connect, identify, and find no error; the raw socket says the same."""
    session = desk.open(role)
    assert session.query("*IDN?") == desk.simulation.instrument(role).query("*IDN?")
    assert session.query("SYST:ERR?") == '+0,"No error"'
    session.close()


def test_a_reading_agrees_with_the_truth(desk: Desk) -> None:
    """Configure, read back what was set, read: within the 1 V range's accuracy of the true voltage over that time."""
    meter = desk.open("multimeter")
    meter.write("*RST;*CLS;:CONF:VOLT:DC 1;:VOLT:NPLC 1;:VOLT:ZERO:AUTO OFF")
    assert float(meter.query("VOLT:RANG?")) == 1.0
    assert float(meter.query("VOLT:NPLC?")) == 1.0
    before = desk.simulation.now()
    reading = float(meter.query("READ?"))
    after = desk.simulation.now()
    true = desk.simulation.truth("meter-voltage", before, after)
    # 0.0040 % of reading and 0.0007 % of range; resolution and noise at one cycle; pickup that one aperture leaves
    assert reading == pytest.approx(true, abs=4e-5 * abs(true) + 7e-6 + 3e-6 + 3e-5)
    assert abs(true) == pytest.approx(1e-3 * METER_OHM, rel=0.15)
    assert meter.query("SYST:ERR?") == '+0,"No error"'
    meter.close()


def test_a_waveform_agrees_with_the_truth(desk: Desk) -> None:
    """Acquire, read the block: its mean is the true voltage within the accuracy of gain and offset."""
    scope = desk.open("oscilloscope")
    scope.write("*RST;:CHAN1:SCAL 0.05;PROB 1;:TIM:SCAL 0.002;:TRIG:SWE AUTO;:WAV:FORM BYTE;:WAV:POIN:MODE RAW")
    assert float(scope.query(":CHAN1:SCAL?")) == 0.05
    before = desk.simulation.now()
    scope.write(":DIG CHAN1")
    assert scope.query("*OPC?") == "1"
    after = desk.simulation.now()
    scope.write(":WAV:POIN 100000")
    fields = [float(field) for field in scope.query(":WAV:PRE?").split(",")]
    count, increment, origin, reference = int(fields[2]), fields[7], fields[8], fields[9]
    codes = scope.query_binary_values(":WAV:DATA?", datatype="B", container=bytes)
    assert len(codes) == count == 100_000
    mean = (sum(codes) / count - reference) * increment + origin
    true = desk.simulation.truth("scope-voltage", before, after)
    # 3 % of full scale (8 divisions), 0.1 division + 2 mV of offset
    assert mean == pytest.approx(true, abs=0.03 * 8 * 0.05 + 0.1 * 0.05 + 2e-3)
    assert abs(true) == pytest.approx(1e-3 * SCOPE_OHM, rel=0.15)
    assert scope.query("SYST:ERR?") == '+0,"No error"'
    scope.close()


def test_the_status_byte_says_that_an_answer_waits(desk: Desk) -> None:
    """`read_stb`: MAV between query and answer, nothing afterwards."""
    meter = desk.open("multimeter")
    meter.write("*CLS")
    assert meter.read_stb() == 0
    meter.write("*IDN?")
    until(lambda: meter.read_stb() == MAV)
    assert meter.read().startswith("Keysight Technologies,34465A")
    assert meter.read_stb() == 0
    meter.close()


def test_a_device_clear_brings_back_an_instrument_that_waits(desk: Desk) -> None:
    """`clear` ends a READ? without a trigger and a DIGitize without an edge; then both answer."""
    meter, scope = desk.open("multimeter"), desk.open("oscilloscope")
    meter.write("*RST;*CLS;:TRIG:SOUR EXT;:READ?")
    until(lambda: desk.simulation.multimeter.query("STAT:OPER:COND?") == "+32")
    scope.write("*RST;:TRIG:SWE NORM;:DIG CHAN2")
    for session in (meter, scope):
        session.clear()
        assert session.query("SYST:ERR?") == '+0,"No error"'
    assert desk.simulation.multimeter.query("STAT:OPER:COND?") == "+0"
    assert scope.query(":OPER:COND?") == "+0"
    meter.close()
    scope.close()


def test_an_answer_that_nobody_read_is_an_error(desk: Desk) -> None:
    """A query over an unread answer is -410, and its own answer is right."""
    meter = desk.open("multimeter")
    meter.write("*CLS")
    meter.write("*IDN?")
    until(lambda: meter.read_stb() == MAV)
    assert meter.query("*OPC?") == "1"
    assert meter.query("SYST:ERR?") == '-410,"Query INTERRUPTED"'
    meter.close()


def test_eight_clients_at_once_have_their_own_answers(desk: Desk) -> None:
    """Answers go to who asked, while the raw sockets are served too."""
    sessions = [desk.open("switch") for _ in range(8)]
    for session in sessions:
        session.write("*OPC?;*IDN?;:ROUT:CLOS? (@101)")
    answers = {session.read() for session in sessions}
    assert len(answers) == 1
    assert desk.simulation.switch.query("*OPC?") == "1"
    for session in sessions:
        session.close()
