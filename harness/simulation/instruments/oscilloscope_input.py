"""What one input of an oscilloscope is like with every maker: a scale, an offset and a probe that belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.instruments.oscilloscope_autoset import step_up

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.scpi.settings import Number


class ScopeInput:
    """Scale and offset of one channel at the probe's tip, as the instrument shows them.

    A maker's class makes the settings, in its own words.

    Args:
        model: data of the oscilloscope.
        changed: called after a setting was changed.
        probe: its ratio after a reset.
    """

    scale: Number
    range: Number
    offset: Number
    probe: Number

    def __init__(self, model: ModelTable, changed: Callable[[], None], probe: float = 1.0) -> None:
        self._model = model
        self._changed = changed
        self._first_probe = self._probe_before = probe

    def reset(self) -> None:
        self._probe_before = self._first_probe

    @property
    def _divisions(self) -> float:
        return self._model.number("vertical.divisions")

    @property
    def _range_v(self) -> float:
        return self.scale.value * self._divisions

    @property
    def _is_coarse(self) -> bool:
        """Whether the scale is one of those with the larger range of offsets."""
        return self.scale.value / self.probe.value > self._model.number("vertical.offset_limit_from_v")

    def _fit(self, low_v: float, high_v: float, sign: float = 1.0) -> None:
        """Choose scale and offset so that volts at the input fill most of the screen.

        Args:
            low_v: smallest.
            high_v: largest.
            sign: of an offset that brings a positive voltage to the middle.
        """
        probe = self.probe.value
        low, high = self._scale_limits()
        wanted = (high_v - low_v) * probe / self._model.number("autoscale.divisions")
        self.scale.value = min(high, max(low, step_up(wanted)))
        least, most = self._offset_limits()
        self.offset.value = min(most, max(least, 0.0 + sign * 0.5 * (low_v + high_v) * probe))

    def _take_range(self) -> None:
        self.scale.value = self.range.value / self._divisions
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
        limit = self._model.number(f"vertical.offset_limit{'_high' if self._is_coarse else ''}_v") * self.probe.value
        return -limit, limit
