"""How long an output goes on by itself, whether it pauses, and what a display says of that time.

A long time is recorded in pieces, each with the instant of its beginning after output on by the host's clock. The
extremes of each interval are kept, so that an output that is on is seen in every one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.ceiling import largest_magnitude
from harness.measurands.memory import remembered
from harness.measurands.oscilloscope import OWN_SCALE, scaled_currents
from harness.measurands.paths import from_multimeter
from harness.measurands.registry import register
from harness.metrology import Budget
from harness.quantity import finite

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.capture import Capture, Observation
    from harness.measurands.oscilloscope import Currents
    from harness.quantity import Derivation, Measurement

ON_SHARE = 0.1
"""From this share of the level on an output counts as on (house rule)."""

HOST_CLOCK = 200e-6
"""Relative bound of the host's clock, assumed."""

_NOISE_REACH = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class _Course:
    """When an output was on.

    Attributes:
        on_s: beginning of each interval in which it was on, after output on.
        paused_s: the same of those in which it was off, or for a moment where it should be on throughout.
        interval_s: the longest interval.
        ends_s: end of the last record.
        within_s: how well the beginnings of the records are known.
        captures: names of the captures.
    """

    on_s: NDArray[np.float64]
    paused_s: NDArray[np.float64]
    interval_s: float
    ends_s: float
    within_s: float
    captures: tuple[str, ...]


def _names(observation: Observation) -> list[str]:
    """Of the records of the course.

    Raises:
        NotMeasurable: nothing was recorded.
    """
    names = [capture.name for capture in observation.captures if capture.name.startswith("course.")]
    if not names:
        raise NotMeasurable(f"{observation.key}: no course of the output was recorded")
    return names


def _on_a(observation: Observation, at_rest: Currents) -> float:
    """From which current on the output counts as on."""
    largest_a = float(np.abs(at_rest.amperes).max())
    return max(ON_SHARE * observation.point.setpoint.current_a, _NOISE_REACH * largest_a)


def _intervals(record: Currents) -> NDArray[np.float64]:
    """Magnitudes of both extremes of each interval."""
    return np.abs(record.amperes[: record.amperes.size // 2 * 2]).reshape(-1, 2)


@remembered(latest=2)
def _course(observation: Observation) -> _Course:
    """Put the records together.

    Raises:
        NotMeasurable: nothing was recorded.
    """
    zero, *records = scaled_currents(Budget(), observation, ("zero", *_names(observation)), OWN_SCALE)
    least_a = _on_a(observation, zero)
    throughout = (
        observation.point.setpoint.frequency_hz is None and len(observation.point.setpoint.polarity.phases) == 1
    )
    found, paused, ends, intervals, within = [], [], [], [], []
    for record in records:
        begun, known_to = _begun(observation.capture(record.name))
        extremes = _intervals(record)
        pairs, least = extremes.max(axis=1), extremes.min(axis=1)
        interval = 2 * record.interval_s
        found.append(begun + interval * np.flatnonzero(pairs >= least_a))
        paused.append(begun + interval * np.flatnonzero((least if throughout else pairs) < least_a))
        ends.append(begun + interval * pairs.size)
        intervals.append(interval)
        within.append(known_to)
    return _Course(
        np.concatenate(found), np.concatenate(paused), max(intervals), max(ends), max(within), records[-1].captures
    )


def _begun(capture: Capture) -> tuple[float, float]:
    said = dict(capture.settings)
    try:
        return (finite("begun_s", float(said["begun_s"])), finite("begun_within_s", float(said["begun_within_s"])))
    except KeyError as error:
        raise NotMeasurable(f"{capture.name}: nobody wrote down when it began ({error})") from error


@register("output-end", 1)
def _output_end(observation: Observation, derivation: Derivation) -> Measurement:
    """Time from output on until the output is off for good, in s.

    On: a tenth of the level and more, and twice the largest value of the record without current. An output that is on
    to the end of the last record gives that end, a lower bound; one that was never on gives 0.
    """
    course = _course(observation)
    budget = Budget()
    half = course.interval_s / 2
    end_s = float(course.on_s.max()) + half if course.on_s.size else 0.0
    time = budget.bounded("course: interval", end_s, half, None, "half an interval of peak detection")
    time = time + budget.bounded("course: beginning", 0.0, course.within_s, None, "host's clock around both messages")
    clocks = budget.bounded("course: clocks", 0.0, HOST_CLOCK * max(end_s, half), None, "host's clock, assumed [a]")
    time = time + clocks
    if end_s + course.interval_s >= course.ends_s:
        time = time + budget.bounded("still on: a lower bound", 0.0, half, None, "the record ends")
    return budget.measurement(time, "s", derivation, course.captures)


@register("longest-gap", 1)
def _longest_gap(observation: Observation, derivation: Derivation) -> Measurement:
    """Longest time within a course in which the output was off, between being on, in s.

    What lies between two records counts as off. An output that was never on has no gap: that it was not is another
    value's matter.
    """
    course = _course(observation)
    gaps = np.diff(course.on_s) - course.interval_s if course.on_s.size > 1 else np.zeros(1)
    budget = Budget()
    gap = budget.bounded("gap", max(float(gaps.max()), 0.0), course.interval_s / 2, None, "an interval of the record")
    return budget.measurement(gap, "s", derivation, course.captures)


@register("gap-sum", 1)
def _gap_sum(observation: Observation, derivation: Derivation) -> Measurement:
    """Time within a course in which the output paused, all pauses together, in s.

    Whole intervals of the records count; of a steady current also those in which it was off for a moment. What lies
    between two records, in the first seconds, in which an output may rise, and from the last interval on does not
    count.
    """
    course = _course(observation)
    last = float(course.on_s.max(initial=0.0)) - course.interval_s
    paused = np.count_nonzero((course.paused_s > _RISEN_S) & (course.paused_s < last))
    budget = Budget()
    half = course.interval_s / 2
    total = budget.bounded("pauses", float(paused * course.interval_s), half, None, "an interval of the record")
    return budget.measurement(total, "s", derivation, course.captures)


@register("course-plateau", 1)
def _plateau(observation: Observation, derivation: Derivation) -> Measurement:
    """Of all the multimeter's readings in a course the plateau farthest from its level, in A, along its phase.

    Raises:
        NotMeasurable: nothing was read.
    """
    level_a, zero = observation.point.setpoint.current_a, observation.reading("zero")
    found = []
    for phase in observation.point.setpoint.polarity.phases:
        for reading in observation.readings:
            if reading.name == phase.value or (
                reading.name.startswith("after-") and reading.name.endswith(f"-{phase.value}")
            ):
                budget = Budget()
                found.append((budget, phase.sign * from_multimeter(budget, reading, zero)))
    if not found:
        raise NotMeasurable(f"{observation.key}: no plateau was read")
    budget, farthest = max(found, key=lambda each: abs(float(each[1].x) - level_a))
    return budget.measurement(farthest, "A", derivation)


@register("course-largest", 2)
def _largest(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest magnitude over the whole course, in A, noise included; cut off by the screen, a lower bound."""
    return largest_magnitude(observation, derivation, _names(observation), OWN_SCALE)


@register("course-least", 1)
def _least(observation: Observation, derivation: Derivation) -> Measurement:
    """Smallest of the largest magnitudes of all intervals in which the output is on, in A.

    The first seconds, in which an output may rise, and the interval in which it ends are left out.

    Raises:
        NotMeasurable: the output was on in no interval after the first seconds.
    """
    ends_s = float(np.max(_course(observation).on_s, initial=0.0))
    budget = Budget()
    zero, *records = scaled_currents(budget, observation, ("zero", *_names(observation)), OWN_SCALE)
    on_a = _on_a(observation, zero)
    least_a, least = np.inf, records[-1]
    for record in records:
        pairs = _intervals(record).max(axis=1)
        at_s = _begun(observation.capture(record.name))[0] + 2 * record.interval_s * np.arange(pairs.size)
        shown = pairs[(pairs >= on_a) & (at_s > _RISEN_S) & (at_s < ends_s - 2 * record.interval_s)]
        if shown.size and shown.min() < least_a:
            least_a, least = float(shown.min()), record
    if not np.isfinite(least_a):
        raise NotMeasurable(f"{observation.key}: the output was not on after its first {_RISEN_S:g} s")
    noise = least.noise_a * 4
    value = least.value(budget, "least of the course", least_a, 1)
    value = value + budget.bounded("least of the course: extremes", 0.0, noise, None, "extremes of the noise")
    return budget.measurement(value, "A", derivation, least.captures)


_RISEN_S = 5.0


@register("run-time-ratio", 1)
def _run_time(observation: Observation, derivation: Derivation) -> Measurement:
    """Displayed run time over time passed, between the first and the last time that it was read.

    A display shows whole seconds, cut off, so each difference is known to one second.

    Raises:
        NotMeasurable: it was not read twice.
    """
    said = dict(observation.indicated)
    try:
        shown = [float(said[f"run-time.{number}"]) for number in (1, 2)]
        begun = [float(said[f"run-time-from.{number}"]) for number in (1, 2)]
        done = [float(said[f"run-time-to.{number}"]) for number in (1, 2)]
    except KeyError as error:
        raise NotMeasurable(f"{observation.key}: the displayed run time was not read twice ({error})") from error
    passed = (begun[1] + done[1] - begun[0] - done[0]) / 2
    if not passed > 0:
        raise NotMeasurable(f"{observation.key}: no time passed between two looks at the display")
    budget = Budget()
    asked = (done[0] - begun[0] + done[1] - begun[1]) / 2
    time = budget.bounded("time passed", passed, asked + HOST_CLOCK * passed, None, "host's clock, assumed [a]")
    run = budget.triangular("run time shown", shown[1] - shown[0], 1.0, source="two readings of whole seconds")
    return budget.measurement(run / time, "1", derivation)
