"""The switch mainframe against a scripted peer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.errors import BadAnswer, NoAnswer, Refused
from harness.instruments import Daq970a
from tests.examples import CountingClock

if TYPE_CHECKING:
    from tests.instruments.scripted import Plug

CLOSED, OPEN = "ROUT:CLOS? (@101,111)", "ROUT:OPEN? (@101,111)"


def test_channels_are_moved_and_asked(plug: Plug) -> None:
    """Channels are moved together, and then say where they are."""
    link, instrument = plug({CLOSED: b"1,1\n", OPEN: b"1,1\n"}, "switch")
    driver = Daq970a(link, CountingClock(), 50.0)
    driver.close([101, 111])
    driver.open([101, 111])
    moves = ["ROUT:CLOS (@101,111);:SYSTem:ERRor?", CLOSED, "ROUT:OPEN (@101,111);:SYSTem:ERRor?", OPEN]
    assert instrument.heard == moves


@pytest.mark.parametrize(("answer", "stuck"), [(b"0,1\n", "101"), (b"1,0\n", "111"), (b"0,0\n", "101, 111")])
def test_a_relay_that_sticks(plug: Plug, answer: bytes, stuck: str) -> None:
    """A channel that did not move is named, closed or open."""
    link, _ = plug({CLOSED: answer, OPEN: answer}, "switch")
    with pytest.raises(Refused, match=rf"channels \[{stuck}\] were told to be closed"):
        Daq970a(link, CountingClock(), 50.0).close([101, 111])
    with pytest.raises(Refused, match=rf"channels \[{stuck}\] were told to be open"):
        Daq970a(link, CountingClock(), 50.0).open([101, 111])


@pytest.mark.parametrize("answer", [b"1\n", b"1,1,1\n", b"\n", b"1,2\n", b"1;1\n", b"+1,+1\n", b"1,NAN\n"])
def test_states_that_are_none(plug: Plug, answer: bytes) -> None:
    """Anything but one state for each channel is no answer."""
    link, _ = plug({OPEN: answer}, "switch")
    with pytest.raises(BadAnswer, match="which is not 2 states"):
        Daq970a(link, CountingClock(), 50.0).open([101, 111])


def test_a_refused_move(plug: Plug) -> None:
    """A channel that the mainframe does not have is refused, and nothing is asked."""
    link, instrument = plug({"ROUT:OPEN (@999);:SYSTem:ERRor?": b'-222,"Data out of range"\n'}, "switch")
    with pytest.raises(Refused, match="error -222"):
        Daq970a(link, CountingClock(), 50.0).open([999])
    assert len(instrument.heard) == 1


def test_a_silent_switch(plug: Plug) -> None:
    """A mainframe that does not say that its channels are open has not opened them."""
    link, _ = plug({OPEN: None}, "switch", timeout_s=0.2)
    with pytest.raises(NoAnswer):
        Daq970a(link, CountingClock(), 50.0).open([101, 111])


def test_no_channel_is_no_message(plug: Plug) -> None:
    """Where nothing has to move nothing is sent."""
    link, instrument = plug({}, "switch")
    Daq970a(link, CountingClock(), 50.0).close([])
    assert instrument.heard == []
