"""Propagation of distributions by Monte Carlo (JCGM 101:2008, GUM Supplement 1), where a model is not linear enough.

The number of trials adapts to the digits that are asked for (7.9), the seed is fixed, so the same inputs give the same
bytes. Clause 8 tells whether the GUM's own result may stand.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from harness.errors import NotMeasurable
from harness.metrology.coverage import asked

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from harness.metrology.distributions import Distribution

_FEWEST_TRIALS = 10_000
_MOST_TRIALS = 8_000_000
_MOST_OF_VALIDATION = 40_000_000
"""Two digits settled to a fifth take up to 29 million; they are held in memory, 8 bytes each."""
_OF_VALIDATION = 5
"""The trials that validate are settled to a fifth of the tolerance (JCGM 101, 8.2)."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A coverage interval.

    Attributes:
        low: lower end.
        high: upper end.
    """

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Propagated:
    """What the trials say of the result.

    Attributes:
        value: mean of the trials.
        standard_uncertainty: their standard deviation.
        symmetric: probabilistically symmetric coverage interval (JCGM 101, 3.15).
        shortest: shortest coverage interval (3.16).
        coverage: probability of both.
        trials: how many were made.
    """

    value: float
    standard_uncertainty: float
    symmetric: Interval
    shortest: Interval
    coverage: float
    trials: int


@dataclass(frozen=True, slots=True)
class Validation:
    """The GUM's result held against the trials (JCGM 101, 8.1).

    Attributes:
        linear: coverage interval by the GUM.
        trials: by Monte Carlo.
        tolerance: numerical tolerance δ of the GUM's standard uncertainty.
        low: distance of the lower ends.
        high: distance of the upper ends.
    """

    linear: Interval
    trials: Propagated
    tolerance: float
    low: float
    high: float

    @property
    def agrees(self) -> bool:
        """Whether the GUM's result stands."""
        return self.low <= self.tolerance and self.high <= self.tolerance


def numerical_tolerance(standard_uncertainty: float, digits: int) -> float:
    """Half a unit in the last of so many significant digits (JCGM 101, 7.9.2); 0 where nothing is uncertain."""
    if standard_uncertainty == 0:
        return 0.0
    exponent = int(f"{standard_uncertainty:.{digits - 1}e}".partition("e")[2])
    return float(0.5 * 10.0 ** (exponent - digits + 1))


def propagate(
    model: Callable[..., Any],
    inputs: Sequence[Distribution],
    correlations: NDArray[np.float64] | None = None,
    *,
    coverage: float = 0.95,
    digits: int = 2,
    seed: int = 1,
    tolerance: float | None = None,
) -> Propagated:
    """Propagate distributions through a model.

    Args:
        model: takes one array of trials, shape (count,), for each input, and gives such an array.
        inputs: distributions, in the order in which the model takes them.
        correlations: coefficients between the inputs, shape (inputs, inputs); None: independent.
        coverage: probability of the intervals.
        digits: significant digits of the standard uncertainty that the results are good for.
        seed: of the trials.
        tolerance: to which value, uncertainty and ends are settled; None: from `digits`.

    Raises:
        NotMeasurable: the model is not defined everywhere in its inputs, or the trials do not settle.
    """
    generator = np.random.default_rng(seed)
    coefficients = np.eye(len(inputs)) if correlations is None else correlations
    block = max(math.ceil(100 / (1 - asked(coverage))), _FEWEST_TRIALS)
    drawn: list[NDArray[np.float64]] = []
    rows: list[tuple[float, float, float, float]] = []
    most = _MOST_TRIALS if tolerance is None else _MOST_OF_VALIDATION
    while len(drawn) * block < most:
        drawn.append(_trials(model, inputs, coefficients, generator, block))
        ends = _symmetric(np.sort(drawn[-1]), coverage)
        rows.append((float(drawn[-1].mean()), float(drawn[-1].std(ddof=1)), ends.low, ends.high))
        if _settled(np.asarray(rows), digits, tolerance):
            together = np.concatenate(drawn)
            together.sort()
            return _propagated(together, coverage)
    raise NotMeasurable(f"{most} trials do not settle; ask for fewer digits, or observe more often")


def validate(linear: Interval, standard_uncertainty: float, trials: Propagated, digits: int) -> Validation:
    """Hold the GUM's coverage interval against that of the trials, probabilistically symmetric."""
    return Validation(
        linear=linear,
        trials=trials,
        tolerance=numerical_tolerance(standard_uncertainty, digits),
        low=abs(linear.low - trials.symmetric.low),
        high=abs(linear.high - trials.symmetric.high),
    )


def validation_tolerance(standard_uncertainty: float, digits: int) -> float | None:
    """To which the trials of a validation are settled; None where nothing is uncertain to first order."""
    return numerical_tolerance(standard_uncertainty, digits) / _OF_VALIDATION or None


def _settled(rows: NDArray[np.float64], digits: int, tolerance: float | None) -> bool:
    """Whether twice the standard deviation of each mean over the blocks is below the tolerance (7.9.4)."""
    if len(rows) < 2:  # noqa: PLR2004 - one has no scatter
        return False
    uncertainty = math.sqrt(float(np.mean(rows[:, 1] ** 2)))
    allowed = numerical_tolerance(uncertainty, digits) if tolerance is None else tolerance
    return bool(np.all(2 * rows.std(axis=0, ddof=1) / math.sqrt(len(rows)) <= allowed))


def _propagated(ordered: NDArray[np.float64], coverage: float) -> Propagated:
    inside = math.ceil(coverage * ordered.size)
    widths = ordered[inside:] - ordered[: ordered.size - inside]
    first = int(np.argmin(widths))
    return Propagated(
        value=float(ordered.mean()),
        standard_uncertainty=float(ordered.std(ddof=1)),
        symmetric=_symmetric(ordered, coverage),
        shortest=Interval(float(ordered[first]), float(ordered[first + inside])),
        coverage=coverage,
        trials=ordered.size,
    )


def _symmetric(ordered: NDArray[np.float64], coverage: float) -> Interval:
    """The ends of JCGM 101, 7.7."""
    inside = math.ceil(coverage * ordered.size)
    first = (ordered.size - inside) // 2
    return Interval(float(ordered[first]), float(ordered[first + inside - 1]))


def _trials(
    model: Callable[..., Any],
    inputs: Sequence[Distribution],
    correlations: NDArray[np.float64],
    generator: np.random.Generator,
    count: int,
) -> NDArray[np.float64]:
    with np.errstate(all="ignore"):
        results = np.broadcast_to(np.asarray(model(*_draw(inputs, correlations, generator, count)), float), count)
    bad = int(np.count_nonzero(~np.isfinite(results)))
    if bad:
        raise NotMeasurable(
            f"the model is not defined for {bad} of {count} trials; its inputs reach where it has no value"
        )
    return results


def _draw(
    inputs: Sequence[Distribution],
    correlations: NDArray[np.float64],
    generator: np.random.Generator,
    count: int,
) -> list[NDArray[np.float64]]:
    columns = [each.draw(generator, count) for each in inputs]
    for group in _groups(correlations):
        together = [inputs[index] for index in group]
        drawn = _jointly(together, correlations[np.ix_(group, group)], generator, count)
        for index, column in zip(group, drawn, strict=True):
            columns[index] = column
    return columns


def _jointly(
    inputs: Sequence[Distribution], correlations: NDArray[np.float64], generator: np.random.Generator, count: int
) -> NDArray[np.float64]:
    """Multivariate normal values (6.4.8), or multivariate t of what was observed together (JCGM 102, 5.3.2)."""
    values, vectors = np.linalg.eigh(correlations)
    root = vectors * np.sqrt(np.clip(values, 0.0, None))
    drawn = root @ generator.standard_normal((len(inputs), count))
    freedom = inputs[0].degrees_of_freedom
    if not math.isinf(freedom):
        drawn = drawn * np.sqrt(freedom / generator.chisquare(freedom, count))
    scale = np.asarray([each.standard_uncertainty for each in inputs])[:, None]
    joint: NDArray[np.float64] = np.asarray([each.estimate for each in inputs])[:, None] + scale * drawn
    return joint


def _groups(correlations: NDArray[np.float64]) -> list[list[int]]:
    """Inputs that hang together by their coefficients, each group in ascending order."""
    left, groups = set(range(len(correlations))), []
    while left:
        group, todo = set(), [min(left)]
        while todo:
            index = todo.pop()
            if index in left:
                left.discard(index)
                group.add(index)
                todo += [int(other) for other in np.flatnonzero(correlations[index])]
        groups.append(sorted(group))
    return [group for group in groups if len(group) > 1]
