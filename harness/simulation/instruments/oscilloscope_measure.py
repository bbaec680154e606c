"""Automatic measurements on a record, as IEEE 181 defines them: from its levels, its edges and its periods."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from harness.simulation.instruments.oscilloscope_record import Record

    Numbers = NDArray[np.float64]

_BINS = 256
_LEAST_SHARE = 0.05
"""Of the samples that have to lie near an extreme to make a level; otherwise the extreme itself is the level."""
_LEAST_CODES = 4.0
"""Codes between top and base from which on there are edges; less is noise."""
_MOST_POINTS = 62500


@dataclass(frozen=True)
class Trace:
    """A record in volts and seconds, and what can be measured on it; NaN where it cannot.

    Attributes:
        volts: at the probe's tip.
        start_s: of the first sample, from the trigger.
        interval_s: between two samples.
        code_v: volts for each code.
    """

    volts: Numbers
    start_s: float
    interval_s: float
    code_v: float

    @property
    def maximum(self) -> float:
        return float(self.volts.max())

    @property
    def minimum(self) -> float:
        return float(self.volts.min())

    @property
    def peak_to_peak(self) -> float:
        return self.maximum - self.minimum

    @cached_property
    def levels(self) -> tuple[float, float]:
        """Base and top: the most frequent values in the lower and the upper part."""
        low, high = self.minimum, self.maximum
        if high - low < _LEAST_CODES * self.code_v:
            return low, high
        middle = 0.5 * (low + high)
        below, above = self.volts[self.volts < middle], self.volts[self.volts >= middle]
        return _most_frequent(below, low, self.code_v), _most_frequent(above, high, self.code_v)

    @property
    def base(self) -> float:
        return self.levels[0]

    @property
    def top(self) -> float:
        return self.levels[1]

    @property
    def amplitude(self) -> float:
        return self.top - self.base

    @property
    def average(self) -> float:
        return float(self.volts.mean())

    @property
    def rms(self) -> float:
        return float(np.sqrt(np.mean(self.volts**2)))

    @property
    def deviation(self) -> float:
        return float(self.volts.std())

    @property
    def cycle_average(self) -> float:
        return float(self._cycles().mean()) if len(self._cycles()) else math.nan

    @property
    def cycle_rms(self) -> float:
        return float(np.sqrt(np.mean(self._cycles() ** 2))) if len(self._cycles()) else math.nan

    @property
    def overshoot(self) -> float:
        """Share of the amplitude by which the record goes above its top."""
        return self._share(self.maximum - self.top)

    @property
    def preshoot(self) -> float:
        """Share of the amplitude by which it goes below its base."""
        return self._share(self.base - self.minimum)

    @cached_property
    def edges(self) -> tuple[tuple[float, bool], ...]:
        """Seconds and slope of every crossing of the middle, in turn; 10 % of the amplitude are hysteresis."""
        if self.amplitude < _LEAST_CODES * self.code_v:
            return ()
        middle, hysteresis = 0.5 * (self.base + self.top), 0.1 * self.amplitude
        side = np.where(self.volts > middle + hysteresis, 1, np.where(self.volts < middle - hysteresis, -1, 0))
        clear = np.flatnonzero(side)
        turns = np.flatnonzero(np.diff(side[clear]))
        found = []
        for turn in turns:
            first, last = int(clear[turn]), int(clear[turn + 1])
            rising = bool(side[last] > 0)
            found.append((self._crossing(first, last, middle, rising=rising), rising))
        return tuple(found)

    @property
    def period(self) -> float:
        """Mean time between rising edges, or falling ones where those are more."""
        for rising in (True, False):
            times = [time for time, up in self.edges if up is rising]
            if len(times) > 1:
                return (times[-1] - times[0]) / (len(times) - 1)
        return math.nan

    @property
    def frequency(self) -> float:
        return 1.0 / self.period

    def width(self, *, positive: bool) -> float:
        """Mean width of the pulses of one polarity."""
        widths = [
            after - before
            for (before, rising), (after, _) in zip(self.edges, self.edges[1:], strict=False)
            if rising is positive
        ]
        return sum(widths) / len(widths) if widths else math.nan

    def duty(self, *, positive: bool) -> float:
        return self.width(positive=positive) / self.period

    def transition(self, *, rising: bool) -> float:
        """Time of the first edge of one slope between 10 % and 90 % of the amplitude."""
        low, high = self.base + 0.1 * self.amplitude, self.base + 0.9 * self.amplitude
        for time, up in self.edges:
            if up is not rising:
                continue
            place = min(len(self.volts) - 1, max(0, round((time - self.start_s) / self.interval_s)))
            near, far = (low, high) if rising else (high, low)
            before = self._last_beyond(place, near, rising=rising)
            after = self._first_beyond(place, far, rising=rising)
            if before is not None and after is not None:
                return after - before
        return math.nan

    def count(self, *, rising: bool) -> float:
        return float(sum(1 for _, up in self.edges if up is rising))

    def time_of(self, volts: float) -> float:
        """Answer when the record first has a value."""
        return self.start_s + self.interval_s * int(np.flatnonzero(self.volts == volts)[0])

    def _cycles(self) -> Numbers:
        """Answer the samples of the whole periods."""
        times = [time for time, up in self.edges if up]
        if len(times) <= 1:
            return self.volts[:0]
        first, last = (round((time - self.start_s) / self.interval_s) for time in (times[0], times[-1]))
        return self.volts[first:last]

    def _share(self, volts: float) -> float:
        return volts / self.amplitude if self.amplitude >= _LEAST_CODES * self.code_v else math.nan

    def _crossing(self, first: int, last: int, level: float, *, rising: bool) -> float:
        """Answer when `level` is crossed between two samples on its two sides, by a straight line."""
        part = self.volts[first : last + 1] if rising else -self.volts[first : last + 1]
        after = first + int(np.argmax(part >= (level if rising else -level)))
        if after == 0:
            return self.start_s
        low, high = self.volts[after - 1], self.volts[after]
        share = (level - low) / (high - low) if high != low else 1.0
        return float(self.start_s + self.interval_s * (after - 1 + share))

    def _last_beyond(self, place: int, level: float, *, rising: bool) -> float | None:
        """Answer when `level` was crossed last before a sample."""
        outside = self.volts[: place + 1] <= level if rising else self.volts[: place + 1] >= level
        found = np.flatnonzero(outside)
        return self._crossing(int(found[-1]), place + 1, level, rising=rising) if len(found) else None

    def _first_beyond(self, place: int, level: float, *, rising: bool) -> float | None:
        """Answer when `level` is crossed first after a sample."""
        start = max(0, place - 1)
        outside = self.volts[start:] >= level if rising else self.volts[start:] <= level
        found = np.flatnonzero(outside)
        return self._crossing(start, start + int(found[0]), level, rising=rising) if len(found) else None


def _most_frequent(volts: Numbers, extreme: float, code_v: float) -> float:
    """Answer the most frequent value, to a code; `extreme` where no value stands out."""
    counts, bounds = np.histogram(volts, bins=min(_BINS, max(1, round((volts.max() - volts.min()) / code_v))))
    best = int(np.argmax(counts))
    if counts[best] < _LEAST_SHARE * len(volts):
        return extreme
    inside = volts[(volts >= bounds[best]) & (volts <= bounds[best + 1])]
    return float(inside.mean())


def trace(record: Record, channel: int) -> Trace:
    """Answer a channel of a record as measurements see it: what the screen shows, at most 62,500 samples of it."""
    first, shown = record.sweep.shown
    step = max(1, -(-shown * record.codes_each // _MOST_POINTS))
    fine_v = record.step_v(channel) / record.fine_steps
    centre = record.converter.centre * record.fine_steps
    vertical = record.verticals[channel]
    codes = record.window(channel, first, -(-shown // step), step)
    return Trace(
        volts=np.asarray(((codes - centre) * fine_v + vertical.offset_v) * vertical.probe),
        start_s=record.sweep.left_s + first * record.sweep.interval_s,
        interval_s=record.sweep.interval_s * step / record.codes_each,
        code_v=record.step_v(channel) * vertical.probe,
    )


MEASUREMENTS: Mapping[str, Callable[[Trace], float]] = {
    "maximum": lambda trace: trace.maximum,
    "minimum": lambda trace: trace.minimum,
    "peak to peak": lambda trace: trace.peak_to_peak,
    "top": lambda trace: trace.top,
    "base": lambda trace: trace.base,
    "amplitude": lambda trace: trace.amplitude,
    "average": lambda trace: trace.average,
    "rms": lambda trace: trace.rms,
    "deviation": lambda trace: trace.deviation,
    "variance": lambda trace: trace.deviation**2,
    "cycle average": lambda trace: trace.cycle_average,
    "cycle rms": lambda trace: trace.cycle_rms,
    "overshoot": lambda trace: trace.overshoot,
    "preshoot": lambda trace: trace.preshoot,
    "period": lambda trace: trace.period,
    "frequency": lambda trace: trace.frequency,
    "rise time": lambda trace: trace.transition(rising=True),
    "fall time": lambda trace: trace.transition(rising=False),
    "positive width": lambda trace: trace.width(positive=True),
    "negative width": lambda trace: trace.width(positive=False),
    "positive duty": lambda trace: trace.duty(positive=True),
    "negative duty": lambda trace: trace.duty(positive=False),
    "rising edges": lambda trace: trace.count(rising=True),
    "falling edges": lambda trace: trace.count(rising=False),
    "time of maximum": lambda trace: trace.time_of(trace.maximum),
    "time of minimum": lambda trace: trace.time_of(trace.minimum),
}
"""What can be measured, by name."""


def measure(record: Record | None, channel: int, name: str) -> float:
    """Measure on a record; NaN where there is none, or not of this channel, or nothing to measure."""
    if record is None or channel not in record.verticals:
        return math.nan
    return MEASUREMENTS[name](trace(record, channel))
