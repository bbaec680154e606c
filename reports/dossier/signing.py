"""The last chapter: who signed the run, and lines for those who have not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from reports.dossier.blocks import Block, Heading, Table, Text

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from reports.dossier.case import Case

_MEANINGS = ("tested by", "reviewed by", "approved by")


@dataclass(frozen=True, slots=True)
class Signature:
    """One electronic signature of a run.

    Attributes:
        name: printed name.
        role: of the signer.
        meaning: what the signature says: review, approval.
        moment: date and time with time zone.
        key: which key made it.
        valid: it is a valid signature of this manifest; False: what is wrong stands in `meaning`.
    """

    name: str
    role: str
    meaning: str
    moment: str
    key: str
    valid: bool = True


def signatures_of(run: Path) -> tuple[Signature, ...]:  # noqa: ARG001 - the one seam to signatures, none of which is made yet
    """Signatures of a run, in the order of their moments."""
    return ()


def chapter(case: Case) -> Iterator[Block]:
    """Signatures, and blank lines."""
    yield Heading(1, "Signatures")
    digest = dict(case.hashes).get("manifest.json", "")
    sealed = f"The manifest of the run has the SHA-256 {digest}." if digest else "The run was not sealed: no manifest."
    yield Text(f"{sealed} A signature below binds its signer to that manifest, and by it to every file of the run.")
    if case.signatures:
        rows = [(s.name, s.role, s.meaning if s.valid else f"NOT VALID: {s.meaning}", s.moment, s.key)
                for s in case.signatures]  # fmt: skip
        head = ("Printed name", "Role", "Meaning", "Date and time", "Key")
        yield Table(head, tuple(rows), (1.2, 1, 1, 1.2, 1.2), title="Electronic signatures")
    else:
        yield Text("No electronic signature lies in the run.", "soft")
    lines = tuple((f"{meaning}\n\u00a0\n\u00a0", "", "", "") for meaning in _MEANINGS)
    yield Table(("Meaning", "Printed name", "Signature", "Date and time"), lines, (0.8, 1.4, 1.6, 1),
                title="By hand", size=9)  # fmt: skip
