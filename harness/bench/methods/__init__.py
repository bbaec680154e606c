"""What is done at an operating point, one module for each kind of work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.bench.methods import (
    channels,
    channels_drive,
    channels_events,
    contact,
    off,
    output,
    overload,
    power_battery,
    power_panel,
    power_session,
    sensing,
    sensing_events,
    shape,
    steady,
    timing,
    timing_slow,
)
from harness.setpoint import Method

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.bench.rig import Rig
    from harness.capture import Observation
    from harness.setpoint import OperatingPoint

_METHODS: dict[Method, Callable[[Rig, OperatingPoint], Observation]] = {
    Method.STEADY: steady.observe,
    Method.SHAPE: shape.observe,
    Method.OFF: off.observe,
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
    Method.DRIFT: timing_slow.drift,
    Method.TEMPERATURE: timing_slow.temperature,
    Method.AUXILIARY: timing_slow.auxiliary,
    Method.SENSING: sensing.sensing,
    Method.ADAPTATION: sensing.adaptation,
    Method.LATENCY: sensing_events.latency,
    Method.GLIDE: sensing_events.glide,
    Method.ELECTRODE: sensing_events.electrode,
    Method.KEYED: channels.keyed,
    Method.CROSSTALK: channels.crosstalk,
    Method.SUM: channels.sum_of_channels,
    Method.FIRST_OFF: channels.first_off,
    Method.EVENTS: channels_events.observe,
    Method.MODE_CHANGE: channels_events.mode_change,
    Method.CONTINUITY: channels_events.continuity,
    Method.BACK_DRIVE: channels_drive.back_drive,
    Method.TRIP_CURRENT: channels_drive.trip_current,
    Method.HANG: power_session.hang,
    Method.HOST_SILENT: power_session.host_silent,
    Method.SESSION: power_session.session,
    Method.IDLE: power_session.idle,
    Method.BATTERY: power_battery.battery,
    Method.BROWN_OUT: power_battery.brown_out,
    Method.POWER_ON: power_battery.power_on,
    Method.CHARGING: power_battery.charging,
    Method.DISPLAY: power_session.run_time,
    Method.TONE: power_panel.tone,
    Method.MOTOR: power_panel.motor,
    Method.MAINS: power_panel.mains,
    Method.SUPPLY: power_battery.supply,
}


def observe(rig: Rig, point: OperatingPoint) -> Observation:
    """Take all readings and captures of one operating point and leave the output off."""
    return _METHODS[point.method](rig, point)
