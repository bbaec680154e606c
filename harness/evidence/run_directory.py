"""A run directory while its run lasts."""

from __future__ import annotations

import hashlib
import os
import shutil
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from harness.errors import EvidenceError
from harness.evidence import captures, table
from harness.evidence.chain import RecordWriter
from harness.evidence.codec import plain, readable
from harness.evidence.index_rows import content_of, taken_by

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from harness.capture import Observation
    from harness.evidence.index_rows import Content, Taken
    from harness.evidence.stored_run import Disclosed, Judged, Value

RUN_SCHEMA = 1


@dataclass(frozen=True, slots=True)
class RunState:
    """What `run.json` says.

    Attributes:
        scope: `whole`, `production`, `characterization` or `partial`.
        complete: everything that was to be judged was judged, and no bench fault stands in the way.
        simulated: anything emulated took part; None until somebody answered.
        verdict: of the run, None while it lasts and for a partial one.
        device: name of the profile.
        unit: serial number, None until the unit answered.
        bench: name of the bench.
        seed: of a simulated bench.
        started: UTC, ISO 8601.
        ended: the same, None while the run lasts.
        numeric_platform: on which the numbers were computed.
        requirements: outcome and worst margin by id.
        extra: further fields, for people.
    """

    scope: str
    complete: bool
    simulated: bool | None
    verdict: str | None
    device: str
    unit: str | None
    bench: str
    seed: int | None
    started: str
    ended: str | None
    numeric_platform: dict[str, str]
    requirements: tuple[dict[str, Any], ...]
    extra: dict[str, Any]


class RunDirectory:
    """Makes a run directory and writes into it as things happen.

    Attributes:
        path: the directory.
        taken: by what each observation was taken, for the index over runs.
        contents: of each value, likewise.

    Raises:
        EvidenceError: the directory exists and is not empty, or cannot be made.
    """

    def __init__(self, path: Path, shielded: Callable[[], AbstractContextManager[None]] = nullcontext) -> None:
        self.path = path
        self.taken: list[Taken] = []
        self.contents: list[Content] = []
        try:
            path.mkdir(parents=True, exist_ok=True)
            if any(path.iterdir()):
                raise EvidenceError(f"{path}: is not empty; a run is never written over another, give a new --run-dir")
            (path / "captures").mkdir()
            (path / "inputs").mkdir()
            self._records = RecordWriter(path / "records.jsonl", shielded)
            self._table = (path / "measurements.csv").open("wb", buffering=0)
            self._table.write(table.line(table.COLUMNS))
        except OSError as error:
            raise EvidenceError(f"{path}: cannot be made a run directory: {error.strerror or error}") from error

    def keep_input(self, kind: str, source: Path) -> None:
        """Keep the bytes of a file that this run rests on."""
        folder = self.path / "inputs" / kind
        target, number = folder / source.name, 1
        while target.exists():
            number += 1
            target = folder / f"{source.stem}-{number}{source.suffix}"
        try:
            folder.mkdir(exist_ok=True)
            shutil.copyfile(source, target)
        except OSError as error:
            raise _lost(target, error) from error

    def record(self, kind: str, data: object) -> None:
        """Append a record."""
        self._records.append(kind, data)

    def observe(self, observation: Observation, attempt: int) -> None:
        """Keep an observation: its captures as files, all else as a record that names them."""
        self.taken += taken_by(observation, attempt)
        files = {}
        for capture in observation.captures:
            name = captures.file_name(observation.key, capture.name, attempt)
            digest = self._write(f"captures/{name}", captures.encode(observation.key, capture))
            files[capture.name] = {"file": name, "sha256": digest}
        self.record("observation", {"attempt": attempt, "observation": plain(observation), "files": files})

    def judged(self, judged: Judged) -> None:
        """Record a judged value, first in the chain and then in the table."""
        self._keep("measurement", judged)

    def disclosed(self, disclosed: Disclosed) -> None:
        """Record a disclosed value, first in the chain and then in the table."""
        self._keep("disclosure", disclosed)

    def write_state(self, state: RunState) -> None:
        """Write `run.json`, whole or not at all."""
        data = {"schema": RUN_SCHEMA, **plain(state)}
        data.update(data.pop("extra"))
        temporary = self.path / "run.json.new"
        try:
            temporary.write_bytes(readable(data))
            temporary.replace(self.path / "run.json")
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise _lost(self.path / "run.json", error) from error

    def write_table(self, rows: Sequence[Value]) -> None:
        """Write the table anew from the records."""
        content = table.content(rows)
        try:
            self._table.close()
            (self.path / "measurements.csv").write_bytes(content)
        except OSError as error:
            raise EvidenceError(
                f"{self.path}/measurements.csv: cannot be written: {error.strerror or error}"
            ) from error

    def close(self) -> None:
        """No more records."""
        self._records.close()
        self._table.close()

    def _keep(self, kind: str, value: Value) -> None:
        self.record(kind, value)
        self.contents.append(content_of(value))
        try:
            self._table.write(table.line(table.row(value)))
        except OSError as error:
            raise EvidenceError(
                f"{self.path}/measurements.csv: cannot be written: {error.strerror or error}"
            ) from error

    def _write(self, name: str, data: bytes) -> str:
        path = self.path / name
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
            try:
                written = os.write(file, data)
            finally:
                os.close(file)
        except OSError as error:
            raise _lost(path, error) from error
        if written != len(data):
            raise EvidenceError(f"{path}: cannot be written: the disk is full")
        return hashlib.sha256(data).hexdigest()


def _lost(path: Path, error: OSError) -> EvidenceError:
    return EvidenceError(f"{path}: cannot be written: {error.strerror or error}")
