"""Uncertainty budgets against published examples and closed forms."""

from __future__ import annotations

import itertools
import math
import statistics
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from harness.errors import NotFinite, RequestError, StimcertError
from harness.metrology import Budget
from harness.metrology.budget import coverage_factor
from harness.metrology.functions import cos, exp, log, sin, sqrt
from harness.quantity import Derivation

if TYPE_CHECKING:
    from collections.abc import Callable

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


def end_gauge(budget: Budget) -> Any:  # noqa: ANN401 - an uncertain number
    """GUM H.1: length of an end gauge by comparison with a standard, nm."""
    standard = budget.normal("length of the standard", 50_000_623, 25, dof=18)
    comparison = budget.normal("mean of five comparisons", 215, 5.8, dof=24)
    random = budget.normal("comparator, random", 0, 3.9, dof=5)
    systematic = budget.normal("comparator, systematic", 0, 6.7, dof=8)
    expansion = budget.rectangular("expansion of the standard", 11.5e-6, 2e-6)
    difference = budget.rectangular("difference of expansions", 0, 1e-6, dof=50)
    warmer = budget.rectangular("difference of temperatures", 0, 0.05, dof=2)
    mean = budget.normal("mean deviation from 20 °C", -0.1, 0.2)
    cyclic = budget.arcsine("cyclic deviation from 20 °C", 0, 0.5)
    return (
        standard + (comparison + random + systematic) - standard * (difference * (mean + cyclic) + expansion * warmer)
    )


def test_gum_h1_end_gauge() -> None:
    """GUM H.1: l = 50 000 838 nm, u_c = 31.66 nm (printed 32), 16.75 degrees of freedom (printed 16), U_99 = 93 nm."""
    budget = Budget()
    found = budget.measurement(end_gauge(budget), "nm", coverage=0.99)
    assert found.value == pytest.approx(50_000_838, abs=0.5)
    assert found.standard_uncertainty == pytest.approx(31.66, abs=0.01)
    assert found.degrees_of_freedom == pytest.approx(16.75, abs=0.01)
    assert found.coverage_factor == pytest.approx(2.92, abs=0.005)
    # The GUM multiplies with the rounded 32 nm.
    assert found.expanded_uncertainty == pytest.approx(93, abs=1)


def test_gum_h1_budget() -> None:
    """GUM table H.1: standard uncertainties, sensitivities and contributions, and which influence dominates."""
    budget = Budget()
    found = budget.measurement(end_gauge(budget), "nm")
    lines = {line.name: line for line in found.budget}
    assert [line.name for line in found.budget][:2] == ["length of the standard", "difference of temperatures"]
    warmer = lines["difference of temperatures"]
    assert warmer.own_uncertainty == pytest.approx(0.029, abs=5e-4)
    assert warmer.sensitivity == pytest.approx(-50_000_623 * 11.5e-6, rel=1e-3)
    assert warmer.standard_uncertainty == pytest.approx(16.6, abs=0.05)
    assert (warmer.distribution, warmer.degrees_of_freedom) == ("rectangular", 2)
    cyclic = lines["cyclic deviation from 20 °C"]
    assert (cyclic.distribution, cyclic.sensitivity) == ("arcsine", 0.0)
    assert cyclic.own_uncertainty == pytest.approx(0.35, abs=0.005)
    assert lines["length of the standard"].sensitivity == pytest.approx(1.0, abs=1e-5)
    assert found.dominant is not None
    assert found.dominant.name == "length of the standard"


# GUM table H.2: voltage, current in mA, phase in radians, each row at one time.
SIMULTANEOUS = [
    (5.007, 19.663, 1.0456),
    (4.994, 19.639, 1.0438),
    (5.005, 19.640, 1.0468),
    (4.990, 19.685, 1.0428),
    (4.999, 19.678, 1.0433),
]


def test_gum_h2_simultaneous_resistance_and_reactance() -> None:
    """GUM H.2: correlation observed in simultaneous readings; R, X and |Z| with uncertainties as in table H.4."""
    results = {}
    for name in ("R", "X", "Z"):
        budget = Budget()
        volts, current, phase = budget.observed_together(("voltage", "current", "phase"), SIMULTANEOUS)
        impedance = volts / (current * 1e-3)
        result = {"R": impedance * cos(phase), "X": impedance * sin(phase), "Z": impedance}[name]
        results[name] = budget.measurement(result, "Ω")
    published = {"R": (127.732, 0.071), "X": (219.847, 0.295), "Z": (254.260, 0.236)}
    for name, (value, uncertainty) in published.items():
        assert results[name].value == pytest.approx(value, abs=5e-4)
        # The GUM rounds correlations to two digits on the way.
        assert results[name].standard_uncertainty == pytest.approx(uncertainty, abs=1e-3)


def test_gum_h2_with_its_stated_coefficients() -> None:
    """The same with the coefficients that the GUM prints, stated by hand, to what their two digits allow."""
    budget = Budget()
    volts = budget.normal("voltage", 4.9990, 0.0032, correlated=True)
    current = budget.normal("current", 19.6610e-3, 0.0095e-3, correlated=True)
    phase = budget.normal("phase", 1.04446, 0.00075, correlated=True)
    budget.correlate("voltage", "current", -0.36)
    budget.correlate("voltage", "phase", 0.86)
    budget.correlate("current", "phase", -0.65)
    found = budget.measurement(volts / current * cos(phase), "Ω")
    assert found.value == pytest.approx(127.732, abs=5e-3)
    assert found.standard_uncertainty == pytest.approx(0.071, abs=0.003)


def test_gum_5_2_2_ten_resistors_by_one_standard() -> None:
    """GUM 5.2.2, example: ten 1 kΩ resistors that one standard calibrated have 1 Ω together, not 0.32 Ω."""
    stated, shared = Budget(), Budget()
    names = [f"resistor {number}" for number in range(10)]
    parts = [stated.normal(name, 1000.0, 0.1, correlated=True) for name in names]
    for one, other in itertools.combinations(names, 2):
        stated.correlate(one, other, 1.0)
    standard = shared.normal("standard", 1000.0, 0.1)
    for found in (stated.measurement(sum(parts), "Ω"), shared.measurement(sum([standard] * 10), "Ω")):
        assert found.value == pytest.approx(10_000.0)
        assert found.standard_uncertainty == pytest.approx(1.0, rel=1e-9)


def test_ea_4_02_s9_multimeter() -> None:
    """EA-4/02 M:2022, S9: a hand-held multimeter at 100 V, whose resolution dominates: U = 0.05 V with k = 1.65."""
    budget = Budget()
    reading = budget.rectangular("resolution of the multimeter", 100.1, 0.05)
    stated = budget.normal("calibrator", 100.0, 0.001)
    specification = budget.rectangular("calibrator since its calibration", 0.0, 0.011)
    found = budget.measurement(reading - stated - specification, "V")
    assert found.standard_uncertainty == pytest.approx(0.030, abs=5e-4)
    assert found.expanded_uncertainty == pytest.approx(0.05, abs=5e-3)
    assert found.dominant is not None
    assert found.dominant.name == "resolution of the multimeter"


def test_ea_4_02_s10_caliper() -> None:
    """EA-4/02 M:2022, S10: two rectangles dominate a caliper's budget; their trapezoid has k = 1.83, U = 0.06 mm."""
    budget = Budget()
    parts = [
        budget.normal("gauge block", 0.0, 0.46e-3),
        budget.normal("difference of temperatures", 0.0, 2.0e-3),
        budget.rectangular("resolution", 0.0, 25e-3),
        budget.rectangular("mechanical effects", 0.0, 50e-3),
    ]
    found = budget.measurement(sum(parts), "mm")
    assert found.standard_uncertainty == pytest.approx(0.033, abs=1e-3)
    assert found.coverage_factor == pytest.approx(1.83, abs=0.02)
    assert found.expanded_uncertainty == pytest.approx(0.06, abs=5e-3)


def test_ea_4_02_s2_weight() -> None:
    """EA-4/02 M:2022, S2: a weight of 10 kg, where nothing dominates: u = 29.3 mg, U = 59 mg with k = 2."""
    budget = Budget()
    parts = [
        budget.normal("reference standard", 0.0, 22.5),
        budget.rectangular("drift", 0.0, 15.0),
        budget.normal("differences observed", 0.0, 14.4),
        budget.rectangular("comparator", 0.0, 10.0),
        budget.rectangular("air buoyancy", 0.0, 10.0),
    ]
    found = budget.measurement(sum(parts), "mg")
    assert found.standard_uncertainty == pytest.approx(29.3, abs=0.1)
    # Rounded up there.
    assert found.expanded_uncertainty == pytest.approx(59, abs=0.6)


@pytest.mark.parametrize("coefficient", [math.nan, 1.01, -2.0, math.inf])
def test_no_correlation_beyond_one(coefficient: float) -> None:
    """A correlation coefficient lies between -1 and 1."""
    budget = Budget()
    for name in ("one", "other"):
        budget.normal(name, 1.0, 0.1, correlated=True)
    with pytest.raises(NotFinite, match="correlation of one and other"):
        budget.correlate("one", "other", coefficient)


def test_correlation_of_what_was_not_entered_so() -> None:
    """Coefficients are for normal influences that were entered for it, with their names."""
    budget = Budget()
    budget.normal("one", 1.0, 0.1, correlated=True)
    budget.rectangular("other", 1.0, 0.1)
    with pytest.raises(ValueError, match="'other' was not entered"):
        budget.correlate("one", "other", 0.5)
    with pytest.raises(ValueError, match="few: correlated influences with few degrees of freedom"):
        budget.normal("few", 1.0, 0.1, dof=3, correlated=True)


@pytest.mark.parametrize("rows", [[], [(1.0, 2.0)], [(1.0, 2.0), (1.0,)]])
def test_observed_together_needs_whole_rows(rows: list[tuple[float, ...]]) -> None:
    """Fewer than two rows, or a row that lacks a value, tell nothing of a correlation."""
    with pytest.raises(NotFinite, match="volts, amperes"):
        Budget().observed_together(("volts", "amperes"), rows)


def test_one_column_that_stands_still() -> None:
    """A column without scatter has no correlation, and its uncertainty is zero."""
    budget = Budget()
    volts, amperes = budget.observed_together(("volts", "amperes"), [(1.0, 2.0), (1.0, 2.2), (1.0, 2.1)])
    assert budget.measurement(volts * amperes, "W").standard_uncertainty == pytest.approx(0.1 / math.sqrt(3))


def test_nothing_dominates_among_equals() -> None:
    """An influence dominates where it has more than half of the variance."""
    budget = Budget()
    parts = [budget.normal(str(number), 0.0, 1.0) for number in range(2)]
    assert budget.measurement(sum(parts), "V").dominant is None


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


def test_ea_4_02_s3_resistor() -> None:
    """EA-4/02 M:2022, S3: a resistor of 10 kΩ by substitution: 10 000.178 Ω, u = 8.33 mΩ, U = 17 mΩ with k = 2."""
    budget = Budget()
    standard = budget.normal("standard", 10_000.053, 2.5e-3)
    drift = budget.rectangular("drift", 0.020, 10e-3)
    temperature = budget.rectangular("temperature of the standard", 0.0, 2.75e-3)
    parasitic = budget.triangular("parasitic voltages", 1.0, 1e-6)
    ratio = budget.normal("ratio", 1.0000105, 0.07e-6, dof=4)
    other = budget.rectangular("temperature of the resistor", 0.0, 5.5e-3)
    found = budget.measurement((standard + drift + temperature) * parasitic * ratio - other, "Ω", factor=2.0)
    assert found.value == pytest.approx(10_000.178, abs=5e-4)
    assert found.standard_uncertainty == pytest.approx(8.33e-3, abs=1e-5)
    assert (found.coverage_factor, found.expanded_uncertainty) == (2.0, pytest.approx(17e-3, abs=5e-4))


def test_gum_g4_1_product_of_three() -> None:
    """GUM H.1.6's neighbour, G.4.1: 0.25, 0.57 and 0.82 % with 9, 4 and 14: 19.0 degrees, t95 = 2.09, U = 2.2 %."""
    budget = Budget()
    parts = [
        budget.normal(name, 1.0, u, dof=dof) for name, u, dof in (("a", 0.0025, 9), ("b", 0.0057, 4), ("c", 0.0082, 14))
    ]
    found = budget.measurement(parts[0] * parts[1] * parts[2], "1", coverage=0.95)
    assert found.degrees_of_freedom == pytest.approx(19.0, abs=0.05)
    assert found.expanded_uncertainty == pytest.approx(0.022, abs=5e-4)


def test_an_influence_of_another_budget_is_refused() -> None:
    """A name that stands in both budgets lends no foreign distribution: identities are compared, not labels."""
    mine, foreign = Budget(), Budget()
    own = mine.normal("gain", 1.0, 0.1)
    for name in ("gain", "offset"):
        with pytest.raises(RequestError, match=f"'{name}' of the result was entered in another budget"):
            mine.measurement(own + foreign.rectangular(name, 1.0, 1.0), "V")


def test_coefficients_that_contradict_each_other() -> None:
    """Two that go with a third go with each other: 0.9, 0.9 and -0.9 is no correlation matrix (JCGM 102, 3.21)."""
    budget = Budget()
    x, y, z = (budget.normal(name, 1.0, 0.1, correlated=True) for name in "xyz")
    budget.correlate("x", "y", 0.9)
    budget.correlate("y", "z", 0.9)
    budget.correlate("x", "z", -0.9)
    for result in (x + y + z, x - y + z):
        with pytest.raises(RequestError, match=r"of x, y, z contradict each other: .* eigenvalue -0\.8,"):
            budget.measurement(result, "V")
    with pytest.raises(RequestError, match="contradict"):
        budget.validation(lambda a, b, c: a - b + c, ("x", "y", "z"))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda b: b.normal("few", 1.0, 0.1, dof=0.5), "few: degrees of freedom are 0.5, must be at least 1"),
        (lambda b: sqrt(b.normal("x", -1.0, 0.1)), "sqrt has no value, or no slope, at -1"),
        (lambda b: sqrt(b.normal("x", 0.0, 0.1)), "sqrt has no value, or no slope, at 0"),
        (lambda b: log(b.normal("x", 0.0, 0.1)), "log has no value, or no slope, at 0"),
        (lambda b: exp(b.normal("x", 1000.0, 0.1)), "exp has no value, or no slope, at 1000"),
        (lambda b: b.measurement(3.0, "V"), "the result is 3.0, no uncertain number"),
        (lambda b: b.observed("none", np.array([])), "none: no value was observed"),
        (lambda b: b.validation(lambda x: x, ("nobody",)), "the budget has no influence 'nobody'; it has none"),
        (lambda b: b.correlate("x", "x", 0.5), "x is given as two influences"),
        (lambda b: outside(b, b.normal("y", 1.0, 0.1)), "the model takes y from elsewhere; name every influence"),
        (lambda b: b.validation(lambda x: 1 / x, (name_of(b.normal("x", 0.0, 0.1)),)), "no slope, at its estimates: "),
        (lambda b: b.validation(lambda _: 1.0, (name_of(b.normal("x", 0.0, 0.1)),)), "the model gives 1.0, no "),
    ],
)  # fmt: skip
def test_what_has_no_budget_is_one_sentence(wrong: Callable[[Budget], object], words: str) -> None:
    """Degrees of freedom below one, functions without a value, plain numbers: a sentence of this library's own."""
    with pytest.raises(StimcertError) as caught:
        wrong(Budget())
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def outside(budget: Budget, other: Any) -> object:  # noqa: ANN401 - an uncertain number
    """A model that uses more than it was said to."""
    return budget.validation(lambda x: x * other, (name_of(budget.normal("x", 1.0, 0.1)),))


def name_of(number: Any) -> str:  # noqa: ANN401 - an uncertain number
    """As it was entered."""
    return str(number.label)


def test_observed_takes_an_array() -> None:
    """Readings may stand in an array: the same budget as of a list."""
    budget = Budget()
    assert budget.observed("array", np.array([1.0, 2.0, 4.0])).u == budget.observed("list", [1.0, 2.0, 4.0]).u
