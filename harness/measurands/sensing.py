"""What a device takes for contact, how it adapts, and the rhythm of its sense pulses.

Readings of a ladder of resistances say in their settings at which load they were taken.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.contact import of_noise, on_own_scale
from harness.measurands.extremes import Candidate, extreme, largest, smallest
from harness.measurands.instants import moving_mean, stretch, time_base
from harness.measurands.oscilloscope import OWN_SCALE, scaled_current
from harness.measurands.paths import from_multimeter
from harness.measurands.registry import NUMBER, register
from harness.metrology import Budget
from harness.waveform.samples import runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.capture import Observation, Reading
    from harness.measurands.oscilloscope import Currents
    from harness.quantity import Derivation, Measurement

WAY = frozenset({"down", "up", "again"})
INTERVAL = frozenset({"mean", "shortest", "longest"})

_RECOGNISED = 0.5
"""Of the level: from here on a device takes what is between its electrodes for contact."""

_LOAD_TOLERANCE = 0.01
_BASELINE_WIDTHS = 20.0
_SMOOTH_WIDTHS = 0.2
_PULSE_SHARE = 0.5
_LEAST_OF_NOISE = 6.0
_LEAST_OF_PULSE = 0.1
_SEPARATE_WIDTHS = 2.0


@register("recognised-current", 2, {"below": NUMBER, "way": WAY})
def _recognised(observation: Observation, derivation: Derivation) -> Measurement:
    """The smallest current at any resistance that has to count as contact, in A, along the setting."""
    arguments = dict(derivation.arguments)
    below = float(arguments["below"])
    return _extreme(observation, derivation, lambda ohm: ohm <= below, least=True)


@register("open-current", 2, {"above": NUMBER, "way": WAY})
def _open(observation: Observation, derivation: Derivation) -> Measurement:
    """The largest mean current at any resistance that must not count as contact, in A; magnitude."""
    arguments = dict(derivation.arguments)
    above = float(arguments["above"])
    return _extreme(observation, derivation, lambda ohm: ohm >= above, least=False)


@register("contact-threshold", 1, {"way": WAY})
def _threshold(observation: Observation, derivation: Derivation) -> Measurement:
    """Resistance at which contact is found (way down) or lost (way up), in Ω: half way between two loads of the ladder.

    Contact is half the level. Beyond the ladder's ends the value is that end, with its own size as a bound.
    """
    way = dict(derivation.arguments)["way"]
    taken = _of_way(observation, way)
    zero, half = observation.reading("zero"), _RECOGNISED * observation.point.setpoint.current_a
    touching = [abs(_plain(reading, zero)) >= half for _, reading in taken]
    ohms = [ohm for ohm, _ in taken]
    # From one end on; what is recognised beyond a first refusal is for the rows at the limits.
    count = touching.index(False) if False in touching else len(touching)
    low, high = (ohms[count - 1] if count else 0.0), (ohms[count] if count < len(ohms) else 2 * ohms[-1])
    budget = Budget()
    middle = budget.bounded("ladder: two loads", (low + high) / 2, (high - low) / 2, None, "nothing is known between")
    loads = budget.bounded("ladder: its loads", 0.0, _LOAD_TOLERANCE * high, None, "1 %, assumed [a]")
    return budget.measurement(middle + loads, "Ω", derivation)


@register("adaptation-deviation", 2)
def _deviation(observation: Observation, derivation: Derivation) -> Measurement:
    """By how much the current differs from its level, over skin from wet to dry, in A: the largest, with its sign."""
    level_a, sign = observation.point.setpoint.current_a, observation.point.setpoint.polarity.sign
    zero = observation.reading("zero")
    found = []
    for _, reading in _of_way(observation, "skin"):
        budget = Budget()
        found.append(Candidate(budget, sign * from_multimeter(budget, reading, zero) - level_a))
    return extreme(found, "A", derivation, abs)


@register("adaptation-reversal", 1)
def _reversal(observation: Observation, derivation: Derivation) -> Measurement:
    """How far an adaptation turns back while skin goes from wet to dry, in A: the smaller one of its rise and its fall.

    A current that only rises with the resistance, or only falls, gives 0.
    """
    zero = observation.reading("zero")
    readings = [reading for _, reading in _of_way(observation, "skin")]
    currents = np.abs([_plain(reading, zero) for reading in readings])
    pairs = {}
    for name, values in (("fall", currents), ("rise", -currents)):
        reached = np.maximum.accumulate(values)
        end = int((reached - values).argmax())
        start = int(values[: end + 1].argmax())
        pairs[name] = (abs(float(currents[start] - currents[end])), start, end)
    _, start, end = min(pairs.values())
    budget = Budget()
    result = _difference(budget, readings[start], readings[end])
    return budget.measurement(-result if result.x < 0 else result, "A", derivation)


def _difference(budget: Budget, one: Reading, other: Reading) -> Any:
    """One reading less another of the same path, in A: the zero drops out, and so does most of the accuracy."""
    path = one.path
    ohms = path.resistor.resistance_ohm
    volts = budget.observed("multimeter: repeatability", one.values_v)
    if other is not one:
        volts = volts - budget.observed("multimeter: repeatability of the other", other.values_v)
    else:
        volts = volts - float(np.mean(one.values_v))
    both = 2 * path.accuracy.bound(max(abs(float(np.mean(each.values_v))) for each in (one, other)))
    source = f"{path.accuracy.document} [{path.accuracy.mark}], twice"
    volts = volts + budget.bounded("multimeter: accuracy", 0.0, both, path.accuracy.coverage, source)
    volts = volts + budget.bounded(
        "multimeter: thermal EMF", 0.0, path.surroundings.thermal_emf_v, None, "bench file [a]"
    )
    return volts * (1 / ohms)


@register("sense-interval", 2, {"of": INTERVAL, "width": NUMBER, "pulse": NUMBER})
def _interval(observation: Observation, derivation: Derivation) -> Measurement:
    """Time from one sense pulse to the next while nothing touches, in s: mean, shortest or longest of the record.

    From half height to half height of each pulse's rise. Where the record holds fewer than two pulses the value is its
    whole length: a lower bound. Pulses that begin late in it, or stop, make the longest as long as that stretch.
    """
    arguments = dict(derivation.arguments)
    # Of the current only its course matters: the scale's own influences are in no budget of a time.
    currents = scaled_current(Budget(), observation, "sense", OWN_SCALE)
    found = _Pulses(currents, float(arguments["width"]), float(arguments["pulse"]))
    intervals = np.diff(found.starts_s)
    if not intervals.size:
        value, off_s = currents.end_s - currents.start_s, currents.interval_s
    elif arguments["of"] == "mean":
        value, off_s = float(intervals.mean()), 2 * found.edge_s / intervals.size
    else:
        ends = (found.starts_s[0] - currents.start_s, currents.end_s - found.starts_s[-1])
        extreme = intervals.min() if arguments["of"] == "shortest" else max(intervals.max(), *ends)
        value, off_s = float(extreme), 2 * found.edge_s
    budget = Budget()
    interval = budget.bounded("sense pulses: their edges", value, off_s, None, "noise at half height, and sampling")
    result = interval * time_base(budget, observation.capture("sense"))
    return budget.measurement(result, "s", derivation, currents.captures)


@register("sense-current", 1, {"width": NUMBER})
def _sense_current(observation: Observation, derivation: Derivation) -> Measurement:
    """The largest current while nothing touches, in A: what a sense pulse gives at 1 MΩ; magnitude.

    Low-passed over a fifth of a pulse, on the oscilloscope's own scale; cut off by the screen: a lower bound.
    """
    width_s = float(dict(derivation.arguments)["width"])
    budget = Budget()
    currents = scaled_current(budget, observation, "sense", OWN_SCALE)
    part = stretch(currents, currents.start_s, currents.end_s, _SMOOTH_WIDTHS * width_s)
    most_a = float(np.abs(part.amperes).max())
    result = on_own_scale(budget, currents, observation.capture("sense"), "largest current", most_a)
    return budget.measurement(result + of_noise(budget, part), "A", derivation, currents.captures)


class _Pulses:
    """Where sense pulses begin in a record, and how well that is known.

    Attributes:
        starts_s: instants at which each passes half height.
        edge_s: bound of what one of them may be off by, the pulses' common delay apart.
    """

    def __init__(self, currents: Currents, width_s: float, pulse_a: float) -> None:
        over = max(1, round(_SMOOTH_WIDTHS * width_s / currents.interval_s))
        smooth = moving_mean(_above_baseline(currents, width_s), over)
        noise_a = currents.noise_a / math.sqrt(over)
        # The sense pulses of one direction: the larger side.
        smooth = smooth if smooth.max() >= -smooth.min() else -smooth
        top = float(smooth.max())
        self.starts_s, self.edge_s = np.array([]), currents.interval_s
        if top < max(_LEAST_OF_NOISE * noise_a, _LEAST_OF_PULSE * pulse_a):
            return
        half = _PULSE_SHARE * top
        starts = _apart(smooth > half, round(_SEPARATE_WIDTHS * width_s / currents.interval_s))
        # What is high where the record begins began before it.
        starts = starts[starts > 0]
        if not starts.size:
            return
        left, right = smooth[starts - 1], smooth[starts]
        shares = (half - left) / (right - left)
        middle = currents.start_s + (over - 1) / 2 * currents.interval_s
        self.starts_s = middle + (starts - 1 + shares) * currents.interval_s
        slope = float(np.median(right - left)) / currents.interval_s
        self.edge_s = currents.interval_s / 2 + (3 * noise_a + currents.code_a / 2) / slope


def _apart(high: NDArray[np.bool_], least: int) -> NDArray[np.intp]:
    """First index of each run, runs that are closer than `least` taken for one."""
    found = runs(high)
    later = [start for (_, before), (start, _) in pairwise(found) if start - before > least]
    return np.array([start for start, _ in found[:1]] + later, dtype=np.intp)


def _above_baseline(currents: Currents, width_s: float) -> NDArray[np.float64]:
    """The record less what moves slowly in it, such as mains: a mean over twenty pulse widths about each sample."""
    half = max(1, round(_BASELINE_WIDTHS * width_s / currents.interval_s / 2))
    padded = np.pad(currents.amperes, half, mode="reflect")
    return currents.amperes - moving_mean(padded, 2 * half + 1)


def _of_way(observation: Observation, way: str) -> list[tuple[float, Reading]]:
    """The readings of one way, each with the resistance at which it was taken, smallest first.

    Raises:
        NotMeasurable: there is none.
    """
    readings = [reading for reading in observation.readings if reading.name.startswith(f"{way}.")]
    found = sorted(
        ((float(dict(reading.settings)["load_ohm"]), reading) for reading in readings), key=lambda pair: pair[0]
    )
    if not found:
        raise NotMeasurable(f"observation {observation.key} holds no reading of the way {way}")
    return found


def _plain(reading: Reading, zero: Reading) -> float:
    """Current of a reading without its uncertainty."""
    volts = float(np.mean(reading.values_v)) - float(np.mean(zero.values_v))
    return volts / reading.path.resistor.resistance_ohm


def _extreme(observation: Observation, derivation: Derivation, counts: Any, *, least: bool) -> Measurement:
    """The smallest current along the setting, or the largest magnitude, among the readings of a way that count.

    Raises:
        NotMeasurable: none counts.
    """
    way = dict(derivation.arguments)["way"]
    zero, sign = observation.reading("zero"), observation.point.setpoint.polarity.sign
    readings = [reading for ohm, reading in _of_way(observation, way) if counts(ohm)]
    if not readings:
        raise NotMeasurable(f"observation {observation.key} holds no reading of the way {way} at such a load")
    found = []
    for reading in readings:
        budget = Budget()
        result = sign * from_multimeter(budget, reading, zero)
        found.append(Candidate(budget, result if least or result.x >= 0 else -result))
    return extreme(found, "A", derivation, smallest if least else largest)
