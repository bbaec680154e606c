"""Trains of contacts: how soon a loss is answered, and what flows after each contact of a train.

One record holds many losses and contacts; the contact monitor beside it shows each of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.contact import EARLY_MEAN_S, EARLY_S, Shown, largest_shown, level_mean_s
from harness.measurands.excess import TOLERANCE, above_plateau
from harness.measurands.flow import check_before_loss
from harness.measurands.instants import (
    SETTLED_S,
    mismatch_s,
    of_the_same_trigger,
    repeats,
    setting,
    stretch,
    time_base,
)
from harness.measurands.oscilloscope import codes, scaled_currents, volts
from harness.measurands.paths import from_multimeter
from harness.measurands.registry import NUMBER, register
from harness.metrology import Budget
from harness.metrology.statistics import order_statistics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.capture import Capture, Observation
    from harness.measurands.oscilloscope import Currents
    from harness.quantity import Derivation, Measurement

LEAST_LOSSES = 200
PROPORTION = CONFIDENCE = 0.95
_STILL_ON = 0.8
_OF_A_COUNT = 0.05
_AT_ITS_END = 4
"""Samples before the next contact: who is on until there did not answer; contact and its monitor may differ by some."""

_STILL_ON_BOUNDS = (0.9, 0.7)
_ROSE = 1.2
_LEAST_SAMPLES = 4
_MONITOR_CODES = 16
_OPEN_SHARE = 0.1
_HALF = 0.5


@dataclass(frozen=True, slots=True)
class _Answer:
    """How soon one loss was answered.

    Attributes:
        time_s: from the loss until the electrodes' voltage falls.
        off_s: bound of what it may be off by.
        given: False where the output stayed on until contact was made again, or was not on when it was lost.
    """

    time_s: float
    off_s: float
    given: bool


@register("response-latency", 1, {"level": NUMBER})
def _latency(observation: Observation, derivation: Derivation) -> Measurement:
    """Upper one-sided 95/95 tolerance limit of the time from a loss of contact until the output goes off, in s.

    An output into open electrodes rests at its compliance voltage; it is off when that voltage begins to fall, by a
    fifth. Distribution-free: an order statistic of at least 200 losses at random phases. A voltage that never falls
    gives the whole open time. Where the output was not on when contact was lost, the touch before it was not answered:
    then the length of that touch counts. Both are lower bounds.

    Raises:
        NotMeasurable: the records hold fewer than 200 losses.
    """
    names = repeats(observation, "voltage")
    answers = _all_answers(observation, derivation, names)
    limit = order_statistics.upper_limit([answer.time_s for answer in answers], PROPORTION, CONFIDENCE)
    worst = min((answer for answer in answers if answer.time_s == limit.upper), key=lambda answer: -answer.off_s)
    budget = Budget()
    time = budget.bounded("voltage: its fall", worst.time_s, worst.off_s, None, "from nine to seven tenths, sampling")
    monitor = of_the_same_trigger(observation, names[0], "monitor")
    edge_s = monitor.interval_s / 2 + mismatch_s(monitor)
    time = time + budget.bounded("loss: its instant", 0.0, edge_s, None, "sampling, monitor against contact [a]")
    captures = tuple(f"{observation.key}-{name}" for name in names)
    return budget.measurement(time * time_base(budget, monitor), "s", derivation, captures)


@register("losses-unanswered", 1, {"level": NUMBER})
def _unanswered(observation: Observation, derivation: Derivation) -> Measurement:
    """How many of at least 200 losses were not answered at all, or found an output that was not on.

    A tolerance limit leaves a share of the losses out; that share may be late, but not without an answer.

    Raises:
        NotMeasurable: the records hold fewer than 200 losses.
    """
    names = repeats(observation, "voltage")
    count = sum(not answer.given for answer in _all_answers(observation, derivation, names))
    budget = Budget()
    number = budget.bounded("count", float(count), _OF_A_COUNT, None, "whole losses are counted")
    return budget.measurement(number, "1", derivation, tuple(f"{observation.key}-{name}" for name in names))


def _all_answers(observation: Observation, derivation: Derivation, names: tuple[str, ...]) -> list[_Answer]:
    """The answer to every loss in all records.

    Raises:
        NotMeasurable: there are fewer than 200 losses.
    """
    level_v = abs(float(dict(derivation.arguments)["level"]))
    answers: list[_Answer] = []
    for name in names:
        monitor = of_the_same_trigger(observation, name, "monitor")
        answers.extend(_answers(observation.capture(name), monitor, level_v))
    if len(answers) < LEAST_LOSSES:
        raise NotMeasurable(f"{observation.key}: {len(answers)} losses, at least {LEAST_LOSSES} are due")
    return answers


def _answers(capture: Capture, monitor: Capture, level_v: float) -> list[_Answer]:
    """The answer to every loss in a record.

    Raises:
        NotMeasurable: the output is on, and no loss changes the voltage: the contact did not open.
    """
    magnitude, step_s = np.abs(volts(capture)), capture.interval_s
    closed = _closed(monitor)
    found, touched_from, rose = [], 0, False
    for lost, made in _open(closed):
        inside = magnitude[lost:made]
        top = float(inside.max())
        before = magnitude[touched_from:lost]
        rose = rose or top <= level_v or top > _ROSE * float(np.median(before[-before.size // 4 :]))
        if top <= level_v:
            # Never on: the touch before this loss went unanswered.
            found.append(_Answer((lost - touched_from) * step_s, step_s, given=False))
        else:
            last, late, soon = (_last_above(inside, share * top) for share in (_STILL_ON, *reversed(_STILL_ON_BOUNDS)))
            given = last + _AT_ITS_END < inside.size
            found.append(_Answer((last + 1) * step_s, (late - soon) * step_s / 2 + step_s / 2, given=given))
        touched_from = made
    if not rose:
        raise NotMeasurable(f"{capture.name}: the electrodes' voltage does not rise when contact is lost")
    return found


def _last_above(magnitude: NDArray[np.float64], level: float) -> int:
    return int(np.flatnonzero(magnitude >= level)[-1])


def _closed(monitor: Capture) -> NDArray[np.bool_]:
    """Whether contact was made, sample by sample; a monitor that does not move says that it was all the time."""
    shown = codes(monitor)
    low, high = int(shown.min()), int(shown.max())
    if high - low >= _MONITOR_CODES:
        return shown > (low + high) / 2
    return np.full(shown.size, fill_value=float(volts(monitor).mean()) > 0)


def _open(closed: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First sample of each loss, and first sample of the contact after it; a loss that the record cuts is left out."""
    change = np.diff(closed.astype(np.int8))
    falls, rises = np.flatnonzero(change == -1) + 1, np.flatnonzero(change == 1) + 1
    falls = falls[falls < (rises[-1] if rises.size else 0)]
    rises = rises[rises > (falls[0] if falls.size else closed.size)]
    return list(zip(falls.tolist(), rises.tolist(), strict=True))


@register("largest-in-contact", 3, TOLERANCE)
def _largest(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest current of a train of contacts, each from 20 µs after it was made to its loss, less the plateau, in A.

    Scaled by the plateau; low-passed over 5 µs to 100 µs, so that noise is not taken for current. Cut off by the
    screen: a lower bound.
    """
    return _of_trains(observation, derivation, None)


@register("largest-after-loss", 2, {"shortest": NUMBER})
def _after_loss(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest current in the first 5 ms after every loss of a train that has to be recognised, in A; magnitude.

    From 20 µs after contact, low-passed over 100 µs; contacts that are lost again within the 5 ms count as far as they
    last.
    """
    return _of_trains(observation, derivation, float(dict(derivation.arguments)["shortest"]))


def _of_trains(observation: Observation, derivation: Derivation, shortest_s: float | None) -> Measurement:
    names = repeats(observation, "glide")
    budget, found = Budget(), []
    for currents in scaled_currents(budget, observation, names):
        monitor = of_the_same_trigger(observation, currents.name, "monitor")
        closed = _closed(monitor)
        losses = _open(closed)
        _check_train(observation, currents, losses)
        skip_s = SETTLED_S + mismatch_s(monitor) + monitor.interval_s
        mean_s = (
            EARLY_MEAN_S if shortest_s is not None else level_mean_s(currents, observation.point.setpoint.current_a)
        )
        for from_s, to_s in _windows(currents, losses, skip_s, shortest_s):
            if to_s - from_s >= _LEAST_SAMPLES * currents.interval_s:
                part = stretch(currents, from_s, to_s, mean_s)
                found.append(Shown(currents, part, currents.captures))
    if not found:
        raise NotMeasurable(f"{observation.key}: no contact of these trains can be judged")
    less = 0.0 if shortest_s is not None else above_plateau(budget, observation, derivation, 0.0)
    return largest_shown(budget, found, derivation, less)


def _windows(
    currents: Currents, losses: list[tuple[int, int]], skip_s: float, shortest_s: float | None
) -> list[tuple[float, float]]:
    """Stretches of contact that are judged: all, or the first 5 ms after each loss that has to be recognised."""
    step_s, start_s = currents.interval_s, currents.start_s
    begins = [start_s + made * step_s + skip_s for _, made in losses]
    ends = [start_s + (lost - 1) * step_s for lost, _ in losses[1:]] + [currents.end_s]
    contacts = list(zip(begins, ends, strict=True)) if losses else [(start_s, currents.end_s)]
    if shortest_s is None:
        return contacts
    found: list[tuple[float, float]] = []
    for lost, made in losses:
        if (made - lost) * step_s >= shortest_s:
            made_s = start_s + made * step_s
            until_s = made_s + EARLY_S
            found.extend((begin, min(end, until_s)) for begin, end in contacts if made_s <= begin < until_s)
    return found


def _check_train(observation: Observation, currents: Currents, losses: list[tuple[int, int]]) -> None:
    """Make sure that the output was on, and that contact was really lost when the monitor says so.

    Raises:
        NotMeasurable: it was not.
    """
    if not losses:
        if float(np.median(np.abs(currents.amperes))) < _HALF * observation.point.setpoint.current_a:
            raise NotMeasurable(f"{observation.key}-{currents.name}: no current flowed")
        return
    check_before_loss(observation, (currents.name,))
    for lost, made in losses:
        middle = currents.amperes[(lost + made) // 2 : made - 1]
        if middle.size and float(np.median(np.abs(middle))) > _OPEN_SHARE * observation.point.setpoint.current_a:
            raise NotMeasurable(f"{observation.key}-{currents.name}: current flows while the contact is open")


@register("largest-after-electrode", 2)
def _after_electrode(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest current in the first 5 ms after an electrode that was lost touches again, in A; of five, the largest.

    The loss is the fall of the current; contact is made again after the time that was asked for, give or take what the
    switch's time may be off. From 20 µs after that, low-passed over 100 µs; cut off by the screen: a lower bound.
    """
    names = repeats(observation, "lost")
    budget, found = Budget(), []
    for currents in scaled_currents(budget, observation, names):
        capture = observation.capture(currents.name)
        made_s = _loss_s(observation, currents) + setting(capture, "gap_s")
        off_s = setting(capture, "jitter_s") + 2 * setting(capture, "mismatch_s") + currents.interval_s
        _check_again(observation, currents, made_s - off_s)
        part = stretch(currents, made_s + SETTLED_S + off_s, made_s + EARLY_S, EARLY_MEAN_S)
        found.append(Shown(currents, part, currents.captures))
    return largest_shown(budget, found, derivation)


def _loss_s(observation: Observation, currents: Currents) -> float:
    """When the current fell below half the level.

    Raises:
        NotMeasurable: it did not flow before, or never fell.
    """
    half = _HALF * observation.point.setpoint.current_a
    flowing = np.abs(currents.amperes) >= half
    if flowing.all():
        raise NotMeasurable(f"{observation.key}-{currents.name}: the contact was not lost")
    first = int(np.argmin(flowing))
    if first < _LEAST_SAMPLES or float(np.median(np.abs(currents.amperes[: first - 1]))) < half:
        raise NotMeasurable(f"{observation.key}-{currents.name}: no current flowed before the loss")
    return currents.start_s + first * currents.interval_s


def _check_again(observation: Observation, currents: Currents, made_s: float) -> None:
    """Make sure that contact was open until it was made again, and was made again at all.

    Raises:
        NotMeasurable: it was not.
    """
    level_a = observation.point.setpoint.current_a
    number = currents.name[currents.name.rindex(".") :]
    gap = currents.window(made_s - EARLY_S, made_s - currents.interval_s)
    if float(np.median(np.abs(gap))) > _OPEN_SHARE * level_a:
        raise NotMeasurable(f"{observation.key}-{currents.name}: current flows while the contact is open")
    again = from_multimeter(Budget(), observation.reading(f"again{number}"), observation.reading("zero"))
    if abs(float(again.x)) < _HALF * level_a:
        raise NotMeasurable(f"{observation.key}-{currents.name}: no current flows after contact was made again")
