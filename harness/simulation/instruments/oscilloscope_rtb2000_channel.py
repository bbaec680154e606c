"""One input of an RTB2000: its settings, as the instrument names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.instruments.oscilloscope_frontend import InputSettings
from harness.simulation.instruments.oscilloscope_input import ScopeInput
from harness.simulation.scpi.settings import Flag, Number, Text, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.files.modelfile import ModelTable

_COUPLINGS = {"DCL": "DC", "ACL": "AC", "GND": "GND"}


def number(value: float) -> str:
    """Write a number as the RTB2000 does: mantissa and exponent, as many digits as it takes."""
    mantissa, exponent = f"{value:.10E}".split("E")
    whole, decimals = mantissa.split(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}E{exponent}"


class Channel(ScopeInput):
    """Settings of one channel, at the probe's tip.

    The offset is the voltage at the middle of the screen while the position is 0. A positive position moves the trace
    up by divisions, so that the middle shows a lower voltage.
    """

    def __init__(self, model: ModelTable, changed: Callable[[], None]) -> None:
        super().__init__(model, changed)
        default_v = model.number("vertical.default_scale_v")
        self.state = Flag(default=False, changed=changed)
        self.scale = Number(default_v, self._scale_limits, unit="V", write=number, changed=changed)
        self.range = Number(
            default_v, self._range_limits, unit="V", write=lambda _: number(self._range_v), changed=self._take_range
        )
        self.position = Number(0.0, lambda: (-5.0, 5.0), write=number, changed=changed)
        self.offset = Number(0.0, self._offset_limits, unit="V", write=number, changed=changed)
        self.probe = Number(1.0, lambda: (0.001, 10000.0), write=number, changed=self._rescale)
        self.unit = Word("V", ("V", "A"))
        self.coupling = Word("DCL", ("DCLimit", "ACLimit", "GND"), changed=changed)
        self.bandwidth = Word("FULL", ("FULL", "B20"), changed=changed)
        self.polarity = Word("NORM", ("NORMal", "INVerted"), changed=changed)
        self.skew = Number(0.0, lambda: (-500e-9, 500e-9), unit="S", write=number)
        self.zero = Number(0.0, lambda: (-100.0, 100.0), unit="V", write=number)
        self.threshold = Number(1.4, lambda: (-100.0, 100.0), unit="V", write=number)
        self.hysteresis = Word("SMAL", ("SMALl", "MEDium", "LARGe"))
        self.color = Word("DEF", ("TEMPerature", "RAINbow", "FIRE", "DEFault"))
        self.label = Text(8)
        self.labelled = Flag(default=False)
        self.overload = Flag(default=False)
        self.level = Number(0.0, self._level_limits, unit="V", write=number, changed=changed)

    @property
    def middle_v(self) -> float:
        """Volts at the middle of the screen."""
        return self.offset.value - self.position.value * self.scale.value

    def reset(self) -> None:
        super().reset()
        settings = (
            self.state, self.scale, self.position, self.offset, self.probe, self.unit, self.coupling, self.bandwidth,
            self.polarity, self.skew, self.zero, self.threshold, self.hysteresis, self.color, self.label,
            self.labelled,
            self.overload, self.level,
        )  # fmt: skip
        for setting in settings:
            setting.reset()

    def settings(self) -> InputSettings:
        """Answer how the channel is set now."""
        probe = self.probe.value
        return InputSettings(
            scale_v=self.scale.value / probe,
            offset_v=self.middle_v / probe,
            probe=probe,
            coupling=_COUPLINGS[self.coupling.value],
            limited=self.bandwidth.value == "B20",
            inverted=self.polarity.value == "INV",
        )

    def fit(self, low_v: float, high_v: float) -> None:
        """Choose scale and offset so that volts at the input fill most of the screen."""
        self.position.value = 0.0
        self._fit(low_v, high_v)

    def _level_limits(self) -> tuple[float, float]:
        """Ten divisions about the middle of the screen."""
        reach = 10.0 * self.scale.value
        return self.middle_v - reach, self.middle_v + reach
