"""The envelope of a current: what rises after contact, whether the output is steady, alternates or pulses.

    d.c.                     |i|
    without a rest           |i|, bridged over the change of sign (bipolar squares, staircases, alternating d.c.)
    with a rest              the plateau of each pulse: the largest |i| of the last one and a half periods, zero before
                             the first one

Whether a waveform rests between its phases is told from a record of its settled output (`settled`, else `reference`
where that is of the same setting), not from a profile: a monopolar one with a frequency rests; a bipolar one does
where more than a fifth of that record is below half of its top.
One and a half periods hold at least one pulse and, by turns, only one: a pulse that is missing or smaller shows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.measurands.instants import Stretch, moving_mean, stretch
from harness.measurands.oscilloscope import codes, volts, volts_of
from harness.setpoint import Polarity
from harness.waveform.samples import runs

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.capture import Capture, Observation
    from harness.measurands.oscilloscope import Currents
    from harness.setpoint import Setpoint

MEAN_S = 1e-3
"""Moving mean: a hundredth of the shortest rise that anybody allows; bounces and discharges hardly pass it."""

EDGE_S = 100e-6
"""An alternation passes zero in less than this, to either side; what stays away longer has fallen."""

_RESTS = 0.2
_HALF = 0.5
_TOP_MEAN = 5
_OF_A_PULSE = 4
_LEAST_OF_A_PULSE = 8
_PERIODS = 1.5
_LEAST_SHARE = 0.05
"""A record with less than this share of the level shows no waveform."""


@dataclass(frozen=True, slots=True)
class Pulsing:
    """How a current pulses.

    Attributes:
        period_s: from one pulse to the next, as set.
        width_s: of a pulse, as its record shows.
    """

    period_s: float
    width_s: float

    def mean_s(self, longest_s: float) -> float:
        """Moving mean that reaches the plateau of each pulse: a quarter of its width, at most `longest_s`."""
        return min(longest_s, self.width_s / _OF_A_PULSE)


def high(amperes: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which samples of a settled output are above half of its top."""
    magnitude = np.abs(amperes)
    top = float(moving_mean(magnitude, min(_TOP_MEAN, magnitude.size)).max())
    return np.asarray(magnitude > _HALF * top)


def pulsing(setpoint: Setpoint, settled: NDArray[np.float64], interval_s: float) -> Pulsing | None:
    """How a settled output pulses; None where it rests nowhere.

    Args:
        setpoint: what is set.
        settled: at least one period of the output at its level, in A.
        interval_s: between its samples.
    """
    if setpoint.frequency_hz is None:
        return None
    above = high(settled)
    if setpoint.polarity is Polarity.BIPOLAR and np.count_nonzero(~above) <= _RESTS * above.size:
        return None
    longest = max((stop - start for start, stop in runs(above)), default=0)
    return Pulsing(1 / setpoint.frequency_hz, longest * interval_s)


def pulsing_of(observation: Observation) -> Pulsing | None:
    """How the output of a point pulses, by a record of it.

    Without that record, or with one of a unit that delivers nothing, a monopolar waveform with a frequency counts as
    one that rests for half of its period.
    """
    setpoint = observation.point.setpoint
    if setpoint.frequency_hz is None:
        return None
    shown = telling_record(observation)
    if shown is not None:
        zero = observation.capture("zero")
        at_rest = volts_of(zero, float(codes(zero).mean()))
        amperes = (volts(shown) - at_rest) / shown.path.resistor.resistance_ohm
        if float(np.abs(amperes).max()) >= _LEAST_SHARE * setpoint.current_a:
            return pulsing(setpoint, amperes, shown.interval_s)
    half = 0.5 / setpoint.frequency_hz
    return None if setpoint.polarity is Polarity.BIPOLAR else Pulsing(2 * half, half)


def telling_record(observation: Observation) -> Capture | None:
    """The record that shows the waveform of a setting with a frequency; None where there is none.

    A plateau longer than half a period is that of another setting, which was chosen to be read.
    """
    captures = {capture.name: capture for capture in observation.captures}
    frequency = observation.point.setpoint.frequency_hz
    if frequency is None or "zero" not in captures:
        return None
    reference = captures.get("reference")
    if reference is not None and any(each.to_s - each.from_s > _HALF / frequency for each in reference.plateaus):
        reference = None
    return captures.get("settled", reference)


def envelope(currents: Currents, from_s: float, setpoint: Setpoint, pulses: Pulsing | None) -> Stretch:
    """The envelope from an instant to the record's end, low-passed; what lies before that instant counts for nothing.

    Raises:
        NotMeasurable: the record does not hold that part, or too few samples of a pulse.
    """
    if pulses is None and setpoint.frequency_hz is None:
        part = stretch(currents, from_s, currents.end_s, MEAN_S)
        return replace(part, amperes=np.abs(part.amperes))
    if pulses is None:
        later = np.where(currents.times_s < from_s, 0.0, currents.amperes)
        steps = max(2, math.ceil(EDGE_S / currents.interval_s))
        return stretch(replace(currents, amperes=_bridged(later, steps)), from_s, currents.end_s, MEAN_S)
    if pulses.width_s < _LEAST_OF_A_PULSE * currents.interval_s:
        raise NotMeasurable(f"the record {currents.name} is too coarse for pulses of {pulses.width_s:g} s")
    magnitude = replace(currents, amperes=np.abs(currents.amperes))
    part = stretch(magnitude, from_s, currents.end_s, pulses.mean_s(MEAN_S))
    over = max(1, round(_PERIODS * pulses.period_s / currents.interval_s))
    return replace(part, amperes=largest_of_last(part.amperes, over))


def _bridged(amperes: NDArray[np.float64], steps: int) -> NDArray[np.float64]:
    """The magnitude, which is not taken to fall while the current changes its sign within `steps` to either side."""
    magnitude = np.abs(amperes)
    if amperes.size <= 2 * steps:
        return magnitude
    left, right = amperes[: -2 * steps], amperes[2 * steps :]
    beside = np.where(left * right < 0, np.minimum(np.abs(left), np.abs(right)), 0.0)
    magnitude[steps:-steps] = np.maximum(magnitude[steps:-steps], beside)
    return magnitude


def largest_of_last(values: NDArray[np.float64], over: int) -> NDArray[np.float64]:
    """The largest of each value and the `over` - 1 before it; before the first one lie zeros."""
    blocks = -(-(values.size + over - 1) // over)
    padded = np.zeros(blocks * over)
    padded[over - 1 : over - 1 + values.size] = values
    rows = padded.reshape(blocks, over)
    ahead = np.maximum.accumulate(rows, axis=1).ravel()
    back = np.maximum.accumulate(rows[:, ::-1], axis=1)[:, ::-1].ravel()
    return np.asarray(np.maximum(back[: values.size], ahead[over - 1 : over - 1 + values.size]))
