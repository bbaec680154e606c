"""What the terminal shows: the plan, a header, and at the end one table by requirement."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from harness.metrology import GUARD_BAND_U
from harness.plugin.certification import PARTIAL, WHOLE
from harness.plugin.session import CERTIFICATION
from harness.quantity import si
from harness.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from harness.certification import Plan, PlannedRow, RequirementOutcome
    from harness.definitions.requirements import Requirement
    from harness.plugin.certification import Certification
    from harness.plugin.definitions import Definitions

_GOOD = frozenset({Outcome.PASS, Outcome.MET, Outcome.SUPPORTED})
"""Outcomes that say something good of the unit; what was not asked of it, or only told, does not."""
_NEUTRAL = frozenset({Outcome.DISCLOSED, Outcome.NOT_APPLICABLE, Outcome.OUT_OF_SCOPE})
_EXPLAINED = frozenset({Outcome.NOT_APPLICABLE, Outcome.MET, Outcome.NOT_MET, Outcome.SUPPORTED, Outcome.OUT_OF_SCOPE})
"""Outcomes whose reason is shown though nothing is wrong, or though it decides nothing."""
_UNPLANNED = frozenset({Outcome.NOT_TESTED, Outcome.OUT_OF_SCOPE, Outcome.ERROR, Outcome.FAIL})
"""Outcomes of what was to be judged, though no value of it may have been planned in the scope of the run."""
_EXPECTED = frozenset({Outcome.DOCUMENT_DUE, Outcome.ATTENTION})
"""Outcomes that are so in every run: the trace matrix tells what they are about."""

_MINUTE_S = 60.0
_MOST_ERRORS = 20
"""So many are printed besides those that the table tells: one cause often breaks hundreds of tests."""


def plan_lines(definitions: Definitions) -> Iterator[str]:
    """The plan for people: every judged value with T/U and the band of a healthy unit, and a summary at the end."""
    plan = definitions.plan
    judged = [row for row in plan.rows if row.limit is not None]
    yield f"plan for {definitions.profile.title} on bench {definitions.data.definition.name}"
    yield from _generic_line(definitions)
    yield f"{_counts(plan)}; T/U at rated points at least 6"
    line = plan.bench_time_s(plan.in_scope("production"))
    whole = plan.bench_time_s(plan.in_scope("whole"))
    yield f"bench time: about {duration(whole)}; production selection about {duration(line)}"
    times = dict(plan.bench_times)
    for requirement in definitions.requirements:
        rows = [row for row in judged if row.requirement == requirement.id]
        if rows:
            yield ""
            yield f"{requirement.id}: {requirement.title}"
            yield f"  {'quantity':28} {'point':46} {'bench time':>10} {'T':>11} {'U':>11} {'T/U':>8}  certifiable band"
            yield from (f"  {_plan_line(row, times)}{_rule_of(row, requirement)}" for row in rows)
    yield ""
    yield f"{'requirement':28} {'values':>6} {'least T/U':>9}  where"
    for requirement in definitions.requirements:
        if requirement.rows:
            yield _summary_line(requirement.id, plan)
    yield ""
    yield worst_capability(plan.rows)


def duration(seconds: float) -> str:
    """A time for people: `46 s`, `12 min`, `3 h 11 min`."""
    if seconds < _MINUTE_S:
        return f"{seconds:.0f} s"
    minutes = round(seconds / _MINUTE_S)
    return f"{minutes} min" if minutes < _MINUTE_S else f"{minutes // 60} h {minutes % 60} min"


def _plan_line(row: PlannedRow, times: Mapping[str, float]) -> str:
    limit, uncertainty, capability = row.limit, row.uncertainty, row.capability
    if limit is None or uncertainty is None or capability is None:
        return f"{row.quantity:28} {row.point.key:46} disclosed"
    note = "" if row.rated else "  below 6: choose another resistor, aperture or load"
    note = note if row.decidable else f"  NOT TESTED: T/U below {row.least_capability:g}"
    return (
        f"{row.quantity:28} {row.point.key:46} {duration(times.get(row.point.key, 0.0)):>10} "
        f"{si(limit.half_width, limit.unit):>11} "
        f"{si(uncertainty, limit.unit, 3):>11} {capability:8.1f}  {row.certifiable}{note}"
    )


def _rule_of(planned: PlannedRow, requirement: Requirement) -> str:
    """The decision rule where it is not the one that is meant without a word."""
    row = requirement.row(planned.quantity)
    return "" if row is None or row.rule is GUARD_BAND_U else f"  rule {row.decision_rule}"


def _summary_line(requirement: str, plan: Plan) -> str:
    """How many values a requirement has, and where the bench is weakest for it; or why it has none."""
    rows = [row for row in plan.rows if row.requirement == requirement]
    missing, not_applicable, out_of_scope = (
        dict(reasons) for reasons in (plan.not_tested, plan.not_applicable, plan.out_of_scope)
    )
    why = f"NOT TESTED: {missing[requirement]}" if requirement in missing else ""
    why = f"NOT APPLICABLE: {not_applicable[requirement]}" if requirement in not_applicable else why
    why = f"OUT OF SCOPE: {out_of_scope[requirement]}" if requirement in out_of_scope else why
    least = _least(rows)
    ratio = "" if least is None else f"{least.capability or 0.0:.1f}"
    where = "disclosed" if rows and least is None else "" if least is None else f"{least.quantity} at {least.point.key}"
    short = sum(1 for row in rows if not row.decidable)
    cannot = f"{short} of {len(rows)} below what is decided: NOT TESTED" if short else ""
    said = "; ".join(part for part in (where, cannot, why) if part)
    return f"{requirement:28} {len(rows):>6} {ratio:>9}  {said}".rstrip()


def _counts(plan: Plan) -> str:
    judged = sum(1 for row in plan.rows if row.limit is not None)
    disclosed = len(plan.rows) - judged
    further = f", {disclosed} disclosed" if disclosed else ""
    return f"{len(plan.points)} operating points, {judged} judged values{further}"


def _least(rows: Sequence[PlannedRow]) -> PlannedRow | None:
    """The row with the least T/U, None where nothing is judged."""
    judged = [row for row in rows if row.capability is not None]
    return min(judged, key=lambda row: row.capability or 0.0, default=None)


def worst_capability(rows: Sequence[PlannedRow]) -> str:
    """The least T/U of the plan, in words."""
    least = _least(rows)
    if least is None or least.capability is None:
        return "nothing is judged"
    return f"least T/U {least.capability:.1f}: {least.quantity} at {least.point.key}"


def pytest_report_header(config: pytest.Config) -> list[str] | None:
    """Say what is about to be certified, and how well the bench can decide."""
    certification = config.stash.get(CERTIFICATION, None)
    if certification is None:
        return None
    # Tests run by operating point: a line for each file would break off after every letter.
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and config.get_verbosity() == 0:
        reporter.showfspath = False
    definitions = certification.definitions
    return [
        f"device: {definitions.profile.title} ({definitions.profile.name}); bench: {definitions.data.definition.name}",
        *_generic_line(definitions),
        f"plan: {_counts(definitions.plan)}, {worst_capability(definitions.plan.rows)}",
    ]


def _generic_line(definitions: Definitions) -> list[str]:
    return ["unit: generic, a healthy one made from the device profile"] if definitions.is_generic else []


def pytest_report_teststatus(report: pytest.TestReport, config: pytest.Config) -> tuple[str, str, str] | None:
    """In a certification, a bench fault is an E wherever in a test it struck."""
    if CERTIFICATION in config.stash and report.failed and report.when == "call":
        verdict = str(report.longrepr).split(":", 1)[0]
        letters = {"CONDITIONAL PASS": "c", "CONDITIONAL FAIL": "C", "FAIL": "F", "NOT TESTED": "n"}
        return "failed", letters.get(verdict, "E"), verdict if verdict in letters else "ERROR"
    return None


_TOLD: pytest.StashKey[float] = pytest.StashKey()
_STEP_S, _PART = 60.0, 0.05
"""So much less bench time has to be left before that is told again, and at least a twentieth of all."""


def tell_progress(config: pytest.Config, certification: Certification) -> None:
    """Say from time to time how much bench time is left; a quiet run is not disturbed."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or config.get_verbosity() < 0:
        return
    left, whole = certification.remaining_s, certification.definitions.plan.bench_time_s(certification.selected)
    told = config.stash.get(_TOLD, whole)
    if told - left < max(_STEP_S, _PART * whole) or not left:
        return
    config.stash[_TOLD] = left
    done = len(certification.selected & (certification.observations.keys() | certification.refused.keys()))
    reporter.ensure_newline()
    points = f"{done} of {len(certification.selected)} operating points"
    reporter.write_line(f"{points}, about {duration(left)} of bench time left")


def conclude(config: pytest.Config, certification: Certification) -> None:
    """Print the table by requirement and, last of all, the verdict."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return
    write = reporter.write_line
    write("")
    if certification.values or certification.errors:
        for line, markup in table_lines(certification.results):
            write(line, **markup)
    for sentence in _sentences(certification):
        write(f"ERROR: {sentence}", red=True)
    for sentence in certification.warnings:
        write(f"WARNING: {sentence}", yellow=True)
    write("")
    _where(certification, write)
    if certification.simulated and certification.scope == PARTIAL:
        write("SIMULATED: emulated instruments or an emulated unit took part")
    text, good = _last_line(certification)
    write(text, green=good, red=not good, bold=True)


def table_lines(results: Sequence[RequirementOutcome]) -> Iterator[tuple[str, dict[str, bool]]]:
    """The table by requirement, of those that have values of their own: each line with how it is to be printed.

    What others prove, or no bench, stands behind it in one line for each outcome, and by itself where it is not good.
    """
    yield f"{'requirement':28} {'outcome':25} {'values':>9} {'worst margin':>13}  at", {"bold": True}
    for result in results:
        if not result.measured:
            continue
        margin = "" if result.worst_margin is None else f"{result.worst_margin:+.3f} T"
        judged = f"{result.judged}/{result.planned}" if result.judged or result.planned else ""
        harmless = result.outcome in _GOOD or result.outcome in _NEUTRAL
        # Red is what stands in the way of PASS; what decides nothing is told without a colour.
        markup = {"green": result.outcome in _GOOD, "red": not harmless and result.decides}
        told = result.note if not harmless or result.outcome in _EXPLAINED else ""
        at = result.worst_at or told
        yield f"{result.id:28} {result.outcome.value:25} {judged:>9} {margin:>13}  {at}".rstrip(), markup
        if told and result.worst_at:
            yield f"{'':28} {told}", {"red": markup["red"]}
        if result.rules:
            yield f"{'':28} judged by decision rule {', '.join(result.rules)}", {}
    others = [result for result in results if not result.measured]
    if others:
        counts = Counter(result.outcome for result in others)
        told = ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in Outcome if counts[outcome])
        yield f"claims and clauses that others prove, or no bench: {told}", {"bold": True}
    for result in others:
        if result.outcome not in _GOOD and result.outcome not in _NEUTRAL and result.outcome not in _EXPECTED:
            yield f"{result.id:28} {result.outcome.value:25} {result.note}".rstrip(), {}


def _sentences(certification: Certification) -> list[str]:
    noted = {result.note for result in certification.results}
    found = {text for texts in certification.errors.values() for text in texts}
    others = sorted(found - noted)
    more = [f"{len(others) - _MOST_ERRORS} more errors stand in records.jsonl"] if len(others) > _MOST_ERRORS else []
    return [*certification.run_errors, *others[:_MOST_ERRORS], *more]


def _where(certification: Certification, say: Callable[[str], None]) -> None:
    run = certification.directory.path
    if certification.bench_time_s:
        how = "simulated, " if certification.simulated else ""
        say(f"bench time: {certification.bench_time_s:.0f} s ({how}{certification.elapsed_s:.1f} s running)")
    if certification.run_of_unit:
        say(f"unit:     {certification.run_of_unit}")
    say(f"report:   {run / 'report.html'}")
    say(f"evidence: {run}")
    for name, path in certification.beside:
        say(f"{name + ':':9} {path}")


def _last_line(certification: Certification) -> tuple[str, bool]:
    marked = "SIMULATED: " if certification.simulated else ""
    measured = [result for result in certification.results if result.measured]
    judged = sum(1 for result in measured if result.judged)
    # Where the values of one have no place on the device and its evidence speaks for it, nothing was to be judged.
    total = sum(1 for result in measured if result.planned or result.outcome in _UNPLANNED)
    if certification.scope == PARTIAL:
        return f"PARTIAL: {judged} of {total} requirements judged", False
    if certification.verdict is None:
        values = f"{len(certification.values)} of {sum(result.planned for result in measured)} values judged"
        return f"{marked}NO VERDICT: the run was ended early; {values}", False
    scope = "" if certification.scope == WHOLE else f" ({certification.scope})"
    good = certification.verdict == "PASS"
    refused = f", refused at {certification.refused_at}" if certification.refused_at else ""
    return f"{marked}{certification.verdict}{scope}: {judged} of {total} requirements judged{refused}", good
