"""How often value ± U held the truth: quantity by quantity, all together, and with an influence left out."""

from __future__ import annotations

import math
import re
import statistics
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.metrology import Budget
from harness.metrology.statistics.binomial import clopper_pearson

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.studies.coverage_results import BenchResult, Line, Value

FULL = 2000
"""Benches of a full study."""

LEAST_OF_EACH = 0.935
"""At 2000 benches: the 0.1 % quantile of a quantity that is truly covered in 95 of 100."""

LEAST_OF_ALL = 0.945
MUCH = 0.99
"""Covered more often than this, a budget has to name what dominates it."""

DOMINATES = 0.5
"""Share of the variance from which on an influence dominates a budget, mean over all benches."""

CONFIDENCE = 0.95
_LEAST_FACTOR, _LARGEST_FACTOR = 1.4, 2.001
"""Between these lies every coverage factor without finite degrees of freedom: from an arcsine's to a normal one's."""

_TRUE_COVERAGE = 0.95
_QUANTILE = 0.001
_PHASE = re.compile(r"\b(positive|negative)\b")
_RESISTOR = re.compile(r"(: resistor) \S+")


@dataclass(frozen=True, slots=True)
class Covered:
    """A count of covered values.

    Attributes:
        covered: whose interval holds the truth.
        of: how many there are.
        least: share below which the count is too small.
    """

    covered: int
    of: int
    least: float

    @property
    def share(self) -> float:
        """The covered part of them."""
        return self.covered / self.of

    @property
    def interval(self) -> tuple[float, float]:
        """Clopper and Pearson's, for 95 % confidence."""
        return clopper_pearson(self.covered, self.of, CONFIDENCE)

    @property
    def enough(self) -> bool:
        """Whether as many are covered as have to be."""
        return self.share >= self.least


@dataclass(frozen=True, slots=True)
class Dominating:
    """The influence with the largest part of a quantity's variance.

    Attributes:
        name: without the phase, and without the resistor's number.
        share: of the variance, mean over the benches.
        distribution: its shape.
    """

    name: str
    share: float
    distribution: str


@dataclass(frozen=True, slots=True)
class QuantityFigures:
    """What came out for one quantity.

    Attributes:
        quantity: `measurand@method`.
        count: how many values are covered.
        mean: of the error as a multiple of U.
        deviation: standard deviation of the same.
        worst: largest magnitude of the same.
        largest: influence with the largest part of the variance.
        factor: mean coverage factor.
        absent: benches that gave no value.
    """

    quantity: str
    count: Covered
    mean: float
    deviation: float
    worst: float
    largest: Dominating
    factor: float
    absent: int

    @property
    def much(self) -> bool:
        """Covered so often that what dominates the budget has to be named."""
        return self.count.share > MUCH


@dataclass(frozen=True, slots=True)
class Without:
    """What becomes of the study when one influence is left out of every budget.

    Attributes:
        influence: its name, as in `Dominating`.
        dominated: quantities that it dominates.
        counts: quantity and its count of covered values, of all quantities that have the influence.
        pooled: of all values.
    """

    influence: str
    dominated: tuple[str, ...]
    counts: tuple[tuple[str, Covered], ...]
    pooled: Covered

    @property
    def red(self) -> tuple[str, ...]:
        """Quantities that are no longer covered often enough."""
        return tuple(quantity for quantity, count in self.counts if not count.enough)

    @property
    def turns_red(self) -> bool:
        """Whether the study sees that it is missing."""
        return bool(self.red) or not self.pooled.enough


@dataclass(frozen=True, slots=True)
class CoverageStudy:
    """Result of a study.

    Attributes:
        benches: how many were measured.
        quantities: each by itself.
        pooled: all values together.
        absences: why there was no value, and how often, by quantity.
    """

    benches: int
    quantities: tuple[QuantityFigures, ...]
    pooled: Covered
    absences: tuple[tuple[str, str, int], ...]

    @property
    def sound(self) -> bool:
        """Every quantity, and all together, are covered often enough, and none is missing anywhere."""
        return self.pooled.enough and not self.absences and all(each.count.enough for each in self.quantities)


def least(count: int, at_full: float) -> float:
    """Share that has to be covered: the 0.1 % quantile of a true 95 % below 2000 benches, from there on the limit."""
    if count >= FULL:
        return at_full
    from scipy import stats  # noqa: PLC0415 - late: start-up has to stay lean

    return float(stats.binom.ppf(_QUANTILE, count, _TRUE_COVERAGE)) / count


def figures(results: Sequence[BenchResult]) -> CoverageStudy:
    """What came out of all benches."""
    values = _by_quantity(results)
    absent: dict[tuple[str, str], int] = defaultdict(int)
    for result in results:
        for each in result.absent:
            absent[each.quantity, each.why.partition(": ")[2] or each.why] += 1
    return CoverageStudy(
        benches=len(results),
        quantities=tuple(
            _figures(quantity, found, sum(n for (name, _), n in absent.items() if name == quantity))
            for quantity, found in sorted(values.items())
        ),
        pooled=_pooled(len(results), [value.covered for found in values.values() for value in found]),
        absences=tuple((quantity, why, count) for (quantity, why), count in sorted(absent.items())),
    )


def dominating(study: CoverageStudy) -> tuple[str, ...]:
    """Names of the influences that dominate the budget of some quantity."""
    return tuple(sorted({each.largest.name for each in study.quantities if each.largest.share >= DOMINATES}))


def influences(results: Sequence[BenchResult]) -> tuple[str, ...]:
    """Names of all influences."""
    return tuple(sorted({family(line.name) for each in results for value in each.values for line in value.budget}))


def without(results: Sequence[BenchResult], study: CoverageStudy, influence: str) -> Without:
    """Leave one influence out of every budget: nothing is measured again, U is computed from what is left.

    Args:
        results: all benches.
        study: what came out of them.
        influence: its name, as `family` has it.
    """
    values = _by_quantity(results)
    counts, covered = [], []
    for quantity, found in sorted(values.items()):
        concerned = any(family(line.name) == influence for value in found for line in value.budget)
        still = [_covered_without(value, influence) for value in found] if concerned else [v.covered for v in found]
        covered += still
        if concerned:
            counts.append((quantity, _count(still)))
    dominated = tuple(
        each.quantity for each in study.quantities if each.largest.name == influence and each.largest.share >= DOMINATES
    )
    return Without(influence, dominated, tuple(counts), _pooled(len(results), covered))


def expanded(lines: Iterable[Line]) -> float:
    """The expanded uncertainty of a budget's lines, as the budget itself would give it; 0 of none."""
    budget = Budget()
    total: Any = 0.0
    for number, line in enumerate(lines):
        total = total + _enter(budget, f"{number} {line.name}", line)
    if isinstance(total, float) or not total.u > 0:
        return 0.0
    return budget.measurement(total, "1").expanded_uncertainty


def family(name: str) -> str:
    """Name of an influence without what differs between operating points: the phase, the number of the resistor."""
    return _RESISTOR.sub(r"\1", _PHASE.sub("either", name))


def _enter(budget: Budget, name: str, line: Line) -> Any:  # noqa: ANN401 - an uncertain number
    shapes = {"rectangular": budget.rectangular, "triangular": budget.triangular, "arcsine": budget.arcsine}
    widths = {"rectangular": math.sqrt(3), "triangular": math.sqrt(6), "arcsine": math.sqrt(2)}
    if line.distribution in shapes:
        half = widths[line.distribution] * line.uncertainty
        return shapes[line.distribution](name, 0.0, half, dof=line.freedom)
    return budget.normal(name, 0.0, line.uncertainty, dof=line.freedom)


def _covered_without(value: Value, influence: str) -> bool:
    left = [line for line in value.budget if family(line.name) != influence]
    error = abs(value.value - value.truth)
    if len(left) == len(value.budget) or error > value.expanded:
        return value.covered
    combined = math.sqrt(math.fsum(line.uncertainty**2 for line in left))
    if error <= _LEAST_FACTOR * combined:
        return True
    if error > _LARGEST_FACTOR * combined and all(math.isinf(line.freedom) for line in left):
        return False
    return error <= expanded(left)


def _by_quantity(results: Sequence[BenchResult]) -> dict[str, list[Value]]:
    found: dict[str, list[Value]] = defaultdict(list)
    for result in results:
        for value in result.values:
            found[value.quantity].append(value)
    return found


def _count(covered: Sequence[bool]) -> Covered:
    return Covered(sum(covered), len(covered), least(len(covered), LEAST_OF_EACH))


def _pooled(benches: int, covered: Sequence[bool]) -> Covered:
    # Values of one bench have errors in common: few benches are no more than as many values.
    return Covered(sum(covered), len(covered), min(least(benches, LEAST_OF_ALL), LEAST_OF_ALL))


def _figures(quantity: str, values: Sequence[Value], absent: int) -> QuantityFigures:
    errors = [value.error for value in values]
    combined = [math.sqrt(math.fsum(line.uncertainty**2 for line in value.budget)) for value in values]
    return QuantityFigures(
        quantity=quantity,
        count=_count([value.covered for value in values]),
        mean=statistics.fmean(errors),
        deviation=statistics.pstdev(errors),
        worst=max(abs(error) for error in errors),
        largest=_largest(values),
        factor=statistics.fmean(value.expanded / u for value, u in zip(values, combined, strict=True)),
        absent=absent,
    )


def _largest(values: Sequence[Value]) -> Dominating:
    shares: dict[str, float] = defaultdict(float)
    shapes = {}
    for value in values:
        whole = math.fsum(line.uncertainty**2 for line in value.budget)
        for line in value.budget:
            shares[family(line.name)] += line.uncertainty**2 / whole / len(values)
            shapes[family(line.name)] = line.distribution
    name = max(shares, key=lambda each: shares[each])
    return Dominating(name, shares[name], shapes[name])
