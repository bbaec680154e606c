"""The plateau by two instruments, the extremes from output on to settled, and the residual after output off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.bench import taking
from harness.capture import Observation

if TYPE_CHECKING:
    from harness.bench.rig import Rig
    from harness.capture import Capture, Reading, SignalPath
    from harness.definitions.devices import DeviceProfile
    from harness.setpoint import OperatingPoint, Setpoint


def settling_s(profile: DeviceProfile, setpoint: Setpoint) -> float:
    """From output on until the plateau is there: what the profile says, and at least one whole period."""
    period = 0.0 if setpoint.frequency_hz is None else 1.0 / setpoint.frequency_hz
    return max(profile.mode(setpoint.mode).settling_s.value, period)


def observe(rig: Rig, point: OperatingPoint) -> Observation:
    """One steady point."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    pace = taking.pace_of(point)
    path = taking.gated_path(rig.data, load, setpoint, pace)
    settling = settling_s(rig.profile, setpoint)
    shown = taking.current_screen(rig, load, "output", setpoint.current_a, taking.record_length_s(setpoint))
    extremes = taking.peak_screen(rig, load, "peak", taking.peak_reach_a(rig.data, setpoint), settling)
    # With the load's contact open: what leaks out of a unit that is off is not taken for the instruments' own zero.
    rig.connect_resistors(load)
    zero = taking.zero_reading(rig, path, pace)
    zeros = (taking.zero_of(rig, shown, "zero"), taking.zero_of(rig, extremes, "peak-zero"))
    with taking.connected(rig, load, setpoint.channel):
        rig.apply(setpoint)
        starts = taking.start(rig, load, setpoint, extremes)
        readings, output, seen = _plateau(rig, setpoint, path, shown, pace)
        reference = taking.peak_reference(rig, setpoint, extremes, seen=seen, aperture_s=path.aperture_s)
        state = rig.stimulator.state(setpoint.channel)
        display = rig.stimulator.display(setpoint.channel) if rig.profile.display is not None else None
    residual = taking.residual_after(rig, setpoint.channel, pace)
    indicated: tuple[tuple[str, str], ...] = (("state", state.state), ("polarity", state.polarity or ""))
    if display is not None:
        indicated = (*indicated, *displayed(f"{display.intensity:.9g}", display.unit, display.polarity))
    return Observation(point, (zero, *readings, residual), (*zeros, output, *starts, *reference), indicated)


def displayed(intensity: str, unit: str, polarity: str) -> tuple[tuple[str, str], ...]:
    """What a display shows, by name."""
    return ("display-intensity", intensity), ("display-unit", unit), ("display-polarity", polarity)


def _plateau(
    rig: Rig, setpoint: Setpoint, path: SignalPath, shown: taking.Screen, pace: taking.Pace
) -> tuple[tuple[Reading, ...], Capture, bool]:
    if setpoint.frequency_hz is not None:
        readings, seen = taking.read_plateaus(rig, setpoint, path, count=pace.gated)
        return readings, taking.take_plateaus(rig, setpoint, shown, seen=seen, aperture_s=path.aperture_s), seen
    settings = rig.start_reading(path, pace.steady, None)
    # Inside the same stretch: the multimeter is still integrating.
    output = taking.take_plateaus(rig, setpoint, shown, seen=True, aperture_s=None)
    return (rig.finish_reading(setpoint.polarity.value, path, "continuous", settings),), output, True
