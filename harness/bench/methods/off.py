"""After output off: the residual current and pulses, through 10 kΩ or 1 MΩ."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.bench import taking
from harness.bench.methods.steady import settling_s
from harness.bench.safe_state import is_live, live_text, residual_through
from harness.capture import Observation

if TYPE_CHECKING:
    from harness.bench.rig import Rig
    from harness.setpoint import OperatingPoint

WATCHED_S = 1.0


def observe(rig: Rig, point: OperatingPoint) -> Observation:
    """Drive into 10 kΩ, switch off, and watch what still comes through the load of the point."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    watched = taking.off_screen(rig, load, "after-off", WATCHED_S)
    rig.connect_resistors(load)
    zero = taking.zero_of(rig, watched, "zero")
    with taking.connected(rig, rig.data.safe_load, setpoint.channel):
        rig.start(setpoint)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
    rig.connect(load)
    after = taking.take(rig, watched, None)
    residual = residual_through(rig, load, setpoint.channel)
    if is_live(rig, residual):
        rig.open_electrodes()
        rig.note("unit-live", live_text(rig, residual, load))
    return Observation(point, (residual,), (zero, after))
