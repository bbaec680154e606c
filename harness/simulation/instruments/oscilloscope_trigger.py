"""What an oscilloscope triggers on: edges and pulses, behind the coupling of channel and trigger."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulation.circuit.history import Edge, crossing_among
from harness.simulation.instruments.level_trigger import NOTHING, EdgeCondition, Seen
from harness.simulation.instruments.oscilloscope_filter import InputView
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from harness.simulation.circuit.history import History, Quantity
    from harness.simulation.instruments.level_trigger import Condition

_HORIZON_NS = NS_PER_S // 4
"""Behind a filter and for pulses nothing repeats for free: less is looked at at once."""


@dataclass(frozen=True, slots=True)
class PulseWidth:
    """Which pulses trigger, at their end.

    Attributes:
        positive: whether they go above the level.
        shortest_s: their time between the two crossings of the level is above it.
        longest_s: and below it.
        outside: the other way round: pulses that do not lie between the two.
    """

    positive: bool
    shortest_s: float
    longest_s: float
    outside: bool = False

    def fits(self, width_s: float) -> bool:
        return (self.shortest_s < width_s < self.longest_s) != self.outside


@dataclass(frozen=True, slots=True)
class TriggerSettings:
    """What the trigger is set to, whatever the maker calls it.

    Attributes:
        source: channel, None where no signal comes from the source.
        level_v: at the channel's input, behind the probe.
        rising: slopes of an edge trigger; either of them triggers.
        pulse: of a pulse-width trigger, None for an edge.
        coupling: DC, AC, LFR (low frequencies are kept out) or HFR (high ones).
        automatic: whether it triggers by itself after a while.
    """

    source: int | None
    level_v: float
    rising: tuple[bool, ...]
    automatic: bool
    pulse: PulseWidth | None = None
    coupling: str = "DC"


class FilteredEdge:
    """An edge behind filters.

    Args:
        view: of the voltage.
        edge: what to wait for.
    """

    horizon_ns = _HORIZON_NS

    def __init__(self, view: InputView, edge: Edge) -> None:
        self._view = view
        self._edge = edge

    def first(self, from_ns: int, to_ns: int, seen: Seen) -> tuple[int | None, Seen]:
        if from_ns >= to_ns:
            return None, seen
        whole = (segment for segment in self._view.segments(from_ns, to_ns) if segment.end_ns > from_ns)
        parts = (segment.cut(max(segment.start_ns, from_ns), segment.end_ns) for segment in whole)
        time_ns, primed = crossing_among(parts, self._edge, primed=seen.primed)
        return time_ns, Seen(primed)


class PulseCondition:
    """The end of a pulse of a certain width.

    Args:
        start: the edge it begins with.
        end: the edge it ends with.
        width: which pulses count.
        stretch: true time for each second of the instrument's time base.
    """

    horizon_ns = _HORIZON_NS

    def __init__(self, start: Condition, end: Condition, width: PulseWidth, stretch: float) -> None:
        self._start = start
        self._end = end
        self._width = width
        self._stretch = stretch

    def first(self, from_ns: int, to_ns: int, seen: Seen) -> tuple[int | None, Seen]:
        while True:
            began_ns = seen.began_ns
            awaited = self._start if began_ns is None else self._end
            time_ns, now = awaited.first(from_ns, to_ns, Seen(seen.primed))
            if time_ns is None:
                return None, Seen(now.primed, began_ns)
            from_ns = time_ns
            if began_ns is None:
                seen = Seen(began_ns=time_ns)
                continue
            seen = NOTHING
            if self._width.fits((time_ns - began_ns) / NS_PER_S / self._stretch):
                return time_ns, seen


@dataclass(frozen=True, slots=True)
class TriggerInput:
    """What lies between a voltage of the circuit and the comparator.

    Attributes:
        quantity: the voltage.
        level: of it.
        hysteresis: beyond it on the other side.
        ac_corner_hz: of the coupling capacitors; 0: none.
        bandwidth_hz: where high frequencies are kept out, otherwise infinite.
    """

    quantity: Quantity
    level: float
    hysteresis: float
    ac_corner_hz: float = 0.0
    bandwidth_hz: float = math.inf

    def conditions(self, history: History, settings: TriggerSettings, stretch: float) -> tuple[Condition, ...]:
        """Answer what is waited for; any of it triggers."""
        pulse = settings.pulse
        if pulse is None:
            return tuple(self._edge(history, rising=rising) for rising in settings.rising)
        start, end = self._edge(history, rising=pulse.positive), self._edge(history, rising=not pulse.positive)
        return (PulseCondition(start, end, pulse, stretch),)

    def _edge(self, history: History, *, rising: bool) -> Condition:
        edge = Edge(self.quantity, self.level, rising, self.hysteresis)
        if not self.ac_corner_hz and math.isinf(self.bandwidth_hz):
            return EdgeCondition(history, edge)
        return FilteredEdge(InputView(history, edge.quantity, self.bandwidth_hz, self.ac_corner_hz), edge)
