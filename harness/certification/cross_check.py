"""Two instruments, two resistors, one current: where they disagree, the bench is at fault and not the unit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.measurands import current_difference, oscilloscope_clips, plateau_along_setting
from harness.quantity import si
from harness.setpoint import Method, Polarity

if TYPE_CHECKING:
    from harness.capture import Observation

ALLOWED_IN_U = 2.0
"""A difference beyond twice its own U is a bench fault; at once U a good bench would be blamed in most runs."""


@dataclass(frozen=True, slots=True)
class CrossCheck:
    """What the comparison of one phase gave.

    Attributes:
        observation: key.
        phase: direction that is set.
        agrees: the two are within what their uncertainties allow.
        difference_a: multimeter less oscilloscope, None where the oscilloscope's record is cut off by the screen.
        allowed_a: largest difference allowed.
        text: one sentence.
    """

    observation: str
    phase: Polarity
    agrees: bool
    difference_a: float | None
    allowed_a: float
    text: str


def cross_check(observation: Observation) -> tuple[CrossCheck, ...]:
    """Compare both instruments phase by phase, where both read one plateau in their own right.

    At steady points only: elsewhere the multimeter's reading is what the oscilloscope's record is scaled by. No phase
    is compared where the alternation is too small for the oscilloscope to trigger on.

    Raises:
        KeyError: the oscilloscope took no record of the output.
    """
    if observation.point.method is not Method.STEADY:
        return ()
    return tuple(_phase(observation, plateau.phase) for plateau in observation.capture("output").plateaus)


def _phase(observation: Observation, phase: Polarity) -> CrossCheck:
    clip = oscilloscope_clips(observation, phase)
    if clip is not None:
        return _beyond_the_screen(observation, phase, clip)
    difference = current_difference(observation, phase)
    allowed = ALLOWED_IN_U * difference.expanded_uncertainty
    agrees = abs(difference.value) <= allowed
    text = (
        f"{observation.key}, {phase.value}: multimeter less oscilloscope {si(difference.value, 'A')}, "
        f"allowed {si(allowed, 'A')}"
    )
    if not agrees:
        text += "; a resistor, a probe ratio or an instrument is not what the bench file says: run the bench's check"
    return CrossCheck(observation.key, phase, agrees, difference.value, allowed, text)


def _beyond_the_screen(observation: Observation, phase: Polarity, clip: float) -> CrossCheck:
    """The record says only "at least so much": the multimeter must say so too."""
    meter = plateau_along_setting(observation, phase)
    signed = meter.value * phase.sign
    path = observation.capture("output").path
    screen = path.accuracy.bound(0.0) / path.resistor.resistance_ohm
    allowed = ALLOWED_IN_U * meter.expanded_uncertainty + screen
    agrees = (signed - clip) * (1 if clip > 0 else -1) >= -allowed
    text = (
        f"{observation.key}, {phase.value}: the oscilloscope's record is cut off at {si(clip, 'A')}, "
        f"the multimeter says {si(signed, 'A')}"
    )
    return CrossCheck(observation.key, phase, agrees, None, allowed, text)
