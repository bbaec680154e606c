"""The trace matrix as the page of a run shows it: every requirement a row, with what it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.verdict import Outcome
from reports.page import NOT_DECIDED, RequirementPage

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from reports.contents import Contents
    from reports.inputs import RequirementText
    from reports.page import Page

_GAPS = frozenset({Outcome.NOT_TESTED.value, Outcome.DOCUMENT_DUE.value, Outcome.SUSPECT.value, NOT_DECIDED})
_NOT_ASKED = frozenset({Outcome.NOT_APPLICABLE.value, Outcome.OUT_OF_SCOPE.value})


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One row of the matrix.

    Attributes:
        one: the requirement, as the page has it.
        about: kind, who has to meet it, who saw it.
        tests: names of the suites' tests, its own and those of its evidence.
        values: judged and planned, its own and those of its evidence.
        gap: nothing, or not enough, rests under it.
    """

    one: RequirementPage
    about: str
    tests: tuple[str, ...]
    values: str
    gap: bool


def trace_of(contents: Contents, page: Page) -> tuple[TraceLine, ...]:
    """The matrix of a run, in the order of its requirement files."""
    pages = {one.text.id: one for one in (*page.requirements, *page.others)}
    order = [text.id for text in contents.requirements] or list(pages)
    texts = {text.id: text for text in contents.requirements}
    return tuple(_line(pages[name], texts, contents) for name in order)


def _line(one: RequirementPage, texts: Mapping[str, RequirementText], contents: Contents) -> TraceLine:
    text = one.text
    near = tuple(_near(text, texts))
    parts = (text.kind, f"of the {text.owner}" if text.owner else "", text.witness, _where(text))
    tests = tuple(dict.fromkeys(_name(test) for name in near for test in contents.recorded.tests.get(name, ())))
    untested = not tests and one.outcome not in _NOT_ASKED
    return TraceLine(
        one=one,
        about=", ".join(part for part in parts if part),
        tests=tests,
        values=f"{one.judged} / {one.planned}" if one.judged or one.planned else "",
        gap=one.outcome in _GAPS or (untested and bool(contents.recorded.tests)),
    )


def _near(text: RequirementText, texts: Mapping[str, RequirementText]) -> Iterator[str]:
    """The requirement and all that prove it."""
    found = [text.id]
    for name in found:
        yield name
        found += [proof for proof in (texts[name].evidence if name in texts else ()) if proof not in found]


def _where(text: RequirementText) -> str:
    return "simulation only" if text.where == "simulation" else ""


def _name(test: str) -> str:
    return test.rpartition("::")[2]
