"""Signatures of the defects of contact sensing, and adaptation of the current, in the ground truth of the loop."""

from __future__ import annotations

import math

import numpy as np
import pytest

from harness.simulation.circuit.history import Quantity
from tests.simulation.units import MS, US, S, Wired, exact

BEAR = "foreo-bear-2"
LEVEL_10 = 680e-6
LEAKAGE = 2e-9
OUTPUT_OHM = 20e6


def touched(name: str, ohm: float) -> Wired:
    """Start at the top level with so many ohms between the electrodes, and wait until a rise would be over."""
    wired = Wired(exact(name, watchdog_s=0.0))
    wired.resist(ohm)
    wired.start("LEVEL=10")
    wired.pass_ns(2 * S)
    return wired


@pytest.mark.parametrize(
    ("name", "limit_ohm"), [(BEAR, 500e3), (f"{BEAR}-D51", 15e3), (f"{BEAR}-D51-insensitive", 20e6)]
)
def test_d51_the_threshold_is_somewhere_else(name: str, limit_ohm: float) -> None:
    """A dry user's 20 kilohm and a mere 10 megohm are contact, or are not, and so is what lies at the limit."""
    for ohm in (10e3, 20e3, 10e6, 0.99 * limit_ohm, 1.01 * limit_ohm):
        assert touched(name, ohm).state() == ("RUN" if ohm < limit_ohm else "ARMED")


def test_the_threshold_has_a_hysteresis_where_the_file_gives_one() -> None:
    """Found below 500 kilohm, lost above 600 kilohm."""
    wired = Wired(exact(BEAR, watchdog_s=0.0, release_ohm=600e3))
    found = []
    for ohm in (550e3, 490e3, 550e3, 590e3, 610e3, 550e3):
        wired.resist(ohm)
        if not found:
            wired.start("LEVEL=1")
        wired.pass_ns(20 * MS)
        found.append(wired.state())
    assert found == ["ARMED", "RUN", "RUN", "RUN", "ARMED", "ARMED"]


def latencies_s(name: str, count: int = 200) -> list[float]:
    """Touch again and again, each time at another phase of the unit's ticks; answer from touch to RUN."""
    wired = Wired(exact(name, watchdog_s=0.0))
    found = []
    for number in range(count):
        wired.touch(closed=False)
        wired.start("LEVEL=10")
        wired.pass_ns(1 * S + round(number / count * 50 * MS))
        wired.touch(closed=True)
        touched_ns = wired.now_ns
        wired.pass_ns(200 * MS)
        assert wired.state() == "RUN"
        found.append((touched_ns, wired))
        rise_ns = wired.crossings(10e-6, touched_ns + US, wired.now_ns)[0]
        begin_s = (rise_ns - touched_ns) / S - 0.8 * 10e-6 / LEVEL_10  # the rise is straight: 10 uA come a little later
        found[-1] = begin_s
        wired.say("OFF 1")
    return found


@pytest.mark.parametrize(("name", "period_s"), [(BEAR, 5e-3), (f"{BEAR}-D52", 50e-3)])
def test_d52_the_resistance_is_measured_too_rarely(name: str, period_s: float) -> None:
    """From touch to the beginning of the rise: evenly from 0 to one period."""
    found = np.array(latencies_s(name))
    assert np.min(found) >= -50e-6
    assert np.max(found) <= period_s + 50e-6
    assert np.mean(found) == pytest.approx(period_s / 2, rel=0.1)
    assert np.std(found) == pytest.approx(period_s / math.sqrt(12.0), rel=0.1)


def sense_starts_s(name: str) -> list[float]:
    """Answer when sense pulses begin in one second of ARMED, through 1 megohm."""
    wired = Wired(exact(name, watchdog_s=0.0), "1M")
    on_ns = wired.start("LEVEL=10")
    wired.pass_ns(2 * S)
    assert wired.state() == "ARMED"
    return [(at_ns - on_ns) / S for at_ns in wired.crossings(0.2e-6, on_ns + S - US, on_ns + 2 * S - US)]


def test_d52_the_measurement_jitters() -> None:
    """Each pulse up to 4 ms late, evenly: 2 ms on average, 4 ms / sqrt 12 about it; the sound unit's are in time."""
    sound = np.diff(sense_starts_s(BEAR))
    assert sound == pytest.approx(np.full(len(sound), 5e-3), abs=1e-6)
    starts = np.array(sense_starts_s(f"{BEAR}-D52-jitters"))
    late = starts % 5e-3
    assert np.max(late) <= 4e-3 + 20e-6
    assert np.mean(late) == pytest.approx(2e-3, rel=0.15)
    assert np.std(late) == pytest.approx(4e-3 / math.sqrt(12.0), rel=0.15)
    assert np.mean(np.diff(starts)) == pytest.approx(5e-3, rel=0.01)


def test_d52_a_late_tick_is_where_the_late_pulse_is() -> None:
    """The firmware looks when it measures: the rise begins with a sense pulse."""
    wired = Wired(exact(f"{BEAR}-D52-jitters", watchdog_s=0.0), "1M")
    wired.start("LEVEL=10")
    wired.pass_ns(S)
    with wired.keeper:
        wired.loop.connect(frozenset({103, 113, 114, 117, 118}))
    touched_ns = wired.now_ns
    other = Wired(exact(f"{BEAR}-D52-jitters", watchdog_s=0.0), "1M")
    other.start("LEVEL=10")
    other.pass_ns(2 * S)
    wired.pass_ns(S)
    pulse_ns = other.crossings(0.2e-6, touched_ns, touched_ns + 20 * MS)[0]
    ten_ns = wired.crossings(10e-6, touched_ns, wired.now_ns)[0]
    assert ten_ns - round(0.8 * S * 10e-6 / LEVEL_10) == pytest.approx(pulse_ns, abs=50 * US)


@pytest.mark.parametrize(("name", "peak_a"), [(BEAR, LEAKAGE), (f"{BEAR}-D53", 0.015 * LEVEL_10 + LEAKAGE)])
def test_d53_sense_pulses_reach_the_user_in_off(name: str, peak_a: float) -> None:
    """Never switched on, and after OFF: 1.5 % of the top level for 100 us every 5 ms, a mean of a fiftieth of it."""
    wired = Wired(exact(name, watchdog_s=0.0))
    wired.pass_ns(S)
    for _ in range(2):
        assert wired.extremes(wired.now_ns - S // 2, wired.now_ns)[1] == pytest.approx(peak_a, rel=2e-3)
        mean_a = wired.mean(wired.now_ns - S // 2, wired.now_ns)
        assert mean_a == pytest.approx((peak_a - LEAKAGE) / 50.0 + LEAKAGE, rel=2e-3)
        wired.start("LEVEL=10")
        wired.pass_ns(S)
        assert wired.say("OFF 1") == "OK STATE=OFF"
        wired.pass_ns(S)


def adapted(name: str, ohm: float) -> float:
    """Answer the source's current at so many ohms, as a share of the level."""
    wired = touched(name, ohm)
    volts = wired.loop.output(1).at(Quantity.VOLTAGE, wired.now_ns)
    return (wired.current() + volts / OUTPUT_OHM) / LEVEL_10


@pytest.mark.parametrize(("name", "at_ends"), [(BEAR, 0.0), (f"{BEAR}-adapts", 0.03), (f"{BEAR}-D54", -0.25)])
def test_d54_the_current_follows_the_skin_the_wrong_way_and_too_far(name: str, at_ends: float) -> None:
    """Along the logarithm of the resistance from 1 to 100 kilohm, held beyond; a band is 5 % either way."""
    for ohm, way in ((500.0, -1.0), (1e3, -1.0), (10e3, 0.0), (31_623.0, 0.5)):
        assert adapted(name, ohm) == pytest.approx(1.0 + at_ends * way, rel=1e-3)
    leaves_band = any(abs(adapted(name, ohm) - 1.0) > 0.05 for ohm in (500.0, 1e3, 3e3))
    assert leaves_band is (name == f"{BEAR}-D54")


def test_the_current_follows_at_the_next_tick_and_once() -> None:
    """From 10 kilohm to 1 kilohm within RUN: the level until the tick, 3 % less from it on, then no event more."""
    wired = touched(f"{BEAR}-adapts", 10e3)
    wired.pass_ns(1_700 * US)
    tick_ns = wired.now_ns + 3_300 * US
    wired.resist(1e3)
    wired.until_ns(tick_ns - 10 * US)
    assert wired.current() == pytest.approx(LEVEL_10, rel=1e-3)
    wired.until_ns(tick_ns + 10 * US)
    assert wired.current() == pytest.approx(0.97 * LEVEL_10, rel=1e-3)
    events = wired.keeper.events
    wired.pass_ns(3600 * S)
    assert wired.keeper.events <= events + 2


def test_a_rise_goes_on_while_the_current_is_adapted() -> None:
    """Another resistance in the middle of the rise changes its slope, not its time."""
    wired = Wired(exact(f"{BEAR}-adapts", watchdog_s=0.0))
    wired.resist(10e3)
    on_ns = wired.start("LEVEL=10")
    start_ns = on_ns + 5 * MS
    wired.until_ns(start_ns + 400 * MS)
    assert wired.current() == pytest.approx(0.5 * LEVEL_10, rel=1e-3)
    wired.resist(1e3)
    wired.until_ns(start_ns + 600 * MS)
    assert wired.current() == pytest.approx(0.75 * 0.97 * LEVEL_10, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "electrode", "state"),
    [
        (BEAR, "plus", "ARMED"),
        (BEAR, "minus", "ARMED"),
        (f"{BEAR}-D56", "plus", "ARMED"),
        (f"{BEAR}-D56", "minus", "RUN"),
    ],
)
def test_d56_the_loss_of_one_electrode_is_not_seen(name: str, electrode: str, state: str) -> None:
    """It stays in RUN at its compliance, and the touch after it is a shock: 24 V through 10 kilohm."""
    wired = touched(name, 10e3)
    with wired.keeper:
        wired.loop.contact("plus" if electrode == "plus" else "minus", closed=False)
    wired.pass_ns(S)
    assert wired.state() == state
    with wired.keeper:
        wired.loop.contact("plus" if electrode == "plus" else "minus", closed=True)
    touched_ns = wired.now_ns
    wired.pass_ns(MS)
    peak_a = wired.extremes(touched_ns, touched_ns + 100 * US)[1]
    if state == "RUN":
        assert peak_a == pytest.approx(24.0 / 10e3, rel=2e-2)
    else:
        assert peak_a < 0.1 * LEVEL_10


def test_d56_a_loss_of_both_electrodes_is_seen() -> None:
    """The blind electrode alone is not enough to stay in RUN."""
    wired = touched(f"{BEAR}-D56", 10e3)
    wired.touch(closed=False)
    wired.pass_ns(20 * MS)
    assert wired.state() == "ARMED"
