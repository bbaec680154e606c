"""The verb `stimcert compare RUN RUN`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.cli.answers import NO, YES, as_json
from harness.quantity import si

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from harness.lots.comparison import Compared, Comparison
    from harness.lots.runs import RunFacts

_MOST_ALONE = 10


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb."""
    verb = verbs.add_parser("compare", help="what differs between two runs by more than its uncertainty")
    verb.add_argument("first", metavar="RUN", type=Path, help="the one, or what came before")
    verb.add_argument("second", metavar="RUN", type=Path, help="the other, or what came after")
    verb.add_argument("--json", action="store_true", help="answer as JSON")
    verb.set_defaults(verb=_compare, page=None, html=None)


def _compare(arguments: argparse.Namespace) -> int:
    from harness.lots.comparison import compare  # noqa: PLC0415 - each verb pays for its own imports

    found = compare(arguments.first, arguments.second)
    if arguments.html is not None and arguments.page is not None:
        arguments.page(found, arguments.html)
    if arguments.json:
        print(as_json(_answer(found)))
    else:
        for line in _lines(found):
            print(line)
    return YES if found.same else NO


def _answer(found: Comparison) -> dict[str, Any]:
    from harness.lots.comparison import ASSUMPTIONS  # noqa: PLC0415

    return {
        "first": asdict(found.first),
        "second": asdict(found.second),
        "assumptions": ASSUMPTIONS,
        "same": found.same,
        "compared": len(found.values),
        "changed": len(found.changed),
        "outcomes": [{"requirement": name, "first": one, "second": two} for name, one, two in found.outcomes],
        "values": [asdict(value) for value in found.values],
        "alone": [asdict(value) for value in found.alone],
    }


def _lines(found: Comparison) -> Iterator[str]:
    from harness.lots.comparison import ASSUMPTIONS  # noqa: PLC0415

    yield f"first:  {_facts(found.first)}"
    yield f"second: {_facts(found.second)}"
    yield ASSUMPTIONS
    for value in found.changed:
        yield from _value_lines(value)
    for value in found.verdicts_differ:
        if value.status == "same":
            yield f"{_name(value)}: {value.first_verdict} -> {value.second_verdict}, within its uncertainty the same"
    for name, one, other in found.outcomes:
        yield f"{name}: {one} -> {other}"
    for lone in found.alone[:_MOST_ALONE]:
        yield f"only in {lone.run}: {lone.requirement}: {lone.quantity} at {lone.observation}: {lone.verdict}"
    if len(found.alone) > _MOST_ALONE:
        yield f"and {len(found.alone) - _MOST_ALONE} more values in one run only"
    counts = f"{len(found.values)} values compared: {len(found.changed)} differ by more than their uncertainty"
    yield f"{counts}, {len(found.verdicts_differ)} have another verdict; {len(found.alone)} stand in one run only"


def _facts(run: RunFacts) -> str:
    mark = "SIMULATED: " if run.simulated else ""
    firmware = f", firmware {run.firmware}" if run.firmware else ""
    verdict = f"{run.verdict or 'no verdict'} ({run.scope})"
    return f"{mark}{run.name}: {run.device}, unit {run.unit or 'unknown'}{firmware}, {run.started}: {verdict}"


def _name(value: Compared) -> str:
    return f"{value.requirement}: {value.quantity} at {value.observation}"


def _value_lines(value: Compared) -> Iterator[str]:
    verdicts = (
        value.first_verdict
        if value.first_verdict == value.second_verdict
        else f"{value.first_verdict} -> {value.second_verdict}"
    )
    yield f"{_name(value)}: {verdicts}"
    first = f"{si(value.first, value.unit, 6)} -> {si(value.second, value.unit, 6)}"
    difference = f"{si(value.difference, value.unit)} ± {si(value.expanded_uncertainty, value.unit, 2)}"
    alone = si(value.independent_uncertainty, value.unit, 2)
    yield f"    {first}; difference {difference} (± {alone} if nothing were common), {value.ratio:.1f} U"
    for note in value.notes:
        yield f"    {note}"
