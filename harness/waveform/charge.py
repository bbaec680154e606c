"""Charge of phases and pulses, mean values over whole periods, asymmetry and interphase interval.

Definitions: FDA, Guidance Document for Powered Muscle Stimulator 510(k)s (June 1999), section 3, rows 8 to 11; 21 CFR
882.5891(b)(3). IEC 60601-2-10 has the r.m.s. value and the d.c. component of the output apart from each other.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

from harness.errors import NotMeasurable
from harness.waveform.integral import Floor, Integral, sampling_doubt
from harness.waveform.parameter import Estimate
from harness.waveform.pulse_groups import gaps

if TYPE_CHECKING:
    from harness.waveform.current_phases import Phases
    from harness.waveform.pulse_groups import Pulses, Repetition
    from harness.waveform.samples import Indices, Samples


Compared: TypeAlias = Literal["charge", "amplitude", "duration"]
"""What phases of either sign are compared by; the duration goes from 50 % to 50 %."""


def largest_phase_charge(phases: Phases, sign: int, interval_s: float) -> Estimate:
    """Return the largest charge of any phase of one sign, in U s, with that sign.

    Raises:
        NotMeasurable: no such phase is whole in this record.
    """
    charges, bounds = phases.charge()
    chosen = np.flatnonzero(phases.whole & (phases.sign == sign))
    if not chosen.size:
        direction = "positive" if sign > 0 else "negative"
        raise NotMeasurable(f"the record holds no whole {direction} phase of at least 5 % of its largest sample")
    best = chosen[int(np.argmax(np.abs(charges[chosen])))]
    # The largest of the true charges may be another phase's whose bound is wider.
    return Estimate(float(charges[best]) * interval_s, float(bounds[chosen].max()) * interval_s)


def phase_charge(phases: Phases, interval_s: float) -> Estimate:
    """Return the largest charge of any phase, as a magnitude, in U s (21 CFR 882.5891(b)(3), maximum phase charge)."""
    charges, bounds = phases.charge()
    chosen = np.flatnonzero(phases.whole)
    if not chosen.size:
        raise NotMeasurable("the record holds no whole phase")
    return Estimate(float(np.abs(charges[chosen]).max()) * interval_s, float(bounds[chosen].max()) * interval_s)


def dc_component(total: Integral, repeated: Repetition) -> Estimate:
    """Return the signed mean over whole periods, in U.

    Beginning or ending a little early adds or leaves out so much time of at most the peak.
    """
    value, bound = _over(total, repeated)
    peak = float(np.abs(total.record).max())
    return Estimate(value / repeated.length, (bound + 2 * peak * repeated.doubt) / repeated.length)


def net_charge_per_pulse(pulses: Pulses, repeated: Repetition, interval_s: float) -> Estimate:
    """Return the signed charge of a period over the pulses in it, in U s: all current counts, in the gaps too.

    Raises:
        NotMeasurable: a period does not hold a whole number of pulses.
    """
    last = repeated.first + repeated.count * repeated.phases
    number = int(np.count_nonzero(pulses.begun & (pulses.first >= repeated.first) & (pulses.first < last)))
    if not number or number % repeated.count:
        raise NotMeasurable(
            f"{number} pulses begin in {repeated.count} periods of this record: no pulse has a net charge"
        )
    mean = dc_component(pulses.phases.integral, repeated)
    samples = repeated.length / number
    return Estimate(mean.value * samples * interval_s, mean.bound * samples * interval_s)


def rectified_mean(phases: Phases, repeated: Repetition) -> Estimate:
    """Return the mean magnitude over whole periods, in U: the charges of all phases, and what the rest adds.

    Rectified sample by sample, noise in the rest would count as current. Charge that flows outside all phases and is
    not the rest's (a recharge too weak to count as a phase) is in the bound.
    """
    charges, bounds = phases.charge()
    chosen = slice(repeated.first, repeated.first + repeated.count * repeated.phases)
    idle = repeated.length - float((phases.end - phases.begin)[chosen].sum())
    total = float(np.abs(charges[chosen]).sum()) + abs(phases.rest) * max(idle, 0.0)
    bound = float(bounds[chosen].sum()) + phases.integral.floor.mean_of(idle) * max(idle, 0.0)
    outside = _over(phases.integral, repeated)[0] - float(charges[chosen].sum())
    bound += abs(outside - phases.rest * max(idle, 0.0))
    return Estimate(total / repeated.length, (bound + total / repeated.length * repeated.doubt) / repeated.length)


def squared(record: Samples, floor: Floor) -> Integral:
    """Return the running integral of the squared samples."""
    return product(record, record, floor, floor)


def product(one: Samples, other: Samples, floor: Floor, other_floor: Floor) -> Integral:
    """Return the running integral of the product of two records of one shape, sampled together.

    Where either changes its sign between two samples, the product passes zero there and the rule may miss half of it.
    """
    values = one * other
    peak, other_peak = float(np.abs(one).max()), float(np.abs(other).max())
    joint = Floor(
        peak * other_floor.noise + other_peak * floor.noise, peak * other_floor.code + other_peak * floor.code
    )
    doubt = sampling_doubt(values, joint)
    turns = (one[1:] * one[:-1] < 0) | (other[1:] * other[:-1] < 0)
    larger = np.maximum(np.abs(values[1:]), np.abs(values[:-1]))
    doubt = np.where(turns, larger / 2, doubt)
    # Noise and codes of one record squared add their own power to every sample.
    doubt += floor.noise * other_floor.noise + floor.code * other_floor.code / 12
    running = np.concatenate(([0.0], np.cumsum((values[1:] + values[:-1]) / 2)))
    return Integral(values, running, np.concatenate(([0.0], np.cumsum(doubt))), joint)


def rms(squares: Integral, repeated: Repetition) -> Estimate:
    """Return the root of the mean square over whole periods, in U, the d.c. component included.

    Args:
        squares: running integral of the squared samples.
        repeated: the whole periods.
    """
    mean = dc_component(squares, repeated)
    return root(Estimate(max(mean.value, 0.0), mean.bound))


def root(square: Estimate) -> Estimate:
    """Return the square root of an estimate."""
    value = math.sqrt(square.value)
    lowest = math.sqrt(max(square.value - square.bound, 0.0))
    return Estimate(value, square.bound / (value + lowest) if value > 0 else math.sqrt(square.bound))


def asymmetry(phases: Phases, quantity: Compared) -> Estimate:
    """Compare the mean positive with the mean negative phase: (positive - negative) / (positive + negative).

    Of magnitudes, so that it lies between -1 and 1.

    Raises:
        NotMeasurable: whole phases of one sign only, or a quantity no larger than its error.
    """
    if quantity == "charge":
        values, bounds = phases.charge()
    elif quantity == "amplitude":
        values, bounds = phases.amplitude, phases.amplitude_bound
    else:
        values, bounds = phases.duration, phases.start_doubt + phases.stop_doubt
    up, down = (np.flatnonzero(phases.whole & (phases.sign == sign)) for sign in (1, -1))
    if not up.size or not down.size:
        raise NotMeasurable("the record holds whole phases of one sign only: there is nothing to compare")
    return _difference(np.abs(values), bounds, up, down)


def _difference(values: Samples, bounds: Samples, up: Indices, down: Indices) -> Estimate:
    """Return the normalised difference of two groups' means."""
    more, less = float(values[up].mean()), float(values[down].mean())
    doubt_more, doubt_less = float(bounds[up].mean()), float(bounds[down].mean())
    total = more + less
    if not total > doubt_more + doubt_less:
        raise NotMeasurable("the phases are no larger than the error bound of their difference")
    bound = 2 * (less * doubt_more + more * doubt_less) / (total * (total - doubt_more - doubt_less))
    return Estimate((more - less) / total, bound)


def interphase_interval(pulses: Pulses, interval_s: float) -> Estimate:
    """Return the median time from 50 % of one phase to 50 % of the next within a pulse, in s (interphase gap).

    Raises:
        NotMeasurable: no whole pulse has two phases.
    """
    phases = pulses.phases
    within = np.ones(max(phases.count - 1, 0), dtype=np.bool_)
    within[pulses.first[1:] - 1] = False
    within &= phases.whole[1:] & phases.whole[:-1]
    if not within.any():
        raise NotMeasurable("no whole pulse of this record has two phases")
    doubt = phases.start_doubt[1:] + phases.stop_doubt[:-1]
    return Estimate(float(np.median(gaps(phases)[within])) * interval_s, float(doubt[within].max()) * interval_s)


def _over(total: Integral, repeated: Repetition) -> tuple[float, float]:
    """Return an integral over all whole periods, and its bound."""
    values, bounds = total.between(np.array([repeated.begin]), np.array([repeated.end]))
    return float(values[0]), float(bounds[0])
