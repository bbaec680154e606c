"""A finished run as a lot or a comparison needs it: who, when, by what, and its values."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import EvidenceError
from harness.evidence import StoredRun
from harness.evidence.index_rows import Contents, identity_of, state_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from harness.evidence import Value


@dataclass(frozen=True, slots=True)
class RunFacts:
    """What a run was.

    Attributes:
        name: of its directory.
        device: name of the profile.
        unit: serial number, None where none answered.
        firmware: of the unit.
        lot: of the unit.
        scope: of the run.
        verdict: of the run, None where there is none.
        complete: everything was judged that was to be.
        simulated: anything emulated took part.
        started: UTC, ISO 8601.
        instruments: role and serial number of each.
        outcomes: requirement and outcome, in the order of the run.
        refused_at: point at which a production run was given up; otherwise empty.
    """

    name: str
    device: str
    unit: str | None
    firmware: str | None
    lot: str | None
    scope: str | None
    verdict: str | None
    complete: bool
    simulated: bool | None
    started: str | None
    instruments: tuple[tuple[str, str], ...]
    outcomes: tuple[tuple[str, str], ...]
    refused_at: str


@dataclass(frozen=True, slots=True)
class ReadRun:
    """A run with its values.

    Attributes:
        facts: what it was.
        values: judged and disclosed ones, in their order.
        serials: of the instruments that an observation was taken through, by its key and their role.
    """

    facts: RunFacts
    values: tuple[Value, ...]
    serials: Mapping[str, Mapping[str, frozenset[str]]]


def read_run(path: Path) -> ReadRun:
    """Read a run directory; its chain is checked.

    Raises:
        EvidenceError: it cannot be read, or a record is not as it was written.
    """
    stored = StoredRun(path)
    try:
        state, identity = state_of(stored), identity_of(stored)
        contents = Contents(stored)
        values = tuple(contents.values())
        facts = RunFacts(
            name=path.resolve().name,
            device=str(state.get("device") or ""),
            unit=state.get("unit"),
            firmware=identity["unit"].get("firmware"),
            lot=state.get("lot"),
            scope=state.get("scope"),
            verdict=state.get("verdict"),
            complete=state.get("complete") is True,
            simulated=state.get("simulated"),
            started=state.get("started"),
            instruments=tuple(
                (str(role), str(who["serial_number"])) for role, who in sorted(identity["instruments"].items())
            ),
            outcomes=tuple((str(entry["id"]), str(entry["outcome"])) for entry in state.get("requirements", ())),
            refused_at=str(state.get("refused_at") or ""),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise EvidenceError(f"{path}: run.json or a record lacks what every run has: {error!r}") from error
    serials: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for taken in contents.taken:
        serials[taken.observation][taken.role].add(taken.serial_number)
    frozen = {key: {role: frozenset(who) for role, who in roles.items()} for key, roles in serials.items()}
    return ReadRun(facts, values, frozen)
