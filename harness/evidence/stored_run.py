"""A run directory read back: what recomputation and reports stand on."""

from __future__ import annotations

import json
from dataclasses import dataclass
from math import isclose
from typing import TYPE_CHECKING, Any

from harness.capture import BenchEvent, Capture, Observation, Reading
from harness.errors import EvidenceError, NotFinite
from harness.evidence.captures import read_codes
from harness.evidence.chain import Record, read_records
from harness.evidence.codec import typed
from harness.evidence.layout import RECORDS, require_run
from harness.metrology import RULES, Acceptance
from harness.quantity import Measurement  # noqa: TC001 - resolved at run time, when a record is read
from harness.setpoint import OperatingPoint
from harness.verdict import Decision, Limit, Verdict

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Judged:
    """A judged value: what `judge` records before it returns.

    There is none whose verdict, guard band or margin does not follow from its own numbers by the rule that it names.

    Attributes:
        sequence: within its test, from 1.
        test: id of the test.
        requirement: id of the requirement.
        quantity: row of the requirement.
        measurement: value with uncertainty.
        limit: what it was held against.
        decision: verdict with its rule, guard band and reason.
        point: operating point.
        attempt: of the observation it rests on.
    """

    sequence: int
    test: str
    requirement: str
    quantity: str
    measurement: Measurement
    limit: Limit
    decision: Decision
    point: OperatingPoint
    attempt: int

    def __post_init__(self) -> None:
        measurement, limit, decision = self.measurement, self.limit, self.decision
        if measurement.unit != limit.unit:
            raise ValueError(f"{self.quantity} in {measurement.unit} is not judged by a limit in {limit.unit}")
        objection = _objection(measurement, limit, decision)
        if objection:
            raise ValueError(
                f"{self.quantity} = {measurement.value:g} {limit.unit} is no {decision.verdict.label}: {objection}"
            )
        if self.attempt < 1:
            raise ValueError(f"{self.quantity} at {self.point.key} rests on no attempt")


_ROUNDING = 1e-12
"""Relative: the numbers of a record may come from another numeric platform."""


def _objection(measurement: Measurement, limit: Limit, decision: Decision) -> str:
    """Why a decision does not follow from what it was decided on; empty where it does."""
    rule = RULES.get(decision.rule)
    if rule is None:
        return f"there is no decision rule {decision.rule!r}"
    if objection := rule.objection(limit.lower, limit.upper):
        return objection
    guard = rule.guard_band(limit, measurement)
    if not isclose(decision.guard_band, guard, rel_tol=_ROUNDING):
        return f"its guard band is {decision.guard_band:g}, and by {rule.name} {guard:g}"
    distance = limit.distance(measurement.value)
    margin = distance / limit.half_width
    # A margin near 0 is the difference of two numbers much larger than itself.
    if not isclose(decision.margin, margin, rel_tol=_ROUNDING, abs_tol=_ROUNDING):
        return f"its margin is {decision.margin:g}, and by its limit {margin:g}"
    due = Acceptance(limit, decision.guard_band).verdict(distance)
    if decision.verdict is not due:
        found = f"its distance to the limit is {distance:g}, its guard band by {rule.name} {decision.guard_band:g}"
        return f"{found}: that is {due.label}"
    return ""


@dataclass(frozen=True, slots=True)
class Disclosed:
    """A disclosed value: it is recorded, and held against nothing.

    Attributes:
        sequence: within its test, from 1.
        test: id of the test.
        requirement: id of the requirement.
        quantity: row of the requirement.
        measurement: value with uncertainty.
        point: operating point.
        attempt: of the observation it rests on.
    """

    sequence: int
    test: str
    requirement: str
    quantity: str
    measurement: Measurement
    point: OperatingPoint
    attempt: int


Value = Judged | Disclosed
"""What a test gives for a row of its requirement."""


class StoredRun:
    """Reads a run directory, and nothing outside it.

    Raises:
        NoRun: it is no run directory.
        EvidenceError: it is one without records.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        require_run(path)
        if not (path / RECORDS).is_file():
            raise EvidenceError(f"{path}: holds no {RECORDS}: nothing can be said about this run")

    def state(self) -> dict[str, Any]:
        """What `run.json` says."""
        path = self.path / "run.json"
        try:
            data = json.loads(path.read_bytes())
        except (OSError, ValueError) as error:
            raise EvidenceError(f"{path}: cannot be read: {error}") from error
        if not isinstance(data, dict):
            raise EvidenceError(f"{path}: holds no object")
        return data

    def records(self) -> Iterator[Record]:
        """All records, with their chain checked."""
        return read_records(self.path / "records.jsonl")

    def first(self, kind: str) -> dict[str, Any] | None:
        """Data of the first record of a kind, None where there is none."""
        return next((record.data for record in self.records() if record.kind == kind), None)

    def values(self) -> Iterator[Value]:
        """All judged and disclosed values, in their order."""
        for record in self.records():
            if record.kind in VALUES:
                yield value_from(record)

    def judged(self) -> Iterator[Judged]:
        """All judged values, in their order."""
        return (value for value in self.values() if isinstance(value, Judged))

    def events(self) -> Iterator[BenchEvent]:
        """What happened at the bench."""
        for record in self.records():
            if record.kind == "event":
                yield typed(BenchEvent, record.data, f"record {record.number}")

    def observations(self, wanted: Collection[str] | None = None) -> Iterator[tuple[int, Observation]]:
        """Observations with their captures, each with the number of its attempt.

        Args:
            wanted: keys of operating points; None: all. The captures of others are not read.
        """
        for record in self.records():
            if record.kind == "observation":
                where = f"record {record.number}"
                point = typed(OperatingPoint, record.data["observation"]["point"], where)
                if wanted is None or point.key in wanted:
                    yield int(record.data["attempt"]), self._observation(record, point)

    def _observation(self, record: Record, point: OperatingPoint) -> Observation:
        where = f"record {record.number}"
        stored, files = record.data["observation"], record.data["files"]
        return Observation(
            point=point,
            readings=tuple(typed(Reading, reading, where) for reading in stored["readings"]),
            captures=tuple(self._capture(capture, files[capture["name"]], where) for capture in stored["captures"]),
            indicated=tuple((str(name), str(said)) for name, said in stored.get("indicated", ())),
        )

    def _capture(self, stored: dict[str, Any], file: dict[str, str], where: str) -> Capture:
        path = self.path / "captures" / file["file"]
        _, codes, digest = read_codes(path)
        if digest != file["sha256"]:
            raise EvidenceError(f"{path}: is not the capture that {where} names")
        return typed(Capture, {**stored, "codes": codes}, where)


VALUES = frozenset({"measurement", "disclosure"})
"""Kinds of the records that hold a value."""


def value_from(record: Record) -> Value:
    """A judged or a disclosed value from its record."""
    where = f"record {record.number}"
    return judged_from(record.data, where) if record.kind == "measurement" else typed(Disclosed, record.data, where)


def judged_from(data: dict[str, Any], where: str) -> Judged:
    """A judged value from its record."""
    try:
        stored = dict(data["decision"])
        stored["verdict"] = Verdict[stored["verdict"]]
        decision = typed(Decision, stored, where)
        return typed(Judged, {**data, "decision": decision}, where)
    except (KeyError, TypeError, ValueError, NotFinite) as error:
        raise EvidenceError(f"{where}: is no judged value: {error}") from error
