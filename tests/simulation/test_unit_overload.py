"""The overload trip: what makes it, how long it takes, and what ends it."""

from __future__ import annotations

import pytest

from tests.simulation.units import AUXILIARY_RELAY, MS, RELAYS, US, S, Wired, exact

LEVEL_10 = 680e-6
TRIP_A = 1e-3
SERIES_OHM = 10e3
SHARE = 20e6 / (20e6 + 10e3)
"""Of the source current that 10 kilohm get beside the output resistance."""


def running(load: str = "500R", name: str = "foreo-bear-2", polarity: str = "positive", **changes: object) -> Wired:
    """Let the unit run at its top level, the auxiliary source connected and at 0 V."""
    wired = Wired(exact(name, **{"watchdog_s": 0.0, **changes}), load)
    with wired.keeper:
        wired.loop.connect(RELAYS[load] | {AUXILIARY_RELAY})
    wired.start("LEVEL=10", f"POLARITY={polarity}")
    wired.pass_ns(2 * S)
    assert wired.state() == "RUN"
    return wired


def inject(wired: Wired, emf_v: float) -> int:
    """Switch the auxiliary source; answer when."""
    with wired.keeper:
        wired.loop.auxiliary(emf_v)
    return wired.now_ns


def test_a_forced_overcurrent_trips_after_its_time_and_latches() -> None:
    """20 V through 10 kilohm on top of 680 uA: RUN for 1 ms, then OFF until OFF is commanded."""
    wired = running()
    forced_ns = inject(wired, 20.0)
    wired.until_ns(forced_ns + 1 * MS - 10 * US)
    assert wired.current() > 2e-3
    assert wired.state() == "RUN"
    wired.until_ns(forced_ns + 1 * MS + 10 * US)
    assert wired.say("STATE? 1") == "OK STATE=OFF TRIP=overload POLARITY=positive"
    wired.pass_ns(50 * US)
    assert wired.current() == pytest.approx(20.0 / (SERIES_OHM + 500.0), rel=1e-2)  # the injection alone is left
    inject(wired, 0.0)
    wired.pass_ns(S)
    assert wired.say("ON 1").startswith("ERR 7 ")
    assert abs(wired.current()) < 1e-6
    assert wired.say("OFF 1") == "OK STATE=OFF"
    assert wired.say("STATE? 1") == "OK STATE=OFF TRIP=none POLARITY=positive"
    assert wired.say("ON 1") == "OK STATE=ARMED"


def test_what_is_over_in_time_does_not_trip() -> None:
    """0.9 ms beyond the limit are allowed, again and again."""
    wired = running()
    for _ in range(3):
        inject(wired, 20.0)
        wired.pass_ns(900 * US)
        inject(wired, 0.0)
        wired.pass_ns(100 * US)
    assert wired.state() == "RUN"


def test_a_change_within_the_excursion_does_not_start_the_time_anew() -> None:
    """Two injections one after the other, both beyond the limit, are one excursion."""
    wired = running()
    inject(wired, 20.0)
    wired.pass_ns(600 * US)
    inject(wired, 15.0)
    wired.pass_ns(350 * US)
    assert wired.state() == "RUN"
    wired.pass_ns(100 * US)
    assert wired.unit.channels[0].trip == "overload"


def test_the_limit_is_on_the_whole_current() -> None:
    """The 648 uA that the source's resistor leaves and 0.34 mA stay below 1 mA, with 0.37 mA they do not."""
    for injected_a, trips in ((0.34e-3, False), (0.37e-3, True)):
        wired = running()
        before = wired.current()
        assert before == pytest.approx(LEVEL_10 * SERIES_OHM / (SERIES_OHM + 500.0), rel=1e-3)
        emf_v = injected_a * (SERIES_OHM + 500.0)
        inject(wired, emf_v)
        wired.pass_ns(100 * US)
        assert wired.current() - before == pytest.approx(injected_a, rel=1e-2)
        wired.pass_ns(2 * MS)
        assert (wired.state() == "OFF") is trips


def test_both_directions_are_watched() -> None:
    """A negative overcurrent trips like a positive one."""
    wired = running(polarity="negative")
    inject(wired, -20.0)
    wired.pass_ns(1_100 * US)
    assert wired.say("STATE? 1") == "OK STATE=OFF TRIP=overload POLARITY=negative"


@pytest.mark.parametrize("polarity", ["positive", "negative", "bipolar"])
def test_a_programme_that_exceeds_by_itself_trips_on_its_way_up(polarity: str) -> None:
    """1.6 times 680 uA cross 1 mA at 0.735 s of 0.8 s; 1 ms later it is off."""
    wired = Wired(exact("foreo-bear-2", gain=1.6))
    on_ns = wired.start("LEVEL=10", f"POLARITY={polarity}")
    crossing_ns = on_ns + 5 * MS + round(800 * MS * TRIP_A / (1.6 * LEVEL_10 * SHARE))
    wired.until_ns(crossing_ns + 800 * US)
    assert wired.state() == "RUN"
    wired.until_ns(crossing_ns + 1_200 * US)
    assert wired.unit.channels[0].trip == "overload"


def test_a_later_half_period_is_looked_at_too() -> None:
    """Only the negative direction is too strong: it trips 1 ms into the first negative half."""
    wired = Wired(exact("foreo-bear-2", negative_gain=1.6))
    on_ns = wired.start("LEVEL=10", "POLARITY=bipolar")
    start_ns = on_ns + 5 * MS
    wired.until_ns(start_ns + 1_500 * MS)  # the first negative half falls into the rise and reaches 0.68 mA by then
    trip_ns = start_ns + round(800 * MS * TRIP_A / (1.6 * LEVEL_10 * SHARE)) + 1 * MS
    assert wired.unit.channels[0].trip == "overload"
    _, high = wired.extremes(start_ns, trip_ns)
    low, _ = wired.extremes(start_ns, wired.now_ns)
    assert high == pytest.approx(0.5 / 0.8 * LEVEL_10, rel=1e-2)
    assert low == pytest.approx(-TRIP_A - 1.6 * LEVEL_10 / 800, rel=1e-2)


def test_the_spike_of_a_first_touch_does_not_trip() -> None:
    """2.4 mA for some microseconds are no overload, though the flag of contact is stuck."""
    wired = Wired(exact("foreo-bear-2-D55", watchdog_s=0.0))
    wired.touch(closed=False)
    wired.start("LEVEL=10")
    wired.pass_ns(2 * S)
    wired.touch(closed=True)
    wired.pass_ns(S)
    assert wired.state() == "RUN"


def test_d66_does_not_trip() -> None:
    """Without the latch the forced current flows on."""
    wired = running(name="foreo-bear-2-D66")
    inject(wired, 20.0)
    wired.pass_ns(5 * S)
    assert wired.say("STATE? 1") == "OK STATE=RUN TRIP=none POLARITY=positive"
    assert wired.current() > 2e-3


def test_a_trip_that_is_not_cleared_stays() -> None:
    """A unit built so refuses ON even after OFF."""
    wired = running(clears=False)
    inject(wired, 20.0)
    wired.pass_ns(2 * MS)
    inject(wired, 0.0)
    assert wired.say("OFF *") == "OK STATE=OFF"
    assert wired.say("ON 1") == "ERR 7 tripped: overload"


def test_an_injection_into_a_unit_that_is_off_is_no_trip() -> None:
    """The trip watches a unit that is on."""
    wired = Wired(exact("foreo-bear-2"), "500R")
    with wired.keeper:
        wired.loop.connect(RELAYS["500R"] | {AUXILIARY_RELAY})
    inject(wired, 20.0)
    wired.pass_ns(S)
    assert wired.say("STATE? 1") == "OK STATE=OFF TRIP=none POLARITY=positive"
