"""An uncertainty budget after the GUM, computed with named influences.

Uncertain numbers, their sensitivities, correlations and effective degrees of freedom are GTC's (the library of the
New Zealand standards laboratory); this module adds names, distributions and sources.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.errors import NotFinite
from harness.metrology.coverage import asked, coverage_factor, mixed_coverage_factor
from harness.metrology.distributions import Arcsine, Student, Trapezoidal
from harness.quantity import Derivation, Influence, Measurement, finite

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.metrology.distributions import Distribution

BY_HAND = Derivation("by-hand", 1, "none")
"""Of a budget that rests on no observation of a run."""

_LARGEST_DEGREES_OF_FREEDOM = 1e6
_NEGLIGIBLE = 1e-6
"""Of the combined uncertainty: a bounded influence that is smaller gives the factor no shape."""


@dataclass(frozen=True, slots=True)
class _Input:
    """An influence as it was entered."""

    number: Any
    distribution: Distribution
    source: str


class Budget:
    """Collects the influences of one measurement.

    Uncertain numbers are opaque to callers (typed `Any`): they add, subtract, multiply and divide.
    """

    def __init__(self) -> None:
        # Imported late: a third of a second that a start-up without measurement need not pay.
        import GTC  # noqa: PLC0415

        self._gtc = GTC
        self._inputs: dict[str, _Input] = {}

    def normal(
        self, name: str, estimate: float, standard_uncertainty: float, *, dof: float = math.inf, source: str = ""
    ) -> Any:
        """An influence with a normal distribution, or Student's t where its degrees of freedom are given.

        Args:
            name: in words; unique within the budget.
            estimate: best estimate.
            standard_uncertainty: in the unit of the estimate.
            dof: degrees of freedom of the standard uncertainty.
            source: document, certificate or assumption.
        """
        return self._enter(name, lambda: Student(estimate, standard_uncertainty, dof), source)

    def rectangular(
        self, name: str, estimate: float, half_width: float, *, dof: float = math.inf, source: str = ""
    ) -> Any:
        """An influence between two bounds (GUM 4.3.7); `dof` tells how well they are known (GUM G.4.2)."""
        return self._enter(name, lambda: Trapezoidal(estimate, half_width, 1.0, dof), source)

    def triangular(
        self, name: str, estimate: float, half_width: float, *, dof: float = math.inf, source: str = ""
    ) -> Any:
        """An influence between two bounds, most likely in the middle (GUM 4.3.9)."""
        return self._enter(name, lambda: Trapezoidal(estimate, half_width, 0.0, dof), source)

    def trapezoidal(
        self, name: str, estimate: float, half_width: float, top: float, *, dof: float = math.inf, source: str = ""
    ) -> Any:
        """An influence between two bounds, evenly likely on the share `top` of their distance (GUM 4.3.9)."""
        return self._enter(name, lambda: Trapezoidal(estimate, half_width, top, dof), source)

    def arcsine(self, name: str, estimate: float, half_width: float, *, dof: float = math.inf, source: str = "") -> Any:
        """An influence that swings as a sine between two bounds (U-shaped; GUM H.1.3.4)."""
        return self._enter(name, lambda: Arcsine(estimate, half_width, dof), source)

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
        if coverage is None:
            return self.rectangular(name, value, bound, source=source)
        if finite(f"coverage factor of {name}", coverage) < 1:
            raise NotFinite(f"coverage factor of {name} is {coverage}, must be at least 1")
        return self.normal(name, value, bound / coverage, source=source)

    def observed(self, name: str, values: Sequence[float]) -> Any:
        """The mean of repeated observations (type A, GUM 4.2); a single one has no scatter of its own."""
        if not values:
            raise NotFinite(f"{name}: no value was observed")
        for value in values:
            finite(name, value)
        mean = math.fsum(values) / len(values)
        count = len(values)
        scatter = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (count - 1)) if count > 1 else 0.0
        return self.normal(
            name, mean, scatter / math.sqrt(count), dof=max(count - 1, 1), source=f"scatter of {count} readings"
        )

    def measurement(
        self,
        result: Any,
        unit: str,
        derivation: Derivation = BY_HAND,
        captures: tuple[str, ...] = (),
        *,
        coverage: float | None = None,
    ) -> Measurement:
        """Close the budget: combined and expanded uncertainty with effective degrees of freedom (GUM G.4).

        Args:
            result: of the calculation with this budget's uncertain numbers.
            unit: SI unit symbol.
            derivation: how to derive it again.
            captures: names of the raw captures it rests on.
            coverage: probability of the expanded uncertainty, as in GUM G.6.4; None: that of a verdict, 95.45 % of a
                normal distribution and 95 % of a bounded one ([decisions/0003](decisions/0003-guard-band.md)).

        Raises:
            NotFinite: nothing is uncertain, or the result is no number.
        """
        freedom = float(result.df)
        if math.isnan(freedom):
            raise NotFinite(f"{derivation.measurand} has no degrees of freedom: nothing in its budget is uncertain")
        if freedom > _LARGEST_DEGREES_OF_FREEDOM:
            freedom = math.inf
        lines = [self._line(line) for line in self._gtc.reporting.budget(result, trim=0)]
        largest_first = tuple(sorted(lines, key=lambda line: -line.standard_uncertainty))
        combined = float(result.u)
        return Measurement(
            value=float(result.x),
            unit=unit,
            standard_uncertainty=combined,
            degrees_of_freedom=freedom,
            coverage_factor=self._factor(largest_first, combined, freedom, coverage),
            budget=largest_first,
            derivation=derivation,
            captures=captures,
        )

    def _enter(self, name: str, make: Callable[[], Distribution], source: str) -> Any:
        if name in self._inputs:
            raise ValueError(f"the influence {name!r} stands twice in one budget")
        try:
            distribution = make()
        except NotFinite as error:
            raise NotFinite(f"{name}: {error}") from error
        number = self._gtc.ureal(
            distribution.estimate, distribution.standard_uncertainty, distribution.degrees_of_freedom, label=name
        )
        self._inputs[name] = _Input(number, distribution, source)
        return number

    def _line(self, line: Any) -> Influence:
        entered = self._inputs[str(line.label)]
        return Influence(
            name=str(line.label),
            standard_uncertainty=abs(float(line.u)),
            degrees_of_freedom=entered.distribution.degrees_of_freedom,
            distribution=entered.distribution.name,
            source=entered.source,
        )

    def _factor(
        self, largest_first: Sequence[Influence], combined: float, freedom: float, coverage: float | None
    ) -> float:
        """The coverage factor, from the shape of the largest influence with sure bounds, where there is one."""
        if coverage is not None:
            asked(coverage)
        for line in largest_first:
            shape = self._inputs[line.name].distribution
            if shape.bounded and line.standard_uncertainty > _NEGLIGIBLE * combined:
                others = math.sqrt(max(combined**2 - line.standard_uncertainty**2, 0.0))
                # The bounded influence has no share in the sum of GUM G.4.1: what is finite comes from the others.
                left = freedom * (others / combined) ** 4
                return mixed_coverage_factor(shape, line.standard_uncertainty, others, left, coverage)
        # A coverage that was asked for follows GUM G.6.4 to the letter; a verdict does not jump at a whole number.
        return coverage_factor(freedom if coverage is None else _whole(freedom), coverage)


def _whole(degrees_of_freedom: float) -> float:
    """The next lower whole number of degrees of freedom (GUM G.4.1, note 1); at least one."""
    return degrees_of_freedom if math.isinf(degrees_of_freedom) else max(math.floor(degrees_of_freedom), 1.0)
