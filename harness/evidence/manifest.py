"""The manifest: every file of a run with its hash, in canonical bytes, written last.

`compare` builds it again from what is there and compares; then it follows the chain of records, and from the records
the hash of each capture. That proves that the directory is as it was sealed; who sealed it, and that nobody sealed
another one since, only a signature can say.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.errors import EvidenceError
from harness.evidence.chain import Record, read_records
from harness.evidence.codec import readable
from harness.evidence.layout import CAPTURES, MANIFEST, RECORDS, SIGNATURES, require_run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OWN_HASH = "manifest_sha256"
ALTERED, MISSING, ADDED = "altered", "missing", "added"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a run directory that is not as it was sealed.

    Attributes:
        item: path inside the run directory.
        problem: `altered`, `missing`, `added`, or a sentence.
    """

    item: str
    problem: str


def seal(run: Path) -> None:
    """Write the manifest of a finished run.

    Raises:
        OSError: a file of it cannot be read, or the manifest cannot be written.
    """
    listed = _listed(run)
    for name, entry in listed.items():
        if _UNREADABLE in entry:
            raise OSError(f"{name}: {entry[_UNREADABLE]}")
    (run / MANIFEST).write_bytes(readable(_content(listed)))


def compare(run: Path) -> tuple[Finding, ...]:
    """Compare a run directory, but for its signatures, with its manifest; empty when it is whole.

    Raises:
        NoRun: there is no run directory.
        EvidenceError: the run never ended.
    """
    require_run(run)
    path = run / MANIFEST
    if not path.is_file():
        raise EvidenceError(f"{run}: has no {MANIFEST}: the run was not ended, or the file was removed")
    found = _listed(run)
    sealed = None if path.is_symlink() else _sealed(path)
    if sealed is None:
        problems = {**_differences(_displaced(run, found), found), MANIFEST: ALTERED}
    else:
        problems = _differences(sealed, found)
    if RECORDS not in problems:
        for item, problem in _from_records(run, found):
            problems.setdefault(item, problem)
    order = (MISSING, ADDED)
    ranked = sorted(problems.items(), key=lambda entry: order.index(entry[1]) if entry[1] in order else len(order))
    return tuple(Finding(item, problem) for item, problem in ranked)


_UNREADABLE = "unreadable"


def _listed(run: Path) -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = {}
    for path in sorted(run.rglob("*")):
        name = path.relative_to(run).as_posix()
        if name == MANIFEST or name.startswith(f"{SIGNATURES}/"):
            continue
        if path.is_symlink():
            entries[name] = {"link": str(path.readlink())}
        elif path.is_dir():
            # Named, so that an empty folder cannot come or go unseen.
            if name != SIGNATURES:
                entries[f"{name}/"] = {"folder": True}
        elif not path.is_file():
            entries[name] = {"special": True}
        else:
            entries[name] = _file(path)
    return entries


def _file(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return {"bytes": file.tell(), "sha256": digest}
    except OSError as error:
        return {_UNREADABLE: error.strerror or str(error)}


def _content(files: dict[str, dict[str, Any]]) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": 1, "files": files}
    return {**content, _OWN_HASH: hashlib.sha256(readable(content)).hexdigest()}


def _sealed(path: Path) -> dict[str, dict[str, Any]] | None:
    """What a manifest lists, None where the manifest itself was touched."""
    try:
        stored = path.read_bytes()
        files = json.loads(stored)["files"]
        whole = readable(_content(files)) == stored and all(isinstance(entry, dict) for entry in files.values())
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return files if whole else None


def _displaced(run: Path, found: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """What the manifest lists where it changed places with another file; otherwise whatever is found."""
    for name, entry in found.items():
        sealed = _sealed(run / name) if "sha256" in entry else None
        if sealed is not None:
            return sealed
    return found


def _differences(sealed: dict[str, dict[str, Any]], found: dict[str, dict[str, Any]]) -> dict[str, str]:
    problems = dict.fromkeys(sorted(sealed.keys() - found.keys()), MISSING)
    problems |= dict.fromkeys(sorted(found.keys() - sealed.keys()), ADDED)
    altered = {name for name in sealed.keys() & found.keys() if sealed[name] != found[name]}
    held = {str(found[name]): name for name in altered}
    for name in sorted(altered):
        other = held.get(str(sealed[name]))
        swapped = other is not None and found[name] == sealed[other]
        problems[name] = f"{ALTERED}: swapped with {other}" if swapped else ALTERED
    return problems


def _from_records(run: Path, found: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """What the chain of records, and the captures that they name, have against a run."""
    named: dict[str, object] = {}
    empty = True
    try:
        for record in read_records(run / RECORDS):
            empty = False
            named.update(_captures(record))
    except EvidenceError as error:
        yield RECORDS, str(error)
        return
    if empty:
        yield RECORDS, "holds no record"
    # A capture that no record names may lie there: of an observation that was interrupted before its record.
    for name, digest in sorted(named.items()):
        if found.get(name, {}).get("sha256") != digest:
            yield name, "is not the capture that a record names"


def _captures(record: Record) -> dict[str, object]:
    """Hashes of the captures that a record names.

    Raises:
        EvidenceError: it names them in no way that we know.
    """
    if record.kind != "observation":
        return {}
    try:
        return {f"{CAPTURES}/{file['file']}": file["sha256"] for file in record.data["files"].values()}
    except (KeyError, TypeError, AttributeError) as error:
        raise EvidenceError(f"record {record.number} names no captures, as an observation does") from error
