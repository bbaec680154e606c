"""The first chapter: what was tested, the verdict, the worst margins, conditions and exceptions."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from harness.verdict import Outcome, Verdict
from reports.contents import UNIT
from reports.dossier.blocks import Block, Bullets, Cell, Facts, Heading, Table, Text, breakable
from reports.dossier.files import ASSUMED
from reports.dossier.risk import risk_text
from reports.page import NOT_DECIDED, moment
from reports.text import signed, times, written

if TYPE_CHECKING:
    from collections.abc import Iterator

    from harness.evidence import Judged
    from reports.dossier.case import Case

_MOST_MARGINS = 10
MOST_PROBLEMS = 10
"""So many are told in the summary."""
_LONGEST = 240


def chapter(case: Case) -> Iterator[Block]:
    """Everything that a reader has to know before anything else."""
    contents, page = case.contents, case.page
    yield Heading(1, "Summary")
    yield Text(case.headline, "verdict")
    yield Text(page.summary)
    for refusal in page.refusals:
        yield Text(refusal, "strong")
    if contents.simulated:
        yield Text(
            "SIMULATED: emulated instruments or an emulated unit took part. Nothing in this document is a statement "
            "about a real device.",
            "note",
        )
    if not case.sealed:
        yield Text(
            "NOT SEALED: the run holds no manifest. It was killed, or still lasts, or somebody took the manifest away; "
            "nothing shows that its files are as they were written, but for the chain of its records.",
            "note",
        )
    yield Facts(tuple(_tested(case)))
    if page.problems:
        yield Heading(2, "What stands in the way of PASS")
        yield Bullets(tuple(_shortened(text) for text in page.problems[:MOST_PROBLEMS]))
        if len(page.problems) > MOST_PROBLEMS:
            yield Text(
                f"The worst {MOST_PROBLEMS} of {len(page.problems)}; all stand in the chapter Deviations.", "soft"
            )
    yield Heading(2, "Worst margins")
    yield from _margins(case)
    yield Heading(2, "Conditions")
    yield Bullets(tuple(_conditions(case)))
    yield Heading(2, "Exceptions")
    yield Bullets(tuple(_exceptions(case)) or ("None.",))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _tested(case: Case) -> Iterator[tuple[str, str]]:
    contents = case.contents
    state, recorded = contents.state, contents.recorded
    unit = next((who for who in recorded.identities if who.role == UNIT), None)
    yield "Device", f"{contents.device_title} ({state.device})" if contents.device_title else state.device
    if unit is None:
        yield "Unit", "nobody answered"
    else:
        firmware = f"firmware {unit.firmware or 'not given'}"
        yield "Unit", f"{unit.maker} {unit.model}, serial number {unit.serial_number}, {firmware}"
    yield "Run", f"{contents.run.name}, {moment(state.started)} to {moment(state.ended) if state.ended else 'no end'}"
    if recorded.run_of_unit:
        yield "Runs of this unit", recorded.run_of_unit
    methods = len({value.point.method for value in recorded.values})
    points = len({value.point.key for value in recorded.values})
    yield (
        "Measured",
        (
            f"{times(len(recorded.values), 'value')} at {times(points, 'operating point')} by "
            f"{times(methods, 'method')}, "
            f"in {times(len(case.profile.modes), 'mode')}"
        ),
    )
    counts = Counter(value.decision.verdict for value in recorded.judged)
    tally = ", ".join(f"{counts[verdict]} {verdict.label}" for verdict in sorted(counts, reverse=True))
    yield "Verdicts of values", tally or "none"
    outcomes = Counter(one.outcome for one in (*case.page.requirements, *case.page.others))
    yield "Requirements", ", ".join(f"{number} {name}" for name, number in sorted(outcomes.items())) or "none"


def _margins(case: Case) -> Iterator[Block]:
    """Of each deciding requirement the value nearest to its limit, the nearest first."""
    deciding = {one.text.id for one in case.page.requirements if one.text.decides or not one.text.kind}
    hardest: dict[str, Judged] = {}
    for value in case.contents.recorded.judged:
        known = hardest.get(value.requirement)
        if value.requirement in deciding and (known is None or value.decision.margin < known.decision.margin):
            hardest[value.requirement] = value
    if not hardest:
        yield Text("No value was judged.")
        return
    # The worst verdict first; among equal ones the least margin.
    ranked = sorted(hardest.values(), key=lambda value: (-value.decision.verdict.value, value.decision.margin))
    rows = tuple(margin_row(value) for value in ranked[:_MOST_MARGINS])
    head = ("Requirement, quantity", "Value ± U", "Limit", "Margin", "Risk", "Verdict")
    yield Table(head, rows, (2.2, 1.5, 1.4, 0, 0, 0), right=(3, 4), size=7.5)
    yield Text(
        "Margin: distance to the nearest limit in T, half the width of the tolerance (one-sided: from nominal to "
        "limit); "
        "negative outside. Risk: the probability that the true value lies beyond a limit (chapter Requirements). "
        f"The {times(min(len(ranked), _MOST_MARGINS), 'requirement')} with the least margin of {len(ranked)}.",
        "soft",
    )


def margin_row(value: Judged) -> tuple[Cell | str, ...]:
    """A judged value with what it is held against."""
    text = written(value.measurement, value.limit, value.decision)
    where = f"{value.quantity} at {value.point.key}"
    return (
        Cell(value.requirement, "strong", breakable(where), anchor_of(value.requirement)),
        text.result,
        text.limits,
        f"{signed(value.decision.margin)} T",
        risk_text(value),
        verdict_cell(value.decision.verdict),
    )


def verdict_cell(verdict: Verdict) -> Cell:
    """A verdict; what is not PASS is set strong."""
    return Cell(verdict.label, "plain" if verdict is Verdict.PASS else "strong")


def anchor_of(requirement: str) -> str:
    """Name of the heading of a requirement; only those with values have one."""
    return f"requirement-{requirement}"


def _conditions(case: Case) -> Iterator[str]:
    contents = case.contents
    yield f"Bench {case.bench.name or contents.state.bench}; ambient {case.bench.ambient or 'not stated'}."
    loads = dict.fromkeys(value.point.load for value in contents.recorded.values)
    if loads:
        yield f"Loads: {', '.join(loads)}; their parts are listed in the chapter Identities."
    rules = Counter(value.decision.rule for value in contents.recorded.judged)
    if rules:
        told = ", ".join(f"{name} ({times(number, 'value')})" for name, number in rules.most_common())
        yield f"Decision rule: {told}."
    values = contents.profile
    assumed = sum(1 for value in values if value.basis == ASSUMED)
    if values:
        yield (
            f"{assumed} of {times(len(values), 'value')} of the device profile are assumed, not stated by its "
            "maker. A limit "
            "that follows from an assumed value is one of this test, not a claim of the maker."
        )
    firmware = [who.role for who in contents.recorded.identities if not who.firmware]
    if firmware:
        yield f"No firmware version was given by: {', '.join(firmware)}."


def _exceptions(case: Case) -> Iterator[str]:
    """What the verdict says nothing of, and what limits it."""
    pages = (*case.page.requirements, *case.page.others)
    for outcome, meaning in (
        (Outcome.NOT_TESTED, "not tested"),
        (Outcome.OUT_OF_SCOPE, "out of the scope of any bench, or of this selection"),
        (Outcome.DOCUMENT_DUE, "a document is due, which no bench can replace"),
        (Outcome.NOT_SUPPORTED, "a statement that the values do not support"),
        (Outcome.ATTENTION, "due for attention"),
        (Outcome.NOT_MET, "not met, by a text that nobody has verified; sets no verdict"),
        (Outcome.SUSPECT, "suspect: its text or limit has changed"),
    ):
        names = [one.text.id for one in pages if one.outcome == outcome.value]
        if names:
            yield f"{outcome.value}, {meaning}: {', '.join(names)}."
    undecided = [one.text.id for one in pages if one.outcome == NOT_DECIDED]
    if undecided:
        yield f"{NOT_DECIDED}, the run gives no outcome of it: {', '.join(undecided)}."
    conditional = [v for v in case.contents.recorded.judged if v.decision.verdict.label.startswith("CONDITIONAL")]
    if conditional:
        yield f"{times(len(conditional), 'conditional verdict')}; see the chapter Deviations."
    if case.page.attempts:
        yield f"{times(len(case.page.attempts), 'observation')} taken more than once; see the chapter Deviations."
    if case.missing:
        yield f"Figures of records are missing: {case.missing}"
