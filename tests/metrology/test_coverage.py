"""Coverage factors against closed forms and against numerical convolution by an independent program."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from harness.errors import NotFinite, RequestError
from harness.metrology import Budget
from harness.metrology.coverage import coverage_factor, mixed_coverage_factor
from harness.metrology.distributions import Arcsine, Distribution, Trapezoidal

RECTANGLE = Trapezoidal(0.0, math.sqrt(3))
SCIPY = {
    "rectangular": stats.uniform(-math.sqrt(3), 2 * math.sqrt(3)),
    "triangular": stats.triang(0.5, -math.sqrt(6), 2 * math.sqrt(6)),
    "arcsine": stats.arcsine(-math.sqrt(2), 2 * math.sqrt(2)),
}
SHAPES = (RECTANGLE, Trapezoidal(0.0, math.sqrt(6), 0.0), Arcsine(0.0, math.sqrt(2)))
ALONE = {
    "rectangular": 0.95 * math.sqrt(3),
    "triangular": math.sqrt(6) * (1 - math.sqrt(0.05)),
    "arcsine": math.sqrt(2) * math.sin(0.475 * math.pi),
}


def covered(shape: Distribution, ratio: float, freedom: float, expanded: float) -> float:
    """P(|x + y| <= U) by scipy's own distributions and quadrature; x has u = 1, y is t with scale `ratio`."""
    rest = stats.norm(0, ratio) if math.isinf(freedom) else stats.t(freedom, 0, ratio)
    known = SCIPY[shape.name]

    def inside(probability: float) -> float:
        x = known.ppf(probability)
        return float(rest.cdf(expanded - x) - rest.cdf(-expanded - x))

    return 2 * float(integrate.quad(inside, 0.5, 1.0, limit=400)[0])


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_one_bounded_influence_alone(shape: Distribution) -> None:
    """K of one influence alone is the 95 % quantile of its own shape, far from 2."""
    assert mixed_coverage_factor(shape, 3e-6, 0.0, math.inf) == pytest.approx(ALONE[shape.name], rel=1e-12)


@pytest.mark.parametrize("freedom", [1.0, 2.0, 4.5, 30.0, math.inf])
@pytest.mark.parametrize("ratio", [0.02, 0.1, 0.3, 1.0, 3.0])
@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
def test_asked_coverage_is_that_of_the_convolution(shape: Distribution, ratio: float, freedom: float) -> None:
    """A bounded influence with a t distribution beside it: U covers what was asked for, by numerical convolution."""
    expanded = mixed_coverage_factor(shape, 1.0, ratio, freedom, 0.95) * math.hypot(1.0, ratio)
    assert covered(shape, ratio, freedom, expanded) == pytest.approx(0.95, abs=3e-4)


@pytest.mark.parametrize("ratio", [1e-7, 1e-5, 0.01, 0.05, 0.1, 0.299, 0.31, 1.0, 10.0, 1e4])
def test_the_verdicts_coverage_lies_between_both_conventions(ratio: float) -> None:
    """From one rectangle to a normal, U covers from 95 to 95.45 %."""
    factor = mixed_coverage_factor(RECTANGLE, 1.0, ratio, math.inf)
    if ratio > 1e-3:
        assert 0.9499 <= covered(RECTANGLE, ratio, math.inf, factor * math.hypot(1.0, ratio)) <= 0.9551
    assert 0.9485 * math.sqrt(3) <= factor <= 2.0005


@settings(deadline=None)
@given(st.floats(1e-5, 1e4), st.floats(1.0, 100.0))
def test_the_factor_does_not_jump(ratio: float, freedom: float) -> None:
    """A budget that differs by a thousandth has a factor that differs by no more than some thousandths."""
    near = mixed_coverage_factor(RECTANGLE, 1.0, ratio, freedom)
    assert mixed_coverage_factor(RECTANGLE, 1.0, ratio * 1.001, freedom) == pytest.approx(near, rel=3e-3)


def test_without_the_bounded_influence_students_factor_is_left() -> None:
    """Where a bounded influence is small, k is that of the others: 2, or Student's."""
    assert mixed_coverage_factor(RECTANGLE, 1e-4, 1.0, math.inf) == pytest.approx(2.0, abs=3e-4)
    assert mixed_coverage_factor(RECTANGLE, 1e-4, 1.0, 3.0) == pytest.approx(coverage_factor(3.0), rel=1e-6)


def within(widths: list[float], bound: float) -> float:
    """P(|sum of rectangles| <= bound), each from -width to width, in closed form."""
    count = len(widths)
    total = 0.0
    for signs in itertools.product((1, -1), repeat=count):
        corner = bound + sum(sign * width for sign, width in zip(signs, widths, strict=True))
        total += math.prod(signs) * max(corner, 0.0) ** count
    below = total / (math.factorial(count) * math.prod(2 * width for width in widths))
    return 2 * below - 1


@settings(deadline=None, max_examples=200)
@given(st.lists(st.floats(0.05, 1.0), min_size=1, max_size=4))
def test_any_rectangles_are_covered(widths: list[float]) -> None:
    """U of any mixture of rectangles covers between 93.5 and 99 % of it, by the closed form of their sum."""
    budget = Budget()
    total = sum(budget.rectangular(str(number), 0.0, width) for number, width in enumerate(widths))
    assert 0.935 <= within(widths, budget.measurement(total, "V").expanded_uncertainty) <= 0.99


def test_gum_s1_sum_of_four_by_the_closed_form() -> None:
    """The closed form used above gives the ±3.88 of GUM S1, 9.2.3 for 95 %."""
    assert within([math.sqrt(3)] * 4, 3.88) == pytest.approx(0.95, abs=5e-4)


@pytest.mark.parametrize(("readings", "scatter"), [(3, 0.4), (3, 2.0), (5, 0.6), (10, 0.1), (10, 1.0)])
def test_few_readings_beside_a_rectangle_are_covered(readings: int, scatter: float) -> None:
    """In repeated experiments U covers 95 % whatever the readings' share; by Welch-Satterthwaite 93 to 100 %."""
    generator = np.random.default_rng(11)
    drawn = generator.normal(0.0, scatter * math.sqrt(readings), (2000, readings))
    errors = drawn.mean(axis=1) + generator.uniform(-math.sqrt(3), math.sqrt(3), 2000)
    own = drawn.std(axis=1, ddof=1) / math.sqrt(readings)
    expanded = [mixed_coverage_factor(RECTANGLE, 1.0, s, readings - 1.0) * math.hypot(1.0, s) for s in own]
    # The 0.1 % quantiles of 2000 experiments at 95 % are 93.5 and 96.5 %; few readings cost some surplus.
    assert 0.935 <= np.mean(np.abs(errors) <= expanded) <= 0.985


# JCGM 101, tables 2 to 4: half widths of the 95 % intervals by the GUM's framework, and by trials.
@pytest.mark.parametrize(
    ("shapes", "half", "trials"),
    [(("n", "n", "n", "n"), 3.92, 3.92), (("r", "r", "r", "r"), 3.92, 3.88), (("r", "r", "r", "R"), 19.9, 17.0)],
)
def test_gum_s1_sums_of_four(shapes: tuple[str, ...], half: float, trials: float) -> None:
    """Four normals, four rectangles, three beside one ten times as wide: a coverage asked for is plain GUM G.6.4.

    The U of a verdict is near that of the trials: 95.45 % where nothing outweighs the rest.
    """
    budget = Budget()
    enter = {
        "n": lambda name: budget.normal(name, 0.0, 1.0),
        "r": lambda name: budget.rectangular(name, 0.0, math.sqrt(3)),
        "R": lambda name: budget.rectangular(name, 0.0, 10 * math.sqrt(3)),
    }
    total = sum(enter[shape](f"influence {number}") for number, shape in enumerate(shapes))
    assert budget.measurement(total, "V", coverage=0.95).expanded_uncertainty == pytest.approx(half, abs=0.05)
    assert trials <= budget.measurement(total, "V").expanded_uncertainty + 0.05 <= 1.05 * trials


def test_a_rectangle_whose_width_is_uncertain_counts_as_t() -> None:
    """Degrees of freedom given to a rectangle (GUM G.4.2) say that its bounds are not sure: k is Student's."""
    budget = Budget()
    assert budget.measurement(budget.rectangular("drift", 0.0, 1.0, dof=2), "K").coverage_factor == pytest.approx(
        coverage_factor(2.0)
    )


@pytest.mark.parametrize(("coverage", "factor"), [(0.95, 1.960), (0.9545, 2.000), (0.99, 2.576)])
def test_asked_coverage_of_a_normal(coverage: float, factor: float) -> None:
    """Factors of a normal distribution by GUM table G.1."""
    budget = Budget()
    found = budget.measurement(budget.normal("x", 1.0, 0.1), "V", coverage=coverage)
    assert found.coverage_factor == pytest.approx(factor, abs=5e-4)


@pytest.mark.parametrize("coverage", [math.nan, math.inf, 0.0, 0.5, 0.68, 0.69, 0.949, 1.0, 95.0, -0.95])
def test_no_coverage_that_is_no_probability(coverage: float) -> None:
    """A percentage, a certainty, less than 95 %, on which no verdict may rest, or no number is refused by name."""
    budget = Budget()
    with pytest.raises(NotFinite, match="coverage"):
        budget.measurement(budget.normal("x", 1.0, 0.1), "V", coverage=coverage)


@pytest.mark.parametrize("factor", [math.nan, math.inf, 1.0, 1.999, -2.0])
def test_no_stated_factor_below_two(factor: float) -> None:
    """A factor that somebody states is 2 at least."""
    budget = Budget()
    with pytest.raises(NotFinite, match="coverage factor is"):
        budget.measurement(budget.normal("x", 1.0, 0.1), "V", factor=factor)


def test_a_stated_factor_covers_95_per_cent() -> None:
    """With four degrees of freedom k = 2 covers 88 %, and is refused; GUM table G.2 asks for 2.78."""
    budget = Budget()
    seen = budget.normal("x", 1.0, 0.1, dof=4)
    with pytest.raises(NotFinite, match=r"must be at least 2\.776, which 4 degrees of freedom take for 95 %"):
        budget.measurement(seen, "V", factor=2.0)
    assert budget.measurement(seen, "V", factor=2.78).expanded_uncertainty == pytest.approx(0.278)


def test_a_coverage_or_a_factor() -> None:
    """Both at once say two things of one U."""
    budget = Budget()
    with pytest.raises(RequestError, match="coverage and factor are both given"):
        budget.measurement(budget.normal("x", 1.0, 0.1), "V", coverage=0.95, factor=2.0)


@settings(deadline=None, max_examples=60)
@example([("a", 1.0), ("a", 0.16)])
@given(
    st.lists(st.tuples(st.sampled_from("ran"), st.floats(0.03, 1.0)), min_size=1, max_size=4).filter(
        lambda parts: any(shape != "n" for shape, _ in parts)
    )
)
def test_any_rectangles_arcsines_and_normals_are_covered(parts: list[tuple[str, float]]) -> None:
    """U of any mixture covers 93.5 % at the least, by the characteristic function of the sum (Gil-Pelaez)."""
    budget, total = Budget(), 0.0
    enter = {
        "r": lambda name, u: budget.rectangular(name, 0.0, math.sqrt(3) * u),
        "a": lambda name, u: budget.arcsine(name, 0.0, math.sqrt(2) * u),
        "n": lambda name, u: budget.normal(name, 0.0, u),
    }
    for number, (shape, u) in enumerate(parts):
        total = total + enter[shape](str(number), u)
    assert 0.935 <= inside(parts, budget.measurement(total, "V").expanded_uncertainty) <= 1.0


def inside(parts: list[tuple[str, float]], bound: float) -> float:
    """P(|sum| <= bound) = 2/π ∫ sin(t U)/t φ(t) dt, smoothed by a normal of a thousandth of U."""
    t = (np.arange(400_000) + 0.5) * (20_000 / bound / 400_000)
    known = {
        "r": lambda u: np.sinc(math.sqrt(3) * u * t / math.pi),
        "a": lambda u: special.j0(math.sqrt(2) * u * t),
        "n": lambda u: np.exp(-((u * t) ** 2) / 2),
    }
    product = np.exp(-((1e-3 * bound * t) ** 2) / 2)
    for shape, u in parts:
        product = product * known[shape](u)
    return float(2 / math.pi * np.sum(np.sin(t * bound) / t * product) * (t[1] - t[0]))
