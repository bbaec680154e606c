"""The trigger system of a Truevolt multimeter as it is set (Truevolt guide, TRIGger and SAMPle subsystems)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.circuit.history import Edge, Quantity
from harness.simulation.instruments.multimeter_acquisition import Plan
from harness.simulation.scpi.settings import Flag, Number, Word, nr1
from harness.simulation.timekeeper import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.base import Instrument
    from harness.simulation.instruments.multimeter_function import MeterFunction
    from harness.simulation.scpi.settings import Setting


class TriggerSettings:
    """When readings are taken, and how many.

    Args:
        model: its own data.
        function: answers the function that is on.
        changed: called after any change.

    Attributes:
        source: where triggers come from, in short form.
    """

    def __init__(self, model: ModelTable, function: Callable[[], MeterFunction], changed: Callable[[], None]) -> None:
        self._model = model
        self._function = function
        self._has_level = bool(model.number("level_trigger.present"))
        highest = model.numbers("accuracy.ranges_v")[-1]
        longest_s, most = model.number("trigger.longest_s"), model.number("trigger.most")
        sources = ("IMMediate", "EXTernal", "BUS", "INTernal")
        self.source = Word("IMM", sources if self._has_level else sources[:-1], changed=changed)
        self._changed = changed
        self._delay = Number(0.0, lambda: (0.0, longest_s), unit="S", changed=self._fix_delay)
        self._auto_delay = Flag(default=True, changed=changed)
        self._level = Number(0.0, lambda: (-highest, highest), unit="V", changed=changed)
        self._slope = Word("NEG", ("POSitive", "NEGative"), changed=changed)
        self._count = Number(1.0, lambda: (1.0, most), coerce=round, infinite=True, changed=changed)
        self._samples = Number(1.0, lambda: (1.0, most), coerce=round, write=nr1, changed=changed)
        self._before = Number(0.0, self._before_limits, coerce=round, write=nr1, changed=changed)
        self._pace = Word("IMM", ("IMMediate", "TIMer"), changed=changed)
        self._timer = Number(1.0, lambda: (function().timing.seconds(), longest_s), unit="S", changed=changed)

    def enter(self, instrument: Instrument) -> None:
        instrument.setting("TRIGger:SOURce", self.source)
        instrument.setting("TRIGger:SLOPe", self._slope)
        instrument.setting("TRIGger:DELay", self._delay)
        instrument.setting("TRIGger:DELay:AUTO", self._auto_delay)
        instrument.setting("TRIGger:COUNt", self._count)
        instrument.setting("SAMPle:COUNt", self._samples)
        instrument.setting("SAMPle:SOURce", self._pace)
        instrument.setting("SAMPle:TIMer", self._timer)
        if self._has_level:
            instrument.setting("TRIGger:LEVel", self._level)
            instrument.setting("SAMPle:COUNt:PRETrigger", self._before)

    def preset(self) -> None:
        """Go to what CONFigure gives; delay and timer keep their values."""
        settings: tuple[Setting, ...] = (
            self.source, self._count, self._samples, self._pace, self._auto_delay, self._before
        )  # fmt: skip
        for setting in settings:
            setting.reset()

    def conflicts(self) -> bool:
        """Whether the level lies where the range cannot see it."""
        return self.source.value == "INT" and abs(self._level.value) > self._function().limit

    def plan(self) -> Plan:
        """Answer what INITiate starts now."""
        function = self._function()
        span = self._model.numbers("accuracy.ranges_v")[-1] if function.dialect.unit != "V" else function.range
        hysteresis = 0.5 * self._model.number("level_trigger.hysteresis_of_range") * span
        delay_s = function.timing.delay_s() if self._auto_delay.value else self._delay.value
        aperture_ns = round(function.timing.seconds() * NS_PER_S)
        return Plan(
            source=self.source.value,
            edge=Edge(Quantity.METER_VOLTAGE, self._level.value, self._slope.value == "POS", hysteresis),
            triggers=self._count.value,
            samples=int(self._samples.value),
            delay_ns=round(delay_s * NS_PER_S),
            interval_ns=round(self._timer.value * NS_PER_S) if self._pace.value == "TIM" else None,
            aperture_ns=aperture_ns,
            reading_ns=aperture_ns * (2 if function.auto_zero else 1),
            ranging_ns=self._model.duration_ns("autorange.settle_s"),
            before=int(self._before.value),
        )

    def _before_limits(self) -> tuple[float, float]:
        return 0.0, max(0.0, min(self._samples.value - 1.0, self._model.number("memory.readings") - 1.0))

    def _fix_delay(self) -> None:
        self._auto_delay.value = False
        self._changed()
