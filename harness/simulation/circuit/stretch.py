"""What holds between two changes of the bench, and what can be asked of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

from harness.simulation.circuit.drive import Line
from harness.simulation.circuit.phase import SILENCE
from harness.simulation.circuit.pieces import Pieces
from harness.simulation.circuit.segment import Segment, Sine
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from harness.simulation.circuit.beginning import Beginning
    from harness.simulation.circuit.evolution import Evolution
    from harness.simulation.circuit.topology import Tap

    Numbers = NDArray[np.float64]


class Quantity(Enum):
    """What can be asked of the circuit.

    `CURRENT` flows through the load loop; `SOURCE_CURRENT` is what the unit itself delivers out of its terminals:
    the loop, the probe and the leads' charge, without what the auxiliary source injects. `VOLTAGE` stands across the
    terminals, `ELECTRODE_VOLTAGE` across the differential probe (0 while its relay is open), `MONITOR` on the contact
    monitor, `BUZZER` on the pad of the unit's buzzer.
    """

    CURRENT = "current"
    VOLTAGE = "voltage"
    METER_VOLTAGE = "meter-voltage"
    SCOPE_VOLTAGE = "scope-voltage"
    MONITOR = "monitor-voltage"
    ELECTRODE_VOLTAGE = "electrode-voltage"
    SOURCE_CURRENT = "source-current"
    BUZZER = "buzzer-voltage"


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

    def sample(self, base_ns: int, seconds: Numbers) -> Numbers:
        """Evaluate at ``base_ns + seconds``."""
        turn_s = 2 * self.half_period_ns / NS_PER_S
        share = ((base_ns - self.origin_ns) % (2 * self.half_period_ns) / NS_PER_S + seconds) % turn_s / turn_s
        values: Numbers = self.swing * (1.0 - np.abs(1.0 - 2.0 * share))
        return values


@dataclass(frozen=True, slots=True)
class Reading:
    """How a quantity is read off a stretch: `factor` times a tap, and the sine on it; no tap: `standing` alone.

    Attributes:
        tap: of the network.
        factor: what multiplies it.
        sine: mains pickup.
        standing: constant part.
        drift: slow part, or None.
        beginning: of what the tap is of, where it is not the stretch's own.
    """

    tap: Tap | None
    factor: float = 1.0
    sine: Sine = SILENCE
    standing: float = 0.0
    drift: Triangle | None = None
    beginning: Beginning | None = None

    @property
    def is_uneven(self) -> bool:
        """Whether what does not come from the network changes with time."""
        return bool(self.sine.amplitude) or self.drift is not None

    def rest(self, base_ns: int, seconds: Numbers) -> Numbers:
        """Sample at ``base + seconds`` what does not come from the network."""
        values = np.full(len(seconds), self.standing)
        if self.sine.amplitude:
            phase = self.sine.phase(base_ns) + self.sine.angular_frequency * seconds
            values += self.sine.amplitude * np.sin(phase)
        if self.drift is not None:
            values += self.drift.sample(base_ns, seconds)
        return values

    def turning_points(self, pieces: Pieces, base_ns: int) -> Numbers:
        """Answer seconds after `base_ns` at which the sum of `pieces` and the rest may turn, in no order."""
        turns = pieces.turning_points(base_ns, self.sine)
        if self.drift is None:
            return turns
        corners = [line.start_ns for line in self.drift.lines(int(pieces.edges_ns[0]), int(pieces.edges_ns[-1]))]
        return np.append(turns, (np.array(corners) - base_ns) / NS_PER_S)


@dataclass(frozen=True, slots=True)
class Stretch:
    """What holds from `start_ns` until the next stretch.

    Attributes:
        start_ns: when it begins.
        beginning: of the currents and voltages.
        readings: how each quantity follows from them; a quantity that is not there is 0.
    """

    start_ns: int
    beginning: Beginning
    readings: Mapping[Quantity, Reading]

    @property
    def evolution(self) -> Evolution:
        """Currents and voltages."""
        return self.beginning.evolution

    def segments(self, quantity: Quantity, from_ns: int, to_ns: int) -> Iterator[Segment]:
        """Cut [from, to) into segments of `quantity`; both lie inside the stretch."""
        reading = self.readings.get(quantity, _NOTHING)
        if reading.tap is None:
            yield from _raised(Segment(from_ns, to_ns, 0.0, 0.0, SILENCE), reading)
            return
        for phase in self._evolution(reading).phases(from_ns, to_ns):
            segment = phase.segment(reading.tap, reading.factor, reading.sine)
            if reading.drift is None:
                yield segment
            else:
                yield from _raised(segment, reading)

    def integral(self, quantity: Quantity, from_ns: int, to_ns: int) -> float:
        """Integrate over [from, to), in units times seconds; repeating periods at once."""
        reading = self.readings.get(quantity, _NOTHING)
        rest = _raised(Segment(from_ns, to_ns, 0.0, 0.0, reading.sine), reading)
        total = sum(segment.integral() for segment in rest)
        if reading.tap is not None:
            total += reading.factor * self._evolution(reading).integral(reading.tap, from_ns, to_ns)
        return total

    def extremes(self, quantity: Quantity, from_ns: int, to_ns: int) -> tuple[float, float]:
        """Smallest and largest value in [from, to)."""
        reading = self.readings.get(quantity, _NOTHING)
        if reading.tap is not None and reading.drift is None and not reading.sine.amplitude:
            ends = [
                reading.factor * end + reading.standing
                for end in self._evolution(reading).extremes(reading.tap, from_ns, to_ns)
            ]
            return min(ends), max(ends)
        low, high = math.inf, -math.inf
        for start_ns in range(from_ns, to_ns, _AT_ONCE_NS):  # a day of mains turns is more than memory should hold
            end_ns = min(to_ns, start_ns + _AT_ONCE_NS)
            bounds_s = np.array([0.0, (end_ns - start_ns) / NS_PER_S])
            below, above = self.extremes_in(quantity, start_ns, end_ns, start_ns, bounds_s)
            low, high = min(low, below.item()), max(high, above.item())
        return low, high

    def sample(self, quantity: Quantity, from_ns: int, to_ns: int, base_ns: int, seconds: Numbers) -> Numbers:
        """Sample at ``base + seconds``, which ascend and lie in [from, to)."""
        reading = self.readings.get(quantity, _NOTHING)
        values = self._pieces(reading, from_ns, to_ns).sample(base_ns, seconds)
        if reading.is_uneven or reading.standing:
            values += reading.rest(base_ns, seconds) if reading.is_uneven else reading.standing
        return values

    def extremes_in(
        self, quantity: Quantity, from_ns: int, to_ns: int, base_ns: int, bounds_s: Numbers
    ) -> tuple[Numbers, Numbers]:
        """Smallest and largest value in each interval between two of `bounds_s`, which lie in [from, to]."""
        reading = self.readings.get(quantity, _NOTHING)
        pieces = self._pieces(reading, from_ns, to_ns)
        starts, ends = (pieces.edges_ns[:-1] - base_ns) / NS_PER_S, (pieces.edges_ns[1:] - base_ns) / NS_PER_S
        firsts, lasts = pieces.ends()
        bounds_s = _snapped(bounds_s, starts)
        turns = reading.turning_points(pieces, base_ns)
        turns = np.sort(turns[(turns > starts[0]) & (turns < ends[-1])])
        at_bounds = reading.rest(base_ns, bounds_s) + pieces.sample(base_ns, bounds_s)
        # At a bound where the value jumps, the interval before it sees what it nears there, which `lasts` gives.
        until = np.where(np.isin(bounds_s[1:], starts), at_bounds[:-1], at_bounds[1:])
        low, high = np.minimum(at_bounds[:-1], until), np.maximum(at_bounds[:-1], until)
        for times, values, place in (
            (starts, firsts, np.searchsorted(bounds_s, starts, side="right") - 1),
            (ends, lasts, np.searchsorted(bounds_s, ends, side="left") - 1),
            (turns, pieces.sample(base_ns, turns), np.searchsorted(bounds_s, turns, side="right") - 1),
        ):
            inside = (place >= 0) & (place < len(low))
            total = values[inside] + reading.rest(base_ns, times[inside])
            np.minimum.at(low, place[inside], total)
            np.maximum.at(high, place[inside], total)
        return low, high

    def _evolution(self, reading: Reading) -> Evolution:
        return (self.beginning if reading.beginning is None else reading.beginning).evolution

    def _pieces(self, reading: Reading, from_ns: int, to_ns: int) -> Pieces:
        if reading.tap is None or not reading.factor:
            return Pieces.of([Segment(from_ns, to_ns, 0.0, 0.0, SILENCE)])
        return self._evolution(reading).pieces(reading.tap, reading.factor, from_ns, to_ns)

    def bounds(self, quantity: Quantity, from_ns: int) -> tuple[float, float] | None:
        """Answer values that are never passed from `from_ns` to the end of the stretch, if they are cheaply known."""
        reading = self.readings.get(quantity, _NOTHING)
        known = self._evolution(reading).bounds(reading.tap, from_ns) if reading.tap is not None else (0.0, 0.0)
        if known is None:
            return None
        ends = [reading.factor * end for end in known]
        swing = reading.drift.swing if reading.drift is not None else 0.0
        wave = abs(reading.sine.amplitude)
        low = min(ends) + reading.standing + min(swing, 0.0) - wave
        return low, max(ends) + reading.standing + max(swing, 0.0) + wave

    def look_until(self, from_ns: int, to_ns: int) -> int:
        """Answer how far to look from `from_ns` before `bounds` may know more."""
        period_ns = self.evolution.period_ns
        return to_ns if period_ns is None else min(to_ns, from_ns + _PERIODS_AT_ONCE * period_ns)


_NOTHING = Reading(None)
_PERIODS_AT_ONCE = 2
_AT_ONCE_NS = 60 * NS_PER_S
_ROUNDING_S = 1e-11


def _raised(segment: Segment, reading: Reading) -> Iterator[Segment]:
    """Add what does not come from the network."""
    if reading.drift is None:
        yield segment.raised(reading.standing, 0.0)
        return
    for line in reading.drift.lines(segment.start_ns, segment.end_ns):
        yield segment.cut(line.start_ns, line.end_ns).raised(line.value + reading.standing, line.slope)


def _snapped(bounds_s: Numbers, starts: Numbers) -> Numbers:
    """Move each bound that differs from a start by rounding only onto it, so that a jump there is on one side."""
    after = np.minimum(np.searchsorted(starts, bounds_s), len(starts) - 1)
    nearest = starts[np.where(np.abs(starts[after] - bounds_s) < _ROUNDING_S, after, np.maximum(after - 1, 0))]
    return np.where(np.abs(nearest - bounds_s) < _ROUNDING_S, nearest, bounds_s)
