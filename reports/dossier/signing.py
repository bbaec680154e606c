"""The last chapter before the annexes: who signed the run, and lines for those who have not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.evidence.layout import SIGNATURES
from harness.evidence.signatures import check_signatures
from reports.dossier.blocks import Block, Cell, Heading, Table, Text, breakable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reports.dossier.case import Case

_MEANINGS = ("tested by", "reviewed by", "approved by")


@dataclass(frozen=True, slots=True)
class Signature:
    """What lies in the folder of signatures: one that is valid, or why it is none.

    Attributes:
        name: printed name; of what is no signature its file.
        role: of the signer.
        meaning: what the signature says: review, approval.
        moment: date and time with time zone.
        key: which key made it.
        objection: why it does not count; empty: it does.
    """

    name: str
    role: str = ""
    meaning: str = ""
    moment: str = ""
    key: str = ""
    objection: str = ""


def signatures_of(run: Path) -> tuple[Signature, ...]:
    """Signatures of a run, oldest first, and behind them whatever else lies there."""
    found = check_signatures(run)
    valid = [
        Signature(one.name, one.role, one.meaning, f"{one.signed} ({one.time_zone})", one.key_id) for one in found.valid
    ]
    others = [Signature(one.item.removeprefix(f"{SIGNATURES}/"), objection=one.problem) for one in found.findings]
    return (*valid, *others)


def chapter(case: Case) -> Iterator[Block]:
    """Signatures, and blank lines."""
    yield Heading(1, "Signatures")
    digest = dict(case.hashes).get("manifest.json", "")
    sealed = f"The manifest of the run has the SHA-256 {digest}." if digest else "The run was not sealed."
    yield Text(f"{sealed} A signature binds its signer to that manifest, and by it to every file of the run.")
    valid = [one for one in case.signatures if not one.objection]
    if valid:
        rows = tuple(
            (one.name, one.role, one.meaning, one.moment, Cell(breakable(one.key, 24), "mono")) for one in valid
        )
        head = ("Printed name", "Role", "Meaning", "Date and time", "Key")
        yield Table(head, rows, (1.3, 1, 1, 1.6, 1.2), title="Electronic signatures (Ed25519)")
        yield Text(
            "Each was made with the key that it names, over this manifest. Whose key that is, and that its owner might "
            "sign so, says the file of signatories: stimcert verify RUN --signed.",
            "soft",
        )
    else:
        yield Text("No electronic signature lies in the run.", "soft")
    others = tuple((breakable(one.name), one.objection) for one in case.signatures if one.objection)
    if others:
        yield Table(("File in signatures/", "Does not count, because"), others, (1, 2), title="NOT VALID")
    lines = tuple((f"{meaning}\n\u00a0\n\u00a0", "", "", "") for meaning in _MEANINGS)
    yield Table(
        ("Meaning", "Printed name", "Signature", "Date and time"), lines, (0.8, 1.4, 1.6, 1), title="By hand", size=9
    )
