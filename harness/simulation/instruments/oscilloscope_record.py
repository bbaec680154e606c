"""One acquisition of the oscilloscope, from true volts to codes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.simulation.circuit.history import Quantity

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from harness.simulation.circuit.history import History
    from harness.simulation.instruments.oscilloscope_channel import Vertical

CODES = 256
CENTRE = 128
_VERTICAL_DIVISIONS = 8
_NOISE_BLOCK = 65537
"""A prime: reading every k-th sample of a record takes every k-th noise value and repeats none of them early."""


@dataclass(frozen=True, slots=True)
class Sweep:
    """The horizontal side of an acquisition.

    Attributes:
        left_s: time of the first sample after the trigger; negative before it.
        span_s: length of the record.
        points: samples in memory.
        stretch: true time for each second of the instrument's time base.
        kind: acquisition type, in short form.
        count: triggers that are averaged.
        boxcar: converter samples in each stored one, for high resolution.
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
        wired: the channel on the bench's resistor.
        probe_ratio: of the probe on it.
        history: the circuit's.
    """

    sweep: Sweep
    verticals: Mapping[int, Vertical]
    triggers_ns: tuple[int, ...]
    noise: tuple[Callable[[str], np.random.Generator], ...]
    wired: int
    probe_ratio: float
    history: History

    @property
    def fine_steps(self) -> int:
        """Steps in each 8-bit code: averaging resolves more."""
        return 16 if self.sweep.kind in {"HRES", "AVER"} else 1

    def step_for(self, points: int) -> int:
        """Answer how many samples lie between two that are sent, so that no more than `points` are."""
        return max(1, -(-self.sweep.points // points))

    def fine_codes(self, channel: int, step: int) -> NDArray[np.int64]:
        """Convert every `step`-th sample of a channel; `fine_steps` for each 8-bit code."""
        vertical = self.verticals[channel]
        volts = sum((self._volts(channel, vertical, i, step) for i in range(len(self.triggers_ns))), np.zeros(1))
        volts /= len(self.triggers_ns)
        fine = vertical.scale_v * _VERTICAL_DIVISIONS / CODES / self.fine_steps
        codes = np.rint((volts - vertical.offset_v) / fine).astype(np.int64) + CENTRE * self.fine_steps
        return np.clip(codes, 0, CODES * self.fine_steps - 1)

    def _volts(self, channel: int, vertical: Vertical, trigger: int, step: int) -> NDArray[np.float64]:
        """Answer what the converter is offered after one trigger."""
        sweep = self.sweep
        count = -(-sweep.points // step)
        if channel == self.wired:
            # A sample's time comes from its place in memory, however many of them are read.
            nominal_s = sweep.left_s + sweep.span_s / sweep.points * (np.arange(count) * step)
            seconds = nominal_s * sweep.stretch
            true = self.history.sample(Quantity.SCOPE_VOLTAGE, self.triggers_ns[trigger], seconds) / self.probe_ratio
        else:
            true = np.zeros(count)
        if vertical.ac_coupled:
            true -= true.mean()
        return true * (1.0 + vertical.gain) + vertical.error_v + self._noise(channel, vertical, trigger, step, count)

    def _noise(self, channel: int, vertical: Vertical, trigger: int, step: int, count: int) -> NDArray[np.float64]:
        block = self.noise[trigger](f"channel {channel}").standard_normal(_NOISE_BLOCK)
        rms = vertical.noise_v
        if self.sweep.kind == "HRES":
            rms /= math.sqrt(self.sweep.boxcar)
        return rms * block[(np.arange(count) * step) % _NOISE_BLOCK]
