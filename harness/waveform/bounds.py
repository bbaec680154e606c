"""How wrong a waveform parameter may be for the sampling, resolution and noise of its record.

Each formula stands in docs/waveform-accuracy.md. A bound is in the unit of its parameter. It holds for the waveform
that the instrument's input saw; what the instrument itself adds (gain, offset, time base) is not in it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import NotMeasurable
from harness.waveform.histogram import weighted

if TYPE_CHECKING:
    from harness.waveform.histogram import Histogram
    from harness.waveform.samples import Samples

COVER = 4.0
"""Standard deviations of noise that a bound allows for: exceeded once in 16 000 times."""

_DITHER = 0.58
_SHAPE = 3.5
_SKEW = 5.0
_HIDDEN = 0.1
FLATTENED = 1 / 24
"""Share of the second difference over the width of a mean that the mean takes from a peak."""

_LENGTHENED = 0.01


def of_noise(noise: float, averaged: float) -> float:
    """Return the noise that a mean of so many samples may show; two count as one, as some scopes repeat samples."""
    return COVER * noise * math.sqrt(min(1.0, 2.0 / averaged))


def code_error(code: float, noise: float) -> float:
    """Return the error that rounding to codes leaves in a sample, beside its noise.

    Noise of half a code and more (0.58 codes with that of the rounding) makes the mean of codes follow the input within
    a hundredth of a code (B. Widrow, I. Kollár, Quantization Noise, 2008); a tenth is left, as a slope may look like
    noise.
    """
    return 0.1 * code if noise >= _DITHER * code else code / 2


def level_error(near: Histogram, level: float, reach: float, noise: float) -> float:
    """Return how far a state level may be from the state, but for the resolution.

    Samples near the level that do not belong to the state (a tail that still settles, a slow end of a transition)
    shift it, and the median less than the mean: five times the difference covers an exponential tail of any length
    that ends in the state. One that is cut off before shows as spread beyond that of noise within the reach; 3.5 times
    what is left covers a tail that is cut off one time constant after it came near. Neither shifts it farther than the
    reach. A tenth of the noise is left for tails that it hides.
    """
    if not near.values.size:
        return reach
    about = near.values - level
    spread = weighted(near.counts, about**2) / near.total
    beyond = spread - 1.05 * _truncated_variance(reach, noise)
    shape = max(_SKEW * abs(near.mean - near.median), _SHAPE * math.sqrt(max(0.0, beyond)))
    return of_noise(noise, near.total) + _HIDDEN * noise + min(shape, reach)


def _truncated_variance(reach: float, noise: float) -> float:
    """Return the variance of Gaussian noise of which only what lies within `reach` was looked at."""
    if not noise > 0 or reach > 38 * noise:
        return noise**2
    at = reach / noise
    inside = math.erf(at / math.sqrt(2))
    return noise**2 * (1 - 2 * at * math.exp(-(at**2) / 2) / math.sqrt(2 * math.pi) / inside)


def instant_error(curvature: Samples | float, vertical: float, slope: float) -> float:
    """Return how far an interpolated instant may be from the waveform's, in samples.

    Args:
        curvature: of each of several instants, how far its curvature may have moved it, in samples.
        vertical: error of the samples and of the reference level, as a share of the amplitude.
        slope: shares of the amplitude for each sample.
    """
    return float(np.mean(curvature)) + vertical / slope


def duration_error(duration: float, begin: float, end: float, width: int) -> float:
    """Return the error of a transition duration from those of its two instants; averaging may lengthen it by 1 %."""
    return begin + end + (_LENGTHENED * duration if width > 1 else 0.0)


def slope_error(count: int, instant: float) -> float:
    """Return the error of the least-squares slope of so many instants over their number, each within `instant`."""
    index = np.arange(count) - (count - 1) / 2
    return instant * float(np.abs(index).sum()) / float(index @ index)


def ratio_error(value: float, error: float, whole: float, whole_error: float) -> float:
    """Return the error of `value / whole` where `value` is within `error` and `whole` within `whole_error`.

    Raises:
        NotMeasurable: the whole may as well be zero.
    """
    if whole_error >= abs(whole):
        raise NotMeasurable("noise, resolution or sampling leave an error as large as what it is a share of")
    return (error + abs(value / whole) * whole_error) / (abs(whole) - whole_error)
