"""What the terminal shows: the plan, a header, and at the end one table by requirement."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.plugin.certification import CERTIFICATION, PARTIAL, WHOLE
from harness.quantity import si
from harness.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import pytest

    from harness.certification import PlannedRow
    from harness.plugin.certification import Certification
    from harness.plugin.definitions import Definitions

_GOOD = frozenset({Outcome.PASS, Outcome.MET, Outcome.SUPPORTED, Outcome.DISCLOSED, Outcome.NOT_APPLICABLE})


def plan_lines(definitions: Definitions) -> Iterator[str]:
    """The plan for people: every judged value with T/U and the band of a healthy unit."""
    plan = definitions.plan
    yield f"plan for {definitions.profile.title} on bench {definitions.data.definition.name}"
    yield f"{len(plan.points)} operating points, {len(plan.rows)} judged values; T/U at rated points at least 6"
    yield ""
    yield f"{'quantity':28} {'point':34} {'T':>11} {'U':>11} {'T/U':>8}  certifiable band"
    for row in plan.rows:
        note = "" if row.rated else "  below 6: choose another resistor, aperture or load"
        note = note if row.decidable else "  NOT TESTED: this bench cannot decide"
        unit = row.limit.unit
        yield (
            f"{row.quantity:28} {row.point.key:34} {si(row.limit.half_width, unit):>11} "
            f"{si(row.uncertainty, unit, 3):>11} {row.capability:8.1f}  {row.certifiable}{note}"
        )
    for requirement, why in plan.not_tested:
        yield f"{requirement}: NOT TESTED: {why}"
    yield ""
    yield worst_capability(plan.rows)


def worst_capability(rows: Sequence[PlannedRow]) -> str:
    """The least T/U of the plan, in words."""
    least = min(rows, key=lambda row: row.capability)
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
        f"plan: {len(definitions.plan.points)} operating points, {len(definitions.plan.rows)} judged values, "
        + worst_capability(definitions.plan.rows),
    ]


def pytest_report_teststatus(report: pytest.TestReport, config: pytest.Config) -> tuple[str, str, str] | None:
    """In a certification, a bench fault is an E wherever in a test it struck."""
    if CERTIFICATION in config.stash and report.failed and report.when == "call":
        verdict = str(report.longrepr).split(":", 1)[0]
        letters = {"CONDITIONAL PASS": "c", "CONDITIONAL FAIL": "C", "FAIL": "F"}
        return "failed", letters.get(verdict, "E"), verdict if verdict in letters else "ERROR"
    return None


def conclude(config: pytest.Config, certification: Certification) -> None:
    """Print the table by requirement and, last of all, the verdict."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return
    write = reporter.write_line
    write("")
    if certification.judged or certification.errors:
        for line, markup in _table(certification):
            write(line, **markup)
    for sentence in _sentences(certification):
        write(f"ERROR: {sentence}", red=True)
    write("")
    _where(certification, write)
    if certification.simulated and certification.scope == PARTIAL:
        write("SIMULATED: emulated instruments or an emulated unit took part")
    text, good = _last_line(certification)
    write(text, green=good, red=not good, bold=True)


def _table(certification: Certification) -> Iterator[tuple[str, dict[str, bool]]]:
    yield f"{'requirement':22} {'outcome':18} {'judged':>9} {'worst margin':>13}  at", {"bold": True}
    for result in certification.results:
        margin = "" if result.worst_margin is None else f"{result.worst_margin:+.3f} T"
        judged = f"{result.judged}/{result.planned}"
        good = result.outcome in _GOOD
        line = f"{result.id:22} {result.outcome.value:18} {judged:>9} {margin:>13}  {result.worst_at}"
        yield line.rstrip(), {"green": good, "red": not good}
        if result.note and not good:
            yield f"{'':22} {result.note}", {"red": True}


def _sentences(certification: Certification) -> list[str]:
    noted = {result.note for result in certification.results}
    found = {text for texts in certification.errors.values() for text in texts}
    return [*certification.run_errors, *sorted(found - noted)]


def _where(certification: Certification, say: Callable[[str], None]) -> None:
    run = certification.directory.path
    if certification.bench_time_s:
        how = "simulated, " if certification.simulated else ""
        say(f"bench time: {certification.bench_time_s:.0f} s ({how}{certification.elapsed_s:.1f} s running)")
    say(f"report:   {run / 'report.html'}")
    say(f"evidence: {run}")
    for name, path in certification.beside:
        say(f"{name + ':':9} {path}")


def _last_line(certification: Certification) -> tuple[str, bool]:
    marked = "SIMULATED: " if certification.simulated else ""
    judged = sum(1 for result in certification.results if result.judged)
    total = len(certification.results)
    if certification.scope == PARTIAL:
        return f"PARTIAL: {judged} of {total} requirements judged", False
    if certification.verdict is None:
        values = (
            f"{len(certification.judged)} of {sum(result.planned for result in certification.results)} values judged"
        )
        return f"{marked}NO VERDICT: the run was ended early; {values}", False
    scope = "" if certification.scope == WHOLE else f" ({certification.scope})"
    good = certification.verdict == "PASS"
    return f"{marked}{certification.verdict}{scope}: {judged} of {total} requirements judged", good
