"""From volts at an instrument's terminals to the current in the loop, with everything that lies between.

    i = (v - v_zero + errors) * G,    G = 1 / R_p + 1 / R_in + 1 / R_leak

R_p is the calibrated resistor at its temperature; the errors are the instrument's accuracy, thermal EMF and what is
left of the mains in a mean over the aperture.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from harness.capture import Reading, SignalPath
    from harness.metrology import Budget

_REFERENCE_TEMPERATURE_C = 23.0


def from_multimeter(budget: Budget, reading: Reading, zero: Reading | None) -> Any:
    """Current of a reading less that of its zero, in A; a reading without a zero bears the whole thermal EMF."""
    path = reading.path
    volts = budget.observed(f"{path.role}: repeatability", reading.values_v)
    if zero is not None:
        volts = volts - budget.observed(f"{path.role}: repeatability of the zero", zero.values_v)
    return through_resistor(budget, path, volts, zeroed=zero is not None)


def through_resistor(budget: Budget, path: SignalPath, volts: Any, *, zeroed: bool) -> Any:
    """The current in the loop from the volts at an instrument's terminals."""
    return (volts + volts_error(budget, path, float(volts.x), zeroed=zeroed)) * conductance(budget, path)


def volts_error(budget: Budget, path: SignalPath, at_v: float, *, zeroed: bool, mains: bool = True) -> Any:
    """What a voltage at the instrument may be wrong by: an uncertain zero, in V.

    Args:
        budget: in which each part gets its line.
        path: of the instrument.
        at_v: the voltage, on which its accuracy depends.
        zeroed: whether a reading with no current has been taken off.
        mains: whether what an aperture leaves of the mains belongs to it; of single samples it is another share.
    """
    role, room, row = path.role, path.surroundings, path.accuracy
    bound = row.bound(at_v)
    error = budget.bounded(f"{role}: accuracy", 0.0, bound, row.coverage, f"{row.document} [{row.mark}]")
    emf = room.thermal_emf_v if zeroed else room.thermal_emf_unzeroed_v
    error = error + budget.bounded(f"{role}: thermal EMF", 0.0, emf, None, "bench file [a]")
    if not mains:
        return error
    pickup = room.mains_pickup_a * path.resistor.resistance_ohm * mains_residue(path)
    return error + budget.bounded(f"{role}: mains pickup", 0.0, pickup, None, "bench file [a]")


def conductance(budget: Budget, path: SignalPath) -> Any:
    """Loop current for each volt across the resistor: resistor, input and leakage in parallel, in S."""
    role, room, resistor = path.role, path.surroundings, path.resistor
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
        path.accuracy.document,
    )
    half = 0.5 / room.leakage_resistance_ohm
    leakage = budget.bounded(f"{role}: leakage past the resistor", half, half, None, "bench file [a]")
    return 1 / ohms + siemens + leakage


def mains_residue(path: SignalPath) -> float:
    """Share of a mains-frequency sine that is left in a mean over the aperture."""
    rejection = path.accuracy.mains_rejection_db
    if rejection is not None:
        return float(10 ** (-rejection / 20))
    # The mean of a sine over any stretch T is at most 1/(pi f T) of its peak.
    return min(1.0, 1 / (math.pi * path.surroundings.mains_frequency_hz * path.aperture_s))
