"""A waveform at one frequency: its periods, an edge close up, its mean, and a reference read by the multimeter, too."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from harness.bench import taking
from harness.bench.methods.steady import settling_s
from harness.bench.nominal import attainable_hz
from harness.bench.periods import counted_period_s
from harness.capture import Observation, Plateau
from harness.errors import TimeLimitExceeded
from harness.instruments import Gate
from harness.setpoint import Polarity, Setpoint

if TYPE_CHECKING:
    from harness.bench.rig import Rig
    from harness.capture import Capture, Reading, SignalPath
    from harness.definitions.devices import DeviceProfile, Mode
    from harness.setpoint import OperatingPoint

PERIODS = 10.5
"""Length of the record that frequency is read from: ten whole periods from the edge that it is triggered on."""

PERIODS_BEFORE = 0.25
"""Part of it before that edge, so that the edge itself is in the record."""

PERIOD_POINTS = 20_000
PULSE_POINTS = 100_000
STAIRCASE_POINTS = 200_000
EDGE_LENGTH_S = 260e-6
EDGE_BEFORE_S = 70e-6
"""More than an edge may take: one that began before the record has taken too long, and its lower bound says so."""

_HIGHEST_GATED_HZ = 10.0
PULSE = "pulse"
"""Name of the record of one period's short pulses, close up."""

PULSE_RECORD_POINTS = 20_000
BETWEEN_PULSES = "over whole periods, from the rest between two pulses on"
_MEAN_S = 0.2
MEAN_READINGS = 3
_LOWEST_MEAN_HZ = 1.0
_LONGEST_MEAN_S = 1.0
"""Aperture that every multimeter of this class can be set to in seconds (Truevolt Operating and Service Guide)."""

_CRYSTAL = 2e-4
"""Relative error of a clock up to which the nominal period is good enough, with the resolution of its record."""

_WORST_CLOCK = 0.1
"""Beyond it the record shows another waveform than the one that is set."""

_CYCLES_OF_STAIRCASE = 1.1
_HALF = 0.5


def reference_of(profile: DeviceProfile, setpoint: Setpoint, *, quick: bool = False) -> Setpoint | None:
    """The setting at which the multimeter can read the same level inside a plateau; None where there is none.

    Args:
        profile: of the device.
        setpoint: whose level is to be read.
        quick: at the highest frequency at which a multimeter can be gated, and not at the lowest.
    """
    mode = profile.mode(setpoint.mode)
    if mode.kind == "square" and quick:
        return mode.setpoint(setpoint.channel, setpoint.level, setpoint.polarity, gated_frequency_hz(mode))
    if mode.kind in {"square", "short-pulses"}:
        return mode.setpoint(setpoint.channel, setpoint.level, setpoint.polarity)
    first = setpoint.polarity.phases[0]
    for other in sorted(profile.modes, key=lambda each: each.kind):
        if other.kind in {"dc", "square"} and len(other.levels_a.value) >= setpoint.level:
            polarity = next(
                (each for each in (first, setpoint.polarity) if each in other.polarities.value),
                other.polarities.value[0],
            )
            return other.setpoint(setpoint.channel, setpoint.level, polarity)
    return None


def gated_frequency_hz(mode: Mode) -> float:
    """The highest frequency of a square wave at which a reading over a mains cycle fits into a plateau."""
    return max((step for step in mode.steps_hz if step <= _HIGHEST_GATED_HZ), default=mode.steps_hz[0])


def read_in_plateau(profile: DeviceProfile, setpoint: Setpoint) -> Setpoint:
    """The setting itself where the multimeter can read it inside a plateau, else the one that stands in for it.

    Raises:
        ValueError: there is none; no plan asks for that.
    """
    if profile.mode(setpoint.mode).waveform.value == "dc":
        return setpoint
    found = reference_of(profile, setpoint)
    if found is None:
        raise ValueError(f"no mode of {profile.name} has a plateau that a multimeter can read")
    return found


def mean_aperture_s(profile: DeviceProfile, setpoint: Setpoint) -> float | None:
    """A whole number of periods in about 0.2 s, at least one; None below 1 Hz and for d.c.

    Periods as the declared timer can make them: at 1500 Hz, 67 ticks of 10 µs, 0.2 s would end within a period.
    """
    nominal, tick = setpoint.frequency_hz, profile.timer_tick_s
    if nominal is None or nominal < _LOWEST_MEAN_HZ:
        return None
    frequency = attainable_hz(nominal, None if tick is None else tick.value)
    return max(1, round(_MEAN_S * frequency)) / frequency


def length_of(mode: Mode, setpoint: Setpoint) -> float:
    """Length of the record of the periods."""
    if mode.waveform.value == "staircase" and mode.dwell_s is not None:
        return _CYCLES_OF_STAIRCASE * mode.dwell_s.value * len(mode.steps_hz)
    return PERIODS / (setpoint.frequency_hz or 1.0)


def before_s(mode: Mode, setpoint: Setpoint) -> float:
    """Part of that record before its trigger; a staircase is not triggered on."""
    frequency = setpoint.frequency_hz or 1.0
    return 0.0 if mode.waveform.value == "staircase" else PERIODS_BEFORE / frequency


def points_of(mode: Mode, setpoint: Setpoint) -> int:
    """Points of that record: more where what is looked for is a small part of it."""
    if setpoint.pulse_width_s is not None:
        return STAIRCASE_POINTS
    return {"pulses": PULSE_POINTS, "staircase": STAIRCASE_POINTS}.get(mode.waveform.value, PERIOD_POINTS)


def observe(rig: Rig, point: OperatingPoint) -> Observation:
    """One frequency of one mode."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    mode = rig.profile.mode(setpoint.mode)
    pace = taking.pace_of(point)
    reference = reference_of(rig.profile, setpoint, quick=pace is taking.QUICK)
    shown = taking.current_screen(rig, load, "periods", setpoint.current_a, length_of(mode, setpoint))
    shown = replace(shown, points=points_of(mode, setpoint), before_s=before_s(mode, setpoint))
    length = max(shown.length_s, settling_s(rig.profile, setpoint))
    extremes = taking.peak_screen(rig, load, "peak", taking.peak_reach_a(rig.data, setpoint), length)
    path = taking.gated_path(rig.data, load, reference or setpoint, pace)
    rig.connect_resistors(load)
    zero = taking.zero_reading(rig, path, pace)
    zeros = (taking.zero_of(rig, shown, "zero"), taking.zero_of(rig, extremes, "peak-zero"))
    readings: tuple[Reading, ...] = (zero,)
    captures: tuple[Capture, ...] = zeros
    with taking.connected(rig, load, setpoint.channel):
        if reference is not None:
            plateau, records = _reference(rig, point, reference, shown, extremes)
            readings, captures = (*readings, *plateau), (*captures, *records)
            rig.stimulator.stop()
        rig.apply(setpoint)
        captures = (*captures, *taking.start(rig, load, setpoint, extremes))
        records = _records(rig, mode, setpoint, shown)
        captures, readings = (*captures, *records), (*readings, *_mean(rig, point, records[0]))
    return Observation(point, (*readings, taking.residual_after(rig, setpoint.channel, pace)), captures)


def _reference(
    rig: Rig, point: OperatingPoint, reference: Setpoint, shown: taking.Screen, extremes: taking.Screen
) -> tuple[tuple[Reading, ...], tuple[Capture, ...]]:
    load, pace = rig.data.load(point.load), taking.pace_of(point)
    rig.start(reference)
    rig.clock.sleep(settling_s(rig.profile, reference))
    path = taking.gated_path(rig.data, load, reference, pace)
    plateau, seen = taking.read_plateaus(rig, reference, path, count=pace.reference)
    screen = replace(
        shown,
        names=("reference",),
        length_s=taking.record_length_s(reference),
        before_s=0.0,
        points=taking.RECORD_POINTS,
    )
    record = taking.take_plateaus(rig, reference, screen, seen=seen, aperture_s=path.aperture_s)
    return plateau, (record, *taking.peak_reference(rig, reference, extremes, seen=seen, aperture_s=path.aperture_s))


def _records(rig: Rig, mode: Mode, setpoint: Setpoint, shown: taking.Screen) -> tuple[Capture, ...]:
    """The periods from an active edge on, and that edge close up."""
    if mode.waveform.value == "staircase":
        return (taking.take(rig, shown, None),)
    close_ups = [replace(shown, names=("edge",), length_s=EDGE_LENGTH_S, before_s=EDGE_BEFORE_S)]
    if setpoint.pulse_width_s is not None:
        length, before = pulse_record_s(setpoint.pulse_width_s)
        close_ups.append(replace(shown, names=(PULSE,), length_s=length, before_s=before, points=PULSE_RECORD_POINTS))
    period = 1.0 / (setpoint.frequency_hz or 1.0)
    first = setpoint.polarity.phases[0]
    # The second where the first direction is dead.
    for fraction in (_HALF * first.sign, -_HALF * first.sign):
        edge = taking.current_edge(shown, fraction * setpoint.current_a, rising=first is not Polarity.NEGATIVE)
        try:
            periods = taking.take(rig, shown, edge, plateaus=phases_of(mode, setpoint))
            return periods, *(taking.take(rig, each, edge, period_s=period) for each in close_ups)
        except TimeLimitExceeded:
            rig.oscilloscope.stop()
    return taking.take(rig, shown, None), *(taking.take(rig, each, None) for each in close_ups)


def pulse_record_s(width_s: float) -> tuple[float, float]:
    """Length of the record of one period's short pulses, and the part of it before the first."""
    return 4.0 * width_s, 0.5 * width_s


def _between_pulses(setpoint: Setpoint, path: SignalPath) -> Gate:
    """Half a period after a pulse begins: neither end of the aperture cuts one."""
    phase, period = setpoint.polarity.phases[0], 1.0 / (setpoint.frequency_hz or 1.0)
    level = taking.ENTERING * setpoint.current_a * path.resistor.resistance_ohm * phase.sign
    return Gate(level, phase is Polarity.POSITIVE, period / 2, period)


def phases_of(mode: Mode, setpoint: Setpoint) -> tuple[Plateau, ...]:
    """Plateaus of the first period."""
    if mode.pulse_width_s is None or setpoint.pulse_width_s is not None:
        return taking.plateaus_of(setpoint, triggered=True)
    width = mode.pulse_width_s.value
    return tuple(
        Plateau(phase, (number + taking.PLATEAU_START) * width, (number + taking.PLATEAU_END) * width)
        for number, phase in enumerate(setpoint.polarity.phases)
    )


def _measured_aperture_s(profile: DeviceProfile, setpoint: Setpoint, periods: Capture) -> float | None:
    """The same of the periods that the unit really makes, as the record before the mean shows them.

    A crystal's error is left to the budget: mains is rejected best over the aperture as planned. So is what a period
    is longer than a second, the longest aperture.
    """
    planned, found_s = mean_aperture_s(profile, setpoint), counted_period_s(periods)
    is_staircase, nominal = profile.mode(setpoint.mode).waveform.value == "staircase", setpoint.frequency_hz
    if planned is None or nominal is None or found_s is None or is_staircase:
        return planned
    count = max(1, round(planned * nominal))
    error = count * found_s / planned - 1
    if not _CRYSTAL < abs(error) < _WORST_CLOCK or count * found_s > _LONGEST_MEAN_S:
        return planned
    return count * found_s


def _mean(rig: Rig, point: OperatingPoint, periods: Capture) -> tuple[Reading, ...]:
    aperture = _measured_aperture_s(rig.profile, point.setpoint, periods)
    if aperture is None:
        return ()
    setpoint = point.setpoint
    path = rig.data.multimeter_path(rig.data.load(point.load), setpoint.current_a, aperture)
    if setpoint.pulse_width_s is not None:
        try:
            return (rig.read("mean", path, MEAN_READINGS, _between_pulses(setpoint, path), BETWEEN_PULSES),)
        except TimeLimitExceeded:
            # Nothing that begins an aperture: no pulses come, and where it begins does not matter.
            pass
    return (rig.read("mean", path, MEAN_READINGS, None, f"over whole periods, {aperture:g} s"),)
