"""`measurements.csv`: one row per judged value, for people and spreadsheets. Derived from the records."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from harness.evidence.stored_run import Judged

COLUMNS = (
    "sequence", "test", "requirement", "quantity", "value", "unit", "expanded_uncertainty", "coverage_factor",
    "lower_limit", "upper_limit", "guard_band", "verdict", "channel", "mode", "level", "polarity", "frequency_hz",
    "load", "capture",
)  # fmt: skip


def row(judged: Judged) -> tuple[str, ...]:
    """The fields of one judged value, in the order of `COLUMNS`; SI units, empty where not applicable."""
    measurement, limit, point = judged.measurement, judged.limit, judged.point
    setpoint = point.setpoint
    return (
        str(judged.sequence),
        judged.test,
        judged.requirement,
        judged.quantity,
        _text(measurement.value),
        measurement.unit,
        _text(measurement.expanded_uncertainty),
        _text(measurement.coverage_factor),
        _text(limit.lower),
        _text(limit.upper),
        _text(judged.decision.guard_band),
        judged.decision.verdict.label,
        str(setpoint.channel),
        setpoint.mode,
        str(setpoint.level),
        setpoint.polarity.value,
        _text(setpoint.frequency_hz),
        point.load,
        " ".join(measurement.captures),
    )


def content(judged: Iterable[Judged]) -> bytes:
    """The whole table."""
    return b"".join([line(COLUMNS), *(line(row(value)) for value in judged)])


def line(fields: Iterable[str]) -> bytes:
    """One line of CSV (RFC 4180)."""
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerow(fields)
    return text.getvalue().encode("utf-8")


def _text(value: float | None) -> str:
    return "" if value is None else repr(value)
