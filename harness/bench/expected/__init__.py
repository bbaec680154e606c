"""What a point would give on a unit that is exactly nominal: from it the plan computes its uncertainties."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.bench.expected import channels, channels_events, contact, output, overload, power, sensing, steady, timing
from harness.bench.expected.nominal_observation import Nominal
from harness.bench.safe_state import RESIDUAL_READINGS
from harness.capture import Observation
from harness.setpoint import Method

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.bench.paths import BenchData
    from harness.definitions.devices import DeviceProfile
    from harness.setpoint import OperatingPoint

_MAKERS: dict[Method, Callable[[Nominal], None]] = {
    Method.STEADY: steady.steady,
    Method.SHAPE: steady.shape,
    Method.OFF: steady.off,
    Method.CYCLES: overload.cycles,
    Method.TOUCH: contact.touch,
    Method.FIRST_CONTACT: contact.first_contact,
    Method.GAP: contact.gap,
    Method.LOSS: contact.loss,
    Method.OVERCURRENT: overload.overcurrent,
    Method.ZERO_LEVEL: output.zero_level,
    Method.REGULATION: output.regulation,
    Method.SATURATION: output.saturation,
    Method.CHARGE: output.charge,
    Method.SWEEP: timing.sweep,
    Method.LONG: timing.long,
    Method.POLLED: timing.polled,
    Method.MODES: timing.modes,
    Method.TABLE: timing.table,
    Method.DRIFT: timing.drift,
    Method.TEMPERATURE: timing.temperature,
    Method.AUXILIARY: timing.auxiliary,
    Method.SENSING: sensing.sensing,
    Method.ADAPTATION: sensing.adaptation,
    Method.LATENCY: sensing.latency,
    Method.GLIDE: sensing.glide,
    Method.ELECTRODE: sensing.electrode,
    Method.KEYED: channels.keyed,
    Method.CROSSTALK: channels.crosstalk,
    Method.SUM: channels.sum_of_channels,
    Method.FIRST_OFF: channels.first_off,
    Method.EVENTS: channels_events.controls,
    Method.MODE_CHANGE: channels_events.mode_change,
    Method.CONTINUITY: channels_events.continuity,
    Method.BACK_DRIVE: channels_events.back_drive,
    Method.TRIP_CURRENT: channels_events.trip_current,
    Method.HANG: power.hang,
    Method.HOST_SILENT: power.host_silent,
    Method.SESSION: power.session,
    Method.IDLE: power.idle,
    Method.BATTERY: power.battery,
    Method.BROWN_OUT: power.brown_out,
    Method.POWER_ON: power.power_on,
    Method.CHARGING: power.charging,
    Method.DISPLAY: power.run_time,
    Method.TONE: power.tone,
    Method.MOTOR: power.lines,
    Method.MAINS: power.lines,
    Method.SUPPLY: power.supply,
}


@dataclass(frozen=True, slots=True)
class Expected:
    """A point as a nominal unit would give it.

    Attributes:
        observation: readings and captures, scattered as the accuracy data say.
        bench_time_s: what it takes, about.
    """

    observation: Observation
    bench_time_s: float


def expected_observation(data: BenchData, profile: DeviceProfile, point: OperatingPoint) -> Observation:
    """Readings and captures of a nominal unit at one point; the unit is not touched."""
    return expected(data, profile, point).observation


def expected(data: BenchData, profile: DeviceProfile, point: OperatingPoint) -> Expected:
    """What a nominal unit would give at one point, and what that takes; the unit is not touched."""
    made = Nominal(data, profile, point)
    _MAKERS[point.method](made)
    residual = made.load if point.method is Method.OFF else data.safe_load
    aperture = made.pace.cycles / data.definition.mains_frequency_hz
    made.reading("residual", 0.0, RESIDUAL_READINGS, data.residual_paths(residual, aperture)[0])
    observation = Observation(point, tuple(made.readings), tuple(made.captures), made.indicated)
    return Expected(observation, made.bench_time_s)
