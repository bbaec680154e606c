"""The verb `stimcert analyze`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.answers import YES
from harness.errors import NotFinite, RequestError
from harness.quantity import finite

if TYPE_CHECKING:
    import argparse


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb."""
    analyze = verbs.add_parser("analyze", help="measure a recorded waveform")
    analyze.add_argument("file", metavar="FILE.csv")
    analyze.add_argument("--column", metavar="C", help="column to analyse, by its name in the file")
    analyze.add_argument("--scale", metavar="FACTOR", type=float, help="amperes per volt of the column")
    analyze.add_argument("--json", action="store_true", help="answer as JSON")
    analyze.set_defaults(verb=_analyze)


def _analyze(arguments: argparse.Namespace) -> int:
    from harness.waveform import analysis, recorded  # noqa: PLC0415

    path = Path(arguments.file)
    try:
        text = recorded.decode(path.read_bytes(), source=str(path))
    except OSError as error:
        raise RequestError(f"{path}: cannot be read: {error.strerror or error}") from error
    trace = recorded.read_csv(text, source=str(path), column=arguments.column)
    scale, unit = _scale(arguments.scale, trace.unit)
    answer = analysis.to_dict(analysis.analyze(trace.samples * scale, trace.interval_s), unit)
    if arguments.json:
        print(json.dumps(answer, indent=2, allow_nan=False))
        return YES
    for key, value in answer.items():
        print(f"{key:20} {'-' if value is None else value}")
    return YES


def _scale(asked: float | None, unit: str) -> tuple[float, str]:
    """Factor and unit of a column: amperes where a factor is given, else what the file says.

    Raises:
        RequestError: a factor that makes nothing of everything, or is no number.
    """
    if asked is None:
        return 1.0, unit
    try:
        factor = finite("--scale", asked)
    except NotFinite as error:
        raise RequestError(str(error)) from error
    if factor == 0:
        raise RequestError("--scale is 0: every sample would be; give amperes per volt")
    return factor, "A"
