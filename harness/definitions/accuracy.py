"""Accuracy data of instruments: cited rows, and the one that applies to a setting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from harness.capture import Accuracy
from harness.definitions.document import Document, find, load
from harness.errors import DefinitionError

if TYPE_CHECKING:
    from pathlib import Path

Mark = Literal["P", "P*", "S", "M", "a"]
_ROUNDING = 1e-9


class Input(Document):
    """What an instrument hangs on the circuit."""

    function: str
    resistance_ohm: float = Field(gt=0)
    tolerance: float = Field(ge=0)
    document: str
    mark: Mark


class AccuracyRow(Document):
    """One row of a data sheet: a bound of plus or minus (% of reading + % of range + absolute)."""

    function: str
    range_from: float = Field(gt=0)
    range_to: float = Field(gt=0)
    over_range: float = Field(ge=0)
    percent_of_reading: float = Field(ge=0)
    percent_of_range: float = Field(ge=0)
    absolute: float = Field(default=0.0, ge=0)
    coverage: float | None = Field(default=None, ge=1)
    noise_percent_of_range: float = Field(ge=0)
    mains_rejection_db: float | None = Field(default=None, ge=0)
    interval: str
    conditions: str
    document: str
    mark: Mark


class TimeBase(Document):
    """How true an instrument's time is."""

    ppm: float = Field(gt=0)
    document: str
    mark: Mark


class InstrumentAccuracy(Document):
    """All rows of one model."""

    schema_: Literal[1] = Field(alias="schema")
    model: str
    inputs: tuple[Input, ...]
    rows: tuple[AccuracyRow, ...]
    time_base: TimeBase | None = None

    def at(self, function: str, range_: float, path: object) -> Accuracy:
        """The row that applies to one function and range.

        Args:
            function: `dc-volts`, `dc-difference` and so on.
            range_: nominal range or full scale, V.
            path: the accuracy file, for the message.

        Raises:
            DefinitionError: no row covers it.
        """
        for row in self.rows:
            inside = row.range_from * (1 - _ROUNDING) <= range_ <= row.range_to * (1 + _ROUNDING)
            if row.function == function and inside:
                return Accuracy(
                    model=self.model,
                    function=function,
                    range=range_,
                    gain_of_reading=row.percent_of_reading / 100,
                    gain_of_range=row.percent_of_range / 100,
                    absolute=row.absolute,
                    coverage=row.coverage,
                    noise=row.noise_percent_of_range / 100 * range_,
                    mains_rejection_db=row.mains_rejection_db,
                    document=row.document,
                    mark=row.mark,
                )
        raise DefinitionError(
            path, "rows", f"no row for {function} on the range of {range_:g} V; add the row and cite it"
        )

    def ranges(self, function: str) -> tuple[tuple[float, float], ...]:
        """Fixed ranges of a function, smallest first, each with the largest value it can read."""
        return tuple(
            sorted((row.range_to, row.range_to * (1 + row.over_range)) for row in self.rows if row.function == function)
        )

    def input(self, function: str) -> Input:
        """What the instrument hangs on the circuit in one function.

        Raises:
            DefinitionError: the data do not say.
        """
        for entry in self.inputs:
            if entry.function == function:
                return entry
        raise DefinitionError(
            f"accuracy data of {self.model}", "inputs", f"has no entry for {function}; add it and cite it"
        )


def load_accuracy(name_or_file: str) -> tuple[InstrumentAccuracy, Path]:
    """Load the accuracy data of one model, with the file they came from."""
    path = find("instruments", name_or_file)
    return load(InstrumentAccuracy, path), path
