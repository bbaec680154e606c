"""Recorded waveforms from files, from both of them where a record is in two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import RequestError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from harness.waveform import File, Trace


def read(path: Path, columns: Sequence[str]) -> tuple[Trace, ...]:
    """Read columns of a record; no names mean its only one.

    Raises:
        RequestError: a file cannot be read or is no record.
    """
    from harness.waveform import companion, read_record  # noqa: PLC0415 - numpy comes with it

    file = _file(path)
    other = companion(file.text, path.name)
    beside = path.with_name(other) if other else None
    second = _file(beside) if beside is not None and beside.is_file() else None
    return read_record(file, columns=columns or None, second=second)


def _file(path: Path) -> File:
    from harness.waveform import File, decode  # noqa: PLC0415 - numpy comes with it

    try:
        return File(decode(path.read_bytes(), source=str(path)), str(path))
    except OSError as error:
        raise RequestError(f"{path}: cannot be read: {error.strerror or error}") from error
