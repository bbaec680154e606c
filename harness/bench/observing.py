"""One observation of a steady point: zero, drive, read inside the plateaus, switch off, read the residual."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.bench.safe_state import is_live, live_text, residual_through_safe_load
from harness.capture import Capture, Observation, Plateau, Reading
from harness.errors import TimeLimitExceeded
from harness.instruments import DIVISIONS_HIGH, Edge, Gate
from harness.setpoint import Polarity

if TYPE_CHECKING:
    from harness.bench.rig import Rig
    from harness.capture import SignalPath
    from harness.setpoint import OperatingPoint

ZERO_READINGS = 5
STEADY_READINGS = 10
GATED_READINGS = 5
STEADY_RECORD_S = 0.2
"""Ten periods of 50 Hz, twelve of 60 Hz: pickup averages out."""

PLATEAU_START = 0.25
PLATEAU_END = 0.70
"""Gate inside a half period, as fractions of it, for both instruments."""


@dataclass(frozen=True, slots=True)
class _Crossing:
    """What marks the start of a half period: the current leaving or entering one direction."""

    level: float
    rising: bool


def record_length_s(point: OperatingPoint) -> float:
    """Length of the oscilloscope's record at a point: one period, or a fixed stretch of d.c."""
    frequency = point.setpoint.frequency_hz
    return STEADY_RECORD_S if frequency is None else 1.0 / frequency


def plateaus(point: OperatingPoint, *, triggered: bool) -> tuple[Plateau, ...]:
    """Where the phases are in a record: from its positive half period on where it was triggered, else everywhere."""
    setpoint = point.setpoint
    if setpoint.frequency_hz is None or not triggered:
        return tuple(Plateau(phase, 0.0, record_length_s(point)) for phase in setpoint.polarity.phases)
    half = 0.5 / setpoint.frequency_hz
    return tuple(
        Plateau(phase, (number + PLATEAU_START) * half, (number + PLATEAU_END) * half)
        for number, phase in enumerate(setpoint.polarity.phases)
    )


def observe(rig: Rig, point: OperatingPoint) -> Observation:
    """Take all readings and captures of one operating point and leave the output off.

    On a residual above the limit the loads are opened under current; the reading says so.
    """
    load = rig.data.load(point.load)
    path = rig.data.multimeter_path(point)
    # With the load's contact open: what leaks out of a unit that is off is not taken for the instruments' own zero.
    rig.connect_resistors(load)
    settings = rig.start_reading(path, ZERO_READINGS, None)
    zero_capture = _capture(rig, point, "zero", None)
    zero = rig.finish_reading("zero", path, "load contact open", settings)
    rig.connect(load)

    rig.stimulator.apply(point.setpoint)
    rig.stimulator.start(point.setpoint.channel)
    rig.clock.sleep(rig.profile.mode(point.setpoint.mode).settling_s.value)
    take = _steady if point.setpoint.frequency_hz is None else _alternating
    readings, capture = take(rig, point, path)

    rig.stimulator.stop()
    residual = residual_through_safe_load(rig)
    if is_live(rig, residual):
        rig.open_loads()
        rig.note("unit-live", live_text(rig, residual))
    return Observation(point, (zero, *readings, residual), (zero_capture, capture))


def _steady(rig: Rig, point: OperatingPoint, path: SignalPath) -> tuple[tuple[Reading, ...], Capture]:
    settings = rig.start_reading(path, STEADY_READINGS, None)
    # Inside the same stretch: the multimeter is still integrating.
    capture = _capture(rig, point, "output", None)
    return (rig.finish_reading(point.setpoint.polarity.value, path, "continuous", settings),), capture


def _alternating(rig: Rig, point: OperatingPoint, path: SignalPath) -> tuple[tuple[Reading, ...], Capture]:
    """Readings gated inside each phase.

    Both gates hang on the same level, half way into one direction: a unit whose other direction is dead still triggers,
    and is then read as what it is. Where neither direction is ever entered, the readings are taken freely.
    """
    half_level = 0.5 * point.setpoint.current_a * path.resistor.resistance_ohm
    for way_in in (_Crossing(half_level, rising=True), _Crossing(-half_level, rising=False)):
        entered = Polarity.POSITIVE if way_in.rising else Polarity.NEGATIVE
        try:
            first = _gated(rig, point, path, entered, way_in)
        except TimeLimitExceeded:
            continue
        left = Polarity.NEGATIVE if way_in.rising else Polarity.POSITIVE
        second = _gated(rig, point, path, left, _Crossing(way_in.level, rising=not way_in.rising))
        scope_level = way_in.level / path.resistor.resistance_ohm
        # The record has to begin with the positive half period, whichever direction is alive.
        capture = _capture(rig, point, "output", Edge(scope_level, rising=True))
        return (first, second), capture
    free = tuple(
        rig.read(phase.value, path, GATED_READINGS, None, "continuous: no alternation was seen")
        for phase in point.setpoint.polarity.phases
    )
    return free, _capture(rig, point, "output", None)


def _gated(rig: Rig, point: OperatingPoint, path: SignalPath, phase: Polarity, start: _Crossing) -> Reading:
    period = 1.0 / (point.setpoint.frequency_hz or 1.0)
    delay = PLATEAU_START * period / 2
    gate = Gate(start.level, start.rising, delay, period)
    way = "rising" if start.rising else "falling"
    how = f"{delay:g} s after {way} through {start.level:g} V"
    return rig.read(phase.value, path, GATED_READINGS, gate, how)


def _capture(rig: Rig, point: OperatingPoint, name: str, edge: Edge | None) -> Capture:
    """One record of the oscilloscope; an edge's level is in amperes of the loop."""
    length = record_length_s(point)
    path = rig.data.oscilloscope_path(point, length)
    wiring = rig.data.definition.oscilloscope_input
    rig.oscilloscope.set_up(wiring.channel, path.range / DIVISIONS_HIGH, length, wiring.probe_ratio)
    if edge is not None:
        edge = Edge(edge.level_v * path.resistor.resistance_ohm, edge.rising)
    rig.oscilloscope.arm(edge)
    raw = rig.oscilloscope.finish(3 * length)
    return Capture(
        name=name,
        codes=raw.codes,
        increment_v=raw.increment_v,
        origin_v=raw.origin_v,
        reference_code=raw.reference_code,
        interval_s=raw.interval_s,
        start_s=raw.start_s,
        lowest_code=raw.lowest_code,
        highest_code=raw.highest_code,
        path=path,
        plateaus=() if name == "zero" else plateaus(point, triggered=edge is not None),
        settings=(*raw.settings, ("trigger", "none" if edge is None else "edge")),
    )
