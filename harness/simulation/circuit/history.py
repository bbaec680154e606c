"""Every stretch of bench time between two changes, so that any past interval can be answered exactly."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from harness.simulation.circuit.drive import Line
from harness.simulation.circuit.segment import Segment, Sine
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from harness.simulation.circuit.drive import Drive
    from harness.simulation.circuit.parts import Network


class Quantity(Enum):
    """What can be asked of the circuit."""

    CURRENT = "current"
    VOLTAGE = "voltage"
    METER_VOLTAGE = "meter-voltage"
    SCOPE_VOLTAGE = "scope-voltage"


@dataclass(frozen=True, slots=True)
class Stage:
    """The output stage: a current source with a parallel resistance and a largest voltage."""

    compliance_v: float
    output_ohm: float

    def largest_source_a(self, loop_ohm: float | None) -> float:
        """Answer the source current at which the compliance voltage is reached."""
        siemens = 1.0 / self.output_ohm + (1.0 / loop_ohm if loop_ohm is not None else 0.0)
        return self.compliance_v * siemens


@dataclass(frozen=True, slots=True)
class Triangle:
    """A slow walk between 0 and `swing` and back, straight lines only.

    Attributes:
        swing: where it turns.
        half_period_ns: time for each way.
        origin_ns: a time at which it is 0.
    """

    swing: float
    half_period_ns: int
    origin_ns: int

    def lines(self, from_ns: int, to_ns: int) -> Iterator[Line]:
        start = from_ns
        while start < to_ns:
            half, inside = divmod(start - self.origin_ns, self.half_period_ns)
            end = min(to_ns, self.origin_ns + (half + 1) * self.half_period_ns)
            share = inside / self.half_period_ns
            slope = self.swing * NS_PER_S / self.half_period_ns
            yield Line(start, end, self.swing * (1.0 - share if half % 2 else share), -slope if half % 2 else slope)
            start = end


@dataclass(frozen=True, slots=True)
class Stretch:
    """What holds from `start_ns` until the next stretch.

    Attributes:
        start_ns: when it begins.
        drive: programme of the source.
        stage: the output stage.
        network: the loop.
        pickup: mains current in the loop where it is closed.
        emf: slow part of the thermal voltage at the multimeter.
        emf_v: constant part of it, with the bias current's voltage.
    """

    start_ns: int
    drive: Drive
    stage: Stage
    network: Network
    pickup: Sine
    emf: Triangle
    emf_v: float

    def segments(self, quantity: Quantity, from_ns: int, to_ns: int) -> Iterator[Segment]:
        """Cut [from, to) into segments of `quantity`; both lie inside the stretch."""
        loop = self.network.loop_ohm
        for line in self._limited(from_ns, to_ns):
            if quantity is Quantity.CURRENT:
                yield self._of_current(line, 1.0)
            elif quantity is Quantity.VOLTAGE:
                # An open circuit has no current: the output resistance alone makes the voltage.
                yield self._of_current(line, loop) if loop is not None else self._open(line)
            elif quantity is Quantity.SCOPE_VOLTAGE:
                yield self._of_current(line, self.network.scope_ohm)
            else:
                yield from self._with_emf(self._of_current(line, self.network.meter_ohm))

    def _limited(self, from_ns: int, to_ns: int) -> Iterator[Line]:
        """Lines of the source current, held at the compliance voltage."""
        largest = self.stage.largest_source_a(self.network.loop_ohm)
        for line in self.drive.lines(from_ns, to_ns):
            yield from _clamp(line, largest)

    def _of_current(self, line: Line, factor: float) -> Segment:
        loop = self.network.loop_ohm
        if loop is None:
            return Segment(line.start_ns, line.end_ns, 0.0, 0.0, _SILENCE)
        share = factor * self.stage.output_ohm / (self.stage.output_ohm + loop)
        return Segment(line.start_ns, line.end_ns, line.value * share, line.slope * share, self.pickup.scaled(factor))

    def _open(self, line: Line) -> Segment:
        ohm = self.stage.output_ohm
        return Segment(line.start_ns, line.end_ns, line.value * ohm, line.slope * ohm, _SILENCE)

    def _with_emf(self, segment: Segment) -> Iterator[Segment]:
        if self.network.sensed is None:
            yield segment
            return
        for emf in self.emf.lines(segment.start_ns, segment.end_ns):
            value = segment.line(emf.start_ns) + emf.value + self.emf_v
            yield Segment(emf.start_ns, emf.end_ns, value, segment.slope + emf.slope, segment.sine)


@dataclass(frozen=True, slots=True)
class Edge:
    """A crossing of `level`; before it the quantity lies beyond `level` by `hysteresis`, as in a Schmitt trigger."""

    quantity: Quantity
    level: float
    rising: bool
    hysteresis: float


_SILENCE = Sine(0.0, 1.0, 0)


def _clamp(line: Line, largest: float) -> Iterator[Line]:
    """Cut a line where it reaches +-`largest`, and hold it there."""
    for part in _cut(_cut((line,), largest), -largest):
        middle = part.value + 0.5 * part.slope * ((part.end_ns - part.start_ns) / NS_PER_S)
        if abs(middle) > largest:
            yield Line(part.start_ns, part.end_ns, math.copysign(largest, middle), 0.0)
        else:
            yield part


def _cut(lines: Iterator[Line] | tuple[Line, ...], level: float) -> Iterator[Line]:
    for line in lines:
        if line.slope == 0.0:
            yield line
            continue
        crossing_ns = line.start_ns + round((level - line.value) / line.slope * NS_PER_S)
        if line.start_ns < crossing_ns < line.end_ns:
            yield line.until(crossing_ns)
            yield line.after(crossing_ns)
        else:
            yield line


class History:
    """The stretches so far; the last one has no end yet."""

    def __init__(self) -> None:
        self._stretches: list[Stretch] = []
        self._starts: list[int] = []

    @property
    def last(self) -> Stretch:
        return self._stretches[-1]

    def append(self, stretch: Stretch) -> None:
        """Let `stretch` hold from its start on; of several at one instant only the last one counts."""
        if self._starts and self._starts[-1] == stretch.start_ns:
            self._stretches[-1] = stretch
            return
        self._stretches.append(stretch)
        self._starts.append(stretch.start_ns)

    def segments(self, quantity: Quantity, from_ns: int, to_ns: int) -> Iterator[Segment]:
        """Cut [from, to) into segments; beyond the last change they say what comes if nothing changes."""
        index = max(0, bisect.bisect_right(self._starts, from_ns) - 1)
        while from_ns < to_ns and index < len(self._stretches):
            last = index + 1 == len(self._stretches)
            end_ns = to_ns if last else min(to_ns, self._starts[index + 1])
            yield from self._stretches[index].segments(quantity, from_ns, end_ns)
            from_ns = end_ns
            index += 1

    def mean(self, quantity: Quantity, from_ns: int, to_ns: int) -> float:
        """Average over [from, to)."""
        total = math.fsum(segment.integral() for segment in self.segments(quantity, from_ns, to_ns))
        return total / ((to_ns - from_ns) / NS_PER_S)

    def rms(self, quantity: Quantity, from_ns: int, to_ns: int) -> float:
        """Root of the mean square over [from, to)."""
        total = math.fsum(segment.integral_of_square() for segment in self.segments(quantity, from_ns, to_ns))
        return math.sqrt(max(0.0, total) / ((to_ns - from_ns) / NS_PER_S))

    def extremes(self, quantity: Quantity, from_ns: int, to_ns: int) -> tuple[float, float]:
        """Smallest and largest value in [from, to)."""
        pairs = [segment.extremes() for segment in self.segments(quantity, from_ns, to_ns)]
        return min(low for low, _ in pairs), max(high for _, high in pairs)

    def at(self, quantity: Quantity, at_ns: int) -> float:
        """Answer the value at one instant."""
        return next(self.segments(quantity, at_ns, at_ns + 1)).at(at_ns)

    def sample(self, quantity: Quantity, base_ns: int, seconds: NDArray[np.floating]) -> NDArray[np.float64]:
        """Sample at ``base + seconds``, which ascend."""
        values = np.empty(len(seconds))
        from_ns = base_ns + math.floor(seconds[0] * NS_PER_S)
        to_ns = base_ns + math.ceil(seconds[-1] * NS_PER_S) + 1
        done = 0
        for segment in self.segments(quantity, from_ns, to_ns):
            end = int(np.searchsorted(seconds, (segment.end_ns - base_ns) / NS_PER_S, side="left"))
            values[done:end] = segment.sample(base_ns, seconds[done:end])
            done = max(done, end)
        return values

    def first_crossing(self, edge: Edge, from_ns: int, to_ns: int, *, primed: bool) -> tuple[int | None, bool]:
        """Find the first time in [from, to) at which `edge` comes.

        Args:
            edge: what to look for.
            from_ns: first instant.
            to_ns: first instant after the search.
            primed: whether the quantity has been beyond the hysteresis before.

        Returns:
            The time, or None; and whether it has been beyond the hysteresis by then.
        """
        sign = 1.0 if edge.rising else -1.0
        for segment in self.segments(edge.quantity, from_ns, to_ns):
            up = segment if edge.rising else segment.negated()
            time_ns: int | None = segment.start_ns
            if not primed:
                time_ns = _first_below(up, sign * edge.level - edge.hysteresis)
            if time_ns is None:
                continue
            primed = True
            time_ns = up.first_at_least(sign * edge.level, time_ns)
            if time_ns is not None and time_ns < segment.end_ns:
                return time_ns, True
        return None, primed


def _first_below(segment: Segment, level: float) -> int | None:
    """Find the first time at which the value lies truly below `level`."""
    if segment.at(segment.start_ns) < level:
        return segment.start_ns
    time_ns = segment.negated().first_at_least(math.nextafter(-level, math.inf), segment.start_ns)
    return None if time_ns is None or time_ns >= segment.end_ns else time_ns
