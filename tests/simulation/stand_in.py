"""A small loop that records what instruments do to it, and a way to talk to an instrument without a process."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from harness.simulation.draws import HiddenErrors, NoiseSource
from harness.simulation.instruments.base import Surroundings
from harness.simulation.timekeeper import NS_PER_S, VirtualTimekeeper

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.circuit.loop import Loop
    from harness.simulation.instruments.base import Instrument
    from harness.simulation.timekeeper import Event

MAINS_HZ = 50.0


class CountingTimekeeper(VirtualTimekeeper):
    """Bench time that counts what is scheduled.

    Attributes:
        events: scheduled so far.
    """

    def __init__(self) -> None:
        super().__init__()
        self.events = 0

    @property
    def is_waited_for(self) -> bool:
        """Whether a message waits for something that is not scheduled."""
        return bool(self._waiting)

    def schedule(self, at_ns: int, action: Callable[[], None]) -> Event:
        self.events += 1
        return super().schedule(at_ns, action)


class RecordingLoop:
    """Takes what instruments do, with its time."""

    def __init__(self, timekeeper: VirtualTimekeeper) -> None:
        self._timekeeper = timekeeper
        self.calls: list[tuple[int, str, object]] = []

    def _record(self, name: str, value: object) -> None:
        self.calls.append((self._timekeeper.now_ns, name, value))

    def contact(self, electrode: str, *, closed: bool) -> None:
        self._record(electrode, closed)

    def monitor(self, *, closed: bool) -> None:
        self._record("monitor", closed)

    def select(self, channel: int | None) -> None:
        self._record("select", channel)

    def auxiliary(self, emf_v: float) -> None:
        self._record("auxiliary", emf_v)

    def supply_pickup(self, amplitude_a: float) -> None:
        self._record("pickup", amplitude_a)

    def moves(self, name: str, after_ns: int = 0) -> list[tuple[int, object]]:
        """Answer when one thing was moved, and to what."""
        return [(at_ns - after_ns, value) for at_ns, what, value in self.calls if what == name and at_ns > after_ns]


class Table:
    """A timekeeper, a recording loop, and instruments on them."""

    def __init__(self, seed: int = 1) -> None:
        self.keeper = CountingTimekeeper()
        self.loop = RecordingLoop(self.keeper)
        self.errors = HiddenErrors(seed)
        self.noise = NoiseSource(seed)
        self.surroundings = Surroundings(self.keeper, cast("Loop", self.loop), self.noise, MAINS_HZ)

    def tell(self, instrument: Instrument, message: str | bytes) -> str:
        """Send a message without the time of its way; answer what came back, empty where nothing did."""
        data = message.encode("latin-1") if isinstance(message, str) else message
        with self.keeper:
            answer = instrument.execute(instrument.parse(data))
        return "" if answer is None else answer.decode("latin-1")

    def wait(self, seconds: float) -> None:
        with self.keeper:
            self.keeper.advance(round(seconds * NS_PER_S))
