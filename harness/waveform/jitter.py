"""How regularly a pulse train repeats: period, cycle-to-cycle and time-interval jitter.

After JEDEC JESD65B and IEEE Std 2414-2020. All instants and results are in samples.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.waveform.parameter import Estimate
from harness.waveform.periods import slope
from harness.waveform.samples import regular

if TYPE_CHECKING:
    from harness.waveform.phases import Crossings
    from harness.waveform.samples import Samples

LEAST_PERIODS = 10
_IRREGULAR = 0.5
"""A period that differs from the median one by more than half of it is a missing pulse, not jitter."""


@dataclass(frozen=True, slots=True)
class Jitter:
    """R.m.s. (standard deviation) and peak-to-peak value of one kind of jitter."""

    rms: Estimate
    peak_to_peak: Estimate


def period_jitter(crossings: Crossings) -> Jitter:
    """Return how periods differ from their mean (JESD65B, period jitter).

    Raises:
        NotMeasurable: fewer than ten periods, or pulses are missing.
    """
    periods = np.diff(_train(crossings))
    error = crossings.relative_error
    # Each period is within two errors of an instant; a standard deviation is at most the largest of its errors.
    factor = float(np.sqrt(periods.size / (periods.size - 1)))
    return _jitter(periods, 2 * error * factor, 4 * error)


def cycle_to_cycle_jitter(crossings: Crossings) -> Jitter:
    """Return how periods differ from the one before (JESD65B, cycle-to-cycle period jitter).

    Raises:
        NotMeasurable: fewer than ten periods, or pulses are missing.
    """
    changes = np.diff(_train(crossings), n=2)
    error = crossings.relative_error
    return Jitter(
        Estimate(float(np.sqrt(np.mean(changes**2))), 4 * error),
        Estimate(float(np.ptp(changes)), 8 * error),
    )


def time_interval_error(crossings: Crossings) -> Jitter:
    """Return how instants differ from those of a straight line through all of them (IEEE Std 2414-2020, TIE).

    Raises:
        NotMeasurable: fewer than ten periods, or pulses are missing.
    """
    train = _train(crossings)
    index = np.arange(train.size) - (train.size - 1) / 2
    away = train - train.mean() - slope(train) * index
    error = crossings.relative_error
    # A line fitted to errors of up to 1 is within 5/3 at its ends.
    return _jitter(away, error * float(np.sqrt(train.size / (train.size - 1))), 6 * error)


def _train(crossings: Crossings) -> Samples:
    train = crossings.instants
    if train.size <= LEAST_PERIODS:
        raise NotMeasurable(
            f"jitter needs {LEAST_PERIODS} periods; the record holds {max(train.size - 1, 0)}: record longer"
        )
    if not regular(train, tolerance=_IRREGULAR):
        raise NotMeasurable("the pulses do not follow one another at one interval: some are missing, or come in bursts")
    return train


def _jitter(values: Samples, rms_error: float, peak_error: float) -> Jitter:
    return Jitter(
        Estimate(float(np.std(values, ddof=1)), rms_error),
        Estimate(float(np.ptp(values)), peak_error),
    )
