"""What flows when contact is made: the discharge at first touch, the current soon after it, and the level it reaches.

An open output is charged up to its compliance voltage, and its capacitance discharges through whoever touches it:

    i(t) = V/R exp(-t/RC),    above I for t1 = RC ln(V/RI),    with a charge of C (V - RI) - I t1 in excess of it

The discharge is recorded at a scale that holds V/R, at which the level itself is a few codes: the oscilloscope's gain
enters there as a slope. From 20 µs after contact on a current is judged as one, at the level's own scale.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.envelope import pulsing_of
from harness.measurands.excess import TOLERANCE, above_plateau
from harness.measurands.extremes import Candidate, extreme
from harness.measurands.flow import check_after_contact, check_before_loss
from harness.measurands.instants import (
    SETTLED_S,
    contact_instant,
    loss_instant,
    mismatch_s,
    of_the_same_trigger,
    repeats,
    setting,
    stretch,
    the_one,
    time_base,
)
from harness.measurands.oscilloscope import Calibration, codes, scaled_currents, volts_of
from harness.measurands.registry import NUMBER, register
from harness.metrology import Budget
from harness.setpoint import Method

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from harness.capture import Capture, Observation
    from harness.measurands.instants import Stretch
    from harness.measurands.oscilloscope import Currents
    from harness.quantity import Derivation, Measurement

RESTART = "restart"
"""Variant of a first contact: a running output lost contact shortly before, and that loss is what was triggered on."""

EARLY_S = 5e-3
"""End of the first stretch after contact, in which a current that rises gradually is still small."""

EARLY_MEAN_S = 100e-6
"""Moving mean of the early current: noise goes, and a step of the output lasts far longer."""

_DISCHARGE_MEAN_S = 0.2e-6
"""A tenth of the shortest discharge that matters, 200 pF into 10 kΩ: RC = 2 µs."""

_LEVEL_MEAN_S = (5e-6, 100e-6)
_LEVEL_NOISE = 0.01
"""The moving mean is lengthened until noise lifts the largest value by no more than this share of the level."""

_ON_SCREEN = 0.95
_NEAR = 0.8
"""Less than this share of a current (and two codes) no error of the scale lifts above it."""


@register("time-above", 2, {"above": NUMBER})
def _time_above(observation: Observation, derivation: Derivation) -> Measurement:
    """How long the discharge at first touch stays above a current, in s: over the whole record of the event.

    A current that is still above where the record ends gives the time until there: a lower bound, beyond any event's
    allowance. A discharge that the screen cuts off is whole: only its top is missing. Of gaps it is that of contact
    made again, from the loss on, the longest of all; there jump and end may lie anywhere between two samples.
    """
    events = _events(observation, derivation)
    return extreme([_time_of(observation, event) for event in events], "s", derivation)


def _time_of(observation: Observation, event: _Event) -> Candidate:
    budget, above, step_s = Budget(), event.above_a, event.part.interval_s
    time_s, _ = event.excess(above)
    slope = event.slope(budget)
    if observation.point.method is Method.GAP:
        edges = budget.bounded("event: sampling", time_s, step_s, None, "half a sampling interval at each end")
    else:
        edges = budget.bounded("event: sampling", time_s, step_s / 2, None, "half a sampling interval, at the jump")
    mean = budget.bounded("event: moving mean", 0.0, event.part.mean_s / 2, None, "half its length, at the jump")
    volts = setting(event.capture, "compliance_v")
    ohms, farads = observation.point.load_ohm, setting(event.capture, "fixture_f")
    of_fixture = ohms * farads * max(0.0, math.log(volts / (ohms * above)))
    fixture = budget.bounded("fixture: its own discharge", 0.0, of_fixture, None, "capacitance of the bench file [a]")
    return Candidate(budget, (edges + mean + slope + fixture) * time_base(budget, event.capture), event.captures)


@register("charge-above", 2, {"above": NUMBER})
def _charge_above(observation: Observation, derivation: Derivation) -> Measurement:
    """Charge of the discharge at first touch in excess of a current, in C: the integral of what lies above it.

    Where the screen cuts the discharge off, the charge is a lower bound; as much again as was seen in that time is then
    in the budget, so that no such value passes near its limit. Of gaps it is that of contact made again, from the loss
    on, the largest of all; there a whole sampling interval at the compliance may be missing.
    """
    events = _events(observation, derivation)
    return extreme([_charge_of(observation, event) for event in events], "C", derivation)


def _charge_of(observation: Observation, event: _Event) -> Candidate:
    budget, above, step_s = Budget(), event.above_a, event.part.interval_s
    time_s, charge_c = event.excess(above)
    currents = event.currents
    peak_a = float(event.magnitude.max())
    edge = (above * event.part.mean_s + peak_a * step_s) / 2
    if observation.point.method is Method.GAP:
        edge = step_s * max(peak_a, setting(event.capture, "compliance_v") / observation.point.load_ohm)
    cut_c = step_s * peak_a * _cut_off_samples(event.capture)
    settled = budget.bounded("event: sampling and moving mean", charge_c, edge, None, "at the jump")
    gain = budget.bounded("oscilloscope: gain", 0.0, event.gain * (charge_c + above * time_s), None, event.gain_source)
    code = budget.bounded("event: nonlinearity", 0.0, currents.code_a * time_s, None, "one code, assumed [a]")
    noise_c = currents.noise_a * math.sqrt(max(time_s, step_s) * step_s)
    noise = budget.bounded("event: noise", 0.0, noise_c, 1.0, "scatter of the zero record")
    held = setting(event.capture, "fixture_f") * setting(event.capture, "compliance_v")
    fixture = budget.bounded("fixture: its own charge", 0.0, held, None, "capacitance of the bench file [a]")
    cut = budget.bounded("event: cut off by the screen", 0.0, cut_c, None, "as much again as was seen there [a]")
    return Candidate(budget, settled + gain + code + noise + fixture + cut, event.captures)


@register("level-after-contact", 3, TOLERANCE)
def _level_after_contact(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest current from 20 µs after contact to the end of the record, less the plateau, in A; of all records.

    Scaled by the plateau; low-passed by a moving mean of 5 µs, longer (up to 100 µs) where the scale is coarse, so that
    noise is not taken for current. Where the screen cuts it off, the value is that of the screen's edge: a lower bound.
    """
    names = repeats(observation, _by_method(observation, {Method.TOUCH: "level", Method.GAP: "gap"}))
    if observation.point.method is Method.GAP:
        check_before_loss(observation, names)
    for name in names if observation.point.method is Method.TOUCH else ():
        check_after_contact(observation, name)
    return largest_after_contact(observation, derivation, names, above=True)


@register("early-current", 2)
def _early_current(observation: Observation, derivation: Derivation) -> Measurement:
    """Largest current from 20 µs to 5 ms after contact, in A; of several records, the largest of all.

    Low-passed by a moving mean of 100 µs. Of pulses that come slower than 5 ms the first one is judged: there the
    stretch reaches over a whole period, and the mean over no more than a quarter of a pulse. Where the screen cuts it
    off, the value is that of the screen's edge: a lower bound.
    """
    names = repeats(observation, _by_method(observation, {Method.FIRST_CONTACT: "rise", Method.GAP: "gap"}))
    if observation.point.method is Method.GAP or observation.point.variant == RESTART:
        check_before_loss(observation, names)
    pulses = pulsing_of(observation)
    to_s = EARLY_S if pulses is None else max(EARLY_S, pulses.period_s)
    mean_s = EARLY_MEAN_S if pulses is None else pulses.mean_s(EARLY_MEAN_S)
    return largest_after_contact(observation, derivation, names, to_s=to_s, mean_s=mean_s)


def largest_after_contact(
    observation: Observation,
    derivation: Derivation,
    names: Sequence[str],
    *,
    calibration: Calibration | None = None,
    monitor: str = "monitor",
    to_s: float | None = None,
    mean_s: float | None = None,
    above: bool = False,
) -> Measurement:
    """The largest magnitude in several records from 20 µs after contact on, in A.

    Args:
        observation: that holds them.
        derivation: for the measurement.
        names: of the captures.
        calibration: of their scale.
        monitor: name of the contact monitor's captures before the dot.
        to_s: end of the stretch after contact; None: of the record.
        mean_s: moving mean; None: 5 µs, longer where the scale is coarse.
        above: what of it lies above the plateau.
    """
    budget = Budget()
    found = []
    for currents in scaled_currents(budget, observation, names, calibration):
        of_contact = of_the_same_trigger(observation, currents.name, monitor)
        contact_s = contact_instant(of_contact)
        end_s = currents.end_s if to_s is None else contact_s + to_s
        mean = mean_s or level_mean_s(currents, observation.point.setpoint.current_a)
        part = stretch(currents, contact_s + SETTLED_S, end_s, mean)
        off_s = mismatch_s(of_contact) + of_contact.interval_s / 2
        captures = (*currents.captures, f"{observation.key}-{of_contact.name}")
        found.append(Shown(currents, part, captures, _moved(currents, part, off_s) / 2))
    less = above_plateau(budget, observation, derivation, 0.0) if above else 0.0
    return largest_shown(budget, found, derivation, less)


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A stretch of a record, of which the largest magnitude is looked for.

    Attributes:
        currents: the record.
        part: the stretch.
        captures: names, as evidence names them.
        moved_a: bound of what the instant at which it begins makes of its largest magnitude.
    """

    currents: Currents
    part: Stretch
    captures: tuple[str, ...]
    moved_a: float = 0.0

    @property
    def largest_a(self) -> float:
        """The largest magnitude."""
        return float(np.abs(self.part.amperes).max())

    @property
    def reach_a(self) -> float:
        """How far up it may be, more than what all stretches of one scale have in common."""
        return self.largest_a + 2 * (self.part.noise_of_largest_a + self.moved_a)


def largest_shown(budget: Budget, found: Sequence[Shown], derivation: Derivation, less: Any = 0.0) -> Measurement:
    """The largest magnitude of several stretches of one scale, in A; U reaches as far as that of any of them.

    Args:
        budget: in which the scale was made.
        found: the stretches, at least one.
        derivation: for the measurement.
        less: what is added to each of them, in A: an uncertain number.
    """
    most_a = max(shown.largest_a for shown in found)
    near = [shown for shown in found if shown.reach_a >= most_a]
    candidates = []
    for number, shown in enumerate(near, start=1):
        name = "largest current" if len(near) == 1 else f"largest current {number}"
        value = _largest_of(budget, shown, name)
        if shown.moved_a:
            value = value + budget.bounded(f"{name}: contact", 0.0, shown.moved_a, None, "monitor against contact [a]")
        candidates.append(Candidate(budget, value + less, shown.captures))
    return extreme(candidates, "A", derivation)


def _largest_of(budget: Budget, shown: Shown, name: str) -> Any:
    """The largest magnitude of a stretch with its budget, in A."""
    part = shown.part
    at = int(np.abs(part.amperes).argmax())
    result = shown.currents.value(budget, name, float(part.amperes[at]), part.over)
    result = -result if result.x < 0 else result
    return result + of_noise(budget, part, name)


def of_noise(budget: Budget, part: Stretch, name: str = "largest current") -> Any:
    """What noise makes of a largest value: an uncertain zero, in A."""
    return budget.bounded(f"{name}: of noise", 0.0, part.noise_of_largest_a, None, part.lifted)


def _moved(currents: Currents, part: Stretch, off_s: float) -> float:
    """How much larger the largest magnitude is where the stretch begins `off_s` earlier than where it begins later."""
    steps = min(math.ceil(off_s / part.interval_s), part.amperes.size - 1)
    magnitude = np.abs(part.amperes)
    later = float(magnitude[steps:].max())
    begin_s = part.start_s - (part.over - 1) / 2 * part.interval_s
    before = stretch(currents, max(begin_s - off_s, currents.start_s), begin_s + part.mean_s, part.mean_s)
    return max(float(np.abs(before.amperes).max()), float(magnitude[:steps].max()) if steps else later, later) - later


def on_own_scale(budget: Budget, currents: Currents, capture: Capture, name: str, amperes: float) -> Any:
    """A value on the oscilloscope's own scale, its gain a slope, in A; noise is not in its budget.

    It is read off less than a period of the mains: none of the pickup averages out.
    """
    gain, source = gain_as_slope(capture)
    value = budget.bounded("oscilloscope: gain", amperes, gain * abs(amperes), None, source)
    value = value + budget.bounded(f"{name}: nonlinearity", 0.0, currents.code_a, None, "one code, assumed [a]")
    return value + budget.bounded(f"{name}: mains pickup", 0.0, currents.pickup_a, None, "bench file [a]")


def gain_as_slope(capture: Capture) -> tuple[float, str]:
    """Bound of the relative error of the oscilloscope's own gain, with where it stands.

    The data sheet's bound of a difference is a share of the screen. Taken as a slope it is as much at a full screen,
    and what is left is in the nonlinearity of one code: as an absolute bound it would hide whatever is small there.
    """
    row = capture.path.accuracy
    return row.bound(row.range) / row.range, f"{row.document} [{row.mark}], as a slope [a]"


def level_mean_s(currents: Currents, level_a: float) -> float:
    """Moving mean at which noise lifts the largest value by no more than a set share of the level."""
    shortest, longest = _LEVEL_MEAN_S
    over = 2 * math.log(2 * currents.amperes.size) * (currents.noise_a / (_LEVEL_NOISE * level_a)) ** 2
    return min(max(shortest, over * currents.interval_s), longest)


def _by_method(observation: Observation, names: dict[Method, str]) -> str:
    """Name before the dot of the records that a method gives.

    Raises:
        NotMeasurable: this method gives none.
    """
    name = names.get(observation.point.method)
    if name is None:
        raise NotMeasurable(f"{observation.point.method.value} gives no record of this kind")
    return name


@dataclass(frozen=True, slots=True, eq=False)
class _Event:
    """The discharge at first touch.

    Attributes:
        capture: the record.
        currents: as currents, on the oscilloscope's own scale.
        part: the whole of it, low-passed.
        magnitude: what of that comes near the current above which it counts.
        above_a: current above which it counts.
        gain: bound of the slope's relative error.
        gain_source: where that stands.
        captures: names, as evidence names them.
    """

    capture: Capture
    currents: Currents
    part: Stretch
    magnitude: NDArray[np.float64]
    above_a: float
    gain: float
    gain_source: str
    captures: tuple[str, ...]

    def excess(self, above_a: float) -> tuple[float, float]:
        """How long the magnitude is above a current, in s, and the charge in excess of it, in C."""
        return excess(self.magnitude - above_a, self.part.interval_s)

    def slope(self, budget: Budget) -> Any:
        """What errors of the current make of the time above: an uncertain zero, in s."""
        influences = (
            ("oscilloscope: gain", self.gain * self.above_a, None, self.gain_source),
            ("event: nonlinearity", self.currents.code_a, None, "one code, assumed [a]"),
            ("event: noise", self.part.noise_a, 1.0, "scatter of the zero record"),
        )
        result = 0.0
        for name, amperes, coverage, source in influences:
            longer, shorter = (self.excess(self.above_a + side * amperes)[0] for side in (-1, 1))
            result = result + budget.bounded(name, 0.0, (longer - shorter) / 2, coverage, source)
        return result


def excess(over: NDArray[np.float64], interval_s: float) -> tuple[float, float]:
    """How long a record is above 0, in s, and its integral there, by straight lines between the samples."""
    left, right = over[:-1], over[1:]
    positive = over > 0
    both = positive[:-1] & positive[1:]
    cut = np.flatnonzero(positive[:-1] != positive[1:])
    higher = np.maximum(left[cut], right[cut])
    share = higher / np.abs(right[cut] - left[cut])
    time = float(np.count_nonzero(both)) + float(share.sum())
    area = float((left[both] + right[both]).sum() / 2) + float((higher * share).sum() / 2)
    return time * interval_s, area * interval_s


def _near(magnitude: NDArray[np.float64], level_a: float) -> NDArray[np.float64]:
    """The part from before the first value above a level until after the last one."""
    above = magnitude > level_a
    if not above.any():
        return magnitude[:2]
    first, last = int(above.argmax()), above.size - 1 - int(above[::-1].argmax())
    return magnitude[max(0, first - 1) : last + 2]


def _events(observation: Observation, derivation: Derivation) -> list[_Event]:
    """The record of a first touch, or those of contacts made again; the derivation says above which current."""
    above_a = abs(float(dict(derivation.arguments)["above"]))
    is_gap = observation.point.method is Method.GAP
    names = repeats(observation, "gap") if is_gap else (the_one(observation, "event"),)
    if is_gap:
        check_before_loss(observation, names)
    else:
        # The touch beside it, at the scale of the level, tells whether the unit delivered at all.
        for capture in observation.captures:
            if capture.name.startswith("level."):
                check_after_contact(observation, capture.name)
    zero = "zero" if is_gap else "zero-event"
    events = []
    # Only the course of the current counts here: what its scale is worth is a slope of time and charge.
    for currents in scaled_currents(Budget(), observation, names, Calibration(zero=zero, reference=None)):
        monitor = of_the_same_trigger(observation, currents.name, "monitor")
        contact_instant(monitor)  # refuses a record in which nothing was touched
        from_s = max(loss_instant(monitor), currents.start_s) if is_gap else currents.start_s
        reach_a = _reach_a(observation.capture(currents.name), observation.capture(zero))
        if above_a > _ON_SCREEN * reach_a:
            where = f"the screen of {observation.key}-{currents.name} ends at {reach_a:g} A"
            raise NotMeasurable(f"{where}: too low for {above_a:g} A")
        events.append(_one_event(observation, currents, monitor, from_s, above_a))
    return events


def _one_event(observation: Observation, currents: Currents, monitor: Capture, from_s: float, above_a: float) -> _Event:
    capture = observation.capture(currents.name)
    gain, source = gain_as_slope(capture)
    part = stretch(currents, from_s, currents.end_s, _DISCHARGE_MEAN_S)
    return _Event(
        capture=capture,
        currents=currents,
        part=part,
        magnitude=_near(np.abs(part.amperes), _NEAR * above_a - 2 * currents.code_a),
        above_a=above_a,
        gain=gain,
        gain_source=source,
        captures=(*currents.captures, f"{observation.key}-{monitor.name}"),
    )


def _reach_a(capture: Capture, zero: Capture) -> float:
    """Current that the screen shows in either direction."""
    at_rest = volts_of(zero, float(codes(zero).mean()))
    edges = (volts_of(capture, capture.lowest_code), volts_of(capture, capture.highest_code))
    return min(abs(edge - at_rest) for edge in edges) / capture.path.resistor.resistance_ohm


def _cut_off_samples(capture: Capture) -> int:
    shown = codes(capture)
    return int(np.count_nonzero((shown <= capture.lowest_code) | (shown >= capture.highest_code)))
