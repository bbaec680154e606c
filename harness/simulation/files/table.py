"""A TOML table read key by key: each value checked where it is taken, each leftover refused by its dotted name."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import DefinitionError, NotFinite
from harness.quantity import finite

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_MISSING = object()
_CHAIN_LIMIT = 8
_CHECKOUT = Path(__file__).resolve().parents[3] / "fixtures"


def load(path: Path) -> dict[str, object]:
    """Read a TOML file.

    Raises:
        DefinitionError: the file cannot be read, or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DefinitionError(path, "", f"cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DefinitionError(path, "", f"is no TOML: {error}") from error


def load_extended(path: Path, library: str) -> dict[str, object]:
    """Read a TOML file on top of the files that it extends, each named without `.toml`.

    A base is looked for beside the file that names it, then among the checkout's own, in its folder `library`. Tables
    are merged key by key; any other value, lists among them, replaces what the extended file says.
    """
    data = load(path)
    seen = [path.resolve()]
    while "extends" in data:
        name = data.pop("extends")
        if not isinstance(name, str) or not name:
            raise DefinitionError(path, "extends", f"{name!r} is no name of a file beside this one")
        base = next(
            (
                folder / f"{name}.toml"
                for folder in (seen[-1].parent, _CHECKOUT / library)
                if (folder / f"{name}.toml").is_file()
            ),
            None,
        )
        if base is None:
            raise DefinitionError(path, "extends", f"no file {name}.toml beside it or in fixtures/{library}")
        if base.resolve() in seen or len(seen) > _CHAIN_LIMIT:
            raise DefinitionError(path, "extends", f"{name!r} leads back to a file that was already read")
        seen.append(base.resolve())
        data = merged(load(base), data)
    return data


def merged(base: dict[str, object], over: dict[str, object]) -> dict[str, object]:
    """Lay `over` on `base`, table by table."""
    result = dict(base)
    for key, value in over.items():
        below = result.get(key)
        result[key] = merged(below, value) if isinstance(below, dict) and isinstance(value, dict) else value
    return result


class Table:
    """One table of a file; remembers which keys were taken.

    Args:
        file: the file, for messages.
        prefix: dotted name of the table, empty for the whole file.
        data: its keys and values.
    """

    def __init__(self, file: Path, prefix: str, data: dict[str, object]) -> None:
        self._file = file
        self._prefix = prefix
        self._left = dict(data)

    def error(self, key: str, problem: str) -> DefinitionError:
        return DefinitionError(self._file, self._dotted(key), problem)

    def text(self, key: str, default: str | None = None) -> str:
        value = self._take(key, default)
        if not isinstance(value, str):
            raise self.error(key, f"{value!r} is no text")
        return value

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._take(key, default)
        if not isinstance(value, bool):
            raise self.error(key, f"{value!r} is neither true nor false")
        return value

    def number(self, key: str, default: float | None = None, *, above: float | None = None) -> float:
        return self._number(key, self._take(key, default), above)

    def integer(self, key: str, default: int | None = None) -> int:
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self.error(key, f"{value!r} is no whole number")
        return value

    def numbers(self, key: str) -> tuple[float, ...]:
        return tuple(self._number(f"{key}[{i}]", value, None) for i, value in enumerate(self._list(key)))

    def texts(self, key: str) -> tuple[str, ...]:
        values = self._list(key)
        if not all(isinstance(value, str) for value in values):
            raise self.error(key, f"{values!r} is no list of texts")
        return tuple(str(value) for value in values)

    def integers(self, key: str, *, optional: bool = False) -> tuple[int, ...]:
        values = [] if optional and not self.has(key) else self._list(key)
        numbers = tuple(value for value in values if isinstance(value, int) and not isinstance(value, bool))
        if len(numbers) != len(values):
            raise self.error(key, f"{values!r} is no list of whole numbers")
        return numbers

    def table(self, key: str, *, optional: bool = False) -> Table:
        value = self._take(key, {} if optional else None)
        if not isinstance(value, dict):
            raise self.error(key, f"{value!r} is no table")
        return Table(self._file, self._dotted(key), value)

    def tables(self, key: str, *, optional: bool = False) -> Iterator[Table]:
        for index, value in enumerate([] if optional and not self.has(key) else self._list(key)):
            name = f"{key}[{index}]"
            if not isinstance(value, dict):
                raise self.error(name, f"{value!r} is no table")
            yield Table(self._file, self._dotted(name), value)

    def dictionaries(self, key: str) -> tuple[dict[str, object], ...]:
        """Take a list of tables as they stand, for a reader of its own."""
        values = self._list(key)
        found = tuple(value for value in values if isinstance(value, dict))
        if len(found) != len(values):
            raise self.error(key, "is no list of tables; write [[" + self._dotted(key) + "]] above each")
        return found

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Take every key with its text."""
        return tuple((key, self.text(key)) for key in self.names())

    def over(self, base: Table) -> Table:
        """Answer this table with what it does not say taken from `base`, key by key."""
        return Table(self._file, self._prefix, {**base._left, **self._left})

    def names(self) -> tuple[str, ...]:
        """Keys that were not taken yet."""
        return tuple(self._left)

    def has(self, key: str) -> bool:
        return key in self._left

    def done(self) -> None:
        """Refuse what nobody asked for.

        Raises:
            DefinitionError: a key is left.
        """
        for key in self._left:
            raise self.error(key, "unknown key")

    def checked(self, key: str, value: float, allowed: Callable[[float], bool], rule: str) -> float:
        """Let `value` through if it is allowed."""
        if not allowed(value):
            raise self.error(key, f"{value!r} is not allowed: {rule}")
        return value

    def at_least_zero(self, values: object, keys: Iterable[str], what: str) -> None:
        """Refuse attributes of `values`, called like their keys, that are below 0."""
        for key in keys:
            self.checked(key, getattr(values, key), lambda value: value >= 0.0, f"{what} is at least 0")

    def _dotted(self, key: str) -> str:
        return ".".join(part for part in (self._prefix, key) if part)

    def _take(self, key: str, default: object | None) -> object:
        value = self._left.pop(key, _MISSING)
        if value is _MISSING:
            if default is None:
                raise self.error(key, "is missing")
            return default
        return value

    def _list(self, key: str) -> list[object]:
        value = self._take(key, None)
        if not isinstance(value, list):
            raise self.error(key, f"{value!r} is no list")
        return value

    def _number(self, key: str, value: object, above: float | None) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.error(key, f"{value!r} is no number")
        try:
            number = finite(key, value)
        except NotFinite as error:
            raise self.error(key, str(error)) from error
        if above is not None and not number > above:
            raise self.error(key, f"{number!r} is not above {above:g}")
        return number
