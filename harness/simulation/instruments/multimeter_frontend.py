"""What the multimeter makes of a true voltage: gain, offset, noise, resolution, overload."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulation.circuit.history import Quantity

if TYPE_CHECKING:
    from harness.simulation.circuit.history import History
    from harness.simulation.draws import HiddenErrors, NoiseSource
    from harness.simulation.files.modelfile import ModelTable

_PERCENT = 100.0
_PPM = 1e-6


@dataclass(frozen=True, slots=True)
class RangeError:
    """What is wrong with one range of this specimen."""

    gain: float
    offset_v: float


class FrontEnd:
    """Input, ranges and converter.

    Attributes:
        ranges: nominal ranges in V, ascending.
        errors: what is wrong, by range.
    """

    def __init__(self, model: ModelTable, errors: HiddenErrors) -> None:
        self.ranges = model.numbers("accuracy.ranges_v")
        self._model = model
        self._nplc = model.numbers("aperture.nplc")
        self._resolution_ppm = model.numbers("aperture.resolution_ppm")
        self._noise_share = model.number("noise.share_of_resolution")
        self._noise_v = model.number("noise.input_v_at_1_nplc")
        self._drawn: tuple[RangeError, ...] = ()
        self._drift = RangeError(0.0, 0.0)
        self.redraw(errors)

    def redraw(self, errors: HiddenErrors) -> None:
        """Draw gain and offset of each range within its limits, as the k = 2 statement says."""
        gains = self._model.numbers("accuracy.percent_of_reading")
        offsets = self._model.numbers("accuracy.percent_of_range")
        self._drawn = tuple(
            RangeError(
                gain=errors.normal_within(f"multimeter gain {span:g} V", gain / _PERCENT),
                offset_v=errors.normal_within(f"multimeter offset {span:g} V", offset / _PERCENT * span),
            )
            for span, gain, offset in zip(self.ranges, gains, offsets, strict=True)
        )
        self.drift(self._drift.gain, self._drift.offset_v)

    def drift(self, gain: float, offset_v: float) -> None:
        """Add to what was drawn, in every range."""
        self._drift = RangeError(gain, offset_v)
        self.errors = tuple(RangeError(own.gain + gain, own.offset_v + offset_v) for own in self._drawn)

    def range_for(self, volts: float) -> int:
        """Answer the smallest range whose nominal value holds `volts`; the largest where none does."""
        return min(bisect.bisect_left(self.ranges, abs(volts) * (1.0 - 1e-12)), len(self.ranges) - 1)

    def limit_v(self, index: int) -> float:
        """Answer the voltage above which a range says overload."""
        highest = index == len(self.ranges) - 1
        return self.ranges[index] * self._model.number(f"accuracy.over_range{'_highest' if highest else ''}")

    def input_ohm(self, index: int, *, high: bool) -> float:
        kind = "high" if high and self.ranges[index] <= self._model.number("input.high_up_to_v") else "low"
        return self._model.number(f"input.{kind}_ohm")

    def resolution_v(self, index: int, nplc: float) -> float:
        """Resolution at an integration time, by the nearest listed one that is not longer."""
        listed = max(0, bisect.bisect_right(self._nplc, nplc * (1.0 + 1e-9)) - 1)
        return self._resolution_ppm[listed] * _PPM * self.ranges[index]

    def auto_range(self, history: History, from_ns: int, to_ns: int) -> int:
        """Answer the smallest range that does not overload over an aperture."""
        peak = _peak(history, from_ns, to_ns)
        return next((i for i in range(len(self.ranges)) if peak <= self.limit_v(i)), len(self.ranges) - 1)

    def read(self, history: History, noise: NoiseSource, *, index: int, nplc: float, from_ns: int, to_ns: int) -> float:
        """Take one reading over [from, to); infinite where the range is exceeded at any time inside it."""
        deviate = float(noise.acquisition("multimeter")("reading").standard_normal())
        mean = history.mean(Quantity.METER_VOLTAGE, from_ns, to_ns)
        if _peak(history, from_ns, to_ns) > self.limit_v(index):
            return math.copysign(math.inf, mean)
        wrong, step = self.errors[index], self.resolution_v(index, nplc)
        rms = math.hypot(self._noise_share * step, self._noise_v / math.sqrt(nplc))
        value = mean * (1.0 + wrong.gain) + wrong.offset_v + rms * deviate
        return round(value / step) * step


def _peak(history: History, from_ns: int, to_ns: int) -> float:
    low, high = history.extremes(Quantity.METER_VOLTAGE, from_ns, to_ns)
    return max(-low, high)
