"""What a multimeter makes of a true d.c. voltage: gain, offset, noise, resolution, zero, overload."""

from __future__ import annotations

import bisect
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulation.circuit.history import Quantity
from harness.simulation.instruments.faulty import ReadingFaults
from harness.simulation.instruments.multimeter_zero import AmplifierZero

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.simulation.circuit.history import History
    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Surroundings

_PERCENT = 100.0
_PPM = 1e-6


@dataclass(frozen=True, slots=True)
class RangeError:
    """What is wrong with one range of this specimen; the offset in the function's unit."""

    gain: float
    offset: float


class Ranges:
    """The ranges of one function: how far each reaches, what is wrong with it, and which one autorange takes.

    Args:
        model: its own data.
        table: where they stand in it.
        errors: where the specimen's errors are drawn from.
        name: of the instrument and the function, for the draws.
        unit: of the function, for the draws.

    Attributes:
        values: nominal ranges, ascending.
        errors: what is wrong, by range.
    """

    def __init__(self, model: ModelTable, table: str, errors: HiddenErrors, *, name: str, unit: str) -> None:
        self.values = model.numbers(f"{table}.ranges_{unit.lower()}")
        self._model, self._table, self._name, self._unit = model, table, name, unit
        self._over = model.number(f"{table}.over_range")
        self._over_highest = model.number(f"{table}.over_range_highest")
        self._down, self._up = model.pair("autorange.thresholds")
        self.redraw(errors)

    def redraw(self, errors: HiddenErrors) -> None:
        """Draw gain and offset of each range within its limits, as a k = 2 statement says."""
        gains = self._model.numbers(f"{self._table}.percent_of_reading")
        offsets = self._model.numbers(f"{self._table}.percent_of_range")
        self.errors = tuple(
            RangeError(
                gain=errors.normal_within(f"{self._name} gain {span:g} {self._unit}", gain / _PERCENT),
                offset=errors.normal_within(f"{self._name} offset {span:g} {self._unit}", offset / _PERCENT * span),
            )
            for span, gain, offset in zip(self.values, gains, offsets, strict=True)
        )

    def hidden(self) -> dict[str, object]:
        """Answer gain and offset by range, for the control port."""
        pairs = zip(self.values, self.errors, strict=True)
        return {f"{span:g}": {"gain": wrong.gain, "offset": wrong.offset} for span, wrong in pairs}

    def index_for(self, value: float) -> int:
        """Answer the smallest range whose nominal value holds `value`; the largest where none does."""
        return min(bisect.bisect_left(self.values, abs(value) * (1.0 - 1e-12)), len(self.values) - 1)

    def limit(self, index: int) -> float:
        """Answer the value above which a range says overload."""
        highest = index == len(self.values) - 1
        return self.values[index] * (self._over_highest if highest else self._over)

    def wanted(self, index: int, peak: float) -> int:
        """Answer the range that autorange would go to from `index` for a peak, `index` where it stays."""
        while index + 1 < len(self.values) and peak > self._up * self.values[index]:
            index += 1
        while index > 0 and peak < self._down * self.values[index]:
            index -= 1
        return index


class Resolution:
    """What an integration time resolves, as a share of range: the nearest listed one that is not longer says it."""

    def __init__(self, model: ModelTable) -> None:
        self._nplc = model.numbers("aperture.nplc")
        self._ppm = model.numbers("aperture.resolution_ppm")

    def of_range(self, nplc: float) -> float:
        listed = max(0, bisect.bisect_right(self._nplc, nplc * (1.0 + 1e-9)) - 1)
        return self._ppm[listed] * _PPM


class FrontEnd:
    """D.c. volts: input, ranges and converter.

    Args:
        model: its own data.
        surroundings: the circuit and where noise comes from.
        errors: where the specimen's errors are drawn from.
        name: of the instrument, for the draws.

    Attributes:
        ranges: its ranges, V.
        zero: of its amplifier.
        faults: what an examiner made wrong.
    """

    def __init__(
        self, model: ModelTable, surroundings: Surroundings, errors: HiddenErrors, name: str = "multimeter"
    ) -> None:
        self.ranges = Ranges(model, "accuracy", errors, name=name, unit="V")
        self.zero = AmplifierZero(model, surroundings, errors, name)
        self.faults = ReadingFaults()
        self._newest: float | None = None
        self._model = model
        self._surroundings = surroundings
        self._resolution = Resolution(model)
        self._noise_share = model.number("noise.share_of_resolution")
        self._noise_v = model.number("noise.input_v_at_1_nplc")

    def redraw(self, errors: HiddenErrors) -> None:
        self.ranges.redraw(errors)
        self.zero.redraw(errors)

    def hidden(self) -> Mapping[str, object]:
        """Answer gain and offset by range, and how far the zero wanders without auto zero."""
        indexes = range(len(self.ranges.values))
        pairs = zip(self.ranges.values, map(self._wrong, indexes), strict=True)
        by_range = {f"{span:g}": {"gain": wrong.gain, "offset_v": wrong.offset} for span, wrong in pairs}
        return {**by_range, "zero": {"swing_v": self.zero.swing_v}}

    def input_ohm(self, index: int, *, high: bool) -> float:
        kind = "high" if high and self.ranges.values[index] <= self._model.number("input.high_up_to_v") else "low"
        return self._model.number(f"input.{kind}_ohm")

    def resolution(self, index: int, nplc: float) -> float:
        """Resolution in V at an integration time."""
        return self._resolution.of_range(nplc) * self.ranges.values[index]

    def noise_v(self, index: int, nplc: float) -> float:
        """R.m.s. noise of one reading at an integration time."""
        return math.hypot(self._noise_share * self.resolution(index, nplc), self._noise_v / math.sqrt(nplc))

    def wanted_range(self, index: int, from_ns: int, to_ns: int) -> int:
        """Answer the range that autorange would rather have for what was there in [from, to)."""
        return self.ranges.wanted(index, _peak(self._surroundings.loop.history, from_ns, to_ns))

    def read(self, index: int, *, nplc: float, from_ns: int, to_ns: int) -> float:
        """Take one reading over [from, to), V; infinite where the range is exceeded at any time inside it."""
        if self._newest is None or not self.faults.stale:
            self._newest = self._convert(index, nplc=nplc, from_ns=from_ns, to_ns=to_ns)
        return self._newest

    def _wrong(self, index: int) -> RangeError:
        """Answer what is wrong with a range, a drift included."""
        own, faults = self.ranges.errors[index], self.faults
        return RangeError(own.gain + faults.gain, own.offset + faults.offset_v)

    def _convert(self, index: int, *, nplc: float, from_ns: int, to_ns: int) -> float:
        history = self._surroundings.loop.history
        deviate = float(self._surroundings.noise.acquisition("multimeter")("reading").standard_normal())
        mean = history.mean(Quantity.METER_VOLTAGE, from_ns, to_ns)
        if _peak(history, from_ns, to_ns) > self.ranges.limit(index):
            return math.copysign(math.inf, mean)
        wrong, step = self._wrong(index), self.resolution(index, nplc)
        value = mean * (1.0 + wrong.gain) + wrong.offset + self.noise_v(index, nplc) * deviate
        value += self.zero.error_v((from_ns + to_ns) // 2)
        return round(value / step) * step


def _peak(history: History, from_ns: int, to_ns: int) -> float:
    low, high = history.extremes(Quantity.METER_VOLTAGE, from_ns, to_ns)
    return max(-low, high)
