"""What the page of a run says, in words: everything that its template prints, computed from the records."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from harness.evidence import Judged
from harness.verdict import Outcome, Verdict, worst
from reports.budgets import Budget, hardest_budgets
from reports.contents import UNIT
from reports.inputs import RequirementText
from reports.text import frequency_text, method_text, point_text, result_of, signed, times, written

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from harness.evidence import Value
    from reports.contents import Contents, Decided

_NEVER_BLOCKING = frozenset(
    outcome.value
    for outcome in (
        Outcome.PASS,
        Outcome.MET,
        Outcome.SUPPORTED,
        Outcome.DISCLOSED,
        Outcome.NOT_APPLICABLE,
        Outcome.OUT_OF_SCOPE,
    )
)
_GOOD = frozenset({Outcome.PASS.value, Outcome.MET.value, Outcome.SUPPORTED.value})
"""Outcomes that say something good of the unit; what was not asked of it, or only told, does not."""

_BY_BADNESS = (
    "FAIL", "ERROR", "CONDITIONAL FAIL", "CONDITIONAL PASS", "NOT TESTED", "SUSPECT",
)  # fmt: skip
_TOLD = frozenset(
    outcome.value
    for outcome in (
        Outcome.NOT_TESTED,
        Outcome.ERROR,
        Outcome.MET,
        Outcome.NOT_MET,
        Outcome.SUPPORTED,
        Outcome.NOT_SUPPORTED,
        Outcome.ATTENTION,
    )
)
"""Outcomes whose reason the run itself gives best."""

_UNPLANNED = frozenset(
    outcome.value for outcome in (Outcome.NOT_TESTED, Outcome.OUT_OF_SCOPE, Outcome.ERROR, Outcome.FAIL)
)
"""Outcomes of what was to be judged, though no value of it may have been planned in the scope of the run."""

NOT_DECIDED = "NOT DECIDED"
_SAID_BESIDE = (
    Outcome.NOT_TESTED,
    Outcome.NOT_SUPPORTED,
    Outcome.NOT_MET,
    Outcome.DOCUMENT_DUE,
    Outcome.OUT_OF_SCOPE,
    Outcome.NOT_APPLICABLE,
)
PRODUCTION, PARTIAL, WHOLE = "production", "partial", "whole"


_MOST_ERRORS = 20
"""So many errors are told that no requirement tells: one cause often breaks hundreds of tests."""

_OPEN_UP_TO = 6
"""A table of so few rows is shown open."""


@dataclass(frozen=True, slots=True)
class Row:
    """One value in the table of its quantity; what a disclosure does not have is empty."""

    mode: str
    level: str
    polarity: str
    frequency: str
    load: str
    method: str
    result: str
    coverage_factor: str
    limits: str
    acceptance: str
    margin: str
    verdict: str
    passed: bool


@dataclass(frozen=True, slots=True)
class Table:
    """All values of one quantity, the worst first.

    Attributes:
        quantity: name.
        title: in words.
        summary: how many, and the worst.
        judged: False where the values were disclosed.
        rule: decision rule of the verdicts; empty where the values were disclosed.
        shown: open without a click: it is short, or something in it did not pass.
        rows: the values.
    """

    quantity: str
    title: str
    summary: str
    judged: bool
    rule: str
    shown: bool
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class RequirementPage:
    """One requirement with everything that was taken for it."""

    text: RequirementText
    outcome: str
    good: bool
    in_the_way: bool
    judged: int
    planned: int
    margin: str
    worst_at: str
    note: str
    tables: tuple[Table, ...]
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
        refusals: what the device is refused as.
        problems: what stands in the way of PASS, the worst first.
        facts: names and values.
        requirements: those with values of their own, in the order of their files.
        others: those that others prove, or no bench.
        instruments: those who answered.
        attempts: observations that were taken more than once.
    """

    headline: str
    good: bool
    summary: str
    refusals: tuple[str, ...]
    problems: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    requirements: tuple[RequirementPage, ...]
    others: tuple[RequirementPage, ...]
    instruments: tuple[Instrument, ...]
    attempts: tuple[str, ...]


def page_of(contents: Contents) -> Page:
    """Say in words what a run holds."""
    pages = [_requirement(text, contents) for text in _requirements(contents)]
    requirements = tuple(one for one in pages if one.text.measured)
    headline = _headline(contents)
    judged = sum(1 for requirement in requirements if requirement.judged)
    planned = len(contents.planned)
    # Where the values of one have no place on the device and its evidence speaks for it, nothing was to be judged.
    applicable = sum(1 for one in requirements if one.judged or one.planned or one.outcome in _UNPLANNED)
    counts = f"{judged} of {times(applicable, 'requirement')} judged"
    counts += f", {len(contents.recorded.values)} of {times(planned, 'planned value')}"
    counts += _beside(requirements)
    return Page(
        headline=headline,
        good=headline == Verdict.PASS.label,
        summary=f"{_scope(contents)}: {counts}",
        refusals=tuple(_refusals(requirements)),
        problems=tuple(_problems(contents, requirements)),
        facts=tuple(_facts(contents)),
        requirements=requirements,
        others=tuple(one for one in pages if not one.text.measured),
        instruments=tuple(_instruments(contents)),
        attempts=tuple(_repeats(contents)),
    )


def _beside(requirements: Sequence[RequirementPage]) -> str:
    """How many requirements a verdict says nothing of: a headline is not to hide them."""
    found = Counter(requirement.outcome for requirement in requirements)
    told = [f"{found[kind.value]} {kind.value.lower()}" for kind in _SAID_BESIDE if found[kind.value]]
    return f"; {', '.join(told)}" if told else ""


def _refusals(requirements: Sequence[RequirementPage]) -> Iterator[str]:
    """What a device is refused as, with the number."""
    for requirement in requirements:
        if requirement.note.startswith("refused as "):
            yield f"{requirement.text.title}: {requirement.note}"


def _repeats(contents: Contents) -> Iterator[str]:
    """Observations that were taken more than once: why, and which attempt decides."""
    recorded = contents.recorded
    for key, number in recorded.attempts.items():
        if number == 1:
            continue
        causes = recorded.set_aside.get(key, {})
        complete = [attempt for attempt in range(1, number + 1) if attempt not in causes]
        why = "; ".join(f"attempt {attempt} counts for nothing: {cause}" for attempt, cause in causes.items())
        decides = f"attempt {complete[0]} is the first complete one and decides" if complete else "none is complete"
        yield f"{key}: taken {number} times; {why or 'no cause is recorded'}; {decides}"


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
    named = [value.requirement for value in contents.recorded.values] + [one.id for one in contents.state.decided]
    return [*contents.requirements, *(RequirementText(name) for name in dict.fromkeys(named) if name not in known)]


def _requirement(text: RequirementText, contents: Contents) -> RequirementPage:
    values = [value for value in contents.recorded.values if value.requirement == text.id]
    judged = [value for value in values if isinstance(value, Judged)]
    planned = [row for row in contents.planned if row.requirement == text.id]
    decided = next((one for one in contents.state.decided if one.id == text.id), None)
    outcome = decided.outcome if decided is not None else NOT_DECIDED
    hardest = min(judged, key=lambda value: value.decision.margin, default=None)
    return RequirementPage(
        text=text,
        outcome=outcome,
        good=outcome in _GOOD,
        # A requirement of which nothing is known but its name is taken for one that decides.
        in_the_way=outcome not in _NEVER_BLOCKING and (text.decides or not text.kind),
        judged=len(values) if decided is None or decided.judged is None else decided.judged,
        planned=len(planned) if decided is None or decided.planned is None else decided.planned,
        margin=_margin(hardest, decided),
        worst_at="" if hardest is None else f"{hardest.quantity}, {point_text(hardest.point)}",
        note=_note(text, outcome, values, contents),
        tables=tuple(_tables(text, values)),
        budgets=hardest_budgets(values),
    )


def _margin(hardest: Judged | None, decided: Decided | None) -> str:
    """Of the values; of disclosed ones that a statement was held against, as the run recorded it."""
    recorded = None if decided is None else decided.worst_margin
    margin = recorded if hardest is None else hardest.decision.margin
    return "" if margin is None else f"{signed(margin)} T"


def _note(text: RequirementText, outcome: str, values: Sequence[Value], contents: Contents) -> str:
    """Why an outcome is what it is, from the records; empty where that is plain."""
    recorded = contents.recorded
    errors = [error.error for error in recorded.errors if error.requirement == text.id]
    missing = [why for name, why in (*recorded.not_tested, *recorded.not_applicable) if name == text.id]
    said = dict(contents.state.notes).get(text.id, "")
    if not values:
        return ([said] if said else errors + missing + ["no value was judged"])[0]
    judged = [value for value in values if isinstance(value, Judged)]
    found = worst([value.decision.verdict for value in judged])
    if found is None:
        return said or ((errors + missing)[0] if errors + missing else "values without a limit; they set no verdict")
    if said and outcome in _TOLD:
        return said
    if found is not Verdict.PASS:
        return _tally(judged, found)
    if outcome == NOT_DECIDED:
        return f"{len(judged)} PASS so far"
    return said or ((errors + missing)[0] if outcome not in _NEVER_BLOCKING and errors + missing else "")


def _tally(judged: Sequence[Judged], found: Verdict) -> str:
    hardest = min(
        (value for value in judged if value.decision.verdict is found), key=lambda value: value.decision.margin
    )
    where = f"{hardest.quantity}, {point_text(hardest.point)}: {hardest.decision.reason}"
    counts = Counter(value.decision.verdict for value in judged)
    tally = ", ".join(f"{counts[verdict]} {verdict.label}" for verdict in sorted(counts, reverse=True))
    return f"{tally}; the worst is {where}"


def _tables(text: RequirementText, values: Sequence[Value]) -> Iterator[Table]:
    grouped: dict[str, list[Value]] = {}
    for value in values:
        grouped.setdefault(value.quantity, []).append(value)
    for quantity, group in grouped.items():
        judged = [value for value in group if isinstance(value, Judged)]
        rows = tuple(_row(value) for value in sorted(group, key=_badness))
        hardest = min(judged, key=_badness, default=None)
        summary = times(len(group), "value")
        if hardest is not None:
            summary += f", least margin {signed(hardest.decision.margin)} T: {point_text(hardest.point)}"
        shown = len(group) <= _OPEN_UP_TO or not all(row.passed for row in rows)
        rule = ", ".join(dict.fromkeys(value.decision.rule for value in judged))
        yield Table(quantity, text.title_of(quantity), summary, bool(judged), rule, shown, rows)


def _badness(value: Value) -> tuple[int, float]:
    """The worst verdict first, and among equal ones the least margin; disclosed values in their order."""
    return (-value.decision.verdict.value, value.decision.margin) if isinstance(value, Judged) else (0, 0.0)


def _row(value: Value) -> Row:
    setpoint, point = value.point.setpoint, value.point
    place = {
        "mode": setpoint.mode if setpoint.channel == 1 else f"ch{setpoint.channel} {setpoint.mode}",
        "level": str(setpoint.level),
        "polarity": setpoint.polarity.value,
        "frequency": frequency_text(setpoint),
        "load": point.load,
        "method": method_text(point) + ("" if value.attempt == 1 else f" (attempt {value.attempt})"),
        "coverage_factor": f"{value.measurement.coverage_factor:.2f}",
    }
    if not isinstance(value, Judged):
        label = Outcome.DISCLOSED.value
        result = result_of(value.measurement)
        return Row(**place, result=result, limits="", acceptance="", margin="", verdict=label, passed=True)
    text = written(value.measurement, value.limit, value.decision)
    return Row(
        **place,
        result=text.result,
        limits=text.limits,
        acceptance=text.acceptance,
        margin=f"{signed(value.decision.margin)} T",
        verdict=value.decision.verdict.label,
        passed=value.decision.verdict is Verdict.PASS,
    )


def _problems(contents: Contents, requirements: Sequence[RequirementPage]) -> list[str]:
    state, recorded = contents.state, contents.recorded
    by_badness = sorted(
        (requirement for requirement in requirements if requirement.in_the_way),
        key=lambda requirement: (
            _BY_BADNESS.index(requirement.outcome) if requirement.outcome in _BY_BADNESS else len(_BY_BADNESS)
        ),
    )
    left = [one for one in by_badness if one.outcome == Outcome.NOT_TESTED.value and state.scope == PARTIAL]
    found = [f"{one.text.id}: {one.outcome}. {one.note}".rstrip(". ") for one in by_badness if one not in left]
    if left:
        names = ", ".join(one.text.id for one in left)
        found.append(f"Not selected, or selected in part: {names}")
    if not recorded.ended:
        found.insert(0, "The run never ended: it was killed, or it still lasts. What it recorded until then is shown.")
    elif state.verdict is None:
        why = "only a part of the plan was selected" if state.scope == PARTIAL else "the run was ended early"
        found.insert(0, f"There is no verdict: {why}.")
    if not contents.identified:
        found.append("Neither the bench nor a unit said who they are; nobody can tell what was tested.")
    errors = [*state.errors, *(error.error for error in recorded.errors)]
    told = " ".join(found)
    untold = [f"ERROR: {sentence}" for sentence in dict.fromkeys(errors) if sentence not in told]
    found += untold[:_MOST_ERRORS]
    if len(untold) > _MOST_ERRORS:
        found.append(f"{len(untold) - _MOST_ERRORS} more errors stand in records.jsonl")
    told = " ".join((*found, *untold))
    apart = dict.fromkeys(one.text for one in recorded.comparisons if not one.agrees and one.text not in told)
    return found + [f"Bench: {text}" for text in list(apart)[:_MOST_ERRORS]]


def _facts(contents: Contents) -> list[tuple[str, str]]:
    state, recorded = contents.state, contents.recorded
    unit = next((who for who in recorded.identities if who.role == UNIT), None)
    platform = ", ".join(f"{name} {value}" for name, value in state.numeric_platform if value)
    software = ", ".join(f"{name} {version}" for name, version in recorded.started.software)
    facts = [
        ("Device", f"{contents.device_title} ({state.device})" if contents.device_title else state.device),
        ("Unit", f"{unit.maker} {unit.model}, {unit.serial_number}" if unit else state.unit or "did not answer"),
        ("Run of this unit", recorded.run_of_unit),
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
