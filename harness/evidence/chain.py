"""The records of a run: one line per event, each holding its own hash and that of the line before.

A line cannot be changed, moved or taken out of the middle without breaking the chain. Cutting off the end, or writing
the whole file anew, is seen only against the manifest or a signature.
"""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

from harness.errors import EvidenceError
from harness.evidence.codec import canonical, text

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
        time: when it was written by the host's clock, UTC, ISO 8601; empty in records of before it was kept.
    """

    number: int
    kind: str
    data: dict[str, Any]
    time: str = ""


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
        self._size = 0
        self._lost: str | None = None

    def append(self, kind: str, data: object) -> None:
        """Write one record.

        Raises:
            EvidenceError: it cannot be written, for example on a full disk; then nothing more is written at all.
        """
        with self._shielded():
            if self._lost is not None:
                raise EvidenceError(self._lost)
            # What `canonical` would write, key by key in their order; the digest is of the same line without itself.
            content = f'{{"data":{text(data)},"kind":{text(kind)},"number":{self._number},"previous":"{self._previous}"'
            time = f'"time":"{datetime.now(UTC).isoformat(timespec="milliseconds")}"}}'
            digest = hashlib.sha256(f"{content},{time}".encode("ascii")).hexdigest()
            line = f'{content},"sha256":"{digest}",{time}\n'.encode("ascii")
            try:
                written = os.write(self._file, line)
            except OSError as error:
                self._give_up(error.strerror or str(error))
            else:
                if written != len(line):
                    self._give_up("the disk is full")
            self._size += len(line)
            self._previous = digest
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

    def _give_up(self, why: str) -> NoReturn:
        # Half a line would make everything after it unreadable.
        with suppress(OSError):
            os.ftruncate(self._file, self._size)
        self._lost = f"{self._path}: a record cannot be written: {why}; what is there stays, the run cannot go on"
        raise EvidenceError(self._lost)


def _digest(content: dict[str, Any]) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()


def read_records(path: Path) -> Iterator[Record]:
    """Read records and check their chain.

    Raises:
        EvidenceError: names the first line that is not what its chain says.
    """
    previous = START
    for number, line in enumerate(_lines(path)):
        try:
            entry = json.loads(line)
            record = Record(entry["number"], entry["kind"], entry["data"], entry.get("time", ""))
            digest = entry.pop("sha256")
            whole = digest == _digest(entry) and canonical({**entry, "sha256": digest}) == line
            chained = whole and entry["previous"] == previous and record.number == number
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise EvidenceError(f"{path}: line {number + 1} is not a record") from error
        if not chained:
            raise EvidenceError(f"{path}: line {number + 1} is not the one that was written after line {number}")
        previous = digest
        yield record


def _lines(path: Path) -> Iterator[bytes]:
    """One line after the other: a run may be larger than the memory."""
    try:
        with path.open("rb") as file:
            for line in file:
                # A killed run may end in half a line: everything before it counts.
                if line.endswith(b"\n"):
                    yield line[:-1]
    except OSError as error:
        raise EvidenceError(f"{path}: cannot be read: {error.strerror or error}") from error
