"""The kinds of faults, from their data file: who can have each, and what its parameters are."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from harness.simulation.files.table import Table, load
from harness.simulation.request import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from harness.simulation.request import Request

_FILE = Path(__file__).parent / "models" / "faults.toml"
_TYPES = ("number", "integer", "flag", "text")

Value = float | int | bool | str


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a kind.

    Attributes:
        name: its key in a request and in a fault file.
        type: `number`, `integer`, `flag` or `text`.
        unit: of a number; empty: none.
        default: None where it has to be given.
        above: a number is above this, where one is given.
        least: smallest allowed number, where one is given.
        most: largest allowed number, where one is given.
        among: allowed texts.
        of: targets that take it; empty: all of the kind's.
    """

    name: str
    type: str
    unit: str
    default: Value | None
    above: float | None
    least: float | None
    most: float | None
    among: tuple[str, ...]
    of: tuple[str, ...]

    def take(self, request: Request) -> Value:
        """Take its value from a request.

        Raises:
            Refused: it is missing, of another type, or not allowed.
        """
        if not request.has(self.name):
            if self.default is None:
                raise Refused(f"{self.name} is missing")
            return self.default
        if self.type == "flag":
            return request.flag(self.name)
        if self.type == "text":
            return self._checked_text(request.text(self.name))
        return self._checked(request.integer(self.name) if self.type == "integer" else request.number(self.name))

    def _checked_text(self, text: str) -> str:
        if text not in self.among:
            raise Refused(f"{self.name} {text!r} is none of {', '.join(self.among)}")
        return text

    def _checked(self, value: float) -> float:
        above, least, most = self.above, self.least, self.most
        if (above is None or value > above) and (least is None or value >= least) and (most is None or value <= most):
            return value
        bounds = ((above, "above"), (least, "at least"), (most, "at most"))
        allowed = " and ".join(f"{words} {bound:g}" for bound, words in bounds if bound is not None)
        raise Refused(f"{self.name} is {value:g}; it is {allowed}{f' {self.unit}' if self.unit else ''}")


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of fault.

    Attributes:
        name: as it is asked for.
        targets: roles, places, and `instrument` or `resistor` for all of them.
        standing: whether it is simply on, instead of striking single messages.
        readings: whether it strikes only messages that ask for readings.
        parameters: what it is given besides.
    """

    name: str
    targets: tuple[str, ...]
    standing: bool
    readings: bool
    parameters: tuple[Parameter, ...] = field(default=())

    def take(self, request: Request, target: str) -> dict[str, Value]:
        """Take the values of all parameters that `target` has."""
        return {p.name: p.take(request) for p in self.parameters if not p.of or target in p.of}


@cache
def kinds() -> Mapping[str, Kind]:
    """Read the kinds once; in the order of their file."""
    whole = Table(_FILE, "", load(_FILE))
    return {name: _kind(name, whole.table(name)) for name in whole.names()}


def _kind(name: str, table: Table) -> Kind:
    parameters = table.table("parameters", optional=True)
    kind = Kind(
        name=name,
        targets=table.texts("targets"),
        standing=table.flag("standing", default=False),
        readings=table.flag("readings", default=False),
        parameters=tuple(_parameter(key, parameters.table(key)) for key in parameters.names()),
    )
    table.done()
    return kind


def _parameter(name: str, table: Table) -> Parameter:
    kind = table.text("type")
    if kind not in _TYPES:
        raise table.error("type", f"{kind!r} is none of {', '.join(_TYPES)}")
    parameter = Parameter(
        name=name,
        type=kind,
        unit=table.text("unit", ""),
        default=_default(kind, table) if table.has("default") else None,
        above=table.number("above") if table.has("above") else None,
        least=table.number("least") if table.has("least") else None,
        most=table.number("most") if table.has("most") else None,
        among=table.texts("among") if table.has("among") else (),
        of=table.texts("of") if table.has("of") else (),
    )
    table.done()
    return parameter


def _default(kind: str, table: Table) -> Value:
    if kind == "flag":
        return table.flag("default", default=False)
    if kind == "text":
        return table.text("default")
    return table.integer("default") if kind == "integer" else table.number("default")
