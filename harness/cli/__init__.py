"""What the shell sees: `stimcert VERB`. Exit codes of the verbs: 0 yes, 1 no, 2 not understood, 130 interrupted."""

from __future__ import annotations

import argparse
import os
import re
import sys
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Protocol

from harness.cli import (
    analyze,
    capability,
    compare,
    defects,
    devices,
    evidence,
    export,
    gauge,
    impact,
    index,
    lot,
    sample_size,
    signatories,
    signing,
    signing_pdf,
    simulate,
    study,
    trace,
    unit,
    validate,
)
from harness.cli.answers import NO, NOT_UNDERSTOOD
from harness.errors import EvidenceError, NoRun, StimcertError

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = "stimcert.commands"
"""Entry points of further verbs: modules or objects with `add(verbs)`."""

_VERBS = (
    *(simulate, devices, unit, analyze, evidence, signing, signatories, signing_pdf, index, impact, export, trace),
    *(compare, lot, gauge, capability, sample_size, study, defects, validate),
)
"""Modules with `add(verbs)`, in the order of `--help`; what a verb needs it imports when it is called."""


_NEGATIVE = re.compile(r"-(\d+\.?\d*|\.\d+)[eE][+-]?\d+")


_INTERRUPTED = 130
"""As shells count a program that Ctrl-C ended."""


class Verb(Protocol):
    """What a verb's function looks like."""

    def __call__(self, arguments: argparse.Namespace) -> int: ...


class _Once(argparse.Action):
    """Takes one value, and refuses a second: of two limits nobody knows which one was meant."""

    _filled: argparse.Namespace | None = None

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 - as the library has it
        namespace: argparse.Namespace,
        values: object,
        option_string: str | None = None,
    ) -> None:
        """Store a value.

        Raises:
            argparse.ArgumentError: the option was there already.
        """
        if option_string is not None and self._filled is namespace:
            raise argparse.ArgumentError(self, "is given twice")
        self._filled = namespace
        setattr(namespace, self.dest, values)


class _Parser(argparse.ArgumentParser):
    """Refuses with one sentence on standard error, and exit code 2."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - as the library has it
        super().__init__(**options)
        for name in (None, "store"):
            self.register("action", name, _Once)

    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(NOT_UNDERSTOOD, f"{self.prog}: {message}; see {self.prog} --help\n")

    def parse_known_args(  # type: ignore[override]
        self,
        args: Sequence[str] | None = None,
        namespace: Any = None,  # noqa: ANN401 - as the library has it
    ) -> Any:  # noqa: ANN401 - as the library has it
        """Take `--lower -1e-6` as a number: argparse sees an option in a negative number with an exponent."""
        given = sys.argv[1:] if args is None else list(args)
        return super().parse_known_args(_joined(given), namespace)


def _joined(given: list[str]) -> list[str]:
    """Arguments with each negative number that has an exponent joined to the option before it."""
    joined: list[str] = []
    for argument in given:
        if joined and joined[-1].startswith("--") and "=" not in joined[-1] and _NEGATIVE.fullmatch(argument):
            joined[-1] += f"={argument}"
        else:
            joined.append(argument)
    return joined


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb and return its exit code."""
    arguments = _parser().parse_args(argv)
    verb: Verb = arguments.verb
    try:
        return verb(arguments)
    except StimcertError as error:
        understood = isinstance(error, EvidenceError) and not isinstance(error, NoRun)
        return _refuse(error, NO if understood else NOT_UNDERSTOOD)
    except KeyboardInterrupt:
        print("stimcert: interrupted", file=sys.stderr)
        return _INTERRUPTED
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
