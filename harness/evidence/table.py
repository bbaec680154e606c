"""`measurements.csv`: one row per judged or disclosed value, for people and spreadsheets. Derived from the records."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from harness.evidence.stored_run import Judged
from harness.verdict import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.evidence.stored_run import Value

COLUMNS = (
    "sequence", "test", "requirement", "quantity", "value", "unit", "expanded_uncertainty", "coverage_factor",
    "lower_limit", "upper_limit", "guard_band", "verdict", "channel", "mode", "level", "polarity", "frequency_hz",
    "load", "capture",
)  # fmt: skip


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, text: str) -> str:
        return text


_WRITER = csv.writer(_Echo(), lineterminator="\n")


def row(value: Value) -> tuple[str, ...]:
    """The fields of one value, in the order of `COLUMNS`; SI units, empty where not applicable."""
    measurement, point = value.measurement, value.point
    setpoint = point.setpoint
    return (
        str(value.sequence),
        value.test,
        value.requirement,
        value.quantity,
        _text(measurement.value),
        measurement.unit,
        _text(measurement.expanded_uncertainty),
        _text(measurement.coverage_factor),
        *_judgement(value),
        str(setpoint.channel),
        setpoint.mode,
        str(setpoint.level),
        setpoint.polarity.value,
        _text(setpoint.frequency_hz),
        point.load,
        " ".join(measurement.captures),
    )


def content(values: Iterable[Value]) -> bytes:
    """The whole table."""
    return b"".join([line(COLUMNS), *(line(row(value)) for value in values)])


def line(fields: Iterable[str]) -> bytes:
    """One line of CSV (RFC 4180)."""
    # `writerow` returns what `write` returns.
    text: str = _WRITER.writerow(fields)
    return text.encode("utf-8")


def _judgement(value: Value) -> tuple[str, str, str, str]:
    """Limits, guard band and verdict; of a disclosed value only that it is one."""
    if not isinstance(value, Judged):
        return "", "", "", Outcome.DISCLOSED.value
    limit, decision = value.limit, value.decision
    return _text(limit.lower), _text(limit.upper), _text(decision.guard_band), decision.verdict.label


def _text(value: float | None) -> str:
    return "" if value is None else repr(value)
