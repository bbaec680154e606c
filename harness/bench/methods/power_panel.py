"""What else a user meets: the probe tone, the vibration motor, and the mains in the output."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.bench import taking
from harness.bench.methods.power import REACH
from harness.bench.methods.steady import settling_s
from harness.bench.paths import HEADROOM_ON_SCREEN
from harness.capture import Observation
from harness.errors import DefinitionError
from harness.instruments import DIVISIONS_HIGH, Input

if TYPE_CHECKING:
    from harness.bench.paths import BenchData
    from harness.bench.rig import Rig
    from harness.capture import Capture
    from harness.definitions.benches import Load
    from harness.definitions.devices import DeviceProfile
    from harness.setpoint import OperatingPoint, Setpoint

LINE_S = 1.0
LINE_POINTS_PER_S = 5000
_LONGEST_LINE_S = 16.0
_WIDTHS = 8.0
"""So many times the reciprocal of its length a record tells a line from its neighbour, even one ten times as large."""
MOTOR_STARTS_S = 1.0
TONE_LENGTH_S = 0.3
TONE_BEFORE_S = 0.05
TONE_POINTS = 30_000
_HELD_S = 0.3


def tone_loads(data: BenchData, profile: DeviceProfile) -> tuple[Load, ...]:
    """The resistances under the probe, ascending: the loads of the profile, and 1 MΩ."""
    found = [load for name in profile.loads.value if (load := data.definition.load(name)) is not None]
    if data.high_load is not None:
        found.append(data.high_load)
    return tuple(sorted(found, key=lambda load: load.stated_ohm))


def tone(rig: Rig, point: OperatingPoint) -> Observation:
    """Touch and lift each resistance, with the buzzer's pad and the contact monitor in one record."""
    setpoint = point.setpoint
    loads = tone_loads(rig.data, rig.profile)
    captures: list[Capture] = []
    with taking.connected(rig, loads[0], setpoint.channel, touched=False):
        rig.start(setpoint)
        for number, load in enumerate(loads, start=1):
            rig.connect(load)
            rig.clock.sleep(_HELD_S)
            captures += _heard(rig, f"made.{number}", closed=True)
            rig.clock.sleep(_HELD_S)
            captures += _heard(rig, f"lost.{number}", closed=False)
    last = taking.residual_after(rig, setpoint.channel)
    return Observation(point, (last,), tuple(captures))


def _heard(rig: Rig, name: str, *, closed: bool) -> tuple[Capture, ...]:
    """The pad while contact is made or lost, and for some time after it."""
    screen = _pad_screen(rig, f"buzzer-{name}")
    screen = replace(taking.with_monitor(rig, screen, f"monitor-{name}"), before_s=TONE_BEFORE_S, points=TONE_POINTS)
    taking.arm(rig, screen, taking.monitor_edge(rig, rising=closed))
    rig.touch(closed=closed)
    return taking.finish(rig, screen)


def _pad_screen(rig: Rig, name: str) -> taking.Screen:
    section, declared = rig.data.definition.buzzer, rig.profile.tone
    if section is None or declared is None:
        raise DefinitionError(rig.data.file, "buzzer", "is missing; no tone can be seen")
    path = rig.data.direct_path("buzzer", HEADROOM_ON_SCREEN * declared.high_v.value, TONE_LENGTH_S)
    shown = Input(section.oscilloscope_channel, path.range / DIVISIONS_HIGH)
    return taking.Screen((name,), (path,), (shown,), TONE_LENGTH_S)


def apart_hz(setpoint: Setpoint, mains_hz: float) -> float:
    """From the frequency of the mains to the next line of a waveform; all there is where it has no frequency."""
    if setpoint.frequency_hz is None:
        return mains_hz
    ratio = mains_hz / setpoint.frequency_hz
    return abs(ratio - max(1, round(ratio))) * setpoint.frequency_hz


def mains_length_s(setpoint: Setpoint, mains_hz: float) -> float:
    """Length of a record in which the mains and the lines of the waveform itself lie apart."""
    return min(max(LINE_S, _WIDTHS / max(apart_hz(setpoint, mains_hz), _WIDTHS / _LONGEST_LINE_S)), _LONGEST_LINE_S)


def motor(rig: Rig, point: OperatingPoint) -> Observation:
    """The current with the motor standing, then turning."""
    return _lines(rig, point, LINE_S, with_motor=True)


def mains(rig: Rig, point: OperatingPoint) -> Observation:
    """The current in a record long enough to tell the mains from the waveform's own lines."""
    return _lines(rig, point, mains_length_s(point.setpoint, rig.data.definition.mains_frequency_hz), with_motor=False)


def _lines(rig: Rig, point: OperatingPoint, length_s: float, *, with_motor: bool) -> Observation:
    setpoint, load = point.setpoint, rig.data.load(point.load)
    path = rig.data.oscilloscope_path(load, REACH * setpoint.current_a, length_s)
    points = round(LINE_POINTS_PER_S * length_s)
    shown = taking.Screen(("standing",), (path,), (taking.input_of(rig, path),), length_s, points=points)
    rig.connect_resistors(load)
    captures = [taking.zero_of(rig, shown, "zero")]
    said: tuple[tuple[str, str], ...] = ()
    with taking.connected(rig, load, setpoint.channel):
        rig.start(setpoint)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        captures.append(taking.take(rig, shown, None))
        if with_motor:
            turning = rig.stimulator.motor(on=True)
            said = (("motor", {True: "on", False: "off", None: "none"}[turning]),)
            rig.clock.sleep(MOTOR_STARTS_S)
            captures.append(taking.take(rig, replace(shown, names=("turning",)), None))
            rig.stimulator.motor(on=False)
    last = taking.residual_after(rig, setpoint.channel)
    return Observation(point, (last,), tuple(captures), said)
