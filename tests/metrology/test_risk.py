"""Risks of decision rules by quadrature, against closed forms and other ways to the same number."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import ndtr
from scipy.stats import multivariate_normal

from harness.errors import NotFinite, RequestError
from harness.metrology import decide, rule_named
from harness.metrology.risk import (
    ErrorModel,
    Interval,
    Lot,
    acceptance_probability,
    conformance_probability,
    global_risk,
    specific_risk,
)
from harness.verdict import Limit, Verdict
from tests.examples import measurement

PHI = NormalDist().cdf
TOLERANCE = Interval(-1.0, 1.0)
BELOW = Interval(upper=1.0)


def test_jcgm_106_7_4() -> None:
    """A value of 13.6 with u = 1.8 conforms to 12.5 to 16.3 with probability 0.66 (JCGM 106:2012, 7.4)."""
    found = conformance_probability(13.6, Interval(12.5, 16.3), ErrorModel(1.8))
    assert round(found, 2) == 0.66
    assert found == pytest.approx(PHI((16.3 - 13.6) / 1.8) - PHI((12.5 - 13.6) / 1.8), abs=1e-14)


@pytest.mark.parametrize(("factor", "risk"), [(0.0, 0.5), (0.83, 0.0485), (1.0, 0.0228)])
def test_specific_risk_at_one_limit(factor: float, risk: float) -> None:
    """At a one-sided limit with normal errors and U = 2 u: 50, 4.85 and 2.28 %."""
    u = 0.1
    found = specific_risk(BELOW, BELOW.widened(-factor * 2 * u), ErrorModel(u))
    assert found == pytest.approx(risk, abs=5e-5)
    assert found == pytest.approx(PHI(-2 * factor), abs=1e-14)


def test_specific_risk_of_a_rectangular_error() -> None:
    """A rectangular error with w = 0.95 of its half width: 2.5 % exactly; with 0.83 of that: 10.6 %."""
    half = 0.2
    for factor, risk in ((1.0, 0.025), (0.83, (1 - 0.83 * 0.95) / 2)):
        accepted = TOLERANCE.widened(-factor * 0.95 * half)
        assert specific_risk(TOLERANCE, accepted, ErrorModel(0.0, half)) == pytest.approx(risk, abs=1e-14)


def test_the_other_limit_counts_too() -> None:
    """Where the tolerance is narrow, a unit at one limit can be measured beyond the other."""
    found = specific_risk(TOLERANCE, TOLERANCE, ErrorModel(1.0))
    assert found == pytest.approx(PHI(0) - PHI(-2), abs=1e-14)


def averaged(point: float, half: float) -> float:
    """The normal distribution function at a point, averaged over a rectangle about it."""
    if half == 0:
        return PHI(point)
    ends = [-half, *(end for step in (-8, 0, 8) if -half < (end := point + step) < half), half]
    parts = (quad(lambda e: float(ndtr(point - e)), *pair, epsabs=1e-13)[0] for pair in pairwise(ends))
    return math.fsum(parts) / (2 * half)


@pytest.mark.parametrize("half", [0.0, 1e-4, 1e-3, 0.01, 0.5, 1.0, 30.0, 1e4])
def test_a_sum_of_normal_and_rectangular(half: float) -> None:
    """Its distribution function is the integral of the normal one over the rectangle, also far out and at infinity."""
    model = ErrorModel(1.0, half)
    points = np.array([-math.inf, -half - 6, -half, -0.3, 0.0, 0.7, half + 1, half + 5, math.inf])
    exact = [averaged(float(point), half) for point in points[1:-1]]
    found = model.cumulative(points)
    assert (found[0], found[-1]) == (0.0, 1.0)
    assert found[1:-1] == pytest.approx(exact, abs=1e-10)
    assert np.allclose(found + model.cumulative(-points), 1.0, atol=1e-15)
    assert np.all(np.diff(model.cumulative(np.sort(points))) >= 0)


def bivariate(lot: Lot, guard: float, u: float) -> float:
    """P(nonconforming and PASS) from the joint normal distribution of true and measured value."""
    spread = lot.standard_deviation**2
    joint = multivariate_normal([lot.mean, lot.mean], [[spread, spread], [spread, spread + u**2]])
    accepted = (-1 + guard, 1 - guard)
    above = joint.cdf([60.0, accepted[1]], lower_limit=[1.0, accepted[0]])
    below = joint.cdf([-1.0, accepted[1]], lower_limit=[-60.0, accepted[0]])
    return float(above + below)


@pytest.mark.parametrize("ratio", [1.5, 2.0, 4.0, 10.0])
@pytest.mark.parametrize("share", [0.5, 0.8, 0.99])
@pytest.mark.parametrize("mean", [0.0, 0.5])
def test_global_risk_against_the_bivariate_normal(ratio: float, share: float, mean: float) -> None:
    """For normal errors: to 1e-9 what the bivariate normal distribution gives, with and without a guard band."""
    lot, u = Lot.of(TOLERANCE, mean, share), 1 / (2 * ratio)
    for guard in (0.0, 0.83 * 2 * u, 2 * u):
        found = global_risk(lot, TOLERANCE, guard, ErrorModel(u))
        assert found.false_accept == pytest.approx(bivariate(lot, guard, u), abs=1e-9)


def over_errors(lot: Lot, guard: float, error: ErrorModel) -> tuple[float, float, float]:
    """False accept, false fail and PASS, integrated over the error instead of the true value."""

    def inside(low: float, high: float) -> float:
        if low >= high:
            return 0.0
        return float(ndtr((high - lot.mean) / lot.standard_deviation) - ndtr((low - lot.mean) / lot.standard_deviation))

    def given(e: float) -> tuple[float, float, float]:
        low, high = -1 + guard - e, 1 - guard - e
        passed = inside(low, high)
        failed = inside(-1, min(1, -1 - guard - e)) + inside(max(-1, 1 + guard - e), 1)
        return passed - inside(max(low, -1), min(high, 1)), failed, passed

    reach = error.half_width + 10 * error.standard_deviation
    corners = sorted({c for c in (0.0, guard, -guard, 2 - guard, guard - 2, *rims(error)) if -reach < c < reach})

    def density(e: float) -> float:
        if error.standard_deviation == 0:
            return 1 / (2 * error.half_width)
        sigma, half = error.standard_deviation, error.half_width
        return float(ndtr((e + half) / sigma) - ndtr((e - half) / sigma)) / (2 * half)

    ends = [-reach, *corners, reach]
    found = [
        math.fsum(
            quad(lambda e, i=i: density(e) * given(e)[i], a, b, epsabs=1e-13, epsrel=1e-12, limit=200)[0]
            for a, b in pairwise(ends)
        )
        for i in range(3)
    ]
    return found[0], found[1], found[2]


def rims(error: ErrorModel) -> tuple[float, ...]:
    """Where the density of a nearly rectangular error falls."""
    return tuple(
        side * error.half_width + step * error.standard_deviation for side in (-1, 1) for step in (-3, -1, 0, 1, 3)
    )


@pytest.mark.parametrize("error", [ErrorModel(0.0, 0.3), ErrorModel(0.1, 0.2), ErrorModel(0.002, 0.3)], ids=str)
@pytest.mark.parametrize(("mean", "share"), [(0.0, 0.5), (0.0, 0.99), (0.4, 0.9)])
@pytest.mark.parametrize("guard", [0.0, 0.25])
def test_global_risk_of_other_errors(error: ErrorModel, mean: float, share: float, guard: float) -> None:
    """For rectangular and mixed errors: to 1e-9 what an adaptive integration over the error gives."""
    lot = Lot.of(TOLERANCE, mean, share)
    found = global_risk(lot, TOLERANCE, guard, error)
    expected = over_errors(lot, guard, error)
    assert (found.false_accept, found.false_fail, found.accepted) == pytest.approx(expected, abs=1e-9)


@settings(deadline=None, max_examples=60)
@given(st.floats(0.02, 0.999), st.floats(-0.9, 0.9), st.floats(0.05, 1.0), st.floats(0.0, 0.6), st.floats(0.0, 0.9))
def test_what_becomes_of_a_lot_is_everything(share: float, mean: float, u: float, half: float, guard: float) -> None:
    """PASS, FAIL and conditional are one; a false PASS is a PASS; the lot has the share it was asked for."""
    lot, error = Lot.of(TOLERANCE, mean, share), ErrorModel(u, half)
    inside = NormalDist(lot.mean, lot.standard_deviation)
    assert inside.cdf(1) - inside.cdf(-1) == pytest.approx(share, abs=1e-12)
    found = global_risk(lot, TOLERANCE, guard, error)
    spread = math.hypot(lot.standard_deviation, error.standard_uncertainty)
    assert 0 <= found.false_accept <= found.accepted
    assert found.false_accept <= 1 - share + 1e-12
    assert found.accepted + found.conditional <= 1 + 1e-12
    if half == 0:
        measured = NormalDist(mean, spread)
        assert found.accepted == pytest.approx(measured.cdf(1 - guard) - measured.cdf(guard - 1), abs=1e-10)
        kept = measured.cdf(1 + guard) - measured.cdf(-guard - 1)
        assert found.accepted + found.conditional == pytest.approx(kept, abs=1e-10)


def test_a_one_sided_limit() -> None:
    """With one limit the risk of a lot is an orthant probability in closed form: atan of u / sd, through Sheppard."""
    lot = Lot(1.0, 0.5)
    found = global_risk(lot, BELOW, 0.0, ErrorModel(0.25))
    assert found.false_accept == pytest.approx(math.atan(0.25 / 0.5) / (2 * math.pi), abs=1e-12)
    assert found.false_fail == pytest.approx(found.false_accept, abs=1e-12)
    assert Lot.of(BELOW, 0.0, 0.9).standard_deviation == pytest.approx(1 / NormalDist().inv_cdf(0.9), rel=1e-12)


def test_posterior() -> None:
    """Nonconforming among what passed is joint over marginal; of nothing that passes, nothing is nonconforming."""
    found = global_risk(Lot.of(TOLERANCE, 0.0, 0.8), TOLERANCE, 0.0, ErrorModel(0.2))
    assert found.posterior == found.false_accept / found.accepted
    nothing = global_risk(Lot.of(TOLERANCE, 0.0, 0.8), TOLERANCE, 1.5, ErrorModel(0.2))
    assert (nothing.accepted, nothing.posterior) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("ratio", "share"), [(ratio, share / 100) for ratio in (1.5, 2.0, 3.0, 4.0, 4.55, 4.6, 6.0, 10.0) for share in
                         (50, 60, 70, 80, 85, 90, 95, 99)],
)  # fmt: skip
def test_global_risk_is_two_per_cent_at_most(ratio: float, share: float) -> None:
    """With normal errors, w = U and method 6 let at most 2 % of a centred lot through that is nonconforming."""
    limit, lot, u = Limit("A", -1.0, 1.0, 0.0), Lot.of(TOLERANCE, 0.0, share), 1 / (2 * ratio)
    for name in ("guard-band-U", "method-6"):
        guard = rule_named(name).guard_band(limit, measurement(0.0, 2 * u))
        assert global_risk(lot, TOLERANCE, guard, ErrorModel(u)).false_accept <= 0.02


def test_units_over_the_whole_tolerance_are_conditional_as_often_as_u_is_in_t() -> None:
    """Of units spread evenly over their tolerance the share U/T is not PASS and not FAIL, by w = U."""
    limit, count, u = Limit("A", -1.0, 1.0, 0.0), 400, 0.05
    errors = [NormalDist(0.0, u).inv_cdf((number + 0.5) / 50) for number in range(50)]
    verdicts = [
        decide(measurement(-1 + 2 * (number + 0.5) / count + error, 2 * u), limit).verdict
        for number in range(count)
        for error in errors
    ]
    conditional = sum(verdict in {Verdict.CONDITIONAL_PASS, Verdict.CONDITIONAL_FAIL} for verdict in verdicts)
    assert conditional / len(verdicts) == pytest.approx(2 * u, abs=1e-3)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: ErrorModel(-1.0), "must not be negative"),
        (lambda: ErrorModel(0.0, 0.0), "without any width"),
        (lambda: Interval(math.nan, 1.0), "no number"),
        (lambda: Lot(0.0, 0.0), "must be positive"),
        (lambda: Lot.of(TOLERANCE, 1.0, 0.9), "no lot around 1"),
        (lambda: Lot.of(TOLERANCE, 0.0, 1.0), "no lot around 0"),
        (lambda: Lot.of(BELOW, 0.0, 0.5), "no lot around 0"),
        (lambda: specific_risk(Interval(), Interval(), ErrorModel(1.0)), "without any limit"),
    ],
)
def test_what_is_no_question_is_refused(make: object, words: str) -> None:
    """Widths, shares and limits that cannot be are one sentence."""
    assert callable(make)
    with pytest.raises(RequestError, match=words):
        make()


@pytest.mark.parametrize("value", [math.nan, math.inf, 9.9e37])
def test_numeric_doors(value: float) -> None:
    """NaN, infinity and an overload answer are refused at every door."""
    for door in (
        lambda: ErrorModel(value),
        lambda: Lot(value, 1.0),
        lambda: Lot(0.0, value),
        lambda: conformance_probability(value, TOLERANCE, ErrorModel(1.0)),
        lambda: acceptance_probability(value, TOLERANCE, ErrorModel(1.0)),
        lambda: global_risk(Lot(0.0, 1.0), TOLERANCE, value, ErrorModel(1.0)),
    ):
        with pytest.raises(NotFinite):
            door()
