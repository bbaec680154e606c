"""One VISA connection: the answer to this question, or an error."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import pytest

from harness.errors import BadAnswer, ConnectionFault, NoAnswer
from harness.instruments import VisaLink
from tests.instruments.scripted import CLOSE, GREETING

if TYPE_CHECKING:
    from tests.instruments.scripted import Plug

SHORT_S = 0.2


def block(data: bytes) -> bytes:
    """A definite-length block (IEEE 488.2, 8.7.9) with its line feed."""
    digits = str(len(data)).encode()
    return b"#" + str(len(digits)).encode() + digits + data + b"\n"


def test_questions_get_their_answers(plug: Plug) -> None:
    """Each question is sent as it stands, and gets its line without the line feed, on one connection."""
    link, instrument = plug({"A?": b"one\n", "B?": b"two\r\n"})
    assert [link.query("A?"), link.query("B?"), link.query("A?")] == ["one", "two", "one"]
    assert instrument.heard == ["A?", "B?", "A?"]
    assert len(instrument.connections) == 1


def test_a_time_out_is_no_answer(plug: Plug) -> None:
    """An instrument that is silent is named, with what was asked and what to check."""
    link, instrument = plug({"A?": None}, timeout_s=SHORT_S)
    with pytest.raises(NoAnswer) as caught:
        link.query("A?")
    assert str(caught.value) == (
        f"multimeter at {instrument.resource} did not answer 'A?' within 0.2 s; check that it is on and connected"
    )


def test_a_late_answer_is_never_the_next_answer(plug: Plug) -> None:
    """After a time-out the connection is opened anew: an answer that comes too late is nobody's."""
    link, instrument = plug({"A?": None, "B?": b"right\n"}, timeout_s=SHORT_S)
    with pytest.raises(NoAnswer):
        link.query("A?")
    instrument.send_to_first(b"late\n")
    assert link.query("B?") == "right"
    assert len(instrument.connections) == 2


def test_a_closed_connection_is_named_and_opened_again(plug: Plug) -> None:
    """An instrument that hangs up is a ConnectionFault, and the next question goes out on a fresh connection."""
    link, instrument = plug({"A?": [CLOSE, b"one\n"]}, timeout_s=SHORT_S)
    with pytest.raises(ConnectionFault, match=r"closed the connection instead of answering 'A\?'|lost the connection"):
        link.query("A?")
    assert link.query("A?") == "one"
    assert len(instrument.connections) == 2


@pytest.mark.parametrize("raw", [b"\xff\xfe\n", b"2.5 \xb5V\n"])
def test_what_is_no_text_is_no_answer(plug: Plug, raw: bytes) -> None:
    """An answer that is not ASCII is refused, and the connection not used again."""
    link, instrument = plug({"A?": [raw, b"one\n"]})
    with pytest.raises(BadAnswer, match="which is not ASCII text"):
        link.query("A?")
    assert link.query("A?") == "one"
    assert len(instrument.connections) == 2


def test_half_a_line_is_no_answer(plug: Plug) -> None:
    """A line whose end does not come is no answer, whatever it holds so far."""
    link, _ = plug({"A?": b"1.0"}, timeout_s=SHORT_S)
    with pytest.raises((NoAnswer, BadAnswer)):
        link.query("A?")


def test_nobody_at_the_address() -> None:
    """QCoDeS goes on with an error code where the address is wrong; here the first question fails and says why."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    link = VisaLink("multimeter", f"TCPIP::127.0.0.1::{port}::SOCKET", timeout_s=SHORT_S)
    with pytest.raises(ConnectionFault, match="multimeter at TCPIP"):
        link.query("*IDN?")
    link.close()


def test_a_resource_that_is_none() -> None:
    """A resource name that VISA does not understand is named."""
    link = VisaLink("multimeter", "TCPIP::nonsense", timeout_s=SHORT_S)
    with pytest.raises(ConnectionFault, match="cannot open multimeter at TCPIP::nonsense: "):
        link.query("*IDN?")
    link.close()


@pytest.mark.parametrize("data", [b"\x80" * 5000, bytes(range(256)) * 4, b"\n" * 300, b"#\n#", b"", b"\n"])
def test_a_block_may_hold_any_byte(plug: Plug, data: bytes) -> None:
    """Line feeds and everything else inside a block belong to it, and the next question is in step."""
    link, instrument = plug({"DATA?": block(data), "A?": b"one\n"})
    assert link.query_block("DATA?") == data
    assert link.query("A?") == "one"
    assert len(instrument.connections) == 1


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"+1.0,+2.0\n", "is not"),
        (b"#0" + b"\x80" * 10 + b"\n", "is not"),
        (b"#A12\n" + b"\x80" * 12, "is not"),
        (b"#2x5" + b"\x80" * 30 + b"\n", "the length of a block"),
        (b"#15\x80\x80\x80\x80\x80\x80\n", "longer than it says"),
        (b'-113,"Undefined header"\n', "is not"),
    ],
    ids=["numbers", "indefinite length", "no digit", "no length", "too long", "an error"],
)
def test_what_is_no_block_is_no_answer(plug: Plug, raw: bytes, words: str) -> None:
    """Anything but a block of exactly its length is refused, and the connection not used again."""
    link, instrument = plug({"DATA?": raw, "A?": b"one\n"}, timeout_s=1.0)
    with pytest.raises(BadAnswer, match=words):
        link.query_block("DATA?")
    assert link.query("A?") == "one"
    assert len(instrument.connections) == 2


@pytest.mark.parametrize(
    ("kept", "words"),
    [
        (0, r"did not answer 'DATA\?' within 0.2 s"),
        (1, r"answered 'DATA\?' only in part: 1 of 2 bytes came, the rest not within 0.2 s"),
        (2, "2 of 5 bytes came"),
        (4, "4 of 5 bytes came"),
        (5, "5 of 105 bytes came"),
        (10, "10 of 105 bytes came"),
        (104, "104 of 105 bytes came"),
        (105, "105 of 106 bytes came"),
    ],
)
def test_a_truncated_block_is_no_answer(plug: Plug, kept: int, words: str) -> None:
    """A block that stops short is a time-out that says so, and what follows is not read on that connection."""
    link, instrument = plug({"DATA?": block(b"\x80" * 100)[:kept] or None, "A?": b"one\n"}, timeout_s=SHORT_S)
    with pytest.raises(NoAnswer, match=words):
        link.query_block("DATA?")
    assert link.query("A?") == "one"
    assert len(instrument.connections) == 2


@pytest.mark.parametrize(
    "data", [b"\x80" * 120_000, bytes(range(256)) * 4, b"\n" * 300, b"#\n#13;\n", b"", b"\n", b";"]
)
def test_a_block_is_sent_with_any_byte(plug: Plug, data: bytes) -> None:
    """A block of definite length is sent as it stands, with a question behind it in the same message."""
    header = f"#{len(str(len(data)))}{len(data)}"
    link, instrument = plug({})
    assert link.query_after_block("DATA:ARB:DAC name,", data, ":SYSTem:ERRor?") == '+0,"No error"'
    assert instrument.heard == [f"DATA:ARB:DAC name,{header}{data.decode('latin-1')};:SYSTem:ERRor?"]


def test_after_a_block_the_next_question_is_in_step(plug: Plug) -> None:
    """What follows a block is a message of its own, on the same connection."""
    link, instrument = plug({"A?": b"one\n"})
    link.query_after_block("DATA ", b"\n;\n", ":SYSTem:ERRor?")
    assert link.query("A?") == "one"
    assert len(instrument.connections) == 1


def test_a_block_without_answer_is_named_by_its_command(plug: Plug) -> None:
    """A time-out after a block says which command it was, and not its bytes."""
    link, _ = plug({"DATA #13\x01\x02\x03;A?": None}, timeout_s=SHORT_S)
    with pytest.raises(NoAnswer, match=r"did not answer 'DATA <3 bytes>;A\?' within"):
        link.query_after_block("DATA ", bytes([1, 2, 3]), "A?")


def test_a_late_answer_to_a_block_is_never_the_next_answer(plug: Plug) -> None:
    """After a time-out behind a block the connection is opened anew, as after any other."""
    link, instrument = plug({"DATA #11x;A?": None, "B?": b"right\n"}, timeout_s=SHORT_S)
    with pytest.raises(NoAnswer):
        link.query_after_block("DATA ", b"x", "A?")
    instrument.send_to_first(b"late\n")
    assert link.query("B?") == "right"
    assert len(instrument.connections) == 2


def test_a_link_can_be_closed_and_used_again(plug: Plug) -> None:
    """After `reopen` the next question opens a fresh connection; the safe state starts so."""
    link, instrument = plug({"A?": b"one\n"})
    link.query("A?")
    link.reopen()
    assert link.query("A?") == "one"
    assert len(instrument.connections) == 2


def test_a_link_greets_each_fresh_connection(plug: Plug) -> None:
    """What an earlier user left in the error queue is cleared once for each connection, before the first question."""
    link, instrument = plug({GREETING: b"1\n", "A?": b"one\n"})
    link.query("A?")
    link.query("A?")
    link.reopen()
    link.query("A?")
    assert instrument.heard == [GREETING, "A?", "A?", GREETING, "A?"]


def test_a_greeting_without_answer_names_the_question(plug: Plug) -> None:
    """An instrument that is silent from the start gets no question, and is no answer."""
    link, instrument = plug({GREETING: None, "A?": b"one\n"}, timeout_s=SHORT_S)
    with pytest.raises(NoAnswer, match=r"did not answer 'A\?'"):
        link.query("A?")
    assert instrument.heard == [GREETING]


@pytest.mark.parametrize("blocks", [False, True])
def test_a_surplus_line_is_never_the_next_answer(plug: Plug, *, blocks: bool) -> None:
    """Two lines for one question, or one behind a block: the surplus is refused and never answers the next question."""
    raw = (block(b"abc") if blocks else b"one\n") + b"stale\n"
    link, instrument = plug({"A?": raw, "B?": b"right\n"}, timeout_s=SHORT_S)
    with pytest.raises(BadAnswer, match=r"sent b'stale\\n' that nobody asked for, around 'A\?'"):
        link.query_block("A?") if blocks else link.query("A?")
    assert link.query("B?") == "right"
    assert len(instrument.connections) == 2


def test_what_comes_between_two_questions_is_no_answer(plug: Plug) -> None:
    """Bytes that arrive before a question was sent are refused, and the connection is opened anew."""
    link, instrument = plug({"A?": b"one\n", "B?": b"right\n"})
    link.query("A?")
    instrument.send_to_first(b"stale\n")
    time.sleep(0.05)
    with pytest.raises(BadAnswer, match=r"that nobody asked for, around 'B\?'"):
        link.query("B?")
    assert link.query("B?") == "right"
    assert instrument.heard == ["A?", "B?"]
