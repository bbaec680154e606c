"""What every method of observing is made of: the zero, a record, a plateau, a contact."""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

from harness.bench.paths import APERTURE_CYCLES, HEADROOM_OF_PEAK, HEADROOM_OF_START, HEADROOM_ON_SCREEN
from harness.bench.safe_state import is_live, live_text, no_overload, residual_through_safe_load
from harness.capture import Capture, Plateau, Reading
from harness.errors import DefinitionError, Overload, Refused, TimeLimitExceeded
from harness.instruments import DIVISIONS_HIGH, Edge, Gate, Input
from harness.setpoint import LINE, Polarity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.bench.paths import BenchData
    from harness.bench.rig import Rig
    from harness.capture import SignalPath
    from harness.definitions.benches import ContactSwitch, Load
    from harness.definitions.devices import DeviceProfile
    from harness.setpoint import OperatingPoint, Setpoint

STEADY_RECORD_S = 0.2
"""Ten periods of 50 Hz, twelve of 60 Hz: pickup averages out."""

RECORD_POINTS = 5000
PEAK_POINTS = 4000
PLATEAU_START = 0.25
PLATEAU_END = 0.70
"""Gate inside a half period, as fractions of it, for both instruments."""

ENTERING = 0.7
"""Level, as a fraction of the plateau, at which a phase is taken to begin.

Not half way: a multimeter's trigger has a hysteresis of 1 % of its range, which is most of 10 µA across 100 Ω.
"""
BEYOND = "peak-beyond"
"""Name of the record of a second start, where the first one left its screen."""

_HALF = 0.5
_FLOWS = 0.2
"""Share of the level above which a free reading shows that something flows."""

_PULSES_SHOWN = 4.0
"""Length of a record of short pulses, in widths of one: both, and as much of the rest after them."""

_APERTURE_STEP_S = 2e-6
_OFF_SEEN = 2.0
"""Screen of an output that is off, as a multiple of the largest pulse allowed."""

_LEAST_TRIGGER_V = 4e-3
"""Peak to peak, below which an oscilloscope with a stated sensitivity of 2.5 mV may not trigger."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How much time a point is given.

    Attributes:
        zero: readings of the zero.
        steady: readings of a steady current.
        gated: readings inside each plateau.
        reference: readings of a plateau that stands in for what no multimeter can be gated in.
        cycles: of the mains, the longest aperture of one reading.
    """

    zero: int
    steady: int
    gated: int
    reference: int
    cycles: int


THOROUGH = Pace(zero=5, steady=10, gated=5, reference=3, cycles=APERTURE_CYCLES)
QUICK = Pace(zero=2, steady=2, gated=2, reference=2, cycles=2)


def pace_of(point: OperatingPoint) -> Pace:
    """Quick at an end-of-line station, otherwise thorough."""
    return QUICK if point.variant == LINE else THOROUGH


@dataclass(frozen=True, slots=True)
class Screen:
    """What the oscilloscope shows in one acquisition.

    Attributes:
        names: of the captures, one for each path.
        paths: of the captures: the current first, then as far as asked for contact monitor and electrodes' voltage.
        inputs: the oscilloscope's inputs, in the same order.
        length_s: of the record.
        before_s: part of it before the trigger.
        points: most that may come.
        peak: smallest and largest of each interval.
    """

    names: tuple[str, ...]
    paths: tuple[SignalPath, ...]
    inputs: tuple[Input, ...]
    length_s: float
    before_s: float = 0.0
    points: int = RECORD_POINTS
    peak: bool = False


def current_screen(
    rig: Rig, load: Load, name: str, current_a: float, length_s: float, *, points: int = RECORD_POINTS
) -> Screen:
    """The current alone, on a screen that shows plus and minus so much of it with little reserve."""
    path = rig.data.oscilloscope_path(load, HEADROOM_ON_SCREEN * current_a, length_s)
    return Screen((name,), (path,), (input_of(rig, path),), length_s, points=points)


def peak_reach_a(data: BenchData, setpoint: Setpoint) -> float:
    """What the screen of a start holds: more than it may overshoot its level by, or more than the ceiling."""
    return min(HEADROOM_OF_START * setpoint.current_a, HEADROOM_OF_PEAK * data.ceiling_a)


def peak_screen(rig: Rig, load: Load, name: str, reach_a: float, length_s: float) -> Screen:
    """The current with its extremes, on a screen that shows plus and minus so much."""
    path = rig.data.oscilloscope_path(load, reach_a, length_s)
    return Screen((name,), (path,), (input_of(rig, path),), length_s, points=PEAK_POINTS, peak=True)


def off_path(data: BenchData, profile: DeviceProfile, load: Load, length_s: float) -> SignalPath:
    """The oscilloscope's way on a screen that shows what may come of an output that is off."""
    return data.oscilloscope_path(load, _OFF_SEEN * profile.residual_pulse_a.value, length_s)


def off_screen(rig: Rig, load: Load, name: str, length_s: float, *, peak: bool = True) -> Screen:
    """What still comes of an output that is off."""
    path = off_path(rig.data, rig.profile, load, length_s)
    points = PEAK_POINTS if peak else off_points(length_s)
    return Screen((name,), (path,), (input_of(rig, path),), length_s, points=points, peak=peak)


def off_points(length_s: float) -> int:
    """Samples of a record of which means over a period of the mains are taken: one each millisecond and more."""
    return max(RECORD_POINTS, round(2000 * length_s))


def start(rig: Rig, load: Load, setpoint: Setpoint, screen: Screen) -> tuple[Capture, ...]:
    """Output on, with its extremes until it has settled.

    Where the screen cuts them off it is done once more, on one that shows by how much the ceiling is exceeded.
    """
    arm(rig, screen, None)
    rig.stimulator.start(setpoint.channel)
    (peak,) = finish(rig, screen)
    whole_a = HEADROOM_OF_PEAK * rig.data.ceiling_a
    seen = peak.lowest_code < min(peak.codes) and max(peak.codes) < peak.highest_code
    if seen or peak_reach_a(rig.data, setpoint) >= whole_a:
        return (peak,)
    rig.stimulator.stop()
    beyond = peak_screen(rig, load, BEYOND, whole_a, screen.length_s)
    rig.connect_resistors(load)
    zero = zero_of(rig, beyond, f"{BEYOND}-zero")
    rig.connect(load)
    arm(rig, beyond, None)
    rig.start(setpoint)
    return (peak, zero, *finish(rig, beyond))


def with_monitor(rig: Rig, screen: Screen, name: str) -> Screen:
    """The same with the contact monitor beside it."""
    switch = contact_section(rig)
    path = rig.data.direct_path("contact monitor", HEADROOM_ON_SCREEN * switch.monitor_high_v, screen.length_s)
    shown = Input(switch.monitor_oscilloscope_channel, path.range / DIVISIONS_HIGH)
    return replace(screen, names=(*screen.names, name), paths=(*screen.paths, path), inputs=(*screen.inputs, shown))


def with_voltage(rig: Rig, screen: Screen, name: str, volts: float) -> Screen:
    """The same with the electrodes' voltage beside it.

    Raises:
        DefinitionError: this bench has no such input.
    """
    section = rig.data.definition.electrode_voltage
    if section is None:
        raise DefinitionError(rig.data.file, "electrode_voltage", "is missing; the electrodes' voltage cannot be seen")
    path = rig.data.direct_path("electrode voltage", HEADROOM_ON_SCREEN * volts, screen.length_s)
    shown = Input(section.oscilloscope_channel, path.range / DIVISIONS_HIGH, section.probe_ratio)
    return replace(screen, names=(*screen.names, name), paths=(*screen.paths, path), inputs=(*screen.inputs, shown))


def contact_section(rig: Rig) -> ContactSwitch:
    """The contact switch of the bench file.

    Raises:
        DefinitionError: there is none.
    """
    section = rig.data.definition.contact_switch
    if section is None:
        raise DefinitionError(rig.data.file, "contact_switch", "is missing; contact cannot be made and broken in time")
    return section


def monitor_edge(rig: Rig, *, rising: bool) -> Edge:
    """A trigger on the contact being made, or broken."""
    switch = contact_section(rig)
    return Edge(switch.monitor_high_v / 2, rising, switch.monitor_oscilloscope_channel)


def current_edge(screen: Screen, current_a: float, *, rising: bool) -> Edge:
    """A trigger on the current in the loop."""
    return Edge(current_a * screen.paths[0].resistor.resistance_ohm, rising, screen.inputs[0].channel)


def arm(rig: Rig, screen: Screen, edge: Edge | None) -> None:
    """Set the oscilloscope up and have it wait; returns when it says that it is armed."""
    rig.oscilloscope.set_up(
        screen.inputs, screen.length_s, before_s=screen.before_s, points=screen.points, peak=screen.peak
    )
    rig.oscilloscope.arm(edge)


def finish(
    rig: Rig,
    screen: Screen,
    *,
    limit_s: float | None = None,
    plateaus: tuple[Plateau, ...] = (),
    settings: tuple[tuple[str, str], ...] = (),
) -> tuple[Capture, ...]:
    """Wait for the record that was armed."""
    raw = rig.oscilloscope.finish(3 * screen.length_s + 1.0 if limit_s is None else limit_s)
    return tuple(
        Capture(
            name=name,
            codes=record.codes,
            increment_v=record.increment_v,
            origin_v=record.origin_v,
            reference_code=record.reference_code,
            interval_s=record.interval_s,
            start_s=record.start_s,
            lowest_code=record.lowest_code,
            highest_code=record.highest_code,
            path=path,
            plateaus=plateaus,
            settings=(*record.settings, ("peak", "yes" if record.peak else "no"), *settings),
        )
        for name, path, record in zip(screen.names, screen.paths, raw, strict=True)
    )


def take(
    rig: Rig, screen: Screen, edge: Edge | None, *, plateaus: tuple[Plateau, ...] = (), period_s: float = 0.0
) -> Capture:
    """One record of the current; its edge comes within two periods, or not at all."""
    arm(rig, screen, edge)
    trigger = (("trigger", "none" if edge is None else "edge"),)
    limit = 3 * screen.length_s + 2 * period_s + 1.0
    (capture,) = finish(rig, screen, limit_s=limit, plateaus=plateaus, settings=trigger)
    return capture


def zero_of(rig: Rig, screen: Screen, name: str) -> Capture:
    """A short record at the screen's scale, for its zero; the load's contact is open."""
    length = min(screen.length_s, STEADY_RECORD_S)
    first = replace(
        screen,
        names=(name,),
        paths=(replace(screen.paths[0], aperture_s=length),),
        inputs=screen.inputs[:1],
        length_s=length,
        before_s=0.0,
        points=min(screen.points, RECORD_POINTS),
    )
    return take(rig, first, None)


def zero_reading(rig: Rig, path: SignalPath, pace: Pace = THOROUGH) -> Reading:
    """The multimeter's zero on the range that will be used; the load's contact is open."""
    return rig.read("zero", path, pace.zero, None, "load contact open")


@contextmanager
def connected(rig: Rig, load: Load, channel: int, *, touched: bool = True) -> Iterator[None]:
    """Have the load, the electrodes of a channel and the contact in the loop; output off before and after."""
    rig.connect(load)
    rig.connect_electrodes(channel)
    rig.touch(closed=touched)
    yield
    rig.check_running(channel)
    rig.stimulator.stop()


def told_to_start(rig: Rig, channel: int) -> str:
    """Tell a channel to start; the unit's answer in a word."""
    try:
        rig.stimulator.start(channel)
    except Refused:
        return "refused"
    return "started"


def residual_after(rig: Rig, channel: int, pace: Pace = THOROUGH) -> Reading:
    """The residual current after output off; on one above its limit the electrodes are opened under current."""
    rig.contact(closed=True)
    residual = residual_through_safe_load(rig, channel, pace.cycles / rig.data.definition.mains_frequency_hz)
    if is_live(rig, residual):
        rig.open_electrodes()
        rig.open_loads()
        rig.note("unit-live", live_text(rig, residual, rig.data.safe_load))
    return residual


def plateaus_of(setpoint: Setpoint, *, triggered: bool, aperture_s: float | None = None) -> tuple[Plateau, ...]:
    """Where the phases are in a record: from the first phase on where it was triggered, else everywhere.

    Args:
        setpoint: whose phases they are.
        triggered: the record begins with the first phase.
        aperture_s: of the multimeter's readings in the same plateaus, so that both see the same stretch.
    """
    if setpoint.frequency_hz is None:
        return tuple(Plateau(phase, 0.0, STEADY_RECORD_S) for phase in setpoint.polarity.phases)
    if not triggered:
        return ()
    each = setpoint.phase_s or 0.0
    length = (PLATEAU_END - PLATEAU_START) * each if aperture_s is None else aperture_s
    return tuple(
        Plateau(phase, (number + PLATEAU_START) * each, (number + PLATEAU_START) * each + length)
        for number, phase in enumerate(setpoint.polarity.phases)
    )


def record_length_s(setpoint: Setpoint) -> float:
    """Length of a record of the plateaus: one period, the pulses of one, or a fixed stretch of d.c."""
    if setpoint.pulse_width_s is not None:
        return _PULSES_SHOWN * setpoint.pulse_width_s
    return STEADY_RECORD_S if setpoint.frequency_hz is None else 1.0 / setpoint.frequency_hz


def can_trigger(setpoint: Setpoint, path: SignalPath) -> bool:
    """True where the alternation is large enough for any oscilloscope of the family to trigger on."""
    swing = setpoint.current_a * (2 if setpoint.polarity is Polarity.BIPOLAR else 1)
    return swing * path.resistor.resistance_ohm >= _LEAST_TRIGGER_V


def gated_path(data: BenchData, load: Load, setpoint: Setpoint, pace: Pace = THOROUGH) -> SignalPath:
    """Path of the plateau readings, with an aperture that fits into the gate.

    Raises:
        DefinitionError: not one cycle of the mains fits.
    """
    if setpoint.frequency_hz is None:
        return data.multimeter_path(load, setpoint.current_a, pace.cycles / data.definition.mains_frequency_hz)
    inside = (PLATEAU_END - PLATEAU_START) * (setpoint.phase_s or 0.0)
    if setpoint.pulse_width_s is not None:
        return data.multimeter_path(load, setpoint.current_a, math.floor(inside / _APERTURE_STEP_S) * _APERTURE_STEP_S)
    cycles = min(data.cycles_within(inside), pace.cycles)
    if not cycles:
        problem = f"at {setpoint.frequency_hz:g} Hz no reading over a whole mains cycle fits into a plateau"
        raise DefinitionError(data.file, "mains_frequency_hz", problem)
    return data.multimeter_path(load, setpoint.current_a, cycles / data.definition.mains_frequency_hz)


def read_plateaus(
    rig: Rig,
    setpoint: Setpoint,
    path: SignalPath,
    *,
    count: int,
    prefix: str = "",
    beside_a: float = 0.0,
    entering: tuple[float, ...] = (ENTERING,),
) -> tuple[tuple[Reading, ...], bool]:
    """The multimeter inside each half period, and whether the alternation was seen.

    Both gates hang on the same edge, where one direction begins: what a unit does in the middle of a phase moves
    neither. Where no direction ever begins, the readings are taken freely. A current that somebody else drives through
    the load meanwhile, `beside_a`, moves the edge by as much. The edge is looked for at one share of the level after
    the other, `entering`: more than one where the current may have fallen.
    """
    if setpoint.frequency_hz is None:
        name = prefix + setpoint.polarity.value
        return (read_within(rig, name, path, count, None, how="continuous"),), True
    bipolar = setpoint.polarity is Polarity.BIPOLAR

    def halves(entered: Polarity, share: float) -> tuple[Reading, ...]:
        """Both halves from an edge into this direction on; empty where there is none."""
        names = (entered.value, _opposite(entered).value) if bipolar else (setpoint.polarity.value, "inactive")
        edge_a = share * setpoint.current_a * entered.sign + beside_a
        try:
            active = _gated(rig, setpoint, path, prefix + names[0], entered, half=0, count=count, edge_a=edge_a)
        except TimeLimitExceeded:
            return ()
        return active, _gated(rig, setpoint, path, prefix + names[1], entered, half=1, count=count, edge_a=edge_a)

    # Both directions of a bipolar setting in turn, so that a dead one is seen.
    for share, entered in product(entering, setpoint.polarity.phases):
        if found := halves(entered, share):
            return found, True
    expected = [phase.value for phase in setpoint.polarity.phases] + ([] if bipolar else ["inactive"])
    how = "continuous: no alternation was seen"
    free = tuple(read_within(rig, prefix + name, path, count, None, how=how, steady=False) for name in expected)
    # A unit whose directions are exchanged alternates, too: the other way.
    least_v = _FLOWS * setpoint.current_a * path.resistor.resistance_ohm
    flows = any(abs(volts) > least_v for reading in free for volts in reading.values_v)
    if flows and not bipolar and (found := halves(_opposite(setpoint.polarity), entering[0])):
        return found, True
    return free, False


def _opposite(phase: Polarity) -> Polarity:
    return Polarity.NEGATIVE if phase is Polarity.POSITIVE else Polarity.POSITIVE


def _gated(
    rig: Rig,
    setpoint: Setpoint,
    path: SignalPath,
    name: str,
    phase: Polarity,
    *,
    half: int,
    count: int,
    edge_a: float,
) -> Reading:
    """Readings in the phase that begins with a direction (0), or in the one after it (1)."""
    period = 1.0 / (setpoint.frequency_hz or 1.0)
    delay = (half + PLATEAU_START) * (setpoint.phase_s or period / 2)
    level = edge_a * path.resistor.resistance_ohm
    rising = phase is Polarity.POSITIVE
    how = f"{delay:g} s after {'rising' if rising else 'falling'} through {level:g} V"
    return read_within(rig, name, path, count, Gate(level, rising, delay, period), how=how)


def read_within(
    rig: Rig, name: str, path: SignalPath, count: int, gate: Gate | None, *, how: str, steady: bool = True
) -> Reading:
    """Readings on the first range that holds them, from that of the path on: a unit may give more than it should.

    Args:
        rig: the bench.
        name: of the reading.
        path: on the range that ought to do.
        count: of readings.
        gate: inside which plateau, None for at once.
        how: the same in words.
        steady: the current stays as it is while it is read; else its mean may be less than what overloads.

    Raises:
        Overload: beyond every range.
        BadAnswer: the next range reads less than what overloads this one: one of the two answers is wrong.
    """
    try:
        return rig.read(name, path, count, gate, how)
    except Overload:
        coarser = rig.data.coarser_path(path)
        if coarser is None:
            raise
    beyond = f"{how}, beyond the {path.range:g} V range"
    reading = read_within(rig, name, coarser, count, gate, how=beyond, steady=steady)
    if steady and max(abs(value) for value in reading.values_v) < path.range:
        raise no_overload(path, reading)
    return reading


def take_plateaus(rig: Rig, setpoint: Setpoint, screen: Screen, *, seen: bool, aperture_s: float | None) -> Capture:
    """A record that begins with the first phase, where the alternation can be triggered on.

    Args:
        rig: the bench.
        setpoint: that runs.
        screen: what is shown.
        seen: the multimeter saw the alternation.
        aperture_s: of its readings.
    """
    if setpoint.frequency_hz is None:
        return take(rig, screen, None, plateaus=plateaus_of(setpoint, triggered=False))
    if not seen or not can_trigger(setpoint, screen.paths[0]):
        return take(rig, screen, None)
    first = setpoint.polarity.phases[0]
    rises = first is Polarity.POSITIVE
    plateaus = plateaus_of(setpoint, triggered=True, aperture_s=aperture_s)
    # Half way into a direction, not at zero: an output that has decayed to nothing crosses that all the time. The first
    # phase begins where a second one ends; of a single one that is exchanged, where that one begins.
    again = rises if setpoint.polarity is Polarity.BIPOLAR else not rises
    for fraction, rising in ((_HALF * first.sign, rises), (-_HALF * first.sign, again)):
        edge = current_edge(screen, fraction * setpoint.current_a, rising=rising)
        try:
            return take(rig, screen, edge, plateaus=plateaus)
        except TimeLimitExceeded:
            rig.oscilloscope.stop()
    return take(rig, screen, None)


def peak_reference(
    rig: Rig, setpoint: Setpoint, extremes: Screen, *, seen: bool, aperture_s: float
) -> tuple[Capture, ...]:
    """The plateau on the screen of the extremes, which the multimeter's reading scales; none without plateaus."""
    length = record_length_s(setpoint)
    shown = replace(extremes, names=("peak-reference",), length_s=length, points=RECORD_POINTS, peak=False)
    record = take_plateaus(rig, setpoint, shown, seen=seen, aperture_s=aperture_s)
    return (record,) if record.plateaus else ()


def input_of(rig: Rig, path: SignalPath) -> Input:
    """How the oscilloscope is set to show a current on its way."""
    wiring = rig.data.definition.oscilloscope_input
    return Input(wiring.channel, path.range / DIVISIONS_HIGH, wiring.probe_ratio)
