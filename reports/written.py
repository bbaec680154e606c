"""A page goes to its place whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from harness.errors import RequestError

if TYPE_CHECKING:
    from pathlib import Path


def write_page(page: str, target: Path) -> Path:
    """Write a page beside its place and move it there.

    Raises:
        RequestError: it cannot be written there, or the place lies in a sealed run.
    """
    path = target.resolve()
    if any((folder / "manifest.json").is_file() and (folder / "records.jsonl").is_file() for folder in path.parents):
        raise RequestError(f"{target}: lies in a sealed run, where nothing may change; choose a place beside it")
    temporary = path.with_name(f"{path.name}.new")
    try:
        temporary.write_text(page, encoding="utf-8", newline="\n")
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise RequestError(f"{target}: cannot be written: {error.strerror or error}") from error
    return target
