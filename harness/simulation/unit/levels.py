"""From a code to the current that the source delivers: the static part of the electronics, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.simulation.files.electronicsfile import Electronics
    from harness.simulation.unit.board import Step


@dataclass(frozen=True, slots=True)
class Specimen:
    """What this channel of this unit has of its own.

    Attributes:
        gain: true factor, spread included.
        offset_a: true addition to every magnitude.
        base_gain: the file's own factor, before the spread.
        base_offset_a: the file's own addition.
    """

    gain: float
    offset_a: float
    base_gain: float
    base_offset_a: float

    def limited(self, electronics: Electronics) -> tuple[float, float]:
        """Answer factor and addition where the file has others for the moment; the spread stays."""
        gain = self.gain if electronics.gain == self.base_gain else self.gain + electronics.gain - self.base_gain
        same = electronics.offset_a == self.base_offset_a
        return gain, self.offset_a if same else self.offset_a + electronics.offset_a - self.base_offset_a


@dataclass(frozen=True, slots=True)
class Surrounds:
    """What the current of a step depends on besides its code.

    Attributes:
        load_ohm: between the outputs; infinity: open.
        compliance_v: largest voltage.
        warmth_k: of the electronics above the temperature of its certificate.
        frequency_hz: of the waveform.
    """

    load_ohm: float
    compliance_v: float
    warmth_k: float
    frequency_hz: float


def register(electronics: Electronics, code: float) -> float:
    """Answer what a code has become in the converter's register: shifted, with bits that stick and bits that lack."""
    if not electronics.dac_bits or electronics.dac_faults == _SOUND:
        return code
    mask, bits = (1 << electronics.dac_bits) - 1, round(code)
    shift = electronics.dac_shift
    bits = (bits << shift if shift >= 0 else bits >> -shift) & mask
    bits = bits >> electronics.dac_dropped_bits << electronics.dac_dropped_bits
    if electronics.dac_stuck_low >= 0:
        bits &= ~(1 << electronics.dac_stuck_low)
    if electronics.dac_stuck_high >= 0:
        bits |= 1 << electronics.dac_stuck_high
    return float(bits)


def delivered_a(electronics: Electronics, specimen: Specimen, step: Step, around: Surrounds) -> float:
    """Answer the signed current that a step becomes."""
    factor = _directed(electronics, step.bridge, around.frequency_hz)
    asked_a = electronics.dac.value(register(electronics, step.code))
    return factor * _magnitude(electronics, specimen, asked_a, around) if factor else 0.0


def sensing_a(electronics: Electronics, step: Step) -> float:
    """Answer the same for the small source, which only the bridge reaches."""
    return _directed(electronics, step.bridge, 0.0) * electronics.sense_dac.value(step.code)


def sagging(electronics: Electronics, volts: float) -> float:
    """Answer the factor on the converters' reference while the stage delivers `volts`."""
    return 1.0 / (1.0 + electronics.reference_sag_per_v * abs(volts)) if electronics.reference_sag_per_v else 1.0


def _magnitude(electronics: Electronics, specimen: Specimen, current_a: float, around: Surrounds) -> float:
    if current_a == 0.0 or current_a < electronics.dead_zone_a:
        return 0.0
    gain, offset_a = specimen.limited(electronics)
    if electronics.temperature_coefficient_per_k:
        gain *= 1.0 + electronics.temperature_coefficient_per_k * around.warmth_k
    if electronics.source_ohm:
        # A voltage that drives the set current through the calibrated load: what it drives through no load at all.
        gain *= (electronics.source_calibrated_ohm + electronics.source_ohm) / electronics.source_ohm
    wanted_a = gain * current_a + offset_a
    if electronics.clip_a:
        wanted_a = min(wanted_a, electronics.clip_a)
    if electronics.reference_sag_per_v:
        wanted_a = _sagged(electronics, wanted_a, around)
    return wanted_a


def _sagged(electronics: Electronics, wanted_a: float, around: Surrounds) -> float:
    """Solve ``I = wanted / (1 + s V)`` with ``V = min(I load, compliance)``."""
    sag, ohm = electronics.reference_sag_per_v, around.load_ohm
    if wanted_a * sagging(electronics, around.compliance_v) * ohm >= around.compliance_v:
        return wanted_a * sagging(electronics, around.compliance_v)
    root: float = (1.0 + 4.0 * sag * ohm * wanted_a) ** 0.5
    return 2.0 * wanted_a / (1.0 + root)


def _directed(electronics: Electronics, direction: int, frequency_hz: float) -> float:
    """Answer what comes out for the direction that the firmware asks for."""
    if direction == 0:
        return 0.0
    name = "positive" if direction > 0 else "negative"
    if electronics.bridge_open == name:
        return 0.0
    factor = float(direction)
    if factor < 0.0:
        factor *= electronics.negative_gain * max(0.0, 1.0 - electronics.negative_loss_per_hz * frequency_hz)
    if electronics.bridge_shorted == name:
        factor = -factor  # the shorted leg conducts whatever is asked: the current always goes the other way
    return -factor if electronics.bridge_swapped else factor


_SOUND = (0, -1, -1, 0)
