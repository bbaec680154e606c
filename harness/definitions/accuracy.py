"""Accuracy data of instruments: cited rows, and the one that applies to a setting."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Literal, cast

from pydantic import Field, model_validator

from harness.capture import Accuracy
from harness.definitions.document import Document, find, load, repeated
from harness.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

Mark = Literal["P", "P*", "S", "M", "a"]
"""How far a figure was read: the document (P), an extract of it (P*), second hand (S), assumed (a), remembered (M)."""

Part = Literal["over_range", "noise", "mains_rejection", "offset"]
"""Of a row or table, where it was read otherwise than the rest."""

Interval = Literal["24 h", "90 days", "1 year", "2 years"]
"""Since the calibration, as data sheets count."""

NotNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Pair = tuple[NotNegative, NotNegative]
"""% of reading, % of range."""

_ROUNDING = 1e-9
_MARKS: tuple[Mark, ...] = ("P", "P*", "S", "a", "M")
"""From the firmest to the weakest."""

_NO_VERDICT: frozenset[Part] = frozenset({"over_range"})
"""Parts on which none rests: a wrong over-range ends in an overload answer, and in no number."""

_UNITS = {"dc-current": "A", "resistance": "Ω"}


class Input(Document):
    """What an instrument hangs on the circuit."""

    function: str
    resistance_ohm: float = Field(gt=0)
    tolerance: float = Field(ge=0)
    bias_a: float | None = Field(default=None, ge=0)
    document: str
    mark: Mark


class Aperture(Document):
    """What a reading of so many mains cycles, or fewer than the next entry, adds to the bound."""

    cycles: float = Field(gt=0)
    percent_of_range: float = Field(ge=0)
    absolute: float = Field(default=0.0, ge=0)
    document: str
    mark: Mark


class AccuracyRow(Document):
    """One row of a data sheet: a bound of plus or minus (% of reading + % of range + absolute).

    The bound holds for `interval` after a calibration, within `band_k` of the temperature of that calibration; beyond,
    `per_kelvin` (% of reading, % of range) is added for each kelvin. A row without a band holds in any room.
    It holds for readings of `least_cycles` of the mains and more; what a shorter one adds stands in `apertures`. What
    `parts` name is marked otherwise than the rest.
    """

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
    interval: Interval
    conditions: str
    calibrated_at_c: float = 23.0
    band_k: float | None = Field(default=None, gt=0)
    per_kelvin: Pair | None = None
    least_cycles: Positive | None = None
    apertures: tuple[Aperture, ...] = ()
    document: str
    mark: Mark
    parts: dict[Part, Mark] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _sound(self) -> AccuracyRow:
        if self.range_to < self.range_from:
            raise ValueError(f"range_to is {self.range_to:g}, below range_from, {self.range_from:g}")
        if self.per_kelvin is not None and self.band_k is None:
            raise ValueError("per_kelvin is given without band_k, beyond which it counts")
        return self

    @property
    def weakest(self) -> Mark:
        """Mark of the weakest part on which a verdict rests."""
        return _weakest(self.mark, *(mark for part, mark in self.parts.items() if part not in _NO_VERDICT))


class TableAperture(Document):
    """What a shorter integration adds, for each range of a table."""

    cycles: float = Field(gt=0)
    percent_of_range: tuple[NotNegative, ...]
    absolute: float = Field(default=0.0, ge=0)
    document: str
    mark: Mark


class AccuracyTable(Document):
    """A table of a data sheet: for each range one row, for each interval since calibration one pair of columns.

    An empty pair is a field that nobody read.
    """

    function: str
    ranges: tuple[Positive, ...] = Field(min_length=1)
    over_range: tuple[NotNegative, ...]
    accuracy: dict[Interval, tuple[Pair | tuple[()], ...]] = Field(min_length=1)
    band_k: dict[Interval, Positive]
    calibrated_at_c: float = 23.0
    per_kelvin: tuple[Pair | tuple[()], ...] | None = None
    noise_percent_of_range: tuple[NotNegative, ...]
    coverage: float | None = Field(default=None, ge=1)
    mains_rejection_db: float | None = Field(default=None, ge=0)
    least_cycles: Positive | None = None
    apertures: tuple[TableAperture, ...] = ()
    conditions: str
    document: str
    mark: Mark
    parts: dict[Part, Mark] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _whole(self) -> AccuracyTable:
        columns = {
            "over_range": self.over_range,
            "noise_percent_of_range": self.noise_percent_of_range,
            "per_kelvin": self.per_kelvin or self.ranges,
            **{f"accuracy.{interval}": column for interval, column in self.accuracy.items()},
            **{f"apertures.{number}": each.percent_of_range for number, each in enumerate(self.apertures)},
        }
        for name, column in columns.items():
            if len(column) != len(self.ranges):
                raise ValueError(f"{name} holds {len(column)} entries for {len(self.ranges)} ranges")
        if missing := sorted(set(self.accuracy) - set(self.band_k)):
            raise ValueError(f"band_k says nothing of {', '.join(missing)}")
        return self

    def rows(self) -> tuple[AccuracyRow, ...]:
        """The same, row by row."""
        return tuple(
            self._row(interval, index, pair)
            for interval, column in self.accuracy.items()
            for index, pair in enumerate(column)
            if pair
        )

    def _row(self, interval: Interval, index: int, pair: Pair) -> AccuracyRow:
        outside = self.per_kelvin[index] if self.per_kelvin else ()
        return AccuracyRow(
            function=self.function,
            range_from=self.ranges[index],
            range_to=self.ranges[index],
            over_range=self.over_range[index],
            percent_of_reading=pair[0],
            percent_of_range=pair[1],
            coverage=self.coverage,
            noise_percent_of_range=self.noise_percent_of_range[index],
            mains_rejection_db=self.mains_rejection_db,
            interval=interval,
            conditions=self.conditions,
            calibrated_at_c=self.calibrated_at_c,
            band_k=self.band_k[interval],
            per_kelvin=outside or None,
            least_cycles=self.least_cycles,
            apertures=tuple(
                Aperture(
                    cycles=each.cycles,
                    percent_of_range=each.percent_of_range[index],
                    absolute=each.absolute,
                    document=each.document,
                    mark=each.mark,
                )
                for each in self.apertures
            ),
            document=self.document,
            mark=self.mark,
            parts=self.parts,
        )


class TimeBase(Document):
    """How true an instrument's time is: ppm, and more for each year since it left the factory."""

    ppm: float = Field(gt=0)
    ageing_ppm_per_year: float = Field(default=0.0, ge=0)
    document: str
    mark: Mark

    def bound(self, years: float) -> float:
        """Relative bound after so many years."""
        return (self.ppm + self.ageing_ppm_per_year * years) * 1e-6


@dataclass(frozen=True, slots=True)
class Conditions:
    """Under which a reading is taken, as far as its accuracy depends on them.

    Attributes:
        interval: since the calibration, at most.
        coldest_c: lowest temperature that the room may have.
        hottest_c: highest.
        cycles: mains cycles of one reading; None where none is integrated.
    """

    interval: Interval = "1 year"
    coldest_c: float = 18.0
    hottest_c: float = 28.0
    cycles: float | None = None


class InstrumentAccuracy(Document):
    """All rows of one model."""

    schema_: Literal[1] = Field(alias="schema")
    model: str
    inputs: tuple[Input, ...]
    rows: tuple[AccuracyRow, ...] = ()
    tables: tuple[AccuracyTable, ...] = ()
    time_base: TimeBase | None = None

    @model_validator(mode="after")
    def _once(self) -> InstrumentAccuracy:
        if not self.every_row:
            raise ValueError("holds neither rows nor tables")
        stands = [(row.function, row.interval, row.range_from, row.range_to) for row in self.every_row]
        if twice := repeated(stands):
            function, interval, *_, range_ = cast("tuple[str, str, float, float]", twice[0])
            raise ValueError(f"{function} on the range {range_:g}, {interval}, stands twice")
        return self

    @cached_property
    def every_row(self) -> tuple[AccuracyRow, ...]:
        """Single rows, and those of the tables."""
        return (*self.rows, *(row for table in self.tables for row in table.rows()))

    def at(self, function: str, range_: float, path: object, conditions: Conditions | None = None) -> Accuracy:
        """The row that applies to one function and range; where two meet, the first in the file.

        Args:
            function: `dc-volts`, `dc-difference` and so on.
            range_: nominal range or full scale, in the unit of the function.
            path: the accuracy file, for the message.
            conditions: interval since the calibration, room and aperture; None: one year, 18 to 28 °C.

        Raises:
            DefinitionError: no row covers it, or none does in this room or at this aperture.
        """
        under = conditions or Conditions()
        row = next((row for row in self.every_row if _covers(row, function, range_, under.interval)), None)
        if row is None:
            unit = _UNITS.get(function, "V")
            when = "" if under.interval == "1 year" else f", {under.interval} after its calibration"
            problem = f"no row for {function} on the range of {range_:g} {unit}{when}; add the row and cite it"
            raise DefinitionError(path, "rows", problem)
        beyond_k = _beyond(row, under, path)
        adder = _adder(row, under.cycles, path)
        of_reading, of_range = row.per_kelvin or (0.0, 0.0)
        percent_of_range = row.percent_of_range + of_range * beyond_k + (adder.percent_of_range if adder else 0.0)
        sources = [row.document, *([f"{beyond_k:g} K beyond its band"] if beyond_k else [])]
        if adder is not None:
            sources.append(f"aperture of {adder.cycles:g} mains cycles or more: {adder.document}")
        return Accuracy(
            model=self.model,
            function=function,
            range=range_,
            gain_of_reading=(row.percent_of_reading + of_reading * beyond_k) / 100,
            gain_of_range=percent_of_range / 100,
            absolute=row.absolute + (adder.absolute if adder else 0.0),
            coverage=row.coverage,
            noise=row.noise_percent_of_range / 100 * range_,
            mains_rejection_db=row.mains_rejection_db,
            document="; ".join(sources),
            mark=_weakest(row.weakest, *([adder.mark] if adder else [])),
        )

    def remembered(self, functions: Collection[str]) -> str | None:
        """What of these functions, or of the time base, somebody remembered (mark M); None where nothing is."""
        entries: list[AccuracyRow | Input] = [*self.every_row, *self.inputs]
        for entry in (entry for entry in entries if entry.function in functions):
            if (entry.weakest if isinstance(entry, AccuracyRow) else entry.mark) == "M":
                return entry.function
            if isinstance(entry, AccuracyRow) and any(aperture.mark == "M" for aperture in entry.apertures):
                return f"an aperture of {entry.function}"
        return "time base" if self.time_base is not None and self.time_base.mark == "M" else None

    def ranges(self, function: str, interval: Interval = "1 year") -> tuple[tuple[float, float], ...]:
        """Fixed ranges of a function, smallest first, each with the largest value it can read."""
        rows = [row for row in self.every_row if (row.function, row.interval) == (function, interval)]
        return tuple(sorted((row.range_to, row.range_to * (1 + row.over_range)) for row in rows))

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


def _covers(row: AccuracyRow, function: str, range_: float, interval: Interval) -> bool:
    inside = row.range_from * (1 - _ROUNDING) <= range_ <= row.range_to * (1 + _ROUNDING)
    return row.function == function and row.interval == interval and inside


def _beyond(row: AccuracyRow, under: Conditions, path: object) -> float:
    """Kelvin by which the room may lie outside the band of a row."""
    if row.band_k is None:
        return 0.0
    away = max(under.hottest_c - row.calibrated_at_c, row.calibrated_at_c - under.coldest_c)
    beyond = away - row.band_k
    if beyond <= _ROUNDING:
        return 0.0
    if row.per_kelvin is None:
        band = f"{row.calibrated_at_c - row.band_k:g} to {row.calibrated_at_c + row.band_k:g} °C"
        room = f"the room may have {under.coldest_c:g} to {under.hottest_c:g} °C"
        problem = (
            f"{row.function}, {row.interval}, holds for {band} and has no per_kelvin, but {room}; add it and cite it"
        )
        raise DefinitionError(path, "rows", problem)
    return beyond


def _adder(row: AccuracyRow, cycles: float | None, path: object) -> Aperture | None:
    """What an aperture adds: the entry of just so many cycles, or of the next shorter one."""
    if cycles is None or (row.least_cycles is not None and cycles >= row.least_cycles * (1 - _ROUNDING)):
        return None
    shorter = [each for each in row.apertures if each.cycles <= cycles * (1 + _ROUNDING)]
    if not shorter:
        holds = "says not from where" if row.least_cycles is None else f"holds from {row.least_cycles:g}"
        problem = (
            f"{row.function} has no aperture of {cycles:g} mains cycles or fewer, and its row {holds} on; "
            "add least_cycles or the aperture, and cite it"
        )
        raise DefinitionError(path, "apertures", problem)
    return max(shorter, key=lambda each: each.cycles)


def _weakest(*marks: Mark) -> Mark:
    return max(marks, key=_MARKS.index)
