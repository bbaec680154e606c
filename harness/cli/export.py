"""The verb `stimcert export`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.answers import YES
from harness.cli.index import add_places, current_index
from harness.errors import RequestError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb."""
    verb = verbs.add_parser("export", help="all values of all runs as CSV or JSON")
    add_places(verb)
    verb.add_argument("--format", choices=("csv", "json"), default="csv", help="default: csv")
    verb.add_argument("-o", "--output", metavar="FILE", type=Path, help="default: standard output")
    verb.set_defaults(verb=_export)


def _export(arguments: argparse.Namespace) -> int:
    from harness.evidence.export import csv_lines, json_lines  # noqa: PLC0415 - each verb pays for its own imports

    with current_index(arguments) as index:
        lines = csv_lines(index) if arguments.format == "csv" else json_lines(index)
        if arguments.output is None:
            sys.stdout.writelines(lines)
        else:
            _write(lines, arguments.output)
    return YES


def _write(lines: Iterable[str], target: Path) -> None:
    """Beside its place first: whoever reads it finds all of it or what was there before."""
    temporary = target.with_name(f"{target.name}.new")
    try:
        with temporary.open("w", encoding="utf-8", newline="") as file:
            file.writelines(lines)
        temporary.replace(target)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise RequestError(f"{target}: cannot be written: {error.strerror or error}") from error
