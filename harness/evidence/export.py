"""The index as CSV and JSON, for spreadsheets, databases and dashboards; schemas in `docs/schemas`.

CSV has one line for each value, with its run in front. JSON has one object for each run, with outcomes, instruments and
values inside. Numbers are in SI units; what is not there is empty, or null.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any, get_type_hints

from sqlalchemy import select

from harness.evidence import index_tables as tables
from harness.evidence.index_rows import InstrumentRow, MeasurementRow, OutcomeRow, RunRow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection, Row, Table

    from harness.evidence.index import Index

SCHEMA = 1

_RENAMED = {"place": "run", "verdict": "run_verdict", "unit": "serial_number"}
RUN_FIELDS = {name: _RENAMED.get(name, name) for name in RunRow._fields if name != "mark"}
"""Columns of a run, and what they are called in a line of CSV: a value has a unit and a verdict, too."""

_OURS = frozenset({"run", "number"})
"""Keys of the tables; they mean nothing outside."""
_U = "expanded_uncertainty"


def fields_of(row: type) -> dict[str, Any]:
    """Names and types of what is exported of a table, in their order."""
    hints = {name: hint for name, hint in get_type_hints(row).items() if name not in _OURS | {"mark"}}
    if row is not MeasurementRow:
        return hints
    found = {}
    for name, hint in hints.items():
        found[name] = hint
        if name == "coverage_factor":
            found[_U] = float
    return found


def columns() -> dict[str, Any]:
    """Names and types of the columns of CSV, in their order."""
    run = get_type_hints(RunRow)
    return {ours: run[name] for name, ours in RUN_FIELDS.items()} | fields_of(MeasurementRow)


def csv_lines(index: Index) -> Iterator[str]:
    """All values of the index, one line each."""
    names = list(columns())
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    with index.reading() as connection:
        for run in _runs(connection):
            front = {ours: run[name] for name, ours in RUN_FIELDS.items()}
            for value in _values(connection, run["id"]):
                writer.writerow({name: _plain(item) for name, item in (front | value).items()})
                if text.tell() > _CHUNK:
                    yield text.getvalue()
                    text.seek(0)
                    text.truncate()
    yield text.getvalue()


_CHUNK = 1 << 16


def json_lines(index: Index) -> Iterator[str]:
    """The whole index, run by run."""
    yield f'{{"schema": {SCHEMA}, "runs": ['
    with index.reading() as connection:
        for number, run in enumerate(_runs(connection)):
            content = {name: value for name, value in run.items() if name not in {"id", "mark"}}
            content["outcomes"] = list(_rows(connection, tables.OUTCOMES, OutcomeRow, run["id"]))
            content["instruments"] = list(_rows(connection, tables.INSTRUMENTS, InstrumentRow, run["id"]))
            content["measurements"] = list(_values(connection, run["id"]))
            yield ("\n" if number == 0 else ",\n") + json.dumps(content, allow_nan=False)
    yield "\n]}\n"


def _runs(connection: Connection) -> Iterator[dict[str, Any]]:
    table = tables.RUNS
    found = connection.execute(select(table).order_by(table.c.started, table.c.place)).all()
    return (row._asdict() for row in found)


def _rows(connection: Connection, table: Table, row: type, run: int) -> Iterator[dict[str, Any]]:
    names = list(fields_of(row))
    found = connection.execute(select(table).where(table.c.run == run).order_by(table.c.number))
    return ({name: getattr(entry, name) for name in names} for entry in found)


def _values(connection: Connection, run: int) -> Iterator[dict[str, Any]]:
    names, table = list(fields_of(MeasurementRow)), tables.MEASUREMENTS
    rows = connection.execution_options(yield_per=1000).execute(
        select(table).where(table.c.run == run).order_by(table.c.number)
    )
    return ({name: _field(row, name) for name in names} for row in rows)


def _field(row: Row[Any], name: str) -> Any:  # noqa: ANN401 - whatever its column holds
    return row.coverage_factor * row.standard_uncertainty if name == _U else getattr(row, name)


def _plain(value: object) -> object:
    """As other programs read it: a truth value in lower case, a float with all its digits."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(value) if isinstance(value, float) else value
