"""Decision rules by name: how wide a guard band each one lays between a tolerance and what is accepted.

Every rule here is symmetric: its guard band w stands inside each limit for acceptance and, by the same width, outside
for rejection; what falls between is conditional (ILAC-G8:09/2019, 4.2.3). With w = 0 nothing is conditional.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from harness.errors import RequestError
from harness.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.quantity import Measurement
    from harness.verdict import Limit

RuleName = Literal["guard-band-U", "guard-band-0.83U", "method-6", "root-sum-square", "simple"]
"""What a requirement may name; the first one is the default."""

_LEAST_COVERAGE_FACTOR = 2.0
_NOTHING = 1 + 2.0**-40
"""w / U where U is as large as the tolerance: a hair more than U, so that its very middle is not accepted either."""


@dataclass(frozen=True, slots=True)
class DecisionRule:
    """A named way from a limit and an uncertainty to a guard band.

    Attributes:
        name: as requirements, records and reports have it.
        guard: the guard band in words, in terms of U.
        citation: document, edition and clause.
        multiple: w / U; a function of the test uncertainty ratio where the rule rests on that.
    """

    name: RuleName
    guard: str
    citation: str
    multiple: float | Callable[[float], float]

    def acceptance(self, limit: Limit, measurement: Measurement) -> Acceptance:
        """Where a value with this uncertainty is accepted, and where it is rejected.

        Raises:
            RequestError: as `guard_band`.
        """
        return Acceptance(limit, self.guard_band(limit, measurement))

    def guard_band(self, limit: Limit, measurement: Measurement) -> float:
        """w, in the unit of the limit.

        Raises:
            RequestError: the rule needs a test uncertainty ratio, and the limit is one-sided.
        """
        if isinstance(self.multiple, float):
            return self.multiple * measurement.expanded_uncertainty
        if objection := self.objection(limit.lower, limit.upper):
            raise RequestError(objection)
        uncertainty = uncertainty_at_two(measurement)
        return self.multiple(limit.half_width / uncertainty) * uncertainty

    def objection(self, lower: object, upper: object) -> str:
        """Why the rule cannot be used between two bounds, one of which may be None; empty where it can."""
        if isinstance(self.multiple, float) or (lower is not None and upper is not None):
            return ""
        return (
            f"decision rule {self.name} rests on the test uncertainty ratio, which a one-sided limit has not; "
            f"take {GUARD_BAND_U.name} or {GUARD_BAND_083_U.name}"
        )


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A limit with its guard band: where a value is accepted, and where it is rejected.

    Attributes:
        limit: the tolerance.
        guard_band: w, in its unit.
    """

    limit: Limit
    guard_band: float

    @property
    def lower(self) -> float | None:
        """Lower acceptance limit; None where the tolerance has none."""
        return None if self.limit.lower is None else self.limit.lower + self.guard_band

    @property
    def upper(self) -> float | None:
        """Upper acceptance limit; None where the tolerance has none."""
        return None if self.limit.upper is None else self.limit.upper - self.guard_band

    def verdict(self, distance: float) -> Verdict:
        """What is said of a value by its distance from the nearest limit, negative outside."""
        if distance >= self.guard_band:
            return Verdict.PASS
        if distance >= 0:
            return Verdict.CONDITIONAL_PASS
        return Verdict.CONDITIONAL_FAIL if distance >= -self.guard_band else Verdict.FAIL


def uncertainty_at_two(measurement: Measurement) -> float:
    """U at k = 2 or more, on which a test uncertainty ratio rests.

    A budget that one rectangular influence dominates has k = 1.65. Method 6 and root-sum-square were made for normal
    errors: with that smaller U they would let through 3 % instead of 2 % (docs/decision-rules.md).
    """
    return max(measurement.coverage_factor, _LEAST_COVERAGE_FACTOR) * measurement.standard_uncertainty


def _method_6(ratio: float) -> float:
    """M, never below zero: AL = TL (1 - M / TUR) is w = M U; up to TUR 1 nothing is accepted, as in root-sum-square.

    There the formula gives less than U, and at a TUR of 0.1 would accept nearly every reading of a unit that may be
    anywhere.
    """
    return max(0.0, 1.04 - math.exp(0.38 * math.log(ratio) - 0.54)) if ratio > 1 else _NOTHING


def _root_sum_square(ratio: float) -> float:
    """AL = TL sqrt(1 - 1 / TUR^2); below TUR 1 there is no such limit, and w = U leaves nothing to accept."""
    # TUR - sqrt(TUR^2 - 1), without the difference of two large numbers.
    return 1 / (ratio + math.sqrt(ratio - 1) * math.sqrt(ratio + 1)) if ratio > 1 else _NOTHING


SIMPLE = DecisionRule("simple", "0", "JCGM 106:2012, 8.2; ILAC-G8:09/2019, 4.2.1", 0.0)
GUARD_BAND_U = DecisionRule("guard-band-U", "U", "ILAC-G8:09/2019, 4.2.3; JCGM 106:2012, 8.3.2", 1.0)
GUARD_BAND_083_U = DecisionRule("guard-band-0.83U", "0.83 U", "ISO 14253-1:2017", 0.83)
METHOD_6 = DecisionRule("method-6", "M U", "ANSI/NCSL Z540.3-2006, 5.3, and its handbook, method 6", _method_6)
ROOT_SUM_SQUARE = DecisionRule(
    "root-sum-square", "T - sqrt(T² - U²)", "NCSL RP-10; Deaver, NCSL 1994", _root_sum_square
)

RULES: dict[str, DecisionRule] = {
    rule.name: rule for rule in (GUARD_BAND_U, GUARD_BAND_083_U, METHOD_6, ROOT_SUM_SQUARE, SIMPLE)
}
"""Every decision rule by its name, the default first."""


def rule_named(name: str) -> DecisionRule:
    """The decision rule of a name.

    Raises:
        RequestError: there is no such rule.
    """
    if name not in RULES:
        raise RequestError(f"decision rule {name!r} is unknown; known are {', '.join(RULES)}")
    return RULES[name]
