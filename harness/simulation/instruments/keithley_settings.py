"""Settings of a Keithley multimeter: numbers without a plus sign, and errors that name what was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from harness.simulation.scpi.errors import ScpiError
from harness.simulation.scpi.settings import Number

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.simulation.scpi.arguments import Arguments
    from harness.simulation.scpi.settings import Setting
    from harness.simulation.scpi.table import CommandTable, Response

NO_CARD = ScpiError(1151, "Command requires installation of accessory card")


def plain_number(value: float) -> str:
    """Write a setting: ``1``, ``0.01``, ``1E+07``, ``0.0166667``."""
    return f"{value:G}"


class Named(Number):
    """A number whose refusal says what it is and what was expected.

    Args:
        what: what the instrument calls it.
        default: reset value.
        limits: answers smallest and largest value now.
        write: its response format.
        coerce: rounds to what the instrument can do.
    """

    def __init__(
        self,
        what: str,
        default: float,
        limits: Callable[[], tuple[float, float]],
        *,
        write: Callable[[float], str] = plain_number,
        coerce: Callable[[float], float] = float,
    ) -> None:
        super().__init__(default, limits, write=write, coerce=coerce)
        self._what = what
        self._bounds = limits

    def set(self, arguments: Arguments) -> None:
        try:
            super().set(arguments)
        except ScpiError as error:
            raise (out_of_range(self._what, *self._bounds()) if error.number == -222 else error) from error  # noqa: PLR2004


def out_of_range(what: str, low: float, high: float) -> ScpiError:
    """Make the error of a value that is not between two limits, in the instrument's words."""
    return ScpiError(-222, f"Parameter, {what}, expected value from {low:G} to {high:G}")


class Watched:
    """A setting that calls somebody after each change.

    Args:
        setting: the setting.
        changed: called after a new value was taken.
    """

    def __init__(self, setting: Setting, changed: Callable[[], None]) -> None:
        self._setting = setting
        self._changed = changed

    def set(self, arguments: Arguments) -> None:
        self._setting.set(arguments)
        self._changed()

    def query(self, arguments: Arguments) -> str:
        return self._setting.query(arguments)

    def reset(self) -> None:
        self._setting.reset()


class Entry(Protocol):
    """Enters settings below a function's header."""

    def __call__(self, header: str, setting: Setting) -> None: ...


class SenseTable:
    """Enters commands below ``[SENSe[1]]:``, and keeps the settings for the reset.

    Args:
        table: of the instrument.
        changed: called after any change.
    """

    def __init__(self, table: CommandTable, changed: Callable[[], None]) -> None:
        self._table = table
        self._changed = changed
        self._settings: list[Setting] = []

    def setting(self, header: str, setting: Setting) -> None:
        self._settings.append(setting)
        watched = Watched(setting, self._changed)
        self.add(header, set=watched.set, query=watched.query)

    def add(
        self,
        header: str,
        *,
        set: Callable[[Arguments], Response] | None = None,  # noqa: A002 - the field's own word
        query: Callable[[Arguments], Response] | None = None,
    ) -> None:
        self._table.add(f"[SENSe<n>:]{header}", set=_first(set), query=_first(query))

    def reset(self) -> None:
        for setting in self._settings:
            setting.reset()


def _first(run: Callable[[Arguments], Response] | None) -> Callable[[Arguments], Response] | None:
    """Refuse another SENSe than the first, and channels: there is no scanner card."""
    if run is None:
        return None

    def checked(arguments: Arguments) -> Response:
        if any(suffix != 1 for suffix in arguments.suffixes):
            raise ScpiError(-114)
        if arguments.names_channels():
            raise NO_CARD
        return run(arguments)

    return checked
