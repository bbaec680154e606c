"""Non-centrality from an observed t: the two ways agree, and both end."""

from __future__ import annotations

import math

import pytest
from scipy.special import nctdtr

from harness.metrology.statistics.noncentral_t import _solve, noncentrality


@pytest.mark.parametrize(("t", "freedom"), [(4.0, 9), (40.0, 29), (49.0, 4), (39.0, 1), (340.0, 999)])
def test_both_ways_agree(t: float, freedom: float) -> None:
    """The integral solved here and the library's inverse give the same where both are good."""
    assert _solve(t, freedom, 0.025) == pytest.approx(noncentrality(t, freedom, 0.025), rel=1e-6)
    assert float(nctdtr(freedom, _solve(t, freedom, 0.025), t)) == pytest.approx(0.975, abs=1e-6)


@pytest.mark.parametrize("t", [1e4, 1e8, 1e15, 1e30])
def test_very_large_values_end(t: float) -> None:
    """Far out the ratio is the root of chi-square over its 39 degrees of freedom: 23.654 at 2.5 %, 58.120 at 97.5 %."""
    assert noncentrality(t, 39, 0.025) / t == pytest.approx(math.sqrt(23.654 / 39), rel=2e-5)
    assert noncentrality(-t, 39, 0.025) / -t == pytest.approx(math.sqrt(58.120 / 39), rel=2e-5)
