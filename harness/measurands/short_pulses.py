"""Pulses of less than a millisecond: their rate, width, amplitude, droop, symmetry, and what they leave behind.

Such pulses are a small part of a record of ten periods. That record, `periods`, says when they come; what they look
like is read off the record `pulse`, which shows those of one period close up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.oscilloscope import OWN_SCALE, Calibration, codes, scaled_current, volts_of
from harness.measurands.paths import from_multimeter
from harness.measurands.registry import PHASE, phase_of, register
from harness.measurands.timing import IRREGULAR, LEAST_PERIODS, PERIODS, PLATEAU, time_base
from harness.metrology import Budget

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.capture import Observation
    from harness.measurands.oscilloscope import Currents
    from harness.quantity import Derivation, Measurement
    from harness.setpoint import Polarity

PULSE = "pulse"
OUTPUT = "output"
_BOTH = 2
_ALIKE = 0.05
_COVERED = 0.9
_HALF = 0.5
_LEAST_SHARE = 0.01
_SEEN = 10.0
"""A pulse is at least so many standard deviations of the noise."""

_BEGINS, _ENDS = (0.05, 0.10), (0.90, 0.95)
_SPAN = 0.85
"""From the middle of the first of these windows to the middle of the last, as a share of the pulse."""


@dataclass(frozen=True, slots=True, eq=False)
class _Train:
    """When pulses begin, in samples of the record `periods`."""

    begins: NDArray[np.intp]
    samples: int
    interval_s: float

    @property
    def is_regular(self) -> bool:
        """One period from each pulse to the next, within 5 %, ten of them, for nearly all of the record."""
        if self.begins.size <= LEAST_PERIODS:
            return False
        apart = np.diff(self.begins)
        usual = float(np.median(apart))
        covered = float(self.begins[-1] - self.begins[0]) + usual
        even = bool(np.all(np.abs(apart - usual) <= _ALIKE * usual + 1))
        return even and covered >= _COVERED * self.samples


@dataclass(frozen=True, slots=True, eq=False)
class _Along:
    """The record `periods` in codes above rest, positive in the direction of a phase, with their noise."""

    codes: NDArray[np.float64]
    noise: float


def _along(observation: Observation, phase: Polarity) -> _Along:
    capture, zero = observation.capture(PERIODS), observation.capture("zero")
    resting = volts_of(zero, float(codes(zero).mean()))
    rest = capture.reference_code + (resting - capture.origin_v) / capture.increment_v
    noise = max(float(codes(zero).std(ddof=1)), 1 / math.sqrt(12))
    return _Along(phase.sign * (codes(capture).astype(np.float64) - rest), noise)


def _train(observation: Observation) -> _Train:
    """Where the current rises through half of its largest, in the direction of the setting's first phase."""
    along = _along(observation, observation.point.setpoint.polarity.phases[0])
    peak = float(along.codes.max())
    above = along.codes > _HALF * peak
    begins = np.flatnonzero(above[1:] & ~above[:-1]) + 1
    seen = begins if peak > _SEEN * along.noise else begins[:0]
    return _Train(seen, along.codes.size, observation.capture(PERIODS).interval_s)


def mean_interval_s(observation: Observation) -> tuple[float, float]:
    """From a pulse to the next, mean over the record `periods`, and the bound of what sampling does to it.

    Raises:
        NotMeasurable: pulses do not come evenly.
    """
    train = _train(observation)
    if not train.is_regular:
        raise NotMeasurable(f"{observation.key}: pulses do not come evenly, so they have no period")
    count = train.begins.size - 1
    return float(train.begins[-1] - train.begins[0]) * train.interval_s / count, train.interval_s / count


@register("pulse-rate", 1)
def _rate(observation: Observation, derivation: Derivation) -> Measurement:
    """Pulses of the first phase for each second, over ten periods.

    Of a record T that is not regular its pulses, at most nine, over T, half a period more or less.
    """
    budget = Budget()
    return budget.measurement(pulse_rate(budget, observation), "Hz", derivation, _names(observation, PERIODS))


def pulse_rate(budget: Budget, observation: Observation) -> Any:
    """Uncertain rate of the pulses of the first phase in the record `periods`, in Hz."""
    train = _train(observation)
    length = train.samples * train.interval_s
    if not train.is_regular:
        count = min(train.begins.size, LEAST_PERIODS - 1)
        return budget.bounded(IRREGULAR, count / length, 0.5 / length, None, "half a period more or less")
    whole = float(train.begins[-1] - train.begins[0]) * train.interval_s
    between: Any = whole + budget.bounded(
        "first and last pulse: sampling", 0.0, train.interval_s, None, "one sample between both"
    )
    return (train.begins.size - 1) / (between * time_base(budget, observation.capture(PERIODS)))


@dataclass(frozen=True, slots=True, eq=False)
class _Pulse:
    """The pulse of one phase in the record `pulse`.

    Attributes:
        currents: the record, calibrated.
        along: the same, positive in the direction of the phase.
        begin: instant at which it is half way up, in samples.
        end: instant at which it is half way down, in samples; the record's end where it does not come down.
        seen: whether there is a pulse at all; else begin and end are where the setting has it.
    """

    currents: Currents
    along: NDArray[np.float64]
    begin: float
    end: float
    seen: bool

    def window(self, part: tuple[float, float]) -> NDArray[np.float64]:
        """The samples in a part of the pulse, at least one."""
        length = self.end - self.begin
        first = min(math.ceil(self.begin + part[0] * length), self.along.size - 1)
        return self.along[first : max(math.floor(self.begin + part[1] * length), first) + 1]


def _pulse(budget: Budget, observation: Observation, phase: Polarity) -> _Pulse:
    setpoint = observation.point.setpoint
    if phase not in setpoint.polarity.phases or setpoint.pulse_width_s is None:
        raise NotMeasurable(f"{observation.key} has no short {phase.value} pulse")
    read = {reading.name for reading in observation.readings}
    calibration = Calibration(plateau_reading=phase.value) if phase.value in read else OWN_SCALE
    currents = scaled_current(budget, observation, PULSE, calibration)
    along = phase.sign * currents.amperes
    peak = float(along.max())
    above = along > _HALF * peak
    if not peak > _SEEN * currents.noise_a:
        number = setpoint.polarity.phases.index(phase)
        begin = (number * setpoint.pulse_width_s - currents.start_s) / currents.interval_s
        return _Pulse(currents, along, begin, begin + setpoint.pulse_width_s / currents.interval_s, seen=False)
    first, last = _longest(above)
    return _Pulse(currents, along, _crossing(along, first, peak), _crossing(along, last + 1, peak), seen=True)


def _longest(above: NDArray[np.bool_]) -> tuple[int, int]:
    """First and last sample of the longest stretch above half: noise on an edge is no pulse."""
    turns = np.flatnonzero(np.diff(np.concatenate(([False], above, [False])).astype(np.int8)))
    begins, ends = turns[::2], turns[1::2]
    longest = int(np.argmax(ends - begins))
    return int(begins[longest]), int(ends[longest]) - 1


def _crossing(along: NDArray[np.float64], index: int, peak: float) -> float:
    """Where between the sample before and this one half of the peak is passed."""
    if not 0 < index < along.size:
        return float(index)
    before, after = float(along[index - 1]), float(along[index])
    return index - 1 + (_HALF * peak - before) / (after - before)


@register("short-pulse-width", 1, PHASE)
def _width(observation: Observation, derivation: Derivation) -> Measurement:
    """From half way up to half way down; 0 where there is no pulse."""
    budget = Budget()
    pulse = _pulse(budget, observation, phase_of(derivation))
    samples = pulse.end - pulse.begin if pulse.seen else 0.0
    # Its own budget: what calibrates amperes is no part of a time.
    times = Budget()
    length: Any = samples * pulse.currents.interval_s
    for name in ("begin", "end"):
        source = "where between two samples half of the peak is passed"
        length = length + times.bounded(f"{name}: sampling", 0.0, pulse.currents.interval_s, None, source)
    width = length * time_base(times, observation.capture(PULSE))
    return times.measurement(width, "s", derivation, _names(observation, PULSE))


@register("short-pulse-amplitude", 1, PHASE)
def _amplitude(observation: Observation, derivation: Derivation) -> Measurement:
    """Mean from 25 to 70 % of the pulse, positive in the direction of the phase."""
    budget = Budget()
    phase = phase_of(derivation)
    pulse = _pulse(budget, observation, phase)
    shown = pulse.window(PLATEAU)
    mean = phase.sign * float(shown.mean())
    current = phase.sign * pulse.currents.value(budget, f"plateau of the {phase.value} pulse", mean, shown.size)
    return budget.measurement(current, "A", derivation, pulse.currents.captures)


@register("short-pulse-droop", 1, PHASE)
def _droop(observation: Observation, derivation: Derivation) -> Measurement:
    """How much the pulse falls from its begin to its end, relative to its begin; 1 where there is no pulse.

    From means at 5 to 10 % and at 90 to 95 %, carried on to its ends as an exponential.
    """
    budget = Budget()
    phase = phase_of(derivation)
    pulse = _pulse(budget, observation, phase)
    begin, end = pulse.window(_BEGINS), pulse.window(_ENDS)
    if not pulse.seen or not begin.mean() > 0:
        none = Budget()
        gone = none.bounded("no pulse in the record", 1.0, 1e-3, None, "nothing stays level")
        return none.measurement(gone, "1", derivation, pulse.currents.captures)
    # Both are read near one code; the difference bears its nonlinearity once.
    first = pulse.currents.value(
        budget, "begin of the pulse", phase.sign * float(begin.mean()), begin.size, linear=True
    )
    last = pulse.currents.value(budget, "end of the pulse", phase.sign * float(end.mean()), end.size)
    ratio = last / first
    droop = 1 - (ratio ** (1 / _SPAN) if ratio.x > 0 else ratio)
    return budget.measurement(droop, "1", derivation, pulse.currents.captures)


@register("short-pulse-evenness", 1, PHASE)
def _evenness(observation: Observation, derivation: Derivation) -> Measurement:
    """Of all pulses of a phase in the record `periods` the plateau furthest from their median, over that.

    Pulses of less than half of the largest count as missing, which the rate shows. It is 1 where fewer than two came.
    """
    budget = Budget()
    names = _names(observation, PERIODS)
    along = _along(observation, phase_of(derivation))
    plateaus = _plateaus(along.codes)
    usual = float(np.median(plateaus)) if plateaus.size else 0.0
    if plateaus.size < _BOTH or not usual > _SEEN * along.noise:
        gone = budget.bounded("no two pulses in the record", 1.0, 1e-3, None, "nothing to compare")
        return budget.measurement(gone, "1", derivation, names)
    worst = float(np.abs(plateaus / usual - 1).max())
    # Both lie near one code: its nonlinearity is common to them.
    value = budget.bounded("resolution", worst, 1 / usual, None, "half a code each")
    value = value + budget.bounded("noise", 0.0, along.noise / usual, 1.0, "of the samples, at least one to a pulse")
    return budget.measurement(value, "1", derivation, names)


def _plateaus(along: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean of each pulse where its plateau is read, or of all of it where it has too few samples for that."""
    turns = np.flatnonzero(np.diff(np.concatenate(([0], (along > _HALF * along.max()).astype(np.int8), [0]))))
    begins, ends = turns[::2], turns[1::2]
    lengths = ends - begins
    # What noise makes of an edge is no pulse, and what the record cuts off is no whole one.
    whole = (lengths > _HALF * np.median(lengths)) & (begins > 0) & (ends < along.size)
    found = []
    for begin, length in zip(begins[whole], lengths[whole], strict=True):
        first = begin + math.ceil(PLATEAU[0] * length)
        found.append(float(along[first : max(begin + math.floor(PLATEAU[1] * length), first + 1)].mean()))
    return np.array(found)


@register("short-pulse-rms", 1)
def _rms(observation: Observation, derivation: Derivation) -> Measurement:
    """Root mean square over a period: plateau of each pulse, its width, and the rate as set.

    Raises:
        NotMeasurable: the setting has no period, or there is no pulse.
    """
    budget = Budget()
    setpoint = observation.point.setpoint
    if setpoint.frequency_hz is None:
        raise NotMeasurable(f"{observation.key} has no period")
    first, *others = setpoint.polarity.phases
    # One record, calibrated once: of further phases only the place is looked for.
    pulses = {first: _pulse(budget, observation, first)}
    pulses |= {phase: _pulse(Budget(), observation, phase) for phase in others}
    currents = pulses[first].currents
    square: Any = 0.0
    for phase, pulse in pulses.items():
        shown = pulse.window(PLATEAU)
        current = currents.value(budget, f"plateau of the {phase.value} pulse", float(shown.mean()), shown.size)
        width = (pulse.end - pulse.begin) * currents.interval_s
        source = "where between two samples half of the peak is passed"
        length = width + budget.bounded(f"width of the {phase.value} pulse", 0.0, currents.interval_s, None, source)
        square = square + current**2 * length * setpoint.frequency_hz
    if not square.x > 0:
        raise NotMeasurable(f"{observation.key}: no current, so no root mean square of it")
    return budget.measurement(square**0.5, "A", derivation, currents.captures)


@register("phase-symmetry", 1)
def _symmetry(observation: Observation, derivation: Derivation) -> Measurement:
    """Sum of both plateaus over the larger magnitude, from one record.

    It is 1 where one phase is missing, 2 where it flows the wrong way. Both are read off the record `output`, at one
    scale: of that only the nonlinearity is left in their ratio.

    Raises:
        NotMeasurable: the record shows no current, or not where its phases are.
    """
    budget = Budget()
    capture = observation.capture(OUTPUT)
    currents = scaled_current(budget, observation, OUTPUT, Calibration(reference=OUTPUT, plateau_reading="positive"))
    found = []
    for plateau in capture.plateaus:
        shown = currents.window(plateau.from_s, plateau.to_s)
        if shown.size:
            name = f"plateau of the {plateau.phase.value} phase"
            found.append(currents.value(budget, name, float(shown.mean()), shown.size))
    larger = max((-each if each.x < 0 else each for each in found), key=lambda each: float(each.x), default=None)
    least = _LEAST_SHARE * observation.point.setpoint.current_a
    if len(found) != _BOTH or larger is None or not larger.x > least:
        raise NotMeasurable(f"{observation.key}: no current to compare both phases by")
    return budget.measurement((found[0] + found[1]) / larger, "1", derivation, currents.captures)


@register("mean-between-pulses", 1)
def _net(observation: Observation, derivation: Derivation) -> Measurement:
    """Mean current over whole periods, by the multimeter, from the rest between two pulses on.

    Both ends of the aperture lie in the rest, so nothing of a pulse is cut. Where pulses do not come evenly, one pulse
    more or less may be in it.
    """
    budget = Budget()
    mean = observation.reading("mean")
    current = from_multimeter(budget, mean, observation.reading("zero"))
    train = _train(observation)
    width = observation.point.setpoint.pulse_width_s
    if not train.is_regular and width is not None:
        bound = observation.point.setpoint.current_a * width / mean.path.aperture_s
        current = current + budget.bounded("a pulse more or less", 0.0, bound, None, IRREGULAR)
    return budget.measurement(current, "A", derivation, _names(observation, PERIODS))


def _names(observation: Observation, record: str) -> tuple[str, ...]:
    return tuple(f"{observation.key}-{name}" for name in ("zero", record))
