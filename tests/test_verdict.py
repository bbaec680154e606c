"""Verdicts, outcomes and limits."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import NotFinite
from harness.verdict import Decision, Limit, Outcome, Verdict, worst

ORDER = (Verdict.PASS, Verdict.CONDITIONAL_PASS, Verdict.CONDITIONAL_FAIL, Verdict.ERROR, Verdict.FAIL)
NUMBERS = st.floats(-1e6, 1e6)


@pytest.mark.parametrize("verdict", Verdict)
def test_a_verdict_has_no_truth_value(verdict: Verdict) -> None:
    """`if verdict:` is an error for every verdict, the best as well as the worst."""
    for ask in (bool, lambda it: not it, lambda it: it and True, lambda it: all([it])):
        with pytest.raises(TypeError, match=f"{verdict.label} is not true or false"):
            ask(verdict)


def test_the_order_of_verdicts() -> None:
    """PASS < CONDITIONAL PASS < CONDITIONAL FAIL < ERROR < FAIL, and there are no others."""
    assert sorted(Verdict) == list(ORDER)


@settings(deadline=None)
@given(st.lists(st.sampled_from(ORDER), min_size=1))
def test_the_worst_wins(verdicts: list[Verdict]) -> None:
    """The worst of some verdicts is the one that stands last in the order, wherever it came."""
    assert worst(verdicts) is max(verdicts, key=ORDER.index)


def test_nothing_has_no_worst() -> None:
    """The worst of no verdict is no verdict, least of all PASS."""
    assert worst([]) is None


@pytest.mark.parametrize("verdict", Verdict)
def test_a_verdict_becomes_the_outcome_of_its_name(verdict: Verdict) -> None:
    """A requirement's outcome is its worst verdict by the same words."""
    assert Outcome.of(verdict).value == verdict.label


def test_no_two_outcomes_read_alike() -> None:
    """Every outcome has words of its own, and only one says PASS alone."""
    assert len({outcome.value for outcome in Outcome}) == len(Outcome)
    assert [outcome for outcome in Outcome if outcome.value == "PASS"] == [Outcome.PASS]


def test_a_limit_without_a_bound_is_no_limit() -> None:
    """SCPI-Instrument-Control sets `passed = True` where a bound is missing; here such a limit cannot be made."""
    with pytest.raises(NotFinite, match="without any bound"):
        Limit("A", None, None, 1.0)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, 9.9e37, "1", True])
@pytest.mark.parametrize("place", ["lower", "upper", "nominal"])
def test_a_limit_holds_numbers_only(place: str, value: float) -> None:
    """No limit exists with NaN, infinity or an overload answer for a bound or for its nominal value."""
    numbers = {"lower": 0.0, "upper": 2.0, "nominal": 1.0, place: value}
    with pytest.raises(NotFinite):
        Limit("A", **numbers)


@settings(deadline=None)
@given(NUMBERS, NUMBERS, NUMBERS)
def test_inverted_limits_are_refused(first: float, second: float, nominal: float) -> None:
    """HardPy accepts inverted limits silently; here a lower limit at or above the upper one cannot be made."""
    lower, upper = max(first, second), min(first, second)
    with pytest.raises(NotFinite, match="inverted"):
        Limit("A", lower, upper, nominal)


@pytest.mark.parametrize(("lower", "upper"), [(1.0, None), (None, 1.0)])
@pytest.mark.parametrize("beyond", [0.0, 1e-9, 5.0])
def test_a_nominal_value_outside_a_one_sided_limit_is_refused(
    lower: float | None, upper: float | None, beyond: float
) -> None:
    """What a unit is meant to give lies inside its limit, otherwise T has no meaning."""
    nominal = 1.0 - beyond if lower is not None else 1.0 + beyond
    with pytest.raises(NotFinite, match="not inside its own limit"):
        Limit("A", lower, upper, nominal)


@pytest.mark.parametrize(
    ("lower", "upper", "nominal", "half"),
    [(0.9, 1.1, 1.0, 0.1), (0.0, 1.0, 0.9, 0.5), (0.2, None, 1.0, 0.8), (None, 1.5, 1.0, 0.5), (None, 0.0, -2.0, 2.0)],
)
def test_half_width(lower: float | None, upper: float | None, nominal: float, half: float) -> None:
    """T is half the width of a two-sided tolerance, and limit minus nominal of a one-sided one."""
    assert Limit("A", lower, upper, nominal).half_width == pytest.approx(half, rel=1e-12)


@pytest.mark.parametrize(
    ("lower", "upper", "value", "distance"),
    [
        (1.0, 3.0, 1.25, 0.25),
        (1.0, 3.0, 2.5, 0.5),
        (1.0, 3.0, 0.5, -0.5),
        (1.0, 3.0, 3.5, -0.5),
        (1.0, None, 5.0, 4.0),
        (None, 3.0, -7.0, 10.0),
        (1.0, 3.0, 3.0, 0.0),
    ],
)
def test_distance_to_the_nearest_limit(lower: float | None, upper: float | None, value: float, distance: float) -> None:
    """The distance is counted from the nearest limit, and is negative outside."""
    assert Limit("A", lower, upper, 2.0).distance(value) == distance


def test_verdicts_are_told_apart_by_name_only() -> None:
    """No two verdicts are equal, so that a comparison cannot take one for another."""
    assert all(one != other for one, other in itertools.combinations(Verdict, 2))


@pytest.mark.parametrize("nominal", [0.5, 1.0, 2.0, 2.5])
def test_a_nominal_value_outside_its_limit_is_refused(nominal: float) -> None:
    """What a unit is meant to give lies inside its limits, not on them."""
    with pytest.raises(NotFinite, match="is not inside its own limit"):
        Limit("A", 1.0, 2.0, nominal)


def test_a_limit_has_a_unit() -> None:
    """A limit without a unit is no limit."""
    with pytest.raises(NotFinite, match="has no unit"):
        Limit("", 1.0, 2.0, 1.5)


@pytest.mark.parametrize(
    ("guard", "margin"), [(math.nan, 0.5), (math.inf, 0.5), (-1.0, 0.5), (1.0, math.nan), (1.0, math.inf)]
)
def test_a_decision_holds_a_guard_band_and_a_margin(guard: float, margin: float) -> None:
    """A Decision needs a finite guard band, which is not negative, and a finite margin."""
    with pytest.raises(NotFinite):
        Decision(Verdict.PASS, "guard-band-U", guard, margin, "x")


def test_a_rule_may_have_no_guard_band() -> None:
    """Simple acceptance decides with w = 0."""
    assert Decision(Verdict.PASS, "simple", 0.0, 0.5, "x").guard_band == 0


def test_a_verdict_is_no_number() -> None:
    """PASS is equal to neither True nor 1."""
    assert Verdict.PASS not in (True, 1, 0)
    assert not isinstance(Verdict.PASS, int)


def test_an_outcome_has_no_truth_value() -> None:
    """`if outcome:` would be true for FAIL, and is an error."""
    with pytest.raises(TypeError):
        bool(Outcome.FAIL)
