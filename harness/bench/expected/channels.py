"""What channels beside each other would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.bench import taking
from harness.bench.expected.nominal_observation import nothing
from harness.bench.methods import channels, shape

if TYPE_CHECKING:
    from harness.bench.expected.nominal_observation import Nominal


def keyed(made: Nominal) -> None:
    """Levels of their own, and one change after the other at the neighbour."""
    setpoint = made.setpoint
    made.plateau_readings(setpoint, made.load, channels.READINGS)
    length = channels.periods_s(setpoint)
    path = made.screen(made.load, setpoint.current_a, length)
    made.record("zero", nothing, path, taking.STEADY_RECORD_S)
    current, plateaus = made.waveform(setpoint), taking.plateaus_of(setpoint, triggered=True)
    before = shape.PERIODS_BEFORE / (setpoint.frequency_hz or 1.0)
    changes = channels.changes(made.data, made.profile, setpoint)
    for name in ("periods", *(f"periods-{change}" for change in changes)):
        made.record(
            name, current, path, length, before_s=before, points=shape.points_of(made.mode, setpoint), plateaus=plateaus
        )
    for change in changes:
        made.plateau_readings(setpoint, made.load, channels.READINGS, prefix=f"{change}-", zero="")


def crosstalk(made: Nominal) -> None:
    """A neighbour at work, and nothing of it here."""
    profile, setpoint = made.profile, made.setpoint
    drive = channels.aggressors(made.data, profile, setpoint)
    reach = channels.victim_reach_a(made.data, profile, setpoint)
    longest = max(channels.crosstalk_length_s(profile, driven.frequency_hz or 1.0) for driven in drive)
    made.record("zero", nothing, made.screen(made.load, reach, longest), longest)
    for number, driven in enumerate(drive, start=1):
        length = channels.crosstalk_length_s(profile, driven.frequency_hz or 1.0)
        settings = channels.crosstalk_settings(profile, driven)
        made.record(
            f"crosstalk.{number}", nothing, made.screen(made.load, reach, length), length,
            points=channels.CROSSTALK_POINTS, settings=settings,
        )  # fmt: skip
    for number, driven in enumerate(channels.proved(drive), start=1):
        length = channels.crosstalk_length_s(profile, driven.frequency_hz or 1.0)
        path = made.screen(made.load, channels.REACH * driven.current_a, length)
        made.record(f"zero-neighbour.{number}", nothing, path, min(length, taking.STEADY_RECORD_S))
        made.record(
            f"neighbour.{number}", made.waveform(driven), path, length,
            points=channels.CROSSTALK_POINTS, settings=channels.crosstalk_settings(profile, driven),
        )  # fmt: skip


def sum_of_channels(made: Nominal) -> None:
    """All channels at one level, each on the leads in turn."""
    setpoint = made.setpoint
    length = channels.sum_length_s(setpoint)
    path = made.screen(made.load, channels.SUM_REACH * setpoint.current_a, length)
    made.record("zero", nothing, path, taking.STEADY_RECORD_S)
    current = made.waveform(setpoint)
    for channel in made.data.channels_of(made.profile):
        made.plateau_readings(
            setpoint, made.load, channels.READINGS, prefix=f"ch{channel}-", zero="zero" if channel == 1 else ""
        )
        made.record(
            f"reference.{channel}", current, path, taking.record_length_s(setpoint),
            plateaus=taking.plateaus_of(setpoint, triggered=True),
        )  # fmt: skip
        made.record(f"peak.{channel}", current, path, length, points=channels.SUM_POINTS)


def first_off(made: Nominal) -> None:
    """Nothing without the first channel, the level with it."""
    made.plateau_readings(made.setpoint, made.load, channels.READINGS)
    path = taking.off_path(made.data, made.profile, made.load, channels.WATCHED_S)
    made.record("zero", nothing, path, taking.STEADY_RECORD_S)
    for name in ("alone", "deserted"):
        made.record(name, nothing, path, channels.WATCHED_S, points=taking.PEAK_POINTS, peak=True)
    made.indicated = (("alone", "refused"),)
