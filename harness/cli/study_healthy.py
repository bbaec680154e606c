"""The verb `stimcert study healthy`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.answers import NO, YES
from harness.cli.arguments import whole

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_FULL = 200
_MOST_PROCESSES = 64


def add(
    studies: argparse._SubParsersAction[argparse.ArgumentParser],
    answer: Callable[[argparse.Namespace, object, Iterable[str]], None],
    check_writable: Callable[[Path | None], None],
    progress: Callable[[str], Callable[[int, int], None]],
) -> None:
    """Add the study.

    Args:
        studies: verbs below `study`.
        answer: writes a result where it was asked for, and says it.
        check_writable: refuses a place where it cannot be written.
        progress: shows how far a study is.
    """
    healthy = studies.add_parser("healthy", help="no healthy unit is refused, and as many are doubtful as predicted")
    healthy.add_argument("--device", metavar="NAME|FILE", default="foreo-bear-2", help="default: foreo-bear-2")
    healthy.add_argument("--bench", metavar="NAME|FILE", default="simulated", help="default: simulated")
    healthy.add_argument("--simulated-unit", metavar="NAME|FILE", help="that the others are drawn about")
    healthy.add_argument(
        "--within",
        choices=("certifiable", "tolerance"),
        default="certifiable",
        help="of true values; default certifiable",
    )
    healthy.add_argument("--units", metavar="N", type=_count, default=_FULL, help=f"default {_FULL}")
    healthy.add_argument("--from-seed", metavar="K", type=whole, default=1, help="of the first one; default 1")
    healthy.add_argument("--processes", metavar="P", type=_count, default=1, help="that measure at once; default 1")
    healthy.add_argument("--json", action="store_true", help="answer as JSON")
    healthy.add_argument("--output", metavar="FILE", type=Path, help="write the whole result there, as JSON")

    def verb(arguments: argparse.Namespace) -> int:
        from harness.studies import healthy_tables as tables  # noqa: PLC0415 - each verb pays for its own imports
        from harness.studies.healthy import Request, study  # noqa: PLC0415

        check_writable(arguments.output)
        request = Request(
            device=arguments.device,
            within=arguments.within,
            units=arguments.units,
            from_seed=arguments.from_seed,
            processes=min(arguments.processes, _MOST_PROCESSES),
            bench=arguments.bench,
            healthy=arguments.simulated_unit,
        )
        result = study(request, progress("units"))
        answer(arguments, tables.data(result), tables.lines(result))
        return YES if tables.sound(result) else NO

    healthy.set_defaults(verb=verb)


def _count(text: str) -> int:
    if not whole(text):
        raise argparse.ArgumentTypeError("0 is too few; give a whole number from 1 up")
    return int(text)
