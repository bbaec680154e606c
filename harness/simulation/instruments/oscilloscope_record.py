"""One acquisition of the oscilloscope, from true volts to codes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from harness.simulation.instruments.oscilloscope_filter import InputView

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from harness.simulation.circuit.history import History, Quantity
    from harness.simulation.instruments.faulty import ChannelFaults
    from harness.simulation.instruments.oscilloscope_frontend import Converter, Vertical

Codes = NDArray[np.signedinteger[Any]]
_NOISE_BLOCK = 65537
"""A prime: reading every k-th sample of a record takes every k-th noise value and repeats none of them early."""
_SAMPLES_OF_A_PAIR = 2
_AT_ONCE = 1 << 18
"""Points that are worked out at once: what fits into the cache is done in half the time, and memory does not fill."""
_RESOLVED = 20.0
"""Time constants of the bandwidth between two samples, from which on it cannot be seen."""


@dataclass(frozen=True, slots=True)
class Wire:
    """What a channel is connected to.

    Attributes:
        quantity: what it sees.
        ratio: of the probe between them.
    """

    quantity: Quantity
    ratio: float

    def behind(self, faults: ChannelFaults) -> Wire:
        """Answer it with the probe that really is there."""
        return self if faults.ratio is None else Wire(self.quantity, faults.ratio)


@dataclass(frozen=True, slots=True)
class Sweep:
    """The horizontal side of an acquisition.

    Attributes:
        left_s: time of the first sample after the trigger; negative before it.
        span_s: length of the record.
        points: samples in memory; with peak detection, intervals of which memory holds smallest and largest.
        stretch: true time for each second of the instrument's time base.
        kind: acquisition type, in short form.
        count: triggers that are averaged.
        boxcar: converter samples in each stored one, for high resolution and peak detection.
        converters: that sample a channel in turn, each with its own noise.
        screen_s: time of the left edge of the screen and its width; None: the screen shows the whole record.
    """

    left_s: float
    span_s: float
    points: int
    stretch: float
    kind: str
    count: int
    boxcar: float
    converters: int = 1
    screen_s: tuple[float, float] | None = None

    @property
    def interval_s(self) -> float:
        """Between two points."""
        return self.span_s / self.points

    @property
    def codes_each(self) -> int:
        """Codes for each point: peak detection keeps a pair."""
        return _SAMPLES_OF_A_PAIR if self.kind == "PEAK" else 1

    @property
    def shown(self) -> tuple[int, int]:
        """Point at the left edge of the screen, and how many points it shows."""
        if self.screen_s is None:
            return 0, self.points
        left_s, width_s = self.screen_s
        first = min(self.points - 1, max(0, round((left_s - self.left_s) / self.interval_s)))
        return first, max(1, min(self.points - first, round(width_s / self.interval_s)))

    @property
    def before_ns(self) -> int:
        """Bench time that has to pass before a trigger is accepted."""
        return max(0, math.ceil(-self.left_s * self.stretch * 1e9))

    @property
    def after_ns(self) -> int:
        """Bench time from the trigger to the end of the record."""
        return max(0, math.ceil((self.left_s + self.span_s) * self.stretch * 1e9))


@dataclass(frozen=True, slots=True)
class Record:
    """What memory holds after a trigger. The codes are made when they are read: the past does not change.

    Attributes:
        sweep: the horizontal side.
        converter: of the model.
        verticals: the vertical side of each channel that was on.
        triggers_ns: bench time of each trigger.
        noise: where each trigger's noise comes from, by channel.
        wires: what each channel that is connected sees.
        history: the circuit's, as far as it was recorded.
    """

    sweep: Sweep
    converter: Converter
    verticals: Mapping[int, Vertical]
    triggers_ns: tuple[int, ...]
    noise: tuple[Callable[[str], np.random.Generator], ...]
    wires: Mapping[int, Wire]
    history: History

    @property
    def fine_steps(self) -> int:
        """Steps in each code of the converter: averaging resolves more."""
        return self.converter.fine_steps if self.sweep.kind in {"HRES", "AVER"} else 1

    @property
    def codes_each(self) -> int:
        """Codes for each point of the sweep."""
        return self.sweep.codes_each

    def step_for(self, points: int) -> int:
        """Answer how many points make one that is sent, so that no more than `points` codes are."""
        return max(1, -(-self.sweep.points * self.codes_each // max(points, self.codes_each)))

    def codes_sent(self, step: int) -> int:
        """Answer how many codes that makes."""
        return -(-self.sweep.points // step) * self.codes_each

    def step_v(self, channel: int) -> float:
        """Answer volts at the input for each code of the converter."""
        return self.verticals[channel].scale_v / self.converter.steps_per_division

    def fine_codes(self, channel: int, step: int) -> Codes:
        """Convert a whole channel; `fine_steps` for each code of the converter.

        Every `step`-th sample is sent. Of peak detection, where a sample that is left out could be the peak, `step`
        intervals become one: its smallest code, then its largest, interval by interval.
        """
        return self.window(channel, 0, -(-self.sweep.points // step), step)

    def window(self, channel: int, first: int, count: int, step: int = 1) -> Codes:
        """Convert `count` points from `first` on, `step` apart, as `fine_codes` does."""
        if count <= _AT_ONCE:
            return self.at(channel, first + np.arange(count) * step, step)
        codes = np.empty(count * self.codes_each, np.int32)
        for done in range(0, count, _AT_ONCE):
            length = min(_AT_ONCE, count - done)
            part = self.at(channel, first + (done + np.arange(length)) * step, step)
            codes[done * self.codes_each : (done + length) * self.codes_each] = part
        return codes

    def at(self, channel: int, places: NDArray[np.int64], step: int = 1) -> Codes:
        """Convert the points at `places` of memory, which ascend; of peak detection `step` intervals as one."""
        vertical = self.verticals[channel]
        volts: NDArray[np.float64] = np.zeros(1)
        if self.sweep.kind == "PEAK":
            volts = self._peaks(channel, vertical, places, step)
        else:
            for trigger in range(len(self.triggers_ns)):
                volts = np.asarray(volts + self._volts(channel, vertical, trigger, places))
            volts /= len(self.triggers_ns)
        fine = self.step_v(channel) / self.fine_steps
        codes = np.rint((volts - vertical.offset_v) / fine).astype(np.int64) + self.converter.centre * self.fine_steps
        low, high = vertical.clipped(self.converter)
        return np.clip(codes, low * self.fine_steps, min(high * self.fine_steps, self._top))

    @property
    def _top(self) -> int:
        return self.converter.codes * self.fine_steps - 1

    def _wire(self, channel: int, vertical: Vertical) -> Wire | None:
        """Answer what the channel's amplifier sees, None where it sees ground."""
        return None if vertical.coupling == "GND" else self.wires.get(channel)

    def _time_s(self, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """Answer when points are sampled; a sample's time comes from its place in memory, however many are read."""
        sweep = self.sweep
        return np.asarray((sweep.left_s + sweep.span_s / sweep.points * places) * sweep.stretch, np.float64)

    def _peaks(self, channel: int, vertical: Vertical, places: NDArray[np.int64], step: int) -> NDArray[np.float64]:
        """Answer smallest and largest of each interval in turn."""
        count = len(places)
        bounds_s = self._time_s(np.minimum(np.append(places, places[-1] + step), self.sweep.points))
        wire = self._wire(channel, vertical)
        if wire is None:
            low, high = np.zeros(count), np.zeros(count)
        else:
            low, high = self.history.extremes_in(wire.quantity, self.triggers_ns[0], bounds_s)
            if vertical.coupling == "AC":
                view = InputView(self.history, wire.quantity, math.inf, vertical.ac_corner_hz)
                held_v = view.held_back(self.triggers_ns[0], 0.5 * (bounds_s[:-1] + bounds_s[1:]))
                low, high = low - held_v, high - held_v
            low, high = low / wire.ratio, high / wire.ratio
        if vertical.sign < 0.0:
            low, high = -high, -low
        pairs = np.column_stack((low, high)).ravel() * (1.0 + vertical.gain) + vertical.error_v
        return np.asarray(pairs + self._peak_noise(channel, vertical, places, step))

    def _peak_noise(
        self, channel: int, vertical: Vertical, places: NDArray[np.int64], step: int
    ) -> NDArray[np.float64]:
        """Answer what noise adds to a pair.

        The smallest of many samples lies below the smallest true voltage, the largest above the largest: here by a
        fixed number of standard deviations, about right for a hundred samples, and a scatter about it. An interval of
        one sample has the noise of one.
        """
        block = _deviates(self.noise[0], f"channel {channel}")
        if self.sweep.boxcar * step < _SAMPLES_OF_A_PAIR:
            return np.repeat(vertical.noise_v * block[places // self.sweep.converters % _NOISE_BLOCK], 2)
        first = int(places[0]) // step
        pair = 2 * (first + np.arange(len(places)))
        deviates = vertical.peak_scatter * block[np.column_stack((pair, pair + 1)).ravel() % _NOISE_BLOCK]
        deviates[0::2] -= vertical.peak_sigmas
        deviates[1::2] += vertical.peak_sigmas
        return np.asarray(vertical.noise_v * deviates)

    def _volts(self, channel: int, vertical: Vertical, trigger: int, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """Answer what the converter is offered after one trigger."""
        wire = self._wire(channel, vertical)
        if wire is None:
            true = np.zeros(len(places))
        else:
            true = self._offered(wire, vertical, self.triggers_ns[trigger], self._time_s(places)) / wire.ratio
        volts = vertical.sign * true * (1.0 + vertical.gain) + vertical.error_v
        return volts + self._noise(channel, vertical, trigger, places)

    def _offered(
        self, wire: Wire, vertical: Vertical, trigger_ns: int, times_s: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Answer the voltage behind coupling and bandwidth.

        Samples twenty time constants apart and more do not resolve the bandwidth: of ten edges one has a sample on it.
        It is left out there.
        """
        interval_s = self.sweep.span_s / self.sweep.points
        resolved = interval_s < _RESOLVED * 0.5 / math.pi / vertical.bandwidth_hz
        corner_hz = vertical.ac_corner_hz if vertical.coupling == "AC" else 0.0
        if not (resolved or corner_hz):
            return self.history.sample(wire.quantity, trigger_ns, times_s)
        bandwidth_hz = vertical.bandwidth_hz if resolved else math.inf
        return InputView(self.history, wire.quantity, bandwidth_hz, corner_hz).sample(trigger_ns, times_s)

    def _noise(self, channel: int, vertical: Vertical, trigger: int, places: NDArray[np.int64]) -> NDArray[np.float64]:
        converters = self.sweep.converters
        rms = vertical.noise_v
        if self.sweep.kind == "HRES":
            rms /= math.sqrt(self.sweep.boxcar)
        names = (f"channel {channel}{f' converter {i + 1}' if i else ''}" for i in range(converters))
        blocks = np.stack([_deviates(self.noise[trigger], name) for name in names], axis=1)
        return np.asarray(rms * blocks.ravel()[places % (converters * _NOISE_BLOCK)])


@lru_cache(maxsize=16)
def _deviates(source: Callable[[str], np.random.Generator], name: str) -> NDArray[np.float64]:
    """Answer the noise of one converter in one acquisition, in units of its r.m.s.; it is drawn once."""
    return source(name).standard_normal(_NOISE_BLOCK)
