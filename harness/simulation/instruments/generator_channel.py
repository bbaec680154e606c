"""One output of the waveform generator: its settings, and the gate level that follows from them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from harness.simulation.instruments.gate_player import GatePlayer, Item, Play, Segment
from harness.simulation.instruments.generator_memory import WaveformMemory
from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.settings import Flag, Number, Word
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.scpi.settings import Setting
    from harness.simulation.timekeeper import Timekeeper

_DEFAULT_WAVEFORM = "exp_rise"
"""The built-in one."""


class GeneratorChannel:
    """One output.

    Volts are those that the instrument shows: right across the load that it was told of. The gate of an opto-MOSFET
    takes no current, so what reaches it is the open-circuit voltage, twice as much where the load was left at 50 ohm.

    Args:
        model: of the generator.
        timekeeper: bench time.
        changed: called with each new level of the gate.
    """

    def __init__(self, model: ModelTable, timekeeper: Timekeeper, changed: Callable[[], None]) -> None:
        self._model = model
        self._threshold_v = model.number("gate.threshold_v")
        self._source_ohm = model.number("output.source_ohm")
        self._largest_v = model.number("output.largest_v")
        self._changed = changed
        self.memory = WaveformMemory(model)
        self.player = GatePlayer(timekeeper, changed)
        self.name = _DEFAULT_WAVEFORM
        self._default_load_ohm = model.number("output.default_load_ohm")
        self._smallest_span_v = model.number("output.smallest_span_v")
        self.load_ohm = self._default_load_ohm
        self._make_settings()
        self.reset()

    @property
    def gate(self) -> bool:
        """Whether the output drives its gate now."""
        return self.output.value and self.player.level

    def _make_settings(self) -> None:
        number, restart = self._model.number, self.restart
        periods = (2 * number("pulse.smallest_width_s"), number("pulse.longest_period_s"))
        self._rates = rates = (number("arbitrary.smallest_rate_hz"), number("arbitrary.largest_rate_hz"))
        self.output = Flag(default=False, changed=self._changed)
        self.polarity = Word("NORM", ("NORMal", "INVerted"), changed=restart)
        self.function = Word("SIN", ("SINusoid", "DC", "ARBitrary", "PULSe"), changed=restart)
        self.offset = Number(0.0, self._offset_limits, unit="V", changed=restart)
        self.amplitude = Number(number("output.default_amplitude_v"), self._amplitude_limits, unit="V", changed=restart)
        self.rate = Number(number("arbitrary.default_rate_hz"), lambda: rates, unit="HZ", changed=restart)
        self.filter = Word("NORM", ("NORMal", "STEP", "OFF"))
        self.period = Number(number("pulse.default_period_s"), lambda: periods, unit="S", changed=restart)
        self.width = Number(number("pulse.default_width_s"), self._width_limits, unit="S", changed=restart)
        self.trigger_source = Word("IMM", ("IMMediate", "EXTernal", "BUS", "TIMer"), changed=restart)
        self.trigger_delay = Number(0.0, lambda: (0.0, 1000.0), unit="S")
        self.trigger_slope = Word("POS", ("POSitive", "NEGative"))
        self.burst = Flag(default=False, changed=restart)
        self.burst_mode = Word("TRIG", ("TRIGgered", "GATed"), changed=restart)
        cycles = (1.0, number("burst.most_cycles"))
        self.cycles = Number(1.0, lambda: cycles, coerce=round, infinite=True, changed=restart)
        self.phase = Number(0.0, lambda: (-360.0, 360.0))
        self.burst_period = Number(number("burst.default_period_s"), lambda: (1e-6, 8000.0), unit="S", changed=restart)
        self.settings: dict[str, Setting] = {
            "output": self.output,
            "polarity": self.polarity,
            "function": self.function,
            "offset": self.offset,
            "amplitude": self.amplitude,
            "rate": self.rate,
            "filter": self.filter,
            "period": self.period,
            "width": self.width,
            "trigger_source": self.trigger_source,
            "trigger_delay": self.trigger_delay,
            "trigger_slope": self.trigger_slope,
            "burst": self.burst,
            "burst_mode": self.burst_mode,
            "cycles": self.cycles,
            "phase": self.phase,
            "burst_period": self.burst_period,
        }

    def reset(self) -> None:
        """Return to the state after `*RST`; the waveform memory stays."""
        for setting in self.settings.values():
            setting.reset()
        self.load_ohm = self._default_load_ohm
        self.name = _DEFAULT_WAVEFORM
        self.restart()
        self._changed()

    def select(self, name: str) -> None:
        """Choose what ARB plays.

        Raises:
            ScpiError: it is not in memory.
        """
        if name.lower() != _DEFAULT_WAVEFORM:
            self.memory.find(name)
        self.name = name
        self.restart()

    def clear_memory(self) -> None:
        self.memory.clear()
        self.name = _DEFAULT_WAVEFORM
        self.restart()

    def set_load(self, load_ohm: float) -> None:
        """Take another load: the output stays, what is shown changes."""
        factor = self._factor()
        self.load_ohm = load_ohm
        factor /= self._factor()
        self.offset.value *= factor
        self.amplitude.value *= factor

    def levels(self) -> tuple[float, float]:
        """Low and high level as shown."""
        half = 0.5 * self.amplitude.value
        return self.offset.value - half, self.offset.value + half

    def set_levels(self, low_v: float, high_v: float) -> None:
        """Take low and high level.

        Raises:
            ScpiError: they are the wrong way round, or beyond the output.
        """
        largest = self._largest_shown()
        if high_v - low_v < self._smallest_span_v or max(-low_v, high_v) > largest * (1 + 1e-9):
            raise ScpiError(-222)
        self.offset.value, self.amplitude.value = 0.5 * (low_v + high_v), high_v - low_v
        self.restart()

    @property
    def frequency_hz(self) -> float:
        """Of a period; of a downloaded waveform its sample rate over its points."""
        points = self._points()
        return self.rate.value / points if points else 1.0 / self.period.value

    def set_frequency(self, frequency_hz: float) -> None:
        """Take another frequency; a downloaded waveform changes its sample rate.

        Raises:
            ScpiError: the sample rate would be one that is not there (-222).
        """
        points = self._points()
        if not points:
            self.period.value = 1.0 / frequency_hz
        elif self._rates[0] <= frequency_hz * points <= self._rates[1]:
            self.rate.value = frequency_hz * points
        else:
            raise ScpiError(-222)
        self.restart()

    def _points(self) -> int:
        """Answer the points of the waveform, or of the whole sequence, that ARB plays; 0 where it plays none."""
        if self.function.value != "ARB" or self.name.lower() == _DEFAULT_WAVEFORM:
            return 0
        try:
            return sum(len(points) for _, points in self.memory.find(self.name))
        except ScpiError:
            return 0

    def apply(self, function: str, frequency_hz: float, amplitude_v: float, offset_v: float) -> None:
        """Take function, frequency and levels at once, end a burst, trigger at once, and switch on.

        Raises:
            ScpiError: beyond the output (-222); nothing is changed then.
        """
        largest = self._largest_shown() * (1 + 1e-9)
        half_v = 0.0 if function == "DC" else 0.5 * amplitude_v
        if abs(offset_v) + half_v > largest or amplitude_v < self._smallest_span_v:
            raise ScpiError(-222)
        self.function.value, self.period.value = function, 1.0 / frequency_hz
        self.offset.value = offset_v
        if function != "DC":
            self.amplitude.value = amplitude_v
        self.burst.value, self.trigger_source.value, self.output.value = False, "IMM", True
        self.restart()
        self._changed()

    def restart(self) -> None:
        """Play anew what the settings say."""
        function = self.function.value
        if function == "ARB" and self.name.lower() != _DEFAULT_WAVEFORM:
            self._start(self._sequence(), self.rate.value)
        elif function == "PULS":
            self._start((Item(self._pulse(), Play.FOREVER),), NS_PER_S)
        else:
            # A sine and the built-in waveform count by their middle: a gate is not for them.
            self.player.hold(level=self._drives(self.offset.value))

    def _start(self, items: tuple[Item, ...], rate_hz: float) -> None:
        immediate = self.trigger_source.value in {"IMM", "TIM"}
        if self.burst.value and len(items) == 1 and math.isfinite(self.cycles.value):
            items = self._bursts(items[0].segment, rate_hz, immediate=immediate)
        self.player.start(items, rate_hz, immediate=immediate)

    def _bursts(self, segment: Segment, rate_hz: float, *, immediate: bool) -> tuple[Item, ...]:
        """A number of cycles, and then the first level of the waveform until the next trigger."""
        cycles = int(self.cycles.value)
        played = Item(segment, Play.REPEAT, cycles)
        # A pulse rests at its low level.
        level = self._drives(self.levels()[0]) if self.function.value == "PULS" else segment.levels[0]
        if not immediate or self.burst_mode.value == "GAT":
            return Item(Segment(1, (0,), (level,)), Play.HOLD), played
        rest = max(1, round(self.burst_period.value * rate_hz) - cycles * segment.samples)
        return played, Item(Segment(rest, (0,), (level,)), Play.ONCE)

    def _sequence(self) -> tuple[Item, ...]:
        try:
            found = self.memory.find(self.name)
        except ScpiError:
            return (Item(Segment(1, (0,), (False,)), Play.FOREVER),)
        return tuple(Item(self._segment(points), entry.play, entry.count) for entry, points in found)

    def _segment(self, points: NDArray[np.float64]) -> Segment:
        volts = self.offset.value + 0.5 * self.amplitude.value * points
        driven = volts * self._sign() * self._factor() > self._threshold_v
        starts = np.concatenate(([0], np.flatnonzero(np.diff(driven)) + 1))
        return Segment(len(points), tuple(int(i) for i in starts), tuple(bool(driven[i]) for i in starts))

    def _pulse(self) -> Segment:
        """One period in nanoseconds: the width at the high level, the rest at the low one."""
        low, high = (self._drives(volts) for volts in self.levels())
        period, width = round(self.period.value * NS_PER_S), round(self.width.value * NS_PER_S)
        if low == high:
            return Segment(period, (0,), (low,))
        return Segment(period, (0, min(width, period - 1)), (high, low))

    def _drives(self, shown_v: float) -> bool:
        return shown_v * self._sign() * self._factor() > self._threshold_v

    def _sign(self) -> float:
        return -1.0 if self.polarity.value == "INV" else 1.0

    def _factor(self) -> float:
        """Open-circuit volts for each volt shown."""
        return 1.0 if math.isinf(self.load_ohm) else 1.0 + self._source_ohm / self.load_ohm

    def _largest_shown(self) -> float:
        return self._largest_v / self._factor()

    def _offset_limits(self) -> tuple[float, float]:
        # Direct voltage has no amplitude.
        span = self._largest_shown() - (0.0 if self.function.value == "DC" else 0.5 * self.amplitude.value)
        return -span, span

    def _amplitude_limits(self) -> tuple[float, float]:
        return self._smallest_span_v, 2.0 * (self._largest_shown() - abs(self.offset.value))

    def _width_limits(self) -> tuple[float, float]:
        smallest = self._model.number("pulse.smallest_width_s")
        return smallest, self.period.value - smallest
