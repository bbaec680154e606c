"""The load between two electrodes, from the voltage over it and the current through it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.waveform import charge
from harness.waveform.analysis import analyze
from harness.waveform.current_phases import find_phases
from harness.waveform.integral import floor_of
from harness.waveform.parameter import Estimate, Parameter, parameter
from harness.waveform.pulse_groups import repetition
from harness.waveform.survey import as_samples

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from harness.waveform.samples import Samples

_RESISTIVE = 0.1
"""R.m.s. of what a straight line leaves of the voltage, up to which the load is a resistance."""

_SIGMAS = 6.0
"""Standard errors in the bound: three, doubled, as instruments repeat samples and neighbours share their noise."""


def load_parameters(current: ArrayLike, voltage: ArrayLike, interval_s: float) -> tuple[Parameter, ...]:
    """Measure resistance and power of a load.

    Args:
        current: samples in amperes, shape (n,).
        voltage: samples at the same instants in volts, shape (n,).
        interval_s: between two samples.

    Raises:
        NotFinite: a sample is NaN, infinite or an overload answer.
        NotMeasurable: fewer than eight samples.
        ValueError: different numbers of samples.
    """
    i, v = as_samples(current), as_samples(voltage)
    if i.size != v.size:
        raise ValueError(f"{i.size} samples of current, {v.size} of voltage")
    return (
        parameter("load_resistance", "Ω", "least squares of voltage on current, without offset", lambda: _load(i, v)),
        parameter(
            "mean_power", "W", "mean of voltage times current over whole periods", lambda: _power(i, v, interval_s)
        ),
    )


def _load(i: Samples, v: Samples) -> Estimate:
    """R = sum(v i) / sum(i i), with the errors of codes aligned at their worst and those of noise at random.

    Raises:
        NotMeasurable: there is no current, or the voltage does not follow it.
    """
    squares = float(i @ i)
    if not squares > 0:
        raise NotMeasurable("no current flows")
    ohm = float(v @ i) / squares
    left = v - ohm * i
    if float(left @ left) > _RESISTIVE**2 * float(v @ v) or not ohm > 0:
        raise NotMeasurable(
            "the voltage is not proportional to the current: the load is no resistance, or the columns do not belong "
            "together"
        )
    noise = float(left @ left) / i.size
    codes = (floor_of(v).code + ohm * floor_of(i).code) / 2 * float(np.abs(i).sum()) / squares
    # Noise of the current makes the slope of least squares too small, by its share of the current's square.
    thinned = i.size * noise / (ohm * squares)
    return Estimate(ohm, codes + _SIGMAS * math.sqrt(noise / squares) + thinned)


def _power(i: Samples, v: Samples, interval_s: float) -> Estimate:
    """Mean of v i over whole periods of the current; of a steady current over the record.

    Raises:
        NotMeasurable: the current has no period.
    """
    power = charge.product(i, v, floor_of(i), floor_of(v))
    if analyze(i, interval_s).kind == "dc":
        return Estimate(float(power.record.mean()), power.floor.mean_of(i.size))
    return charge.dc_component(power, repetition(find_phases(i)))
