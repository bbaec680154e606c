"""The result file of the kill table: a header, and one line for each defect on each device, appended as they end."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from harness.errors import EvidenceError, RequestError
from harness.evidence.codec import canonical, plain, typed

if TYPE_CHECKING:
    from pathlib import Path

Kind = TypeVar("Kind")

CAUGHT = "caught"
ELSEWHERE = "caught elsewhere"
SURVIVED = "survived"
NO_VERDICT = "no verdict"
NOT_APPLICABLE = "not applicable"
PASSES = "passes"
REFUSED = "healthy, and refused"

GOOD = frozenset({CAUGHT, NOT_APPLICABLE, PASSES})
"""What leaves the catalogue proved."""


@dataclass(frozen=True, slots=True)
class Header:
    """What all lines of a file have in common; a file of another program is not continued.

    Attributes:
        schema: version of this form.
        bench: bench file, by name.
        whole: True where whole plans were run, and not only the points of the expected requirements.
        program: digest of the program and of all definition files.
    """

    schema: int
    bench: str
    whole: bool
    program: str


@dataclass(frozen=True, slots=True)
class Failing:
    """The first value that failed.

    Attributes:
        requirement: id.
        quantity: row.
        point: operating point, by its key.
        value: in SI.
        expanded: U.
        unit: SI symbol.
        lower: limit.
        upper: limit.
        margin: distance to the limit over half the width of the tolerance; below 0: outside.
    """

    requirement: str
    quantity: str
    point: str
    value: float
    expanded: float
    unit: str
    lower: float | None
    upper: float | None
    margin: float


@dataclass(frozen=True, slots=True)
class Result:
    """One defect on one device.

    Attributes:
        device: profile.
        label: number of the defect, and name of the variant; `healthy` where there is none.
        title: of the defect.
        what: the unit does.
        expected: requirements that a person would name.
        status: one of this module's words.
        caught: requirements that failed, in the order of the trace matrix.
        failing: first value of an expected requirement that failed; where none did, of any.
        points: how many operating points were asked for; 0: the whole plan.
        why: where there was nothing to run, or nothing failed, the reason.
    """

    device: str
    label: str
    title: str
    what: str
    expected: tuple[str, ...]
    status: str
    caught: tuple[str, ...] = ()
    failing: Failing | None = None
    points: int = 0
    why: str = ""

    @property
    def good(self) -> bool:
        """False where the suites have not proved what they are there for."""
        return self.status in GOOD

    @property
    def key(self) -> tuple[str, str, str]:
        """What it is the result of."""
        return (self.device, self.label, self.what)


class ResultFile:
    """A file of results that is written, and gone on with.

    Args:
        path: of the file.
        header: of what is asked for now.
        renew: True: a file of another program is begun anew; False: it is refused.

    Raises:
        RequestError: the file is one of another program, or of something else, or cannot be written.
    """

    def __init__(self, path: Path, header: Header, *, renew: bool = False) -> None:
        self._path = path
        self._header = header
        self.results: dict[tuple[str, str, str], Result] = {}
        try:
            if path.exists() and path.stat().st_size:
                self._go_on(renew=renew)
            else:
                self._begin()
        except OSError as error:
            raise RequestError(f"{path}: cannot be written: {error.strerror or error}") from error

    def _begin(self) -> None:
        self._path.write_bytes(canonical(plain(self._header)) + b"\n")

    def _go_on(self, *, renew: bool) -> None:
        header, results = read_results(self._path)
        if header == self._header:
            self.results = {result.key: result for result in results}
            self._drop_torn()
        elif renew:
            self._begin()
        else:
            raise RequestError(f"{self._path}: holds results of another program or request; name another file")

    def _drop_torn(self) -> None:
        whole = self._path.read_bytes().rfind(b"\n") + 1
        with self._path.open("r+b") as file:
            file.truncate(whole)

    def due(self, result: Result) -> bool:
        """True where this has no verdict yet."""
        return result.key not in self.results or self.results[result.key].status == NO_VERDICT

    def append(self, result: Result) -> None:
        """Add one result; on the disk before the next one."""
        self.results[result.key] = result
        with self._path.open("ab") as file:
            file.write(canonical(plain(result)) + b"\n")
            file.flush()
            os.fsync(file.fileno())


def read_results(path: Path) -> tuple[Header, list[Result]]:
    """All of a file; a torn last line is left out.

    Raises:
        RequestError: there is no such file, or it holds something else.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RequestError(f"{path}: cannot be read: {error.strerror or error}") from error
    lines = data[: data.rfind(b"\n") + 1].splitlines()
    header = _typed(Header, lines[0] if lines else b"", f"{path}: holds no results of the catalogue of defects")
    return header, [_typed(Result, line, f"{path}, line {number}") for number, line in enumerate(lines[1:], start=2)]


def _typed(kind: type[Kind], line: bytes, where: str) -> Kind:
    try:
        return typed(kind, json.loads(line), where)
    except (ValueError, EvidenceError) as error:
        raise RequestError(f"{where}: {error}") from error
