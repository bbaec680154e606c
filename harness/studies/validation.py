"""The tool's own validation: what was looked at on this site, each part by itself; what was not done is said to be so.

The record has the parts of FDA's guidance "Computer Software Assurance for Production and Quality System Software":
intended use, risk of each feature, what was tested and how, issues found, conclusion, who and when.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING

from harness.errors import RequestError

if TYPE_CHECKING:
    from pathlib import Path


class Status(Enum):
    """What came of a part. There is no fourth word: what is incomplete is not good."""

    GOOD = "good"
    NOT_GOOD = "not good"
    NOT_DONE = "not done"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the record.

    Attributes:
        title: of the part.
        how: it is tested.
        command: that does it on site.
        status: what came of it.
        found: in words and figures, one line each.
        issues: what is wrong, one line each; empty unless the part is not good.
        evidence: file that was read, with its SHA-256.
    """

    title: str
    how: str
    command: str
    status: Status
    found: tuple[str, ...] = ()
    issues: tuple[str, ...] = ()
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """Files that the user brings; None: that part is not done.

    Attributes:
        tests: JUnit file of the harness's own tests.
        run: directory of a stored run, that is derived again.
        defects: result file of `stimcert defects`.
        coverage: result file of `stimcert study coverage`.
        risk: JSON file of `stimcert study risk`.
        bench: bench file, by name or path.
        execute: True: the risk study is done now, if no file of it is given.
    """

    tests: Path | None = None
    run: Path | None = None
    defects: Path | None = None
    coverage: Path | None = None
    risk: Path | None = None
    bench: str | None = None
    execute: bool = False


def part(head: tuple[str, str, str], found: list[str], issues: list[str], evidence: str = "") -> Part:
    """A part that was done: good where there is no issue."""
    status = Status.NOT_GOOD if issues else Status.GOOD
    return Part(*head, status, tuple(found), tuple(issues), evidence)


def not_done(head: tuple[str, str, str], *why: str) -> Part:
    """A part that nobody did."""
    return Part(*head, Status.NOT_DONE, found=why)


def identified(path: Path) -> str:
    """A file by name and content.

    Raises:
        RequestError: it cannot be read.
    """
    try:
        return f"{path.name}, SHA-256 {sha256(path.read_bytes()).hexdigest()}"
    except OSError as error:
        raise RequestError(f"{path}: cannot be read: {error.strerror or error}") from error
