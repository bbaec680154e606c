"""A dossier put together: the chapters of one run, or of several one behind the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from reports.dossier import (
    annex,
    deviations,
    fda_output,
    fda_unit,
    identity,
    plots,
    requirements,
    signing,
    summary,
    tracings,
)
from reports.dossier.blocks import Block, Break, Cell, Heading, Table, Text, folded, legible, plain
from reports.page import moment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from reports.dossier.case import Case

_RUNNING, _FOOTING = 80, 80
"""Letters of names in the lines at the head and foot of each page."""
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Contents:
    """Where the table of contents stands.

    Attributes:
        whole: it fits on a page, and is kept there.
    """

    whole: bool


def data_of(cases: Sequence[Case]) -> dict[str, Any]:
    """What the template is given, as JSON."""
    first = cases[0].contents
    simulated = any(case.contents.simulated for case in cases)
    units = dict.fromkeys(case.contents.state.unit or "no unit" for case in cases)
    title = f"Dossier: {first.device_title or first.state.device}, {', '.join(units)}"
    blocks = _one(cases[0]) if len(cases) == 1 else _several(cases)
    made = f"made by stimcert {version('stimcert')} with Typst {version('typst')}"
    return {
        "title": legible(f"SIMULATED. {title}" if simulated else title),
        "author": legible(first.state.operator or "operator not given"),
        "subject": "Evidence of a certification run",
        "keywords": [f"stimcert {version('stimcert')}", f"typst {version('typst')}"],
        "date": _date(cases),
        "simulated": simulated,
        "running": legible(folded(title[:_RUNNING])),
        "footing": legible(folded(f"{', '.join(case.contents.run.name for case in cases)[:_FOOTING]}; {made}")),
        "blocks": [plain(block) for block in blocks],
    }


def _date(cases: Sequence[Case]) -> dict[str, int]:
    """When the latest of the runs ended: the document's date follows from the evidence, never from the clock."""
    moments = [_moment(case.contents.state.ended or case.contents.state.started) for case in cases]
    latest = max(moments)
    names = ("year", "month", "day", "hour", "minute", "second")
    return {name: getattr(latest, name) for name in names}


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return _EARLIEST
    return found.astimezone(UTC) if found.tzinfo is not None else found.replace(tzinfo=UTC)


def _one(case: Case) -> Iterator[Block | Contents]:
    yield from summary.chapter(case)
    yield Contents(whole=True)
    yield from _rest(case)


def _rest(case: Case) -> Iterator[Block]:
    """Everything behind the summary; each chapter begins on a page of its own."""
    for chapter in (
        identity.chapter(case),
        _fda(case),
        requirements.trace(case),
        requirements.chapter(case),
        plots.chapter(case),
        deviations.chapter(case),
        signing.chapter(case),
        annex.budgets(case),
        annex.values(case),
    ):
        yield Break()
        yield from chapter


def _fda(case: Case) -> Iterator[Block]:
    yield Heading(1, "Tables of FDA's guidance")
    yield Text(fda_unit.NOTE, "note")
    yield from fda_unit.chapter(case)
    yield from fda_output.chapter(case)
    yield from tracings.chapter(case)


def _several(cases: Sequence[Case]) -> Iterator[Block | Contents]:
    """A page about all runs, then each run with all of its chapters a level deeper."""
    yield Heading(1, "Summary of the runs")
    yield Text(f"{len(cases)} runs. Each has a verdict of its own; together they have none.")
    rows = tuple(
        (
            Cell(case.contents.run.name, "strong", moment(case.contents.state.started), f"run-{number}"),
            f"{case.contents.device_title or case.contents.state.device}, {case.contents.state.unit or 'no unit'}",
            case.headline,
            case.page.summary,
        )
        for number, case in enumerate(cases, start=1)
    )
    yield Table(("Run", "Device, unit", "Verdict", "Scope"), rows, (1.3, 1.5, 0.8, 2.2))
    yield Contents(whole=False)
    for number, case in enumerate(cases, start=1):
        yield Break()
        yield Heading(1, f"Run {number}: {case.contents.run.name}", f"run-{number}")
        for block in (*summary.chapter(case), *_rest(case)):
            yield _deeper(block, number)


def _deeper(block: Block, number: int) -> Block:
    """A level deeper, and with names that no other run has."""
    if isinstance(block, Heading):
        anchor = f"{number}-{block.anchor}" if block.anchor else ""
        return replace(block, level=block.level + 1, anchor=anchor)
    if isinstance(block, Table):
        return replace(block, rows=tuple(tuple(_renamed(cell, number) for cell in row) for row in block.rows))
    return block


def _renamed(cell: Cell | str, number: int) -> Cell | str:
    return replace(cell, link=f"{number}-{cell.link}") if isinstance(cell, Cell) and cell.link else cell
