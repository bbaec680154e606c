"""Shorts and opens, again and again; and more current than the device declares to allow, forced through its sense."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.bench import taking
from harness.bench.methods.contact import RISE_POINTS, event_settings, rise_length_s
from harness.bench.methods.steady import settling_s
from harness.capture import Observation
from harness.errors import DefinitionError, Refused

if TYPE_CHECKING:
    from harness.bench.rig import Rig
    from harness.capture import Capture, Reading
    from harness.definitions.benches import AuxiliarySource, Load
    from harness.definitions.devices import DeviceProfile
    from harness.instruments import Supply
    from harness.setpoint import OperatingPoint, Setpoint

CYCLES = 10
OPEN_S = 0.05
RECORD_S = 10e-3
BEFORE_S = 0.5e-3
RECORD_POINTS = 10_000
REFERENCE_READINGS = 3
PLATEAU_READINGS = 5

TRIP_LENGTH_S = 20e-3
TRIP_BEFORE_S = 2e-3
TRIP_POINTS = 50_000
LATCH_S = 1.0
STATUS_ASKED = 3
INJECTION_LIMIT_A = 2.5e-3
INJECTION_SETTLES_S = 0.05
_HALF = 0.5


def cycles(rig: Rig, point: OperatingPoint) -> Observation:
    """Ten times: open, closed again into the load, open, closed into the short."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    short = rig.data.short(setpoint.current_a)
    if short is None:
        raise DefinitionError(rig.data.file, "loads", "has no short: a load of 0 Ω beside its resistors")
    path = taking.gated_path(rig.data, load, setpoint)
    rig.connect_resistors(short)
    in_short = _record_screen(rig, short, setpoint, "reference-short")
    short_path = taking.gated_path(rig.data, short, setpoint)
    zero_short = taking.zero_of(rig, in_short, "zero-short")
    readings: tuple[Reading, ...] = (replace(taking.zero_reading(rig, short_path), name="zero-short"),)
    captures: tuple[Capture, ...]
    with taking.connected(rig, short, setpoint.channel):
        rig.start(setpoint)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        plateau, reference_short = _reference(rig, setpoint, short, in_short, prefix="short-")
        readings = (*readings, *plateau)
    rig.connect_resistors(load)
    in_load = _record_screen(rig, load, setpoint, "reference")
    zeros = (zero_short, taking.zero_of(rig, in_load, "zero"))
    readings = (*readings, taking.zero_reading(rig, path))
    with taking.connected(rig, load, setpoint.channel):
        rig.start(setpoint)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        plateau, reference = _reference(rig, setpoint, load, in_load)
        readings, captures = (*readings, *plateau), (*zeros, reference_short, reference)
        for number in range(1, CYCLES + 1):
            captures = (*captures, *_closed_into(rig, load, in_load, f"open.{number:02d}", setpoint))
            captures = (*captures, *_closed_into(rig, short, in_short, f"short.{number:02d}", setpoint))
        _closed_into(rig, load, in_load, "open.00", setpoint)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        after, _ = taking.read_plateaus(rig, setpoint, path, count=PLATEAU_READINGS, prefix="after-")
    residual = taking.residual_after(rig, setpoint.channel)
    return Observation(point, (*readings, *after, residual), captures)


def _record_screen(rig: Rig, load: Load, setpoint: Setpoint, name: str) -> taking.Screen:
    return taking.current_screen(
        rig, load, name, REACH * setpoint.current_a, taking.record_length_s(setpoint), points=taking.RECORD_POINTS
    )


REACH = 1.2
"""Of the level: more than the limit has to be seen."""


def _reference(
    rig: Rig, setpoint: Setpoint, load: Load, screen: taking.Screen, prefix: str = ""
) -> tuple[tuple[Reading, ...], Capture]:
    path = taking.gated_path(rig.data, load, setpoint)
    plateau, seen = taking.read_plateaus(rig, setpoint, path, count=REFERENCE_READINGS, prefix=prefix)
    return plateau, taking.take_plateaus(rig, setpoint, screen, seen=seen, aperture_s=path.aperture_s)


def _closed_into(rig: Rig, load: Load, screen: taking.Screen, name: str, setpoint: Setpoint) -> tuple[Capture, ...]:
    """Open the contact, put the load there, and record how contact is made again."""
    kind, number = name.split(".")
    shown = replace(screen, names=(name,), length_s=RECORD_S, before_s=BEFORE_S, points=RECORD_POINTS)
    shown = taking.with_monitor(rig, shown, f"monitor-{kind}.{number}")
    rig.touch(closed=False)
    rig.connect(load)
    rig.clock.sleep(OPEN_S)
    taking.arm(rig, shown, taking.monitor_edge(rig, rising=True))
    rig.touch(closed=True)
    captures = taking.finish(rig, shown, settings=event_settings(rig.data, rig.profile))
    rig.clock.sleep(rig.profile.mode(setpoint.mode).settling_s.value)
    return captures


def overcurrent(rig: Rig, point: OperatingPoint) -> Observation:
    """A floating supply drives more than the declared trip current through the load and the unit's own sense."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    supply, source = auxiliary(rig)
    injection = source.voltage_v / (source.series_ohm + load.stated_ohm)
    total = setpoint.current_a + injection
    screen = taking.current_screen(rig, load, "injection", REACH * total, taking.STEADY_RECORD_S)
    path = rig.data.multimeter_path(load, total)
    supply.set(source.voltage_v, INJECTION_LIMIT_A)
    rig.connect_resistors(load)
    zero, zero_capture = taking.zero_reading(rig, path), taking.zero_of(rig, screen, "zero")
    with taking.connected(rig, load, setpoint.channel):
        rig.switch.close(source.channels)
        supply.on()
        rig.clock.sleep(INJECTION_SETTLES_S)
        alone = taking.take(rig, screen, None)
        injected = rig.read("injection", path, REFERENCE_READINGS, None, "unit off")
        supply.off()
        rig.start(setpoint)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        trip = _trip(rig, supply, screen, setpoint.current_a + _HALF * injection)
        states = [rig.stimulator.state(setpoint.channel) for _ in range(STATUS_ASKED)]
        supply.off()
        rig.clock.sleep(LATCH_S)
        latched = rig.read("latched", path, REFERENCE_READINGS, None, "injection removed, trip not cleared")
        restart, cleared = _restart(rig, load, setpoint)
    rig.switch.open(source.channels)
    residual = taking.residual_after(rig, setpoint.channel)
    indicated = (
        *((f"trip.{number}", state.trip) for number, state in enumerate(states, start=1)),
        ("restart", cleared),
    )
    readings = (zero, injected, latched, residual)
    return Observation(point, readings, (zero_capture, alone, *trip, *restart), indicated)


def auxiliary(rig: Rig) -> tuple[Supply, AuxiliarySource]:
    """The floating supply with its wiring.

    Raises:
        DefinitionError: this bench has none.
    """
    source = rig.data.definition.auxiliary_source
    if source is None or rig.auxiliary_supply is None:
        raise DefinitionError(rig.data.file, "auxiliary_source", "is missing; no overcurrent can be forced")
    return rig.auxiliary_supply, source


def _trip(rig: Rig, supply: Supply, screen: taking.Screen, level_a: float) -> tuple[Capture, ...]:
    shown = replace(screen, names=("trip.1",), length_s=TRIP_LENGTH_S, before_s=TRIP_BEFORE_S, points=TRIP_POINTS)
    taking.arm(rig, shown, taking.current_edge(shown, level_a, rising=True))
    supply.on()
    return taking.finish(rig, shown)


def restart_length_s(profile: DeviceProfile) -> float:
    """Length of the record of the restart: the whole rise, where one is declared."""
    return TRIP_LENGTH_S if profile.contact is None else rise_length_s(profile)


def _restart(rig: Rig, load: Load, setpoint: Setpoint) -> tuple[tuple[Capture, ...], str]:
    """Clear the trip by output off, start again, and watch how the current comes back, if it does."""
    rig.stimulator.stop()
    shown = taking.current_screen(
        rig, load, "restart.1", REACH * setpoint.current_a, restart_length_s(rig.profile), points=RISE_POINTS
    )
    zero = taking.zero_of(rig, shown, "zero-restart")
    taking.arm(rig, shown, None)
    cleared = "started"
    try:
        rig.start(setpoint)
    except Refused:
        # A trip that output off does not clear is the unit's failure, not a fault of the bench.
        cleared = "refused"
    return (zero, *taking.finish(rig, shown)), cleared
