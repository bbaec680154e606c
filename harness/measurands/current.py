"""Currents: of the plateau, along the setting, after output off, and what two instruments say of one.

The multimeter reads d.c. volts across a calibrated resistor, zeroed with the output off:

    i = (v - v_zero) / R_p * (1 + R_p / R_leak),    R_p = R (1 + delta) || R_in

The oscilloscope does the same with the mean of a record less the mean of one taken with the output off.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.registry import PHASE, derive, newest, phase_of, register
from harness.metrology import Budget
from harness.quantity import Derivation, Measurement

if TYPE_CHECKING:
    from harness.capture import Capture, Observation, Reading, SignalPath
    from harness.setpoint import Polarity

_CLIPPED_FRACTION = 1e-3
_LEAST_SAMPLES = 16
_SAMPLE_ROUNDING = 1e-6


def plateau_magnitude(observation: Observation, phase: Polarity) -> Measurement:
    """Magnitude of the current in the plateau of one phase, in A."""
    return _by_phase("plateau-magnitude", observation, phase)


def plateau_along_setting(observation: Observation, phase: Polarity) -> Measurement:
    """Current in the plateau of one phase, in A, positive in the direction that is set."""
    return _by_phase("plateau-along-setting", observation, phase)


def residual_current(observation: Observation) -> Measurement:
    """Current through the 10 kΩ load after output off, in A, signed."""
    name = "residual-current"
    return _residual(observation, Derivation(name, newest(name), observation.key))


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
    codes = _gated_codes(observation, phase)
    for low, edge in ((True, capture.lowest_code), (False, capture.highest_code)):
        cut = codes <= edge if low else codes >= edge
        if cut.mean() > _CLIPPED_FRACTION:
            zero = observation.capture("zero")
            at_rest = _volts(zero, float(np.frombuffer(zero.codes, np.uint8).mean()))
            return (_volts(capture, float(edge)) - at_rest) / capture.path.resistor.resistance_ohm
    return None


def _by_phase(name: str, observation: Observation, phase: Polarity) -> Measurement:
    # By way of the registry, as a recomputation does.
    return derive(Derivation(name, newest(name), observation.key, (("phase", phase.value),)), observation)


@register("plateau-magnitude", 1, PHASE)
def _magnitude(observation: Observation, derivation: Derivation) -> Measurement:
    budget = Budget()
    current = _from_multimeter(budget, observation.plateau(phase_of(derivation)), observation.reading("zero"))
    return budget.measurement(-current if current.x < 0 else current, "A", derivation, _names(observation))


@register("plateau-along-setting", 1, PHASE)
def _along(observation: Observation, derivation: Derivation) -> Measurement:
    budget = Budget()
    phase = phase_of(derivation)
    current = _from_multimeter(budget, observation.plateau(phase), observation.reading("zero"))
    return budget.measurement(phase.sign * current, "A", derivation, _names(observation))


@register("residual-current", 1)
def _residual(observation: Observation, derivation: Derivation) -> Measurement:
    budget = Budget()
    current = _from_multimeter(budget, observation.reading("residual"), None)
    return budget.measurement(current, "A", derivation)


@register("current-difference", 1, PHASE)
def _difference(observation: Observation, derivation: Derivation) -> Measurement:
    budget = Budget()
    phase = phase_of(derivation)
    by_multimeter = _from_multimeter(budget, observation.plateau(phase), observation.reading("zero"))
    by_oscilloscope = _from_oscilloscope(budget, observation, phase)
    return budget.measurement(by_multimeter - by_oscilloscope, "A", derivation, _names(observation))


def _from_multimeter(budget: Budget, reading: Reading, zero: Reading | None) -> Any:
    path = reading.path
    volts = budget.observed(f"{path.role}: repeatability", reading.values_v)
    if zero is not None:
        volts = volts - budget.observed(f"{path.role}: repeatability of the zero", zero.values_v)
    return _through_resistor(budget, path, volts, zeroed=zero is not None)


def _from_oscilloscope(budget: Budget, observation: Observation, phase: Polarity) -> Any:
    clip = oscilloscope_clips(observation, phase)
    if clip is not None:
        raise NotMeasurable(f"the oscilloscope's record {observation.key} is cut off by the screen at {clip:g} A")
    capture, zero = observation.capture("output"), observation.capture("zero")
    volts = 0.0
    for sign, name, record, codes in (
        (1, "noise of the record", capture, _gated_codes(observation, phase)),
        (-1, "noise of the zero", zero, np.frombuffer(zero.codes, np.uint8)),
    ):
        noise = float(codes.std(ddof=1)) * record.increment_v / math.sqrt(codes.size)
        mean = _volts(record, float(codes.mean()))
        volts = volts + sign * budget.bounded(f"oscilloscope: {name}", mean, noise, 1.0, "scatter of the samples")
    half_code = budget.bounded("oscilloscope: resolution", 0.0, capture.increment_v / 2, None, "half a code")
    return _through_resistor(budget, capture.path, volts + half_code, zeroed=True)


def _through_resistor(budget: Budget, path: SignalPath, volts: Any, *, zeroed: bool) -> Any:
    """The current in the loop from the volts at an instrument's terminals."""
    role, room, row, resistor = path.role, path.surroundings, path.accuracy, path.resistor
    bound = row.bound(float(volts.x))
    volts = volts + budget.bounded(f"{role}: accuracy", 0.0, bound, row.coverage, f"{row.document} [{row.mark}]")
    emf = room.thermal_emf_v if zeroed else room.thermal_emf_unzeroed_v
    volts = volts + budget.bounded(f"{role}: thermal EMF", 0.0, emf, None, "bench file [a]")
    pickup = room.mains_pickup_a * resistor.resistance_ohm * _mains_residue(path)
    volts = volts + budget.bounded(f"{role}: mains pickup", 0.0, pickup, None, "bench file [a]")

    ohms = budget.bounded(
        f"{role}: resistor {resistor.id}",
        resistor.resistance_ohm,
        resistor.expanded_uncertainty_ohm,
        resistor.coverage_factor,
        f"certificate {resistor.certificate}",
    )
    drift = resistor.temperature_coefficient_per_k * (
        room.temperature_half_width_c + abs(room.temperature_c - _REFERENCE_TEMPERATURE_C)
    )
    ohms = ohms * (1 + budget.bounded(f"{role}: temperature of the resistor", 0.0, drift, None, "bench file [a]"))
    siemens = budget.bounded(
        f"{role}: input resistance",
        1 / path.input_resistance_ohm,
        path.input_resistance_tolerance / path.input_resistance_ohm,
        None,
        row.document,
    )
    half = 0.5 / room.leakage_resistance_ohm
    leakage = budget.bounded(f"{role}: leakage past the resistor", half, half, None, "bench file [a]")
    return volts * (1 / ohms + siemens + leakage)


_REFERENCE_TEMPERATURE_C = 23.0


def _mains_residue(path: SignalPath) -> float:
    """Share of a mains-frequency sine that is left in a mean over the aperture."""
    rejection = path.accuracy.mains_rejection_db
    if rejection is not None:
        return float(10 ** (-rejection / 20))
    # The mean of a sine over any stretch T is at most 1/(pi f T) of its peak.
    return min(1.0, 1 / (math.pi * path.surroundings.mains_frequency_hz * path.aperture_s))


def _gated_codes(observation: Observation, phase: Polarity) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """The codes inside the plateau of a phase."""
    capture = observation.capture("output")
    codes = np.frombuffer(capture.codes, np.uint8)
    plateau = next((plateau for plateau in capture.plateaus if plateau.phase is phase), None)
    if plateau is None:
        raise NotMeasurable(f"the oscilloscope's record {observation.key} says of no {phase.value} plateau")
    first = math.ceil((plateau.from_s - capture.start_s) / capture.interval_s - _SAMPLE_ROUNDING)
    last = math.floor((plateau.to_s - capture.start_s) / capture.interval_s + _SAMPLE_ROUNDING)
    gated = codes[max(first, 0) : last + 1]
    if gated.size < _LEAST_SAMPLES or first < 0 or last > codes.size:
        raise NotMeasurable(f"the oscilloscope's record {observation.key} does not hold the {phase.value} plateau")
    return gated


def _volts(capture: Capture, code: float) -> float:
    return (code - capture.reference_code) * capture.increment_v + capture.origin_v


def _names(observation: Observation) -> tuple[str, ...]:
    return tuple(f"{observation.key}-{capture.name}" for capture in observation.captures)
