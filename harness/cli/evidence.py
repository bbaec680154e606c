"""The verbs `stimcert verify` and `stimcert recompute`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.answers import NO, YES

if TYPE_CHECKING:
    import argparse


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verbs."""
    verify = verbs.add_parser("verify", help="check that a run directory is as it was sealed")
    verify.add_argument("run", metavar="RUN", type=Path)
    verify.set_defaults(verb=_verify)

    recompute = verbs.add_parser("recompute", help="derive every value and verdict of a run again")
    recompute.add_argument("run", metavar="RUN", type=Path)
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
