"""The study of risks: it says yes of every rule as it stands, and no as soon as one lets more or less through."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from scipy.stats import binom

from harness.cli import main
from harness.errors import RequestError
from harness.metrology import RULES, decide, rule_named
from harness.studies.comparison import Comparison, outside, pooled
from harness.studies.risk import (
    ERRORS,
    IN_TOLERANCE,
    MEANS,
    RATIOS,
    budgeted,
    decided,
    guard_band_as_printed,
    study,
)
from harness.verdict import Limit, Verdict

if TYPE_CHECKING:
    from pathlib import Path

YES, NO, NOT_UNDERSTOOD = 0, 1, 2
LIMIT = Limit("A", -1.0, 1.0, 0.0)
CELLS_OF_A_RULE = len(ERRORS) * len(RATIOS) * (1 + len(MEANS) * len(IN_TOLERANCE))


@pytest.mark.parametrize("name", RULES)
def test_every_rule_lets_through_what_is_predicted(name: str) -> None:
    """Each rule alone, at 10^5 decisions and more: measured equal to predicted in every cell, promises kept."""
    found = study([rule_named(name)], decisions=1000, seed=7)
    assert found.sound, found.outside
    assert len(found.cells) * found.decisions > 1e5
    assert len(found.cells) == CELLS_OF_A_RULE
    assert found.comparisons > 3 * CELLS_OF_A_RULE


@pytest.mark.parametrize(
    ("name", "factor"),
    [
        ("guard-band-U", 0.7),
        ("guard-band-U", 0.9),
        ("guard-band-U", 1.1),
        ("guard-band-0.83U", 0.75),
        ("guard-band-0.83U", 1.0),
        ("simple", 0.05),
    ],
)
def test_a_rule_with_another_guard_band_than_its_name_says_is_found(name: str, factor: float) -> None:
    """A guard band that is narrower or wider than the rule's document has it makes the study say no."""
    found = study([replace(rule_named(name), multiple=factor)], decisions=1000, seed=7)
    assert not found.sound
    assert {figure for _, figure, _ in found.outside} & {"specific", "conditional"}


@pytest.mark.parametrize("name", ["method-6", "root-sum-square"])
def test_a_slip_in_a_formula_is_found(name: str) -> None:
    """Half the tolerance taken for the whole one in the ratio makes the study say no."""
    rule = rule_named(name)
    assert not study([replace(rule, multiple=lambda ratio: rule.multiple(2 * ratio))], decisions=1000, seed=7).sound


def test_a_promise_that_is_not_kept_is_no() -> None:
    """Where the printed rule itself promises too much, equality with the prediction is not enough."""
    found = study([rule_named("guard-band-U")], decisions=1000, seed=7)
    assert {(each.rule, each.figure, each.allowed) for each in found.bounds} == {
        ("guard-band-U", "specific", 0.025),
        ("guard-band-U", "global", 0.02),
    }
    assert all(each.kept for each in found.bounds)
    broken = replace(found, bounds=(replace(found.bounds[0], predicted=0.026),))
    assert not broken.sound
    assert not replace(found, disagreements=1).sound
    assert not replace(found, cells=()).sound


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("name", RULES)
def test_bulk_decisions_are_those_of_decide(name: str, error: str) -> None:
    """Many values at once are decided exactly as one by one, also on the acceptance limits and beside them."""
    rule = rule_named(name)
    for ratio in RATIOS:
        measurement, model = budgeted(error, 1 / (2 * ratio))
        guard = rule.guard_band(LIMIT, measurement)
        corners = [side * (1 + step * guard) for side in (-1, 1) for step in (-1, 0, 1)]
        beside = [math.nextafter(corner, toward) for corner in corners for toward in (-9.0, 9.0)]
        drawn = np.random.default_rng(1).normal(0.0, 1.0 + model.standard_uncertainty, 300)
        values = np.array([*corners, *beside, *drawn])
        passed, failed = decided(values, rule, measurement)
        verdicts = [decide(replace(measurement, value=float(value)), LIMIT, rule).verdict for value in values]
        assert [verdict is Verdict.PASS for verdict in verdicts] == passed.tolist()
        assert [verdict is Verdict.FAIL for verdict in verdicts] == failed.tolist()


@pytest.mark.parametrize("error", ERRORS)
def test_errors_are_those_of_a_budget(error: str) -> None:
    """The drawn error has the standard uncertainty of the budget that decides, and k is the budget's own."""
    measurement, model = budgeted(error, 0.25)
    assert measurement.standard_uncertainty == pytest.approx(0.25, rel=1e-12)
    assert model.standard_uncertainty == pytest.approx(0.25, rel=1e-12)
    least, most = {"normal": (2.0, 2.0), "rectangular": (0.95 * math.sqrt(3),) * 2, "mixed": (1.65, 2.0)}[error]
    assert least - 1e-9 <= measurement.coverage_factor <= most + 1e-9


@pytest.mark.parametrize("name", RULES)
def test_the_printed_guard_bands_are_those_of_the_rules(name: str) -> None:
    """What the study predicts with and what decides come from two entries, and agree over the whole grid."""
    for ratio in (*RATIOS, 4.6, 5.0):
        for error in ERRORS:
            measurement, _ = budgeted(error, 1 / (2 * ratio))
            printed = guard_band_as_printed(name, ratio, measurement.expanded_uncertainty)
            assert rule_named(name).guard_band(LIMIT, measurement) == pytest.approx(printed, abs=1e-12)


def test_the_same_seed_draws_the_same() -> None:
    """Results hang on the seed only, and a rule's own on nothing that other rules do."""
    simple, both = [rule_named("simple")], [rule_named("guard-band-U"), rule_named("simple")]
    one = study(simple, decisions=1000, seed=3)
    assert one == study(simple, decisions=1000, seed=3)
    assert one.cells == study(both, decisions=1000, seed=3).cells[CELLS_OF_A_RULE:]
    assert one.cells != study(simple, decisions=1000, seed=4).cells


def test_progress_is_told() -> None:
    """After each cell it is said how many of how many are done."""
    told: list[tuple[int, int]] = []
    study([rule_named("simple")], decisions=1000, seed=1, progress=lambda *counts: told.append(counts))
    assert told == [(done, CELLS_OF_A_RULE) for done in range(1, CELLS_OF_A_RULE + 1)]


def test_a_band_is_the_binomial_one() -> None:
    """A count is inside where neither tail is less likely than asked; both ends are exact."""
    tail = 0.0005
    beyond = outside([Comparison(0.1, count, 100) for count in range(101)], tail)
    inside = [count for count in range(101) if count not in beyond]
    assert inside == list(range(inside[0], inside[-1] + 1))
    assert binom.cdf(inside[0] - 1, 100, 0.1) < tail <= binom.cdf(inside[0], 100, 0.1)
    assert binom.sf(inside[-1], 100, 0.1) < tail <= binom.sf(inside[-1] - 1, 100, 0.1)
    assert outside([Comparison(0.0, 0, 100), Comparison(0.0, 1, 100), Comparison(0.3, 0, 0)], tail) == [1]
    assert outside([], tail) == []


def test_pooled_counts() -> None:
    """Counts add up, and the predicted share is the mean, weighted by trials."""
    assert pooled([Comparison(0.1, 3, 10), Comparison(0.4, 7, 20)]) == Comparison(pytest.approx(0.3), 10, 30)


def test_the_verb_answers_with_its_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Yes is 0; the file holds the same JSON as the answer, with every cell and what was decided how."""
    file = tmp_path / "risk.json"
    line = ["study", "risk", "--rule=simple", "--rule=simple", "--decisions=1000", "--seed=5"]
    assert main([*line, "--json", "--output", str(file)]) == YES
    streams = capsys.readouterr()
    assert streams.err == ""
    assert file.read_text(encoding="ascii") == streams.out
    answer = json.loads(streams.out)
    assert (answer["sound"], answer["seed"], answer["decisions_per_cell"]) == (True, 5, 1000)
    assert len(answer["cells"]) == CELLS_OF_A_RULE
    assert answer["cells"][0]["figures"]["specific"]["predicted"] == pytest.approx(0.5, abs=0.01)
    assert main(line) == YES
    text = capsys.readouterr().out
    assert text.splitlines()[-1] == "measured as predicted, and within bounds"
    assert "simple             rectangular" in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--rule", "lenient"], "decision rule 'lenient' is unknown"),
        (["--decisions", "10"], "10 decisions in each cell say nothing"),
        (["--output", "/nowhere/risk.json"], "--output /nowhere/risk.json: is a folder, or lies in none"),
    ],
)
def test_what_the_verb_does_not_understand(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence on standard error and exit code 2, before anything is drawn."""
    assert main(["study", "risk", *arguments]) == NOT_UNDERSTOOD
    streams = capsys.readouterr()
    assert streams.out == ""
    assert words in streams.err
    assert streams.err.count("\n") == 1


def test_a_rule_that_nobody_entered_is_refused() -> None:
    """The study predicts nothing for a rule that it knows only from the rule itself."""
    with pytest.raises(RequestError, match="'own' is unknown to the study"):
        guard_band_as_printed("own", 2.0, 0.5)


@pytest.mark.soak
def test_a_long_study() -> None:
    """All rules at a million decisions in each cell."""
    assert study(list(RULES.values()), decisions=1_000_000, seed=1).sound
