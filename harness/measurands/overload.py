"""What an overload leaves: peaks of shorts and opens, the level afterwards, and the trip that a device declares.

In a forced overcurrent a floating supply drives current through the loop. What the unit itself delivers is the total
less that injection, which is recorded by itself with the unit off:

    own(t) = total(t) - injection,    off where |own| < 2 % of the level and the noise
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.contact import gain_as_slope, largest_after_contact
from harness.measurands.excess import TOLERANCE
from harness.measurands.flow import check_one_of
from harness.measurands.instants import crossing, repeats, stretch, the_one, time_base
from harness.measurands.oscilloscope import OWN_SCALE, Calibration, scaled_currents
from harness.measurands.paths import from_multimeter
from harness.measurands.registry import NUMBER, PHASE, phase_of, register
from harness.metrology import Budget

if TYPE_CHECKING:
    from harness.capture import Observation
    from harness.measurands.oscilloscope import Currents
    from harness.quantity import Derivation, Measurement

OFF_SHARE = 0.02
"""Up to this share of the level counts as off (house rule, as for a state without output)."""

_ON_MEAN_S = 20e-6
_OFF_MEAN_S = 50e-6
_NOISE_REACH = 4.0

_EVENTS = frozenset({"open", "short"})


@register("cycles-peak", 3, {"event": _EVENTS, **TOLERANCE})
def _cycles_peak(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest current from 20 µs after contact on in ten closings of an open or a short, less the plateau, in A.

    The plateau is that into the load, also for the short: no current flows there that does not flow here.
    Scaled by the plateau across the same resistor. Into the short that is the multimeter's reading `short-<phase>`;
    where it was not taken, the one into the load, as a current source gives the same into both. Where the plateaus
    differ by more than twice the oscilloscope's accuracy, its own scale holds. Low-passed as a level after contact;
    what the screen cuts off is a lower bound.

    Raises:
        NotMeasurable: after none of the ten closings of the open circuit current flows, so that nothing was switched;
            unless the records say that it takes its time.
    """
    event = dict(derivation.arguments)["event"]
    names = repeats(observation, event)
    check_one_of(observation, repeats(observation, "open"), "monitor-open")
    calibration = _of_the_short(observation) if event == "short" else Calibration()
    monitor = f"monitor-{event}"
    return largest_after_contact(observation, derivation, names, calibration=calibration, monitor=monitor, above=True)


@register("plateau-after", 1, PHASE)
def _plateau_after(observation: Observation, derivation: Derivation) -> Measurement:
    """Magnitude of the current in the plateau of one phase after shorts and opens, in A."""
    budget = Budget()
    phase = phase_of(derivation)
    current = _read(budget, observation, f"after-{phase.value}")
    return budget.measurement(-current if current.x < 0 else current, "A", derivation)


@register("trip-time", 1, {"above": NUMBER})
def _trip_time(observation: Observation, derivation: Derivation) -> Measurement:
    """Time from the total current exceeding `above` until the unit's own share is off for good, in s.

    Off: below 2 % of the level and four standard deviations of noise, for the rest of the record, low-passed over
    50 µs; the excess is low-passed over 20 µs. A unit that never goes off gives the time to the record's end: a lower
    bound. One that delivers nothing of its own gives 0: that it does not report a trip is another value's matter.
    """
    above_a = abs(float(dict(derivation.arguments)["above"]))
    budget = Budget()
    name = the_one(observation, "trip")
    total, injection = scaled_currents(budget, observation, (name, "injection"), OWN_SCALE)
    level_a = OFF_SHARE * observation.point.setpoint.current_a
    injected_a = float(injection.amperes.mean())
    begin_s = _exceeded(total, above_a)
    noise_a = stretch(total, begin_s, total.end_s, _OFF_MEAN_S).noise_a
    end_s = _off(total, begin_s, injected_a, level_a + _NOISE_REACH * noise_a)
    later_s = _off(total, begin_s, injected_a, level_a + 2 * _NOISE_REACH * noise_a)

    capture = observation.capture(name)
    gain, source = gain_as_slope(capture)
    wrong_a = gain * above_a + total.code_a
    begins = [_exceeded(total, above_a + side * wrong_a, otherwise=begin_s) for side in (-1, 1)]
    means = (_ON_MEAN_S + _OFF_MEAN_S) / 2
    time = budget.bounded("trip: moving means", end_s - begin_s, means, None, "half of each, at jumps")
    time = time + budget.bounded("trip: sampling", 0.0, total.interval_s, None, "half a sampling interval at each end")
    time = time + budget.bounded("trip: noise at the end", 0.0, abs(end_s - later_s), None, "twice the noise")
    moved_s = abs(begins[1] - begins[0]) / 2
    time = time + budget.bounded("trip: accuracy at the start", 0.0, moved_s, None, f"{source}, and one code")
    captures = tuple(dict.fromkeys((*injection.captures, *total.captures)))
    return budget.measurement(time * time_base(budget, capture), "s", derivation, captures)


@register("latched-current", 1)
def _latched_current(observation: Observation, derivation: Derivation) -> Measurement:
    """Current after a trip, the injection gone and the trip not yet cleared, in A, signed."""
    budget = Budget()
    return budget.measurement(_read(budget, observation, "latched"), "A", derivation)


@register("trip-reported", 1)
def _trip_reported(observation: Observation, derivation: Derivation) -> Measurement:
    """Share of the unit's own answers after a trip that report an overload."""
    answers = [text for name, text in observation.indicated if name.startswith("trip.")]
    if not answers:
        raise NotMeasurable(f"{observation.key}: the unit was not asked whether it tripped")
    reported, count = answers.count("overload"), len(answers)
    budget = Budget()
    share = budget.bounded("count", reported / count, 0.5 / count, None, f"half an answer in {count}")
    return budget.measurement(share, "1", derivation)


@register("trip-cleared", 1)
def _trip_cleared(observation: Observation, derivation: Derivation) -> Measurement:
    """Share of the starts after a trip and output off that the unit accepted: one start, so 1 or 0."""
    answer = dict(observation.indicated).get("restart")
    if answer not in _ANSWERS:
        raise NotMeasurable(f"{observation.key}: the unit was not started again after its trip")
    budget = Budget()
    share = budget.bounded("count", _ANSWERS[answer], _HALF_COUNT, None, "a quarter of one start")
    return budget.measurement(share, "1", derivation)


_ANSWERS = {"started": 1.0, "refused": 0.0}
_HALF_COUNT = 0.25
"""Half way from each answer to what decides."""


def _of_the_short(observation: Observation) -> Calibration:
    """What calibrates the records of the short, which are taken across a resistor of their own."""
    taken = {reading.name for reading in observation.readings}
    phase = observation.point.setpoint.polarity.phases[0].value
    return Calibration(
        zero="zero-short",
        reference="reference-short",
        plateau_reading=f"short-{phase}" if f"short-{phase}" in taken else phase,
        zero_reading="zero-short" if "zero-short" in taken else "zero",
    )


def _read(budget: Budget, observation: Observation, name: str) -> Any:
    """A reading of the multimeter less its zero, in A."""
    return from_multimeter(budget, observation.reading(name), observation.reading("zero"))


def _exceeded(total: Currents, above_a: float, otherwise: float | None = None) -> float:
    """First instant at which the total exceeds a current, in s against the trigger.

    Args:
        total: the record.
        above_a: that current.
        otherwise: what to answer where it never does.

    Raises:
        NotMeasurable: it never does, and there is no other answer.
    """
    part = stretch(total, total.start_s, total.end_s, _ON_MEAN_S)
    magnitude = np.abs(part.amperes)
    over = np.flatnonzero(magnitude > above_a)
    if over.size:
        first = int(over[0])
        return part.instant(crossing(magnitude, first - 1, above_a) if first else 0.0)
    if otherwise is None:
        raise NotMeasurable(
            f"the current in the record {total.name} is at most {magnitude.max():g} A and never above {above_a:g} A: "
            f"nothing was injected that should trip"
        )
    return otherwise


def _off(total: Currents, begin_s: float, injected_a: float, off_a: float) -> float:
    """Instant from which on the unit's own share stays within `off_a`; the record's end where it does not."""
    part = stretch(total, begin_s, total.end_s, _OFF_MEAN_S)
    own = np.abs(part.amperes - injected_a)
    on = np.flatnonzero(own > off_a)
    if not on.size:
        return begin_s
    last = int(on[-1])
    if last == own.size - 1:
        return total.end_s
    # A mean that is still above holds an end anywhere in its first half where it is a jump, in its middle where slow.
    return max(begin_s, part.instant(crossing(own, last, off_a)) - part.mean_s / 4)
