"""From a measurement and a limit to a verdict, with the uncertainty taken into account.

A rule of `harness.metrology.acceptance` says how wide the guard band is; by default it is `guard-band-U`. What falls
between acceptance and rejection is conditional, and says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.metrology.acceptance import GUARD_BAND_U
from harness.quantity import si
from harness.verdict import Decision, Limit, Verdict

if TYPE_CHECKING:
    from harness.metrology.acceptance import Acceptance, DecisionRule
    from harness.quantity import Measurement

CAPABILITY_TO_DECIDE = 1.5
"""Least T/U at which a bench may decide at all."""

RATED_CAPABILITY = 6.0
"""Least T/U at which a rated point is planned."""

_BENCH_SHORT = 0.25


def decide(measurement: Measurement, limit: Limit, rule: DecisionRule = GUARD_BAND_U) -> Decision:
    """Judge one measurement.

    Args:
        measurement: finite by construction.
        limit: in the same unit.
        rule: how wide the guard band is.

    Raises:
        ValueError: the units differ.
        RequestError: the rule does not know one-sided limits.
    """
    if measurement.unit != limit.unit:
        raise ValueError(f"a measurement in {measurement.unit} cannot be judged by a limit in {limit.unit}")
    acceptance = rule.acceptance(limit, measurement)
    distance = limit.distance(measurement.value)
    verdict = acceptance.verdict(distance)
    reason = _reason(verdict, distance, acceptance, rule, measurement.expanded_uncertainty)
    if rule is not GUARD_BAND_U:
        reason += f"; rule {rule.name}"
    return Decision(verdict, rule.name, acceptance.guard_band, distance / limit.half_width, reason)


def _reason(verdict: Verdict, distance: float, acceptance: Acceptance, rule: DecisionRule, expanded: float) -> str:
    limit, guard = acceptance.limit, acceptance.guard_band
    away = si(abs(distance), limit.unit)
    if verdict is Verdict.PASS:
        return f"inside the acceptance interval, {away} from the limit"
    if verdict is Verdict.FAIL and guard == 0:
        return f"outside the limit by {away}"
    if verdict is Verdict.FAIL:
        return f"outside the limit by {away}, more than {rule.guard} = {si(guard, limit.unit)}"
    side = "inside" if distance >= 0 else "outside"
    if expanded > _BENCH_SHORT * limit.half_width:
        return f"{side} the limit by {away}; bench short: U is {expanded / limit.half_width:.0%} of the tolerance"
    return f"{side} the limit by {away}; unit within {rule.guard} = {si(guard, limit.unit)} of the limit"
