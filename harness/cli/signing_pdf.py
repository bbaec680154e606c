"""The verb `stimcert sign-pdf`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.answers import YES
from harness.cli.signing_options import PASSPHRASE, ask_passphrase
from harness.definitions.meanings import MEANINGS

if TYPE_CHECKING:
    import argparse


def add(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the verb."""
    verb = verbs.add_parser("sign-pdf", help="write a copy of a PDF with a signature (PAdES) that PDF readers check")
    verb.add_argument("document", metavar="FILE.pdf", type=Path)
    verb.add_argument("--certificate", metavar="FILE.p12", type=Path, required=True, help="PKCS#12: key, certificate")
    verb.add_argument("--meaning", choices=MEANINGS, required=True)
    verb.add_argument("-o", "--output", metavar="FILE.pdf", type=Path, help="default: FILE.signed.pdf beside it")
    verb.add_argument(
        "--passphrase-file", metavar="FILE", type=Path, help=f"its first line, instead of being asked; or ${PASSPHRASE}"
    )
    verb.set_defaults(verb=_sign_pdf)


def _sign_pdf(arguments: argparse.Namespace) -> int:
    from harness.evidence.pdf_signatures import sign_pdf  # noqa: PLC0415 - each verb pays for its own imports

    document: Path = arguments.document
    target = arguments.output or document.with_name(f"{document.stem}.signed.pdf")
    passphrase = ask_passphrase(arguments.passphrase_file, f"Pass phrase of {arguments.certificate}: ")
    name = sign_pdf(document, arguments.certificate, passphrase, arguments.meaning, target)
    print(f"{target}: {arguments.meaning} by {name}")
    return YES
