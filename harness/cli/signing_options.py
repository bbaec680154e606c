"""What signing verbs ask: where signatories and keys lie, and the pass phrase, which never stands on a command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import RequestError

if TYPE_CHECKING:
    import argparse

SIGNATORIES = "STIMCERT_SIGNATORIES"
KEYS = "STIMCERT_KEYS"
PASSPHRASE = "STIMCERT_PASSPHRASE"  # noqa: S105 - the name of a variable


def add_signatories(verb: argparse.ArgumentParser) -> None:
    """Add the option that names the signatories file."""
    verb.add_argument(
        "--signatories",
        metavar="FILE",
        type=Path,
        help=f"who may sign what; default: ${SIGNATORIES}, or ~/.config/stimcert/signatories.toml",
    )


def add_key(verb: argparse.ArgumentParser) -> None:
    """Add the options that name a key and its pass phrase."""
    verb.add_argument(
        "--key", metavar="FILE", type=Path, help=f"default: ID.pem in ${KEYS}, or in ~/.config/stimcert/keys"
    )
    verb.add_argument(
        "--passphrase-file",
        metavar="FILE",
        type=Path,
        help=f"for machines: its first line, instead of being asked; or ${PASSPHRASE}",
    )


def signatories_file(given: Path | None) -> Path:
    """Where the signatories stand."""
    return given or _from(SIGNATORIES) or _home() / "signatories.toml"


def key_file(given: Path | None, signatory: str) -> Path:
    """Where the private key of a signatory stands."""
    return given or (_from(KEYS) or _home() / "keys") / f"{signatory}.pem"


def ask_passphrase(file: Path | None, prompt: str, *, twice: bool = False) -> str:
    """The pass phrase: from a file, from the environment, or typed by its owner.

    Raises:
        RequestError: there is none, or what was typed twice is not the same.
    """
    if file is not None:
        try:
            found = file.read_text(encoding="utf-8").split("\n")[0].removesuffix("\r")
        except OSError as error:
            raise RequestError(f"{file}: the pass phrase cannot be read: {error.strerror or error}") from error
        except UnicodeDecodeError as error:
            raise RequestError(f"{file}: the pass phrase is not UTF-8 text") from error
    elif PASSPHRASE in os.environ:
        found = os.environ[PASSPHRASE]
    else:
        found = _typed(prompt)
        if twice and _typed("The same again: ") != found:
            raise RequestError("the two pass phrases are not the same; nothing was written")
    if not found:
        raise RequestError("an empty pass phrase protects nothing")
    return found


def _typed(prompt: str) -> str:
    import getpass  # noqa: PLC0415 - each verb pays for its own imports
    import warnings  # noqa: PLC0415

    with warnings.catch_warnings():
        # Without a terminal the library would read, and show, what comes on standard input.
        warnings.simplefilter("error", getpass.GetPassWarning)
        try:
            return getpass.getpass(prompt)
        except (getpass.GetPassWarning, EOFError, OSError) as error:
            raise RequestError(
                f"there is no terminal to ask for the pass phrase: give --passphrase-file or ${PASSPHRASE}"
            ) from error


def _from(variable: str) -> Path | None:
    return Path(os.environ[variable]) if os.environ.get(variable) else None


def _home() -> Path:
    return (_from("XDG_CONFIG_HOME") or Path.home() / ".config") / "stimcert"
