"""The fault file: faults of the bench and when they come, with the keys of the control port."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import DefinitionError
from harness.simulation.files.table import Table, load
from harness.simulation.request import Refused, Request

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from harness.simulation.faults import Fault

_SCHEMA = 1
_LATEST_S = 1e8


@dataclass(frozen=True, slots=True)
class TimedFault:
    """A fault and when it is on.

    Attributes:
        fault: what happens.
        at_s: bench time at which it is switched on.
        for_s: how long it stays, None: until cleared.
    """

    fault: Fault
    at_s: float
    for_s: float | None


def read_faults(path: Path, parse: Callable[[Request], Fault]) -> tuple[TimedFault, ...]:
    """Read a fault file.

    Args:
        path: the file.
        parse: reads one fault, and leaves what is not the fault's own.

    Raises:
        DefinitionError: a fault that this bench cannot have, in the control port's words.
    """
    data = load(path)
    table = Table(path, "", data)
    version = table.integer("schema", _SCHEMA)
    if version != _SCHEMA:
        raise table.error("schema", f"is {version}; this version reads {_SCHEMA}")
    rows = table.dictionaries("faults")
    table.done()
    if not rows:
        raise table.error("faults", "is empty; give at least one [[faults]], or no fault file")
    return tuple(_timed(path, f"faults[{index}]", row, parse) for index, row in enumerate(rows))


def _timed(path: Path, where: str, row: dict[str, object], parse: Callable[[Request], Fault]) -> TimedFault:
    request = Request(dict(row))
    try:
        at_s = request.number("at_s", 0.0)
        for_s = request.number("for_s") if request.has("for_s") else None
        if not 0.0 <= at_s <= _LATEST_S:
            raise Refused(f"at_s is {at_s:g}; it is 0 to {_LATEST_S:g} s of bench time")  # noqa: TRY301 - one place
        if for_s is not None and not 0.0 < for_s <= _LATEST_S:
            raise Refused(f"for_s is {for_s:g}; it is above 0 and at most {_LATEST_S:g} s")  # noqa: TRY301
        fault = parse(request)
        request.end()
    except Refused as error:
        raise DefinitionError(path, where, str(error)) from error
    return TimedFault(fault, at_s, for_s)
