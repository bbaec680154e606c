"""All runs of a lot: yield, what fails first, and capability of every quantity over the units.

A unit counts once. Its first run that went through its whole selection tells what the line made: it gives the
first-pass yield and the values; its last run tells whether it may leave. The order is that in which units came.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from harness.errors import RequestError
from harness.evidence import index_tables as tables
from harness.metrology.statistics.binomial import clopper_pearson
from harness.metrology.statistics.capability import Capability, Limits, capability
from harness.metrology.statistics.process import Process, process
from harness.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Row

    from harness.evidence.index import Index

    AnyRow = Row[tuple[object, ...]]

PARTIAL = "partial"
"""Scope of a run of some tests only: it says nothing of a unit as a whole, and is left out."""

_WITHIN = "moving-range"
"""Sigma of Cp and Cpk: units come one by one."""

_HARMLESS = {
    Outcome.PASS.value, Outcome.NOT_APPLICABLE.value, Outcome.OUT_OF_SCOPE.value, Outcome.DISCLOSED.value,
    Outcome.MET.value, Outcome.NOT_MET.value, Outcome.SUPPORTED.value, Outcome.NOT_SUPPORTED.value,
    Outcome.ATTENTION.value, Outcome.DOCUMENT_DUE.value,
}  # fmt: skip
"""Outcomes that keep no run from PASS."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the lot.

    Attributes:
        serial_number: of it.
        runs: how many there are of it, partial ones left out.
        first: place of its first run.
        started: of that.
        scope: of that.
        first_verdict: of that, `no verdict` where it has none.
        last_verdict: of its last run.
        failing: requirement and row that failed first in its first run, in the order of the run; empty where none did.
    """

    serial_number: str
    runs: int
    first: str
    started: str | None
    scope: str | None
    first_verdict: str
    last_verdict: str
    failing: str


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many units, with a confidence interval (Clopper and Pearson)."""

    count: int
    of: int
    lower: float
    upper: float

    @property
    def value(self) -> float:
        """The share itself."""
        return self.count / self.of


@dataclass(frozen=True, slots=True)
class UnitValue:
    """What one unit gave."""

    serial_number: str
    value: float
    expanded_uncertainty: float
    verdict: str


@dataclass(frozen=True, slots=True)
class Quantity:
    """One row of a requirement at one operating point, over the units.

    Attributes:
        requirement: id.
        quantity: row.
        observation: key of the operating point.
        unit: SI unit symbol.
        lower: limit; None where there is none, or not the same in all runs.
        upper: likewise.
        values: one for each unit that has it, in the order in which they came.
        capability: indices with their limits; None where there is no saying.
        process: normality, control chart, tolerance intervals and warnings; None likewise.
        reason: why there is none; empty otherwise.
    """

    requirement: str
    quantity: str
    observation: str
    unit: str
    lower: float | None
    upper: float | None
    values: tuple[UnitValue, ...]
    capability: Capability | None
    process: Process | None
    reason: str

    @property
    def ppk(self) -> float | None:
        """Ppk, None where there is none."""
        return None if self.capability is None else self.capability.performance.pk.value


@dataclass(frozen=True, slots=True)
class Lot:
    """What a lot is.

    Attributes:
        name: of the lot.
        device: name of the profile.
        simulated: anything emulated took part in any run.
        confidence: of all limits.
        proportion: of the units, for tolerance intervals.
        units: in the order in which they came.
        first_pass: units whose first run is PASS.
        final: units whose last run is PASS.
        failing: what failed first and in how many units, the most frequent first.
        quantities: the least capable first; those without an index behind.
        left_out: runs of the lot that do not count: of some tests only, or never ended.
    """

    name: str
    device: str
    simulated: bool
    confidence: float
    proportion: float
    units: tuple[Unit, ...]
    first_pass: Share
    final: Share
    failing: tuple[tuple[str, int], ...]
    quantities: tuple[Quantity, ...]
    left_out: int


def lot_of(index: Index, name: str, confidence: float = 0.95, proportion: float = 0.95) -> Lot:
    """Gather a lot from the index over runs.

    Raises:
        RequestError: there is no such lot, it has units of several devices, or a share is none.
    """
    with index.reading() as connection:
        runs, left_out = _runs(connection, name)
        by_unit: dict[str, list[AnyRow]] = defaultdict(list)
        for run in runs:
            by_unit[run.unit].append(run)
        units = tuple(_unit(connection, serial, rows) for serial, rows in by_unit.items())
        firsts = [(serial, rows[0].id) for serial, rows in by_unit.items()]
        quantities = [_quantity(key, rows, confidence, proportion) for key, rows in _series(connection, firsts).items()]
    failing = Counter(unit.failing for unit in units if unit.failing)
    return Lot(
        name=name,
        device=runs[0].device,
        simulated=any(run.simulated is not False for run in runs),
        confidence=confidence,
        proportion=proportion,
        units=units,
        first_pass=_share([unit.first_verdict for unit in units], confidence),
        final=_share([unit.last_verdict for unit in units], confidence),
        failing=tuple(failing.most_common()),
        quantities=tuple(sorted(quantities, key=_least_capable)),
        left_out=left_out,
    )


def _runs(connection: Connection, name: str) -> tuple[Sequence[AnyRow], int]:
    table = tables.RUNS
    runs = connection.execute(select(table).where(table.c.lot == name).order_by(table.c.started, table.c.id)).all()
    if not runs:
        known = connection.execute(select(table.c.lot).where(table.c.lot.is_not(None)).distinct()).scalars().all()
        there = f"known are {', '.join(sorted(map(str, known)))}" if known else "no run names a lot; give --lot=LOT"
        raise RequestError(f"no run is of a lot {name!r}: {there}")
    whole = [run for run in runs if run.scope != PARTIAL and run.unit is not None and run.ended is not None]
    if not whole:
        raise RequestError(f"lot {name!r} has {len(runs)} runs, and none of them went through its selection")
    devices = sorted({str(run.device) for run in whole})
    if len(devices) > 1:
        raise RequestError(f"lot {name!r} has units of several devices, {', '.join(devices)}: a lot is of one")
    return whole, len(runs) - len(whole)


def _unit(connection: Connection, serial: str, runs: Sequence[AnyRow]) -> Unit:
    first, last = runs[0], runs[-1]
    return Unit(
        serial_number=serial,
        runs=len(runs),
        first=first.place,
        started=first.started,
        scope=first.scope,
        first_verdict=first.verdict or "no verdict",
        last_verdict=last.verdict or "no verdict",
        failing="" if first.verdict == Verdict.PASS.label else _failing(connection, first.id),
    )


def _failing(connection: Connection, run: int) -> str:
    """What went wrong first: a value that decides and is no PASS, otherwise a requirement that is none."""
    outcomes, table = tables.OUTCOMES, tables.MEASUREMENTS
    said = connection.execute(select(outcomes).where(outcomes.c.run == run).order_by(outcomes.c.number)).all()
    bad = {row.requirement: row.outcome for row in said if row.outcome not in _HARMLESS}
    fine = (Verdict.PASS.label, Outcome.DISCLOSED.value)
    values = select(table).where(table.c.run == run, table.c.verdict.not_in(fine)).order_by(table.c.number)
    for row in connection.execute(values):
        if row.requirement in bad:
            return f"{row.requirement}: {row.quantity}"
    failed = next((name for name, outcome in bad.items() if outcome != Outcome.NOT_TESTED.value), None)
    name = failed or next(iter(bad), None)
    return f"{name}: {bad[name]}" if name else "no requirement: a fault of the bench"


def _share(verdicts: Sequence[str], confidence: float) -> Share:
    count = sum(1 for verdict in verdicts if verdict == Verdict.PASS.label)
    lower, upper = clopper_pearson(count, len(verdicts), confidence)
    return Share(count, len(verdicts), lower, upper)


def _series(
    connection: Connection, firsts: Sequence[tuple[str, int]]
) -> dict[tuple[str, str, str], list[tuple[str, AnyRow]]]:
    """Judged values of each unit's first run, by requirement, row and operating point."""
    found: dict[tuple[str, str, str], list[tuple[str, AnyRow]]] = defaultdict(list)
    table = tables.MEASUREMENTS
    judged = table.c.verdict != Outcome.DISCLOSED.value
    for serial, run in firsts:
        seen = set()
        for row in connection.execute(select(table).where(table.c.run == run, judged).order_by(table.c.number)):
            key = (row.requirement, row.quantity, row.observation)
            if key not in seen:
                seen.add(key)
                found[key].append((serial, row))
    return found


def _quantity(
    key: tuple[str, str, str], rows: Sequence[tuple[str, AnyRow]], confidence: float, proportion: float
) -> Quantity:
    limits = {(row.lower_limit, row.upper_limit, row.unit) for _, row in rows}
    lower, upper, unit = next(iter(limits))
    values = tuple(
        UnitValue(serial, row.value, row.coverage_factor * row.standard_uncertainty, row.verdict)
        for serial, row in rows
    )
    if len(limits) > 1:
        return Quantity(*key, unit, None, None, values, None, None, "its limits are not the same in all runs")
    try:
        found = capability([value.value for value in values], Limits(lower, upper), None, _WITHIN, confidence)
        company = process(found, proportion, ordered=True)
    except RequestError as error:
        return Quantity(*key, unit, lower, upper, values, None, None, str(error))
    return Quantity(*key, unit, lower, upper, values, found, company, "")


def _least_capable(quantity: Quantity) -> tuple[bool, float]:
    return quantity.ppk is None, quantity.ppk or 0.0


def warnings_of(lot: Lot) -> Iterator[str]:
    """What a reader of the figures has to know first."""
    scopes = Counter(str(unit.scope) for unit in lot.units)
    if len(scopes) > 1:
        told = ", ".join(f"{count} {scope}" for scope, count in sorted(scopes.items()))
        yield f"the first runs are of several selections: {told}"
    again = sum(1 for unit in lot.units if unit.runs > 1)
    if again:
        yield f"{again} of the units were run more than once: the first run of each gives the values"
    short = [quantity for quantity in lot.quantities if len(quantity.values) < len(lot.units)]
    if short:
        yield f"{len(short)} quantities have fewer values than the lot has units: runs given up, or of a selection"
    if lot.left_out:
        yield f"{lot.left_out} runs do not count: of some tests only, or never ended"
