"""First-order poles in front of a converter, exact on a line with exponentials and a sine.

A pole turns each part of a segment into the same part with another factor and adds one exponential of its own, which
joins the segments without a jump. So what comes out of it is made of segments again.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from harness.simulation.circuit.segment import Segment, Sine
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from harness.simulation.circuit.history import History, Quantity

    Numbers = NDArray[np.float64]

SETTLED = 25.0
"""Time constants after which what was before counts for 1e-11 of itself."""
_APART = 1e-6
"""How far a rate is kept from the pole's own: nearer, the closed form is a difference of nearly equal numbers."""


def low_passed(segments: Iterable[Segment], tau_s: float) -> Iterator[Segment]:
    """Answer what a pole of `tau_s` makes of segments that follow each other; before the first it has settled."""
    state: float | None = None
    for segment in segments:
        settled = _settled(segment, tau_s)
        if state is None:
            state = segment.at(segment.start_ns)
        own = state - settled.at(settled.start_ns)
        yield Segment(
            settled.start_ns,
            settled.end_ns,
            settled.value,
            settled.slope,
            settled.sine,
            (*settled.decays, (own, -1.0 / tau_s)),
        )
        duration_s = (settled.end_ns - settled.start_ns) / NS_PER_S
        state = settled.at(settled.end_ns) + own * math.exp(-duration_s / tau_s)


def high_passed(segments: Iterable[Segment], tau_s: float) -> Iterator[Segment]:
    """Answer what a coupling capacitor lets through: what a pole of `tau_s` holds back."""
    for segment, low in _side_by_side(segments, tau_s):
        decays = (*segment.decays, *((-coefficient, rate) for coefficient, rate in low.decays))
        yield Segment(
            segment.start_ns,
            segment.end_ns,
            segment.value - low.value,
            segment.slope - low.slope,
            _ahead(segment.sine, tau_s),
            decays,
        )


def _side_by_side(segments: Iterable[Segment], tau_s: float) -> Iterator[tuple[Segment, Segment]]:
    seen: list[Segment] = []

    def watched() -> Iterator[Segment]:
        for segment in segments:
            seen.append(segment)
            yield segment

    for low in low_passed(watched(), tau_s):
        yield seen.pop(), low


def _settled(segment: Segment, tau_s: float) -> Segment:
    """Answer what comes out long after the segment's start."""
    decays = []
    for coefficient, rate in segment.decays:
        factor = 1.0 + rate * tau_s
        if abs(factor) < _APART:
            factor = math.copysign(_APART, factor)
        decays.append((coefficient / factor, (factor - 1.0) / tau_s))
    sine = segment.sine
    turn = sine.angular_frequency * tau_s
    behind_ns = round(math.atan(turn) / sine.angular_frequency * NS_PER_S)
    delayed = Sine(sine.amplitude / math.hypot(1.0, turn), sine.angular_frequency, sine.origin_ns + behind_ns)
    value = segment.value - segment.slope * tau_s
    return Segment(segment.start_ns, segment.end_ns, value, segment.slope, delayed, tuple(decays))


def _ahead(sine: Sine, tau_s: float) -> Sine:
    turn = sine.angular_frequency * tau_s
    ahead_ns = round(math.atan2(1.0, turn) / sine.angular_frequency * NS_PER_S)
    return Sine(sine.amplitude * turn / math.hypot(1.0, turn), sine.angular_frequency, sine.origin_ns - ahead_ns)


class InputView:
    """A voltage of the circuit as a channel's input passes it on.

    The pole of the bandwidth delays everything by its time constant. The trigger sits behind the same pole, so this
    delay is not in a record: what is sampled at a time is what left the input one time constant later.

    Args:
        history: the circuit's.
        quantity: what the channel sees.
        bandwidth_hz: of the low-pass; infinite: none.
        ac_corner_hz: of the coupling capacitor; 0: none.
    """

    def __init__(self, history: History, quantity: Quantity, bandwidth_hz: float, ac_corner_hz: float = 0.0) -> None:
        self._history = history
        self._quantity = quantity
        self._low_s = 0.5 / math.pi / bandwidth_hz
        self._high_s = 0.5 / math.pi / ac_corner_hz if ac_corner_hz else 0.0

    def segments(self, from_ns: int, to_ns: int) -> Iterator[Segment]:
        """Cut [from, to) into segments; what lies before it may come first."""
        passed = self._before_poles(from_ns, to_ns)
        if self._high_s:
            passed = high_passed(passed, self._high_s)
        if self._low_s:
            passed = low_passed(passed, self._low_s)
        return passed

    def sample(self, base_ns: int, seconds: Numbers) -> Numbers:
        """Sample at ``base + seconds``, which ascend."""
        times = seconds + self._low_s
        return _sampled(self.segments(*_around(base_ns, times)), base_ns, times)

    def held_back(self, base_ns: int, seconds: Numbers) -> Numbers:
        """Sample the voltage on the coupling capacitor at ``base + seconds``, which ascend."""
        before = self._before_poles(*_around(base_ns, seconds))
        return _sampled(low_passed(before, self._high_s), base_ns, seconds)

    def _before_poles(self, from_ns: int, to_ns: int) -> Iterator[Segment]:
        """Answer the true voltage, from so long before that the poles have settled."""
        before_ns = math.ceil(SETTLED * (self._low_s + self._high_s) * NS_PER_S)
        return self._history.segments(self._quantity, min(from_ns, max(0, from_ns - before_ns)), to_ns)


def _around(base_ns: int, seconds: Numbers) -> tuple[int, int]:
    return base_ns + math.floor(seconds[0] * NS_PER_S), base_ns + math.ceil(seconds[-1] * NS_PER_S) + 1


def _sampled(segments: Iterable[Segment], base_ns: int, times: Numbers) -> Numbers:
    values = np.empty(len(times))
    done = 0
    for segment in segments:
        end = int(np.searchsorted(times, (segment.end_ns - base_ns) / NS_PER_S, side="left"))
        if end > done:
            values[done:end] = segment.sample(base_ns, times[done:end])
            done = end
    return values
