"""What a point would read on a unit that is exactly nominal: from it the plan computes its uncertainties."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.bench.observing import GATED_READINGS, STEADY_READINGS, ZERO_READINGS
from harness.bench.safe_state import RESIDUAL_READINGS
from harness.capture import Observation, Reading

if TYPE_CHECKING:
    from harness.bench.paths import BenchData
    from harness.capture import SignalPath
    from harness.setpoint import OperatingPoint


def expected_observation(data: BenchData, point: OperatingPoint) -> Observation:
    """Readings of a nominal unit at one point, scattered as the accuracy data say; the unit is not touched."""
    path = data.multimeter_path(point)
    setpoint = point.setpoint
    count = STEADY_READINGS if setpoint.frequency_hz is None else GATED_READINGS
    safe_load = data.safe_load
    readings = [_nominal("zero", 0.0, ZERO_READINGS, path)]
    for phase in setpoint.polarity.phases:
        volts = phase.sign * setpoint.current_a * path.resistor.resistance_ohm
        readings.append(_nominal(phase.value, volts, count, path))
    readings.append(_nominal("residual", 0.0, RESIDUAL_READINGS, data.residual_paths(safe_load)[0]))
    return Observation(point, tuple(readings), ())


def _nominal(name: str, volts: float, count: int, path: SignalPath) -> Reading:
    """Readings whose mean is nominal and whose standard deviation is about the noise of the accuracy row."""
    noise = path.accuracy.noise
    values = tuple(volts + noise * (-1.0 if number % 2 else 1.0) for number in range(count - count % 2))
    return Reading(name, values if count % 2 == 0 else (*values, volts), "planned", path)
