"""Who may sign, with which key, and what: the signatories file.

It only ever grows: a new key is a further table, and a key that is taken back is named in a table of its own. Who may
change the file is the user's procedure; a signature is worth as much as the way this file came to the reader.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, field_validator, model_validator

from harness.definitions.document import Document, load, repeated, validate
from harness.errors import DefinitionError

if TYPE_CHECKING:
    from pathlib import Path

Meaning = Literal["review", "approval", "responsibility", "authorship"]

ROLES: dict[str, tuple[Meaning, ...]] = {
    "operator": ("authorship",),
    "reviewer": ("review",),
    "approver": ("approval", "responsibility"),
}
"""Roles of a new file; its owner may write others."""

_P = 2**255 - 19
_EIGHTH = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
_OF_SMALL_ORDER = {0, 1, _P - 1, _EIGHTH, _P - _EIGHTH}
"""The y of the eight points that eight additions bring to nothing."""

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
_KEY = re.compile(r"[0-9a-f]{64}")


def key_id(public_key: str) -> str:
    """Short name of a public key: the first 16 digits of its SHA-256."""
    return hashlib.sha256(bytes.fromhex(public_key)).hexdigest()[:16]


def is_weak(public_key: str) -> bool:
    """True for numbers that are no key: not reduced, or points of small order, for which anybody can sign.

    Libraries let them pass; RFC 8032, section 5.1.3, refuses the first kind.
    """
    y = int.from_bytes(bytes.fromhex(public_key), "little") & ((1 << 255) - 1)
    return y >= _P or y in _OF_SMALL_ORDER


def moment(text: str) -> datetime:
    """A time of day with its offset from UTC, as `2026-11-20T23:05:01+01:00`.

    Raises:
        ValueError: it is written in another way.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None or found.isoformat(timespec="seconds") != text:
        raise ValueError(f"{text!r} is no time with its offset from UTC, as 2026-11-20T23:05:01+01:00")
    return found


def _checked_moment(text: str | None) -> str | None:
    if text is not None:
        moment(text)
    return text


def _checked_key(text: str) -> str:
    if not _KEY.fullmatch(text) or is_weak(text):
        raise ValueError(f"{text[:80]!r} is no Ed25519 public key: it has 64 digits 0-9a-f")
    return text


def _checked_line(text: str) -> str:
    if not text.isprintable() or text.strip() != text:
        raise ValueError(f"{text[:80]!r} is not one line of printable text without blanks around it")
    return text


class Signatory(Document):
    """A person with a key.

    Attributes:
        id: short name, of one person for ever.
        name: as it is printed beside a signature.
        roles: what the person may sign as.
        public_key: Ed25519, RFC 8032, 64 hexadecimal digits.
        valid_from: the key counts from this moment on.
        valid_until: and before this one, None: until it is revoked.
    """

    id: str
    name: str = Field(min_length=1, max_length=200)
    roles: tuple[str, ...] = Field(min_length=1)
    public_key: str
    valid_from: str
    valid_until: str | None = None

    _moments = field_validator("valid_from", "valid_until")(_checked_moment)
    _keys = field_validator("public_key")(_checked_key)
    _lines = field_validator("name")(_checked_line)

    @field_validator("id")
    @classmethod
    def _short(cls, text: str) -> str:
        if not _ID.fullmatch(text):
            raise ValueError(f"{text!r} is no id: up to 32 of a-z 0-9 . _ - with a letter or digit in front")
        return text

    @property
    def key_id(self) -> str:
        """Short name of the key."""
        return key_id(self.public_key)


class Revocation(Document):
    """A key that was taken back.

    Attributes:
        public_key: of a signatory.
        since: from when on nothing that it signed counts.
        reason: why.
    """

    public_key: str
    since: str
    reason: str = Field(min_length=1)

    _moments = field_validator("since")(_checked_moment)
    _keys = field_validator("public_key")(_checked_key)
    _lines = field_validator("reason")(_checked_line)


class Signatories(Document):
    """A signatories file."""

    schema_: Literal[1] = Field(alias="schema")
    roles: dict[str, tuple[Meaning, ...]] = Field(min_length=1)
    signatories: tuple[Signatory, ...] = ()
    revocations: tuple[Revocation, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        keys = [signatory.public_key for signatory in self.signatories]
        if twice := repeated(keys):
            raise ValueError(f"public key {twice[0]} belongs to two signatories; a key is of one person")
        names = {signatory.id: signatory.name for signatory in self.signatories}
        for signatory in self.signatories:
            if names[signatory.id] != signatory.name:
                raise ValueError(
                    f"{signatory.id} is {signatory.name} and {names[signatory.id]}; an id is of one person"
                )
            for role in signatory.roles:
                if role not in self.roles:
                    raise ValueError(f"{signatory.id} has the role {role!r}; known are {', '.join(sorted(self.roles))}")
        for revocation in self.revocations:
            if revocation.public_key not in keys:
                raise ValueError(f"a revocation names {revocation.public_key}, which is nobody's key")
        return self

    def of_key(self, public_key: str) -> Signatory | None:
        """Whose key this is."""
        return next((one for one in self.signatories if one.public_key == public_key), None)

    def named(self, name: str) -> tuple[Signatory, ...]:
        """Entries of the person with this id or printed name, one for each key."""
        return tuple(one for one in self.signatories if name in {one.id, one.name})

    def objection(self, public_key: str, role: str, meaning: str, signed: datetime) -> str:
        """Why a signature of this key counts for nothing, in half a sentence; empty where it counts."""
        signatory = self.of_key(public_key)
        if signatory is None:
            return "its key belongs to no signatory"
        if role not in signatory.roles:
            return f"{signatory.name} has not the role {role}"
        if meaning not in self.roles[role]:
            return f"the role {role} does not give {meaning}"
        return self._out_of_time(signatory, signed)

    def _out_of_time(self, signatory: Signatory, signed: datetime) -> str:
        if signed < moment(signatory.valid_from):
            return f"the key of {signatory.name} is valid from {signatory.valid_from}"
        if signatory.valid_until is not None and signed >= moment(signatory.valid_until):
            return f"the key of {signatory.name} was valid until {signatory.valid_until}"
        for revocation in self.revocations:
            if revocation.public_key == signatory.public_key and signed >= moment(revocation.since):
                return f"the key of {signatory.name} was revoked from {revocation.since}: {revocation.reason}"
        return ""


def load_signatories(path: Path) -> Signatories:
    """Read a signatories file.

    Raises:
        DefinitionError: it cannot be read, or is wrong: file and dotted key.
    """
    return load(Signatories, path)


def parse_signatories(text: str, path: Path) -> Signatories:
    """The same from the text that such a file shall have.

    Raises:
        DefinitionError: it is wrong: file and dotted key.
    """
    try:
        return validate(Signatories, tomllib.loads(text), path)
    except tomllib.TOMLDecodeError as error:
        raise DefinitionError(path, "", f"is not valid TOML: {error}") from error
