"""The index's tables, made from the rows; imported late, with SQLAlchemy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, get_args, get_type_hints

from sqlalchemy import BigInteger, Boolean, Column, Double, Integer, MetaData, Table, Text

from harness.evidence.index_rows import InstrumentRow, MeasurementRow, OutcomeRow, PathRow, RunRow

if TYPE_CHECKING:
    from sqlalchemy.types import TypeEngine

SCHEMA = 1
"""Of the tables; a store of another one is made anew."""

_METADATA = MetaData()
_TYPES: dict[type, TypeEngine[Any]] = {str: Text(), int: BigInteger(), float: Double(), bool: Boolean()}


def _columns(row: type) -> list[Column[Any]]:
    found = []
    for name, hint in get_type_hints(row).items():
        kinds = get_args(hint) or (hint,)
        key = name in {"run", "number"}
        found.append(Column(name, _TYPES[kinds[0]], nullable=type(None) in kinds, primary_key=key, autoincrement=False))
    return found


def _table(name: str, row: type) -> Table:
    # Without a row id of its own a table of SQLite is its primary key: half the writing.
    return Table(f"stimcert_{name}", _METADATA, *_columns(row), sqlite_with_rowid=False)


META = Table("stimcert_schema", _METADATA, Column("schema", Integer, primary_key=True, autoincrement=False))
RUNS = Table("stimcert_runs", _METADATA, Column("id", Integer, primary_key=True), *_columns(RunRow))
RUNS.c.place.unique = True
OUTCOMES = _table("outcomes", OutcomeRow)
INSTRUMENTS = _table("instruments", InstrumentRow)
PATHS = _table("paths", PathRow)
MEASUREMENTS = _table("measurements", MeasurementRow)

PARTS = (OUTCOMES, INSTRUMENTS, PATHS, MEASUREMENTS)
"""All that belongs to one run."""


def all_tables() -> MetaData:
    """Every table of the index."""
    return _METADATA
