"""What the index holds of a run, row by row; every row follows from the run directory alone."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from harness.errors import EvidenceError
from harness.evidence.codec import typed
from harness.evidence.stored_run import VALUES, Judged, StoredRun, value_from
from harness.setpoint import OperatingPoint
from harness.verdict import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from harness.capture import Observation
    from harness.evidence.chain import Record
    from harness.evidence.stored_run import Value

_TAIL_BYTES = 4096
"""The last line of a chain follows from all the others: its end and the length tell a changed file."""


class RunRow(NamedTuple):
    """A run. `place` is where its directory stands; `mark` follows from the end of its records and from `run.json`."""

    place: str
    mark: str
    device: str
    unit: str | None
    firmware: str | None
    lot: str | None
    operator: str | None
    bench: str | None
    scope: str | None
    verdict: str | None
    complete: bool
    simulated: bool | None
    seed: int | None
    started: str | None
    ended: str | None


class OutcomeRow(NamedTuple):
    """A requirement's fate in a run, in the order of `run.json`."""

    run: int
    number: int
    requirement: str
    outcome: str
    worst_margin: float | None
    fingerprint: str | None


class InstrumentRow(NamedTuple):
    """An instrument that answered in a run, with the role that it had."""

    run: int
    number: int
    role: str
    manufacturer: str
    model: str
    serial_number: str
    firmware: str


class Taken(NamedTuple):
    """By which instrument, across which resistor, something of an observation was taken."""

    observation: str
    attempt: int
    role: str
    model: str
    serial_number: str
    resistor: str
    certificate: str


class PathRow(NamedTuple):
    """The same as a row."""

    run: int
    number: int
    observation: str
    attempt: int
    role: str
    model: str
    serial_number: str
    resistor: str
    certificate: str


class MeasurementRow(NamedTuple):
    """A judged or disclosed value; a disclosed one has neither limit nor rule.

    `others` are the keys of further observations, `captures` the names of captures, each with blanks between them.
    """

    run: int
    number: int
    test: str
    sequence: int
    requirement: str
    quantity: str
    measurand: str
    version: int
    value: float
    unit: str
    standard_uncertainty: float
    coverage_factor: float
    channel: int
    mode: str
    level: int
    frequency_hz: float | None
    load: str
    observation: str
    attempt: int
    polarity: str
    others: str
    captures: str
    verdict: str
    lower_limit: float | None
    upper_limit: float | None
    nominal: float | None
    rule: str | None
    guard_band: float | None
    margin: float | None


Content = tuple[object, ...]
"""Columns of `MeasurementRow` from `test` on."""

SEPARATOR = " "
"""Between the keys of further observations, and between the names of captures; none of them has a blank."""

_LABELS = {verdict.name: verdict.label for verdict in Verdict}
_DISCLOSED = Outcome.DISCLOSED.value


def mark_of(run: Path) -> str:
    """A short text that changes with the records and the state of a run.

    Raises:
        EvidenceError: its records cannot be read.
    """
    path = run / "records.jsonl"
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _TAIL_BYTES))
            tail = file.read()
    except OSError as error:
        raise EvidenceError(f"{path}: cannot be read: {error.strerror or error}") from error
    state = run / "run.json"
    said = state.read_bytes() if state.is_file() else b""
    return hashlib.sha256(b"%d\n%b\n%b" % (size, tail, said)).hexdigest()


def state_of(stored: StoredRun) -> dict[str, Any]:
    """What `run.json` says; of a run that was killed before it wrote one, what its first record says."""
    if (stored.path / "run.json").is_file():
        return stored.state()
    return stored.first("run-started") or {}


def identity_of(stored: StoredRun) -> dict[str, Any]:
    """Who answered, as it was recorded; of nobody, where nobody did.

    The chain is not checked here: the plan that stands before it is long, and whoever reads the values checks it.

    Raises:
        EvidenceError: its records cannot be read.
    """
    path = stored.path / "records.jsonl"
    try:
        with path.open("rb") as file:
            for line in file:
                # Kind, number and hashes stand behind the data.
                if b'"kind":"identity"' in line[-_BEHIND_DATA:] and line.endswith(b"\n"):
                    data: dict[str, Any] = json.loads(line)["data"]
                    return data
    except (OSError, ValueError) as error:
        raise EvidenceError(f"{path}: cannot be read: {error}") from error
    return {"unit": {}, "instruments": {}}


_BEHIND_DATA = 250


def run_row(place: str, mark: str, state: dict[str, Any], identity: dict[str, Any]) -> RunRow:
    """The row of a run."""
    return RunRow(
        place=place,
        mark=mark,
        device=str(state.get("device") or ""),
        unit=_text(state.get("unit")),
        firmware=_text(identity["unit"].get("firmware")),
        lot=_text(state.get("lot")),
        operator=_text(state.get("operator")),
        bench=_text(state.get("bench")),
        scope=_text(state.get("scope")),
        verdict=_text(state.get("verdict")),
        complete=state.get("complete") is True,
        simulated=state.get("simulated"),
        seed=state.get("seed"),
        started=_text(state.get("started")),
        ended=_text(state.get("ended")),
    )


def outcome_rows(run: int, state: dict[str, Any]) -> Iterator[OutcomeRow]:
    """Outcomes of all requirements."""
    for number, entry in enumerate(state.get("requirements", ())):
        yield OutcomeRow(
            run, number, entry["id"], entry["outcome"], entry["worst_margin"], _text(entry.get("fingerprint"))
        )


def instrument_rows(run: int, identity: dict[str, Any]) -> Iterator[InstrumentRow]:
    """Who answered."""
    for number, (role, who) in enumerate(sorted(identity["instruments"].items())):
        yield InstrumentRow(run, number, role, who["manufacturer"], who["model"], who["serial_number"], who["firmware"])


def taken_by(observation: Observation, attempt: int) -> tuple[Taken, ...]:
    """By what an observation was taken, each way once."""
    key = observation.key
    paths = [reading.path for reading in observation.readings] + [capture.path for capture in observation.captures]
    return tuple(
        dict.fromkeys(
            Taken(key, attempt, path.role, path.model, path.serial_number, path.resistor.id, path.resistor.certificate)
            for path in paths
        )
    )


def taken_from(record: Record) -> tuple[Taken, ...]:
    """The same from the record of an observation; its captures are not read."""
    data = record.data["observation"]
    key, attempt = typed(OperatingPoint, data["point"], f"record {record.number}").key, int(record.data["attempt"])
    paths = (item["path"] for item in (*data["readings"], *data["captures"]))
    return tuple(
        dict.fromkeys(
            Taken(
                key,
                attempt,
                path["role"],
                path["model"],
                path["serial_number"],
                path["resistor"]["id"],
                path["resistor"]["certificate"],
            )
            for path in paths
        )
    )


def path_rows(run: int, taken: Iterable[Taken]) -> Iterator[PathRow]:
    """By what everything of a run was taken, in its order."""
    return (PathRow(run, number, *way) for number, way in enumerate(taken))


def measurement_rows(run: int, contents: Iterable[Content]) -> Iterator[tuple[object, ...]]:
    """All values of a run, in their order, each with the columns of `MeasurementRow`."""
    return ((run, number, *content) for number, content in enumerate(contents))


def content_of(value: Value) -> Content:
    """A value as the index has it: the columns of `MeasurementRow` behind its keys.

    A session makes it when the value is recorded, not when it ends and somebody waits. Plain access to fields is what
    Python does fastest; an enumeration's own properties would take longer than all the rest.
    """
    measurement, point = value.measurement, value.point
    setpoint, derivation = point.setpoint, measurement.derivation
    others, captures = derivation.others, measurement.captures
    lower = upper = nominal = rule = guard_band = margin = None
    verdict = _DISCLOSED
    if isinstance(value, Judged):
        limit, decision = value.limit, value.decision
        lower, upper, nominal = limit.lower, limit.upper, limit.nominal
        rule, guard_band, margin = decision.rule, decision.guard_band, decision.margin
        verdict = _LABELS[decision.verdict._name_]
    return (
        value.test,
        value.sequence,
        value.requirement,
        value.quantity,
        derivation.measurand,
        derivation.version,
        measurement.value,
        measurement.unit,
        measurement.standard_uncertainty,
        measurement.coverage_factor,
        setpoint.channel,
        setpoint.mode,
        setpoint.level,
        setpoint.frequency_hz,
        point.load,
        derivation.observation,
        value.attempt,
        setpoint.polarity._value_,
        SEPARATOR.join(others) if others else "",
        SEPARATOR.join(captures) if captures else "",
        verdict,
        lower,
        upper,
        nominal,
        rule,
        guard_band,
        margin,
    )


@dataclass(frozen=True, slots=True)
class Held:
    """What a run's own session still has of it, so that it need not be read again.

    Attributes:
        contents: of all its values.
        taken: by what its observations were taken.
    """

    contents: Sequence[Content]
    taken: Sequence[Taken]


class Contents:
    """Values of a run, and by what its observations were taken.

    Args:
        stored: the run.
        held: what need not be read.

    Attributes:
        taken: complete when all values have been gone through.
    """

    def __init__(self, stored: StoredRun, held: Held | None = None) -> None:
        self._stored = stored
        self._held = None if held is None else held.contents
        self.taken: list[Taken] = [] if held is None else list(held.taken)

    def rows(self) -> Iterator[Content]:
        """What the index has of all values, one by one.

        Raises:
            EvidenceError: as `values`.
        """
        return map(content_of, self.values()) if self._held is None else iter(self._held)

    def values(self) -> Iterator[Value]:
        """All values, read one by one.

        Raises:
            EvidenceError: a record is not as it was written, or lacks what every such record has.
        """
        for record in self._stored.records():
            try:
                if record.kind in VALUES:
                    yield value_from(record)
                elif record.kind == "observation":
                    self.taken += taken_from(record)
            except (KeyError, TypeError, ValueError) as error:
                what = f"record {record.number} lacks what every such one has: {error}"
                raise EvidenceError(f"{self._stored.path}: {what}") from error


def _text(value: object) -> str | None:
    return None if value is None else str(value)
