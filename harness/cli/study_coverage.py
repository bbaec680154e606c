"""The verb `stimcert study coverage`."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.answers import NO, YES
from harness.cli.arguments import whole
from harness.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from harness.studies.coverage_figures import CoverageStudy, Without
    from harness.studies.coverage_results import BenchResult, Header

_FULL = 2000
_MOST_PROCESSES = 64


def add(studies: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the study."""
    coverage = studies.add_parser("coverage", help="how often value ± U holds the truth, on many simulated benches")
    coverage.add_argument("--device", metavar="NAME|FILE", default="foreo-bear-2", help="default: foreo-bear-2")
    coverage.add_argument("--bench", metavar="NAME|FILE", default="simulated", help="default: simulated")
    coverage.add_argument("--benches", metavar="N", type=_count, default=_FULL, help=f"default {_FULL}, a full study")
    coverage.add_argument("--from-seed", metavar="K", type=whole, default=1, help="of the first bench; default 1")
    coverage.add_argument(
        "--output", metavar="FILE", type=Path, help="begun, or gone on with; default coverage-D.jsonl"
    )
    only = "quantity, measurand or @method to measure, all others not; may stand repeatedly"
    coverage.add_argument("--only", metavar="NAME", action="append", default=[], help=only)
    coverage.add_argument("--processes", metavar="P", type=_count, default=1, help="that measure at once; default 1")
    coverage.add_argument("--figures", action="store_true", help="of what the file holds; nothing is measured")
    coverage.add_argument("--json", action="store_true", help="answer as JSON")
    left_out = coverage.add_mutually_exclusive_group()
    left_out.add_argument("--without", metavar="INFLUENCE", help="leave one influence out of every budget")
    left_out.add_argument("--each-dominating", action="store_true", help="the same with each that dominates a budget")
    coverage.set_defaults(verb=_coverage)


def _coverage(arguments: argparse.Namespace) -> int:
    from harness.studies.coverage_figures import figures  # noqa: PLC0415 - each verb pays for its own imports

    output = arguments.output or Path(f"coverage-{Path(arguments.device).stem}.jsonl")
    complete = arguments.figures or _measure(arguments, output)
    header, results = _asked(arguments, output)
    if not results:
        print("no bench was measured", file=sys.stderr)
        return NO
    study = figures(results)
    left_out = _left_out(arguments, results, study)
    _say(arguments, header, study, left_out)
    if left_out:
        return YES if all(each.turns_red for each in left_out) else NO
    return YES if study.sound and complete else NO


def _measure(arguments: argparse.Namespace, output: Path) -> bool:
    """Measure what is missing; False where a Ctrl-C ended it before that."""
    from harness.studies.coverage import Request, run  # noqa: PLC0415

    if arguments.processes > _MOST_PROCESSES:
        raise RequestError(f"--processes {arguments.processes}: at most {_MOST_PROCESSES}")
    if not output.parent.is_dir() or output.is_dir():
        raise RequestError(f"--output {output}: is a folder, or lies in none; name a file")
    request = Request(
        device=arguments.device,
        bench=arguments.bench,
        from_seed=arguments.from_seed,
        benches=arguments.benches,
        processes=arguments.processes,
        only=tuple(dict.fromkeys(arguments.only)),
    )
    try:
        run(request, output, _progress())
    except KeyboardInterrupt:
        print(f"\nstopped; the same command goes on with {output}", file=sys.stderr)
        return False
    return True


def _asked(arguments: argparse.Namespace, output: Path) -> tuple[Header, list[BenchResult]]:
    """The benches that were asked for, or all of a file that is only read."""
    from harness.studies.coverage_results import read_results  # noqa: PLC0415

    header, results = read_results(output)
    if not arguments.figures:
        asked = range(arguments.from_seed, arguments.from_seed + arguments.benches)
        results = [result for result in results if result.seed in asked]
    return header, results


def _left_out(arguments: argparse.Namespace, results: list[BenchResult], study: CoverageStudy) -> tuple[Without, ...]:
    from harness.studies.coverage_figures import dominating, influences, without  # noqa: PLC0415

    if arguments.each_dominating:
        return tuple(without(results, study, name) for name in dominating(study))
    if arguments.without is None:
        return ()
    found = without(results, study, arguments.without)
    if not found.counts:
        known = "; ".join(influences(results))
        raise RequestError(f"--without {arguments.without!r}: no budget has that influence; they have {known}")
    return (found,)


def _say(arguments: argparse.Namespace, header: Header, study: CoverageStudy, left_out: tuple[Without, ...]) -> None:
    from harness.evidence.codec import readable  # noqa: PLC0415
    from harness.studies import coverage_tables as tables  # noqa: PLC0415

    if arguments.json:
        print(readable(tables.data(header, study, left_out)).decode("ascii"), end="")
        return
    lines: Iterable[str] = tables.without_lines(study, left_out) if left_out else tables.lines(study)
    for line in lines:
        print(line)


def _progress() -> Callable[[int, int], None]:
    """Shows on standard error how far the study is and how long it will take, where a person is looking."""
    if not sys.stderr.isatty():
        return lambda _done, _total: None
    began: list[tuple[int, float]] = []

    def show(done: int, total: int) -> None:
        now = time.monotonic()
        began.append((done, now))
        first, since = began[0]
        rest = "" if done == first else f", {(total - done) * (now - since) / (done - first) / 60:.0f} min left"
        end = "\n" if done == total else ""
        print(f"\r{done} of {total} benches{rest}   ", end=end, file=sys.stderr, flush=True)

    return show


def _count(text: str) -> int:
    if not whole(text):
        raise argparse.ArgumentTypeError("0 is too few; give a whole number from 1 up")
    return int(text)
