"""A count that was drawn, held against the probability that was predicted for it."""

from __future__ import annotations

from dataclasses import dataclass

from scipy.stats import binom


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

    def within(self, tail: float) -> bool:
        """Whether the count is as likely as this in both tails of the binomial distribution.

        Args:
            tail: a count is too low, or too high, where one at least as extreme is less likely than this.
        """
        at_most = binom.cdf(self.count, self.trials, self.predicted)
        at_least = binom.sf(self.count - 1, self.trials, self.predicted)
        return bool(at_most >= tail and at_least >= tail)


def pooled(comparisons: list[Comparison]) -> Comparison:
    """All counts together.

    The mean of several probabilities spreads a binomial count more than they do, so its band is wide enough.
    """
    trials = sum(comparison.trials for comparison in comparisons)
    expected = sum(comparison.predicted * comparison.trials for comparison in comparisons)
    return Comparison(expected / trials if trials else 0.0, sum(each.count for each in comparisons), trials)
