"""One input of a DSOX1204G: its settings, as the instrument names them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.simulation.instruments.oscilloscope_frontend import InputSettings
from harness.simulation.instruments.oscilloscope_input import ScopeInput
from harness.simulation.instruments.oscilloscope_waveform import write
from harness.simulation.scpi.settings import Flag, Number, Text, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.files.modelfile import ModelTable


class Channel(ScopeInput):
    """Settings of one channel. Scale and offset are at the probe's tip, as the instrument shows them."""

    def __init__(self, model: ModelTable, changed: Callable[[], None]) -> None:
        super().__init__(model, changed)
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

    def reset(self) -> None:
        super().reset()
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
        self._fit(low_v, high_v)
