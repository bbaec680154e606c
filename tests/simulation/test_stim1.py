"""The unit's protocol against the vectors of its document."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from harness.simulation.unit.frame import LineAssembler, crc16, parse_request, reply_line
from tests.simulation.client import ROOT, Simulation, crc

if TYPE_CHECKING:
    from pathlib import Path

CLINICAL = ROOT / "fixtures/units/pantheon-clinical.toml"
# docs/stimulator-protocol.md, test vectors
REQUESTS = [
    b"0001 HELLO*7242",
    b"0002 IDN?*EAA0",
    b"0003 CAPS?*6F77",
    b"00A4 SET 1 MODE=steady LEVEL=10 POLARITY=bipolar*9744",
    b"FFFF ON 1*64FE",
    b"0000 STATE? 1*3F1D",
    b"1A2B KEEP*48C8",
    b"0014 ON 1*F693",
    b"0012 STATE? 1*39DE",
    b"0016 STATE? 1*94EB",
    b"0010 SET 1 MODE=square LEVEL=9 POLARITY=bipolar FREQUENCY_MHZ=500*60CB",
    b"0011 SET 1 FREQUENCY_MHZ=1500000*C036",
    b"0013 ON 2*0EB1",
    b"0017 DISPLAY? 1*7D31",
    b"0018 POWER?*D62D",
    b"0019 MOTOR ON*1D3F",
    b"001A ON 1*F00E",
]
REPLIES = [
    ("0001", "OK stim1", b"0001 OK stim1*79B2\n"),
    ("0000", "OK STATE=OFF TRIP=watchdog", b"0000 OK STATE=OFF TRIP=watchdog*DB37\n"),
    ("00A5", "ERR 4 value not allowed: LEVEL=11", b"00A5 ERR 4 value not allowed: LEVEL=11*D4CB\n"),
    ("0014", "OK STATE=ARMED", b"0014 OK STATE=ARMED*FFF1\n"),
    (
        "0012",
        "OK STATE=RUN TRIP=none POLARITY=bipolar",
        b"0012 OK STATE=RUN TRIP=none POLARITY=bipolar*950D\n",
    ),
    (
        "0016",
        "OK STATE=OFF TRIP=overload POLARITY=positive",
        b"0016 OK STATE=OFF TRIP=overload POLARITY=positive*BB3E\n",
    ),
    (
        "0011",
        "OK MODE=square LEVEL=9 POLARITY=bipolar FREQUENCY_MHZ=1500000",
        b"0011 OK MODE=square LEVEL=9 POLARITY=bipolar FREQUENCY_MHZ=1500000*6DA4\n",
    ),
    (
        "0017",
        "OK INTENSITY=600 UNIT=uA POLARITY=bipolar RUN_S=65",
        b"0017 OK INTENSITY=600 UNIT=uA POLARITY=bipolar RUN_S=65*3705\n",
    ),
    ("0018", "OK BATTERY=good CHARGING=no", b"0018 OK BATTERY=good CHARGING=no*92B9\n"),
    ("0019", "OK MOTOR=ON", b"0019 OK MOTOR=ON*5858\n"),
    (
        "001A",
        "ERR 6 not in this state: ON 1 while the battery is charged",
        b"001A ERR 6 not in this state: ON 1 while the battery is charged*8F35\n",
    ),
    ("0015", "ERR 3 unknown key: FREQUENCY_MHZ", b"0015 ERR 3 unknown key: FREQUENCY_MHZ*A43B\n"),
]


def test_the_check_value_is_the_published_one() -> None:
    """CRC-16/CCITT-FALSE of 123456789 is 29B1."""
    assert crc16(b"123456789") == 0x29B1


@pytest.mark.parametrize("line", REQUESTS)
def test_the_documented_requests_are_frames(line: bytes) -> None:
    """Every request of the document's table is understood, with and without a CR."""
    request = parse_request(line)
    assert request is not None
    assert request.tag.encode() == line[:4]
    assert parse_request(line + b"\r") == request


@pytest.mark.parametrize(("tag", "text", "line"), REPLIES)
def test_the_documented_replies_come_out(tag: str, text: str, line: bytes) -> None:
    """Every reply of the document's table is written as it stands there."""
    assert reply_line(tag, text) == line


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"0001 HELLO",
        b"0001 HELLO*7243",
        b"0001 HELLO*7242 ",
        b"0001 hELLO*7242",
        b"000a HELLO*" + crc(b"000a HELLO"),
        b"0001*" + crc(b"0001"),
        b"0001 \x07*" + crc(b"0001 \x07"),
        b"0001 " + b"X" * 130 + b"*" + crc(b"0001 " + b"X" * 130),
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_frame_is_no_request(line: bytes) -> None:
    """A wrong check, a wrong tag, a control character or an overlong line is nothing."""
    assert parse_request(line) is None


def test_an_overlong_line_is_dropped_whole() -> None:
    """What follows the LF of an overlong line is read again."""
    lines = LineAssembler()
    assert lines.feed(b"Y" * 500) == []
    assert lines.feed(b"0001 HELLO*7242\n0002 IDN?*EAA0\n") == [b"0002 IDN?*EAA0"]


def test_the_documented_conversation(simulation: Simulation) -> None:
    """The unit answers the vectors of the document byte for byte."""
    line = simulation.stimulator
    for request, reply in [
        (b"0001 HELLO*7242\n", b"0001 OK stim1*79B2\n"),
        (b"0002 IDN?*EAA0\n", b"0002 OK FOREO,BEAR 2,SIM-BEAR2-0001,1.0.0*D4F9\n"),
        (b"0003 CAPS?*6F77\r\n", b"0003 OK CHANNELS=1 WATCHDOG_MS=3000*9C2B\n"),
        (
            b"00A4 SET 1 MODE=steady LEVEL=10 POLARITY=bipolar*9744\n",
            b"00A4 OK MODE=steady LEVEL=10 POLARITY=bipolar*65D4\n",
        ),
        (b"0014 ON 1*F693\n", b"0014 OK STATE=ARMED*FFF1\n"),
        (b"1A2B KEEP*48C8\n", b"1A2B OK*9690\n"),
    ]:
        line.send(request)
        assert line.receive() == reply


def test_the_documented_conversation_with_two_channels() -> None:
    """The clinical unit answers the vectors that have a frequency and a second channel."""
    with Simulation(unit=CLINICAL) as simulation:
        line = simulation.stimulator
        for request, reply in [
            (
                b"0010 SET 1 MODE=square LEVEL=9 POLARITY=bipolar FREQUENCY_MHZ=500*60CB\n",
                b"0010 OK MODE=square LEVEL=9 POLARITY=bipolar FREQUENCY_MHZ=500*5D76\n",
            ),
            (
                b"0011 SET 1 FREQUENCY_MHZ=1500000*C036\n",
                b"0011 OK MODE=square LEVEL=9 POLARITY=bipolar FREQUENCY_MHZ=1500000*6DA4\n",
            ),
            (b"0013 ON 2*0EB1\n", b"0013 ERR 6 not in this state: ON 2 while channel 1 is OFF*B26E\n"),
            (b"FFFF ON 1*64FE\n", b"FFFF OK STATE=RUN*B086\n"),
            (b"0012 STATE? 1*39DE\n", b"0012 OK STATE=RUN TRIP=none POLARITY=bipolar*950D\n"),
        ]:
            line.send(request)
            assert line.receive() == reply


def test_the_unit_starts_with_its_first_mode_and_no_level(simulation: Simulation) -> None:
    """After power-on: first mode, level 0, positive, OFF, no trip."""
    assert simulation.stimulator.query("GET 1") == "OK MODE=steady LEVEL=0 POLARITY=positive"
    assert simulation.stimulator.query("STATE? 1") == "OK STATE=OFF TRIP=none POLARITY=positive"


@pytest.mark.parametrize(
    ("request_text", "number"),
    [
        ("DANCE", 1),
        ("hello", 1),
        ("HELLO 1", 2),
        ("GET", 2),
        ("GET 1 2", 2),
        ("GET x", 2),
        ("SET 1", 2),
        ("SET 1 LEVEL", 2),
        ("SET 1 LEVEL=1 LEVEL=2", 2),
        ("SET 1 COLOUR=red", 3),
        ("SET 1 level=1", 3),
        ("SET 1 LEVEL=11", 4),
        ("SET 1 LEVEL=-1", 4),
        ("SET 1 LEVEL=1.5", 4),
        ("SET 1 POLARITY=both", 4),
        ("SET 1 MODE=pulse", 4),
        ("SET 1 FREQUENCY_MHZ=500", 3),
        ("GET 2", 5),
        ("ON 0", 5),
        ("OFF 2", 5),
    ],
)
def test_each_wrong_request_has_its_number(shared: Simulation, request_text: str, number: int) -> None:
    """The error's number says what was wrong."""
    assert shared.stimulator.query(request_text).startswith(f"ERR {number} ")


def test_a_refused_set_applies_nothing(simulation: Simulation) -> None:
    """One bad value keeps the good ones of the same SET out."""
    assert simulation.stimulator.query("SET 1 POLARITY=negative LEVEL=99").startswith("ERR 4 ")
    assert simulation.stimulator.query("GET 1") == "OK MODE=steady LEVEL=0 POLARITY=positive"


def test_the_mode_changes_only_when_off(exact_unit: Path) -> None:
    """MODE while running is error 6, level and polarity are not."""
    with Simulation(unit=exact_unit) as simulation:
        simulation.run(1)
        assert simulation.stimulator.query("SET 1 MODE=other").startswith("ERR 6 ")
        assert simulation.stimulator.query("SET 1 LEVEL=2 POLARITY=negative").startswith("OK MODE=steady LEVEL=2")
        assert simulation.stimulator.query("OFF *") == "OK STATE=OFF"
        assert simulation.stimulator.query("SET 1 MODE=other").startswith("OK MODE=other")


def test_a_wrong_check_is_not_answered_and_changes_nothing(simulation: Simulation) -> None:
    """A damaged frame gets silence, and the next good one gets its own answer."""
    simulation.stimulator.send(b"0009 SET 1 LEVEL=5*0000\n")
    assert simulation.stimulator.receive(0.15) == b""
    assert simulation.stimulator.query("GET 1") == "OK MODE=steady LEVEL=0 POLARITY=positive"


def test_the_port_may_be_closed_and_opened_again(simulation: Simulation) -> None:
    """A client that reopens the port finds the unit as it was left."""
    simulation.stimulator.query("SET 1 LEVEL=3")
    again = simulation.open_stimulator()
    assert again.query("GET 1") == "OK MODE=steady LEVEL=3 POLARITY=positive"


def test_a_client_that_never_reads_does_not_stop_the_unit(simulation: Simulation) -> None:
    """Answers nobody fetches are lost, as on a serial line; the unit goes on answering."""
    body = b"0001 IDN?"
    for _ in range(40):
        simulation.stimulator.send((body + b"*" + crc(body) + b"\n") * 20)
    deadline = time.monotonic() + 10.0
    while simulation.control("state")["messages"]["stimulator"] < 800:
        assert time.monotonic() < deadline
    assert simulation.open_stimulator().query("HELLO") == "OK stim1"


def test_the_watchdog_trips_in_bench_time_and_latches(exact_unit: Path) -> None:
    """Three seconds without a frame end the output, ON is refused, OFF clears the trip."""
    with Simulation(unit=exact_unit) as simulation:
        simulation.run(2)
        simulation.control("advance", seconds=2.99)
        assert simulation.control("state")["output"][0]["state"] == "RUN"
        assert simulation.control("state")["watchdog_in_s"] == pytest.approx(0.01, abs=0.005)
        simulation.control("advance", seconds=0.02)
        state = simulation.control("state")
        assert state["output"][0]["state"] == "OFF"
        assert state["output"][0]["trip"] == "watchdog"
        assert abs(state["output"][0]["current_a"]) <= 2e-7  # the mains pickup is left
        assert state["watchdog_in_s"] is None
        assert simulation.stimulator.query("ON 1").startswith("ERR 7 ")
        assert simulation.stimulator.query("OFF 1") == "OK STATE=OFF"
        assert simulation.stimulator.query("ON 1") == "OK STATE=RUN"


def test_every_valid_frame_feeds_the_watchdog(simulation: Simulation) -> None:
    """KEEP, a query and even a refused request keep the output running; a damaged frame does not."""
    simulation.run(1)
    for text in ("KEEP", "STATE? 1", "DANCE"):
        simulation.control("advance", seconds=2.0)
        simulation.stimulator.query(text)
    simulation.control("advance", seconds=2.0)
    simulation.stimulator.send(b"0001 KEEP*0000\n")
    assert simulation.stimulator.receive(0.1) == b""
    simulation.control("advance", seconds=1.5)
    assert simulation.stimulator.query("STATE? 1") == "OK STATE=OFF TRIP=watchdog POLARITY=positive"


def test_frames_take_the_time_of_their_characters(simulation: Simulation) -> None:
    """10 bits a character at 115200 baud, both ways, and half a millisecond between."""
    before = simulation.now()
    simulation.stimulator.query("KEEP")
    characters = len("0001 KEEP*0000\n") + len("0001 OK*0000\n")
    assert simulation.now() - before == pytest.approx(characters * 10 / 115200 + 0.5e-3, abs=2e-9)
