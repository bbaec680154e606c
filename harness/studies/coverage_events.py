"""The truth of contact events: discharges, rises, gaps, losses, trips."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.setpoint import Method, Polarity
from harness.studies.coverage_states import Case, pairs, plateau, states, whole_periods
from harness.studies.coverage_watch import Stretch

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from harness.capture import Capture

SETTLED_S = 20e-6
_EARLY_S = 5e-3
_EARLY_MEAN_S = 100e-6
_LEVEL_MEAN_S = 5e-6
_CLOSE_UP_S = 0.5e-3
_LOOK_S = 500e-6
_MONITOR_HYSTERESIS = 0.3
_NUMBERED = re.compile(r"\.\d+$")
_PULSE_WIDTHS = 1.6
"""1.5 widths, and the moving mean of a tenth of one that makes every run longer."""

_OFF_SHARE = 0.02
_BEGIN, _END = 0.1, 0.9
_AT_THE_END = 0.1
_ACTIVE = 0.8


def _records(case: Case, name: str) -> list[Capture]:
    found = [c for c in case.observation.captures if _NUMBERED.sub("", c.name) == name and "." in c.name]
    if not found:
        raise NotMeasurable(f"{case.observation.key} holds no record {name}.1")
    return found


class _Event:
    """One record of a contact event: when it really reached, and when the contact was really lost and made."""

    def __init__(self, case: Case, capture: Capture) -> None:
        taken = case.watch.of(capture)
        half_v = case.truth.peak(taken, "monitor-voltage") / 2
        edges = case.truth.crossings(taken, half_v, _MONITOR_HYSTERESIS * half_v, "monitor-voltage")
        if not edges:
            raise NotMeasurable(f"{case.observation.key}: the contact monitor did not switch")
        falls, rises = ([edge.at_s for edge in edges if edge.rising is rising] for rising in (False, True))
        # Triggered on contact made, or on contact lost: on what came first.
        trigger_s = edges[0].at_s
        self.record = Stretch(
            max(trigger_s + capture.start_s, taken.from_s),
            min(trigger_s + capture.start_s + len(capture.codes) * capture.interval_s, taken.to_s),
        )
        plus, monitor = (case.truth.hidden()["contact_switch"][name] for name in ("plus", "monitor"))
        inside = [at for at in rises if at <= self.record.to_s]
        if not inside:
            raise NotMeasurable(f"{case.observation.key}: the contact was not made")
        self.contact_s: float = inside[-1] + plus["operate_s"] - monitor["operate_s"]
        # Only where contact was lost first; nobody asks for it elsewhere.
        self.loss_s: float = falls[0] + plus["release_s"] - monitor["release_s"] if falls else math.nan


def _above(case: Case, over: Stretch) -> list[Stretch]:
    """The stretches in which the current is above the argument `above`, either sign."""
    above_a = abs(float(case.arguments["above"]))
    found = []
    for level, rising in ((above_a, True), (-above_a, False)):
        crossings = case.truth.crossings(over, level)
        if crossings and crossings[-1].rising is rising:
            found.append(Stretch(crossings[-1].at_s, over.to_s))
        found += pairs(crossings, rising=rising)
    return found


def _worst_event(case: Case, of: Callable[[list[Stretch]], float]) -> float:
    is_gap = case.observation.point.method is Method.GAP
    worst = 0.0
    for capture in _records(case, "gap" if is_gap else "event"):
        event = _Event(case, capture)
        over = Stretch(event.loss_s if is_gap else event.record.from_s, event.record.to_s)
        worst = max(worst, of(_above(case, over)))
    return worst


def time_above(case: Case) -> float:
    """How long the discharge is above a current."""
    return _worst_event(case, lambda parts: math.fsum(part.length_s for part in parts))


def charge_above(case: Case) -> float:
    """Charge of the discharge in excess of a current."""
    above_a = abs(float(case.arguments["above"]))
    return _worst_event(
        case, lambda parts: math.fsum(abs(case.truth.charge(part)) - above_a * part.length_s for part in parts)
    )


def _largest(case: Case, over: Stretch, mean_s: float) -> float:
    """Largest magnitude of the moving mean within a stretch."""
    step_s = mean_s / 20
    values = np.array(case.truth.samples(over, step_s))
    return float(np.abs(_moving_mean(values, 20)).max())


def _moving_mean(values: NDArray[np.float64], over: int) -> NDArray[np.float64]:
    return np.convolve(values, np.full(over, 1 / over), mode="valid") if values.size > over else values


def _level(case: Case, name: str) -> float:
    """Largest from 20 µs after contact to the end of the record: low-passed as long as a discharge may still fade."""
    largest = 0.0
    for capture in _records(case, name):
        event = _Event(case, capture)
        begin, close = event.contact_s + SETTLED_S, event.contact_s + _CLOSE_UP_S
        largest = max(largest, _largest(case, Stretch(begin, close), _LEVEL_MEAN_S))
        largest = max(largest, case.truth.peak(Stretch(close, event.record.to_s)))
    return largest


def level_after_contact(case: Case) -> float:
    """Largest current from 20 µs after contact on, less the plateau."""
    return _level(case, "level" if case.observation.point.method is Method.TOUCH else "gap") - _plateau(case)


def cycles_peak(case: Case) -> float:
    """The same of ten closings."""
    return _level(case, case.arguments["event"]) - _plateau(case)


def _plateau(case: Case) -> float:
    """The plateau that excuses an error of the level, as far as its tolerance goes."""
    most = (1 + float(case.arguments["tolerance"])) * case.setpoint.current_a
    return min(most, max(abs(_reference(case, phase)) for phase in case.setpoint.polarity.phases))


def early_current(case: Case) -> float:
    """Largest current from 20 µs to 5 ms after contact, or over one period of slower pulses."""
    length_s = max(_EARLY_S, 1 / (case.setpoint.frequency_hz or math.inf)) if _rests(case) else _EARLY_S
    largest = 0.0
    for capture in _records(case, "rise" if case.observation.point.method is Method.FIRST_CONTACT else "gap"):
        begin = _Event(case, capture).contact_s
        over = Stretch(begin + SETTLED_S, begin + length_s)
        largest = max(largest, _largest(case, over, _EARLY_MEAN_S))
    return largest


def _rests(case: Case) -> bool:
    """Whether the settled output rests between its phases: for more than a fifth of the time."""
    if not any(capture.name == "settled" for capture in case.observation.captures):
        return False
    shown = case.capture("settled")
    whole = whole_periods(case, shown)
    every = [state for phase in case.setpoint.polarity.phases for state in states(case, shown, phase)]
    active = math.fsum(state.length_s for state in every if whole.from_s <= state.from_s < whole.to_s)
    return active < _ACTIVE * whole.length_s


def _rise(case: Case) -> tuple[float, _Event]:
    """Magnitude of the plateau, and the record of the rise."""
    (capture,) = _records(case, "rise")
    return abs(_reference(case, case.setpoint.polarity.phases[0])), _Event(case, capture)


def _reference(case: Case, phase: Polarity) -> float:
    """The plateau that was recorded after the rise, which may be that of another mode."""
    record = case.observation.capture("reference")
    inside = [each for each in record.plateaus if each.phase is phase]
    over = case.watch.of(record)
    # Of d.c. the record is a plateau; what alternates is looked at where it is one.
    steady = not inside or inside[0].from_s == 0.0
    return case.truth.mean(over) if steady else plateau(case, over, phase)


def rise_time(case: Case) -> float:
    """From 10 to 90 % of the plateau, by the first time that the magnitude reaches each."""
    if case.observation.point.method is Method.OVERCURRENT:
        over = case.capture("restart.1")
        level_a = abs(case.truth.mean(Stretch(over.to_s - _AT_THE_END * over.length_s, over.to_s)))
    else:
        level_a, event = _rise(case)
        over = Stretch(event.contact_s + SETTLED_S, event.record.to_s)
    first = {share: _first_beyond(case, over, share * level_a) for share in (_BEGIN, _END)}
    return first[_END] - first[_BEGIN]


def _first_beyond(case: Case, over: Stretch, level_a: float) -> float:
    times = [
        crossing.at_s
        for sign in (1, -1)
        for crossing in case.truth.crossings(over, sign * level_a)[:1]
        if crossing.rising is (sign > 0)
    ]
    if not times:
        raise NotMeasurable(f"{case.observation.key}: the current never came to {level_a:g} A")
    return min(times)


def rise_overshoot(case: Case) -> float:
    """Largest current after contact, relative to the plateau, less one."""
    level_a, event = _rise(case)
    return case.truth.peak(Stretch(event.contact_s + SETTLED_S, event.record.to_s)) / level_a - 1


def gap_deviation(case: Case) -> float:
    """Largest difference between a real gap and the one asked for."""
    asked_s = float(case.observation.point.variant.removesuffix("ms")) * 1e-3
    name = "fine" if case.observation.point.method is Method.LOSS else "gap"
    events = [_Event(case, capture) for capture in _records(case, name)]
    return max(abs(event.contact_s - event.loss_s - asked_s) for event in events)


def loss_voltage_time(case: Case) -> float:
    """From the loss until the electrodes' voltage stays below the level, sense pulses apart; the longest."""
    level_v = abs(float(case.arguments["level"]))
    longest_s = _PULSE_WIDTHS * abs(float(case.arguments["width"]))
    worst = 0.0
    for capture in _records(case, "voltage"):
        event = _Event(case, capture)
        open_ = Stretch(event.loss_s, event.contact_s)
        ends = [0.0]
        for sign in (1, -1):
            beyond = case.truth.crossings(open_, sign * level_v, 0.0, "electrode-voltage")
            began = open_.from_s
            for each in beyond:
                if each.rising is (sign > 0):
                    began = each.at_s
                elif began == open_.from_s or each.at_s - began > longest_s:
                    ends.append(each.at_s - event.loss_s)
        worst = max(worst, *ends)
    return worst


def loss_current(case: Case) -> float:
    """Mean current from 20 to 500 µs after contact, declared sense pulses left out; the largest magnitude."""
    pulse_a = abs(float(case.arguments["pulse"]))
    largest = 0.0
    for capture in _records(case, "fine"):
        begin = _Event(case, capture).contact_s
        values = np.array(case.truth.samples(Stretch(begin + SETTLED_S, begin + _LOOK_S), 0.5e-6))
        rest = values[np.abs(values) <= pulse_a / 2]
        largest = max(largest, abs(float((rest if rest.size else values).mean())))
    return largest


def trip_time(case: Case) -> float:
    """From the total exceeding `above` until the unit's own share is off for good."""
    above_a, off_a = abs(float(case.arguments["above"])), _OFF_SHARE * case.setpoint.current_a
    over = case.capture("trip.1")
    begins = [each.at_s for each in case.truth.crossings(over, above_a) if each.rising]
    own = case.truth.crossings(over, off_a, 0.0, "source-current")
    ends = [each.at_s for each in own if not each.rising]
    if not begins or not ends:
        raise NotMeasurable(f"{case.observation.key}: nothing tripped")
    return max(ends) - begins[0]
