"""Type-1 gauge study: one part of known value, measured many times (Cg, Cgk, bias).

Indices as common in industry (Ford 1997, Bosch booklet 10, Minitab): a fifth of the tolerance is compared with six
standard deviations of the gauge. 1.33 is the usual least value of both.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import RequestError
from harness.metrology.statistics.binomial import share
from harness.metrology.statistics.sample import sample
from harness.quantity import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

TOLERANCE_SHARE = 0.2
"""Part of the tolerance that the gauge may spread over."""

_FEW = 25
"""Fewer values than this are too few for the indices to mean much (Minitab advises 50, the least is 25)."""


@dataclass(frozen=True, slots=True)
class Type1:
    """What one part of known value says about a gauge.

    Attributes:
        n: number of values.
        mean: of the values.
        standard_deviation: of the values, with n - 1.
        reference: the known value.
        tolerance: width of the tolerance.
        bias: mean less reference.
        bias_lower: confidence limit of the bias.
        bias_upper: confidence limit of the bias.
        bias_t: bias in standard deviations of the mean; None where nothing varies.
        bias_p: chance of so large a bias if there were none; None where nothing varies. Printed, never judged.
        percent_bias: of the tolerance.
        cg: 0.2 tolerance / 6 s; None where nothing varies.
        cgk: (0.1 tolerance - |bias|) / 3 s; None where nothing varies.
        confidence: of the limits.
        warnings: what to know before the indices are used.
    """

    n: int
    mean: float
    standard_deviation: float
    reference: float
    tolerance: float
    bias: float
    bias_lower: float
    bias_upper: float
    bias_t: float | None
    bias_p: float | None
    percent_bias: float
    cg: float | None
    cgk: float | None
    confidence: float
    warnings: tuple[str, ...]


def type_1(values: Sequence[float], reference: float, tolerance: float, confidence: float = 0.95) -> Type1:
    """Analyse repeated values of one part.

    Args:
        values: of one appraiser and one part.
        reference: the known value of the part.
        tolerance: width of the tolerance of what the gauge is for; positive.
        confidence: of the bias's limits.

    Raises:
        NotFinite: a value, reference or tolerance that is no number.
        RequestError: fewer than two values, or a tolerance that is not positive.
    """
    taken = sample(values)
    finite("reference", reference)
    positive_tolerance(tolerance)
    share("confidence", confidence)
    from scipy.special import stdtr, stdtrit  # noqa: PLC0415 - start-up stays lean

    bias, spread = math.fsum(value - reference for value in taken.values) / taken.n, taken.standard_deviation
    of_mean = spread / math.sqrt(taken.n)
    reach = float(stdtrit(taken.n - 1, (1 + confidence) / 2)) * of_mean
    t = bias / of_mean if spread > 0 else None
    return Type1(
        n=taken.n,
        mean=taken.mean,
        standard_deviation=spread,
        reference=reference,
        tolerance=tolerance,
        bias=bias,
        bias_lower=bias - reach,
        bias_upper=bias + reach,
        bias_t=t,
        bias_p=2 * float(stdtr(taken.n - 1, -abs(t))) if t is not None else None,
        percent_bias=100 * bias / tolerance,
        cg=TOLERANCE_SHARE * tolerance / (6 * spread) if spread > 0 else None,
        cgk=(TOLERANCE_SHARE / 2 * tolerance - abs(bias)) / (3 * spread) if spread > 0 else None,
        confidence=confidence,
        warnings=_warnings(taken.n, spread),
    )


def positive_tolerance(tolerance: float) -> float:
    """Let the width of a tolerance through.

    Raises:
        NotFinite: NaN or infinity.
        RequestError: zero or negative.
    """
    if finite("tolerance", tolerance) <= 0:
        raise RequestError(f"tolerance is {tolerance:g}, but the width of the tolerance is due, a positive number")
    return tolerance


def _warnings(n: int, spread: float) -> tuple[str, ...]:
    few = (f"{n} values are few for a type-1 study: at least {_FEW}, better 50",) if n < _FEW else ()
    still = ("all values are the same: the resolution hides the repeatability, Cg and Cgk do not exist",)
    return few + (still if spread == 0 else ())
