"""The file of `--predicate`: the predicate's column beside the device's, and what only the sponsor can state."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import RequestError

if TYPE_CHECKING:
    from pathlib import Path

_KNOWN = frozenset({"schema", "name", "unit", "modes", "device", "source"})
_MOST = 2_000
"""Letters of one entry."""


@dataclass(frozen=True, slots=True)
class Predicate:
    """Texts by the number of their row, as FDA counts them.

    Attributes:
        name: of the predicate; empty: there is none.
        source: where its figures are from.
        unit: rows of the basic unit characteristics.
        modes: for each mode of the device the rows of the output specifications.
        device: rows of the unit characteristics that the sponsor states of the device itself.
    """

    name: str = ""
    source: str = ""
    unit: tuple[tuple[str, str], ...] = ()
    modes: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = ()
    device: tuple[tuple[str, str], ...] = ()

    @property
    def given(self) -> bool:
        """True where there is a column to print."""
        return bool(self.name)

    def of_unit(self, row: str) -> str:
        """The predicate's entry in a row of the unit."""
        return dict(self.unit).get(row, "not given")

    def of_mode(self, mode: str, row: str) -> str:
        """The predicate's entry in a row of a mode."""
        return dict(dict(self.modes).get(mode, ())).get(row, "not given")

    def stated(self, row: str) -> str:
        """What the sponsor states of the device in a row of the unit; empty where nothing."""
        return dict(self.device).get(row, "")


def read_predicate(path: Path | None) -> Predicate:
    """Read a file of texts by row; none gives an empty one.

    Raises:
        RequestError: it cannot be read, or is no such file.
    """
    if path is None:
        return Predicate()
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RequestError(f"{path}: cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise RequestError(f"{path}: is not TOML: {error}") from error
    if unknown := sorted(set(data) - _KNOWN):
        raise RequestError(f"{path}: {unknown[0]} is not known; a predicate file holds {', '.join(sorted(_KNOWN))}")
    if data.get("schema") != 1:
        raise RequestError(f"{path}: schema is {data.get('schema')!r}, must be 1")
    modes = data.get("modes", {})
    if not isinstance(modes, dict):
        raise RequestError(f"{path}: modes is no table of modes")
    return Predicate(
        name=_text(path, "name", data.get("name", "")),
        source=_text(path, "source", data.get("source", "")),
        unit=_rows(path, "unit", data.get("unit", {})),
        modes=tuple((str(mode), _rows(path, f"modes.{mode}", rows)) for mode, rows in modes.items()),
        device=_rows(path, "device", data.get("device", {})),
    )


def _rows(path: Path, where: str, rows: object) -> tuple[tuple[str, str], ...]:
    if not isinstance(rows, dict):
        raise RequestError(f"{path}: {where} is no table of rows")
    return tuple((str(row), _text(path, f"{where}.{row}", text)) for row, text in rows.items())


def _text(path: Path, where: str, value: object) -> str:
    if not isinstance(value, str):
        raise RequestError(f"{path}: {where} is {value!r}, must be a text in quotes")
    if len(value) > _MOST:
        raise RequestError(f"{path}: {where} has {len(value)} letters, at most {_MOST}")
    return value
