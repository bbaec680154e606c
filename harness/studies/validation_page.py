"""The validation record as a page and as data."""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from typing import TYPE_CHECKING

from harness.evidence.codec import plain, readable
from harness.studies.validation import Status

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from harness.studies.validation import Part
    from harness.studies.validation_requirements import Held

INTENDED_USE = (
    "stimcert drives a microcurrent stimulator and bench instruments, derives quantities with their uncertainty, and "
    "judges them against stated limits. Its records support a decision on a unit; they do not take it."
)

RISKS = (
    ("measurands and budgets", "high", "a wrong value or a U that is too small lets a unit out that does not conform"),
    ("decision rules and verdicts", "high", "a wrong PASS lets a unit out that does not conform"),
    ("instruments and bench", "high", "a value of something else, or of an instrument out of calibration, is judged"),
    ("evidence, signatures, recompute", "high", "a changed record is believed"),
    ("reports and dossier", "moderate", "a number is read wrongly; the records stay right"),
    ("simulation", "moderate", "a defect is not tried; no unit is judged by it"),
)
"""Feature, risk, and what a wrong answer of it would do."""

_STYLE = (
    "body{font:15px/1.45 sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#111}"
    "table{border-collapse:collapse;width:100%}td,th{border:1px solid #999;padding:.3rem .5rem;text-align:left;"
    "vertical-align:top;overflow-wrap:anywhere}li{overflow-wrap:anywhere}"
    ".sign td{height:2.2rem}.not-good{color:#a00;font-weight:bold}.not-done{color:#850;font-weight:bold}"
)


def write(folder: Path, parts: Sequence[Part], held: Sequence[Held]) -> None:
    """Write `record.html` and `record.json` into a folder."""
    when = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    data = {
        "schema": 1,
        "written": when,
        "intended_use": INTENDED_USE,
        "risks": [{"feature": name, "risk": level, "wrong": wrong} for name, level, wrong in RISKS],
        "parts": [{**plain(each), "status": each.status.value} for each in parts],
        "requirements": [{**plain(each), "status": each.status.value} for each in held],
        "conclusion": None,
    }
    (folder / "record.json").write_bytes(readable(data))
    (folder / "record.html").write_text("\n".join(_page(when, parts, held)), encoding="utf-8", newline="\n")


def _page(when: str, parts: Sequence[Part], held: Sequence[Held]) -> Iterable[str]:
    yield f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Validation of stimcert</title><style>{_STYLE}'
    yield f"</style><h1>Validation of stimcert</h1><p>Written {when}.</p>"
    yield f"<h2>Intended use</h2><p>{escape(INTENDED_USE)}</p><h2>Risk of each feature</h2>"
    yield from _table(("feature", "risk", "what a wrong answer would do"), RISKS)
    yield "<h2>What was tested</h2>"
    yield from _table(("part", "result", "how"), ((each.title, each.status, each.how) for each in parts))
    for each in parts:
        yield from _of_part(each)
    yield "<h2>Requirements of the harness</h2><p>The fifteen ways to a wrong PASS, and the tests that hold each.</p>"
    rows = ((str(each.number), each.what, "\n".join(each.tests), each.status, each.why) for each in held)
    yield from _table(("", "has to hold", "tests", "result", "why"), rows)
    yield "<h2>Issues found</h2>"
    issues = [f"{each.title}: {issue}" for each in parts for issue in each.issues]
    issues += [f"requirement {each.number}: {each.why}" for each in held if each.status is Status.NOT_GOOD]
    yield from _list(issues or ["none in what was done"])
    yield "<h2>Not done</h2>"
    undone = [f"{each.title}: {each.command}" for each in parts if each.status is Status.NOT_DONE]
    undone += [f"requirement {each.number}: {each.why}" for each in held if each.status is Status.NOT_DONE]
    yield from _list(undone or ["nothing of this list"])
    yield "<h2>Conclusion</h2><p>No program draws it. To be written by a person who has read the above:</p>"
    yield '<table class="sign"><tr><th>fit for the intended use: yes / no / with limits</th><td></td></tr>'
    yield from (f"<tr><th>{line}</th><td></td></tr>" for line in ("tested by, date", "reviewed and approved by, date"))
    yield "</table></html>"


def _of_part(each: Part) -> Iterable[str]:
    yield f"<h3>{escape(each.title)}: {_cell(each.status)}</h3><p>Command: <code>{escape(each.command)}</code></p>"
    yield from _list(each.found)
    yield from _list(f"issue: {issue}" for issue in each.issues)
    if each.evidence:
        yield f"<p>Evidence: {escape(each.evidence)}</p>"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str | Status, ...]]) -> Iterable[str]:
    yield f"<table><tr>{''.join(f'<th>{escape(name)}</th>' for name in head)}</tr>"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{_cell(cell)}</td>' for cell in row)}</tr>"
    yield "</table>"


def _cell(cell: str | Status) -> str:
    if isinstance(cell, Status):
        return f'<span class="{cell.value.replace(" ", "-")}">{cell.value}</span>'
    return escape(cell).replace("\n", "<br>")


def _list(lines: Iterable[str]) -> Iterable[str]:
    items = [f"<li>{escape(line)}</li>" for line in lines]
    if items:
        yield f"<ul>{''.join(items)}</ul>"
