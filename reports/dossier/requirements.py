"""The trace matrix, and each requirement with what was taken for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.evidence import Judged
from harness.verdict import Outcome
from reports.dossier.blocks import Block, Cell, Heading, Table, Text, breakable
from reports.dossier.risk import RULES, risk_text
from reports.dossier.summary import anchor_of, verdict_cell
from reports.text import result_of, signed, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.evidence import Value
    from reports.dossier.case import Case
    from reports.page import RequirementPage
    from reports.trace import TraceLine

_MOST_TESTS = 3


def trace(case: Case) -> Iterator[Block]:
    """Every requirement a row; gaps are rows too, and marked."""
    yield Heading(1, "Trace matrix")
    asked = [line for line in case.trace if line.one.outcome != Outcome.NOT_APPLICABLE.value]
    gaps = sum(1 for line in asked if line.gap)
    yield Text(
        f"{len(asked)} requirements that apply to this device; {gaps} of them are gaps, marked GAP: nothing, or "
        "not enough, "
        "rests under them. A value is judged or disclosed; 3 / 4 says three of four planned ones. Certainty tells "
        "how far "
        "the text of a requirement was checked against its source.",
        "soft",
    )
    head = ("Requirement", "Source, certainty", "Outcome", "Values", "Margin", "Rests on")
    yield Table(head, tuple(_line(line) for line in asked), (1.8, 2.3, 1.3, 0, 0, 1.7), right=(3, 4), size=7)
    yield from _not_applicable(case)


def _line(line: TraceLine) -> tuple[Cell | str, ...]:
    one, text = line.one, line.one.text
    link = anchor_of(text.id) if one.tables else ""
    outcome = f"GAP: {one.outcome}" if line.gap else one.outcome
    style = "strong" if line.gap or one.in_the_way else "plain"
    tests = [
        *line.tests[:_MOST_TESTS],
        *([f"and {len(line.tests) - _MOST_TESTS} more"] if len(line.tests) > _MOST_TESTS else []),
    ]
    rests = ", ".join(text.evidence) or ", ".join(tests)
    return (
        Cell(breakable(text.id), "strong", text.title, link),
        Cell(text.source, "plain", f"{text.certainty}; {line.about}" if text.certainty else line.about),
        Cell(outcome, style, "" if one.tables or one.note.startswith("by ") else one.note),
        line.values,
        one.margin,
        breakable(rests) or "nothing",
    )


def _not_applicable(case: Case) -> Iterator[Block]:
    """What the device does not have, by the reason."""
    reasons: dict[str, list[str]] = {}
    for line in case.trace:
        if line.one.outcome == Outcome.NOT_APPLICABLE.value:
            reasons.setdefault(line.one.note, []).append(line.one.text.id)
    if reasons:
        rows = tuple((reason, ", ".join(names)) for reason, names in reasons.items())
        yield Table(("Not applicable, because", "Requirements"), rows, (1.2, 2.4), size=7.2,
                    title="Requirements that do not apply to this device")  # fmt: skip


def chapter(case: Case) -> Iterator[Block]:
    """Each requirement with values of its own: source, limit, worst value of each quantity."""
    yield Heading(1, "Requirements")
    yield from _rules(case)
    for one in case.page.requirements:
        if one.tables:
            yield from _requirement(one, case.of(one.text.id))


def _rules(case: Case) -> Iterator[Block]:
    used = {value.decision.rule for value in case.contents.recorded.judged}
    rows = tuple(rule for rule in RULES if rule[0] in used)
    if rows:
        head = ("Decision rule", "Guard band", "From", "A unit exactly at its limit passes by")
        yield Table(head, rows, (1, 0.8, 1.9, 1.9), title="Decision rules of this run")
    yield Text(
        "PASS: inside every limit by the guard band w. CONDITIONAL PASS: inside by less. CONDITIONAL FAIL: outside "
        "by no "
        "more than w. FAIL: farther out. The risk printed beside a value is the probability that its true value lies "
        "beyond a limit, nothing else being known (JCGM 106:2012, 7 and 9.3): normal, with the larger of u and U / "
        "2. Of "
        "each quantity the value with the worst verdict and the least margin is shown; all values stand in the "
        "annex. The "
        "key of an operating point is the beginning of the names of its captures.",
        "soft",
    )


def _requirement(one: RequirementPage, values: Sequence[Value]) -> Iterator[Block]:
    text = one.text
    yield Heading(2, f"{text.id}: {one.outcome}", anchor_of(text.id), listed=False)
    yield Text(f"{text.title}. {text.text}" if text.title else text.text, "lead")
    facts = [f"Source: {text.source or 'not known'}"]
    facts.append(f"kind: {text.kind or 'not known'}; certainty: {text.certainty or 'not known'}")
    facts.append(f"values: {one.judged} of {one.planned} planned")
    if one.note:
        facts.append(f"note: {one.note}")
    yield Text("; ".join(facts) + ".", "lead-soft")
    judged: dict[str, list[Judged]] = {}
    told: dict[str, list[Value]] = {}
    for value in values:
        if isinstance(value, Judged):
            judged.setdefault(value.quantity, []).append(value)
        else:
            told.setdefault(value.quantity, []).append(value)
    if judged:
        head = ("Quantity, worst at", "Value ± U", "Limit, accepted", "Margin", "Risk", "Verdict")
        rows = tuple(_judged(one, group) for group in judged.values())
        yield Table(head, rows, (2.3, 1.4, 1.7, 0, 0, 0), right=(3, 4), size=7.2)
    if told:
        rows = tuple(_disclosed(one, group) for group in told.values())
        yield Table(("Disclosed quantity", "Smallest ± U", "Largest ± U"), rows, (2, 1.6, 1.6), size=7.2)


def _judged(one: RequirementPage, group: Sequence[Judged]) -> tuple[Cell | str, ...]:
    worst = min(group, key=lambda value: (-value.decision.verdict.value, value.decision.margin))
    text = written(worst.measurement, worst.limit, worst.decision)
    title = f"{one.text.title_of(worst.quantity)} ({len(group)})"
    where = breakable(f"{worst.quantity} at {worst.point.key}")
    captures = captures_text(worst)
    return (
        Cell(title, "strong", f"{where}{captures}"),
        Cell(text.result, "plain", f"k = {worst.measurement.coverage_factor:.2f}"),
        Cell(text.limits, "plain", f"{text.acceptance} by {worst.decision.rule}"),
        f"{signed(worst.decision.margin)} T",
        risk_text(worst),
        verdict_cell(worst.decision.verdict),
    )


def captures_text(value: Value) -> str:
    """Which captures a value rests on, without what their names share; empty where none."""
    prefix = f"{value.point.key}-"
    names = [name.removeprefix(prefix) for name in value.measurement.captures if name.startswith(prefix)]
    return f"; captures {', '.join(names)}" if names else "; multimeter readings"


def _disclosed(one: RequirementPage, group: Sequence[Value]) -> tuple[Cell | str, ...]:
    ranked = sorted(group, key=lambda value: value.measurement.value)
    low, high = ranked[0], ranked[-1]
    return (
        Cell(f"{one.text.title_of(low.quantity)} ({len(group)})", "strong", breakable(low.quantity)),
        Cell(result_of(low.measurement), "plain", breakable(low.point.key)),
        Cell(result_of(high.measurement), "plain", breakable(high.point.key)),
    )
