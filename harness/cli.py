"""What the shell sees: `stimcert VERB`. Exit codes of the verbs: 0 yes, 1 no, 2 not understood."""

from __future__ import annotations

import argparse
import json
import os
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from harness.errors import EvidenceError, NotFinite, RequestError, StimcertError
from harness.quantity import finite

if TYPE_CHECKING:
    from collections.abc import Sequence

YES, NO, NOT_UNDERSTOOD = 0, 1, 2
COMMANDS = "stimcert.commands"
"""Entry points of further verbs: modules or objects with `add(verbs)`."""


class Verb(Protocol):
    """What a verb's function looks like."""

    def __call__(self, arguments: argparse.Namespace) -> int: ...


class _Parser(argparse.ArgumentParser):
    """Refuses with one sentence on standard error, and exit code 2."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(NOT_UNDERSTOOD, f"{self.prog}: {message}; see {self.prog} --help\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code."""
    arguments = _parser().parse_args(argv)
    verb: Verb = arguments.verb
    try:
        return verb(arguments)
    except RequestError as error:
        return _refuse(error, NOT_UNDERSTOOD)
    except StimcertError as error:
        return _refuse(error, NO if isinstance(error, EvidenceError) else NOT_UNDERSTOOD)
    except BrokenPipeError:
        # The reader went away, as `| head` does; nothing to complain about, and nobody to complain to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NO


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="stimcert", description="Test and certification of microcurrent stimulators.")
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)

    simulate = verbs.add_parser("simulate", help="serve a simulated bench until stopped")
    simulate.add_argument("--simulated-unit", metavar="FILE", default="foreo-bear-2", help="unit, by name or file")
    simulate.add_argument("--bench", metavar="FILE", default="simulated", help="bench, by name or file")
    simulate.add_argument("--clock", choices=("wall", "virtual"), default="wall", help="default: wall")
    simulate.add_argument(
        "--seed", metavar="N", type=_whole, default=1, help="of all hidden errors and noise; default 1"
    )
    simulate.add_argument("--port-base", metavar="N", type=_whole, default=0, help="control port; instruments follow")
    simulate.add_argument("--faults", metavar="FILE", type=Path, help="faults of the bench, and when they come")
    simulate.add_argument("--firmware", metavar="tcp://HOST:PORT", help="your own firmware, which listens there")
    simulate.set_defaults(verb=_simulate)

    analyze = verbs.add_parser("analyze", help="measure a recorded waveform")
    analyze.add_argument("file", metavar="FILE.csv")
    analyze.add_argument("--column", metavar="C", help="column to analyse, by its name in the file")
    analyze.add_argument("--scale", metavar="FACTOR", type=float, help="amperes per volt of the column")
    analyze.add_argument("--json", action="store_true", help="answer as JSON")
    analyze.set_defaults(verb=_analyze)

    verify = verbs.add_parser("verify", help="check that a run directory is as it was sealed")
    verify.add_argument("run", metavar="RUN", type=Path)
    verify.set_defaults(verb=_verify)

    recompute = verbs.add_parser("recompute", help="derive every value and verdict of a run again")
    recompute.add_argument("run", metavar="RUN", type=Path)
    recompute.set_defaults(verb=_recompute)

    for command in sorted(entry_points(group=COMMANDS), key=lambda point: point.name):
        command.load().add(verbs)
    return parser


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 0 up")
    return int(text)


def _simulate(arguments: argparse.Namespace) -> int:
    from harness.bench.simulated import command  # noqa: PLC0415 - each verb pays for its own imports
    from harness.definitions.benches import load_bench  # noqa: PLC0415
    from harness.definitions.document import find_unit  # noqa: PLC0415

    unit = find_unit(arguments.simulated_unit)
    _, (bench, *_) = load_bench(arguments.bench)
    options = ["--clock", arguments.clock, "--seed", str(arguments.seed), "--port-base", str(arguments.port_base)]
    if arguments.faults is not None:
        options += ["--faults", str(arguments.faults)]
    options += ["--firmware", arguments.firmware] if arguments.firmware else []
    line = command(bench, unit, options)
    # In this process's place: signals, standard output and the exit code are the simulation's own.
    sys.stdout.flush()
    os.execv(line[0], line)  # noqa: S606 - no shell is wanted


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


def _verify(arguments: argparse.Namespace) -> int:
    from harness.evidence import verify  # noqa: PLC0415

    findings = verify(arguments.run)
    for finding in findings:
        print(f"{finding.item}: {finding.problem}")
    if not findings:
        print("whole")
    return NO if findings else YES


def _recompute(arguments: argparse.Namespace) -> int:
    from harness.certification import recompute  # noqa: PLC0415

    result = recompute(arguments.run)
    for difference in result.differences:
        said = f"recorded {difference.recorded}, derived {difference.derived}"
        print(f"{difference.where}: {difference.quantity}: {said}")
    how = "bit for bit" if result.bit_for_bit else "within 1e-12 (other numeric platform)"
    if result.differences:
        print(f"{len(result.differences)} differences in {result.values} values, compared {how}")
        return NO
    if not result.values:
        print("the run holds no judged value")
        return NO
    print(f"{result.values} values and verdicts derived again, equal {how}")
    return YES


def _refuse(error: StimcertError, code: int) -> int:
    print(f"stimcert: {error}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
