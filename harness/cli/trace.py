"""The verb `stimcert trace`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.cli.answers import NO, YES, as_json

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from harness.certification.trace import Matrix, TraceRow


_SAID = {
    *("id", "title", "document", "edition", "clause", "certainty"),
    *("kind", "owner", "witness", "where", "evidence"),
}
"""Fields of a requirement that stand in an answer as they are."""


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb."""
    verb = verbs.add_parser("trace", help="every requirement, and what of a run it rests on")
    verb.add_argument("runs", metavar="RUN", type=Path, nargs="+")
    verb.add_argument(
        "--today", metavar="FOLDER", type=Path, help="with requirements/ and devices/ that hold now; default: ours"
    )
    verb.add_argument("--json", action="store_true", help="answer as JSON")
    verb.set_defaults(verb=_trace)


def _trace(arguments: argparse.Namespace) -> int:
    from harness.certification.trace import trace  # noqa: PLC0415 - each verb pays for its own imports
    from harness.definitions.document import LIBRARY  # noqa: PLC0415

    matrices = [trace(run, arguments.today or LIBRARY) for run in arguments.runs]
    if arguments.json:
        print(as_json({"runs": [_answer(matrix) for matrix in matrices]}))
    else:
        for number, matrix in enumerate(matrices):
            print("\n" * min(number, 1) + "\n".join(_lines(matrix)))
    return NO if any(matrix.suspect for matrix in matrices) else YES


def _answer(matrix: Matrix) -> dict[str, Any]:
    return {
        "run": str(matrix.run),
        "device": matrix.device,
        "unit": matrix.unit,
        "verdict": matrix.verdict,
        "simulated": matrix.simulated,
        "requirements": [_row(row) for row in matrix.rows],
        "gaps": [row.requirement.id for row in matrix.gaps],
        "suspect": [row.requirement.id for row in matrix.suspect],
        "contradictions": [entry.model_dump(mode="json") for entry in matrix.contradictions],
    }


def _row(row: TraceRow) -> dict[str, Any]:
    requirement = row.requirement
    said = requirement.model_dump(mode="json", include=_SAID)
    return said | {
        "decides": requirement.decides,
        "tests": row.tests,
        "judged": row.judged,
        "planned": row.planned,
        "worst_margin": row.worst_margin,
        "outcome": row.outcome,
        "recorded_outcome": row.recorded,
        "note": row.note,
        "gap": row.gap,
        "fingerprint": row.digest,
    }


def _lines(matrix: Matrix) -> Iterator[str]:
    mark = "SIMULATED: " if matrix.simulated else ""
    yield f"{mark}{matrix.device}, unit {matrix.unit or 'unknown'}: {matrix.verdict or 'no verdict'} ({matrix.run})"
    yield f"{'requirement':28} {'outcome':25} {'values':>9} {'worst margin':>13} {'tests':>5}  kind, witness; source"
    for row in matrix.rows:
        yield from _row_lines(row)
    if matrix.contradictions:
        yield ""
        yield "where the sources contradict each other"
    for entry in matrix.contradictions:
        yield f"  {entry.topic}: {entry.one} ({entry.one_source}); {entry.other} ({entry.other_source})"
        yield f"    {entry.handling}"
    yield ""
    yield f"{len(matrix.rows)} requirements, {len(matrix.gaps)} with a gap, {len(matrix.suspect)} suspect"


def _row_lines(row: TraceRow) -> Iterator[str]:
    requirement = row.requirement
    values = f"{row.judged}/{row.planned}" if row.judged or row.planned else ""
    margin = "" if row.worst_margin is None else f"{row.worst_margin:+.3f} T"
    source = f"{requirement.document}, {requirement.clause} [{requirement.certainty}]"
    where = ", simulation only" if requirement.where == "simulation" else ""
    about = f"{requirement.kind}, {' and '.join(requirement.witness)}{where}; {source}"
    yield f"{requirement.id:28} {row.outcome:25} {values:>9} {margin:>13} {len(row.tests):>5}  {about}"
    if row.note:
        yield f"{'':28} {row.note}"
    if row.gap and row.gap != row.note:
        yield f"{'':28} gap: {row.gap}"
