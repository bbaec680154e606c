"""From runs to the bytes of a PDF, and from a PDF back to whether it is the one of these runs."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from harness.errors import EvidenceError, RequestError
from reports.dossier.case import read_case
from reports.dossier.document import data_of
from reports.dossier.predicate import read_predicate
from reports.dossier.signing import signatures_of

if TYPE_CHECKING:
    from collections.abc import Sequence

TEMPLATE = Path(__file__).parent.parent / "templates" / "dossier.typ"
STANDARDS: tuple[Literal["a-2a", "ua-1"], ...] = ("a-2a", "ua-1")
"""PDF/A-2a (ISO 19005-2, level A) and PDF/UA-1 (ISO 14289-1)."""


class Sameness(Enum):
    """What a PDF is to the run that it says it is of."""

    SAME = "is the dossier of this run, byte for byte"
    BEFORE_SIGNATURES = "is the dossier of this run as it was before anybody signed it; make it again"
    EXTENDED = (
        "begins as the dossier of this run, and has something behind it: a signature inside the PDF does that, and so "
        "does a forger; let a PDF reader check it"
    )
    OTHER_PROGRAM = (
        "was made by another version of stimcert or Typst, or is no dossier; its bytes cannot be compared here"
    )
    DIFFERENT = "is not the dossier that this evidence gives"


def write_dossier(runs: Sequence[Path], target: Path, predicate: Path | None = None) -> Path:
    """Write the dossier of one or several runs, whole or not at all.

    Raises:
        EvidenceError: a run cannot be read, or the file cannot be written.
        RequestError: the predicate file is none, or the place lies inside a run.
    """
    for run in runs:
        if run.resolve() in target.resolve().parents:
            raise RequestError(f"{target}: lies in a run, where nothing may be added; choose a place beside it")
    content = render_dossier(runs, predicate)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.new")
    try:
        temporary.write_bytes(content)
        temporary.replace(target)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise EvidenceError(f"{target}: cannot be written: {error.strerror or error}") from error
    return target


def render_dossier(runs: Sequence[Path], predicate: Path | None = None, *, signed: bool = True) -> bytes:
    """The dossier as a PDF: the same bytes for the same evidence, versions and predicate file.

    Args:
        runs: run directories; at least one.
        predicate: file with the predicate's column.
        signed: print the signatures of the runs; False: as if there were none yet.

    Raises:
        EvidenceError: a run cannot be read, or its dossier cannot be typeset.
        RequestError: there is no run, one is given twice, or the predicate file is none.
    """
    import typst  # noqa: PLC0415 - a compiler of 40 MB, for the verbs that need it

    places = [run.resolve() for run in runs]
    if not places:
        raise RequestError("a dossier is of at least one run")
    if len(set(places)) < len(places):
        raise RequestError("a run is given twice")
    column = read_predicate(predicate)
    data = data_of([read_case(run, column, signed=signed) for run in places])
    try:
        made = typst.compile(
            TEMPLATE,
            root=TEMPLATE.parent,
            ignore_system_fonts=True,
            sys_inputs={"dossier": json.dumps(data, ensure_ascii=False, allow_nan=False)},
            pdf_standards=list(STANDARDS),
        )
    except typst.TypstError as error:
        raise EvidenceError(f"the dossier cannot be typeset: {error}") from error
    if not isinstance(made, bytes):
        raise EvidenceError("the dossier cannot be typeset: Typst gave no document")
    return made


def compare_dossier(run: Path, dossier: Path, predicate: Path | None = None) -> Sameness:
    """Render the dossier of a run again and compare it with a file.

    Raises:
        EvidenceError: the run cannot be read.
        RequestError: the dossier cannot be read, or the predicate file is none.
    """
    try:
        given = dossier.read_bytes()
    except OSError as error:
        raise RequestError(f"{dossier}: cannot be read: {error.strerror or error}") from error
    made = render_dossier([run], predicate)
    if given == made:
        return Sameness.SAME
    if given.startswith(made):
        return Sameness.EXTENDED
    if _program(given) != _program(made):
        return Sameness.OTHER_PROGRAM
    if signatures_of(run) and given == render_dossier([run], predicate, signed=False):
        return Sameness.BEFORE_SIGNATURES
    return Sameness.DIFFERENT


def _program(document: bytes) -> bytes:
    """The versions that a dossier was made with, as they stand in its metadata."""
    start = document.find(b"<pdf:Keywords>")
    return document[start : document.find(b"</pdf:Keywords>", start)] if start >= 0 else b""
