"""The simulation's own data: what each emulated model is and how large its errors may be."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from harness.errors import DefinitionError
from harness.simulation.files.table import load

_FOLDER = Path(__file__).parent.parent / "models"


class ModelTable:
    """Figures of one model, by dotted key.

    Args:
        name: file under `harness/simulation/models`, without `.toml`.
    """

    def __init__(self, name: str) -> None:
        self._file = _FOLDER / f"{name}.toml"
        self._data = load(self._file)

    def has(self, table: str) -> bool:
        """Whether there is a table of that name."""
        return isinstance(self._data.get(table), dict)

    def number(self, key: str) -> float:
        value = self._find(key)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise DefinitionError(self._file, key, f"{value!r} is no number")
        return float(value)

    def text(self, key: str) -> str:
        value = self._find(key)
        if not isinstance(value, str):
            raise DefinitionError(self._file, key, f"{value!r} is no text")
        return value

    def numbers(self, key: str) -> tuple[float, ...]:
        value = self._find(key)
        if not isinstance(value, list):
            raise DefinitionError(self._file, key, f"{value!r} is no list")
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
                raise DefinitionError(self._file, key, "is missing")
            value = value[part]
        return value


@cache
def model(name: str) -> ModelTable:
    """Read a model's file once."""
    return ModelTable(name)
