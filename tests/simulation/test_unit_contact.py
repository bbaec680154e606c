"""Contact sensing, the rise after contact and the way back to ARMED, in the ground truth of the loop."""

from __future__ import annotations

import numpy as np
import pytest

from harness.simulation.circuit.history import Quantity
from tests.simulation.units import MS, US, S, Wired, exact

TICK = 5 * MS
RISE = 800 * MS
LEVEL_10 = 680e-6
LEAKAGE = 2e-9


def bear(name: str = "foreo-bear-2", load: str = "10k", **changes: object) -> Wired:
    """Put a unit without a host watchdog on the bench, its contact open."""
    wired = Wired(exact(name, **{"watchdog_s": 0.0, **changes}), load)
    wired.touch(closed=False)
    return wired


def running(name: str = "foreo-bear-2", **changes: object) -> tuple[Wired, int]:
    """Start at the top level with contact and let the rise end; answer when the output was switched on."""
    wired = bear(name, **changes)
    wired.touch(closed=True)
    on_ns = wired.start("LEVEL=10")
    wired.until_ns(on_ns + 2 * S)
    assert wired.state() == "RUN"
    return wired, on_ns


def gap(wired: Wired, from_ns: int, length_ns: int) -> None:
    """Lose contact at `from_ns` for `length_ns`."""
    wired.until_ns(from_ns)
    wired.touch(closed=False)
    wired.until_ns(from_ns + length_ns)
    wired.touch(closed=True)


def test_without_contact_it_stays_armed() -> None:
    """An open contact keeps it in ARMED; only its capacitance passes something of the sense pulses."""
    wired = bear()
    wired.start("LEVEL=10")
    assert wired.say("STATE? 1") == "OK STATE=ARMED TRIP=none POLARITY=positive"
    wired.pass_ns(S)
    assert wired.state() == "ARMED"
    assert wired.extremes(wired.now_ns - S, wired.now_ns) == pytest.approx((0.0, 0.0), abs=2e-7)


@pytest.mark.parametrize(("polarity", "sign"), [("positive", 1.0), ("negative", -1.0), ("bipolar", 1.0)])
def test_sense_pulses_come_at_each_tick_in_the_direction_of_the_setting(polarity: str, sign: float) -> None:
    """Through 1 megohm, which is no contact: 1 uA for 100 us each 5 ms on top of the leakage, whatever the gain."""
    wired = bear(load="1M", gain=1.25, offset_a=8e-6)
    wired.touch(closed=True)
    on_ns = wired.start("LEVEL=10", f"POLARITY={polarity}")
    wired.pass_ns(S)
    assert wired.state() == "ARMED"
    share = 20.0 / 21.0  # 20 megohm of output resistance beside 1 megohm
    from_ns = on_ns + 20 * TICK
    assert wired.mean(from_ns, from_ns + 100 * TICK) == pytest.approx((sign * 20e-9 + LEAKAGE) * share, rel=2e-3)
    seconds = np.arange(0.0, 0.5, 10e-6)
    samples = sign * wired.loop.history.sample(Quantity.CURRENT, from_ns - US, seconds)
    starts = np.flatnonzero((samples[1:] > 0.1e-6) & (samples[:-1] <= 0.1e-6))
    assert len(starts) == 100
    assert np.diff(seconds[starts]) == pytest.approx(np.full(99, 5e-3), abs=11e-6)


@pytest.mark.parametrize("load_ohm_below", [True, False])
def test_the_threshold_is_between_contact_and_none(load_ohm_below: bool) -> None:  # noqa: FBT001 - a parameter
    """A load below the threshold is contact, the same load above it is none."""
    wired = bear(load="1M", threshold_ohm=1.1e6 if load_ohm_below else 0.9e6)
    wired.touch(closed=True)
    wired.start("LEVEL=1")
    wired.pass_ns(20 * MS)
    assert wired.state() == ("RUN" if load_ohm_below else "ARMED")


@pytest.mark.parametrize("late_ns", [0, 1, 4_999_999, 5_000_000, 7_300_000])
def test_the_rise_begins_at_the_first_tick_after_contact(late_ns: int) -> None:
    """Ticks count from ON; the current then rises linearly to its level in 0.8 s."""
    wired = bear()
    on_ns = wired.start("LEVEL=10")
    wired.until_ns(on_ns + 10 * TICK + late_ns)
    wired.touch(closed=True)
    tick_ns = on_ns + (11 + late_ns // TICK) * TICK
    wired.until_ns(tick_ns - 1)
    assert wired.state() == "ARMED"
    wired.until_ns(tick_ns)
    assert wired.state() == "RUN"
    wired.pass_ns(2 * S)
    for share in (0.001, 0.1, 0.5, 0.9):
        assert wired.current(tick_ns + round(share * RISE)) == pytest.approx(share * LEVEL_10, rel=1e-3, abs=5e-9)
    assert wired.current() == pytest.approx(LEVEL_10, rel=1e-3)


@pytest.mark.parametrize(
    ("after_tick_ns", "length_ns", "seen"),
    [
        (1 * MS, 3 * MS, False),  # between two ticks
        (4_500 * US, 1 * MS, False),  # a tick falls into it, but it is over after debouncing
        (4_999 * US, 1_000 * US, False),
        (4_999 * US, 1_002 * US, True),
        (4 * MS, 3 * MS, True),
        (1 * US, 5_998 * US, False),
        (1 * US, 6_001 * US, True),
        (4_999 * US, 6_001 * US, True),
        (2 * MS, 12 * MS, True),
        (2 * MS, 500 * MS, True),
    ],
)
def test_a_loss_is_seen_where_a_tick_and_its_debouncing_lie_inside(
    after_tick_ns: int, length_ns: int, *, seen: bool
) -> None:
    """A loss that is seen starts the process again from zero; one that is not brings the level back at once."""
    wired, on_ns = running()
    lost_ns = on_ns + 500 * TICK + after_tick_ns
    gap(wired, lost_ns, length_ns)
    back_ns = lost_ns + length_ns
    wired.pass_ns(5 * MS)
    low, high = wired.extremes(back_ns + 100 * US, back_ns + 5 * MS)
    if seen:
        assert high <= 0.1 * LEVEL_10
    else:
        assert low == pytest.approx(LEVEL_10, rel=2e-3)
    wired.pass_ns(2 * S)
    assert wired.current() == pytest.approx(LEVEL_10, rel=1e-3)


def test_a_loss_leads_to_armed_and_off() -> None:
    """One tick and 1 ms of debouncing after the loss the source is down to its sense pulses."""
    wired, on_ns = running()
    lost_ns = on_ns + 500 * TICK + 2 * MS
    wired.until_ns(lost_ns)
    wired.touch(closed=False)
    wired.until_ns(lost_ns + 4 * MS - 1)  # next tick at 3 ms, confirmed at 4 ms
    assert wired.state() == "RUN"
    wired.pass_ns(1)
    assert wired.state() == "ARMED"
    assert wired.say("STATE? 1") == "OK STATE=ARMED TRIP=none POLARITY=positive"
    gap(wired, wired.now_ns, 11 * MS)
    wired.pass_ns(500 * US)
    low, high = wired.extremes(wired.now_ns - 480 * US, wired.now_ns)
    assert -5e-6 < low <= high < 5e-6


def test_off_ends_armed_for_good() -> None:
    """After OFF contact starts nothing and no sense pulse is left."""
    wired = bear()
    wired.start("LEVEL=10")
    wired.pass_ns(12 * MS)
    assert wired.say("OFF 1") == "OK STATE=OFF"
    wired.touch(closed=True)
    wired.pass_ns(S)
    assert wired.state() == "OFF"
    assert wired.extremes(wired.now_ns - S // 2, wired.now_ns) == pytest.approx((LEAKAGE, LEAKAGE), rel=1e-2)


def test_the_watchdog_ends_armed_too() -> None:
    """Three seconds without a frame lead from ARMED to OFF, latched."""
    wired = bear(watchdog_s=3.0)
    wired.start("LEVEL=10")
    wired.pass_ns(3 * S)
    assert wired.say("STATE? 1") == "OK STATE=OFF TRIP=watchdog POLARITY=positive"


def test_a_steady_stretch_costs_nothing() -> None:
    """An hour of RUN and an hour of ARMED schedule nothing."""
    for closed in (True, False):
        wired = bear(session_s=0.0, idle_s=0.0)
        wired.touch(closed=closed)
        wired.start("LEVEL=10")
        wired.pass_ns(S)
        before = wired.keeper.events
        wired.pass_ns(3600 * S)
        assert wired.keeper.events == before
        assert wired.state() == ("RUN" if closed else "ARMED")


def test_a_unit_that_is_off_watches_nothing() -> None:
    """A change of the circuit after OFF leads to no look, neither for contact nor for an overload."""
    wired, _ = running()
    assert wired.say("OFF 1") == "OK STATE=OFF"
    wired.pass_ns(S)
    before = wired.keeper.events
    wired.touch(closed=False)
    wired.pass_ns(S)
    assert wired.keeper.events == before


def test_a_loss_of_the_electrode_relay_is_a_loss_of_contact() -> None:
    """A channel that is connected to nothing senses none."""
    wired, _ = running()
    with wired.keeper:
        wired.loop.select(None)
    wired.pass_ns(6 * MS)
    assert wired.state() == "ARMED"


def test_d48_comes_back_at_once_after_a_loss_but_rises_at_first() -> None:
    """Only the first contact after ON has a rise."""
    wired, on_ns = running("foreo-bear-2-D48")
    assert wired.current(on_ns + TICK + RISE // 2) == pytest.approx(0.5 * LEVEL_10, rel=1e-3)
    lost_ns = on_ns + 500 * TICK
    gap(wired, lost_ns, 50 * MS)
    wired.pass_ns(5 * MS + 100 * US)
    assert wired.current() == pytest.approx(LEVEL_10, rel=2e-3)
    assert wired.say("OFF 1") == "OK STATE=OFF"
    again_ns = wired.start("LEVEL=10")
    wired.pass_ns(S)
    assert wired.current(again_ns + TICK + RISE // 2) == pytest.approx(0.5 * LEVEL_10, rel=1e-3)


def test_d49_rises_in_two_milliseconds() -> None:
    """Half the level after one millisecond, all of it after two."""
    wired, on_ns = running("foreo-bear-2-D49")
    assert wired.current(on_ns + TICK + 1 * MS) == pytest.approx(0.5 * LEVEL_10, rel=1e-2)
    assert wired.current(on_ns + TICK + 2 * MS + 20 * US) == pytest.approx(LEVEL_10, rel=2e-3)


def test_d50_dips_half_way_and_overshoots() -> None:
    """From half the level it falls by a fifth of the level, at the end it is 12 % too high, and then right."""
    wired, on_ns = running("foreo-bear-2-D50")
    start_ns = on_ns + TICK
    assert wired.current(start_ns + RISE // 2) == pytest.approx(0.5 * LEVEL_10, rel=1e-3)
    low, _ = wired.extremes(start_ns + RISE // 2, start_ns + RISE * 6 // 10)
    assert low == pytest.approx(0.3 * LEVEL_10, rel=1e-3)
    _, high = wired.extremes(start_ns, start_ns + 2 * RISE)
    assert high == pytest.approx(1.12 * LEVEL_10, rel=1e-3)
    assert wired.current() == pytest.approx(LEVEL_10, rel=1e-3)


def test_d55_runs_into_open_electrodes() -> None:
    """It is in RUN with nobody there, stands at its compliance, and gives its level at the first touch."""
    wired = bear("foreo-bear-2-D55")
    wired.start("LEVEL=10")
    wired.pass_ns(2 * S)
    assert wired.state() == "RUN"
    assert wired.loop.output(1).at(Quantity.VOLTAGE, wired.now_ns) == pytest.approx(24.0, rel=5e-3)
    wired.touch(closed=True)
    touched_ns = wired.now_ns
    wired.pass_ns(MS)
    _, peak = wired.extremes(touched_ns, touched_ns + US)
    assert peak == pytest.approx(24.0 / 10e3, rel=1e-2)
    assert wired.current(touched_ns + 50 * US) == pytest.approx(LEVEL_10, rel=2e-3)


def test_a_unit_that_stays_live_reports_the_loss_and_goes_on() -> None:
    """ARMED in its words, and a load closed 15 ms after the loss carries the level until the next tick."""
    wired, on_ns = running("foreo-bear-2-stays-live")
    lost_ns = on_ns + 500 * TICK + 4_500 * US
    wired.until_ns(lost_ns)
    wired.touch(closed=False)
    wired.pass_ns(13 * MS)
    assert wired.say("STATE? 1").startswith("OK STATE=ARMED")
    gap(wired, wired.now_ns, 2 * MS)
    wired.pass_ns(500 * US)
    assert wired.mean(wired.now_ns - 480 * US, wired.now_ns) > 0.9 * LEVEL_10
    wired.pass_ns(5 * MS)
    assert wired.current() < 0.05 * LEVEL_10  # contact was seen: the rise begins
    assert wired.say("OFF 1") == "OK STATE=OFF"
    wired.pass_ns(100 * US)
    assert wired.current() == pytest.approx(LEAKAGE, abs=1e-9)


def test_the_relays_of_the_loads_are_those_of_the_bench() -> None:
    """What is closed here is what the bench file joins: the d.c. resistance is the stated one."""
    for load, ohm in (("500R", 500.0), ("10k", 10e3), ("1M", 1e6)):
        wired = bear(load=load)
        assert wired.loop.sensed_ohm(1) is None
        wired.touch(closed=True)
        assert wired.loop.sensed_ohm(1) == pytest.approx(ohm, rel=5e-3)
