"""What the shell sees: `stimcert VERB`. Exit codes of the verbs: 0 yes, 1 no, 2 not understood."""

from __future__ import annotations

import argparse
import os
import re
import sys
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Protocol

from harness.cli import analyze, evidence, simulate
from harness.cli.answers import NO, NOT_UNDERSTOOD
from harness.errors import EvidenceError, RequestError, StimcertError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = "stimcert.commands"
"""Entry points of further verbs: modules or objects with `add(verbs)`."""

_VERBS = (simulate, analyze, evidence)
"""Modules with `add(verbs)`, in the order of `--help`; what a verb needs it imports when it is called."""


_NEGATIVE = re.compile(r"-\.?\d")
"""What argparse takes for a negative number from Python 3.14 on; before, exponents make options of them."""


class Verb(Protocol):
    """What a verb's function looks like."""

    def __call__(self, arguments: argparse.Namespace) -> int: ...


class _Parser(argparse.ArgumentParser):
    """Refuses with one sentence on standard error, and exit code 2; takes -1e-3 for a number, not for an option."""

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - argparse's own
        super().__init__(*arguments, **named)
        self._negative_number_matcher = _NEGATIVE

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
    for module in _VERBS:
        module.add(verbs)
    for command in sorted(entry_points(group=COMMANDS), key=lambda point: point.name):
        command.load().add(verbs)
    return parser


def _refuse(error: StimcertError, code: int) -> int:
    print(f"stimcert: {error}", file=sys.stderr)
    return code
