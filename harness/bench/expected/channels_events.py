"""What events at the controls, watched leads and external voltages would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.bench import taking
from harness.bench.expected.nominal_observation import nothing
from harness.bench.methods import channels, shape
from harness.bench.methods import channels_drive as drive
from harness.bench.methods import channels_events as events
from harness.setpoint import Polarity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.bench.expected.nominal_observation import Nominal
    from harness.bench.nominal import Waveform


def controls(made: Nominal) -> None:
    """On, down, up, reversed, back, at another frequency, off: each a few milliseconds after the record began."""
    setpoint, profile = made.setpoint, made.profile
    made.plateau_readings(setpoint, made.load, events.READINGS)
    asked = events.while_on(profile, setpoint)
    for event, changed in asked.items():
        made.plateau_readings(changed, made.load, events.READINGS, prefix=f"{event}-", zero="")
    made.indicated = events.asked_of(asked)
    path = made.screen(made.load, events.reach_a(profile, setpoint), events.EVENT_S)
    made.record("zero", nothing, path, events.EVENT_S)
    made.record(
        "reference", made.waveform(setpoint), path, taking.record_length_s(setpoint),
        plateaus=taking.plateaus_of(setpoint, triggered=True),
    )  # fmt: skip
    on, off = made.waveform(setpoint), nothing
    lowest = made.waveform(made.mode.setpoint(setpoint.channel, 1, setpoint.polarity, setpoint.frequency_hz))
    pairs = {"on": (off, on), "down": (on, lowest), "up": (lowest, on), "off": (on, off)}
    for event in events.EVENTS:
        before, after = pairs.get(event, (on, on))
        length = events.start_length_s(profile, setpoint) if event == "on" else events.EVENT_S
        points = events.START_POINTS if event == "on" else events.EVENT_POINTS
        made.record(f"event-{event}", _changing(before, after), path, length, points=points)
    retimed = asked["retime"]
    if retimed.frequency_hz is not None:
        length = channels.periods_s(retimed)
        made.record(
            "periods", made.waveform(retimed), made.screen(made.load, retimed.current_a, length), length,
            before_s=shape.PERIODS_BEFORE / retimed.frequency_hz, points=shape.PERIOD_POINTS,
            plateaus=taking.plateaus_of(retimed, triggered=True),
        )  # fmt: skip


def _changing(before: Waveform, after: Waveform) -> Waveform:
    def current(times: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(times < _COMMAND_S, before(times), after(times))

    return current


_COMMAND_S = 15e-3


def mode_change(made: Nominal) -> None:
    """The plateau after each change of mode."""
    made.reading("zero", 0.0, taking.THOROUGH.zero, taking.gated_path(made.data, made.load, made.setpoint))
    for number, _ in enumerate(events.before_mode_change(made.profile, made.setpoint), start=1):
        made.plateau_readings(made.setpoint, made.load, events.MODE_READINGS, prefix=f"from{number}-", zero="")


def continuity(made: Nominal) -> None:
    """A current that always flows."""
    path = made.screen(made.load, events.LEVEL_REACH * made.setpoint.current_a, events.WATCHED_S)
    made.record("zero", nothing, path, taking.STEADY_RECORD_S)
    made.record(
        "watched",
        made.waveform(made.setpoint),
        path,
        events.WATCHED_S,
        points=events.watch_points(made.setpoint),
        peak=True,
    )


def back_drive(made: Nominal) -> None:
    """The level before, meanwhile and after."""
    setpoint = made.setpoint
    made.plateau_readings(setpoint, made.load, drive.READINGS)
    path = taking.gated_path(made.data, made.load, setpoint)
    made.indicated = drive.divider(made.data)
    series_ohm = float(made.indicated[0][1])
    for way, sign in zip(drive.WAYS, (1, -1), strict=True):
        injected = sign * drive.driven_a(made.profile, setpoint)
        made.reading(f"{way}-alone", injected * path.resistor.resistance_ohm, drive.READINGS, path)
        for phase in setpoint.polarity.phases:
            own = phase.sign * setpoint.current_a * series_ohm / (series_ohm + made.load.stated_ohm)
            volts = (injected + own) * path.resistor.resistance_ohm
            made.reading(f"{way}-{phase.value}", volts, drive.READINGS, path)
    made.plateau_readings(setpoint, made.load, drive.READINGS, prefix="after-", zero="")


def trip_current(made: Nominal) -> None:
    """Held up to the declared current, and not beyond."""
    steps = drive.trip_steps(made.profile, made.setpoint)
    path = made.data.multimeter_path(made.load, steps[-1])
    made.reading("zero", 0.0, taking.THOROUGH.zero, path)
    trip = made.profile.trip
    held = (steps[0] if trip is None else trip.current_a.value) - (steps[1] - steps[0]) / 2
    sign = -1 if made.setpoint.polarity is Polarity.NEGATIVE else 1
    made.reading("held", sign * held * path.resistor.resistance_ohm, drive.READINGS, path)
    made.indicated = (("tripped", "yes"), ("step_a", repr(steps[1] - steps[0])))
