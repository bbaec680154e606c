"""Capture files: one line of JSON, then the raw codes.

Python's standard library reads them:

with open(name, "rb") as file:
    header = json.loads(file.readline())
    codes = file.read()                     # unsigned bytes
volts = [(code - header["reference_code"]) * header["increment_v"] + header["origin_v"] for code in codes]
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from harness.errors import EvidenceError
from harness.evidence.codec import canonical, plain

if TYPE_CHECKING:
    from pathlib import Path

    from harness.capture import Capture


def file_name(key: str, capture: str, attempt: int) -> str:
    """Name of a capture's file; it depends on what was captured only, not on when."""
    again = "" if attempt == 1 else f"-attempt{attempt}"
    return f"{key}-{capture}{again}.capture"


def encode(key: str, capture: Capture) -> bytes:
    """The bytes of a capture's file."""
    header = {"schema": 1, "observation": key, "samples": len(capture.codes), **plain(capture)}
    return canonical(header) + b"\n" + capture.codes


def read_codes(path: Path) -> tuple[dict[str, Any], bytes, str]:
    """Header, codes and SHA-256 of a capture's file.

    Raises:
        EvidenceError: it cannot be read or is no capture.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise EvidenceError(f"{path}: cannot be read: {error.strerror or error}") from error
    head, newline, codes = content.partition(b"\n")
    try:
        header: dict[str, Any] = json.loads(head)
        samples = header["samples"]
    except (ValueError, KeyError, TypeError) as error:
        raise EvidenceError(f"{path}: does not begin with the header of a capture") from error
    if not newline or samples != len(codes):
        raise EvidenceError(f"{path}: holds {len(codes)} codes where its header says {samples}")
    return header, codes, hashlib.sha256(content).hexdigest()
