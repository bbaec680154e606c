"""Lots and measurements are drawn and decided; what passes wrongly is held against what quadrature predicts.

A cell is a rule, a shape of the error, a test uncertainty ratio (TUR), and a lot: its mean and its in-tolerance
probability; or units exactly at their limits instead of a lot. The prediction takes the guard band from what the
documents print, entered here a second time, so that a slip in the rule itself shows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from harness.errors import RequestError
from harness.metrology import Budget, decide
from harness.metrology.acceptance import GUARD_BAND_083_U, GUARD_BAND_U, METHOD_6, RULES
from harness.metrology.risk import ErrorModel, Interval, Lot, global_risk, specific_risk
from harness.quantity import Derivation
from harness.studies.comparison import Comparison, outside, pooled
from harness.verdict import Limit, Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from harness.metrology import DecisionRule
    from harness.quantity import Measurement

RATIOS = (1.5, 2.0, 3.0, 4.0, 6.0, 10.0)
"""TUR: half the tolerance divided by 2 u."""

IN_TOLERANCE = (0.5, 0.8, 0.9, 0.95, 0.99)
MEANS = (0.0, 0.5)
"""Means of the lots, from the middle of the tolerance in halves of its width."""

ERRORS = ("normal", "rectangular", "mixed")
LEAST_DECISIONS = 1000
MOST_DECISIONS = 100_000_000
CONFIDENCE = 0.999
GLOBAL_BOUND = 0.02
"""Largest share of a lot that may be nonconforming and PASS (ANSI/NCSL Z540.3-2006, 5.3)."""

_TAIL = (1 - CONFIDENCE) / 2
_SPECIFIC_BOUNDS = {GUARD_BAND_U.name: 0.025, GUARD_BAND_083_U.name: 0.05}
_TOLERANCE = Interval(-1.0, 1.0)
_LIMIT = Limit("A", -1.0, 1.0, 0.0)
_BLOCK = 500_000
_DECIDED_ONE_BY_ONE = 50
"""Draws of each cell that are given to `decide` itself besides."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One combination that was tried.

    Attributes:
        rule: name of the decision rule.
        error: shape of the measurement error.
        tur: test uncertainty ratio, half the tolerance divided by 2 u.
        mean: of the lot, in halves of the tolerance; None where all units are exactly at a limit.
        in_tolerance: share of the lot that is conforming; None where all units are at a limit.
    """

    rule: str
    error: str
    tur: float
    mean: float | None
    in_tolerance: float | None

    def __str__(self) -> str:
        lot = "units at a limit" if self.mean is None else f"a lot at {self.mean:g} with {self.in_tolerance:.0%} inside"
        return f"{self.rule}, {self.error} errors, TUR {self.tur:g}, {lot}"


@dataclass(frozen=True, slots=True)
class Risks:
    """What came out in a cell, beside what was predicted.

    Attributes:
        cell: which.
        specific: PASS of units at a limit.
        false_accept: nonconforming and PASS, of a lot.
        false_fail: conforming and FAIL.
        conditional: neither PASS nor FAIL.
        posterior: nonconforming among what passed.
    """

    cell: Cell
    specific: Comparison | None = None
    false_accept: Comparison | None = None
    false_fail: Comparison | None = None
    conditional: Comparison | None = None
    posterior: Comparison | None = None

    @property
    def figures(self) -> tuple[tuple[str, Comparison], ...]:
        """Those of the comparisons that there are, by name."""
        named = (
            ("specific", self.specific),
            ("global", self.false_accept),
            ("false fail", self.false_fail),
            ("conditional", self.conditional),
            ("posterior", self.posterior),
        )
        return tuple((name, figure) for name, figure in named if figure is not None)


@dataclass(frozen=True, slots=True)
class Bound:
    """A promise about a rule with normal errors, over all cells with a centred lot.

    Attributes:
        rule: name.
        figure: which risk.
        allowed: largest probability that is allowed.
        predicted: largest one that is predicted.
    """

    rule: str
    figure: str
    allowed: float
    predicted: float

    @property
    def kept(self) -> bool:
        """Whether the promise holds."""
        return self.predicted <= self.allowed


@dataclass(frozen=True, slots=True)
class RiskStudy:
    """Result of a study.

    Attributes:
        seed: of all draws.
        decisions: in each cell.
        cells: what came out, cell by cell.
        pooled: rule, figure, and the counts of all its cells together.
        bounds: what the rules promise.
        disagreements: draws that were decided otherwise in bulk than one by one.
    """

    seed: int
    decisions: int
    cells: tuple[Risks, ...]
    pooled: tuple[tuple[str, str, Comparison], ...]
    bounds: tuple[Bound, ...]
    disagreements: int

    @property
    def comparisons(self) -> int:
        """How many counts were held against a prediction."""
        return len(self._all())

    @property
    def outside(self) -> tuple[tuple[str, str, Comparison], ...]:
        """Counts outside their bands: where, which figure.

        All bands together hold with 99.9 %: each has its part of the 0.1 % (Bonferroni), whatever hangs on what.
        """
        compared = self._all()
        places = outside([figure for _, _, figure in compared], _TAIL / max(1, len(compared)))
        return tuple(compared[place] for place in places)

    @property
    def outside_alone(self) -> int:
        """Counts outside the band that each would have by itself; one in a thousand is expected."""
        return len(outside([figure for _, _, figure in self._all()], _TAIL))

    @property
    def sound(self) -> bool:
        """Whether everything is as predicted and promised."""
        return (
            bool(self.cells) and not self.outside and not self.disagreements and all(each.kept for each in self.bounds)
        )

    def _all(self) -> list[tuple[str, str, Comparison]]:
        of_cells = [(str(risks.cell), name, figure) for risks in self.cells for name, figure in risks.figures]
        return of_cells + list(self.pooled)


def study(
    rules: Sequence[DecisionRule],
    *,
    decisions: int,
    seed: int,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> RiskStudy:
    """Try every cell of the rules.

    Args:
        rules: those to try.
        decisions: draws in each cell.
        seed: of all draws; a cell's draws do not hang on which other rules are tried.
        progress: told after each cell how many of how many are done.

    Raises:
        RequestError: too few decisions to say anything, or more than end, or a rule that the study does not know.
    """
    if decisions < LEAST_DECISIONS:
        raise RequestError(f"{decisions} decisions in each cell say nothing about risks of 1 %; at least 1000 are due")
    if decisions > MOST_DECISIONS:
        raise RequestError(f"{decisions} decisions in each cell would not end; at most {MOST_DECISIONS} are made")
    cells = [cell for rule in rules for cell in _cells(rule.name)]
    by_name: dict[str, DecisionRule] = {rule.name: rule for rule in rules}
    risks, disagreements = [], 0
    for done, cell in enumerate(cells, start=1):
        found, differing = _tried(cell, by_name[cell.rule], decisions, seed)
        risks.append(found)
        disagreements += differing
        progress(done, len(cells))
    return RiskStudy(seed, decisions, tuple(risks), tuple(_pooled(risks)), tuple(_bounds(risks)), disagreements)


def guard_band_as_printed(rule: str, ratio: float, expanded: float) -> float:
    """Guard band of a rule in halves of the tolerance, from its document and not from the rule.

    Args:
        rule: name.
        ratio: TUR.
        expanded: U by the budget's own coverage factor, in halves of the tolerance.

    Raises:
        RequestError: nothing is entered for such a rule.
    """
    acceptance = {
        "simple": 1.0,
        "guard-band-U": 1 - expanded,
        "guard-band-0.83U": 1 - 0.83 * expanded,
        "method-6": min(1.0, 1 - (1.04 - math.exp(0.38 * math.log(ratio) - 0.54)) / ratio),
        "root-sum-square": math.sqrt(1 - ratio**-2),
    }
    if rule not in acceptance:
        raise RequestError(f"decision rule {rule!r} is unknown to the study; known are {', '.join(acceptance)}")
    return 1 - acceptance[rule]


@cache
def budgeted(error: str, standard: float) -> tuple[Measurement, ErrorModel]:
    """A measurement of zero as a budget gives it, and the distribution its error then has.

    Args:
        error: one of `ERRORS`.
        standard: combined standard uncertainty.
    """
    shares = {"normal": (1.0, 0.0), "rectangular": (0.0, 1.0), "mixed": (0.5, 0.5)}
    normal, rectangular = (standard * math.sqrt(share) for share in shares[error])
    budget, half_width = Budget(), rectangular * math.sqrt(3)
    influences = []
    if normal:
        influences.append(budget.bounded("normal influence", 0.0, 2 * normal, 2.0, "drawn"))
    if rectangular:
        influences.append(budget.bounded("rectangular influence", 0.0, half_width, None, "drawn"))
    measurement = budget.measurement(sum(influences), _LIMIT.unit, Derivation("drawn", 1, "study"))
    return measurement, ErrorModel(normal, half_width)


def _cells(rule: str) -> Iterator[Cell]:
    for error in ERRORS:
        for ratio in RATIOS:
            yield Cell(rule, error, ratio, None, None)
            for mean in MEANS:
                yield from (Cell(rule, error, ratio, mean, share) for share in IN_TOLERANCE)


def _tried(cell: Cell, rule: DecisionRule, decisions: int, seed: int) -> tuple[Risks, int]:
    measurement, error = budgeted(cell.error, 1 / (2 * cell.tur))
    lot = None if cell.mean is None or cell.in_tolerance is None else Lot.of(_TOLERANCE, cell.mean, cell.in_tolerance)
    random = np.random.default_rng([seed, *_place(cell)])
    counts, differing = _Counts(), 0
    for start in range(0, decisions, _BLOCK):
        count = min(_BLOCK, decisions - start)
        true = _limits_in_turn(count) if lot is None else random.normal(lot.mean, lot.standard_deviation, count)
        measured = true + _errors(random, error, count)
        passed, failed = decided(measured, rule, measurement)
        counts.add(true, passed, failed)
        if not start:
            differing = _disagreements(measured, passed, failed, rule, measurement)
    guard = guard_band_as_printed(cell.rule, cell.tur, measurement.expanded_uncertainty)
    if lot is None:
        specific = specific_risk(_TOLERANCE, _TOLERANCE.widened(-guard), error)
        return Risks(cell, specific=Comparison(specific, counts.passed, decisions)), differing
    return _of_lot(cell, counts, lot, guard, error), differing


@dataclass(slots=True)
class _Counts:
    decided: int = 0
    passed: int = 0
    failed: int = 0
    false_passed: int = 0
    false_failed: int = 0

    def add(self, true: NDArray[np.float64], passed: NDArray[np.bool_], failed: NDArray[np.bool_]) -> None:
        conforming = np.abs(true) <= 1
        self.decided += true.size
        self.passed += int(passed.sum())
        self.failed += int(failed.sum())
        self.false_passed += int((passed & ~conforming).sum())
        self.false_failed += int((failed & conforming).sum())


def _of_lot(cell: Cell, counts: _Counts, lot: Lot, guard: float, error: ErrorModel) -> Risks:
    predicted = global_risk(lot, _TOLERANCE, guard, error)
    decided = counts.decided
    return Risks(
        cell,
        false_accept=Comparison(predicted.false_accept, counts.false_passed, decided),
        false_fail=Comparison(predicted.false_fail, counts.false_failed, decided),
        conditional=Comparison(predicted.conditional, decided - counts.passed - counts.failed, decided),
        posterior=Comparison(predicted.posterior, counts.false_passed, counts.passed),
    )


def _place(cell: Cell) -> tuple[int, ...]:
    """Where a cell is in the grid: with the seed it fixes the draws."""
    mean = 0 if cell.mean is None else 1 + MEANS.index(cell.mean)
    share = 0 if cell.in_tolerance is None else IN_TOLERANCE.index(cell.in_tolerance)
    return tuple(RULES).index(cell.rule), ERRORS.index(cell.error), RATIOS.index(cell.tur), mean, share


def _limits_in_turn(count: int) -> NDArray[np.float64]:
    return np.where(np.arange(count) % 2 == 0, _TOLERANCE.lower, _TOLERANCE.upper)


def _errors(random: np.random.Generator, error: ErrorModel, count: int) -> NDArray[np.float64]:
    drawn = random.normal(0.0, error.standard_deviation, count) if error.standard_deviation else np.zeros(count)
    return drawn + random.uniform(-error.half_width, error.half_width, count) if error.half_width else drawn


def decided(
    measured: NDArray[np.float64], rule: DecisionRule, measurement: Measurement
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """PASS and FAIL of many values with one uncertainty, by the same rule and the same comparisons as `decide`.

    The limits are -1 and 1 A. Some draws of each cell are given to `decide` as well, and have to come out equal.
    """
    guard = rule.guard_band(_LIMIT, measurement)
    distance = np.minimum(measured - _TOLERANCE.lower, _TOLERANCE.upper - measured)
    return distance >= guard, distance < -guard


def _disagreements(
    measured: NDArray[np.float64],
    passed: NDArray[np.bool_],
    failed: NDArray[np.bool_],
    rule: DecisionRule,
    measurement: Measurement,
) -> int:
    some = slice(None, _DECIDED_ONE_BY_ONE)
    wrong = 0
    for value, is_passed, is_failed in zip(measured[some], passed[some], failed[some], strict=True):
        verdict = decide(replace(measurement, value=float(value)), _LIMIT, rule).verdict
        wrong += (verdict is Verdict.PASS, verdict is Verdict.FAIL) != (bool(is_passed), bool(is_failed))
    return wrong


def _pooled(risks: Sequence[Risks]) -> Iterator[tuple[str, str, Comparison]]:
    together: dict[tuple[str, str], list[Comparison]] = {}
    for each in risks:
        for name, figure in each.figures:
            together.setdefault((each.cell.rule, name), []).append(figure)
    yield from ((rule, name, pooled(figures)) for (rule, name), figures in together.items())


def _bounds(risks: Sequence[Risks]) -> Iterator[Bound]:
    for rule, allowed in _SPECIFIC_BOUNDS.items():
        figures = [each.specific.predicted for each in _normal(risks, rule) if each.specific is not None]
        if figures:
            yield Bound(rule, "specific", allowed, max(figures))
    for rule in (GUARD_BAND_U.name, METHOD_6.name):
        centred = [each for each in _normal(risks, rule) if each.cell.mean == 0]
        figures = [each.false_accept.predicted for each in centred if each.false_accept is not None]
        if figures:
            yield Bound(rule, "global", GLOBAL_BOUND, max(figures))


def _normal(risks: Sequence[Risks], rule: str) -> list[Risks]:
    return [each for each in risks if each.cell.rule == rule and each.cell.error == "normal"]
