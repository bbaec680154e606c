"""What is said of a measurement and of a requirement.

A verdict has no default and no truth value: PASS exists only where `harness.metrology.decision` gave it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import total_ordering
from typing import TYPE_CHECKING, NoReturn

from harness.errors import NotFinite
from harness.quantity import finite

if TYPE_CHECKING:
    from collections.abc import Iterable


@total_ordering
class Verdict(Enum):
    """A measurement's judgement, in the order in which the worst wins."""

    PASS = 1
    CONDITIONAL_PASS = 2
    CONDITIONAL_FAIL = 3
    ERROR = 4
    FAIL = 5

    def __lt__(self, other: Verdict) -> bool:
        if not isinstance(other, Verdict):
            return NotImplemented
        return self.value < other.value

    def __bool__(self) -> NoReturn:
        raise TypeError(f"{self.label} is not true or false; compare it with a verdict")

    @property
    def label(self) -> str:
        """As people read it: `CONDITIONAL PASS`."""
        return self.name.replace("_", " ")


def worst(verdicts: Iterable[Verdict]) -> Verdict | None:
    """Return the worst of some verdicts, None where there is none."""
    return max(verdicts, default=None)


class Outcome(Enum):
    """A requirement's fate in a run."""

    PASS = "PASS"  # noqa: S105 - a verdict, not a password
    CONDITIONAL_PASS = "CONDITIONAL PASS"  # noqa: S105
    CONDITIONAL_FAIL = "CONDITIONAL FAIL"
    ERROR = "ERROR"
    FAIL = "FAIL"
    NOT_TESTED = "NOT TESTED"
    NOT_APPLICABLE = "NOT APPLICABLE"
    DISCLOSED = "DISCLOSED"
    ATTENTION = "ATTENTION"
    MET = "MET (UNVERIFIED TEXT)"
    NOT_MET = "NOT MET (UNVERIFIED TEXT)"
    SUPPORTED = "SUPPORTED"
    NOT_SUPPORTED = "NOT SUPPORTED"
    OUT_OF_SCOPE = "OUT OF SCOPE"
    DOCUMENT_DUE = "DOCUMENT DUE"
    SUSPECT = "SUSPECT"

    def __bool__(self) -> NoReturn:
        raise TypeError(f"{self.value} is not true or false; compare it with an outcome")

    @classmethod
    def of(cls, verdict: Verdict) -> Outcome:
        """The outcome of a requirement whose worst verdict is this one."""
        return cls[verdict.name]


@dataclass(frozen=True, slots=True)
class Limit:
    """A tolerance in the unit of the measurement, two-sided or one-sided.

    Attributes:
        lower: lower tolerance limit, or None.
        upper: upper tolerance limit, or None.
        nominal: what the unit is meant to give; with a one-sided limit it fixes T.
        unit: SI unit symbol.
    """

    unit: str
    lower: float | None
    upper: float | None
    nominal: float

    def __post_init__(self) -> None:
        if self.lower is None and self.upper is None:
            raise NotFinite("a limit without any bound is no limit")
        finite("nominal value of a limit", self.nominal)
        for name, bound in (("lower limit", self.lower), ("upper limit", self.upper)):
            if bound is not None:
                finite(name, bound)
        if self.lower is not None and self.upper is not None and self.lower >= self.upper:
            raise NotFinite(f"limits are inverted: lower {self.lower:g} is not below upper {self.upper:g}")
        if not self.unit:
            raise NotFinite("a limit has no unit")
        if self.half_width <= 0 or self.distance(self.nominal) <= 0:
            raise NotFinite(f"the nominal value {self.nominal:g} is not inside its own limit")

    @property
    def half_width(self) -> float:
        """T: half the width of a two-sided tolerance, or |limit - nominal| of a one-sided one."""
        if self.lower is not None and self.upper is not None:
            return (self.upper - self.lower) / 2
        if self.lower is not None:
            return self.nominal - self.lower
        return (self.upper or 0.0) - self.nominal

    def distance(self, value: float) -> float:
        """Distance from `value` to the nearest limit, negative outside, in the limit's unit."""
        inside = []
        if self.lower is not None:
            inside.append(value - self.lower)
        if self.upper is not None:
            inside.append(self.upper - value)
        return min(inside)


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict with what it was decided by.

    Attributes:
        verdict: the judgement.
        rule: name of the decision rule.
        guard_band: w, in the unit of the limit; 0 by a rule without one.
        margin: distance to the nearest limit divided by T, negative outside.
        reason: one sentence.
    """

    verdict: Verdict
    rule: str
    guard_band: float
    margin: float
    reason: str

    def __post_init__(self) -> None:
        if finite("guard band", self.guard_band) < 0:
            raise NotFinite(f"guard band is {self.guard_band}, must not be negative")
        finite("margin", self.margin)
