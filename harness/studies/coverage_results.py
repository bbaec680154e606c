"""The file of a coverage study: a header, and one line for each bench, appended as they are measured.

A study that ends early goes on where it ended. What was being written at that instant is dropped.
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from harness.errors import EvidenceError, RequestError
from harness.evidence.codec import canonical, plain, typed

if TYPE_CHECKING:
    from pathlib import Path

    from harness.quantity import Measurement

Kind = TypeVar("Kind")

_LEAST_SHARE = 0.01
"""Of the combined uncertainty: smaller influences are kept together as one, so that 2000 benches fit into a file."""

REST = "all smaller ones together"


@dataclass(frozen=True, slots=True)
class Header:
    """What all benches of a file have in common; a file of another study is not continued.

    Attributes:
        schema: version of this form.
        device: profile.
        bench: bench file, by name.
        unit: simulated unit, by name.
        from_seed: of the first bench; the others follow.
        only: quantities that were asked for; empty: all.
        program: digest of the program: another one may measure other values.
        inputs: every definition file with its digest.
        versions: of the measurands.
        unstudied: measurands of the device that have no truth, with the reason.
    """

    schema: int
    device: str
    bench: str
    unit: str
    from_seed: int
    only: tuple[str, ...]
    program: str
    inputs: dict[str, str]
    versions: dict[str, int]
    unstudied: dict[str, str]


@dataclass(frozen=True, slots=True)
class Line:
    """One influence of one value.

    Attributes:
        name: as in the budget.
        distribution: likewise.
        uncertainty: its contribution to the value, as a standard uncertainty.
        freedom: its degrees of freedom.
    """

    name: str
    distribution: str
    uncertainty: float
    freedom: float


@dataclass(frozen=True, slots=True)
class Value:
    """One measured value beside its truth.

    Attributes:
        quantity: `measurand@method`.
        point: operating point, by its key.
        unit: SI.
        value: as measured.
        truth: what it should have been.
        expanded: U, as the budget gives it.
        budget: its influences.
        arguments: of the measurand.
    """

    quantity: str
    point: str
    unit: str
    value: float
    truth: float
    expanded: float
    budget: tuple[Line, ...]
    arguments: dict[str, str] = field(default_factory=dict)

    @property
    def error(self) -> float:
        """Error as a multiple of U."""
        return (self.value - self.truth) / self.expanded

    @property
    def covered(self) -> bool:
        """Whether the interval value ± U holds the truth."""
        return abs(self.value - self.truth) <= self.expanded


@dataclass(frozen=True, slots=True)
class Absent:
    """A quantity that one bench gave no value of.

    Attributes:
        quantity: `measurand@method`.
        point: operating point, by its key.
        why: in words.
    """

    quantity: str
    point: str
    why: str


@dataclass(frozen=True, slots=True)
class BenchResult:
    """Everything of one bench.

    Attributes:
        seed: that it was drawn from.
        values: one of each quantity.
        absent: what there is no value of.
    """

    seed: int
    values: tuple[Value, ...]
    absent: tuple[Absent, ...] = ()


def lines_of(measurement: Measurement) -> tuple[Line, ...]:
    """The budget of a measurement, largest first, small influences together."""
    least = _LEAST_SHARE * measurement.standard_uncertainty
    kept = [
        Line(each.name, each.distribution, each.standard_uncertainty, each.degrees_of_freedom)
        for each in measurement.budget
        if each.standard_uncertainty >= least
    ]
    small = math.sqrt(
        math.fsum(each.standard_uncertainty**2 for each in measurement.budget if each.standard_uncertainty < least)
    )
    return (*kept, Line(REST, "normal", small, math.inf)) if small > 0 else tuple(kept)


class ResultFile:
    """A file of results that is written, and gone on with.

    Args:
        path: of the file.
        header: of this study.

    Raises:
        RequestError: the file is one of another study, or cannot be written.
    """

    def __init__(self, path: Path, header: Header) -> None:
        self._path = path
        self._header = header
        try:
            self.done = self._go_on() if path.exists() and path.stat().st_size else self._begin()
        except OSError as error:
            raise RequestError(f"{path}: cannot be written: {error.strerror or error}") from error

    def _begin(self) -> frozenset[int]:
        self._path.write_bytes(canonical(plain(self._header)) + b"\n")
        return frozenset()

    def _go_on(self) -> frozenset[int]:
        """Drop a torn last line; the seeds that are already there."""
        data = self._path.read_bytes()
        whole = data.rfind(b"\n") + 1
        first, *rest = data[:whole].splitlines() or [b""]
        header = _header(first, str(self._path))
        other = [name for name, value in plain(self._header).items() if plain(header)[name] != value]
        if other:
            raise RequestError(
                f"{self._path}: holds a coverage study with another {' and '.join(other)}; name another file, or go "
                "on with what it was begun with"
            )
        if whole != len(data):
            with self._path.open("r+b") as file:
                file.truncate(whole)
        return frozenset(int(json.loads(line)["seed"]) for line in rest)

    def append(self, result: BenchResult) -> None:
        """Add one bench; on the disk before the next one begins."""
        with self._path.open("ab") as file:
            file.write(canonical(plain(result)) + b"\n")
            file.flush()
            os.fsync(file.fileno())


def read_results(path: Path) -> tuple[Header, list[BenchResult]]:
    """All of a file; a torn last line is left out.

    Raises:
        RequestError: there is no such file, or it is none of a coverage study.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise RequestError(f"{path}: cannot be read: {error.strerror or error}") from error
    lines = data[: data.rfind(b"\n") + 1].splitlines()
    header = _header(lines[0] if lines else b"", str(path))
    return header, [_typed(BenchResult, line, f"{path}, bench {n}") for n, line in enumerate(lines[1:], start=1)]


def _header(line: bytes, where: str) -> Header:
    return _typed(Header, line, f"{where}: is no file of a coverage study")


def _typed(kind: type[Kind], line: bytes, where: str) -> Kind:
    try:
        return typed(kind, json.loads(line), where)
    except (ValueError, EvidenceError) as error:
        raise RequestError(f"{where}: {error}") from error
