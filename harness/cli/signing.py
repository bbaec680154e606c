"""The verb `stimcert sign`."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from harness.cli.answers import YES
from harness.cli.signing_options import add_key, add_signatories, ask_passphrase, key_file, signatories_file
from harness.definitions.meanings import MEANINGS
from harness.errors import EvidenceError, RequestError

if TYPE_CHECKING:
    import argparse

    from harness.definitions.signatories import Signatories, Signatory


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb."""
    verb = verbs.add_parser("sign", help="sign a run that is whole: who, when, what it means")
    verb.add_argument("run", metavar="RUN", type=Path)
    verb.add_argument("--as", dest="who", metavar="NAME", required=True, help="id or printed name of a signatory")
    verb.add_argument("--meaning", choices=MEANINGS, required=True)
    verb.add_argument("--role", metavar="ROLE", help="default: the first of the signatory that may give this meaning")
    verb.add_argument("--comment", metavar="TEXT", default="", help="signed and shown with the signature")
    add_signatories(verb)
    add_key(verb)
    verb.set_defaults(verb=_sign)


def _sign(arguments: argparse.Namespace) -> int:
    from harness.definitions.signatories import load_signatories  # noqa: PLC0415 - each verb pays for its own imports
    from harness.evidence.signatures import add_signature, draft  # noqa: PLC0415
    from harness.evidence.signing_keys import open_key, public_key_of  # noqa: PLC0415

    file = signatories_file(arguments.signatories)
    signatories = load_signatories(file)
    entries = signatories.named(arguments.who)
    if not entries:
        known = ", ".join(sorted({entry.id for entry in signatories.signatories})) or "nobody"
        raise RequestError(f"{arguments.who}: is no signatory of {file}; known are {known}")
    if len({entry.id for entry in entries}) > 1:
        raise RequestError(f"{arguments.who}: is the name of several signatories of {file}; give an id")
    if not arguments.comment.isprintable():
        raise RequestError("--comment: is one line of printable text")
    role = _role(signatories, entries, arguments.role, arguments.meaning)
    about = _about(arguments.run)

    path = key_file(arguments.key, entries[0].id)
    prompt = f"{about}\n{entries[0].name} signs this run: {arguments.meaning}. Pass phrase: "
    key = open_key(path, ask_passphrase(arguments.passphrase_file, prompt))
    signatory = next((entry for entry in entries if entry.public_key == public_key_of(key)), None)
    if signatory is None:
        raise RequestError(f"{path}: is no key of {entries[0].name} in {file}")
    now = datetime.now(UTC).astimezone().replace(microsecond=0)
    if objection := signatories.objection(signatory.public_key, role, arguments.meaning, now):
        raise RequestError(f"{objection}; nothing was signed")
    signature = draft(arguments.run, signatory, now, role=role, meaning=arguments.meaning, comment=arguments.comment)
    try:
        written = add_signature(arguments.run, signature, key)
    except EvidenceError as error:
        raise RequestError(str(error)) from error
    print(f"{written.relative_to(arguments.run)}: {signature.told}")
    return YES


def _role(signatories: Signatories, entries: tuple[Signatory, ...], asked: str | None, meaning: str) -> str:
    """As whom somebody signs.

    Raises:
        RequestError: the signatory has no role that may give this meaning.
    """
    roles = list(dict.fromkeys(role for entry in entries for role in entry.roles))
    giving = [role for role in roles if meaning in signatories.roles[role] and asked in {None, role}]
    if not giving:
        which = f"as {asked}" if asked else "in any role"
        raise RequestError(f"{entries[0].name} may not sign for {meaning} {which}; roles are {', '.join(roles)}")
    return giving[0]


def _about(run: Path) -> str:
    """What is signed, in a line; asked only of a run that may be signed.

    Raises:
        RequestError: the run is not whole or not complete, or this machine's clock is behind its end.
    """
    from harness.definitions.signatories import moment  # noqa: PLC0415 - each verb pays for its own imports
    from harness.evidence import StoredRun, verify  # noqa: PLC0415

    try:
        findings = verify(run)
        state: dict[str, Any] = StoredRun(run).state() if not findings else {}
    except EvidenceError as error:
        raise RequestError(f"{error}; it cannot be signed") from error
    if findings:
        more = f" and {len(findings) - 1} more" if len(findings) > 1 else ""
        raise RequestError(
            f"{run}: is not whole ({findings[0].item}: {findings[0].problem}{more}); it cannot be signed"
        )
    if state.get("complete") is not True:
        raise RequestError(f"{run}: is not complete ({state.get('scope')}); it cannot be signed")
    ended = moment(state["ended"])
    if datetime.now(UTC) < ended:
        raise RequestError(
            f"{run}: ended at {state['ended']}, which this machine's clock has not reached; set it first"
        )
    mark = "SIMULATED: " if state.get("simulated") is not False else ""
    return f"{mark}{state.get('device')}, unit {state.get('unit')}, {state.get('started')}: {state.get('verdict')}"
