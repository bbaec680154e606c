"""Gauge studies by both methods, against the AIAG manual, a published interval, and sums by brute force."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import NotFinite, RequestError
from harness.metrology.statistics.anova import anova
from harness.metrology.statistics.average_range import average_range
from harness.metrology.statistics.gauge import band, gauge
from harness.metrology.statistics.gauge_study import Reading, Study, cross, distinct_categories
from harness.metrology.statistics.mean_squares import MeanSquare, difference_limits, sum_limits
from tests.metrology.statistics import aiag

AIAG = cross(aiag.readings())


def study(cells: list[list[list[float]]]) -> Study:
    """A full cross from values by appraiser, part and trial."""
    return cross(
        Reading(f"a{a}", f"p{p}", f"t{t}", value, "here")
        for a, row in enumerate(cells)
        for p, cell in enumerate(row)
        for t, value in enumerate(cell)
    )


def test_average_and_range_of_the_manual() -> None:
    """AIAG MSA, 4th edition, III.B: EV 0.20188, AV 0.22963, GRR 0.30575, PV 1.10456, TV 1.14610, 26.68 %, ndc 5."""
    found = average_range(AIAG)
    expected = {"ev": 0.20188, "av": 0.22963, "grr": 0.30575, "pv": 1.10456, "tv": 1.14610}
    assert {name: getattr(found, name) for name in expected} == pytest.approx(expected, abs=5e-5)
    assert found.percent_grr == pytest.approx(26.68, abs=5e-3)
    assert found.ndc == 5
    assert (found.k1, found.k2, found.k3) == (0.5908, 0.5231, 0.3146)
    assert found.cells_beyond == ("appraiser B, part 4",)


def test_analysis_of_variance_of_the_manual() -> None:
    """The same data by ANOVA: interaction p 0.974, pooled; EV 0.199933, AV 0.226838, PV 1.042327; 27.86 %, ndc 4."""
    found = anova(AIAG)
    expected = {"ev": 0.199933, "av": 0.226838, "interaction": 0.0, "grr": 0.302373, "pv": 1.042327}
    assert {name: getattr(found, name) for name in expected} == pytest.approx(expected, abs=2e-6)
    assert found.percent_grr == pytest.approx(27.86, abs=5e-3)
    assert (found.ndc, found.interaction_pooled) == (4, True)
    assert found.interaction_p == pytest.approx(0.974, abs=5e-4)
    table = {line.source: (line.degrees_of_freedom, line.sum_of_squares, line.f) for line in found.with_interaction}
    assert table["appraiser"] == (2, pytest.approx(3.1673, abs=5e-5), pytest.approx(79.406, abs=5e-4))
    assert table["part"] == (9, pytest.approx(88.3619, abs=5e-5), pytest.approx(492.291, abs=5e-4))
    assert table["interaction"] == (18, pytest.approx(0.3590, abs=5e-5), pytest.approx(0.434, abs=5e-4))
    assert table["repeatability"] == (60, pytest.approx(2.7589, abs=5e-5), None)


def test_of_a_tolerance() -> None:
    """Six GRR, of the width of the tolerance: 6 x 0.30575 of 4 are 45.9 %."""
    assert gauge(AIAG, 4.0).average_range.percent_grr_of_tolerance == pytest.approx(45.86, abs=0.01)
    assert gauge(AIAG, 4.0).anova.percent_grr_of_tolerance == pytest.approx(45.36, abs=0.01)
    assert gauge(AIAG).anova.percent_grr_of_tolerance is None


def test_published_limits_of_a_component() -> None:
    """Houf and Berman's data as in Burdick, Borror and Montgomery (2003): part 48.29, from 22.69 to 161.64."""
    part, interaction = MeanSquare(437.33, 9, 1 / 9), MeanSquare(2.70, 18, 1 / 9)
    assert part.share - interaction.share == pytest.approx(48.29, abs=5e-3)
    assert difference_limits(part, interaction, 0.95) == pytest.approx((22.69, 161.64), abs=6e-3)


def test_one_mean_square_has_exact_limits() -> None:
    """Chi-square with 10 degrees of freedom: 3.247 and 20.483 (any table)."""
    assert sum_limits((MeanSquare(2.0, 10, 1.0),), 0.95) == pytest.approx((20 / 20.483, 20 / 3.247), rel=1e-4)


def test_limits_hold_what_they_promise() -> None:
    """Of simulated studies the share whose limits hold the true component is near 95 % (published: 93 to 97 %)."""
    draw = np.random.default_rng(3)
    count, held = 1000, np.zeros(3)
    for _ in range(count):
        squares = {df: true * draw.chisquare(df) / df for df, true in ((2, 10.3), (18, 1.3), (60, 1.0))}
        appraiser, interaction, rest = (MeanSquare(value, df, 1.0) for df, value in squares.items())
        thirty = [replace(term, weight=1 / 30) for term in (appraiser, interaction)]
        low, high = difference_limits(thirty[0], thirty[1], 0.95)
        held[0] += low <= 0.3 <= high
        whole = thirty[0], replace(interaction, weight=0.3), replace(rest, weight=2 / 3)
        low, high = sum_limits(whole, 0.95)
        held[1] += low <= 10.3 / 30 + 0.39 + 2 / 3 <= high
        low, high = difference_limits(replace(interaction, weight=1 / 3), replace(rest, weight=1 / 3), 0.95)
        held[2] += low <= 0.1 <= high
    assert all(0.93 <= share <= 0.98 for share in held / count)


@settings(deadline=None, max_examples=40)
@given(
    st.tuples(st.integers(2, 4), st.integers(2, 5), st.integers(2, 4)),
    st.integers(0, 2**32 - 1),
    st.sampled_from([0.0, 1e6]),
)
def test_sums_of_squares_by_brute_force(shape: tuple[int, int, int], seed: int, offset: float) -> None:
    """The sums add up to the total, each is what arrays give, and a common offset changes nothing."""
    values = np.random.default_rng(seed).normal(size=shape)
    found = {line.source: line.sum_of_squares for line in anova(study((values + offset).tolist())).with_interaction}
    a, p, r = shape
    grand, cells = values.mean(), values.mean(axis=2)
    appraiser, part = values.mean(axis=(1, 2)), values.mean(axis=(0, 2))
    expected = {
        "appraiser": p * r * ((appraiser - grand) ** 2).sum(),
        "part": a * r * ((part - grand) ** 2).sum(),
        "interaction": r * ((cells - appraiser[:, None] - part[None, :] + grand) ** 2).sum(),
        "repeatability": ((values - cells[:, :, None]) ** 2).sum(),
    }
    assert found == pytest.approx(expected, rel=1e-7, abs=1e-9)
    assert math.fsum(found.values()) == pytest.approx(((values - grand) ** 2).sum(), rel=1e-8)


def test_an_interaction_that_is_there_stays() -> None:
    """Appraisers that read parts in opposite order: p is small, nothing is pooled, and the interaction is in GRR."""
    found = gauge(study([[[1, 1.1], [2, 2.1], [3, 3.1]], [[3, 3.1], [2, 2.1], [1, 1.1]]]))
    assert not found.anova.interaction_pooled
    assert found.anova.interaction > 0.9
    assert found.anova.grr > 0.9
    assert any("kept as part of GRR" in note for note in found.notes)
    assert any("part came out negative and is given as 0" in note for note in found.notes)


def test_one_appraiser() -> None:
    """With one appraiser AV is 0 by both methods, and the answer says that it could not be found."""
    found = gauge(cross(one for one in aiag.readings() if one.appraiser == "A"))
    assert (found.average_range.av, found.anova.av) == (0.0, 0.0)
    assert (found.anova.without_interaction, found.anova.interaction_p) == (None, None)
    assert found.average_range.grr == found.average_range.ev
    assert "reproducibility cannot be found" in found.notes[0]


def test_repeatability_below_the_resolution() -> None:
    """Trials that repeat exactly show no variation: EV is 0, no band but the worst is given, and a note says why."""
    found = gauge(study([[[1, 1], [2, 2]]]))
    assert (found.average_range.ev, found.anova.ev, found.anova.ndc) == (0.0, 0.0, None)
    assert any("the resolution hides the repeatability" in note for note in found.notes)
    assert band(found.anova.percent_grr, found.anova.ev) is None
    assert band(40.0, 0.0) == "unacceptable"


@pytest.mark.parametrize(
    ("percent", "word"), [(9.9, "acceptable"), (10, "conditional"), (30, "conditional"), (31, "un")]
)
def test_bands(percent: float, word: str) -> None:
    """Below 10 % acceptable, up to 30 % conditional, above unacceptable."""
    assert (band(percent, 0.1) or "").startswith(word)


def test_two_appraisers_that_agree() -> None:
    """A negative estimate of the appraisers' variance is 0 by both methods, and is said."""
    found = gauge(study([[[1, 1.1], [2, 2.0]], [[1, 1.1], [2, 2.0]]]))
    assert (found.average_range.av, found.anova.av) == (0.0, 0.0)
    assert any("AV is 0" in note for note in found.notes)
    assert any("appraiser came out negative" in note for note in found.notes)


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda rows: rows[:-1], "appraiser C, part 10, trial 3 is missing"),
        (lambda rows: [*rows, replace(rows[4], place="line 92")], "line 92: .* stands here and on line 6"),
        (lambda rows: [one for one in rows if one.part == "1"], "only one part, 1"),
        (lambda rows: [one for one in rows if one.trial == "1"], "only one trial, 1"),
        (lambda rows: [replace(one, value=1.0) for one in rows], "all values are the same"),
        (lambda rows: [one for one in rows if (one.appraiser, one.part) != ("B", "3")], "appraiser B, part 3, trial 1"),
        (lambda _: [], "there is no reading"),
    ],
)
def test_what_is_no_full_cross(spoil: object, words: str) -> None:
    """Missing, doubled or single cells give one sentence and no number."""
    with pytest.raises(RequestError, match=words):
        cross(spoil(aiag.readings()))  # type: ignore[operator]


@pytest.mark.parametrize("tolerance", [0.0, -1.0, math.nan, math.inf])
def test_a_tolerance_is_positive(tolerance: float) -> None:
    """Zero, negative and no number are refused."""
    with pytest.raises((RequestError, NotFinite), match="tolerance is"):
        gauge(AIAG, tolerance)


def test_distinct_categories_are_cut_with_the_manuals_factor() -> None:
    """The factor is 1.41, not the root of two, and ndc is cut: 3.54 gives 4.99, so 4; 3.55 gives 5.005, so 5."""
    assert (distinct_categories(3.54, 1.0), distinct_categories(3.55, 1.0)) == (4, 5)
    assert distinct_categories(1.0, 0.0) is None


def test_nothing_but_interaction() -> None:
    """Appraisers that contradict each other exactly: average and range sees nothing, says so, and gives no per cent."""
    found = gauge(study([[[1, 1], [2, 2]], [[2, 2], [1, 1]]]))
    assert (found.average_range.tv, found.average_range.percent_grr, found.average_range.ndc) == (0.0, None, None)
    assert found.anova.percent_grr == pytest.approx(100.0)
    assert any("sees no variation at all" in note for note in found.notes)
    assert band(found.average_range.percent_grr, 0.0) is None


def test_values_too_small_to_square() -> None:
    """Differences of 1e-200 are refused, not divided by zero."""
    with pytest.raises(RequestError, match="smaller unit"):
        gauge(study([[[1e-200, 2e-200], [3e-200, 5e-200]]]))
