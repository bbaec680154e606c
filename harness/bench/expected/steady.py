"""What steady points, waveforms and the off state would give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from harness.bench import taking
from harness.bench.expected.nominal_observation import nothing
from harness.bench.methods import off as off_method
from harness.bench.methods import shape as shape_method
from harness.bench.methods.steady import displayed, settling_s
from harness.bench.nominal import with_edges
from harness.definitions.device_power import DISPLAY_UNITS_A
from harness.setpoint import Polarity

if TYPE_CHECKING:
    from harness.bench.expected.nominal_observation import Nominal


def steady(made: Nominal) -> None:
    """A steady point."""
    count = made.pace.steady if made.setpoint.frequency_hz is None else made.pace.gated
    made.plateau_readings(made.setpoint, made.load, count)
    made.plateau_record("zero", "output", made.setpoint, made.load, made.setpoint.current_a)
    made.peaks(settling_s(made.profile, made.setpoint), made.setpoint)
    display = made.profile.display
    if display is not None:
        unit = next(name for name, amperes in DISPLAY_UNITS_A.items() if amperes == display.unit_a.value)
        shown = made.setpoint.current_a / display.unit_a.value
        polarity = made.setpoint.polarity.value
        made.indicated = (*made.indicated, *displayed(f"{shown:.9g}", unit, polarity))


def shape(made: Nominal) -> None:
    """One frequency of one mode."""
    reference = shape_method.reference_of(made.profile, made.setpoint, quick=made.pace is taking.QUICK)
    level, length = made.setpoint.current_a, shape_method.length_of(made.mode, made.setpoint)
    path = made.screen(made.load, level, length)
    made.record("zero", nothing, path, taking.STEADY_RECORD_S)
    if reference is not None:
        made.plateau_readings(reference, made.load, made.pace.reference)
        made.plateau_record("", "reference", reference, made.load, level)
    current = made.waveform(made.setpoint)
    phases = shape_method.phases_of(made.mode, made.setpoint)
    made.record(
        "periods", current, path, length, before_s=shape_method.before_s(made.mode, made.setpoint),
        points=shape_method.points_of(made.mode, made.setpoint), plateaus=phases,
    )  # fmt: skip
    edge = with_edges(current, made.load.stated_ohm)
    made.record("edge", edge, path, shape_method.EDGE_LENGTH_S, before_s=shape_method.EDGE_BEFORE_S)
    if made.setpoint.pulse_width_s is not None:
        long, before = shape_method.pulse_record_s(made.setpoint.pulse_width_s)
        points = shape_method.PULSE_RECORD_POINTS
        made.record(shape_method.PULSE, current, path, long, before_s=before, points=points, plateaus=phases)
    aperture = shape_method.mean_aperture_s(made.profile, made.setpoint)
    if aperture is not None:
        mean = float(current(np.linspace(0.0, aperture, 10_000, endpoint=False)).mean())
        if made.mode.waveform.value == "staircase" or made.setpoint.polarity is Polarity.BIPOLAR:
            mean = 0.0
        meter = made.data.multimeter_path(made.load, level, aperture)
        made.reading("mean", mean * meter.resistor.resistance_ohm, shape_method.MEAN_READINGS, meter)
    made.peaks(max(length, settling_s(made.profile, made.setpoint)), reference)


def off(made: Nominal) -> None:
    """After output off."""
    path = taking.off_path(made.data, made.profile, made.load, off_method.WATCHED_S)
    made.record("zero", nothing, path, taking.STEADY_RECORD_S)
    made.record("after-off", nothing, path, off_method.WATCHED_S, points=taking.PEAK_POINTS, peak=True)
