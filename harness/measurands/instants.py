"""When contact was made and lost, and stretches of a record around those instants.

t = 0 of a contact is the last edge of the contact monitor: what bounced before it is not yet contact. The monitor is a
switch of its own beside the one in the loop, so the instant is known no better than both agree.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.oscilloscope import LEAST_SAMPLES, codes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.capture import Capture, Observation
    from harness.measurands.oscilloscope import Currents
    from harness.metrology import Budget

SETTLED_S = 20e-6
"""From here on after contact the discharge of healthy cables is over, and a current is judged as one (house rule)."""

_MONITOR_CODES = 16
"""A monitor that moves less has not switched: noise moves a record by some codes."""

_SAMPLE_ROUNDING = 1e-6
_ENDING = re.compile(r"\.(\d+)$")


@dataclass(frozen=True, slots=True, eq=False)
class Stretch:
    """Part of a record, low-passed by a moving mean that lies wholly inside it.

    Attributes:
        amperes: one for each position of the mean.
        start_s: middle of the first mean, against the trigger.
        interval_s: from one mean to the next.
        over: samples in each mean.
        noise_a: standard deviation of one mean.
    """

    amperes: NDArray[np.float64]
    start_s: float
    interval_s: float
    over: int
    noise_a: float

    @property
    def mean_s(self) -> float:
        """Length of the moving mean."""
        return self.over * self.interval_s

    @property
    def noise_of_largest_a(self) -> float:
        """By how much noise alone lifts the largest of all values: sqrt(2 ln N) of its standard deviation.

        N counts independent values, of both signs.
        """
        independent = 2 * (self.amperes.size // self.over + 1)
        return self.noise_a * math.sqrt(2 * math.log(independent))

    @property
    def lifted(self) -> str:
        """What that is, for a budget."""
        return f"what lifts the largest of {self.amperes.size} means over {self.mean_s * 1e6:.3g} µs"

    def instant(self, index: float) -> float:
        """Time of a value, which may lie between two, against the trigger."""
        return self.start_s + index * self.interval_s


def contact_instant(monitor: Capture) -> float:
    """When contact was made for good: the last rising edge of a monitor's record, in s against the trigger.

    Raises:
        NotMeasurable: the monitor did not switch, or the record ends with the contact open.
    """
    shown, half = _halved(monitor)
    below = np.flatnonzero(shown < half)
    last = int(below[-1])
    if last == shown.size - 1:
        raise NotMeasurable(f"the contact is open where the record {monitor.name} ends")
    return _edge(monitor, shown, last, half)


def loss_instant(monitor: Capture) -> float:
    """When contact was lost: the first falling edge of a monitor's record, in s against the trigger.

    Raises:
        NotMeasurable: the monitor did not switch, or the record begins with the contact open.
    """
    shown, half = _halved(monitor)
    first = int(np.argmax(shown < half))
    if first == 0:
        raise NotMeasurable(f"the contact is open where the record {monitor.name} begins")
    return _edge(monitor, shown, first - 1, half)


def mismatch_s(monitor: Capture) -> float:
    """How far the edges of the monitor and of the contact may lie apart, as the bench file says.

    Raises:
        NotMeasurable: the record does not say it.
    """
    return setting(monitor, "mismatch_s")


def setting(capture: Capture, name: str) -> float:
    """A number among a capture's settings.

    Raises:
        NotMeasurable: there is none of this name.
    """
    text = dict(capture.settings).get(name)
    if text is None:
        raise NotMeasurable(f"the record {capture.name} does not say {name}")
    return float(text)


def edge_error(budget: Budget, name: str, monitor: Capture) -> Any:
    """What the instant of one edge may be wrong by: an uncertain zero, in s."""
    half = budget.bounded(f"{name}: sampling", 0.0, monitor.interval_s / 2, None, "half a sampling interval")
    return half + budget.bounded(f"{name}: monitor against contact", 0.0, mismatch_s(monitor), None, "bench file [a]")


def time_base(budget: Budget, capture: Capture) -> Any:
    """The factor, about 1, by which the oscilloscope's seconds may be wrong."""
    path = capture.path
    return budget.bounded("oscilloscope: time base", 1.0, path.time_base, None, path.accuracy.document)


def repeats(observation: Observation, name: str) -> tuple[str, ...]:
    """Names of the captures `name.1`, `name.2` and so on, in their order.

    Raises:
        NotMeasurable: there is none.
    """
    found = {}
    for capture in observation.captures:
        ending = _ENDING.search(capture.name)
        if ending and capture.name[: ending.start()] == name:
            found[int(ending[1])] = capture.name
    if not found:
        raise NotMeasurable(f"observation {observation.key} holds no record {name}.1")
    return tuple(found[number] for number in sorted(found))


def the_one(observation: Observation, name: str) -> str:
    """Name of the only capture `name.N`.

    Raises:
        NotMeasurable: there is none, or more than one.
    """
    first, *more = repeats(observation, name)
    if more:
        raise NotMeasurable(f"observation {observation.key} holds {more} beside {first}, where one is due")
    return first


def plateau_a(observation: Observation, reference: Currents) -> float:
    """Mean current of a reference's plateau: of the point's first phase, or of the whole record where it says of none.

    Raises:
        NotMeasurable: it says of other plateaus only, or holds too little of this one.
    """
    plateaus = observation.capture(reference.name).plateaus
    if not plateaus:
        return float(reference.amperes.mean())
    phase = observation.point.setpoint.polarity.phases[0]
    inside = next((reference.window(each.from_s, each.to_s) for each in plateaus if each.phase is phase), None)
    if inside is None or inside.size < LEAST_SAMPLES:
        raise NotMeasurable(f"the record {observation.key}-{reference.name} does not hold the {phase.value} plateau")
    return float(inside.mean())


def of_the_same_trigger(observation: Observation, name: str, other: str) -> Capture:
    """The capture `other` that one trigger started together with the capture `name`.

    Raises:
        NotMeasurable: it was not taken.
    """
    partner = other + name[name.rindex(".") :]
    found = next((capture for capture in observation.captures if capture.name == partner), None)
    if found is None:
        raise NotMeasurable(f"observation {observation.key} holds no record {partner} to {name}")
    return found


def stretch(currents: Currents, from_s: float, to_s: float, mean_s: float) -> Stretch:
    """The part of a record from one instant to another, low-passed by a moving mean of (about) `mean_s`.

    No mean takes in a sample from outside: what happens just before does not smear into the part.

    Raises:
        NotMeasurable: the record does not hold that part.
    """
    first, last = _reach(currents, from_s, to_s)
    inside = currents.amperes[first : last + 1]
    over = min(max(1, round(mean_s / currents.interval_s)), inside.size)
    start_s = currents.start_s + (first + (over - 1) / 2) * currents.interval_s
    return Stretch(moving_mean(inside, over), start_s, currents.interval_s, over, currents.noise_a / math.sqrt(over))


def moving_mean(samples: NDArray[np.float64], over: int) -> NDArray[np.float64]:
    """Mean of each `over` neighbours; `over` - 1 fewer values than samples."""
    if over <= 1:
        return samples
    sums = np.cumsum(samples)
    sums[over:] -= sums[:-over].copy()
    return np.asarray(sums[over - 1 :] / over, dtype=np.float64)


def crossing(values: NDArray[np.float64], left: int, level: float) -> float:
    """Where between the values `left` and `left` + 1 a straight line passes `level`, as a fractional index."""
    rise = float(values[left + 1]) - float(values[left])
    return left + (min(max((level - float(values[left])) / rise, 0.0), 1.0) if rise else 0.5)


def _reach(currents: Currents, from_s: float, to_s: float) -> tuple[int, int]:
    """First and last sample between two instants."""
    first = math.ceil((from_s - currents.start_s) / currents.interval_s - _SAMPLE_ROUNDING)
    last = math.floor((to_s - currents.start_s) / currents.interval_s + _SAMPLE_ROUNDING)
    # A sample stands for the interval that it begins: the last one reaches up to the record's end.
    if first < 0 or last > currents.amperes.size or first > min(last, currents.amperes.size - 1):
        raise NotMeasurable(
            f"the record {currents.name} reaches from {currents.start_s:g} s to {currents.end_s:g} s, "
            f"not from {from_s:g} s to {to_s:g} s"
        )
    return first, min(last, currents.amperes.size - 1)


def _halved(monitor: Capture) -> tuple[NDArray[np.uint8], float]:
    """A monitor's codes, and the code half way between its two states."""
    shown = codes(monitor)
    low, high = int(shown.min()), int(shown.max())
    if high - low < _MONITOR_CODES:
        raise NotMeasurable(f"the contact monitor's record {monitor.name} shows no edge: the contact did not switch")
    return shown, (low + high) / 2


def _edge(monitor: Capture, shown: NDArray[np.uint8], left: int, half: float) -> float:
    """The interpolated crossing between two neighbouring samples."""
    pair = shown[left : left + 2].astype(np.float64)
    return monitor.start_s + (left + crossing(pair, 0, half)) * monitor.interval_s
