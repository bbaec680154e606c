"""Non-centrality from an observed t, against quadrature over the other variable, and far out."""

from __future__ import annotations

import itertools
import math

import pytest
from scipy import integrate, stats
from scipy.special import ndtr

from harness.metrology.statistics.noncentral_t import noncentrality


def beyond(t: float, freedom: float, shift: float) -> float:
    """P(T >= t) by scipy's adaptive quadrature over the chi variable, in pieces about where it turns."""
    root = math.sqrt(freedom)
    turn, width = (shift * root / t, root / abs(t)) if t else (0.0, 1.0)
    lowest, highest = stats.chi.ppf(1e-18, freedom), stats.chi.isf(1e-18, freedom)
    marks = [stats.chi.ppf(share, freedom) for share in (1e-6, 0.01, 0.2, 0.5, 0.8, 0.99, 1 - 1e-6)]
    marks += [turn + step * width for step in (-8, -2, 0, 2, 8)]
    edges = sorted({lowest, highest, *(mark for mark in marks if lowest < mark < highest)})

    def density(s: float) -> float:
        return float(stats.chi.pdf(s, freedom) * ndtr(shift - t * s / root))

    return sum(
        integrate.quad(density, *piece, epsabs=1e-15, epsrel=1e-10, limit=200)[0] for piece in itertools.pairwise(edges)
    )


@pytest.mark.parametrize("tail", [5e-6, 5e-4, 0.025, 0.49, 0.975])
@pytest.mark.parametrize(
    ("t", "freedom"),
    [
        (-40.0, 19),
        (-1.0, 199),
        (-0.3, 19),
        (-1e-6, 9),
        (0.05, 1),
        (0.7, 5.5),
        (5.9, 1),
        (6.1, 1),
        (12.0, 9),
        (340.0, 999),
    ],
)
def test_the_tail_is_what_was_asked_for(t: float, freedom: float, tail: float) -> None:
    """At the non-centrality found, P(T >= t) is the tail, near zero and at small tails too."""
    assert beyond(t, freedom, noncentrality(t, freedom, tail)) == pytest.approx(tail, rel=1e-6)


@pytest.mark.parametrize(
    ("t", "freedom", "tail", "shift"), [(-0.3, 19, 5e-4, -3.590), (0.0, 9, 0.4, -0.2533), (-1.0, 199, 5e-6, -5.421)]
)
def test_where_the_library_stops_early(t: float, freedom: float, tail: float, shift: float) -> None:
    """Found by quadrature and bisection; scipy's own inverse gives -3.464, -0.663 and -4.47 here."""
    assert noncentrality(t, freedom, tail) == pytest.approx(shift, abs=6e-4)


@pytest.mark.parametrize("t", [1e4, 1e8, 1e15, 1e30])
def test_very_large_values_end(t: float) -> None:
    """Far out the ratio is the root of chi-square over its 39 degrees of freedom: 23.654 at 2.5 %, 58.120 at 97.5 %."""
    assert noncentrality(t, 39, 0.025) / t == pytest.approx(math.sqrt(23.654 / 39), rel=2e-5)
    assert noncentrality(-t, 39, 0.025) / -t == pytest.approx(math.sqrt(58.120 / 39), rel=2e-5)
