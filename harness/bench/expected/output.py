"""What level zero, large loads, an output beyond its compliance and charge would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.bench import taking
from harness.bench.expected.nominal_observation import nothing
from harness.bench.methods import off as off_method
from harness.bench.methods import output as method
from harness.setpoint import Polarity

if TYPE_CHECKING:
    from harness.bench.expected.nominal_observation import Nominal


def zero_level(made: Nominal) -> None:
    """Output on at level 0."""
    path = made.data.multimeter_path(made.load, made.setpoint.current_a)
    made.reading("zero", 0.0, taking.THOROUGH.zero, path)
    made.reading(method.AT_ZERO, 0.0, taking.THOROUGH.steady, path)
    seen = taking.off_path(made.data, made.profile, made.load, off_method.WATCHED_S)
    made.record("zero", nothing, seen, taking.STEADY_RECORD_S)
    made.record("after-off", nothing, seen, off_method.WATCHED_S, points=taking.PEAK_POINTS, peak=True)


def regulation(made: Nominal) -> None:
    """The level into a large load."""
    made.plateau_readings(made.setpoint, made.load, taking.THOROUGH.gated)


def saturation(made: Nominal) -> None:
    """What the declared compliance voltage drives."""
    limited = method.saturated_a(made.profile, made.setpoint, made.load)
    path = taking.gated_path(made.data, made.load, made.setpoint)
    made.reading("zero", 0.0, taking.THOROUGH.zero, path)
    for phase in made.setpoint.polarity.phases:
        volts = phase.sign * limited * path.resistor.resistance_ohm
        made.reading(phase.value, volts, taking.THOROUGH.gated, path)


def charge(made: Nominal) -> None:
    """The mean over the time in which charge is counted."""
    setpoint, path = made.setpoint, method.charge_path(made.data, made.load, made.setpoint)
    made.reading("zero", 0.0, taking.THOROUGH.zero, method.zero_path(made.data, made.load, setpoint))
    mean = 0.0
    if setpoint.polarity is not Polarity.BIPOLAR:
        mean = setpoint.polarity.sign * setpoint.current_a * made.mode.active_share(setpoint)
    count = method.charge_readings(made.profile, path)
    made.reading(method.MEAN, mean * path.resistor.resistance_ohm, count, path, zero_each=False)
