"""Electronic signatures on a sealed run: Ed25519 over what is signed, who signs, when, and what it means.

Each signature is a file of its own in `signatures/`, one line of canonical JSON, and binds the SHA-256 of
`manifest.json`: it cannot be moved to another run (21 CFR 11.70). It also names every signature that was there before,
so that none of those can be taken away unnoticed. Docs: docs/part-11.md.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from harness.definitions.meanings import MEANINGS
from harness.definitions.signatories import is_weak, key_id, moment
from harness.errors import EvidenceError
from harness.evidence.codec import canonical
from harness.evidence.layout import MANIFEST, SIGNATURES, STATE
from harness.evidence.manifest import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from harness.definitions.signatories import Signatories, Signatory

_SCHEMA = 1
_CONTEXT = b"stimcert signature 1\n"
"""Before the signed bytes: a key that signs other things too cannot be tricked into signing a run."""

_KEY = re.compile(r"[0-9a-f]{64}")
_SIGNATURE = re.compile(r"[0-9a-f]{128}")
NO_SIGNATURE = "is no signature"


@dataclass(frozen=True, slots=True)
class Signature:
    """What one person declared of one run.

    Attributes:
        file: in `signatures/`.
        manifest_sha256: of `manifest.json`: all that is signed.
        signatory: id of the person.
        name: printed name.
        role: as whom.
        meaning: `review`, `approval`, `responsibility` or `authorship`.
        comment: of the person, may be empty.
        signed: by the clock of the signing machine, ISO 8601 with offset from UTC.
        time_zone: name of its time zone.
        public_key: of the person, hexadecimal.
        earlier: SHA-256 of each signature that was there before, by file.
        software: that made the signature.
        schema: of the file.
    """

    file: str
    manifest_sha256: str
    signatory: str
    name: str
    role: str
    meaning: str
    comment: str
    signed: str
    time_zone: str
    public_key: str
    earlier: dict[str, str]
    software: str
    schema: int = _SCHEMA

    @property
    def key_id(self) -> str:
        """Short name of the key."""
        return key_id(self.public_key)

    @property
    def told(self) -> str:
        """Who, when, what, in one line."""
        said = f" ({self.comment})" if self.comment else ""
        return (
            f"{self.meaning} by {self.name} ({self.signatory}, {self.role}) on {self.signed} ({self.time_zone})"
            f"{said}, key {self.key_id}"
        )

    @property
    def message(self) -> bytes:
        """The signed bytes."""
        return _CONTEXT + canonical(asdict(self))


@dataclass(frozen=True, slots=True)
class Signatures:
    """What lies in `signatures/`.

    Attributes:
        valid: signatures, oldest first, that count.
        findings: everything else.
    """

    valid: tuple[Signature, ...]
    findings: tuple[Finding, ...]


def signature_files(run: Path) -> dict[str, bytes | None]:
    """Everything in `signatures/` by its path there; None for what is no file that can be read."""
    folder = run / SIGNATURES
    found: dict[str, bytes | None] = {}
    if folder.is_symlink() or not folder.is_dir():
        return found
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        try:
            found[name] = path.read_bytes() if path.is_file() and not path.is_symlink() else None
        except OSError:
            found[name] = None
    return found


def check_signatures(run: Path, signatories: Signatories | None = None) -> Signatures:
    """Check everything in `signatures/`.

    Args:
        run: run directory.
        signatories: who may sign what; None: only that each signature was made with the key that it names.
    """
    files = signature_files(run)
    valid: list[Signature] = []
    findings: dict[str, str] = {}
    manifest, ended = _manifest_digest(run), _ended(run)
    for name, data in files.items():
        read = _read(data)
        if read is None:
            findings[name] = NO_SIGNATURE
            continue
        signature, proof = read
        problem = _objection(signature, proof, name, manifest, ended) or (
            signatories and _disowned(signature, signatories)
        )
        if problem:
            findings[name] = problem
        else:
            valid.append(signature)
    for name, problem in _gone(valid, files):
        findings.setdefault(name, problem)
    return Signatures(
        tuple(
            sorted((one for one in valid if one.file not in findings), key=lambda one: (moment(one.signed), one.file))
        ),
        tuple(Finding(f"{SIGNATURES}/{name}", problem) for name, problem in sorted(findings.items())),
    )


def add_signature(run: Path, signature: Signature, key: Ed25519PrivateKey) -> Path:
    """Sign, and keep the signature; nothing that is there is touched.

    Raises:
        EvidenceError: it cannot be written; then nothing is.
    """
    line = canonical({**asdict(signature), "signature": key.sign(signature.message).hex()}) + b"\n"
    folder = run / SIGNATURES
    path, beside = folder / signature.file, folder / f".{signature.file}.new"
    made = not folder.exists()
    try:
        folder.mkdir(exist_ok=True)
        try:
            with beside.open("xb") as file:
                file.write(line)
                file.flush()
                os.fsync(file.fileno())
            if os.path.lexists(path):
                raise FileExistsError(f"{signature.file} exists already")
            beside.rename(path)
        except OSError:
            beside.unlink(missing_ok=True)
            if made:
                folder.rmdir()
            raise
    except OSError as error:
        raise EvidenceError(f"{path}: cannot be written: {error.strerror or error}") from error
    return path


def draft(run: Path, signatory: Signatory, signed: datetime, *, role: str, meaning: str, comment: str) -> Signature:
    """What is about to be signed: the run as it is now, with all signatures that it has.

    Args:
        run: a run that is whole.
        signatory: who signs.
        signed: now, with time zone.
        role: as whom.
        meaning: `review`, `approval`, `responsibility` or `authorship`.
        comment: of the person, may be empty.
    """
    files = signature_files(run)
    name = f"{signed.astimezone(UTC):%Y%m%dT%H%M%SZ}-{signatory.id}-{meaning}"
    number, file = 1, f"{name}.json"
    while file in files:
        number += 1
        file = f"{name}-{number}.json"
    return Signature(
        file=file,
        manifest_sha256=_manifest_digest(run),
        signatory=signatory.id,
        name=signatory.name,
        role=role,
        meaning=meaning,
        comment=comment,
        signed=signed.isoformat(timespec="seconds"),
        time_zone=signed.tzname() or "unknown",
        public_key=signatory.public_key,
        earlier={name: hashlib.sha256(data).hexdigest() for name, data in files.items() if data is not None},
        software=f"stimcert {version('stimcert')}",
    )


def _read(data: bytes | None) -> tuple[Signature, bytes] | None:
    """A signature and its proof, None for what is none in exactly the form that `add_signature` writes."""
    try:
        content = json.loads(data or b"")
        whole = canonical(content) + b"\n" == data
        proof = content.pop("signature")
        signature = Signature(**content)
        moment(signature.signed)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    if not (whole and _SIGNATURE.fullmatch(str(proof)) and _well_formed(asdict(signature))):
        return None
    return signature, bytes.fromhex(proof)


def _well_formed(content: dict[str, Any]) -> bool:
    schema, earlier = content.pop("schema"), content.pop("earlier")
    return (
        type(schema) is int
        and schema == _SCHEMA
        and isinstance(earlier, dict)
        and all(isinstance(digest, str) for digest in earlier.values())
        and all(isinstance(said, str) and said.isprintable() for said in content.values())
        and content["meaning"] in MEANINGS
        and _KEY.fullmatch(content["public_key"]) is not None
    )


def _objection(signature: Signature, proof: bytes, name: str, manifest: str, ended: datetime | None) -> str:
    """Why a signature is none of this run, whoever made it; empty where it is one."""
    if not _proven(signature, proof):
        return "was changed after it was signed, or signed with another key than it names"
    if signature.file != name:
        return f"was written as {signature.file}"
    if signature.manifest_sha256 != manifest:
        return f"signs another {MANIFEST} than the one that is here"
    if ended is not None and moment(signature.signed) < ended:
        return f"is dated {signature.signed}, before the run ended"
    return ""


def _disowned(signature: Signature, signatories: Signatories) -> str:
    owner = signatories.of_key(signature.public_key)
    if owner is not None and (owner.id, owner.name) != (signature.signatory, signature.name):
        return f"names {signature.name} ({signature.signatory}), but its key belongs to {owner.name} ({owner.id})"
    return signatories.objection(signature.public_key, signature.role, signature.meaning, moment(signature.signed))


def _proven(signature: Signature, proof: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - 50 ms, and most runs have no signature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey  # noqa: PLC0415

    if is_weak(signature.public_key):
        return False
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(signature.public_key)).verify(proof, signature.message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _gone(valid: list[Signature], files: dict[str, bytes | None]) -> Iterator[tuple[str, str]]:
    """Signatures that a later one names, and that are not as they were then."""
    for signature in valid:
        for name, digest in sorted(signature.earlier.items()):
            data = files.get(name)
            if data is None:
                yield name, "missing" if name not in files else NO_SIGNATURE
            elif hashlib.sha256(data).hexdigest() != digest:
                yield name, "altered"


def _manifest_digest(run: Path) -> str:
    try:
        return hashlib.sha256((run / MANIFEST).read_bytes()).hexdigest()
    except OSError:
        return ""


def _ended(run: Path) -> datetime | None:
    """When the run ended, by itself; None where that cannot be read, which is another finding."""
    try:
        return moment(json.loads((run / STATE).read_bytes())["ended"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
