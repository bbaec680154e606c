"""What shorts, opens and forced overcurrent would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.bench import taking
from harness.bench.expected.nominal_observation import nothing, starting
from harness.bench.methods import contact, overload

if TYPE_CHECKING:
    from harness.bench.expected.nominal_observation import Nominal


def cycles(made: Nominal) -> None:
    """Shorted and opened."""
    made.plateau_readings(made.setpoint, made.load, overload.REFERENCE_READINGS)
    made.plateau_readings(made.setpoint, made.load, overload.PLATEAU_READINGS, prefix="after-", zero="")
    for kind, load in (("open", made.load), ("short", made.data.short(made.setpoint.current_a) or made.load)):
        suffix = "-short" if kind == "short" else ""
        prefix = "short-" if kind == "short" else ""
        if prefix:
            made.plateau_readings(made.setpoint, load, overload.REFERENCE_READINGS, prefix=prefix, zero="zero-short")
        reach = overload.REACH * made.setpoint.current_a
        made.plateau_record(f"zero{suffix}", f"reference{suffix}", made.setpoint, load, reach)
        path = made.screen(load, reach, overload.RECORD_S)
        current = starting(0.0, made.waveform(made.setpoint))
        for number in range(1, overload.CYCLES + 1):
            made.event(
                f"{kind}.{number:02d}", f"monitor-{kind}.{number:02d}", current, path, overload.RECORD_S,
                before_s=overload.BEFORE_S, points=overload.RECORD_POINTS,
            )  # fmt: skip


def overcurrent(made: Nominal) -> None:
    """A supply drives more than the trip current."""
    source = made.data.definition.auxiliary_source
    injection = 0.0 if source is None else source.voltage_v / (source.series_ohm + made.load.stated_ohm)
    level = made.setpoint.current_a
    total, reach = level + injection, overload.REACH * (level + injection)
    path = made.screen(made.load, reach, taking.STEADY_RECORD_S)
    meter = made.data.multimeter_path(made.load, total)
    ohms = meter.resistor.resistance_ohm
    for name, current in (("zero", 0.0), ("injection", injection), ("latched", 0.0)):
        made.reading(name, current * ohms, overload.REFERENCE_READINGS, meter)
    made.record("zero", nothing, path, taking.STEADY_RECORD_S)
    made.record("injection", lambda times: np.full(times.shape, injection), path, taking.STEADY_RECORD_S)
    trip = made.profile.trip
    time = 1e-3 if trip is None else trip.time_s.value
    made.record(
        "trip.1",
        lambda times: np.where(times < 0, level, np.where(times < time, total, injection)),
        path,
        overload.TRIP_LENGTH_S,
        before_s=overload.TRIP_BEFORE_S,
        points=overload.TRIP_POINTS,
    )
    length = overload.restart_length_s(made.profile)
    fine = made.screen(made.load, overload.REACH * level, length)
    made.record("restart.1", made.rise(0.0), fine, length, points=contact.RISE_POINTS)
    made.record("zero-restart", nothing, fine, taking.STEADY_RECORD_S)
    reported = [(f"trip.{number}", "overload") for number in range(1, overload.STATUS_ASKED + 1)]
    made.indicated = (*reported, ("restart", "started"))


# Readings and records
