"""A setting: its command, its query, its limits and its reset value in one object."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Protocol

from harness.simulation.scpi.errors import ScpiError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from harness.simulation.scpi.arguments import Arguments


_SLACK = 1e-9


class Setting(Protocol):
    """What the command table and the reset need of a setting."""

    def set(self, arguments: Arguments) -> None: ...
    def query(self, arguments: Arguments) -> str: ...
    def reset(self) -> None: ...


def nr3(value: float) -> str:
    """Write a number as Truevolt instruments do: sign, eight decimals, exponent; infinity as 9.9E+37."""
    return f"{value:+.8E}" if math.isfinite(value) else "+9.90000000E+37"


def nr1(value: float) -> str:
    """Write a whole number with its sign."""
    return f"{value:+.0f}"


def _nothing() -> None:
    """Stand in where nobody listens."""


class Number:
    """A number within limits.

    Args:
        default: reset value.
        limits: answers smallest and largest value now.
        unit: SI unit of its suffix.
        write: its response format.
        coerce: rounds to what the instrument can do.
        infinite: whether INFinity is a value.
        changed: called after a new value was taken.
    """

    def __init__(
        self,
        default: float,
        limits: Callable[[], tuple[float, float]],
        *,
        unit: str = "",
        write: Callable[[float], str] = nr3,
        coerce: Callable[[float], float] = float,
        infinite: bool = False,
        changed: Callable[[], None] = _nothing,
    ) -> None:
        self.value = self._default = default
        self._limits = limits
        self._unit = unit
        self._write = write
        self._coerce = coerce
        self._infinite = infinite
        self._changed = changed

    def set(self, arguments: Arguments) -> None:
        value = arguments.number(self._unit, self._words())
        arguments.end()
        low, high = self._limits()
        # A limit that was computed must not refuse itself for its last bit.
        inside = low - _SLACK * abs(low) <= value <= high + _SLACK * abs(high)
        if not (inside or (self._infinite and math.isinf(value))):
            raise ScpiError(-222)
        self.value = self._coerce(value) if math.isfinite(value) else value
        self._changed()

    def query(self, arguments: Arguments) -> str:
        value = arguments.number(self._unit, self._words()) if arguments.more() else self.value
        arguments.end()
        return self._write(value)

    def reset(self) -> None:
        self.value = self._default

    def _words(self) -> dict[str, float]:
        low, high = self._limits()
        words = {"MINimum": low, "MAXimum": high, "DEFault": self._default}
        return words | {"INFinity": math.inf} if self._infinite else words


class Flag:
    """ON or OFF.

    Args:
        default: reset value.
        changed: called after a new value was taken.
    """

    def __init__(self, *, default: bool, changed: Callable[[], None] = _nothing) -> None:
        self.value = self._default = default
        self._changed = changed

    def set(self, arguments: Arguments) -> None:
        value = arguments.flag()
        arguments.end()
        self.value = value
        self._changed()

    def query(self, arguments: Arguments) -> str:
        arguments.end()
        return str(int(self.value))

    def reset(self) -> None:
        self.value = self._default


class Word:
    """One word of several.

    Args:
        default: reset value, in short form.
        words: the choices, capitals as their short form.
        changed: called after a new value was taken.
    """

    def __init__(self, default: str, words: Sequence[str], changed: Callable[[], None] = _nothing) -> None:
        self.value = self._default = default
        self._words = words
        self._changed = changed

    def set(self, arguments: Arguments) -> None:
        value = arguments.choice(self._words)
        arguments.end()
        self.value = value
        self._changed()

    def query(self, arguments: Arguments) -> str:
        arguments.end()
        return self.value

    def reset(self) -> None:
        self.value = self._default


class Text:
    """A quoted string of at most `longest` characters."""

    def __init__(self, longest: int) -> None:
        self.value = ""
        self._longest = longest

    def set(self, arguments: Arguments) -> None:
        value = arguments.string()
        arguments.end()
        if len(value) > self._longest:
            raise ScpiError(-223)
        self.value = value

    def query(self, arguments: Arguments) -> str:
        arguments.end()
        return f'"{self.value}"'

    def reset(self) -> None:
        self.value = ""
