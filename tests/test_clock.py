"""Bench time, on a clock that only counts."""

from __future__ import annotations

import itertools
import math
import time

import pytest

from harness.clock import WallClock
from harness.errors import NotFinite, TimeLimitExceeded
from tests.examples import CountingClock


def test_a_sleep_lasts_as_long_as_it_was_asked_to() -> None:
    """Bench time after a sleep is bench time before it plus the sleep."""
    clock = CountingClock()
    clock.sleep(2.5)
    assert clock.time == 2.5


def test_no_sleep_is_longer_than_a_third_of_the_watchdogs_period() -> None:
    """With a watchdog of 3 s, 10 s are slept in slices of at most 1 s, and each ends with a keep-alive."""
    clock, fed = CountingClock(), []
    clock.keep_alive_with(lambda: fed.append(clock.time), 3.0)
    clock.sleep(10.0)
    assert clock.time == 10.0
    assert max(clock.slices) <= 1.0
    assert len(fed) == len(clock.slices) >= 10


def test_two_watchdogs_are_fed_by_one_callable() -> None:
    """Stimulator and bench watchdog, 3 s and 2 s: with the shorter period neither waits longer than a third of it."""
    clock, stimulator, bench = CountingClock(), [0.0], [0.0]

    def feed() -> None:
        stimulator.append(clock.time)
        bench.append(clock.time)

    clock.keep_alive_with(feed, min(3.0, 2.0))
    clock.sleep(7.0)
    clock.wait_for(lambda: clock.time >= 20.0, 30.0, what="it", expected_s=12.0)
    for fed in (stimulator, bench):
        assert max(later - earlier for earlier, later in itertools.pairwise(fed)) <= 2.0 / 3 + 1e-9
        assert fed[-1] >= 20.0 - 2.0 / 3


def test_keeping_silent_lets_a_watchdog_trip() -> None:
    """While the watchdog has to trip, time passes in one stretch and nothing is sent."""
    clock, fed = CountingClock(), []
    clock.keep_alive_with(lambda: fed.append(clock.time), 3.0)
    clock.sleep_without_keep_alive(4.5)
    assert (clock.slices, fed) == ([4.5], [])


def test_without_a_watchdog_nothing_is_fed() -> None:
    """After `keep_alive_with(None)` a sleep is one stretch, and the old function is not called."""
    clock, fed = CountingClock(), []
    clock.keep_alive_with(lambda: fed.append(clock.time), 3.0)
    clock.keep_alive_with(None, 1.0)
    clock.sleep(10.0)
    assert (clock.slices, fed) == ([10.0], [])


def test_a_condition_that_is_true_costs_no_time() -> None:
    """What is already true is not waited for."""
    clock = CountingClock()
    clock.wait_for(lambda: True, 1.0, what="nothing")
    assert clock.time == 0.0


@pytest.mark.parametrize("ready_at", [0.01, 0.7, 2.0, 4.999])
def test_a_condition_that_comes_true_in_time_is_seen(ready_at: float) -> None:
    """What comes true before the limit is seen at or after its moment, and not later than the limit."""
    clock = CountingClock()
    clock.wait_for(lambda: clock.time >= ready_at, 5.0, what="the moment")
    assert ready_at <= clock.time <= 5.0


def test_a_condition_is_asked_once_more_at_its_limit() -> None:
    """What comes true exactly at the limit is not missed by a sleep that ended there."""
    clock = CountingClock()
    clock.wait_for(lambda: clock.time >= 5.0, 5.0, what="the moment")
    assert clock.time == 5.0


def test_a_condition_that_stays_false_is_an_error() -> None:
    """After its limit of bench time a wait gives up, and says what did not come."""
    clock = CountingClock()
    with pytest.raises(TimeLimitExceeded, match=r"^the trigger did not come within 5 s of bench time$"):
        clock.wait_for(lambda: False, 5.0, what="the trigger")
    assert clock.time == 5.0


def test_what_takes_its_time_is_not_asked_before_it_is_due() -> None:
    """The expected time is slept before the second question."""
    clock, asked = CountingClock(), []
    clock.wait_for(lambda: asked.append(clock.time) or clock.time >= 3.0, 5.0, what="it", expected_s=3.0)
    assert asked == [0.0, 3.0]


def test_waiting_feeds_the_watchdog() -> None:
    """A wait longer than the watchdog's period sends a keep-alive at least three times in each."""
    clock, fed = CountingClock(), [0.0]
    clock.keep_alive_with(lambda: fed.append(clock.time), 3.0)
    clock.wait_for(lambda: clock.time >= 20.0, 30.0, what="it", expected_s=20.0)
    gaps = [later - earlier for earlier, later in itertools.pairwise(fed)]
    assert max(gaps) <= 1.0 + 1e-9


@pytest.mark.parametrize("value", [math.nan, math.inf, 9.9e37])
def test_time_is_a_number(value: float) -> None:
    """NaN and infinity are no time to sleep, no limit and no watchdog period."""
    clock = CountingClock()
    for ask in (
        lambda: clock.sleep(value),
        lambda: clock.sleep_without_keep_alive(value),
        lambda: clock.wait_for(lambda: False, value, what="it"),
        lambda: clock.keep_alive_with(lambda: None, value),
    ):
        with pytest.raises(NotFinite):
            ask()


def test_the_wall_clock_does_not_run_ahead() -> None:
    """A sleep on the wall clock takes at least its time."""
    clock = WallClock()
    before = time.monotonic()
    clock.sleep(0.01)
    assert time.monotonic() - before >= 0.01
    assert clock.now() >= before


@pytest.mark.parametrize("period", [0.0, -1.0])
def test_a_watchdog_has_a_period(period: float) -> None:
    """A period of zero or less would make a sleep endless, and is refused."""
    with pytest.raises(ValueError, match="leaves no time to wait"):
        CountingClock().keep_alive_with(lambda: None, period)
