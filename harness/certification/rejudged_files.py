"""Both results of a run that was judged again, kept beside it: never inside, where nothing may change."""

from __future__ import annotations

import csv
import hashlib
import io
import shutil
from typing import TYPE_CHECKING, Any

from harness.certification.rejudge import label
from harness.errors import EvidenceError, RequestError
from harness.evidence import Judged
from harness.evidence.codec import plain, readable

if TYPE_CHECKING:
    from pathlib import Path

    from harness.certification.rejudge import Rejudged, Rejudgement
    from harness.evidence import Value

RESULT = "rejudged.json"
TABLE = "values.csv"
SCHEMA = 1
_LETTERS = 12

COLUMNS = (
    "requirement", "quantity", "test", "channel", "mode", "level", "polarity", "frequency_hz", "load", "observation",
    "unit", "value_before", "value_after", "expanded_uncertainty_before", "expanded_uncertainty_after",
    "lower_limit_before", "upper_limit_before", "lower_limit_after", "upper_limit_after", "margin_before",
    "margin_after", "rule_before", "rule_after", "verdict_before", "verdict_after", "measurand_version", "note",
)  # fmt: skip


def answer(found: Rejudgement) -> dict[str, Any]:
    """Everything as plain data: before and after of each value and outcome, and what it all rests on."""
    return {
        "schema": SCHEMA,
        "run": found.run.name,
        "manifest_sha256": found.manifest_sha256,
        "simulated": found.simulated,
        "requirements": [
            {"file": file.name, "sha256": hashlib.sha256(file.read_bytes()).hexdigest()} for file in found.requirements
        ],
        "verdict": {"before": found.verdict_before, "after": found.verdict_after},
        "outcomes": [plain(change) for change in found.outcomes],
        "values": [_value(value) for value in found.values],
    }


def keep(found: Rejudgement, target: Path | None) -> Path:
    """Write the result, the table and the new requirements into a directory of their own; whole or not at all.

    Args:
        found: to be kept.
        target: directory to make; default: beside the run, named by what it holds.

    Raises:
        RequestError: the target exists, or lies in the run.
        EvidenceError: it cannot be written.
    """
    content = readable(answer(found))
    run = found.run.resolve()
    name = f"{run.name}.rejudged-{hashlib.sha256(content).hexdigest()[:_LETTERS]}"
    path = run.with_name(name) if target is None else target.resolve()
    if path == run or run in path.parents:
        raise RequestError(f"{path}: lies in the run, where nothing may change; choose a place beside it")
    if path.exists():
        if (path / RESULT).is_file() and (path / RESULT).read_bytes() == content:
            return path
        raise RequestError(f"{path}: exists already and holds something else; name another place")
    temporary = path.with_name(f"{path.name}.new")
    try:
        _write(temporary, content, found)
        temporary.rename(path)
    except OSError as error:
        shutil.rmtree(temporary, ignore_errors=True)
        raise EvidenceError(f"{path}: cannot be written: {error.strerror or error}") from error
    return path


def _write(folder: Path, content: bytes, found: Rejudgement) -> None:
    (folder / "requirements").mkdir(parents=True)
    (folder / RESULT).write_bytes(content)
    (folder / TABLE).write_text(_table(found), encoding="utf-8", newline="")
    for file in found.requirements:
        target, number = folder / "requirements" / file.name, 1
        while target.exists():
            number += 1
            target = target.with_name(f"{file.stem}-{number}{file.suffix}")
        shutil.copyfile(file, target)


def _table(found: Rejudgement) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(_row(value) for value in found.values)
    return text.getvalue()


def _row(value: Rejudged) -> list[object]:
    setpoint = value.point.setpoint
    before, after = _side(value.before), _side(value.after)
    pairs = ("value", "expanded_uncertainty")
    later = ("margin", "rule", "verdict")
    return [
        *(value.requirement, value.quantity, value.test, setpoint.channel, setpoint.mode, setpoint.level),
        *(setpoint.polarity.value, setpoint.frequency_hz, value.point.load, value.point.key),
        before["unit"] or after["unit"],
        *(side[name] for name in pairs for side in (before, after)),
        *(side[name] for side in (before, after) for name in ("lower_limit", "upper_limit")),
        *(side[name] for name in later for side in (before, after)),
        value.version,
        value.note,
    ]


def _value(value: Rejudged) -> dict[str, Any]:
    return {
        "requirement": value.requirement,
        "quantity": value.quantity,
        "observation": value.point.key,
        "test": value.test,
        "differs": value.differs,
        "verdict_differs": value.verdict_differs,
        "measurand_version": value.version,
        "note": value.note,
        "before": _side(value.before),
        "after": _side(value.after),
    }


def _side(value: Value | None) -> dict[str, Any]:
    """One of both results; every field is null of a value that is not there."""
    measurement = None if value is None else value.measurement
    limit, decision = (value.limit, value.decision) if isinstance(value, Judged) else (None, None)
    return {
        "measurand": None if measurement is None else measurement.derivation.measurand,
        "version": None if measurement is None else measurement.derivation.version,
        "value": None if measurement is None else measurement.value,
        "unit": None if measurement is None else measurement.unit,
        "expanded_uncertainty": None if measurement is None else measurement.expanded_uncertainty,
        "lower_limit": None if limit is None else limit.lower,
        "upper_limit": None if limit is None else limit.upper,
        "rule": None if decision is None else decision.rule,
        "guard_band": None if decision is None else decision.guard_band,
        "margin": None if decision is None else decision.margin,
        "verdict": None if value is None else label(value),
    }
