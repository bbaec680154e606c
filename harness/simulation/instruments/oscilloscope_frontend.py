"""The input of an oscilloscope: how a channel is set, what is wrong with it, and how volts become codes."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.simulation.draws import HiddenErrors
    from harness.simulation.files.modelfile import ModelTable
    from harness.simulation.instruments.faulty import ChannelFaults

_PERCENT = 100.0


@dataclass(frozen=True, slots=True)
class InputSettings:
    """How a channel is set, whatever the maker calls it; volts are volts at the input, behind the probe.

    Attributes:
        scale_v: per division.
        offset_v: at the centre of the screen.
        probe: factor by which the oscilloscope multiplies.
        coupling: DC, AC or GND.
        limited: whether the bandwidth limit is on.
        inverted: whether the trace is turned over; the trigger is not.
    """

    scale_v: float
    offset_v: float
    probe: float
    coupling: str
    limited: bool
    inverted: bool


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
class Converter:
    """How a model turns volts into codes.

    Attributes:
        codes: from 0 to one less.
        centre: code at the centre of the screen.
        steps_per_division: codes in one division.
        fine_steps: steps in each code that averages and high resolution tell apart.
    """

    codes: int
    centre: int
    steps_per_division: float
    fine_steps: int

    @classmethod
    def of(cls, model: ModelTable) -> Converter:
        return cls(
            codes=1 << int(model.number("vertical.bits")),
            centre=int(model.number("vertical.centre_code")),
            steps_per_division=model.number("vertical.steps_per_division"),
            fine_steps=int(model.number("vertical.fine_steps")),
        )


@dataclass(frozen=True, slots=True)
class Vertical:
    """How a channel stood when a record was taken; volts are volts at the input, behind the probe.

    Attributes:
        scale_v: volts per division.
        offset_v: at the centre of the screen.
        probe: factor by which the oscilloscope multiplies.
        coupling: DC, AC or GND.
        sign: -1 where the trace is turned over.
        bandwidth_hz: at 3 dB.
        ac_corner_hz: the same of the a.c. coupling.
        gain: true slope error.
        error_v: true constant error.
        noise_v: rms.
        peak_sigmas: by how much of it an extreme of many samples lies outside.
        peak_scatter: rms of that, as a share of it.
        clip_divisions: the converter stops this far from the centre of the screen; a fault.
    """

    scale_v: float
    offset_v: float
    probe: float
    coupling: str
    sign: float
    bandwidth_hz: float
    ac_corner_hz: float
    gain: float
    error_v: float
    noise_v: float
    peak_sigmas: float
    peak_scatter: float
    clip_divisions: float = math.inf

    def with_faults(self, faults: ChannelFaults) -> Vertical:
        """Answer it with what an examiner made wrong."""
        return replace(
            self,
            gain=self.gain + faults.gain,
            error_v=self.error_v + faults.offset_v,
            clip_divisions=faults.clip_divisions,
        )

    def clipped(self, converter: Converter) -> tuple[int, int]:
        """Answer the lowest and the highest code that the channel gives."""
        reach = self.clip_divisions * converter.steps_per_division
        low = max(0.0, converter.centre - reach)
        return math.ceil(low), math.floor(min(converter.codes, converter.centre + reach))


def gain_limit(model: ModelTable, scale_v: float) -> float:
    """Answer the largest slope error, from the data sheet's share of full scale."""
    low = scale_v < model.number("vertical.gain_low_below_v")
    return model.number(f"vertical.gain_percent{'_low' if low else ''}") / _PERCENT


def vertical(model: ModelTable, settings: InputSettings, errors: ChannelErrors) -> Vertical:
    """Answer how a channel with these settings turns out on this specimen."""
    scale_v, offset_v = settings.scale_v, settings.offset_v
    error_v = (
        model.number("vertical.offset_divisions") * scale_v
        + model.number("vertical.offset_v")
        + model.number("vertical.offset_of_setting") * abs(offset_v)
    )
    bandwidth_hz = model.number("vertical.bandwidth_hz")
    limit_hz = min(bandwidth_hz, model.number("vertical.limit_hz")) if settings.limited else bandwidth_hz
    code_v = scale_v / model.number("vertical.steps_per_division")
    # White noise: what a narrower input lets through falls with the root of its bandwidth. The converter's own stays.
    input_noise_v = model.number("vertical.noise_v") * math.sqrt(limit_hz / bandwidth_hz)
    noise_v = (model.number("vertical.noise_lsb") * code_v) ** 2 + input_noise_v**2
    return Vertical(
        scale_v=scale_v,
        offset_v=offset_v,
        probe=settings.probe,
        coupling=settings.coupling,
        sign=-1.0 if settings.inverted else 1.0,
        bandwidth_hz=limit_hz,
        ac_corner_hz=model.number("vertical.ac_corner_hz"),
        gain=errors.gain_share * gain_limit(model, scale_v),
        error_v=errors.offset_share * error_v,
        noise_v=noise_v**0.5,
        peak_sigmas=model.number("vertical.peak_sigmas"),
        peak_scatter=model.number("vertical.peak_scatter"),
    )
