"""What went otherwise than planned, and what a reader could take for more than it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.evidence import EARLIER
from harness.verdict import Outcome, Verdict
from reports.dossier.blocks import Block, Bullets, Cell, Heading, Table, Text, breakable
from reports.dossier.summary import margin_row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from reports.dossier.case import Case

_MOST = 40


def chapter(case: Case) -> Iterator[Block]:
    """Deviations, repeats, conditional verdicts, out-of-scope claims, contradictions."""
    yield Heading(1, "Deviations, repeats and claims out of scope")
    yield Heading(2, "Deviations")
    yield Bullets(tuple(_deviations(case)) or ("None: the run went as planned.",))
    problems = case.page.problems
    if problems:
        yield Heading(2, "All that stands in the way of PASS")
        yield Bullets(problems)
    yield Heading(2, "Repeated attempts")
    yield Bullets(case.page.attempts or ("None: every value rests on the first attempt.",))
    yield Heading(2, "Conditional and failing verdicts")
    yield from _verdicts(case)
    yield Heading(2, "Claims and clauses out of scope, and documents that are due")
    yield from _out_of_scope(case)
    if case.contents.contradictions:
        yield Heading(2, "Where the sources contradict each other")
        rows = tuple(
            (
                one.topic,
                Cell(one.one, "plain", one.one_source),
                Cell(one.other, "plain", one.other_source),
                one.handling,
            )
            for one in case.contents.contradictions
        )
        yield Table(("About", "One says", "Another says", "Handled"), rows, (1, 1.6, 1.6, 1.6), size=7.2)


def _deviations(case: Case) -> Iterator[str]:
    state, recorded = case.contents.state, case.contents.recorded
    if not recorded.ended:
        yield "The run never ended: it was killed, or it still lasts."
    if state.scope != "whole":
        yield f"The scope of the run is {state.scope}: not the whole plan was run."
    yield from (f"Error: {text}" for text in dict.fromkeys((*state.errors, *(e.error for e in recorded.errors))))
    for event in recorded.bench_events:
        if event.kind not in {"safe-state", EARLIER}:
            yield f"{event.kind}: {event.text}"
    apart = [one.text for one in recorded.comparisons if not one.agrees]
    yield from (f"Instruments disagreed: {text}" for text in apart[:_MOST])
    if len(apart) > _MOST:
        yield f"{len(apart) - _MOST} more disagreements stand in the records."


def _verdicts(case: Case) -> Iterator[Block]:
    found = [value for value in case.contents.recorded.judged if value.decision.verdict is not Verdict.PASS]
    if not found:
        yield Text("None: every judged value is PASS.")
        return
    ranked = sorted(found, key=lambda value: (-value.decision.verdict.value, value.decision.margin))
    head = ("Requirement, quantity", "Value ± U", "Limit", "Margin", "Risk", "Verdict")
    yield Table(
        head, tuple(margin_row(value) for value in ranked[:_MOST]), (2.2, 1.5, 1.4, 0, 0, 0), right=(3, 4), size=7.2
    )
    if len(ranked) > _MOST:
        yield Text(f"{len(ranked) - _MOST} more stand in the annex of all values.", "soft")


def _out_of_scope(case: Case) -> Iterator[Block]:
    wanted = (Outcome.OUT_OF_SCOPE, Outcome.DOCUMENT_DUE, Outcome.NOT_TESTED, Outcome.NOT_SUPPORTED, Outcome.NOT_MET)
    pages = (*case.page.requirements, *case.page.others)
    rows = [
        (Cell(breakable(one.text.id), "strong", one.text.title), one.outcome, one.text.text, one.note)
        for outcome in wanted
        for one in pages
        if one.outcome == outcome.value
    ]
    if rows:
        yield Table(("Requirement", "Outcome", "It says", "Why"), tuple(rows), (1.3, 1, 2.3, 1.6), size=7.2)
    else:
        yield Text("None.")
