"""The verb `stimcert signatories`: who may sign, with which key."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from harness.cli.answers import YES
from harness.cli.signing_options import add_key, add_signatories, ask_passphrase, key_file, signatories_file
from harness.errors import RequestError

if TYPE_CHECKING:
    from pathlib import Path

    from harness.definitions.signatories import Signatories, Signatory


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb."""
    verb = verbs.add_parser("signatories", help="list who may sign, add a person with a new key, take a key back")
    actions = verb.add_subparsers(title="actions", metavar="ACTION", required=True)
    new = actions.add_parser("add", help="make a key under a pass phrase, and name its owner")
    new.add_argument("id", metavar="ID", help="short name of one person for ever, as rs")
    new.add_argument("--name", metavar="NAME", required=True, help="as it is printed beside a signature")
    new.add_argument("--role", metavar="ROLE", action="append", required=True, help="may be given several times")
    new.add_argument(
        "--valid-until", metavar="DATE", type=_day, help="last day of the key, UTC; default: until revoked"
    )
    add_signatories(new)
    add_key(new)
    new.set_defaults(verb=_add)

    revoke = actions.add_parser("revoke", help="take back every key of a person")
    revoke.add_argument("id", metavar="ID")
    revoke.add_argument("--reason", metavar="TEXT", required=True)
    revoke.add_argument("--since", metavar="TIME", type=_moment, help="2026-11-20T23:05:01+01:00; default: now")
    add_signatories(revoke)
    revoke.set_defaults(verb=_revoke)

    listed = actions.add_parser("list", help="who may sign")
    add_signatories(listed)
    listed.set_defaults(verb=_list)


def _add(arguments: argparse.Namespace) -> int:
    from harness.definitions.signatories import ROLES  # noqa: PLC0415 - each verb pays for its own imports
    from harness.evidence.signing_keys import make_key  # noqa: PLC0415

    file = signatories_file(arguments.signatories)
    before = _text(file) or _NEW + "".join(f"{role} = {json.dumps(meanings)}\n" for role, meanings in ROLES.items())
    entry = {
        "id": arguments.id,
        "name": arguments.name,
        "roles": list(dict.fromkeys(arguments.role)),
        "public_key": _NOBODYS,
        "valid_from": datetime.now(UTC).isoformat(timespec="seconds"),
    }
    if arguments.valid_until is not None:
        entry["valid_until"] = arguments.valid_until
    _checked(file, before + _table("signatories", entry))
    path = key_file(arguments.key, arguments.id)
    passphrase = ask_passphrase(arguments.passphrase_file, f"New pass phrase of {arguments.name}: ", twice=True)
    entry["public_key"] = make_key(path, passphrase)
    try:
        _write(file, before + _table("signatories", entry))
    except RequestError:
        path.unlink()
        raise
    print(f"{file}: {arguments.name} ({arguments.id}, {', '.join(arguments.role)}), key in {path}")
    return YES


def _revoke(arguments: argparse.Namespace) -> int:
    from harness.definitions.signatories import load_signatories  # noqa: PLC0415 - each verb pays for its own imports

    file = signatories_file(arguments.signatories)
    signatories = load_signatories(file)
    before = _text(file)
    since = arguments.since or datetime.now(UTC).isoformat(timespec="seconds")
    keys = [entry.public_key for entry in signatories.signatories if entry.id == arguments.id]
    if not keys:
        raise RequestError(f"{arguments.id}: is no signatory of {file}")
    tables = [_table("revocations", {"public_key": key, "since": since, "reason": arguments.reason}) for key in keys]
    _write(file, before + "".join(tables))
    print(f"{file}: {len(keys)} key{'s' if len(keys) > 1 else ''} of {arguments.id} count for nothing from {since}")
    return YES


def _list(arguments: argparse.Namespace) -> int:
    from harness.definitions.signatories import load_signatories  # noqa: PLC0415 - each verb pays for its own imports

    signatories = load_signatories(signatories_file(arguments.signatories))
    for entry in signatories.signatories:
        print(f"{entry.id:12} {entry.name:28} {', '.join(entry.roles):24} {_validity(entry, signatories)}")
    return YES


def _validity(entry: Signatory, signatories: Signatories) -> str:
    until = f" until {entry.valid_until}" if entry.valid_until else ""
    revoked = "".join(
        f", revoked from {one.since}: {one.reason}"
        for one in signatories.revocations
        if one.public_key == entry.public_key
    )
    return f"key {entry.key_id} from {entry.valid_from}{until}{revoked}"


_NOBODYS = "02" * 32
"""Stands for the key until the rest of an entry was found to be right."""

_NEW = """\
# Who may sign runs, with which key, and what a role may give. Only add to this file, never change or remove a table:
# signatures of years ago are read by it. `stimcert signatories` adds people and takes keys back.
schema = 1

[roles]
"""


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8") if file.exists() else ""
    except (OSError, UnicodeDecodeError) as error:
        raise RequestError(f"{file}: cannot be read: {error}") from error


def _table(name: str, entry: dict[str, object]) -> str:
    # Printable text, and lists of it, are written alike in TOML and JSON.
    lines = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in entry.items())
    return f"\n[[{name}]]\n{lines}"


def _checked(file: Path, text: str) -> None:
    from harness.definitions.signatories import parse_signatories  # noqa: PLC0415 - each verb pays for its own imports

    parse_signatories(text, file)


def _write(file: Path, text: str) -> None:
    """Write a signatories file whole or not at all, and never one that could not be read."""
    _checked(file, text)
    target = file.resolve()
    beside = target.with_name(f"{target.name}.new")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, encoding="utf-8", newline="\n")
        beside.replace(target)
    except OSError as error:
        raise RequestError(f"{file}: cannot be written: {error.strerror or error}") from error


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date, as 2028-12-31") from None
    return f"{day.isoformat()}T23:59:59+00:00"


def _moment(text: str) -> str:
    from harness.definitions.signatories import moment  # noqa: PLC0415 - each verb pays for its own imports

    try:
        moment(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text
