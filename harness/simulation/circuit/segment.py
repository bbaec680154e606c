"""A line with exponentials and a sine: the form every voltage and current of the bench has between two changes.

Integrals are in closed form. Extremes and crossings are exact to the nanosecond where there is a line with exponentials
or a line with a sine. Where all three meet, turning points are looked for only where the sine is as steep as the rest,
on a grid of 32 steps to its turn: two that lie in one step are missed, and with them at most A (2 pi / 32)^2 / 8, a
half per cent of the sine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from harness.simulation.circuit import exponential
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

_STEPS_IN_A_TURN = 32
_STEPS_IN_A_ZONE = 8
_RESOLUTION_S = 0.25e-9


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
    """``value + slope * (t - start) + sum c exp(r (t - start)) + sine(t)`` on [start, end).

    Attributes:
        start_ns: first instant.
        end_ns: first instant after it.
        value: of the line at the start.
        slope: of the line, per second.
        sine: what lies on the line.
        decays: coefficient at the start and rate per second of each exponential; rates are negative.
    """

    start_ns: int
    end_ns: int
    value: float
    slope: float
    sine: Sine
    decays: tuple[exponential.Term, ...] = ()

    def negated(self) -> Segment:
        decays = tuple((-coefficient, rate) for coefficient, rate in self.decays)
        return Segment(self.start_ns, self.end_ns, -self.value, -self.slope, self.sine.scaled(-1.0), decays)

    def cut(self, start_ns: int, end_ns: int) -> Segment:
        """Answer the part on [start, end)."""
        seconds = (start_ns - self.start_ns) / NS_PER_S
        decays = tuple((coefficient * math.exp(rate * seconds), rate) for coefficient, rate in self.decays)
        return Segment(start_ns, end_ns, self.value + self.slope * seconds, self.slope, self.sine, decays)

    def raised(self, value: float, slope: float) -> Segment:
        """Answer the segment with a line added to it."""
        total = self.value + value
        return Segment(self.start_ns, self.end_ns, total, self.slope + slope, self.sine, self.decays)

    def line(self, at_ns: int) -> float:
        return self.value + self.slope * ((at_ns - self.start_ns) / NS_PER_S)

    def at(self, at_ns: int) -> float:
        seconds = (at_ns - self.start_ns) / NS_PER_S
        value = self.value + self.slope * seconds
        if self.decays:
            value += exponential.value(self.decays, seconds)
        if self.sine.amplitude:
            value += self.sine.amplitude * math.sin(self.sine.phase(at_ns))
        return value

    def sample(self, base_ns: int, seconds: NDArray[np.floating]) -> NDArray[np.floating]:
        """Evaluate at ``base_ns + seconds``."""
        line = self.line(base_ns) + self.slope * seconds
        if self.decays:
            # A sample before the start belongs here by rounding only.
            since_s = np.maximum(seconds - (self.start_ns - base_ns) / NS_PER_S, 0.0)
            line = line + sum(coefficient * np.exp(rate * since_s) for coefficient, rate in self.decays)
        if not self.sine.amplitude:
            return line
        phase = self.sine.phase(base_ns) + self.sine.angular_frequency * seconds
        sine: NDArray[np.floating] = self.sine.amplitude * np.sin(phase)
        return line + sine

    def integral(self) -> float:
        """Integrate over the segment, in units times seconds."""
        duration = (self.end_ns - self.start_ns) / NS_PER_S
        total = duration * (self.value + 0.5 * self.slope * duration)
        for coefficient, rate in self.decays:
            total += coefficient * exponential.integral(rate, duration)
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
        return total + self._square_of_decays(duration) if self.decays else total

    def _square_of_decays(self, duration: float) -> float:
        """Integrate what the exponentials add to the square: their own, and twice their products with the rest."""
        total = 0.0
        amplitude, omega = self.sine.amplitude, self.sine.angular_frequency
        first, last = self.sine.phase(self.start_ns), self.sine.phase(self.end_ns)
        for coefficient, rate in self.decays:
            with_line = self.value * exponential.integral(rate, duration)
            with_line += self.slope * exponential.first_moment(rate, duration)
            total += 2.0 * coefficient * with_line
            for other, other_rate in self.decays:
                total += coefficient * other * exponential.integral(rate + other_rate, duration)
            if amplitude:
                ends = math.exp(rate * duration) * (rate * math.sin(last) - omega * math.cos(last))
                ends -= rate * math.sin(first) - omega * math.cos(first)
                total += 2.0 * coefficient * amplitude * ends / (rate * rate + omega * omega)
        return total

    def extremes(self) -> tuple[float, float]:
        """Answer the smallest and the largest value on the closed segment."""
        values = [self.at(self.start_ns), self.at(self.end_ns)]
        turning = self._turning_points(self.start_ns) if self.decays else self._outer_turning_points()
        values.extend(self.at(time_ns) for time_ns in turning)
        return min(values), max(values)

    def bounds(self) -> tuple[float, float]:
        """Answer values that it never passes, without looking for its extremes."""
        ends = (self.value, self.line(self.end_ns))
        below = sum(min(coefficient, 0.0) for coefficient, _ in self.decays) - abs(self.sine.amplitude)
        above = sum(max(coefficient, 0.0) for coefficient, _ in self.decays) + abs(self.sine.amplitude)
        return min(ends) + below, max(ends) + above

    def first_at_least(self, level: float, from_ns: int) -> int | None:
        """Answer the first nanosecond from `from_ns` at which the value reaches `level`, or None.

        Whole nanoseconds throughout: the answer depends on differences of times only, never on how long the
        simulation has been running.
        """
        if self.at(from_ns) >= level:
            return from_ns
        ends = self._ends_among_decays(level, from_ns) if self.decays else self._monotone_ends(level, from_ns)
        for stop_ns in ends:
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

    def _ends_among_decays(self, level: float, from_ns: int) -> Iterator[int]:
        """Ends of the monotone stretches after `from_ns`, as long as `level` may still be reached."""
        if self.bounds()[1] < level:
            return
        yield from self._turning_points(from_ns)
        yield self.end_ns

    def _turning_points(self, from_ns: int) -> Iterator[int]:
        """Turning points after `from_ns`, ascending, where there are exponentials."""
        duration = (self.end_ns - self.start_ns) / NS_PER_S
        slopes = [(self.slope, 0.0), *((coefficient * rate, rate) for coefficient, rate in self.decays)]
        steepest = abs(self.sine.amplitude) * self.sine.angular_frequency
        if steepest == 0.0:
            found: Iterator[float] = iter(exponential.roots(slopes, duration))
        else:
            found = self._turning_points_with_sine(slopes, steepest, (from_ns - self.start_ns) / NS_PER_S, duration)
        for seconds in found:
            time_ns = self.start_ns + round(seconds * NS_PER_S)
            if from_ns < time_ns < self.end_ns:
                yield time_ns

    def _turning_points_with_sine(
        self, slopes: list[exponential.Term], steepest: float, from_s: float, duration: float
    ) -> Iterator[float]:
        """Look where the rest is no steeper than the sine; elsewhere nothing turns."""
        cuts = {0.0, duration}
        for sign in (1.0, -1.0):
            cuts.update(exponential.roots([(slopes[0][0] + sign * steepest, 0.0), *slopes[1:]], duration))
        zones = sorted(cuts)
        step = 2.0 * math.pi / self.sine.angular_frequency / _STEPS_IN_A_TURN
        for low, high in pairwise(zones):
            if high <= from_s or abs(exponential.value(slopes, 0.5 * (low + high))) > steepest:
                continue
            # Counted from the zone's own start: what is found does not depend on where the search begins.
            count = max(_STEPS_IN_A_ZONE, math.ceil((high - low) / step))
            width = (high - low) / count
            index = max(0, math.floor((from_s - low) / width))
            before = self._slope(slopes, low + index * width)
            for number in range(index + 1, count + 1):
                after = self._slope(slopes, low + number * width)
                if before * after < 0.0:
                    yield self._turn_between(slopes, low + (number - 1) * width, low + number * width)
                before = after

    def _slope(self, slopes: list[exponential.Term], seconds: float) -> float:
        sine = self.sine
        phase = sine.phase(self.start_ns) + sine.angular_frequency * seconds
        return exponential.value(slopes, seconds) + sine.amplitude * sine.angular_frequency * math.cos(phase)

    def _turn_between(self, slopes: list[exponential.Term], low: float, high: float) -> float:
        rising = self._slope(slopes, low) > 0.0
        while high - low > _RESOLUTION_S:
            middle = 0.5 * (low + high)
            if (self._slope(slopes, middle) > 0.0) == rising:
                low = middle
            else:
                high = middle
        return high
