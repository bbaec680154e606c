"""The verb `stimcert study`: each study is a verb of its own below it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli import study_coverage, study_healthy
from harness.cli.answers import NO, YES
from harness.cli.arguments import whole
from harness.errors import RequestError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb with its studies."""
    study = verbs.add_parser("study", help="try the harness's own claims many times and compare with theory")
    studies = study.add_subparsers(title="studies", metavar="STUDY", required=True)
    _add_risk(studies)
    study_coverage.add(studies)
    study_healthy.add(studies, _answer, _check_writable, _progress)


def _add_risk(studies: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    risk = studies.add_parser("risk", help="how often each decision rule passes what does not conform; no bench")
    risk.add_argument("--rule", metavar="NAME", action="append", help="this decision rule only; may stand repeatedly")
    risk.add_argument("--decisions", metavar="N", type=whole, default=100_000, help="in each cell; default 100000")
    _add_common(risk)
    risk.set_defaults(verb=_risk)


def _add_common(parser: argparse.ArgumentParser) -> None:
    """What every study takes."""
    parser.add_argument("--seed", metavar="N", type=whole, default=1, help="of all draws; default 1")
    parser.add_argument("--json", action="store_true", help="answer as JSON")
    parser.add_argument("--output", metavar="FILE", type=Path, help="write the whole result there, as JSON")


def _risk(arguments: argparse.Namespace) -> int:
    from harness.metrology import RULES, rule_named  # noqa: PLC0415
    from harness.studies import risk, tables  # noqa: PLC0415

    rules = [rule_named(name) for name in dict.fromkeys(arguments.rule or RULES)]
    _check_writable(arguments.output)
    result = risk.study(rules, decisions=arguments.decisions, seed=arguments.seed, progress=_progress("cells"))
    _answer(arguments, tables.risk_data(result), tables.risk_lines(result))
    return YES if result.sound else NO


def _progress(things: str) -> Callable[[int, int], None]:
    """Shows on standard error how far a study is, where a person is looking."""
    if not sys.stderr.isatty():
        return lambda _done, _total: None

    def show(done: int, total: int) -> None:
        end = "\n" if done == total else ""
        print(f"\r{done} of {total} {things}", end=end, file=sys.stderr, flush=True)

    return show


def _check_writable(output: Path | None) -> None:
    """Refuse a place where nothing can be written before the work is done, not after it."""
    if output is not None and (output.is_dir() or not output.parent.is_dir()):
        raise RequestError(f"--output {output}: is a folder, or lies in none; name a file")


def _answer(arguments: argparse.Namespace, data: object, lines: Iterable[str]) -> None:
    """Write the result where it was asked for, and say it."""
    from harness.evidence.codec import readable  # noqa: PLC0415

    text = readable(data)
    if arguments.output is not None:
        try:
            arguments.output.write_bytes(text)
        except OSError as error:
            raise RequestError(f"--output {arguments.output}: cannot be written: {error.strerror or error}") from error
    if arguments.json:
        print(text.decode("ascii"), end="")
        return
    for line in lines:
        print(line)
