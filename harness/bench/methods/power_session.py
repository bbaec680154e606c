"""What ends an output by itself: a session that is over, no contact for long, a host that is silent, a hang."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from harness.bench import taking
from harness.bench.methods.power import (
    level_screen,
    power_cycle,
    present_s,
    residual,
    sleep_until,
)
from harness.bench.methods.steady import settling_s
from harness.capture import Observation
from harness.errors import BadAnswer, ConnectionFault

if TYPE_CHECKING:
    from harness.bench.rig import Rig
    from harness.capture import Capture, Reading
    from harness.definitions.benches import Load
    from harness.definitions.device_power import Session
    from harness.definitions.devices import DeviceProfile
    from harness.setpoint import OperatingPoint, Setpoint

LONGEST_RECORD_S = 60.0
"""Longer ones would take an oscilloscope too long to hand over, and a simulated one too long to make."""

COURSE_POINTS = 1000
AROUND = 1.4
"""The last record reaches from 1.4 tolerances before the end of a session to as much after it."""

COURSE_READINGS = 2
"""Of the plateau by the multimeter, in each record before the end of a session."""

RESIDUAL_S = 300.0
SHOWN_AFTER_S = 10.0
"""Of a session, when the run time is read for the first time."""

RUN_TIME_S = 600.0
"""Length of a run that is about the displayed run time only."""

SILENT_PERIODS = 2.0
HANG_LOOKS = 60
AFTER_S = 1.0
"""Length of the record of what a unit still gives that should be off."""

HANG_LOOK_S = 1.0
_ENDS_S = 30e-3
"""After the end of a record until the oscilloscope says so."""


def course_lengths(session: Session) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Lengths of the records of a session: those before its end, and those about it."""
    length, around = session.length_s.value, AROUND * session.tolerance_s.value
    return pieces(length - around), pieces(2 * around)


def pieces(length_s: float) -> tuple[float, ...]:
    """A long time in records of the same length."""
    count = max(1, math.ceil(length_s / LONGEST_RECORD_S))
    return (length_s / count,) * count


def session_of(profile: DeviceProfile) -> Session:
    """The section of the profile.

    Raises:
        ValueError: there is none; no plan asks for that.
    """
    if profile.session is None:
        raise ValueError(f"{profile.name} declares no session")
    return profile.session


def session(rig: Rig, point: OperatingPoint) -> Observation:
    """A whole session in records without a break, then five minutes of what should be nothing."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    before, about = course_lengths(session_of(rig.profile))
    lengths = (*before, *about)
    path = taking.gated_path(rig.data, load, setpoint)
    rig.connect_resistors(load)
    readings: list[Reading] = [taking.zero_reading(rig, path)]
    zero = taking.zero_of(rig, level_screen(rig, load, setpoint, "zero", lengths[-1]), "zero")
    captures: list[Capture] = [zero]
    said: list[tuple[str, str]] = []
    after = replace(taking.off_screen(rig, load, "after", pieces(RESIDUAL_S)[0]), points=COURSE_POINTS)
    captures.append(taking.zero_of(rig, after, "zero-after"))
    with taking.connected(rig, load, setpoint.channel):
        course = _Course(rig, load, setpoint)
        rig.apply(setpoint)
        for number, length in enumerate(lengths, start=1):
            course.arm(number, length)
            if number == 1:
                course.start()
                rig.clock.sleep(SHOWN_AFTER_S)
                said += _shown(course, 1)
            elif number == len(before) + 1:
                said += _shown(course, 2)
            if number <= len(before):
                prefix = reading_prefix(number)
                readings += taking.read_plateaus(rig, setpoint, path, count=COURSE_READINGS, prefix=prefix)[0]
            captures += course.finish()
        residuals = _nothing(rig, load, setpoint.channel, after, captures)
        state = rig.stimulator.state(setpoint.channel)
    last = taking.residual_after(rig, setpoint.channel)
    return Observation(point, (*readings, *residuals, last), tuple(captures), (*said, ("state", state.state)))


def reading_prefix(number: int) -> str:
    """Begin of the names of the multimeter's readings in one record of a session; the first one needs none."""
    return "" if number == 1 else f"after-{number}-"


def run_time(rig: Rig, point: OperatingPoint) -> Observation:
    """Ten minutes of output, with the displayed run time at their beginning and end."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    rig.connect_resistors(load)
    zero = taking.zero_of(rig, level_screen(rig, load, setpoint, "zero", pieces(RUN_TIME_S)[0]), "zero")
    with taking.connected(rig, load, setpoint.channel):
        course = _Course(rig, load, setpoint)
        rig.apply(setpoint)
        captures: list[Capture] = [zero]
        said: tuple[tuple[str, str], ...] = ()
        for number, length in enumerate(pieces(RUN_TIME_S), start=1):
            course.arm(number, length)
            if number == 1:
                course.start()
                rig.clock.sleep(SHOWN_AFTER_S)
                said = _shown(course, 1)
            captures += course.finish()
        said += _shown(course, 2)
    residual_reading = taking.residual_after(rig, setpoint.channel)
    return Observation(point, (residual_reading,), tuple(captures), said)


class _Course:
    """Records of the current over a long time, each with the instant of its beginning after output on."""

    def __init__(self, rig: Rig, load: Load, setpoint: Setpoint) -> None:
        self._rig = rig
        self._load = load
        self._setpoint = setpoint
        self._screen: taking.Screen | None = None
        self._begun = self._armed_within = 0.0
        self._on = self._on_within = 0.0

    def arm(self, number: int, length_s: float) -> None:
        """Begin a record now."""
        screen = level_screen(self._rig, self._load, self._setpoint, f"course.{number}", length_s)
        self._screen = screen if length_s < LONGEST_RECORD_S / 2 else replace(screen, points=COURSE_POINTS)
        before = self._rig.clock.now()
        taking.arm(self._rig, self._screen, None)
        self._begun = self._rig.clock.now()
        self._armed_within = self._begun - before

    def start(self) -> None:
        """Output on: from here on time counts."""
        before = self._rig.clock.now()
        self._rig.stimulator.start(self._setpoint.channel)
        self._on = self._rig.clock.now()
        self._on_within = self._on - before

    def finish(self) -> tuple[Capture, ...]:
        """Sleep to the end of the record and fetch it."""
        screen = self._screen
        if screen is None:
            return ()
        sleep_until(self._rig, self._begun + screen.length_s + _ENDS_S)
        settings = (
            ("begun_s", f"{self._begun - self._on:.6f}"),
            ("begun_within_s", f"{self._armed_within + self._on_within:.6f}"),
        )
        return taking.finish(self._rig, screen, settings=settings)

    def since_on_s(self) -> float:
        """Bench time since output on."""
        return self._rig.clock.now() - self._on

    @property
    def rig(self) -> Rig:
        """The bench."""
        return self._rig

    @property
    def channel(self) -> int:
        """The stimulator's."""
        return self._setpoint.channel


def _shown(course: _Course, number: int) -> tuple[tuple[str, str], ...]:
    """The displayed run time and when it was read; nothing where no display is claimed, or none is there."""
    if course.rig.profile.display is None:
        return ()
    before = course.since_on_s()
    shown = course.rig.stimulator.display(course.channel)
    if shown is None:
        return ()
    return (
        (f"run-time.{number}", f"{shown.run_s:g}"),
        (f"run-time-from.{number}", f"{before:.6f}"),
        (f"run-time-to.{number}", f"{course.since_on_s():.6f}"),
    )


def _nothing(rig: Rig, load: Load, channel: int, after: taking.Screen, captures: list[Capture]) -> tuple[Reading, ...]:
    """Five minutes in records, with three readings of the multimeter: at the beginning, half way, and at the end."""
    count = len(pieces(RESIDUAL_S))
    readings: list[Reading] = []
    for number in range(1, count + 1):
        screen = replace(after, names=(f"after.{number}",))
        taking.arm(rig, screen, None)
        ends_s = rig.clock.now() + screen.length_s + _ENDS_S
        if number in {1, (count + 1) // 2}:
            readings.append(residual(rig, load, channel, f"residual.{len(readings) + 1}"))
        sleep_until(rig, ends_s)
        captures += taking.finish(rig, screen)
    return (*readings, residual(rig, load, channel, "residual.3"))


def idle(rig: Rig, point: OperatingPoint) -> Observation:
    """On without contact: touched shortly before the declared time the output is there, shortly after it it is not."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    declared = session_of(rig.profile)
    idle_s = 0.0 if declared.idle_s is None else declared.idle_s.value
    share = declared.share
    shown = level_screen(rig, load, setpoint, "before", present_s(setpoint))
    after = taking.off_screen(rig, load, "after", 1.0)
    rig.connect_resistors(load)
    zeros = (taking.zero_of(rig, shown, "zero"), taking.zero_of(rig, after, "zero-after"))
    with taking.connected(rig, load, setpoint.channel, touched=False):
        rig.start(setpoint)
        sleep_until(rig, rig.clock.now() + (1 - share) * idle_s)
        rig.touch(closed=True)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        before = taking.take(rig, shown, None)
        rig.stimulator.stop()
        rig.touch(closed=False)
        rig.start(setpoint)
        sleep_until(rig, rig.clock.now() + (1 + share) * idle_s)
        rig.touch(closed=True)
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        later = taking.take(rig, after, None)
        reading = residual(rig, load, setpoint.channel, "residual.1")
    last = taking.residual_after(rig, setpoint.channel)
    return Observation(point, (reading, last), (*zeros, before, later))


def host_silent(rig: Rig, point: OperatingPoint) -> Observation:
    """After output on not a word to the unit, until twice its watchdog's period is over."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    length = SILENT_PERIODS * rig.profile.watchdog_s.value
    rig.connect_resistors(load)
    after = taking.off_screen(rig, load, "after", AFTER_S)
    zero = taking.zero_of(rig, level_screen(rig, load, setpoint, "zero", length), "zero")
    zeros = (zero, taking.zero_of(rig, after, "zero-after"))
    rig.connect(load)
    rig.connect_electrodes(setpoint.channel)
    rig.touch(closed=True)
    course = _Course(rig, load, setpoint)
    rig.apply(setpoint)
    rig.keep_alive(on=True, unit=False)
    course.arm(1, length)
    course.start()
    captures = (*zeros, *course.finish(), taking.take(rig, after, None))
    reading = residual(rig, load, setpoint.channel, "residual.1")
    state = rig.stimulator.state(setpoint.channel)
    rig.check_electrodes(setpoint.channel)
    rig.stimulator.stop()
    rig.keep_alive(on=True)
    last = taking.residual_after(rig, setpoint.channel)
    return Observation(point, (reading, last), captures, (("trip.1", state.trip),))


def hang(rig: Rig, point: OperatingPoint) -> Observation:
    """The unit runs for a minute and is asked each second whether it is still there.

    One that falls silent is looked at a second later, by the oscilloscope at the level's scale and at that of an output
    that is off, and its power is taken away and given back.
    """
    setpoint, load = point.setpoint, rig.data.load(point.load)
    shown = level_screen(rig, load, setpoint, "early", present_s(setpoint))
    rig.connect_resistors(load)
    after = taking.off_screen(rig, load, "after", AFTER_S)
    captures = [taking.zero_of(rig, shown, "zero"), taking.zero_of(rig, after, "zero-after")]
    rig.connect(load)
    rig.connect_electrodes(setpoint.channel)
    rig.touch(closed=True)
    rig.start(setpoint)
    # It is asked here and nowhere else: a keep-alive that is not answered would be a fault of the bench.
    rig.keep_alive(on=True, unit=False)
    early, answers = _early(rig, setpoint, shown)
    captures += (*early, taking.take(rig, replace(shown, names=("late",)), None))
    if "no" in answers:
        captures.append(taking.take(rig, after, None))
    rig.check_electrodes(setpoint.channel)
    if "no" in answers:
        rig.note("unit-silent", f"the unit did not answer {answers.index('no') + 1} s after output on")
        rig.open_electrodes()
        rig.open_loads()
        power_cycle(rig)
    rig.keep_alive(on=True)
    rig.stimulator.stop()
    last = taking.residual_after(rig, setpoint.channel)
    said = tuple((f"answer.{number:03d}", answer) for number, answer in enumerate(answers, start=1))
    return Observation(point, (last,), tuple(captures), said)


def _early(rig: Rig, setpoint: Setpoint, shown: taking.Screen) -> tuple[tuple[Capture, ...], list[str]]:
    """The output once it has settled, and whether the unit answered each second."""
    early: tuple[Capture, ...] = ()
    answers: list[str] = []
    settled_s = settling_s(rig.profile, setpoint)
    for look in range(HANG_LOOKS):
        rig.clock.sleep(HANG_LOOK_S)
        if not early and (look + 1) * HANG_LOOK_S > settled_s:
            early = (taking.take(rig, shown, None),)
        try:
            rig.stimulator.state(setpoint.channel)
        except (ConnectionFault, BadAnswer):
            answers.append("no")
            rig.clock.sleep(HANG_LOOK_S)
            break
        answers.append("yes")
    return early, answers
