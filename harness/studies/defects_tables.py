"""The kill table as text, as Markdown and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from harness.evidence.codec import plain
from harness.quantity import si
from harness.studies.defects_results import CAUGHT, GOOD, NOT_APPLICABLE, PASSES

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.studies.defects_results import Failing, Result

_HEAD = ("defect", "device", "status", "expected", "caught by", "first failing measurement", "margin")


def data(results: Sequence[Result]) -> dict[str, Any]:
    """All results as JSON has them."""
    return {"results": plain(tuple(results)), "survivors": [f"{each.device} {each.label}" for each in bad(results)]}


def bad(results: Sequence[Result]) -> list[Result]:
    """What the suites have not proved."""
    return [result for result in results if result.status not in GOOD]


def lines(results: Sequence[Result]) -> Iterator[str]:
    """The table, then what does not apply, then what was not caught."""
    tried = [result for result in results if result.status != NOT_APPLICABLE]
    rows = [_HEAD, *(_cells(result) for result in tried)]
    widths = [max((len(row[column]) for row in rows), default=0) for column in range(len(_HEAD))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    yield from _not_applicable(results)
    yield ""
    for result in bad(results):
        yield f"!!! {result.status.upper()}: {result.label} on {result.device}: {result.what}"
        yield f"    expected {', '.join(result.expected) or 'no failure'}; {result.why or 'nothing failed'}"
    yield summary(results)


def summary(results: Sequence[Result]) -> str:
    """One line: how many of how many."""
    caught = sum(result.status == CAUGHT for result in results)
    healthy = sum(result.status == PASSES for result in results)
    tried = [result for result in results if result.expected and result.status != NOT_APPLICABLE]
    devices = len({result.device for result in results})
    return (
        f"{caught} of {len(tried)} defects caught by a requirement that a person would name, on {devices} "
        f"device{'' if devices == 1 else 's'}; {healthy} healthy unit{'' if healthy == 1 else 's'} passed there"
    )


def markdown(results: Sequence[Result]) -> Iterator[str]:
    """The table for a page: a row for each defect on each device that has it."""
    yield "| defect | what the unit does | device | caught by | first failing measurement | margin |"
    yield "|---|---|---|---|---|---|"
    for result in results:
        if result.status == NOT_APPLICABLE:
            continue
        caught = ", ".join(f"`{name}`" for name in _named(result)) or f"**{result.status.upper()}**"
        _, device, _, _, _, failing, margin = _cells(result)
        yield f"| {result.label} | {result.what} | {device} | {caught} | {failing} | {margin} |"
    yield ""
    yield summary(results)


def _not_applicable(results: Sequence[Result]) -> Iterator[str]:
    rows = [result for result in results if result.status == NOT_APPLICABLE]
    if rows:
        yield ""
        yield "not applicable:"
    for result in rows:
        yield f"  {result.label} on {result.device}: {result.why}"


def _cells(result: Result) -> tuple[str, ...]:
    failing = result.failing
    return (
        result.label,
        result.device,
        result.status,
        ", ".join(result.expected),
        ", ".join(_named(result)),
        "" if failing is None else _measurement(failing),
        "" if failing is None else f"{failing.margin:+.3f} T",
    )


def _named(result: Result) -> list[str]:
    """Requirements that caught it; those that were expected first."""
    return sorted(result.caught, key=lambda name: name not in result.expected)


def _measurement(failing: Failing) -> str:
    value = f"{failing.quantity} = {si(failing.value, failing.unit)} ± {si(failing.expanded, failing.unit, 2)}"
    return f"{value}, {_limits(failing)}, at {failing.point}"


def _limits(failing: Failing) -> str:
    lower, upper = (None if each is None else si(each, failing.unit) for each in (failing.lower, failing.upper))
    if lower is not None and upper is not None:
        return f"limits {lower} to {upper}"
    return f"limit {'at least' if upper is None else 'at most'} {lower or upper}"
