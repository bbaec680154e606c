"""One input of a DS1000Z: its settings, as the instrument names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.instruments.oscilloscope_autoset import nearest_step, step_up
from harness.simulation.instruments.oscilloscope_frontend import InputSettings
from harness.simulation.scpi.settings import Flag, Number, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.files.modelfile import ModelTable

_FILLED_DIVISIONS = 6.0


def number(value: float) -> str:
    """Write a number as the DS1000Z does."""
    return f"{value:.6e}"


class Channel:
    """Settings of one channel. Scale and offset are at the probe's tip; a positive offset moves the trace up."""

    def __init__(self, model: ModelTable, changed: Callable[[], None]) -> None:
        self._model = model
        self._changed = changed
        self._probes = model.numbers("vertical.probes")
        self._probe_before = model.number("vertical.default_probe")
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
    def _divisions(self) -> float:
        return self._model.number("vertical.divisions")

    @property
    def _range_v(self) -> float:
        return self.scale.value * self._divisions

    @property
    def origin(self) -> int:
        """Codes by which the trace is moved up."""
        return round(self.offset.value / self.increment_v)

    @property
    def increment_v(self) -> float:
        """Volts for each code, at the probe's tip."""
        return self.scale.value / self._model.number("vertical.steps_per_division")

    def reset(self) -> None:
        self._probe_before = self._model.number("vertical.default_probe")
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
        """Choose scale and offset so that volts at the input fill about six of eight divisions."""
        probe = self.probe.value
        low, high = self._scale_limits()
        self.scale.value = min(high, max(low, step_up((high_v - low_v) * probe / _FILLED_DIVISIONS)))
        least, most = self._offset_limits()
        self.offset.value = min(most, max(least, 0.0 - 0.5 * (low_v + high_v) * probe))

    def _stepped(self, volts: float) -> float:
        """Answer the nearest of 1, 2, 5, 10 while the fine adjustment is off."""
        probe = self.probe.value
        return volts if self.vernier.value else nearest_step(volts / probe) * probe

    def _listed(self, ratio: float) -> float:
        return min(self._probes, key=lambda probe: abs(probe - ratio))

    def _take_range(self) -> None:
        self.scale.value = self._stepped(self.range.value / self._divisions)
        self._changed()

    def _rescale(self) -> None:
        """Keep the input's own scale when the probe's ratio changes, as the instrument does."""
        factor = self.probe.value / self._probe_before
        self._probe_before = self.probe.value
        self.scale.value *= factor
        self.offset.value *= factor
        self._changed()

    def _scale_limits(self) -> tuple[float, float]:
        probe = self.probe.value
        return self._model.number("vertical.smallest_v") * probe, self._model.number("vertical.largest_v") * probe

    def _range_limits(self) -> tuple[float, float]:
        low, high = self._scale_limits()
        return low * self._divisions, high * self._divisions

    def _offset_limits(self) -> tuple[float, float]:
        probe = self.probe.value
        high = self.scale.value / probe >= self._model.number("vertical.offset_limit_from_v")
        limit = self._model.number(f"vertical.offset_limit{'_high' if high else ''}_v") * probe
        return -limit, limit
