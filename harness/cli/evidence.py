"""The verbs `stimcert verify` and `stimcert recompute`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.answers import NO, YES, as_json
from harness.cli.rejudge import rejudge_run
from harness.errors import RequestError

if TYPE_CHECKING:
    import argparse


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verbs."""
    verify = verbs.add_parser("verify", help="check that a run directory is as it was sealed")
    verify.add_argument("run", metavar="RUN", type=Path)
    verify.set_defaults(verb=_verify)

    recompute = verbs.add_parser("recompute", help="derive every value and verdict of a run again")
    recompute.add_argument("run", metavar="RUN", type=Path)
    recompute.add_argument(
        "--with",
        dest="requirements",
        metavar="NEW_REQUIREMENTS",
        type=Path,
        help="judge by other requirements: a folder in place of the run's, or a file over them; both results are kept",
    )
    recompute.add_argument(
        "-o", "--output", metavar="DIR", type=Path, help="where both are kept; default: RUN.rejudged-..., beside it"
    )
    recompute.add_argument("--json", action="store_true", help="answer as JSON")
    recompute.set_defaults(verb=_recompute)


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

    if arguments.requirements is not None:
        return rejudge_run(arguments)
    if arguments.output is not None:
        raise RequestError("-o says where both results are kept: it goes with --with NEW_REQUIREMENTS")
    result = recompute(arguments.run)
    if arguments.json:
        print(as_json(asdict(result)))
        return NO if result.differences or not result.values else YES
    for difference in result.differences:
        said = f"recorded {difference.recorded}, derived {difference.derived}"
        version = f" ({difference.version})" if difference.version else ""
        print(f"{difference.where}: {difference.quantity}: {said}{version}")
    how = "bit for bit" if result.bit_for_bit else "within 1e-12 (other numeric platform)"
    if result.differences:
        print(f"{len(result.differences)} differences in {result.values} values, compared {how}")
        return NO
    if not result.values:
        print("the run holds no judged value")
        return NO
    print(f"{result.values} values and verdicts derived again, equal {how}")
    return YES
