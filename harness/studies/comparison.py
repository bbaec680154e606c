"""A count that was drawn, held against the probability that was predicted for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import binom

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Comparison:
    """A predicted probability and the share that came out.

    Attributes:
        predicted: probability of the event in each trial.
        count: how often it happened.
        trials: how often it could have.
    """

    predicted: float
    count: int
    trials: int

    @property
    def measured(self) -> float:
        """Share of the trials; 0 where there was none."""
        return self.count / self.trials if self.trials else 0.0


def outside(comparisons: Sequence[Comparison], tail: float) -> list[int]:
    """Places of the counts that are outside their binomial band.

    Args:
        comparisons: counts with their predictions.
        tail: a count is too low, or too high, where one at least as extreme is less likely than this.
    """
    if not comparisons:
        return []
    count, trials, predicted = np.array([(each.count, each.trials, each.predicted) for each in comparisons]).T
    extreme = np.minimum(binom.cdf(count, trials, predicted), binom.sf(count - 1, trials, predicted))
    return [int(place) for place in np.flatnonzero(extreme < tail)]


def pooled(comparisons: Sequence[Comparison]) -> Comparison:
    """All counts together.

    The mean of several probabilities spreads a binomial count more than they do, so its band is wide enough.
    """
    trials = sum(comparison.trials for comparison in comparisons)
    expected = sum(comparison.predicted * comparison.trials for comparison in comparisons)
    return Comparison(expected / trials if trials else 0.0, sum(each.count for each in comparisons), trials)
