"""The verb `stimcert defects`."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.answers import NO, YES
from harness.cli.arguments import whole
from harness.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Callable

    from harness.studies.defects_results import Result

_DEFAULT = Path("reports/output/defects.jsonl")
_MOST_PROCESSES = 64


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb."""
    defects = verbs.add_parser("defects", help="certify every defective unit of the catalogue: which test sees which")
    defects.add_argument(
        "--device", metavar="NAME|FILE", action="append", default=[], help="may stand repeatedly; default: all"
    )
    defects.add_argument("--bench", metavar="NAME|FILE", default="simulated", help="default: simulated")
    unit = "healthy unit of one device that the defects are made from; default: that of the checkout"
    defects.add_argument("--simulated-unit", metavar="NAME|FILE", help=unit)
    defects.add_argument("--only", metavar="D01,...", type=_names, default=(), help="these defects; default: all 72")
    defects.add_argument(
        "--whole", action="store_true", help="whole plans, not only points of what is expected to fail"
    )
    defects.add_argument(
        "--processes", metavar="N", type=_count, default=os.cpu_count() or 1, help="at once; default: one a core"
    )
    defects.add_argument(
        "--output",
        metavar="FILE",
        type=Path,
        help=f"begun, or gone on with; default {_DEFAULT}, begun anew if outdated",
    )
    form = defects.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="answer as JSON")
    form.add_argument("--markdown", action="store_true", help="answer as the table of docs/defects.md")
    defects.set_defaults(verb=_defects)


def _defects(arguments: argparse.Namespace) -> int:
    from harness.evidence.codec import readable  # noqa: PLC0415 - each verb pays for its own imports
    from harness.studies import defects_tables as tables  # noqa: PLC0415

    results = _results(arguments)
    if arguments.json:
        print(readable(tables.data(results)).decode("ascii"), end="")
    else:
        for line in tables.markdown(results) if arguments.markdown else tables.lines(results):
            print(line)
    return NO if tables.bad(results) else YES


def _results(arguments: argparse.Namespace) -> list[Result]:
    from harness.studies.defects import Request, run  # noqa: PLC0415

    output = arguments.output or _DEFAULT
    if arguments.output is None:
        output.parent.mkdir(parents=True, exist_ok=True)
    elif output.is_dir() or not output.parent.is_dir():
        raise RequestError(f"--output {output}: is a folder, or lies in none; name a file")
    if arguments.simulated_unit is not None and len(arguments.device) != 1:
        raise RequestError("--simulated-unit: is a unit of one device; name it with --device")
    request = Request(
        devices=tuple(dict.fromkeys(arguments.device)),
        bench=arguments.bench,
        only=arguments.only,
        processes=arguments.processes,
        whole=arguments.whole,
        healthy=arguments.simulated_unit,
    )
    try:
        return run(request, output, _progress(), renew=arguments.output is None)
    except KeyboardInterrupt:
        print(f"\nstopped; the same command goes on with {output}", file=sys.stderr)
        raise


def _progress() -> Callable[[int, int, Result], None]:
    """Shows on standard error how far it is, where a person is looking."""
    if not sys.stderr.isatty():
        return lambda _done, _total, _result: None

    def show(done: int, total: int, result: Result) -> None:
        end = "\n" if done == total or not result.good else ""
        print(
            f"\r{done} of {total}: {result.label} on {result.device}, {result.status}".ljust(79),
            end=end,
            file=sys.stderr,
        )

    return show


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))


def _count(text: str) -> int:
    count = whole(text)
    if not 1 <= count <= _MOST_PROCESSES:
        raise argparse.ArgumentTypeError(f"{count} is not from 1 to {_MOST_PROCESSES}")
    return count
