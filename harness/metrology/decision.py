"""From a measurement and a limit to a verdict, with the uncertainty taken into account.

Rule `guard-band-U`: the acceptance interval is the tolerance less a guard band w = U on each side (ILAC-G8:09/2019,
4.2.2; JCGM 106:2012, 8.3.2). What falls between acceptance and rejection is conditional, and says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.quantity import si
from harness.verdict import Decision, Limit, Verdict

if TYPE_CHECKING:
    from harness.quantity import Measurement

RULE = "guard-band-U"
CAPABILITY_TO_DECIDE = 1.5
"""Least T/U at which a bench may decide at all."""

RATED_CAPABILITY = 6.0
"""Least T/U at which a rated point is planned."""

_BENCH_SHORT = 0.25


def decide(measurement: Measurement, limit: Limit) -> Decision:
    """Judge one measurement.

    Args:
        measurement: finite by construction.
        limit: in the same unit.

    Raises:
        ValueError: the units differ.
    """
    if measurement.unit != limit.unit:
        raise ValueError(f"a measurement in {measurement.unit} cannot be judged by a limit in {limit.unit}")
    guard = measurement.expanded_uncertainty
    distance = limit.distance(measurement.value)
    verdict = _verdict(distance, guard)
    return Decision(verdict, RULE, guard, distance / limit.half_width, _reason(verdict, limit, guard, distance))


def _verdict(distance: float, guard: float) -> Verdict:
    if distance >= guard:
        return Verdict.PASS
    if distance >= 0:
        return Verdict.CONDITIONAL_PASS
    if distance >= -guard:
        return Verdict.CONDITIONAL_FAIL
    return Verdict.FAIL


def _reason(verdict: Verdict, limit: Limit, guard: float, distance: float) -> str:
    away = si(abs(distance), limit.unit)
    if verdict is Verdict.PASS:
        return f"inside the acceptance interval, {away} from the limit"
    if verdict is Verdict.FAIL:
        return f"outside the limit by {away}, more than U = {si(guard, limit.unit)}"
    side = "inside" if distance >= 0 else "outside"
    if guard > _BENCH_SHORT * limit.half_width:
        return f"{side} the limit by {away}; bench short: U is {guard / limit.half_width:.0%} of the tolerance"
    return f"{side} the limit by {away}; unit within U = {si(guard, limit.unit)} of the limit"
