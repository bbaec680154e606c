"""A unit's electronics on an ideal bench with one load of any size, played through its board: no firmware."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from harness.simulation.circuit.history import Edge, Quantity
from harness.simulation.circuit.loop import Loop
from harness.simulation.circuit.parts import Branch
from harness.simulation.draws import HiddenErrors
from harness.simulation.timekeeper import VirtualTimekeeper
from harness.simulation.unit.board import Sequence, Step, hold
from harness.simulation.unit.unit import SimulatedUnit, stages
from tests.simulation.circuits import BARE, NEVER_OHM
from tests.simulation.units import exact

if TYPE_CHECKING:
    from harness.simulation.files.unitfile import UnitFile

S = 1_000_000_000
MS = 1_000_000
US = 1_000
_RESISTOR_OHM = 10.0
_CLOSED = frozenset({1, 11, 12, 15, 16})


class Stand:
    """A unit with one load, ideal relays, no pickup, at the temperature of its certificate.

    Args:
        unit: its file's name, or what was read.
        ohm: between the outputs.
        parallel: a resistor and a capacitance in parallel, in series with `ohm`.
        temperature_c: of the room.
        channel: that hangs on the load.
    """

    def __init__(
        self,
        unit: str | UnitFile,
        ohm: float = 10e3,
        *,
        parallel: tuple[float, float] = (0.0, 0.0),
        temperature_c: float = 23.0,
        channel: int = 1,
    ) -> None:
        built = exact(unit) if isinstance(unit, str) else unit
        self.keeper = VirtualTimekeeper()
        load = Branch(
            "load", ohm - 2 * _RESISTOR_OHM, 1, None, 0.0, NEVER_OHM, parallel_ohm=parallel[0], parallel_f=parallel[1]
        )
        parts = replace(
            BARE,
            loads=(load,),
            meter=(Branch("RM", _RESISTOR_OHM, 11, 12, 0.0, NEVER_OHM),),
            scope=(Branch("RS", _RESISTOR_OHM, 15, 16, 0.0, NEVER_OHM),),
            temperature_c=temperature_c,
            electrode_relay=True,
        )
        errors = HiddenErrors(1)
        self.loop = Loop(self.keeper, parts, stages(built))
        self.unit = SimulatedUnit(built, errors, self.loop, self.keeper)
        self.loop.meter_input(NEVER_OHM)
        self.loop.connect(_CLOSED)
        self.loop.select(channel)

    @property
    def now_ns(self) -> int:
        return self.keeper.now_ns

    def wait(self, seconds: float) -> None:
        with self.keeper:
            self.keeper.advance(round(seconds * S))

    def play(self, sequence: Sequence | None, channel: int = 1) -> None:
        with self.keeper:
            self.unit.boards[channel - 1].play(sequence)

    def direct(self, current_a: float, bridge: int = 1, channel: int = 1) -> None:
        """Let a steady level flow, as a firmware asks for it."""
        board = self.unit.boards[channel - 1]
        self.play(hold(board.level_code(current_a), bridge, self.now_ns), channel)

    def square(self, current_a: float, hertz: float, second: int = -1, channel: int = 1) -> int:
        """Let a square wave flow whose second half has another direction; answer its half period."""
        code = self.unit.boards[channel - 1].level_code(current_a)
        half_ns = round(0.5 / hertz * S)
        self.play(Sequence((Step(half_ns, 1, code), Step(half_ns, second, code)), self.now_ns), channel)
        return half_ns

    def settled(self, current_a: float, bridge: int = 1, channel: int = 1) -> float:
        """Answer what flows 20 ms after a steady level was asked for."""
        self.direct(current_a, bridge, channel)
        self.wait(0.02)
        return self.current()

    def current(self, at_ns: int | None = None) -> float:
        return self.loop.history.at(Quantity.CURRENT, self.now_ns if at_ns is None else at_ns)

    def mean(self, from_ns: int, to_ns: int) -> float:
        return self.loop.history.mean(Quantity.CURRENT, from_ns, to_ns)

    def extremes(self, from_ns: int, to_ns: int) -> tuple[float, float]:
        return self.loop.history.extremes(Quantity.CURRENT, from_ns, to_ns)

    def crossing(self, level_a: float, from_ns: int, *, rising: bool = True) -> int:
        """Answer the first time at which the current crosses a level."""
        edge = Edge(Quantity.CURRENT, level_a, rising=rising, hysteresis=0.0)
        found_ns, _ = self.loop.history.first_crossing(edge, from_ns, from_ns + 10 * S, primed=False)
        assert found_ns is not None, f"the current never crosses {level_a:g} A"
        return found_ns

    def line(self, hertz: float, from_ns: int, turns: int) -> float:
        """Answer the amplitude at one frequency over whole turns of it."""
        seconds = np.arange(0.0, turns / hertz, 1e-5)
        values = self.loop.history.sample(Quantity.CURRENT, from_ns, seconds)
        turning = np.exp(-2j * math.pi * hertz * seconds)
        return float(2.0 * abs(np.mean(values * turning)))

    def drawn(self) -> float:
        """Answer what the unit draws from its battery."""
        return self.unit.power.drawn_a()
