"""What long records, tables, drift, temperature and the off state would give.

Where only the count or the worst of many intervals is asked for, a part of the record is enough to plan with: what is
uncertain hangs on the sampling interval, not on the length.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.bench import taking
from harness.bench.expected.nominal_observation import nothing
from harness.bench.methods import timing, timing_slow

if TYPE_CHECKING:
    from harness.bench.expected.nominal_observation import Nominal

_PERIODS = 40.0
_LONG_PERIODS = 400.0


def sweep(made: Nominal) -> None:
    """Three passes of a sweep."""
    length = timing.sweep_length_s(made.profile, made.mode)
    share = min(1.0, timing.SWEEPS * timing.pass_s(made.mode) / length)
    _train(made, "sweep.1", length, timing.SWEEP_POINTS, share)
    step = timing.top_step(made.profile, made.setpoint)
    if step is not None:
        path = made.data.multimeter_path(made.load, made.setpoint.current_a, step.aperture_s)
        made.reading("zero", 0.0, made.pace.zero, path)
        made.reading(timing.TOP_STEP, 0.0, timing.TOP_READINGS, path)
        made.waits(step.at_s)


def long(made: Nominal) -> None:
    """Ten thousand intervals."""
    length, count = timing.LONG_S, 1
    if made.point.variant == "full":
        length, count = timing.long_records(made.setpoint)
    points = timing.long_points(length, made.setpoint)
    for number in range(1, count + 1):
        _train(made, f"long.{number}", length, points, _share(made, length, _LONG_PERIODS))


def polled(made: Nominal) -> None:
    """Two hundred intervals."""
    length = timing.polled_length_s(made.setpoint)
    _train(made, "polled.1", length, timing.POLLED_POINTS, _share(made, length))


def _share(made: Nominal, length_s: float, periods: float = _PERIODS) -> float:
    return min(1.0, periods / (made.setpoint.frequency_hz or 1.0) / length_s)


def _train(made: Nominal, name: str, length_s: float, points: int, share: float) -> None:
    path = made.screen(made.load, made.setpoint.current_a, length_s)
    if not made.captures:
        made.record("zero", nothing, path, taking.STEADY_RECORD_S)
    settings = timing.declared(made.mode, made.setpoint)
    made.record(
        name, made.waveform(made.setpoint), path, share * length_s, points=round(share * points), settings=settings
    )
    # Of a long record the beginning is enough to know U from.
    made.waits((1 - share) * length_s)


def modes(made: Nominal) -> None:
    """Every mode in turn."""
    for mode, setpoint in timing.modes_of(made.profile, made.point):
        length = timing.mode_length_s(mode, setpoint)
        path = made.screen(made.load, setpoint.current_a, length)
        made.record(f"zero-{mode.name}", nothing, path, taking.STEADY_RECORD_S)
        current, settings = made.waveform(setpoint), timing.declared(mode, setpoint)
        made.record(f"mode-{mode.name}", current, path, length, points=timing.MODE_POINTS, settings=settings)


def table(made: Nominal) -> None:
    """A pulse and a series of pulses."""
    length = timing.series_length_s(made.mode, made.setpoint)
    driven = timing.driven(made.profile, made.load, made.setpoint)
    path = made.screen(made.load, driven.current_a, length)
    settings, current = timing.declared(made.mode, made.setpoint), made.waveform(driven)
    made.record("zero", nothing, path, taking.STEADY_RECORD_S)
    made.record("tracing-series", current, path, length, points=timing.MODE_POINTS, settings=settings)
    pulse = timing.pulse_length_s(made.mode, made.setpoint)
    made.record("tracing-pulse", current, path, pulse, points=timing.TABLE_POINTS, settings=settings)


def drift(made: Nominal) -> None:
    """The level again and again."""
    made.plateau_readings(made.setpoint, made.load, timing_slow.DRIFT_READINGS)
    section = made.profile.stability
    made.waits(0.0 if section is None else section.drift_s.value)
    for at_s in () if section is None else timing_slow.drift_times_s(section):
        made.plateau_readings(made.setpoint, made.load, timing_slow.DRIFT_READINGS, prefix=f"after-{at_s:g}s-", zero="")


def temperature(made: Nominal) -> None:
    """The level at three temperatures."""
    section = made.profile.temperature
    if section is None:
        return
    temperatures = timing_slow.temperatures(section)
    chamber = made.data.definition.chamber
    for name, _ in temperatures:
        made.waits(timing_slow.REACHED_IN_S + (0.0 if chamber is None else chamber.soak_s))
        made.plateau_readings(
            made.setpoint, made.load, timing_slow.DRIFT_READINGS, prefix=f"{name}-", zero=f"{name}-zero"
        )
    made.indicated = tuple((f"{name}-temperature-c", repr(celsius)) for name, celsius in temperatures)


def auxiliary(made: Nominal) -> None:
    """Nothing but noise."""
    length = timing_slow.AUXILIARY_LENGTH_S
    current = timing_slow.AUXILIARY_SEEN * made.profile.residual_pulse_a.value
    path = made.data.oscilloscope_path(made.load, current, length)
    made.record("zero", nothing, path, taking.STEADY_RECORD_S)
    made.record("auxiliary", nothing, path, length, points=timing_slow.AUXILIARY_POINTS)
