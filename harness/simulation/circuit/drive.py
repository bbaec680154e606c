"""What the unit's current source is told to do: the programme of its current over time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Line:
    """A straight piece of the source current on [start, end): `value` at the start, `slope` per second."""

    start_ns: int
    end_ns: int
    value: float
    slope: float

    def until(self, end_ns: int) -> Line:
        return Line(self.start_ns, end_ns, self.value, self.slope)

    def after(self, start_ns: int) -> Line:
        value = self.value + self.slope * ((start_ns - self.start_ns) / NS_PER_S)
        return Line(start_ns, self.end_ns, value, self.slope)


@dataclass(frozen=True, slots=True)
class Drive:
    """A current that alternates between two values, and rises linearly from zero after `on_ns`.

    Attributes:
        first_a: current of the first half period.
        second_a: current of the second half; equal to the first where nothing alternates.
        half_period_ns: length of each half.
        phase_origin_ns: start of a first half.
        on_ns: start of the rise.
        rise_ns: length of the rise; 0: none.
    """

    first_a: float
    second_a: float
    half_period_ns: int
    phase_origin_ns: int
    on_ns: int
    rise_ns: int

    def lines(self, from_ns: int, to_ns: int) -> Iterator[Line]:
        """Cut [from, to) into straight pieces."""
        start = from_ns
        while start < to_ns:
            end = min(to_ns, self._next_break(start))
            yield self._line(start, end)
            start = end

    def rephased(self, origin_ns: int) -> Drive:
        """Answer the same drive with the alternation starting anew at `origin_ns`."""
        return Drive(self.first_a, self.second_a, self.half_period_ns, origin_ns, self.on_ns, self.rise_ns)

    def _line(self, start_ns: int, end_ns: int) -> Line:
        half = (start_ns - self.phase_origin_ns) // self.half_period_ns
        plateau = self.second_a if half % 2 else self.first_a
        since_on = start_ns - self.on_ns
        if since_on >= self.rise_ns:
            return Line(start_ns, end_ns, plateau, 0.0)
        return Line(start_ns, end_ns, plateau * (since_on / self.rise_ns), plateau * NS_PER_S / self.rise_ns)

    def _next_break(self, after_ns: int) -> int:
        breaks = []
        if after_ns < self.on_ns + self.rise_ns:
            breaks.append(self.on_ns + self.rise_ns)
        if self.first_a != self.second_a:
            half = (after_ns - self.phase_origin_ns) // self.half_period_ns
            breaks.append(self.phase_origin_ns + (half + 1) * self.half_period_ns)
        return min(breaks, default=FOREVER_NS)


FOREVER_NS = 1 << 62
"""Later than anything that will be asked for."""


def steady(current_a: float) -> Drive:
    """Drive a constant current, as the leakage of an output that is off."""
    return Drive(current_a, current_a, NS_PER_S, 0, 0, 0)
