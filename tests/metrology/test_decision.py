"""The decision rule: guard band w = U, by hand and by property."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from fractions import Fraction
from statistics import NormalDist

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from harness.errors import NotFinite
from harness.metrology import decide
from harness.verdict import Limit, Verdict
from tests.examples import measurement

WITHIN = Limit("A", 8.0, 12.0, 10.0)
ABOVE = Limit("A", 8.0, None, 10.0)
BELOW = Limit("A", None, 12.0, 10.0)
NUMBERS = st.floats(-1e25, 1e25)
ANY = st.floats() | st.sampled_from([9.9e37, -9.9e37])


@pytest.mark.parametrize(
    ("limit", "value", "verdict"),
    [
        (WITHIN, 10.0, Verdict.PASS),
        (WITHIN, 9.0, Verdict.PASS),
        (WITHIN, 11.0, Verdict.PASS),
        (WITHIN, 8.99, Verdict.CONDITIONAL_PASS),
        (WITHIN, 11.01, Verdict.CONDITIONAL_PASS),
        (WITHIN, 8.0, Verdict.CONDITIONAL_PASS),
        (WITHIN, 12.0, Verdict.CONDITIONAL_PASS),
        (WITHIN, 7.99, Verdict.CONDITIONAL_FAIL),
        (WITHIN, 12.01, Verdict.CONDITIONAL_FAIL),
        (WITHIN, 7.0, Verdict.CONDITIONAL_FAIL),
        (WITHIN, 13.0, Verdict.CONDITIONAL_FAIL),
        (WITHIN, 6.99, Verdict.FAIL),
        (WITHIN, 13.01, Verdict.FAIL),
        (WITHIN, -10.0, Verdict.FAIL),
        (ABOVE, 1e6, Verdict.PASS),
        (ABOVE, 9.0, Verdict.PASS),
        (ABOVE, 8.5, Verdict.CONDITIONAL_PASS),
        (ABOVE, 7.5, Verdict.CONDITIONAL_FAIL),
        (ABOVE, 6.5, Verdict.FAIL),
        (BELOW, -1e6, Verdict.PASS),
        (BELOW, 11.0, Verdict.PASS),
        (BELOW, 11.5, Verdict.CONDITIONAL_PASS),
        (BELOW, 12.5, Verdict.CONDITIONAL_FAIL),
        (BELOW, 13.5, Verdict.FAIL),
    ],
)
def test_verdicts_by_hand(limit: Limit, value: float, verdict: Verdict) -> None:
    """With U = 1: PASS from 9 to 11, conditional within 1 of a limit on either side, FAIL beyond."""
    assert decide(measurement(value, 1.0), limit).verdict is verdict


@settings(deadline=None, max_examples=400)
@given(
    NUMBERS,
    st.floats(1e-12, 1e6),
    NUMBERS,
    st.floats(1e-9, 1e6),
    st.sampled_from([(True, True), (True, False), (False, True)]),
)
def test_outside_its_acceptance_interval_nothing_passes(
    value: float, expanded: float, middle: float, half: float, sides: tuple[bool, bool]
) -> None:
    """PASS only where, in exact arithmetic, every limit is at least U away, to the last bit of the distance."""
    low, high = sides
    lower, upper = middle - half if low else None, middle + half if high else None
    assume(middle - half < middle < middle + half)
    limit = Limit("A", lower, upper, middle)
    judged = measurement(value, expanded)
    verdict = decide(judged, limit).verdict
    distances = [Fraction(value) - Fraction(lower)] if lower is not None else []
    distances += [Fraction(upper) - Fraction(value)] if upper is not None else []
    guard, distance = judged.expanded_uncertainty, min(distances)
    if distance < Fraction(guard) - Fraction(math.ulp(guard)):
        assert verdict is not Verdict.PASS
    if distance < 0:
        assert verdict in {Verdict.CONDITIONAL_FAIL, Verdict.FAIL}
    if distance > Fraction(guard) + Fraction(math.ulp(guard)):
        assert verdict is Verdict.PASS


@settings(deadline=None, max_examples=400)
@given(ANY, ANY, ANY, ANY | st.none(), ANY | st.none())
@example(9.9e37, 0.1, 1.0, 0.0, None)
@example(math.inf, 0.1, 1.0, 0.0, None)
@example(math.nan, 0.1, 1.0, 0.0, 2.0)
@example(1.0, math.nan, 1.0, 0.0, 2.0)
@example(1.0, 0.1, 1.0, None, None)
@example(1.0, 0.1, 1.0, 2.0, 0.0)
def test_pass_needs_numbers_everywhere(
    value: float, expanded: float, nominal: float, lower: float | None, upper: float | None
) -> None:
    """Whatever is offered, a verdict comes of finite value, positive U and ordered finite limits, or not at all."""
    try:
        decision = decide(measurement(value, expanded), Limit("A", lower, upper, nominal))
    except NotFinite:
        return
    assert all(
        math.isfinite(number) and abs(number) < 9.9e37
        for number in (value, nominal, lower, upper)
        if number is not None
    )
    assert 0 < expanded < math.inf
    assert lower is not None or upper is not None
    assert lower is None or upper is None or lower < upper
    assert decision.guard_band > 0


@pytest.mark.parametrize("unit", ["V", "mA", "a", "A "])
def test_another_unit_is_refused(unit: str) -> None:
    """A measurement is judged by a limit in the same unit only; there is no conversion and no default."""
    with pytest.raises(ValueError, match="cannot be judged by a limit in A"):
        decide(measurement(10.0, 1.0, unit), WITHIN)


def test_a_bench_with_u_above_t_never_passes() -> None:
    """Where U is larger than T no value at all is PASS."""
    verdicts = {decide(measurement(8.0 + step / 100, 2.01), WITHIN).verdict for step in range(401)}
    assert verdicts == {Verdict.CONDITIONAL_PASS}


def test_risk_at_the_limit() -> None:
    """A unit exactly at its limit passes with 2.28 % (normal, U = 2 u), as guard band w = U promises."""
    count, u = 20_000, 0.5
    values = [NormalDist(12.0, u).inv_cdf((number + 0.5) / count) for number in range(count)]
    passed = sum(decide(measurement(value, 2 * u), BELOW).verdict is Verdict.PASS for value in values)
    assert passed / count == pytest.approx(0.0228, abs=1e-4)


@pytest.mark.parametrize(("value", "margin"), [(10.0, 1.0), (9.0, 0.5), (12.0, 0.0), (13.0, -0.5)])
def test_margin(value: float, margin: float) -> None:
    """The margin is the distance to the nearest limit divided by T, negative outside."""
    assert decide(measurement(value, 0.5), WITHIN).margin == margin


def test_a_decision_says_how_it_was_made() -> None:
    """Rule and guard band stand beside every verdict."""
    decision = decide(measurement(10.0, 0.5), WITHIN)
    assert (decision.rule, decision.guard_band) == ("guard-band-U", 0.5)


@pytest.mark.parametrize(
    ("value", "expanded", "words"),
    [
        (10.0, 0.2, "inside the acceptance interval"),
        (11.9, 0.2, "inside the limit by .*; unit within U"),
        (12.1, 0.2, "outside the limit by .*; unit within U"),
        (11.5, 0.6, "inside the limit by .*; bench short: U is 30% of the tolerance"),
        (12.5, 0.6, "outside the limit by .*; bench short"),
        (14.0, 0.2, "outside the limit by 2.000 A, more than U"),
    ],
)
def test_the_reason_of_a_verdict(value: float, expanded: float, words: str) -> None:
    """CONDITIONAL says whether bench or unit is why: the bench is short where U is more than a quarter of T."""
    decision = decide(measurement(value, expanded), WITHIN)
    assert re.search(words, decision.reason)


def test_less_certainty_never_makes_a_verdict_better() -> None:
    """With growing U a value inside goes from PASS to CONDITIONAL PASS, one outside from FAIL to CONDITIONAL FAIL."""
    for value, path in (
        (11.0, (Verdict.PASS, Verdict.CONDITIONAL_PASS)),
        (13.0, (Verdict.FAIL, Verdict.CONDITIONAL_FAIL)),
    ):
        found = [decide(measurement(value, expanded), WITHIN).verdict for expanded in (0.5, 1.0, 1.01, 5.0)]
        assert found[0] is path[0]
        assert found[-1] is path[1]
        assert Verdict.PASS not in found[2:]


def test_the_limit_counts_not_the_nominal_value() -> None:
    """Where a nominal value is not in the middle of its limits, the nearest limit decides."""
    lopsided = replace(WITHIN, nominal=11.9)
    assert decide(measurement(8.5, 1.0), lopsided).verdict is Verdict.CONDITIONAL_PASS
    assert decide(measurement(10.0, 1.0), lopsided).verdict is Verdict.PASS
