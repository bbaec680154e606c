"""The risk that a judged value carries: how probable it is that its true value lies beyond a limit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harness.evidence import Judged

_LEAST = 1e-4
_AT_TWO = 2.0

RULES = (
    ("guard-band-U", "w = U", "ILAC-G8:09/2019, 4.2.3; JCGM 106:2012, 8.3.2", "2.3 % (normal), 2.5 % (rectangular)"),
    ("guard-band-0.83U", "w = 0.83 U", "ISO 14253-1:2017", "4.9 % (normal), 10.6 % (rectangular)"),
    ("method-6", "w = M U", "ANSI/NCSL Z540.3-2006, 5.3", "up to 50 %; 2 % of all units judged"),
    ("root-sum-square", "w = T − √(T² − U²)", "NCSL RP-10", "up to 46 %"),
    ("simple", "w = 0", "JCGM 106:2012, 8.2", "50 %; shared risk"),
)
"""Name, guard band, source, and the most that a unit exactly at its limit passes by."""


def risk_of(value: Judged) -> float:
    """Probability that the true value lies outside the limits, nothing else being known (JCGM 106:2012, 7 and 9.3).

    Normal, with the larger of u and U / 2: that covers few degrees of freedom, and is careful where a rectangular
    influence dominates.
    """
    measurement, limit = value.measurement, value.limit
    u = max(measurement.standard_uncertainty, measurement.expanded_uncertainty / _AT_TWO)
    beyond = 0.0
    if limit.lower is not None:
        beyond += _tail((measurement.value - limit.lower) / u)
    if limit.upper is not None:
        beyond += _tail((limit.upper - measurement.value) / u)
    return min(1.0, beyond)


def risk_text(value: Judged) -> str:
    """The risk in per cent."""
    risk = risk_of(value)
    if risk < _LEAST:
        return "< 0.01 %"
    return f"{100 * risk:.2g} %" if risk < 1 - _LEAST else "> 99.99 %"


def _tail(standardised: float) -> float:
    """Probability beyond so many standard deviations."""
    return 0.5 * math.erfc(standardised / math.sqrt(2))
