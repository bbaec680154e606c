"""The simulation's own data: what each emulated model is and how large its errors may be."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.errors import DefinitionError
from harness.simulation.files.table import load

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

_FOLDER = Path(__file__).parent.parent / "models"


class ModelTable:
    """Figures of one model, by dotted key.

    Args:
        path: the file.

    Attributes:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._data = load(path)

    def has(self, table: str) -> bool:
        """Whether there is a table of that name."""
        return isinstance(self._data.get(table), dict)

    def number(self, key: str) -> float:
        value = self._find(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise DefinitionError(self.path, key, f"{value!r} is no number")
        return float(value)

    def text(self, key: str) -> str:
        value = self._find(key)
        if not isinstance(value, str):
            raise DefinitionError(self.path, key, f"{value!r} is no text")
        return value

    def flag(self, key: str) -> bool:
        value = self._find(key)
        if not isinstance(value, bool):
            raise DefinitionError(self.path, key, f"{value!r} is neither true nor false")
        return value

    def section(self, name: str, known: Collection[str]) -> Mapping[str, Any]:
        """Answer a section that may be missing.

        Raises:
            DefinitionError: it is none, or has a key that is not `known`.
        """
        section = self._data.get(name, {})
        if not isinstance(section, dict):
            raise DefinitionError(self.path, name, "is no section")
        for key in section:
            if key not in known:
                raise DefinitionError(self.path, f"{name}.{key}", f"is unknown; there are {', '.join(known)}")
        return section

    def numbers(self, key: str) -> tuple[float, ...]:
        value = self._find(key)
        if not isinstance(value, list):
            raise DefinitionError(self.path, key, f"{value!r} is no list")
        return tuple(float(item) for item in value)

    def pair(self, key: str) -> tuple[float, float]:
        low, high = self.numbers(key)
        return low, high

    def duration_ns(self, key: str) -> int:
        """Answer a figure in seconds as whole nanoseconds."""
        return round(self.number(key) * 1e9)

    def _find(self, key: str) -> object:
        value: object = self._data
        for part in key.split("."):
            if not isinstance(value, dict) or part not in value:
                raise DefinitionError(self.path, key, "is missing")
            value = value[part]
        return value


@cache
def model(name: str) -> ModelTable:
    """Read a file under `harness/simulation/models` once; `name` is without `.toml`."""
    return ModelTable(_FOLDER / f"{name}.toml")
