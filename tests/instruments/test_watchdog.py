"""The bench watchdog against a scripted peer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from harness.errors import BadAnswer, NoAnswer, Refused, TimeLimitExceeded
from harness.instruments import BenchWatchdog
from tests.examples import CountingClock

if TYPE_CHECKING:
    from tests.instruments.scripted import Plug, ScriptedInstrument

STATE, PERIOD, TRIPPED = "ROUTe:CLOSe:STATe?", "WATCHdog:PERiod?", "WATCHdog:TRIPped?"


def watchdog(plug: Plug, answers: dict[str, object]) -> tuple[BenchWatchdog, ScriptedInstrument, CountingClock]:
    """A board that answers as it is told."""
    link, instrument = plug(answers, "watchdog", 0.2)
    clock = CountingClock()
    return BenchWatchdog(link, clock, 50.0), instrument, clock


def test_a_relay_is_closed_and_opened(plug: Plug) -> None:
    """A relay is told to move, and the board says which one is closed."""
    driver, instrument, clock = watchdog(plug, {STATE: [b"2\n", b"0\n"]})
    driver.close(2)
    driver.open()
    assert instrument.heard == ["ROUTe:CLOSe (@2);:SYSTem:ERRor?", STATE, "ROUTe:OPEN:ALL;:SYSTem:ERRor?", STATE]
    assert clock.time == 0.0


def test_a_relay_takes_its_time(plug: Plug) -> None:
    """A relay that is still on its way is asked again."""
    driver, instrument, clock = watchdog(plug, {STATE: [b"0\n", b"0\n", b"1\n"]})
    driver.close(1)
    assert instrument.heard[1:] == [STATE] * 3
    assert 0.0 < clock.time < 0.1


@pytest.mark.parametrize("answer", [b"0\n", b"2\n"])
def test_a_relay_that_does_not_close(plug: Plug, answer: bytes) -> None:
    """A relay that stays open, or another one closed, is named."""
    driver, _, _ = watchdog(plug, {STATE: answer})
    with pytest.raises(TimeLimitExceeded, match=r"the closing of electrode relay 1 did not come within 0\.1 s"):
        driver.close(1)


def test_a_relay_that_does_not_open(plug: Plug) -> None:
    """A relay that sticks is never taken for open."""
    driver, _, _ = watchdog(plug, {STATE: b"1\n"})
    with pytest.raises(TimeLimitExceeded, match="the opening of the electrode relays"):
        driver.open()


def test_a_watchdog_that_has_tripped_closes_nothing(plug: Plug) -> None:
    """After a trip the board refuses to close, and nothing is asked."""
    driver, instrument, _ = watchdog(plug, {"ROUTe:CLOSe (@1);:SYSTem:ERRor?": b'-221,"Settings conflict"\n'})
    with pytest.raises(Refused, match=r"watchdog refused 'ROUTe:CLOSe .*': error -221"):
        driver.close(1)
    assert len(instrument.heard) == 1


@pytest.mark.parametrize("relay", [0, -1])
def test_relays_are_counted_from_1(plug: Plug, relay: int) -> None:
    """There is no relay 0: it is the answer "none"."""
    driver, instrument, _ = watchdog(plug, {})
    with pytest.raises(ValueError, match="counted from 1"):
        driver.close(relay)
    assert instrument.heard == []


@pytest.mark.parametrize("answer", [b"\n", b"NAN\n", b"-1\n", b"0.5\n", b"(@1)\n"])
def test_what_is_no_relay(plug: Plug, answer: bytes) -> None:
    """Anything but a whole number from 0 does not say which relay is closed."""
    driver, _, _ = watchdog(plug, {STATE: answer})
    with pytest.raises(BadAnswer):
        driver.closed()


def test_its_period(plug: Plug) -> None:
    """The period comes in seconds."""
    assert watchdog(plug, {PERIOD: b"2\n"})[0].period_s() == 2.0


@pytest.mark.parametrize("answer", [b"0\n", b"-2\n", b"NAN\n", b"\n"])
def test_a_period_that_is_none(plug: Plug, answer: bytes) -> None:
    """A period of zero or less, or none at all, is no period to wait in."""
    with pytest.raises(BadAnswer):
        watchdog(plug, {PERIOD: answer})[0].period_s()


def test_a_beat(plug: Plug) -> None:
    """A beat is a message of its own whose error queue is read."""
    driver, instrument, _ = watchdog(plug, {})
    driver.beat()
    assert instrument.heard == ["WATCHdog:BEAT;:SYSTem:ERRor?"]


def test_a_silent_watchdog(plug: Plug) -> None:
    """A beat that is not answered is a bench fault."""
    with pytest.raises(NoAnswer):
        watchdog(plug, {"WATCHdog:BEAT;:SYSTem:ERRor?": None})[0].beat()


@pytest.mark.parametrize(("answer", "state"), [(b"0\n", False), (b"1\n", True)])
def test_a_trip(plug: Plug, answer: bytes, *, state: bool) -> None:
    """Whether it has tripped is one digit."""
    assert watchdog(plug, {TRIPPED: answer})[0].tripped() is state


def test_a_trip_that_is_none(plug: Plug) -> None:
    """Anything else is never taken for "not tripped"."""
    with pytest.raises(BadAnswer, match="neither 0 nor 1"):
        watchdog(plug, {TRIPPED: b"no\n"})[0].tripped()
