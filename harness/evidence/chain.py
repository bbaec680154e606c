"""The records of a run: one line per event, each holding the hash of the line before.

A line cannot be changed, moved or taken out of the middle without breaking the chain. Cutting off the end, or writing
the whole file anew, is seen only against the manifest or a signature.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.errors import EvidenceError
from harness.evidence.codec import canonical, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

START = "0" * 64
"""What the first line names as the line before."""


@dataclass(frozen=True, slots=True)
class Record:
    """One event of a run.

    Attributes:
        number: from 0.
        kind: `run-started`, `observation`, `measurement`, `safe-state` and so on.
        data: plain JSON data.
    """

    number: int
    kind: str
    data: dict[str, Any]


class RecordWriter:
    """Appends records; each is on its way to the disk before `append` returns.

    Args:
        path: file to make; it must not exist.
        shielded: holds signals back while a line is written, so that a chain never breaks half way.
    """

    def __init__(self, path: Path, shielded: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
        self._path = path
        self._shielded = shielded
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o644)
        self._previous = START
        self._number = 0

    def append(self, kind: str, data: object) -> None:
        """Write one record.

        Raises:
            EvidenceError: it cannot be written, for example on a full disk; then nothing may be judged any more.
        """
        with self._shielded():
            line = canonical({"number": self._number, "kind": kind, "previous": self._previous, "data": plain(data)})
            try:
                written = os.write(self._file, line + b"\n")
            except OSError as error:
                raise self._lost(error.strerror or str(error)) from error
            if written != len(line) + 1:
                raise self._lost("the disk is full")
            self._previous = hashlib.sha256(line).hexdigest()
            self._number += 1

    @property
    def head(self) -> str:
        """Hash of the last line."""
        return self._previous

    def close(self) -> None:
        """Bring everything onto the disk and close."""
        if self._file >= 0:
            os.fsync(self._file)
            os.close(self._file)
            self._file = -1

    def _lost(self, why: str) -> EvidenceError:
        return EvidenceError(
            f"{self._path}: a record cannot be written: {why}; what is there stays, the run cannot go on"
        )


def read_records(path: Path) -> Iterator[Record]:
    """Read records and check their chain.

    Raises:
        EvidenceError: names the first line that is not what its chain says.
    """
    previous = START
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise EvidenceError(f"{path}: cannot be read: {error.strerror or error}") from error
    # A killed run may end in half a line: everything before it counts.
    for number, line in enumerate(lines[:-1]):
        try:
            entry = json.loads(line)
            record = Record(entry["number"], entry["kind"], entry["data"])
            chained = entry["previous"] == previous and record.number == number and canonical(entry) == line
        except (ValueError, KeyError, TypeError) as error:
            raise EvidenceError(f"{path}: line {number + 1} is not a record") from error
        if not chained:
            raise EvidenceError(f"{path}: line {number + 1} is not the one that was written after line {number}")
        previous = hashlib.sha256(line).hexdigest()
        yield record
