"""A unit of the checkout on the parts of the simulated bench, in this process: no sockets, no instruments."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from harness.simulation.circuit.history import Edge, Quantity
from harness.simulation.circuit.loop import Loop
from harness.simulation.circuit.parts import as_built
from harness.simulation.draws import HiddenErrors
from harness.simulation.files.asbuilt import AsBuilt
from harness.simulation.files.benchfile import read_bench
from harness.simulation.files.modelfile import model
from harness.simulation.files.unitfile import UnitFile, read_unit
from harness.simulation.timekeeper import VirtualTimekeeper
from harness.simulation.unit.unit import SimulatedUnit, stages
from tests.simulation.client import crc

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.timekeeper import Event
    from harness.simulation.unit.external import Outside

ROOT = Path(__file__).parents[2]
BENCH = ROOT / "fixtures/benches/simulated.toml"
S = 1_000_000_000
MS = 1_000_000
US = 1_000
RELAYS = {
    "500R": frozenset({101, 111, 112, 115, 116}),
    "10k": frozenset({103, 113, 114, 117, 118}),
    "1M": frozenset({105, 107, 108, 109, 110}),
}
AUXILIARY_RELAY = 120


def exact(name: str, **changes: object) -> UnitFile:
    """Read a unit without its spread; `changes` are of any of its tables."""
    unit = read_unit(ROOT / f"fixtures/units/{name}.toml")
    tables: dict[str, dict[str, object]] = {
        "electronics": {"gain_spread": 0.0, "offset_spread_a": 0.0, "off_leakage_a": unit.electronics.off_leakage_a},
        "firmware": {"clock_spread_ppm": 0.0},
        **{table: {} for table in ("contact", "overload", "timing", "power", "session", "supervision")},
        **{table: {} for table in ("display", "tone", "motor")},
    }
    for key, value in changes.items():
        table = next(table for table in tables if hasattr(getattr(unit, table), key))
        tables[table][key] = value
    return replace(unit, **{table: replace(getattr(unit, table), **given) for table, given in tables.items()})


class CountingTimekeeper(VirtualTimekeeper):
    """Bench time that counts what is scheduled.

    Attributes:
        events: scheduled so far.
    """

    def __init__(self) -> None:
        super().__init__()
        self.events = 0

    def schedule(self, at_ns: int, action: Callable[[], None]) -> Event:
        self.events += 1
        return super().schedule(at_ns, action)


class Wired:
    """A unit, its loop and its time; pickup apart, everything is ideal.

    Args:
        unit: what is on the bench.
        load: what is closed.
        outside: a firmware outside, None: the unit file's.
    """

    def __init__(self, unit: UnitFile, load: str = "10k", outside: Outside | None = None) -> None:
        self.keeper = CountingTimekeeper()
        errors = HiddenErrors(1)
        parts = as_built(read_bench(BENCH), model("circuit"), errors, AsBuilt())
        self.loop = Loop(self.keeper, replace(parts, pickup_a=0.0), stages(unit))
        self.unit = SimulatedUnit(unit, errors, self.loop, self.keeper, outside)
        self.loop.connect(RELAYS[load])
        self.load = load
        self.loop.select(1)
        self.touch(closed=True)

    @property
    def now_ns(self) -> int:
        return self.keeper.now_ns

    def touch(self, *, closed: bool) -> None:
        """Close or open both contact switches."""
        with self.keeper:
            self.loop.contact("plus", closed=closed)
            self.loop.contact("minus", closed=closed)

    def pass_ns(self, duration_ns: int) -> None:
        with self.keeper:
            self.keeper.advance(duration_ns)

    def resist(self, ohm: float) -> None:
        """Put a load of so many ohms in place of the 10 kilohm, resistors and contacts included."""
        parts = self.loop.parts
        old = next(load for load in parts.loads if load.name == "10k")
        new = replace(old, resistance_ohm=old.resistance_ohm + ohm - self.loop_ohm)
        loads = tuple(new if load is old else load for load in parts.loads)
        with self.keeper:
            self.loop.rebuild(replace(parts, loads=loads), tuple(o.delivery.stage for o in self.unit.outputs))

    @property
    def loop_ohm(self) -> float:
        """The loop's resistance for direct current, its contacts closed."""
        ohm = self.loop.sensed_ohm(1)
        assert ohm is not None
        return ohm

    def until_ns(self, at_ns: int) -> None:
        self.pass_ns(at_ns - self.now_ns)

    def say(self, text: str) -> str:
        """Send a request as a frame, at this instant; answer the reply's text."""
        body = b"0001 " + text.encode()
        with self.keeper:
            reply = self.unit.protocol.answer(body + b"*" + crc(body))
        assert reply is not None
        return reply[5:-6].decode()

    def start(self, *settings: str, channel: int = 1) -> int:
        """Set and switch on; answer when."""
        assert self.say(f"SET {channel} {' '.join(settings)}").startswith("OK ")
        assert self.say(f"ON {channel}").startswith("OK ")
        return self.now_ns

    def keep(self, duration_ns: int) -> None:
        """Let bench time pass, with a keep-alive each second."""
        while duration_ns > 0:
            self.pass_ns(min(duration_ns, S))
            assert self.say("KEEP") == "OK"
            duration_ns -= S

    def state(self, channel: int = 1) -> str:
        return self.unit.channels[channel - 1].state

    def current(self, at_ns: int | None = None) -> float:
        """Answer the loop's current, now by default."""
        return self.loop.history.at(Quantity.CURRENT, self.now_ns if at_ns is None else at_ns)

    def mean(self, from_ns: int, to_ns: int) -> float:
        return self.loop.history.mean(Quantity.CURRENT, from_ns, to_ns)

    def crossings(self, level_a: float, from_ns: int, to_ns: int, *, rising: bool = True) -> list[int]:
        """Answer when the loop's current crosses a level in one direction."""
        edge = Edge(Quantity.CURRENT, level_a, rising=rising, hysteresis=1e-7)
        found: list[int] = []
        while True:
            at_ns, _ = self.loop.history.first_crossing(edge, from_ns, to_ns, primed=False)
            if at_ns is None:
                return found
            found.append(at_ns)
            from_ns = at_ns + 1

    def extremes(self, from_ns: int, to_ns: int) -> tuple[float, float]:
        return self.loop.history.extremes(Quantity.CURRENT, from_ns, to_ns)
