"""One input of a DSOX1204G: its settings, as the instrument names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.instruments.oscilloscope_autoset import step_up
from harness.simulation.instruments.oscilloscope_frontend import InputSettings
from harness.simulation.instruments.oscilloscope_waveform import write
from harness.simulation.scpi.settings import Flag, Number, Text, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.files.modelfile import ModelTable


class Channel:
    """Settings of one channel. Scale and offset are at the probe's tip, as the instrument shows them."""

    def __init__(self, model: ModelTable, changed: Callable[[], None]) -> None:
        self._model = model
        self._probe_before = 1.0
        self._changed = changed
        self.display = Flag(default=False, changed=changed)
        default_v = model.number("vertical.default_scale_v")
        self.scale = Number(default_v, self._scale_limits, unit="V", changed=changed)
        self.range = Number(
            default_v,
            self._range_limits,
            unit="V",
            write=lambda _: write(self._range_v),
            changed=self._take_range,
        )
        self.offset = Number(0.0, self._offset_limits, unit="V", changed=changed)
        self.probe = Number(1.0, lambda: (0.001, 10000.0), changed=self._rescale)
        self.coupling = Word("DC", ("DC", "AC"), changed=changed)
        self.bandwidth_limit = Flag(default=False, changed=changed)
        self.invert = Flag(default=False, changed=changed)
        self.impedance = Word("ONEM", ("ONEMeg",), changed=changed)
        self.units = Word("VOLT", ("VOLT", "AMPere"), changed=changed)
        self.vernier = Flag(default=False)
        self.skew = Number(0.0, lambda: (-100e-9, 100e-9), unit="S", write=write)
        self.signal = Word("SING", ("SINGle", "DIFFerential"))
        self.label = Text(10)

    @property
    def _divisions(self) -> float:
        return self._model.number("vertical.divisions")

    @property
    def _range_v(self) -> float:
        return self.scale.value * self._divisions

    def reset(self) -> None:
        self._probe_before = 1.0
        settings = (
            self.display, self.scale, self.offset, self.probe, self.coupling, self.bandwidth_limit, self.invert,
            self.impedance, self.units, self.vernier, self.skew, self.signal, self.label,
        )  # fmt: skip
        for setting in settings:
            setting.reset()

    def settings(self) -> InputSettings:
        """Answer how the channel is set now."""
        probe = self.probe.value
        return InputSettings(
            scale_v=self.scale.value / probe,
            offset_v=self.offset.value / probe,
            probe=probe,
            coupling=self.coupling.value,
            limited=self.bandwidth_limit.value,
            inverted=self.invert.value,
        )

    def summary(self) -> str:
        """Answer every setting, as the query of the whole channel does."""
        return (
            f"RANG {write(self._range_v)};OFFS {write(self.offset.value)};COUP {self.coupling.value};"
            f"IMP {self.impedance.value};DISP {self.display.value:d};BWL {self.bandwidth_limit.value:d};"
            f'INV {self.invert.value:d};LAB "{self.label.value}";UNIT {self.units.value};'
            f"PROB {write(self.probe.value)};PROB:SKEW {write(self.skew.value)};STYP {self.signal.value}"
        )

    def fit(self, low_v: float, high_v: float) -> None:
        """Choose scale and offset so that volts at the input fill most of the screen."""
        probe = self.probe.value
        low, high = self._scale_limits()
        self.scale.value = min(
            high, max(low, step_up((high_v - low_v) * probe / self._model.number("autoscale.divisions")))
        )
        least, most = self._offset_limits()
        self.offset.value = min(most, max(least, 0.5 * (low_v + high_v) * probe))

    def _take_range(self) -> None:
        self.scale.value = self.range.value / self._divisions
        self._changed()

    def _range_limits(self) -> tuple[float, float]:
        low, high = self._scale_limits()
        return low * self._divisions, high * self._divisions

    def _rescale(self) -> None:
        """Keep the input's own scale when the probe factor changes, as the instrument does."""
        factor = self.probe.value / self._probe_before
        self._probe_before = self.probe.value
        self.scale.value *= factor
        self.offset.value *= factor
        self._changed()

    def _scale_limits(self) -> tuple[float, float]:
        probe = self.probe.value
        return self._model.number("vertical.smallest_v") * probe, self._model.number("vertical.largest_v") * probe

    def _offset_limits(self) -> tuple[float, float]:
        probe = self.probe.value
        high = self.scale.value / probe > self._model.number("vertical.offset_limit_from_v")
        limit = self._model.number(f"vertical.offset_limit{'_high' if high else ''}_v") * probe
        return -limit, limit
