"""A VISA connection over HiSLIP, which marks where a message ends: the answer to this question, or an error."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from harness.errors import BadAnswer, ConnectionFault, NoAnswer
from harness.instruments import VisaLink
from tests.instruments.scripted import CLOSE
from tests.instruments.scripted_hislip import ANY_ID, DATA, DATA_END, ScriptedHislip, frame

SHORT_S = 0.2
BLOCK = b"#3100" + b"\n\x80" * 50 + b"\n"
Attach = Callable[[dict[str, object]], tuple[VisaLink, ScriptedHislip]]


@pytest.fixture
def attach() -> Iterator[Attach]:
    """Makes scripted instruments behind HiSLIP, each with a real PyVISA connection to it."""
    made: list[tuple[VisaLink, ScriptedHislip]] = []

    def make(answers: dict[str, object]) -> tuple[VisaLink, ScriptedHislip]:
        instrument = ScriptedHislip({"B?": b"right\n", **answers})
        made.append((VisaLink("oscilloscope", instrument.resource, timeout_s=SHORT_S), instrument))
        return made[-1]

    yield make
    for link, instrument in made:
        link.close()
        instrument.stop()


def is_dropped(link: VisaLink, instrument: ScriptedHislip) -> bool:
    """Whether the next question is answered rightly, on a fresh connection."""
    return link.query("B?") == "right" and instrument.sessions == 2


@pytest.mark.parametrize(
    "answer",
    [BLOCK, (frame(DATA, ANY_ID, BLOCK[:50]), frame(DATA_END, ANY_ID, BLOCK[50:]))],
    ids=["one message", "in two parts"],
)
def test_a_whole_block(attach: Attach, answer: object) -> None:
    """A block is read whole, line feeds in it too, and the next question is in step on the same connection."""
    link, instrument = attach({"DATA?": answer})
    assert link.query_block("DATA?") == BLOCK[5:-1]
    assert (link.query("B?"), instrument.sessions) == ("right", 1)


@pytest.mark.parametrize("extra", [-1, 0, 1])
def test_a_large_block(attach: Attach, extra: int) -> None:
    """A block is whole; where its message just fills a read of 2^20 bytes its end is not seen, and the link dropped."""
    data = b"x" * ((1 << 20) - 10 + extra)
    link, instrument = attach({"DATA?": b"#7%d%b\n" % (len(data), data)})
    assert link.query_block("DATA?") == data
    assert link.query("B?") == "right"
    assert instrument.sessions == (2 if extra == 0 else 1)


@pytest.mark.parametrize(
    ("kept", "words"),
    [(0, "0 of 2"), (1, "1 of 2"), (2, "2 of 5"), (5, "5 of 105"), (50, "50 of 105"), (105, "105 of 106")],
)
def test_a_block_cut_short_is_no_answer(attach: Attach, kept: int, words: str) -> None:
    """A message that ends before its block does is refused at once, says how far it came, and the link is dropped."""
    link, instrument = attach({"DATA?": BLOCK[:kept]})
    with pytest.raises(BadAnswer, match=rf"answered 'DATA\?' only in part: {words} bytes came, then the message ended"):
        link.query_block("DATA?")
    assert is_dropped(link, instrument)


def test_a_block_whose_message_does_not_end(attach: Attach) -> None:
    """A message that stops without an end is a time-out."""
    link, instrument = attach({"DATA?": (frame(DATA, ANY_ID, BLOCK[:50]),)})
    with pytest.raises(NoAnswer, match=r"did not answer 'DATA\?'"):
        link.query_block("DATA?")
    assert is_dropped(link, instrument)


@pytest.mark.parametrize("noise", [b"\x07\xfe", b"stale\n"])
@pytest.mark.parametrize("blocks", [False, True])
def test_surplus_in_the_message_is_refused(attach: Attach, noise: bytes, *, blocks: bool) -> None:
    """What stands behind the answer in its message is nobody's, and the link is dropped."""
    link, instrument = attach({"A?": (BLOCK if blocks else b"one\n") + noise})
    with pytest.raises(BadAnswer, match=r"that nobody asked for, around 'A\?'"):
        link.query_block("A?") if blocks else link.query("A?")
    assert is_dropped(link, instrument)


def test_a_surplus_message_is_refused(attach: Attach) -> None:
    """A second message behind the answer's never answers the next question."""
    link, instrument = attach({"A?": (frame(DATA_END, ANY_ID, b"one\n"), frame(DATA_END, ANY_ID, b"stale\n"))})
    with pytest.raises(BadAnswer, match=r"that nobody asked for, around 'A\?'"):
        link.query("A?")
    assert is_dropped(link, instrument)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (CLOSE, "Connection was dropped by server"),
        ((b"x" * 16,), "protocol synchronization error"),
        ((frame(99, 0),), "unrecognized message type: 99"),
        ((b"HS\x07\x01" + bytes(12),), "AssertionError"),
    ],
    ids=["hangs up", "no prologue", "no such message", "wrong control code"],
)
@pytest.mark.parametrize("blocks", [False, True])
def test_a_broken_peer_is_a_connection_fault(attach: Attach, answer: object, words: str, *, blocks: bool) -> None:
    """Whatever the layers below raise is one sentence of ours with what was asked, and the link is dropped."""
    link, instrument = attach({"A?": answer})
    with pytest.raises(ConnectionFault, match=rf"lost the connection to oscilloscope .* while asking 'A\?': {words};"):
        link.query_block("A?") if blocks else link.query("A?")
    assert is_dropped(link, instrument)
