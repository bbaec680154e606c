"""Parameters that hold only sometimes: rows `only` of a table of a unit file, and when each of them holds."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from _typeshed import DataclassInstance

    from harness.simulation.files.table import Table

    Parameters = TypeVar("Parameters", bound=DataclassInstance)

POLARITIES = ("positive", "negative", "bipolar")
_MOST_CHANNELS = 16


@dataclass(frozen=True, slots=True)
class Situation:
    """What conditions look at.

    Attributes:
        channel: number of the output, from 1.
        polarity: of the setting (firmware), or the direction of the current (electronics).
        level: number of the setting; 0 where there is none.
        frequency_hz: of the waveform; 0 where it has none.
        load_ohm: between the outputs, for direct current; infinity: open.
        load_f: largest capacitance of the load.
        on_s: since the output was switched on; below 0: it is off.
        supply_on: whether the bench's supply feeds the unit.
        charging: whether a charger is connected.
    """

    channel: int = 1
    polarity: str = ""
    level: int = 0
    frequency_hz: float = 0.0
    load_ohm: float = math.inf
    load_f: float = 0.0
    on_s: float = -1.0
    supply_on: bool = False
    charging: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """When a row holds: everything that it names is met; what is left out is always met.

    Attributes:
        channel: 0: any.
        polarity: empty: any.
        level: 0: any.
        frequency_above_hz: at this frequency or above; 0: any.
        load_above_ohm: at this resistance or above it, open contacts included; 0: any.
        load_below_ohm: below this one; infinity: any.
        load_above_f: with at least this capacitance in the load; 0: any.
        from_s: since the output was switched on.
        to_s: until then; infinity: for ever.
        timed: whether a time is given; then it never holds while the output is off.
        supply_on: None: either.
        charging: None: either.
    """

    channel: int = 0
    polarity: str = ""
    level: int = 0
    frequency_above_hz: float = 0.0
    load_above_ohm: float = 0.0
    load_below_ohm: float = math.inf
    load_above_f: float = 0.0
    from_s: float = 0.0
    to_s: float = math.inf
    timed: bool = False
    supply_on: bool | None = None
    charging: bool | None = None

    @property
    def looks_at_the_load(self) -> bool:
        """Whether a change of the load may change it."""
        return self.load_above_ohm > 0.0 or self.load_above_f > 0.0 or not math.isinf(self.load_below_ohm)

    def holds(self, situation: Situation) -> bool:
        return (
            self.channel in {0, situation.channel}
            and self.polarity in {"", situation.polarity}
            and self.level in {0, situation.level}
            and situation.frequency_hz >= self.frequency_above_hz
            and self.load_above_ohm <= situation.load_ohm
            and (situation.load_ohm < self.load_below_ohm or math.isinf(self.load_below_ohm))
            and situation.load_f >= self.load_above_f
            and (not self.timed or self.from_s <= situation.on_s < self.to_s)
            and self.supply_on in {None, situation.supply_on}
            and self.charging in {None, situation.charging}
        )


@dataclass(frozen=True, slots=True)
class Only:
    """One row: parameters that hold under a condition, by the names of the form."""

    condition: Condition
    changes: tuple[tuple[str, Any], ...]

    @property
    def keys(self) -> frozenset[str]:
        return frozenset(key for key, _ in self.changes)


def under(parameters: Parameters, rows: Iterable[Only], situation: Situation) -> Parameters:
    """Answer the parameters that hold in a situation; of rows that change the same one the last that holds wins."""
    changes = {key: value for row in rows if row.condition.holds(situation) for key, value in row.changes}
    return replace(parameters, **changes) if changes else parameters


def edges_s(rows: Iterable[Only]) -> tuple[float, ...]:
    """Answer the times since switching on at which a row may begin or cease to hold, ascending."""
    times = {time_s for row in rows for time_s in (row.condition.from_s, row.condition.to_s) if row.condition.timed}
    return tuple(sorted(time_s for time_s in times if 0.0 < time_s < math.inf))


def read_limited(
    table: Table,
    read: Callable[[Table], Parameters],
    *,
    fixed: Iterable[str] = (),
    undirected: Iterable[str] = (),
    of_electronics: bool = False,
) -> tuple[Parameters, tuple[Only, ...]]:
    """Read a table with its rows `only`.

    Args:
        table: of the unit file.
        read: reads it without them, and refuses what it does not know.
        fixed: keys that hold always.
        undirected: keys that act on both directions alike and cannot be limited to a polarity.
        of_electronics: whether a polarity is a direction of the current, and the load's capacitance is felt.

    Raises:
        DefinitionError: a row has no condition, changes nothing, or what cannot be changed.
    """
    rows = [(row, _condition(row)) for row in table.tables("only", optional=True)]
    for row, condition in rows:
        if of_electronics and condition.polarity == "bipolar":
            raise row.error("polarity", "is a direction of the current here: positive or negative")
        if not of_electronics and condition.load_above_f:
            raise row.error("load_above_f", "is felt by the electronics only")
        _check_keys(row, condition, frozenset(fixed), frozenset(undirected))
    wholes = [row.over(table) for row, _ in rows]
    parameters = read(table)
    found = []
    for (row, condition), whole in zip(rows, wholes, strict=True):
        values = read(whole)
        found.append(Only(condition, tuple((key, getattr(values, key)) for key in row.names())))
    return parameters, tuple(found)


def _check_keys(row: Table, condition: Condition, fixed: frozenset[str], undirected: frozenset[str]) -> None:
    if condition == Condition():
        raise row.error("", "has no condition; what always holds stands in the table itself")
    if not row.names():
        raise row.error("", "changes no parameter")
    for key in row.names():
        if key in fixed:
            raise row.error(key, "holds always; it cannot be limited")
        if key in undirected and condition.polarity:
            raise row.error(key, "acts on both directions alike; it cannot be limited to a polarity")


def _condition(row: Table) -> Condition:
    named = set(row.names())
    condition = Condition(
        channel=_at_least_one(row, "channel", _MOST_CHANNELS),
        polarity=row.text("polarity", ""),
        level=_at_least_one(row, "level", None),
        frequency_above_hz=_positive(row, "frequency_above_hz", 0.0),
        load_above_ohm=_positive(row, "load_above_ohm", 0.0),
        load_below_ohm=_positive(row, "load_below_ohm", math.inf),
        load_above_f=_positive(row, "load_above_f", 0.0),
        from_s=row.number("from_s", 0.0),
        to_s=_positive(row, "to_s", math.inf),
        timed=bool(named & {"from_s", "to_s"}),
        supply_on=row.flag("supply_on", default=False) if "supply_on" in named else None,
        charging=row.flag("charging", default=False) if "charging" in named else None,
    )
    if condition.polarity not in {"", *POLARITIES}:
        raise row.error("polarity", f"{condition.polarity!r} is none of {', '.join(POLARITIES)}")
    if not 0.0 <= condition.from_s < condition.to_s:
        raise row.error("from_s", "is not at least 0 and before to_s")
    if condition.load_above_ohm >= condition.load_below_ohm:
        raise row.error("load_above_ohm", "is not below load_below_ohm; no load is in that range")
    return condition


def _positive(row: Table, key: str, without: float) -> float:
    return row.number(key, above=0.0) if key in row.names() else without


def _at_least_one(row: Table, key: str, most: int | None) -> int:
    if key not in row.names():
        return 0
    number = row.integer(key)
    if number < 1 or (most is not None and number > most):
        raise row.error(key, f"{number} is none of 1 to {most}" if most else f"{number} is not at least 1")
    return number
