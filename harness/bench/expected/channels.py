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
    changes = channels.changes(made.profile, setpoint)
    for name in ("periods", *(f"periods-{change}" for change in changes)):
        made.record(name, current, path, length, before_s=before, points=shape.PERIOD_POINTS, plateaus=plateaus)
    for change in changes:
        made.plateau_readings(setpoint, made.load, channels.READINGS, prefix=f"{change}-", zero="")


def crosstalk(made: Nominal) -> None:
    """A neighbour at work, and nothing of it here."""
    profile, setpoint = made.profile, made.setpoint
    frequencies = channels.aggressor_hz(made.data, profile, setpoint)
    reach = channels.victim_reach_a(profile, setpoint)
    longest = max(channels.crosstalk_length_s(profile, frequency) for frequency in frequencies)
    made.record("zero", nothing, made.screen(made.load, reach, longest), longest)
    drive = [channels.aggressor(profile, setpoint, frequency) for frequency in frequencies]
    for number, driven in enumerate(drive, start=1):
        length = channels.crosstalk_length_s(profile, driven.frequency_hz or 1.0)
        settings = channels.crosstalk_settings(profile, driven)
        made.record(
            f"crosstalk.{number}", nothing, made.screen(made.load, reach, length), length,
            points=channels.CROSSTALK_POINTS, settings=settings,
        )  # fmt: skip
    length = channels.crosstalk_length_s(profile, drive[0].frequency_hz or 1.0)
    path = made.screen(made.load, channels.REACH * drive[0].current_a, length)
    made.record("zero-neighbour", nothing, path, taking.STEADY_RECORD_S)
    settings = channels.crosstalk_settings(profile, drive[0])
    made.record("neighbour", made.waveform(drive[0]), path, length, settings=settings)


def sum_of_channels(made: Nominal) -> None:
    """All channels at one level, each on the leads in turn."""
    setpoint = made.setpoint
    length = channels.sum_length_s(setpoint)
    path = made.screen(made.load, channels.SUM_REACH * setpoint.current_a, length)
    made.record("zero", nothing, path, taking.STEADY_RECORD_S)
    current = made.waveform(setpoint)
    for channel in range(1, channels.reached(made.data, made.profile) + 1):
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
    screen = channels.PULSES_SEEN * made.profile.residual_pulse_a.value
    path = made.data.oscilloscope_path(made.load, screen, channels.WATCHED_S)
    made.record("zero", nothing, path, taking.STEADY_RECORD_S)
    for name in ("alone", "deserted"):
        made.record(name, nothing, path, channels.WATCHED_S, points=taking.PEAK_POINTS, peak=True)
    made.indicated = (("alone", "refused"),)
