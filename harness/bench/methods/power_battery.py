"""The battery terminals: output and flag against voltage, brown-out and return, power-on, charger, supply current."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.bench import taking
from harness.bench.methods.power import (
    DEAD_S,
    DEAD_V,
    battery_of,
    fed,
    level_screen,
    present_s,
    residual,
    set_volts,
    supply_reading,
    supply_volts,
)
from harness.bench.methods.steady import settling_s
from harness.capture import Observation
from harness.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.bench.rig import Rig
    from harness.capture import Capture, Reading
    from harness.definitions.benches import Load
    from harness.definitions.device_power import Battery
    from harness.definitions.devices import DeviceProfile, Mode
    from harness.instruments import Supply
    from harness.setpoint import OperatingPoint, Setpoint

PLATEAU_READINGS = 3
FLAG_STEPS = 8
"""Steps of the voltage for each tolerance of the flag's voltage, near it."""

_NEAR = 2
_FAR_STEPS = 4
_STEP_S = 0.1
ABOVE_LEAST = 1.03
"""Lowest voltage at which the output is read, as a multiple of the one that it is declared to work down to."""

RAMP_S = 2.0
RAMP_STEPS = 20
RAMP_FROM = 1.1
RAMP_TO = 0.8
"""A slow ramp, in multiples of the voltage that the device works down to."""

UNDECLARED_WATCH_S = 3.0
DIP_S = 0.1
RECOVERS_S = 0.5
CHARGING_S = 1.0
_DRAWS_S = 0.1


def voltages(battery: Battery) -> dict[str, float]:
    """The voltages at which the output is read, from a good battery down."""
    full, least = battery.full_v.value, ABOVE_LEAST * battery.least_v.value
    low = (full + least) / 2 if battery.low_v is None else battery.low_v.value
    return {"full": full, "middle": (full + low) / 2, "low": low, "least": least}


def flag_voltages(battery: Battery) -> tuple[float, ...]:
    """A ramp from a good battery to one that is nearly empty, fine where the flag has to change."""
    if battery.low_v is None or battery.low_tolerance_v is None:
        return ()
    full, low, least = battery.full_v.value, battery.low_v.value, ABOVE_LEAST * battery.least_v.value
    tolerance = battery.low_tolerance_v.value
    above, below = min(full, low + _NEAR * tolerance), max(least, low - _NEAR * tolerance)
    step = tolerance / FLAG_STEPS
    fine = [above - number * step for number in range(round((above - below) / step) + 1)]
    coarse = [full - number * (full - above) / _FAR_STEPS for number in range(_FAR_STEPS)] if full > above else []
    rest = [below - number * (below - least) / _FAR_STEPS for number in range(1, _FAR_STEPS + 1)]
    return (*coarse, *fine, *(rest if below > least else ()))


def battery(rig: Rig, point: OperatingPoint) -> Observation:
    """The plateau at four voltages; of the variant `flag` the indicator along a slow ramp, too."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    declared = battery_of(rig.profile)
    path = taking.gated_path(rig.data, load, setpoint)
    rig.connect_resistors(load)
    readings: list[Reading] = [taking.zero_reading(rig, path)]
    said: list[tuple[str, str]] = []
    with fed(rig, declared.full_v.value) as supply, taking.connected(rig, load, setpoint.channel):
        rig.start(setpoint)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        if point.variant == "flag":
            said += _flags(rig, supply, declared)
        for name, volts in voltages(declared).items():
            set_volts(rig, supply, volts)
            rig.clock.sleep(_STEP_S)
            found, _ = taking.read_plateaus(rig, setpoint, path, count=PLATEAU_READINGS, prefix=f"{name}-")
            readings += found
        readings.append(supply_volts(rig, supply))
        set_volts(rig, supply, declared.full_v.value)
    readings.append(taking.residual_after(rig, setpoint.channel))
    return Observation(point, tuple(readings), (), tuple(said))


def _flags(rig: Rig, supply: Supply, declared: Battery) -> Iterator[tuple[str, str]]:
    for volts in flag_voltages(declared):
        set_volts(rig, supply, volts)
        rig.clock.sleep(_STEP_S)
        shown = rig.stimulator.power()
        if shown is not None:
            yield f"flag.{volts:.6f}", shown.battery


def brown_out(rig: Rig, point: OperatingPoint) -> Observation:
    """Power fails while the output is on, slowly, at once, or for a moment, and comes back."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    declared = battery_of(rig.profile)
    watched = watched_s(rig.profile)
    ramp = level_screen(rig, load, setpoint, "ramp", RAMP_S + RECOVERS_S)
    back = taking.off_screen(rig, load, "return", watched, peak=False)
    rig.connect_resistors(load)
    zeros = (taking.zero_of(rig, ramp, "zero"), taking.zero_of(rig, back, "zero-return"))
    with fed(rig, declared.full_v.value) as supply:
        _ready_to_fail(rig, load, setpoint)
        failing = _fail(rig, supply, ramp, point.variant)
        is_down = point.variant != "dip"
        down = (residual(rig, load, setpoint.channel, "residual.1"),) if is_down else ()
        returned, reading = _return(rig, supply, load, setpoint.channel, back)
        state = _awake(rig, setpoint.channel)
    rig.check_electrodes(setpoint.channel)
    rig.stimulator.stop()
    last = taking.residual_after(rig, setpoint.channel)
    return Observation(point, (*down, reading, last), (*zeros, *failing, *returned), (("state", state),))


def watched_s(profile: DeviceProfile) -> float:
    """For how long the output is watched after power has come back."""
    return UNDECLARED_WATCH_S if profile.power_on is None else profile.power_on.watched_s.value


def _ready_to_fail(rig: Rig, load: Load, setpoint: Setpoint) -> None:
    rig.connect(load)
    rig.connect_electrodes(setpoint.channel)
    rig.touch(closed=True)
    rig.start(setpoint)
    rig.clock.sleep(settling_s(rig.profile, setpoint))
    rig.stimulator.keep_alive()
    # From here on nobody may be there to answer.
    rig.keep_alive(on=True, unit=False)


def _fail(rig: Rig, supply: Supply, ramp: taking.Screen, how: str) -> tuple[Capture, ...]:
    """Let power fail in one record; after a dip it is back already."""
    declared = battery_of(rig.profile)
    least = declared.least_v.value
    taking.arm(rig, ramp, None)
    if how == "slow":
        for number in range(RAMP_STEPS + 1):
            share = number / RAMP_STEPS
            set_volts(rig, supply, least * (RAMP_FROM + share * (RAMP_TO - RAMP_FROM)))
            rig.clock.sleep(RAMP_S / RAMP_STEPS / 2)
    else:
        rig.clock.sleep(DIP_S)
        set_volts(rig, supply, DEAD_V * least)
        rig.clock.sleep(DIP_S)
    if how == "dip":
        set_volts(rig, supply, declared.full_v.value)
    return taking.finish(rig, ramp)


def _return(
    rig: Rig, supply: Supply, load: Load, channel: int, back: taking.Screen
) -> tuple[tuple[Capture, ...], Reading]:
    """Power comes back in a record, with a reading inside it."""
    taking.arm(rig, back, None)
    set_volts(rig, supply, battery_of(rig.profile).full_v.value)
    rig.clock.sleep(back.length_s / 2)
    reading = residual(rig, load, channel, "residual.2")
    return taking.finish(rig, back), reading


def _awake(rig: Rig, channel: int) -> str:
    """Wait until the unit has to answer, greet it anew, and ask how it is."""
    rig.clock.sleep(battery_of(rig.profile).ready_s.value)
    rig.greet_anew()
    state = rig.stimulator.state(channel)
    rig.keep_alive(on=True)
    return state.state


def power_on(rig: Rig, point: OperatingPoint) -> Observation:
    """Power comes to a unit that is off: watched from the first instant, then switched on with nothing set.

    It ran before, with the leads as they are afterwards: one that delivers nothing at any time has not shown it.
    """
    setpoint, load = point.setpoint, rig.data.load(point.load)
    declared = battery_of(rig.profile)
    shown = level_screen(rig, load, setpoint, "before", present_s(setpoint))
    back = taking.off_screen(rig, load, "return", watched_s(rig.profile), peak=False)
    rig.connect_resistors(load)
    zeros = (taking.zero_of(rig, shown, "zero"), taking.zero_of(rig, back, "zero-return"))
    with fed(rig, declared.full_v.value) as supply:
        _ready_to_fail(rig, load, setpoint)
        before = taking.take(rig, shown, None)
        # What is remembered of it would show afterwards.
        rig.stimulator.stop()
        set_volts(rig, supply, DEAD_V * declared.least_v.value)
        rig.clock.sleep(DEAD_S)
        returned, reading = _return(rig, supply, load, setpoint.channel, back)
        state = _awake(rig, setpoint.channel)
        started = taking.told_to_start(rig, setpoint.channel)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        unset = residual(rig, load, setpoint.channel, "residual.3")
    # Not its state: a unit that came on by itself may have tripped its watchdog, and that is what was looked for.
    rig.check_electrodes(setpoint.channel)
    rig.stimulator.stop()
    last = taking.residual_after(rig, setpoint.channel)
    said = (("state", state), ("started", started))
    return Observation(point, (reading, unset, last), (*zeros, before, *returned), said)


def charging(rig: Rig, point: OperatingPoint) -> Observation:
    """A charger is connected while the output is on; then the output is switched on while it is connected."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    charger, declared = rig.data.definition.charger, rig.profile.charging
    if charger is None or declared is None:
        raise DefinitionError(rig.data.file, "charger", "is missing; nothing can be charged")
    shown = level_screen(rig, load, setpoint, "before", present_s(setpoint))
    plugged = taking.off_screen(rig, load, "after", CHARGING_S)
    rig.connect_resistors(load)
    zeros = (taking.zero_of(rig, shown, "zero"), taking.zero_of(rig, plugged, "zero-after"))
    with taking.connected(rig, load, setpoint.channel):
        rig.start(setpoint)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        before = taking.take(rig, shown, None)
        rig.switch.close(charger.channels)
        rig.clock.sleep(declared.within_s.value)
        after = taking.take(rig, plugged, None)
        readings = [residual(rig, load, setpoint.channel, "residual.1")]
        started = taking.told_to_start(rig, setpoint.channel)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        readings.append(residual(rig, load, setpoint.channel, "residual.2"))
        rig.switch.open(charger.channels)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        readings.append(residual(rig, load, setpoint.channel, "residual.3"))
    last = taking.residual_after(rig, setpoint.channel)
    return Observation(point, (*readings, last), (*zeros, before, after), (("start.1", started),))


def draws(mode: Mode, highest: Setpoint) -> Iterator[tuple[str, Setpoint]]:
    """The settings at which the supply's current is read: all levels one way, the highest every way there is."""
    channel, level = highest.channel, highest.level
    offered = mode.polarities.value
    first = mode.both_ways
    calm = calm_hz(mode)
    for number in range(1, level + 1):
        yield f"draw-{first.value}.{number:02d}", mode.setpoint(channel, number, first, calm)
    for polarity in offered:
        if polarity is not first:
            yield f"draw-{polarity.value}.{level:02d}", mode.setpoint(channel, level, polarity, calm)
    if mode.is_settable:
        yield "edges-few.1", mode.setpoint(channel, level, first, calm)
        yield "edges-many.1", mode.setpoint(channel, level, first, mode.steps_hz[-1])


_CALM_HZ = 10.0


def calm_hz(mode: Mode) -> float | None:
    """A frequency of which several periods pass in a reading, and whose plateaus are long; None: the mode's own."""
    if not mode.is_settable:
        return None
    return next((step for step in mode.steps_hz if step >= _CALM_HZ), mode.steps_hz[-1])


def supply(rig: Rig, point: OperatingPoint) -> Observation:
    """What the unit draws at its battery terminals: off, and at every level."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    mode = rig.profile.mode(setpoint.mode)
    shown = level_screen(rig, load, setpoint, "before", present_s(setpoint))
    rig.connect_resistors(load)
    zero = taking.zero_of(rig, shown, "zero")
    readings: list[Reading] = []
    with fed(rig, battery_of(rig.profile).full_v.value) as source:
        readings.append(supply_reading(rig, source, "draw-off"))
        with taking.connected(rig, load, setpoint.channel):
            rig.start(setpoint)
            rig.clock.sleep(settling_s(rig.profile, setpoint))
            # That something is delivered: an output that gives nothing draws nothing.
            before = taking.take(rig, shown, None)
            for name, setting in draws(mode, setpoint):
                rig.apply(setting)
                rig.clock.sleep(_DRAWS_S)
                readings.append(supply_reading(rig, source, name))
    readings.append(taking.residual_after(rig, setpoint.channel))
    return Observation(point, tuple(readings), (zero, before))
