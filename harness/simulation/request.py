"""A request to the control port: a JSON object whose keys are taken one by one."""

from __future__ import annotations

import json
from typing import Self

from harness.errors import NotFinite, StimcertError
from harness.quantity import finite

_MISSING = object()


class Refused(StimcertError):
    """A request that is not answered, and what was allowed."""


class Request:
    """Keys and values; remembers which were taken."""

    def __init__(self, fields: dict[str, object]) -> None:
        self._left = fields

    @classmethod
    def parse(cls, line: bytes) -> Self:
        """Read one line.

        Raises:
            Refused: it is no JSON object.
        """
        try:
            fields = json.loads(line)
        except ValueError as error:
            raise Refused(f"the line is no JSON: {error}") from error
        except RecursionError as error:
            raise Refused("the line is nested too deeply") from error
        if not isinstance(fields, dict):
            raise Refused('the line is no JSON object, as {"op": "time"} is one')
        return cls(fields)

    def has(self, key: str) -> bool:
        return key in self._left

    def text(self, key: str, default: str | None = None) -> str:
        value = self._take(key, default)
        if not isinstance(value, str):
            raise Refused(f"{key} is {value!r}, not a text")
        return value

    def flag(self, key: str) -> bool:
        value = self._take(key, None)
        if not isinstance(value, bool):
            raise Refused(f"{key} is {value!r}, neither true nor false")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        value = self._take(key, default)
        try:
            return finite(key, value)  # type: ignore[arg-type]  # it refuses what is no number, by name
        except NotFinite as error:
            raise Refused(str(error)) from error

    def integer(self, key: str, default: int | None = None) -> int:
        value = self._take(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise Refused(f"{key} is {value!r}, not a whole number")
        return value

    def count(self, key: str, default: int) -> int:
        value = self.integer(key, default)
        if value < 0:
            raise Refused(f"{key} is {value}; it is 0 or more")
        return value

    def end(self) -> None:
        """Refuse what nobody asked for.

        Raises:
            Refused: a key is left.
        """
        if self._left:
            raise Refused(f"unknown key {next(iter(self._left))!r}")

    def _take(self, key: str, default: object | None) -> object:
        value = self._left.pop(key, _MISSING)
        if value is _MISSING:
            if default is None:
                raise Refused(f"{key} is missing")
            return default
        return value
