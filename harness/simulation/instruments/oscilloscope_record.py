"""One acquisition of the oscilloscope, from true volts to codes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from harness.simulation.circuit.history import History, Quantity
    from harness.simulation.instruments.channel_faults import ChannelFaults
    from harness.simulation.instruments.oscilloscope_channel import Vertical

CODES = 256
CENTRE = 128
_VERTICAL_DIVISIONS = 8
_NOISE_BLOCK = 65537
"""A prime: reading every k-th sample of a record takes every k-th noise value and repeats none of them early."""
_SAMPLES_OF_A_PAIR = 2


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
    """

    left_s: float
    span_s: float
    points: int
    stretch: float
    kind: str
    count: int
    boxcar: float

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
        verticals: the vertical side of each channel that was on.
        triggers_ns: bench time of each trigger.
        noise: where each trigger's noise comes from, by channel.
        wires: what each channel that is connected sees.
        history: the circuit's.
    """

    sweep: Sweep
    verticals: Mapping[int, Vertical]
    triggers_ns: tuple[int, ...]
    noise: tuple[Callable[[str], np.random.Generator], ...]
    wires: Mapping[int, Wire]
    history: History

    @property
    def fine_steps(self) -> int:
        """Steps in each 8-bit code: averaging resolves more."""
        return 16 if self.sweep.kind in {"HRES", "AVER"} else 1

    @property
    def codes_each(self) -> int:
        """Codes for each point of the sweep: peak detection keeps a pair."""
        return 2 if self.sweep.kind == "PEAK" else 1

    def step_for(self, points: int) -> int:
        """Answer how many points make one that is sent, so that no more than `points` codes are."""
        return max(1, -(-self.sweep.points * self.codes_each // max(points, self.codes_each)))

    def codes_sent(self, step: int) -> int:
        """Answer how many codes that makes."""
        return -(-self.sweep.points // step) * self.codes_each

    def fine_codes(self, channel: int, step: int) -> NDArray[np.int64]:
        """Convert a channel; `fine_steps` for each 8-bit code.

        Every `step`-th sample is sent. Of peak detection, where a sample that is left out could be the peak, `step`
        intervals become one: its smallest code, then its largest, interval by interval.
        """
        vertical = self.verticals[channel]
        if self.sweep.kind == "PEAK":
            volts = self._peaks(channel, vertical, step)
        else:
            volts = sum((self._volts(channel, vertical, i, step) for i in range(len(self.triggers_ns))), np.zeros(1))
            volts /= len(self.triggers_ns)
        fine = vertical.scale_v * _VERTICAL_DIVISIONS / CODES / self.fine_steps
        codes = np.rint((volts - vertical.offset_v) / fine).astype(np.int64) + CENTRE * self.fine_steps
        reach = min(CENTRE, round(vertical.clip_divisions * CODES / _VERTICAL_DIVISIONS, 6)) * self.fine_steps
        centre = CENTRE * self.fine_steps
        return np.clip(codes, math.ceil(centre - reach), min(CODES * self.fine_steps - 1, math.floor(centre + reach)))

    def _peaks(self, channel: int, vertical: Vertical, step: int) -> NDArray[np.float64]:
        """Answer smallest and largest of each interval in turn."""
        sweep = self.sweep
        count = -(-sweep.points // step)
        places = np.minimum(np.arange(count + 1) * step, sweep.points)
        bounds_s = (sweep.left_s + sweep.span_s / sweep.points * places) * sweep.stretch
        wire = self.wires.get(channel)
        if wire is None:
            low, high = np.zeros(count), np.zeros(count)
        else:
            low, high = self.history.extremes_in(wire.quantity, self.triggers_ns[0], bounds_s)
            low, high = low / wire.ratio, high / wire.ratio
        if vertical.ac_coupled:
            middle = 0.5 * float((low + high).mean())
            low, high = low - middle, high - middle
        pairs = np.column_stack((low, high)).ravel() * (1.0 + vertical.gain) + vertical.error_v
        return np.asarray(pairs + self._peak_noise(channel, vertical, step, count))

    def _peak_noise(self, channel: int, vertical: Vertical, step: int, count: int) -> NDArray[np.float64]:
        """Answer what noise adds to a pair.

        The smallest of many samples lies below the smallest true voltage, the largest above the largest: here by a
        fixed number of standard deviations, about right for a hundred samples, and a scatter about it. An interval of
        one sample has the noise of one.
        """
        block = self.noise[0](f"channel {channel}").standard_normal(_NOISE_BLOCK)
        if self.sweep.boxcar * step < _SAMPLES_OF_A_PAIR:
            return np.repeat(vertical.noise_v * block[(np.arange(count) * step) % _NOISE_BLOCK], 2)
        deviates = vertical.peak_scatter * np.resize(block, 2 * count)
        deviates[0::2] -= vertical.peak_sigmas
        deviates[1::2] += vertical.peak_sigmas
        return np.asarray(vertical.noise_v * deviates)

    def _volts(self, channel: int, vertical: Vertical, trigger: int, step: int) -> NDArray[np.float64]:
        """Answer what the converter is offered after one trigger."""
        sweep = self.sweep
        count = -(-sweep.points // step)
        wire = self.wires.get(channel)
        if wire is None:
            true = np.zeros(count)
        else:
            # A sample's time comes from its place in memory, however many of them are read.
            nominal_s = sweep.left_s + sweep.span_s / sweep.points * (np.arange(count) * step)
            true = self.history.sample(wire.quantity, self.triggers_ns[trigger], nominal_s * sweep.stretch)
            true /= wire.ratio
        if vertical.ac_coupled:
            true -= true.mean()
        return true * (1.0 + vertical.gain) + vertical.error_v + self._noise(channel, vertical, trigger, step, count)

    def _noise(self, channel: int, vertical: Vertical, trigger: int, step: int, count: int) -> NDArray[np.float64]:
        block = self.noise[trigger](f"channel {channel}").standard_normal(_NOISE_BLOCK)
        rms = vertical.noise_v
        if self.sweep.kind == "HRES":
            rms /= math.sqrt(self.sweep.boxcar)
        return rms * block[(np.arange(count) * step) % _NOISE_BLOCK]
