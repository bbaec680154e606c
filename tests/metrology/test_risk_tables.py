"""The tables of docs/decision-rules.md are what the functions give today."""

from __future__ import annotations

from functools import cache

import pytest

from harness.metrology import RULES
from harness.metrology.risk import ErrorModel, Interval, Lot, global_risk, specific_risk
from harness.studies.risk import budgeted
from harness.verdict import Limit
from tests.examples import checkout

RATIOS = (1.5, 2.0, 3.0, 4.0, 4.6, 6.0, 10.0)
SHARES = (*(percent / 100 for percent in range(50, 100, 5)), 0.99)
TOLERANCE = Interval(-1.0, 1.0)
ERRORS = ("normal", "rectangular")
LIMIT = Limit("A", -1.0, 1.0, 0.0)


def judged(rule: str, error: str, ratio: float) -> tuple[float, ErrorModel]:
    """Guard band and error model of a rule at a test uncertainty ratio."""
    measurement, model = budgeted(error, 1 / (2 * ratio))
    return RULES[rule].guard_band(LIMIT, measurement), model


@cache
def worst(rule: str, error: str, ratio: float, mean: float = 0.0) -> float:
    """Largest share of a lot that is nonconforming and PASS, over the in-tolerance probabilities."""
    guard, model = judged(rule, error, ratio)
    return max(global_risk(Lot.of(TOLERANCE, mean, s), TOLERANCE, guard, model).false_accept for s in SHARES)


def specific(rule: str, error: str) -> float:
    """Largest probability of PASS at a limit, over the test uncertainty ratios."""
    pairs = [judged(rule, error, ratio) for ratio in RATIOS]
    return max(specific_risk(TOLERANCE, TOLERANCE.widened(-guard), model) for guard, model in pairs)


def refused(rule: str, ratio: float) -> float:
    """Share of a lot with 95 % in tolerance that conforms and is not PASS."""
    guard, model = judged(rule, "normal", ratio)
    found = global_risk(Lot.of(TOLERANCE, 0.0, 0.95), TOLERANCE, guard, model)
    return 0.95 - (found.accepted - found.false_accept)


def table(head: list[str], rows: list[list[str]]) -> str:
    """Markdown."""
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def per_cent(*risks: float) -> list[str]:
    """Two decimals each."""
    return [f"{100 * risk:.2f}" for risk in risks]


def largest() -> str:
    """Over TUR 1.5 to 10: at a limit by shape of the error; of lots by shape, and off centre."""
    head = ["rule", *(f"at a limit, {e}" for e in ERRORS), *(f"lot, {e}" for e in ERRORS), "lot off centre, normal"]
    rows = [
        [
            f"`{rule}`",
            *per_cent(*(specific(rule, error) for error in ERRORS)),
            *per_cent(*(max(worst(rule, error, ratio) for ratio in RATIOS) for error in ERRORS)),
            *per_cent(max(worst(rule, "normal", ratio, 0.5) for ratio in RATIOS)),
        ]
        for rule in RULES
    ]
    return table(head, rows)


def by_ratio() -> str:
    """Largest share of a centred lot that is nonconforming and PASS, normal errors."""
    head = ["rule", *(f"TUR {ratio:g}" for ratio in RATIOS)]
    return table(head, [[f"`{r}`", *per_cent(*(worst(r, "normal", ratio) for ratio in RATIOS))] for r in RULES])


def price() -> str:
    """Share of a centred lot with 95 % in tolerance that conforms and is not PASS, normal errors."""
    head = ["rule", *(f"TUR {ratio:g}" for ratio in RATIOS)]
    return table(head, [[f"`{r}`", *per_cent(*(refused(r, ratio) for ratio in RATIOS))] for r in RULES])


@pytest.mark.parametrize("made", [largest, by_ratio, price])
def test_the_page_shows_what_is_computed(made: object) -> None:
    """Every figure of a risk on the page is computed again; a table that differs is printed as it should be."""
    assert callable(made)
    due = made()
    page = (checkout() / "docs" / "decision-rules.md").read_text(encoding="utf-8")
    assert due in page, f"docs/decision-rules.md should hold:\n{due}"
