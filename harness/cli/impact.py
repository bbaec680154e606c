"""The verb `stimcert impact`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from harness.cli.answers import NO, YES, as_json
from harness.cli.index import add_places, current_index
from harness.quantity import si

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from harness.evidence.impact import AffectedRun, Impact


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb."""
    verb = verbs.add_parser("impact", help="every verdict that rests on an instrument found out of tolerance")
    verb.add_argument(
        "--instrument", metavar="SERIAL", required=True, help="serial number; of a resistor its id or certificate"
    )
    verb.add_argument(
        "--since", metavar="DATE", required=True, help="runs that ended on that day (UTC) or later, as 2026-01-31"
    )
    add_places(verb)
    verb.add_argument("--json", action="store_true", help="answer as JSON")
    verb.set_defaults(verb=_impact)


def _impact(arguments: argparse.Namespace) -> int:
    from harness.evidence.impact import day, impact  # noqa: PLC0415 - each verb pays for its own imports

    since = day(arguments.since)
    with current_index(arguments) as index:
        found = impact(index, arguments.instrument, since)
        print(as_json(_answer(found)) if arguments.json else "\n".join(_lines(found)))
    return NO if found.runs else YES


def _answer(found: Impact) -> dict[str, Any]:
    return {
        "instrument": found.instrument,
        "since": found.since.isoformat(),
        "runs_looked_at": found.looked_at,
        "verdicts": found.verdicts,
        "disclosed": found.disclosed,
        "runs": [asdict(run) for run in found.runs],
    }


def _lines(found: Impact) -> Iterator[str]:
    for run in found.runs:
        yield from _run_lines(run)
    counts = f"{found.verdicts} verdicts and {found.disclosed} disclosed values in {len(found.runs)} runs"
    yield f"{counts} rest on {found.instrument}, of {found.looked_at} runs that ended since {found.since.isoformat()}"


def _run_lines(run: AffectedRun) -> Iterator[str]:
    mark = "SIMULATED: " if run.simulated else ""
    verdict = f"{run.verdict or 'no verdict'} ({run.scope or 'scope unknown'})"
    lot = f", lot {run.lot}" if run.lot else ""
    gone = {True: "", False: "; ITS DIRECTORY IS GONE", None: "; on another machine"}[run.there]
    yield f"{mark}{run.run}: {run.device}, unit {run.unit or 'unknown'}{lot}: {verdict}, began {run.started}{gone}"
    yield f"  {run.how}; {len(run.values)} values"
    for value in run.values:
        shown = f"{si(value.value, value.unit)} ± {si(value.expanded_uncertainty, value.unit, 2)}"
        yield f"  {value.verdict:17} {value.requirement:26} {value.quantity} = {shown} at {value.observation}"
