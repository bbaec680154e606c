"""Level zero, levels into large loads, the output beyond its compliance, and charge over a minute."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.bench import taking
from harness.bench.methods.off import WATCHED_S
from harness.bench.methods.steady import settling_s
from harness.capture import Observation, Reading

if TYPE_CHECKING:
    from harness.bench.paths import BenchData
    from harness.bench.rig import Rig
    from harness.capture import SignalPath
    from harness.definitions.benches import Load
    from harness.definitions.devices import DeviceProfile
    from harness.setpoint import OperatingPoint, Setpoint

AT_ZERO = "level-zero"
MEAN = "mean"
_QUARTER = 0.25
_LONGEST_READING_CYCLES = 100
"""Mains cycles of the longest reading that multimeters of this class take."""


def zero_level(rig: Rig, point: OperatingPoint) -> Observation:
    """Output on at level 0: what still flows, by the multimeter and with its extremes."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    path = rig.data.multimeter_path(load, setpoint.current_a)
    shown = taking.off_screen(rig, load, "after-off", WATCHED_S)
    rig.connect_resistors(load)
    zero = taking.zero_reading(rig, path)
    at_rest = taking.zero_of(rig, shown, "zero")
    with taking.connected(rig, load, setpoint.channel):
        rig.start(setpoint)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        reading = rig.read(AT_ZERO, path, taking.THOROUGH.steady, None, "continuous")
        record = taking.take(rig, shown, None)
        said = _said(rig, setpoint)
    residual = taking.residual_after(rig, setpoint.channel)
    return Observation(point, (zero, reading, residual), (at_rest, record), said)


def regulation(rig: Rig, point: OperatingPoint) -> Observation:
    """The plateau into a large load that the level still reaches."""
    return _plateau(rig, point, point.setpoint.current_a)


def saturation(rig: Rig, point: OperatingPoint) -> Observation:
    """The plateau into a load for which the compliance voltage does not suffice."""
    return _plateau(rig, point, saturated_a(rig.profile, point.setpoint, rig.data.load(point.load)))


def saturated_a(profile: DeviceProfile, setpoint: Setpoint, load: Load) -> float:
    """What the declared compliance voltage drives through a load, at most the level."""
    return min(setpoint.current_a, profile.compliance_v.value / load.stated_ohm)


def _plateau(rig: Rig, point: OperatingPoint, expected_a: float) -> Observation:
    setpoint, load = point.setpoint, rig.data.load(point.load)
    path = taking.gated_path(rig.data, load, setpoint)
    rig.connect_resistors(load)
    zero = taking.zero_reading(rig, path)
    with taking.connected(rig, load, setpoint.channel):
        rig.start(setpoint)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        # The gate opens at a share of what is expected, which beyond compliance is less than the level.
        gated = replace(setpoint, current_a=expected_a)
        readings, _ = taking.read_plateaus(rig, gated, path, count=taking.THOROUGH.gated)
        said = _said(rig, setpoint)
    return Observation(point, (zero, *readings, taking.residual_after(rig, setpoint.channel)), (), said)


def charge(rig: Rig, point: OperatingPoint) -> Observation:
    """The mean over the time in which charge is counted, by readings that follow each other without a pause."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    path = charge_path(rig.data, load, setpoint)
    rig.connect_resistors(load)
    zero = taking.zero_reading(rig, zero_path(rig.data, load, setpoint))
    with taking.connected(rig, load, setpoint.channel):
        rig.start(setpoint)
        rig.clock.sleep(settling_s(rig.profile, setpoint) + _into_phase_s(setpoint))
        settings = rig.multimeter.dc_volts(path.range, path.aperture_s, zero_each=False)
        rig.multimeter.start(charge_readings(rig.profile, path), None)
        how = f"one after the other, {path.aperture_s:g} s each, the meter's own zero not measured between"
        mean = Reading(MEAN, rig.multimeter.finish(), how, path, settings)
        said = _said(rig, setpoint)
    return Observation(point, (zero, mean, taking.residual_after(rig, setpoint.channel)), (), said)


def _into_phase_s(setpoint: Setpoint) -> float:
    """To the middle of a phase: readings that begin where phases do would hide a turn that is left out between two."""
    return 0.0 if setpoint.frequency_hz is None else _QUARTER / setpoint.frequency_hz


def charge_path(data: BenchData, load: Load, setpoint: Setpoint) -> SignalPath:
    """Path of the longest reading that the multimeter takes."""
    aperture = _LONGEST_READING_CYCLES / data.definition.mains_frequency_hz
    return data.multimeter_path(load, setpoint.current_a, aperture)


def zero_path(data: BenchData, load: Load, setpoint: Setpoint) -> SignalPath:
    """Path of the zero: the same range, read as long as any other zero."""
    return data.multimeter_path(load, setpoint.current_a)


def charge_readings(profile: DeviceProfile, path: SignalPath) -> int:
    """How many of these readings fill the time in which charge is counted."""
    over_s = 0.0 if profile.net_charge is None else profile.net_charge.over_s.value
    return max(1, round(over_s / path.aperture_s))


def _said(rig: Rig, setpoint: Setpoint) -> tuple[tuple[str, str], ...]:
    state = rig.stimulator.state(setpoint.channel)
    return (("state", state.state), ("polarity", state.polarity or ""))
