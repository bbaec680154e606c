"""Events at the unit's controls, and leads that are watched: what a hand, or a cable, does to the current.

Each event falls into a record that was begun just before the command. Nothing triggers on it: the unit acts when it
likes, and the record shows when that was.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from harness.bench import taking
from harness.bench.methods import channels
from harness.bench.methods.steady import settling_s
from harness.capture import Observation
from harness.setpoint import Polarity

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.bench.rig import Rig
    from harness.capture import Capture, Reading
    from harness.definitions.benches import Load
    from harness.definitions.devices import DeviceProfile, Mode
    from harness.setpoint import OperatingPoint, Setpoint

EVENT_S = 60e-3
"""Length of the record of an event: the command, its reply, and half a period after it."""

EVENT_POINTS = 250_000
START_POINTS = 250_000
LEVEL_REACH = 1.3
CEILING_REACH = 1.05
"""Of the ceiling: what goes beyond it has to be seen as that."""

READINGS = 3
MODE_READINGS = 8
"""Over more than a period of an alternation that a direction may be left in."""

WATCHED_S = 60.0
WATCH_POINTS = 8000
"""Most intervals of a minute's record, each with its smallest and largest current: 7.5 ms."""

_CLOCK = 1.02
"""Of short pulses an interval has to hold a whole period, also of a clock that is wrong by so much."""

_HALF = 0.5

EVENTS = ("on", "down", "up", "reverse", "back", "retime", "off")
"""In the order in which they are made; `retime` sets the same again where there is no other frequency."""


def reach_a(profile: DeviceProfile, setpoint: Setpoint) -> float:
    """What the screen of an event shows: the level by more than its limit, and the ceiling."""
    return max(LEVEL_REACH * setpoint.current_a, CEILING_REACH * profile.ceiling_a.value)


def reversed_of(profile: DeviceProfile, setpoint: Setpoint) -> Setpoint:
    """The same level in the direction opposite to the first phase; where that is not offered, in another one."""
    mode = profile.mode(setpoint.mode)
    first = setpoint.polarity.phases[0]
    wanted = Polarity.NEGATIVE if first is Polarity.POSITIVE else Polarity.POSITIVE
    polarity = wanted if wanted in mode.polarities.value else mode.polarities.value[0]
    frequency = setpoint.frequency_hz if mode.frequencies_hz is not None else None
    return mode.setpoint(setpoint.channel, setpoint.level, polarity, frequency)


def start_length_s(profile: DeviceProfile, setpoint: Setpoint) -> float:
    """Length of the record of switching on: until the plateau is there, however long the unit rises."""
    return max(EVENT_S, settling_s(profile, setpoint))


def slow_hz(mode: Mode) -> float:
    """The highest frequency of which no record of an event holds more than one edge besides the event's own."""
    fitting = [step for step in mode.steps_hz if 2 * EVENT_S * step <= _HALF]
    return max(fitting, default=min(mode.steps_hz, default=0.0))


def observe(rig: Rig, point: OperatingPoint) -> Observation:
    """On, down, up, reversed, back, at another frequency, off."""
    setpoint, load, profile = point.setpoint, rig.data.load(point.load), rig.profile
    path = taking.gated_path(rig.data, load, setpoint)
    screen = event_screen(rig, load, setpoint)
    rig.connect_resistors(load)
    readings: tuple[Reading, ...] = (taking.zero_reading(rig, path),)
    captures: tuple[Capture, ...] = (taking.zero_of(rig, screen, "zero"),)
    with taking.connected(rig, load, setpoint.channel):
        rig.apply(setpoint)
        started = replace(screen, length_s=start_length_s(profile, setpoint), points=START_POINTS)
        captures = (*captures, _event(rig, started, "on", lambda: rig.stimulator.start(setpoint.channel)))
        plateau, reference = _reference(rig, setpoint, load, screen)
        readings, captures = (*readings, *plateau), (*captures, reference)
        for event, asked in while_on(profile, setpoint).items():
            captures = (*captures, _event(rig, screen, event, partial(rig.stimulator.apply, asked)))
            rig.clock.sleep(settling_s(profile, asked))
            # That the command was obeyed: a unit that ignores it makes no spike either.
            obeyed, _ = taking.read_plateaus(
                rig, asked, taking.gated_path(rig.data, load, asked), count=READINGS, prefix=f"{event}-"
            )
            readings = (*readings, *obeyed)
        if asked.frequency_hz is not None:
            captures = (*captures, channels.periods(rig, asked, channels.period_screen(rig, load, asked)))
        captures = (*captures, _event(rig, screen, "off", lambda: rig.stimulator.stop(setpoint.channel)))
    readings = (*readings, taking.residual_after(rig, setpoint.channel))
    return Observation(point, readings, captures, asked_of(while_on(profile, setpoint)))


def asked_of(changes: dict[str, Setpoint]) -> tuple[tuple[str, str], ...]:
    """Current and frequency that each change asks for."""
    currents = tuple((f"asked_a.{name}", repr(asked.current_a)) for name, asked in changes.items())
    frequencies = {name: asked.frequency_hz for name, asked in changes.items() if asked.frequency_hz is not None}
    return (*currents, *((f"asked_hz.{name}", repr(frequency)) for name, frequency in frequencies.items()))


def event_screen(rig: Rig, load: Load, setpoint: Setpoint) -> taking.Screen:
    """A short record at full rate that shows the level and the ceiling."""
    return taking.current_screen(rig, load, "event", reach_a(rig.profile, setpoint), EVENT_S, points=EVENT_POINTS)


def while_on(profile: DeviceProfile, setpoint: Setpoint) -> dict[str, Setpoint]:
    """What is set by each event while the output is on, in order."""
    mode = profile.mode(setpoint.mode)
    lowest = mode.setpoint(setpoint.channel, 1, setpoint.polarity, setpoint.frequency_hz)
    others = [step for step in mode.steps_hz if mode.is_settable and step > (setpoint.frequency_hz or 0.0)]
    # The next one: a fast one would bury the event among its own edges.
    retimed = mode.setpoint(setpoint.channel, setpoint.level, setpoint.polarity, others[0]) if others else setpoint
    return {
        "down": lowest,
        "up": setpoint,
        "reverse": reversed_of(profile, setpoint),
        "back": setpoint,
        "retime": retimed,
    }


def _event(rig: Rig, screen: taking.Screen, name: str, made: Callable[[], None]) -> Capture:
    shown = replace(screen, names=(f"event-{name}",))
    taking.arm(rig, shown, None)
    made()
    (capture,) = taking.finish(rig, shown)
    return capture


def _reference(rig: Rig, setpoint: Setpoint, load: Load, screen: taking.Screen) -> tuple[tuple[Reading, ...], Capture]:
    path = taking.gated_path(rig.data, load, setpoint)
    plateau, seen = taking.read_plateaus(rig, setpoint, path, count=READINGS)
    shown = replace(
        screen, names=("reference",), length_s=taking.record_length_s(setpoint), points=taking.RECORD_POINTS
    )
    return plateau, taking.take_plateaus(rig, setpoint, shown, seen=seen, aperture_s=path.aperture_s)


def mode_change(rig: Rig, point: OperatingPoint) -> Observation:
    """From every other mode, in a direction of its own, to the setting of the point; then its plateau is read."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    path = taking.gated_path(rig.data, load, setpoint)
    rig.connect_resistors(load)
    readings: tuple[Reading, ...] = (taking.zero_reading(rig, path),)
    with taking.connected(rig, load, setpoint.channel):
        for number, before in enumerate(before_mode_change(rig.profile, setpoint), start=1):
            # In the other direction first: what that leaves in the bridge would survive the change of mode.
            for each in (reversed_of(rig.profile, setpoint), before, setpoint):
                rig.stimulator.stop()
                rig.start(each)
                rig.clock.sleep(settling_s(rig.profile, each))
            plateau, _ = taking.read_plateaus(rig, setpoint, path, count=MODE_READINGS, prefix=f"from{number}-")
            readings = (*readings, *plateau)
    return Observation(point, (*readings, taking.residual_after(rig, setpoint.channel)), ())


def before_mode_change(profile: DeviceProfile, setpoint: Setpoint) -> list[Setpoint]:
    """The settings from which a mode is changed: each other mode, in a polarity that is not the setting's if it can."""
    found = []
    for mode in profile.modes:
        if mode.name != setpoint.mode:
            offered = mode.polarities.value
            polarity = next((each for each in offered if each is not setpoint.polarity), offered[0])
            found.append(mode.setpoint(setpoint.channel, len(mode.levels_a.value), polarity))
    return found


def watch_points(setpoint: Setpoint) -> int:
    """Intervals of a minute's record: of short pulses each holds all those of a period."""
    if setpoint.pulse_width_s is None or setpoint.frequency_hz is None:
        return WATCH_POINTS
    shortest_s = _CLOCK / setpoint.frequency_hz + len(setpoint.polarity.phases) * setpoint.pulse_width_s
    return min(WATCH_POINTS, int(WATCHED_S / shortest_s))


def continuity(rig: Rig, point: OperatingPoint) -> Observation:
    """A minute of the output, in intervals with their extremes: an interruption leaves no current where some is due."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    screen = taking.current_screen(rig, load, "watched", LEVEL_REACH * setpoint.current_a, WATCHED_S)
    screen = replace(screen, points=watch_points(setpoint), peak=True)
    rig.connect_resistors(load)
    zero = taking.zero_of(rig, screen, "zero")
    with taking.connected(rig, load, setpoint.channel):
        rig.start(setpoint)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        watched = taking.take(rig, screen, None)
    return Observation(point, (taking.residual_after(rig, setpoint.channel),), (zero, watched))
