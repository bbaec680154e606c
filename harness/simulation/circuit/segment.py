"""A straight line with one sine on it: the form every voltage and current of the bench has between two changes.

Integrals and extremes are in closed form. A later kind of segment (an exponential behind a capacitor, say) offers the
same methods.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Sine:
    """The pickup: ``amplitude * sin(angular_frequency * (t - origin))``."""

    amplitude: float
    angular_frequency: float
    origin_ns: int

    def scaled(self, factor: float) -> Sine:
        return Sine(self.amplitude * factor, self.angular_frequency, self.origin_ns)

    def phase(self, at_ns: int) -> float:
        return self.angular_frequency * ((at_ns - self.origin_ns) / NS_PER_S)


@dataclass(frozen=True, slots=True)
class Segment:
    """``value + slope * (t - start) + sine(t)`` on [start, end).

    Attributes:
        start_ns: first instant.
        end_ns: first instant after it.
        value: of the line at the start.
        slope: of the line, per second.
        sine: what lies on the line.
    """

    start_ns: int
    end_ns: int
    value: float
    slope: float
    sine: Sine

    def negated(self) -> Segment:
        return Segment(self.start_ns, self.end_ns, -self.value, -self.slope, self.sine.scaled(-1.0))

    def line(self, at_ns: int) -> float:
        return self.value + self.slope * ((at_ns - self.start_ns) / NS_PER_S)

    def at(self, at_ns: int) -> float:
        value = self.line(at_ns)
        if self.sine.amplitude:
            value += self.sine.amplitude * math.sin(self.sine.phase(at_ns))
        return value

    def sample(self, base_ns: int, seconds: NDArray[np.floating]) -> NDArray[np.floating]:
        """Evaluate at ``base_ns + seconds``."""
        line = self.line(base_ns) + self.slope * seconds
        if not self.sine.amplitude:
            return line
        phase = self.sine.phase(base_ns) + self.sine.angular_frequency * seconds
        sine: NDArray[np.floating] = self.sine.amplitude * np.sin(phase)
        return line + sine

    def integral(self) -> float:
        """Integrate over the segment, in units times seconds."""
        duration = (self.end_ns - self.start_ns) / NS_PER_S
        total = duration * (self.value + 0.5 * self.slope * duration)
        if self.sine.amplitude:
            first, last = self.sine.phase(self.start_ns), self.sine.phase(self.end_ns)
            # cos(a) - cos(b) as a product: no difference of nearly equal numbers for short segments.
            chord = 2.0 * math.sin(0.5 * (first + last)) * math.sin(0.5 * (last - first))
            total += self.sine.amplitude / self.sine.angular_frequency * chord
        return total

    def integral_of_square(self) -> float:
        """Integrate the square over the segment."""
        duration = (self.end_ns - self.start_ns) / NS_PER_S
        value, slope = self.value, self.slope
        total = duration * (value * value + value * slope * duration + (slope * duration) ** 2 / 3.0)
        amplitude, omega = self.sine.amplitude, self.sine.angular_frequency
        if amplitude:
            first, last = self.sine.phase(self.start_ns), self.sine.phase(self.end_ns)
            chord = 2.0 * math.sin(0.5 * (first + last)) * math.sin(0.5 * (last - first))
            rise = math.sin(last) - math.sin(first)
            # Integral of (value + slope u) sin(omega u + first) by parts.
            cross = value * chord / omega + slope * (rise / omega - duration * math.cos(last)) / omega
            squares = 0.5 * duration - 0.25 * (math.sin(2.0 * last) - math.sin(2.0 * first)) / omega
            total += 2.0 * amplitude * cross + amplitude * amplitude * squares
        return total

    def extremes(self) -> tuple[float, float]:
        """Answer the smallest and the largest value on the closed segment."""
        values = [self.at(self.start_ns), self.at(self.end_ns)]
        values.extend(self.at(time_ns) for time_ns in self._outer_turning_points())
        return min(values), max(values)

    def first_at_least(self, level: float, from_ns: int) -> int | None:
        """Answer the first nanosecond from `from_ns` at which the value reaches `level`, or None.

        Whole nanoseconds throughout: the answer depends on differences of times only, never on how long the
        simulation has been running.
        """
        if self.at(from_ns) >= level:
            return from_ns
        for stop_ns in self._monotone_ends(level, from_ns):
            if self.at(stop_ns) >= level:
                return self._bisect(level, from_ns, stop_ns)
            from_ns = stop_ns
        return None

    def _bisect(self, level: float, low_ns: int, high_ns: int) -> int:
        while high_ns - low_ns > 1:
            middle = (low_ns + high_ns) // 2
            if self.at(middle) >= level:
                high_ns = middle
            else:
                low_ns = middle
        return high_ns

    def _turning_angles(self) -> tuple[float, float] | None:
        """Angles at which the slope is zero, modulo a full turn."""
        sine = self.sine
        steepest = abs(sine.amplitude) * sine.angular_frequency
        if steepest == 0.0 or abs(self.slope) >= steepest:
            return None
        angle = math.acos(-self.slope / (sine.amplitude * sine.angular_frequency))
        return angle, 2.0 * math.pi - angle

    def _time_of_phase(self, phase: float) -> int:
        return self.sine.origin_ns + round(phase / self.sine.angular_frequency * NS_PER_S)

    def _outer_turning_points(self) -> Iterator[int]:
        """First and last turning point of each kind: the line makes all others less extreme."""
        angles = self._turning_angles()
        if angles is None:
            return
        turn = 2.0 * math.pi
        first, last = self.sine.phase(self.start_ns), self.sine.phase(self.end_ns)
        for angle in angles:
            low, high = math.ceil((first - angle) / turn), math.floor((last - angle) / turn)
            if low <= high:
                yield self._time_of_phase(angle + low * turn)
                yield self._time_of_phase(angle + high * turn)

    def _monotone_ends(self, level: float, from_ns: int) -> Iterator[int]:
        """Ends of the monotone stretches after `from_ns` in which `level` may be reached."""
        angles = self._turning_angles()
        amplitude = abs(self.sine.amplitude)
        if max(self.line(from_ns), self.line(self.end_ns)) + amplitude < level:
            return
        if angles is not None:
            if self.slope > 0.0:  # skip what lies before the line comes near enough
                near_s = (level - amplitude - self.value) / self.slope
                from_ns = max(from_ns, self.start_ns + math.floor(near_s * NS_PER_S))
            turn = 2.0 * math.pi
            number = math.floor(self.sine.phase(from_ns) / turn)
            while True:
                for angle in angles:
                    time_ns = self._time_of_phase(angle + number * turn)
                    if time_ns >= self.end_ns:
                        yield self.end_ns
                        return
                    if time_ns > from_ns:
                        if self.slope < 0.0 and self.line(time_ns) + amplitude < level:
                            return
                        yield time_ns
                if self.slope == 0.0 and self._time_of_phase(number * turn) > from_ns:
                    return  # a whole turn was seen; the rest repeats it
                number += 1
        yield self.end_ns
