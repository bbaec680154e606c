"""Everything that can be found about a run directory without deriving its values again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.evidence.manifest import Finding, compare
from harness.evidence.signatures import Signature, check_signatures

if TYPE_CHECKING:
    from pathlib import Path

    from harness.definitions.signatories import Signatories


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found about a run.

    Attributes:
        findings: every item that is not as it was sealed, or no valid signature; none: the run is whole.
        signatures: the valid ones, oldest first.
    """

    findings: tuple[Finding, ...]
    signatures: tuple[Signature, ...]


def examine(run: Path, signatories: Signatories | None = None) -> Verification:
    """Compare a run directory with its manifest, and check its signatures.

    Args:
        run: run directory.
        signatories: who may sign what; None: a signature only has to be made with the key that it names.

    Raises:
        NoRun: there is no run directory.
        EvidenceError: the run never ended.
    """
    findings = compare(run)
    signatures = check_signatures(run, signatories)
    return Verification((*findings, *signatures.findings), signatures.valid)


def verify(run: Path) -> tuple[Finding, ...]:
    """All findings about a run, whoever signed it; empty when it is whole.

    Raises:
        NoRun: there is no run directory.
        EvidenceError: the run never ended.
    """
    return examine(run).findings
