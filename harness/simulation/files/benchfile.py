"""The part of a bench file that the simulation needs: what is wired to what.

Serial numbers, certificates, accuracy and influences are what the host believes; they are not read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.simulation.files.table import Table, load_extended

if TYPE_CHECKING:
    from pathlib import Path

_ROLES = ("multimeter", "oscilloscope")


@dataclass(frozen=True, slots=True)
class ResistorRow:
    """A calibrated resistor as its certificate states it."""

    id: str
    role: str
    resistance_ohm: float
    expanded_uncertainty_ohm: float
    coverage_factor: float
    temperature_coefficient_per_k: float
    channels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LoadRow:
    """A load of the matrix."""

    name: str
    resistance_ohm: float
    channels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BenchFile:
    """One bench.

    Attributes:
        models: model of each instrument, by role.
        scope_channel: the oscilloscope's channel across its resistor.
        probe_ratio: of the probe between them.
    """

    mains_frequency_hz: float
    temperature_c: float
    temperature_half_width_c: float
    models: tuple[tuple[str, str], ...]
    baud: int
    scope_channel: int
    probe_ratio: float
    resistors: tuple[ResistorRow, ...]
    loads: tuple[LoadRow, ...]


def read_bench(path: Path) -> BenchFile:
    """Read a bench file and what it extends.

    Raises:
        DefinitionError: file and dotted key of what is missing or wrong.
    """
    table = Table(path, "", load_extended(path, "benches"))
    instruments = table.table("instruments")
    models = tuple((role, instruments.table(role).text("model")) for role in instruments.names())
    scope = table.table("oscilloscope_input", optional=True)
    baud = table.table("stimulator", optional=True).integer("baud", 115200)
    if baud <= 0:
        raise table.error("stimulator.baud", f"{baud} is no baud rate")
    return BenchFile(
        mains_frequency_hz=table.number("mains_frequency_hz", 50.0, above=0.0),
        temperature_c=table.number("temperature_c", 23.0),
        temperature_half_width_c=table.number("temperature_half_width_c", 0.0),
        models=models,
        baud=baud,
        scope_channel=scope.integer("channel", 1),
        probe_ratio=scope.number("probe_ratio", 1.0, above=0.0),
        resistors=tuple(_resistor(row) for row in table.tables("resistors")),
        loads=tuple(_load(row) for row in table.tables("loads")),
    )


def _resistor(row: Table) -> ResistorRow:
    role = row.text("role")
    if role not in _ROLES:
        raise row.error("role", f"{role!r} is none of {', '.join(_ROLES)}")
    return ResistorRow(
        id=row.text("id"),
        role=role,
        resistance_ohm=row.number("resistance_ohm", above=0.0),
        expanded_uncertainty_ohm=row.number("expanded_uncertainty_ohm", 0.0),
        coverage_factor=row.number("coverage_factor", 2.0, above=0.0),
        temperature_coefficient_per_k=row.number("temperature_coefficient_per_k", 0.0),
        channels=_channels(row),
    )


def _load(row: Table) -> LoadRow:
    return LoadRow(
        name=row.text("name"),
        resistance_ohm=row.number("resistance_ohm", above=0.0),
        channels=_channels(row),
    )


def _channels(row: Table) -> tuple[int, ...]:
    channels = row.integers("channels")
    if not channels:
        raise row.error("channels", "is empty; a part of the loop has at least one relay")
    return channels
