"""One input of the oscilloscope: its settings, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulation.scpi.settings import Flag, Number, Text, Word

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.channel_faults import ChannelFaults

_PERCENT = 100.0
_DEFAULT_SCALE_V = 5.0


@dataclass(frozen=True, slots=True)
class ChannelErrors:
    """Hidden errors of one channel, each as a share of its limit between -1 and 1.

    The documents state limits without a coverage factor, so every value inside is as likely (GUM 4.3.7).
    """

    gain_share: float
    offset_share: float


def draw_channel(number: int, errors: HiddenErrors) -> ChannelErrors:
    """Draw the errors of a channel."""
    return ChannelErrors(
        gain_share=errors.rectangular(f"oscilloscope channel {number} gain", 1.0),
        offset_share=errors.rectangular(f"oscilloscope channel {number} offset", 1.0),
    )


@dataclass(frozen=True, slots=True)
class Vertical:
    """How a channel stood when a record was taken; volts are volts at the input, behind the probe.

    Attributes:
        scale_v: volts per division.
        offset_v: at the centre of the screen.
        probe: factor by which the oscilloscope multiplies.
        ac_coupled: whether the mean is kept out.
        gain: true slope error.
        error_v: true constant error.
        noise_v: rms.
        peak_sigmas: by how much of it an extreme of many samples lies outside.
        peak_scatter: rms of that, as a share of it.
        clip_divisions: the converter stops this far from the centre of the screen.
    """

    scale_v: float
    offset_v: float
    probe: float
    ac_coupled: bool
    gain: float
    error_v: float
    noise_v: float
    peak_sigmas: float
    peak_scatter: float
    clip_divisions: float


class Channel:
    """Settings of one channel. Scale and offset are at the probe's tip, as the instrument shows them."""

    def __init__(self, model: ModelTable, changed: Callable[[], None]) -> None:
        self._model = model
        self._probe_before = 1.0
        self._changed = changed
        self.display = Flag(default=False, changed=changed)
        self.scale = Number(_DEFAULT_SCALE_V, self._scale_limits, unit="V", changed=changed)
        self.offset = Number(0.0, self._offset_limits, unit="V", changed=changed)
        self.probe = Number(1.0, lambda: (0.001, 10000.0), changed=self._rescale)
        self.coupling = Word("DC", ("DC", "AC"), changed=changed)
        self.bandwidth_limit = Flag(default=False, changed=changed)
        self.impedance = Word("ONEM", ("ONEMeg",), changed=changed)
        self.units = Word("VOLT", ("VOLT", "AMPere"), changed=changed)
        self.label = Text(10)

    @property
    def range(self) -> float:
        return self.scale.value * self._model.number("vertical.divisions")

    def set_range(self, volts: float) -> None:
        self.scale.value = volts / self._model.number("vertical.divisions")
        self._changed()

    def range_limits(self) -> tuple[float, float]:
        low, high = self._scale_limits()
        divisions = self._model.number("vertical.divisions")
        return low * divisions, high * divisions

    def reset(self) -> None:
        self._probe_before = 1.0
        settings = (
            self.display, self.scale, self.offset, self.probe, self.coupling, self.bandwidth_limit,
            self.impedance, self.units, self.label,
        )  # fmt: skip
        for setting in settings:
            setting.reset()

    def gain_limit(self, scale_v: float) -> float:
        """Largest slope error, from the data sheet's share of full scale."""
        low = scale_v < self._model.number("vertical.gain_low_below_v")
        return self._model.number(f"vertical.gain_percent{'_low' if low else ''}") / _PERCENT

    def vertical(self, errors: ChannelErrors, faults: ChannelFaults) -> Vertical:
        """Answer how the channel stands now."""
        model, probe = self._model, self.probe.value
        scale_v, offset_v = self.scale.value / probe, self.offset.value / probe
        error_v = (
            model.number("vertical.offset_divisions") * scale_v
            + model.number("vertical.offset_v")
            + model.number("vertical.offset_of_setting") * abs(offset_v)
        )
        code_v = scale_v * model.number("vertical.divisions") / 256.0
        noise_v = (model.number("vertical.noise_lsb") * code_v) ** 2 + model.number("vertical.noise_v") ** 2
        return Vertical(
            scale_v=scale_v,
            offset_v=offset_v,
            probe=probe,
            ac_coupled=faults.ac_coupled or self.coupling.value == "AC",
            gain=errors.gain_share * self.gain_limit(scale_v) + faults.gain,
            error_v=errors.offset_share * error_v + faults.offset_v,
            noise_v=noise_v**0.5,
            peak_sigmas=model.number("vertical.peak_sigmas"),
            peak_scatter=model.number("vertical.peak_scatter"),
            clip_divisions=faults.clip_divisions,
        )

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
