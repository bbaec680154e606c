"""What the page of a run says, in words: everything that its template prints, computed from the records."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from harness.verdict import Outcome, Verdict, worst
from reports.budgets import Budget, hardest_budgets
from reports.contents import UNIT
from reports.inputs import RequirementText
from reports.text import point_text, signed, times, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from harness.evidence import Judged
    from reports.contents import Contents

_NEVER_BLOCKING = frozenset(
    outcome.value
    for outcome in (Outcome.PASS, Outcome.MET, Outcome.SUPPORTED, Outcome.DISCLOSED, Outcome.NOT_APPLICABLE)
)
_BY_BADNESS = (
    "FAIL", "ERROR", "CONDITIONAL FAIL", "CONDITIONAL PASS", "NOT TESTED", "SUSPECT",
)  # fmt: skip
NOT_DECIDED = "NOT DECIDED"
PRODUCTION, PARTIAL, WHOLE = "production", "partial", "whole"


@dataclass(frozen=True, slots=True)
class Row:
    """One judged value in the table of its requirement."""

    quantity: str
    level: str
    polarity: str
    load: str
    result: str
    coverage_factor: str
    limits: str
    acceptance: str
    margin: str
    verdict: str
    passed: bool


@dataclass(frozen=True, slots=True)
class RequirementPage:
    """One requirement with everything that was judged by it."""

    text: RequirementText
    outcome: str
    good: bool
    judged: int
    planned: int
    margin: str
    worst_at: str
    note: str
    rows: tuple[Row, ...]
    budgets: tuple[Budget, ...]


@dataclass(frozen=True, slots=True)
class Instrument:
    """One line of the table of those who answered."""

    role: str
    name: str
    serial_number: str
    firmware: str
    certificate: str
    due: str


@dataclass(frozen=True, slots=True)
class Page:
    """The page of a run.

    Attributes:
        headline: the verdict, or why there is none.
        good: the verdict is PASS.
        summary: scope and counts.
        problems: what stands in the way of PASS, the worst first.
        facts: names and values.
        requirements: in the order of their files.
        instruments: those who answered.
        attempts: observations that were taken more than once.
    """

    headline: str
    good: bool
    summary: str
    problems: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    requirements: tuple[RequirementPage, ...]
    instruments: tuple[Instrument, ...]
    attempts: tuple[str, ...]


def page_of(contents: Contents) -> Page:
    """Say in words what a run holds."""
    requirements = tuple(_requirement(text, contents) for text in _requirements(contents))
    headline = _headline(contents)
    judged = sum(1 for requirement in requirements if requirement.judged)
    planned = len(contents.planned)
    counts = f"{judged} of {times(len(requirements), 'requirement')} judged"
    counts += f", {len(contents.recorded.judged)} of {times(planned, 'planned value')}"
    return Page(
        headline=headline,
        good=headline == Verdict.PASS.label,
        summary=f"{_scope(contents)}: {counts}",
        problems=tuple(_problems(contents, requirements)),
        facts=tuple(_facts(contents)),
        requirements=requirements,
        instruments=tuple(_instruments(contents)),
        attempts=tuple(
            f"{key}: taken {number} times; the last decides"
            for key, number in contents.recorded.attempts.items()
            if number > 1
        ),
    )


def moment(text: str | None) -> str:
    """A point in time for people, in UTC."""
    if not text:
        return "not recorded"
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        return text
    return when.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _headline(contents: Contents) -> str:
    state = contents.state
    if state.verdict is not None:
        return state.verdict
    if not contents.recorded.ended:
        return "NOT ENDED"
    return "PARTIAL" if state.scope == PARTIAL else "NO VERDICT"


def _scope(contents: Contents) -> str:
    scope = contents.state.scope
    return {PRODUCTION: "production selection", PARTIAL: "a part of the plan", WHOLE: "whole plan"}.get(
        scope, f"scope {scope}"
    )


def _requirements(contents: Contents) -> list[RequirementText]:
    """Those of the input files, and those that only the records name."""
    known = {text.id for text in contents.requirements}
    named = [value.requirement for value in contents.recorded.judged] + [one.id for one in contents.state.decided]
    return [*contents.requirements, *(RequirementText(name) for name in dict.fromkeys(named) if name not in known)]


def _requirement(text: RequirementText, contents: Contents) -> RequirementPage:
    judged = [value for value in contents.recorded.judged if value.requirement == text.id]
    planned = [row for row in contents.planned if row.requirement == text.id]
    decided = next((one for one in contents.state.decided if one.id == text.id), None)
    outcome = decided.outcome if decided is not None else NOT_DECIDED
    hardest = min(judged, key=lambda value: value.decision.margin, default=None)
    return RequirementPage(
        text=text,
        outcome=outcome,
        good=outcome in _NEVER_BLOCKING,
        judged=len(judged),
        planned=len(planned),
        margin="" if hardest is None else f"{signed(hardest.decision.margin)} T",
        worst_at="" if hardest is None else f"{hardest.quantity}, {point_text(hardest.point)}",
        note=_note(text, outcome, judged, contents),
        rows=tuple(_row(value) for value in judged),
        budgets=hardest_budgets(judged),
    )


def _note(text: RequirementText, outcome: str, judged: Sequence[Judged], contents: Contents) -> str:
    """Why an outcome is what it is, from the records."""
    errors = [error.error for error in contents.recorded.errors if error.requirement == text.id]
    missing = [why for name, why in contents.recorded.not_tested if name == text.id]
    if not judged:
        return (errors + missing + ["no value was judged"])[0]
    found = worst([value.decision.verdict for value in judged])
    hardest = min(
        (value for value in judged if value.decision.verdict is found), key=lambda value: value.decision.margin
    )
    where = f"{hardest.quantity}, {point_text(hardest.point)}: {hardest.decision.reason}"
    if found is not Verdict.PASS:
        counts = Counter(value.decision.verdict for value in judged)
        tally = ", ".join(f"{counts[verdict]} {verdict.label}" for verdict in sorted(counts, reverse=True))
        return f"{tally}; the worst is {where}"
    if outcome == NOT_DECIDED:
        return f"{len(judged)} PASS so far"
    return (errors + missing)[0] if outcome not in _NEVER_BLOCKING and errors + missing else ""


def _row(judged: Judged) -> Row:
    setpoint = judged.point.setpoint
    text = written(judged.measurement, judged.limit, judged.decision)
    again = "" if judged.attempt == 1 else f" (attempt {judged.attempt})"
    return Row(
        quantity=judged.quantity + again,
        level=str(setpoint.level),
        polarity=setpoint.polarity.value,
        load=judged.point.load,
        result=text.result,
        coverage_factor=f"{judged.measurement.coverage_factor:.2f}",
        limits=text.limits,
        acceptance=text.acceptance,
        margin=f"{signed(judged.decision.margin)} T",
        verdict=judged.decision.verdict.label,
        passed=judged.decision.verdict is Verdict.PASS,
    )


def _problems(contents: Contents, requirements: Sequence[RequirementPage]) -> list[str]:
    state, recorded = contents.state, contents.recorded
    by_badness = sorted(
        (requirement for requirement in requirements if not requirement.good),
        key=lambda requirement: (
            _BY_BADNESS.index(requirement.outcome) if requirement.outcome in _BY_BADNESS else len(_BY_BADNESS)
        ),
    )
    found = [f"{one.text.id}: {one.outcome}. {one.note}".rstrip(". ") for one in by_badness]
    if not recorded.ended:
        found.insert(0, "The run never ended: it was killed, or it still lasts. What it recorded until then is shown.")
    elif state.verdict is None:
        why = "only a part of the plan was selected" if state.scope == PARTIAL else "the run was ended early"
        found.insert(0, f"There is no verdict: {why}.")
    if not contents.identified:
        found.append("Neither the bench nor a unit said who they are; nobody can tell what was tested.")
    errors = [*state.errors, *(error.error for error in recorded.errors)]
    told = " ".join(found)
    found += [f"ERROR: {sentence}" for sentence in dict.fromkeys(errors) if sentence not in told]
    found += [f"Bench: {one.text}" for one in recorded.comparisons if not one.agrees]
    return found


def _facts(contents: Contents) -> list[tuple[str, str]]:
    state, recorded = contents.state, contents.recorded
    unit = next((who for who in recorded.identities if who.role == UNIT), None)
    platform = ", ".join(f"{name} {value}" for name, value in state.numeric_platform if value)
    software = ", ".join(f"{name} {version}" for name, version in recorded.started.software)
    facts = [
        ("Device", f"{contents.device_title} ({state.device})" if contents.device_title else state.device),
        ("Unit", f"{unit.maker} {unit.model}, {unit.serial_number}" if unit else state.unit or "did not answer"),
        ("Bench", state.bench),
        ("Operator", state.operator or "not given"),
        ("Lot", state.lot or "not given"),
        ("Started", moment(state.started)),
        ("Ended", moment(state.ended) if state.ended else "never"),
        ("Bench time", f"{state.bench_time_s:.0f} s" if state.bench_time_s else ""),
        ("Simulated", _simulated(contents)),
        ("Command", recorded.started.command),
        ("Software", software),
        ("Numeric platform", platform),
        ("Run", contents.run.name),
    ]
    return [(name, value) for name, value in facts if value]


def _simulated(contents: Contents) -> str:
    if not contents.simulated:
        return "no" if contents.identified else "not known: nobody answered"
    return "yes" if contents.state.seed is None else f"yes, seed {contents.state.seed}"


def _instruments(contents: Contents) -> list[Instrument]:
    calibrations = {entry.name: entry for entry in contents.calibrations}
    found = []
    for who in contents.recorded.identities:
        entry = calibrations.pop(who.role, None)
        name = f"{who.maker} {who.model}".strip()
        certificate, due = (entry.certificate, entry.due) if entry else ("", "")
        found.append(Instrument(who.role, name, who.serial_number, who.firmware, certificate, due))
    resistors = [entry for entry in calibrations.values() if entry.certificate and contents.identified]
    return found + [Instrument("resistor", entry.name, "", "", entry.certificate, entry.due) for entry in resistors]
