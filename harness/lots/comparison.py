"""Two runs compared, value by value: what differs by more than the combined uncertainty of the difference.

The difference d of two results has u²(d) = u²(1) + u²(2) - 2 Σ c(1) c(2) u(1) u(2), the sum being over what both have
in common (GUM 5.2.2, with correlation 1). In common are the calibration of a resistor and the errors of an
instrument's gain, time base and input resistance where the very same one took both, by serial number and source. All
else is taken as independent. The expanded uncertainty is that of 95 % by Student's t (GUM G.4).
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.evidence import Judged
from harness.lots.runs import ReadRun, RunFacts, read_run
from harness.metrology.coverage import coverage_factor
from harness.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from harness.evidence import Value
    from harness.quantity import Influence, Measurement

    Key = tuple[str, str, str, int]

SAME, CHANGED, INCOMPARABLE = "same", "changed", "incomparable"

ASSUMPTIONS = (
    "What one instrument (by serial number) or one resistor (by certificate) adds to both results alike cancels: the "
    "calibration of the resistor, errors of gain, time base and input resistance; correlation 1. "
    "Everything else is independent in both runs: noise, repeatability, zero, temperature, pickup, sampling. "
    "Each difference is held against its own expanded uncertainty for 95 %: of many values that did not change, a few "
    "may lie beyond."
)
"""What a comparison takes for granted; it stands on every page and answer."""

_COMMON = ("accuracy", "accuracy, as an error of its gain", "gain", "time base", "input resistance")
_RESISTOR = "resistor "
_LEAST = 1e-30
"""Of a variance of the difference, relative to the larger one: what rounding leaves of nothing."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One value of both runs.

    Attributes:
        requirement: id.
        quantity: its row.
        observation: key of the operating point.
        unit: SI unit symbol.
        first: value in the first run.
        second: value in the second run.
        first_uncertainty: expanded.
        second_uncertainty: expanded.
        difference: second less first.
        expanded_uncertainty: of the difference, with what is common to both taken out.
        independent_uncertainty: the same if nothing were common.
        coverage_factor: of the first of both.
        common: names of the influences that are common.
        first_verdict: in words.
        second_verdict: in words.
        status: `same`, `changed` or `incomparable`.
        notes: other limits, another version of the measurand, another unit.
    """

    requirement: str
    quantity: str
    observation: str
    unit: str
    first: float
    second: float
    first_uncertainty: float
    second_uncertainty: float
    difference: float
    expanded_uncertainty: float
    independent_uncertainty: float
    coverage_factor: float
    common: tuple[str, ...]
    first_verdict: str
    second_verdict: str
    status: str
    notes: tuple[str, ...]

    @property
    def ratio(self) -> float:
        """|d| / U(d): above 1 it is a change."""
        return abs(self.difference) / self.expanded_uncertainty


@dataclass(frozen=True, slots=True)
class Alone:
    """A value that only one run has.

    Attributes:
        run: name of that run.
        requirement: id.
        quantity: its row.
        observation: key of the operating point.
        verdict: in words.
    """

    run: str
    requirement: str
    quantity: str
    observation: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs beside each other.

    Attributes:
        first: one of both.
        second: the other.
        values: all that both have.
        alone: those that one has.
        outcomes: requirement with both outcomes where they differ.
    """

    first: RunFacts
    second: RunFacts
    values: tuple[Compared, ...]
    alone: tuple[Alone, ...]
    outcomes: tuple[tuple[str, str, str], ...]

    @property
    def changed(self) -> tuple[Compared, ...]:
        """Values that differ beyond their uncertainty or cannot be compared, the largest difference first."""
        found = [value for value in self.values if value.status != SAME]
        return tuple(sorted(found, key=lambda value: -value.ratio))

    @property
    def verdicts_differ(self) -> tuple[Compared, ...]:
        """Values with another verdict, whether or not they changed."""
        return tuple(value for value in self.values if value.first_verdict != value.second_verdict)

    @property
    def same(self) -> bool:
        """Whether both runs say the same; where they have no value in common, they do not."""
        return bool(self.values) and not (self.changed or self.verdicts_differ or self.alone or self.outcomes)


def compare(first: Path, second: Path) -> Comparison:
    """Compare two run directories.

    Raises:
        EvidenceError: one cannot be read.
    """
    one, other = read_run(first), read_run(second)
    left, right = _keyed(one.values), _keyed(other.values)
    both = tuple(_compared(left[key], right[key], one, other) for key in left if key in right)
    alone = (*_alone(one.facts, left, right), *_alone(other.facts, right, left))
    return Comparison(one.facts, other.facts, both, alone, tuple(_outcomes(one.facts, other.facts)))


def _keyed(values: Iterable[Value]) -> dict[Key, Value]:
    """By requirement, row and point; a row that was judged there twice, by its turn."""
    turns: Counter[tuple[str, str, str]] = Counter()
    found = {}
    for value in values:
        name = (value.requirement, value.quantity, value.point.key)
        found[*name, turns[name]] = value
        turns[name] += 1
    return found


def _alone(facts: RunFacts, mine: Mapping[Key, Value], others: Mapping[Key, Value]) -> Iterator[Alone]:
    for key, value in mine.items():
        if key not in others:
            yield Alone(facts.name, value.requirement, value.quantity, value.point.key, _label(value))


def _outcomes(one: RunFacts, other: RunFacts) -> Iterator[tuple[str, str, str]]:
    left, right = dict(one.outcomes), dict(other.outcomes)
    for name in dict.fromkeys((*left, *right)):
        said, found = left.get(name, "nothing"), right.get(name, "nothing")
        if said != found:
            yield name, said, found


def _label(value: Value) -> str:
    return value.decision.verdict.label if isinstance(value, Judged) else Outcome.DISCLOSED.value


def _compared(one: Value, other: Value, first: ReadRun, second: ReadRun) -> Compared:
    left, right = one.measurement, other.measurement
    shared = tuple(_common(one, other, first, second))
    variance = left.standard_uncertainty**2 + right.standard_uncertainty**2
    covariance = sum(_signed(mine) * _signed(theirs) for mine, theirs in shared)
    # What is common can be no more than all there is: rounding must not leave less than nothing.
    largest = max(left.standard_uncertainty, right.standard_uncertainty)
    rest = max(variance - 2 * covariance, (left.standard_uncertainty - right.standard_uncertainty) ** 2)
    uncertainty = math.sqrt(max(rest, _LEAST * largest**2))
    names = frozenset(line.name for line, _ in shared)
    factor = coverage_factor(_freedom(uncertainty, left, right, names))
    difference = right.value - left.value
    expanded = factor * uncertainty
    comparable = left.unit == right.unit
    status = INCOMPARABLE if not comparable else CHANGED if abs(difference) > expanded else SAME
    return Compared(
        requirement=one.requirement,
        quantity=one.quantity,
        observation=one.point.key,
        unit=left.unit,
        first=left.value,
        second=right.value,
        first_uncertainty=left.expanded_uncertainty,
        second_uncertainty=right.expanded_uncertainty,
        difference=difference,
        expanded_uncertainty=expanded,
        independent_uncertainty=coverage_factor(_freedom(math.sqrt(variance), left, right)) * math.sqrt(variance),
        coverage_factor=factor,
        common=tuple(line.name for line, _ in shared),
        first_verdict=_label(one),
        second_verdict=_label(other),
        status=status,
        notes=tuple(_notes(one, other)),
    )


def _notes(one: Value, other: Value) -> Iterator[str]:
    left, right = one.measurement, other.measurement
    if left.unit != right.unit:
        yield f"in {left.unit} and in {right.unit}"
    mine, theirs = left.derivation, right.derivation
    if (mine.measurand, mine.version) != (theirs.measurand, theirs.version):
        yield f"{mine.measurand} version {mine.version} and {theirs.measurand} version {theirs.version}"
    if one.point.setpoint != other.point.setpoint:
        yield f"set to {one.point.setpoint.current_a:.6g} A and to {other.point.setpoint.current_a:.6g} A"
    if isinstance(one, Judged) and isinstance(other, Judged) and one.limit != other.limit:
        yield "judged by other limits"


def _common(one: Value, other: Value, first: ReadRun, second: ReadRun) -> Iterator[tuple[Influence, Influence]]:
    """Influences that are one and the same in both results."""
    lines = {line.name: line for line in other.measurement.budget}
    here, there = first.serials.get(one.point.key, {}), second.serials.get(other.point.key, {})
    for line in one.measurement.budget:
        role, _, what = line.name.partition(": ")
        again = lines.get(line.name)
        if again is None or line.source != again.source or None in (line.sensitivity, again.sensitivity):
            continue
        # A resistor is known by its certificate, which is the line's source.
        same_instrument = len(here.get(role, ())) == 1 and here[role] == there.get(role)
        if what.startswith(_RESISTOR) or (what in _COMMON and same_instrument):
            yield line, again


def _signed(line: Influence) -> float:
    return math.copysign(line.standard_uncertainty, line.sensitivity or 0.0)


def _freedom(uncertainty: float, left: Measurement, right: Measurement, common: frozenset[str] = frozenset()) -> float:
    """Welch-Satterthwaite (GUM G.4.1) over what is left of both budgets."""
    lines = (line for line in (*left.budget, *right.budget) if line.name not in common)
    finite = (line for line in lines if math.isfinite(line.degrees_of_freedom))
    total = sum((line.standard_uncertainty / uncertainty) ** 4 / line.degrees_of_freedom for line in finite)
    return max(1.0, 1 / total) if total > 0 else math.inf
