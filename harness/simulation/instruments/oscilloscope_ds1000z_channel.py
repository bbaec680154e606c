"""One input of a DS1000Z: its settings, as the instrument names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.instruments.oscilloscope_autoset import nearest_step
from harness.simulation.instruments.oscilloscope_frontend import InputSettings
from harness.simulation.instruments.oscilloscope_input import ScopeInput
from harness.simulation.scpi.settings import Flag, Number, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.files.modelfile import ModelTable


def number(value: float) -> str:
    """Write a number as the DS1000Z does."""
    return f"{value:.6e}"


class Channel(ScopeInput):
    """Settings of one channel. Scale and offset are at the probe's tip; a positive offset moves the trace up."""

    def __init__(self, model: ModelTable, changed: Callable[[], None]) -> None:
        super().__init__(model, changed, model.number("vertical.default_probe"))
        self._probes = model.numbers("vertical.probes")
        self.vernier = Flag(default=False, changed=changed)
        self.display = Flag(default=False, changed=changed)
        default_v = model.number("vertical.default_scale_v") * self._probe_before
        self.scale = Number(
            default_v, self._scale_limits, unit="V", write=number, coerce=self._stepped, changed=changed
        )
        self.range = Number(
            default_v * self._divisions, self._range_limits, unit="V", write=lambda _: number(self._range_v),
            changed=self._take_range,
        )  # fmt: skip
        self.offset = Number(0.0, self._offset_limits, unit="V", write=number, changed=changed)
        self.probe = Number(
            self._probe_before, lambda: (self._probes[0], self._probes[-1]), write=number, coerce=self._listed,
            changed=self._rescale,
        )  # fmt: skip
        self.coupling = Word("DC", ("AC", "DC", "GND"), changed=changed)
        self.bandwidth_limit = Word("OFF", ("20M", "OFF"), changed=changed)
        self.invert = Flag(default=False, changed=changed)
        self.delay = Number(0.0, lambda: (-100e-9, 100e-9), unit="S", write=number)
        self.units = Word("VOLT", ("VOLTage", "WATT", "AMPere", "UNKNown"))

    @property
    def origin(self) -> int:
        """Codes by which the trace is moved up."""
        return round(self.offset.value / self.increment_v)

    @property
    def increment_v(self) -> float:
        """Volts for each code, at the probe's tip."""
        return self.scale.value / self._model.number("vertical.steps_per_division")

    def reset(self) -> None:
        super().reset()
        settings = (
            self.vernier, self.display, self.scale, self.offset, self.probe, self.coupling, self.bandwidth_limit,
            self.invert, self.delay, self.units,
        )  # fmt: skip
        for setting in settings:
            setting.reset()

    def settings(self) -> InputSettings:
        """Answer how the channel is set now. The trace moves by whole codes."""
        probe = self.probe.value
        return InputSettings(
            scale_v=self.scale.value / probe,
            offset_v=-self.origin * self.increment_v / probe,
            probe=probe,
            coupling=self.coupling.value,
            limited=self.bandwidth_limit.value == "20M",
            inverted=self.invert.value,
        )

    def fit(self, low_v: float, high_v: float) -> None:
        """Choose scale and offset so that volts at the input fill most of the screen."""
        self._fit(low_v, high_v, sign=-1.0)

    @property
    def _is_coarse(self) -> bool:
        return self.scale.value / self.probe.value >= self._model.number("vertical.offset_limit_from_v")

    def _stepped(self, volts: float) -> float:
        """Answer the nearest of 1, 2, 5, 10 while the fine adjustment is off."""
        probe = self.probe.value
        return volts if self.vernier.value else nearest_step(volts / probe) * probe

    def _listed(self, ratio: float) -> float:
        return min(self._probes, key=lambda probe: abs(probe - ratio))

    def _take_range(self) -> None:
        self.scale.value = self._stepped(self.range.value / self._divisions)
        self._changed()
