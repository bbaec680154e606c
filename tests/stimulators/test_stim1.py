"""Protocol `stim1`: the document's own vectors, and a unit on a real pty that answers wrongly."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import BadAnswer, BenchFault, ConnectionFault, EnvelopeExceeded, NoAnswer, Refused, RequestError
from harness.setpoint import Envelope, Polarity, Setpoint
from harness.stimulators import Capabilities, SerialLine, UnitIdentity, UnitState, driver_for
from harness.stimulators.stim1 import Stim1, frame, unframe
from tests.examples import checkout
from tests.stimulators.peer import Peer, crc, framed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.stimulators.peer import Plug

ENVELOPE = Envelope(1e-3, frozenset({1}), frozenset({"steady"}), frozenset(Polarity), 10)
SETPOINT = Setpoint(1, "steady", 10, 680e-6, Polarity.POSITIVE)
CLINICAL = Envelope(
    ceiling_a=1e-3,
    channels=frozenset({1, 2}),
    modes=frozenset({"square", "lifting"}),
    polarities=frozenset(Polarity),
    levels=9,
    frequencies_hz={"square": frozenset({0.5, 1.0, 7.83, 1500.0})},
)
DOCUMENT = (checkout() / "docs" / "stimulator-protocol.md").read_text(encoding="utf-8")
VECTORS = re.findall(r"^\| [^|]+ \| `([0-9A-F]{4} [^`]+\*[0-9A-F]{4})` \|$", DOCUMENT, flags=re.MULTILINE)
TIMEOUT_S = 0.15


@pytest.fixture
def plug() -> Iterator[Callable[..., tuple[Stim1, Peer]]]:
    """Makes units that answer as told, each with a driver on its pty."""
    made: list[tuple[SerialLine, Peer]] = []

    def make(timeout_s: float = 2.0, envelope: Envelope = ENVELOPE, **answers: object) -> tuple[Stim1, Peer]:
        peer = Peer(**answers)
        line = SerialLine(peer.port, 115200, timeout_s)
        made.append((line, peer))
        return Stim1(line, envelope), peer

    yield make
    for line, peer in made:
        line.close()
        peer.unplug()


# Frames


def test_the_document_has_its_vectors() -> None:
    """Every row of the document's vectors but the CRC's own is read, and they show every kind of exchange."""
    rows = DOCUMENT.partition("## Test vectors")[2].partition("\n## ")[0].count("\n| ")
    assert len(VECTORS) == rows - 2
    words = {word for line in VECTORS for word in line.partition("*")[0].split()[1:]}
    assert words >= {"HELLO", "IDN?", "CAPS?", "SET", "ON", "STATE?", "KEEP", "OK", "ERR", "FREQUENCY_MHZ=500"}
    assert crc(b"123456789") == 0x29B1


@pytest.mark.parametrize("line", VECTORS)
def test_vectors_of_the_document(line: str) -> None:
    """Requests are framed, and replies taken apart, exactly as the document's lines."""
    text = line.partition("*")[0]
    tag, body = int(text[:4], 16), text[5:]
    if body.split()[0] in {"OK", "ERR"}:
        assert unframe(line) == (tag, body.split()[0], body.partition(" ")[2])
    else:
        assert frame(tag, body) == line


@settings(deadline=None)
@given(st.integers(0, 0xFFFF), st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=100))
def test_frames_carry_the_documents_crc(tag: int, body: str) -> None:
    """Tag and CRC are four upper-case digits each, computed as the document says."""
    line = frame(tag, body)
    assert line + "\n" == framed(f"{tag:04X} {body}").decode()


@pytest.mark.parametrize("vector", [line for line in VECTORS if " OK" in line or " ERR" in line])
def test_a_reply_with_a_changed_character_is_no_reply(vector: str) -> None:
    """Another character at any place of a reply makes it no reply: CRC-16 finds every burst of 16 bits."""
    for position, character in enumerate(vector):
        for bit in (1, 2, 4, 8, 16, 32, 64):
            changed = vector[:position] + chr(ord(character) ^ bit) + vector[position + 1 :]
            with pytest.raises(BadAnswer):
                unframe(changed)


@pytest.mark.parametrize(
    "line", ["", "*", "OK", "OK*0000", "0001 OK", "0001 YES*1234", "001 OK*1234", "0001 ok*79B2", "+1.0E0"]
)
def test_what_is_no_reply(line: str) -> None:
    """A line without tag, word and CRC is no reply, whatever it says."""
    with pytest.raises(BadAnswer, match="is no reply of protocol stim1"):
        unframe(line)


def test_a_crc_in_lower_case_is_wrong() -> None:
    """The document asks for upper-case digits."""
    with pytest.raises(BadAnswer, match="wrong CRC"):
        unframe("0000 OK STATE=OFF TRIP=watchdog*db37")


# A unit that answers rightly


def test_a_unit_is_greeted_once_and_then_asked(plug: Plug) -> None:
    """HELLO comes first after opening, then each question once, each under a tag of its own."""
    driver, peer = plug()
    assert driver.identity() == UnitIdentity("FOREO", "BEAR 2", "SIM-BEAR2-0001", "1.0.0")
    assert driver.capabilities() == Capabilities(1, 3.0)
    driver.apply(SETPOINT)
    driver.start(1)
    driver.keep_alive()
    driver.stop()
    assert peer.verbs == ["HELLO", "IDN?", "CAPS?", "SET", "ON", "KEEP", "OFF"]
    assert len({line[:4] for line in peer.heard}) == len(peer.heard)
    assert peer.heard[3][5:].startswith("SET 1 MODE=steady LEVEL=10 POLARITY=positive*")
    assert peer.heard[6][5:].startswith("OFF **")


@pytest.mark.parametrize(("frequency_hz", "said"), [(0.5, "500"), (1.0, "1000"), (7.83, "7830"), (1500.0, "1500000")])
def test_a_frequency_is_set_in_thousandths_of_a_hertz(plug: Plug, frequency_hz: float, said: str) -> None:
    """Of a mode whose frequency is settable it goes out with the other settings, whole, and is read back."""
    asked = f"MODE=square LEVEL=9 POLARITY=bipolar FREQUENCY_MHZ={said}"
    driver, peer = plug(envelope=CLINICAL, SET=f"OK {asked}")
    driver.apply(Setpoint(2, "square", 9, 600e-6, Polarity.BIPOLAR, frequency_hz))
    assert peer.heard[-1][5:].startswith(f"SET 2 {asked}*")


def test_the_frequency_of_another_mode_is_its_own(plug: Plug) -> None:
    """Where a mode's frequency is not settable none is sent, whatever the setpoint knows of it."""
    asked = "MODE=lifting LEVEL=9 POLARITY=bipolar"
    driver, peer = plug(envelope=CLINICAL, SET=f"OK {asked} FREQUENCY_MHZ=0")
    driver.apply(Setpoint(1, "lifting", 9, 600e-6, Polarity.BIPOLAR, 10.0))
    assert peer.heard[-1][5:].startswith(f"SET 1 {asked}*")


@pytest.mark.parametrize("frequency_hz", [None, 2.0, 1500.001])
def test_a_frequency_outside_the_envelope_is_not_sent(plug: Plug, frequency_hz: float | None) -> None:
    """A frequency that the profile does not offer, or none, is refused before anything is sent."""
    driver, peer = plug(envelope=CLINICAL)
    with pytest.raises(EnvelopeExceeded, match="frequency_hz"):
        driver.apply(Setpoint(1, "square", 9, 600e-6, Polarity.BIPOLAR, frequency_hz))
    assert peer.heard == []


@pytest.mark.parametrize("frequency_hz", [1 / 3, 0.0004, 7.8305])
def test_a_frequency_that_the_protocol_cannot_say(plug: Plug, frequency_hz: float) -> None:
    """A frequency between two thousandths of a hertz is refused, never rounded."""
    envelope = replace(CLINICAL, frequencies_hz={"square": frozenset({frequency_hz})})
    driver, peer = plug(envelope=envelope)
    with pytest.raises(EnvelopeExceeded, match="allowed: whole thousandths of a hertz"):
        driver.apply(Setpoint(1, "square", 9, 600e-6, Polarity.BIPOLAR, frequency_hz))
    assert peer.heard == []


@pytest.mark.parametrize("said", ["FREQUENCY_MHZ=499", "FREQUENCY_MHZ=0", "", "FREQUENCY_MHZ=500.0"])
def test_a_unit_at_another_frequency(plug: Plug, said: str) -> None:
    """A unit that says another frequency than was set, or none, is refused."""
    driver, _ = plug(envelope=CLINICAL, SET=f"OK MODE=square LEVEL=9 POLARITY=bipolar {said}".strip())
    with pytest.raises(Refused, match=r"was set to .* but says"):
        driver.apply(Setpoint(1, "square", 9, 600e-6, Polarity.BIPOLAR, 0.5))


@pytest.mark.parametrize("state", ["OFF", "ARMED", "RUN"])
@pytest.mark.parametrize("trip", ["none", "overload", "watchdog"])
@pytest.mark.parametrize("polarity", ["positive", "negative", "bipolar", None])
def test_a_state(plug: Plug, state: str, trip: str, polarity: str | None) -> None:
    """State, trip and indicator are read as the unit says them; the indicator may be missing."""
    shown = "" if polarity is None else f" POLARITY={polarity}"
    driver, peer = plug(**{"STATE?": f"OK STATE={state} TRIP={trip}{shown}"})
    assert driver.state(2) == UnitState(state, trip, polarity)
    assert peer.heard[-1][5:].startswith("STATE? 2*")


@pytest.mark.parametrize(
    "said",
    [
        "STATE=ON TRIP=none",
        "STATE=off TRIP=none",
        "STATE=RUN",
        "TRIP=none",
        "STATE=RUN TRIP=",
        "STATE=RUN TRIP=burnt",
        "STATE=RUN TRIP=none POLARITY=",
        "STATE=RUN TRIP=none POLARITY=up",
    ],
)
def test_what_is_no_state(plug: Plug, said: str) -> None:
    """A state, trip or indicator that the protocol does not know is no answer."""
    driver, _ = plug(**{"STATE?": f"OK {said}"})
    with pytest.raises(BadAnswer, match="which is no state of protocol stim1"):
        driver.state(1)


def test_a_unit_without_a_watchdog_says_so(plug: Plug) -> None:
    """WATCHDOG_MS=0 is no watchdog, not one of zero seconds."""
    driver, _ = plug(**{"CAPS?": "OK CHANNELS=2 WATCHDOG_MS=0"})
    assert driver.capabilities() == Capabilities(2, None)


def test_a_carriage_return_is_ignored(plug: Plug) -> None:
    """A CR before the LF is not part of a reply."""
    driver, _ = plug(**{"IDN?": lambda tag: framed(f"{tag} OK A,B,C,D").replace(b"\n", b"\r\n")})
    assert driver.identity() == UnitIdentity("A", "B", "C", "D")


def test_what_is_outside_the_envelope_never_reaches_the_wire(plug: Plug) -> None:
    """A setpoint outside the envelope is refused before anything is sent."""
    driver, peer = plug()
    with pytest.raises(EnvelopeExceeded, match=r"current_a 0.0011"):
        driver.apply(Setpoint(1, "steady", 10, 1.1e-3, Polarity.POSITIVE))
    assert peer.heard == []


def test_what_lies_on_the_line_before_opening_is_dropped(plug: Plug) -> None:
    """Old replies, half lines and garbage from before the port was opened are read away."""
    driver, peer = plug()
    peer.send(b"0001 OK STATE=OFF*0000\n\x00\xff\xfe" + framed("0002 OK old,old,old,old") + b"half a li")
    assert driver.identity().maker == "FOREO"


@pytest.mark.parametrize("count", [1, 15])
def test_old_lines_before_the_greetings_own_reply_are_dropped(plug: Plug, count: int) -> None:
    """Lines with other tags or none are dropped until the one with the greeting's tag arrives."""
    driver, peer = plug()

    def greet(tag: str) -> bytes:
        for number in range(count):
            peer.send(b"booting...\n" if number % 2 else framed(f"{number:04X} OK old,old,old,old"))
            peer.wait_until_read()
        return framed(f"{tag} OK stim1")

    peer.answers["HELLO"] = greet
    assert driver.identity().maker == "FOREO"
    assert peer.verbs == ["HELLO", "IDN?"]


def test_old_lines_together_with_the_greetings_own_reply_are_dropped(plug: Plug) -> None:
    """It does not matter whether old lines arrive one by one or all in one piece with the reply."""
    driver, peer = plug(HELLO=lambda tag: b"booting...\n" + framed("0001 OK old") + framed(f"{tag} OK stim1"))
    assert driver.identity().maker == "FOREO"
    assert peer.verbs == ["HELLO", "IDN?"]


def test_a_unit_that_never_stops_talking(plug: Plug) -> None:
    """A port that sends lines without end and never the greeting's reply is given up."""
    driver, peer = plug(TIMEOUT_S)

    def greet(_tag: str) -> bytes:
        for _ in range(15):
            peer.send(b"booting...\n")
            peer.wait_until_read()
        return b"booting...\n"

    peer.answers["HELLO"] = greet
    with pytest.raises(NoAnswer):
        driver.identity()


# A unit that answers wrongly

WRONG: dict[str, tuple[Callable[[str], bytes], str]] = {
    "wrong tag": (lambda _tag: framed("0000 OK STATE=OFF"), "under tag 0000 .*: an answer to another request"),
    "bad CRC": (lambda tag: f"{tag} OK STATE=OFF*0000\n".encode(), "wrong CRC"),
    "garbage": (lambda _tag: b"\x00\x01garbage\n", "is no reply of protocol stim1"),
    "not ASCII": (lambda _tag: b"\xff\xfe\n", "not ASCII text"),
    "an empty line": (lambda _tag: b"\n", "is no reply of protocol stim1"),
    "more than one line": (lambda tag: framed(f"{tag} OK STATE=OFF") * 2, "with more than one line"),
    "no end of line": (lambda _tag: b"x" * 5000, "with [0-9]+ bytes and no end of line"),
    "no fields": (lambda tag: framed(f"{tag} OK off"), "not KEY=VALUE fields"),
}


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_answer_is_no_answer(plug: Plug, kind: str) -> None:
    """Each kind of wrong answer to OFF is a BadAnswer, never "output off"."""
    answer, words = WRONG[kind]
    driver, _ = plug(OFF=answer)
    with pytest.raises(BadAnswer, match=words):
        driver.stop()


@pytest.mark.parametrize("kind", [kind for kind in WRONG if kind != "no fields"])
def test_after_a_wrong_answer_the_line_is_opened_anew(plug: Plug, kind: str) -> None:
    """What follows a wrong answer is greeted first, so that the rest of it is never read."""
    driver, peer = plug(OFF=WRONG[kind][0])
    with pytest.raises(BadAnswer):
        driver.stop()
    assert driver.identity().serial_number == "SIM-BEAR2-0001"
    assert peer.verbs == ["HELLO", "OFF", "HELLO", "IDN?"]


def test_a_silent_unit(plug: Plug) -> None:
    """A unit that does not answer is a NoAnswer that says what was asked and what to check."""
    driver, _ = plug(TIMEOUT_S, OFF=None)
    with pytest.raises(NoAnswer, match=r"did not answer '.* OFF .*' within 0.15 s; check that it is on"):
        driver.stop()


def test_a_late_answer_is_never_the_next_answer(plug: Plug) -> None:
    """After a time-out the answer that comes too late is dropped, and the next question gets its own."""
    driver, peer = plug(TIMEOUT_S, **{"IDN?": None})
    with pytest.raises(NoAnswer):
        driver.identity()
    late = framed(f"{peer.heard[-1][:4]} OK OLD,OLD,OLD,OLD")
    peer.send(late)
    peer.answers["IDN?"] = "OK FOREO,BEAR 2,NEW,1.0.0"
    assert driver.identity().serial_number == "NEW"
    assert peer.verbs == ["HELLO", "IDN?", "HELLO", "IDN?"]


def test_half_an_answer_is_no_answer(plug: Plug) -> None:
    """An answer whose end does not come is a NoAnswer, and its beginning is forgotten."""
    driver, peer = plug(TIMEOUT_S, OFF=lambda tag: framed(f"{tag} OK STATE=OFF")[:-1])
    with pytest.raises(NoAnswer):
        driver.stop()
    peer.answers["OFF"] = "OK STATE=OFF"
    driver.stop()


def test_a_unit_that_is_unplugged() -> None:
    """A port that is gone is a ConnectionFault that names it."""
    peer = Peer()
    line = SerialLine(peer.port, 115200, TIMEOUT_S)
    driver = Stim1(line, ENVELOPE)
    driver.keep_alive()
    peer.unplug()
    with pytest.raises(ConnectionFault, match=peer.port):
        driver.keep_alive()
    with pytest.raises(ConnectionFault, match=peer.port):
        driver.keep_alive()
    line.close()


def test_a_port_that_does_not_exist() -> None:
    """A port that cannot be opened is named, with what to check."""
    driver = Stim1(SerialLine("/dev/does-not-exist", 115200), ENVELOPE)
    with pytest.raises(
        ConnectionFault, match=r"cannot open the stimulator's port /dev/does-not-exist: .*stimulator.port"
    ):
        driver.identity()


def test_another_program_on_the_port(plug: Plug) -> None:
    """A port is opened for one program alone: nobody else can take an answer away."""
    driver, peer = plug()
    driver.keep_alive()
    second = Stim1(SerialLine(peer.port, 115200), ENVELOPE)
    with pytest.raises(ConnectionFault, match="program"):
        second.keep_alive()


@pytest.mark.parametrize("number", range(1, 8))
def test_a_refusal(plug: Plug, number: int) -> None:
    """Every error of the protocol is a Refused that repeats number and text."""
    driver, _ = plug(ON=f"ERR {number} some text")
    with pytest.raises(Refused, match=f"refused 'ON 1': error {number} some text"):
        driver.start(1)


@pytest.mark.parametrize(
    "said",
    [
        "OK MODE=steady LEVEL=9 POLARITY=positive",
        "OK MODE=other LEVEL=10 POLARITY=positive",
        "OK MODE=steady LEVEL=10 POLARITY=negative",
        "OK MODE=steady LEVEL=10",
        "OK",
        "OK MODE=steady LEVEL=010 POLARITY=positive",
    ],
)
def test_a_unit_that_was_set_otherwise(plug: Plug, said: str) -> None:
    """Settings are read back: a unit that says another mode, level or polarity, or none, is refused."""
    driver, _ = plug(SET=said)
    with pytest.raises(Refused, match=r"was set to .* but says"):
        driver.apply(SETPOINT)


@pytest.mark.parametrize("said", ["OK STATE=RUN", "OK STATE=off", "OK STATE=", "OK", "OK TRIP=none"])
def test_off_is_off_only_where_the_unit_says_so(plug: Plug, said: str) -> None:
    """Nothing but STATE=OFF means that the unit is off."""
    driver, _ = plug(OFF=said)
    with pytest.raises(Refused, match="was told OFF and says STATE="):
        driver.stop()


@pytest.mark.parametrize("said", ["OK STATE=OFF", "OK STATE=ON", "OK", "OK STATE=RUNNING"])
def test_on_is_on_only_where_the_unit_says_so(plug: Plug, said: str) -> None:
    """Only RUN and ARMED mean that the unit is on."""
    driver, _ = plug(ON=said)
    with pytest.raises(Refused, match="was told ON 1 and says STATE="):
        driver.start(1)


@pytest.mark.parametrize("said", ["OK", "OK A,B,C", "OK A,B,C,D,E", "OK A,B,,D", "OK A;B;C;D"])
def test_an_identity_has_four_fields(plug: Plug, said: str) -> None:
    """A unit that does not say four fields has not said who it is."""
    driver, _ = plug(**{"IDN?": said})
    with pytest.raises(BadAnswer, match="which is not four fields"):
        driver.identity()


@pytest.mark.parametrize(
    "said", ["OK", "OK CHANNELS=1", "OK CHANNELS=one WATCHDOG_MS=3000", "OK CHANNELS=1 WATCHDOG_MS=3.0"]
)
def test_capabilities_are_whole_numbers(plug: Plug, said: str) -> None:
    """A unit that does not say its channels and its watchdog's period in whole numbers is not driven."""
    driver, _ = plug(**{"CAPS?": said})
    with pytest.raises(BadAnswer, match="without whole CHANNELS and WATCHDOG_MS"):
        driver.capabilities()


def test_another_protocol_is_refused(plug: Plug) -> None:
    """A unit that greets with another protocol's name is not asked anything."""
    driver, peer = plug(HELLO="OK stim2")
    with pytest.raises(Refused, match="speaks 'stim2', not stim1"):
        driver.identity()
    assert peer.verbs == ["HELLO"]


# Drivers by name


def test_a_driver_is_found_by_its_protocol() -> None:
    """`stim1` is offered as an entry point, as any maker's own driver is."""
    assert driver_for("stim1") is Stim1


def test_an_unknown_protocol_is_refused() -> None:
    """A protocol without a driver is refused with those that are installed."""
    with pytest.raises(RequestError, match=r"no driver for the stimulator protocol 'x9'; installed are .*stim1"):
        driver_for("x9")


def test_old_lines_in_the_same_chunk_as_the_greetings_reply_are_dropped(plug: Plug) -> None:
    """Lines with other tags are dropped until the greeting's own reply, also where both arrive together."""
    driver, _ = plug(HELLO=lambda tag: b"booting...\n" + framed("0001 OK old") + framed(f"{tag} OK stim1"))
    assert driver.identity().maker == "FOREO"


@pytest.mark.parametrize("greeting", ["OK stim2", "ERR 1 unknown verb", lambda _tag: framed("0000 OK stim1")])
def test_after_a_failed_greeting_the_next_request_greets_again(plug: Plug, greeting: object) -> None:
    """Nothing but HELLO is sent before the greeting's own reply has arrived."""
    driver, peer = plug(timeout_s=TIMEOUT_S, HELLO=greeting)
    for _ in range(2):
        with pytest.raises(BenchFault):
            driver.stop()
    assert set(peer.verbs) == {"HELLO"}


@pytest.mark.parametrize(
    "said",
    [
        "CHANNELS=1 WATCHDOG_MS=-5",
        "CHANNELS=1 WATCHDOG_MS=3_000",
        "CHANNELS=0 WATCHDOG_MS=3000",
        "CHANNELS=-1 WATCHDOG_MS=3000",
    ],
)
def test_capabilities_that_cannot_be(plug: Plug, said: str) -> None:
    """A watchdog of negative time and less than one channel are no capabilities."""
    driver, _ = plug(**{"CAPS?": f"OK {said}"})
    with pytest.raises(BadAnswer):
        driver.capabilities()
