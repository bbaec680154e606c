"""Uncertainty budgets against published examples and closed forms."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from harness.errors import NotFinite
from harness.metrology import Budget
from harness.metrology.budget import coverage_factor
from harness.quantity import Derivation

DERIVATION = Derivation("by-hand", 1, "none")

# GUM, table G.2, column 95.45 %.
GUM_G2 = {
    1: 13.97, 2: 4.53, 3: 3.31, 4: 2.87, 5: 2.65, 6: 2.52, 7: 2.43, 8: 2.37, 9: 2.32, 10: 2.28, 11: 2.25, 12: 2.23,
    13: 2.21, 14: 2.20, 15: 2.18, 16: 2.17, 17: 2.16, 18: 2.15, 19: 2.14, 20: 2.13, 25: 2.11, 30: 2.09, 35: 2.07,
    40: 2.06, 45: 2.06, 50: 2.05, 100: 2.025,
}  # fmt: skip


def scattered(mean: float, standard_uncertainty: float, degrees_of_freedom: int) -> list[float]:
    """Values whose mean has exactly this standard uncertainty (type A) with these degrees of freedom."""
    count = degrees_of_freedom + 1
    pairs = count // 2
    step = standard_uncertainty * math.sqrt(count * (count - 1) / (2 * pairs))
    return [mean - step] * pairs + [mean + step] * pairs + [mean] * (count % 2)


def test_observed_values_have_the_uncertainty_of_their_mean() -> None:
    """The mean of n observations has u = s / √n with n - 1 degrees of freedom (GUM 4.2.3)."""
    values = [0.0012, 0.0015, 0.0011, 0.0013, 0.0018, 0.0009]
    budget = Budget()
    found = budget.measurement(budget.observed("scatter", values), "V", DERIVATION)
    assert found.value == pytest.approx(statistics.mean(values), rel=1e-12)
    assert found.standard_uncertainty == pytest.approx(statistics.stdev(values) / math.sqrt(6), rel=1e-12)
    assert found.degrees_of_freedom == pytest.approx(5)
    assert found.coverage_factor == pytest.approx(2.65, abs=0.005)


def test_gum_h1_end_gauge() -> None:
    """GUM H.1: l = 50 000 838 nm, u_c = 31.66 nm (printed 32), 16.75 effective degrees of freedom (printed 16)."""
    budget = Budget()
    standard = budget.observed("standard", scattered(50_000_623, 25, 18))
    comparison = budget.observed("mean of comparisons", scattered(215, 5.8, 24))
    random = budget.observed("comparator, random", scattered(0, 3.9, 5))
    systematic = budget.observed("comparator, systematic", scattered(0, 6.7, 8))
    expansion = budget.bounded("expansion of the standard", 11.5e-6, 2e-6, None, "GUM H.1")
    difference = budget.observed("difference of expansions", scattered(0, 1e-6 / math.sqrt(3), 50))
    warmer = budget.observed("difference of temperatures", scattered(0, 0.05 / math.sqrt(3), 2))
    mean_temperature = budget.bounded("mean temperature", -0.1, 0.2, 1.0, "GUM H.1")
    cyclic = budget.bounded("cyclic temperature", 0.0, 0.5, math.sqrt(2), "GUM H.1: arcsine")
    gauge = (
        standard
        + comparison
        + random
        + systematic
        - standard * (difference * (mean_temperature + cyclic) + expansion * warmer)
    )
    found = budget.measurement(gauge, "nm", DERIVATION)
    assert found.value == pytest.approx(50_000_838, abs=0.5)
    assert found.standard_uncertainty == pytest.approx(31.66, abs=0.01)
    assert found.degrees_of_freedom == pytest.approx(16.75, abs=0.01)
    # Table G.2 holds 2.17 for 16 and 2.16 for 17.
    assert 2.155 <= found.coverage_factor <= 2.175
    assert [line.name for line in found.budget][:2] == ["standard", "difference of temperatures"]
    assert found.budget[0].standard_uncertainty == pytest.approx(25, rel=1e-4)
    assert found.budget[1].standard_uncertainty == pytest.approx(16.6, abs=0.05)


def test_welch_satterthwaite() -> None:
    """U = 0.57 with 9 degrees of freedom and 0.25 without limit have 12.80 together."""
    budget = Budget()
    total = budget.observed("seen", scattered(1.0, 0.57, 9)) + budget.bounded("stated", 0.0, 0.5, 2.0, "certificate")
    found = budget.measurement(total, "A", DERIVATION)
    assert found.degrees_of_freedom == pytest.approx(12.80, abs=0.005)
    assert found.standard_uncertainty == pytest.approx(math.hypot(0.57, 0.25), rel=1e-12)


def test_sum_of_four_rectangles() -> None:
    """Four rectangular inputs of u = 1 have u = 2.0 together; their 95 % interval of ±3.88 is covered (GUM S1, 9.2)."""
    budget = Budget()
    parts = [budget.bounded(f"input {number}", 0.0, math.sqrt(3), None, "GUM S1") for number in range(4)]
    found = budget.measurement(sum(parts), "A", DERIVATION)
    assert found.standard_uncertainty == pytest.approx(2.0, rel=1e-12)
    assert found.expanded_uncertainty >= 3.88
    assert found.expanded_uncertainty <= 3.88 * 1.05


@pytest.mark.parametrize(("freedom", "factor"), GUM_G2.items())
def test_coverage_factor_by_table_g2(freedom: int, factor: float) -> None:
    """Student's factor for 95.45 % is that of the GUM's table G.2, to its last digit."""
    half_digit = 0.0005 if freedom == 100 else 0.005
    assert coverage_factor(freedom) == pytest.approx(factor, abs=half_digit + 1e-9)


def test_coverage_factor_without_limit() -> None:
    """With unlimited degrees of freedom k is 2."""
    assert coverage_factor(math.inf) == 2.0


@settings(deadline=None)
@given(st.floats(1, 1e5), st.floats(1, 1e5))
def test_fewer_degrees_of_freedom_never_mean_less_uncertainty(one: float, other: float) -> None:
    """K falls towards 2 with the degrees of freedom and never below."""
    fewer, more = sorted((one, other))
    assert coverage_factor(fewer) >= coverage_factor(more) >= 2.0


@pytest.mark.parametrize(("coverage", "divisor"), [(None, math.sqrt(3)), (2.0, 2.0), (1.0, 1.0), (3.0, 3.0)])
def test_a_bound_becomes_a_standard_uncertainty(coverage: float | None, divisor: float) -> None:
    """A bare bound is divided by √3, one with a coverage factor by that factor (GUM 4.3.3, 4.3.7)."""
    budget = Budget()
    found = budget.measurement(budget.bounded("limit", 5.0, 0.6, coverage, "page 1"), "V", DERIVATION)
    assert found.value == 5.0
    assert found.standard_uncertainty == pytest.approx(0.6 / divisor, rel=1e-12)
    line = found.budget[0]
    assert (line.name, line.distribution, line.source) == ("limit", "normal" if coverage else "rectangular", "page 1")


def test_influences_add_in_squares_with_their_sensitivities() -> None:
    """u(x y / z)² is the sum of the squares of every |c| u (GUM 5.1.2), and the budget lists each of them."""
    budget = Budget()
    x = budget.bounded("x", 3.0, 0.02, 2.0, "s")
    y = budget.bounded("y", 5.0, 0.06, 2.0, "s")
    z = budget.bounded("z", 2.0, 0.08, 2.0, "s")
    found = budget.measurement(x * y / z, "A", DERIVATION)
    parts = {"x": 5 / 2 * 0.01, "y": 3 / 2 * 0.03, "z": 15 / 4 * 0.04}
    assert {line.name: line.standard_uncertainty for line in found.budget} == pytest.approx(parts, rel=1e-12)
    assert found.standard_uncertainty == pytest.approx(math.sqrt(sum(u * u for u in parts.values())), rel=1e-12)
    assert [line.name for line in found.budget] == ["z", "y", "x"]


def test_a_shared_influence_drops_out_of_a_difference() -> None:
    """What enters two values alike is no uncertainty of their difference."""
    budget = Budget()
    offset = budget.bounded("offset", 0.0, 1.0, 2.0, "s")
    one, other = (budget.bounded(name, 0.0, 0.002, 2.0, "s") + offset for name in ("one", "other"))
    assert budget.measurement(one - other, "A", DERIVATION).standard_uncertainty == pytest.approx(0.001 * math.sqrt(2))


@pytest.mark.parametrize("value", [math.nan, math.inf, 9.9e37])
def test_no_influence_is_nan_or_infinite(value: float) -> None:
    """Best estimates, bounds and observations that are no finite number are refused by the influence's name."""
    for ask in (
        lambda budget: budget.bounded("leakage", value, 1.0, None, "s"),
        lambda budget: budget.bounded("leakage", 0.0, value, None, "s"),
        lambda budget: budget.observed("leakage", [1.0, value]),
    ):
        with pytest.raises(NotFinite, match="leakage"):
            ask(Budget())


def test_a_negative_bound_is_refused() -> None:
    """A bound below zero is no bound."""
    for coverage in (None, 2.0):
        with pytest.raises(NotFinite, match="bound of leakage is negative"):
            Budget().bounded("leakage", 0.0, -1.0, coverage, "s")


def test_no_influence_stands_twice() -> None:
    """An influence entered twice under one name would be counted wrongly, and is refused."""
    budget = Budget()
    budget.bounded("leakage", 0.0, 1.0, None, "s")
    with pytest.raises(ValueError, match="stands twice"):
        budget.observed("leakage", [1.0, 2.0])


@pytest.mark.parametrize("ratio", [0.01, 0.05, 0.1, 0.15, 0.2, 0.25, 0.299, 0.31, 0.5, 1.0])
def test_u_covers_95_percent_whatever_dominates(ratio: float) -> None:
    """One rectangular influence and a normal one of any size beside it: U covers at least 95 %, in closed form."""
    budget = Budget()
    total = budget.bounded("rectangle", 0.0, math.sqrt(3), None, "s") + budget.bounded("rest", 0.0, ratio, 1.0, "s")
    expanded = budget.measurement(total, "A", DERIVATION).expanded_uncertainty

    def inside(x: float) -> float:
        return stats.norm.cdf((expanded - x) / ratio) - stats.norm.cdf((-expanded - x) / ratio)

    covered, _ = integrate.quad(inside, 0, math.sqrt(3), limit=500)
    assert covered / math.sqrt(3) >= 0.9499


@pytest.mark.parametrize("coverage", [0.0, 0.5, -2.0, math.inf, math.nan])
def test_a_coverage_factor_is_at_least_one(coverage: float) -> None:
    """A coverage factor of infinity makes an influence vanish; one below 1 or NaN is none."""
    with pytest.raises(NotFinite, match="leakage"):
        Budget().bounded("leakage", 0.0, 1.0, coverage, "s")


def test_no_observation_is_no_influence() -> None:
    """The mean of nothing is refused by name."""
    with pytest.raises(NotFinite, match="scatter"):
        Budget().observed("scatter", [])
