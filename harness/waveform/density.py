"""Energy, current density and power density of a stimulator's output.

FDA, Guidance Document for Powered Muscle Stimulator 510(k)s (June 1999), section 3, rows 12 and 13 and note 6: the
smallest electrode's conductive area, power averaged over one second. 21 CFR 882.5891(b)(3): current density as r.m.s.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable, RequestError
from harness.quantity import finite
from harness.waveform.parameter import Estimate

if TYPE_CHECKING:
    from harness.waveform.integral import Integral
    from harness.waveform.pulse_groups import Pulses, Repetition

WINDOW_S = 1.0
"""Output duration over which FDA has power density averaged (note 6)."""

_FEWEST = 10.0


def positive(name: str, value: float) -> float:
    """Let a finite number above zero through.

    Raises:
        NotFinite: no finite number.
        RequestError: zero or negative.
    """
    if not finite(name, value) > 0:
        raise RequestError(f"{name} is {value:g}; it must be above zero")
    return float(value)


def per_area(amount: Estimate, area_cm2: float) -> Estimate:
    """Return an amount for each square centimetre of electrode."""
    area = positive("the electrode area", area_cm2)
    return Estimate(amount.value / area, amount.bound / area)


def energy_per_pulse(power: Integral, pulses: Pulses, interval_s: float) -> Estimate:
    """Return the largest energy of a whole pulse, from where its first phase leaves the rest to its last one's end.

    Args:
        power: running integral of the instantaneous power.
        pulses: of the current.
        interval_s: between two samples.

    Raises:
        NotMeasurable: the record holds no whole pulse.
    """
    begins, ends = pulses.phases.begin[pulses.first], pulses.phases.end[pulses.last]
    if not pulses.whole.any():
        raise NotMeasurable("the record holds no whole pulse")
    values, bounds = power.between(begins[pulses.whole], ends[pulses.whole])
    return Estimate(float(values.max()) * interval_s, float(bounds.max()) * interval_s)


def worst_second(power: Integral, interval_s: float, repeated: Repetition | None) -> Estimate:
    """Return the largest mean power over any one second of the output, in the unit of the power.

    A record of a second or more is searched with a window that slides sample by sample. A waveform that repeats is
    also continued by whole periods, as its worst second may lie beyond the record's ends: a second then holds so many
    periods, and the worst part of one. The larger of both counts.

    Args:
        power: running integral of the instantaneous power.
        interval_s: between two samples.
        repeated: the whole periods of the record; None where nothing repeats.

    Raises:
        NotMeasurable: the record is shorter than a second and does not repeat, or a second holds fewer than ten
            samples.
    """
    window = WINDOW_S / interval_s
    if window < _FEWEST:
        raise NotMeasurable(f"one second holds {window:.3g} samples; power density needs {_FEWEST:g} at least")
    found = [_largest(power, 0.0, float(power.record.size - 1), window)] if power.record.size - 1 >= window else []
    if repeated is not None and not (found and repeated.phases == 0):
        found.append(_continued(power, repeated, window))
    if not found:
        raise NotMeasurable(
            f"the record lasts {(power.record.size - 1) * interval_s:g} s and does not repeat: power density needs one "
            "second of output; record longer"
        )
    return Estimate(max(each.value for each in found), max(each.bound for each in found))


def _continued(power: Integral, repeated: Repetition, window: float) -> Estimate:
    """Return the largest mean over a window of the waveform continued by whole periods."""
    count = math.floor(window / repeated.period)
    whole, bound = (float(part[0]) for part in power.between(np.array([repeated.begin]), np.array([repeated.end])))
    part = _partial(power, repeated, window - count * repeated.period)
    peak = float(np.abs(power.record).max())
    doubt = count * (bound + peak * repeated.doubt) / repeated.count + part.bound + 2 * peak * count * repeated.doubt
    return Estimate((count * whole / repeated.count + part.value) / window, doubt / window)


def _partial(power: Integral, repeated: Repetition, length: float) -> Estimate:
    """Return the largest energy in a stretch shorter than a period, anywhere in the periodic waveform."""
    if length < 1:
        return Estimate(0.0, float(np.abs(power.record).max()))
    period = repeated.period
    begins = np.asarray(repeated.begin + np.arange(math.ceil(period)), dtype=np.float64)
    ends = begins + length
    over = np.asarray(np.maximum(ends - (repeated.begin + period), 0.0), dtype=np.float64)
    first, doubt = power.between(begins, ends - over)
    second, more = power.between(np.full(begins.size, repeated.begin), repeated.begin + over)
    best = int(np.argmax(first + second))
    peak = float(np.abs(power.record).max())
    return Estimate(float((first + second)[best]), float((doubt + more).max()) + peak * (1 + repeated.doubt))


def _largest(power: Integral, begin: float, end: float, window: float) -> Estimate:
    """Return the largest mean over a sliding window."""
    begins = np.asarray(np.arange(math.floor(end - begin - window) + 1) + begin, dtype=np.float64)
    values, bounds = power.between(begins, begins + window)
    best = int(np.argmax(values))
    # The worst second may begin between two samples.
    between = float(np.abs(power.record).max())
    return Estimate(float(values[best]) / window, (float(bounds.max()) + between) / window)
