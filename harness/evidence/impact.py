"""Which verdicts rest on an instrument that was found out of tolerance (ISO 13485:2016, 7.6).

A value rests on whatever its observations were taken through: both instruments have to agree before anything is judged
there, so it does not matter whose number it is. On what is at the bench and in no signal path, a supply or a switch,
every value of a run rests.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from harness.errors import RequestError
from harness.evidence import index_tables as tables
from harness.evidence.index_rows import SEPARATOR
from harness.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import ColumnElement, Connection, Row

    from harness.evidence.index import Index

SIGNAL_PATH = "signal path"
"""It stands between the current and the number."""
AT_THE_BENCH = "at the bench"
"""It took part, and stands in no signal path."""

_LONGEST_RUN = timedelta(days=1)
"""A run that never ended may have measured for so long after it began."""


@dataclass(frozen=True, slots=True)
class AffectedValue:
    """A judged or disclosed value that rests on the instrument.

    Attributes:
        test: id of the test.
        sequence: within the test.
        requirement: id of the requirement.
        quantity: its row.
        value: in `unit`.
        unit: SI unit symbol.
        expanded_uncertainty: in `unit`.
        verdict: as it was given, or DISCLOSED.
        observation: key of the observation that it was derived from.
    """

    test: str
    sequence: int
    requirement: str
    quantity: str
    value: float
    unit: str
    expanded_uncertainty: float
    verdict: str
    observation: str


@dataclass(frozen=True, slots=True)
class AffectedRun:
    """A run with values that rest on the instrument.

    Attributes:
        run: its place.
        there: its directory is where it was when it was indexed; None: on another machine.
        device: name of the profile.
        unit: serial number.
        lot: of the unit.
        scope: of the run.
        verdict: of the run, None where there is none.
        simulated: anything emulated took part.
        started: UTC, ISO 8601.
        ended: the same, None of a run that was killed.
        how: `signal path` or `at the bench`.
        values: all that rest on it.
    """

    run: str
    there: bool | None
    device: str
    unit: str | None
    lot: str | None
    scope: str | None
    verdict: str | None
    simulated: bool | None
    started: str | None
    ended: str | None
    how: str
    values: tuple[AffectedValue, ...]


@dataclass(frozen=True, slots=True)
class Impact:
    """What rests on an instrument since a day.

    Attributes:
        instrument: serial number, or id or certificate of a resistor.
        since: from when on.
        looked_at: how many runs ended since.
        runs: those with values that rest on it.
    """

    instrument: str
    since: datetime
    looked_at: int
    runs: tuple[AffectedRun, ...]

    @property
    def verdicts(self) -> int:
        """How many verdicts rest on it."""
        return sum(1 for run in self.runs for value in run.values if value.verdict != Outcome.DISCLOSED.value)

    @property
    def disclosed(self) -> int:
        """How many disclosed values do."""
        return sum(len(run.values) for run in self.runs) - self.verdicts


def day(text: str) -> datetime:
    """A moment, from a day or a date and time as ISO 8601 has it; UTC where no other zone is named.

    Raises:
        RequestError: it is none.
    """
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise RequestError(f"{text!r} is no date: write 2026-01-31, or 2026-01-31T09:30+01:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def impact(index: Index, instrument: str, since: datetime) -> Impact:
    """Find every value that rests on an instrument, in runs that ended at a moment or after it.

    Args:
        index: over the runs, up to date.
        instrument: serial number; of a resistor its id in the bench file, or its certificate.
        since: from when on.

    Raises:
        RequestError: no run names such an instrument: a slip of the pen must not look like "nothing rests on it".
    """
    with index.reading() as connection:
        _check_known(connection, instrument)
        table = tables.RUNS
        runs = connection.execute(select(table).order_by(table.c.started, table.c.id)).all()
        late = [row for row in runs if _may_have_ended(row, since)]
        found = (_affected(index, connection, row, instrument) for row in late)
        return Impact(instrument, since, len(late), tuple(run for run in found if run is not None))


def _may_have_ended(run: Row[tuple[object, ...]], since: datetime) -> bool:
    """Whether a run may have measured at a moment or later; where nobody can say, it may."""
    try:
        if run.ended is not None:
            return day(run.ended) >= since
        return run.started is None or day(run.started) + _LONGEST_RUN >= since
    except RequestError:
        return True


def _affected(
    index: Index, connection: Connection, run: Row[tuple[object, ...]], instrument: str
) -> AffectedRun | None:
    paths, took_part = tables.PATHS, tables.INSTRUMENTS
    through = connection.execute(
        select(paths.c.observation).where(paths.c.run == run.id, _names(instrument)).distinct()
    )
    keys = set(through.scalars())
    if keys:
        how, values = SIGNAL_PATH, tuple(_values(connection, run.id, keys))
    else:
        there = select(took_part.c.role).where(took_part.c.run == run.id, took_part.c.serial_number == instrument)
        if connection.execute(there).first() is None:
            return None
        how, values = AT_THE_BENCH, tuple(_values(connection, run.id, None))
    if not values:
        return None
    directory = index.directory_of(run.place)
    return AffectedRun(
        run=run.place,
        there=None if directory is None else directory.is_dir(),
        device=run.device,
        unit=run.unit,
        lot=run.lot,
        scope=run.scope,
        verdict=run.verdict,
        simulated=run.simulated,
        started=run.started,
        ended=run.ended,
        how=how,
        values=values,
    )


def _names(instrument: str) -> ColumnElement[bool]:
    paths = tables.PATHS
    return or_(paths.c.serial_number == instrument, paths.c.resistor == instrument, paths.c.certificate == instrument)


def _values(connection: Connection, run: int, keys: set[str] | None) -> Iterator[AffectedValue]:
    table = tables.MEASUREMENTS
    for row in connection.execute(select(table).where(table.c.run == run).order_by(table.c.number)):
        if keys is None or not keys.isdisjoint((row.observation, *row.others.split(SEPARATOR))):
            yield AffectedValue(
                test=row.test,
                sequence=row.sequence,
                requirement=row.requirement,
                quantity=row.quantity,
                value=row.value,
                unit=row.unit,
                expanded_uncertainty=row.coverage_factor * row.standard_uncertainty,
                verdict=row.verdict,
                observation=row.observation,
            )


def _check_known(connection: Connection, instrument: str) -> None:
    paths, took_part = tables.PATHS, tables.INSTRUMENTS
    columns = (paths.c.serial_number, paths.c.resistor, paths.c.certificate, took_part.c.serial_number)
    known = {str(name) for column in columns for name in connection.execute(select(column).distinct()).scalars()}
    if instrument in known:
        return
    near = get_close_matches(instrument, known, n=3) or sorted(known)[:10]
    meant = f"; did you mean {', '.join(near)}?" if near else ": there is no run with an instrument at all"
    raise RequestError(f"no run names an instrument or resistor {instrument!r}{meant}")
