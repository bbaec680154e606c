"""Long and short records of a waveform that runs: sweeps, ten thousand intervals, a unit that is polled, every mode."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from harness.bench import taking
from harness.bench.methods.steady import settling_s
from harness.capture import Observation
from harness.errors import TimeLimitExceeded
from harness.setpoint import Polarity

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.bench.rig import Rig
    from harness.capture import Capture, Reading
    from harness.definitions.benches import Load
    from harness.definitions.devices import DeviceProfile, Mode
    from harness.setpoint import OperatingPoint, Setpoint

WRAP_S = 65.536
"""A counter of 16 bits that counts milliseconds comes round to zero after so long."""

LONG_S = 2.05 * WRAP_S
"""Holds two such rounds, whenever the first one ends: one of them may fall on the end of a period, where it hides."""

LONG_INTERVALS = 10_000
_RESERVE = 1.02
LONGEST_RECORD_S = 400.0
"""The slowest time base of the oscilloscopes of the reference bench, 50 s a division, holds 500 s."""

LONG_POINTS = 1_000_000
_POINTS_PER_PERIOD = 1500
POLLED_PERIODS = 256
POLLED_POINTS = 500_000
_LONGEST_POLLED_S = 20.0
POLLING_S = 0.05
"""From one status query to the next."""

SWEEPS = 3.3
SWEEP_POINTS = 1_000_000
TOP_STEP = "top-step"
"""Name of the readings of the mean at a staircase's highest frequency."""

TOP_READINGS = 3
_INTO_STEP = 0.3
_OF_STEP = 0.1
"""Begin of those readings in the step, and aperture of each, as shares of the dwell."""

_MODE_PERIODS = 10.5
MODE_S = 2.1
MODE_POINTS = 100_000
TABLE_POINTS = 20_000
SERIES_PERIODS = 5.2
_PERIODS_OF_PULSE = 1.2


def sweep_length_s(profile: DeviceProfile, mode: Mode) -> float:
    """Length of the record of a sweep: three passes and a little; where long runs are asked for, as long as those."""
    return max(SWEEPS * pass_s(mode), LONG_S if profile.stability is not None else 0.0)


def pass_s(mode: Mode) -> float:
    """Time for one pass of a sweep or staircase, there and back where it alternates."""
    if mode.waveform.value == "staircase" and mode.dwell_s is not None:
        return mode.dwell_s.value * len(mode.steps_hz)
    ways = 2 if mode.direction is not None and mode.direction.value == "alternating" else 1
    if mode.sweep_s is not None:
        return ways * mode.sweep_s.value
    if mode.steps is None or mode.dwell_s is None:
        raise ValueError(f"mode {mode.name} does not sweep")
    # Each end is dwelt on once.
    steps = mode.steps.value if ways == 1 else 2 * mode.steps.value - 2
    return steps * mode.dwell_s.value


def long_records(setpoint: Setpoint) -> tuple[float, int]:
    """Length of each record of ten thousand intervals, and how many it takes."""
    if setpoint.frequency_hz is None:
        raise ValueError(f"{setpoint.key} has no intervals")
    length = max(LONG_S, _RESERVE * LONG_INTERVALS / setpoint.frequency_hz)
    count = max(1, math.ceil(length / LONGEST_RECORD_S))
    return length / count, count


def long_points(length_s: float, setpoint: Setpoint) -> int:
    """Points of such a record: enough for a twentieth of a pulse, no more than the memory holds."""
    return min(LONG_POINTS, round(_POINTS_PER_PERIOD * length_s * (setpoint.frequency_hz or 1.0)))


def polled_length_s(setpoint: Setpoint) -> float:
    """Length of the record that is taken while the unit is asked for its state."""
    return min(POLLED_PERIODS / (setpoint.frequency_hz or 1.0), _LONGEST_POLLED_S)


def mode_length_s(mode: Mode, setpoint: Setpoint) -> float:
    """Length of the record by which a mode is told from others: ten periods, or one pass of a sweep."""
    if mode.waveform.value in {"staircase", "sweep"}:
        return 1.1 * pass_s(mode)
    return max(MODE_S, _MODE_PERIODS / (setpoint.frequency_hz or math.inf))


def modes_of(profile: DeviceProfile, point: OperatingPoint) -> tuple[tuple[Mode, Setpoint], ...]:
    """Every mode at its top level in its last polarity, of those with several frequencies at the lowest."""
    return tuple(
        (mode, mode.setpoint(point.setpoint.channel, len(mode.levels_a.value), mode.polarities.value[-1]))
        for mode in profile.modes
    )


def declared(mode: Mode, setpoint: Setpoint) -> tuple[tuple[str, str], ...]:
    """What the profile says of the waveform, as settings of a record: what is read off it is held against that."""
    told = (
        ("pulse_width_s", mode.pulse_width_s),
        ("dwell_s", mode.dwell_s),
        ("start_hz", mode.start_hz),
        ("stop_hz", mode.stop_hz),
        ("law", mode.law),
        ("direction", mode.direction),
        ("sweep_s", mode.sweep_s),
        ("steps", mode.steps),
    )
    steps = mode.steps_hz if mode.waveform.value == "staircase" else ()
    return (
        ("declared.mode", mode.name),
        ("declared.waveform", mode.waveform.value),
        ("declared.polarity", setpoint.polarity.value),
        ("declared.frequency_hz", "" if setpoint.frequency_hz is None else repr(setpoint.frequency_hz)),
        *([("declared.steps_hz", " ".join(repr(step) for step in steps))] if steps else []),
        *((f"declared.{name}", str(stated.value)) for name, stated in told if stated is not None),
    )


def screen(rig: Rig, load: Load, name: str, setpoint: Setpoint, *, length_s: float, points: int) -> taking.Screen:
    """The current alone, at a scale that shows it with little reserve."""
    return taking.current_screen(rig, load, name, setpoint.current_a, length_s, points=points)


def _record(rig: Rig, shown: taking.Screen, settings: tuple[tuple[str, str], ...]) -> Capture:
    taking.arm(rig, shown, None)
    (capture,) = taking.finish(rig, shown, settings=settings)
    return capture


def _running(rig: Rig, setpoint: Setpoint) -> None:
    rig.start(setpoint)
    rig.clock.sleep(settling_s(rig.profile, setpoint))


@dataclass(frozen=True, slots=True)
class TopStep:
    """When a staircase is at its highest frequency.

    Attributes:
        at_s: after output on, in the first pass that begins settled.
        aperture_s: whole periods, a tenth of the dwell.
    """

    at_s: float
    aperture_s: float


def top_step(profile: DeviceProfile, setpoint: Setpoint) -> TopStep | None:
    """Where the mean of a staircase in both directions is read; None of other waveforms."""
    mode = profile.mode(setpoint.mode)
    if mode.waveform.value != "staircase" or mode.dwell_s is None or setpoint.polarity is not Polarity.BIPOLAR:
        return None
    dwell_s, highest_hz = mode.dwell_s.value, max(mode.steps_hz)
    passes = math.ceil(settling_s(profile, setpoint) / pass_s(mode))
    at_s = passes * pass_s(mode) + (mode.steps_hz.index(highest_hz) + _INTO_STEP) * dwell_s
    return TopStep(at_s, max(1, round(_OF_STEP * dwell_s * highest_hz)) / highest_hz)


def sweep(rig: Rig, point: OperatingPoint) -> Observation:
    """Three passes of a mode that goes through its frequencies by itself; of a staircase its highest step's mean."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    length_s = sweep_length_s(rig.profile, rig.profile.mode(setpoint.mode))
    step = top_step(rig.profile, setpoint)
    if step is None:
        return _records(rig, point, "sweep", length_s=length_s, points=SWEEP_POINTS)
    path = rig.data.multimeter_path(load, setpoint.current_a, step.aperture_s)

    def at_the_top(begun_s: float) -> Reading:
        rig.clock.sleep(max(begun_s + step.at_s - rig.clock.now(), 0.0))
        how = f"{step.at_s:g} s after output on, over {step.aperture_s:g} s"
        return rig.read(TOP_STEP, path, TOP_READINGS, None, how)

    rig.connect_resistors(load)
    zero = taking.zero_reading(rig, path)
    taken = _records(rig, point, "sweep", length_s=length_s, points=SWEEP_POINTS, first=at_the_top)
    return replace(taken, readings=(zero, *taken.readings))


def long(rig: Rig, point: OperatingPoint) -> Observation:
    """Ten thousand intervals, or two rounds of a millisecond counter, whichever is longer."""
    if point.variant == "full":
        length, count = long_records(point.setpoint)
    else:
        length, count = LONG_S, 1
    points = long_points(length, point.setpoint)
    return _records(rig, point, "long", length_s=length, points=points, count=count)


def _records(
    rig: Rig,
    point: OperatingPoint,
    name: str,
    *,
    length_s: float,
    points: int,
    count: int = 1,
    first: Callable[[float], Reading] | None = None,
) -> Observation:
    """So many records, one after the other, of an output that runs; before them what is read once it does.

    Args:
        rig: the bench.
        point: what is done.
        name: of the records, before the dot.
        length_s: of each.
        points: of each.
        count: of records.
        first: a reading, told when the output was switched on.
    """
    setpoint, load = point.setpoint, rig.data.load(point.load)
    shown = screen(rig, load, f"{name}.1", setpoint, length_s=length_s, points=points)
    settings = declared(rig.profile.mode(setpoint.mode), setpoint)
    rig.connect_resistors(load)
    captures: tuple[Capture, ...] = (taking.zero_of(rig, shown, "zero"),)
    readings: tuple[Reading, ...] = ()
    with taking.connected(rig, load, setpoint.channel):
        rig.start(setpoint)
        begun_s = rig.clock.now()
        rig.clock.sleep(settling_s(rig.profile, setpoint))
        if first is not None:
            readings = (first(begun_s),)
        for number in range(1, count + 1):
            captures = (*captures, _record(rig, replace(shown, names=(f"{name}.{number}",)), settings))
    return Observation(point, (*readings, taking.residual_after(rig, setpoint.channel)), captures)


def polled(rig: Rig, point: OperatingPoint) -> Observation:
    """The waveform while the unit is asked for its state again and again."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    length = polled_length_s(setpoint)
    shown = screen(rig, load, "polled.1", setpoint, length_s=length, points=POLLED_POINTS)
    settings = declared(rig.profile.mode(setpoint.mode), setpoint)
    rig.connect_resistors(load)
    zero = taking.zero_of(rig, shown, "zero")
    with taking.connected(rig, load, setpoint.channel):
        _running(rig, setpoint)
        rig.stimulator.state(setpoint.channel)
        taking.arm(rig, shown, None)
        end = rig.clock.now() + length
        asked = 0
        while rig.clock.now() < end:
            rig.stimulator.state(setpoint.channel)
            asked += 1
            rig.clock.sleep(min(POLLING_S, length / POLLED_PERIODS))
        (record,) = taking.finish(rig, shown, settings=(*settings, ("polled", str(asked))))
    return Observation(point, (taking.residual_after(rig, setpoint.channel),), (zero, record))


def modes(rig: Rig, point: OperatingPoint) -> Observation:
    """Every mode in turn, each long enough to be told from the others."""
    load = rig.data.load(point.load)
    captures: tuple[Capture, ...] = ()
    rig.connect_resistors(load)
    for mode, setpoint in modes_of(rig.profile, point):
        shown = screen(
            rig, load, f"zero-{mode.name}", setpoint, length_s=mode_length_s(mode, setpoint), points=MODE_POINTS
        )
        captures = (*captures, taking.zero_of(rig, shown, f"zero-{mode.name}"))
    with taking.connected(rig, load, point.setpoint.channel):
        for mode, setpoint in modes_of(rig.profile, point):
            rig.stimulator.stop()
            shown = screen(
                rig, load, f"mode-{mode.name}", setpoint, length_s=mode_length_s(mode, setpoint), points=MODE_POINTS
            )
            _running(rig, setpoint)
            captures = (*captures, _record(rig, shown, declared(mode, setpoint)))
    return Observation(point, (taking.residual_after(rig, point.setpoint.channel),), captures)


def pulse_length_s(mode: Mode, setpoint: Setpoint) -> float:
    """Length of the tracing of a single pulse: of direct current as much as a plateau's record."""
    if setpoint.frequency_hz is None:
        return taking.STEADY_RECORD_S
    if mode.pulse_width_s is not None:
        phases = 2 if setpoint.polarity is Polarity.BIPOLAR else 1
        return min(2 * phases * mode.pulse_width_s.value, _PERIODS_OF_PULSE / setpoint.frequency_hz)
    return _PERIODS_OF_PULSE / setpoint.frequency_hz


def series_length_s(mode: Mode, setpoint: Setpoint) -> float:
    """Length of the tracing of a series of pulses, from which all figures of the table are read."""
    if mode.waveform.value in {"staircase", "sweep"}:
        return 1.1 * pass_s(mode)
    return taking.STEADY_RECORD_S if setpoint.frequency_hz is None else SERIES_PERIODS / setpoint.frequency_hz


def driven(profile: DeviceProfile, load: Load, setpoint: Setpoint) -> Setpoint:
    """A setting as a large load lets it be: no more flows than the declared compliance voltage drives, and a third."""
    most_a = _ABOVE_COMPLIANCE * profile.compliance_v.value / load.stated_ohm
    return replace(setpoint, current_a=min(setpoint.current_a, most_a))


_ABOVE_COMPLIANCE = 1.3


def table(rig: Rig, point: OperatingPoint) -> Observation:
    """A tracing of a single pulse and one of a series of pulses, with their baseline."""
    setpoint, load = point.setpoint, rig.data.load(point.load)
    mode, shown = rig.profile.mode(setpoint.mode), driven(rig.profile, load, setpoint)
    series = screen(rig, load, "tracing-series", shown, length_s=series_length_s(mode, setpoint), points=MODE_POINTS)
    pulse = replace(series, names=("tracing-pulse",), length_s=pulse_length_s(mode, setpoint), points=TABLE_POINTS)
    pulse = replace(pulse, before_s=0.1 * pulse.length_s)
    settings = (*declared(mode, setpoint), ("load", load.name))
    rig.connect_resistors(load)
    baseline = taking.zero_of(rig, series, "zero")
    with taking.connected(rig, load, setpoint.channel):
        _running(rig, setpoint)
        records = (_record(rig, series, settings), _pulse(rig, pulse, shown, settings))
    return Observation(point, (taking.residual_after(rig, setpoint.channel),), (baseline, *records))


def _pulse(rig: Rig, shown: taking.Screen, setpoint: Setpoint, settings: tuple[tuple[str, str], ...]) -> Capture:
    """A pulse from its beginning; where none can be triggered on, whatever flows."""
    if setpoint.frequency_hz is not None and taking.can_trigger(setpoint, shown.paths[0]):
        first = setpoint.polarity.phases[0]
        edge = taking.current_edge(shown, first.sign * setpoint.current_a / 2, rising=first is Polarity.POSITIVE)
        taking.arm(rig, shown, edge)
        try:
            (capture,) = taking.finish(rig, shown, limit_s=3 / setpoint.frequency_hz + 1.0, settings=settings)
        except TimeLimitExceeded:
            rig.oscilloscope.stop()
        else:
            return capture
    return _record(rig, shown, settings)
