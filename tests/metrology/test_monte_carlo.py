"""Monte Carlo propagation against the published examples of JCGM 101:2008 (GUM Supplement 1)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import stats

from harness.errors import NotFinite, NotMeasurable
from harness.metrology import Budget
from harness.metrology.distributions import Arcsine, Curvilinear, Student, Trapezoidal
from harness.metrology.functions import sqrt
from harness.metrology.monte_carlo import Interval, Propagated, numerical_tolerance, propagate

if TYPE_CHECKING:
    from scipy.stats._distn_infrastructure import rv_frozen

    from harness.metrology.distributions import Distribution

UNIT_RECTANGLE = Trapezoidal(0.0, math.sqrt(3))


def add(*parts: float) -> float:
    """A linear model."""
    return sum(parts)


def add_all(*parts: Any) -> Any:  # noqa: ANN401 - uncertain numbers or trials
    """The same of uncertain numbers."""
    return sum(parts)


# JCGM 101, tables 2, 3 and 4: four influences; ends of the 95 % interval and the tolerance of two digits.
SUMS = [
    ([Student(0.0, 1.0)] * 4, 2.0, 3.92, 0.05),
    ([UNIT_RECTANGLE] * 4, 2.0, 3.88, 0.05),
    ([UNIT_RECTANGLE] * 3 + [Trapezoidal(0.0, 10 * math.sqrt(3))], 10.1, 17.0, 0.5),
]


@pytest.mark.parametrize(("inputs", "uncertainty", "end", "tolerance"), SUMS, ids=["9.2.2", "9.2.3", "9.2.4"])
def test_gum_s1_sums_of_four(inputs: list[Distribution], uncertainty: float, end: float, tolerance: float) -> None:
    """Sums of four influences have the published uncertainty and interval, to the tolerance of two digits."""
    found = propagate(add, inputs)
    assert found.value == pytest.approx(0.0, abs=tolerance)
    assert found.standard_uncertainty == pytest.approx(uncertainty, abs=tolerance)
    assert (found.symmetric.low, found.symmetric.high) == pytest.approx((-end, end), abs=tolerance)
    assert numerical_tolerance(uncertainty, 2) == pytest.approx(tolerance)


def calibrated_mass() -> Budget:
    """The budget of JCGM 101, 9.3: a weight against a reference in air, mg and kg/m³."""
    budget = Budget()
    budget.normal("reference", 100_000.000, 0.050)
    budget.normal("difference", 1.234, 0.020)
    budget.rectangular("air", 1.20, 0.10)
    budget.rectangular("density of the weight", 8000.0, 1000.0)
    budget.rectangular("density of the reference", 8000.0, 50.0)
    return budget


MASS = ("reference", "difference", "air", "density of the weight", "density of the reference")


def deviation_of_mass(reference: float, difference: float, air: float, weight: float, standard: float) -> float:
    """JCGM 101, equation 33."""
    return (reference + difference) * (1 + (air - 1.2) * (1 / weight - 1 / standard)) - 100_000.0


def test_gum_s1_mass_calibration() -> None:
    """Buoyancy is a product of two zeros: the GUM's 0.054 mg is not validated, the trials give 0.075 mg."""
    held = calibrated_mass().validation(deviation_of_mass, MASS, digits=1)
    assert not held.agrees
    assert (held.linear.low, held.linear.high) == pytest.approx((1.1285, 1.3395), abs=2e-4)
    assert held.trials.value == pytest.approx(1.2341, abs=5e-4)
    assert held.trials.standard_uncertainty == pytest.approx(0.0754, abs=5e-4)
    assert (held.trials.shortest.low, held.trials.shortest.high) == pytest.approx((1.0834, 1.3825), abs=5e-3)
    assert held.tolerance == pytest.approx(0.005)
    assert (held.low, held.high) == pytest.approx((0.045, 0.043), abs=2e-3)


def test_gum_s1_gauge_block() -> None:
    """JCGM 101, 9.5, table 10: the end gauge of GUM H.1 by trials: 838 nm, u = 36 nm, 99 % from 745 to 932 nm."""
    inputs = [
        Student(50_000_623, 25, 18),
        Student(215, 6, 24),
        Student(0, 4, 5),
        Student(0, 7, 8),
        Trapezoidal(11.5e-6, 2e-6),
        Student(-0.1, 0.2),
        Arcsine(0, 0.5),
        Curvilinear(0, 1.0e-6, 0.1e-6),
        Curvilinear(0, 0.050, 0.025),
    ]

    def deviation(*x: float) -> float:
        standard, compared, random, systematic, expansion, mean, cyclic, difference, warmer = x
        length = standard * (1 - difference * (mean + cyclic) - expansion * warmer) + compared + random + systematic
        return length - 50_000_000

    found = propagate(deviation, inputs, coverage=0.99, digits=2)
    assert found.value == pytest.approx(838, abs=0.5)
    assert found.standard_uncertainty == pytest.approx(36, abs=0.5)
    assert (found.shortest.low, found.shortest.high) == pytest.approx((745, 932), abs=2)


def test_a_curvilinear_trapezoid() -> None:
    """Draws, quantiles and u of a rectangle with inexact bounds agree with each other and with its ends."""
    shape = Curvilinear(1.0, 0.5, 0.2)
    drawn = shape.draw(np.random.default_rng(5), 200_000)
    assert shape.standard_uncertainty == pytest.approx(drawn.std(), rel=5e-3)
    for probability in (0.01, 0.2, 0.5, 0.9, 0.99):
        assert np.mean(drawn <= shape.quantile(probability)) == pytest.approx(probability, abs=4e-3)
    assert (shape.quantile(0.0), shape.quantile(1.0)) == pytest.approx((0.3, 1.7))
    with pytest.raises(NotFinite, match="inexactness"):
        Curvilinear(1.0, 0.5, 0.6)


# JCGM 101, tables 6 and 7, in 1e-6: x1, correlation, mean, standard uncertainty, ends of the shortest interval.
LOSS = [
    (0.000, 0.0, 50, 50, (0, 150)),
    (0.010, 0.0, 150, 112, (0, 367)),
    (0.050, 0.0, 2550, 502, (1590, 3543)),
    (0.000, 0.9, 50, 67, (0, 185)),
    (0.010, 0.9, 150, 121, (13, 398)),
    (0.050, 0.9, 2551, 505, (1628, 3555)),
]


@pytest.mark.parametrize(("x1", "correlation", "mean", "uncertainty", "ends"), LOSS)
def test_gum_s1_comparison_loss(
    x1: float, correlation: float, mean: float, uncertainty: float, ends: tuple[float, float]
) -> None:
    """The loss |x1|² + |x2|² near its zero, which no first order can tell, with and without correlation."""
    coefficients = np.array([[1.0, correlation], [correlation, 1.0]])
    found = propagate(lambda a, b: a * a + b * b, [Student(x1, 0.005), Student(0.0, 0.005)], coefficients)
    assert found.value * 1e6 == pytest.approx(mean, abs=0.02 * uncertainty)
    assert found.standard_uncertainty * 1e6 == pytest.approx(uncertainty, rel=0.02)
    # The density is flat about the ends of a shortest interval: its place settles slowest of all.
    shortest = (found.shortest.low * 1e6, found.shortest.high * 1e6)
    assert shortest == pytest.approx(ends, abs=0.06 * uncertainty)


@pytest.mark.parametrize(("x1", "linear"), [(0.010, (-96, 296)), (0.050, (1520, 3480))])
def test_the_gum_is_not_validated_for_a_comparison_loss(x1: float, linear: tuple[float, float]) -> None:
    """The GUM's interval for the same is as published, beyond zero, and refused for one digit."""
    budget = Budget()
    budget.normal("x1", x1, 0.005)
    budget.normal("x2", 0.0, 0.005)
    held = budget.validation(lambda a, b: a * a + b * b, ("x1", "x2"), digits=1)
    assert (held.linear.low * 1e6, held.linear.high * 1e6) == pytest.approx(linear, abs=1)
    assert not held.agrees


def test_a_comparison_loss_settles_at_the_usual_digits() -> None:
    """JCGM 101, 9.4 with x1 = 0.050: two digits settle to the interval of the non-central chi-square that it is."""
    budget = Budget()
    budget.normal("x1", 0.050, 0.005)
    budget.normal("x2", 0.0, 0.005)
    held = budget.validation(lambda a, b: a * a + b * b, ("x1", "x2"))
    exact = stats.ncx2(2, 100, scale=0.005**2)
    assert not held.agrees
    assert held.trials.standard_uncertainty == pytest.approx(float(exact.std()), abs=1e-6)
    assert (held.trials.symmetric.low, held.trials.symmetric.high) == pytest.approx(exact.interval(0.95), abs=2e-6)


def test_a_rectangle_that_outweighs_the_rest() -> None:
    """JCGM 101, 9.2.4: the GUM's ±19.9 is not validated against ±17.0; the budget closed by itself has the 17.0."""
    budget = Budget()
    names = [f"x{number}" for number in range(4)]
    numbers = [budget.rectangular(name, 0.0, math.sqrt(3) * (10 if name == "x3" else 1)) for name in names]
    held = budget.validation(add_all, names)
    assert (held.linear.low, held.linear.high) == pytest.approx((-19.9, 19.9), abs=0.05)
    assert (held.trials.symmetric.high, held.agrees) == (pytest.approx(17.0, abs=0.05), False)
    assert budget.validated(add_all, names, "1") == budget.measurement(sum(numbers), "1")


def test_where_the_gum_fails_the_measurement_is_that_of_the_trials() -> None:
    """U reaches from the mean of the trials to the further end of their interval, and the budget keeps its lines."""
    found = calibrated_mass().validated(deviation_of_mass, MASS, "mg")
    assert found.value == pytest.approx(1.234, abs=5e-3)
    assert found.expanded_uncertainty == pytest.approx(0.150, abs=5e-3)
    assert [line.name for line in found.budget][:2] == ["reference", "difference"]


def test_where_the_gum_stands_the_measurement_is_the_gums() -> None:
    """A model that is linear enough keeps its value, its uncertainty and its coverage factor, bit for bit."""
    budget = Budget()
    one, other = budget.normal("one", 2.0, 0.01), budget.normal("other", 3.0, 0.01)
    assert budget.validated(lambda a, b: a * b, ("one", "other"), "V") == budget.measurement(one * other, "V")


def test_nothing_uncertain_to_first_order() -> None:
    """At the very zero of a square the GUM says that nothing is uncertain; the trials say what is."""
    budget = Budget()
    budget.normal("x1", 0.0, 0.005)
    budget.normal("x2", 0.0, 0.005)
    found = budget.validated(lambda a, b: a * a + b * b, ("x1", "x2"), "1")
    assert found.standard_uncertainty == pytest.approx(50e-6, rel=0.1)
    assert found.value + found.expanded_uncertainty >= 150e-6


def test_droop_is_linear_enough() -> None:
    """A droop, 1 - (end / begin) to the power 1 / 0.85, with 1 % of uncertainty: the GUM stands."""
    budget = Budget()
    budget.normal("begin", 1.0, 0.01)
    budget.normal("end", 0.5, 0.01)
    assert budget.validation(lambda begin, end: 1 - (end / begin) ** (1 / 0.85), ("begin", "end"), digits=1).agrees


def test_power_and_root_mean_square_are_linear_enough() -> None:
    """Power density and r.m.s. of two phases, each within 1 % (ten times what a bench has): the GUM stands."""
    budget = Budget()
    budget.normal("positive", 600e-6, 3e-6)
    budget.normal("negative", -590e-6, 3e-6)
    names = ("positive", "negative")
    assert budget.validation(lambda a, b: (a * a + b * b) / 2, names, digits=1).agrees
    assert budget.validation(lambda a, b: sqrt((a * a + b * b) / 2), names, digits=1).agrees


def test_a_rise_less_the_instruments_own_is_not() -> None:
    """The root of t² - t_i² with t near t_i has no value for part of its inputs: neither result is given."""
    budget = Budget()
    budget.normal("seen", 5.2e-9, 0.2e-9)
    budget.normal("own", 5.0e-9, 0.2e-9)
    with pytest.raises(NotMeasurable, match="not defined for"):
        budget.validation(lambda t, own: sqrt(t * t - own * own), ("seen", "own"))


def test_few_degrees_of_freedom_do_not_settle() -> None:
    """A t distribution with two degrees of freedom has no variance, and no trials pretend that it had."""
    with pytest.raises(NotMeasurable, match="do not settle"):
        propagate(add, [Student(0.0, 1.0, 2.0)], digits=2)


def test_the_same_seed_gives_the_same_bytes() -> None:
    """Trials are a function of the seed."""
    one, same, other = (propagate(add, [UNIT_RECTANGLE] * 2, digits=1, seed=seed) for seed in (3, 3, 4))
    assert one == same
    assert one.value != other.value


DISTRIBUTIONS = [
    (Student(1.0, 0.5), stats.norm(1.0, 0.5)),
    (Student(1.0, 0.5, 6.0), stats.t(6, 1.0, 0.5)),
    (Trapezoidal(1.0, 0.5), stats.uniform(0.5, 1.0)),
    (Trapezoidal(1.0, 0.5, 0.0), stats.triang(0.5, 0.5, 1.0)),
    (Trapezoidal(1.0, 0.5, 0.4), stats.trapezoid(0.3, 0.7, 0.5, 1.0)),
    (Arcsine(1.0, 0.5), stats.arcsine(0.5, 1.0)),
]


@pytest.mark.parametrize(("distribution", "known"), DISTRIBUTIONS, ids=lambda each: getattr(each, "name", ""))
def test_distributions(distribution: Distribution, known: rv_frozen) -> None:
    """Draws, quantiles and u are those of scipy's distribution of the same name; u of a t is its scale."""
    drawn = distribution.draw(np.random.default_rng(7), 20_000)
    assert stats.kstest(drawn, known.cdf).pvalue > 1e-3
    for probability in (0.001, 0.2, 0.5, 0.7, 0.975):
        assert distribution.quantile(probability) == pytest.approx(known.ppf(probability), rel=1e-9)
    if distribution.name != "t":
        assert distribution.standard_uncertainty == pytest.approx(known.std(), rel=1e-9)


def test_observed_together_share_their_scatter() -> None:
    """Two columns that are the same thing leave nothing in their difference, in trials as in the budget."""
    budget = Budget()
    values = [0.1, 0.3, 0.2, 0.5, 0.4, 0.15, 0.35, 0.25]
    budget.observed_together(("one", "other"), [(value, value) for value in values])
    held = budget.validation(lambda one, other: 2 * one - other, ("one", "other"), digits=1)
    alone = Budget()
    alone.observed("one", values)
    assert held.linear.high - held.linear.low == pytest.approx(
        2 * alone.measurement(alone.observed("again", values), "V", coverage=0.95).expanded_uncertainty
    )
    assert held.agrees


def test_the_tolerance_of_digits() -> None:
    """JCGM 101, 7.9.2: 0.000 35 to two digits has δ = 0.000 005; 9.97 to one digit counts as 1e1."""
    assert numerical_tolerance(0.00035, 2) == pytest.approx(5e-6)
    assert numerical_tolerance(9.97, 1) == pytest.approx(5.0)
    assert numerical_tolerance(0.0, 2) == 0.0


@pytest.mark.parametrize("coverage", [math.nan, 1.0, 95.0])
def test_coverage_is_a_probability(coverage: float) -> None:
    """Anything else is refused before a trial is made."""
    with pytest.raises(NotFinite, match="coverage"):
        propagate(add, [UNIT_RECTANGLE], coverage=coverage)


def test_intervals_are_of_the_same_trials() -> None:
    """The shortest interval is never longer than the symmetric one."""
    found: Propagated = propagate(lambda x: x * x, [Student(0.3, 1.0)], digits=1)
    length = {name: getattr(found, name).high - getattr(found, name).low for name in ("shortest", "symmetric")}
    assert length["shortest"] <= length["symmetric"]
    assert isinstance(found.shortest, Interval)
