"""The one loop behind all instruments: its parts, its state now, and its history."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.circuit.drive import steady
from harness.simulation.circuit.history import History, Stage, Stretch, Triangle
from harness.simulation.circuit.parts import solve
from harness.simulation.circuit.segment import Sine
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.circuit.drive import Drive
    from harness.simulation.circuit.parts import Parts
    from harness.simulation.timekeeper import Timekeeper

_TURN = 6.283185307179586


class Loop:
    """The electrical state of the bench.

    Attributes:
        history: what flowed and flows.
        parts: what it is made of.
    """

    def __init__(self, timekeeper: Timekeeper, parts: Parts, stage: Stage) -> None:
        self.history = History()
        self.parts = parts
        self._timekeeper = timekeeper
        self._stage = stage
        self._drive = steady(0.0)
        self._closed: frozenset[int] = frozenset()
        self._meter_input_ohm = 10e6
        self._factors: dict[str, float] = {}
        self._origin_ns = timekeeper.now_ns
        self._listeners: list[Callable[[], None]] = []
        self._update()

    def on_change(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every change, for those who wait for an edge."""
        self._listeners.append(listener)

    def drive(self, drive: Drive) -> None:
        self._drive = drive
        self._update()

    def connect(self, closed: frozenset[int]) -> None:
        self._closed = closed
        self._update()

    def meter_input(self, input_ohm: float) -> None:
        if input_ohm != self._meter_input_ohm:
            self._meter_input_ohm = input_ohm
            self._update()

    def scale_resistors(self, factors: dict[str, float]) -> None:
        self._factors = dict(factors)
        self._update()

    def rebuild(self, parts: Parts, stage: Stage) -> None:
        """Take other parts: a new bench."""
        self.parts = parts
        self._stage = stage
        self._update()

    def begin(self) -> None:
        """Return what depends on bench time to its start: pickup, thermal voltage, phase of the alternation."""
        self._origin_ns = self._timekeeper.now_ns
        self._drive = self._drive.rephased(self._origin_ns)
        self._update()

    def true_resistance(self, name: str, value_ohm: float) -> float:
        """Apply the fault, if there is one, to a resistor's true value."""
        return value_ohm * self._factors.get(name, 1.0)

    def _update(self) -> None:
        network = solve(self.parts, self._closed, self._meter_input_ohm, self._factors)
        sensed = network.sensed
        stretch = Stretch(
            start_ns=self._timekeeper.now_ns,
            drive=self._drive,
            stage=self._stage,
            network=network,
            pickup=Sine(self.parts.pickup_a, _TURN * self.parts.mains_hz, self._origin_ns),
            emf=Triangle(
                sensed.emf_swing_v if sensed else 0.0,
                round(self.parts.emf_half_period_s * NS_PER_S),
                self._origin_ns,
            ),
            emf_v=sensed.emf_v + network.meter_bias_v if sensed else 0.0,
        )
        self.history.append(stretch)
        for listener in self._listeners:
            listener()
