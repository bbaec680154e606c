"""The manifest: every file of a run with its hash, in canonical bytes, written last.

`verify` builds it again from what is there and compares. It proves that the directory is as it was sealed; who sealed
it, and that nobody sealed another one since, only a signature can say.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.errors import EvidenceError
from harness.evidence.chain import read_records
from harness.evidence.codec import readable

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST = "manifest.json"
SIGNATURES = "signatures"
"""What alone may grow after a run is sealed."""

_OWN_HASH = "manifest_sha256"


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
    """Write the manifest of a finished run."""
    content = _content(_listed(run))
    (run / MANIFEST).write_bytes(readable(content))


def verify(run: Path) -> tuple[Finding, ...]:
    """Compare a run directory with its manifest; empty when it is whole.

    Raises:
        EvidenceError: there is no run directory, or the run never ended.
    """
    if not run.is_dir():
        raise EvidenceError(f"{run}: no such run directory")
    path = run / MANIFEST
    if not path.is_file():
        raise EvidenceError(f"{run}: has no {MANIFEST}: the run was not ended, or the file was removed")
    stored = path.read_bytes()
    sealed = _sealed(stored)
    if sealed is None:
        return (Finding(MANIFEST, "altered"),)
    found = _listed(run)
    findings = [
        *(Finding(name, "missing") for name in sorted(sealed.keys() - found.keys())),
        *(Finding(name, "added") for name in sorted(found.keys() - sealed.keys())),
        *(Finding(name, "altered") for name in sorted(sealed.keys() & found.keys()) if sealed[name] != found[name]),
    ]
    if not findings:
        findings += _chain(run)
    return tuple(findings)


def _listed(run: Path) -> dict[str, dict[str, Any]]:
    entries: dict[str, dict[str, Any]] = {}
    for path in sorted(run.rglob("*")):
        name = path.relative_to(run).as_posix()
        if name == MANIFEST or name.startswith(f"{SIGNATURES}/") or (name == SIGNATURES and path.is_dir()):
            continue
        if path.is_symlink():
            entries[name] = {"link": str(path.readlink())}
        elif path.is_dir():
            # Named, so that an empty folder cannot come or go unseen.
            entries[f"{name}/"] = {"folder": True}
        elif not path.is_file():
            entries[name] = {"special": True}
        else:
            data = path.read_bytes()
            entries[name] = {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    return entries


def _content(files: dict[str, dict[str, Any]]) -> dict[str, Any]:
    content: dict[str, Any] = {"schema": 1, "files": files}
    return {**content, _OWN_HASH: hashlib.sha256(readable(content)).hexdigest()}


def _sealed(stored: bytes) -> dict[str, dict[str, Any]] | None:
    """What a manifest lists, None where the manifest itself was touched."""
    try:
        files = json.loads(stored)["files"]
        whole = readable(_content(files)) == stored
    except (ValueError, KeyError, TypeError):
        return None
    return files if whole else None


def _chain(run: Path) -> list[Finding]:
    try:
        for _ in read_records(run / "records.jsonl"):
            pass
    except EvidenceError as error:
        return [Finding("records.jsonl", str(error))]
    return []
