"""What takes minutes: the drift of a level, its change with temperature, and what flows while the output is off."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.bench import taking
from harness.bench.methods.steady import settling_s
from harness.capture import Observation
from harness.errors import Refused

if TYPE_CHECKING:
    from harness.bench.rig import Rig
    from harness.capture import Reading
    from harness.definitions.device_timing import Stability, TemperatureRange
    from harness.instruments import Chamber
    from harness.setpoint import OperatingPoint

DRIFT_AT = (0.1, 0.3, 0.6, 1.0)
"""Shares of the time over which the level is watched, at which it is read again."""

DRIFT_READINGS = 3
FADED = (taking.ENTERING, 0.2)
"""Shares of the level at which a phase is seen to begin: a current that has drifted away begins below the first."""

REACHED_IN_S = 240.0
"""About what a chamber takes to a temperature; for the plan only."""

AUXILIARY_LENGTH_S = 1.0
AUXILIARY_POINTS = 200_000
AUXILIARY_SEEN = 4.0
"""Screen, as a multiple of the largest pulse that is allowed after output off."""


def drift(rig: Rig, point: OperatingPoint) -> Observation:
    """The level at once, and again and again until the time of the profile is over.

    Raises:
        Refused: the profile says of no time.
    """
    setpoint, load = point.setpoint, rig.data.load(point.load)
    section = rig.profile.stability
    if section is None:
        raise Refused("drift: the profile has no stability, which says how long the level is watched")
    path = taking.gated_path(rig.data, load, setpoint)
    rig.connect_resistors(load)
    readings = [taking.zero_reading(rig, path)]
    with taking.connected(rig, load, setpoint.channel):
        rig.start(setpoint)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        begun = rig.clock.now()
        for at_s in (0.0, *drift_times_s(section)):
            rig.clock.sleep(max(begun + at_s - rig.clock.now(), 0.0))
            prefix = f"after-{at_s:g}s-" if at_s else ""
            taken, _ = taking.read_plateaus(rig, setpoint, path, count=DRIFT_READINGS, prefix=prefix, entering=FADED)
            readings += taken
    readings.append(taking.residual_after(rig, setpoint.channel))
    return Observation(point, tuple(readings), ())


def drift_times_s(section: Stability) -> tuple[float, ...]:
    """When the level is read again, after the first reading."""
    return tuple(share * section.drift_s.value for share in DRIFT_AT)


def temperature(rig: Rig, point: OperatingPoint) -> Observation:
    """The level at the coldest, the middle and the warmest temperature of the profile, the unit having soaked.

    Raises:
        Refused: the bench has no chamber, or it does not reach a temperature.
    """
    setpoint, load = point.setpoint, rig.data.load(point.load)
    section, chamber = rig.profile.temperature, rig.chamber
    if section is None or chamber is None or rig.data.definition.chamber is None:
        raise Refused("temperature: this bench has no chamber, or the profile has no temperature")
    path = taking.gated_path(rig.data, load, setpoint)
    readings: list[Reading] = []
    said: list[tuple[str, str]] = []
    try:
        for name, celsius in temperatures(section):
            _soak(rig, chamber, celsius, rig.data.definition.chamber.soak_s)
            rig.connect_resistors(load)
            readings.append(rig.read(f"{name}-zero", path, taking.THOROUGH.zero, None, "load contact open"))
            with taking.connected(rig, load, setpoint.channel):
                rig.start(setpoint)
                rig.clock.sleep(settling_s(rig.profile, setpoint))
                taken, _ = taking.read_plateaus(
                    rig, setpoint, path, count=DRIFT_READINGS, prefix=f"{name}-", entering=FADED
                )
                readings += taken
                actual = chamber.actual_c()
            said.append((f"{name}-temperature-c", repr(actual)))
    finally:
        chamber.off()
    readings.append(taking.residual_after(rig, setpoint.channel))
    return Observation(point, tuple(readings), (), tuple(said))


def _soak(rig: Rig, chamber: Chamber, celsius: float, soak_s: float) -> None:
    """Wait for a temperature with the output off and everything open: nobody has to be kept alive meanwhile."""
    rig.stimulator.stop()
    rig.open_electrodes()
    rig.open_loads()
    rig.keep_alive(on=False)
    chamber.reach(celsius)
    rig.clock.sleep(soak_s)
    rig.keep_alive(on=True)


def temperatures(section: TemperatureRange) -> tuple[tuple[str, float], ...]:
    """Names and temperatures, in °C, in the order in which they are reached."""
    low, high = section.lowest_c.value, section.highest_c.value
    return (("cold", low), ("middle", (low + high) / 2), ("warm", high))


def auxiliary(rig: Rig, point: OperatingPoint) -> Observation:
    """Output off, after it was on: what still flows between the electrodes, for a second, and by the multimeter.

    The unit runs on its own battery: what a supply couples in is no current of its own.
    """
    setpoint, load = point.setpoint, rig.data.load(point.load)
    path = rig.data.oscilloscope_path(load, AUXILIARY_SEEN * rig.profile.residual_pulse_a.value, AUXILIARY_LENGTH_S)
    shown = taking.Screen(
        ("auxiliary",), (path,), (taking.input_of(rig, path),), AUXILIARY_LENGTH_S, points=AUXILIARY_POINTS
    )
    rig.connect_resistors(load)
    zero = taking.zero_of(rig, shown, "zero")
    with taking.connected(rig, load, setpoint.channel):
        rig.start(setpoint)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
    record = taking.take(rig, shown, None)
    return Observation(point, (taking.residual_after(rig, setpoint.channel),), (zero, record))
