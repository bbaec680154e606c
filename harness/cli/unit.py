"""The verb `stimcert unit`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.answers import YES
from harness.errors import RequestError

if TYPE_CHECKING:
    import argparse


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb."""
    verb = verbs.add_parser("unit", help="write the file of a healthy simulated unit of a device profile")
    verb.add_argument("device", metavar="NAME|FILE", help="device profile: a name, or a file of your own")
    verb.add_argument("-o", "--output", metavar="FILE", help="where to write it; default: standard output")
    verb.set_defaults(verb=_unit)


def _unit(arguments: argparse.Namespace) -> int:
    from harness.definitions.devices import load_device  # noqa: PLC0415 - each verb pays for its imports
    from harness.definitions.generic_unit import generic_unit  # noqa: PLC0415

    profile, _ = load_device(arguments.device)
    text = generic_unit(profile)
    if arguments.output is None:
        print(text, end="")
        return YES
    try:
        # "x": a file that somebody has changed by hand is not written over.
        with Path(arguments.output).open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise RequestError(f"{arguments.output}: exists already; remove it first, or name another file") from error
    except OSError as error:
        raise RequestError(f"{arguments.output}: cannot be written: {error.strerror or error}") from error
    print(f"wrote {arguments.output}: a healthy unit of {profile.name}")
    return YES
