"""Decision rules by name: published factors, sides, and what must hold for every one of them."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from statistics import NormalDist
from typing import get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from harness.errors import NotFinite, RequestError
from harness.metrology import RULES, DecisionRule, decide, rule_named
from harness.metrology.acceptance import RuleName, uncertainty_at_two
from harness.verdict import Limit, Verdict
from tests.examples import measurement

WITHIN = Limit("A", 8.0, 12.0, 10.0)
BELOW = Limit("A", None, 12.0, 10.0)
ABOVE = Limit("A", 8.0, None, 10.0)
EVERY = pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))
ANY_RULE = st.sampled_from(list(RULES.values()))
CONDITIONAL = {Verdict.CONDITIONAL_PASS, Verdict.CONDITIONAL_FAIL}


def acceptance_share(name: str, ratio: float) -> float:
    """Acceptance limit divided by tolerance limit, where half the tolerance is this many U."""
    guard = rule_named(name).guard_band(WITHIN, measurement(10.0, WITHIN.half_width / ratio))
    return 1 - guard / WITHIN.half_width


@pytest.mark.parametrize(
    ("name", "ratio", "share"),
    [
        ("method-6", 2.0, 0.85918),
        ("method-6", 4.0, 0.98672),
        ("method-6", 4.6, 1.0),
        ("method-6", 10.0, 1.0),
        ("root-sum-square", 2.0, 0.86603),
        ("root-sum-square", 4.0, 0.96825),
        ("guard-band-U", 2.0, 0.5),
        ("guard-band-0.83U", 2.0, 0.585),
        ("simple", 2.0, 1.0),
    ],
)
def test_published_factors(name: str, ratio: float, share: float) -> None:
    """Acceptance limits at a test uncertainty ratio are those that the documents' formulas give."""
    assert acceptance_share(name, ratio) == pytest.approx(share, abs=5e-6)


@pytest.mark.parametrize("name", ["method-6", "root-sum-square"])
@pytest.mark.parametrize("ratio", [1.0, 0.8, 0.5, 0.1, 1e-3])
def test_nothing_is_accepted_where_u_is_the_whole_tolerance(name: str, ratio: float) -> None:
    """With U as large as the tolerance not even its very middle passes, and w is U."""
    found = measurement(10.0, WITHIN.half_width / ratio)
    assert decide(found, WITHIN, rule_named(name)).verdict is Verdict.CONDITIONAL_PASS
    assert rule_named(name).guard_band(WITHIN, found) == pytest.approx(found.expanded_uncertainty, rel=1e-9)


def test_method_6_is_clipped_and_not_widened() -> None:
    """From TUR 4.6 on the formula would accept what is outside the tolerance; it never does."""
    assert 1 - (1.04 - math.exp(0.38 * math.log(4.6) - 0.54)) / 4.6 == pytest.approx(1.00015, abs=5e-6)
    assert decide(measurement(12.0, 2 / 4.6), WITHIN, rule_named("method-6")).verdict is Verdict.PASS
    assert decide(measurement(12.0001, 2 / 4.6), WITHIN, rule_named("method-6")).verdict is Verdict.FAIL


@pytest.mark.parametrize(("name", "risk"), [("simple", 0.5), ("guard-band-0.83U", 0.0485), ("guard-band-U", 0.0228)])
def test_largest_probability_of_false_accept(name: str, risk: float) -> None:
    """A unit at its one limit passes with 50, 4.85 or 2.28 % (normal errors, U = 2 u)."""
    count, u = 20_000, 0.5
    values = [NormalDist(12.0, u).inv_cdf((number + 0.5) / count) for number in range(count)]
    passed = sum(decide(measurement(v, 2 * u), BELOW, rule_named(name)).verdict is Verdict.PASS for v in values)
    assert passed / count == pytest.approx(risk, abs=1e-4)


def test_a_ratio_rests_on_two_standard_uncertainties_at_least() -> None:
    """A budget with k = 1.65 makes method 6 no more generous; one with few degrees of freedom makes it stricter."""
    usual = measurement(10.0, 1.0)
    assert uncertainty_at_two(usual) == 1.0
    assert uncertainty_at_two(replace(usual, coverage_factor=1.65)) == 1.0
    assert uncertainty_at_two(replace(usual, coverage_factor=3.0)) == 1.5


@pytest.mark.parametrize("name", ["method-6", "root-sum-square"])
@pytest.mark.parametrize("limit", [ABOVE, BELOW])
def test_a_ratio_needs_two_limits(name: str, limit: Limit) -> None:
    """A rule that rests on the width of a tolerance refuses a one-sided limit and says what to take."""
    with pytest.raises(RequestError, match=f"{name} rests on .*; take guard-band-U or guard-band-0.83U"):
        decide(measurement(10.0, 0.1), limit, rule_named(name))


@pytest.mark.parametrize(
    ("value", "verdict"),
    [
        (8.4, Verdict.CONDITIONAL_PASS),
        (8.42, Verdict.PASS),
        (11.58, Verdict.PASS),
        (11.6, Verdict.CONDITIONAL_PASS),
        (12.4, Verdict.CONDITIONAL_FAIL),
        (12.43, Verdict.FAIL),
    ],
)
def test_0_83_u_by_hand(value: float, verdict: Verdict) -> None:
    """With U = 0.5 the guard band is 0.415 on both sides of each limit, also where the nominal value is not central."""
    for nominal in (10.0, 8.5, 11.9):
        judged = decide(measurement(value, 0.5), replace(WITHIN, nominal=nominal), rule_named("guard-band-0.83U"))
        assert (judged.verdict, judged.guard_band) == (verdict, pytest.approx(0.415))


def test_simple_acceptance_has_nothing_in_between() -> None:
    """With w = 0 a value on its limit passes and the next number outside fails."""
    for limit, edge, outside in ((WITHIN, 12.0, math.inf), (WITHIN, 8.0, -math.inf), (BELOW, 12.0, math.inf)):
        beyond = math.nextafter(edge, outside)
        simple = rule_named("simple")
        assert decide(measurement(edge, 1.0), limit, simple).verdict is Verdict.PASS
        assert decide(measurement(beyond, 1.0), limit, simple).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("simple", 11.0, "inside the acceptance interval, 1.000 A from the limit; rule simple"),
        ("simple", 12.5, "outside the limit by 500.0 mA; rule simple"),
        ("guard-band-0.83U", 12.5, "outside the limit by 500.0 mA, more than 0.83 U = 166.0 mA; rule guard-band-0.83U"),
        ("guard-band-0.83U", 12.1, "outside the limit by 100.0 mA; unit within 0.83 U = 166.0 mA of the limit; rule "),
        ("guard-band-U", 12.1, "outside the limit by 100.0 mA; unit within U = 200.0 mA of the limit"),
    ],
)
def test_a_reason_names_its_rule(name: str, value: float, words: str) -> None:
    """Whoever reads a verdict reads by which rule, unless it is the usual one."""
    decision = decide(measurement(value, 0.2), WITHIN, rule_named(name))
    assert decision.rule == name
    assert decision.reason.startswith(words)
    assert ("rule" in decision.reason) == (name != "guard-band-U")


def test_names() -> None:
    """What a requirement may name is what there is, the default first, and each rule cites where it comes from."""
    assert tuple(RULES) == get_args(RuleName)
    assert next(iter(RULES)) == "guard-band-U"
    assert all(rule.name == name and rule.citation for name, rule in RULES.items())
    with pytest.raises(RequestError, match=r"decision rule 'lenient' is unknown; known are guard-band-U, "):
        rule_named("lenient")


@settings(deadline=None, max_examples=1000)
@given(
    ANY_RULE,
    st.floats(-1e25, 1e25),
    st.tuples(st.floats(1e-30, 1e30), st.floats(1.0, 15.0)),
    st.tuples(st.floats(-1e25, 1e25), st.floats(1e-9, 1e25)),
    st.sampled_from([(True, True), (True, False), (False, True)]),
)
def test_pass_is_inside_acceptance_is_inside_tolerance(
    rule: DecisionRule,
    value: float,
    uncertainty: tuple[float, float],
    tolerance: tuple[float, float],
    sides: tuple[bool, bool],
) -> None:
    """By every rule: PASS lies inside the acceptance interval and that inside the tolerance; FAIL lies outside both."""
    (standard, factor), (middle, half), (low, high) = uncertainty, tolerance, sides
    lower, upper = middle - half if low else None, middle + half if high else None
    assume(middle - half < middle < middle + half)
    limit = Limit("A", lower, upper, middle)
    assume(not rule.objection(lower, upper))
    judged = replace(measurement(value), standard_uncertainty=standard, coverage_factor=factor)
    decision = decide(judged, limit, rule)
    exact = [Fraction(value) - Fraction(lower)] if lower is not None else []
    exact += [Fraction(upper) - Fraction(value)] if upper is not None else []
    inside, guard = min(exact), Fraction(decision.guard_band)
    last_bit = Fraction(math.ulp(float(abs(inside)) + decision.guard_band))
    if decision.verdict is Verdict.PASS:
        assert inside >= 0
        assert inside >= guard - last_bit
        interval = rule.acceptance(limit, judged)
        assert interval.lower is None or limit.lower is None or interval.lower >= limit.lower
        assert interval.upper is None or limit.upper is None or interval.upper <= limit.upper
    if decision.verdict is Verdict.FAIL:
        assert inside < 0
        assert -inside >= guard - last_bit
    assert (decision.verdict in CONDITIONAL) <= (guard > 0)


@settings(deadline=None, max_examples=500)
@given(ANY_RULE, st.floats(7.0, 13.0), st.floats(1e-9, 1e3), st.floats(1.001, 1e3))
def test_a_larger_uncertainty_never_passes_more(
    rule: DecisionRule, value: float, expanded: float, times: float
) -> None:
    """By every rule: what passes with a larger U passes with a smaller one, and what fails with it fails as well."""
    sure = decide(measurement(value, expanded), WITHIN, rule).verdict
    unsure = decide(measurement(value, expanded * times), WITHIN, rule).verdict
    if unsure is Verdict.PASS:
        assert sure is Verdict.PASS
    if unsure is Verdict.FAIL:
        assert sure is Verdict.FAIL


@EVERY
def test_refusals_by_every_rule(rule: DecisionRule) -> None:
    """Another unit and a guard band that is no number are refused, whatever the rule."""
    with pytest.raises(ValueError, match="a measurement in V cannot be judged by a limit in A"):
        decide(measurement(10.0, 1.0, "V"), WITHIN, rule)
    with pytest.raises(NotFinite):
        decide(measurement(math.nan, 1.0), WITHIN, rule)
    broken = replace(rule, multiple=math.nan)
    with pytest.raises(NotFinite, match="guard band"):
        decide(measurement(10.0, 1.0), WITHIN, broken)


@EVERY
def test_a_hopeless_bench(rule: DecisionRule) -> None:
    """Where U is more than the tolerance, only simple acceptance still passes a value off the middle."""
    verdict = decide(measurement(11.5, 5.0), WITHIN, rule).verdict
    assert (verdict is Verdict.PASS) == (rule.name == "simple")
