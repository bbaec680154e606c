"""What an oscilloscope finds out about a signal when it is told to find its own settings."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulation.circuit.history import Edge
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from harness.simulation.circuit.history import History
    from harness.simulation.instruments.oscilloscope_record import Wire

_LOOK_NS = NS_PER_S
"""What is looked at; the slowest signal that is found repeats twice in it."""
_HYSTERESIS = 0.1
_MANTISSAS = (1.0, 2.0, 5.0)


@dataclass(frozen=True, slots=True)
class Signal:
    """What a channel has seen lately; volts are volts at the input, behind the probe.

    Attributes:
        low_v: smallest.
        high_v: largest.
        period_s: between its last two rising edges, NaN where there are none.
    """

    low_v: float
    high_v: float
    period_s: float


def look(history: History, wire: Wire, now_ns: int) -> Signal:
    """Look at the second before `now_ns`."""
    from_ns = max(0, now_ns - _LOOK_NS)
    if from_ns >= now_ns:
        return Signal(0.0, 0.0, math.nan)
    low, high = history.extremes(wire.quantity, from_ns, now_ns)
    edge = Edge(wire.quantity, 0.5 * (low + high), rising=True, hysteresis=_HYSTERESIS * (high - low))
    first_ns, _ = history.first_crossing(edge, from_ns, now_ns, primed=False)
    second_ns = None
    if first_ns is not None and high > low:
        second_ns, _ = history.first_crossing(edge, first_ns + 1, now_ns, primed=False)
    period_s = (second_ns - first_ns) / NS_PER_S if first_ns is not None and second_ns is not None else math.nan
    return Signal(low / wire.ratio, high / wire.ratio, period_s)


def step_up(value: float) -> float:
    """Answer the next step of 1, 2, 5, 10 that is not below `value`."""
    decade = 10.0 ** math.floor(math.log10(value))
    steps = (mantissa * scale for scale in (decade, 10.0 * decade) for mantissa in _MANTISSAS)
    return float(f"{next(step for step in steps if step >= value * (1.0 - 1e-9)):.0e}")


def nearest_step(value: float) -> float:
    """Answer the step of 1, 2, 5, 10 that is nearest to `value`."""
    above = step_up(value)
    below = step_up(above / 2.6)  # from 5 to 2, from 2 to 1, from 1 to 0.5
    return below if value - below < above - value else above
