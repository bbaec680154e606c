"""Currents: of the plateau, along the setting, after output off, and what two instruments say of one.

The multimeter reads d.c. volts across a calibrated resistor, zeroed with the output off:

    i = (v - v_zero) / R_p * (1 + R_p / R_leak),    R_p = R (1 + delta) || R_in

The oscilloscope does the same with the mean of a record less the mean of one taken with the output off.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from harness.errors import NotMeasurable
from harness.measurands.oscilloscope import codes, plateau_codes, volts_of
from harness.measurands.paths import from_multimeter, through_resistor
from harness.measurands.registry import PHASE, derive, newest, only, phase_of, register
from harness.metrology import Budget
from harness.quantity import Derivation, Measurement

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from harness.capture import Observation
    from harness.setpoint import Polarity

_CLIPPED_FRACTION = 1e-3


def plateau_magnitude(observation: Observation, phase: Polarity) -> Measurement:
    """Magnitude of the current in the plateau of one phase, in A."""
    return _by_phase("plateau-magnitude", observation, phase)


def plateau_along_setting(observation: Observation, phase: Polarity) -> Measurement:
    """Current in the plateau of one phase, in A, positive in the direction that is set."""
    return _by_phase("plateau-along-setting", observation, phase)


def residual_current(observation: Observation) -> Measurement:
    """Current through the 10 kΩ load after output off, in A, signed."""
    name = "residual-current"
    return derive(Derivation(name, newest(name), observation.key), only(observation))


def current_difference(observation: Observation, phase: Polarity) -> Measurement:
    """Multimeter less oscilloscope for the plateau of one phase, in A.

    Raises:
        NotMeasurable: the oscilloscope's record is clipped.
    """
    return _by_phase("current-difference", observation, phase)


def oscilloscope_clips(observation: Observation, phase: Polarity) -> float | None:
    """Current, in A, at which the oscilloscope's record of a phase is cut off by the screen; None where it is not.

    Counted from the zero record, so that the oscilloscope's offset drops out.
    """
    capture = observation.capture("output")
    gated = _gated_codes(observation, phase)
    for low, edge in ((True, capture.lowest_code), (False, capture.highest_code)):
        cut = gated <= edge if low else gated >= edge
        if cut.mean() > _CLIPPED_FRACTION:
            zero = observation.capture("zero")
            at_rest = volts_of(zero, float(codes(zero).mean()))
            return (volts_of(capture, float(edge)) - at_rest) / capture.path.resistor.resistance_ohm
    return None


def _by_phase(name: str, observation: Observation, phase: Polarity) -> Measurement:
    # By way of the registry, as a recomputation does.
    return derive(Derivation(name, newest(name), observation.key, (("phase", phase.value),)), only(observation))


@register("plateau-magnitude", 1, PHASE)
def _magnitude(observation: Observation, derivation: Derivation) -> Measurement:
    budget = Budget()
    current = from_multimeter(budget, observation.plateau(phase_of(derivation)), observation.reading("zero"))
    return budget.measurement(-current if current.x < 0 else current, "A", derivation, _names(observation))


@register("plateau-along-setting", 1, PHASE)
def _along(observation: Observation, derivation: Derivation) -> Measurement:
    budget = Budget()
    phase = phase_of(derivation)
    current = from_multimeter(budget, observation.plateau(phase), observation.reading("zero"))
    return budget.measurement(phase.sign * current, "A", derivation, _names(observation))


@register("residual-current", 1)
def _residual(observation: Observation, derivation: Derivation) -> Measurement:
    budget = Budget()
    current = from_multimeter(budget, observation.reading("residual"), None)
    return budget.measurement(current, "A", derivation)


@register("current-difference", 1, PHASE)
def _difference(observation: Observation, derivation: Derivation) -> Measurement:
    budget = Budget()
    phase = phase_of(derivation)
    by_multimeter = from_multimeter(budget, observation.plateau(phase), observation.reading("zero"))
    by_oscilloscope = _from_oscilloscope(budget, observation, phase)
    return budget.measurement(by_multimeter - by_oscilloscope, "A", derivation, _names(observation))


def _from_oscilloscope(budget: Budget, observation: Observation, phase: Polarity) -> Any:
    clip = oscilloscope_clips(observation, phase)
    if clip is not None:
        raise NotMeasurable(f"the oscilloscope's record {observation.key} is cut off by the screen at {clip:g} A")
    capture, zero = observation.capture("output"), observation.capture("zero")
    volts = 0.0
    for sign, name, record, gated in (
        (1, "noise of the record", capture, _gated_codes(observation, phase)),
        (-1, "noise of the zero", zero, codes(zero)),
    ):
        noise = float(gated.std(ddof=1)) * record.increment_v / math.sqrt(gated.size)
        mean = volts_of(record, float(gated.mean()))
        volts = volts + sign * budget.bounded(f"oscilloscope: {name}", mean, noise, 1.0, "scatter of the samples")
    half_code = budget.bounded("oscilloscope: resolution", 0.0, capture.increment_v / 2, None, "half a code")
    return through_resistor(budget, capture.path, volts + half_code, zeroed=True)


def _gated_codes(observation: Observation, phase: Polarity) -> NDArray[np.uint8]:
    """The codes inside the plateau of a phase."""
    capture = observation.capture("output")
    plateau = next((plateau for plateau in capture.plateaus if plateau.phase is phase), None)
    if plateau is None:
        raise NotMeasurable(f"the oscilloscope's record {observation.key} says of no {phase.value} plateau")
    return plateau_codes(capture, plateau, f"the oscilloscope's record {observation.key}")


def _names(observation: Observation) -> tuple[str, ...]:
    return tuple(f"{observation.key}-{capture.name}" for capture in observation.captures)
