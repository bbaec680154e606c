"""Annexes: uncertainty budgets, and every value of the run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.evidence import Judged
from harness.verdict import Outcome
from reports.budgets import NEGLIGIBLE, hardest_budgets
from reports.dossier.blocks import Block, Cell, Heading, Table, Text, breakable
from reports.dossier.summary import verdict_cell
from reports.text import result_of, signed, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.evidence import Value
    from reports.budgets import Budget
    from reports.dossier.case import Case

_FITS = 58
"""Letters of a key beside its value."""


def budgets(case: Case) -> Iterator[Block]:
    """Of each measurand of a requirement the budget of its hardest value."""
    yield Heading(1, "Annex: uncertainty budgets")
    yield Text(
        "After GUM, table H.1. Of each requirement and measurand the budget of the value that came nearest to its "
        "limit; "
        "of disclosed values that of the first. u: standard uncertainty of the influence in its own SI unit; c: "
        "sensitivity; "
        "share: of the variance. Every other budget stands in the record of its value.",
        "soft",
    )
    for one in case.page.requirements:
        chosen = _hardest(case.of(one.text.id))
        if chosen:
            yield Heading(2, one.text.id, listed=False)
        for budget in hardest_budgets(chosen):
            yield from _budget(budget)


def _hardest(values: Sequence[Value]) -> list[Value]:
    """One value for each measurand: the two phases of one quantity have the same budget."""
    found: dict[str, Value] = {}
    for value in values:
        name = f"{value.measurement.derivation.measurand} {value.measurement.unit}"
        known = found.get(name)
        if known is None or _margin(value) < _margin(known):
            found[name] = value
    return list(found.values())


def _margin(value: Value) -> float:
    return value.decision.margin if isinstance(value, Judged) else float("inf")


def _budget(budget: Budget) -> Iterator[Block]:
    head = ("Influence", "Estimate", "u", "Shape", "ν", "c", "Contribution", "Share")
    rows = tuple(
        (
            Cell(line.name, "plain", line.source),
            line.estimate,
            line.uncertainty,
            line.distribution,
            line.degrees_of_freedom,
            line.sensitivity,
            line.contribution,
            line.share,
        )
        for line in budget.lines
        if line.share != NEGLIGIBLE
    )
    least = sum(1 for line in budget.lines if line.share == NEGLIGIBLE)
    rest = (f"{least} more with less than 0.01 % of the variance each" if least else "", budget.rest)
    yield Text(f"{budget.quantity} = {budget.result}, {budget.where}", "lead-strong")
    yield Text("; ".join(part for part in (budget.combined, *rest) if part), "lead-soft")
    yield Table(head, rows, (3.4, 0, 0, 0, 0, 0, 0, 0), right=(1, 2, 4, 5, 6, 7), size=6.8)


def values(case: Case) -> Iterator[Block]:
    """Every value, by requirement and quantity."""
    yield Heading(1, "Annex: all values")
    yield Text(
        "The key of an operating point holds channel, mode, level, polarity, frequency, load and method; its "
        "captures are "
        "the files captures/KEY-*.capture. Order: as recorded.",
        "soft",
    )
    for one in case.page.requirements:
        found = case.of(one.text.id)
        if found:
            yield Heading(2, one.text.id, listed=False)
        groups: dict[str, list[Value]] = {}
        for value in found:
            groups.setdefault(value.quantity, []).append(value)
        for quantity, group in groups.items():
            title = f"{quantity}: {one.text.title_of(quantity)}"
            if any(isinstance(value, Judged) for value in group):
                yield Table(("Operating point", "Value ± U", "Limit", "Margin, T", "Verdict"),
                            tuple(_row(value) for value in group), (2.5, 1.4, 1.5, 0, 0.9), right=(3,), size=6.6,
                            title=title)  # fmt: skip
            else:
                rows = tuple((_key(value), result_of(value.measurement)) for value in group)
                yield Table(("Operating point", "Value ± U"), rows, (2, 2), size=6.6, title=title)


def _row(value: Value) -> tuple[Cell | str, ...]:
    if not isinstance(value, Judged):
        return _key(value), result_of(value.measurement), "", "", Outcome.DISCLOSED.value
    text = written(value.measurement, value.limit, value.decision)
    margin = signed(value.decision.margin)
    return _key(value), text.result, text.limits, margin, verdict_cell(value.decision.verdict)


def _key(value: Value) -> Cell:
    again = "" if value.attempt == 1 else f" (attempt {value.attempt})"
    return Cell(breakable(value.point.key + again, _FITS), "mono")
