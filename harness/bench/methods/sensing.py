"""What a device that senses contact takes for one: over a ladder of resistances, and how it adapts to them.

Loads are exchanged under current, which is that of the device, at most a milliampere: the next one is put beside the
one in the loop, and that one then opened. So the resistance goes from one to the other by way of both side by side, and
never over an open circuit, which would be a loss of contact.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.bench import taking
from harness.bench.methods.steady import settling_s
from harness.capture import Observation

if TYPE_CHECKING:
    from harness.bench.paths import BenchData
    from harness.bench.rig import Rig
    from harness.capture import Capture, Reading, SignalPath
    from harness.definitions.benches import Load
    from harness.definitions.devices import ContactSensing, DeviceProfile
    from harness.setpoint import OperatingPoint, Setpoint

SENSE_PERIODS = 50
"""So many are in the record of the sense pulses."""

SENSE_SCREEN = 3.0
"""Its screen, as a multiple of a pulse's current."""

SAMPLES_IN_PULSE = 10
MOST_POINTS = 200_000
READINGS = 3
LOOKS = 40
"""Sense periods that are left to a device to adapt itself to another resistance."""


def contact_of(profile: DeviceProfile) -> ContactSensing:
    """The contact section of a profile.

    Raises:
        ValueError: the device senses no contact; no plan asks for that.
    """
    if profile.contact is None:
        raise ValueError(f"{profile.name} senses no contact")
    return profile.contact


def ladder(data: BenchData) -> tuple[Load, ...]:
    """The loads that can take the place of 1 MΩ under current, itself among them, smallest first."""
    return () if data.high_load is None else _with_resistors_of(data, data.high_load)


def skin_loads(data: BenchData, profile: DeviceProfile, setpoint: Setpoint) -> tuple[Load, ...]:
    """The loads of skin from wet to dry that a level can be driven through, smallest first."""
    sensing = contact_of(profile)
    first = data.definition.load(profile.loads.value[0])
    if first is None or sensing.skin_low_ohm is None or sensing.skin_high_ohm is None:
        return ()
    most = min(sensing.skin_high_ohm.value, profile.compliance_v.value / setpoint.current_a)
    found = _with_resistors_of(data, first)
    return tuple(load for load in found if sensing.skin_low_ohm.value <= load.stated_ohm <= most)


def away_load(data: BenchData, profile: DeviceProfile) -> Load | None:
    """The smallest load that is no contact and can take the place of one of skin; None where there is none."""
    first, away = data.definition.load(profile.loads.value[0]), contact_of(profile).open_above_ohm
    if first is None or away is None:
        return None
    return next((load for load in _with_resistors_of(data, first) if load.stated_ohm >= away.value), None)


def skin_steps(data: BenchData, profile: DeviceProfile, setpoint: Setpoint) -> tuple[tuple[str, Load], ...]:
    """The way over skin from wet to dry, up to where contact is lost, and back to where it is found again."""
    loads, away = skin_loads(data, profile, setpoint), away_load(data, profile)
    skin = tuple(("skin", load) for load in loads)
    return skin if away is None else (*skin, ("up", away), ("again", loads[0]))


def _with_resistors_of(data: BenchData, load: Load) -> tuple[Load, ...]:
    channels = data.resistor_channels(load)
    found = [each for each in data.definition.loads if each.is_resistor and each.resistance_ohm > 0]
    found = [each for each in found if data.resistor_channels(each) == channels]
    return tuple(sorted(found, key=lambda each: each.stated_ohm))


def steps(data: BenchData) -> tuple[tuple[str, Load], ...]:
    """The way over the ladder: down from the top, up again, and back to its foot."""
    loads = ladder(data)
    down = [("down", load) for load in reversed(loads)]
    return (*down, *(("up", load) for load in loads[1:]), ("again", loads[0]))


def load_settings(load: Load) -> tuple[tuple[str, str], ...]:
    """Which load a reading was taken at, for those who judge from it."""
    return (("load", load.name), ("load_ohm", f"{load.stated_ohm:g}"))


def sense_length_s(profile: DeviceProfile) -> float:
    """Length of the record of the sense pulses."""
    return SENSE_PERIODS * contact_of(profile).sense_period_s.value


def sense_points(profile: DeviceProfile) -> int:
    """Its points: enough in each pulse."""
    interval = contact_of(profile).sense_width_s.value / SAMPLES_IN_PULSE
    return min(round(sense_length_s(profile) / interval), MOST_POINTS)


def sense_current_a(profile: DeviceProfile) -> float:
    """Current that the screen of the sense pulses has to show."""
    return SENSE_SCREEN * contact_of(profile).sense_current_a.value


def sensing(rig: Rig, point: OperatingPoint) -> Observation:
    """The output is on, and the resistance between the electrodes goes down until they touch, up again, and down.

    At the load of the point, on the way down, the sense pulses are recorded.
    """
    setpoint, load = point.setpoint, rig.data.load(point.load)
    path = taking.gated_path(rig.data, load, setpoint)
    screen = taking.current_screen(
        rig, load, "sense", sense_current_a(rig.profile), sense_length_s(rig.profile), points=sense_points(rig.profile)
    )
    way = steps(rig.data)
    rig.connect_resistors(load)
    zero = taking.zero_reading(rig, path)
    captures: tuple[Capture, ...] = (taking.zero_of(rig, screen, "zero"),)
    readings = []
    with taking.connected(rig, way[0][1], setpoint.channel):
        rig.start(setpoint)
        for number, (direction, step) in enumerate(way, start=1):
            rig.exchange(step)
            rig.clock.sleep(settling_s(rig.profile, setpoint))
            readings.append(_read_at(rig, f"{direction}.{number}", path, step))
            if direction == "down" and step.name == load.name:
                captures = (*captures, taking.take(rig, screen, None))
    residual = taking.residual_after(rig, setpoint.channel)
    return Observation(point, (zero, *readings, residual), captures)


def adaptation(rig: Rig, point: OperatingPoint) -> Observation:
    """The output is on, and the skin between the electrodes goes from wet to dry; then it is lost, and found again."""
    setpoint = point.setpoint
    way = skin_steps(rig.data, rig.profile, setpoint)
    path = taking.gated_path(rig.data, way[0][1], setpoint)
    rig.connect_resistors(way[0][1])
    zero = taking.zero_reading(rig, path)
    looked_s = LOOKS * contact_of(rig.profile).sense_period_s.value
    readings = []
    with taking.connected(rig, way[0][1], setpoint.channel):
        rig.start(setpoint)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        for number, (direction, step) in enumerate(way, start=1):
            rig.exchange(step)
            rig.clock.sleep(looked_s if direction == "skin" else settling_s(rig.profile, setpoint))
            readings.append(_read_at(rig, f"{direction}.{number}", path, step))
    residual = taking.residual_after(rig, setpoint.channel)
    return Observation(point, (zero, *readings, residual), ())


def _read_at(rig: Rig, name: str, path: SignalPath, load: Load) -> Reading:
    reading = rig.read(name, path, READINGS, None, f"continuous, at {load.name}")
    return replace(reading, settings=(*reading.settings, *load_settings(load)))
