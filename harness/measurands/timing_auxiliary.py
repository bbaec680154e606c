"""What flows between the electrodes with the output off: direct, and alternating as the body would weigh it.

The measuring network of IEC 60601-1 (R1 10 kΩ, C1 15 nF behind R2 1 kΩ) is a first-order low-pass; as the record is
one of the current, its weighting is applied to the samples instead: the voltage over C1, for each volt across R2, is
that of a low-pass with R1 C1 fed from R1 + R2.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from harness.measurands.oscilloscope import OWN_SCALE, scaled_current
from harness.measurands.registry import register
from harness.metrology import Budget

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from harness.capture import Observation
    from harness.quantity import Derivation, Measurement

R1_OHM, R2_OHM, C1_F = 10e3, 1e3, 15e-9
"""The measuring network, after IEC 60601-1:2005, figure 12, from secondary literature."""

_RECORD = "auxiliary"
_NOTHING = 1e-18
"""A share that changes no double."""


def weighted(current: NDArray[np.float64], interval_s: float) -> NDArray[np.float64]:
    """A current as the measuring network shows it: its low-pass of 965 Hz (bilinear, so that d.c. passes as it is).

    Args:
        current: one value for each sample, A.
        interval_s: between samples.
    """
    turn = 2 * (R1_OHM + R2_OHM) * C1_F / interval_s
    gain, pole = 1 / (1 + turn), (1 - turn) / (1 + turn)
    step = current - current[0]
    shown: NDArray[np.float64] = gain * step
    shown[1:] += gain * step[:-1]
    # y[n] = x[n] - pole y[n-1] as a product of sparse filters, 1 + q, 1 + q^2, 1 + q^4...: scipy.signal has this, too,
    # but takes a second to import.
    factor, lag = -pole, 1
    while lag < shown.size and abs(factor) > _NOTHING:
        shown[lag:] += factor * shown[:-lag]
        factor, lag = factor**2, 2 * lag
    return np.asarray(shown + current[0], dtype=np.float64)


@register("auxiliary-alternating", 1)
def _alternating(observation: Observation, derivation: Derivation) -> Measurement:
    """Root mean square of the weighted current without its mean; noise of the zero record is taken off.

    The noise of the weighted zero, squared, is subtracted; its own statistics stay in the budget.
    """
    budget = Budget()
    currents = scaled_current(budget, observation, _RECORD, OWN_SCALE)
    shown = weighted(currents.amperes, currents.interval_s)
    rest = scaled_current(Budget(), observation, "zero", OWN_SCALE)
    # White noise keeps so much of its variance in a first-order low-pass.
    share = currents.interval_s / (2 * (R1_OHM + R2_OHM) * C1_F)
    floor = float(rest.amperes.std()) * math.sqrt(min(share, 1.0))
    rms = math.sqrt(max(float(shown.var()) - floor**2, 0.0))
    value = budget.bounded("noise of the zero", rms, floor, None, "root mean square of the weighted zero record")
    path = observation.capture(_RECORD).path
    # Squares add: beside a current that is larger, the pickup's own root mean square makes little of a difference.
    pickup = path.surroundings.mains_pickup_a / math.sqrt(2)
    added = min(pickup, pickup**2 / (2 * rms)) if rms > 0 else pickup
    value = value + budget.bounded("mains pickup", 0.0, added, None, "bench file [a], squares add")
    code = budget.bounded("resolution", 0.0, currents.code_a / math.sqrt(12), None, "one code, evenly spread")
    gain = path.accuracy.gain_of_range
    scale = budget.bounded(
        "oscilloscope: gain", 1.0, 2 * gain, None, f"{path.accuracy.document} [{path.accuracy.mark}]"
    )
    return budget.measurement((value + code) * scale, "A", derivation, currents.captures)
