"""What lies where in a run directory, and what is none."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from harness.errors import NoRun, RequestError

if TYPE_CHECKING:
    from pathlib import Path

RECORDS = "records.jsonl"
STATE = "run.json"
CAPTURES = "captures"
MANIFEST = "manifest.json"
SIGNATURES = "signatures"
"""What alone may grow after a run is sealed."""

_OF_A_RUN = (RECORDS, STATE, MANIFEST)
"""A folder with any of these is a run directory, though perhaps a damaged one."""


def require_run(path: Path) -> None:
    """Refuse what is no run directory.

    Raises:
        NoRun: it does not exist, is no folder, or holds nothing that every run has.
    """
    if not path.is_dir():
        raise NoRun(f"{path}: no such run directory")
    if not any(os.path.lexists(path / name) for name in _OF_A_RUN):
        raise NoRun(f"{path}: is no run directory: it holds none of {', '.join(_OF_A_RUN)}")


def write_new(file: Path, data: bytes) -> None:
    """Write a file that somebody asked for beside a run, whole or not at all, and never over another one.

    Raises:
        RequestError: it exists, or cannot be written.
    """
    try:
        with file.open("xb") as target:
            try:
                target.write(data)
                target.flush()
            except OSError:
                file.unlink()
                raise
    except FileExistsError as error:
        raise RequestError(f"{file}: exists already; remove it first, or name another file") from error
    except OSError as error:
        raise RequestError(f"{file}: cannot be written: {error.strerror or error}") from error
