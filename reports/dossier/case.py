"""One run as the chapters of a dossier see it: read once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.errors import EvidenceError
from harness.evidence import Judged
from harness.evidence.layout import MANIFEST
from harness.evidence.manifest import compare
from harness.setpoint import Method
from reports.contents import read_contents
from reports.dossier.files import Bench, Profile, bench_of, file_hashes
from reports.dossier.plots import wanted
from reports.dossier.signing import signatures_of
from reports.page import page_of
from reports.trace import trace_of

if TYPE_CHECKING:
    from pathlib import Path

    from harness.capture import Observation
    from harness.evidence import Value
    from reports.contents import Contents
    from reports.dossier.predicate import Predicate
    from reports.dossier.signing import Signature
    from reports.page import Page
    from reports.trace import TraceLine

_MOST_TOLD = 5


@dataclass(frozen=True, slots=True)
class Case:
    """A run with all that its dossier says.

    Attributes:
        contents: the run directory, read.
        page: what the page of the run says.
        trace: its matrix.
        bench: from the bench file.
        profile: from the device profile.
        predicate: columns of a predicate and statements of the sponsor, where given.
        signatures: valid ones and what else lies in their folder.
        observations: those that figures are drawn from, by key.
        missing: why there are none, where captures cannot be read.
        sealed: the run has a manifest, and is as that says.
        hashes: SHA-256 of the files.
    """

    contents: Contents
    page: Page
    trace: tuple[TraceLine, ...]
    bench: Bench
    profile: Profile
    predicate: Predicate
    signatures: tuple[Signature, ...]
    observations: dict[str, Observation]
    missing: str
    sealed: bool
    hashes: tuple[tuple[str, str], ...]

    @property
    def values(self) -> list[Value]:
        """All values of the run."""
        return self.contents.recorded.values

    @property
    def headline(self) -> str:
        """The verdict; of a run without a manifest, whose verdict anybody may have written, with these words first."""
        return self.page.headline if self.sealed else f"NOT SEALED: {self.page.headline}"

    def of(self, requirement: str) -> list[Value]:
        """Values of one requirement."""
        return [value for value in self.values if value.requirement == requirement]

    def judged(self, requirement: str) -> list[Judged]:
        """Judged values of one requirement."""
        return [value for value in self.of(requirement) if isinstance(value, Judged)]

    def outcome(self, requirement: str) -> str:
        """Outcome of one requirement with its note; empty where the run does not know it."""
        pages = (*self.page.requirements, *self.page.others)
        found = next((one for one in pages if one.text.id == requirement), None)
        if found is None:
            return ""
        note = found.note or (f"least margin {found.margin}" if found.margin else "")
        return f"{found.outcome} ({note})" if note else found.outcome


def read_case(run: Path, predicate: Predicate, *, signed: bool = True) -> Case:
    """Read a run directory.

    Args:
        run: the directory.
        predicate: what a predicate file says; an empty one where none is given.
        signed: print signatures; False: as if there were none.

    Raises:
        EvidenceError: it is no run directory, or not as it was written and sealed.
    """
    sealed = (run / MANIFEST).exists()
    if sealed:
        _refuse_altered(run)
    contents = read_contents(run)
    page = page_of(contents)
    tables = {value.point.key for value in contents.recorded.values if value.point.method is Method.TABLE}
    observations: dict[str, Observation] = {}
    missing = ""
    try:
        observations = contents.observations(tables | wanted(contents))
    except EvidenceError as error:
        missing = str(error)
    return Case(
        contents=contents,
        page=page,
        trace=trace_of(contents, page),
        bench=bench_of(run),
        profile=Profile(contents.profile),
        predicate=predicate,
        signatures=signatures_of(run) if signed else (),
        observations=observations,
        missing=missing,
        sealed=sealed,
        hashes=file_hashes(run),
    )


def _refuse_altered(run: Path) -> None:
    """A dossier of a run that is not as it was sealed would be worth less than none."""
    findings = compare(run)
    if findings:
        told = "; ".join(f"{one.item}: {one.problem}" for one in findings[:_MOST_TOLD])
        more = f"; and {len(findings) - _MOST_TOLD} more" if len(findings) > _MOST_TOLD else ""
        raise EvidenceError(f"{run}: is not as it was sealed, so there is no dossier of it: {told}{more}")
