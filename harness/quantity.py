"""Numbers that mean something: the numeric door, SI text, and a value with its uncertainty."""

from __future__ import annotations

import math
from dataclasses import dataclass

from harness.errors import NotFinite

OVERLOAD = 9.9e37
"""What SCPI instruments answer for "beyond my range" (SCPI-99 7.2.1.4 gives 9.9E37 for infinity)."""

_PREFIXES = ((1e9, "G"), (1e6, "M"), (1e3, "k"), (1.0, ""), (1e-3, "m"), (1e-6, "µ"), (1e-9, "n"), (1e-12, "p"))
_NEARLY_ONE = 0.9
_UNPREFIXED = frozenset({"", "1", "%"})


def finite(name: str, value: float) -> float:
    """Let a finite number through and refuse NaN, infinity and overload by name.

    Raises:
        NotFinite: `value` is no number, or at least as large as an overload answer.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise NotFinite(f"{name} is {value!r}, not a number")
    if isinstance(value, int) and abs(value) >= OVERLOAD:
        raise NotFinite(f"{name} is beyond every instrument's overload answer, not a number")
    if math.isnan(value):
        raise NotFinite(f"{name} is NaN")
    if math.isinf(value):
        raise NotFinite(f"{name} is infinite")
    if abs(value) >= OVERLOAD:
        raise NotFinite(f"{name} is {value:g}, an instrument's overload answer, not a number")
    return float(value)


def si(value: float, unit: str, digits: int = 4) -> str:
    """Write a value for people, with an SI prefix: ``si(6.8e-4, "A") == "680.0 µA"``."""
    if not math.isfinite(value):
        return f"{value} {unit}".strip()
    if unit in _UNPREFIXED:
        return f"{value:.{digits}g}" + ("" if unit == "1" else f" {unit}".rstrip())
    if value == 0:
        return f"0 {unit}"
    scale, prefix = next(
        (
            (scale, prefix)
            for scale, prefix in _PREFIXES
            # Below 0.9 nothing rounds to 1: only the candidate is formatted.
            if abs(value) / scale >= _NEARLY_ONE and float(f"{abs(value) / scale:.{digits}g}") >= 1
        ),
        _PREFIXES[-1],
    )
    whole = len(str(int(abs(float(f"{value / scale:.{digits}g}")))))
    return f"{value / scale:.{max(0, digits - whole)}f} {prefix}{unit}"


@dataclass(frozen=True, slots=True)
class Influence:
    """One line of an uncertainty budget.

    Attributes:
        name: what it is, in words.
        standard_uncertainty: its contribution to the result, in the result's unit (GUM 5.1.3, |c_i| u(x_i)).
        degrees_of_freedom: infinite for a type-B statement.
        distribution: `normal`, `rectangular`, `t` and so on.
        source: document and edition, certificate, or "observed".
        estimate: of the influence, in its own unit; None in records that are older than this field.
        own_uncertainty: standard uncertainty of the influence, in its own unit; None as above.
        sensitivity: c_i, result for each unit of the influence (GUM 5.1.3); None as above, and where nothing is
            uncertain.
    """

    name: str
    standard_uncertainty: float
    degrees_of_freedom: float
    distribution: str
    source: str
    estimate: float | None = None
    own_uncertainty: float | None = None
    sensitivity: float | None = None

    def __post_init__(self) -> None:
        if finite(f"standard uncertainty of {self.name}", self.standard_uncertainty) < 0:
            raise NotFinite(f"standard uncertainty of {self.name} is negative")
        for what, value in (
            ("estimate", self.estimate),
            ("own uncertainty", self.own_uncertainty),
            ("sensitivity", self.sensitivity),
        ):
            # Thousands of these are made in a run: words only where something is wrong. NaN is not below anything.
            if value is not None and not abs(value) < OVERLOAD:
                finite(f"{what} of {self.name}", value)
        if math.isnan(self.degrees_of_freedom) or self.degrees_of_freedom <= 0:
            raise NotFinite(f"degrees of freedom of {self.name} are {self.degrees_of_freedom}")


@dataclass(frozen=True, slots=True)
class Derivation:
    """How a measurement came about, so that it can be derived again.

    Attributes:
        measurand: registered name of the pure function.
        version: its version; a change of result is a new version.
        observation: key of the observation that it was derived from.
        arguments: further arguments by name, as text.
        others: keys of the further observations that it was derived from, in the order in which they are taken.
    """

    measurand: str
    version: int
    observation: str
    arguments: tuple[tuple[str, str], ...] = ()
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Measurement:
    """A value with its uncertainty (GUM 7.2.1): the only kind of number a verdict accepts.

    Attributes:
        value: best estimate, in `unit`.
        unit: SI unit symbol.
        standard_uncertainty: combined standard uncertainty, in `unit`.
        degrees_of_freedom: effective (Welch-Satterthwaite, GUM G.4.1).
        coverage_factor: for about 95 % coverage, where no other was asked for.
        budget: the influences, largest first.
        derivation: how to derive it again.
        captures: names of the raw captures it rests on.
    """

    value: float
    unit: str
    standard_uncertainty: float
    degrees_of_freedom: float
    coverage_factor: float
    budget: tuple[Influence, ...]
    derivation: Derivation
    captures: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        name = self.derivation.measurand
        finite(name, self.value)
        if finite(f"standard uncertainty of {name}", self.standard_uncertainty) <= 0:
            raise NotFinite(f"standard uncertainty of {name} is {self.standard_uncertainty}, must be positive")
        if finite(f"coverage factor of {name}", self.coverage_factor) < 1:
            raise NotFinite(f"coverage factor of {name} is {self.coverage_factor}, must be at least 1")
        if not self.unit:
            raise NotFinite(f"{name} has no unit")

    @property
    def expanded_uncertainty(self) -> float:
        """Half the width of the coverage interval, in `unit` (GUM 6.2.1)."""
        return self.coverage_factor * self.standard_uncertainty

    @property
    def dominant(self) -> Influence | None:
        """The influence whose variance is larger than that of all others together, None where there is none."""
        largest = max(self.budget, key=lambda line: line.standard_uncertainty, default=None)
        if largest is None or largest.standard_uncertainty**2 <= self.standard_uncertainty**2 / 2:
            return None
        return largest
