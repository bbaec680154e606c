"""The as-built overlay: true values that are given instead of drawn."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.simulation.files.table import Table, load

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.simulation.files.benchfile import BenchFile


@dataclass(frozen=True, slots=True)
class AsBuilt:
    """True ohms by resistor id and by load name."""

    resistors: Mapping[str, float] = field(default_factory=dict)
    loads: Mapping[str, float] = field(default_factory=dict)


def read_as_built(path: Path, bench: BenchFile) -> AsBuilt:
    """Read an overlay for `bench`.

    Raises:
        DefinitionError: it names a part that the bench does not have, or a value is no resistance.
    """
    table = Table(path, "", load(path))
    resistors = _values(table.table("resistors", optional=True), tuple(row.id for row in bench.resistors))
    loads = _values(table.table("loads", optional=True), tuple(row.name for row in bench.loads))
    table.done()
    return AsBuilt(resistors, loads)


def _values(table: Table, names: tuple[str, ...]) -> dict[str, float]:
    values = {name: table.number(name, above=0.0) for name in names if table.has(name)}
    for name in table.names():
        raise table.error(name, f"the bench has {', '.join(names)}")
    return values
