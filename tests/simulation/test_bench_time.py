"""Bench time: two clocks, events, waiting, and the same bytes for the same seed."""

from __future__ import annotations

import threading
import time
import weakref
from typing import TYPE_CHECKING

import pytest

from harness.simulation.timekeeper import VirtualTimekeeper, WallTimekeeper
from tests.simulation.client import Simulation

if TYPE_CHECKING:
    from pathlib import Path


def test_events_happen_in_order_each_at_its_time() -> None:
    """Events of one time happen in the order of their scheduling; a cancelled one does not."""
    keeper = VirtualTimekeeper()
    seen: list[tuple[str, int]] = []
    for name, at_ns in (("late", 30), ("first", 10), ("second", 10), ("never", 20)):
        event = keeper.schedule(at_ns, lambda name=name: seen.append((name, keeper.now_ns)))
        if name == "never":
            event.cancel()
    keeper.advance(25)
    assert seen == [("first", 10), ("second", 10)]
    assert keeper.now_ns == 25
    keeper.advance(25)
    assert seen[2:] == [("late", 30)]


def test_an_event_may_schedule_another_on_the_way() -> None:
    """What an event makes due before the end of the advance happens in it."""
    keeper = VirtualTimekeeper()
    seen: list[int] = []

    def again() -> None:
        seen.append(keeper.now_ns)
        if len(seen) < 3:
            keeper.schedule(keeper.now_ns + 10, again)

    keeper.schedule(10, again)
    keeper.advance(100)
    assert seen == [10, 20, 30]


def test_a_wait_stops_at_an_event_that_takes_its_end_away() -> None:
    """A jump to what is due does not run past an event that cancels it."""
    keeper = VirtualTimekeeper()
    due: list[int | None] = [100]
    keeper.schedule(40, lambda: due.__setitem__(0, 60))
    done: list[int] = []
    keeper.schedule(60, lambda: done.append(keeper.now_ns))
    with keeper:
        keeper.wait_for(lambda: bool(done), lambda: due[0])
    assert done == [60]
    assert keeper.now_ns == 60


def test_what_was_cancelled_is_forgotten() -> None:
    """Events that are cancelled long before their time take no memory, and the others keep their order."""
    keeper = VirtualTimekeeper()
    seen: list[int] = []
    for at_ns in (3, 1, 2):
        keeper.schedule(at_ns, lambda at_ns=at_ns: seen.append(at_ns))
    marks = [threading.Event() for _ in range(3000)]
    gone = [weakref.ref(mark) for mark in marks]
    for mark in marks:
        keeper.schedule(10**15, mark.set).cancel()
    del marks, mark
    assert sum(ref() is not None for ref in gone) < 1500
    keeper.advance(5)
    assert seen == [1, 2, 3]


def test_the_wall_clock_keeps_up_by_itself() -> None:
    """What is due happens although no message comes."""
    keeper = WallTimekeeper()
    happened = threading.Event()
    keeper.schedule(1, happened.set)
    keeping = threading.Thread(target=keeper.keep_up)
    keeping.start()
    assert happened.wait(10.0)
    keeper.stop()
    keeping.join(10.0)
    assert not keeping.is_alive()


def test_a_measurement_without_an_end_does_not_carry_time_away(simulation: Simulation) -> None:
    """READ? with endless triggers waits like any other question that nothing scheduled can answer."""
    simulation.multimeter.write("TRIG:COUN INF;:READ?")
    assert simulation.multimeter.hears_nothing()
    before = simulation.now()
    assert simulation.now() == before
    assert simulation.switch.query("*OPC?") == "1"
    assert simulation.now() - before == pytest.approx(1e-3)


def test_virtual_time_stands_still_between_messages(simulation: Simulation) -> None:
    """Control requests cost nothing, waiting costs nothing, messages cost their fixed time."""
    start = simulation.now()
    time.sleep(0.05)
    assert simulation.now() == start
    simulation.multimeter.query("*OPC?")
    assert simulation.now() - start == pytest.approx(0.5e-3, abs=1e-12)
    simulation.oscilloscope.query("*OPC?")
    assert simulation.now() - start == pytest.approx(1.5e-3, abs=1e-12)
    simulation.switch.query("*OPC?")
    assert simulation.now() - start == pytest.approx(2.5e-3, abs=1e-12)


def test_the_wall_clock_follows_the_wall(exact_unit: Path) -> None:
    """On the wall clock time passes by itself, advance is refused, and a reading takes its aperture."""
    with Simulation(clock="wall", unit=exact_unit) as simulation:
        assert simulation.ready["clock"] == "wall"
        assert "wall clock" in str(simulation.ask("advance", seconds=1.0)["error"])
        started = time.monotonic()
        simulation.multimeter.query("CONF:VOLT:DC 1;:VOLT:ZERO:AUTO OFF;:READ?")
        assert 0.2 <= time.monotonic() - started < 0.6
        began = simulation.now()
        time.sleep(0.1)
        assert 0.1 <= simulation.now() - began < 0.3
        assert simulation.switch.query("ROUT:CLOS (@101,111,112,115,116);CLOS? (@101)") == "1"


def test_the_watchdog_trips_on_the_wall_clock_unasked(tmp_path: Path, exact_unit: Path) -> None:
    """The output ended at the watchdog's time, although nobody looked until later."""
    fast = tmp_path / "fast.toml"
    fast.write_text('extends = "exact"\n[firmware]\nwatchdog_s = 0.1\n', encoding="utf-8")
    assert fast.parent == exact_unit.parent
    with Simulation(clock="wall", unit=fast) as simulation:
        simulation.run(2)
        now = simulation.now()
        time.sleep(0.4)
        assert simulation.stimulator.query("STATE? 1") == "OK STATE=OFF TRIP=watchdog POLARITY=positive"
        assert simulation.truth("current", now + 0.15, now + 0.35, "peak") <= 2e-7
        assert simulation.truth("current", now - 1e-4, now, "peak") == pytest.approx(1e-3, rel=1e-3)


def session(simulation: Simulation) -> list[str]:
    """Measure a little of everything."""
    simulation.control("begin", key="session")
    simulation.run(7, "bipolar")
    meter, scope = simulation.multimeter, simulation.oscilloscope
    answers = [meter.query("*RST;:CONF:VOLT:DC 0.1;:VOLT:NPLC 1;:SAMP:COUN 4;:READ?")]
    answers.append(meter.query("TRIG:SOUR INT;SLOP NEG;DEL 0.05;:READ?"))
    simulation.stimulator.query("KEEP")
    answers.append(scope.query(":CHAN1:SCAL 0.02;:TIM:SCAL 0.02;:TRIG:SWE NORM;:DIG CHAN1;:WAV:PRE?"))
    scope.write(":WAV:DATA?")
    answers.append(scope.block().hex())
    answers.append(str(simulation.now()))
    return answers


def test_the_same_seed_and_commands_give_the_same_bytes() -> None:
    """Two processes, one of them short of processor time, answer alike; another seed answers otherwise."""
    busy = threading.Event()

    def burn() -> None:
        while not busy.is_set():
            sum(range(1000))

    with Simulation("--seed=5") as first, Simulation("--seed=5") as second, Simulation("--seed=6") as other:
        expected = session(first)
        burner = threading.Thread(target=burn)
        burner.start()
        try:
            assert session(second) == expected
        finally:
            busy.set()
            burner.join()
        assert session(other)[:2] != expected[:2]


def test_a_new_seed_is_a_new_bench(simulation: Simulation) -> None:
    """`reseed` makes the bench that a start with that seed makes."""
    with Simulation("--seed=9") as other:
        simulation.control("reseed", seed=9)
        assert simulation.control("state")["errors"] == other.control("state")["errors"]
        assert session(simulation) == session(other)
