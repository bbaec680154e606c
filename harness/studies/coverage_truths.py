"""The truth of every quantity: what a perfect instrument would have said of what really flowed.

Each function has the name of its measurand and answers in its unit, by its definition (`harness/measurands`). Currents
in the plateau are those of the unit over many mains cycles; largest values are those of all that flows.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from harness.errors import NotMeasurable
from harness.setpoint import Method, Polarity
from harness.studies import coverage_events as events
from harness.studies.coverage_states import Case, at_mid_level, of_state, pairs, plateau, some, states, whole_periods
from harness.studies.coverage_watch import Stretch

if TYPE_CHECKING:
    from collections.abc import Callable

_POWER_LOAD_OHM = 500.0
_WINDOW_S = 1.0
_SLOW_HZ = 1.0
_LEAST_STRETCH_S = 0.2
_PERIODS_ENOUGH = 4.5
_TOP_BEGINS, _TOP_ENDS = (0.05, 0.10), (0.90, 0.95)
_TOP_SPAN = 0.85
_EDGE_S = 190e-6
_BEFORE_EDGE_S = (8e-6, 2e-6)
_SETTLED_S = (100e-6, 190e-6)
_ALIKE = 0.05


def _whole_mains(case: Case, over: Stretch) -> Stretch:
    """The longest part of a stretch that is a whole number of mains cycles."""
    mains_hz = case.observation.readings[0].path.surroundings.mains_frequency_hz
    cycles = max(1, math.floor(over.length_s * mains_hz))
    return Stretch(over.from_s, min(over.to_s, over.from_s + cycles / mains_hz))


# What the multimeter reads.


def _read_in_phase(case: Case, name: str, phase: Polarity) -> float:
    return plateau(case, _whole_mains(case, case.reading(name)), phase)


def _plateau_magnitude(case: Case) -> float:
    return abs(_read_in_phase(case, case.phase.value, case.phase))


def _along(case: Case) -> float:
    return case.phase.sign * _read_in_phase(case, case.phase.value, case.phase)


def _plateau_after(case: Case) -> float:
    return abs(_read_in_phase(case, f"after-{case.phase.value}", case.phase))


def _of_reading(name: str) -> Callable[[Case], float]:
    return lambda case: case.truth.mean(_whole_mains(case, case.reading(name)))


def _opposite(case: Case) -> float:
    """The mean in the pauses, from 25 to 70 % of each."""
    over, polarity = case.reading("inactive"), case.setpoint.polarity
    found = states(case, over, polarity)
    pauses = [Stretch(one.to_s, other.from_s) for one, other in itertools.pairwise(found)]
    parts = [case.truth.mean(of_state(pause, (0.25, 0.70))) for pause in some(pauses)]
    return polarity.sign * math.fsum(parts) / len(parts)


def _net(case: Case) -> float:
    name = "periods" if (case.setpoint.frequency_hz or 0.0) < _SLOW_HZ else ""
    over = case.capture(name) if name else case.reading("mean")
    return case.truth.mean(whole_periods(case, over))


def _balance(case: Case) -> float:
    return sum(_read_in_phase(case, phase.value, phase) for phase in case.setpoint.polarity.phases) / 2


def _net_charge(case: Case) -> float:
    return _net(case) * _period(case)


def _net_in_time(case: Case) -> float:
    """Of whole periods in the beginning of the readings: nothing changes in a minute."""
    over, frequency = case.reading("mean"), case.setpoint.frequency_hz
    if frequency is None:
        return case.truth.mean(_whole_mains(case, over))
    enough = max(_LEAST_STRETCH_S, _PERIODS_ENOUGH / frequency)
    return case.truth.mean(whole_periods(case, Stretch(over.from_s, over.from_s + enough)))


def _net_charge_in_time(case: Case) -> float:
    reading = case.observation.reading("mean")
    return _net_in_time(case) * len(reading.values_v) * reading.path.aperture_s


# What the oscilloscope records of a waveform.


def _amplitude(case: Case) -> float:
    return abs(plateau(case, case.capture("periods"), case.phase))


def _peak(name: str) -> Callable[[Case], float]:
    return lambda case: case.truth.peak(case.capture(name))


def _droop(case: Case) -> float:
    over = case.capture("periods")
    ratios = []
    for phase in case.setpoint.polarity.phases:
        found = some(states(case, over, phase))
        first, last = (
            math.fsum(case.truth.mean(of_state(state, part)) for state in found) for part in (_TOP_BEGINS, _TOP_ENDS)
        )
        ratios.append(last / first)
    return float(1 - min(ratios) ** (1 / _TOP_SPAN))


def _period(case: Case) -> float:
    """Mean period; of a staircase that of the step that was measured, the nearest one."""
    begins = [state.from_s for state in states(case, case.capture("periods"), case.setpoint.polarity.phases[0])]
    every = [later - earlier for earlier, later in itertools.pairwise(begins)]
    if max(every) / min(every) > 1 + _ALIKE:
        measured = case.value if case.unit == "s" else 1 / case.value
        nearest = min(every, key=lambda period: abs(math.log(period / measured)))
        every = [period for period in every if abs(period / nearest - 1) < _ALIKE]
    return math.fsum(every) / len(every)


def _width(case: Case) -> float:
    rising = case.setpoint.polarity.phases[0] is Polarity.POSITIVE
    found = pairs(at_mid_level(case, case.capture("periods")), rising=rising)
    return math.fsum(state.length_s for state in found) / len(found)


def _edge(case: Case) -> tuple[float, float, Stretch]:
    """Levels before and after an active edge, in the direction of the phase, and from 10 to 90 % of the edge."""
    # Every edge is like the one that was recorded close up; one of `periods` has whole states beside it.
    phase = case.setpoint.polarity.phases[0]
    begin = states(case, case.capture("periods"), phase)[0].from_s
    base = phase.sign * case.truth.mean(Stretch(begin - _BEFORE_EDGE_S[0], begin - _BEFORE_EDGE_S[1]))
    top = phase.sign * case.truth.mean(Stretch(begin + _SETTLED_S[0], begin + _SETTLED_S[1]))
    around = Stretch(begin - _BEFORE_EDGE_S[0], begin + _EDGE_S)
    low, high = (
        case.truth.crossings(around, phase.sign * (base + share * (top - base)))[0].at_s for share in (0.1, 0.9)
    )
    return base, top, Stretch(low, high)


def _rise_time(case: Case) -> float:
    return _edge(case)[2].length_s


def _overshoot(case: Case) -> float:
    """Beyond the plateau that follows; 0 where nothing goes beyond it."""
    base, _, edge = _edge(case)
    phase = case.setpoint.polarity.phases[0]
    top = phase.sign * plateau(case, case.capture("periods"), phase)
    peak = case.truth.peak(Stretch(edge.to_s, edge.to_s + _EDGE_S))
    return max(peak - top, 0.0) / (top - base)


# What a maker has to state.


def _plateau_stretch(case: Case) -> Stretch:
    name = "mean" if case.observation.point.method is Method.SHAPE else case.setpoint.polarity.phases[0].value
    return case.reading(name)


def _voltage(case: Case) -> float:
    over = _whole_mains(case, case.reading(case.phase.value))
    if case.setpoint.frequency_hz is None:
        return abs(case.truth.mean(over, "voltage"))
    parts = [
        case.truth.mean(of_state(state, (0.25, 0.70)), "voltage") for state in some(states(case, over, case.phase))
    ]
    return abs(math.fsum(parts)) / len(parts)


def _phase_charge(case: Case) -> float:
    found = some(states(case, _plateau_stretch(case), case.phase))
    return math.fsum(abs(case.truth.charge(state)) for state in found) / len(found)


def _average(case: Case) -> float:
    over = _plateau_stretch(case)
    if case.setpoint.frequency_hz is None:
        return abs(case.truth.mean(_whole_mains(case, over)))
    whole = whole_periods(case, over)
    every = [state for phase in case.setpoint.polarity.phases for state in states(case, over, phase)]
    inside = [state for state in every if whole.from_s <= state.from_s < whole.to_s]
    return math.fsum(abs(case.truth.charge(state)) for state in inside) / whole.length_s


def _rms(case: Case) -> float:
    over = _plateau_stretch(case)
    return case.truth.rms(_whole_mains(case, over) if case.setpoint.frequency_hz is None else whole_periods(case, over))


def _density(case: Case) -> float:
    return _rms(case) / float(case.arguments["area"])


def _power(case: Case) -> float:
    """Of a period longer than a second the second in which most power flows: within the stronger phase."""
    rms = _rms(case)
    frequency = case.setpoint.frequency_hz
    if frequency is not None and frequency < _SLOW_HZ:
        over = _plateau_stretch(case)
        found = [state for phase in case.setpoint.polarity.phases for state in states(case, over, phase)]
        rms = max(case.truth.rms(Stretch(state.from_s, state.from_s + _WINDOW_S)) for state in found)
    return rms**2 * _POWER_LOAD_OHM / float(case.arguments["area"])


_TRUTHS: dict[str, Callable[[Case], float]] = {
    "plateau-magnitude": _plateau_magnitude,
    "plateau-along-setting": _along,
    "along-indication": _along,
    "plateau-after": _plateau_after,
    "residual-current": _of_reading("residual"),
    "latched-current": _of_reading("latched"),
    "current-difference": lambda _: 0.0,
    "opposite-current": _opposite,
    "net-direct-current": _net,
    "plateau-balance": _balance,
    "net-charge": _net_charge,
    "one-sided-current-in-time": lambda case: case.phase.sign * _net_in_time(case),
    "net-current-in-time": _net_in_time,
    "net-charge-in-time": _net_charge_in_time,
    "zero-level-current": _of_reading("level-zero"),
    "amplitude": _amplitude,
    "peak-current": _peak("peak"),
    "off-pulses": _peak("after-off"),
    "droop": _droop,
    "period": _period,
    "frequency": lambda case: 1 / _period(case),
    "pulse-width": _width,
    "duty": lambda case: _width(case) / _period(case),
    "rise-time": _rise_time,
    "overshoot": _overshoot,
    "maximum-voltage": _voltage,
    "phase-charge": _phase_charge,
    "average-current": _average,
    "rms-current-density": _density,
    "power-density": _power,
    "time-above": events.time_above,
    "charge-above": events.charge_above,
    "level-after-contact": events.level_after_contact,
    "early-current": events.early_current,
    "cycles-peak": events.cycles_peak,
    "contact-rise-time": events.rise_time,
    "rise-overshoot": events.rise_overshoot,
    "rise-fall": lambda _: 0.0,
    "gap-deviation": events.gap_deviation,
    "loss-voltage-time": events.loss_voltage_time,
    "loss-current": events.loss_current,
    "trip-time": events.trip_time,
    # Of a sound timer every period is a whole number of ticks, and a wrong clock makes each longer in proportion.
    "divider-intercept": lambda _: 0.0,
}

_OF_LEVELS = "a sum of plateaus, with the sum of their U; each plateau is studied"
NO_TRUTH = {
    "restart-share": "a count of five; its budget is half a count",
    "level-gain": _OF_LEVELS,
    "level-offset": _OF_LEVELS,
    "integral-nonlinearity": _OF_LEVELS,
    "differential-nonlinearity": _OF_LEVELS,
    "smallest-step": _OF_LEVELS,
    "load-regulation": _OF_LEVELS,
    "rated-load-regulation": _OF_LEVELS,
    "largest-net-reading": "an extreme of readings; their budget is that of net-current-in-time",
    "level-repeatability": "scatter of readings, no current",
    "trip-reported": "a count of the unit's own answers",
    "trip-cleared": "a count of the unit's own answers",
}
"""Measurands that are not studied, with the reason."""


def truth_of(measurand: str, case: Case) -> float:
    """The truth of a value, in its unit.

    Raises:
        NotMeasurable: nothing happened that it could be the truth of.
    """
    found = _TRUTHS.get(measurand)
    if found is None:
        raise NotMeasurable(f"nobody says what the truth of {measurand} is")
    return found(case)


def has_truth(measurand: str) -> bool:
    """True where a measurand is studied."""
    return measurand in _TRUTHS
