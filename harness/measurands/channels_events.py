"""Spikes at events, what comes after output off, directions after a change, and interruptions of a lead.

A record of an event is begun before the command, so that when it came has to be found: where the current, low-passed
over 2 µs, passes half of the level after a millisecond without doing so. What follows within 20 µs of that is an edge;
ringing, which passes it again and again, is none.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.channels import change_of_reading
from harness.measurands.excess import TOLERANCE, above_plateau
from harness.measurands.extremes import Candidate, extreme, smallest
from harness.measurands.instants import SETTLED_S, Stretch, stretch
from harness.measurands.oscilloscope import Calibration, scaled_currents
from harness.measurands.paths import from_multimeter
from harness.measurands.registry import PHASE, phase_of, register
from harness.measurands.timing import PERIODS, mean_frequency, periods_of
from harness.metrology import Budget
from harness.quantity import finite
from harness.setpoint import Polarity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.capture import Observation, Reading
    from harness.measurands.oscilloscope import Currents
    from harness.quantity import Derivation, Measurement
    from harness.setpoint import Setpoint

EVENT = {"event": frozenset({"on", "down", "up", "reverse", "back", "retime", "off"})}
_MEAN_S = 2e-6
_OFF_MEAN_S = 20e-6
_LEAST_SAMPLES = 8
"""In a mean, also of a slow record: a single sample's noise would hide a tenth of the level."""

_QUIET_S = 1e-3
_HALF = 0.5
_PART_OF_PERIOD = 0.25
_OF_A_COUNT = 0.05
_OFF = 0.1
_NOTHING = 0.05
"""Share of a record's end, in which an event has to be over."""


@register("event-peak", 2, {**EVENT, **TOLERANCE})
def _event_peak(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest current in the record of an event but for 20 µs after each edge, less the plateau, in A.

    Where the screen cuts it off, a lower bound.
    """
    return _peak(observation, derivation, edges=False)


@register("event-extreme", 1, EVENT)
def _event_extreme(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest current in the whole record of an event, in A; cut off by the screen, a lower bound."""
    return _peak(observation, derivation, edges=True)


def _peak(observation: Observation, derivation: Derivation, *, edges: bool) -> Measurement:
    budget, event = Budget(), dict(derivation.arguments)["event"]
    currents, part = _shown(budget, observation, event)
    _check_over(observation, event, part)
    magnitude = np.abs(part.amperes)
    if not edges:
        magnitude = np.where(_after_edges(part, _HALF * observation.point.setpoint.current_a), 0.0, magnitude)
    at = int(magnitude.argmax())
    value = _magnitude(budget, "largest current", currents, part, at)
    if not edges:
        value = above_plateau(budget, observation, derivation, value)
    return budget.measurement(value, "A", derivation, currents.captures)


def _magnitude(budget: Budget, name: str, currents: Currents, part: Stretch, at: int) -> Any:
    """The magnitude of a largest value, in A.

    Noise lifts the largest of many means by up to so much, and not at all where one stands out: half is taken off.
    """
    value = currents.value(budget, name, float(part.amperes[at]), part.over)
    half = part.noise_of_largest_a / 2
    lifted = budget.bounded(f"{name}: of noise", half, half, None, "extreme of the means, or none of it")
    return (-value if float(value.x) < 0 else value) - lifted


@register("after-off-peak", 1)
def _after_off(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest current from 20 µs after the output went off on command, in A.

    Off: below a tenth of the level for a millisecond, for the first time. One that never is has all of the record.
    """
    budget = Budget()
    currents, part = _shown(budget, observation, "off", _OFF_MEAN_S)
    low = np.abs(part.amperes) < _OFF * observation.point.setpoint.current_a
    needed = max(1, round(_QUIET_S / part.interval_s))
    # How many low values in a row end at each: the first row that is long enough begins the state.
    high = np.flatnonzero(~low)
    bounds = np.concatenate(([-1], high, [low.size]))
    long = np.flatnonzero(np.diff(bounds) - 1 >= needed)
    begin = int(bounds[long[0]]) + 1 if long.size else 0
    first = min(begin + round(SETTLED_S / part.interval_s), part.amperes.size - 1) if long.size else 0
    at = first + int(np.abs(part.amperes[first:]).argmax())
    value = _magnitude(budget, "after off", currents, part, at)
    return budget.measurement(value, "A", derivation, currents.captures)


def _shown(budget: Budget, observation: Observation, event: str, mean_s: float = _MEAN_S) -> tuple[Currents, Stretch]:
    (currents,) = scaled_currents(budget, observation, (f"event-{event}",), Calibration())
    least_s = max(mean_s, _LEAST_SAMPLES * currents.interval_s)
    return currents, stretch(currents, currents.start_s, currents.end_s, least_s)


def _check_over(observation: Observation, event: str, part: Stretch) -> None:
    """Make sure that what was commanded happened within the record, where its end tells.

    Raises:
        NotMeasurable: it did not: the event may come later, where nobody looks.
    """
    setpoint, samples = observation.point.setpoint, round(_NOTHING * part.amperes.size)
    rests = setpoint.polarity is not Polarity.BIPOLAR and setpoint.frequency_hz is not None
    if rests:
        # Half of each period nothing flows: a whole one tells.
        samples = min(math.ceil(1 / (setpoint.frequency_hz or 1.0) / part.interval_s), part.amperes.size)
    above = np.abs(part.amperes[-max(1, samples) :]) >= _HALF * setpoint.current_a
    flows = bool(above.mean() >= (_PART_OF_PERIOD if rests else _HALF))
    if (event == "on" and not flows) or (event in {"down", "off"} and flows):
        state = "flows" if flows else "does not flow"
        raise NotMeasurable(f"{observation.key}-event-{event}: the current {state} where the record ends")


def _after_edges(part: Stretch, half_a: float) -> NDArray[np.bool_]:
    """True from each edge until 20 µs after it."""
    state = np.where(part.amperes > half_a, 1, np.where(part.amperes < -half_a, -1, 0))
    changes = np.flatnonzero(np.diff(state)) + 1
    quiet = round(_QUIET_S / part.interval_s)
    first = changes[np.diff(changes, prepend=-quiet) >= quiet]
    result = np.zeros(part.amperes.size, dtype=np.bool_)
    for at in first:
        result[max(0, at - part.over) : at + math.ceil(SETTLED_S / part.interval_s)] = True
    return result


@register("setting-obeyed", 1, {"event": frozenset({"down", "up", "reverse", "back", "retime"})})
def _obeyed(observation: Observation, derivation: Derivation) -> Measurement:
    """How far the plateau after a change is from what the change asked for, of the latter; of both phases the worse.

    Along the direction that was asked for: one that flows the other way is off by twice the level.
    """
    event = dict(derivation.arguments)["event"]
    asked_a, zero = _asked(observation, "a", event), observation.reading("zero")
    found = []
    for phase in (Polarity.POSITIVE, Polarity.NEGATIVE):
        for reading in observation.readings:
            if reading.name == f"{event}-{phase.value}":
                budget = Budget()
                found.append((budget, phase.sign * from_multimeter(budget, reading, zero)))
    if not found:
        raise NotMeasurable(f"{observation.key}: no plateau was read after {event}")
    budget, current = max(found, key=lambda each: abs(float(each[1].x) - asked_a))
    return budget.measurement(current / asked_a - 1.0, "1", derivation)


@register("frequency-obeyed", 1)
def _retimed(observation: Observation, derivation: Derivation) -> Measurement:
    """How far the frequency after its change is from what was asked for, of the latter."""
    asked_hz = _asked(observation, "hz", "retime")
    setpoint = replace(observation.point.setpoint, frequency_hz=asked_hz)
    seen = replace(observation, point=replace(observation.point, setpoint=setpoint))
    budget = Budget()
    frequency = mean_frequency(budget, periods_of(seen))
    names = tuple(f"{observation.key}-{name}" for name in ("zero", PERIODS))
    return budget.measurement(frequency / asked_hz - 1.0, "1", derivation, names)


def _asked(observation: Observation, what: str, event: str) -> float:
    """What a change asked for, in A or Hz.

    Raises:
        NotMeasurable: the observation does not say.
    """
    text = dict(observation.indicated).get(f"asked_{what}.{event}")
    if text is None:
        raise NotMeasurable(f"{observation.key}: what {event} asked for was not written down")
    return finite(f"asked_{what}.{event}", float(text))


def _along(observation: Observation, derivation: Derivation, readings: list[Reading]) -> Measurement:
    if not readings:
        raise NotMeasurable(f"{observation.key}: no plateau was read after the change")
    found = []
    for reading in readings:
        budget = Budget()
        current = from_multimeter(budget, reading, observation.reading("zero"))
        found.append(Candidate(budget, -current if reading.name.endswith("negative") else current))
    return extreme(found, "A", derivation, smallest)


@register("plateau-after-mode", 2, PHASE)
def _plateau_after_mode(observation: Observation, derivation: Derivation) -> Measurement:
    """Current along the setting in one phase after a change of mode, in A; of all changes the least.

    Raises:
        NotMeasurable: no mode was changed.
    """
    phase = phase_of(derivation)
    found = [r for r in observation.readings if r.name.startswith("from") and r.name.endswith(f"-{phase.value}")]
    return _along(observation, derivation, found)


@register("plateau-change", 1, PHASE)
def _plateau_change(observation: Observation, derivation: Derivation) -> Measurement:
    """Change of a plateau from before to after, in A; both readings on one range."""
    phase = phase_of(derivation)
    budget = Budget()
    change = change_of_reading(budget, observation.reading(phase.value), observation.reading(f"after-{phase.value}"))
    return budget.measurement(phase.sign * change, "A", derivation)


@register("interruptions", 2)
def _interruptions(observation: Observation, derivation: Derivation) -> Measurement:
    """How often the current fell below half of its level where it is due, while it was watched.

    By intervals with their smallest and largest value: current flows in one that lies wholly beyond half of the level
    in one direction, or that reaches beyond it in both, which is an edge. One or two intervals between opposite
    directions may be an edge between two intervals and are not counted. Neighbouring intervals are one interruption.
    Of short pulses every interval holds a whole period, and has to reach beyond half of the level in each direction of
    the setting. A wave that rests half of each period has gaps of that length; any other gap is an interruption.
    """
    budget, setpoint = Budget(), observation.point.setpoint
    (currents,) = scaled_currents(budget, observation, ("watched",), Calibration(reference=None))
    half = _HALF * setpoint.current_a
    pairs = currents.amperes[: currents.amperes.size // 2 * 2].reshape(-1, 2)
    low, high = pairs.min(axis=1), pairs.max(axis=1)
    way = np.where(low >= half, 1, np.where(high <= -half, -1, 0))
    if setpoint.pulse_width_s is None:
        missing = (way == 0) & ~((low <= -half) & (high >= half))
    else:
        reached = [high >= half if phase.sign > 0 else low <= -half for phase in setpoint.polarity.phases]
        missing = ~np.logical_and.reduce(reached)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], missing.astype(np.int8), [0]))))
    rest = _rest_in_intervals(setpoint, 2 * currents.interval_s)
    count = sum(
        not (_is_edge(way, int(begin), int(end)) or _is_rest(way, int(begin), int(end), rest))
        for begin, end in edges.reshape(-1, 2)
    )
    number = budget.bounded("count", float(count), _OF_A_COUNT, None, "whole interruptions are counted")
    return budget.measurement(number, "1", derivation, currents.captures)


_WIDEST_EDGE = 2
_REST = 0.1
"""Share of its length by which a rest may be another one and still be the wave's own."""


def _is_edge(way: NDArray[np.int_], begin: int, end: int) -> bool:
    """Whether intervals without a direction lie between two opposite ones."""
    if end - begin > _WIDEST_EDGE or begin == 0 or end == way.size:
        return False
    return int(way[begin - 1]) * int(way[end]) < 0


def _rest_in_intervals(setpoint: Setpoint, interval_s: float) -> float:
    """How long nothing flows in each period of a long wave that goes one way, in intervals; else 0."""
    one_way = setpoint.polarity is not Polarity.BIPOLAR and setpoint.pulse_width_s is None
    return 0.5 / setpoint.frequency_hz / interval_s if one_way and setpoint.frequency_hz is not None else 0.0


def _is_rest(way: NDArray[np.int_], begin: int, end: int, rest: float) -> bool:
    """Whether a gap is as long as a rest, each of whose edges may take an interval more; shorter where it is cut."""
    if not rest:
        return False
    length, unsure = end - begin, _REST * rest + _WIDEST_EDGE
    cut = begin == 0 or end == way.size
    return length <= rest + unsure and (cut or length >= rest - unsure)
