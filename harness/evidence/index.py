"""The index over runs: SQLite beside the runs, or PostgreSQL by URL. Whatever it holds is in run directories too.

Nothing of a run rests on it: it is filled when a run is sealed, and made again by `stimcert index`. Every change of it
is one transaction, and writers wait for each other. This module imports SQLAlchemy; import it late.
"""

from __future__ import annotations

import os
import socket
import sqlite3
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice, zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, delete, event, insert, inspect, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool, StaticPool

from harness.errors import EvidenceError, IndexFault, RequestError
from harness.evidence import index_tables as tables
from harness.evidence.index_rows import (
    Contents,
    identity_of,
    instrument_rows,
    mark_of,
    measurement_rows,
    outcome_rows,
    path_rows,
    run_row,
    state_of,
)
from harness.evidence.stored_run import StoredRun

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sqlalchemy import Connection, Engine, Table

    from harness.evidence.index_rows import Held

FILE = "index.sqlite"
"""Beside the runs."""

RECORDS = "records.jsonl"
_BATCH = 2000
_WAIT_S = 30
"""For another writer."""
_CONNECT_S = 10
_WRITES = "stimcert_writes"
_LOCK = 0x5354494D
"""Of PostgreSQL, for as long as a transaction lasts: one writer at a time, also while the tables are made."""


@dataclass(frozen=True, slots=True)
class IndexFinding:
    """Something in the index that is not what run directories say.

    Attributes:
        run: place of the run.
        problem: a sentence.
    """

    run: str
    problem: str


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What became of an index that was brought up to date.

    Attributes:
        runs: how many run directories there are.
        read: places of those that were new or had changed.
        removed: places that were in the index, and whose directories are gone.
        problems: run directories that cannot be indexed, and why.
    """

    runs: int
    read: tuple[str, ...]
    removed: tuple[str, ...]
    problems: tuple[IndexFinding, ...]


def url_beside(folder: Path) -> str:
    """The URL of the index that stands beside the runs of a folder."""
    return f"sqlite:///{(folder / FILE).resolve().as_posix()}"


def run_directories(folder: Path) -> tuple[Path, ...]:
    """The run directories in a folder, or the folder where it is one itself; in the order of their names.

    Raises:
        RequestError: there is no such folder.
    """
    if (folder / RECORDS).is_file():
        return (folder.resolve(),)
    try:
        return tuple(sorted(path.resolve() for path in folder.iterdir() if (path / RECORDS).is_file()))
    except OSError as error:
        raise RequestError(f"{folder}: is no folder with run directories: {error.strerror or error}") from error


class Index:
    """An index over runs.

    Args:
        url: `sqlite:///FILE`, `postgresql://USER@HOST/DATABASE`, or `sqlite://` for one in memory.
        create: make it where there is none.
        anew: throw away what it holds; a file that is damaged, or no store at all, is set aside.

    Raises:
        RequestError: the URL cannot be understood, or its driver is not installed.
        EvidenceError: it cannot be opened, and why.
    """

    def __init__(self, url: str, *, create: bool = True, anew: bool = False) -> None:
        self._url = _parsed(url)
        file = self._url.database if self._url.get_backend_name() == "sqlite" else None
        # As it was given: the driver is our affair, and a password nobody's.
        self.name = file or self._url.set(drivername=self._url.get_backend_name(), password=None).render_as_string()
        self._home = Path(file).resolve().parent if file else None
        if file and not create and not Path(file).is_file():
            raise EvidenceError(f"{file}: there is no index; make one with stimcert index")
        try:
            self._engine = _engine(self._url)
        except ImportError as error:
            raise RequestError(f"{self.name}: needs {error.name}: install stimcert[postgresql]") from error
        try:
            self._open(anew=anew, create=create)
        except IndexFault as fault:
            if not (file and anew and _is_damaged(fault)):
                raise
            # Kept: it may be a file of somebody else that was named by mistake.
            Path(file).rename(_free(Path(file)))
            self._open(anew=anew, create=create)

    def _open(self, *, anew: bool, create: bool) -> None:
        with self._transaction(writes=create) as connection:
            self._prepare(connection, anew=anew, create=create)

    def close(self) -> None:
        """Let go of it."""
        self._engine.dispose()

    # Writing

    def add(self, run: Path, held: Held | None = None) -> None:
        """Enter a run, in place of what is there of it; all of it or nothing.

        Args:
            run: its directory.
            held: what its own session has of it; otherwise it is read.

        Raises:
            EvidenceError: the run cannot be read.
            IndexFault: the index cannot be written.
        """
        stored = StoredRun(run)
        with _readable(run):
            state, identity = state_of(stored), identity_of(stored)
            row = run_row(self.place_of(run), mark_of(run), state, identity)
        with self._transaction(writes=True) as connection, _readable(run):
            _remove(connection, row.place)
            made = connection.execute(insert(tables.RUNS).values(**row._asdict()).returning(tables.RUNS.c.id))
            for table, rows in _parts(made.scalar_one(), state, identity, Contents(stored, held)):
                self._write(connection, table, rows)

    def refresh(self, folders: Sequence[Path], *, remove: bool = False) -> Refreshed:
        """Read the run directories that are new, or not as they were when they were indexed.

        Args:
            folders: with run directories, or such directories themselves.
            remove: forget runs of these folders that are no longer there.

        Raises:
            IndexFault: the index cannot be written.
        """
        known = self._marks()
        found = [run for folder in folders for run in run_directories(folder)]
        read, problems = [], []
        for run in found:
            try:
                if known.get(self.place_of(run)) != mark_of(run):
                    self.add(run)
                    read.append(self.place_of(run))
            except IndexFault:
                raise
            except EvidenceError as error:
                problems.append(IndexFinding(str(run), str(error)))
        gone = self._gone(known, folders) if remove else ()
        for place in gone:
            with self._transaction(writes=True) as connection:
                _remove(connection, place)
        return Refreshed(len(found), tuple(read), gone, tuple(problems))

    def _write(self, connection: Connection, table: Table, rows: Iterator[tuple[object, ...]]) -> None:
        # The library's own way turns each row into a dictionary and back; its driver takes rows as they are.
        statement = str(insert(table).compile(dialect=self._engine.dialect))
        while batch := list(islice(rows, _BATCH)):
            connection.exec_driver_sql(statement, batch)

    # Reading

    def check(self, folders: Sequence[Path]) -> Iterator[IndexFinding]:
        """What the index says otherwise than the run directories, run by run, with nothing left out.

        Raises:
            IndexFault: the index cannot be read.
        """
        with self.reading() as connection:
            known = self._marks()
            for run in (run for folder in folders for run in run_directories(folder)):
                place = self.place_of(run)
                if place not in known:
                    yield IndexFinding(place, "is not in the index")
                    continue
                try:
                    with _readable(run):
                        yield from (IndexFinding(place, problem) for problem in self._differences(connection, run))
                except IndexFault:
                    raise
                except EvidenceError as error:
                    yield IndexFinding(place, f"cannot be read: {error}")
            for place in self._gone(known, folders):
                yield IndexFinding(place, "is in the index, and there is no such run directory")

    def _differences(self, connection: Connection, run: Path) -> Iterator[str]:
        stored = StoredRun(run)
        state, identity = state_of(stored), identity_of(stored)
        due = run_row(self.place_of(run), mark_of(run), state, identity)
        said = connection.execute(select(tables.RUNS).where(tables.RUNS.c.place == due.place)).one()
        yield from _unlike(tables.RUNS, "run", said[1:], due)
        for table, rows in _parts(said.id, state, identity, Contents(stored)):
            found = connection.execution_options(yield_per=_BATCH).execute(
                select(table).where(table.c.run == said.id).order_by(table.c.number)
            )
            name = table.name.removeprefix("stimcert_")
            for number, (one, other) in enumerate(zip_longest(found, rows)):
                yield from _unlike(table, f"{name}, row {number}", one, other)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to ask; nothing is written through it.

        Raises:
            IndexFault: the index cannot be read.
        """
        with self._transaction(writes=False) as connection:
            yield connection

    def _marks(self) -> dict[str, str]:
        with self.reading() as connection:
            rows = connection.execute(select(tables.RUNS.c.place, tables.RUNS.c.mark))
            return {str(row.place): str(row.mark) for row in rows}

    # Places

    def place_of(self, run: Path) -> str:
        """What the index calls a run directory: by its name where it stands beside the index, so that both may move."""
        path = run.resolve()
        if self._home is not None and self._home in path.parents:
            return path.relative_to(self._home).as_posix()
        return path.as_posix() if self._is_file else f"//{socket.gethostname()}{path.as_posix()}"

    def directory_of(self, place: str) -> Path | None:
        """The run directory of a place, None where it stands on another machine."""
        if not place.startswith("//"):
            return (self._home or Path()) / place
        host, _, path = place.removeprefix("//").partition("/")
        return Path(f"/{path}") if host == socket.gethostname() else None

    def _gone(self, known: Iterable[str], folders: Sequence[Path]) -> tuple[str, ...]:
        under = {folder.resolve() for folder in folders}
        ours = ((place, self.directory_of(place)) for place in sorted(known))
        return tuple(
            place
            for place, path in ours
            if path is not None and (path in under or path.parent in under) and not (path / RECORDS).is_file()
        )

    # The store itself

    @property
    def _is_file(self) -> bool:
        return self._url.get_backend_name() == "sqlite"

    @contextmanager
    def _transaction(self, *, writes: bool) -> Iterator[Connection]:
        try:
            with self._engine.connect() as opened:
                connection = opened.execution_options(**{_WRITES: writes})
                with connection.begin():
                    yield connection
        except (SQLAlchemyError, OSError) as error:
            why = getattr(error, "orig", None) or error
            raise IndexFault(
                f"{self.name}: the index cannot be {'written' if writes else 'read'}: {_said(why)}"
            ) from error

    def _prepare(self, connection: Connection, *, anew: bool, create: bool) -> None:
        """Make the tables where there are none; refuse those of another schema."""
        if anew:
            tables.all_tables().drop_all(connection)
        there = inspect(connection).has_table(tables.META.name)
        if not there and not create:
            raise IndexFault(f"{self.name}: holds no index; make one with stimcert index")
        if not there:
            tables.all_tables().create_all(connection)
            connection.execute(insert(tables.META).values(schema=tables.SCHEMA))
        schema = connection.execute(select(tables.META.c.schema)).scalar()
        if schema != tables.SCHEMA:
            said = f"its tables have schema {schema}, not {tables.SCHEMA}"
            raise IndexFault(f"{self.name}: {said}: make it again with stimcert index --anew")


def _remove(connection: Connection, place: str) -> None:
    number = connection.execute(select(tables.RUNS.c.id).where(tables.RUNS.c.place == place)).scalar()
    if number is None:
        return
    for table in tables.PARTS:
        connection.execute(delete(table).where(table.c.run == number))
    connection.execute(delete(tables.RUNS).where(tables.RUNS.c.id == number))


def _parts(
    number: int, state: dict[str, Any], identity: dict[str, Any], contents: Contents
) -> Iterator[tuple[Table, Iterator[tuple[object, ...]]]]:
    """Rows of a run by table. What was taken is complete when the values have been gone through: it comes last."""
    yield tables.OUTCOMES, outcome_rows(number, state)
    yield tables.INSTRUMENTS, instrument_rows(number, identity)
    yield tables.MEASUREMENTS, measurement_rows(number, contents.rows())
    yield tables.PATHS, path_rows(number, contents.taken)


def _unlike(table: Table, where: str, said: Sequence[object] | None, due: Sequence[object] | None) -> Iterator[str]:
    if said is None or due is None:
        yield f"{where}: {'is not in the index' if said is None else 'is in the index only'}"
        return
    names = [column.name for column in table.columns if column.name != "id"]
    for name, one, other in zip(names, said, due, strict=True):
        if one != other:
            yield f"{where}: {name} is {one!r}, and by the run directory {other!r}"


@contextmanager
def _readable(run: Path) -> Iterator[None]:
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise EvidenceError(f"{run}: run.json or a record lacks what every run has: {error!r}") from error


def _parsed(text: str) -> URL:
    try:
        url = make_url(text)
        kind = url.get_backend_name()
    except ArgumentError as error:
        raise RequestError(f"{text!r} is no URL of an index: {_KINDS}") from error
    if url.drivername not in _DRIVERS:
        raise RequestError(f"an index in {url.drivername} is not known: {_KINDS}")
    if kind == "sqlite":
        return url.set(drivername="sqlite")
    # What is typed on a command line stands in its history, and of a run in its records.
    password = url.password or os.environ.get("PGPASSWORD")
    return url.set(drivername="postgresql+pg8000", password=password)


_DRIVERS = frozenset({"sqlite", "postgresql", "postgresql+pg8000"})
_KINDS = "give sqlite:///FILE or postgresql://USER@HOST/DATABASE"


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": _CONNECT_S})
        event.listen(engine, "begin", _one_writer)
        return engine
    pool = NullPool if url.database else StaticPool
    waits = {} if "timeout" in url.query else {"timeout": _WAIT_S}
    engine = create_engine(url, poolclass=pool, connect_args=waits)
    event.listen(engine, "connect", _by_hand)
    event.listen(engine, "begin", _begin)
    return engine


def _one_writer(connection: Connection) -> None:
    if connection.get_execution_options().get(_WRITES):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")


def _by_hand(connection: Any, _: object) -> None:  # noqa: ANN401 - of the driver
    """Transactions begin where we say so: Python's sqlite3 would begin one at the first change, too late to wait."""
    connection.isolation_level = None


def _begin(connection: Connection) -> None:
    # A transaction that reads first and then writes could be refused at once, for all its waiting.
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _is_damaged(fault: IndexFault) -> bool:
    """Whether a file of SQLite is none or broken, and not merely locked or out of reach."""
    # The exact class: a lock is an OperationalError, which is one of these, too.
    return type(getattr(fault.__cause__, "orig", None)) is sqlite3.DatabaseError


def _free(path: Path) -> Path:
    """A name beside a file for what is set aside."""
    for number in range(1, 1000):
        aside = path.with_name(f"{path.name}.damaged{'' if number == 1 else f'-{number}'}")
        if not aside.exists():
            return aside
    raise IndexFault(f"{path}: a thousand damaged files stand beside it; remove them")


def _said(why: object) -> str:
    """A driver's words in one line."""
    if isinstance(why, BaseException) and why.args and isinstance(why.args[0], dict):
        return str(why.args[0].get("M", why))  # pg8000 gives the fields of the server's answer
    return " ".join(str(why).split())
