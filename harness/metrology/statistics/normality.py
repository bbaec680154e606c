"""Anderson-Darling test of normality: a warning before indices that assume a normal population; never a judge."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.metrology.statistics.sample import Sample

LEAST = 8
"""Values below which the published p values do not hold."""


@dataclass(frozen=True, slots=True)
class Normality:
    """Result of the test.

    Attributes:
        test: its name.
        statistic: A squared, corrected for the size of the sample.
        p_value: chance of that statistic or a larger one in samples of a normal population.
    """

    test: str
    statistic: float
    p_value: float


def normality(taken: Sample) -> Normality | None:
    """Test a sample; None where it is too small or does not vary.

    With mean and standard deviation from the sample: statistic and p value as in D'Agostino and Stephens,
    "Goodness-of-Fit Techniques" (1986), section 4.8, tables 4.7 and 4.9.
    """
    if taken.n < LEAST or taken.standard_deviation == 0:
        return None
    import numpy as np  # noqa: PLC0415 - start-up stays lean
    from scipy.special import log_ndtr  # noqa: PLC0415 - as above

    z = (np.sort(np.asarray(taken.values)) - taken.mean) / taken.standard_deviation
    weights = 2 * np.arange(1, taken.n + 1) - 1
    plain = -taken.n - float(np.mean(weights * (log_ndtr(z) + log_ndtr(-z[::-1]))))
    statistic = plain * (1 + 0.75 / taken.n + 2.25 / taken.n**2)
    return Normality("Anderson-Darling", statistic, _p_value(statistic))


def _p_value(statistic: float) -> float:
    a = statistic
    if a < 0.2:  # noqa: PLR2004 - the table's own branches
        return 1 - math.exp(-13.436 + 101.14 * a - 223.73 * a * a)
    if a < 0.34:  # noqa: PLR2004
        return 1 - math.exp(-8.318 + 42.796 * a - 59.938 * a * a)
    if a < 0.6:  # noqa: PLR2004
        return math.exp(0.9177 - 4.279 * a - 1.38 * a * a)
    # Beyond 10 the fitted parabola would turn upwards again.
    a = min(a, 10.0)
    return math.exp(1.2937 - 5.709 * a + 0.0186 * a * a)
