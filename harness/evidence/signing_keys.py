"""Private keys under a pass phrase: Ed25519 in an encrypted PKCS#8 file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from harness.errors import RequestError

if TYPE_CHECKING:
    from pathlib import Path

_SHORTEST = 8
_ENCRYPTED = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"


def make_key(path: Path, passphrase: str) -> str:
    """Make a key and keep it, readable for its owner only.

    Returns:
        The public key, hexadecimal.

    Raises:
        RequestError: the pass phrase is too short, or the file exists or cannot be written.
    """
    if len(passphrase) < _SHORTEST:
        raise RequestError(f"a pass phrase of {len(passphrase)} characters is too short; it needs {_SHORTEST}")
    key = Ed25519PrivateKey.generate()
    encryption = BestAvailableEncryption(passphrase.encode("utf-8"))
    data = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption)
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(file, data)
            os.fsync(file)
        finally:
            os.close(file)
    except FileExistsError as error:
        raise RequestError(f"{path}: exists already; a key is never written over, name another file") from error
    except OSError as error:
        raise RequestError(f"{path}: cannot be written: {error.strerror or error}") from error
    return public_key_of(key)


def open_key(path: Path, passphrase: str) -> Ed25519PrivateKey:
    """Open a key.

    Raises:
        RequestError: it cannot be read, is not under a pass phrase or under another one, or is no Ed25519 key.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RequestError(f"{path}: the key cannot be read: {error.strerror or error}") from error
    if _ENCRYPTED not in data:
        raise RequestError(f"{path}: is no key under a pass phrase (PKCS#8, PEM)")
    try:
        key = load_pem_private_key(data, passphrase.encode("utf-8"))
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise RequestError(f"{path}: the key does not open with this pass phrase") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise RequestError(f"{path}: is no Ed25519 key")
    return key


def public_key_of(key: Ed25519PrivateKey) -> str:
    """The public key, hexadecimal."""
    return key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw).hex()
