"""`stimcert recompute RUN --with NEW_REQUIREMENTS`: what the verb says of a run that was judged again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.cli.answers import NO, YES, as_json
from harness.quantity import si

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from harness.certification.rejudge import Rejudged, Rejudgement
    from harness.evidence import Value


def rejudge_run(arguments: argparse.Namespace) -> int:
    """Judge again, keep both results, and say what comes out otherwise: 1 where a verdict does."""
    from harness.certification.rejudge import rejudge  # noqa: PLC0415 - each verb pays for its own imports
    from harness.certification.rejudged_files import answer, keep  # noqa: PLC0415

    found = rejudge(arguments.run, arguments.requirements)
    kept = keep(found, arguments.output)
    if arguments.json:
        print(as_json({**answer(found), "kept": str(kept)}))
    else:
        for line in _lines(found):
            print(line)
        print(f"both results: {kept}")
    return NO if found.verdicts_differ else YES


def _lines(found: Rejudgement) -> Iterator[str]:
    if found.simulated:
        yield "SIMULATED: emulated instruments or an emulated unit took part"
    for value in found.values:
        if value.differs:
            yield from _value_lines(value)
    for change in found.outcomes:
        if change.before != change.after:
            yield f"{change.requirement}: {change.before} -> {change.after}{f'; {change.note}' if change.note else ''}"
    values = sum(1 for value in found.values if value.differs)
    verdicts = sum(1 for value in found.values if value.verdict_differs)
    yield f"{len(found.values)} values judged again: {values} differ, {verdicts} of them in their verdict"
    versions = sorted({value.version for value in found.values if value.version})
    yield from (f"by another version: {version}" for version in versions)
    yield f"verdict of the run: {found.verdict_before or 'none'} -> {found.verdict_after or 'none'}"


def _value_lines(value: Rejudged) -> Iterator[str]:
    one, other = value.labels
    yield f"{value.requirement}: {value.quantity} at {value.point.key}: {one} -> {other}"
    if value.before is not None and value.after is not None:
        yield f"    {_said(value.before)}"
        yield f"    {_said(value.after)}"
    if value.version:
        yield f"    {value.version}"
    if value.note:
        yield f"    {value.note}"


def _said(value: Value) -> str:
    from harness.evidence import Judged  # noqa: PLC0415

    measurement = value.measurement
    unit = measurement.unit
    text = f"{si(measurement.value, unit, 6)} ± {si(measurement.expanded_uncertainty, unit, 3)}"
    if not isinstance(value, Judged):
        return text
    bounds = [(word, bound) for word, bound in (("at least", value.limit.lower), ("at most", value.limit.upper))]
    limits = " and ".join(f"{word} {si(bound, unit, 6)}" for word, bound in bounds if bound is not None)
    return f"{text}; {limits}; margin {value.decision.margin:+.3f} T, {value.decision.rule}"
