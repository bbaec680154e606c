"""An uncertainty budget after the GUM, computed with named influences.

Uncertain numbers, their sensitivities, correlations and effective degrees of freedom are GTC's (the library of the
New Zealand standards laboratory); this module adds names, distributions and sources.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, Any

from harness.errors import NotFinite, NotMeasurable, RequestError
from harness.metrology.coverage import asked, chosen_factor, coverage_factor, mixed_coverage_factor, student_factor
from harness.metrology.distributions import Arcsine, Curvilinear, Student, Trapezoidal
from harness.metrology.entries import Entries
from harness.quantity import Derivation, Influence, Measurement, finite

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.metrology.distributions import Distribution
    from harness.metrology.monte_carlo import Validation

BY_HAND = Derivation("by-hand", 1, "none")
"""Of a budget that rests on no observation of a run."""

_LARGEST_DEGREES_OF_FREEDOM = 1e6
_FEWEST_ROWS = 2
_NEGLIGIBLE = 1e-6
"""Of the combined uncertainty: a bounded influence that is smaller gives the factor no shape."""


class Budget:
    """Collects the influences of one measurement.

    Uncertain numbers are opaque to callers (typed `Any`): they add, subtract, multiply and divide.
    """

    def __init__(self) -> None:
        self._entries = Entries()
        self._correlated: set[str] = set()

    def normal(
        self,
        name: str,
        estimate: float,
        standard_uncertainty: float,
        *,
        dof: float = math.inf,
        source: str = "",
        correlated: bool = False,
    ) -> Any:
        """An influence with a normal distribution, or Student's t where its degrees of freedom are given.

        Args:
            name: in words; unique within the budget.
            estimate: best estimate.
            standard_uncertainty: in the unit of the estimate.
            dof: degrees of freedom of the standard uncertainty.
            source: document, certificate or assumption.
            correlated: whether `correlate` will be told how far it goes with others; then without limit of freedom.
        """
        if correlated and not math.isinf(dof):
            raise ValueError(f"{name}: correlated influences with few degrees of freedom are those observed together")
        number = self._enter(
            name, lambda: Student(estimate, standard_uncertainty, dof), source, independent=not correlated
        )
        if correlated:
            self._correlated.add(name)
        return number

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

    def curvilinear(
        self, name: str, estimate: float, half_width: float, inexactness: float, *, source: str = ""
    ) -> Any:
        """An influence between two bounds that are known to plus or minus `inexactness` (JCGM 101:2008, 6.4.3)."""
        return self._enter(name, lambda: Curvilinear(estimate, half_width, inexactness), source)

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
        if finite(f"bound of {name}", bound) < 0:
            raise NotFinite(f"bound of {name} is negative")
        if coverage is None:
            return self.rectangular(name, value, bound, source=source)
        if finite(f"coverage factor of {name}", coverage) < 1:
            raise NotFinite(f"coverage factor of {name} is {coverage}, must be at least 1")
        return self.normal(name, value, bound / coverage, source=source)

    def observed(self, name: str, values: Sequence[float]) -> Any:
        """The mean of repeated observations (type A, GUM 4.2); a single one has no scatter of its own."""
        if len(values) == 0:
            raise NotFinite(f"{name}: no value was observed")
        return self._enter(name, lambda: _type_a(name, values), f"scatter of {len(values)} readings")

    def observed_together(self, names: Sequence[str], rows: Sequence[Sequence[float]]) -> tuple[Any, ...]:
        """The means of several quantities that were observed at the same time, with their correlation (GUM 5.2.3).

        Args:
            names: of the quantities; unique within the budget.
            rows: one row of simultaneous values for each observation, in the order of the names; at least two rows.
        """
        if len(rows) < _FEWEST_ROWS:
            raise NotFinite(f"{', '.join(names)}: {len(rows)} rows were observed, at least {_FEWEST_ROWS} are needed")
        if any(len(row) != len(names) for row in rows):
            raise NotFinite(f"{', '.join(names)}: every row must hold {len(names)} values")
        columns = [[finite(name, row[index]) for row in rows] for index, name in enumerate(names)]
        types = [_type_a(name, column) for name, column in zip(names, columns, strict=True)]
        numbers = self._entries.enter_together(names, types, f"scatter of {len(rows)} readings")
        for (one, left), (other, right) in combinations(zip(names, columns, strict=True), 2):
            self._entries.correlate(one, other, _correlation(left, right))
        return numbers

    def correlate(self, one: str, other: str, coefficient: float) -> None:
        """State how far two influences go together (GUM 5.2.2); both were entered as `normal` with `correlated`.

        What enters a result twice needs none of this: it is one influence, used twice.

        Args:
            one: name of an influence.
            other: name of the other.
            coefficient: correlation coefficient, from -1 to 1.
        """
        if not -1 <= finite(f"correlation of {one} and {other}", coefficient) <= 1:
            raise NotFinite(f"correlation of {one} and {other} is {coefficient}, must be from -1 to 1")
        if one == other:
            raise RequestError(f"{one} is given as two influences; used twice in a result, it goes with itself anyway")
        for name in (one, other):
            if name not in self._correlated:
                raise ValueError(f"the influence {name!r} was not entered as normal and correlated")
        self._entries.correlate(one, other, coefficient)

    def measurement(
        self,
        result: Any,
        unit: str,
        derivation: Derivation = BY_HAND,
        captures: tuple[str, ...] = (),
        *,
        coverage: float | None = None,
        factor: float | None = None,
    ) -> Measurement:
        """Close the budget: combined and expanded uncertainty with effective degrees of freedom (GUM G.4).

        Args:
            result: of the calculation with this budget's uncertain numbers.
            unit: SI unit symbol.
            derivation: how to derive it again.
            captures: names of the raw captures it rests on.
            coverage: probability of the expanded uncertainty, as in GUM G.6.4, from 0.95 up; None: that of a verdict,
                95.45 % of a normal distribution and 95 % of a bounded one
                ([decisions/0003](decisions/0003-guard-band.md)).
            factor: k as a published budget states it, instead of a coverage: from 2 up, and enough for 95 % with the
                degrees of freedom that there are.

        Raises:
            NotFinite: nothing is uncertain, the result is no number, or U would cover less than 95 %.
            RequestError: the result is not of this budget, or its correlation coefficients contradict each other.
        """
        if coverage is not None and factor is not None:
            raise RequestError("coverage and factor are both given; one of them says how far U reaches")
        if not self._entries.uncertain(result):
            raise NotFinite(
                f"the result is {result!r}, no uncertain number: calculate it with this budget's influences"
            )
        lines, freedom, combined = self._entries.lines(result), _freedom(result), float(result.u)
        if math.isnan(freedom):
            raise NotFinite(f"{derivation.measurand} has no degrees of freedom: nothing in its budget is uncertain")
        return Measurement(
            value=float(result.x),
            unit=unit,
            standard_uncertainty=combined,
            degrees_of_freedom=freedom,
            coverage_factor=self._factor(lines, combined, freedom)
            if coverage is None and factor is None
            else chosen_factor(freedom, coverage, factor),
            budget=lines,
            derivation=derivation,
            captures=captures,
        )

    def validation(
        self, model: Callable[..., Any], names: Sequence[str], *, coverage: float = 0.95, digits: int = 2
    ) -> Validation:
        """Hold the GUM's result against a Monte Carlo propagation (JCGM 101:2008, clause 8).

        The interval held is that of GUM G.6.4: a rectangle that outweighs the rest is not validated, as in 9.2.4 there.

        Args:
            model: takes the influences in the order of `names`, as uncertain numbers or as arrays of trials; for
                roots, logarithms and angles it uses `harness.metrology.functions`.
            names: of influences in this budget.
            coverage: probability of the intervals.
            digits: significant digits of the standard uncertainty that have to agree.
        """
        linear = self._first_order(model, names)
        uncertainty = float(linear.u)
        half = student_factor(_freedom(linear), asked(coverage)) * uncertainty if uncertainty else 0.0
        return self._held(model, names, linear, half, coverage=coverage, digits=digits)

    def _first_order(self, model: Callable[..., Any], names: Sequence[str]) -> Any:
        try:
            linear = model(*(self._entries[name].number for name in names))
        except (ArithmeticError, ValueError) as error:
            raise NotMeasurable(f"the model has no value, or no slope, at its estimates: {error}") from error
        if not self._entries.uncertain(linear):
            raise NotFinite(
                f"the model gives {linear!r}, no uncertain number; for roots, logarithms, angles take those"
                " of harness.metrology.functions"
            )
        if others := [line.name for line in self._entries.lines(linear) if line.name not in names]:
            raise RequestError(f"the model takes {', '.join(others)} from elsewhere; name every influence that it uses")
        return linear

    def _held(
        self, model: Callable[..., Any], names: Sequence[str], linear: Any, half: float, *, coverage: float, digits: int
    ) -> Validation:
        """An interval about the linear value, held against trials of the same coverage."""
        from harness.metrology import monte_carlo  # noqa: PLC0415 - numpy, which few budgets need

        value, uncertainty = float(linear.x), float(linear.u)
        trials = monte_carlo.propagate(
            model,
            [self._entries[name].distribution for name in names],
            self._entries.correlations(names),
            coverage=coverage,
            digits=digits,
            tolerance=monte_carlo.validation_tolerance(uncertainty, digits),
        )
        return monte_carlo.validate(monte_carlo.Interval(value - half, value + half), uncertainty, trials, digits)

    def validated(
        self,
        model: Callable[..., Any],
        names: Sequence[str],
        unit: str,
        derivation: Derivation = BY_HAND,
        captures: tuple[str, ...] = (),
        *,
        digits: int = 1,
    ) -> Measurement:
        """Close the budget of a model that may not be linear enough: by the GUM where that stands, else by trials.

        By trials the value is their mean, and U reaches to the further end of the 95 % interval. Arguments as in
        `validation` and `measurement`.
        """
        linear = self._first_order(model, names)
        lines, combined = self._entries.lines(linear), float(linear.u)
        # Held is what would be given: k by the shape of the largest influence, not Student's of the GUM's framework.
        half = self._factor(lines, combined, _freedom(linear), 0.95) * combined if combined else 0.0
        held = self._held(model, names, linear, half, coverage=0.95, digits=digits)
        if held.agrees:
            return self.measurement(linear, unit, derivation, captures)
        found = held.trials
        reach = max(found.symmetric.high - found.value, found.value - found.symmetric.low)
        return Measurement(
            value=found.value,
            unit=unit,
            standard_uncertainty=found.standard_uncertainty,
            degrees_of_freedom=math.inf,
            coverage_factor=reach / found.standard_uncertainty,
            budget=lines,
            derivation=derivation,
            captures=captures,
        )

    def _enter(self, name: str, make: Callable[[], Distribution], source: str, *, independent: bool = True) -> Any:
        try:
            entered = make()
        except NotFinite as error:
            raise NotFinite(f"{name}: {error}") from error
        return self._entries.enter(name, entered, source, independent=independent)

    def _factor(
        self, largest_first: Sequence[Influence], combined: float, freedom: float, coverage: float | None = None
    ) -> float:
        """The coverage factor, from the shape of the largest influence with sure bounds, where there is one."""
        for line in largest_first:
            shape = self._entries[line.name].distribution
            if shape.bounded and line.standard_uncertainty > _NEGLIGIBLE * combined:
                others = math.sqrt(max(combined**2 - line.standard_uncertainty**2, 0.0))
                # The bounded influence has no share in the sum of GUM G.4.1: what is finite comes from the others.
                left = freedom * (others / combined) ** 4
                return mixed_coverage_factor(shape, line.standard_uncertainty, others, left, coverage)
        return coverage_factor(freedom, coverage)


def _freedom(result: Any) -> float:
    """Effective degrees of freedom; NaN where nothing is uncertain."""
    freedom = float(result.df)
    return math.inf if freedom > _LARGEST_DEGREES_OF_FREEDOM else freedom


def _type_a(name: str, values: Sequence[float]) -> Student:
    """The mean of repeated observations (GUM 4.2.3)."""
    for value in values:
        finite(name, value)
    count = len(values)
    mean = math.fsum(values) / count
    scatter = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (count - 1)) if count > 1 else 0.0
    return Student(mean, scatter / math.sqrt(count), float(max(count - 1, 1)))


def _correlation(left: Sequence[float], right: Sequence[float]) -> float:
    """Correlation coefficient of two columns (GUM 5.2.3); 0 where one of them is constant."""
    left_mean, right_mean = math.fsum(left) / len(left), math.fsum(right) / len(right)
    mixed = math.fsum((a - left_mean) * (b - right_mean) for a, b in zip(left, right, strict=True))
    scale = math.sqrt(math.fsum((a - left_mean) ** 2 for a in left) * math.fsum((b - right_mean) ** 2 for b in right))
    return max(-1.0, min(1.0, mixed / scale)) if scale else 0.0
