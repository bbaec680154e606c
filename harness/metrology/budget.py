"""An uncertainty budget after the GUM, computed with named influences.

Uncertain numbers, their sensitivities, correlations and effective degrees of freedom are GTC's (the library of the
New Zealand standards laboratory); this module adds names, distributions and sources.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from harness.errors import NotFinite
from harness.quantity import Derivation, Influence, Measurement, finite

if TYPE_CHECKING:
    from collections.abc import Sequence

COVERAGE_PERCENT = 95.45
"""Coverage for which k = 2 with a normal distribution (EA-4/02 M:2022, 5)."""

RECTANGULAR_FACTOR = 0.95 * math.sqrt(3)
"""Coverage factor of one rectangular influence alone: 95 % of its half width."""

_DOMINANCE = 0.05
"""EA-4/02 allows 0.3; there U would cover 92.7 % only. Up to this ratio it covers 94.9 % and more."""

_LARGEST_DEGREES_OF_FREEDOM = 1e6


class Budget:
    """Collects the influences of one measurement.

    Uncertain numbers are opaque to callers (typed `Any`): they add, subtract, multiply and divide.
    """

    def __init__(self) -> None:
        # Imported late: a third of a second that a start-up without measurement need not pay.
        import GTC  # noqa: PLC0415

        self._gtc = GTC
        self._about: dict[str, tuple[str, str]] = {}

    def bounded(self, name: str, value: float, bound: float, coverage: float | None, source: str) -> Any:
        """An influence known by an error bound (type B, GUM 4.3).

        Args:
            name: in words; unique within the budget.
            value: best estimate.
            bound: largest error, or expanded uncertainty where `coverage` is given.
            coverage: factor k that a document states, for a normal distribution; None: rectangular (GUM 4.3.7).
            source: document, certificate or assumption.
        """
        finite(name, value)
        if finite(f"bound of {name}", bound) < 0:
            raise NotFinite(f"bound of {name} is negative")
        if coverage is not None and finite(f"coverage factor of {name}", coverage) < 1:
            raise NotFinite(f"coverage factor of {name} is {coverage}, must be at least 1")
        distribution = "rectangular" if coverage is None else "normal"
        standard = bound / (math.sqrt(3) if coverage is None else coverage)
        self._name(name, distribution, source)
        return self._gtc.ureal(value, standard, label=name)

    def observed(self, name: str, values: Sequence[float]) -> Any:
        """The mean of repeated observations (type A, GUM 4.2); a single one has no scatter of its own."""
        if not values:
            raise NotFinite(f"{name}: no value was observed")
        for value in values:
            finite(name, value)
        mean = math.fsum(values) / len(values)
        count = len(values)
        scatter = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (count - 1)) if count > 1 else 0.0
        self._name(name, "t", f"scatter of {count} readings")
        return self._gtc.ureal(mean, scatter / math.sqrt(count), max(count - 1, 1), label=name)

    def measurement(
        self,
        result: Any,
        unit: str,
        derivation: Derivation,
        captures: tuple[str, ...] = (),
    ) -> Measurement:
        """Close the budget: combined and expanded uncertainty with effective degrees of freedom (GUM G.4)."""
        freedom = float(result.df)
        if math.isnan(freedom):
            raise NotFinite(f"{derivation.measurand} has no degrees of freedom: nothing in its budget is uncertain")
        if freedom > _LARGEST_DEGREES_OF_FREEDOM:
            freedom = math.inf
        lines = [
            Influence(str(line.label), abs(float(line.u)), self._freedom(line), *self._about[str(line.label)])
            for line in self._gtc.reporting.budget(result, trim=0)
        ]
        largest_first = tuple(sorted(lines, key=lambda line: -line.standard_uncertainty))
        return Measurement(
            value=float(result.x),
            unit=unit,
            standard_uncertainty=float(result.u),
            degrees_of_freedom=freedom,
            coverage_factor=RECTANGULAR_FACTOR if _dominated(largest_first) else coverage_factor(freedom),
            budget=largest_first,
            derivation=derivation,
            captures=captures,
        )

    def _name(self, name: str, distribution: str, source: str) -> None:
        if name in self._about:
            raise ValueError(f"the influence {name!r} stands twice in one budget")
        self._about[name] = (distribution, source)

    def _freedom(self, line: Any) -> float:
        distribution, source = self._about[str(line.label)]
        if distribution != "t":
            return math.inf
        return float(max(int(source.split()[2]) - 1, 1))


def _dominated(largest_first: Sequence[Influence]) -> bool:
    """True where one rectangular influence outweighs all others together (EA-4/02 M:2022, S9.14)."""
    if not largest_first:
        return False
    largest, *others = largest_first
    rest = math.sqrt(math.fsum(line.standard_uncertainty**2 for line in others))
    return largest.distribution == "rectangular" and rest < _DOMINANCE * largest.standard_uncertainty


def coverage_factor(degrees_of_freedom: float) -> float:
    """Student's factor for 95.45 % coverage; 2 where the degrees of freedom are without limit."""
    if math.isinf(degrees_of_freedom):
        return 2.0
    from GTC import reporting  # noqa: PLC0415 - as above

    return float(reporting.k_factor(max(degrees_of_freedom, 1.0), COVERAGE_PERCENT))
