"""What is done at an operating point, one module for each kind of work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.bench.methods import (
    contact,
    off,
    output,
    overload,
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
}


def observe(rig: Rig, point: OperatingPoint) -> Observation:
    """Take all readings and captures of one operating point and leave the output off."""
    return _METHODS[point.method](rig, point)
