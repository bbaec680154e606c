"""The bench watchdog against its document."""

from __future__ import annotations

import pytest

from harness.simulation.files.modelfile import model
from harness.simulation.instruments.bench_watchdog import BenchWatchdog
from tests.simulation.stand_in import Table

OPERATE_NS, PERIOD_NS = 1_000_000, 2_000_000_000


class Bench(Table):
    """A watchdog whose relays 1 and 2 are stimulator channels 1 and 2."""

    def __init__(self) -> None:
        super().__init__()
        self.watchdog = BenchWatchdog(model("bench-watchdog"), self.surroundings, (1, 2))

    def ask(self, message: str) -> str:
        return self.tell(self.watchdog, message)

    @property
    def selected(self) -> object:
        """What is connected now."""
        return self.loop.calls[-1][2]


@pytest.fixture
def bench() -> Bench:
    """A watchdog after power-up."""
    return Bench()


def test_it_says_who_it_is(bench: Bench) -> None:
    """The identity names the board, and the serial number begins with SIM."""
    assert bench.ask("*IDN?").split(",")[:3] == ["stimcert bench", "BW1", "SIM0BW10001"]
    assert float(bench.ask("WATCH:PER?")) == 2.0


def test_power_up_is_open(bench: Bench) -> None:
    """Nothing is connected, nothing has tripped."""
    assert bench.ask("ROUT:CLOS:STAT?;:WATCH:TRIP?") == "0;0"
    assert bench.selected is None


def test_one_relay_at_a_time_breaks_before_it_makes(bench: Bench) -> None:
    """Closing another relay opens the first one before."""
    bench.ask("ROUT:CLOS (@1)")
    assert (bench.ask("ROUTe:CLOSe:STATe?"), bench.selected) == ("1", 1)
    start = bench.keeper.now_ns
    bench.ask("ROUT:CLOS (@2)")
    assert bench.loop.moves("select", start) == [(OPERATE_NS, None), (2 * OPERATE_NS, 2)]
    bench.ask("ROUT:OPEN:ALL")
    assert (bench.ask("ROUT:CLOS:STAT?"), bench.selected) == ("0", None)


def test_a_relay_of_no_channel_connects_nothing(bench: Bench) -> None:
    """Relay 4 closes, and the loop stays open."""
    bench.ask("ROUT:CLOS (@4)")
    assert (bench.ask("ROUT:CLOS:STAT?"), bench.selected) == ("4", None)


def test_beats_hold_the_relay(bench: Bench) -> None:
    """With a beat in each period it stays closed."""
    bench.ask("ROUT:CLOS (@1)")
    for _ in range(10):
        bench.wait(1.9)
        bench.ask("WATCH:BEAT")
    assert bench.ask("ROUT:CLOS:STAT?;:WATCH:TRIP?") == "1;0"


def test_a_missed_beat_opens_it_and_is_remembered(bench: Bench) -> None:
    """2 s after the last beat it trips, opens 1 ms later, and refuses to close until all is opened."""
    bench.ask("ROUT:CLOS (@1)")
    bench.wait(1.0)
    bench.ask("WATCH:BEAT")
    start = bench.keeper.now_ns
    bench.wait(10.0)
    assert bench.loop.moves("select", start) == [(PERIOD_NS + OPERATE_NS, None)]
    assert bench.ask("ROUT:CLOS:STAT?;:WATCH:TRIP?;:WATCH:TRIP?") == "0;1;1"
    bench.ask("WATCH:BEAT;:ROUT:CLOS (@1)")
    assert bench.ask("SYST:ERR?;:ROUT:CLOS:STAT?") == '-221,"Settings conflict";0'
    bench.ask("ROUT:OPEN:ALL;:ROUT:CLOS (@1)")
    assert bench.ask("SYST:ERR?;:ROUT:CLOS:STAT?;:WATCH:TRIP?") == '+0,"No error";1;0'


def test_nothing_trips_while_all_is_open(bench: Bench) -> None:
    """There is nothing to watch."""
    bench.wait(100.0)
    assert bench.ask("WATCH:TRIP?") == "0"
    assert bench.watchdog.trips_in_ns() is None


def test_closing_again_is_a_beat(bench: Bench) -> None:
    """CLOSe of the relay that is closed takes no relay time and starts the period anew."""
    bench.ask("ROUT:CLOS (@1)")
    bench.wait(1.5)
    before = bench.keeper.now_ns
    bench.ask("ROUT:CLOS (@1)")
    assert bench.keeper.now_ns == before
    assert bench.watchdog.trips_in_ns() == PERIOD_NS


@pytest.mark.parametrize(
    ("command", "error"),
    [
        ("ROUT:CLOS (@13)", '-222,"Data out of range"'),
        ("ROUT:CLOS (@0)", '-222,"Data out of range"'),
        ("ROUT:CLOS (@1,2)", '-222,"Data out of range"'),
        ("ROUT:CLOS", '-109,"Missing parameter"'),
        ("WATCH:PER 10", '-113,"Undefined header"'),
    ],
)
def test_each_mistake_has_its_number(bench: Bench, command: str, error: str) -> None:
    """A mistake closes nothing; the period cannot be changed."""
    bench.ask(command)
    assert bench.ask("SYST:ERR?;:ROUT:CLOS:STAT?") == f"{error};0"
